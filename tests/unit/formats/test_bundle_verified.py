"""A verified bundle is gone through as often as one likes, without being held, and is what it was when verified."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.test_bundle import OTHER, READER, SENDER, age_of, opened, sample
from triage_app.errors import BadBundle, BadFile, UntrustedSigner
from triage_app.formats.bundle import BundleContents, VerifiedBundle, limits, write_bundle_files

MIB = 1024 * 1024


def put(folder: Path, contents: BundleContents, name: str = "out.ctb", **options: Any) -> Path:
    """Write a bundle of one part and return where it is."""
    options = {"recipients": [age_of(READER)], **options}
    (path,) = write_bundle_files(contents, folder / name, signing_key=SENDER.signing_key, **options)
    return path


def verified(path: Path, **options: Any) -> VerifiedBundle:
    return VerifiedBundle(path, **{"identities": [READER.age_secret], "my_device": READER.device, **options})


def lines(bundle: VerifiedBundle, kind: str) -> list[bytes]:
    return [line for piece in bundle.lines(kind) for line in piece.load()]


def large(**more: Any) -> BundleContents:
    """Return contents of two entries of each kind of lines."""
    wide = [b"%07d" % number + b"x" * 900 for number in range(5_000)]
    hashes = [hashlib.sha256(line).hexdigest() for line in wide]
    return BundleContents(
        {"to": [READER.device], **more}, links=wide, bodies=list(zip(hashes, wide, strict=True)), evidence=wide[::-1],
        blocks=wide, trees=wide[:3], keys=b"{}",
        blobs={hashlib.sha256(blob).hexdigest(): blob for blob in (b"one", b"two", bytes(2 * MIB))},
    )  # fmt: skip


@pytest.mark.parametrize("kept", [limits.KEPT_BYTES, 0])
def test_what_is_gone_through_is_what_went_in_as_often_as_one_likes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(limits, "KEPT_BYTES", kept)
    contents = large()
    path = put(tmp_path, contents)
    bundle = verified(path)
    for _ in range(2):
        assert lines(bundle, "links") == list(contents.links)
        assert lines(bundle, "evidence") == list(contents.evidence)
        assert lines(bundle, "blocks") == list(contents.blocks)
        assert lines(bundle, "trees") == list(contents.trees)
        assert [pair for piece in bundle.bodies() for pair in piece.load()] == list(contents.bodies)
        assert dict(bundle.blobs()) == contents.blobs
        assert bundle.keys() == b"{}"
        bundle.let_go()
    assert len(list(bundle.lines("links"))) == 2
    for piece in bundle.lines("links"):
        assert piece.sha256 == hashlib.sha256(b"\n".join([*piece.load(), b""])).hexdigest()
    for entry in bundle.bodies():
        assert entry.sha256 in {one["sha256"] for one in bundle.manifest["files"].values()}
    assert bundle.sum == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (bundle.path, bundle.device, bundle.part, bundle.set_id) == (
        path, SENDER.device, 1, bundle.manifest["set_id"],
    )  # fmt: skip


def test_it_tells_which_kinds_it_has(tmp_path: Path) -> None:
    bundle = verified(put(tmp_path, BundleContents({"to": [READER.device]}, links=[b"a link"])))
    assert [kind for kind in ("links", "bodies", "blobs", "link", "trees") if bundle.has(kind)] == ["links"]
    assert bundle.keys() is None
    assert list(bundle.blobs()) == []


@pytest.mark.parametrize(("over", "read_again"), [(0, False), (-1, True)])
def test_a_small_archive_is_kept_and_a_larger_one_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: int, read_again: bool
) -> None:
    path = put(tmp_path, sample())
    kept = verified(path)._opened
    assert kept is not None
    monkeypatch.setattr(limits, "KEPT_BYTES", len(kept.archive) + over)
    bundle = verified(path)
    path.unlink()
    if read_again:
        with pytest.raises(BadFile, match=r"out\.ctb could not be read"):
            bundle.keys()
    else:
        assert bundle.keys() == sample().keys
        bundle.let_go()
        with pytest.raises(BadFile):
            bundle.keys()


def test_a_file_that_became_another_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, sample())
    bundle = verified(path)
    bundle.let_go()
    path.write_bytes(put(tmp_path, sample(), "other.ctb").read_bytes())
    with pytest.raises(BadBundle, match=r"out\.ctb is not the file that it was a moment ago"):
        bundle.keys()


def test_between_two_entries_others_have_a_turn(tmp_path: Path) -> None:
    turns: list[int] = []
    bundle = verified(put(tmp_path, sample()), between=lambda: turns.append(1))
    assert len(turns) == len(bundle.manifest["files"])


def test_the_signer_is_judged_when_it_is_verified_and_is_not_asked_about_again(tmp_path: Path) -> None:
    asked: list[str] = []
    path = put(tmp_path, sample())
    bundle = verified(path, check_signer=lambda signer, manifest: asked.append(signer))
    bundle.let_go()
    bundle.keys()
    assert asked == [bundle.manifest["signer"]]

    def stranger(signer: str, manifest: object) -> None:
        raise UntrustedSigner("Nobody knows this device.", "Trust it first.")

    with pytest.raises(UntrustedSigner):
        verified(path, check_signer=stranger)


def test_it_is_refused_as_a_bundle_is(tmp_path: Path) -> None:
    path = put(tmp_path, sample())
    with pytest.raises(BadBundle, match="not sealed for this device"):
        verified(path, identities=[OTHER.age_secret], my_device=OTHER.device)
    with pytest.raises(BadBundle, match="does not name this device"):
        verified(path, my_device=OTHER.device)
    with pytest.raises(BadFile):
        verified(tmp_path / "gone.ctb")


def test_a_passphrase_opens_files_of_any_size_again_and_again(tmp_path: Path) -> None:
    blob = hashlib.shake_256(b"noise").digest(3 * MIB)
    name = hashlib.sha256(blob).hexdigest()
    contents = BundleContents({"to": []}, blobs={name: blob})
    path = put(tmp_path, contents, recipients=[], passphrase="seven bright acorns")
    bundle = verified(path, identities=[], my_device="", passphrase="seven bright acorns")
    bundle.let_go()
    assert list(bundle.blobs()) == [(name, blob)]
    assert bundle.sum == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_long_manifest_is_read_whole(tmp_path: Path) -> None:
    path = put(tmp_path, sample(note="x" * (MIB + MIB // 2)))
    assert len(verified(path).manifest["note"]) == MIB + MIB // 2
    assert len(opened(path).manifest["note"]) == MIB + MIB // 2
