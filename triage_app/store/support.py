"""What support actions are measured by: the facts behind their due times, and how often somebody was tried."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from triage_app.store.connection import Store


def facts(store: Store) -> dict[str, dict[str, Any]]:
    """Return, for each open support action without a due time of its own, what a target is computed from."""
    found = {}
    for row in store.dicts(
        "SELECT a.id, a.code, a.created_at AS added, v.created_at AS recorded, v.party, i.id AS incident, i.times,"
        " i.category_proposed, i.category_assessed, i.category_confirmed, json_extract(a.facts, '$.clock') AS clock"
        " FROM action AS a JOIN victim AS v ON v.id = a.victim JOIN incident AS i ON i.id = v.incident"
        " WHERE a.deleted = 0 AND a.due_at IS NULL AND a.status IN ('pending', 'ongoing')"
    ):
        found[row["id"]] = row
    return found


def of_victim(store: Store, victim: str) -> dict[str, Any] | None:
    """Return what a target for a victim is computed from, before there is an action."""
    rows = store.dicts(
        "SELECT v.created_at AS recorded, v.party, i.id AS incident, i.times, i.status, i.category_proposed,"
        " i.category_assessed, i.category_confirmed FROM victim AS v JOIN incident AS i ON i.id = v.incident"
        " WHERE v.id = ?",
        (victim,),
    )
    return rows[0] if rows else None


def category_of(row: dict[str, Any]) -> str:
    """Return the category that counts: confirmed before assessed before proposed; "not known" for none."""
    for name in ("category_confirmed", "category_assessed", "category_proposed"):
        try:
            value = json.loads(row[name] or "null")
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and type(value.get("category")) is int:
            return str(value["category"])
    return "not known"


def time_of(row: dict[str, Any], name: str) -> int | None:
    """Return one of an incident's times (milliseconds UTC), None where it is not recorded."""
    try:
        value = json.loads(row["times"] or "{}").get(name)
    except (ValueError, RecursionError, AttributeError):
        return None
    at = value.get("at") if isinstance(value, dict) else None
    return at if type(at) is int else None


def attempts(store: Store, actions: Iterable[str] | None = None) -> dict[str, tuple[int, int | None]]:
    """Return action → (how many attempts, when the last was) of those where somebody was tried."""
    wanted = None if actions is None else set(actions)
    return {
        action: (count, last)
        for action, count, last in store.rows(
            "SELECT action, count(*), max(at) FROM attempt WHERE deleted = 0 GROUP BY action"
        )
        if wanted is None or action in wanted
    }
