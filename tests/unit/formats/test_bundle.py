"""A bundle carries exactly what was put into it, to exactly those it is for."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage.passphrase
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import quick_seals
from triage_app.domain.canonical import canonical
from triage_app.errors import BadBundle, BadFile, BadInput, DiskFull, StoreReadOnly, UntrustedSigner
from triage_app.formats import identity
from triage_app.formats.bundle import (
    BundleContents,
    OnceOpened,
    OpenedBundle,
    StreamedContents,
    ordered_set,
    peek_bundle,
    read_bundle,
    sealing,
    write_bundle,
    write_bundle_files,
)
from triage_app.formats.bundle.packing import archive, pack

SENDER = identity.generate()
READER = identity.generate()
OTHER = identity.generate()


def age_of(device: identity.Identity) -> str:
    return sealing.recipient_of(device.age_secret)


def sample(size: int = 3, **fields: Any) -> BundleContents:
    hashes = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(size)]
    return BundleContents(
        {"to": [READER.device], "tlp": "TLP:GREEN", "vector": {"a": 7}, **fields},
        links=[canonical({"seq": number, "hash": one}) for number, one in enumerate(hashes)],
        bodies=[(one, b"body \x00\xff\n" + one.encode()) for one in hashes],
        evidence=[json.dumps({"row": one}).encode() for one in hashes],
        keys=b'{"person":"key"}',
        blobs={hashlib.sha256(blob).hexdigest(): blob for blob in (b"", b"letter", bytes(100_000))},
    )


def written(contents: BundleContents | StreamedContents, **options: Any) -> list[bytes]:
    return write_bundle(contents, signing_key=SENDER.signing_key, **{"recipients": [age_of(READER)], **options})


def opened(part: bytes | Path, reader: identity.Identity = READER, **options: Any) -> OpenedBundle:
    return read_bundle(part, identities=[reader.age_secret], my_device=reader.device, **options)


def gathered(parts: list[OpenedBundle]) -> BundleContents:
    keys = [one.keys for one in parts if one.keys is not None]
    return BundleContents(
        {},
        [link for one in parts for link in one.links],
        [pair for one in parts for pair in one.bodies.items()],
        [line for one in parts for line in one.evidence],
        keys[0] if keys else None,
        {name: blob for one in parts for name, blob in one.blobs.items()},
    )


def same(one: BundleContents, other: BundleContents) -> bool:
    return (list(one.links), dict(one.bodies), list(one.evidence), one.keys, dict(one.blobs)) == (
        list(other.links), dict(other.bodies), list(other.evidence), other.keys, dict(other.blobs)
    )  # fmt: skip


def test_what_goes_in_comes_out() -> None:
    contents = sample()
    (part,) = written(contents)
    bundle = opened(part)
    assert same(gathered([bundle]), contents)
    assert bundle.signer == SENDER.signing_key.public_key().public_bytes_raw().hex()
    assert bundle.device == SENDER.device
    assert (bundle.part, bundle.parts) == (1, 1)
    assert bundle.manifest["vector"] == {"a": 7}
    assert bundle.manifest["from"] == SENDER.device


def test_an_empty_bundle_is_a_bundle() -> None:
    (part,) = written(BundleContents({"to": [READER.device]}))
    assert same(gathered([opened(part)]), BundleContents({}))


def test_every_recipient_opens_the_same_file_and_nobody_else_does() -> None:
    contents = sample(to=[READER.device, OTHER.device])
    (part,) = written(contents, recipients=[age_of(READER), age_of(OTHER)])
    assert same(gathered([opened(part, OTHER)]), gathered([opened(part)]))
    with pytest.raises(BadBundle, match="not sealed for this device"):
        opened(part, SENDER)


def test_peeking_gives_the_manifest_alone() -> None:
    (part,) = written(sample())
    manifest = peek_bundle(part, identities=[READER.age_secret], my_device=READER.device)
    assert manifest == opened(part).manifest


def test_the_signer_can_be_refused_before_content_is_unpacked() -> None:
    def stranger(signer: str, manifest: object) -> None:
        raise UntrustedSigner("Nobody knows this device.", "Trust it first.")

    (part,) = written(sample())
    with pytest.raises(UntrustedSigner):
        opened(part, check_signer=stranger)


def test_parts_keep_to_their_size_and_together_hold_everything() -> None:
    contents = sample(2_000)
    parts = written(contents, max_part_bytes=128 * 1024)
    assert len(parts) > 2
    assert max(map(len, parts)) <= 128 * 1024
    bundles = [opened(part) for part in parts]
    assert same(gathered(ordered_set(bundles[::-1])), contents)
    assert bundles[0].links
    assert not bundles[-1].links, "links travel first"
    assert all(one.manifest["vector"] == {"a": 7} for one in bundles)
    assert len({one.manifest["bundle_id"] for one in bundles}) == len(bundles)


def test_a_missing_foreign_or_doubled_part_is_named() -> None:
    bundles = [opened(part) for part in written(sample(2_000), max_part_bytes=128 * 1024)]
    with pytest.raises(BadBundle, match="missing: 2"):
        ordered_set([bundles[0], *bundles[2:]])
    with pytest.raises(BadBundle, match="there twice"):
        ordered_set([*bundles, bundles[0]])
    with pytest.raises(ValueError):
        ordered_set([])
    (foreign,) = written(sample())
    with pytest.raises(BadBundle, match="different bundles"):
        ordered_set([bundles[0], opened(foreign)])


def test_as_many_missing_parts_are_named_as_can_be_read() -> None:
    (part,) = written(sample())
    one = opened(part)
    for parts, few in ((21, True), (22, False)):
        with pytest.raises(BadBundle, match="missing") as refused:
            ordered_set([dataclasses.replace(one, manifest={**one.manifest, "parts": parts})])
        assert refused.value.what.endswith("21." if few else "21 …."), refused.value.what
        assert f"has {parts} parts" in refused.value.what


def streamed(contents: BundleContents, early: dict[str, Any], late: dict[str, Any]) -> StreamedContents:
    """Return contents that say more of themselves once they have been gone through."""
    gone: list[int] = []

    def bodies() -> Iterator[tuple[str, bytes]]:
        yield from contents.bodies
        gone.append(1)

    return StreamedContents(
        contents.links, bodies(), lambda: b"%d" % len(gone), contents.blocks, contents.evidence, contents.trees,
        contents.blobs, lambda: late if gone else early,
    )  # fmt: skip


def test_contents_that_are_gone_through_once_say_at_the_end_what_they_came_to() -> None:
    contents = sample(300)
    to = {"to": [READER.device]}
    (part,) = written(streamed(contents, to, {**to, "counts": 300}))
    bundle = opened(part)
    assert bundle.manifest["counts"] == 300
    assert bundle.keys == b"1", "keys are asked for once the bodies are known"
    assert same(gathered([bundle]), dataclasses.replace(contents, keys=b"1"))


def test_what_is_said_at_the_end_has_room_in_every_part_too() -> None:
    to = {"to": [READER.device]}
    note = hashlib.shake_256(b"noise").hexdigest(10_000)
    parts = written(
        streamed(dataclasses.replace(sample(2_000), blobs={}), to, {**to, "note": note}), max_part_bytes=64 * 1024
    )
    assert max(map(len, parts)) <= 64 * 1024
    assert {opened(part).manifest["note"] for part in parts} == {note}
    with pytest.raises(BadInput, match="says about itself"):
        written(streamed(sample(), to, {**to, "note": "x" * (5 << 20)}))


def test_a_blob_that_fits_no_part_is_refused_in_words() -> None:
    blob = hashlib.shake_256(b"noise").digest(200_000)
    contents = BundleContents({"to": [READER.device]}, blobs={hashlib.sha256(blob).hexdigest(): blob})
    with pytest.raises(BadInput, match="larger than a part"):
        written(contents, max_part_bytes=128 * 1024)


def test_equal_content_packs_to_equal_bytes() -> None:
    members = [("links/000000.ndjson", b"{}\n" * 100), ("keys.json", b"{}")]
    assert archive([pack(*one) for one in members]) == archive([pack(*one) for one in members])


@pytest.mark.parametrize(
    ("fields", "recipients"),
    [
        ({"to": []}, [age_of(READER)]),
        ({"to": [READER.device]}, []),
        ({"to": [READER.device]}, [age_of(READER), age_of(OTHER)]),
        ({"to": [READER.device, OTHER.device]}, [age_of(READER), age_of(READER)]),
        ({"to": [READER.device]}, ["age1nobody"]),
        ({"to": ["somebody"]}, [age_of(READER)]),
        ({"to": [READER.device], "files": {}}, [age_of(READER)]),
        ({}, [age_of(READER)]),
    ],
)
def test_nobody_is_added_and_no_field_overwritten(fields: dict[str, Any], recipients: list[str]) -> None:
    with pytest.raises(ValueError):
        written(BundleContents(fields), recipients=recipients)


@pytest.mark.parametrize(
    "wrong",
    [
        BundleContents({"to": [READER.device]}, bodies=[("not a hash", b"body")]),
        BundleContents({"to": [READER.device]}, blobs={"0" * 64: b"another"}),
        BundleContents({"to": [READER.device], "share": 0.5}),
    ],
)
def test_contents_that_a_reader_would_refuse_are_not_written(wrong: BundleContents) -> None:
    with pytest.raises(ValueError):
        written(wrong)


def test_a_part_without_room_is_refused() -> None:
    with pytest.raises(BadInput, match="no room even"):
        written(sample(), max_part_bytes=4096)


def test_a_manifest_too_long_to_be_read_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="says about itself"):
        written(sample(note="x" * (5 << 20)))


@pytest.mark.parametrize("line", [b"", b"two\nlines"])
def test_a_line_that_would_not_come_back_is_not_written(line: bytes) -> None:
    with pytest.raises(ValueError):
        written(BundleContents({"to": [READER.device]}, links=[line]))


def test_files_are_numbered_and_whole(tmp_path: Path) -> None:
    contents = sample(2_000)
    target = tmp_path / "out.ctb"
    paths = write_bundle_files(
        contents, target, signing_key=SENDER.signing_key, recipients=[age_of(READER)], max_part_bytes=128 * 1024
    )
    assert [path.name for path in paths[:2]] == ["out.ctb", "out.ctb.2"]
    assert sorted(paths) == sorted(tmp_path.iterdir())
    assert same(gathered(ordered_set([opened(path) for path in paths])), contents)


def test_a_place_that_takes_no_file_is_said_so_and_leaves_none(tmp_path: Path) -> None:
    (tmp_path / "out.ctb.2").mkdir()
    with pytest.raises(StoreReadOnly):
        write_bundle_files(
            sample(2_000),
            tmp_path / "out.ctb",
            signing_key=SENDER.signing_key,
            recipients=[age_of(READER)],
            max_part_bytes=128 * 1024,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["out.ctb.2"]


def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="could not be read"):
        opened(tmp_path / "gone.ctb")


@pytest.mark.usefixtures("dearly_sealed")
def test_a_passphrase_opens_what_was_sealed_with_it_and_a_wrong_one_does_not() -> None:
    contents = sample(to=[])
    (part,) = written(contents, recipients=[], passphrase="seven bright acorns")
    with pytest.raises(BadBundle, match="sealed with a passphrase") as needed:
        opened(part)
    assert needed.value.code == "passphrase-needed"
    bundle = read_bundle(part, identities=[], my_device="", passphrase="seven bright acorns")
    assert same(gathered([bundle]), contents)
    with pytest.raises(BadBundle, match="passphrase does not open") as wrong:
        read_bundle(part, identities=[], my_device="", passphrase="seven bright acorn")
    assert wrong.value.code == "wrong-passphrase"
    dear = re.sub(rb"(-> scrypt [^ ]+) [0-9]+", rb"\1 26", part, count=1)
    with pytest.raises(BadBundle, match="keep this computer busy"):
        read_bundle(dear, identities=[], my_device="", passphrase="seven bright acorns")


def test_a_passphrase_that_is_held_opens_one_bundle_once_and_never_another_in_its_place() -> None:
    first, second = (sealing.seal(content, [], "seven bright acorns") for content in (b"first", b"second"))
    held = OnceOpened("seven bright acorns")
    opened_once, _ = sealing.unseal(first, [], held)
    assert sealing.unseal(first, [], held)[0] is opened_once
    assert sealing.unseal(second, [], held)[0] == b"second"


@pytest.mark.parametrize(
    ("works", "kept"),
    [((11, 12, 16, 17), 16), ((11, 13, 12), 13), ((17,), 17)],
    ids=["soon enough", "never", "at once"],
)
def test_a_seal_that_a_busy_computer_made_too_cheap_is_made_again(
    monkeypatch: pytest.MonkeyPatch, works: tuple[int, ...], kept: int
) -> None:
    coming = iter([*works, *[works[0]] * 9])

    def encrypt(content: bytes, passphrase: str) -> bytes:
        return quick_seals.encrypt(content, passphrase, next(coming))

    monkeypatch.setattr(pyrage.passphrase, "encrypt", encrypt)
    sealed = sealing.seal(b"content", [], "seven bright acorns")
    assert b" %d\n" % kept in sealed.split(b"---")[0]
    assert sealing.unseal(sealed, [], "seven bright acorns") == (b"content", True)


def test_an_empty_passphrase_seals_nothing() -> None:
    with pytest.raises(ValueError, match="devices or to a passphrase"):
        written(sample(to=[]), recipients=[], passphrase="")


def test_a_passphrase_does_not_open_what_is_sealed_to_devices() -> None:
    (part,) = written(sample())
    with pytest.raises(BadBundle, match="sealed to devices"):
        read_bundle(part, identities=[], my_device="", passphrase="anything")


@given(
    links=st.lists(st.binary(min_size=1, max_size=40).filter(lambda line: b"\n" not in line), max_size=20),
    bodies=st.dictionaries(st.binary(min_size=32, max_size=32).map(bytes.hex), st.binary(max_size=60), max_size=20),
    keys=st.none() | st.binary(max_size=50),
    blobs=st.lists(st.binary(max_size=500), max_size=5),
)
@settings(max_examples=40)
def test_any_content_survives_the_journey(
    links: list[bytes], bodies: dict[str, bytes], keys: bytes | None, blobs: list[bytes]
) -> None:
    contents = BundleContents(
        {"to": [READER.device]},
        links,
        list(bodies.items()),
        links[::-1],
        keys,
        {hashlib.sha256(blob).hexdigest(): blob for blob in blobs},
    )
    parts = written(contents, max_part_bytes=24 * 1024)
    assert same(gathered(ordered_set([opened(part) for part in parts])), contents)


def test_a_disk_that_is_full_half_way_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sealing._Target, "write", lambda self, data: _failing(self, full))
    with pytest.raises(DiskFull):
        write_bundle_files(
            sample(), tmp_path / "a.ctb", signing_key=SENDER.signing_key, recipients=[age_of(READER)],
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def _failing(target: Any, write: Any) -> int:
    target._file = type("Full", (), {"write": staticmethod(write)})()
    return _WRITE(target, b"")


_WRITE = sealing._Target.write
