"""What shares a value with an alert: few looks into the index, each confirmed on the rows themselves.

The full-text index proposes, newest first, and a look ends when it has seen enough to know that the value says
little. So it costs the same in a store of a thousand alerts and of a million, and needs no index of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain.search_words import Word, tokens
from triage_app.store import alerts, search
from triage_app.store.connection import Store

MANY: Final = 1_000
"""Alerts with one value, from which they are no longer counted: “1,000+”."""
MOST_ROWS: Final = 5_000
"""Rows that one look reads at most: an alert may have been seen a hundred thousand times."""
MOST_WAITING: Final = 2_000
"""Rows not yet in the index that one look reads at most."""

_AT_A_TIME: Final = 500
_CHUNK: Final = 500
_COLUMNS: Final = {name: f"r.{name}" for name in ("host", "user", "title", "url", "hash")}


@dataclass(frozen=True)
class Wanted:
    """A value to be looked for in alerts."""

    text: str
    column: str = ""
    "The column that must hold it, and nothing else, in any case; '' where it may stand anywhere as a whole word."
    organisation: str | None = None
    "Whose alerts alone count (a host's name is another machine elsewhere); None for anybody's."
    source: str = ""
    "The source whose alerts alone count; '' for any."
    is_page: bool = False
    "Whether it is a web address (host and path), which is whole only with its path."


@dataclass
class Found:
    """Where a value stands."""

    keys: dict[bytes, int | None] = field(default_factory=dict)
    "Alert → when a row of it that holds the value was last seen."
    is_whole: bool = True
    "Whether these are all; else there are, or may be, more."
    is_indexed: bool = True
    "Whether every row was looked at that is not yet in the index."
    incidents: dict[str, dict[bytes, int | None]] = field(default_factory=dict)
    "Incident → those of its alerts that hold it, with when they were seen."


def look(store: Store, wanted: Wanted, is_wanted: Callable[[], bool] = lambda: True) -> Found | None:
    """Return in which alerts a value stands, and the incidents these belong to; None once nobody wants to know."""
    found = Found()
    words = _words(wanted)
    expression = search.expression_of(words)
    if not expression:
        return found
    if not search.understood(store, expression):
        return Found(is_whole=False, is_indexed=False)
    condition, parameters = _condition(store, wanted)
    if not _through_index(store, words, expression, condition, parameters, found, is_wanted):
        return None
    _not_indexed(store, words, condition, parameters, found)
    _find_incidents(store, found)
    if not found.is_whole and len(found.keys) < MANY:
        _older_of_incidents(store, words, expression, condition, parameters, found)
    return found


def _words(wanted: Wanted) -> list[Word]:
    if not wanted.column:
        return [Word(wanted.text, "address" if wanted.is_page else "whole")]
    return [Word(token, "whole") for token in tokens(wanted.text)]


def _condition(store: Store, wanted: Wanted) -> tuple[str, list[Any]]:
    """Return SQL that a row passes beside holding the words, with its parameters."""
    sql, parameters = " AND r.kind = 0", []
    if wanted.column:
        column = _COLUMNS[wanted.column]
        sql += f" AND {column} = ? COLLATE NOCASE"
        parameters.append(wanted.text)
    if wanted.organisation is not None:
        sql += " AND r.organisation = ?"
        parameters.append(wanted.organisation)
    if wanted.source:
        sql += " AND (SELECT json_extract(l.json, '$.source') FROM layout AS l WHERE l.id = r.layout) = ?"
        parameters.append(wanted.source)
    return sql + alerts.shown_only(store, "r"), parameters


def _confirmed(words: list[Word], condition: str, parameters: list[Any], *, scanned: bool) -> tuple[str, list[Any]]:
    """Return the whole condition; a column that is compared needs no confirming of its words."""
    if " COLLATE NOCASE" in condition:
        return condition, parameters
    also, more = search.confirmed_by(words, scanned=scanned)
    return also + condition, [*more, *parameters]


def _through_index(
    store: Store, words: list[Word], expression: str, condition: str, parameters: list[Any], found: Found,
    is_wanted: Callable[[], bool],
) -> bool:  # fmt: skip
    """Look at the rows that the index proposes, the newest first; tell whether it is still wanted."""
    sql, more = _confirmed(words, condition, parameters, scanned=False)
    before, looked_at = 1 << 62, 0
    while True:
        if not is_wanted():
            return False
        rows = [
            row[0]
            for row in store.rows(
                "SELECT rowid FROM evidence_text WHERE evidence_text MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
                (expression, before, _AT_A_TIME),
            )
        ]
        if rows:
            chosen = "SELECT r.key, r.seen_at FROM evidence_row AS r WHERE r.id IN (SELECT value FROM json_each(?))"
            _note(found.keys, store.rows(chosen + sql, [json.dumps(rows), *more]))
        looked_at += len(rows)
        if len(rows) < _AT_A_TIME:
            return True
        if len(found.keys) >= MANY or looked_at >= MOST_ROWS:
            found.is_whole = False
            return True
        before = rows[-1]


def _not_indexed(store: Store, words: list[Word], condition: str, parameters: list[Any], found: Found) -> None:
    """Look at the rows that wait for the index; where there are too many, say that they were not looked at."""
    waiting = store.value("SELECT ifnull(sum(last - first + 1), 0) FROM unindexed")
    if not waiting:
        return
    if waiting > MOST_WAITING:
        found.is_indexed = found.is_whole = False
        return
    sql, more = _confirmed(words, condition, parameters, scanned=True)
    joined = "evidence_row AS r JOIN unindexed AS w ON r.id BETWEEN w.first AND w.last"
    _note(found.keys, store.rows(f"SELECT r.key, r.seen_at FROM {joined} WHERE true{sql}", more))


def _note(keys: dict[bytes, int | None], rows: Iterable[Sequence[Any]]) -> None:
    for key, seen in rows:
        known = keys.get(bytes(key))
        keys[bytes(key)] = seen if known is None else known if seen is None else max(known, seen)


_LINKED: Final = (
    "SELECT l.incident, l.key FROM alert_link AS l JOIN incident AS i ON i.id = l.incident AND i.deleted = 0"
    " WHERE l.deleted = 0 AND l.key IN (SELECT unhex(value) FROM json_each(?))"
)


def _find_incidents(store: Store, found: Found) -> None:
    keys = list(found.keys)
    for start in range(0, len(keys), _CHUNK):
        part = json.dumps([key.hex() for key in keys[start : start + _CHUNK]])
        for incident, key in store.rows(_LINKED, (part,)):
            found.incidents.setdefault(incident, {})[bytes(key)] = found.keys[bytes(key)]


def _older_of_incidents(
    store: Store, words: list[Word], expression: str, condition: str, parameters: list[Any], found: Found
) -> None:
    """Find what lies beyond the rows that were looked at, in the alerts of incidents alone: they are few."""
    # From the links to their rows and not the other way round: the rows with the value may be half the store.
    linked = {
        row: (incident, bytes(key))
        for incident, key, row in store.rows(
            "SELECT l.incident, l.key, r.id FROM alert_link AS l"
            " CROSS JOIN incident AS i ON i.id = l.incident AND i.deleted = 0"
            " CROSS JOIN evidence_row AS r ON r.key = l.key"
            " WHERE l.deleted = 0 AND r.id IN (SELECT rowid FROM evidence_text WHERE evidence_text MATCH ?) LIMIT ?",
            (expression, MOST_ROWS),
        )
    }
    sql, more = _confirmed(words, condition, parameters, scanned=False)
    chosen = "SELECT r.id, r.seen_at FROM evidence_row AS r WHERE r.id IN (SELECT value FROM json_each(?))"
    for row, seen in store.rows(chosen + sql, [json.dumps(list(linked)), *more]):
        incident, key = linked[row]
        found.incidents.setdefault(incident, {}).setdefault(key, seen)


def alerts_of(store: Store, incidents: Sequence[str]) -> int:
    """Return how many alerts belong to some incidents; ``MANY`` stands for that many or more."""
    return int(
        store.value(
            "SELECT count(*) FROM (SELECT DISTINCT key FROM alert_link WHERE deleted = 0"
            " AND incident IN (SELECT value FROM json_each(?)) LIMIT ?)",
            (json.dumps(list(incidents)), MANY),
        )
    )
