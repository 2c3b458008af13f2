"""Alerts: folding evidence rows into what the queue shows, and the queries that read it."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from triage_app.domain.search_words import read_words
from triage_app.store.alert_term import Term
from triage_app.store.connection import Store
from triage_app.store.schema import ALERT_INDEXES

STATES: Final = ("new", "in hand", "snoozed", "linked", "dismissed", "folded")
"What a decision can be; ``state`` is the place in this list. Folded is none: it is shown under another."

NEW, IN_HAND, SNOOZED, LINKED, DISMISSED, FOLDED = range(6)
SHOWN_STATES: Final = (NEW, IN_HAND, SNOOZED, LINKED, DISMISSED)
"The states of what lists show by themselves."

_CHUNK = 500
_SMALL_IMPORT = 5000
_MANY = 20_000
_SHARE = 8

# The newest row of a fold, and its severity, in one pass over an index: the second it was seen in the
# high bits (to 2038; a later one counts as that), its number in the next 25 (33 million rows), its
# severity in the low 7. Looking the rows up one by one would decrypt a page for each.
_SECOND = "min(max(ifnull({at}, 0), 0) / 1000, 2147483647)"
_PACKED = f"max(({_SECOND.format(at='seen_at')} << 32) | (id << 7) | severity)"
# Rows that come later have higher numbers: in the same second they win, as they would in one pass.
_NEWER = f"{_SECOND.format(at='excluded.last_seen')} >= {_SECOND.format(at='last_seen')}"

_JOINING = f"""ON CONFLICT(key) DO UPDATE SET
  newest = CASE WHEN {_NEWER} THEN excluded.newest ELSE newest END,
  severity = CASE WHEN {_NEWER} THEN excluded.severity ELSE severity END,
  rows = rows + excluded.rows,
  first_seen = min(ifnull(first_seen, excluded.first_seen), ifnull(excluded.first_seen, first_seen)),
  last_seen = max(ifnull(last_seen, excluded.last_seen), ifnull(excluded.last_seen, last_seen))
"""

_ALERTS = f"""
INSERT INTO alert(key, newest, rows, first_seen, last_seen, severity)
SELECT key, (packed >> 7) & 33554431, rows, first_seen, last_seen, packed & 127
FROM (SELECT key, {_PACKED} AS packed, count(*) AS rows, min(seen_at) AS first_seen, max(seen_at) AS last_seen
      FROM evidence_row {{index}} WHERE kind = 0 AND {{which}} GROUP BY key) WHERE true
{_JOINING}"""

_RECORDS = f"""
INSERT INTO record(key, kind, newest, rows, first_seen, last_seen, severity)
SELECT key, kind, (packed >> 7) & 33554431, rows, first_seen, last_seen, packed & 127
FROM (SELECT key, max(kind) AS kind, {_PACKED} AS packed, count(*) AS rows, min(seen_at) AS first_seen,
      max(seen_at) AS last_seen FROM evidence_row {{index}} WHERE kind > 0 AND {{which}} GROUP BY key) WHERE true
{_JOINING}"""


def fold(store: Store, first: int, last: int) -> None:
    """Fold a run of rows that have just become visible into their alerts, and into the records of other kinds."""
    # Beside many that are there, a few are put into the indexes one by one: to make those again, all would be sorted.
    many = last - first >= _MANY and (last - first) * _SHARE >= last
    if many:
        store.execute("DROP INDEX IF EXISTS alert_queue")
    index, which = ("INDEXED BY evidence_row_key", "+id BETWEEN ? AND ?") if many else ("", "id BETWEEN ? AND ?")
    store.execute(_ALERTS.format(index=index, which=which), (first, last))
    # The index of what is no alert is small where most rows are alerts; the rows themselves would all be decrypted.
    others = "INDEXED BY evidence_row_value WHERE kind > 0 AND" if many else "WHERE kind > 0 AND"
    if store.value(f"SELECT 1 FROM evidence_row {others} id BETWEEN ? AND ? LIMIT 1", (first, last)):
        store.execute(_RECORDS.format(index=index, which=which), (first, last))
    if many:
        for statement in ALERT_INDEXES:
            store.execute(statement)
    decided = {
        bytes(row[0])
        for row in store.rows(
            "SELECT key FROM alert_decision AS d WHERE EXISTS"
            " (SELECT 1 FROM evidence_row AS r WHERE r.key = d.key AND r.id BETWEEN ? AND ?)"
            " UNION SELECT key FROM alert_link AS l WHERE EXISTS"
            " (SELECT 1 FROM evidence_row AS r WHERE r.key = l.key AND r.id BETWEEN ? AND ?)"
            " UNION SELECT key FROM alert_correction AS c WHERE EXISTS"
            " (SELECT 1 FROM evidence_row AS r WHERE r.key = c.key AND r.id BETWEEN ? AND ?)",
            (first, last, first, last, first, last),
        )
    }
    if decided:
        from triage_app.store import alert_states

        alert_states.refresh(store, decided)
    from triage_app.store import alert_folds, alert_unfolds

    again = alert_unfolds.settle(store, first, last) | alert_folds.brought(store, first, last)
    if again:
        refold(store, again)


def visible_spans(store: Store) -> list[tuple[int, int]]:
    """Return the runs of row ids that some standing import brought, in order and disjoint."""
    merged: list[tuple[int, int]] = []
    for first, last in store.connection.execute(
        "SELECT first, last FROM import_range JOIN import ON import.id = import_range.import"
        " WHERE undone = 0 AND state <> 'loading'"
        " UNION ALL SELECT row, row FROM import_repeat JOIN import ON import.id = import_repeat.import"
        " WHERE undone = 0 AND state <> 'loading' ORDER BY 1, 2"
    ):
        if merged and first <= merged[-1][1] + 1:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def covered(spans: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Tell whether sorted, disjoint runs, of which none touches the next, hold all of another run."""
    return any(begin <= first and last <= end for begin, end in spans)


