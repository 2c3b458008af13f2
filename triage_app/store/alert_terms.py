"""What a filter of alerts asks beyond state and words, as SQL: one expression over the alert ``a`` for each term.

The index of the evidence proposes rows and their columns confirm them, as in ``search``. Source and class are no
words of the index: for a source the evidence is gone through once, in the order in which it lies, and may be
interrupted; what class rows have is an index of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from triage_app.domain.campaigns import folded
from triage_app.domain.search_words import tokens
from triage_app.store import campaigns, search
from triage_app.store.alert_term import Term
from triage_app.store.connection import Store

Sql = tuple[str, list[Any]]

MANY: Final = 4_000
"""Rows that are looked up one by one in a tenth of a second; of what is commoner, the first alerts are gone through."""


def where(store: Store, term: Term) -> Sql:
    """Return the expression that is true of the alerts ``a`` that a term lets pass, with its parameters."""
    return _joined([_or_of_part(store, term, _one(store, term.field, value)) for value in term.values], term.negated)


def sources(store: Store) -> set[str]:
    """Return who reported what is in the store."""
    return {str(row[0]) for row in store.rows("SELECT DISTINCT json_extract(json, '$.source') FROM layout")}


def at_once(store: Store, term: Term) -> Sql | None:
    """Return the same where it is quick to find all that pass; None where what is asked for is too common for that."""
    common = not term.negated and any(_is_common(store, term.field, value) for value in term.values)
    return None if common or (term.negated and term.field in _NOT_INDEXED) else where(store, term)


def of_newest(store: Store, term: Term) -> Sql:
    """Return the same as it is true of the newest row of each alert: for going through the first of them."""
    found = [_or_of_part(store, term, _of_newest_row(store, term.field, value)) for value in term.values]
    return _joined(found, term.negated)


def _or_of_part(store: Store, term: Term, own: Sql) -> Sql:
    """Let what is folded by hand be found by what any of its parts says; severity and times are those of all."""
    if term.field in ("severity", "seen") or not store.value("SELECT 1 FROM alert_part LIMIT 1"):
        return own
    sql, parameters = own
    parts = f"SELECT p.shown FROM alert_part AS p JOIN alert AS a ON a.key = p.key WHERE {sql}"
    return f"({sql}) OR a.key IN ({parts})", parameters * 2


def _joined(found: Sequence[Sql], negated: bool) -> Sql:
    sql = " OR ".join(f"({one})" for one, _ in found)
    whole = f"NOT ifnull({sql}, 0)" if negated else f"({sql})"  # bare: inside a function no index would be used
    return whole, [each for _, parameters in found for each in parameters]


def _one(store: Store, field: str, value: Any) -> Sql:
    match field:
        case "severity":
            return "a.severity BETWEEN ? AND ?", list(value)
        case "seen":
            return _bounded("a.last_seen", *value)
        case "words":
            words = list(value)
            return _any_row(store, search.expression_of(words), partial(search.matching_words, store, words))
        case "by":
            return _by(value)
        case "campaign":
            return _campaign(store, value)
    confirming, parameters = _CONFIRMING[field](value)
    if field in _NOT_INDEXED:
        own = f"a.newest IN (SELECT id FROM evidence_row WHERE {confirming})", parameters
        if field == "rsit" and not _is_common(store, field, value):  # led from the few rows to their alerts
            own = f"a.key IN (SELECT key FROM evidence_row WHERE {confirming}) AND {own[0]}", parameters * 2
    else:
        expression = _expression(field, value)
        of = partial(search.proposed_keys, store, expression, confirming, parameters, confirming, parameters)
        own = _any_row(store, expression, of)
    return _corrected(store, field, value, own)


def _any_row(store: Store, expression: str, rows: Callable[[str], Sql]) -> Sql:
    """Return what is true of alerts of which any row is among some rows; ``rows`` gives their keys or their ids.

    Few rows are looked up by key. Of many, that would decrypt a page for each: there the alerts are gone through, and
    rows older than the newest are looked at only where there are any.
    """
    if not search.is_common(store, expression, MANY):
        sql, parameters = rows("key")
        return f"a.key IN ({sql})", parameters
    sql, parameters = rows("id")
    older = f"SELECT 1 FROM evidence_row AS e WHERE e.key = a.key AND e.id IN ({sql})"
    return f"a.newest IN ({sql}) OR (a.rows > 1 AND EXISTS ({older}))", parameters * 2


def _is_common(store: Store, field: str, value: Any) -> bool:
    if field == "words":
        return search.is_common(store, search.expression_of(list(value)), MANY)
    if field == "rsit":
        confirming, parameters = _rsit(value)
        some = f"SELECT 1 FROM evidence_row WHERE {confirming} LIMIT {MANY + 1}"
        return bool(store.value(f"SELECT count(*) FROM ({some})", parameters) > MANY)
    return field in _CONFIRMING and (field in _NOT_INDEXED or search.is_common(store, _expression(field, value), MANY))


def _of_newest_row(store: Store, field: str, value: Any) -> Sql:
    if field == "words":
        condition, parameters = search.of_row(list(value))
    elif field in _CONFIRMING:
        condition, parameters = _CONFIRMING[field](value)
    else:
        return _one(store, field, value)
    own = f"EXISTS (SELECT 1 FROM evidence_row WHERE id = a.newest AND {condition})", parameters
    return own if field == "words" else _corrected(store, field, value, own)


def _bounded(column: str, low: int | None, high: int | None) -> Sql:
    bounds = [(sign, bound) for sign, bound in ((">=", low), ("<=", high)) if bound is not None]
    sql = " AND ".join(f"{column} {sign} ?" for sign, _ in bounds)
    return sql or f"{column} IS NOT NULL", [bound for _, bound in bounds]


def _pattern(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _like(column: str, *patterns: str) -> Sql:
    return "(" + " OR ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(patterns)) + ")", list(patterns)


def _beginning(text: str) -> str | None:
    return text[:-1] if len(text) > 1 and text.endswith("*") else None


def _same(column: str, text: str) -> Sql:
    start = _beginning(text)
    return _like(column, _pattern(text) if start is None else _pattern(start) + "%")


def _host(text: str) -> Sql:
    """A host by its name, or by the first part of it."""
    return _same("host", text) if _beginning(text) else _like("host", _pattern(text), _pattern(text) + ".%")


def _user(text: str) -> Sql:
    """A user by the whole name, or by it without a domain before or after."""
    start = _beginning(text)
    if start is not None:
        return _like("user", _pattern(start) + "%", "%\\\\" + _pattern(start) + "%")
    name = _pattern(text)
    return _like("user", name, name + "@%", "%\\\\" + name, "%\\\\" + name + "@%")


def _rule(text: str) -> Sql:
    (title, first), (category, second) = _same("title", text), _same("category", text)
    return f"({title} OR {category})", first + second


def _url(text: str) -> Sql:
    return "instr(lower(url), lower(?)) > 0", [text]


def _source(text: str) -> Sql:
    condition, parameters = _same("json_extract(json, '$.source')", text)
    return f"layout IN (SELECT id FROM layout WHERE {condition})", parameters


def _rsit(text: str) -> Sql:
    condition, parameters = _like("rsit", _pattern(text) + ("%" if text.endswith("/") else ""))
    return f"(rsit <> '' AND {condition})", parameters  # most sources give none, and the index holds the others


_CONFIRMING: Final[dict[str, Callable[[str], Sql]]] = {
    "source": _source,
    "rsit": _rsit,
    "organisation": lambda text: _same("organisation", text),
    "host": _host,
    "user": _user,
    "rule": _rule,
    "url": _url,
    "address": lambda text: ("holds_value(src || ' ' || dst, ?)", [text.lower()]),
    "hash": lambda text: ("holds_token(hash, ?)", [text.lower()]),
}
"""Field → what is true of a row of evidence that has a value."""

_NOT_INDEXED: Final = ("source", "rsit")
_CORRECTED: Final = {"organisation": "organisation", "rsit": "rsit", "host": "host", "user": "user"}


def _expression(field: str, text: str) -> str:
    """Return the expression of the index that every row with a value passes, and others; "" for none."""
    made = tokens(text.rstrip("*"))
    found = [f'"{token}"' for token in made]
    if found and field not in ("address", "hash"):
        found[-1] += "*"
    return " AND ".join(found[: search.MAX_TOKENS])


def _corrected(store: Store, field: str, value: str, own: Sql) -> Sql:
    """Let what a person put right stand for what the source said."""
    column = _CORRECTED.get(field)
    if column is None or not store.value("SELECT 1 FROM alert_correction WHERE field = ? LIMIT 1", (column,)):
        return own
    confirming, parameters = _CONFIRMING[field](value)
    right = f"SELECT key FROM (SELECT key, value AS {column} FROM alert_correction WHERE field = ?) WHERE {confirming}"
    return (
        f"CASE WHEN a.key IN (SELECT key FROM alert_correction WHERE field = ?)"
        f" THEN a.key IN ({right}) ELSE {own[0]} END",
        [column, column, *parameters, *own[1]],
    )


def _by(text: str) -> Sql:
    """Who decided an alert or put it into an incident: a whole name, or the beginning of one of its words."""
    name = _pattern(text.rstrip("*"))
    condition, parameters = _like("name", name + "%", "% " + name + "%")
    who = f"SELECT id FROM responder WHERE {condition}"
    return (
        f"a.key IN (SELECT key FROM alert_decision WHERE decided_by IN ({who})"
        f" UNION ALL SELECT key FROM alert_link WHERE deleted = 0 AND created_by IN ({who}))",
        parameters * 2,
    )


def _campaign(store: Store, text: str) -> Sql:
    """The alerts of incidents that belong to a campaign, by any of its names."""
    every = campaigns.every(store)
    wanted = folded(text.rstrip("*"))
    start = text.endswith("*")

    def meant(name: str) -> bool:
        return folded(name).startswith(wanted) if start else folded(name) == wanted

    found = [one for one in every if any(meant(name) for name in (one.name, *one.aliases))]
    incidents = sorted({each for one in found for each in campaigns.incidents_of(store, one, every)})
    marks = ",".join("?" * len(incidents))
    return f"a.key IN (SELECT key FROM alert_link WHERE deleted = 0 AND incident IN ({marks}))", list(incidents)
