"""Links, bodies, batches and checkpoints are the same bytes for ever, and hostile ones are a ValueError."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.golden import golden
from tests.unit.domain.test_canonical import plain_text, values
from triage_app.domain.canonical import INT64_MAX, canonical, parse
from triage_app.domain.operations import (
    ACCESS,
    CHECKPOINT,
    JOURNAL,
    MAX_BODY_BYTES,
    MAX_HLC_MS,
    Body,
    Link,
    LogicalClock,
    batch_blob,
    body_hash,
    checkpoint_bytes,
    read_batch,
)
from triage_app.formats import identity

GOLDEN = golden("operations")
OPERATIONS = ("single", "settling", "batch", "access_newer")

hex32 = st.text("0123456789abcdef", min_size=32, max_size=32)
hex64 = st.text("0123456789abcdef", min_size=64, max_size=64)
links = st.builds(
    Link,
    device=hex32,
    seq=st.integers(2, INT64_MAX),
    prev=hex64,
    body_hash=hex64,
    chain=st.sampled_from([JOURNAL, ACCESS]),
    version=st.integers(1, 9),
) | st.builds(Link, device=hex32, seq=st.just(1), prev=st.just(""), body_hash=hex64)
clocks = st.builds(
    lambda ms, counter, device: f"{ms:015d}:{counter:08x}:{device}",
    st.integers(0, MAX_HLC_MS - 1),
    st.integers(0, 0xFFFFFFFF),
    hex32,
)
_KNOWN = {*Body.__dataclass_fields__, "v"}
common: dict[str, st.SearchStrategy[Any]] = {
    "act": plain_text,
    "author": plain_text,
    "hlc": clocks,
    "kind": plain_text,
    "field": plain_text,
    "value": values,
    "tlp": plain_text,
    "salt": hex32,
    "because": plain_text,
    "undoes": plain_text,
    "version": st.integers(1, 9),
    "extra": st.dictionaries(plain_text.filter(lambda name: name not in _KNOWN), values, max_size=2),
}
bodies = st.builds(
    Body, entity=plain_text.filter(bool), parents=st.lists(hex64, max_size=3).map(tuple), **common
) | st.builds(Body, entity=st.just(""), batch=hex64, parents=st.just(()), **common)


# ---- the bytes of the first release ------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPERATIONS)
def test_links_and_bodies_of_the_first_release_read_and_hash_as_they_did(name: str) -> None:
    vector = GOLDEN[name]
    link, body = Link.from_bytes(vector["link"].encode()), Body.from_bytes(vector["body"].encode())
    assert link.to_bytes() == vector["link"].encode()
    assert body.to_bytes() == vector["body"].encode()
    assert link.hash == vector["link_hash"]
    assert body_hash(vector["body"].encode()) == vector["body_hash"] == link.body_hash


def test_an_operation_written_today_is_the_one_of_the_first_release() -> None:
    device = "0123456789abcdef0123456789abcdef"
    body = Body(
        act="a1b2c3d4e5f60718", author="r3sp0nder", hlc=f"001795348800000:00000007:{device}", kind="incident",
        entity="e" * 32, field="title", value="Loader on the wards – Ysbyty Gwynedd", parents=(),
        tlp="TLP:AMBER+STRICT", salt="00112233445566778899aabbccddeeff",
    )  # fmt: skip
    link = Link(device, 1, "", body_hash(body.to_bytes()))
    assert body.to_bytes().decode() == GOLDEN["single"]["body"]
    assert link.to_bytes().decode() == GOLDEN["single"]["link"]
    assert link.hash == GOLDEN["single"]["link_hash"]


def test_the_golden_chain_hangs_together() -> None:
    chain = [Link.from_bytes(GOLDEN[name]["link"].encode()) for name in ("single", "settling", "batch")]
    assert [link.seq for link in chain] == [1, 2, 3]
    assert [link.prev for link in chain] == ["", chain[0].hash, chain[1].hash]
    assert Body.from_bytes(GOLDEN["settling"]["body"].encode()).parents == (chain[0].hash,)
    newer = Body.from_bytes(GOLDEN["access_newer"]["body"].encode())
    assert (newer.version, newer.extra) == (2, {"zz": [1], "Aa": "newer"})


def test_batches_and_checkpoints_of_the_first_release_are_the_same_bytes() -> None:
    blob = GOLDEN["batch_blob"].encode()
    assert batch_blob(read_batch(blob)) == blob
    assert hashlib.sha256(blob).hexdigest() == GOLDEN["batch_sha256"]
    assert Body.from_bytes(GOLDEN["batch"]["body"].encode()).batch == GOLDEN["batch_sha256"]
    chain, device, seq, name = parse(GOLDEN["checkpoint"].encode())
    data = checkpoint_bytes(chain, device, seq, name)
    assert data.decode() == GOLDEN["checkpoint"]
    signature = bytes.fromhex(GOLDEN["checkpoint_signature"])
    assert identity.Identity(bytes(range(32)), "").sign(CHECKPOINT, data) == signature
    assert identity.verify(GOLDEN["checkpoint_key"], CHECKPOINT, data, signature)
    for other in (
        checkpoint_bytes(ACCESS, device, seq, name), checkpoint_bytes(chain, device, seq + 1, name),
        checkpoint_bytes(chain, "f" * 32, seq, name), checkpoint_bytes(chain, device, seq, "0" * 64),
    ):  # fmt: skip
        assert not identity.verify(GOLDEN["checkpoint_key"], CHECKPOINT, other, signature)
    assert not identity.verify(GOLDEN["checkpoint_key"], b"bundle1", data, signature)


# ---- round trips ---------------------------------------------------------------------------------------------


@given(links)
def test_a_link_survives_its_bytes(link: Link) -> None:
    assert Link.from_bytes(link.to_bytes()) == link
    assert Link.from_bytes(link.to_bytes()).hash == link.hash


@given(bodies)
def test_a_body_survives_its_bytes_whatever_a_newer_version_added(body: Body) -> None:
    again = Body.from_bytes(body.to_bytes())
    assert again == body
    assert again.to_bytes() == body.to_bytes()


@given(links, st.sampled_from(["device", "seq", "prev", "body_hash", "chain", "version"]))
def test_every_part_of_a_link_is_in_its_hash(link: Link, name: str) -> None:
    other: dict[str, Any] = {
        "device": "f" * 32,
        "seq": link.seq + 1,
        "prev": "e" * 64,
        "body_hash": "d" * 64,
        "version": 10,
    }
    value = {**other, "chain": ACCESS if link.chain == JOURNAL else JOURNAL}[name]
    if getattr(link, name) != value:
        assert dataclasses.replace(link, **{name: value}).hash != link.hash


@given(st.dictionaries(plain_text, st.lists(hex64, max_size=3), max_size=5))
def test_a_batch_survives_its_bytes_in_any_order(members: dict[str, list[str]]) -> None:
    members.pop("", None)
    blob = batch_blob(list(members.items()))
    assert batch_blob(list(reversed(members.items()))) == blob
    assert read_batch(blob) == [(name, sorted(parents)) for name, parents in sorted(members.items())]


# ---- hostile bytes ---------------------------------------------------------------------------------------------

reads = pytest.mark.parametrize("read", [Link.from_bytes, Body.from_bytes, read_batch])


@reads
@given(untrusted=st.binary() | values.map(canonical))
def test_any_bytes_read_back_or_are_a_value_error(read: Any, untrusted: bytes) -> None:
    try:
        found = read(untrusted)
    except ValueError:
        return
    assert (batch_blob(found) if isinstance(found, list) else found.to_bytes()) == untrusted


@reads
@pytest.mark.parametrize(
    "untrusted", [b"[" * 200_000, b"{" * 99, b'{"a":' * 90_000, b"\xff" * 9, b"null", b"", b"1" * 9999]
)
def test_deep_long_and_empty_bytes_are_a_value_error(read: Any, untrusted: bytes) -> None:
    with pytest.raises(ValueError):
        read(untrusted)


@given(bodies, st.sampled_from(sorted(_KNOWN - {"version", "extra"})), st.data())
def test_a_body_with_any_member_changed_in_kind_or_gone_is_a_value_error_or_another_body(
    body: Body, name: str, data: st.DataObject
) -> None:
    raw = parse(body.to_bytes())
    if data.draw(st.booleans()):
        raw[name] = data.draw(values)
    else:
        del raw[name]
    changed = canonical(raw)
    try:
        found = Body.from_bytes(changed)
    except ValueError:
        return
    assert found.to_bytes() == changed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seq", 0), ("seq", -1), ("seq", True), ("seq", "1"), ("v", 0), ("v", True), ("chain", "other"), ("chain", []),
        ("device", "F" * 32), ("device", "f" * 31), ("device", "f" * 32 + "\n"), ("body", "g" * 64), ("prev", ""),
        ("prev", None), ("extra", 1),
    ],
)  # fmt: skip
def test_a_link_that_is_nearly_one_is_refused(name: str, value: object) -> None:
    raw = parse(Link("0" * 32, 2, "1" * 64, "2" * 64).to_bytes())
    with pytest.raises(ValueError):
        Link.from_bytes(canonical({**raw, name: value}))


@pytest.mark.parametrize(("name", "value"), [("seq", INT64_MAX), ("seq", 10**18), ("v", 2), ("v", INT64_MAX)])
def test_a_link_may_say_as_much_as_its_limits(name: str, value: int) -> None:
    raw = canonical({**parse(Link("0" * 32, 2, "1" * 64, "2" * 64).to_bytes()), name: value})
    assert Link.from_bytes(raw).to_bytes() == raw


def test_a_link_of_another_chain_begins_with_none_before_it_too() -> None:
    first = Link("0" * 32, 1, "", "2" * 64, ACCESS)
    assert Link.from_bytes(first.to_bytes()) == first
    for wrong in (dataclasses.replace(first, prev="1" * 64), dataclasses.replace(first, seq=2)):
        with pytest.raises(ValueError, match="only the first"):
            Link.from_bytes(wrong.to_bytes())


def test_a_long_link_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="short"):
        Link.from_bytes(b" " * 1025)
    with pytest.raises(ValueError, match="Expecting"):
        Link.from_bytes(b" " * 1024)


def test_the_first_link_has_nothing_before_it() -> None:
    with pytest.raises(ValueError):
        Link.from_bytes(Link("0" * 32, 1, "1" * 64, "2" * 64).to_bytes())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("salt", "0" * 31), ("salt", "0" * 32 + "\n"), ("hlc", "1"), ("hlc", f"{MAX_HLC_MS:015d}:00000000:" + "0" * 32),
        ("parents", ["x"]), ("parents", "0" * 64), ("parents", [1]), ("v", 0), ("v", True), ("v", "1"),
        ("batch", "0" * 64), ("entity", ""), ("entity", 1), ("act", None), ("tlp", []),
    ],
)  # fmt: skip
def test_a_body_that_is_nearly_one_is_refused(name: str, value: object) -> None:
    raw = parse(GOLDEN["single"]["body"].encode())
    with pytest.raises(ValueError):
        Body.from_bytes(canonical({**raw, name: value}))


@pytest.mark.parametrize("name", sorted(_KNOWN - {"version", "extra"}))
def test_a_body_without_one_of_its_members_is_refused(name: str) -> None:
    raw = parse(GOLDEN["single"]["body"].encode())
    del raw[name]
    with pytest.raises(ValueError):
        Body.from_bytes(canonical(raw))


def test_a_body_of_more_than_a_mebibyte_is_refused() -> None:
    body = Body.from_bytes(GOLDEN["single"]["body"].encode())
    room = MAX_BODY_BYTES - len(dataclasses.replace(body, value="").to_bytes())
    assert Body.from_bytes(dataclasses.replace(body, value="x" * room).to_bytes())
    with pytest.raises(ValueError, match="1 MiB"):
        Body.from_bytes(dataclasses.replace(body, value="x" * (room + 1)).to_bytes())


@pytest.mark.parametrize(
    ("name", "value"), [("hlc", f"{MAX_HLC_MS - 1:015d}:00000000:" + "0" * 32), ("v", 7), ("value", None)]
)
def test_a_body_may_say_as_much_as_its_limits(name: str, value: object) -> None:
    raw = canonical({**parse(GOLDEN["single"]["body"].encode()), name: value})
    assert Body.from_bytes(raw).to_bytes() == raw


@pytest.mark.parametrize(
    ("entity", "batch", "parents"),
    [("", "", []), ("e", "0" * 64, []), ("", "0" * 64, ["1" * 64]), ("", "0" * 63, []), ("", "x" * 64, [])],
)
def test_a_body_is_about_one_entity_or_one_batch(entity: str, batch: str, parents: list[str]) -> None:
    raw = {**parse(GOLDEN["single"]["body"].encode()), "entity": entity, "batch": batch, "parents": parents}
    with pytest.raises(ValueError, match="one entity or one batch"):
        Body.from_bytes(canonical(raw))


@pytest.mark.parametrize(
    "untrusted",
    [
        b'[["b",[]],["a",[]]]', b'[["a",[]],["a",[]]]', b'[["",[]]]', b'[["a",["x"]]]', b'[["a"]]', b'[["a",{}]]',
        b'["a"]', b'[[1,[]]]', b'[ ["a",[]]]', b'[["\\ud800",[]]]',
        b'[["a",["' + b"1" * 64 + b'","' + b"0" * 64 + b'"]]]',
    ],
)  # fmt: skip
def test_a_batch_that_is_not_sorted_unique_and_canonical_is_refused(untrusted: bytes) -> None:
    with pytest.raises(ValueError):
        read_batch(untrusted)


# ---- the clock -------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(-(2**50), 2**50), st.none() | clocks), max_size=30))
def test_readings_rise_whatever_the_wall_says_and_can_always_be_read(steps: list[tuple[int, str | None]]) -> None:
    clock = LogicalClock("a" * 32)
    last = ""
    for now, seen in steps:
        if seen is not None:
            clock.observe(seen)
        reading = clock.next(max(now, 0))
        body = dataclasses.replace(Body.from_bytes(GOLDEN["single"]["body"].encode()), hlc=reading)
        assert Body.from_bytes(body.to_bytes()).hlc == reading
        at_the_end = reading.startswith(f"{MAX_HLC_MS - 1:015d}:ffffffff")
        assert reading[:24] > last or at_the_end
        if seen is not None:
            assert reading[:24] > seen[:24] or at_the_end
        last = reading[:24]


def test_a_clock_goes_on_from_where_the_journal_ends() -> None:
    clock = LogicalClock("a" * 32, f"{5000:015d}:00000003:" + "b" * 32)
    assert clock.next(4000) == f"{5000:015d}:00000004:" + "a" * 32
    assert clock.next(6000) == f"{6000:015d}:00000000:" + "a" * 32


def test_a_clock_reads_all_of_a_reading() -> None:
    latest = f"{123456789012345:015d}:9abcdef1:" + "f" * 32
    following = f"{123456789012345:015d}:9abcdef2:" + "a" * 32
    assert LogicalClock("a" * 32, latest).next(0) == following
    seen = LogicalClock("a" * 32)
    seen.observe(latest)
    assert seen.next(0) == following
    seen.observe(latest)
    assert seen.next(0) == following.replace("ef2", "ef3"), "what is older than what was seen moves no clock"
    seen.observe(f"{123456789012344:015d}:ffffffff:" + "f" * 32)
    assert seen.next(0) == following.replace("ef2", "ef4")
    fresh = LogicalClock("a" * 32)
    assert fresh.next(0) == f"{0:015d}:00000001:" + "a" * 32
    assert fresh.next(1) == f"{1:015d}:00000000:" + "a" * 32


def test_at_the_end_of_time_the_last_reading_is_given_again() -> None:
    last = f"{MAX_HLC_MS - 1:015d}:ffffffff:" + "a" * 32
    clock = LogicalClock("a" * 32, f"{MAX_HLC_MS - 1:015d}:fffffffe:" + "b" * 32)
    assert [clock.next(2**60) for _ in range(3)] == [last] * 3
    assert LogicalClock("a" * 32).next(2**60) == f"{MAX_HLC_MS - 1:015d}:00000000:" + "a" * 32


def test_a_counter_is_used_up_before_it_carries_over() -> None:
    clock = LogicalClock("a" * 32, f"{5000:015d}:fffffffe:" + "b" * 32)
    assert clock.next(0) == f"{5000:015d}:ffffffff:" + "a" * 32
    assert clock.next(0) == f"{5001:015d}:00000000:" + "a" * 32


def test_a_full_counter_carries_over() -> None:
    clock = LogicalClock("a" * 32, f"{5000:015d}:ffffffff:" + "b" * 32)
    assert clock.next(0) == f"{5001:015d}:00000000:" + "a" * 32
