"""Writing bundles: contents are cut into parts, each packed, signed inside and sealed outside."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage_app.domain.canonical import canonical
from triage_app.domain.words import device_id
from triage_app.errors import BadInput
from triage_app.formats.bundle import limits, sealing
from triage_app.formats.bundle.contents import (
    FIRST_FORMAT,
    FORMAT,
    KEYS,
    MANIFEST,
    RESERVED,
    SIGNATURE,
    Contents,
    ManifestFields,
)
from triage_app.formats.bundle.packing import CENTRAL, END, LOCAL, Entry, Packed, archived, pack
from triage_app.formats.bundle.spool import Spool
from triage_app.paths import or_undone, write_whole, written_whole

SIGNED: Final = b"bundle1\0"
"""What stands before the manifest's SHA-256 in the signed bytes, so that the signature fits nothing else."""

_HEX32 = re.compile(r"[0-9a-f]{32}\Z")
_HEX64 = re.compile(r"[0-9a-f]{64}\Z")
_FILE_ENTRY = len(b'"":{"sha256":"","size":},') + 64 + 10
"Bytes of one file in the manifest beside its name."


@dataclass(frozen=True)
class _Member:
    """A packed entry, the hash of its content, how many lines it holds, and where it waits."""

    entry: Entry
    digest: str
    lines: int
    spooled: int

    @property
    def cost(self) -> int:
        """Bytes it adds to an archive, its line of the manifest included."""
        return self.entry.cost + len(self.entry.name) + _FILE_ENTRY


@dataclass
class _Part:
    """The members of one part and the running totals that decide when it is full."""

    members: list[_Member] = field(default_factory=list)
    bytes: int = 0
    content: int = 0
    lines: int = 0


def write_bundle(
    contents: Contents,
    *,
    signing_key: Ed25519PrivateKey,
    recipients: Sequence[str],
    passphrase: str | None = None,
    max_part_bytes: int = limits.PART_BYTES,
) -> list[bytes]:
    """Return the sealed parts of a bundle, each at most ``max_part_bytes`` long and complete in itself.

    ``recipients`` are the age keys of exactly the devices in ``manifest_fields["to"]``; nobody is
    added. With a ``passphrase`` there are neither. Raises ``BadInput`` when one piece does not fit
    into a part, ``ValueError`` for contents that break the format.
    """
    return list(
        iter_parts(
            contents,
            signing_key=signing_key,
            recipients=recipients,
            passphrase=passphrase,
            max_part_bytes=max_part_bytes,
        )
    )


def write_bundle_files(
    contents: Contents,
    path: Path,
    *,
    signing_key: Ed25519PrivateKey,
    recipients: Sequence[str],
    passphrase: str | None = None,
    max_part_bytes: int = limits.PART_BYTES,
    on_part: Callable[[int, int], None] = lambda *_: None,
    scratch: Path | None = None,
) -> list[Path]:
    """Write the parts to ``path``, ``path``.2, ``path``.3 … and return where they went.

    ``scratch`` is a folder for what waits, sealed, to be put into parts. Raises as ``pack_bundle``, ``write_packed``.
    """
    with Spool(scratch) as spool:
        packed = pack_bundle(
            contents, spool, signing_key=signing_key, recipients=recipients, passphrase=passphrase,
            max_part_bytes=max_part_bytes,
        )  # fmt: skip
        return write_packed(packed, path, on_part)


@dataclass(frozen=True)
class PackedBundle:
    """Content that has been gone through and waits, packed, to be signed, sealed and written."""

    parts: list[_Part]
    spool: Spool
    fixed: dict[str, Any]
    signing_key: Ed25519PrivateKey
    recipients: Sequence[str]
    passphrase: str | None

    def archives(self) -> Iterator[Iterator[bytes]]:
        """Yield each part's archive, signed, in pieces."""
        for number, part in enumerate(self.parts, start=1):
            yield _signed_archive(part, self.spool, self.fixed, number, len(self.parts), self.signing_key)


def pack_bundle(
    contents: Contents,
    spool: Spool,
    *,
    signing_key: Ed25519PrivateKey,
    recipients: Sequence[str],
    passphrase: str | None = None,
    max_part_bytes: int = limits.PART_BYTES,
) -> PackedBundle:
    """Go through the content once and pack it; nothing of it is needed afterwards. Raises as ``write_bundle``."""
    told = contents.manifest_fields
    room = _room(told, signing_key, recipients, passphrase, max_part_bytes)
    members = list(_members(contents, spool, entry_bytes(room)))
    if callable(told):  # it says more now than before the content had been gone through
        room = _room(told, signing_key, recipients, passphrase, max_part_bytes)
    fixed = _fixed_fields(told() if callable(told) else told, signing_key, recipients, passphrase)
    if any(member.entry.name.startswith(_NEW_KINDS) for member in members):
        fixed["format"] = FORMAT
    return PackedBundle(_distribute(members, room), spool, fixed, signing_key, recipients, passphrase)


