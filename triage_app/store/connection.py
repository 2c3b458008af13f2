"""Opening the store: the settings, the guards, and the one way to write.

The settings and their order are those that survived the power-cut and fault trials: WAL with
``synchronous=FULL`` lost no acknowledged commit, ``NORMAL`` did.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from triage_app.domain import search_words
from triage_app.errors import NoStore, NotEncrypted, StoreDamaged, StoreExists, StoreReadOnly, StoreTooNew
from triage_app.language import say
from triage_app.paths import file_errors
from triage_app.store import memory
from triage_app.store.driver import Connection, DriverError, connect, damaged, translated

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID: Final = 0x54524147  # "TRAG": says whose file this is
STORE_VERSION: Final = 1
"Raised when an older program must not write to the store any more."

WRITER_CACHE_KIB: Final = 49152
READER_CACHE_KIB: Final = 8192
LITTLE_CACHE_KIB: Final = 16384
_AT_A_TIME: Final = 2_000


class Store:
    """An open store: one connection, used from the thread that opened it."""

    def __init__(self, connection: Connection, path: Path, read_only: bool) -> None:
        self.connection = connection
        self.path = path
        self.home = path.parent
        """The folder of the profile whose policies hold: that of the store, unless the store is a backup."""
        self.read_only = read_only
        self.why_read_only = ("This store is open for reading only.", "Open it for work, and do it again.")
        """What somebody who wants to write is told."""
        self._depth = 0

    @cached_property
    def db(self) -> Database:
        """The connection as sqlite-utils has it: for migrations and for work at the console.

        Loaded when first asked for, because loading sqlite-utils takes as long as opening the store.
        """
        from sqlite_utils import Database

        return Database(self.connection, execute_plugins=False)

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """Run one statement and return its cursor."""
        with translated():
            return self.connection.execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows: three times as fast as sqlite-utils' insert."""
        with translated():
            self.connection.executemany(sql, rows)

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with translated():
            return self.connection.execute(sql, parameters).fetchall()  # type: ignore[no-any-return]

    def numbers(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> array[int]:
        """Return the first column of all rows of a query, whole numbers of which there may be millions.

        They come a few at a time: a list of a million rows would be freed in one piece, and the window wait for it.
        """
        found = array("q")
        with translated():
            cursor = self.connection.execute(sql, parameters)
            while some := cursor.fetchmany(_AT_A_TIME):
                found.extend([row[0] for row in some])
        if len(found) > memory.LARGE:
            del cursor, some
            memory.give_back()
        return found

    def in_parts(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query some at a time, for what is too much to be held at once."""
        with translated():
            cursor = self.connection.execute(sql, parameters)
        while True:
            with translated():
                some = cursor.fetchmany(_AT_A_TIME)
            if not some:
                return
            yield some

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None."""
        with translated():
            return self.connection.execute(sql, parameters).fetchone()  # type: ignore[no-any-return]

    def value(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """Return the first cell of a query's first row, or None."""
        found = self.row(sql, parameters)
        return None if found is None else found[0]

    def dicts(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        """Return all rows of a query as dictionaries."""
        with translated():
            cursor = self.connection.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @contextmanager
    def write(self) -> Iterator[None]:
        """Hold one all-or-nothing write; inside another it joins that one.

        ``BEGIN IMMEDIATE`` because a plain ``BEGIN`` that starts by reading fails at once, without
        waiting, when somebody else has written.
        """
        if self.read_only:
            raise StoreReadOnly(*self.why_read_only)
        if self._depth:
            yield
            return
        self._roll_back()
        with translated():
            self.connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            with translated():
                self.connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._depth = 0

    @contextmanager
    def little_cache(self) -> Iterator[None]:
        """Hold few pages for a while: for rows that are put at the end, and indexes that are sorted.

        A sorter takes as much as the cache may, and this driver keeps what it sorts in memory, never on the disk.
        """
        self.execute(f"PRAGMA cache_size = -{LITTLE_CACHE_KIB}")
        try:
            yield
        finally:
            self.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")

    def let_go_of_pages(self) -> None:
        """Forget the pages that are held, after much was written: what comes next needs few of them."""
        self.execute("PRAGMA shrink_memory")
        memory.give_back()

    def _roll_back(self) -> None:
        """Undo what is open. Where the disk fails even at that, the file undoes it when it is next opened."""
        if self.connection.in_transaction:
            with suppress(DriverError, MemoryError):
                self.connection.execute("ROLLBACK")

    def meta(self, key: str, default: Any = None) -> Any:
        """Return a setting of the store itself (its id, device, salt …). Raises ``StoreDamaged``.

        Of a value that goes on in a second page the cipher gives zeros where that page is damaged, and says so only
        when the next page is asked for.
        """
        found = self.value("SELECT value FROM meta WHERE key = ?", (key,))
        try:
            return default if found is None else json.loads(found)
        except ValueError as error:
            raise damaged() from error

    def set_meta(self, key: str, value: Any) -> None:
        """Keep a setting of the store itself."""
        self.execute(
            "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            (key, json.dumps(value, sort_keys=True)),
        )

    def interrupt(self) -> None:
        """Stop a running query from another thread; its answer is no longer wanted."""
        self.connection.interrupt()

    def close(self) -> None:
        """Close the connection; the WAL is folded into the file when it is the last one."""
        self.connection.close()


def open_store(path: Path, key: bytes | bytearray, *, read_only: bool = False, create: bool = False) -> Store:
    """Open the store at ``path`` with its 32-byte data key.

    Never creates a file unless asked to. Raises ``NoStore``, ``WrongPassphraseOrDamaged``,
    ``NotEncrypted``, ``StoreTooNew``, ``StoreReadOnly``, ``StoreDamaged``.
    """
    if create:
        make_private(path)
    elif not path.exists():
        raise NoStore(say("There is no store at {0}.", path), "Run “triage init” to make one, or name another --home.")
    elif path.is_file() and not path.stat().st_size:
        raise StoreDamaged(
            say("{0} is empty: what was in the store is no longer in this file.", path.name),
            "Keep the folder as it is and restore the newest backup into another; no new store is made in its place.",
        )
    with translated():
        connection = connect(str(path), read_only=read_only)
        try:
            return _prepared(connection, path, key, read_only, create)
        except BaseException:
            connection.close()
            raise


def make_private(path: Path) -> None:
    """Make an empty file that only its owner may read; the driver gives the same rights to what it puts beside it.

    Raises ``StoreExists`` when there is one.
    """
    if path.exists():
        raise StoreExists(
            say("There is already a file at {0}.", path), "Choose another name; nothing is ever replaced."
        )
    with file_errors(path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _prepared(connection: Connection, path: Path, key: bytes | bytearray, read_only: bool, create: bool) -> Store:
    execute = connection.execute
    execute("PRAGMA cipher_log_level = NONE")
    execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    if not execute("PRAGMA cipher_version").fetchone():
        raise NotEncrypted(
            "Encryption is not active in this installation, so the store was not opened.",
            "Install the program again from the package your trust was given.",
        )
    execute("SELECT count(*) FROM sqlite_master").fetchone()
    _refuse_foreign_or_newer(connection, create)
    for setting in ("foreign_keys = ON", "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
        execute(f"PRAGMA {setting}")
    execute("PRAGMA secure_delete = ON")
    execute("PRAGMA recursive_triggers = ON")  # else INSERT OR REPLACE passes by the journal's guards
    if not read_only:
        mode = execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise NotEncrypted(
                say("The store is in “{0}” mode instead of WAL.", mode), "Move it to a disk of this laptop."
            )
        execute("PRAGMA fullfsync = ON")
        execute("PRAGMA checkpoint_fullfsync = ON")
    execute("PRAGMA synchronous = FULL")
    execute("PRAGMA busy_timeout = 10000")
    execute(f"PRAGMA cache_size = -{READER_CACHE_KIB if read_only else WRITER_CACHE_KIB}")
    execute("PRAGMA journal_size_limit = 67108864")
    if read_only:
        execute("PRAGMA query_only = ON")
    for name, function in search_words.functions().items():
        connection.create_function(name, 2, function, deterministic=True)
    connection.set_authorizer(_authorise)
    return Store(connection, path, read_only)


def _refuse_foreign_or_newer(connection: Connection, create: bool) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != (0 if create else APPLICATION_ID):
        raise NoStore("That file is not a store of this program.", "Name the folder that holds your store with --home.")
    if version > STORE_VERSION:
        raise StoreTooNew(
            "This store was last used by a newer version of the program.",
            "Install that version or a later one; nothing in the store has been changed.",
        )


def _authorise(action: int, first: str | None, second: str | None, *_: Any) -> int:
    """Deny what no part of the program does: attaching files, rewriting the schema, loading code."""
    attach, function, pragma, denied, allowed = 24, 31, 19, 1, 0
    if action == attach:
        return denied
    if action == function and second == "load_extension":
        return denied
    if action == pragma and (first or "").lower() == "writable_schema":
        return denied
    return allowed


@contextmanager
def unguarded(store: Store) -> Iterator[None]:
    """Lift the guards around ``VACUUM INTO``, which attaches its target and writes to nothing else."""
    store.connection.set_authorizer(None)
    store.execute("PRAGMA query_only = OFF")
    try:
        yield
    finally:
        if store.read_only:
            store.execute("PRAGMA query_only = ON")
        store.connection.set_authorizer(_authorise)
