"""A copy of the store that has been opened and read before anyone relies on it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from triage_app.errors import Cancelled, StoreDamaged, StoreExists, TriageError
from triage_app.language import say
from triage_app.paths import file_errors, sync_folder
from triage_app.store import chains
from triage_app.store.connection import Store, make_private, open_store, unguarded
from triage_app.store.driver import Interrupted

Watch = Callable[[int, int], None]
"""(bytes written, bytes expected), the second 0 while the copy is read back. Raises ``Cancelled`` to stop."""

_STEPS: Final = 50_000
"Steps of the database's own machine between two looks: some milliseconds of work."


@dataclass(frozen=True)
class Counts:
    """What a store or a copy of it holds."""

    operations: int
    rows: int
    "Evidence rows."
    files: int
    "Pieces of attachments, and lists of gestures over many."
    incidents: int
    victims: int


def no_watch(written: int, expected: int) -> None:
    """Take a report and do nothing."""


def back_up(store: Store, key: bytes | bytearray, target: Path, watch: Watch = no_watch) -> Path:
    """Write a copy of the store to ``target`` and prove that it opens and is whole.

    ``VACUUM INTO`` because copying the file of a live WAL database loses what is still in the WAL.
    The copy is encrypted with the same key. Raises ``StoreExists``, ``StoreDamaged``, ``DiskFull``, ``Cancelled``.
    """
    if target.exists():
        raise StoreExists(say("There is already a file at {0}.", target), "Choose another name for the backup.")
    partial = target.with_name(target.name + ".partial")
    torn = partial.with_name(partial.name + "-journal")
    with file_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in (partial, torn):
            left.unlink(missing_ok=True)
    expected = size(store)

    def look() -> None:
        try:
            written = partial.stat().st_size
        except OSError:
            written = 0
        watch(written, max(expected, 1))

    try:
        make_private(partial)
        before = counts(store)
        with unguarded(store), watched(store, look):
            store.execute("VACUUM INTO ?", (str(partial),))
        prove(partial, key, lambda: watch(0, 0), (before, counts(store)))
        with file_errors(target):
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.replace(target)
            sync_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):
            for left in (partial, torn):
                left.unlink(missing_ok=True)
    return target


def prove(
    path: Path,
    key: bytes | bytearray,
    look: Callable[[], None] = lambda: None,
    between: tuple[Counts, Counts] | None = None,
) -> Counts:
    """Open a copy, check every page and every chain, and return what it holds; raise ``StoreDamaged`` if it is amiss.

    ``between`` is what the store held when the copy was begun and when it was ended: it holds no less and no more.
    """
    copy = open_store(path, key, read_only=True)
    try:
        wrong = not pages_are_whole(copy, look)
        with watched(copy, look):
            wrong = wrong or bool(chains.problems(copy, look))
            held = counts(copy)
    except (ValueError, TypeError):  # so amiss that it cannot even be read
        wrong = True
    finally:
        copy.close()
    if not wrong and between is not None:
        ends = zip(astuple(between[0]), astuple(held), astuple(between[1]), strict=True)
        wrong = not all(min(first, last) <= here <= max(first, last) for first, here, last in ends)
    if wrong:
        raise StoreDamaged("The copy could not be read back whole.", "Check the disk, then make the backup again.")
    return held


def pages_are_whole(store: Store, look: Callable[[], None] = lambda: None) -> bool:
    """Check every page; raises as reading one that is not whole does, and ``Cancelled`` where the look does."""
    with watched(store, look):
        return bool(store.value("PRAGMA quick_check(1)") == "ok")


def counts(store: Store) -> Counts:
    """Return what a store holds."""
    return Counts(
        *(
            int(store.value(f"SELECT count(*) FROM {what}") or 0)
            for what in (
                "link WHERE chain = 'journal'", "evidence_row", "blob", "incident WHERE deleted = 0",
                "victim WHERE deleted = 0",
            )
        )
    )  # fmt: skip


def size(store: Store) -> int:
    """Return about how many bytes a copy will have."""
    pages = int(store.value("PRAGMA page_count")) - int(store.value("PRAGMA freelist_count"))
    return pages * int(store.value("PRAGMA page_size"))


def mark(store: Store) -> str:
    """Return a hash that is another one once anything worth a new backup was done; it tells nothing of what."""
    found = [
        store.value("SELECT value FROM meta WHERE key = 'store'"),
        *(
            store.value(f"SELECT {what}")
            for what in (
                "max(n) FROM link", "max(id) FROM evidence_row", "count(*) FROM blob", "count(*) FROM personal_key",
                "count(*) FROM checkpoint", "count(*) FROM bundle_log", "max(saved_at) FROM mapping",
                "count(*) FROM import WHERE state <> 'loading'", "count(*) FROM pending",
            )
        ),
    ]  # fmt: skip
    return hashlib.sha256(b"mark1\0" + json.dumps(found).encode()).hexdigest()


@contextlib.contextmanager
def watched(store: Store, look: Callable[[], None]) -> Iterator[None]:
    """Look now and then while the database works; it stops when the look raises ``Cancelled``."""
    stopped = False

    def step() -> int:
        nonlocal stopped
        try:
            look()
        except Cancelled:
            stopped = True
        return int(stopped)

    store.connection.set_progress_handler(step, _STEPS)
    try:
        yield
    except (Interrupted, TriageError):  # a full-text table that is interrupted while it is opened says it is damaged
        if stopped:
            raise Cancelled from None
        raise
    finally:
        store.connection.set_progress_handler(None, 0)


def copy_file(source: Path, target: Path, look: Callable[[int], None] = lambda done: None) -> str:
    """Copy a proved backup to where it shall be, whole or not at all; return the SHA-256 of what was read.

    ``look`` is told how much is written, and may raise ``Cancelled``.
    """
    partial = target.with_name(target.name + ".partial")
    hashed = hashlib.sha256()
    done = 0
    with file_errors(target):
        try:
            partial.unlink(missing_ok=True)
            make_private(partial)
            with source.open("rb") as read, partial.open("wb") as written:
                while piece := read.read(1 << 20):
                    hashed.update(piece)
                    written.write(piece)
                    done += len(piece)
                    look(done)
                written.flush()
                os.fsync(written.fileno())
            partial.replace(target)
            sync_folder(target.parent)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
    return hashed.hexdigest()