def shown_only(store: Store, rows: str) -> str:
    """Return what to add to a WHERE over the evidence rows called ``rows``: only those some standing import brought.

    "" where every row is: no import is under way and none was taken back.
    """
    if not store.value("SELECT 1 FROM import WHERE undone = 1 OR state = 'loading'"):
        return ""
    stands = "i.undone = 0 AND i.state <> 'loading'"
    return (
        f" AND (EXISTS (SELECT 1 FROM import AS i JOIN import_range AS g ON g.import = i.id"
        f" WHERE {rows}.id BETWEEN g.first AND g.last AND {stands})"
        f" OR EXISTS (SELECT 1 FROM import AS i JOIN import_repeat AS p ON p.import = i.id"
        f" WHERE p.row = {rows}.id AND {stands}))"
    )


def rebuild(store: Store) -> None:
    """Make the alerts and records again from the visible rows and the decisions."""
    store.execute("DELETE FROM alert")
    store.execute("DELETE FROM alert_part")
    store.execute("DELETE FROM record")
    for first, last in visible_spans(store):
        fold(store, first, last)


def refold(store: Store, keys: Iterable[bytes]) -> None:
    """Fold some alerts again from their visible rows, when rows have come or gone."""
    from triage_app.store import alert_folds, alert_unfolds

    keys = list(keys)
    wanted = sorted(alert_folds.whole(store, {*keys, *alert_unfolds.settle_keys(store, keys)}))
    spans = visible_spans(store)
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        marks = ",".join("?" * len(part))
        rows = [row[0] for row in store.rows(f"SELECT id FROM evidence_row WHERE key IN ({marks})", part)]
        seen = json.dumps(within(spans, sorted(rows)))
        _refold(store, "alert", _ALERTS, part, seen)
        _refold(store, "record", _RECORDS, part, seen)
    from triage_app.store import alert_states

    alert_states.refresh(store, wanted)


def _refold(store: Store, table: str, folding: str, keys: list[bytes], seen: str) -> None:
    """Fold the rows whose ids are in the JSON list ``seen`` into a table anew; what was there keeps its number."""
    marks = ",".join("?" * len(keys))
    old = {
        bytes(key): number for key, number in store.rows(f"SELECT key, id FROM {table} WHERE key IN ({marks})", keys)
    }
    store.execute(f"DELETE FROM {table} WHERE key IN ({marks})", keys)
    store.execute(folding.format(index="", which="id IN (SELECT value FROM json_each(?))"), (seen,))
    # Each keeps its number. The new ones step aside first: they may have been given one that is to be kept.
    store.execute(f"UPDATE {table} SET id = -id WHERE key IN ({marks})", keys)
    for key, number in old.items():
        store.execute(f"UPDATE {table} SET id = ? WHERE key = ?", (number, key))
    for (number,) in store.rows(f"SELECT id FROM {table} WHERE id < 0 ORDER BY id DESC"):
        store.execute(f"UPDATE {table} SET id = (SELECT max(max(id), 0) + 1 FROM {table}) WHERE id = ?", (number,))


