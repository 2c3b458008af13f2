"""Statements of clinical impact read back, sealed words opened."""

from __future__ import annotations

import json
from typing import Any

from triage_app.domain import impact
from triage_app.store import lookup, personal
from triage_app.store.connection import Store


def rows(store: Store, incident: str) -> list[dict[str, Any]]:
    """Return the statements about an incident, in the order of the times they are about; ``said`` is field → value."""
    found = store.dicts(
        "SELECT i.id, i.kind, i.incident, i.from_at, i.until_at, i.facts, i.created_at, i.created_by, i.changed_at,"
        " r.name AS created_by_name FROM impact AS i LEFT JOIN responder AS r ON r.id = i.created_by"
        " WHERE i.incident = ? AND i.deleted = 0 ORDER BY i.from_at IS NULL, i.from_at, i.created_at, i.id",
        (incident,),
    )
    return [_opened(store, row) for row in found]


def one(store: Store, entity: str) -> dict[str, Any] | None:
    """Return one statement; None for none, and for one that was taken back."""
    return next((row for row in rows(store, impact.incident_of(entity)) if row["id"] == entity), None)


def outages(store: Store) -> list[dict[str, Any]]:
    """Return every outage of every incident, with the incident's reference, title, status and severity.

    What names somebody stays sealed: a list over all incidents needs nobody's name.
    """
    found = store.dicts(
        "SELECT i.id, i.kind, i.incident, i.from_at, i.until_at, i.facts, n.ref AS incident_ref,"
        " n.title AS incident_title, n.status AS incident_status, n.severity AS incident_severity"
        " FROM impact AS i JOIN incident AS n ON n.id = i.incident"
        " WHERE i.kind = 'outage' AND i.deleted = 0 AND n.deleted = 0 ORDER BY i.id"
    )
    for row in found:
        said = json.loads(row.pop("facts"))
        row["said"] = {name: value for name, value in said.items() if name not in impact.PERSONAL}
    return found


def count(store: Store, incident: str) -> int:
    """Return how many statements there are about an incident."""
    return int(store.value("SELECT count(*) FROM impact WHERE incident = ? AND deleted = 0", (incident,)))


def kind_of(store: Store, entity: str) -> str:
    """Return the kind of a statement, taken back or not; "" for none of that id."""
    return store.value("SELECT kind FROM impact WHERE id = ?", (entity,)) or ""


def all_of(store: Store, incident: str) -> list[tuple[str, str]]:
    """Return (kind, id) of every statement about an incident, those taken back too."""
    return [
        (row[0], row[1])
        for row in store.rows("SELECT kind, id FROM impact WHERE incident = ? ORDER BY id", (incident,))
    ]


def _opened(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(row.pop("facts"))
    for name in impact.PERSONAL:
        if said.get(name) is not None:
            said[name] = personal.opened(store, row["kind"], row["id"], name, said[name])
    row["said"] = said
    row["created_by_name"] = row["created_by_name"] or lookup.responder_name(store, row["created_by"])
    return row
