"""One writing process a store. A second start is told so; a crash leaves nothing to clear away.

The lock's file also says whether the store is open, so that the next start knows of a session that did not end. A
second process cannot be taken for one: it does not get the lock, and only whoever has it reads or writes that.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from triage_app.errors import StoreBusy, TriageError
from triage_app.language import say
from triage_app.paths import Profile, file_errors
from triage_app.store import where

_OPEN: Final = b"1"
_CLOSED: Final = b"0"


@dataclass
class Lock:
    """A lock on a store, held until released or until the process ends, however it ends."""

    file: IO[bytes]

    def is_marked(self) -> bool:
        """Tell whether whoever opened the store last never came to close it."""
        try:
            self.file.seek(0)
            return self.file.read(1) == _OPEN
        except OSError:  # a disk that does not even say is reason enough to look
            return True

    def mark(self) -> None:
        """Note, in the file of the lock itself, that the store is open: nobody but who holds the lock writes there."""
        self._write(_OPEN)

    def unmark(self) -> None:
        """Note that the store was closed as it should be."""
        self._write(_CLOSED)

    def _write(self, data: bytes) -> None:
        """Write over the one byte that is there, which needs no room; a disk that fails is no reason not to go on."""
        with contextlib.suppress(OSError):
            self.file.seek(0)
            self.file.write(data)
            os.fsync(self.file.fileno())

    def release(self) -> None:
        """Give the lock back."""
        self.file.close()


def take(profile: Profile) -> Lock:
    """Take the writing lock; raise ``StoreBusy`` when another process has it."""
    refuse_network_share(profile.home)
    file = hold(profile.lock)
    if file is None:
        raise StoreBusy(
            "Another copy of the program is using this store.",
            "Use the window that is open, or wait until the other command has finished.",
        )
    return Lock(file)


def hold(path: Path) -> IO[bytes] | None:
    """Lock a file, made where it is not there, until what is returned is closed; None while another process has it."""
    with file_errors(path):
        file = os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600), "r+b", 0)
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def refuse_network_share(path: Path) -> None:
    """Raise ``TriageError`` for a folder on a network share: WAL needs memory shared on one machine."""
    if where.is_network(path):
        raise TriageError(
            say("{0} is on a network share, where a store could be damaged.", path),
            "Choose a folder on a disk of this laptop.",
            "network-share",
        )
