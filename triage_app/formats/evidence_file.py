"""A file that is to be kept as evidence: opened only where it is an ordinary file at rest, read once, never understood.

No sentence here names the file: what somebody called it may say who it is about.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final

from triage_app.domain.attachments import MOST_BYTES, PIECE_BYTES
from triage_app.errors import BadFile
from triage_app.language import say
from triage_app.paths import or_undone

_GIB: Final = 1024 * 1024 * 1024
_KINDS: Final = (
    (stat.S_ISDIR, "That is a folder.", "Attach the files in it one by one, or an archive of it."),
    (stat.S_ISFIFO, "That is a pipe, not a file at rest.", "Save what it gives to a file, and attach that."),
    (stat.S_ISSOCK, "That is a socket, not a file at rest.", "Save what it gives to a file, and attach that."),
    (stat.S_ISBLK, "That is a whole disk or a part of one.", "Make an image of it on another disk, and log its hash."),
    (stat.S_ISCHR, "That is a device, not a file.", "Save what it gives to a file, and attach that."),
)


class EvidenceFile:
    """An ordinary file, opened for one reading. Raises ``BadFile`` for anything else, or where it changes."""

    def __init__(self, path: Path) -> None:
        if not path.name:
            raise BadFile("No file was named.", "Name the file to attach.")
        if path.is_symlink():  # asked first: not every system can be told not to follow it
            raise BadFile(
                "That is a link to another file.", "Attach the file itself, so that it is clear what was taken."
            )
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            _refuse_other(path.stat(follow_symlinks=False).st_mode)
            self._descriptor = os.open(path, flags)
        except OSError as error:
            raise _unreadable(error) from None
        with or_undone(partial(os.close, self._descriptor)):
            self._at_first = os.fstat(self._descriptor)
            _refuse_other(self._at_first.st_mode)  # once more: it may be another by now
            self.size = self._at_first.st_size
            if not self.size:
                raise BadFile(
                    "That file is empty: 0 bytes.", "Check that it was copied whole; there is nothing to keep."
                )
            if self.size > MOST_BYTES:
                raise BadFile(
                    say(
                        "That file has {0:.1f} GiB, and an attachment at most {1}.",
                        self.size / _GIB,
                        MOST_BYTES // _GIB,
                    ),
                    "Keep it on a disk of its own, and write its SHA-256 and where it is in the log.",
                    "too-large",
                )
        self.name = os.fsencode(path.name).decode("utf-8", "backslashreplace")

    def __enter__(self) -> EvidenceFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._descriptor)

    def pieces(self) -> Iterator[bytes]:
        """Yield the file in pieces of ``PIECE_BYTES``, the last one shorter; raise ``BadFile`` where it changes."""
        left = self.size
        while left:
            piece = self._read(min(PIECE_BYTES, left))
            left -= len(piece)
            if len(piece) < PIECE_BYTES and left:
                raise _changed()
            yield piece
        now = os.fstat(self._descriptor)
        if self._read(1) or (now.st_size, now.st_mtime_ns) != (self._at_first.st_size, self._at_first.st_mtime_ns):
            raise _changed()

    def _read(self, most: int) -> bytes:
        parts: list[bytes] = []
        wanted = most
        try:
            while wanted and (part := os.read(self._descriptor, wanted)):
                parts.append(part)
                wanted -= len(part)
        except OSError as error:
            raise _unreadable(error) from None
        return b"".join(parts)


def _refuse_other(mode: int) -> None:
    for test, what, do in _KINDS:
        if test(mode):
            raise BadFile(what, do)
    if not stat.S_ISREG(mode):
        raise BadFile("That is no ordinary file.", "Copy it to an ordinary file, and attach that.")


def _changed() -> BadFile:
    return BadFile(
        "The file changed while it was read, so nothing of it was kept.",
        "Wait until nothing writes to it, or attach a copy.",
        "changed",
    )


def _unreadable(error: OSError) -> BadFile:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return BadFile("That file is not there.", "Check its name and folder.")
    if error.errno == errno.ELOOP:
        return BadFile("That is a link to another file.", "Attach the file itself, so that it is clear what was taken.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return BadFile("That file may not be read by you.", "Ask who owns it for access, or for a copy.")
    return BadFile(
        say("That file could not be read ({0}).", error.strerror or type(error).__name__),
        "Check that the disk or stick is still there and sound.",
    )
