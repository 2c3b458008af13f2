"""Tasks read back in bulk."""

from __future__ import annotations

from triage_app.domain.tasks import UNSETTLED
from triage_app.store.connection import Store


def states(store: Store, incident: str) -> dict[str, bool]:
    """Return every task an incident ever had, by id, and whether it was taken back."""
    return {row[0]: bool(row[1]) for row in store.rows("SELECT id, deleted FROM task WHERE incident = ?", (incident,))}


def waiting(store: Store, now: int) -> tuple[int, int, int | None]:
    """Return how many tasks of open incidents nobody has settled, how many of them are overdue, and since when the
    one that is overdue longest."""
    marks = ", ".join("?" * len(UNSETTLED))
    found = store.row(
        "SELECT count(*), count(*) FILTER (WHERE t.due_at < ?), min(t.due_at) FILTER (WHERE t.due_at < ?)"
        " FROM task AS t JOIN incident AS i ON i.id = t.incident WHERE t.deleted = 0 AND i.deleted = 0"
        f" AND i.status <> 'closed' AND t.status IN ({marks})",
        (now, now, *UNSETTLED),
    )
    return (found[0], found[1], found[2]) if found is not None else (0, 0, None)
