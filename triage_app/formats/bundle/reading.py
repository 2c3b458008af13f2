"""Reading bundles: everything is checked in a fixed order before anything is used (trust.md, section 2).

There is no way to the content past the signature. The manifest and its signature are unpacked and
verified first; other content is unpacked, in memory, only once sender and addressee are known.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from triage_app.domain.canonical import canonical, parse
from triage_app.domain.words import device_id
from triage_app.errors import BadBundle, BadFile
from triage_app.formats.bundle import limits, refusals, sealing
from triage_app.formats.bundle.contents import (
    BLOB_NAME,
    FIRST_FORMAT,
    FIRST_KINDS_OF_LINES,
    FORMAT,
    KEYS,
    KINDS_OF_LINES,
    LINES_NAME,
    MANIFEST,
    SIGNATURE,
    OpenedBundle,
    Piece,
)
from triage_app.formats.bundle.refusals import damaged, hostile
from triage_app.formats.bundle.unpacking import Place, directory, unpacked
from triage_app.formats.bundle.writing import SIGNED
from triage_app.language import say

SignerCheck = Callable[[str, Mapping[str, Any]], None]
"""Takes the signer's public key in hex and the verified manifest; raises to refuse the bundle."""

_HEX32: Final = re.compile(r"[0-9a-f]{32}\Z")
_HEX64: Final = re.compile(r"[0-9a-f]{64}\Z")
_BODY: Final = re.compile(rb'\{"body":"([A-Za-z0-9+/]*={0,2})","link":"([0-9a-f]{64})"\}\Z')
"""The canonical form of a line of bodies: nothing in it needs an escape."""


def read_bundle(
    untrusted: bytes | Path,
    *,
    identities: Sequence[str],
    my_device: str,
    passphrase: str | None = None,
    check_signer: SignerCheck | None = None,
) -> OpenedBundle:
    """Return the content of one part, verified to the last byte; raise ``BadBundle`` saying why not.

    ``identities`` are our age secret keys, ``my_device`` our id, which the bundle must name unless
    it is sealed with a passphrase. ``check_signer`` may refuse before content is unpacked: what a
    stranger sent then costs no memory. Raises ``BadFile`` where a file cannot be read at all.
    """
    opened = _opened(untrusted, identities, my_device, passphrase, check_signer)
    lines: dict[str, list[bytes]] = {kind: [] for kind in KINDS_OF_LINES}
    blobs: dict[str, bytes] = {}
    keys: bytes | None = None
    for name, content in _verified(opened):
        if match := LINES_NAME.match(name):
            lines[match[1]] += content[:-1].split(b"\n")
        elif name == KEYS:
            keys = content
        else:
            blobs[name.removeprefix("blobs/")] = content
    return OpenedBundle(
        manifest=opened.manifest,
        signer=opened.manifest["signer"],
        device=opened.manifest["from"],
        links=lines["links"],
        bodies=dict(map(_body, lines["bodies"])),
        evidence=lines["evidence"],
        keys=keys,
        blobs=blobs,
        blocks=lines["blocks"],
        trees=lines["trees"],
    )


