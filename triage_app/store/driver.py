"""The SQLCipher driver, handed to sqlite-utils, and the one place its errors are put into words.

``sqlcipher3.Error`` is no ``sqlite3.Error``; sqlite-utils prefers a module named ``pysqlite3`` and
then raises and catches that module's classes, so the driver is registered under that name before
sqlite-utils is first imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlcipher3.dbapi2 as dbapi2

dbapi2.dbapi2 = dbapi2
sys.modules.setdefault("pysqlite3", dbapi2)
sys.modules.setdefault("pysqlite3.dbapi2", dbapi2)

from triage_app.errors import (  # noqa: E402 - the driver is registered first
    DiskFull,
    StoreBusy,
    StoreDamaged,
    StoreReadOnly,
    TriageError,
    WrongPassphraseOrDamaged,
)

__all__ = ["MIGRATION_SET", "Connection", "DriverError", "Interrupted", "connect", "translated"]

MIGRATION_SET = "triage"
"The name under which sqlite-utils keeps which steps a store has had."

Connection = Any
DriverError = dbapi2.Error


class Interrupted(Exception):
    """A reading query was interrupted because its answer is no longer wanted."""


def connect(path: str, *, read_only: bool = False) -> Connection:
    """Open a raw connection in autocommit mode; transactions are begun by name, never implied."""
    mode = "ro" if read_only else "rwc"
    uri = f"file:{_quoted(path)}?mode={mode}"
    return dbapi2.connect(uri, uri=True, isolation_level=None, check_same_thread=True, cached_statements=256)


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23").replace("\\", "/")


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into sentences a responder can act on; our own mistakes pass through."""
    try:
        yield
    except DriverError as error:
        known = _in_words(str(error))
        if known is None:
            raise
        raise known from error
    except MemoryError as error:  # the driver says so, too, once the cipher has failed for want of a page
        raise TriageError(
            "The store could not go on, for want of memory or because the disk failed; nothing of this was saved.",
            "Close the program, open it again and do it anew. If this comes back, restart the computer.",
            "disk",
        ) from error


def _in_words(message: str) -> TriageError | None:
    text = message.lower()
    if "interrupted" in text:
        raise Interrupted
    if "file is not a database" in text or "hmac check failed" in text:
        return WrongPassphraseOrDamaged(
            "The store did not open with this passphrase.",
            "Type it again. If it is surely right, the file may be damaged: keep it as it is and restore a backup.",
        )
    if "disk is full" in text or "disk full" in text:
        return DiskFull(
            "The disk is full, so nothing of this was saved.",
            "Free some space on the disk that holds the store, then do it again.",
        )
    if "readonly" in text or "read-only" in text or "unable to open" in text:
        return StoreReadOnly(
            "The store's folder cannot be written to.",
            "Check that you may write to it, or move the store to a folder on this laptop where you may.",
        )
    if "locked" in text or "busy" in text:
        return StoreBusy(
            "Another copy of the program is using this store.",
            "Wait until it has finished, or use the window that is open.",
        )
    if "disk i/o error" in text:
        return TriageError(
            "The disk did not take or give what the store needed, so nothing of this was saved.",
            "Check that it is still there and has room, then do it again; if that fails, restore the newest backup.",
            "disk",
        )
    if "malformed" in text or "corrupt" in text or "vtable constructor failed" in text:
        return damaged()
    return None


def damaged() -> StoreDamaged:
    """Return what is said where a part of the store's file cannot be read."""
    # One page that the disk did not give, this once, makes the cipher refuse all that follows on this connection.
    return StoreDamaged(
        "The store could not be read: the disk did not give a part of the file, or that part is damaged.",
        "Close the program and open it again. If this comes back, keep the file as it is and restore the newest"
        " backup.",
    )
