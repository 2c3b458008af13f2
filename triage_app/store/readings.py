"""The readings of a record: what each import that brought it made of it, and which of them counts.

The raw record is the same, or its id would differ. What a reader made of it (severity, key, organisation) may not
be: a person described its columns otherwise, named another organisation, or another laptop read the file first.

The reading of the newest import that stands counts, newest by the clock of its entry in the journal: that is the
same wherever the imports arrived, and in whatever order. A row shows the reading that counts. Only where imports
read it differently is there more to keep: each reading under its number, as what it has otherwise than the row.

Where somebody has decided on an alert, its rows stay with it: what hangs on it would otherwise hang on nothing.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from triage_app.domain.evidence import COLUMNS
from triage_app.domain.folds import part_key
from triage_app.store import import_entries, search
from triage_app.store.connection import Store

READ: Final = ("layout", *(name for name in COLUMNS if name not in ("evidence_id", "key")))
"""The columns of a row that its reader made, but its key."""

_CHUNK: Final = 500
_SEARCHED: Final = frozenset(search.COLUMNS)
_LISTED: Final = "SELECT value FROM json_each(?)"

_T = TypeVar("_T")

Columns = dict[str, Any]
"""What ``READ`` names."""


@dataclass(frozen=True)
class Reading:
    """What one reader made of a record."""

    key: bytes
    columns: Columns


@dataclass(frozen=True)
class Row:
    """A row as it is shown, and its readings by their numbers; one that was only ever read in one way has none."""

    key: bytes
    shown: Columns
    readings: dict[int, Reading]


def of_rows(store: Store, rows: Sequence[int]) -> dict[int, Row]:
    """Return some rows (a few hundred) with their readings."""
    listed = json.dumps(list(rows))
    found = {
        number: Row(bytes(key), dict(zip(READ, shown, strict=True)), {})
        for number, key, *shown in store.rows(
            f"SELECT id, key, {', '.join(READ)} FROM evidence_row WHERE id IN ({_LISTED})", (listed,)
        )
    }
    for number, n, key, text in store.rows(
        f"SELECT row, n, key, json FROM reading WHERE row IN ({_LISTED})", (listed,)
    ):
        row = found[number]
        row.readings[n] = Reading(row.key if key is None else bytes(key), row.shown | json.loads(text))
    return found


def add(store: Store, read: Sequence[tuple[int, Reading]]) -> dict[int, int]:
    """Keep readings of rows, one a row; return by row the number of the reading, which it may have had before.

    A row whose first reading it was is not changed: ``choose`` shows the reading that counts.
    """
    numbers: dict[int, int] = {}
    for part in _parts(read):
        here = of_rows(store, [number for number, _ in part])
        kept: list[tuple[int, int, bytes | None, str]] = []
        for number, reading in part:
            row = here[number]
            known = row.readings or {0: Reading(row.key, row.shown)}
            for n, before in known.items():
                if before == reading:
                    numbers[number] = n
                    break
            else:
                n = numbers[number] = max(known) + 1
                kept += _as_kept(number, row, known | {n: reading})
        store.executemany("INSERT OR REPLACE INTO reading(row, n, key, json) VALUES (?, ?, ?, ?)", kept)
    return numbers


def _as_kept(
    number: int, row: Row | Reading, readings: dict[int, Reading]
) -> Iterator[tuple[int, int, bytes | None, str]]:
    """Yield the lines that say the readings of a row; their key only where one has another than the row shows."""
    shown = row.shown if isinstance(row, Row) else row.columns
    agreed = all(reading.key == row.key for reading in readings.values())
    for n, reading in readings.items():
        otherwise = {name: value for name, value in reading.columns.items() if value != shown[name]}
        yield number, n, None if agreed else reading.key, json.dumps(otherwise, ensure_ascii=False)


def hold(store: Store, rows: Sequence[int]) -> None:
    """Keep what rows that were only ever read in one way show as that reading, so that they may show another key."""
    store.executemany(
        "INSERT OR IGNORE INTO reading(row, n, key, json) SELECT id, 0, key, '{}' FROM evidence_row"
        " WHERE id = ? AND NOT EXISTS (SELECT 1 FROM reading WHERE row = evidence_row.id)",
        ((row,) for row in rows),
    )


def note(store: Store, number: int, read: dict[int, int]) -> None:
    """Note which of its readings an import (by its number) gave to rows that were here before."""
    store.executemany(
        "UPDATE import_repeat SET reading = ? WHERE import = ? AND row = ? AND reading <> ?",
        [(n, number, row, n) for row, n in read.items()],
    )


def differ(store: Store) -> bool:
    """Tell whether any row was read in more than one way."""
    return bool(store.value("SELECT 1 FROM reading LIMIT 1"))


def of_import(store: Store, number: int) -> list[int]:
    """Return the rows of an import that were read in more than one way."""
    if not differ(store):
        return []
    sql = (
        "SELECT DISTINCT r.row FROM import_range AS g JOIN reading AS r ON r.row BETWEEN g.first AND g.last"
        " WHERE g.import = ?1 UNION SELECT p.row FROM import_repeat AS p WHERE p.import = ?1"
        " AND EXISTS (SELECT 1 FROM reading AS r WHERE r.row = p.row)"
    )
    return [row[0] for row in store.rows(sql, (number,))]


def under(store: Store, keys: Iterable[bytes]) -> list[int]:
    """Return the rows that some reading, but not every one, puts under one of some keys."""
    if not store.value("SELECT 1 FROM reading WHERE key IS NOT NULL LIMIT 1"):
        return []
    found: set[int] = set()
    for part in _parts(list(keys)):
        sql = "SELECT row FROM reading WHERE key IN (SELECT unhex(value) FROM json_each(?))"
        found.update(row[0] for row in store.rows(sql, (json.dumps([key.hex() for key in part]),)))
    return sorted(found)


def everywhere(store: Store) -> list[int]:
    """Return all rows that were read in more than one way."""
    return [row[0] for row in store.rows("SELECT DISTINCT row FROM reading")]


def all_rows(store: Store) -> Iterator[tuple[int, Row]]:
    """Yield the rows that were read in more than one way."""
    for part in _parts(everywhere(store)):
        yield from of_rows(store, part).items()


def choose(store: Store, rows: Iterable[int]) -> set[bytes]:
    """Let rows show the readings that count, in the search index too; others than those with several are passed over.

    Return the keys of the alerts that they leave, join, or look different in: these are to be folded again.
    """
    touched: set[bytes] = set()
    for part in _chosen(store, rows):
        changed = [(number, row, reading) for number, row, reading in part if reading != Reading(row.key, row.shown)]
        _show(store, changed)
        for _, row, reading in changed:
            touched |= {row.key, reading.key}
    return touched


def misshown(store: Store) -> list[int]:
    """Return the rows that do not show the reading that counts."""
    return [
        number
        for part in _chosen(store, everywhere(store))
        for number, row, reading in part
        if reading != Reading(row.key, row.shown)
    ]


def _chosen(store: Store, rows: Iterable[int]) -> Iterator[list[tuple[int, Row, Reading]]]:
    """Yield, a chunk at a time, the rows that stand with what they are to show."""
    brought: _Brought | None = None
    for part in _parts(sorted(set(rows))):
        several = {number: row for number, row in of_rows(store, part).items() if row.readings}
        if not several:
            continue
        brought = brought or _Brought(store)
        standing = brought.by(list(several))
        torn = {
            reading.key
            for row in several.values()
            if len({reading.key for reading in row.readings.values()}) > 1
            for reading in row.readings.values()
        }
        decided = _decided(store, torn)
        apart = _apart(store)
        counting = {
            number: _counting([row.readings[n] for n in standing[number]], decided)
            for number, row in several.items()
            if standing.get(number)
        }
        named = _named(store, [number for number, reading in counting.items() if reading.key in apart])
        yield [
            (
                number,
                several[number],
                Reading(part_key(reading.key, apart[reading.key], named[number], reading.columns["seen_at"]),
                        reading.columns) if number in named else reading,
            )
            for number, reading in counting.items()
        ]  # fmt: skip


def _apart(store: Store) -> dict[bytes, str]:
    """Return how alerts stand taken apart, by key."""
    return {bytes(key): how for key, how in store.rows("SELECT key, how FROM alert_unfold WHERE how <> ''")}


def _named(store: Store, rows: Sequence[int]) -> dict[int, bytes]:
    """Return the evidence ids of rows."""
    if not rows:
        return {}
    found = store.rows(f"SELECT id, evidence_id FROM evidence_row WHERE id IN ({_LISTED})", (json.dumps(list(rows)),))
    return {row: bytes(name) for row, name in found}


def _counting(standing: Sequence[Reading], decided: Collection[bytes]) -> Reading:
    """Return what a row shows: its newest reading, under the first key on which somebody decided, if any."""
    newest = standing[-1]
    for reading in standing:
        if reading.key in decided and reading.columns["kind"] == newest.columns["kind"]:
            return Reading(reading.key, newest.columns)
    return newest


def _decided(store: Store, keys: Collection[bytes]) -> set[bytes]:
    """Return those of some keys on which somebody decided."""
    found: set[bytes] = set()
    for part in _parts(sorted(keys)):
        sql = (
            "SELECT k.key FROM (SELECT unhex(value) AS key FROM json_each(?)) AS k"
            " WHERE EXISTS (SELECT 1 FROM alert_decision AS d WHERE d.key = k.key)"
            " OR EXISTS (SELECT 1 FROM alert_link AS l WHERE l.key = k.key AND l.deleted = 0)"
            " OR EXISTS (SELECT 1 FROM alert_correction AS c WHERE c.key = k.key)"
            " OR EXISTS (SELECT 1 FROM note AS n WHERE n.about = lower(hex(k.key)) AND n.about_kind = 'alert'"
            " AND n.deleted = 0)"
        )
        found.update(bytes(row[0]) for row in store.rows(sql, (json.dumps([key.hex() for key in part]),)))
    return found


Rank = tuple[str, str, str]


class _Brought:
    """Which standing imports brought a row, and how each of them read it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ranks: dict[int, Rank] = {}
        self._ranges = store.rows(
            "SELECT g.first, g.last, g.import, i.entity, i.state FROM import_range AS g JOIN import AS i"
            " ON i.id = g.import WHERE i.undone = 0 AND i.state <> 'loading' ORDER BY g.first"
        )
        self._firsts = [row[0] for row in self._ranges]
        self._repeating = store.rows(
            "SELECT i.id, i.entity, i.state, (SELECT min(row) FROM import_repeat WHERE import = i.id) AS first,"
            " (SELECT max(row) FROM import_repeat WHERE import = i.id) FROM import AS i"
            " WHERE i.undone = 0 AND i.state <> 'loading' AND first IS NOT NULL"
        )

    def by(self, rows: Sequence[int]) -> dict[int, list[int]]:
        """Return by row the numbers of the readings that standing imports gave it, the newest last.

        One that its import is not shown to have made counts only where there is none but such: the first that came.
        """
        found: dict[int, list[tuple[Rank, int]]] = defaultdict(list)
        claimed: dict[int, int] = {}
        for row in rows:
            place = bisect_right(self._firsts, row) - 1
            if place >= 0 and row <= self._ranges[place][1]:
                found[row].append((self._rank(*self._ranges[place][2:]), 0))
        least, most, listed = min(rows), max(rows), json.dumps(list(rows))
        for *one, first, last in self._repeating:
            if first <= most and last >= least:
                read = self._store.rows(
                    f"SELECT row, reading FROM import_repeat WHERE import = ? AND row IN ({_LISTED})", (one[0], listed)
                )
                for row, n in read:
                    if n >= 0:
                        found[row].append((self._rank(*one), n))
                    else:
                        claimed[row] = min(~n, claimed.get(row, ~n))
        return {row: [n] for row, n in claimed.items()} | {
            row: [n for _, n in sorted(readings)] for row, readings in found.items()
        }

    def _rank(self, number: int, entity: str, state: str) -> Rank:
        if number not in self._ranks:
            self._ranks[number] = rank(self._store, entity) or (("~" if state == "done" else ""), "", f"{number:020d}")
        return self._ranks[number]


