"""A copy of a store under another data key, and putting it in the store's place. The store itself is left as it is.

``PRAGMA rekey`` in place would leave a store that is half under each key when it is cut short; a copy is whole or gone.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from triage_app.errors import StoreBusy, StoreDamaged
from triage_app.language import say
from triage_app.paths import file_errors
from triage_app.store import backup
from triage_app.store.connection import Store, make_private, open_store, unguarded
from triage_app.store.driver import connect, translated

_BESIDE: Final = ("-journal", "-wal", "-shm")


def refuse_readers(store: Store) -> None:
    """Raise ``StoreBusy`` where anybody else has the store open; put all of its log into the file and take that away.

    The store must be opened anew before it is written to again: it is without its log until then.
    """
    store.execute("PRAGMA busy_timeout = 500")
    try:
        mode = store.value("PRAGMA journal_mode = DELETE")
    except StoreBusy:
        mode = "wal"
    finally:
        store.execute("PRAGMA busy_timeout = 10000")
    if mode != "delete":
        raise StoreBusy(
            "Another copy of the program is reading this store.",
            "Let the other window or command end, then do it again; nothing has been changed.",
        )


def copy(store: Store, target: Path) -> None:
    """Write a copy under the same key, in one file without a log."""
    remove(target)
    make_private(target)
    with unguarded(store):
        store.execute("VACUUM INTO ?", (str(target),))


def change_key(path: Path, old: bytes | bytearray, new: bytes | bytearray) -> None:
    """Encrypt a copy anew, every page of it, and prove that it opens with the new key alone."""
    with translated():
        connection = connect(str(path))
        try:
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(f"PRAGMA key = \"x'{old.hex()}'\"")
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"")
        finally:
            connection.close()
    backup.prove(path, new)


@contextlib.contextmanager
def writing(path: Path, key: bytes | bytearray) -> Iterator[Store]:
    """Open a copy to be written to; afterwards all of it is in its one file, which has been proved."""
    opened = open_store(path, key)
    try:
        yield opened
        if opened.value("PRAGMA journal_mode = DELETE") != "delete":
            raise StoreDamaged("The copy could not be finished.", "Check the disk, then do it again.")
    finally:
        opened.close()
    backup.prove(path, key)
    with file_errors(path), path.open("rb+") as file:
        os.fsync(file.fileno())


def put_in_place(copied: Path, store: Path) -> None:
    """Put a finished copy where the store is. No log of the one before may be left: it would be played into this."""
    left = [path for path in (store.with_name(store.name + end) for end in _BESIDE) if path.exists()]
    if left:
        raise StoreBusy(
            say("{0} is still there: somebody else has the store open.", left[0].name), "Let it end, then do it again."
        )
    with file_errors(store):
        copied.replace(store)
    sync_folder(store.parent)


def sync_folder(folder: Path) -> None:
    """Let what was renamed in a folder outlive a power cut, where the system knows of that."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a copy and what lies beside it."""
    with contextlib.suppress(OSError):
        for each in (path, *(path.with_name(path.name + end) for end in _BESIDE)):
            each.unlink(missing_ok=True)
