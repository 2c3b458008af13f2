"""Writing bundles: contents are cut into parts, each packed, signed inside and sealed outside."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage_app.domain.canonical import canonical
from triage_app.domain.words import device_id
from triage_app.errors import BadInput
from triage_app.formats.bundle import limits, sealing
from triage_app.formats.bundle.contents import FORMAT, KEYS, MANIFEST, RESERVED, SIGNATURE, BundleContents
from triage_app.formats.bundle.packing import CENTRAL, END, LOCAL, Packed, archive, pack
from triage_app.paths import write_whole

SIGNED: Final = b"bundle1\0"
"""What stands before the manifest's SHA-256 in the signed bytes, so that the signature fits nothing else."""

_HEX32 = re.compile(r"[0-9a-f]{32}\Z")
_HEX64 = re.compile(r"[0-9a-f]{64}\Z")
_FILE_ENTRY = len(b'"":{"sha256":"","size":},') + 64 + 10
"Bytes of one file in the manifest beside its name."


@dataclass
class _Part:
    """The members of one part and the running totals that decide when it is full."""

    members: list[Packed] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    bytes: int = 0
    content: int = 0
    lines: int = 0


@dataclass(frozen=True)
class _Member:
    """A packed entry, the hash of its content, how many lines it holds."""

    packed: Packed
    digest: str
    lines: int

    @property
    def cost(self) -> int:
        """Bytes it adds to an archive, its line of the manifest included."""
        return self.packed.entry.cost + len(self.packed.entry.name) + _FILE_ENTRY


def write_bundle(
    contents: BundleContents,
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
    contents: BundleContents,
    path: Path,
    *,
    signing_key: Ed25519PrivateKey,
    recipients: Sequence[str],
    passphrase: str | None = None,
    max_part_bytes: int = limits.PART_BYTES,
    on_part: Callable[[int, int], None] = lambda *_: None,
) -> list[Path]:
    """Write the parts to ``path``, ``path``.2, ``path``.3 … and return where they went.

    ``on_part`` is told how many of how many are written. Each file is whole or not there. Raises as ``write_bundle``,
    and ``DiskFull`` or ``StoreReadOnly``, after which the parts already written are removed.
    """
    written: list[Path] = []
    try:
        parts = _sealed(contents, signing_key, recipients, passphrase, max_part_bytes)
        for number, (total, part) in enumerate(parts, start=1):
            target = path if number == 1 else path.with_name(f"{path.name}.{number}")
            write_whole(target, part)
            written.append(target)
            on_part(number, total)
    except BaseException:
        for target in written:
            target.unlink(missing_ok=True)
        raise
    return written


def iter_parts(
    contents: BundleContents,
    *,
    signing_key: Ed25519PrivateKey,
    recipients: Sequence[str],
    passphrase: str | None = None,
    max_part_bytes: int = limits.PART_BYTES,
) -> Iterator[bytes]:
    """Yield the parts of ``write_bundle`` one after another, so that only one sealed part is in memory."""
    for _, part in _sealed(contents, signing_key, recipients, passphrase, max_part_bytes):
        yield part


def _sealed(
    contents: BundleContents,
    signing_key: Ed25519PrivateKey,
    recipients: Sequence[str],
    passphrase: str | None,
    max_part_bytes: int,
) -> Iterator[tuple[int, bytes]]:
    """Yield (how many there are, a sealed part)."""
    fixed = _fixed_fields(contents, signing_key, recipients, passphrase)
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
    parts = _distribute(_members(contents, entry_bytes(room)), room)
    for number, part in enumerate(parts, start=1):
        sealed = sealing.seal(_signed_archive(part, fixed, number, len(parts), signing_key), recipients, passphrase)
        yield len(parts), sealed


def room_of(max_part_bytes: int, recipients: int, base: int) -> int:
    """Return what a part of at most so many bytes has room for beside a manifest of ``base`` bytes and the seal."""
    room = max_part_bytes - sealing.sealed_size_bound(0, recipients) - max_part_bytes // 2048
    return room - base - 2 * (LOCAL.size + CENTRAL.size + len(MANIFEST + SIGNATURE)) - 64 - END.size


def entry_bytes(room: int) -> int:
    """Return the content at which the next entry of lines is begun in a part with so much room."""
    return min(limits.LINES_ENTRY_BYTES, room // 4)


def _fixed_fields(
    contents: BundleContents, signing_key: Ed25519PrivateKey, recipients: Sequence[str], passphrase: str | None
) -> dict[str, Any]:
    fields = contents.manifest_fields
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
        "format": FORMAT,
        "set_id": secrets.token_hex(16),
        "signer": signer.hex(),
        "from": device_id(signer),
    }


def _distribute(members: Iterable[_Member], room: int) -> list[_Part]:
    parts = [_Part()]
    for member in members:
        size = member.packed.entry.size
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
        part.members.append(member.packed)
        part.digests.append(member.digest)
        part.bytes += member.cost
        part.content += size
        part.lines += member.lines
    return parts


def _members(contents: BundleContents, most: int) -> Iterator[_Member]:
    yield from _line_members("links", contents.links, most)
    yield from _line_members("bodies", (_body_line(link, body) for link, body in contents.bodies), most)
    if contents.keys is not None:
        yield _member(KEYS, contents.keys)
    yield from _line_members("evidence", contents.evidence, most)
    for name in sorted(contents.blobs):
        blob = contents.blobs[name]
        if hashlib.sha256(blob).hexdigest() != name:
            raise ValueError("a blob is named by its SHA-256")
        yield _member(f"blobs/{name}", blob)


def _body_line(link: str, body: bytes) -> bytes:
    if not _HEX64.match(link):
        raise ValueError("a body is named by its link's hash")
    return canonical({"link": link, "body": base64.b64encode(body).decode("ascii")})


def _line_members(kind: str, lines: Iterable[bytes], most: int) -> Iterator[_Member]:
    waiting: list[bytes] = []
    size = number = 0
    for line in lines:
        if not line or b"\n" in line or len(line) > limits.LINE_BYTES:
            raise ValueError("a line is not empty, has no line end in it, and is at most 32 MB long")
        if waiting and (size + len(line) > most or len(waiting) >= limits.WRITE_LINES // 10):
            yield _member(f"{kind}/{number:06d}.ndjson", b"\n".join((*waiting, b"")), len(waiting))
            number, size = number + 1, 0
            waiting.clear()
        waiting.append(line)
        size += len(line) + 1
    if waiting:
        yield _member(f"{kind}/{number:06d}.ndjson", b"\n".join((*waiting, b"")), len(waiting))


def _member(name: str, content: bytes, lines: int = 0) -> _Member:
    return _Member(pack(name, content), hashlib.sha256(content).hexdigest(), lines)


def _signed_archive(part: _Part, fixed: dict[str, Any], number: int, total: int, key: Ed25519PrivateKey) -> bytes:
    files = {
        member.entry.name.decode("ascii"): {"sha256": digest, "size": member.entry.size}
        for member, digest in zip(part.members, part.digests, strict=True)
    }
    manifest = canonical({**fixed, "bundle_id": secrets.token_hex(16), "part": number, "parts": total, "files": files})
    if len(manifest) > limits.MANIFEST_BYTES:
        raise ValueError("the manifest is longer than a reader takes")
    signature = key.sign(SIGNED + hashlib.sha256(manifest).digest())
    return archive([pack(MANIFEST, manifest), pack(SIGNATURE, signature), *part.members])
