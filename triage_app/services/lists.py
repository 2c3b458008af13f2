"""Lists of records, narrowed and ordered, as the command line and the window ask for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services import campaigns, histories, presenting, quarantine, records, support, tips
from triage_app.services.alert_filter import read_filter
from triage_app.services.changes import milliseconds
from triage_app.services.filter_keys import refuse_unknown, words_of
from triage_app.services.session import Session
from triage_app.services.times import iso
from triage_app.store import access, alerts, history, imports, lookup, naming, peers
from triage_app.store.connection import Store

NOUNS: Final = (
    "alerts", "incidents", "victims", "actions", "organisations", "imports", "journal", "conflicts", "pending",
    "devices", "campaigns", "tips", "access", *records.NOUNS,
)  # fmt: skip

COLUMNS: Final = {
    "alerts": ("id", "severity_word", "title", "source", "organisation", "count", "last_seen", "state"),
    "incidents": ("ref", "title", "status", "severity_word", "rsit", "category", "tlp", "alerts", "victims"),
    "victims": ("ref", "incident_ref", "party", "organisation", "person_name", "status", "wish", "next_due"),
    "actions": ("ref", "incident_ref", "code", "name", "status", "due", "owner", "attempts", "outcome"),
    "imports": ("id", "name", "format", "records", "new", "repeats", "rejected", "undone"),
    "tips": ("ref", "state", "received_at", "channel_word", "organisation", "incident_ref", "text"),
    "campaigns": ("name", "status", "incidents", "open", "aliases"),
    "access": ("at", "who", "what", "record", "field"),
    "journal": ("id", "at", "who", "what", "operations", "undone"),
    **records.COLUMNS,
}


def _kept_aside(one: quarantine.Waiting) -> dict[str, Any]:
    return {
        "id": f"{one.device}:kept-aside", "device": one.device, "reason": "kept-aside", "operations": None,
        "first": None, "last": None, "files": one.files, "bytes": one.bytes, "at": iso(one.at), "ref": one.tag,
        "name": one.name, "organisation": one.organisation, "nation": one.nation, "fingerprint": one.words,
    }  # fmt: skip


_MASKED_OF: Final = {"person": "name", "victim": "contact, language, care", "tip": "reporter, contact"}
"What is shown where an entry names no field: what unmasking a record of that kind shows."


def listing(
    session: Session,
    noun: str,
    *,
    query: str = "",
    order: str = "",
    after: str = "",
    limit: int | None = None,
    overdue: bool = False,
    due_within: timedelta | None = None,
) -> list[dict[str, Any]]:
    """Return the records of a noun as the command line prints them. Raises ``BadInput``.

    ``overdue`` and ``due_within`` narrow support actions to what waits, the earliest due first.
    """
    store = session.store
    if noun == "alerts":
        found = _alerts(session, query, order, None if after else limit)
    elif noun in records.NOUNS:
        found = records.listing(store, noun, query, order, None if after else limit)
    else:
        found = _actions(session, overdue, due_within) if noun == "actions" else _others(store, noun)
        words = words_of(query)
        found = [row for row in found if all(word in _text(row) for word in words)]
        if not found:
            refuse_unknown(query)
        if order:
            found = _ordered(found, order)
    if after:
        name = after.strip().lower()
        places = [
            at for at, row in enumerate(found) if name in (str(row["id"]).lower(), str(row.get("ref", "")).lower())
        ]
        if not places:
            raise NotFound(
                say("“{0}” is not in this list.", after), "Name the last one you have, under the same filter."
            )
        found = found[places[0] + 1 :]
    return found if limit is None else found[:limit]


def _alerts(session: Session, query: str, order: str, limit: int | None) -> list[dict[str, Any]]:
    store = session.store
    name = order.lstrip("-") or "severity"
    if name not in alerts.ORDERS:
        raise BadInput(say("Alerts have no order “{0}”.", name), say("Use one of: {0}.", ", ".join(alerts.ORDERS)))
    descending = order.startswith("-") if order else True
    ids = alerts.ids(store, read_filter(session, query), name, descending, -1 if limit is None else limit)
    rows = alerts.rows(store, ids)
    return [presenting.alert(rows[number]) for number in ids if number in rows]


def _actions(session: Session, overdue: bool, due_within: timedelta | None) -> list[dict[str, Any]]:
    now = milliseconds(session.now())
    if overdue or due_within is not None:
        rows = support.waiting(session.store, now, due_within)
    else:
        rows = support.listing(session.store, now=now)
    found = []
    for row in rows:
        is_late = row["due"] is not None and row["status"] in support.OPEN and row["due"] < now
        found.append({**presenting.record("action", row), "overdue": is_late})
    return found


def _others(store: Store, noun: str) -> list[dict[str, Any]]:
    match noun:
        case "incidents" | "victims":
            kind = noun.removesuffix("s")
            return [presenting.record(kind, row) for row in lookup.listing(store, kind)]
        case "organisations":
            return lookup.organisations(store)
        case "imports":
            found = imports.listing(store)
            for row in found:
                row["started_at"], row["finished_at"] = iso(row["started_at"]), iso(row["finished_at"])
                row["undone"] = bool(row["undone"])
            return found
        case "journal":
            return [
                {
                    "id": row["id"], "act": row["id"], "at": iso(row["at"]),
                    "who": row["author_name"] or "not known here", "device": row["device"],
                    "what": histories.in_words(store, row), "operations": row["operations"],
                    "undone": history.is_undone(store, row["id"]),
                }
                for row in history.acts(store)
            ]  # fmt: skip
        case "conflicts":
            return conflicts(store)
        case "pending":
            return [*lookup.pending(store), *(_kept_aside(one) for one in quarantine.waiting(store))]
        case "devices":
            return [presenting.peer(row) for row in peers.listing(store)]
        case "access":
            return [_looked_at(store, row) for row in access.entries(store)]
        case "tips":
            return [tips.as_data(row) for row in tips.listing(store)]
        case "campaigns":
            return [campaigns.as_data(one) for one in campaigns.listing(store) if one.is_made or one.incidents]
        case _:
            raise BadInput(say("There is no list of {0}.", noun), say("There are: {0}.", ", ".join(NOUNS)))


def _looked_at(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of the access chains as it is printed: a person by the victims they are, so nobody is named."""
    kind, entity, detail = row["kind"], row["entity"], row["detail"]
    if kind == "person":
        refs = sorted(victim["ref"] for victim in lookup.listing(store, "victim", "v.person = ?", (entity,)))
        ref = ", ".join(refs)
    else:
        ref = "" if entity == "-" else naming.reference(store, kind, entity)
    fields = [f"{name.replace('_', ' ')}: {cell(value)}" for name, value in detail.items()] if isinstance(
        detail, dict) else [] if detail is None else [cell(detail)]  # fmt: skip
    return {
        **{name: value for name, value in row.items() if name != "author"},
        "at": iso(row["at"]), "who": lookup.responder_name(store, row["author"]),
        "record": f"{kind.replace('_', ' ')} {ref}".strip(), "field": "; ".join(fields) or _MASKED_OF.get(kind, ""),
    }  # fmt: skip


def conflicts(store: Store) -> list[dict[str, Any]]:
    """Return every field in which two values stand, with both: who, when, on which device."""
    from triage_app.services.conflicts import described

    return [described(store, row) for row in lookup.conflicts(store)]


def _text(row: dict[str, Any]) -> str:
    return " ".join(cell(value) for value in row.values()).lower()


def _ordered(rows: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    name = order.lstrip("-")
    if rows and name not in rows[0]:
        raise BadInput(say("There is no order “{0}”.", name), say("Use one of: {0}.", ", ".join(rows[0])))
    return sorted(rows, key=lambda row: _rank(row[name]), reverse=order.startswith("-"))


def _rank(value: Any) -> tuple[bool, float, str]:
    number = isinstance(value, int | float)
    return value is None, float(value) if number else 0.0, "" if number else cell(value)


def cell(value: Any) -> str:
    """Return a value as a cell of a printed table: “–” for nothing."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
