"""Imports: chunks under a loading state, one last transaction, nothing ever half there."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import COLUMNS, Layout
from triage_app.domain.merkle import Growing
from triage_app.store import alerts, readings
from triage_app.store.brought import RECORDS
from triage_app.store.connection import Store
from triage_app.store.rereading import Rereading
from triage_app.store.said_ids import SaidIds
from triage_app.store.schema import EVIDENCE_INDEXES

INSERT_ROW: Final = (
    "INSERT INTO evidence_row(evidence_id, key, seen_at, severity, severity_raw, severity_rule, title, reference,"
    " category, host, user, src, dst, url, hash, detail, organisation, rsit, tlp, rest, tokens, kind, value, until_at,"
    " score, layout, id)"
    f" VALUES ({','.join('?' * (len(COLUMNS) + 2))})"
)
"""Takes (id and key as bytes, the other columns in the order of ``COLUMNS``, layout, number)."""
MANY_ROWS: Final = 20_000
"""From so many on, indexes of random keys are better built after the rows."""
_LOOKUP: Final = 500
MOST_OWN: Final = 1_200_000
"""Ids of one file that are held in memory to know a record said twice: about 90 bytes each."""


@dataclass(frozen=True)
class Source:
    """The file an import reads, as far as it is kept: never its content."""

    name: str
    format: str
    size: int
    keyed_hash: str
    organisation: str


class Loading:
    """An import under way. ``add`` writes chunks; ``finish`` makes them count, ``remove`` leaves nothing.

    The caller holds ``store.write()`` around each call; what was added stays invisible until ``finish``.
    """

    def __init__(self, store: Store, entity: str, source: Source, started_at: int, expected_rows: int) -> None:
        self._store = store
        self.entity = entity
        cursor = store.execute(
            "INSERT INTO import(entity, state, origin, name, format, size, keyed_hash, organisation, started_at)"
            " VALUES (?, 'loading', '', ?, ?, ?, ?, ?, ?)",
            (entity, source.name, source.format, source.size, source.keyed_hash, source.organisation, started_at),
        )
        self.number: int = cursor.lastrowid
        self._first = 1 + (store.value("SELECT max(id) FROM evidence_row") or 0)
        self._next = self._first
        self._held = store.value("SELECT count(*) FROM (SELECT 1 FROM evidence_row LIMIT 1000000)")
        self._bulk = is_bulk(expected_rows, self._held)
        self._known: dict[bytes, int] = {}
        if self._bulk:
            self._known = {bytes(eid): number for eid, number in store.rows("SELECT evidence_id, id FROM evidence_row")}
            drop_indexes(store)
        self._own = SaidIds()
        self._indexed = False  # whether this import's own rows are found by the index, ``_own`` having grown too large
        self._said = bytearray()
        self._repeats = array("q")  # row, leaf, row, leaf …
        self._runs: list[tuple[int, int]] = []  # (first row, its leaf): rows and leaves advance together
        self._lead = -1
        self._rereading = Rereading(store)
        self._leaves = 0
        self._tree = Growing()  # over the evidence ids in the order of their leaves
        self._layouts: dict[str, int] = {}
        self.accepted = 0

    def layout(self, layout: Layout) -> int:
        """Return the number of a layout, stored once."""
        text = layout.as_json()
        if text not in self._layouts:
            self._store.execute("INSERT OR IGNORE INTO layout(json) VALUES (?)", (text,))
            self._layouts[text] = self._store.value("SELECT id FROM layout WHERE json = ?", (text,))
        return self._layouts[text]

    def add(self, rows: Sequence[Sequence[Any]], layout: int) -> None:
        """Store the records of one chunk (columns in the order of ``evidence.COLUMNS``), each content once."""
        fromhex = bytes.fromhex
        if len(self._own) >= MOST_OWN:
            self._index_own()
        own = SaidIds() if self._indexed else self._own
        ids = [fromhex(row[0]) for row in rows]
        held = self._known if self._bulk and not self._indexed else self._look_up(ids)
        fresh, proved, again = [], [], []
        number, leaves = self._next, self._leaves
        for evidence_id, row, is_first in zip(ids, rows, own.first_times(ids), strict=True):
            if not is_first:
                continue
            at = held.get(evidence_id) if held else None
            if at is not None:
                if self._indexed and self._said_before(at):
                    continue
                self._repeats.extend((at, leaves))
                again.append((at, row, layout))
            else:
                if number - leaves != self._lead:
                    self._lead = number - leaves
                    self._runs.append((number, leaves))
                fresh.append((evidence_id, fromhex(row[1]), *row[2:], layout, number))
                number += 1
            proved.append(evidence_id)
            leaves += 1
        self._tree.extend(b"".join(proved))
        self._rereading.compare(again)
        self._store.executemany(INSERT_ROW, fresh)
        self._next, self._leaves = number, leaves
        self.accepted += len(rows)

    def _index_own(self) -> None:
        """Go on with the index in place of the ids held in memory, so that a file may be of any length."""
        for statement in EVIDENCE_INDEXES:
            self._store.execute(statement)
        self._own.clear()
        self._known, self._indexed = {}, True
        self._said = bytearray(self._first // 8 + 1)
        for row in self._repeats[::2]:
            self._said_before(row)

    def _said_before(self, row: int) -> bool:
        """Tell whether this file has said a row that is here already, and remember that it has: a bit each."""
        if row >= self._first:
            return True
        place, bit = row // 8, 1 << row % 8
        before = self._said[place] & bit
        self._said[place] |= bit
        return bool(before)

    def _look_up(self, ids: Sequence[bytes]) -> dict[bytes, int]:
        if not self._held and not self._indexed:
            return {}
        found: dict[bytes, int] = {}
        for start in range(0, len(ids), _LOOKUP):
            part = ids[start : start + _LOOKUP]
            for evidence_id, number in self._store.rows(
                f"SELECT evidence_id, id FROM evidence_row WHERE evidence_id IN ({','.join('?' * len(part))})", part
            ):
                found[bytes(evidence_id)] = number
        return found

    def finish(
        self, finished_at: int, rejected: int, ignored: int, rejects_file: str, keyed_hash: str, summary: str = "{}",
        left_out: int = 0,
    ) -> Finished:  # fmt: skip
        """Make the rows count: indexes, folds, memberships, root, counts. One transaction of the caller's.

        ``left_out`` records were never added.
        """
        store = self._store
        self._own.clear()
        self._known = {}
        root = self._tree.root()
        if self._bulk:
            for statement in EVIDENCE_INDEXES:
                store.execute(statement)
        before = _matters(store)
        starts = [row for row, _ in self._runs]
        ends = [*(start - 1 for start in starts[1:]), self._next - 1]
        for (first, leaf), last in zip(self._runs, ends, strict=False):
            store.execute(
                "INSERT INTO import_range(import, first, last, leaf) VALUES (?, ?, ?, ?)",
                (self.number, first, last, leaf),
            )
        hidden = self._hidden_repeats()
        store.executemany(
            "INSERT OR IGNORE INTO import_repeat(import, row, leaf) VALUES (?, ?, ?)",
            ((self.number, row, leaf) for row, leaf in self._repeated()),
        )
        store.execute("UPDATE import SET state = 'done' WHERE id = ?", (self.number,))
        touched: set[bytes] = set()
        for rows in self._rereading.keep(self.number):
            touched |= readings.choose(store, rows)
        if self._next > self._first:
            alerts.fold(store, self._first, self._next - 1)
            store.execute("INSERT INTO unindexed(first, last) VALUES (?, ?)", (self._first, self._next - 1))
        if hidden:
            sql = "SELECT DISTINCT key FROM evidence_row WHERE id IN (SELECT value FROM json_each(?))"
            touched |= {bytes(row[0]) for row in store.rows(sql, (json.dumps(hidden),))}
        if touched:
            alerts.refold(store, touched)
        new = max(_matters(store) - before, 0)  # rows that were read anew may share an alert now
        records = self.accepted + rejected + left_out
        store.execute(
            "UPDATE import SET finished_at = ?, records = ?, new = ?, repeats = ?, rejected = ?, ignored = ?,"
            " rejects_file = ?, root = ?, leaves = ?, keyed_hash = ?, summary = ? WHERE id = ?",
            (
                finished_at, records, new, self.accepted - new, rejected, ignored, rejects_file, root,
                self._leaves, keyed_hash, summary, self.number,
            ),
        )  # fmt: skip
        return Finished(self.number, self.entity, records, new, self.accepted - new, rejected, root, self._leaves)

    def _repeated(self) -> Iterator[tuple[int, int]]:
        """Yield (row, leaf) of the rows that were here before."""
        return zip(self._repeats[::2], self._repeats[1::2], strict=True)

    def _hidden_repeats(self) -> list[int]:
        """Return repeated rows that no standing import shows, because theirs was undone."""
        if not self._repeats or not self._store.value("SELECT 1 FROM import WHERE undone = 1"):
            return []
        spans = alerts.visible_spans(self._store)
        rows = sorted(self._repeats[::2])
        visible = set(alerts.within(spans, rows))
        return [row for row in rows if row not in visible]

    def remove(self) -> None:
        """Take back everything this import wrote."""
        remove_loading(self._store)


def is_bulk(expected: int, held: int) -> bool:
    """Tell whether so many rows are to come that the indexes are better built after them."""
    return expected >= MANY_ROWS and held <= expected // 4


def drop_indexes(store: Store) -> None:
    """Drop the indexes that a large load would have to keep in order."""
    for index in ("evidence_row_id", "evidence_row_key"):
        store.execute(f"DROP INDEX IF EXISTS {index}")


def _matters(store: Store) -> int:
    """Return how many alerts and records of other kinds there are."""
    return int(store.value("SELECT (SELECT count(*) FROM alert) + (SELECT count(*) FROM record)"))


@dataclass(frozen=True)
class Finished:
    """What an import came to. records = new + repeats + rejected + those that were left out."""

    number: int
    entity: str
    records: int
    new: int
    "Records that became an alert of their own."
    repeats: int
    "Records that folded into an alert already there."
    rejected: int
    root: str
    leaves: int


def remove_loading(store: Store) -> int:
    """Remove what imports that never finished left behind; return how many there were."""
    unfinished = [row[0] for row in store.rows("SELECT id FROM import WHERE state = 'loading'")]
    if unfinished:
        # Rows that came by bundle are named in import_repeat alone; what no finished import names is a torso.
        brought = store.value(
            "SELECT max(ifnull((SELECT max(last) FROM import_range), 0),"
            " ifnull((SELECT max(row) FROM import_repeat), 0))"
        )
        store.execute("DELETE FROM evidence_row WHERE id > ?", (brought,))
        for number in unfinished:
            store.execute("DELETE FROM import WHERE id = ?", (number,))
    for statement in EVIDENCE_INDEXES:
        store.execute(statement)
    return len(unfinished)


def unfinished(store: Store) -> list[str]:
    """Return the ids of imports that were begun and never finished."""
    return [row[0] for row in store.rows("SELECT entity FROM import WHERE state = 'loading'")]


def named(store: Store, entity: str) -> tuple[str, bool] | None:
    """Return (file name, whether it was taken back) of an import made here; None for none."""
    row = store.row("SELECT name, undone FROM import WHERE entity = ? AND state = 'done'", (entity,))
    return None if row is None else (row[0], bool(row[1]))


def format_of(store: Store, entity: str) -> str:
    """Return the name of the format of an import's file; "" for no import of which that is known."""
    return str(store.value("SELECT format FROM import WHERE entity = ?", (entity,)) or "")


