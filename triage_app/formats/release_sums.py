"""The list of a release's files: one line each with SHA-256 and name, signed beside it with Ed25519."""

from __future__ import annotations

import re
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from triage_app.errors import BadFile, TriageError

MAX_BYTES: Final = 64 * 1024
SIGNATURE_BYTES: Final = 64
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([A-Za-z0-9][A-Za-z0-9._+~-]{0,199})")


def signer(untrusted_sums: bytes, untrusted_signature: bytes, keys: tuple[str, ...]) -> str:
    """Return which of ``keys`` (Ed25519, hexadecimal) signed the list; raise ``TriageError`` where none did."""
    for key in keys:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(untrusted_signature, untrusted_sums)
        except InvalidSignature:
            continue
        return key
    raise TriageError(
        "No release key that this program trusts has signed the list of the release.",
        "Do not install it. Fetch the release again from where it is published, or ask who gave it to you.",
        "untrusted",
    )


def sums(untrusted: bytes) -> dict[str, str]:
    """Return SHA-256 in hexadecimal by file name; raise ``BadFile`` for a line that is not one, or a name twice."""
    found: dict[str, str] = {}
    for line in untrusted.decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found:
            raise BadFile("The list of the release is not what it should be.", "Fetch the release again.")
        found[match[2]] = match[1]
    return found
