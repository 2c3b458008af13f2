"""The seal around a bundle: age, to the keys of chosen devices or to a passphrase.

pyrage 1.4 is given a header only after we have checked and bounded it ourselves: it reads headers in
quadratic time, and it reports damage as ``DecryptError`` or as plain ``OSError``. Everything is
opened in memory: opened to a file, a damaged bundle leaves part of its content on the disk. It is given files of
Python's own making, as it keeps every other thread waiting while it works on bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import IO, Final

import pyrage
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from pyrage import passphrase as passphrases
from pyrage import x25519

from triage_app.errors import TriageError
from triage_app.formats.bundle import refusals
from triage_app.formats.bundle.limits import HEADER_BYTES, KEPT_BYTES, RECIPIENTS, SEALED_BYTES

MAGIC: Final = b"age-encryption.org/v1\n"
_ANY_VERSION: Final = re.compile(rb"age-encryption\.org/v[0-9]{1,3}\n")
_STANZA: Final = re.compile(
    rb"-> ([\x21-\x7e]{1,64})(?: [\x21-\x7e]{1,200}){0,8}\n(?:[A-Za-z0-9+/]{64}\n){0,40}[A-Za-z0-9+/]{0,63}\n"
)
_MAC: Final = re.compile(rb"--- [A-Za-z0-9+/]{43}\n")

_WORK: Final = re.compile(rb"\n-> scrypt [^ \n]+ ([0-9]{1,2})\n")
LEAST_WORK: Final = 16
"""Scrypt's rounds as a power of two below which a seal to a passphrase is made anew: a quarter of age's usual 18."""
_SEALS_TRIED: Final = 6

OVERHEAD: Final = 4096
STANZA_BYTES: Final = 256
"Room that the header takes: an X25519 stanza has 101 bytes, and age adds a random extra one."
CHUNK: Final = 64 * 1024
TAG: Final = 16

_PREFIX, _SUM_LETTERS, _LETTERS = "age1", 6, "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
"How a recipient is written (BIP 173): a prefix, letters of five bits each, a sum."


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
    """Tell whether text is an age X25519 recipient, written in the one usual way, to which can be sealed.

    To a point of small order nothing can: anybody could open it, and pyrage panics.
    """
    try:
        is_usual = str(x25519.Recipient.from_str(untrusted_text)) == untrusted_text
    except pyrage.RecipientError:
        return False
    return is_usual and _has_secrets(_point_of(untrusted_text))


def _point_of(recipient: str) -> bytes:
    """Return the 32 bytes that a recipient writes in letters of five bits each, behind ``age1`` and before the sum."""
    number = 0
    for letter in recipient[len(_PREFIX) : -_SUM_LETTERS]:
        number = number << 5 | _LETTERS.index(letter)
    return (number >> 4).to_bytes(32, "big")


def _has_secrets(point: bytes) -> bool:
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        return False
    return True


def sealed_size_bound(size: int, recipients: int) -> int:
    """Return how many bytes ``size`` bytes may take once sealed, at the most."""
    return size + TAG * (size // CHUNK + 2) + OVERHEAD + STANZA_BYTES * recipients


def seal(content: bytes, recipients: Sequence[str], passphrase: str | None = None) -> bytes:
    """Return ``content`` sealed to age X25519 recipients, or to a passphrase (which takes some seconds).

    Raises ``ValueError`` unless exactly one of the two is given, for more than ``RECIPIENTS``, and
    for text that is no X25519 recipient; ``TriageError`` where it could not be done.
    """
    if passphrase is not None:
        if recipients or not passphrase:
            raise ValueError("a bundle is sealed to devices or to a passphrase, not to both or neither")
        with _in_words():
            return _to_passphrase(content, passphrase)
    keys = _recipients(recipients)
    with _in_words():
        return bytes(pyrage.encrypt(content, keys))


def _to_passphrase(content: bytes, passphrase: str) -> bytes:
    """Return the first seal of some that is dear enough to try, or the dearest of them.

    age asks for as much work as takes this computer about a second: if it was busy just then, for far less.
    """
    best, most = b"", -1
    for _ in range(_SEALS_TRIED):
        sealed = bytes(passphrases.encrypt(content, passphrase))
        match = _WORK.search(sealed[:HEADER_BYTES])
        work = int(match[1]) if match else 0
        if work > most:
            best, most = sealed, work
        if most >= LEAST_WORK:
            break
    return best


def seal_pieces(pieces: Iterable[bytes], recipients: Sequence[str], target: IO[bytes]) -> None:
    """Write what some pieces make together to a file, sealed to age X25519 recipients, without ever holding it whole.

    Raises what the pieces or the file raise, whatever that is, and what ``seal`` does.
    """
    keys = _recipients(recipients)
    with _in_words(), _through(_Pieces(pieces), _Target(target)) as (source, sink):
        pyrage.encrypt_io(source, sink, keys)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (pyrage.EncryptError, pyrage.RecipientError) as error:
        raise TriageError(
            "What was to be sealed could not be: the encryption failed.",
            "Do it again. If this comes back, ask each recipient for a new identity file; nothing was written.",
            "seal",
        ) from error


class _Pieces:
    """Pieces as a file that is read. Others compute between two of them: left to itself, pyrage lets nobody."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._piece = memoryview(b"")
        self.failed: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most so many; b"" at the end."""
        with _remembered(self):
            while not self._piece:
                following = next(self._pieces, None)
                if following is None:
                    return b""
                self._piece = memoryview(following)
        some = self._piece if size < 0 else self._piece[:size]
        self._piece = self._piece[len(some) :]
        return bytes(some)


class _Target:
    """A file that is written, of Python's own for the same reason."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.failed: BaseException | None = None

    def write(self, data: bytes) -> int:
        """Write bytes."""
        with _remembered(self):
            return self._file.write(data)

    def flush(self) -> None:
        """Leave that to whoever opened the file."""


