"""Making a store, and bringing an older one up to date behind a verified backup."""

from __future__ import annotations

import contextlib
import itertools
import secrets
from collections.abc import Callable
from pathlib import Path

from triage_app.errors import StoreExists, StoreTooNew
from triage_app.language import say
from triage_app.paths import file_errors, write_whole
from triage_app.store import understanding
from triage_app.store.backup import back_up
from triage_app.store.connection import APPLICATION_ID, STORE_VERSION, Store, open_store
from triage_app.store.driver import MIGRATION_SET, translated
from triage_app.store.schema import MIGRATIONS


def create_store(path: Path, key: bytes | bytearray) -> Store:
    """Make an empty store at ``path``; raise ``StoreExists`` rather than touch one that is there."""
    if path.exists():
        raise StoreExists(
            say("A store is already at {0}.", path), "Use it, or name another --home; a store is never replaced."
        )
    store = open_store(path, key, create=True)
    with translated():
        store.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        store.execute(f"PRAGMA user_version = {STORE_VERSION}")
    _migrate(store)
    with store.write():
        store.set_meta("store", secrets.token_hex(16))
        understanding.note(store)
    return store


def steps_had(store: Store) -> set[str]:
    """Return the names of the migrations that a store has had."""
    if not store.value("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"):
        return set()
    return {
        row[0] for row in store.rows("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (MIGRATION_SET,))
    }


def is_up_to_date(store: Store) -> bool:
    """Tell whether a store has had every step that this program knows."""
    return steps_had(store) == set(MIGRATIONS)


def refuse_newer(store: Store) -> None:
    """Raise ``StoreTooNew`` for a store that had a step which this program does not know."""
    if steps_had(store) - set(MIGRATIONS):
        raise StoreTooNew(
            "This store was last used by a newer version of the program.",
            "Install that version or a later one; nothing in the store has been changed.",
        )


def bring_up_to_date(
    store: Store, key: bytes | bytearray, backups: Path, stamp: str, sidecar: Callable[[], bytes]
) -> Path | None:
    """Apply the migrations this store lacks, after a verified backup; return the backup's path if one was made.

    ``stamp`` names the backup; ``sidecar`` gives the key file that goes beside it. Raises ``StoreTooNew``
    when the store has migrations that this program does not know.
    """
    refuse_newer(store)
    if is_up_to_date(store):
        return None
    copy = _free(backups, f"before-migration-{stamp}")
    with file_errors(backups):
        backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(_keys_of(copy), sidecar())  # first, so that no interruption leaves a copy that nothing opens
    try:
        back_up(store, key, copy)
    except BaseException:
        with contextlib.suppress(OSError):
            _keys_of(copy).unlink(missing_ok=True)
        raise
    _migrate(store)
    return copy


def _free(folder: Path, stem: str) -> Path:
    """Return a name for a copy that none has: a start that was cut short may have made one in the same second."""
    for number in itertools.count(1):
        copy = folder / f"{stem}.db" if number == 1 else folder / f"{stem}-{number}.db"
        if not copy.exists() and not _keys_of(copy).exists():
            return copy
    raise AssertionError("numbers do not end")


def _keys_of(copy: Path) -> Path:
    return copy.with_name(copy.name + ".keys")


def _migrate(store: Store) -> None:
    from triage_app.store.migrations import migrations

    with translated():
        migrations.apply(store.db)
