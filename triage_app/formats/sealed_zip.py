"""An encrypted ZIP that common tools open: WinZip's AE-2 with AES-256, every entry stored, written in one pass.

Each entry has a salt of its own; PBKDF2-HMAC-SHA1 with 1,000 rounds gives its two keys, AES-256 in counter mode (the
counter counts upwards from 1, least byte first) covers it, and the first 10 bytes of HMAC-SHA1 over what is covered
close it. The rounds are too few for a passphrase that a person thinks up, so it is made here: ``new_passphrase``.
Layout after PKWARE's APPNOTE and WinZip's description of AE-2, from memory; 7-Zip and libarchive read what is written.
Names and sizes of entries are not covered: names must say nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import struct
from collections.abc import Iterable
from typing import IO, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_ROUNDS: Final = 1000
_SALT, _CHECK, _MAC = 16, 2, 10
_BLOCK: Final = 16
_AES: Final = 99
"The method that says: look into the extra field."

_EXTRA: Final = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)
"AE-2, AES-256, stored."

_FLAGS: Final = 0x0001 | 0x0800
"Encrypted; names in UTF-8."

_DATE: Final = 0x21
"1 January 1980: an archive says nothing about when beyond its manifest."

_LOCAL: Final = struct.Struct("<IHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<IHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<IHHHHIIH")
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"No sign that is taken for another when it is read out or written down."

_GROUPS, _SIGNS = 5, 5
_MOST: Final = 0xFFFFFFFF


def new_passphrase() -> str:
    """Return a passphrase of 25 signs in groups of five: 123 bits, which 1,000 rounds need not stretch."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_SIGNS)) for _ in range(_GROUPS))


class SealedZip:
    """An encrypted ZIP being written; ``close`` completes it."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        self._file = file
        self._passphrase = passphrase.encode()
        self._at = 0
        self._directory: list[bytes] = []

    def add(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """Write one entry of ``size`` bytes, which come in pieces; raise ``ValueError`` for more or fewer."""
        named = name.encode()
        covered = _SALT + _CHECK + size + _MAC
        if self._at + covered + 1024 > _MOST:
            raise ValueError("an archive has less than 4 GiB")
        salt = os.urandom(_SALT)
        keys = hashlib.pbkdf2_hmac("sha1", self._passphrase, salt, _ROUNDS, 2 * 32 + _CHECK)
        start = self._at
        self._write(
            _LOCAL.pack(0x04034B50, 51, _FLAGS, _AES, 0, _DATE, 0, covered, size, len(named), len(_EXTRA))
            + named + _EXTRA + salt + keys[64:]
        )  # fmt: skip
        stream = _Keystream(keys[:32])
        mac = hmac.new(keys[32:64], digestmod=hashlib.sha1)
        written = 0
        for piece in pieces:
            written += len(piece)
            if written > size:
                break
            hidden = stream.over(piece)
            mac.update(hidden)
            self._write(hidden)
        if written != size:
            raise ValueError("an entry has as many bytes as was said")
        self._write(mac.digest()[:_MAC])
        self._directory.append(
            _CENTRAL.pack(
                0x02014B50, 51, 51, _FLAGS, _AES, 0, _DATE, 0, covered, size, len(named), len(_EXTRA), 0, 0, 0, 0, start
            )
            + named + _EXTRA
        )  # fmt: skip

    def close(self) -> None:
        """Write the directory. The file itself stays open."""
        start = self._at
        for entry in self._directory:
            self._write(entry)
        count = len(self._directory)
        self._write(_END.pack(0x06054B50, 0, 0, count, count, self._at - start, start, 0))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)


class _Keystream:
    """AES-256 in counter mode with a counter of 16 bytes, the least first, which no library's own mode has."""

    def __init__(self, key: bytes) -> None:
        self._blocks = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - counters, each once
        self._next = 1
        self._left = b""

    def over(self, piece: bytes) -> bytes:
        """Return a piece with the next bytes of the stream laid over it."""
        lacking = len(piece) - len(self._left)
        if lacking > 0:
            count = -(-lacking // _BLOCK)
            counters = b"".join([n.to_bytes(_BLOCK, "little") for n in range(self._next, self._next + count)])
            self._next += count
            self._left += self._blocks.update(counters)
        stream, self._left = self._left[: len(piece)], self._left[len(piece) :]
        mixed = int.from_bytes(piece, "little") ^ int.from_bytes(stream, "little")
        return mixed.to_bytes(len(piece), "little")