def within(spans: Sequence[tuple[int, int]], ids: Sequence[int]) -> list[int]:
    """Return those of some sorted ids that lie in sorted, disjoint runs."""
    kept = []
    place = 0
    for number in ids:
        while place < len(spans) and spans[place][1] < number:
            place += 1
        if place < len(spans) and spans[place][0] <= number:
            kept.append(number)
    return kept


def refold_import(store: Store, number: int, touched: Iterable[bytes]) -> None:
    """Fold the alerts of an import (by its number) again when it has been taken back or restored, and some others."""
    brought = (
        " FROM evidence_row WHERE id IN (SELECT row FROM import_repeat WHERE import = ?1)"
        " OR EXISTS (SELECT 1 FROM import_range WHERE import = ?1 AND id BETWEEN first AND last)"
    )
    spans = store.rows("SELECT first, last FROM import_range WHERE import = ?", (number,))
    if sum(last - first + 1 for first, last in spans) > _SMALL_IMPORT:
        rebuild(store)
        return
    keys = {bytes(row[0]) for row in store.rows(f"SELECT DISTINCT key{brought}", (number,))}
    refold(store, keys.union(touched))


@dataclass(frozen=True)
class AlertFilter:
    """What the queue is narrowed to."""

    states: tuple[int, ...] = (NEW, IN_HAND)
    min_severity: int = 0
    text: str = ""
    "Words that must all occur; already reduced to index tokens by the caller."
    organisation: str = ""
    source: str = ""
    seen_since: int | None = None
    now: int | None = None
    "With it, snoozed alerts whose time has come count as new."
    terms: tuple[Term, ...] = ()
    "What else must hold."


ORDERS: Final = {
    "severity": "a.severity {d}, a.last_seen DESC, a.id",
    "seen": "a.last_seen {d}, a.id",
    "count": "a.rows {d}, a.last_seen DESC, a.id",
    "first": "a.first_seen {d}, a.id",
    "title": "r.title {d}, a.id",
    "source": "l.place {d}, a.id",
    "organisation": "r.organisation {d}, a.id",
    "host": "r.host {d}, a.id",
    "state": "a.state {d}, a.id",
}
"The orders a list may be asked for; nothing else reaches ORDER BY."

_OF_EVIDENCE: Final = ("title", "source", "organisation", "host")
"Those that stand in the newest row of an alert, not in the alert."

OF_INDEX: Final = ("severity", "seen")
"Those that the index of the queue holds: for others it would lead to the alerts one by one."

# A layout is a long text: a million of them would be held while they are sorted, their places are not.
_SOURCES_IN_ORDER: Final = "SELECT id, dense_rank() OVER (ORDER BY json_extract(json, '$.source')) AS place FROM layout"


def ids(
    store: Store, narrowed: AlertFilter, order: str = "severity", descending: bool = True, limit: int = -1
) -> array[int]:
    """Return the local numbers of the alerts that pass, in order."""
    if order == "severity" and descending and all(t.field in OF_INDEX for t in (*narrowed.terms, *terms_of(narrowed))):
        sql, parameters = _merged(store, narrowed)
    else:
        where, parameters = conditions(store, narrowed, order)
        sql = in_order("a.id", where, order, descending)
    if limit >= 0:
        sql += " LIMIT ?"
        parameters.append(limit)
    return store.numbers(sql, parameters)


def _merged(store: Store, narrowed: AlertFilter) -> tuple[str, list[Any]]:
    """Return the question for the alerts in the order of the queue, and its parameters: a part for each state.

    The index has each state in that order, so they come as they are read. Asked for together they would first be
    sorted, which for a million takes fifty megabytes and half the time.
    """
    single = [(replace(narrowed, states=(state,)), "") for state in sorted(set(narrowed.states))]
    if narrowed.now is not None and NEW in narrowed.states:
        single = [(replace(one, now=None), "") for one, _ in single]
        if SNOOZED not in narrowed.states:
            single.append((replace(narrowed, states=(SNOOZED,), now=None), f"{_UNTIL} <= ?"))
    parts, parameters = [], []
    for one, more in single:
        where, values = conditions(store, one, "severity")
        parameters += [*values, narrowed.now] if more else values
        passing = " AND ".join([*where, more] if more else where)
        parts.append(f"SELECT a.id, a.severity, a.last_seen FROM alert AS a WHERE {passing}")
    return f"{' UNION ALL '.join(parts)} ORDER BY 2 DESC, 3 DESC, 1", parameters