def rejects_files(store: Store, entities: Sequence[str]) -> list[str]:
    """Return where the rejected rows of some imports were put."""
    sql = "SELECT rejects_file FROM import WHERE rejects_file <> '' AND entity IN (SELECT value FROM json_each(?))"
    return [row[0] for row in store.rows(sql, (json.dumps(list(entities)),))]


def undone_with_rejects(store: Store) -> list[str]:
    """Return the imports that were taken back and whose rejected rows may still lie in their file."""
    sql = "SELECT entity FROM import WHERE undone = 1 AND state = 'done' AND rejects_file <> ''"
    return [row[0] for row in store.rows(sql)]


def forget_rejects(store: Store, entities: Sequence[str]) -> None:
    """Note that the rejected rows of some imports are kept no longer."""
    sql = "UPDATE import SET rejects_file = '' WHERE entity IN (SELECT value FROM json_each(?))"
    store.execute(sql, (json.dumps(list(entities)),))


def listing(store: Store) -> list[dict[str, Any]]:
    """Return every finished import, newest first; of one that came by bundle, ``records`` are the rows that came."""
    return store.dicts(
        f"SELECT entity AS id, name, format, organisation, started_at, finished_at, {RECORDS}, new, repeats, rejected,"
        " ignored, rejects_file, undone, origin, state, summary"
        " FROM import WHERE state <> 'loading' ORDER BY import.id DESC"
    )


def save_mapping(store: Store, fingerprint: str, name: str, mapping: dict[str, Any], at: int, kind: str = "") -> None:
    """Remember how a table's columns are to be read; ``kind`` is what held it, a name of a format."""
    if kind:
        mapping = {**mapping, "kind": kind}
    store.execute(
        "INSERT INTO mapping(fingerprint, name, json, saved_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT(fingerprint) DO UPDATE SET name = excluded.name, json = excluded.json,"
        " saved_at = excluded.saved_at",
        (fingerprint, name, json.dumps(mapping, sort_keys=True), at),
    )


def mapping_for(store: Store, fingerprint: str) -> dict[str, Any] | None:
    """Return the mapping remembered for a table with these headers, or None."""
    found = store.value("SELECT json_remove(json, '$.kind') FROM mapping WHERE fingerprint = ?", (fingerprint,))
    return None if found is None else json.loads(found)


def mappings(store: Store) -> list[dict[str, Any]]:
    """Return every remembered mapping."""
    return store.dicts(
        "SELECT fingerprint AS id, name, json_remove(json, '$.kind') AS json, saved_at,"
        " ifnull(json_extract(json, '$.kind'), '') AS kind FROM mapping ORDER BY name"
    )
