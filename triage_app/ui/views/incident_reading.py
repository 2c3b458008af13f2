"""What the incident page shows, read on the query lane: the record, its events merged into one line, its log."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain.indicators import defang
from triage_app.domain.records import CREATED, DELETED, INCIDENT_TIMES, KINDS, link_id
from triage_app.domain.severity import band
from triage_app.services import conflicts as conflict_service
from triage_app.services.histories import readable
from triage_app.services.vocabularies import action_codes, categories, rsit_types
from triage_app.store import alerts, history, journal, lookup
from triage_app.store.connection import Store
from triage_app.ui.views import victim_reading
from triage_app.ui.views.moments import OPEN_STATUSES
from triage_app.ui.views.victim_reading import VictimList

MASKED: Final = "••••"
LINKS_READ: Final = 500
"Alerts whose linking is looked up for the timeline; an incident with more of them shows the rest without it."

_TIME_WORDS: Final = {
    "occurred": "Occurred", "detected": "Detected", "aware": "Aware", "reported": "Reported",
    "contained": "Contained", "recovered": "Recovered", "closed": "Closed",
}  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One thing that happened, on the timeline."""

    id: str
    at: int
    kind: str
    "alert, note, decision, support or victim."
    what: str
    who: str = ""
    note: str = ""
    short: str = ""
    "A few words for the picture."
    severity: str = ""
    state: str = ""
    "Of a support action: pending, successful …"


@dataclass(frozen=True)
class LogRow:
    """One operation on the incident or on what belongs to it."""

    op: str
    act: str
    at: int
    who: str
    record: str
    field: str
    before: str
    after: str
    because: str
    is_undo: bool


@dataclass(frozen=True)
class Category:
    """One of the three steps: who set which category, when and why."""

    number: int
    because: str
    organisation: str
    who: str
    at: int


@dataclass(frozen=True)
class IncidentRead:
    """An incident whole."""

    row: dict[str, Any]
    handler: str
    proposed: Category | None = None
    assessed: Category | None = None
    confirmed: Category | None = None
    alerts: tuple[dict[str, Any], ...] = ()
    alerts_not_here: int = 0
    victims: VictimList = field(default_factory=VictimList)
    notes: tuple[dict[str, Any], ...] = ()
    events: tuple[Event, ...] = ()
    due: tuple[tuple[int, str, int], ...] = ()
    "What is still due: when, the action's code, when it was recorded."
    log: tuple[LogRow, ...] = ()
    conflicts: tuple[dict[str, Any], ...] = ()


def incident(store: Store, entity: str) -> IncidentRead | None:
    """Return an incident whole; None once it has been taken back."""
    row = lookup.one(store, "incident", entity)
    if row is None:
        return None
    shown = list(alerts.rows(store, lookup.linked_alerts(store, entity)).values())
    keys = lookup.linked_keys(store, entity)
    victims = lookup.listing(store, "victim", "v.incident = ?", (entity,))
    people = victim_reading.victims(store, entity)
    names = {victim.id: victim.name for victim in people.victims}
    actions = [action for one in victims for action in lookup.listing(store, "action", "a.victim = ?", (one["id"],))]
    notes = lookup.listing(store, "note", "n.about = ?", (entity,))
    for one in victims:
        about = lookup.listing(store, "note", "n.about = ?", (one["id"],))
        notes += [{**note, "of": names[one["id"]]} for note in about]
    notes.sort(key=lambda note: note["created_at"] or 0, reverse=True)
    belonging = {entity, *(r["id"] for r in victims), *(r["id"] for r in actions), *(r["id"] for r in notes)}
    steps = journal.standing(store, "incident", entity)
    log = _log(store, row, victims, actions, notes, names)
    return IncidentRead(
        row=row,
        handler=lookup.responder_name(store, row["handler"]) if row["handler"] else "",
        proposed=_category(store, steps, "category_proposed"),
        assessed=_category(store, steps, "category_assessed"),
        confirmed=_category(store, steps, "category_confirmed"),
        alerts=tuple(shown),
        alerts_not_here=len(keys) - len(shown),
        victims=people,
        notes=tuple(notes),
        events=tuple(sorted(_events(store, row, shown, keys, actions, notes, victims, names), key=lambda e: -e.at)),
        due=tuple(
            (action["due_at"], action["code"], action["created_at"] or action["due_at"])
            for action in actions
            if action["status"] in OPEN_STATUSES and action["due_at"] is not None
        ),
        log=tuple(log),
        conflicts=tuple(
            conflict_service.described(store, found)
            for found in lookup.conflicts(store)
            if found["entity"] in belonging
        ),
    )


