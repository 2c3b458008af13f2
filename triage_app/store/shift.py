"""Shift handovers read back, and the counts of what came since a shift began."""

from __future__ import annotations

import json
from typing import Any

from triage_app.domain.records import CREATED, DELETED
from triage_app.store import alerts, labels, lookup, personal
from triage_app.store.connection import Store


def handovers(store: Store) -> list[dict[str, Any]]:
    """Return every handover of our own organisation, those whose giving was undone too, their words still sealed.

    What another organisation's device said of one does not count: nobody else gives, takes or ends our shifts.
    """
    found = []
    foreign = _said_elsewhere(store, "handover")
    for row in store.dicts(
        "SELECT h.*, r.name AS giver, r.organisation AS organisation FROM handover AS h"
        " LEFT JOIN responder AS r ON r.id = h.created_by ORDER BY h.given_at DESC, h.id"
    ):
        if row["id"] in foreign:
            if labels.our_word(store, "handover", row["id"], CREATED) is None:
                continue
            said = labels.our_word(store, "handover", row["id"], "taken_back")
            row["taken_back_at"] = said.get("at") if isinstance(said, dict) else None
            row["deleted"] = int(labels.our_word(store, "handover", row["id"], DELETED) is True)
        found.append({**row, "page": json.loads(row["page"])})
    return found


def takings(store: Store) -> list[dict[str, Any]]:
    """Return every taking that stands, of our own organisation."""
    foreign = _said_elsewhere(store, "taking")
    found = []
    for row in store.dicts(
        "SELECT g.*, r.name AS taker, r.organisation AS organisation FROM taking AS g"
        " LEFT JOIN responder AS r ON r.id = g.created_by ORDER BY g.at, g.id"
    ):
        if row["id"] in foreign:
            if labels.our_word(store, "taking", row["id"], CREATED) is None:
                continue
            row["deleted"] = int(labels.our_word(store, "taking", row["id"], DELETED) is True)
        if not row["deleted"]:
            found.append({**row, "page": json.loads(row["page"])})
    return found


def responder(store: Store, responder_id: str) -> tuple[str | None, str | None]:
    """Return a responder's name and organisation; None for what is not known here."""
    return store.row("SELECT name, organisation FROM responder WHERE id = ?", (responder_id,)) or (None, None)


def words_of(store: Store, handover: str) -> str:
    """Return the giver's own words, opened; "" for none."""
    stored = store.value("SELECT words FROM handover WHERE id = ?", (handover,))
    return personal.opened(store, "handover", handover, "words", stored or "")


def _said_elsewhere(store: Store, kind: str) -> set[str]:
    """Return the ids of the handovers, or takings, of which a device that is not ours said something."""
    ours = labels.our_devices(store)
    return {
        row[0]
        for row in store.rows(
            f"SELECT DISTINCT t.id FROM {kind} AS t JOIN operation AS o ON o.entity = t.id AND o.entity <> ''"
            f" JOIN link AS l USING (n) WHERE l.device NOT IN ({','.join('?' * len(ours))})",
            ours,
        )
    }


def came(store: Store, since: int, bounds: tuple[int, ...]) -> tuple[list[int], list[dict[str, Any]], int]:
    """Return what came since a time: alerts first seen since then in each of some severity bands (the lowest severity
    of each, worst first), the imports that stand, and how many reports (tips)."""
    counts = [0] * len(bounds)
    for severity, count in store.rows(
        "SELECT severity, count(*) FROM alert WHERE first_seen >= ? AND state <> ? GROUP BY severity",
        (since, alerts.FOLDED),
    ):
        counts[next((n for n, lowest in enumerate(bounds) if severity >= lowest), len(bounds) - 1)] += count
    imports = store.dicts(
        "SELECT name, format, finished_at, records, rejected FROM import WHERE state IN ('done', 'received')"
        " AND undone = 0 AND finished_at >= ? ORDER BY finished_at DESC, id DESC",
        (since,),
    )
    tips = store.value("SELECT count(*) FROM tip WHERE deleted = 0 AND created_at >= ?", (since,))
    return counts, imports, int(tips)


def incident_marks(store: Store, incidents: list[str]) -> dict[str, str]:
    """Return the TLP label that holds for each of some incidents."""
    known: labels.Known = {}
    return {one: labels.of_incident(store, one, known) for one in incidents}


def open_incidents(store: Store) -> list[dict[str, Any]]:
    """Return the incidents that are open, the severest first, then the oldest."""
    return lookup.listing(
        store, "incident", "i.status <> 'closed'", order="i.severity IS NULL, i.severity DESC, i.created_at, i.id"
    )


def closed_incidents(store: Store, since: int) -> list[dict[str, Any]]:
    """Return the closed incidents that were changed since a time: among them those that were closed since then."""
    return lookup.listing(store, "incident", "i.status = 'closed' AND i.changed_at >= ?", (since,), "i.ref")
