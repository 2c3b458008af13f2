"""A hostile or damaged bundle is refused with its own sentence, and nothing of it comes out."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage_app.domain.canonical import canonical
from triage_app.errors import BadBundle
from triage_app.formats import identity
from triage_app.formats.bundle import OpenedBundle, limits, read_bundle, sealing
from triage_app.formats.bundle.contents import FORMAT
from triage_app.formats.bundle.packing import CENTRAL, DATE, DEFLATED, END, LOCAL, STORED, pack

SENDER = identity.generate()
READER = identity.generate()
RECIPIENT = sealing.recipient_of(READER.age_secret)

LINK = hashlib.sha256(b"link").hexdigest()
BLOB = b"an attachment " * 100
BLOB_HASH = hashlib.sha256(BLOB).hexdigest()
FILES = {
    "links/000000.ndjson": b'{"seq":1}\n' * 5,
    "bodies/000000.ndjson": canonical({"link": LINK, "body": base64.b64encode(b"body").decode()}) + b"\n",
    "evidence/000000.ndjson": b'{"row":1}\n{"row":2}\n',
    f"blobs/{BLOB_HASH}": BLOB,
}


@dataclass(frozen=True)
class Raw:
    """An entry of which every header field may lie."""

    name: bytes
    data: bytes
    method: int
    size: int
    crc: int
    flags: int = 0
    extra: bytes = b""
    comment: bytes = b""
    attributes: int = 0
    made_by: int = 20
    packed_size: int | None = None
    offset: int | None = None
    local: tuple[tuple[str, Any], ...] = ()
    "Fields that the local header gives otherwise than the directory."
    after: bytes = b""

    def header(self) -> bytes:
        """The local header."""
        one = replace(self, **dict(self.local))
        packed = len(one.data) if one.packed_size is None else one.packed_size
        return (
            LOCAL.pack(b"PK\3\4", 20, one.flags, one.method, 0, DATE, one.crc, packed, one.size,
                       len(one.name), len(one.extra)) + one.name + one.extra
        )  # fmt: skip

    def row(self, offset: int) -> bytes:
        """The entry in the directory."""
        packed = len(self.data) if self.packed_size is None else self.packed_size
        offset = offset if self.offset is None else self.offset
        return (
            CENTRAL.pack(b"PK\1\2", self.made_by, 20, self.flags, self.method, 0, DATE, self.crc, packed, self.size,
                         len(self.name), len(self.extra), len(self.comment), 0, 0, self.attributes, offset)
            + self.name + self.extra + self.comment
        )  # fmt: skip


def raw(name: str | bytes, content: bytes) -> Raw:
    member = pack("x", content)
    name = name.encode() if isinstance(name, str) else name
    return Raw(name, member.data, member.entry.method, len(content), member.entry.crc)


def put_together(entries: list[Raw], *, prefix: bytes = b"", comment: bytes = b"", count: int | None = None) -> bytes:
    body, rows = bytearray(prefix), []
    for entry in entries:
        rows.append(entry.row(len(body)))
        body += entry.header() + entry.data + entry.after
    directory = b"".join(rows)
    total = len(entries) if count is None else count
    end = END.pack(b"PK\5\6", 0, 0, total, total, len(directory), len(body), len(comment))
    return bytes(body) + directory + end + comment


def listing(files: dict[str, bytes]) -> dict[str, Any]:
    return {name: {"sha256": hashlib.sha256(one).hexdigest(), "size": len(one)} for name, one in files.items()}


def signed(
    files: dict[str, bytes] | None = None, *, key: Ed25519PrivateKey | None = None, drop: str = "", **fields: Any
) -> list[Raw]:
    """The entries of a bundle that is in order, but for what is asked for."""
    files = FILES if files is None else files
    manifest = {
        "format": 1,
        "bundle_id": "0" * 32,
        "set_id": "1" * 32,
        "part": 1,
        "parts": 1,
        "to": [READER.device],
        "from": SENDER.device,
        "signer": SENDER.signing_key.public_key().public_bytes_raw().hex(),
        "files": listing(files),
        **fields,
    }
    manifest.pop(drop, None)
    return signed_manifest(canonical(manifest), files, key)


def sent_by(device: str) -> list[Raw]:
    """A bundle that names another sender than its signer."""
    manifest = {**_manifest(signed()), "from": device}
    return signed_manifest(canonical(manifest), FILES)


def signed_manifest(manifest: bytes, files: dict[str, bytes], key: Ed25519PrivateKey | None = None) -> list[Raw]:
    signature = (key or SENDER.signing_key).sign(b"bundle1\0" + hashlib.sha256(manifest).digest())
    return [
        raw("manifest.json", manifest),
        raw("manifest.sig", signature),
        *(raw(name, content) for name, content in files.items()),
    ]


def opened(archive: bytes) -> OpenedBundle:
    return open_sealed(sealing.seal(archive, [RECIPIENT]))


def open_sealed(part: bytes) -> OpenedBundle:
    return read_bundle(part, identities=[READER.age_secret], my_device=READER.device)


def edited(position: int, **changes: Any) -> bytes:
    """An archive in order but for one entry."""
    entries = signed()
    entries[position] = replace(entries[position], **changes)
    return put_together(entries)


def without_magic(position: int) -> bytes:
    """An archive in order but for the first bytes of one entry."""
    entries = signed()
    before = sum(len(one.header() + one.data) for one in entries[:position])
    archive = put_together(entries)
    return archive[:before] + b"PK\3\5" + archive[before + 4 :]


def with_file(name: str, content: bytes) -> bytes:
    return put_together(signed({**FILES, name: content}))


def size_lie(real: bytes, said: int) -> bytes:
    entries = signed({"keys.json": b"x" * said})
    entries[2] = replace(raw("keys.json", real), size=said)
    return put_together(entries)


def overlapping() -> bytes:
    entries = signed()
    at = len(entries[0].header() + entries[0].data)
    entries[3] = replace(entries[3], offset=at)
    return put_together(entries)


def quoted(inner: bytes) -> bytes:
    """One entry inside another: the overlap that reads a few bytes many times."""
    entries = signed()
    hidden = raw("keys.json", inner)
    outer = hidden.header() + hidden.data
    whole = Raw(b"blobs/" + b"0" * 64, outer, STORED, len(outer), zlib.crc32(outer))
    start = sum(len(one.header() + one.data) for one in entries) + len(whole.header())
    body = b"".join(one.header() + one.data for one in [*entries, whole])
    rows, at = b"", 0
    for one in [*entries, whole]:
        rows += one.row(at)
        at += len(one.header() + one.data)
    rows += hidden.row(start)
    return body + rows + END.pack(b"PK\5\6", 0, 0, len(entries) + 2, len(entries) + 2, len(rows), len(body), 0)


def bomb() -> bytes:
    content = bytes(4_000_000)
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = deflater.compress(content) + deflater.flush()
    entries = signed({"keys.json": content})
    entries[2] = Raw(b"keys.json", data, DEFLATED, len(content), zlib.crc32(content))
    return put_together(entries)


def changed_end(**fields: int) -> bytes:
    archive = put_together(signed())
    names = ("magic", "disk", "first_disk", "here", "count", "size", "start", "comment")
    values = dict(zip(names, END.unpack(archive[-END.size :]), strict=True))
    return archive[: -END.size] + END.pack(*{**values, **fields}.values())


def many() -> bytes:
    return put_together([*signed(), *(raw(f"blobs/{number:064x}", b"") for number in range(limits.ENTRIES))])


def without(position: int) -> bytes:
    entries = signed()
    del entries[position]
    return put_together(entries)


def swapped(name: str, content: bytes) -> bytes:
    """Another content of the same length than the manifest's hash says."""
    entries = signed()
    place = next(number for number, one in enumerate(entries) if one.name == name.encode())
    entries[place] = raw(name, content)
    return put_together(entries)