class VerifiedBundle:
    """One part that was verified to the last byte, to be gone through as often as one likes without being held whole.

    What is read again is verified again: the file may lie on somebody's stick.
    """

    def __init__(
        self,
        path: Path,
        *,
        identities: Sequence[str],
        my_device: str,
        passphrase: str | None = None,
        check_signer: SignerCheck | None = None,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """Verify a file as ``read_bundle`` does, and raise as it does. ``between`` is called between two entries."""
        self.path = path
        self._identities = identities
        self._my_device = my_device
        self._passphrase = passphrase
        opened = _opened(path, identities, my_device, passphrase, check_signer)
        for _ in _verified(opened):
            between()
        self.manifest = opened.manifest
        self.sum = opened.sum
        "SHA-256 of the file, hex."
        self._signed = _digest_of(opened)
        self._opened: _Opened | None = opened if len(opened.archive) <= limits.KEPT_BYTES else None

    @property
    def device(self) -> str:
        """Id of the sending device."""
        return str(self.manifest["from"])

    @property
    def part(self) -> int:
        """Which part of its set this is, from 1."""
        return int(self.manifest["part"])

    @property
    def set_id(self) -> str:
        """The id that all parts of one export share."""
        return str(self.manifest["set_id"])

    def has(self, kind: str) -> bool:
        """Tell whether it has entries of a kind: lines of one, or blobs."""
        return any(name.startswith(f"{kind}/") for name in self.manifest["files"])

    def lines(self, kind: str) -> Iterator[Piece[bytes]]:
        """Yield its lines of a kind, those of an entry at a time."""
        for name in self._names(f"{kind}/"):
            yield Piece(self._sum_of(name), partial(self._lines, name))

    def bodies(self) -> Iterator[Piece[tuple[str, bytes]]]:
        """Yield (hash of the link, body), those of an entry at a time."""
        for name in self._names("bodies/"):
            yield Piece(self._sum_of(name), partial(self._bodies, name))

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """Yield (SHA-256, content) of what travels under its own hash."""
        for name in self._names("blobs/"):
            yield name.removeprefix("blobs/"), self._content(name)

    def keys(self) -> bytes | None:
        """Return its part for personal keys."""
        return self._content(KEYS) if KEYS in self.manifest["files"] else None

    def let_go(self) -> None:
        """Hold nothing of its content; it is opened again when it is needed."""
        self._opened = None

    def _names(self, beginning: str) -> list[str]:
        return sorted(name for name in self.manifest["files"] if name.startswith(beginning))

    def _sum_of(self, name: str) -> str:
        return str(self.manifest["files"][name]["sha256"])

    def _lines(self, name: str) -> list[bytes]:
        return self._content(name)[:-1].split(b"\n")

    def _bodies(self, name: str) -> list[tuple[str, bytes]]:
        return list(map(_body, self._lines(name)))

    def _content(self, name: str) -> bytes:
        if self._opened is None:
            again = _opened(self.path, self._identities, self._my_device, self._passphrase, None)
            if _digest_of(again) != self._signed:
                raise damaged(f"{self.path.name} is not the file that it was a moment ago.")
            self._opened = again
        return _content(self._opened, name)


def _digest_of(opened: _Opened) -> str:
    return hashlib.sha256(canonical(opened.manifest)).hexdigest()


def peek_bundle(
    untrusted: bytes | Path, *, identities: Sequence[str], my_device: str, passphrase: str | None = None
) -> dict[str, Any]:
    """Return the manifest of a part, keeping none of its content.

    Seal, archive, signature, addressee, list and hashes are checked as in ``read_bundle``, and refused alike.
    """
    opened = _opened(untrusted, identities, my_device, passphrase, None)
    for name, place in opened.places.items():
        digest = hashlib.sha256()
        for block in unpacked(opened.archive, place):
            digest.update(block)
        _check_digest(digest.hexdigest(), opened.manifest, name)
    return opened.manifest


def file_bytes(path: Path) -> bytes:
    """Return the bytes of a file, as many as a part may have and one more. Raises ``BadFile``."""
    try:
        with path.open("rb") as file:
            data = file.read(limits.SEALED_BYTES + 1)
    except OSError as error:
        raise BadFile(
            say("{0} could not be read.", path.name), "Check that the stick is still there and try again."
        ) from error
    return data


def ordered_set(parts: Sequence[OpenedBundle]) -> list[OpenedBundle]:
    """Return the parts of one export in order; raise ``BadBundle`` unless they are all of them, once each."""
    if not parts:
        raise ValueError("a set has parts")
    first = parts[0]
    if any((one.set_id, one.signer, one.parts) != (first.set_id, first.signer, first.parts) for one in parts):
        raise BadBundle(
            "The files are parts of different bundles.", "Merge each bundle by itself, with all of its own parts."
        )
    ordered = sorted(parts, key=lambda one: one.part)
    there = {one.part for one in parts}
    if len(there) != len(parts):
        raise BadBundle("One part of the bundle is there twice.", "Choose each part once.")
    missing = [str(number) for number in range(1, first.parts + 1) if number not in there]
    if missing:
        few = ", ".join(missing[:20]) + (" …" if len(missing) > 20 else "")
        raise BadBundle(
            say("The bundle has {0} parts, and these are missing: {1}.", first.parts, few),
            "Choose all parts together; they lie beside each other as .2, .3 and so on.",
            "parts-missing",
        )
    return ordered


# ---- the fixed order ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Opened:
    """An archive whose signer, addressee and list of files are checked; its files are not yet."""

    archive: bytes
    manifest: dict[str, Any]
    places: dict[str, Place]
    "Where the files that the manifest lists lie."
    sum: str
    "SHA-256 of what was read, hex."


def _opened(
    untrusted: bytes | Path,
    identities: Sequence[str],
    my_device: str,
    passphrase: str | None,
    check_signer: SignerCheck | None,
) -> _Opened:
    """Return the archive, the verified manifest, and where the files that it lists lie."""
    digest = hashlib.sha256()
    if isinstance(untrusted, bytes):
        digest.update(untrusted)
        archive, by_passphrase = sealing.unseal(untrusted, identities, passphrase)
    else:
        with _reading(untrusted):
            size = untrusted.stat().st_size
        pieces = _pieces(untrusted, digest)
        archive, by_passphrase = sealing.unseal_pieces(pieces, size, identities, passphrase)
        for _ in pieces:  # what follows the seal was refused; this is for a passphrase, where nothing follows
            pass
    places = directory(archive)
    manifest = _signed_manifest(archive, places)
    _check_format(manifest)
    _check_shape(manifest)
    if manifest["to"] if by_passphrase else my_device not in manifest["to"]:
        raise refusals.not_addressed()
    if check_signer is not None:
        check_signer(manifest["signer"], manifest)
    files = {name: place for name, place in places.items() if name not in (MANIFEST, SIGNATURE)}
    _check_list(manifest, files)
    return _Opened(archive, manifest, files, digest.hexdigest())


def _pieces(path: Path, digest: Any) -> Iterator[bytes]:
    """Yield a file in pieces, at most as many bytes as a part may have and one more; ``digest`` takes them too."""
    with _reading(path), path.open("rb") as file:
        left = limits.SEALED_BYTES + 1
        while left > 0 and (piece := file.read(min(limits.MIB, left))):
            left -= len(piece)
            digest.update(piece)
            yield piece


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadFile(
            say("{0} could not be read.", path.name), "Check that the stick is still there and try again."
        ) from error


def _verified(opened: _Opened) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of every file, once it is what the manifest says and its lines are lines."""
    budget = limits.LINES
    bodies: set[bytes] = set()
    for name in sorted(opened.places):
        content = _content(opened, name)
        if match := LINES_NAME.match(name):
            budget -= _check_lines(content, budget)
            if match[1] == "bodies":
                _check_bodies(content, bodies)
        yield name, content


def _content(opened: _Opened, name: str) -> bytes:
    content = b"".join(unpacked(opened.archive, opened.places[name]))
    _check_digest(hashlib.sha256(content).hexdigest(), opened.manifest, name)
    return content


def _signed_manifest(archive: bytes, places: Mapping[str, Place]) -> dict[str, Any]:
    if MANIFEST not in places:
        raise hostile("The bundle has no manifest.")
    if SIGNATURE not in places:
        raise hostile("The bundle is not signed.")
    if places[MANIFEST].entry.size > limits.MANIFEST_BYTES:
        raise hostile("The manifest of the bundle is larger than any manifest.")
    if places[SIGNATURE].entry.size != 64:
        raise hostile("The signature of the bundle has the wrong length.")
    untrusted_manifest = b"".join(unpacked(archive, places[MANIFEST]))
    signature = b"".join(unpacked(archive, places[SIGNATURE]))
    try:
        manifest: Any = parse(untrusted_manifest)
    except ValueError as error:
        raise hostile("The manifest of the bundle is not written as manifests are.") from error
    signer = manifest.get("signer") if isinstance(manifest, dict) else None
    if not isinstance(signer, str) or not _HEX64.match(signer):
        raise hostile("The manifest of the bundle does not name its signer.")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer))
        key.verify(signature, SIGNED + hashlib.sha256(untrusted_manifest).digest())
    except (InvalidSignature, ValueError) as error:
        raise hostile("The signature of the bundle is wrong: it was changed, or signed by somebody else.") from error
    return dict(manifest)


def _check_format(manifest: dict[str, Any]) -> None:
    # Straight after the signature: a newer format may address and list its files in ways unknown here,
    # and its reader must be told to update rather than that the file is hostile.
    number = manifest.get("format")
    if type(number) is not int or number < 1:
        raise hostile("The manifest of the bundle does not say which format it has.")
    if number > FORMAT:
        raise refusals.newer()


def _check_shape(manifest: dict[str, Any]) -> None:
    """Refuse a signed manifest whose own fields are not what this format has."""
    if manifest.get("from") != device_id(bytes.fromhex(manifest["signer"])):
        raise hostile("The bundle names another sender than the device that signed it.")
    to = manifest.get("to")
    if not isinstance(to, list) or not all(isinstance(one, str) and _HEX32.match(one) for one in to):
        raise hostile("The manifest of the bundle does not say whom it is for.")
    for name in ("bundle_id", "set_id"):
        if not isinstance(manifest.get(name), str) or not _HEX32.match(manifest[name]):
            raise hostile("The manifest of the bundle has no proper number for itself.")
    part, parts = manifest.get("part"), manifest.get("parts")
    if type(part) is not int or type(parts) is not int or not 1 <= part <= parts <= limits.ENTRIES:
        raise hostile("The manifest of the bundle does not say which part of how many it is.")
    if not isinstance(manifest.get("files"), dict):
        raise hostile("The manifest of the bundle does not list its files.")


def _check_list(manifest: Mapping[str, Any], places: Mapping[str, Place]) -> None:
    listed = manifest["files"]
    if absent := len(listed.keys() - places.keys()):
        raise damaged(f"Files that the manifest of the bundle lists are missing: {absent} of {len(listed)}.")
    if places.keys() - listed.keys():
        raise hostile("The bundle has files in it that its manifest does not list.")
    for name, place in places.items():
        entry = listed[name]
        kind = LINES_NAME.match(name)
        if kind and manifest["format"] == FIRST_FORMAT and kind[1] not in FIRST_KINDS_OF_LINES:
            kind = None
        if not kind and not BLOB_NAME.match(name) and name != KEYS:
            raise hostile("The bundle has a file in it that this format does not have.")
        if not isinstance(entry, dict) or entry.keys() != {"sha256", "size"}:
            raise hostile("The manifest of the bundle describes a file in a way that manifests do not.")
        if type(entry["size"]) is not int or entry["size"] != place.entry.size:
            raise hostile("A file in the bundle has another size than the manifest says.")
        if (match := BLOB_NAME.match(name)) and match[1] != entry["sha256"]:
            raise hostile("An attachment in the bundle has a name that is not its own hash.")


def _check_digest(digest: str, manifest: Mapping[str, Any], name: str) -> None:
    if digest != manifest["files"][name]["sha256"]:
        raise hostile("A file in the bundle is not the one that was signed: its hash is wrong.")


# ---- lines ----------------------------------------------------------------------------------------------------
def _check_lines(content: bytes, budget: int) -> int:
    """Return how many lines a file has; refuse what no writer of lines produces."""
    if not content.endswith(b"\n"):
        raise hostile("A file of lines in the bundle does not end with its last line.")
    count = content.count(b"\n")
    if count > budget:
        raise hostile("The bundle has more lines than a bundle may have.")
    if content.startswith(b"\n") or b"\n\n" in content:
        raise hostile("A file of lines in the bundle has an empty line.")
    if len(content) > limits.LINE_BYTES and max(map(len, content[:-1].split(b"\n"))) > limits.LINE_BYTES:
        raise hostile("A file in the bundle has a line longer than 32 MB.")
    return count


def _check_bodies(content: bytes, seen: set[bytes]) -> None:
    for line in content[:-1].split(b"\n"):
        link, _ = _body(line)
        name = bytes.fromhex(link)
        if name in seen:
            raise hostile("The bundle has two bodies for one link.")
        seen.add(name)


def _body(line: bytes) -> tuple[str, bytes]:
    match = _BODY.match(line)
    try:
        body = base64.b64decode(match[1], validate=True) if match else None
    except ValueError:
        body = None
    if match is None or body is None or base64.b64encode(body) != match[1]:
        raise hostile("The bundle has a body that is not written as bodies are.")
    return match[2].decode("ascii"), body