def write_packed(packed: PackedBundle, path: Path, on_part: Callable[[int, int], None] = lambda *_: None) -> list[Path]:
    """Write the parts to ``path``, ``path``.2, ``path``.3 … and return where they went.

    ``on_part`` is told how many of how many are written. Each file is whole or not there. Raises ``DiskFull`` or
    ``StoreReadOnly``, after which the parts already written are removed.
    """
    written: list[Path] = []
    with or_undone(lambda: _remove(written)):
        for number, pieces in enumerate(packed.archives(), start=1):
            target = path if number == 1 else path.with_name(f"{path.name}.{number}")
            if packed.passphrase is None:
                with written_whole(target) as file:
                    sealing.seal_pieces(pieces, packed.recipients, file)
            else:
                write_whole(target, sealing.seal(b"".join(pieces), packed.recipients, packed.passphrase))
            written.append(target)
            on_part(number, len(packed.parts))
    return written


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def iter_parts(
    contents: Contents,
    *,
    signing_key: Ed25519PrivateKey,
    recipients: Sequence[str],
    passphrase: str | None = None,
    max_part_bytes: int = limits.PART_BYTES,
) -> Iterator[bytes]:
    """Yield the parts of ``write_bundle`` one after another, so that only one sealed part is in memory."""
    with Spool() as spool:
        packed = pack_bundle(
            contents, spool, signing_key=signing_key, recipients=recipients, passphrase=passphrase,
            max_part_bytes=max_part_bytes,
        )  # fmt: skip
        for pieces in packed.archives():
            yield sealing.seal(b"".join(pieces), recipients, passphrase)


_NEW_KINDS: Final = (b"blocks/", b"trees/")
"What programs that read ``FIRST_FORMAT`` do not know."


def _room(
    told: ManifestFields,
    signing_key: Ed25519PrivateKey,
    recipients: Sequence[str],
    passphrase: str | None,
    max_part_bytes: int,
) -> int:
    """Return what the members of a part have room for beside what is told of the bundle so far."""
    fixed = _fixed_fields(told() if callable(told) else told, signing_key, recipients, passphrase)
    base = len(canonical(fixed)) + 200
    if base > limits.MANIFEST_BYTES // 2:
        raise BadInput(
            "What the bundle says about itself is too long.", "Export less at a time, for example one incident."
        )
    room = room_of(max_part_bytes, len(recipients), base)
    if room < 1024:
        raise BadInput(
            "So small a part has no room even for what a bundle says of itself.", "Choose larger parts, or a stick."
        )
    return room


def room_of(max_part_bytes: int, recipients: int, base: int) -> int:
    """Return what a part of at most so many bytes has room for beside a manifest of ``base`` bytes and the seal."""
    room = max_part_bytes - sealing.sealed_size_bound(0, recipients) - max_part_bytes // 2048
    return room - base - 2 * (LOCAL.size + CENTRAL.size + len(MANIFEST + SIGNATURE)) - 64 - END.size


