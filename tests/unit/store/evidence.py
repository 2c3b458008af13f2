"""Evidence rows as a reader would send them, and imports that bring them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from triage_app.domain.evidence import COLUMNS, KINDS, Layout, evidence_id
from triage_app.services.changes import milliseconds
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.store import imports, journal, projections
from triage_app.store.connection import Store
from triage_app.store.imports import Finished, Loading, Source
from triage_app.store.journal import Change

LAYOUT = Layout("csv", "Ward box", {})
Row = list[Any]


def key_of(name: str) -> str:
    """Return the alert key that a name stands for."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def row(name: str, seen_at: int | None = 1_000_000, severity: int = 50, kind: str = "alert", **columns: str) -> Row:
    """Return one evidence row of the alert, or of the record of another kind, called ``name``."""
    raw = {"name": name, "seen": str(seen_at), "severity": str(severity), **columns}
    values = dict.fromkeys(COLUMNS, "") | columns
    values |= {"evidence_id": evidence_id("csv", raw), "key": key_of(name), "rest": json.dumps(raw)}
    found: Row = [values[column] for column in COLUMNS]
    found[COLUMNS.index("seen_at")] = seen_at
    found[COLUMNS.index("severity")] = severity
    found[COLUMNS.index("kind")] = KINDS.index(kind)
    for column in ("until_at", "score"):
        found[COLUMNS.index(column)] = None
    return found


def load(
    session: Session, rows: Sequence[Row], *, expected: int = 0, chunk: int = 1000, name: str = "import"
) -> Finished:
    """Import some rows as the service does, with its journal entry, and return what that came to."""
    store = session.store
    entity = hashlib.sha256(f"{name} {store.value('SELECT count(*) FROM import')}".encode()).hexdigest()[:32]
    with store.write():
        loading = Loading(store, entity, Source("ward.csv", "csv", 1, "", ""), 1, expected)
        layout = loading.layout(LAYOUT)
    for start in range(0, len(rows), chunk):
        with store.write():
            loading.add(rows[start : start + chunk], layout)
    with store.write():
        done = loading.finish(2, 0, 0, "", "")
        now = milliseconds(session.now())
        changes = [
            Change("import", entity, "_created", {}, "TLP:GREEN"),
            Change("import", entity, "root", {"leaves": done.leaves, "root": done.root}, "TLP:GREEN"),
        ]
        written = journal.append(store, session.author, now, journal.new_act(), changes)
        projections.project_all(store, written.touched)
    return done


def take_back(session: Session, entity: str, undone: bool = True) -> None:
    """Take an import back, or bring it again."""
    record(session, "Took back", [Change("import", entity, "_deleted", undone, "TLP:GREEN")])


def folded(store: Store) -> list[tuple[Any, ...]]:
    """Return the alert table without its local numbers."""
    return store.rows(
        "SELECT hex(key), newest, rows, first_seen, last_seen, severity, state, incidents FROM alert ORDER BY 1"
    )


__all__ = ["Finished", "Row", "folded", "imports", "key_of", "load", "row", "take_back"]
