"""Compound files (OLE, [MS-CFB]): streams in folders, read from bytes, every walk with an end.

A hostile file makes its chains of sectors run in circles, its folders contain each other, or a thousand
streams share one sector. So a chain is never longer than the file, an entry is read once, and all
streams together hold no more than ``MOST_TOGETHER`` bytes for each byte of the file. (olefile, which
oxmsg reads with, walks a hostile table of tables without end and looks every stream up in lists.)
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_ENTRIES: Final = 50_000
MOST_DEPTH: Final = 30
MOST_TOGETHER: Final = 2
"""Bytes of streams that may be read for each byte of the file."""

_ENTRY: Final = 128
_HEADER = struct.Struct("<8s16s5H6x9I")
_LARGEST_SECTOR: Final = 0xFFFFFFFA
_STORAGE, _STREAM = 1, 2


class BrokenFile(ValueError):
    """The file is no compound file, or not one that can be followed."""


@dataclass(frozen=True)
class Entry:
    """One entry of the directory. ``folder`` tells a storage from a stream."""

    path: tuple[str, ...]
    folder: bool
    start: int
    size: int


class CompoundFile:
    """A compound file in memory. Raises ``BrokenFile`` and nothing else."""

    def __init__(self, untrusted_data: bytes) -> None:
        """Read the tables and the directory."""
        self._data = untrusted_data
        self._left = len(untrusted_data) * MOST_TOGETHER
        if len(untrusted_data) < 1536 or not untrusted_data.startswith(MAGIC):
            raise BrokenFile("no compound file")
        fields = _HEADER.unpack_from(untrusted_data)
        (_, _, _, _, order, shift, mini_shift, _, _, directory, _, self._cutoff, mini, minis, difat, difats) = fields
        if order != 0xFFFE or shift not in {9, 12} or mini_shift != 6:
            raise BrokenFile("a compound file of a kind that nobody writes")
        self._sector = 1 << shift
        self._sectors = len(untrusted_data) // self._sector + 1
        self._fat = self._load_fat(difat, difats)
        entries = self._entries(b"".join(self._chain(directory, self._fat, self._sectors)))
        self._mini_fat = _numbers(b"".join(self._chain(mini, self._fat, min(minis, self._sectors))))
        self.entries = entries

    def _load_fat(self, difat: int, difats: int) -> array[int]:
        tables = _numbers(self._data[76:512])
        seen: set[int] = set()
        most = self._sectors // (self._sector // 4) + 2
        while difats and difat < _LARGEST_SECTOR and difat not in seen and len(tables) < most + 1_200:
            seen.add(difat)
            numbers = _numbers(self._at(difat))
            if not numbers:
                break
            tables += numbers[:-1]
            difat = numbers[-1]
        chosen = [number for number in tables if number < _LARGEST_SECTOR][:most]
        return _numbers(b"".join(self._at(number) for number in chosen))

    def _at(self, sector: int) -> bytes:
        begin = (sector + 1) * self._sector
        return self._data[begin : begin + self._sector]

    def _chain(self, sector: int, table: array[int], most: int) -> Iterator[bytes]:
        """Yield the sectors of a chain, at most ``most``; a chain that comes back to itself is cut there."""
        seen: set[int] = set()
        while sector < len(table) and sector not in seen and len(seen) < most:
            seen.add(sector)
            yield self._at(sector)
            sector = table[sector]

    def _entries(self, directory: bytes) -> list[Entry]:
        """Return every entry that can be reached from the root, in the order of the directory."""
        if len(directory) < _ENTRY:
            raise BrokenFile("a compound file without a directory")
        raw = [directory[at : at + _ENTRY] for at in range(0, min(len(directory), MOST_ENTRIES * _ENTRY), _ENTRY)]
        root = raw[0]
        self._mini = b"".join(self._chain(_start(root), self._fat, min(_size(root) // self._sector + 1, self._sectors)))
        found: dict[int, Entry] = {}
        todo: list[tuple[int, tuple[str, ...]]] = [(_child(root), ())]
        while todo:
            number, folder = todo.pop()
            if number >= len(raw) or number in found or number == 0 or len(raw[number]) < _ENTRY:
                continue
            entry = raw[number]
            kind = entry[66]
            path = (*folder, _name(entry))
            found[number] = Entry(path, kind == _STORAGE, _start(entry), _size(entry))
            left, right = struct.unpack_from("<II", entry, 68)
            todo += [(left, folder), (right, folder)]
            if kind == _STORAGE and len(path) < MOST_DEPTH:
                todo.append((_child(entry), path))
        return [found[number] for number in sorted(found) if raw[number][66] in {_STORAGE, _STREAM}]

    def stream(self, entry: Entry) -> bytes:
        """Return the bytes of a stream, as far as its chain goes."""
        size = min(entry.size, len(self._data))
        if size > self._left:
            raise BrokenFile("its parts are together larger than the file can hold")
        self._left -= size
        if size >= self._cutoff:
            return b"".join(self._chain(entry.start, self._fat, -(-size // self._sector)))[:size]
        parts: list[bytes] = []
        sector, seen = entry.start, 0
        while sector < len(self._mini_fat) and seen * 64 < size:
            parts.append(self._mini[sector * 64 : sector * 64 + 64])
            sector = self._mini_fat[sector]
            seen += 1
        return b"".join(parts)[:size]


def _numbers(data: bytes) -> array[int]:
    numbers: array[int] = array("I")
    numbers.frombytes(data[: len(data) // 4 * 4])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _name(entry: bytes) -> str:
    length = min(max(int.from_bytes(entry[64:66], "little") - 2, 0), 64)
    return entry[: length // 2 * 2].decode("utf-16-le", "replace")


def _child(entry: bytes) -> int:
    return int.from_bytes(entry[76:80], "little")


def _start(entry: bytes) -> int:
    return int.from_bytes(entry[116:120], "little")


def _size(entry: bytes) -> int:
    return int.from_bytes(entry[120:124], "little")
