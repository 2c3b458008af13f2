"""Whether a downloaded installer is what was released: its sum, and the signature over all sums. Works offline."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

from triage_app.errors import BadFile, NotFound
from triage_app.formats import release_sums
from triage_app.language import say
from triage_app.paths import resources

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"


def trusted_keys() -> tuple[str, ...]:
    """Return the release keys that this program trusts (Ed25519, hexadecimal); none until a release key exists."""
    told = json.loads((resources() / "releases" / "keys.json").read_text(encoding="utf-8"))
    return tuple(one["ed25519"] for one in told["keys"])


def check(path: Path, keys: tuple[str, ...]) -> str:
    """Return the SHA-256 of a file that the signed list beside it names.

    Raises ``NotFound`` where a file is missing, ``TriageError`` where no trusted key signed the list, and ``BadFile``
    where the list does not name the file or names another sum.
    """
    wanted = wanted_of(path, keys)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise _missing(path) from None
    refuse_other(path, found, wanted)
    return found


def wanted_of(path: Path, keys: tuple[str, ...]) -> str:
    """Return the SHA-256 that the signed list beside a file names for it; raises as ``check`` does."""
    signed = _read(path.parent / SUMS, release_sums.MAX_BYTES)
    release_sums.signer(signed, _read(path.parent / SIGNATURE, release_sums.SIGNATURE_BYTES), keys)
    wanted = release_sums.sums(signed).get(path.name)
    if wanted is None:
        raise BadFile(
            say("The signed list of the release does not name {0}.", path.name),
            "Do not install it. Keep the name it was published under, and take the list of the same release.",
        )
    return wanted


def refuse_other(path: Path, found: str, wanted: str) -> None:
    """Raise ``BadFile`` for a file whose sum is another than the one that was signed."""
    if found != wanted:
        raise BadFile(
            say("{0} is not the file that was released: it was changed, or cut short.", path.name),
            "Do not install it. Fetch it again.",
        )


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError:
        raise _missing(path) from None
    if len(data) > limit:
        raise BadFile("The list of the release is not what it should be.", "Fetch the release again.")
    return data


def _missing(path: Path) -> NotFound:
    return NotFound(
        say("{0} cannot be read.", path.name), "Put the file, SHA256SUMS and SHA256SUMS.sig into one folder."
    )