def listed(files: dict[str, Any]) -> bytes:
    manifest_files = {**listing(FILES), **files}
    base = signed()
    manifest = canonical({**_manifest(base), "files": manifest_files})
    return put_together(signed_manifest(manifest, FILES))


def _manifest(entries: list[Raw]) -> dict[str, Any]:
    content = entries[0].data
    if entries[0].method == DEFLATED:
        content = zlib.decompress(content, -15)
    return dict(json.loads(content))


STRANGER = Ed25519PrivateKey.generate()
BODY = b'{"body":"%s","link":"' + LINK.encode() + b'"}\n'

HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("a prefix", lambda: b"#!/bin/sh\n" + put_together(signed()), "does not begin as an archive"),
    ("a polyglot", lambda: put_together(signed(), prefix=b"PK\3\4 and a program"), "stands in front of the archive"),
    ("a plain text inside", lambda: b"no archive at all", "does not begin as an archive"),
    ("no end", lambda: put_together(signed())[:-30], "has no end"),
    ("a trailer", lambda: put_together(signed()) + b"<html>", "follows the end"),
    ("a comment", lambda: put_together(signed(), comment=b"hello"), "carries a comment"),
    ("a comment size", lambda: changed_end(comment=4), "carries a comment"),
    ("several disks", lambda: changed_end(disk=1), "several disks"),
    ("two counts", lambda: changed_end(here=1), "several disks"),
    ("a directory elsewhere", lambda: changed_end(start=4), "not where it says"),
    ("fewer entries than rows", lambda: changed_end(count=5, here=5), "longer than its entries"),
    ("more entries than rows", lambda: changed_end(count=9, here=9), "directory of the archive in the bundle is dam"),
    ("too many entries", many, "more than 20,000 entries"),
    ("two entries of one name", lambda: put_together([*signed(), signed()[3]]), "two entries of one name"),
    ("a way out", lambda: with_file("blobs/../../etc/cron", b""), "name that no bundle uses"),
    ("a drive", lambda: with_file("C:\\windows", b""), "name that no bundle uses"),
    ("an absolute name", lambda: with_file("/etc/passwd", b""), "name that no bundle uses"),
    ("a hidden character", lambda: with_file("blobs/\u202egnp", b""), "name that no bundle uses"),
    ("a NUL in a name", lambda: with_file("keys.json\0.exe", b""), "name that no bundle uses"),
    ("an empty name", lambda: with_file("", b""), "name that no bundle uses"),
    ("a line end after a name", lambda: with_file("keys.json\n", b""), "name that no bundle uses"),
    ("a folder", lambda: with_file("blobs/", b""), "a folder in it"),
    ("a link", lambda: edited(3, attributes=0o120777 << 16, made_by=3 << 8 | 20), "as a link has"),
    ("an encrypted entry", lambda: edited(3, flags=1), "an encrypted entry"),
    ("a data descriptor", lambda: edited(3, flags=8), "size is given after it"),
    ("a flag", lambda: edited(3, flags=0x800), "flags that no bundle uses"),
    ("bzip2", lambda: edited(3, method=12), "method that no bundle uses"),
    ("an extra field", lambda: edited(3, extra=b"\x01\x00\x00\x00"), "extra fields"),
    ("an entry's comment", lambda: edited(3, comment=b"hm"), "entry with a comment"),
    ("a local flag", lambda: edited(3, local=(("flags", 8),)), "size is given after it"),
    ("a local beginning", lambda: without_magic(3), "does not begin as one"),
    ("a local name", lambda: edited(3, local=(("name", b"bodies/000001.ndjson"),)), "contradicts the directory"),
    ("a local size", lambda: edited(3, local=(("size", 5),)), "contradicts the directory"),
    ("other fields", lambda: edited(3, made_by=63), "fields that no bundle uses"),
    ("an overlap", overlapping, "entries that overlap"),
    ("an entry in an entry", lambda: quoted(b"x"), "entries that overlap"),
    ("a gap", lambda: edited(3, after=b"hidden"), "bytes that belong to no entry"),
    ("a gap at the end", lambda: edited(5, after=b"hidden"), "bytes that belong to no entry"),
    ("into the directory", lambda: edited(5, packed_size=len(BLOB) + 9), "runs into the directory"),
    ("a huge entry", lambda: edited(3, size=257 << 20), "larger than 256 MB"),
    ("a bomb", bomb, "more than 400 times"),
    ("two sizes", lambda: edited(1, size=65), "two sizes"),
    ("more content than said", lambda: size_lie(b"x" * 1000, 900), "more content than it declares"),
    ("less content than said", lambda: size_lie(b"x" * 1000, 1100), "less content than it declares"),
    ("a wrong checksum", lambda: edited(5, crc=7), "checksum is wrong"),
    ("no deflate", lambda: edited(5, data=b"\xff" * 50), "cannot be unpacked"),
    ("a deflate that goes on", lambda: edited(5, data=raw("x", BLOB).data + b"+"), "does not end where it should"),
    ("no manifest", lambda: without(0), "has no manifest"),
    ("no signature", lambda: without(1), "is not signed"),
    ("a short signature", lambda: put_together([signed()[0], raw("manifest.sig", b"0" * 63)]), "wrong length"),
    (
        "a signature of something else",
        lambda: put_together([signed()[0], *signed(part=2, parts=2)[1:]]),
        "signature of",
    ),
    ("a stranger's signature", lambda: put_together(signed(key=STRANGER)), "signature of the bundle is wrong"),
    ("another sender", lambda: put_together(sent_by(READER.device)), "another sender"),
    ("no signer", lambda: put_together(signed(drop="signer")), "does not name its signer"),
    ("an impossible signer", lambda: put_together(signed(signer="f" * 64)), "signature of the bundle is wrong"),
    ("a loose manifest", lambda: put_together(signed_manifest(b'{"a": 1}', {})), "not written as manifests are"),
    ("a deep manifest", lambda: put_together(signed_manifest(b"[" * 50_000, {})), "not written as manifests are"),
    ("a manifest that is a list", lambda: put_together(signed_manifest(b"[]", {})), "does not name its signer"),
    ("a huge manifest", lambda: put_together(signed(note="x" * (9 << 20))), "larger than any manifest"),
    ("no format", lambda: put_together(signed(format="1")), "which format"),
    ("a newer format", lambda: put_together(signed({**FILES, "a/0.cbor": b""}, format=FORMAT + 1)), "newer version"),
    ("no addressee", lambda: put_together(signed(drop="to")), "whom it is for"),
    ("addressed to another", lambda: put_together(signed(to=[SENDER.device])), "does not name this device"),
    ("addressed to nobody", lambda: put_together(signed(to=[])), "does not name this device"),
    ("no number", lambda: put_together(signed(set_id="x")), "no proper number"),
    ("part 3 of 2", lambda: put_together(signed(part=3, parts=2)), "which part"),
    ("no list", lambda: put_together(signed(drop="files")), "does not list its files"),
    ("a missing file", lambda: without(4), "are missing: 1 of 4"),
    ("a file too many", lambda: put_together([*signed(), raw("keys.json", b"{}")]), "manifest does not list"),
    ("an unknown file", lambda: with_file("batches/000000.cbor", b""), "this format does not have"),
    ("a strange description", lambda: listed({f"blobs/{BLOB_HASH}": "?"}), "in a way that manifests do not"),
    ("a size", lambda: listed({f"blobs/{BLOB_HASH}": {"sha256": BLOB_HASH, "size": 1}}), "another size"),
    ("a wrong hash", lambda: swapped("evidence/000000.ndjson", b'{"row":1}\n{"row":3}\n'), "its hash is wrong"),
    ("a misnamed blob", lambda: with_file("blobs/" + "0" * 64, b"x"), "not its own hash"),
    ("no last line end", lambda: with_file("links/000001.ndjson", b"{}"), "end with its last line"),
    ("an empty file of lines", lambda: with_file("links/000001.ndjson", b""), "end with its last line"),
    ("an empty line", lambda: with_file("links/000001.ndjson", b"{}\n\n"), "an empty line"),
    ("a loose body", lambda: with_file("bodies/000001.ndjson", b"{}\n"), "not written as bodies are"),
    ("a loose base64", lambda: with_file("bodies/000001.ndjson", BODY % b"QQ==="), "not written as bodies are"),
    ("a base64 with spare bits", lambda: with_file("bodies/000001.ndjson", BODY % b"QR=="), "not written as bodies"),
    ("two bodies", lambda: with_file("bodies/000001.ndjson", BODY % b"QUJD"), "two bodies for one link"),
]


