"""Editions of the directory read back, opened."""

from __future__ import annotations

from typing import Any

from triage_app.store import lookup, personal
from triage_app.store.connection import Store


def editions(store: Store) -> list[dict[str, Any]]:
    """Return every edition that stands, the one in use first; their entries are left out."""
    found = store.dicts(
        "SELECT id, name, as_of, number, created_at, created_by FROM directory WHERE deleted = 0"
        " ORDER BY as_of DESC, created_at DESC, id"
    )
    for row in found:
        row["created_by_name"] = lookup.responder_name(store, row["created_by"])
    return found


def entries(store: Store, edition: str) -> str:
    """Return the entries of an edition as they were sealed, or what stands for them when they cannot be read."""
    stored = store.value("SELECT entries FROM directory WHERE id = ?", (edition,)) or ""
    return personal.opened(store, "directory", edition, "entries", stored)
