"""Alerts about which nothing else stands than one triage decision, shared by many: projected all at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from triage_app.domain.operations import Body
from triage_app.store import journal
from triage_app.store.authors import Authors
from triage_app.store.connection import Store
from triage_app.store.projected_rows import SHAPES, alert_key_of, alert_keys_of, are_alert_keys

_CHUNK: Final = 1_000
_FEW: Final = 50
"Alerts that share a decision, up to which each is written as a row of its own."


@dataclass(frozen=True)
class Projected:
    """What came of it."""

    others: list[str]
    "Alerts that are still to be projected: one decision is not all that stands of them."
    state: str | None = None
    "The state that is said of every one of them, None where it is not the same for all."


def project(store: Store, entities: Sequence[str]) -> Projected:
    """Project those of some alerts for which one decision is all that stands.

    Tens of thousands of alerts that were dismissed in one gesture share one operation: what it says is read once.
    """
    n = _of_all(store, entities)
    if n is not None and are_alert_keys(entities):
        return Projected([], _write(store, {n: list(entities)}))
    shared: dict[int, list[str]] = defaultdict(list)
    others: list[str] = []
    for start in range(0, len(entities), _CHUNK):
        part = entities[start : start + _CHUNK]
        found: dict[str, int] = {}
        several: set[str] = set()
        for entity, field, n in store.rows(
            f"SELECT entity, field, n FROM head WHERE kind = 'alert' AND entity IN ({','.join('?' * len(part))})", part
        ):
            if entity in found or field != "triage":
                several.add(entity)
            found[entity] = n
        if not are_alert_keys(list(found)):
            several.update(entity for entity in found if alert_key_of(entity) is None)
        for entity, n in found.items():
            if entity not in several:
                shared[n].append(entity)
        others += several
        others += [entity for entity in part if entity not in found]
    numbers = list(shared)
    for start in range(0, len(numbers), _CHUNK):
        _write(store, {n: shared[n] for n in numbers[start : start + _CHUNK]})
    return Projected(others)


def _of_all(store: Store, entities: Sequence[str]) -> int | None:
    """Return the decision that is all that stands of each of some alerts, None where it is not one for all of them."""
    found = store.rows(
        "SELECT n, field = 'triage', count(*) FROM head WHERE kind = 'alert'"
        " AND entity IN (SELECT value FROM json_each(?)) GROUP BY 1, 2 LIMIT 2",
        (json.dumps(entities),),
    )
    return found[0][0] if [(one[1], one[2]) for one in found] == [(1, len(entities))] else None


def _write(store: Store, shared: dict[int, list[str]]) -> str:
    """Write the rows of some alerts, given by the decision that is all that stands of them; return the last state."""
    table, key_column, build = SHAPES["alert"]
    rows: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    many: list[tuple[tuple[str, ...], tuple[Any, ...], list[str]]] = []
    every: list[str] = []
    state = ""
    authors = Authors(store)
    for n, link_hash, device, data in store.rows(
        "SELECT n, link.hash, link.device, body.bytes FROM link JOIN body USING (n)"
        f" WHERE n IN ({','.join('?' * len(shared))}) AND body.state = 'here'",
        list(shared),
    ):
        body = authors.named(device, Body.from_bytes(bytes(data)))
        entities = shared.pop(n)
        shown = build(entities[0], {body.field: journal.Head(n, link_hash, body)})
        if shown is None:
            raise ValueError("an alert has a key")
        rest = {name: value for name, value in shown.items() if name != key_column}
        values = tuple(rest.values())
        state = str(shown["state"])
        if len(entities) > _FEW:
            many.append((tuple(rest), values, entities))
        else:
            rows[tuple(rest)] += [(key, *values) for key in alert_keys_of(entities) or ()]
        every += entities
    if shared:
        raise ValueError("a head has a body")
    _take_away(store, "conflict", "kind = 'alert' AND entity", lambda: every)
    _take_away(store, "alert_correction", "key", lambda: sorted(alert_keys_of(every) or ()))
    for names, some in rows.items():
        store.executemany(
            f"INSERT INTO {table}({', '.join((key_column, *names))}) VALUES ({', '.join('?' * (len(names) + 1))})"
            f" {_instead(key_column, names)}",
            sorted(some, key=itemgetter(0)),
        )
    for names, values, entities in many:
        # WHERE tells the database that ON CONFLICT is not of a join
        store.execute(
            f"INSERT INTO {table}({', '.join((key_column, *names))}) SELECT unhex(value){', ?' * len(names)}"
            f" FROM json_each(?) WHERE true {_instead(key_column, names)}",
            (*values, json.dumps(sorted(entities))),
        )
    return state


def _instead(key_column: str, names: Sequence[str]) -> str:
    return f"ON CONFLICT({key_column}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names)}"


def _take_away(store: Store, table: str, which: str, names: Callable[[], Sequence[str | bytes]]) -> None:
    """Remove what is said of some alerts in a table that mostly says nothing."""
    if store.value(f"SELECT 1 FROM {table} LIMIT 1"):
        store.executemany(f"DELETE FROM {table} WHERE {which} = ?", ((name,) for name in names()))
