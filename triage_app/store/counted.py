"""What figures are computed from, in three queries: incidents, support that succeeded, what is the same as what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from triage_app.store.connection import Store


@dataclass(frozen=True)
class CaseRow:
    """What an incident's row tells to be counted; values that came by bundle may be anything."""

    id: str
    status: str
    severity: int | None
    rsit: str
    reported: Any
    "The stored time, or None."
    categories: tuple[Any, ...]
    "What was reported to us as confirmed, assessed and proposed: the first that stands counts."
    campaign: str
    determination: str
    opened_at: int | None


def cases(store: Store) -> list[CaseRow]:
    """Return every incident that stands."""
    found = []
    for row in store.rows(
        "SELECT id, status, severity, rsit, times, facts, category_assessed, category_proposed, campaign,"
        " determination, created_at FROM incident WHERE deleted = 0"
    ):
        times, facts = json.loads(row[4]), json.loads(row[5])
        categories = (
            facts.get("category_reported"),
            *(None if text is None else json.loads(text) for text in row[6:8]),
        )
        found.append(
            CaseRow(row[0], row[1], row[2], row[3].partition(" ")[0], times.get("reported"), categories, *row[8:11])
        )
    return found


def successes(store: Store) -> list[tuple[str, str, str, str, str, int | None]]:
    """Return every support action that succeeded: (id, victim, organisation, person, incident, when done).

    Actions, victims and incidents that were taken back are left out, and so is what belongs to an incident not here.
    """
    return [
        (row[0], row[1], row[2], row[3], row[4], row[5])
        for row in store.rows(
            "SELECT a.id, v.id, v.organisation, v.person, v.incident, a.done_at FROM action AS a"
            " JOIN victim AS v ON v.id = a.victim AND v.deleted = 0"
            " JOIN incident AS i ON i.id = v.incident AND i.deleted = 0"
            " WHERE a.deleted = 0 AND a.status = 'successful'"
        )
    ]


def same(store: Store) -> list[tuple[str, str]]:
    """Return the pairs that stand as the same: incidents, people, organisations."""
    return [(row[0], row[1]) for row in store.rows("SELECT a, b FROM same_as WHERE deleted = 0")]


def is_partial(store: Store) -> bool:
    """Tell whether anything of the journal is withheld or waits: there may then be more than is counted here."""
    withheld = (
        "SELECT 1 FROM link LEFT JOIN body USING (n) WHERE chain = 'journal' AND body.state IS NOT 'here' LIMIT 1"
    )
    return bool(store.value(withheld) or store.value("SELECT 1 FROM pending LIMIT 1"))


def incidents_shown(store: Store, wanted: list[str]) -> dict[str, dict[str, Any]]:
    """Return what a list shows of some incidents: {id, ref, title, severity, status, campaign, times, created_at}."""
    if not wanted:
        return {}
    found = store.dicts(
        "SELECT id, ref, title, severity, status, rsit, campaign, determination, times, created_at FROM incident"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(wanted),),
    )
    return {row["id"]: {**row, "times": json.loads(row["times"])} for row in found}


def victims_shown(store: Store, wanted: list[str]) -> dict[str, dict[str, Any]]:
    """Return what a list shows of some victims: {id, ref, party, organisation, organisation_name, incident, …}.

    No name of a person: a list of figures is for reading out and passing on.
    """
    if not wanted:
        return {}
    found = store.dicts(
        "SELECT v.id, v.ref, v.party, v.organisation, o.name AS organisation_name, v.person, v.incident,"
        " i.ref AS incident_ref, i.title AS incident_title FROM victim AS v"
        " LEFT JOIN incident AS i ON i.id = v.incident LEFT JOIN organisation AS o ON o.id = v.organisation"
        " WHERE v.id IN (SELECT value FROM json_each(?))",
        (json.dumps(wanted),),
    )
    return {row["id"]: row for row in found}


def actions_shown(store: Store, wanted: list[str]) -> dict[str, dict[str, Any]]:
    """Return of some support actions: {id, ref, code, done_at}."""
    if not wanted:
        return {}
    found = store.dicts(
        "SELECT id, ref, code, done_at FROM action WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(wanted),)
    )
    return {row["id"]: row for row in found}
