"""What a bundle may be at most is accepted, and one more is not; and parts are filled up to what they hold."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.test_bundle import READER, SENDER, age_of, opened, written
from tests.unit.formats.test_bundle_hostile import (
    BLOB,
    BLOB_HASH,
    FILES,
    edited,
    listed,
    put_together,
    refusal,
    signed,
    signed_manifest,
)  # fmt: skip
from tests.unit.formats.test_bundle_hostile import opened as opened_archive
from triage_app.domain.canonical import canonical
from triage_app.errors import BadBundle, BadInput
from triage_app.formats.bundle import BundleContents, Spool, limits, packing, sealing, unpacking, writing
from triage_app.formats.bundle.packing import archive, pack


@pytest.mark.parametrize(
    ("part", "parts", "right"),
    [(1, 1, True), (2, 2, True), (1, 20_000, True), (0, 1, False), (1, 20_001, False), ("1", 1, False), (1, "1", False),
     (True, 1, False), (1, True, False), (1.0, 1, False), (None, None, False)],
)  # fmt: skip
def test_a_part_says_which_of_how_many_it_is(part: Any, parts: Any, right: bool) -> None:
    if isinstance(part, float):
        part = "1.0"
    made = put_together(signed(part=part, parts=parts))
    if right:
        assert (opened_archive(made).part, opened_archive(made).parts) == (part, parts)
    else:
        assert "which part" in refusal(made).what


@pytest.mark.parametrize(("number", "sentence"), [(0, "which format"), (True, "which format"), (-1, "which format")])
def test_a_format_is_a_number_from_one(number: Any, sentence: str) -> None:
    assert sentence in refusal(put_together(signed(format=number))).what


@pytest.mark.parametrize("field", ["bundle_id", "set_id"])
@pytest.mark.parametrize("value", [None, 7, "0" * 31, "0" * 33, "G" * 32, "0" * 32 + "\n"])
def test_a_bundle_has_proper_numbers_for_itself(field: str, value: Any) -> None:
    assert "no proper number" in refusal(put_together(signed(**{field: value}))).what


@pytest.mark.parametrize("to", [None, "x", [7], ["0" * 31], [READER.device, "x"]])
def test_a_bundle_names_whom_it_is_for(to: Any) -> None:
    assert "whom it is for" in refusal(put_together(signed(to=to))).what


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        ({"sha256": BLOB_HASH}, "in a way"), ({"sha256": BLOB_HASH, "size": len(BLOB), "more": 1}, "in a way"),
        ({"sha256": BLOB_HASH, "size": str(len(BLOB))}, "another size"),
        ({"sha256": "0" * 64, "size": len(BLOB)}, "not its own hash"), ([], "in a way"),
    ],
)  # fmt: skip
def test_a_file_is_described_by_its_hash_and_its_size(described: Any, sentence: str) -> None:
    assert sentence in refusal(listed({f"blobs/{BLOB_HASH}": described})).what


def test_what_the_first_format_did_not_have_it_does_not_have_now() -> None:
    for name in ("blocks/000000.ndjson", "trees/000000.ndjson"):
        files = {**FILES, name: b"{}\n"}
        assert "this format does not have" in refusal(put_together(signed(files))).what
        assert opened_archive(put_together(signed(files, format=2)))


@pytest.mark.parametrize(
    ("limit", "value"), [("LINES", 8), ("LINE_BYTES", 113), ("MANIFEST_BYTES", None)]
)  # fmt: skip
def test_what_is_read_may_be_as_much_as_the_limit_and_no_more(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int | None
) -> None:
    entries = signed()
    longest = max(len(line) for name, one in FILES.items() if "ndjson" in name for line in one.split(b"\n"))
    exact = {"LINES": 8, "LINE_BYTES": longest, "MANIFEST_BYTES": entries[0].size}[limit]
    monkeypatch.setattr(limits, limit, exact)
    assert opened_archive(put_together(entries)).links
    monkeypatch.setattr(limits, limit, exact - 1)
    with pytest.raises(BadBundle):
        opened_archive(put_together(entries))


@pytest.mark.parametrize("limit", ["ENTRIES", "ENTRY_BYTES", "TOTAL_BYTES", "RATIO"])
def test_an_archive_may_be_as_much_as_the_limit_and_no_more(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    content = bytes(4096)
    made = archive([pack("a/1", content), pack("a/2", b"x" * 10)])
    place = unpacking.directory(made)["a/1"].entry
    assert place.method == packing.DEFLATED
    exact = {"ENTRIES": 2, "ENTRY_BYTES": 4096, "TOTAL_BYTES": 4106, "RATIO": -(-place.size // place.packed_size)}
    monkeypatch.setattr(unpacking, limit, exact[limit])
    assert list(unpacking.directory(made)) == ["a/1", "a/2"]
    monkeypatch.setattr(unpacking, limit, exact[limit] - 1)
    with pytest.raises(BadBundle):
        unpacking.directory(made)


def test_content_of_any_size_comes_out_in_blocks_as_it_went_in() -> None:
    noise = hashlib.shake_256(b"noise").digest(3 * limits.MIB + 5)
    for content in (b"", b"x", bytes(3 * limits.MIB), noise, noise[:-5], noise[: limits.MIB] + bytes(limits.MIB)):
        made = archive([pack("a/1", content)])
        blocks = list(unpacking.unpacked(made, unpacking.directory(made)["a/1"]))
        assert b"".join(blocks) == content
        assert max(map(len, blocks), default=0) <= limits.MIB


def test_what_deflates_too_well_or_not_at_all_is_stored() -> None:
    assert pack("a", bytes(200_000)).entry.method == packing.STORED
    assert pack("a", b"ab").entry.method == packing.STORED
    assert pack("a", b"ab" * 1000).entry.method == packing.DEFLATED
    name = pack("a/name", b"ab" * 1000)
    whole = archive([name, name])
    assert 2 * name.entry.cost + packing.END.size == len(whole)


def test_what_ends_early_or_late_is_said_to_be_damaged() -> None:
    for position, changes in ((5, {"data": b"\x03"}), (5, {"data": b""})):
        assert refusal(edited(position, **changes)).what.endswith(".")
    assert "has no end" in refusal(b"PK\3\4" + bytes(200)).what


# ---- parts --------------------------------------------------------------------------------------------------------


def parts_of(contents: BundleContents, **options: Any) -> list[int]:
    """Return how many files each part has."""
    return [len(opened(part).manifest["files"]) for part in written(contents, **options)]


def blobs(count: int, size: int) -> dict[str, bytes]:
    made = [hashlib.shake_256(str(number).encode()).digest(size) for number in range(count)]
    return {hashlib.sha256(blob).hexdigest(): blob for blob in made}


@pytest.mark.parametrize(
    ("limit", "value", "files"),
    [("WRITE_ENTRIES", 3, [3, 3, 1]), ("WRITE_CONTENT_BYTES", 2_000, [2, 2, 2, 1]),
     ("WRITE_CONTENT_BYTES", 2_999, [2, 2, 2, 1]), ("WRITE_CONTENT_BYTES", 1, [1] * 7)],
)  # fmt: skip
def test_a_part_is_filled_up_to_what_one_holds(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, files: list[int]
) -> None:
    contents = BundleContents({"to": [READER.device]}, blobs=blobs(7, 1_000))
    monkeypatch.setattr(limits, limit, value)
    assert parts_of(contents) == files


def test_lines_are_cut_into_entries_and_entries_into_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = BundleContents({"to": [READER.device]}, links=[b"x"] * 60, evidence=[b"y"] * 5)
    monkeypatch.setattr(limits, "WRITE_LINES", 200)
    (part,) = written(contents)
    files = opened(part).manifest["files"]
    assert {name: one["size"] for name, one in files.items()} == {
        "links/000000.ndjson": 40, "links/000001.ndjson": 40, "links/000002.ndjson": 40, "evidence/000000.ndjson": 10,
    }  # fmt: skip
    monkeypatch.setattr(limits, "WRITE_LINES", 40)
    names = [sorted(opened(one).manifest["files"]) for one in written(contents)]
    assert [len(one) for one in names] == [10, 7]
    assert names[1] == ["evidence/000000.ndjson", "evidence/000001.ndjson",
                        *(f"links/{number:06d}.ndjson" for number in range(10, 15))]  # fmt: skip


def test_an_entry_of_lines_ends_before_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINES_ENTRY_BYTES", 100)
    contents = BundleContents({"to": [READER.device]}, links=[b"x" * 49] * 4 + [b"y" * 150] + [b"z"])
    (part,) = written(contents)
    assert [one["size"] for _, one in sorted(opened(part).manifest["files"].items())] == [100, 100, 151, 2]
    assert opened(part).links == list(contents.links)


def test_a_line_may_be_as_long_as_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINE_BYTES", 50)
    written(BundleContents({"to": [READER.device]}, links=[b"x" * 50]))
    with pytest.raises(ValueError):
        written(BundleContents({"to": [READER.device]}, links=[b"x" * 51]))


def test_a_piece_larger_than_a_reader_takes_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = BundleContents({"to": [READER.device]}, blobs=blobs(1, 1_000))
    monkeypatch.setattr(limits, "ENTRY_BYTES", 1_000)
    written(contents)
    monkeypatch.setattr(limits, "ENTRY_BYTES", 999)
    with pytest.raises(BadInput, match="larger than a part"):
        written(contents)


def test_what_a_bundle_says_of_itself_may_be_as_long_as_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"to": [READER.device], "note": "x" * 5_000}
    fixed = writing._fixed_fields(fields, SENDER.signing_key, [age_of(READER)], None)
    base = len(canonical(fixed)) + 200
    monkeypatch.setattr(limits, "MANIFEST_BYTES", 2 * base)
    assert len(written(BundleContents(fields))) == 1
    monkeypatch.setattr(limits, "MANIFEST_BYTES", 2 * base - 2)
    with pytest.raises(BadInput, match="says about itself"):
        written(BundleContents(fields))


@pytest.mark.parametrize("most", [32 * 1024, 64 * 1024 + 1, 256 * 1024])
@pytest.mark.parametrize("size", [40, 1_000, 9_000])
def test_parts_are_never_longer_than_asked_and_hardly_shorter_than_they_may_be(most: int, size: int) -> None:
    parts = written(BundleContents({"to": [READER.device]}, blobs=blobs(900_000 // (size + 300), size)),
                    max_part_bytes=most)  # fmt: skip
    assert max(map(len, parts)) <= most
    assert all(len(part) > 0.55 * most - size for part in parts[:-1])


def test_a_seal_takes_no_more_than_it_is_said_to() -> None:
    for size in (0, 1, sealing.CHUNK - 1, sealing.CHUNK, 3 * sealing.CHUNK + 1):
        for keys in (1, 3):
            sealed = sealing.seal(bytes(size), [sealing.recipient_of(sealing.new_key()) for _ in range(keys)])
            assert size < len(sealed) <= sealing.sealed_size_bound(size, keys) < size + 4096 + 256 * keys + 16 * 6


@pytest.mark.parametrize("recipients", [0, limits.RECIPIENTS + 1])
def test_a_bundle_is_sealed_to_no_more_keys_than_are_read(recipients: int) -> None:
    keys = [sealing.recipient_of(sealing.new_key()) for _ in range(recipients)]
    with pytest.raises(ValueError, match="1 to 128"):
        sealing.seal(b"x", keys)
    with pytest.raises(ValueError, match="1 to 128"):
        sealing.seal(b"x", [age_of(READER)] * 2)


def test_as_many_keys_as_are_read_open() -> None:
    keys = [sealing.new_key() for _ in range(limits.RECIPIENTS)]
    sealed = sealing.seal(b"x", [sealing.recipient_of(key) for key in keys])
    assert sealing.unseal(sealed, [keys[-1]]) == (b"x", False)


# ---- what waits -----------------------------------------------------------------------------------------------------


def test_a_spool_gives_each_piece_back_from_memory_and_from_the_disk(tmp_path: Path) -> None:
    pieces = [b"one", b"", b"two" * 50, b"three", b"x" * 500, b"y"]
    with Spool(tmp_path, in_memory=10) as spool:
        numbers = [spool.put(piece) for piece in pieces]
        assert numbers == list(range(len(pieces)))
        assert [isinstance(one, bytes) for one in spool._pieces] == [True, True, False, True, False, True]
        for number in (*numbers, *reversed(numbers)):
            assert spool.get(number) == pieces[number]
        assert list(tmp_path.iterdir()) == [], "the file has no name"
        file = spool._file
        assert file is not None
        file.seek(0)
        kept = file.read()
        assert b"two" not in kept
        assert len(kept) == 150 + 500 + 2 * 16
    assert file.closed


def test_a_spool_takes_as_much_into_memory_as_it_may() -> None:
    with Spool(in_memory=10) as spool:
        spool.put(b"x" * 10)
        assert spool._file is None
        spool.put(b"y")
        assert spool._file is not None


def test_a_manifest_that_no_reader_would_take_is_not_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = BundleContents({"to": [READER.device]}, blobs=blobs(40, 10))
    size = opened(written(contents)[0])
    monkeypatch.setattr(limits, "MANIFEST_BYTES", len(canonical(size.manifest)))
    assert len(written(contents)) == 1
    monkeypatch.setattr(limits, "MANIFEST_BYTES", len(canonical(size.manifest)) - 1)
    with pytest.raises(ValueError, match="longer than a reader takes"):
        written(contents)


def test_a_signed_manifest_that_names_a_body_of_no_link_is_refused() -> None:
    assert "not written as manifests" in refusal(put_together(signed_manifest(b"\xff", {}))).what
