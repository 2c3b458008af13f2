"""The pages of an encrypted store that SQLite no longer opens, read one by one: each proves itself, or is lost alone.

SQLCipher 4 as this program uses it: pages of 4,096 bytes, the last 80 of each an initialisation vector and an
HMAC-SHA512; the first 16 bytes of the file are the salt. The file is opened to be read, and never by SQLite.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE: Final = 4096
USABLE: Final = PAGE - 80
_IV: Final = 16
_SALT: Final = 16
_MASK: Final = 0x3A
_FAST_ROUNDS: Final = 2
_WAL_HEADER, _FRAME_HEADER = 32, 24
_WAL_MAGIC: Final = (0x377F0682, 0x377F0683)


class Pages:
    """Every page of a store, the newest that was committed of each: of the log beside it, else of the file."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Raises ``OSError`` where the file cannot be opened at all."""
        self._file: IO[bytes] = path.open("rb")
        self._key = key
        self._size = path.stat().st_size
        self._salt = self._raw_at(0)[:_SALT]
        masked = bytes(byte ^ _MASK for byte in self._salt)
        self._mac_key = hashlib.pbkdf2_hmac("sha512", key, masked, _FAST_ROUNDS, 32)
        self._log, pages = _log(path.with_name(path.name + "-wal"))
        self.count = max(-(-self._size // PAGE), pages)
        "How many pages there are, or were; what was cut off at the end is not among them."
        self.bad: set[int] = set()
        "The pages that did not prove themselves, of those that were asked for."
        self.has_salt = self._proves(1, self._raw(1))
        "Whether the first page is whole. Without it no page proves itself, and content alone can."

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def page(self, number: int) -> bytes | None:
        """Return a page in clear, None for one that is lost. Where the salt is lost too, nothing vouches for it."""
        raw = self._raw(number)
        if len(raw) < PAGE or not any(raw) or (self.has_salt and not self._proves(number, raw)):
            self.bad.add(number)
            return None
        start = _SALT if number == 1 else 0
        cipher = Cipher(algorithms.AES(self._key), modes.CBC(raw[USABLE : USABLE + _IV])).decryptor()
        return bytes(start) + cipher.update(raw[start:USABLE]) + cipher.finalize()

    def numbers(self) -> range:
        """Return the numbers of all pages."""
        return range(1, self.count + 1)

    def _raw(self, number: int) -> bytes:
        found = self._log.get(number)
        return found if found is not None else self._raw_at((number - 1) * PAGE)

    def _raw_at(self, place: int) -> bytes:
        try:
            self._file.seek(place)
            return self._file.read(PAGE)
        except OSError:  # a sector that the disk no longer gives
            return b""

    def _proves(self, number: int, raw: bytes) -> bool:
        if len(raw) < PAGE:
            return False
        start = _SALT if number == 1 else 0
        made = hmac.digest(self._mac_key, raw[start : USABLE + _IV] + struct.pack("<I", number), "sha512")
        return hmac.compare_digest(made, raw[USABLE + _IV : USABLE + _IV + 64])


def _log(path: Path) -> tuple[dict[int, bytes], int]:
    """Return the pages that a write-ahead log holds and that were committed, and how many pages the store has then."""
    try:
        with path.open("rb") as file:
            return _committed(file)
    except OSError:
        return {}, 0


def _committed(file: IO[bytes]) -> tuple[dict[int, bytes], int]:
    found: dict[int, bytes] = {}
    since: dict[int, bytes] = {}
    pages = 0
    header = file.read(_WAL_HEADER)
    if len(header) < _WAL_HEADER:
        return found, 0
    magic, _, size, _, *salts = struct.unpack(">6I", header[:24])
    swapped = (magic == _WAL_MAGIC[1]) == (sys.byteorder == "little")
    if magic not in _WAL_MAGIC or size != PAGE:
        return found, 0
    sums = _checksum(header[:24], (0, 0), swapped)
    if sums != struct.unpack(">2I", header[24:]):
        return found, 0
    for frame in _frames(file):
        number, commit, *said = struct.unpack(">4I", frame[:16])
        sums = _checksum(frame[_FRAME_HEADER:], _checksum(frame[:8], sums, swapped), swapped)
        if said != salts or sums != struct.unpack(">2I", frame[16:24]):
            break
        since[number] = frame[_FRAME_HEADER:]
        if commit:
            found.update(since)
            since.clear()
            pages = commit
    return found, pages


def _frames(file: IO[bytes]) -> Iterator[bytes]:
    while len(frame := file.read(_FRAME_HEADER + PAGE)) == _FRAME_HEADER + PAGE:
        yield frame


def _checksum(data: bytes, sums: tuple[int, int], swapped: bool) -> tuple[int, int]:
    words = array("I", data)
    if swapped:
        words.byteswap()
    first, second = sums
    for place in range(0, len(words), 2):
        first = (first + words[place] + second) & 0xFFFFFFFF
        second = (second + words[place + 1] + first) & 0xFFFFFFFF
    return first, second
