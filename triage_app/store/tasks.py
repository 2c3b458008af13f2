"""Tasks read back in bulk."""

from __future__ import annotations

from triage_app.store.connection import Store


def states(store: Store, incident: str) -> dict[str, bool]:
    """Return every task an incident ever had, by id, and whether it was taken back."""
    return {row[0]: bool(row[1]) for row in store.rows("SELECT id, deleted FROM task WHERE incident = ?", (incident,))}
