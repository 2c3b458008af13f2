"""What clocks are made of: the facts of incidents and advisories, starts, outcomes, pauses and switches."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from triage_app.domain.evidence import KINDS, MOST_MILLISECONDS
from triage_app.store.connection import Store

_INCIDENT: Final = (
    "SELECT id, ref, title, status, severity, rsit, category_proposed, category_assessed, category_confirmed,"
    " determination, times, created_at, CASE json_type(facts, '$.left_open')"
    " WHEN 'array' THEN json_extract(facts, '$.left_open') END AS left_open"
    " FROM incident AS i WHERE deleted = 0"
)

Subjects = Sequence[str] | None
"Ids of incidents or keys of advisories; None for all that there are."


def incidents(store: Store, ids: Subjects = None) -> list[dict[str, Any]]:
    """Return what clocks need of some incidents, or of all that there are."""
    if ids is None:
        return store.dicts(_INCIDENT)
    return [row for name in ids for row in store.dicts(f"{_INCIDENT} AND id = ?", (name,))]


def first_decisions(store: Store, ids: Subjects = None) -> dict[str, int]:
    """Return incident → when a person first decided on one of the alerts linked to it.

    An alert that was split off to another incident still counts for the one it was first seen under: no clock moves.
    """
    sql = (
        "SELECT l.incident, min(o.hlc) FROM alert_link AS l JOIN {0} WHERE l.deleted = 0{1}"
        " AND o.kind = 'alert' AND o.field = 'triage' AND o.applied = 1 GROUP BY l.incident"
    )
    joins = (
        "operation AS o ON o.entity = substr(l.id, 1, 32) AND o.entity <> ''",
        "batch_member AS b ON b.entity = substr(l.id, 1, 32) JOIN operation AS o ON o.n = b.n",
    )
    found: dict[str, int] = {}
    for join in joins:
        for incident, hlc in _each(store, sql, join, ids):
            at = int(hlc[:15])
            found[incident] = min(at, found.get(incident, at))
    kept = (
        "SELECT id, json_extract(facts, '$.first_look') FROM incident"
        " WHERE json_type(facts, '$.first_look') = 'integer'{0}"
    )
    looks = store.rows(kept.format("")) if ids is None else [
        row for name in ids for row in store.rows(kept.format(" AND id = ?"), (name,))
    ]  # fmt: skip
    for incident, at in looks:
        if 0 <= at <= MOST_MILLISECONDS:  # it may come from elsewhere
            found[incident] = min(at, found.get(incident, at))
    return found


def _each(store: Store, sql: str, join: str, ids: Subjects) -> list[tuple[Any, ...]]:
    if ids is None:
        return store.rows(sql.format(join, ""))
    return [row for name in ids for row in store.rows(sql.format(join, " AND l.incident = ?"), (name,))]


def _of(store: Store, sql: str, subjects: Subjects) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    where = " WHERE true"
    rows = store.dicts(sql + where) if subjects is None else []
    for name in subjects or ():
        rows += store.dicts(f"{sql}{where} AND subject = ?", (name,))
    for row in rows:
        found[row["subject"]].append(row)
    return found


def clocks(store: Store, subjects: Subjects = None) -> dict[str, list[dict[str, Any]]]:
    """Return subject → the clocks on which somebody has decided something."""
    found = _of(store, "SELECT * FROM clock", subjects)
    for rows in found.values():
        for row in rows:
            row["grid"] = None if row["grid"] is None else json.loads(row["grid"])
    return found


def outcomes(store: Store, subjects: Subjects = None) -> dict[str, list[dict[str, Any]]]:
    """Return subject → the steps with an outcome."""
    found = _of(store, "SELECT * FROM clock_step", subjects)
    return {
        subject: [row for row in rows if row["outcome"] and row["at"] is not None] for subject, rows in found.items()
    }


def pauses(store: Store, subjects: Subjects = None) -> dict[str, list[dict[str, Any]]]:
    """Return subject → the pauses that stand."""
    found = _of(store, "SELECT * FROM pause", subjects)
    return {
        subject: [row for row in rows if not row["deleted"] and row["from_at"] is not None]
        for subject, rows in found.items()
    }


def switches(store: Store) -> dict[tuple[str, str], bool]:
    """Return (organisation, policy) → whether it was switched on there."""
    return {
        (row[0], row[1]): bool(row[2])
        for row in store.rows("SELECT organisation, policy, is_on FROM clock_switch WHERE is_on IS NOT NULL")
    }


def organisations(store: Store) -> dict[str, tuple[str, str]]:
    """Return organisation → (name, nation)."""
    return {row[0]: (row[1], row[2]) for row in store.rows("SELECT id, name, nation FROM organisation")}


def advisories(store: Store, formats: Sequence[str], severity: int, keys: Subjects = None) -> list[dict[str, Any]]:
    """Return the advisories of some formats that are at least so severe, with when each was issued and came here."""
    sql = (
        "SELECT lower(hex(c.key)) AS key, c.first_seen AS issued, r.until_at AS due, r.value, r.title, c.severity"
        " FROM record AS c JOIN evidence_row AS r ON r.id = c.newest JOIN layout AS l ON l.id = r.layout"
        " WHERE c.kind = ? AND c.severity >= ?"
        f" AND json_extract(l.json, '$.format') IN ({','.join('?' * len(formats))})"
    )
    fixed = (KINDS.index("advisory"), severity, *formats)
    if keys is None:
        found = store.dicts(sql, fixed)
    else:
        found = [row for key in keys for row in store.dicts(f"{sql} AND c.key = ?", (*fixed, bytes.fromhex(key)))]
    if found:
        came = _came(store)
        for row in found:
            row["came"] = came(row["key"])
    return found


def _came(store: Store) -> Any:
    """Return what tells when an import first brought a row with some key."""
    spans = store.rows(
        "SELECT g.first, g.last, i.started_at FROM import_range AS g JOIN import AS i ON i.id = g.import"
        " WHERE i.undone = 0 ORDER BY g.first"
    )
    begins = [span[0] for span in spans]

    def came(key: str) -> int | None:
        times = []
        for (number,) in store.rows("SELECT id FROM evidence_row WHERE key = ?", (bytes.fromhex(key),)):
            place = bisect_right(begins, number) - 1
            if place >= 0 and number <= spans[place][1]:
                times.append(spans[place][2])
                continue
            again = store.value(
                "SELECT min(i.started_at) FROM import_repeat AS p JOIN import AS i ON i.id = p.import"
                " WHERE p.row = ? AND i.undone = 0",
                (number,),
            )
            if again is not None:
                times.append(again)
        return min(times, default=None)

    return came


def latest_own_time(store: Store) -> int | None:
    """Return the time of this device's newest entry in the journal, None for none."""
    return store.value(  # type: ignore[no-any-return]
        "SELECT CAST(substr(o.hlc, 1, 15) AS INTEGER) FROM link AS l JOIN operation AS o USING (n)"
        " WHERE l.chain = 'journal' AND l.device = (SELECT device FROM identity WHERE own = 1)"
        " ORDER BY l.seq DESC LIMIT 1"
    )
