"""Files that were refused: what they are called, when, why and what to do. Never what they hold, never exchanged."""

from __future__ import annotations

from typing import Any, Final

from triage_app.store.connection import Store

MOST_KEPT: Final = 1_000
"""The newest that are kept: a folder of rubbish must not fill the store."""

_LONGEST: Final = 2_000


def keep(store: Store, name: str, keyed_hash: str, at: int, what: str, advice: str) -> None:
    """Keep why a file was refused; the same file refused again for the same reason is one entry, of its newest time.

    The caller holds ``store.write()``.
    """
    store.execute("DELETE FROM refusal WHERE name = ? AND what = ?", (name[:_LONGEST], what[:_LONGEST]))
    store.execute(
        "INSERT INTO refusal(name, keyed_hash, at, what, advice) VALUES (?, ?, ?, ?, ?)",
        (name[:_LONGEST], keyed_hash, at, what[:_LONGEST], advice[:_LONGEST]),
    )
    store.execute("DELETE FROM refusal WHERE id NOT IN (SELECT id FROM refusal ORDER BY id DESC LIMIT ?)", (MOST_KEPT,))


def has(store: Store, name: str, keyed_hash: str, what: str) -> bool:
    """Tell whether it is kept that a file of this name and content was refused for this reason."""
    sql = "SELECT 1 FROM refusal WHERE name = ? AND keyed_hash = ? AND what = ?"
    return store.row(sql, (name[:_LONGEST], keyed_hash, what[:_LONGEST])) is not None


def listing(store: Store) -> list[dict[str, Any]]:
    """Return what was refused, newest first."""
    return store.dicts("SELECT id, name, at, what, advice FROM refusal ORDER BY id DESC")


def forget(store: Store, number: int) -> str:
    """Remove one entry; return the name of its file, '' where there is none. The caller holds ``store.write()``."""
    name = store.value("SELECT name FROM refusal WHERE id = ?", (number,))
    store.execute("DELETE FROM refusal WHERE id = ?", (number,))
    return str(name or "")


def forget_content(store: Store, keyed_hash: str) -> None:
    """Remove what was said of a file that has been taken in since. The caller holds ``store.write()``."""
    if keyed_hash:
        store.execute("DELETE FROM refusal WHERE keyed_hash = ?", (keyed_hash,))
