"""The state of a store as one hash, and the checks that it is what the journal says.

State is a hash over the sorted (kind, entity, field, values of heads) and the sorted evidence ids:
equal on two stores that may see the same.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from triage_app.domain.canonical import canonical
from triage_app.domain.evidence import Layout, evidence_id, restore
from triage_app.domain.merkle import proves
from triage_app.domain.records import DELETED
from triage_app.store import (
    alerts,
    attachments,
    chains,
    import_entries,
    import_trees,
    labels,
    lookup,
    reading_proofs,
    readings,
    search,
)
from triage_app.store.connection import Store
from triage_app.store.projections import rebuild
from triage_app.store.schema import PROJECTION_TABLES

_LOCAL = frozenset({"trust"})
"Decisions about whom to trust are each store's own: no two need agree on them."

Look: TypeAlias = "Callable[[int], None]"
"""Told of how many rows more were looked at; it may raise, to stop."""


def _unseen(rows: int) -> None:
    """Take the report of a check that nobody watches."""


def rows_to_look_at(store: Store, *, projections: bool = True) -> int:
    """Return how many rows ``problems`` reports, and with ``projections`` ``projection_differences`` too."""
    links, evidence = _sizes(store)
    leaves = int(store.value("SELECT coalesce(sum(leaves), 0) FROM import WHERE state <> 'loading'"))
    return links + evidence + leaves + (links + 3 * evidence if projections else 0)


def _sizes(store: Store) -> tuple[int, int]:
    return int(store.value("SELECT count(*) FROM link")), int(store.value("SELECT count(*) FROM evidence_row"))


def state(store: Store, incident: str | None = None) -> str:
    """Return the hex hash of what stands: of everything, or of what belongs to one incident."""
    wanted = None if incident is None else _belonging(store, incident)
    values: dict[tuple[str, str, str], list[bytes]] = defaultdict(list)
    for kind, entity, field, data in store.rows("SELECT kind, entity, field, body.bytes FROM head JOIN body USING (n)"):
        if kind in _LOCAL or (wanted is not None and (kind, entity) not in wanted):
            continue
        values[(kind, entity, field)].append(canonical(json.loads(bytes(data))["value"]))
    found = hashlib.sha256(b"state1\0")
    for key in sorted(values):
        found.update(canonical([*key, [value.decode() for value in sorted(set(values[key]))]]) + b"\n")
    for identifier in _evidence(store, incident):
        found.update(identifier)
    return found.hexdigest()


def _belonging(store: Store, incident: str) -> set[tuple[str, str]]:
    found = {("incident", incident)}
    found |= {("link", row[0]) for row in store.rows("SELECT id FROM alert_link WHERE incident = ?", (incident,))}
    found |= {("alert", key) for key in lookup.linked_keys(store, incident)}
    for victim, person in store.rows("SELECT id, person FROM victim WHERE incident = ?", (incident,)):
        found.add(("victim", victim))
        if person:
            found.add(("person", person))
        found |= {("action", row[0]) for row in store.rows("SELECT id FROM action WHERE victim = ?", (victim,))}
        for kind in ("letter", "disclosure"):
            found |= {(kind, row[0]) for row in store.rows(f"SELECT id FROM {kind} WHERE victim = ?", (victim,))}
    for kind in ("clock", "clock_step", "pause"):
        found |= {(kind, row[0]) for row in store.rows(f"SELECT id FROM {kind} WHERE subject = ?", (incident,))}
    found |= {("affected", row[0]) for row in store.rows("SELECT id FROM affected WHERE incident = ?", (incident,))}
    found |= {("tip", row[0]) for row in store.rows("SELECT id FROM tip WHERE incident = ?", (incident,))}
    for kind in ("attachment", "custody"):
        found |= {(kind, row[0]) for row in store.rows(f"SELECT id FROM {kind} WHERE incident = ?", (incident,))}
    found |= {(kind, row) for kind, row in store.rows("SELECT kind, id FROM impact WHERE incident = ?", (incident,))}
    for kind in ("task", "event"):
        found |= {(kind, row[0]) for row in store.rows(f"SELECT id FROM {kind} WHERE incident = ?", (incident,))}
    for kind, entity in list(found):
        if kind == "action":
            found |= {("attempt", row[0]) for row in store.rows("SELECT id FROM attempt WHERE action = ?", (entity,))}
        for child in ("note", "call", "handoff"):
            sql = f"SELECT id FROM {child} WHERE about = ? AND about_kind = ?"
            found |= {(child, row[0]) for row in store.rows(sql, (entity, kind))}
    return found


def _evidence(store: Store, incident: str | None) -> list[bytes]:
    spans = alerts.visible_spans(store)
    if incident is None:
        found = [(row[0], bytes(row[1])) for row in store.rows("SELECT id, evidence_id FROM evidence_row ORDER BY id")]
    else:
        found = [
            (row[0], bytes(row[1]))
            for row in store.rows(
                "SELECT id, evidence_id FROM evidence_row WHERE key IN"
                " (SELECT key FROM alert_link WHERE incident = ? AND deleted = 0) ORDER BY id",
                (incident,),
            )
        ]
    visible = set(alerts.within(spans, [number for number, _ in found]))
    return sorted(identifier for number, identifier in found if number in visible)


def problems(store: Store, look: Look = _unseen) -> list[str]:
    """Return what is wrong with the journal and the evidence, in words; nothing when all is whole."""
    return (
        chains.problems(store, looked=look)
        + _checkpoint_problems(store)
        + _evidence_problems(store, look)
        + _import_problems(store, look)
        + attachments.problems(store)
    )


def _checkpoint_problems(store: Store) -> list[str]:
    """Return where a signature of ours speaks of links that are not here: a chain was shortened or exchanged.

    Another device that signs two histories is a fork, kept and shown as such; it is no fault of this store.
    """
    found = []
    own = store.value("SELECT device FROM identity WHERE own = 1")
    for chain, device, seq, held in store.rows(
        "SELECT c.chain, c.device, c.seq, l.n FROM checkpoint AS c LEFT JOIN link AS l"
        " ON l.hash = c.hash AND l.seq = c.seq AND l.device = c.device ORDER BY 1, 2, 3"
    ):
        if reading_proofs.is_of_readings(chain):
            continue
        if held is None and device == own and not _is_fork(store, device):
            found.append(f"What was signed as {chain} {device[:8]} {seq} is not here.")
    return found


def _is_fork(store: Store, device: str) -> bool:
    return bool(store.value("SELECT 1 FROM pending WHERE device = ? AND reason = 'fork'", (device,)))


def _evidence_problems(store: Store, look: Look) -> list[str]:
    found = []
    layouts: dict[int, Layout | None] = {}
    for number, text in store.rows("SELECT id, json FROM layout"):
        try:
            layouts[number] = Layout.from_json(text)
        except (ValueError, KeyError):
            found.append(f"Layout {number} cannot be read.")
    for row in store.dicts("SELECT * FROM evidence_row"):
        look(1)
        layout = layouts.get(row["layout"])
        try:
            record = None if layout is None else restore(layout, row, json.loads(row["rest"]))
        except (ValueError, AttributeError, TypeError):
            record = None
        if layout is None or record is None or evidence_id(layout.format, record) != row["evidence_id"].hex():
            found.append(f"Evidence row {row['id']} is not what its id says.")
    return found + _reading_problems(store, layouts)


def _reading_problems(store: Store, layouts: dict[int, Layout | None]) -> list[str]:
    """Return the readings that are not of their rows, and the rows that show another than the one that counts."""
    found = []
    try:
        for number, row in readings.all_rows(store):
            named = bytes(store.value("SELECT evidence_id FROM evidence_row WHERE id = ?", (number,))).hex()
            for n, reading in row.readings.items():
                layout = layouts.get(reading.columns["layout"])
                if layout is None:
                    raise ValueError("no such layout")
                record = restore(layout, reading.columns, json.loads(reading.columns["rest"]))
                if evidence_id(layout.format, record) != named:
                    found.append(f"Reading {n} of evidence row {number} is not of that row.")
        found += [f"Evidence row {number} shows another reading than counts." for number in readings.misshown(store)]
    except (ValueError, LookupError, AttributeError, TypeError):
        found.append("The readings of the evidence cannot be read.")
    lost = store.rows(
        "SELECT DISTINCT row FROM (SELECT row, max(reading, -1 - reading) AS n FROM import_repeat WHERE reading > 0"
        " OR reading < -1) AS p WHERE NOT EXISTS (SELECT 1 FROM reading AS r WHERE r.row = p.row AND r.n = p.n)"
    )
    return found + [f"A reading of evidence row {row[0]} is lost." for row in lost]


def _import_problems(store: Store, look: Look) -> list[str]:
    """Return the imports whose rows are not those that their journal entry signed."""
    found = []
    for number, entity, state_word, undone, leaves in store.rows(
        "SELECT id, entity, state, undone, leaves FROM import WHERE state <> 'loading' ORDER BY id"
    ):
        look(leaves)
        deleted = labels.import_values(store, entity, DELETED)[:1] == [True]
        if undone != int(deleted):
            found.append(f"Import {number} is not shown or hidden as the journal says.")
        roots = import_entries.roots(store, entity)
        if state_word == "done":
            try:
                trees = import_trees.computed(store, number)
            except (LookupError, ValueError, TypeError):
                found.append(f"The rows of import {number} cannot be read.")
                continue
            if not import_trees.is_of_leaves(store, number) or (trees.root, trees.leaves) not in roots:
                found.append(f"The rows of import {number} are not those that were signed.")
            elif reading_proofs.is_otherwise(store, number, entity, trees):
                found.append(f"The readings of import {number} are not those that were signed.")
            continue
        found += [
            f"The reading of evidence row {row} is not proved by import {number}."
            for row in reading_proofs.unproved(store, entity)
        ]
        read = reading_proofs.signed(store, entity)
        kept = import_trees.held(store, number)
        ways = None if kept is None else import_trees.Ways(store, number, kept)
        for row, leaf, evidence, path in store.rows(
            "SELECT m.row, m.leaf, r.evidence_id, p.path FROM import_repeat AS m JOIN evidence_row AS r ON r.id = m.row"
            " LEFT JOIN proof AS p ON p.row = m.row AND p.import = m.import WHERE m.import = ? AND m.leaf >= 0"
            " ORDER BY m.leaf",
            (number,),
        ):
            by_block = None if path is not None or ways is None else ways.of(leaf)
            way = json.loads(path) if path is not None else by_block[0] if by_block is not None else None
            if not any(way is not None and proves(way, leaf, bytes(evidence), root, count) for root, count in roots):
                found.append(f"Evidence row {row} is not proved by import {number}.")
        found += [
            f"Evidence row {row} is not proved by import {number}."
            for row in sorted(import_trees.unproved_runs(store, number, roots, read))
        ]
    return found


def projection_differences(store: Store, look: Look = _unseen) -> list[str]:
    """Rebuild every projection and return the tables that were not as the journal says; leaves all as it was."""
    links, evidence = _sizes(store)
    before = _content(store)
    look(evidence)
    try:
        with store.write():
            rebuild(store)
            look(links + evidence)
            after = _content(store)
            look(evidence)
            raise _Undo
    except _Undo:
        pass
    differences = [
        f"{table}: {_described(before[table], after[table])}" for table in before if before[table] != after[table]
    ]
    if not search.is_whole(store):
        differences.append("evidence_text: the search index does not hold what the evidence rows say.")
    return differences


class _Undo(Exception):
    pass


def _described(before: list[Any], after: list[Any]) -> str:
    different = len(set(before) ^ set(after))
    return f"{max(different // 2, 1)} row(s) are not what the journal says."


_COMPARED: Final = {
    "alert": "key, newest, rows, first_seen, last_seen, severity, state, incidents",
    "record": "key, kind, newest, rows, first_seen, last_seen, severity",
}


def _content(store: Store) -> dict[str, list[Any]]:
    """Return each projection's rows, sorted, without the local numbers that a rebuild may give anew."""
    found: dict[str, list[Any]] = {}
    for table in PROJECTION_TABLES:
        if table in ("evidence_text", "unindexed"):
            continue
        found[table] = sorted(store.rows(f"SELECT {_COMPARED.get(table, '*')} FROM {table}"), key=repr)
    return found
