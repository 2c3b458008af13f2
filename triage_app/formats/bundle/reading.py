"""Reading bundles: everything is checked in a fixed order before anything is used (trust.md, section 2).

There is no way to the content past the signature. The manifest and its signature are unpacked and
verified first; other content is unpacked, in memory, only once sender and addressee are known.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from triage_app.domain.canonical import parse
from triage_app.domain.words import device_id
from triage_app.errors import BadBundle, BadFile
from triage_app.formats.bundle import limits, refusals, sealing
from triage_app.formats.bundle.contents import (
    BLOB_NAME,
    FORMAT,
    KEYS,
    LINES_NAME,
    MANIFEST,
    SIGNATURE,
    OpenedBundle,
)
from triage_app.formats.bundle.refusals import damaged, hostile
from triage_app.formats.bundle.unpacking import Place, directory, unpacked
from triage_app.formats.bundle.writing import SIGNED

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
    archive, manifest, places = _opened(untrusted, identities, my_device, passphrase, check_signer)
    lines: dict[str, list[bytes]] = {"links": [], "bodies": [], "evidence": []}
    blobs: dict[str, bytes] = {}
    keys: bytes | None = None
    budget = limits.LINES
    for name in sorted(places):
        content = b"".join(unpacked(archive, places[name]))
        _check_digest(hashlib.sha256(content).hexdigest(), manifest, name)
        if match := LINES_NAME.match(name):
            found = _lines(content, budget)
            budget -= len(found)
            lines[match[1]] += found
        elif name == KEYS:
            keys = content
        else:
            blobs[name.removeprefix("blobs/")] = content
    return OpenedBundle(
        manifest=manifest,
        signer=manifest["signer"],
        device=manifest["from"],
        links=lines["links"],
        bodies=_bodies(lines["bodies"]),
        evidence=lines["evidence"],
        keys=keys,
        blobs=blobs,
    )


def peek_bundle(
    untrusted: bytes | Path, *, identities: Sequence[str], my_device: str, passphrase: str | None = None
) -> dict[str, Any]:
    """Return the manifest of a part, keeping none of its content.

    Seal, archive, signature, addressee, list and hashes are checked as in ``read_bundle``, and refused alike.
    """
    archive, manifest, places = _opened(untrusted, identities, my_device, passphrase, None)
    for name, place in places.items():
        digest = hashlib.sha256()
        for block in unpacked(archive, place):
            digest.update(block)
        _check_digest(digest.hexdigest(), manifest, name)
    return manifest


def file_bytes(path: Path) -> bytes:
    """Return the bytes of a file, as many as a part may have and one more. Raises ``BadFile``."""
    try:
        with path.open("rb") as file:
            data = file.read(limits.SEALED_BYTES + 1)
    except OSError as error:
        raise BadFile(
            f"{path.name} could not be read.", "Check that the stick is still there and try again."
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
            f"The bundle has {first.parts} parts, and these are missing: {few}.",
            "Choose all parts together; they lie beside each other as .2, .3 and so on.",
            "parts-missing",
        )
    return ordered


# ---- the fixed order ------------------------------------------------------------------------------------------
def _opened(
    untrusted: bytes | Path,
    identities: Sequence[str],
    my_device: str,
    passphrase: str | None,
    check_signer: SignerCheck | None,
) -> tuple[bytes, dict[str, Any], dict[str, Place]]:
    """Return the archive, the verified manifest, and where the files that it lists lie."""
    sealed = untrusted if isinstance(untrusted, bytes) else file_bytes(untrusted)
    archive, by_passphrase = sealing.unseal(sealed, identities, passphrase)
    places = directory(archive)
    manifest = _signed_manifest(archive, places)
    _check_format(manifest)
    _check_shape(manifest)
    if manifest["to"] if by_passphrase else my_device not in manifest["to"]:
        raise refusals.not_addressed()
    if check_signer is not None:
        check_signer(manifest["signer"], manifest)
    files = {name: place for name, place in places.items() if name not in (MANIFEST, SIGNATURE)}
    _check_list(manifest["files"], files)
    return archive, manifest, files


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


def _check_list(listed: dict[str, Any], places: Mapping[str, Place]) -> None:
    if absent := len(listed.keys() - places.keys()):
        raise damaged(f"Files that the manifest of the bundle lists are missing: {absent} of {len(listed)}.")
    if places.keys() - listed.keys():
        raise hostile("The bundle has files in it that its manifest does not list.")
    for name, place in places.items():
        entry = listed[name]
        if not LINES_NAME.match(name) and not BLOB_NAME.match(name) and name != KEYS:
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
def _lines(content: bytes, budget: int) -> list[bytes]:
    if not content.endswith(b"\n"):
        raise hostile("A file of lines in the bundle does not end with its last line.")
    if content.count(b"\n") > budget:
        raise hostile("The bundle has more lines than a bundle may have.")
    lines = content[:-1].split(b"\n")
    if not all(lines):
        raise hostile("A file of lines in the bundle has an empty line.")
    if max(map(len, lines)) > limits.LINE_BYTES:
        raise hostile("A file in the bundle has a line longer than 32 MB.")
    return lines


def _bodies(lines: list[bytes]) -> dict[str, bytes]:
    bodies: dict[str, bytes] = {}
    for line in lines:
        match = _BODY.match(line)
        try:
            body = base64.b64decode(match[1], validate=True) if match else None
        except ValueError:
            body = None
        if match is None or body is None or base64.b64encode(body) != match[1]:
            raise hostile("The bundle has a body that is not written as bodies are.")
        link = match[2].decode("ascii")
        if link in bodies:
            raise hostile("The bundle has two bodies for one link.")
        bodies[link] = body
    return bodies
