"""Which rows of which imports are here: what a peer is told of them, and by which imports a row came."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from triage_app.store import alerts, import_entries, reading_proofs
from triage_app.store.connection import Store

WHOLE: Final = "whole"
"Said of an import of which every row is here."
UNREAD: Final = "unread"
"Said of one of which every row is here, but not every reading: they are to be sent again."


@dataclass(frozen=True)
class Membership:
    """That an import brought a row."""

    number: int
    entity: str
    leaf: int
    reading: int
    here: bool
    "Whether the import was made here."


class Memberships:
    """By which standing imports rows came."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ranges = store.rows(
            "SELECT i.id, i.entity, i.state, g.first, g.last, g.leaf FROM import_range AS g JOIN import AS i"
            " ON i.id = g.import WHERE i.undone = 0 AND i.state <> 'loading'"
        )
        self._repeating = store.rows(
            "SELECT id, entity, state FROM import AS i WHERE undone = 0 AND state <> 'loading'"
            " AND EXISTS (SELECT 1 FROM import_repeat WHERE import = i.id)"
        )

    def of(self, rows: Sequence[int]) -> dict[int, list[Membership]]:
        """Return the memberships of some rows (a few hundred)."""
        found: dict[int, list[Membership]] = defaultdict(list)
        ordered = sorted(rows)
        for number, entity, state, first, last, leaf in self._ranges:
            if ordered and first <= ordered[-1] and last >= ordered[0]:
                for row in alerts.within([(first, last)], ordered):
                    place = leaf + row - first if leaf >= 0 else -1
                    found[row].append(Membership(number, entity, place, 0, state == "done"))
        listed = json.dumps(ordered)
        for number, entity, state in self._repeating:
            for row, leaf, n in self._store.rows(
                "SELECT row, leaf, reading FROM import_repeat WHERE import = ?"
                " AND row IN (SELECT value FROM json_each(?))",
                (number, listed),
            ):
                found[row].append(Membership(number, entity, leaf, n, state == "done"))
        return found


def of_import(store: Store, number: int) -> array[int]:
    """Return the rows that an import brought."""
    found: array[int] = array("q")
    for first, last in store.rows("SELECT first, last FROM import_range WHERE import = ?", (number,)):
        found.extend(range(first, last + 1))
    found.extend(store.numbers("SELECT row FROM import_repeat WHERE import = ?", (number,)))
    return found


def unproved(store: Store, number: int) -> array[int]:
    """Return the rows of an import that have no place in its tree, as far as is known here."""
    found: array[int] = array("q")
    for first, last in store.rows("SELECT first, last FROM import_range WHERE import = ? AND leaf < 0", (number,)):
        found.extend(range(first, last + 1))
    found.extend(store.numbers("SELECT row FROM import_repeat WHERE import = ? AND leaf < 0", (number,)))
    return found


def of_imports(store: Store) -> dict[str, str]:
    """Return which rows of each standing import are here: what a peer is told in place of a list.

    All that its journal entry signed, or a hash over those that are: two laptops with as many rows
    need not have the same.
    """
    found = {}
    for number, entity, state in store.rows(
        "SELECT id, entity, state FROM import WHERE undone = 0 AND state <> 'loading'"
    ):
        if state == "done" or _proved(store, number) in _signed_counts(store, entity):
            found[entity] = UNREAD if state == "received" and _unread(store, number, entity) else WHOLE
            continue
        held = store.rows(
            "SELECT r.evidence_id FROM import_repeat AS p JOIN evidence_row AS r ON r.id = p.row WHERE p.import = ?1"
            " UNION ALL SELECT r.evidence_id FROM import_range AS g JOIN evidence_row AS r"
            " ON r.id BETWEEN g.first AND g.last WHERE g.import = ?1",
            (number,),
        )
        found[entity] = digest([bytes(row[0]) for row in held])
    return found


def _proved(store: Store, number: int) -> int:
    """Return how many rows of an import are here and proved."""
    sql = (
        "SELECT (SELECT count(*) FROM import_repeat WHERE import = ?1 AND leaf >= 0)"
        " + (SELECT ifnull(sum(last - first + 1), 0) FROM import_range WHERE import = ?1 AND leaf >= 0)"
    )
    return int(store.value(sql, (number,)))


def _unread(store: Store, number: int, entity: str) -> bool:
    """Tell whether readings of an import that its device has signed did not come as it signed them."""
    sql = "SELECT 1 FROM import_repeat WHERE import = ? AND leaf >= 0 AND reading < 0 LIMIT 1"
    return bool(store.value(sql, (number,)) and reading_proofs.signed(store, entity))


def _signed_counts(store: Store, entity: str) -> list[int]:
    return [leaves for _, leaves in import_entries.roots(store, entity)]


def digest(evidence_ids: list[bytes]) -> str:
    """Return the hash over some rows, whatever their order."""
    return hashlib.sha256(b"".join(sorted(evidence_ids))).hexdigest()[:32]
