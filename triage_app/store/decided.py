"""Alerts about which nothing else stands than one triage decision, shared by many: projected all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from triage_app.store import journal
from triage_app.store.connection import Store
from triage_app.store.projected_rows import SHAPES, alert_key_of, alert_keys_of

_CHUNK: Final = 1_000


def project(store: Store, entities: Sequence[str]) -> list[str]:
    """Project those of some alerts for which one decision is all that stands, and return the others.

    Tens of thousands of alerts that were dismissed in one gesture share one operation: what it says is read once.
    """
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
        if alert_keys_of(list(found)) is None:
            several.update(entity for entity in found if alert_key_of(entity) is None)
        for entity, n in found.items():
            if entity not in several:
                shared[n].append(entity)
        others += several
        others += [entity for entity in part if entity not in found]
    for n, some in shared.items():
        _write(store, n, some)
    return others


def _write(store: Store, n: int, entities: list[str]) -> None:
    (link_hash,) = store.row("SELECT hash FROM link WHERE n = ?", (n,)) or ("",)
    body = journal.body_of(store, n)
    table, key_column, build = SHAPES["alert"]
    if body is None:
        raise ValueError("a head has a body")
    shown = build(entities[0], {body.field: journal.Head(n, link_hash, body)})
    if shown is None:
        raise ValueError("an alert has a key")
    _take_away(store, "conflict", "kind = 'alert' AND entity", entities)
    keys = sorted(alert_keys_of(entities) or ())
    _take_away(store, "alert_correction", "key", keys)
    rest = tuple(value for name, value in shown.items() if name != key_column)
    names = [key_column, *(name for name in shown if name != key_column)]
    store.executemany(
        f"INSERT INTO {table}({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) ON CONFLICT({key_column})"
        f" DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names[1:])}",
        ((key, *rest) for key in keys),
    )


def _take_away(store: Store, table: str, which: str, names: Sequence[str | bytes]) -> None:
    """Remove what is said of some alerts in a table that mostly says nothing."""
    if store.value(f"SELECT 1 FROM {table} LIMIT 1"):
        store.executemany(f"DELETE FROM {table} WHERE {which} = ?", ((name,) for name in names))