def in_order(what: str, where: Sequence[str], order: str, descending: bool) -> str:
    """Return the question for columns of the alerts that pass, in order; more may be added at its end.

    What stands in the evidence is read in the order in which it lies: in that of the alerts, whose keys are random, a
    page would be decrypted for each of them. ``LIMIT -1`` keeps SQLite from leaving that order out.
    """
    ordering = ORDERS[order].format(d="DESC" if descending else "ASC")
    passing = " AND ".join(where)
    if order not in _OF_EVIDENCE:
        return f"SELECT {what} FROM alert AS a WHERE {passing} ORDER BY {ordering}"
    held = "id, key, newest" if "a.key" in what else "id, newest"
    sql = (
        f"SELECT {what} FROM (SELECT {held} FROM alert AS a WHERE {passing} ORDER BY a.newest LIMIT -1) AS a"
        " CROSS JOIN evidence_row AS r ON r.id = a.newest"
    )
    if order == "source":
        sql += f" CROSS JOIN ({_SOURCES_IN_ORDER}) AS l ON l.id = r.layout"
    return f"{sql} ORDER BY {ordering}"


def count(store: Store, narrowed: AlertFilter) -> int:
    """Return how many alerts pass."""
    where, parameters = conditions(store, narrowed, "seen")
    return int(store.value(f"SELECT count(*) FROM alert AS a WHERE {' AND '.join(where)}", parameters))


def totals(store: Store, narrowed: AlertFilter) -> list[tuple[int, int, int]]:
    """Return, by severity (0 to 100), how many alerts pass and how many rows those fold."""
    where, parameters = conditions(store, narrowed, "seen")
    return [
        (row[0], row[1], row[2])
        for row in store.rows(
            f"SELECT a.severity, count(*), sum(a.rows) FROM alert AS a WHERE {' AND '.join(where)} GROUP BY 1",
            parameters,
        )
    ]


def terms_of(narrowed: AlertFilter) -> list[Term]:
    """Return the terms that say what a filter's own fields do."""
    texts = {"source": narrowed.source, "organisation": narrowed.organisation}
    found = [Term(field, (text,)) for field, text in texts.items() if text]
    words = read_words(narrowed.text)
    return [*found, Term("words", (tuple(words),))] if words else found


def conditions(
    store: Store, narrowed: AlertFilter, order: str, *, is_rare: bool = False
) -> tuple[list[str], list[Any]]:
    """Return conditions and parameters.

    Where the index of the queue does not hold what is asked for it is left alone: to look each alert up in its order
    would decrypt a page for each. ``is_rare`` says that the caller adds such a condition.
    """
    where: list[str] = []
    parameters: list[Any] = []
    asked = (*narrowed.terms, *terms_of(narrowed))
    by_index = all(term.field in ("severity", "seen") for term in asked)
    by_index = by_index and not is_rare and order in OF_INDEX
    where.append(in_state_sql(narrowed, parameters, "a.state" if by_index else "+a.state"))
    if narrowed.min_severity:
        where.append("a.severity >= ?")
        parameters.append(narrowed.min_severity)
    if narrowed.seen_since is not None:
        where.append("a.last_seen >= ?")
        parameters.append(narrowed.seen_since)
    for term in asked:
        from triage_app.store import alert_terms

        sql, more = alert_terms.where(store, term)
        where.append(sql)
        parameters.extend(more)
    return where, parameters


_UNTIL: Final = "(SELECT until FROM alert_decision AS d WHERE d.key = a.key)"


