"""A pack of reference data: what was signed comes out, and nothing else does."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference_packs import KEY, STRANGER, kev, packed, public, signed
from triage_app.domain.reference import Described
from triage_app.errors import BadFile, TriageError
from triage_app.formats import reference_pack, release_sums
from triage_app.formats.reference_pack import Pack

KEYS = (public(STRANGER), public())
WORDS = st.text("abc éŵ“”-.<>&/\\", min_size=1, max_size=30).filter(str.strip)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)
DAYS = st.dates(date(2000, 1, 1), date(2026, 12, 2))
SETS = st.lists(
    st.tuples(st.builds(Described, NAMES, WORDS, WORDS, DAYS), st.binary(min_size=1, max_size=200)),
    min_size=1, max_size=5, unique_by=lambda one: one[0].code,
)  # fmt: skip


def read(data: bytes, keys: tuple[str, ...] = KEYS) -> Pack:
    return reference_pack.read(io.BytesIO(data), keys)


def whole_of(data: bytes) -> list[bytes]:
    file = io.BytesIO(data)
    return [reference_pack.content(file, part) for part in reference_pack.read(file, KEYS).parts]


def table(**changes: Any) -> dict[str, Any]:
    one = {"set": "kev", "source": "CISA", "licence": "CC0", "as_of": "2026-11-26", "size": 3,
           "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}  # fmt: skip
    first = {key.removeprefix("set_"): value for key, value in changes.items() if key.startswith("set_")}
    rest = {key: value for key, value in changes.items() if not key.startswith("set_")}
    one["set"] = first.pop("code", "kev")
    return {"version": 1, "name": "Pack", "made": "2026-12-02", "sets": [one | first]} | rest


def of(told: Any) -> bytes:
    return signed(json.dumps(told).encode(), b"abc")


@given(SETS, WORDS)
def test_what_is_packed_comes_out_byte_for_byte(sets: list[tuple[Described, bytes]], name: str) -> None:
    data = packed(*sets, name=name)
    file = io.BytesIO(data)
    found = reference_pack.read(file, KEYS)
    assert (found.name, found.made, found.key) == (name.strip(), date(2026, 12, 2), public())
    for part, (said, content) in zip(found.parts, sets, strict=True):
        assert reference_pack.content(file, part) == content
        assert (part.said.code, part.said.as_of) == (said.code, said.as_of)
        assert (part.said.source, part.said.licence) == (said.source.strip(), said.licence.strip())
    assert data == packed(*sets, name=name)


@given(st.data())
def test_no_byte_can_be_changed_left_out_or_added(data: st.DataObject) -> None:
    whole = packed(kev())
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(1, 255))
    for changed in (
        whole[:at] + bytes([whole[at] ^ other]) + whole[at + 1 :], whole[:at], whole[:at] + whole[at + 1 :],
        whole + whole[at:],
    ):  # fmt: skip
        with pytest.raises(TriageError):
            whole_of(changed)


def test_the_table_as_the_tests_write_it_is_sound() -> None:
    assert [part.said.code for part in read(of(table())).parts] == ["kev"]


@pytest.mark.parametrize("keys", [(), (public(STRANGER),)])
def test_a_pack_that_no_trusted_key_signed_is_refused_before_its_table_is_parsed(keys: tuple[str, ...]) -> None:
    for data in (packed(kev()), signed(b"no JSON at all")):
        with pytest.raises(TriageError) as refused:
            read(data, keys)
        assert refused.value.code == "untrusted"
    assert ("no release key yet" in refused.value.what) == (not keys)


def test_an_unsigned_pack_is_refused() -> None:
    whole = packed(kev())
    start = whole.index(b"}]}") + 3
    with pytest.raises(TriageError) as refused:
        read(whole[:start] + bytes(64) + whole[start + 64 :])
    assert refused.value.code == "untrusted"


HOSTILE = {
    "no object": b"[]",
    "no JSON": b"{",
    "not UTF-8": json.dumps(table(name="\u00e9"), ensure_ascii=False).encode("latin-1"),
    "half of a pair": json.dumps(table(name="\ud800")).encode(),
    "deep": b'{"version":1,"x":' + b"[" * 100 + b"]" * 100 + b"}",
    "very deep": b"[" * 100_000 + b"]" * 100_000,
    "a key twice": b'{"version":1,"version":1}',
    "a huge number": b'{"version":' + b"9" * 5_000 + b"}",
    "not a number": b'{"version":NaN}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_table_is_refused_in_a_sentence_even_where_it_is_signed(name: str) -> None:
    with pytest.raises(BadFile) as refused:
        read(signed(HOSTILE[name]))
    assert refused.value.what.endswith(".")


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2}, {"version": True, "sets": []}, {"sets": []}, {"sets": {}}, {"sets": ["kev"]},
        {"sets": [table()["sets"][0]] * 65}, {"name": ""}, {"name": "a\u202eb"},
        {"name": "x" * 1_001}, {"made": "2026-13-01"}, {"made": 5}, {"made": "2026-11-25"},
        {"set_code": "../../etc/passwd"}, {"set_code": "C:\\x"}, {"set_code": ""}, {"set_code": "k" * 41},
        {"set_code": None}, {"set_size": 0}, {"set_size": -3}, {"set_size": 2}, {"set_size": 4}, {"set_size": 10**15},
        {"set_size": 2**63 - 1}, {"set_size": "3"}, {"set_size": True}, {"set_sha256": "00"}, {"set_sha256": "g" * 64},
        {"set_as_of": "20261126"}, {"set_as_of": None}, {"set_source": ""}, {"set_licence": 7},
    ],
)  # fmt: skip
def test_a_table_that_says_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadFile):
        read(of(table(**changes)))


def test_a_set_that_is_there_twice_is_refused() -> None:
    with pytest.raises(BadFile, match="twice"):
        read(signed(json.dumps(table(sets=table()["sets"] * 2)).encode(), b"abcabc"))


def test_a_table_longer_than_any_is_refused_unread() -> None:
    with pytest.raises(BadFile, match="length of its table"):
        read(of(table(more="x" * reference_pack.MOST_TABLE)))


@pytest.mark.parametrize("length", [b"0\n", b"007\n", b"-1\n", b"99999999\n", b"262145\n", b"12", b"1e3\n", b"\n", b""])
def test_a_length_that_is_none_is_refused(length: bytes) -> None:
    with pytest.raises(TriageError):
        read(reference_pack.MAGIC + length + b"{}" + bytes(64))


def test_a_pack_larger_than_any_is_refused_unread() -> None:
    class Huge(io.BytesIO):
        def seek(self, offset: int, whence: int = 0, /) -> int:
            return reference_pack.MOST_BYTES + 1 if whence == 2 else super().seek(offset, whence)

    with pytest.raises(BadFile, match="larger"):
        reference_pack.read(Huge(packed(kev())), KEYS)


def test_a_pack_for_a_newer_program_says_so_and_another_file_that_it_is_none() -> None:
    with pytest.raises(BadFile, match="newer version"):
        read(packed(kev()).replace(b"pack 1\n", b"pack 2\n", 1))
    with pytest.raises(BadFile, match="no pack of reference data"):
        read(b"PK\x03\x04" + packed(kev()))


def test_a_signed_list_of_a_release_is_no_pack_and_a_pack_no_such_list() -> None:
    sums = f"{'0' * 64}  triage.deb\n".encode()
    with pytest.raises(BadFile):
        read(sums + KEY.sign(sums))
    with pytest.raises(BadFile):
        release_sums.sums(reference_pack.MAGIC)
