"""A copy of the store that has been opened and read before anyone relies on it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from triage_app.errors import StoreDamaged, StoreExists
from triage_app.paths import file_errors
from triage_app.store.connection import Store, make_private, open_store, unguarded


def back_up(store: Store, key: bytes | bytearray, target: Path) -> Path:
    """Write a copy of the store to ``target`` and prove that it opens and is whole.

    ``VACUUM INTO`` because copying the file of a live WAL database loses what is still in the WAL.
    The copy is encrypted with the same key. Raises ``StoreExists``, ``StoreDamaged``, ``DiskFull``.
    """
    if target.exists():
        raise StoreExists(f"There is already a file at {target}.", "Choose another name for the backup.")
    partial = target.with_name(target.name + ".partial")
    with file_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial.unlink(missing_ok=True)
    try:
        make_private(partial)
        with unguarded(store):
            store.execute("VACUUM INTO ?", (str(partial),))
        prove(partial, key)
        with file_errors(target):
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.replace(target)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return target


def prove(path: Path, key: bytes | bytearray) -> None:
    """Open a copy and check every page; raise ``StoreDamaged`` if anything is amiss."""
    copy = open_store(path, key, read_only=True)
    try:
        answer = copy.value("PRAGMA quick_check(1)")
        links, bodies = copy.value("SELECT count(*) FROM link"), copy.value("SELECT count(*) FROM body")
    finally:
        copy.close()
    if answer != "ok" or links != bodies:
        raise StoreDamaged("The copy could not be read back whole.", "Check the disk, then make the backup again.")


def copy_file(source: Path, target: Path) -> None:
    """Copy a proved backup to where a store shall be, whole or not at all."""
    partial = target.with_name(target.name + ".partial")
    with file_errors(target):
        try:
            partial.unlink(missing_ok=True)
            make_private(partial)
            with source.open("rb") as read, partial.open("wb") as written:
                while piece := read.read(1 << 20):
                    written.write(piece)
                written.flush()
                os.fsync(written.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
