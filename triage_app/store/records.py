"""Records of every kind of evidence but alerts: the lists of indicators, advisories, findings and so on."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import KINDS
from triage_app.store.connection import Store

_CHUNK: Final = 500

ORDERS: Final = {
    "seen": "c.last_seen {d}, c.id",
    "first": "c.first_seen {d}, c.id",
    "severity": "c.severity {d}, c.last_seen DESC, c.id",
    "count": "c.rows {d}, c.id",
    "value": "r.value {d}, c.id",
    "title": "r.title {d}, c.id",
    "category": "r.category {d}, r.value, c.id",
    "score": "r.score {d}, c.id",
    "until": "r.until_at {d}, c.id",
    "host": "r.host {d}, c.id",
    "organisation": "r.organisation {d}, c.id",
    "source": "l.json {d}, c.id",
}
"The orders a list may be asked for; nothing else reaches ORDER BY."


@dataclass(frozen=True)
class RecordFilter:
    """What a list of records is narrowed to."""

    kind: str
    "'' for every kind."
    text: str = ""
    "Words that must all occur."
    category: str = ""
    source: str = ""
    min_severity: int = 0


def ids(
    store: Store, narrowed: RecordFilter, order: str = "seen", descending: bool = True, limit: int = -1
) -> array[int]:
    """Return the local numbers of the records that pass, in order."""
    where, parameters = _where(store, narrowed)
    ordering = ORDERS[order].format(d="DESC" if descending else "ASC")
    joins = " JOIN evidence_row AS r ON r.id = c.newest JOIN layout AS l ON l.id = r.layout"
    needed = bool(re.search(r"\b[rl]\.", " ".join((ordering, *where))))
    sql = f"SELECT c.id FROM record AS c{joins if needed else ''} WHERE {' AND '.join(where)} ORDER BY {ordering}"
    return store.numbers(f"{sql} LIMIT ?", [*parameters, limit])


def count(store: Store, narrowed: RecordFilter) -> int:
    """Return how many records pass."""
    return len(ids(store, narrowed))


def counts(store: Store) -> dict[str, int]:
    """Return how many records there are of each kind but alerts."""
    found = dict.fromkeys(KINDS[1:], 0)
    found.update(
        (KINDS[kind], number) for kind, number in store.rows("SELECT kind, count(*) FROM record GROUP BY kind")
    )
    return found


def passing(store: Store, narrowed: RecordFilter) -> dict[str, int]:
    """Return how many records of each kind pass; kinds of which none does are left out."""
    where, parameters = _where(store, narrowed)
    sql = (
        "SELECT c.kind, count(*) FROM record AS c JOIN evidence_row AS r ON r.id = c.newest"
        f" JOIN layout AS l ON l.id = r.layout WHERE {' AND '.join(where)} GROUP BY c.kind"
    )
    return {KINDS[kind]: number for kind, number in store.rows(sql, parameters)}


def _where(store: Store, narrowed: RecordFilter) -> tuple[list[str], list[Any]]:
    where: list[str] = ["true"]
    found: list[Any] = []
    if narrowed.kind:
        where.append("c.kind = ?")
        found.append(KINDS.index(narrowed.kind))
    if narrowed.min_severity:
        where.append("c.severity >= ?")
        found.append(narrowed.min_severity)
    if narrowed.category:
        where.append("r.category = ? COLLATE NOCASE")
        found.append(narrowed.category)
    if narrowed.source:
        where.append("lower(json_extract(l.json, '$.source')) = lower(?)")
        found.append(narrowed.source)
    if narrowed.text:
        from triage_app.store import search

        sql, more = search.matching_keys(store, narrowed.text)
        where.append(f"c.key IN ({sql})")
        found.extend(more)
    return where, found


_SHOWN: Final = """
SELECT c.id, lower(hex(c.key)) AS key, c.kind, c.rows AS count, c.first_seen, c.last_seen, c.newest,
  r.severity, r.severity_raw, r.severity_rule, r.title, r.reference, r.category, r.host, r.user, r.src, r.dst, r.url,
  r.hash, r.detail, r.organisation, r.tlp, r.seen_at, r.value, r.until_at, r.score,
  lower(hex(r.evidence_id)) AS evidence_id,
  json_extract(l.json, '$.source') AS source, json_extract(l.json, '$.format') AS format,
  (SELECT min(i.started_at) FROM import AS i WHERE i.undone = 0 AND (
    EXISTS (SELECT 1 FROM import_range AS g JOIN evidence_row AS e ON e.id BETWEEN g.first AND g.last
            WHERE g.import = i.id AND e.key = c.key)
    OR EXISTS (SELECT 1 FROM import_repeat AS p JOIN evidence_row AS e ON e.id = p.row
               WHERE p.import = i.id AND e.key = c.key))) AS first_imported
FROM record AS c JOIN evidence_row AS r ON r.id = c.newest JOIN layout AS l ON l.id = r.layout
"""


def rows(store: Store, wanted: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what a list shows of some records, by local number; absent ones are left out.

    ``history`` tells that what it asked for was due before it was first imported: it starts no clock.
    """
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = list(wanted[start : start + _CHUNK])
        for row in store.dicts(f"{_SHOWN} WHERE c.id IN ({','.join('?' * len(part))})", part):
            row["kind"] = KINDS[row["kind"]]
            imported, due = row.pop("first_imported"), row["until_at"]
            row["history"] = row["kind"] == "advisory" and None not in (imported, due) and due < imported
            found[row["id"]] = row
    return found


def number_of(store: Store, kind: str, untrusted_name: str) -> list[int]:
    """Return the local numbers of the records of a kind with that key, value or reference; at most three."""
    name = untrusted_name.strip()
    place = KINDS.index(kind)
    if re.fullmatch(r"[0-9a-f]{32}", name):
        return [
            row[0]
            for row in store.rows("SELECT id FROM record WHERE kind = ? AND key = ?", (place, bytes.fromhex(name)))
        ]
    return [
        row[0]
        for row in store.rows(
            "SELECT DISTINCT c.id FROM record AS c JOIN evidence_row AS r ON r.id = c.newest"
            " WHERE c.kind = ?1 AND r.kind > 0 AND r.value = ?2 LIMIT 3",
            (place, name),
        )
    ]


def sightings(store: Store, key: str, limit: int = 50) -> list[dict[str, Any]]:
    """Return a record's evidence rows, newest first."""
    from triage_app.store import lookup

    return lookup.sightings(store, key, limit)
