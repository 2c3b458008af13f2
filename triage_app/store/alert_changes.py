"""What an act came to for the alerts it was about: which they are, how they stand, and how many are left to decide.

A list of a million alerts is not read again for each decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from triage_app.store import alert_folds
from triage_app.store.alerts import IN_HAND, NEW, SNOOZED, AlertFilter, in_state_sql
from triage_app.store.connection import Store

_CHUNK: Final = 500


def undecided(store: Store, now: int, severe: int) -> tuple[int, int]:
    """Return how many alerts are to be decided, with the snoozed whose time has come, and how many are severe.

    The index of the queue answers for all but the snoozed, so it costs the same few reads however many are looked at.
    """
    states = f"{NEW}, {IN_HAND}"
    many, high = store.rows(
        f"SELECT count(*), count(CASE WHEN severity >= ? THEN 1 END) FROM alert WHERE state IN ({states})", (severe,)
    )[0]
    back, high_back = store.rows(
        "SELECT count(*), count(CASE WHEN a.severity >= ? THEN 1 END) FROM alert_decision AS d"
        f" JOIN alert AS a ON a.key = d.key AND a.state = {SNOOZED} WHERE d.state = 'snoozed' AND d.until <= ?",
        (severe, now),
    )[0]
    return many + back, high + high_back


def in_states(store: Store, narrowed: AlertFilter, numbers: Sequence[int]) -> set[int]:
    """Return those of a few alerts whose state a filter lets pass, whatever else it asks for."""
    parameters: list[Any] = []
    condition = in_state_sql(narrowed, parameters, "+a.state")
    marks = ",".join("?" * len(numbers))
    sql = f"SELECT a.id FROM alert AS a WHERE {condition} AND a.id IN ({marks})"
    return set(store.numbers(sql, [*parameters, *numbers]))


def keys_of(store: Store, numbers: Sequence[int]) -> list[str]:
    """Return the keys (hex) of some alerts, in the order given; of those that are gone, none."""
    found: list[str] = []
    for start in range(0, len(numbers), _CHUNK):
        part = numbers[start : start + _CHUNK]
        marks = ",".join("?" * len(part))
        by_number = dict(store.rows(f"SELECT id, lower(hex(key)) FROM alert WHERE id IN ({marks})", list(part)))
        found += [by_number[number] for number in part if number in by_number]
    return found


def in_hand(store: Store, keys: Sequence[str]) -> list[str]:
    """Return those of a few alerts (hex keys) that somebody has in hand."""
    marks = ",".join("?" * len(keys))
    sql = f"SELECT lower(hex(key)) FROM alert WHERE key IN ({marks}) AND state = {IN_HAND}"
    return [row[0] for row in store.rows(sql, list(map(bytes.fromhex, keys)))]


def came_back(store: Store, after: int, now: int) -> bool:
    """Tell whether any snooze has run out between two moments."""
    sql = "SELECT 1 FROM alert_decision WHERE state = 'snoozed' AND until > ? AND until <= ? LIMIT 1"
    return store.value(sql, (after, now)) is not None


def touched_keys(store: Store, touched: Iterable[tuple[str, str]], most: int) -> list[str] | None:
    """Return the keys (hex) of the alerts whose state an act may have changed, by what it touched.

    None where they are more than ``most``, or cannot be told: then all have to be looked at again.
    """
    found: set[str] = set()
    for kind, entity in touched:
        if kind in ("import", "organisation") or (kind in ("alert", "link", "incident") and not entity):
            return None
        if kind == "alert":
            found.add(entity)
        elif kind in ("link", "incident"):
            column = "id" if kind == "link" else "incident"
            sql = f"SELECT lower(hex(key)) FROM alert_link WHERE {column} = ? LIMIT ?"
            found.update(row[0] for row in store.rows(sql, (entity, most + 1)))
        if len(found) > most:
            return None
    return sorted({*found, *alert_folds.shown_for(store, found)})