def _category(store: Store, standing: dict[str, Any], name: str) -> Category | None:
    heads = standing.get(name, [])
    if not heads or not isinstance(heads[0].body.value, dict):
        return None
    body = heads[0].body
    number = body.value.get("category")
    if number not in categories():
        return None
    return Category(
        number, str(body.value.get("because", "") or body.because), str(body.value.get("organisation", "")),
        lookup.responder_name(store, body.author), int(body.hlc[:15]),
    )  # fmt: skip


# -- the timeline ------------------------------------------------------------------------------------------


def _events(
    store: Store,
    row: dict[str, Any],
    shown: list[dict[str, Any]],
    keys: list[str],
    actions: list[dict[str, Any]],
    notes: list[dict[str, Any]],
    victims: list[dict[str, Any]],
    names: dict[str, str],
) -> list[Event]:
    found = [_alert_event(alert) for alert in shown]
    found += [_note_event(note) for note in notes]
    found += _decisions(store, row["id"])
    found += _links(store, row["id"], keys[:LINKS_READ])
    for name, value in row["times"].items():
        if isinstance(value, dict) and type(value.get("at")) is int and name != "closed":
            word = _TIME_WORDS.get(name, name.capitalize())
            found.append(Event(f"time:{name}", value["at"], "decision", word, note="as recorded", short=word))
    for victim in victims:
        who = lookup.responder_name(store, victim["created_by"])
        what = f"Recorded as a victim: {names[victim['id']]}"
        found.append(Event(f"victim:{victim['id']}", victim["created_at"] or 0, "victim", what, who, victim["ref"]))
    found += [_action_event(action, names.get(action["victim"], "")) for action in actions]
    return found


def _alert_event(alert: dict[str, Any]) -> Event:
    at = alert["first_seen"] or alert["last_seen"] or 0
    times = f" ×{alert['count']:,}" if alert["count"] > 1 else ""
    where = next((alert[name] for name in ("host", "src", "user", "organisation") if alert[name]), "")
    return Event(
        f"alert:{alert['key']}", at, "alert", defang(alert["title"]) + times, alert["source"], defang(where),
        severity=band(alert["severity"]).lower(),
    )  # fmt: skip


def _note_event(note: dict[str, Any]) -> Event:
    happened = note["happened_at"]
    about = note.get("of", "")
    return Event(
        f"note:{note['id']}", happened or note["created_at"] or 0, "note", note["text"],
        note["created_by_name"] or "not known here", f"about {about}" if about else "",
    )  # fmt: skip


def _action_event(action: dict[str, Any], victim: str) -> Event:
    name = action_codes().get(action["code"], action["code"])
    is_over = action["status"] not in OPEN_STATUSES and action["done_at"] is not None
    outcome = f": {action['outcome']}" if action["outcome"] else ""
    return Event(
        f"action:{action['id']}", (action["done_at"] if is_over else action["created_at"]) or 0, "support",
        f"{name}{outcome}", action["owner"], f"{action['code']} for {victim}" if victim else action["code"],
        short=action["code"], state=action["status"],
    )  # fmt: skip


def _decisions(store: Store, entity: str) -> list[Event]:
    found = []
    acts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for op in history.operations_of(store, "incident", entity):
        if not op["undoes"] and op["field"] not in (*INCIDENT_TIMES, DELETED):
            acts[op["act"]].append(op)
    for act, operations in acts.items():
        if history.is_undone(store, act):
            continue
        what, short = _decision_words({op["field"]: op["after"] for op in operations}, operations)
        if what:
            first = operations[0]
            who = lookup.responder_name(store, first["author"])
            found.append(Event(f"act:{act}", first["at"], "decision", what, who, short=short))
    return found


