"""What devices of other organisations say of our own organisation's records, in what has just been merged."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, Final

from triage_app.domain.records import CREATED, DELETED, clock_named
from triage_app.store import alerts, journal, labels
from triage_app.store.authors import NOBODY, Authors
from triage_app.store.connection import Store

_CHUNK: Final = 10_000
_DUTIES: Final = ("clock", "clock_step", "pause", "clock_switch")

ByDevice = dict[str, list[Any]]


def newest(store: Store) -> int:
    """Return the number of the newest operation that is here, 0 for none."""
    return int(store.value("SELECT max(n) FROM link") or 0)


def _theirs(store: Store, after: int, columns: str, where: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
    ours = labels.our_devices(store)
    return store.rows(
        f"SELECT l.device, {columns} FROM operation AS o JOIN link AS l USING (n)"
        f" WHERE o.n > ? AND o.applied = 1 AND l.device NOT IN ({','.join('?' * len(ours))}) AND {where} ORDER BY o.n",
        (after, *ours, *parameters),
    )


def in_our_name(store: Store, after: int) -> dict[str, list[str]]:
    """Return device → the names of responders of another organisation than its own in whose name it wrote."""
    authors = Authors(store)
    found: ByDevice = defaultdict(list)
    for device, author in _theirs(store, after, "o.author", "true GROUP BY l.device, o.author"):
        if author and authors.of(device, author) == NOBODY:
            name = store.value("SELECT name FROM responder WHERE id = ?", (author,))
            found[device].append(str(name or author))
    return found


def taken_back(store: Store, after: int) -> dict[str, list[tuple[str, str]]]:
    """Return device → (kind, id) of what our devices made, and what stands as taken back by that one's word."""
    found: ByDevice = defaultdict(list)
    for device, kind, entity in _theirs(store, after, "o.kind, o.entity", "o.field = ? AND o.batch = ''", (DELETED,)):
        if labels.our_word(store, kind, entity, CREATED) is None or (kind, entity) in found[device]:
            continue
        heads = journal.standing(store, kind, entity).get(DELETED, [])
        if heads and heads[0].body.value is True and journal.device_of(store, heads[0].n) == device:
            found[device].append((kind, entity))
    return {device: records for device, records in found.items() if records}


def closed(store: Store, after: int) -> dict[str, list[tuple[str, str]]]:
    """Return device → the incidents (kind, id) that ours opened and that stand as closed by its word."""
    found: ByDevice = defaultdict(list)
    which = "o.kind = 'incident' AND o.field = 'status' AND o.batch = ''"
    for device, entity in _theirs(store, after, "o.entity", which):
        if labels.our_word(store, "incident", entity, CREATED) is None or ("incident", entity) in found[device]:
            continue
        heads = journal.standing(store, "incident", entity).get("status", [])
        if heads and heads[0].body.value == "closed" and journal.device_of(store, heads[0].n) == device:
            found[device].append(("incident", entity))
    return {device: records for device, records in found.items() if records}


def duties(store: Store, after: int, organisation: str) -> dict[str, list[str]]:
    """Return device → the policies of an organisation's duties of which it started, stopped or settled a clock."""
    found: ByDevice = defaultdict(list)
    which = f"o.kind IN ({','.join('?' * len(_DUTIES))}) AND o.batch = ''"
    for device, kind, entity in _theirs(store, after, "o.kind, o.entity", which, _DUTIES):
        if kind == "clock_switch":
            whose, _, policy = entity.partition("/")
        else:
            about = store.value("SELECT clock FROM pause WHERE id = ?", (entity,)) if kind == "pause" else entity
            name = clock_named(str(about or ""))
            whose, policy = ("", "") if name is None else (name.organisation, name.policy)
        if whose == organisation:
            found[device].append(policy)
    return found


def alerts_decided(store: Store, after: int) -> dict[str, int]:
    """Return device → how many alerts that were here, and that nobody had decided on, it has dismissed or put off."""
    found: dict[str, set[str]] = defaultdict(set)
    which = "o.kind = 'alert' AND o.field = 'triage'"
    for device, entity, batch in _theirs(store, after, "o.entity, o.batch", which):
        found[device].update(journal.batch_parents(store, batch) if batch else (entity,))
    return {device: _now_settled(store, sorted(keys), after) for device, keys in found.items()}


def _now_settled(store: Store, keys: list[str], after: int) -> int:
    many = 0
    for start in range(0, len(keys), _CHUNK):
        many += int(
            store.value(
                "SELECT count(*) FROM json_each(?1) AS k JOIN alert AS a ON a.key = unhex(k.value)"
                f" WHERE a.state IN ({alerts.DISMISSED}, {alerts.SNOOZED}) AND NOT EXISTS (SELECT 1 FROM operation AS o"
                "  WHERE o.entity = k.value AND o.field = 'triage' AND o.entity <> '' AND o.n <= ?2)"
                " AND NOT EXISTS (SELECT 1 FROM batch_member AS b JOIN operation AS o USING (n)"
                "  WHERE b.entity = k.value AND b.n <= ?2 AND o.kind = 'alert')",
                (json.dumps(keys[start : start + _CHUNK]), after),
            )
        )
    return many
