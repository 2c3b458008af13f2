"""Evidence that comes a row a line: proved by its own content, its import's signature, and that of its reading."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain import evidence
from triage_app.domain.evidence import ALERT, COLUMNS, KINDS, MAX_SCORE, Layout
from triage_app.domain.merkle import GROUP, ID_BYTES, proves
from triage_app.store import alerts, import_entries, imports, projections, reading_proofs, readings
from triage_app.store.connection import Store

_MAX_TEXT: Final = 65536
_CHUNK: Final = 500
_SENT_COLUMNS: Final = frozenset(COLUMNS) - {"evidence_id", "rest"}
_FIRST_UNSENT: Final[dict[str, Any]] = {"kind": ALERT, "value": "", "until_at": None, "score": None}
"""Columns that the first release did not send: all its evidence was alerts."""


class Taking:
    """Evidence on its way in: what is new, and what has to be looked at again once all of it is here."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.new = self.refused = 0
        self.first = 1 + (store.value("SELECT max(id) FROM evidence_row") or 0)
        self.next = self.first
        self.touched: set[str] = set()
        "Imports of which rows came."
        self.came: array[int] = array("q")
        "Rows that were here, and may be read otherwise now."
        self.hidden_keys: set[bytes] = set()
        self._layouts: dict[str, int] = {}
        self._complete: dict[str, bool] = {}
        self._any_undone = bool(store.value("SELECT 1 FROM import WHERE undone = 1"))

    def start_again(self, following: int, new: int, refused: int, touched: set[str]) -> None:
        """Forget what came since: it was taken back."""
        self.next, self.new, self.refused, self.touched = following, new, refused, touched
        del self.came[:]
        self.hidden_keys.clear()
        self._layouts.clear()

    def held(self) -> int:
        """Return about how many rows are here."""
        return int(self._store.value("SELECT count(*) FROM (SELECT 1 FROM evidence_row LIMIT 1000000)"))

    def layout(self, text: str) -> int:
        """Return the number of a layout, stored once."""
        if text not in self._layouts:
            self._store.execute("INSERT OR IGNORE INTO layout(json) VALUES (?)", (text,))
            self._layouts[text] = int(self._store.value("SELECT id FROM layout WHERE json = ?", (text,)))
        return self._layouts[text]

    def numbers_of(self, ids: Sequence[bytes]) -> dict[bytes, int]:
        """Return the numbers of those of some rows that are here."""
        found: dict[bytes, int] = {}
        for start in range(0, len(ids), _CHUNK):
            part = ids[start : start + _CHUNK]
            for evidence_id, number in self._store.rows(
                f"SELECT evidence_id, id FROM evidence_row WHERE evidence_id IN ({','.join('?' * len(part))})", part
            ):
                found[bytes(evidence_id)] = number
        return found

    def note_held(self, number: int, key: bytes | None = None) -> None:
        """Note that a row came that was here, which an import that was taken back may have hidden."""
        self.came.append(number)
        if self._any_undone and not _is_visible(self._store, number):
            shown = key or bytes(self._store.value("SELECT key FROM evidence_row WHERE id = ?", (number,)))
            self.hidden_keys.add(shown)

    def take(self, rows: Sequence[Row]) -> None:
        """Take rows in that came one by one, with what their imports claim of them."""
        numbers = self.numbers_of([row.evidence_id for row in rows])
        claims: dict[str, list[_Claim]] = defaultdict(list)
        fresh = []
        for row in rows:
            first = row.evidence_id not in numbers
            brought = [claim for claim in row.imports if not self._is_complete(claim[0])]
            if first and not brought:
                self.refused += 1
                continue
            if first:
                numbers[row.evidence_id] = self.next
                fresh.append(
                    (
                        row.evidence_id, row.key, *(row.everything[name] for name in COLUMNS[2:]),
                        self.layout(row.layout), self.next,
                    )
                )  # fmt: skip
                self.next += 1
                self.new += 1
                self.came.append(numbers[row.evidence_id])
            else:
                self.note_held(numbers[row.evidence_id])
            for entity, leaf, proof, reading in brought:
                claims[entity].append(_Claim(numbers[row.evidence_id], row, leaf, proof, reading, first))
        self._store.executemany(imports.INSERT_ROW, fresh)
        for entity, claimed in claims.items():
            self.refused += _take_claims(self, self._store, entity, claimed)
            self.touched.add(entity)

    def _is_complete(self, entity: str) -> bool:
        """Tell whether an import was made here: what it brought is here already, and nobody adds to it."""
        if entity not in self._complete:
            sql = "SELECT 1 FROM import WHERE entity = ? AND state IN ('done', 'loading')"
            self._complete[entity] = bool(self._store.value(sql, (entity,)))
        return self._complete[entity]

    def finish(self) -> tuple[int, int]:
        """Show what came: readings chosen, alerts folded. Return how many rows are new, and how many were refused."""
        store, first, last = self._store, self.first, self.next - 1
        if last >= first:  # noted first: what follows may give rows other readings, and change the index of others
            store.execute("INSERT INTO unindexed(first, last) VALUES (?, ?)", (first, last))
        for entity in self.touched:
            projections.project_import(store, entity)
        several = readings.differ(store)  # then alerts of new rows may have been folded already, as a row joined them
        if several:
            self.hidden_keys |= readings.choose(store, self.came)
        if last >= first:
            if alerts.covered(alerts.visible_spans(store), first, last) and not several:
                alerts.fold(store, first, last)
            else:
                sql = "SELECT DISTINCT key FROM evidence_row WHERE id BETWEEN ? AND ?"
                self.hidden_keys.update(bytes(found[0]) for found in store.rows(sql, (first, last)))
        if self.hidden_keys:
            alerts.refold(store, self.hidden_keys)
        return self.new, self.refused


