"""Every file and folder the program touches. A base folder is given; nothing is guessed twice."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from triage_app.errors import DiskFull, StoreReadOnly
from triage_app.language import say


def default_home() -> Path:
    """Return where a profile lives when neither ``--home`` nor ``TRIAGE_HOME`` says otherwise."""
    named = os.environ.get("TRIAGE_HOME")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base) / "Triage" if base else Path.home() / "AppData" / "Local" / "Triage"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Triage"
    base = os.environ.get("XDG_DATA_HOME")
    return Path(base) / "triage" if base else Path.home() / ".local" / "share" / "triage"


def resources() -> Path:
    """Return the folder of the data that ships with the program."""
    return _shipped() / "resources"


def manual() -> Path:
    """Return the folder of the manual's pages, which ship with the program."""
    return _shipped() / "docs" / "manual"


def _shipped() -> Path:
    bundled = getattr(sys, "_MEIPASS", None)
    return Path(bundled) if bundled else Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Profile:
    """One profile: a store, its keys, and what lies beside them."""

    home: Path

    @property
    def store(self) -> Path:
        """The encrypted store."""
        return self.home / "store.db"

    def refuse_own(self, path: Path) -> Path:
        """Return a path that somebody chose to write to; raise ``StoreReadOnly`` for a file of the profile's own.

        An export named like the store would otherwise take its place.
        """
        target = path.resolve()
        if target.is_relative_to(self.home.resolve()) and (target.exists() or target.name.startswith("store.")):
            raise StoreReadOnly(
                say("{0} belongs to the store itself.", path), "Choose another folder, outside the profile."
            )
        return path

    def refuse_within(self, path: Path) -> Path:
        """Return a path that somebody chose to write to; raise ``StoreReadOnly`` for any place in the profile.

        What is meant to be sent on must not lie, unencrypted, among what the profile keeps and backs up.
        """
        if path.resolve().is_relative_to(self.home.resolve()):
            raise StoreReadOnly(
                say("{0} is in the folder of the store.", path), "Choose another folder, outside the profile."
            )
        return path

    @property
    def made_with_store(self) -> tuple[Path, ...]:
        """All files that come with a new store; its log left beside another store would be played into that."""
        beside = (self.store.with_name(self.store.name + suffix) for suffix in ("-wal", "-shm"))
        return (self.store, *beside, self.keys, self.keys_copy, self.keys_next, self.tries)

    @property
    def keys(self) -> Path:
        """The sidecar with the wrapped data key, one slot for each responder."""
        return self.home / "store.keys"

    @property
    def keys_copy(self) -> Path:
        """The second copy of the sidecar."""
        return self.home / "store.keys.copy"

    @property
    def keys_next(self) -> Path:
        """The sidecar of a store that is about to take the place of this one, or just has."""
        return self.home / "store.keys.next"

    @property
    def store_next(self) -> Path:
        """A copy of the store that is being given another key."""
        return self.home / "store.db.next"

    @property
    def tries(self) -> Path:
        """How many wrong passphrases were tried, and when: no secret, and may be deleted."""
        return self.home / "store.tries"

    @property
    def lock(self) -> Path:
        """The lock file held by the one writing process."""
        return self.home / "store.lock"

    @property
    def requests(self) -> Path:
        """Where a second start leaves the paths it was asked to open."""
        return self.home / "requests"

    @property
    def backups(self) -> Path:
        """Verified copies of the store."""
        return self.home / "backups"

    @property
    def quarantine(self) -> Path:
        """Sealed files of senders that are not trusted here, as they came."""
        return self.home / "quarantine"

    @property
    def rejects(self) -> Path:
        """Rejected rows, one file for each import that had any."""
        return self.home / "rejects"

    @property
    def vocabularies(self) -> Path:
        """A trust's own code lists, each in place of the shipped one of its name."""
        return self.home / "vocabularies"

    @property
    def settings(self) -> Path:
        """Window geometry and the like; may be deleted at any time."""
        return self.home / "window.ini"

    @property
    def start_log(self) -> Path:
        """What kept the window from starting: times, kinds and places, never names; may be deleted at any time."""
        return self.home / "startup.log"

    @property
    def log(self) -> Path:
        """The local log: ids and error kinds, never names or free text."""
        return self.home / "triage.log"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is the old one or the new one, never a part: temp, fsync, replace, fsync the folder."""
    with written_whole(path) as file:
        file.write(data)


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write to, which takes its name only once it is whole and on the disk, as ``write_whole`` does."""
    if not path.name:
        raise StoreReadOnly(say("{0} is a folder.", path), "Name a file in it.")
    if path.exists() and not path.is_file():
        raise StoreReadOnly(say("{0} is no ordinary file.", path), "Name a file that may be written.")
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with file_errors(path):
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            sync_folder(path.parent)
        finally:
            partial.unlink(missing_ok=True)


_CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EACCES, errno.EPERM)
"A stick or a share whose file system cannot sync a folder, or a folder that one may put files into but not read."


@contextlib.contextmanager
def or_undone(undo: Callable[[], object]) -> Iterator[None]:
    """Have ``undo`` done where a block is left before its end; what stopped it, whatever it is, goes on as it was."""
    with contextlib.ExitStack() as unfinished:
        unfinished.callback(undo)
        yield
        unfinished.pop_all()


def remove_if_there(path: Path) -> None:
    """Remove a file; one that is not there, or that the disk does not let go of, is left."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make certain that what was put into a folder, renamed or removed there outlives a power cut.

    Windows has no such call: NTFS keeps the order of these changes itself.
    """
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


@contextlib.contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Put the system's refusals to write into words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise DiskFull(
                say("The disk is full, so {0} was not written.", path.name), "Free some space there and do it again."
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise StoreReadOnly(
                say("{0} cannot be written to.", path),
                "Choose a folder where you may write, or ask IT for access to this one.",
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.ENOENT, errno.EISDIR):
            raise StoreReadOnly(say("{0} is not a place for a file.", path), "Choose another folder.") from error
        raise StoreReadOnly(
            say("{0} could not be written ({1}).", path.name[:100], error.strerror or type(error).__name__),
            "Check that the disk or stick is still there, or choose another name.",
        ) from error
