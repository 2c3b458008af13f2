"""A device is known by its signing key, and its identity file can be copied but not changed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import words
from triage_app.domain.canonical import canonical
from triage_app.errors import BadFile, BadInput
from triage_app.formats import identity
from triage_app.formats.identity import Identity, PublicIdentity

OWN = identity.generate()
OTHER = identity.generate()
GIVEN = {"name": "Ward laptop", "organisation": "RXX", "organisation_name": "Example Trust", "nation": "Wales"}
FIXED_KEY = bytes(range(32))


def published(own: Identity = OWN, **changes: Any) -> PublicIdentity:
    return own.public(**{**GIVEN, "created": 1_600_000_000_000, **changes})


def forged(own: Identity = OWN, **changes: Any) -> bytes:
    """An identity file with other values, signed again by the key of ``own``."""
    fields = json.loads(published().to_bytes())
    fields.update(changes)
    fields.pop("sig")
    fields = {name: value for name, value in fields.items() if value is not ...}
    signature = own.signing_key.sign(identity.SIGNED + canonical(fields))
    return canonical({**fields, "sig": signature.hex()})


def test_an_identity_file_reads_back_as_it_was() -> None:
    public = published(exercise=True, slots=3)
    assert PublicIdentity.from_bytes(public.to_bytes()) == public
    assert public.device == OWN.device
    assert (public.exercise, public.slots, public.scheme) == (True, 3, "ods")


def test_the_private_keys_read_back_and_are_never_printed() -> None:
    again = Identity.from_private_bytes(OWN.to_private_bytes())
    assert again == OWN
    assert published(again) == published()
    assert OWN.age_secret not in repr(OWN)
    assert OWN.ed25519_private.hex() not in repr(OWN)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        canonical({"version": 1, "ed25519": "00", "age": OWN.age_secret}),
        canonical({"version": 1, "ed25519": 7, "age": OWN.age_secret}),
        canonical({"version": 1, "ed25519": "0" * 64, "age": "AGE-SECRET-KEY-1"}),
        canonical({"version": 1, "ed25519": "0" * 64, "age": 7}),
        canonical({"version": 2, "ed25519": "0" * 64, "age": OWN.age_secret}),
    ],
)
def test_damaged_private_keys_are_an_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        Identity.from_private_bytes(data)


def test_id_tag_and_words_of_a_key_never_change() -> None:
    device = words.device_id(FIXED_KEY)
    assert device == "630dcd2966c4336691125448bbb25b4f"
    assert identity.device_tag(device) == "P6Y7"
    assert identity.fingerprint_words(FIXED_KEY.hex()) == ["bottle", "feather", "doorway", "hotel", "pony", "island"]


@given(st.binary(min_size=16, max_size=16))
def test_a_tag_is_letter_digit_letter_digit_without_lookalikes(device: bytes) -> None:
    assert re.fullmatch(r"(?:[A-HJKMNP-TV-Z][2-9]){2}", identity.device_tag(device.hex()))


def test_tags_use_the_whole_of_their_alphabet() -> None:
    tags = {identity.device_tag(words.device_id(number.to_bytes(32, "big"))) for number in range(2_000)}
    assert len(tags) > 1_900
    assert {tag[0] for tag in tags} == set(words.LETTERS)
    assert {tag[3] for tag in tags} == set(words.DIGITS)


def test_the_words_are_256_that_cannot_be_mistaken_for_one_another() -> None:
    listed = identity._word_list()
    assert len(set(listed)) == len(listed) == 256
    assert all(re.fullmatch(r"[a-z]{4,9}", word) for word in listed)
    assert len({word[:3] for word in listed}) == 256
    assert min(distance(one, two) for place, one in enumerate(listed) for two in listed[:place]) >= 3


def distance(one: str, two: str) -> int:
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        above = row
        row = [i]
        for j, b in enumerate(two, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
    return row[-1]


def test_different_keys_have_different_words() -> None:
    assert published().fingerprint_words != published(OTHER).fingerprint_words
    assert len(published().fingerprint_words) == 6


def test_a_signature_fits_its_own_purpose_and_key_only() -> None:
    key = OWN.signing_key.public_key().public_bytes_raw().hex()
    signature = OWN.sign(b"checkpoint1", b"data")
    assert identity.verify(key, b"checkpoint1", b"data", signature)
    assert not identity.verify(key, b"checkpoint2", b"data", signature)
    assert not identity.verify(key, b"checkpoint1", b"date", signature)
    assert not identity.verify(published(OTHER).ed25519, b"checkpoint1", b"data", signature)
    assert not identity.verify("zz", b"checkpoint1", b"data", signature)


HOSTILE: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "not an identity file"),
    ("a program", b"MZ\x90\x00", "not an identity file"),
    ("a list", b"[]", "not an identity file"),
    ("another object", b'{"a":1,"version":1}', "not an identity file"),
    ("too long", b" " * 70_000, "too long"),
    ("deep", b"[" * 60_000, "not an identity file"),
    ("loose JSON", published().to_bytes() + b"\n", "not an identity file"),
    ("a newer version", forged(version=2), "newer version"),
    ("a further field", forged(extra=1), "not an identity file"),
    ("a field short", forged(nation=...), "not an identity file"),
    ("a changed name", published().to_bytes().replace(b"Ward", b"Yard"), "signature is wrong"),
    ("signed by another", forged(OTHER), "signature is wrong"),
    ("another's id", forged(device=OTHER.device), "does not belong to its key"),
    ("another tag", forged(tag="A2A2" if published().tag != "A2A2" else "B2B2"), "does not belong to its key"),
    ("a number for a name", forged(name=7), "a value that no identity has"),
    ("a number for a flag", forged(exercise=1), "a value that no identity has"),
    ("no slots", forged(slots=0), "a value that no identity has"),
    ("an impossible time", forged(created=-1), "a value that no identity has"),
    ("a short key", forged(ed25519="00"), "a value that no identity has"),
    ("a hidden character", forged(name="Ward\u202egnp"), "cannot be seen"),
    ("two lines", forged(organisation_name="a\nb"), "cannot be seen"),
    ("a long name", forged(name="x" * 81), "longer than 80"),
    ("no name", forged(name=" "), "is empty"),
    ("no age key", forged(age="age1"), "no usable key"),
    ("an age key in capitals", forged(age=published().age.upper()), "no usable key"),
]


@pytest.mark.parametrize(("untrusted", "sentence"), [one[1:] for one in HOSTILE], ids=[one[0] for one in HOSTILE])
def test_a_hostile_identity_file_is_refused_in_words(untrusted: bytes, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence):
        PublicIdentity.from_bytes(untrusted)


@given(st.integers(0, 5_000), st.integers(1, 255))
def test_one_changed_byte_is_always_refused(place: int, change: int) -> None:
    data = bytearray(published().to_bytes())
    data[place % len(data)] ^= change
    with pytest.raises(BadFile):
        PublicIdentity.from_bytes(bytes(data))


@pytest.mark.parametrize("changes", [{"name": ""}, {"name": "a\tb"}, {"organisation": ""}, {"nation": "x" * 41}])
def test_an_identity_that_nobody_could_read_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        published(**changes)
