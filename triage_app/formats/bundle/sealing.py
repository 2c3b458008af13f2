"""The seal around a bundle: age, to the keys of chosen devices or to a passphrase.

pyrage 1.4 is given a header only after we have checked and bounded it ourselves: it reads headers in
quadratic time, and it reports damage as ``DecryptError`` or as plain ``OSError``. Everything is
opened in memory: opened to a file, a damaged bundle leaves part of its content on the disk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pyrage
from pyrage import passphrase as passphrases
from pyrage import x25519

from triage_app.formats.bundle import refusals
from triage_app.formats.bundle.limits import HEADER_BYTES, RECIPIENTS, SEALED_BYTES

MAGIC: Final = b"age-encryption.org/v1\n"
_ANY_VERSION: Final = re.compile(rb"age-encryption\.org/v[0-9]{1,3}\n")
_STANZA: Final = re.compile(
    rb"-> ([\x21-\x7e]{1,64})(?: [\x21-\x7e]{1,200}){0,8}\n(?:[A-Za-z0-9+/]{64}\n){0,40}[A-Za-z0-9+/]{0,63}\n"
)
_MAC: Final = re.compile(rb"--- [A-Za-z0-9+/]{43}\n")

OVERHEAD: Final = 4096
STANZA_BYTES: Final = 256
"Room that the header takes: an X25519 stanza has 101 bytes, and age adds a random extra one."
CHUNK: Final = 64 * 1024
TAG: Final = 16


def new_key() -> str:
    """Return a new age X25519 secret key, as text."""
    return str(x25519.Identity.generate())


def recipient_of(secret_key: str) -> str:
    """Return the recipient that a secret key opens for; raise ``ValueError`` if it is no age X25519 key."""
    try:
        return str(x25519.Identity.from_str(secret_key).to_public())
    except pyrage.IdentityError as error:
        raise ValueError("not an age X25519 secret key") from error


def is_recipient(untrusted_text: str) -> bool:
    """Tell whether text is an age X25519 recipient, written in the one usual way."""
    try:
        return str(x25519.Recipient.from_str(untrusted_text)) == untrusted_text
    except pyrage.RecipientError:
        return False


def sealed_size_bound(size: int, recipients: int) -> int:
    """Return how many bytes ``size`` bytes may take once sealed, at the most."""
    return size + TAG * (size // CHUNK + 2) + OVERHEAD + STANZA_BYTES * recipients


def seal(content: bytes, recipients: Sequence[str], passphrase: str | None = None) -> bytes:
    """Return ``content`` sealed to age X25519 recipients, or to a passphrase (which takes some seconds).

    Raises ``ValueError`` unless exactly one of the two is given, for more than ``RECIPIENTS``, and
    for text that is no X25519 recipient.
    """
    if passphrase is not None:
        if recipients or not passphrase:
            raise ValueError("a bundle is sealed to devices or to a passphrase, not to both or neither")
        return bytes(passphrases.encrypt(content, passphrase))
    if not 0 < len(recipients) <= RECIPIENTS or len(set(recipients)) != len(recipients):
        raise ValueError(f"a bundle is sealed to 1 to {RECIPIENTS} different keys")
    try:
        keys = [x25519.Recipient.from_str(text) for text in recipients]
    except pyrage.RecipientError as error:
        raise ValueError("not an age X25519 recipient") from error
    return bytes(pyrage.encrypt(content, keys))


def unseal(untrusted_bytes: bytes, identities: Sequence[str], passphrase: str | None = None) -> tuple[bytes, bool]:
    """Return what is sealed, and whether by passphrase; raise ``BadBundle`` unless it is whole and ours to open.

    ``identities`` are age secret keys. A passphrase, where one is given, is used only on a bundle
    that is sealed with one.
    """
    by_passphrase = _check_header(untrusted_bytes)
    if by_passphrase:
        if passphrase is None:
            raise refusals.passphrase_needed()
        return _by_passphrase(untrusted_bytes, passphrase), True
    if not identities and passphrase is not None:
        raise refusals.passphrase_unwanted()
    keys = [x25519.Identity.from_str(text) for text in identities]
    try:
        return bytes(pyrage.decrypt(untrusted_bytes, keys)), False
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise refusals.not_for_this_device() from error
        raise refusals.broken_seal() from error
    except OSError as error:
        raise refusals.broken_seal() from error


def _by_passphrase(untrusted_bytes: bytes, passphrase: str) -> bytes:
    try:
        return bytes(passphrases.decrypt(untrusted_bytes, passphrase))
    except pyrage.DecryptError as error:
        reason = str(error)
        if "Excessive work" in reason:
            raise refusals.excessive_work() from error
        if "Decryption failed" in reason:
            raise refusals.wrong_passphrase() from error
        raise refusals.broken_seal() from error
    except OSError as error:
        raise refusals.broken_seal() from error


def _check_header(data: bytes) -> bool:
    """Return whether the seal is a passphrase's; raise ``BadBundle`` unless the header is a small, whole one."""
    if not data:
        raise refusals.empty()
    if len(data) > SEALED_BYTES:
        raise refusals.too_large()
    if not data.startswith(MAGIC):
        if MAGIC.startswith(data):
            raise refusals.cut_short()
        if _ANY_VERSION.match(data):
            raise refusals.newer()
        raise refusals.not_a_bundle()
    header = data[:HEADER_BYTES]
    kinds: list[bytes] = []
    at = len(MAGIC)
    while match := _STANZA.match(header, at):
        kinds.append(match[1])
        at = match.end()
        if len(kinds) > RECIPIENTS + 8:
            raise refusals.hostile("The bundle is sealed to more keys than any bundle is.")
    if not _MAC.match(header, at):
        if len(data) < HEADER_BYTES and b"\n--- " not in header:
            raise refusals.cut_short()
        raise refusals.broken_header()
    return b"scrypt" in kinds