@dataclass(frozen=True)
class _Claim:
    """That an import brought a row, and how it read it."""

    number: int
    row: Row
    leaf: int
    "Place among the import's leaves."
    path: list[str]
    "Way to the root of its rows."
    read: list[str]
    "Way to the root of its readings, [] for none."
    first: bool
    "Whether the row is here by this line."


def _take_claims(taking: Taking, store: Store, entity: str, claimed: Sequence[_Claim]) -> int:
    """Note that rows belong to an import; those that its signed root does not prove (yet) as unattested.

    Return how many readings were refused: their row was read otherwise, and its device did not sign them.
    """
    number = import_number(store, entity)
    ours = store.value("SELECT state FROM import WHERE id = ?", (number,)) == "done"
    roots = roots_of(store, entity)
    rows, read_rows = _Proved(roots), _Proved([] if ours else reading_proofs.signed(store, entity))
    known = bool(reading_proofs.authors(store, entity))
    here = _Here(store, [claim.number for claim in claimed if not claim.first])
    refused = 0
    repeats, proofs = [], []
    for claim in claimed:
        row, leaf, path = claim.number, claim.leaf, claim.path
        proved = rows.holds(path, leaf, claim.row.evidence_id)
        read = bool(claim.read and read_rows.roots) and read_rows.holds(claim.read, leaf, claim.row.digest())
        n = _reading(taking, here, claim, keep=read or bool(claim.read and not ours and not known))
        if n is None:
            refused += int(not ours)
            n = 0
        repeats.append((number, row, leaf if proved else -1, n if read else ~n))
        if path and not ours and (proved or not roots):
            proofs.append((proved, (row, number, leaf, json.dumps(path))))
        if read or (claim.read and not ours and not known):
            reading_proofs.keep_path(store, number, leaf, claim.read, proved=read)
    join(store, repeats)
    for proved, proof in proofs:
        word = "REPLACE" if proved else "IGNORE"
        store.execute(f"INSERT OR {word} INTO proof(row, import, leaf, path) VALUES (?, ?, ?, ?)", proof)
    return refused


def join(store: Store, repeats: Sequence[tuple[int, int, int, int]]) -> None:
    """Note that rows belong to an import, given as (import, row, leaf, reading); what is proved is not taken back."""
    store.executemany(
        "INSERT INTO import_repeat(import, row, leaf, reading) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS"
        " (SELECT 1 FROM import_range WHERE import = ?1 AND ?2 BETWEEN first AND last)"
        " ON CONFLICT(import, row) DO UPDATE SET"
        " leaf = CASE WHEN import_repeat.leaf < 0 THEN excluded.leaf ELSE import_repeat.leaf END,"
        " reading = CASE WHEN import_repeat.reading < 0 AND excluded.reading >= 0 THEN excluded.reading"
        " ELSE import_repeat.reading END",
        repeats,
    )


