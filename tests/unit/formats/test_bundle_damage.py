"""A bundle that chance or a hand has damaged, cut or wrapped anew is refused, or says what it always said."""

from __future__ import annotations

import hashlib
import random
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_app.errors import BadBundle
from triage_app.formats import identity
from triage_app.formats.bundle import BundleContents, OpenedBundle, peek_bundle, read_bundle, sealing
from triage_app.formats.bundle import write_bundle as write

SENDER = identity.generate()
READER = identity.generate()
RECIPIENT = sealing.recipient_of(READER.age_secret)
BLOB = b"an attachment " * 100


def honest() -> bytes:
    contents = BundleContents(
        {"to": [READER.device]},
        links=[b'{"seq":1}', b'{"seq":2}'],
        bodies=[(hashlib.sha256(b"link").hexdigest(), b"body")],
        evidence=[b'{"row":1}'],
        keys=b"{}",
        blobs={hashlib.sha256(BLOB).hexdigest(): BLOB},
    )
    (part,) = write(contents, signing_key=SENDER.signing_key, recipients=[RECIPIENT])
    return part


def open_sealed(part: bytes) -> OpenedBundle:
    return read_bundle(part, identities=[READER.age_secret], my_device=READER.device)


PART = honest()
HONEST, _ = sealing.unseal(PART, [READER.age_secret])
SEEN = open_sealed(PART)
CENTRAL_START = struct.unpack("<I", HONEST[-6:-2])[0]


@pytest.mark.parametrize(
    ("untrusted", "sentence"),
    [
        (b"", "is empty"),
        (b"MZ\x90\x00 a program", "not a bundle"),
        (b"PK\x03\x04 an archive without seal", "not a bundle"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", "not a bundle"),
        (b"age-enc", "cut short"),
        (PART[:60], "cut short"),
        (PART[:-1], "cut short or changed on its way"),
        (b"age-encryption.org/v2\n-> X", "newer version"),
        (b"age-encryption.org/v1\n-> \x00\n--- \n", "first lines of the bundle are damaged"),
        (b"age-encryption.org/v1\n" + b"-> X a\n\n" * 5_000, "more keys than any bundle"),
        (b"age-encryption.org/v1\n" + b"-> X a\n" + (b"A" * 64 + b"\n") * 2_000_000, "first lines of the bundle are"),
    ],
    ids=["empty", "program", "archive", "armour", "start", "head", "tail", "newer", "junk", "many keys", "long key"],
)
def test_what_is_no_whole_seal_is_refused_at_once(untrusted: bytes, sentence: str) -> None:
    started = time.monotonic()
    with pytest.raises(BadBundle, match=sentence):
        open_sealed(untrusted)
    assert time.monotonic() - started < 1


def test_a_file_larger_than_any_bundle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    part = honest()
    monkeypatch.setattr(sealing, "SEALED_BYTES", len(part) - 1)
    with pytest.raises(BadBundle, match="larger than a bundle"):
        open_sealed(part)


def test_a_bundle_cut_anywhere_is_refused() -> None:
    part = honest()
    cuts = [*range(0, 400, 7), *range(400, len(part), 97), len(part) - 1]
    for cut in cuts:
        with pytest.raises(BadBundle) as refused:
            open_sealed(part[:cut])
        assert refused.value.what


def test_a_bundle_with_one_byte_changed_anywhere_is_refused() -> None:
    part = honest()
    chance = random.Random(7)
    for place in [*range(0, 320, 3), *range(320, len(part), 41)]:
        damaged = bytearray(part)
        damaged[place] ^= chance.randrange(1, 256)
        with pytest.raises(BadBundle):
            open_sealed(bytes(damaged))


def test_something_appended_to_the_seal_is_refused() -> None:
    with pytest.raises(BadBundle, match="its seal is broken"):
        open_sealed(honest() + b"\0")


def test_a_bundle_passed_on_to_another_device_is_refused_there() -> None:
    other = identity.generate()
    archive, _ = sealing.unseal(honest(), [READER.age_secret])
    part = sealing.seal(archive, [sealing.recipient_of(other.age_secret)])
    with pytest.raises(BadBundle, match="does not name this device"):
        read_bundle(part, identities=[other.age_secret], my_device=other.device)


def content(bundle: OpenedBundle) -> object:
    return (bundle.manifest, bundle.links, bundle.bodies, bundle.evidence, bundle.keys, bundle.blobs)


damage = st.lists(
    st.tuples(
        st.sampled_from(["set", "flip", "cut", "insert", "copy", "word"]),
        st.one_of(st.integers(0, len(HONEST) - 1), st.integers(CENTRAL_START, len(HONEST) - 1)),
        st.integers(0, 2**32 - 1),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=4,
)


def damaged_by(changes: list[tuple[str, int, int, int]]) -> bytes:
    data = bytearray(HONEST)
    for kind, place, value, length in changes:
        at = min(place, max(0, len(data) - 1))
        if not data:
            break
        if kind == "set":
            data[at] = value & 0xFF
        elif kind == "flip":
            data[at] ^= 1 << (value & 7)
        elif kind == "cut":
            del data[at : at + length]
        elif kind == "insert":
            data[at:at] = value.to_bytes(4, "little") * (length // 4)
        elif kind == "copy":
            data[at:at] = data[value % len(data) :][:length]
        else:
            data[at : at + 4] = value.to_bytes(4, "little")
    return bytes(data)


@given(changes=damage)
@settings(max_examples=400)
def test_a_damaged_archive_is_refused_or_unchanged(changes: list[tuple[str, int, int, int]]) -> None:
    part = sealing.seal(damaged_by(changes), [RECIPIENT])
    try:
        bundle = open_sealed(part)
    except BadBundle:
        return
    assert content(bundle) == content(SEEN)


@given(header=st.binary(max_size=300), cut=st.integers(0, 300))
@settings(max_examples=200)
def test_any_bytes_in_the_header_are_refused_without_surprise(header: bytes, cut: int) -> None:
    part = PART[:cut] + header + PART[cut:]
    if part == PART:
        return
    with pytest.raises(BadBundle):
        peek_bundle(part, identities=[READER.age_secret], my_device=READER.device)
