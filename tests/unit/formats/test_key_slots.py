"""A slot opens for its own secret and in its own place only; the recovery key forgives spelling, not errors."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from argon2 import low_level
from argon2.exceptions import HashingError
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_app.domain.canonical import canonical, parse
from triage_app.errors import BadInput, StoreTooNew, TriageError, WrongPassphraseOrDamaged
from triage_app.formats import key_slots, recovery_key
from triage_app.formats.key_slots import KdfCost, Sidecar, Slot

CHEAP = KdfCost(t=1, m=8, p=1)
DEK = bytes(range(32))
STORE = "0" * 32


def slot(secret: str | bytes = "correct horse", **changes: Any) -> Slot:
    given = {"kind": "responder", "name": "Ann", "store_id": STORE, "cost": CHEAP, **changes}
    return key_slots.wrap(DEK, secret, **given)


PLAIN = slot()


def sidecar(*slots: Slot) -> Sidecar:
    return Sidecar(STORE, slots)


def test_the_right_secret_opens_its_slot_among_others() -> None:
    slots = sidecar(slot("first"), slot("second", name="Bob"), slot(b"x" * 32, kind="recovery"))
    dek, found = key_slots.unwrap(slots, "second")
    assert (dek, found.name) == (DEK, "Bob")
    assert key_slots.unwrap(slots, b"x" * 32, kinds=("recovery",))[0] == DEK


def test_a_wrong_secret_opens_nothing() -> None:
    with pytest.raises(WrongPassphraseOrDamaged, match="passphrase does not open"):
        key_slots.unwrap(sidecar(PLAIN), "correct house")
    with pytest.raises(WrongPassphraseOrDamaged, match="recovery key does not open"):
        key_slots.unwrap(sidecar(PLAIN), b"y" * 32, kinds=("recovery",))


def test_a_secret_opens_slots_of_the_kinds_asked_for_only() -> None:
    with pytest.raises(WrongPassphraseOrDamaged):
        key_slots.unwrap(sidecar(PLAIN), "correct horse", kinds=("break-glass",))


def test_a_passphrase_is_the_same_on_every_keyboard() -> None:
    composed, decomposed = "caf\u00e9 in the ward", "cafe\u0301 in the ward"
    assert key_slots.unwrap(sidecar(slot(composed)), decomposed)[0] == DEK


def test_a_slot_of_another_store_does_not_open() -> None:
    with pytest.raises(WrongPassphraseOrDamaged):
        key_slots.unwrap(Sidecar("1" * 32, (PLAIN,)), "correct horse")


@pytest.mark.parametrize(
    "changes",
    [
        {"t": 2},
        {"m": 16},
        {"p": 2, "m": 16},
        {"name": "Eve"},
        {"id": "f" * 16},
        {"kind": "break-glass"},
        {"salt": "0" * 32},
        {"nonce": "0" * 24},
        {"ct": "0" * 96},
    ],
)
def test_a_slot_with_any_field_changed_does_not_open(changes: dict[str, Any]) -> None:
    with pytest.raises(WrongPassphraseOrDamaged):
        key_slots.unwrap(sidecar(replace(PLAIN, **changes)), "correct horse")


def test_costs_are_bound_even_where_the_derivation_would_not_notice() -> None:
    bound = {name: value for name, value in vars(PLAIN).items() if name != "ct"}
    assert parse(key_slots._bound(PLAIN, STORE)) == {**bound, "store": STORE, "version": 1}


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
@settings(max_examples=30)
def test_any_passphrase_opens_its_own_slot_and_no_other(one: str, two: str) -> None:
    made = sidecar(slot(one))
    assert key_slots.unwrap(made, one)[0] == DEK
    if key_slots._secret_bytes(one) != key_slots._secret_bytes(two):
        with pytest.raises(WrongPassphraseOrDamaged):
            key_slots.unwrap(made, two)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_keys_of_another_length_are_not_taken(size: int) -> None:
    with pytest.raises(ValueError):
        key_slots.wrap(bytes(size), "x", kind="responder", name="Ann", store_id=STORE, cost=CHEAP)
    with pytest.raises(ValueError):
        recovery_key.to_text(bytes(size))


def test_two_slots_of_one_secret_share_nothing() -> None:
    other = slot()
    assert (other.salt, other.nonce, other.ct) != (PLAIN.salt, PLAIN.nonce, PLAIN.ct)


def test_the_costs_are_those_that_were_chosen() -> None:
    assert KdfCost() == KdfCost(t=3, m=128 * 1024, p=4)
    assert KdfCost(t=1, m=8 * 1024, p=1) == key_slots.RECOVERY_COST


@pytest.mark.parametrize(("t", "m", "p"), [(21, 8, 1), (1, 1024 * 1024 + 1, 1), (1, 1024, 17), (0, 8, 1), (1, 7, 1)])
def test_a_cost_outside_its_bounds_is_never_computed(t: int, m: int, p: int) -> None:
    with pytest.raises(ValueError):
        KdfCost(t, m, p)
    hostile = sidecar(replace(PLAIN, t=t, m=m, p=p))
    started = time.monotonic()
    with pytest.raises(WrongPassphraseOrDamaged, match="more work"):
        key_slots.unwrap(hostile, "correct horse")
    with pytest.raises(ValueError):
        key_slots.from_bytes(canonical({"version": 1, "store": STORE, "slots": [vars(hostile.slots[0])]}))
    assert time.monotonic() - started < 0.5


def test_many_dear_slots_do_not_hang_the_log_in() -> None:
    dear = [replace(PLAIN, id=f"{number:016x}", t=20, m=1024 * 1024) for number in range(40)]
    started = time.monotonic()
    with pytest.raises(WrongPassphraseOrDamaged, match="more work"):
        key_slots.unwrap(sidecar(*dear), "correct horse")
    assert time.monotonic() - started < 0.5


def test_too_little_memory_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> bytes:
        raise HashingError("Memory allocation error")

    monkeypatch.setattr(low_level, "hash_secret_raw", full)
    with pytest.raises(TriageError, match="not enough free memory"):
        key_slots.unwrap(sidecar(PLAIN), "correct horse")


@pytest.mark.parametrize(("secret", "name"), [("", "Ann"), ("x", ""), ("x", "a\nb"), ("x", "n" * 201)])
def test_a_slot_for_nobody_or_nothing_is_not_made(secret: str, name: str) -> None:
    with pytest.raises(BadInput):
        slot(secret, name=name)


# ---- the file -------------------------------------------------------------------------------------------------
def test_a_key_file_reads_back_as_it_was() -> None:
    made = sidecar(PLAIN, slot(kind="break-glass"))
    assert key_slots.from_bytes(made.to_bytes()) == made
    assert key_slots.to_bytes(STORE, made.slots) == made.to_bytes()


def test_a_newer_key_file_is_not_called_damaged() -> None:
    with pytest.raises(StoreTooNew):
        key_slots.from_bytes(canonical({"version": 2, "store": STORE, "slots": []}))


def file_with(**changes: Any) -> bytes:
    return canonical({"version": 1, "store": STORE, "slots": [{**vars(PLAIN), **changes}]})


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"[" * 60_000,
        b"x" * 70_000,
        file_with() + b"\n",
        canonical({"version": 1, "store": STORE, "slots": []}),
        canonical({"version": 1, "store": 7, "slots": [vars(PLAIN)]}),
        canonical({"version": "1", "store": STORE, "slots": [vars(PLAIN)]}),
        canonical({"version": 1, "store": STORE, "slots": [vars(PLAIN)] * 2}),
        canonical({"version": 1, "store": STORE, "slots": [7]}),
        canonical({"version": 1, "store": STORE, "slots": [{**vars(PLAIN), "id": f"{n}"} for n in range(65)]}),
        file_with(kind="guest"),
        file_with(kdf="md5"),
        file_with(t=True),
        file_with(t="3"),
        file_with(salt="00"),
        file_with(nonce="zz" * 12),
        file_with(ct=PLAIN.ct + "00"),
        file_with(name="\u202e"),
        file_with(id="../../x"),
        file_with(extra=1),
    ],
)
def test_a_damaged_key_file_is_an_error_before_any_work(untrusted: bytes) -> None:
    with pytest.raises(ValueError):
        key_slots.from_bytes(untrusted)


@given(st.integers(0, 5_000), st.integers(1, 255))
@settings(max_examples=200)
def test_a_key_file_with_one_byte_changed_never_gives_another_key(place: int, change: int) -> None:
    data = bytearray(sidecar(PLAIN).to_bytes())
    data[place % len(data)] ^= change
    try:
        read = key_slots.from_bytes(bytes(data))
    except (ValueError, StoreTooNew):
        return
    assume_cheap = all(one.m * one.t < 100_000 for one in read.slots)
    if assume_cheap:
        with pytest.raises(WrongPassphraseOrDamaged):
            key_slots.unwrap(read, "correct horse")


# ---- the recovery key -----------------------------------------------------------------------------------------
KEY = bytes(range(100, 132))
TEXT = recovery_key.to_text(KEY)


def test_the_printed_form_never_changes() -> None:
    assert TEXT == "CHJPCSS5-D1MPMTXX-DHPPWVXW-E1RQ4WSY-EHTQCXRX-F1WQMYX7-FHYQWZY0-G20R50ZD"


@given(st.binary(min_size=32, max_size=32))
def test_any_key_reads_back_from_eight_groups_of_eight(key: bytes) -> None:
    text = recovery_key.to_text(key)
    assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{8}-){7}[0-9A-HJKMNP-TV-Z]{8}", text)
    assert recovery_key.from_text(text) == key


@pytest.mark.parametrize(
    "typed",
    [
        TEXT.lower(),
        TEXT.replace("-", ""),
        TEXT.replace("-", " \n "),
        TEXT.replace("-", "\u2013"),
        TEXT.replace("0", "O"),
        TEXT.replace("0", "o").replace("1", "l"),
        TEXT.replace("1", "I"),
        f"  {TEXT}. ",
        " ".join(TEXT.replace("-", "")[place : place + 4] for place in range(0, 64, 4)),
    ],
)
def test_spelling_and_spacing_are_forgiven(typed: str) -> None:
    assert recovery_key.from_text(typed) == KEY


@given(st.binary(min_size=32, max_size=32), st.integers(0, 63), st.sampled_from(recovery_key.ALPHABET))
def test_any_one_wrong_character_is_found_and_its_group_named(key: bytes, place: int, wrong: str) -> None:
    text = recovery_key.to_text(key).replace("-", "")
    typed = text[:place] + wrong + text[place + 1 :]
    if typed == text:
        return
    with pytest.raises(BadInput, match=f"Group {place // 8 + 1} of the recovery key is mistyped"):
        recovery_key.from_text(typed)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 62))
def test_two_neighbours_changed_round_are_found(key: bytes, place: int) -> None:
    text = recovery_key.to_text(key).replace("-", "")
    typed = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if typed == text:
        return
    with pytest.raises(BadInput, match="mistyped"):
        recovery_key.from_text(typed)


@given(st.integers(0, 7), st.integers(0, 7))
def test_groups_in_the_wrong_order_are_found(one: int, two: int) -> None:
    groups = TEXT.split("-")
    groups[one], groups[two] = groups[two], groups[one]
    if groups == TEXT.split("-"):
        return
    with pytest.raises(BadInput, match=f"groups {min(one, two) + 1} and {max(one, two) + 1}"):
        recovery_key.from_text("-".join(groups))


def test_groups_of_two_papers_do_not_make_a_key() -> None:
    other = recovery_key.to_text(bytes(32)).split("-")
    with pytest.raises(BadInput, match="together they are not one key"):
        recovery_key.from_text("-".join([*TEXT.split("-")[:7], other[7]]))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "has 64 characters, and 0 were given"),
        (TEXT[:-1], "Group 8 of the recovery key does not have eight"),
        (TEXT[1:], "Group 1 of the recovery key does not have eight"),
        (TEXT[:-9], "and 56 were given"),
        (TEXT + "-00000000", "and 72 were given"),
        ("U" + TEXT[1:], "Group 1 of the recovery key is mistyped"),
        ("é" * 64, "mistyped"),
        ("ß" * 32, "mistyped"),
        ("0" * 2_000, "far too long"),
    ],
)
def test_what_is_no_recovery_key_is_refused_in_words(typed: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        recovery_key.from_text(typed)


def test_new_keys_differ() -> None:
    assert recovery_key.generate() != recovery_key.generate()
