"""What is called so: records by the start of their reference or value, or by words of their name. Few, and quickly.

Nothing here walks through the alerts: references are looked up in indexes, or proposed by the full-text index. The
tables that are walked through (incidents, victims, organisations) hold thousands of rows, not millions. Names of people
are sealed and are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import KINDS
from triage_app.domain.indicators import refang
from triage_app.domain.search_words import read_words
from triage_app.store import alerts, campaigns, search
from triage_app.store.connection import Store

_PROPOSED: Final = 400
"""Rows that the index may propose; words that stand in more say too little to be a reference."""

_SHORTEST: Final = 4
"""Characters of a reference or a value from which on it is looked for in evidence."""

_LAST: Final = chr(0x10FFFF)


@dataclass(frozen=True)
class Named:
    """A record that is called so. ``kind`` and ``id`` are those the window opens; an alert's id is its key."""

    kind: str
    id: str
    name: str
    "Its reference, its title or its value, as they came from outside."
    detail: str = ""
    exact: bool = False
    "Whether its whole reference was given."


def _like(words: list[str], column: str) -> tuple[str, list[str]]:
    sql = " AND ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(words))
    return sql, ["%" + "".join(f"\\{c}" if c in "%_\\" else c for c in word) + "%" for word in words]


def by_reference(store: Store, untrusted_start: str, most: int) -> list[Named]:
    """Return incidents, victims, actions and reports whose reference begins so, in any case; the whole one first."""
    start = untrusted_start.upper()
    whose = "coalesce((SELECT name FROM organisation AS o WHERE o.id = victim.organisation), '')"
    shown = {"incident": "title", "victim": whose, "action": "''", "tip": "''"}
    found = []
    for kind, title in shown.items():
        sql = f"SELECT id, ref, {title} FROM {kind} WHERE ref >= ? AND ref < ? AND deleted = 0 ORDER BY ref LIMIT ?"
        rows = store.rows(sql, (start, start + _LAST, most))
        found += [Named(kind, row[0], row[1], row[2], row[1] == start) for row in rows]
    return sorted(found, key=lambda one: not one.exact)[:most]


def incidents(store: Store, words: list[str], most: int) -> list[Named]:
    """Return incidents with every word in their title, open ones first, then the newest."""
    sql, parameters = _like(words, "title")
    rows = store.rows(
        f"SELECT id, ref, title FROM incident WHERE deleted = 0 AND {sql}"
        " ORDER BY status = 'closed', created_at DESC, id LIMIT ?",
        (*parameters, most),
    )
    return [Named("incident", row[0], row[2], row[1]) for row in rows]


def victims(store: Store, words: list[str], most: int) -> list[Named]:
    """Return victims that are organisations with every word in their name or code."""
    sql, parameters = _like(words, "(o.code || ' ' || o.name)")
    rows = store.rows(
        "SELECT v.id, v.ref, o.code, o.name FROM victim AS v JOIN organisation AS o ON o.id = v.organisation"
        f" WHERE v.deleted = 0 AND {sql} ORDER BY v.created_at DESC, v.id LIMIT ?",
        (*parameters, most),
    )
    return [Named("victim", row[0], row[3] or row[2], row[1]) for row in rows]


def organisations(store: Store, words: list[str], most: int) -> list[Named]:
    """Return organisations with every word in their name or code, the one with that code first; ids are codes."""
    sql, parameters = _like(words, "(code || ' ' || name)")
    rows = store.rows(
        f"SELECT code, name FROM organisation WHERE deleted = 0 AND code <> '' AND {sql}"
        " ORDER BY code = ? DESC, length(name), code LIMIT ?",
        (*parameters, " ".join(words).upper(), most),
    )
    return [Named("organisation code", row[0], row[1] or row[0], row[0]) for row in rows]


def of_campaigns(store: Store, words: list[str], most: int) -> list[Named]:
    """Return campaigns with every word in their name."""
    wanted = [word.casefold() for word in words]
    found = [one for one in campaigns.every(store) if all(word in one.name.casefold() for word in wanted)]
    return [Named("campaign", one.id, one.name) for one in found[:most]]


def evidence(store: Store, untrusted_start: str, most: int) -> list[Named]:
    """Return indicators, advisories and other records whose value begins so, refanged, in either case."""
    start = refang(untrusted_start).strip()
    if len(start) < _SHORTEST:
        return []
    found: dict[str, Named] = {}
    for form in dict.fromkeys((start, start.lower(), start.upper())):
        rows = store.rows(
            "SELECT c.kind, lower(hex(c.key)), r.value, r.title"
            " FROM evidence_row AS r JOIN record AS c ON c.newest = r.id"
            " WHERE r.kind > 0 AND r.value >= ? AND r.value < ? ORDER BY r.value LIMIT ?",
            (form, form + _LAST, most),
        )
        for kind, key, value, title in rows:
            found.setdefault(key, Named(KINDS[kind], key, value, title, value.casefold() == start.casefold()))
    return sorted(found.values(), key=lambda one: not one.exact)[:most]


def alerts_called(store: Store, untrusted_start: str, most: int) -> list[Named]:
    """Return alerts whose source's reference, or whose own id, begins so."""
    start = untrusted_start.strip()
    if len(start) < _SHORTEST or not any(each.isdigit() for each in start) or len(start.split()) != 1:
        return []
    found = {}
    for key in alerts.keys_starting(store, start.lower()) if len(start) >= 2 * _SHORTEST else []:
        row = store.row("SELECT r.title FROM alert AS a JOIN evidence_row AS r ON r.id = a.newest WHERE a.key = ?",
                        (bytes.fromhex(key),))  # fmt: skip
        if row is not None:
            found[key] = Named("alert", key, row[0], key, key == start.lower())
    expression = search.expression_of(read_words(start))
    if search.is_common(store, expression, _PROPOSED):
        return list(found.values())[:most]
    pattern = "".join(f"\\{c}" if c in "%_\\" else c for c in start) + "%"
    parameters: list[Any] = [expression, _PROPOSED, pattern]
    rows = store.rows(
        "SELECT lower(hex(r.key)), r.title, r.reference FROM evidence_row AS r WHERE r.id IN"
        " (SELECT rowid FROM evidence_text WHERE evidence_text MATCH ? ORDER BY rowid DESC LIMIT ?) AND r.kind = 0"
        f" AND r.reference LIKE ? ESCAPE '\\'{alerts.shown_only(store, 'r')} ORDER BY r.id DESC",
        parameters,
    )
    for key, title, reference in rows:
        found.setdefault(key, Named("alert", key, title, reference, reference.casefold() == start.casefold()))
    return sorted(found.values(), key=lambda one: not one.exact)[:most]
