"""A receipt reads back as it was written, and nothing else is taken for one."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.canonical import canonical
from triage_app.formats import identity, receipt
from triage_app.formats.bundle import sealing
from triage_app.formats.identity import Identity
from triage_app.formats.receipt import BadReceipt, MergedBundle, Receipt, Waiting

OWN = identity.generate()
THEIRS = identity.generate()
OTHER = identity.generate()


def key_of(one: Identity) -> str:
    return one.signing_key.public_key().public_bytes_raw().hex()


PLAIN = Receipt(
    OWN.device, key_of(OWN), THEIRS.device, 1_700_000_000_000, False,
    (MergedBundle("ab" * 16, "cd" * 16, 5), MergedBundle("ef" * 16, "", 6)),
    {OWN.device: 12, THEIRS.device: 40}, {THEIRS.device: [3, 4, 5, 9]}, {"import-1": "all", "import-2": "f" * 64},
    (Waiting(OTHER.device, "unknown-device", 3, 1, 3),),
)  # fmt: skip


def content_of(one: Receipt, maker: Identity = OWN, **changes: Any) -> bytes:
    """What a receipt holds, with other values, signed again; ``...`` leaves a field out."""
    sealed = receipt.seal_receipt(one, maker, sealing.recipient_of(THEIRS.age_secret))
    content, _ = sealing.unseal(sealed, [THEIRS.age_secret])
    fields = json.loads(content)
    fields.pop("sig")
    fields = {name: value for name, value in {**fields, **changes}.items() if value is not ...}
    if "sig" in changes:
        return canonical(fields)
    return canonical({**fields, "sig": maker.sign(receipt.SIGNED, canonical(fields)).hex()})


devices = st.sampled_from([OWN.device, THEIRS.device, OTHER.device, "0" * 32])
numbers = st.integers(0, 2**53 - 1)
made = st.builds(
    Receipt,
    st.just(OWN.device), st.just(key_of(OWN)), st.just(THEIRS.device), st.integers(0, 2**40), st.booleans(),
    st.lists(
        st.builds(MergedBundle, st.just("ab" * 16), st.sampled_from(["", "cd" * 16]), st.integers(0, 2**40)), max_size=4
    ).map(tuple),
    st.dictionaries(devices, numbers, max_size=4),
    st.dictionaries(devices, st.lists(st.integers(1, 400), unique=True, max_size=60).map(sorted), max_size=3),
    st.dictionaries(st.sampled_from(["i1", "i2"]), st.sampled_from(["all", "f" * 64])),
    st.lists(
        st.builds(Waiting, devices, st.sampled_from(["gap", "fork"]), numbers, numbers, numbers), max_size=3
    ).map(tuple),
)  # fmt: skip


@given(made)
def test_a_receipt_reads_back_as_it_was_written(one: Receipt) -> None:
    sealed = receipt.seal_receipt(one, OWN, sealing.recipient_of(THEIRS.age_secret))
    assert receipt.open_receipt(sealed, [THEIRS.age_secret], THEIRS.device) == one
    assert receipt.opens_as_receipt(sealed, [THEIRS.age_secret])


@given(st.binary(max_size=400))
def test_no_bytes_are_taken_for_a_receipt_and_none_end_in_a_traceback(data: bytes) -> None:
    with pytest.raises(BadReceipt):
        receipt.parse_receipt(data)
    with pytest.raises(BadReceipt):
        receipt.open_receipt(data, [THEIRS.age_secret], THEIRS.device)
    assert not receipt.opens_as_receipt(data, [THEIRS.age_secret])


@given(st.integers(0, 2_000), st.integers(1, 255))
def test_no_receipt_survives_the_change_of_one_byte(place: int, change: int) -> None:
    content = bytearray(content_of(PLAIN))
    content[place % len(content)] ^= change
    with pytest.raises(BadReceipt):
        receipt.parse_receipt(bytes(content))


@given(st.lists(st.integers(1, 10_000), max_size=200))
def test_ranges_say_the_same_as_the_numbers(sequences: list[int]) -> None:
    found = [seq for first, last in receipt.ranges_of(sequences) for seq in range(first, last + 1)]
    assert found == sorted(set(sequences))


@pytest.mark.parametrize(
    "changes",
    [
        {"what": "bundle"}, {"what": ...}, {"version": 0}, {"version": True}, {"more": 1}, {"bundles": ...},
        {"from": THEIRS.device}, {"from": 5}, {"ed25519": "zz" * 32}, {"to": "x"}, {"sig": "00" * 64}, {"sig": "00"},
        {"created": -1}, {"created": 2**62}, {"exercise": 1}, {"exercise": "no"},
        {"bundles": {}}, {"bundles": [["ab" * 16, "", 5]] * 201}, {"bundles": [["ab", "", 5]]},
        {"bundles": [["ab" * 16, "", True]]}, {"bundles": [["ab" * 16, ""]]}, {"bundles": ["ab" * 16]},
        {"vector": []}, {"vector": {"x": 1}}, {"vector": {OWN.device: -1}}, {"vector": {OWN.device: 2**53}},
        {"vector": {OWN.device: True}}, {"vector": {f"{n:032x}": 1 for n in range(10_001)}},
        {"lacks": []}, {"lacks": {OWN.device: 3}}, {"lacks": {OWN.device: [3]}}, {"lacks": {OWN.device: [[3, 2]]}},
        {"lacks": {OWN.device: [[0, 2]]}}, {"lacks": {OWN.device: [[1, 2], [3, 4]]}},
        {"lacks": {OWN.device: [[5, 6], [1, 2]]}}, {"lacks": {OWN.device: [[1, 2**53 - 1]]}},
        {"lacks": {OWN.device: [[1, 1_500_000]], THEIRS.device: [[1, 1_500_000]]}}, {"lacks": {"x": [[1, 2]]}},
        {"imports": []}, {"imports": {"i": 5}}, {"imports": {"i": "x" * 201}}, {"imports": {"": "all"}},
        {"imports": {"i": "with space"}},
        {"pending": {}}, {"pending": [[OWN.device, "gap", 1, 2]]}, {"pending": [[OWN.device, "Gap!", 1, 2, 3]]},
        {"pending": [[OWN.device, "gap", -1, 2, 3]]},
    ],
    ids=itertools.count(),  # the devices are new ones in every run, and a worker's tests must be named as another's
)  # fmt: skip
def test_a_receipt_with_a_value_that_none_has_is_refused_even_if_signed(changes: dict[str, Any]) -> None:
    with pytest.raises(BadReceipt) as refused:
        receipt.parse_receipt(content_of(PLAIN, **changes))
    assert re.search(r"\.$", refused.value.what)
    assert re.search(r"\.$", refused.value.do)


def test_the_plain_one_is_what_those_are_changed_from() -> None:
    assert receipt.parse_receipt(content_of(PLAIN)) == PLAIN


def test_a_receipt_signed_by_another_key_is_refused() -> None:
    forged = content_of(PLAIN, OTHER)
    with pytest.raises(BadReceipt, match="signature of the receipt is wrong"):
        receipt.parse_receipt(forged)


def test_a_checkpoints_signature_fits_no_receipt() -> None:
    content = json.loads(content_of(PLAIN))
    del content["sig"]
    content["sig"] = OWN.sign(b"checkpoint1", canonical(content)).hex()
    with pytest.raises(BadReceipt, match="signature of the receipt is wrong"):
        receipt.parse_receipt(canonical(content))


def test_a_newer_receipt_is_answered_with_update() -> None:
    with pytest.raises(BadReceipt, match="newer version"):
        receipt.parse_receipt(content_of(PLAIN, version=2, more="of it"))


def test_a_receipt_passed_on_to_another_device_is_refused_there() -> None:
    passed_on = sealing.seal(content_of(PLAIN), [sealing.recipient_of(OTHER.age_secret)])
    with pytest.raises(BadReceipt, match="written for another device"):
        receipt.open_receipt(passed_on, [OTHER.age_secret], OTHER.device)


def test_a_receipt_for_somebody_else_is_not_opened() -> None:
    sealed = receipt.seal_receipt(PLAIN, OWN, sealing.recipient_of(THEIRS.age_secret))
    with pytest.raises(BadReceipt, match="not sealed for this device") as refused:
        receipt.open_receipt(sealed, [OTHER.age_secret], OTHER.device)
    assert refused.value.code == "not-for-this-device"
    assert not receipt.opens_as_receipt(sealed, [OTHER.age_secret])


def test_a_receipt_larger_than_any_is_not_even_opened() -> None:
    with pytest.raises(BadReceipt, match="larger"):
        receipt.open_receipt(b"x" * (receipt.MAX_BYTES + 1), [OWN.age_secret], OWN.device)


def test_the_withheld_of_forty_laptops_take_little_room() -> None:
    lacks = {f"{number:032x}": list(range(1, 5_000)) for number in range(40)}
    sealed = receipt.seal_receipt(replace(PLAIN, lacks=lacks), OWN, sealing.recipient_of(THEIRS.age_secret))
    assert len(sealed) < 20_000
    assert receipt.open_receipt(sealed, [THEIRS.age_secret], THEIRS.device).lacks == lacks


def test_the_samples_from_which_fuzzing_starts_are_receipts() -> None:
    samples = sorted((Path(__file__).parents[2] / "data" / "receipt").glob("*.json"))
    assert len(samples) == 2
    for sample in samples:
        assert receipt.parse_receipt(sample.read_bytes()).created == PLAIN.created
