"""Rules that accept alerts for a time, read back, and the alerts that one matches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from triage_app.domain.accepting import FIELDS
from triage_app.domain.records import CREATED, DELETED
from triage_app.domain.search_words import tokens
from triage_app.store import alerts, labels, search
from triage_app.store.connection import Store

_UNTOUCHED: Final = (
    " AND NOT EXISTS (SELECT 1 FROM alert_decision AS d WHERE d.key = a.key)"
    " AND NOT EXISTS (SELECT 1 FROM alert_link AS l WHERE l.key = a.key)"
    " AND NOT EXISTS (SELECT 1 FROM alert_part AS p WHERE p.shown = a.key)"
    " AND NOT EXISTS (SELECT 1 FROM note AS n WHERE n.about = lower(hex(a.key)) AND n.about_kind = 'alert'"
    " AND n.deleted = 0)"
)
"""What is true of an alert ``a`` on which nobody has laid a hand."""


def listing(store: Store) -> list[dict[str, Any]]:
    """Return every rule that stands, newest first: {id, ref, said, created_at, made_by, ours, ended …}.

    ``ours`` says that a device of our own organisation made it; ``said`` is then what that device fixed, whatever
    another has written since, and it is ended too where ours said so.
    """
    found = store.dicts(
        "SELECT u.*, r.name AS made_by, e.name AS ender, r.organisation AS organisation FROM rule AS u"
        " LEFT JOIN responder AS r ON r.id = u.created_by LEFT JOIN responder AS e ON e.id = u.ended_by"
        " ORDER BY u.created_at DESC, u.id"
    )
    return [row for row in (_as_counts(store, one) for one in found) if row is not None]


def _as_counts(store: Store, row: dict[str, Any]) -> dict[str, Any] | None:
    """Return a rule as it counts here; None for one that was taken back."""
    ours = labels.our_word(store, "rule", row["id"], CREATED)
    row["ours"] = isinstance(ours, dict)
    row["said"] = ours if row["ours"] else json.loads(row["said"])
    if row["ours"]:
        taken_back = labels.our_word(store, "rule", row["id"], DELETED)
        said_ended = labels.our_word(store, "rule", row["id"], "ended") is True
    else:
        taken_back, said_ended = bool(row["deleted"]), False
    row["ended"] = said_ended or row["ended_at"] is not None
    return None if taken_back is True else row


def ids_named(store: Store, untrusted_name: str) -> list[str]:
    """Return the ids of the rules with that reference, or that begin so."""
    name = untrusted_name.strip()
    found = [row[0] for row in store.rows("SELECT id FROM rule WHERE ref = ?", (name.upper(),))]
    if found or len(name) < 4 or not set(name.lower()) <= set("0123456789abcdef"):
        return found
    return [row[0] for row in store.rows("SELECT id FROM rule WHERE substr(id, 1, ?) = ?", (len(name), name.lower()))]


def _condition(match: Mapping[str, str], row: str) -> tuple[str, list[str]]:
    """Return what is true of an evidence row called ``row`` that has some values."""
    parts, parameters = [], []
    for name in FIELDS:
        if name not in match:
            continue
        if name == "source":
            parts.append(f"{row}.layout IN (SELECT id FROM layout WHERE json_extract(json, '$.source') = ?)")
        else:
            parts.append(f"{row}.{name} = ?")
        parameters.append(match[name])
    return " AND ".join(parts), parameters


def matching(store: Store, match: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield (key in hex, severity) of the alerts that are new, part of no incident, and match by their newest row.

    The index of the evidence proposes, as for any search; what it does not hold yet is gone through.
    """
    condition, parameters = _condition(match, "evidence_row")
    words = [token for name in FIELDS if name not in ("source", "user") for token in tokens(match.get(name, ""))]
    expression = " AND ".join(f'"{token}"' for token in words[: search.MAX_TOKENS])
    rows, more = search.proposed_keys(store, expression, condition, parameters, condition, parameters, "id")
    yield from store.connection.execute(
        f"SELECT lower(hex(a.key)), a.severity FROM alert AS a WHERE +a.state = {alerts.NEW} AND a.incidents = 0"
        f" AND a.newest IN ({rows})",
        more,
    )


def brought(store: Store, first: int, last: int, matches: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return the alerts that a run of new rows brought, that nobody has touched, and that match one of some rules.

    Rows of ``alerts.rows``: the caller looks which rule it is.
    """
    conditions = [_condition(match, "n") for match in matches]
    if not conditions:
        return []
    numbers = store.numbers(
        "SELECT DISTINCT a.id FROM evidence_row AS n JOIN alert AS a ON a.key = n.key WHERE n.id BETWEEN ? AND ?"
        f" AND n.kind = 0 AND ({' OR '.join(f'({one})' for one, _ in conditions)})"
        f" AND a.state = {alerts.NEW} AND a.incidents = 0{_UNTOUCHED}",
        [first, last, *(each for _, parameters in conditions for each in parameters)],
    )
    return list(alerts.rows(store, list(numbers)).values())


def seen_again(store: Store, first: int, last: int) -> list[tuple[str, str, int]]:
    """Return (key in hex, rule, severity of the alert now) of what a rule has put aside and a run of rows brought."""
    return store.rows(
        "SELECT lower(hex(a.key)), d.rule, a.severity FROM alert_decision AS d JOIN alert AS a ON a.key = d.key"
        " WHERE d.rule <> '' AND d.state = 'dismissed' AND a.incidents = 0 AND EXISTS (SELECT 1 FROM evidence_row AS r"
        " WHERE r.key = d.key AND r.id BETWEEN ? AND ?) ORDER BY 1",
        (first, last),
    )


def is_any(store: Store) -> bool:
    """Tell whether there is a rule, or anything that one has put aside: mostly there is not."""
    sql = "SELECT 1 FROM rule UNION ALL SELECT 1 FROM alert_decision WHERE rule <> '' LIMIT 1"
    return bool(store.value(sql))


def aside(store: Store) -> set[str]:
    """Return the alerts (hex keys) that stand put aside by any rule."""
    sql = "SELECT lower(hex(key)) FROM alert_decision WHERE rule <> '' AND state = 'dismissed'"
    return {row[0] for row in store.rows(sql)}


def put_aside_by(store: Store, rule: str) -> list[str]:
    """Return the alerts (hex keys) that stand put aside by a rule, those whose rows are here."""
    return [
        row[0]
        for row in store.rows(
            "SELECT lower(hex(d.key)) FROM alert_decision AS d JOIN alert AS a ON a.key = d.key"
            " WHERE d.rule = ? AND d.state = 'dismissed' ORDER BY 1",
            (rule,),
        )
    ]


def counts(store: Store, since: int) -> dict[str, tuple[int, int]]:
    """Return by rule how many alerts stand put aside by it, and how many of them since a time."""
    return {
        rule: (int(every), int(lately))
        for rule, every, lately in store.rows(
            "SELECT rule, count(*), sum(decided_at >= ?) FROM alert_decision WHERE rule <> '' GROUP BY rule",
            (since,),
        )
    }


def last_row(store: Store) -> int:
    """Return the number of the newest row of evidence, 0 for none."""
    return int(store.value("SELECT max(id) FROM evidence_row") or 0)


def rows_of_import(store: Store, number: int) -> list[tuple[int, int]]:
    """Return the runs of rows (first, last) that an import, by its number, was the first to bring."""
    return store.rows("SELECT first, last FROM import_range WHERE import = ? ORDER BY first", (number,))
