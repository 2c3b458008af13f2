"""Affected things read back: the tracker of one incident, its counts, and what was done to it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from triage_app.domain.records import CREATED, KINDS
from triage_app.store import personal
from triage_app.store.authors import Authors
from triage_app.store.connection import Store


def rows(store: Store, incident: str) -> list[dict[str, Any]]:
    """Return the affected things of an incident, what is restored first before the rest, sealed words opened."""
    found = store.dicts(
        "SELECT id, incident, kind, name, owner, ward, priority, state, because, used_in_care, agreed_by, fallback,"
        " comment, facts, created_at, created_by, changed_at FROM affected WHERE incident = ? AND deleted = 0"
        " ORDER BY priority IS NULL, priority, name COLLATE NOCASE, id",
        (incident,),
    )
    known: dict[tuple[str, str], str] = {}  # what was set for many at once is one sealed value
    for row in found:
        facts = json.loads(row.pop("facts"))
        row["back_by"] = ""
        if "back_by" in facts:
            said = facts["back_by"]
            row["back_by"] = said if isinstance(said, str) else json.dumps(said, separators=(",", ":"))
        for name in KINDS["affected"].personal:
            sealed = row[name]
            if sealed:
                if (name, sealed) not in known:
                    known[(name, sealed)] = personal.opened(store, "affected", row["id"], name, sealed)
                row[name] = known[(name, sealed)]
    return found


def names(store: Store, incident: str) -> list[tuple[str, str, str, bool]]:
    """Return (id, kind, name, whether it was taken back) of everything ever listed for an incident."""
    return [
        (row[0], row[1], row[2], bool(row[3]))
        for row in store.rows("SELECT id, kind, name, deleted FROM affected WHERE incident = ?", (incident,))
    ]


def count(store: Store, incident: str) -> int:
    """Return how many things of an incident are listed."""
    return int(store.value("SELECT count(*) FROM affected WHERE incident = ? AND deleted = 0", (incident,)))


def by_state(store: Store, incident: str) -> dict[tuple[str, str], int]:
    """Return how many there are of each (kind, state)."""
    return {
        (row[0], row[1]): row[2]
        for row in store.rows(
            "SELECT kind, state, count(*) FROM affected WHERE incident = ? AND deleted = 0 GROUP BY kind, state",
            (incident,),
        )
    }


@dataclass(frozen=True)
class Did:
    """One field of some things of an incident, set to one value by one act."""

    act: str
    at: int
    author: str
    field: str
    value: Any
    "Sealed words opened; None where the field was cleared."
    count: int
    because: str
    is_undo: bool
    op: str


def done(store: Store, incident: str) -> list[Did]:
    """Return what was done to an incident's affected things: a line for each act, field and value, oldest first."""
    start, end = f"{incident}:", f"{incident};"  # the sign after the colon
    counted: Counter[int] = Counter()
    for (n,) in store.rows(
        "SELECT n FROM operation WHERE entity >= ? AND entity < ? AND entity <> '' AND kind = 'affected'"
        " AND applied = 1",
        (start, end),
    ):
        counted[n] += 1
    for n, members in store.rows(
        "SELECT b.n, count(*) FROM batch_member AS b JOIN operation AS o ON o.n = b.n AND o.kind = 'affected'"
        " AND o.applied = 1 WHERE b.entity >= ? AND b.entity < ? GROUP BY b.n",
        (start, end),
    ):
        counted[n] += members
    groups: dict[tuple[str, str, str, str, bool], list[Any]] = {}
    authors = Authors(store)
    for n in sorted(counted):
        found = store.row(
            "SELECT o.act, l.device, o.author, o.hlc, o.field, o.undoes, l.hash, b.bytes FROM operation AS o"
            " JOIN link AS l USING (n) JOIN body AS b USING (n) WHERE o.n = ?",
            (n,),
        )
        if found is None:
            continue
        act, device, named, hlc, field, undoes, link_hash, data = found
        author = authors.of(device, named)
        value, because = None, ""
        if field != CREATED and data is not None:
            body = json.loads(bytes(data))
            value = body.get("value")
            if field in KINDS["affected"].personal and value is not None:
                value = personal.opened(store, "affected", start, field, value)
            because = str(body.get("because", ""))
        key = (act, field, repr(value), because, bool(undoes))
        group = groups.setdefault(key, [int(hlc[:15]), author, value, 0, link_hash])
        group[3] += counted[n]
    return [
        Did(act, at, author, field, value, many, because, is_undo, link_hash)
        for (act, field, _, because, is_undo), (at, author, value, many, link_hash) in groups.items()
    ]