@contextmanager
def _remembered(file: _Pieces | _Target) -> Iterator[None]:
    """Let a file remember what it raised, even where somebody stopped it: pyrage makes an error of its own of that."""
    is_done = False
    try:
        yield
        is_done = True
    finally:
        if not is_done:
            file.failed = sys.exc_info()[1]


@contextmanager
def _through(source: _Pieces, sink: _Target) -> Iterator[tuple[_Pieces, _Target]]:
    """Raise what reading or writing raised itself, in place of what pyrage makes of it."""
    try:
        yield source, sink
    except (OSError, pyrage.DecryptError, pyrage.EncryptError) as error:
        failed = source.failed or sink.failed
        if failed is None or failed is error:
            raise
        raise failed from None


def _recipients(recipients: Sequence[str]) -> list[x25519.Recipient]:
    if not 0 < len(recipients) <= RECIPIENTS or len(set(recipients)) != len(recipients):
        raise ValueError(f"a bundle is sealed to 1 to {RECIPIENTS} different keys")
    if not all(map(is_recipient, recipients)):
        raise ValueError("not an age X25519 recipient")
    return [x25519.Recipient.from_str(text) for text in recipients]


def unseal(untrusted_bytes: bytes, identities: Sequence[str], passphrase: str | None = None) -> tuple[bytes, bool]:
    """Return what is sealed, and whether by passphrase; raise ``BadBundle`` unless it is whole and ours to open.

    ``identities`` are age secret keys. A passphrase, where one is given, is used only on a bundle
    that is sealed with one.
    """
    return unseal_pieces((untrusted_bytes,), len(untrusted_bytes), identities, passphrase)


def unseal_pieces(
    untrusted_pieces: Iterable[bytes], size: int, identities: Sequence[str], passphrase: str | None = None
) -> tuple[bytes, bool]:
    """Return what ``unseal`` does of a file of so many bytes that comes in pieces, which are never held together.

    The first piece has to hold the header. Raises what the pieces raise as well.
    """
    pieces = iter(untrusted_pieces)
    first = next(pieces, b"")
    by_passphrase = _check_header(first, size)
    if by_passphrase:
        if passphrase is None:
            raise refusals.passphrase_needed()
        return _by_passphrase(b"".join((first, *pieces)), passphrase), True
    if not identities and passphrase is not None:
        raise refusals.passphrase_unwanted()
    keys = _identities(identities)
    opened = io.BytesIO()
    try:
        with _through(_Pieces(chain((first,), pieces)), _Target(opened)) as (source, sink):
            pyrage.decrypt_io(source, sink, keys)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise refusals.not_for_this_device() from error
        raise refusals.broken_seal() from error
    except OSError as error:
        raise refusals.broken_seal() from error
    return opened.getvalue(), False


def _identities(texts: Sequence[str]) -> list[x25519.Identity]:
    try:
        return [x25519.Identity.from_str(text) for text in texts]
    except pyrage.IdentityError as error:
        raise TriageError(
            "The keys of this device, which open what is sealed to it, cannot be read.", "Restore the newest backup.",
            "damaged",
        ) from error  # fmt: skip


class OnceOpened(str):
    """A passphrase that holds what it opened last, for as long as somebody holds it.

    age makes opening slow on purpose, some seconds on a small laptop, and one look at a bundle opens it several times.
    What is larger than ``KEPT_BYTES`` is not held.
    """

    def open(self, untrusted_bytes: bytes) -> bytes:
        """Return what is sealed. Raises what pyrage does."""
        digest = hashlib.sha256(untrusted_bytes).digest()
        held: tuple[bytes, bytes] | None = getattr(self, "_held", None)
        if held is not None and held[0] == digest:
            return held[1]
        content = bytes(passphrases.decrypt(untrusted_bytes, str(self)))
        self._held = (digest, content) if len(content) <= KEPT_BYTES else None
        return content


def _by_passphrase(untrusted_bytes: bytes, passphrase: str) -> bytes:
    try:
        if isinstance(passphrase, OnceOpened):
            return passphrase.open(untrusted_bytes)
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


def _check_header(data: bytes, size: int) -> bool:
    """Return whether the seal is a passphrase's; raise ``BadBundle`` unless the header is a small, whole one."""
    if not data:
        raise refusals.empty()
    if size > SEALED_BYTES:
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
        if size < HEADER_BYTES and b"\n--- " not in header:
            raise refusals.cut_short()
        raise refusals.broken_header()
    return b"scrypt" in kinds