def refusal(archive: bytes) -> BadBundle:
    with pytest.raises(BadBundle) as refused:
        opened(archive)
    return refused.value


def test_the_forge_makes_honest_bundles_too() -> None:
    bundle = opened(put_together(signed()))
    assert bundle.bodies == {LINK: b"body"}
    assert bundle.blobs == {BLOB_HASH: BLOB}


@pytest.mark.parametrize(("archive", "sentence"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_a_hostile_archive_is_refused_in_its_own_words(archive: Callable[[], bytes], sentence: str) -> None:
    refused = refusal(archive())
    assert sentence in refused.what
    assert refused.what.endswith(".")
    assert refused.do.endswith(".")


def test_different_faults_get_different_sentences() -> None:
    sentences = {sentence for _, _, sentence in HOSTILE}
    assert len(sentences) >= 50
    assert len({refusal(archive()).what for _, archive, _ in HOSTILE}) >= 50


def test_a_newer_format_says_that_the_file_is_to_be_kept() -> None:
    refused = refusal(put_together(signed(format=FORMAT + 1)))
    assert refused.code == "newer-format"
    assert "Keep the file" in refused.do


def test_two_gigabytes_of_declared_content_are_refused_before_any_is_unpacked() -> None:
    half = 250 << 20
    entries = [*signed(), *(replace(raw(f"blobs/{n:064x}", b"x" * 700_000), size=half) for n in range(9))]
    entries = [replace(one, data=one.data.ljust(700_000, b"\0"), method=DEFLATED) if one.size == half else one
               for one in entries]  # fmt: skip
    started = time.monotonic()
    assert "more than 2 GB" in refusal(put_together(entries)).what
    assert time.monotonic() - started < 2


def test_more_lines_than_memory_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINES", 6)
    assert "more lines" in refusal(put_together(signed())).what
    monkeypatch.setattr(limits, "LINES", 8)
    assert opened(put_together(signed())).links


def test_a_line_longer_than_any_record_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINE_BYTES", 8)
    assert "line longer than 32 MB" in refusal(put_together(signed())).what