def entry_bytes(room: int) -> int:
    """Return the content at which the next entry of lines is begun in a part with so much room."""
    return min(limits.LINES_ENTRY_BYTES, room // 4)


def _fixed_fields(
    fields: dict[str, Any], signing_key: Ed25519PrivateKey, recipients: Sequence[str], passphrase: str | None
) -> dict[str, Any]:
    if clash := RESERVED & set(fields):
        raise ValueError(f"the writer fills in {sorted(clash)} itself")
    to = fields.get("to")
    if not isinstance(to, list) or not all(isinstance(one, str) and _HEX32.match(one) for one in to):
        raise ValueError("a bundle names the devices it is for")
    if len(set(to)) != len(to) or len(to) != len(recipients):
        raise ValueError("a bundle is sealed to exactly the devices it names")
    if (passphrase is None) == (not to):
        raise ValueError("a bundle is sealed to devices or to a passphrase")
    signer = signing_key.public_key().public_bytes_raw()
    return {
        **fields,
        "format": FIRST_FORMAT,
        "set_id": secrets.token_hex(16),
        "signer": signer.hex(),
        "from": device_id(signer),
    }


def _distribute(members: Iterable[_Member], room: int) -> list[_Part]:
    parts = [_Part()]
    for member in members:
        size = member.entry.size
        if member.cost > room or size > limits.ENTRY_BYTES:
            raise BadInput(
                "One piece of the bundle is larger than a part may be.",
                "Choose larger parts, leave out the largest attachment, or send it another way.",
            )
        part = parts[-1]
        if part.members and (
            part.bytes + member.cost > room
            or part.content + size > limits.WRITE_CONTENT_BYTES
            or part.lines + member.lines > limits.WRITE_LINES
            or len(part.members) >= limits.WRITE_ENTRIES
        ):
            part = _Part()
            parts.append(part)
        part.members.append(member)
        part.bytes += member.cost
        part.content += size
        part.lines += member.lines
    return parts


def _members(contents: Contents, spool: Spool, most: int) -> Iterator[_Member]:
    """Yield the members, packed on a thread of their own while the next content is made."""
    waiting: deque[Future[tuple[Packed, str, int]]] = deque()

    def spooled() -> _Member:
        packed, digest, lines = waiting.popleft().result()
        return _Member(packed.entry, digest, lines, spool.put(packed.data))

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="packing") as packing:
        for name, content, lines in _contents(contents, most):
            waiting.append(packing.submit(_packed, name, content, lines))
            while len(waiting) > _AHEAD:
                yield spooled()
        while waiting:
            yield spooled()


_AHEAD: Final = 2
"Members that are made while others are being packed."


def _packed(name: str, content: bytes, lines: int) -> tuple[Packed, str, int]:
    return pack(name, content), hashlib.sha256(content).hexdigest(), lines


def _contents(contents: Contents, most: int) -> Iterator[tuple[str, bytes, int]]:
    """Yield (name, content, lines) of every member."""
    yield from _lines_of("links", contents.links, most)
    yield from _lines_of("bodies", (_body_line(link, body) for link, body in contents.bodies), most)
    keys = contents.keys() if callable(contents.keys) else contents.keys
    if keys is not None:
        yield KEYS, keys, 0
    yield from _lines_of("blocks", contents.blocks, most)
    yield from _lines_of("evidence", contents.evidence, most)
    yield from _lines_of("trees", contents.trees, most)
    for name in sorted(contents.blobs):
        blob = contents.blobs[name]
        if hashlib.sha256(blob).hexdigest() != name:
            raise ValueError("a blob is named by its SHA-256")
        yield f"blobs/{name}", blob, 0


def _body_line(link: str, body: bytes) -> bytes:
    if not _HEX64.match(link):
        raise ValueError("a body is named by its link's hash")
    return canonical({"link": link, "body": base64.b64encode(body).decode("ascii")})


def _lines_of(kind: str, lines: Iterable[bytes], most: int) -> Iterator[tuple[str, bytes, int]]:
    waiting: list[bytes] = []
    size = number = 0
    for line in lines:
        if not line or b"\n" in line or len(line) > limits.LINE_BYTES:
            raise ValueError("a line is not empty, has no line end in it, and is at most 32 MB long")
        if waiting and (size + len(line) > most or len(waiting) >= limits.WRITE_LINES // 10):
            yield f"{kind}/{number:06d}.ndjson", b"\n".join((*waiting, b"")), len(waiting)
            number, size = number + 1, 0
            waiting.clear()
        waiting.append(line)
        size += len(line) + 1
    if waiting:
        yield f"{kind}/{number:06d}.ndjson", b"\n".join((*waiting, b"")), len(waiting)


def _signed_archive(
    part: _Part, spool: Spool, fixed: dict[str, Any], number: int, total: int, key: Ed25519PrivateKey
) -> Iterator[bytes]:
    files = {
        member.entry.name.decode("ascii"): {"sha256": member.digest, "size": member.entry.size}
        for member in part.members
    }
    manifest = canonical({**fixed, "bundle_id": secrets.token_hex(16), "part": number, "parts": total, "files": files})
    if len(manifest) > limits.MANIFEST_BYTES:
        raise ValueError("the manifest is longer than a reader takes")
    signed = [pack(MANIFEST, manifest), pack(SIGNATURE, key.sign(SIGNED + hashlib.sha256(manifest).digest()))]
    entries = [one.entry for one in signed] + [member.entry for member in part.members]
    waiting = (spool.get(member.spooled) for member in part.members)
    return archived(entries, chain((one.data for one in signed), waiting))