def in_state_sql(narrowed: AlertFilter, parameters: list[Any], state: str) -> str:
    """Return what is true of alerts in some states; a snoozed one whose time has come is new, and no longer snoozed."""
    states = ",".join(str(int(state)) for state in narrowed.states)
    new, snoozed = NEW in narrowed.states, SNOOZED in narrowed.states
    if narrowed.now is None or new == snoozed:
        return f"{state} IN ({states})"
    back = f"({state} = {SNOOZED} AND {_UNTIL} <= ?)"
    parameters.append(narrowed.now)
    return f"({state} IN ({states}) {'OR' if new else 'AND NOT ifnull('}{back}{'' if new else ', 0)'})"


_SHOWN = """
SELECT a.id, lower(hex(a.key)) AS key, a.rows AS count, a.first_seen, a.last_seen, a.state, a.incidents, a.newest,
  a.severity AS graded,
  r.severity, r.severity_raw, r.severity_rule, r.title, r.reference, r.category, r.host, r.user, r.src, r.dst, r.url,
  r.hash, r.detail, r.organisation, r.rsit, r.tlp, r.seen_at, lower(hex(r.evidence_id)) AS evidence_id,
  json_extract(l.json, '$.source') AS source, json_extract(l.json, '$.format') AS format,
  d.disposition, d.because, d.until, d.decided_by, d.decided_at, ifnull(d.rule, '') AS rule
FROM alert AS a JOIN evidence_row AS r ON r.id = a.newest JOIN layout AS l ON l.id = r.layout
LEFT JOIN alert_decision AS d ON d.key = a.key
"""


def rows(store: Store, wanted: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what the queue shows of some alerts, by local number; absent ones are left out."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = list(wanted[start : start + _CHUNK])
        for row in store.dicts(f"{_SHOWN} WHERE a.id IN ({','.join('?' * len(part))})", part):
            row["state"] = STATES[row["state"]]
            found[row["id"]] = row
    _lay_corrections_over(store, found)
    from triage_app.store import alert_folds

    alert_folds.lay_over(store, found)
    return found


def incidents_of(store: Store, wanted: Sequence[int]) -> dict[int, list[str]]:
    """Return the ids of the open incidents to which some alerts belong, by local number; those of none are left out."""
    found: dict[int, list[str]] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = list(wanted[start : start + _CHUNK])
        for number, incident in store.rows(
            "SELECT DISTINCT a.id, i.id FROM alert AS a JOIN alert_link AS l ON l.deleted = 0 AND (l.key = a.key"
            " OR l.key IN (SELECT p.key FROM alert_part AS p WHERE p.shown = a.key))"
            " JOIN incident AS i ON i.id = l.incident AND i.deleted = 0 AND i.status <> 'closed'"
            f" WHERE a.id IN ({','.join('?' * len(part))}) ORDER BY i.ref",
            part,
        ):
            found.setdefault(number, []).append(incident)
    return found


def _lay_corrections_over(store: Store, found: dict[int, dict[str, Any]]) -> None:
    """Show what people put right in place of what the source said; ``corrected`` keeps who said so, and the latter."""
    by_key = {bytes.fromhex(row["key"]): row for row in found.values()}
    for row in found.values():
        row["corrected"] = {}
    if not by_key or not store.value("SELECT 1 FROM alert_correction LIMIT 1"):
        return
    keys = list(by_key)
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        for key, field, value, because, by, at in store.rows(
            "SELECT key, field, value, because, by, at FROM alert_correction"
            f" WHERE key IN ({','.join('?' * len(part))})",
            part,
        ):
            row = by_key[bytes(key)]
            row["corrected"][field] = {"was": row[field], "because": because, "by": by, "at": at}
            row[field] = int(value) if field == "severity" else value


def numbers_of(store: Store, keys: Iterable[str]) -> dict[str, int]:
    """Return local numbers by alert key (hex)."""
    found = {}
    for key in keys:
        number = store.value("SELECT id FROM alert WHERE key = ?", (bytes.fromhex(key),))
        if number is not None:
            found[key] = number
    return found


def keys_starting(store: Store, prefix: str) -> list[str]:
    """Return the keys (hex) that start with some hex digits; at most three."""
    if not prefix or any(c not in "0123456789abcdef" for c in prefix) or len(prefix) > 32:
        return []
    low = bytes.fromhex(prefix.ljust(32, "0"))
    high = bytes.fromhex(prefix.ljust(32, "f"))
    return [
        row[0] for row in store.rows("SELECT lower(hex(key)) FROM alert WHERE key BETWEEN ? AND ? LIMIT 3", (low, high))
    ]
