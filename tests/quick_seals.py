"""Bundles sealed to a passphrase with less work than age asks for: tests have better to do than to be slow to guess.

What is written is age's own form (age-encryption.org/v1); the program opens it with the library that it always uses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

WORK: Final = 10
"Scrypt's rounds as a power of two; age takes about a second, which is 18 or so."
_CHUNK: Final = 64 * 1024
_VERSION: Final = "age-encryption.org/v1"


def encrypt(content: bytes, passphrase: str, work: int = WORK) -> bytes:
    """Return ``content`` sealed to a passphrase, as ``pyrage.passphrase.encrypt`` does; ``work`` as ``WORK``."""
    key, salt = os.urandom(16), os.urandom(16)
    asked = f"{_VERSION}/scrypt".encode() + salt
    guessed = hashlib.scrypt(passphrase.encode(), salt=asked, n=1 << work, r=8, p=1, maxmem=1 << 30, dklen=32)
    wrapped = ChaCha20Poly1305(guessed).encrypt(bytes(12), key, None)
    head = f"{_VERSION}\n-> scrypt {_letters(salt)} {work}\n{_letters(wrapped)}\n---".encode()
    mac = hmac.digest(_derived(key, b"", b"header"), head, "sha256")
    nonce = os.urandom(16)
    cipher = ChaCha20Poly1305(_derived(key, nonce, b"payload"))
    chunks = [content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK)] or [b""]
    sealed = [
        cipher.encrypt(number.to_bytes(11, "big") + bytes([number == len(chunks) - 1]), chunk, None)
        for number, chunk in enumerate(chunks)
    ]
    return b"".join([head, b" ", _letters(mac).encode(), b"\n", nonce, *sealed])


def _letters(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt or None, purpose).derive(key)
