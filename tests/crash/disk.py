"""A disk as a power cut leaves it, made anew from the record of what a process did to it.

What was synced is there. Of what was written since to a file, any part may be there: all, none, some of the writes in
any order, some of their sectors of 512 bytes. Where a file grew and a part did not come, there are zeros, or what lay
on the disk before. What files are called changes in the order of the calls, as journalling file systems do it, and for
certain only once their folder is synced. New folders are there at once.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SECTOR: Final = 512
_HEAD: Final = struct.Struct("<cIQI")

MOODS: Final = ("none", "all", "first", "writes", "sectors")
"What a power cut takes of the writes to a file that were not synced."


@dataclass(frozen=True)
class Record:
    """One change, in the words of ``disk.c``."""

    kind: str
    handle: int
    offset: int
    payload: bytes


def records(log: bytes) -> Iterator[Record]:
    """Yield the changes of a log."""
    at = 0
    while at < len(log):
        kind, handle, offset, length = _HEAD.unpack_from(log, at)
        at += _HEAD.size
        yield Record(kind.decode(), handle, offset, log[at : at + length])
        at += length


@dataclass
class File:
    """What is on the disk for certain of a file, and what is on its way there: (offset, data), or (size, None)."""

    certain: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        """Make all of it certain."""
        for offset, data in self.pending:
            _put(self.certain, offset, data)
        self.pending.clear()

    def cut(self, draw: random.Random) -> bytes:
        """Return the file as a power cut may leave it."""
        mood = draw.choice(MOODS)
        if not self.pending or mood == "none":
            return bytes(self.certain)
        kept = self.pending
        if mood == "first":
            kept = kept[: draw.randrange(len(kept) + 1)]
        elif mood == "writes":
            kept = [change for change in kept if draw.random() < 0.6]
        elif mood == "sectors":
            kept = [part for change in kept for part in _torn(change) if draw.random() < 0.7]
        found = bytearray(self.certain)
        garbage = draw.random() < 0.3
        for offset, data in kept:
            if garbage and data is not None and offset > len(found):
                found += draw.randbytes(offset - len(found))
            _put(found, offset, data)
        return bytes(found)


def _put(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _torn(change: tuple[int, bytes | None]) -> Iterator[tuple[int, bytes | None]]:
    """Yield a write as the sectors it is made of."""
    offset, data = change
    if data is None:
        yield change
        return
    at = 0
    while at < len(data):
        end = min(len(data), at + SECTOR - (offset + at) % SECTOR)
        yield offset + at, data[at:end]
        at = end


class Disk:
    """The files below a folder, as they come to be by one change after another."""

    def __init__(self, there: dict[str, bytes]) -> None:
        self._files = {name: File(bytearray(data)) for name, data in there.items()}  # by the names of now
        self._certain = dict(self._files)  # by the names that are certain
        self._renamed: list[tuple[str, str, File | None]] = []  # (folder, name, what it means from now on)
        self._open: dict[int, tuple[str, File | None]] = {}

    def take(self, record: Record) -> None:
        """Let a change happen."""
        path = record.payload.decode("utf-8", "surrogateescape") if record.kind in "oru" else ""
        if record.kind == "o":
            self._opened(record, path)
        elif record.kind == "r":
            old, new = path.split("\0")
            self._name(new, self._files[old])
            self._name(old, None)
        elif record.kind == "u":
            self._name(path, None)
        elif record.kind in "wts":
            name, file = self._open[record.handle]
            if file is None:
                self._sync_folder(name)
            elif record.kind == "w":
                file.pending.append((record.offset, record.payload))
            elif record.kind == "t":
                file.pending.append((record.offset, None))
            else:
                file.sync()

    def _opened(self, record: Record, path: str) -> None:
        if record.offset & 4:
            self._open[record.handle] = path, None
            return
        if path not in self._files:
            self._name(path, File())
        file = self._files[path]
        if record.offset & 2:
            file.pending.append((0, None))
        self._open[record.handle] = path, file

    def _name(self, path: str, file: File | None) -> None:
        self._renamed.append((str(Path(path).parent), path, file))
        _call(self._files, path, file)

    def _sync_folder(self, folder: str) -> None:
        """Names change in order, so those of other folders that changed before are certain, too."""
        last = max((place for place, change in enumerate(self._renamed) if change[0] == folder), default=-1)
        for _, path, file in self._renamed[: last + 1]:
            _call(self._certain, path, file)
        del self._renamed[: last + 1]

    def cut(self, draw: random.Random) -> dict[str, bytes]:
        """Return what is found after a power cut that comes now."""
        names = dict(self._certain)
        count = draw.choice((0, len(self._renamed), draw.randrange(len(self._renamed) + 1)))
        for _, path, file in self._renamed[:count]:
            _call(names, path, file)
        return {name: file.cut(draw) for name, file in names.items()}


def _call(names: dict[str, File], path: str, file: File | None) -> None:
    if file is None:
        names.pop(path, None)
    else:
        names[path] = file