class _Proved:
    """Which ways lead to a signed root; one that sixteen share is gone once."""

    def __init__(self, roots: Sequence[tuple[str, int]]) -> None:
        self.roots = roots
        self._known: dict[tuple[int, tuple[str, ...]], tuple[list[int], bytes]] = {}

    def holds(self, path: Sequence[str], leaf: int, named: bytes) -> bool:
        """Tell whether a way leads from what is named at a leaf to a signed root."""
        key = (leaf // GROUP, tuple(path))
        known = self._known.get(key)
        if known is None:
            counts = [count for root, count in self.roots if proves(path, leaf, named, root, count)]
            if counts:
                self._known[key] = (counts, bytes.fromhex(path[0]))
            return bool(counts)
        counts, group = known
        start = leaf % GROUP * ID_BYTES
        return group[start : start + ID_BYTES] == named and any(leaf < count for count in counts)


class _Here:
    """The readings of rows that are here, looked up together, and again once something was added to one."""

    def __init__(self, store: Store, rows: Sequence[int]) -> None:
        self._store = store
        self._rows = readings.of_rows(store, rows)

    def of(self, number: int) -> readings.Row:
        if number not in self._rows:
            self._rows |= readings.of_rows(self._store, [number])
        return self._rows[number]

    def add(self, number: int, reading: readings.Reading) -> int:
        del self._rows[number]
        return readings.add(self._store, [(number, reading)])[number]


def _reading(taking: Taking, here: _Here, claim: _Claim, *, keep: bool) -> int | None:
    """Return the number of the reading that a line has of its row, kept if it is to be; None for one not kept."""
    if claim.first:
        return 0
    row = here.of(claim.number)
    said = claim.row.reading(taking)
    for n, reading in (row.readings or {0: readings.Reading(row.key, row.shown)}).items():
        if reading == said:
            return n
    return here.add(claim.number, said) if keep else None


def _is_visible(store: Store, number: int) -> bool:
    return bool(
        store.value(
            "SELECT 1 FROM import_range AS g JOIN import AS i ON i.id = g.import"
            " WHERE ?1 BETWEEN g.first AND g.last AND i.undone = 0 AND i.state <> 'loading'"
            " UNION SELECT 1 FROM import_repeat AS p JOIN import AS i ON i.id = p.import"
            " WHERE p.row = ?1 AND i.undone = 0 AND i.state <> 'loading'",
            (number,),
        )
    )


def roots_of(store: Store, entity: str) -> list[tuple[str, int]]:
    """Return (Merkle root, leaves) as the journal gives them for an import; none when its entry is not here."""
    return import_entries.roots(store, entity)


def import_number(store: Store, entity: str) -> int:
    """Return the number of an import, a place made for one of which nothing was known."""
    found = store.value("SELECT id FROM import WHERE entity = ?", (entity,))
    if found is not None:
        return int(found)
    cursor = store.execute(
        "INSERT INTO import(entity, state, origin, name, format, size, keyed_hash, organisation, started_at)"
        " VALUES (?, 'received', 'bundle', '', '', 0, '', '', 0)",
        (entity,),
    )
    return int(cursor.lastrowid)


@dataclass(frozen=True)
class Row:
    """One line of evidence, proved by its own content."""

    evidence_id: bytes
    key: bytes
    columns: dict[str, Any]
    rest: str
    layout: str
    imports: list[tuple[str, int, list[str], list[str]]]
    "(import, place, way to the root of its rows, way to the root of its readings)."

    @classmethod
    def read(cls, untrusted_line: bytes) -> Row:
        """Read one evidence line and prove its id from its own content; raise ``ValueError`` otherwise."""
        data = json.loads(untrusted_line)
        json.dumps(data, ensure_ascii=False).encode("utf-8")  # a lone surrogate could not be stored
        layout = Layout.from_json(data["layout"])
        columns = data["columns"]
        rest = data["rest"]
        if not isinstance(columns, dict) or not isinstance(rest, str):
            raise ValueError("not an evidence line")
        columns = _FIRST_UNSENT | columns
        if set(columns) != _SENT_COLUMNS:
            raise ValueError("not an evidence line")
        for name, value in columns.items():
            if name in ("seen_at", "until_at"):
                if value is not None and (type(value) is not int or abs(value) > evidence.MOST_MILLISECONDS):
                    raise ValueError("not a time")
            elif name == "severity":
                if type(value) is not int or not 0 <= value <= 100:
                    raise ValueError("not a severity")
            elif name == "kind":
                if type(value) is not int or not 0 <= value < len(KINDS):
                    raise ValueError("not a kind of evidence")
            elif name == "score":
                if value is not None and (type(value) not in (int, float) or not abs(value) <= MAX_SCORE):
                    raise ValueError("not a score")
            elif not isinstance(value, str) or len(value) > _MAX_TEXT or "\0" in value:
                raise ValueError("not a column")
        if "\0" in rest:
            raise ValueError("no reader of ours leaves such a sign")  # it would hide what follows it
        record = evidence.restore(layout, columns, json.loads(rest))
        named = evidence.evidence_id(layout.format, record)
        if named != data["id"]:
            raise ValueError("the content does not have that id")
        key = bytes.fromhex(columns["key"])
        if len(key) != 16 or key.hex() != columns["key"]:  # it is hashed as it is written, and kept as what it says
            raise ValueError("not an alert key")
        imports = []
        for item in data["imports"]:
            entity, leaf, proof = item["import"], item["leaf"], item["proof"]
            if not isinstance(entity, str) or not 0 < len(entity) <= 64:
                raise ValueError("not an import")
            read = item.get("reading", [])
            if type(leaf) is not int or not -1 <= leaf < 2**53:
                raise ValueError("not a proof")
            for path in (proof, read):
                if not isinstance(path, list) or len(path) > 64:
                    raise ValueError("not a proof")
                if not all(isinstance(part, str) and len(part) <= 2 * GROUP * ID_BYTES for part in path):
                    raise ValueError("not a proof")
            imports.append((entity, leaf, proof, read))
        if not imports:
            raise ValueError("no import brought it")
        return cls(bytes.fromhex(named), key, columns, rest, layout.as_json(), imports)

    def digest(self) -> bytes:
        """Return the hash of what the line says was read."""
        return evidence.reading_digest(self.evidence_id, self.layout, self.everything)

    @property
    def everything(self) -> dict[str, Any]:
        """Its columns, and the rest."""
        return {**self.columns, "rest": self.rest}

    def reading(self, taking: Taking) -> readings.Reading:
        """Return what the line says was read."""
        columns = {**self.everything, "layout": taking.layout(self.layout)}
        return readings.Reading(self.key, {name: columns[name] for name in readings.READ})
