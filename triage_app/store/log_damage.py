"""Whether acts are missing from the log beside the store.

SQLite reads that log (the WAL) as far as its checksums hold, and says nothing of what comes after: as a rule that is a
transaction which a power cut tore, and which nobody was told of. But the next transaction is written only once the one
before it is on the disk for certain. So where commits of two or more lie beyond what could be read, the first of them
had been acknowledged, and the log is damaged.
"""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path
from typing import Final

from triage_app.errors import TriageError
from triage_app.paths import file_errors, write_whole
from triage_app.store.connection import Store

_HEADER, _FRAME, _PAGE = 32, 24, 4096
_MAGIC: Final = {0x377F0682: "<", 0x377F0683: ">"}


def missing(store: Store) -> int:
    """Return how many acts at least were acknowledged and cannot be read; call it before anything is written."""
    try:
        commits = _commits(_log_of(store))
    except OSError:  # there is none, or the disk does not give it: then the store will say so
        return 0
    if not commits:
        return 0
    read = int(store.rows("PRAGMA wal_checkpoint(NOOP)")[0][1])
    return max(sum(number > read for number in commits) - 1, 0)


def keep(store: Store, stamp: str) -> Path:
    """Put a copy of a damaged log aside, for the next act is written over it; return where it is."""
    log = _log_of(store)
    kept = log.with_name(f"damaged-log-{stamp}")
    with file_errors(log):
        data = log.read_bytes()
    write_whole(kept, data)
    return kept


def fold(store: Store) -> None:
    """Put what a process that was ended left in the log into the store, so that the next act begins the log anew.

    Else the remains of a torn transaction would lie behind the next acts, and after another power cut look like damage.
    It is done as far as it can be done at once: with no room on the disk, or a reader at work, the log goes on.
    """
    with contextlib.suppress(TriageError):
        store.rows("PRAGMA wal_checkpoint(PASSIVE)")


def _log_of(store: Store) -> Path:
    return store.path.with_name(store.path.name + "-wal")


def _commits(path: Path) -> tuple[int, ...]:
    """Return the numbers, from one, of the frames that end a transaction, as the heads of the frames have it."""
    found: list[int] = []
    with path.open("rb", buffering=0) as file:
        header = file.read(_HEADER)
        if len(header) < _HEADER:
            return ()
        whole = _is_whole(header)
        size = int.from_bytes(header[8:12], "big") if whole else _PAGE
        salts = header[16:24] if whole else b""
        number = 0
        while len(frame := file.read(_FRAME)) == _FRAME:
            number += 1
            salts = salts or frame[8:16]
            if frame[8:16] == salts and any(frame[4:8]):
                found.append(number)
            file.seek(size, 1)
    return tuple(found)


def _is_whole(header: bytes) -> bool:
    """Whether a log's header has the checksum that it names (sqlite.org/fileformat2.html, section 4)."""
    order = _MAGIC.get(int.from_bytes(header[:4], "big"))
    if order is None:
        return False
    one = two = 0
    words = struct.unpack(f"{order}6I", header[:24])
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return (one, two) == struct.unpack(">2I", header[24:32])