def rank(store: Store, entity: str) -> Rank | None:
    """Return what orders imports: (clock, device, link) of the entry that signs its rows; None while it is not here."""
    entries = import_entries.of(store, entity)
    return (entries[0].clock, entries[0].device, entries[0].link) if entries else None


def is_newest(store: Store, number: int) -> bool:
    """Tell whether no import's entry is newer than that of one (by its number)."""
    entries = (
        " FROM import AS i JOIN operation AS o ON o.entity = i.entity"
        " WHERE o.entity <> '' AND o.field = 'root' AND o.kind = 'import' AND o.applied = 1"
    )
    mine = store.value(f"SELECT min(o.hlc){entries} AND i.id = ?", (number,))
    return mine is not None and mine == store.value(f"SELECT max(o.hlc){entries}")


def _show(store: Store, changed: Sequence[tuple[int, Row, Reading]]) -> None:
    """Write the readings that rows are to show, and what the others have otherwise than they."""
    worded = [
        number
        for number, row, reading in changed
        if any(reading.columns[name] != row.shown[name] for name in _SEARCHED)
    ]
    indexed = search.indexed(store, worded)
    search.take_out(store, indexed)
    setting = ", ".join(f"{name} = ?" for name in ("key", *READ))
    store.executemany(
        f"UPDATE evidence_row SET {setting} WHERE id = ?",
        [(reading.key, *(reading.columns[name] for name in READ), number) for number, _, reading in changed],
    )
    kept = [line for number, row, reading in changed for line in _as_kept(number, reading, row.readings)]
    store.executemany("INSERT OR REPLACE INTO reading(row, n, key, json) VALUES (?, ?, ?, ?)", kept)
    search.put_in(store, indexed)


def _parts(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