def _decision_words(fields: dict[str, Any], operations: list[dict[str, Any]]) -> tuple[str, str]:
    """Return a decision as a line of the table and as a word or two of the picture."""
    if CREATED in fields:
        return "Opened the incident", "Opened"
    if fields.get("status") == "closed":
        return f"Closed: {fields.get('closed_because') or 'no reason given'}", "Closed"
    parts = []
    short = ""
    for name, value in fields.items():
        if name.startswith("category_") and isinstance(value, dict):
            verb = name.removeprefix("category_").capitalize()
            parts.append(f"{verb} category {value.get('category')}: {value.get('because', '')}".rstrip(": "))
            short = f"Cat. {value.get('category')}"
        elif name == "rsit" and isinstance(value, list) and value:
            parts.append("Class " + ", ".join(rsit_types().get(str(code), str(code)) for code in value))
        elif value not in (None, "", []):
            parts.append(f"{field_words(name)} set to {value_words('incident', name, value)}")
    return "; ".join(parts), short or ("Classified" if "rsit" in fields else "")


def _links(store: Store, entity: str, keys: list[str]) -> list[Event]:
    acts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key in keys:
        for op in history.operations_of(store, "link", link_id(key, entity)):
            if not op["undoes"] and op["field"] == "linked":
                acts[op["act"]].append(op)
    found = []
    for act, operations in acts.items():
        if history.is_undone(store, act):
            continue
        first = operations[0]
        many = "1 alert" if len(operations) == 1 else f"{len(operations)} alerts"
        verb = "Linked" if first["after"] is True else "Took out"
        who = lookup.responder_name(store, first["author"])
        found.append(Event(f"link:{act}", first["at"], "decision", f"{verb} {many}", who))
    return found


# -- the log -----------------------------------------------------------------------------------------------


def _log(
    store: Store,
    row: dict[str, Any],
    victims: list[dict[str, Any]],
    actions: list[dict[str, Any]],
    notes: list[dict[str, Any]],
    names: dict[str, str],
) -> list[LogRow]:
    records = [("incident", row["id"], row["ref"])]
    records += [("victim", one["id"], one["ref"]) for one in victims]
    records += [("action", one["id"], one["ref"]) for one in actions]
    records += [("note", one["id"], "Note") for one in notes]
    people = {one["person"]: names[one["id"]] for one in victims if one["person"]}
    records += [("person", person, name) for person, name in people.items()]
    found = []
    for kind, entity, ref in records:
        for op in history.operations_of(store, kind, entity):
            found.append(
                LogRow(
                    op["op"], op["act"], op["at"], lookup.responder_name(store, op["author"]), ref,
                    field_words(op["field"]), _said(store, kind, entity, op["field"], op["before"], names),
                    _said(store, kind, entity, op["field"], op["after"], names), op["because"], bool(op["undoes"]),
                )
            )  # fmt: skip
    found.sort(key=lambda one: (-one.at, one.act, one.record, one.field != field_words(CREATED), one.field))
    return found


def _said(store: Store, kind: str, entity: str, name: str, value: Any, names: dict[str, str]) -> str:
    if value in (None, "", []):
        return ""
    if kind in ("person", "victim") and name in KINDS[kind].personal:
        return MASKED
    if name in ("incident", "victim", "person"):
        return names.get(str(value), "") or lookup.reference_of(store, name, str(value)) or "a record"
    return value_words(kind, name, readable(store, kind, entity, name, value), store)


def field_words(name: str) -> str:
    """Return a field's name as it is read."""
    known = {CREATED: "Created", DELETED: "Taken back", "rsit": "Class", "tlp": "TLP", "basis": "Lawful basis",
             "wish": "Their wish", "due": "Due", "code": "Action"}  # fmt: skip
    return known.get(name) or name.strip("_").replace("_", " ").capitalize()


def value_words(kind: str, name: str, value: Any, store: Store | None = None) -> str:
    """Return a field's value as it is read; times by ``moments``."""
    from triage_app.services.times import in_words

    if name == CREATED:
        return str(value.get("ref", "")) if isinstance(value, dict) else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        if type(value.get("at")) is int:
            return in_words(value["at"])
        if "category" in value:
            return f"Category {value['category']}: {value.get('because', '')}".rstrip(": ")
        return ", ".join(f"{key} {part}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(rsit_types().get(str(item), str(item)) for item in value)
    if name in ("due", "done") and type(value) is int:
        return in_words(value)
    if name == "code":
        return f"{value} {action_codes().get(str(value), '')}".strip()
    if name == "severity" and type(value) is int:
        return f"{band(value)} ({value})"
    if name == "handler" and store is not None:
        return lookup.responder_name(store, str(value))
    return str(value)
