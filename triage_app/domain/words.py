"""How keys and devices are spoken of: ids, the tags in references, the words read out over a telephone.

Id, tag and words all follow from a device's signing key, so no other device can claim them.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from typing import Final

LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ"
"Without I, L, O and U, which are read as 1, 1, 0 and V."
DIGITS: Final = "23456789"
"Without 0 and 1, which are read as O and I."

FINGERPRINT_WORDS: Final = 6
"Six words of 256: 48 bits."


def device_id(public_key: bytes) -> str:
    """Return the id of the device with this Ed25519 public key of 32 bytes: 32 hex characters, 128 bits."""
    if len(public_key) != 32:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return hashlib.sha256(public_key).hexdigest()[:32]


def device_tag(device: str) -> str:
    """Return the four characters that stand for a device in references, like ``K7M4``.

    There are 30,976 of them, so two devices share one about once in 31,000 pairs.
    """
    number = int(device[:12], 16)
    tag = ""
    for alphabet in (LETTERS, DIGITS, LETTERS, DIGITS):
        number, rest = divmod(number, len(alphabet))
        tag += alphabet[rest]
    return tag


def scanned(public_key: bytes) -> str:
    """Return what a QR code of a key says: whose tag it is, and the key itself.

    In capitals, which QR codes hold in less room; a camera reads the whole key, where six words are its fingerprint.
    """
    return f"TRIAGE1 {device_tag(device_id(public_key))} {public_key.hex().upper()}"


@functools.lru_cache(maxsize=1024)
def fingerprint(public_key: bytes) -> bytes:
    """Return the bytes behind a key's fingerprint words.

    48 bits are few enough to be searched, so each guess is made dear: scrypt with 16 MiB takes some
    50 ms, which makes a forged key with the same words the work of 400,000 processor-years.
    """
    return hashlib.scrypt(public_key, salt=b"fingerprint1", n=2**14, r=8, p=1, dklen=FINGERPRINT_WORDS)


def spoken(data: bytes, words: Sequence[str]) -> list[str]:
    """Return one of 256 words for each byte; raise ``ValueError`` for a list of another length."""
    if len(words) != 256:
        raise ValueError("a word list has 256 words")
    return [words[byte] for byte in data]
