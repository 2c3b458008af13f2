"""What the incident page shows, read on the query lane: the record, its events merged into one line, its log."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from triage_app.domain import impact as clinical
from triage_app.domain.affected import incident_of
from triage_app.domain.indicators import defang
from triage_app.domain.records import CREATED, DELETED, INCIDENT_TIMES, KINDS, link_id
from triage_app.domain.severity import band
from triage_app.services import authority, calls, impact, incident_log, precise_times
from triage_app.services import conflicts as conflict_service
from triage_app.services.histories import readable
from triage_app.services.incident_log import Line
from triage_app.services.vocabularies import action_codes, categories
from triage_app.store import affected as store_affected
from triage_app.store import alerts, history, journal, lookup, peers
from triage_app.store import impact as store_impact
from triage_app.store.connection import Store
from triage_app.ui.views import affected_reading, impact_words, victim_reading
from triage_app.ui.views.directory_reading import event_words
from triage_app.ui.views.handoff_card import HeldRead, read_held
from triage_app.ui.views.incident_words import decision_words, field_words, linked_words, time_words, value_words
from triage_app.ui.views.moments import OPEN_STATUSES
from triage_app.ui.views.victim_reading import VictimList

MASKED: Final = "••••"
LINKS_READ: Final = 500
"Alerts whose linking is looked up for the timeline; an incident with more of them shows the rest without it."

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Event:
    """One thing that happened, on the timeline."""

    id: str
    at: int
    kind: str
    "alert, note, decision, support, victim, event, task, file or clock."
    what: str
    who: str = ""
    note: str = ""
    short: str = ""
    "A few words for the picture."
    severity: str = ""
    state: str = ""
    "Of a support action: pending, successful …"
    lane: str = ""
    "Where it stands in the picture; '' for the lane of its kind, or none."


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
    bodies: tuple[tuple[str, str], ...] = ()
    "Of a confirmed one: (role, name) of each authority by whose word the device may confirm."


@dataclass(frozen=True)
class IncidentRead:
    """An incident whole."""

    row: dict[str, Any]
    handler: str
    held: HeldRead
    "Who holds the incident now."
    proposed: Category | None = None
    assessed: Category | None = None
    confirmed: Category | None = None
    confirms: tuple[tuple[str, str], ...] = ()
    "(role, name) of each body for which this laptop may confirm; none for one that may not."
    alerts: tuple[dict[str, Any], ...] = ()
    alerts_not_here: int = 0
    victims: VictimList = field(default_factory=VictimList)
    notes: tuple[dict[str, Any], ...] = ()
    events: tuple[Event, ...] = ()
    due: tuple[tuple[int, str, int], ...] = ()
    "What is still due: when, the action's code, when it was recorded."
    log: tuple[LogRow, ...] = ()
    conflicts: tuple[dict[str, Any], ...] = ()
    affected: int = 0
    "How many affected things are listed."
    impact: int = 0
    "How many statements of clinical impact there are."
    open_tasks: int = 0


def line_to_correct(store: Store, line: str) -> tuple[Line, list[str]] | None:
    """Return a line of an incident's log, or a note on a victim, with what it said before; None once it is gone."""
    note = lookup.one(store, "note", line)
    if note is None:
        return None
    earlier = [str(said["text"]) for said in incident_log.earlier_words(store, line)]
    at = note["created_at"] or 0
    return Line(line, note["ref"], note["text"], note["happened_at"] or at, at, "", None, bool(earlier)), earlier


def incident(store: Store, entity: str) -> IncidentRead | None:
    """Return an incident whole; None once it has been taken back."""
    row = lookup.one(store, "incident", entity)
    if row is None:
        return None
    numbers = lookup.linked_alerts(store, entity)
    rows = alerts.rows(store, numbers)
    shown = [rows[number] for number in numbers if number in rows]
    keys = lookup.linked_keys(store, entity)
    victims = lookup.listing(store, "victim", "v.incident = ?", (entity,))
    people = victim_reading.victims(store, entity)
    names = {victim.id: victim.name for victim in people.victims}
    actions = [action for one in victims for action in lookup.listing(store, "action", "a.victim = ?", (one["id"],))]
    notes = lookup.listing(store, "note", "n.about = ?", (entity,))
    for one in victims:
        about = lookup.listing(store, "note", "n.about = ?", (one["id"],))
        notes += [{**note, "of": names[one["id"]]} for note in about]
    put_right = history.notes_put_right(store, entity)
    names_of = {who: lookup.responder_name(store, who) for by in put_right.values() for who in by}
    notes = [{**note, "corrected_by": [names_of[who] for who in put_right.get(note["id"], ())]} for note in notes]
    notes.sort(key=lambda note: note["happened_at"] or note["created_at"] or 0, reverse=True)
    belonging = {entity, *(r["id"] for r in victims), *(r["id"] for r in actions), *(r["id"] for r in notes)}
    steps = journal.standing(store, "incident", entity)
    own = peers.own_device(store)
    done = store_affected.done(store, entity)
    log = _log(store, row, victims, actions, notes, names) + [_affected_row(store, did) for did in done]
    log.sort(key=lambda one: (-one.at, one.act, one.record, one.field != field_words(CREATED), one.field))
    events = _events(store, row, shown, keys, actions, notes, victims, names)
    events += [
        Event(f"affected:{act}", at, "decision", what, who, short=short)
        for act, at, who, what, short in affected_reading.acts(store, done)
    ]
    events += [
        Event(f"call:{call['id']}", call["at"], "note", defang(event_words(call)), call["created_by_name"] or "",
              translate("IncidentReading", "call {0}").format(call["ref"].rpartition("-")[2]), short=call["outcome"])
        for call in calls.listing(store, entity)
    ]  # fmt: skip
    stated = store_impact.rows(store, entity)
    events += [
        Event(name, at, "note", defang(what), who, short=short)
        for name, at, what, who, short in impact_words.events(stated)
    ]
    return IncidentRead(
        row=row,
        handler=lookup.responder_name(store, row["handler"]) if row["handler"] else "",
        held=read_held(store, "incident", entity),
        proposed=_category(store, steps, "category_proposed"),
        assessed=_category(store, steps, "category_assessed"),
        confirmed=_category(store, steps, "category_confirmed"),
        confirms=tuple(authority.confirming_bodies(store, own)) if authority.may_confirm(store, own) else (),
        alerts=tuple(shown),
        alerts_not_here=len(keys) - len(shown),
        victims=people,
        notes=tuple(notes),
        events=tuple(sorted(events, key=lambda event: -event.at)),
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
            or (
                found["entity_kind"] in ("affected", "attachment", "custody", *clinical.KINDS)
                and incident_of(found["entity"]) == entity
            )
        ),
        affected=store_affected.count(store, entity),
        impact=len(stated),
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
        tuple(authority.confirming_bodies(store, journal.device_of(store, heads[0].n)))
        if name == "category_confirmed" else (),
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
            word = time_words(name)
            found.append(
                Event(
                    f"time:{name}",
                    value["at"],
                    "decision",
                    word,
                    note=_as_recorded(value),
                    short=word,
                )
            )
    for victim in victims:
        who = lookup.responder_name(store, victim["created_by"])
        what = translate("IncidentReading", "Recorded as a victim: {0}").format(names[victim["id"]])
        found.append(Event(f"victim:{victim['id']}", victim["created_at"] or 0, "victim", what, who, victim["ref"]))
    found += [_action_event(action, names.get(action["victim"], "")) for action in actions]
    return found


def _as_recorded(value: dict[str, Any]) -> str:
    """Return what stands beside a time on the timeline: how much is known of it, where that is less than the minute."""
    moment = precise_times.moment_of(value)
    if moment is None or (moment.precision in ("minute", "second") and not moment.about):
        return translate("IncidentReading", "as recorded")
    return translate("IncidentReading", "as recorded: {0}").format(precise_times.in_words(moment))


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
    about = translate("IncidentReading", "about {0}").format(note["of"]) if note.get("of") else ""
    return Event(
        f"note:{note['id']}", happened or note["created_at"] or 0, "decision" if note["decision"] else "note",
        defang(note["text"]),
        note["created_by_name"] or "not known here", about,
    )  # fmt: skip


def _action_event(action: dict[str, Any], victim: str) -> Event:
    name = action_codes().get(action["code"], action["code"])
    is_over = action["status"] not in OPEN_STATUSES and action["done_at"] is not None
    outcome = f": {action['outcome']}" if action["outcome"] else ""
    code = action["code"]
    return Event(
        f"action:{action['id']}",
        (action["done_at"] if is_over else action["created_at"]) or 0,
        "support",
        defang(f"{name}{outcome}"),
        action["owner"],
        translate("IncidentReading", "{0} for {1}").format(code, victim) if victim else code,
        short=code,
        state=action["status"],
    )


def _decisions(store: Store, entity: str) -> list[Event]:
    found = []
    acts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for op in history.operations_of(store, "incident", entity):
        if not op["undoes"] and op["field"] not in (*INCIDENT_TIMES, DELETED):
            acts[op["act"]].append(op)
    for act, operations in acts.items():
        if history.is_undone(store, act):
            continue
        what, short = decision_words({op["field"]: op["after"] for op in operations})
        if what:
            first = operations[0]
            who = lookup.responder_name(store, first["author"])
            found.append(Event(f"act:{act}", first["at"], "decision", what, who, short=short))
    return found


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
        who = lookup.responder_name(store, first["author"])
        what = linked_words(first["after"] is True, len(operations))
        found.append(Event(f"link:{act}", first["at"], "decision", what, who))
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
    records += [("note", one["id"], translate("IncidentReading", "Note")) for one in notes]
    records += [(kind, one, impact_words.kind_words(kind)) for kind, one in store_impact.all_of(store, row["id"])]
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
    return found


def _affected_row(store: Store, did: store_affected.Did) -> LogRow:
    field = affected_reading.field_words(did.field)
    return LogRow(
        did.op, did.act, did.at, lookup.responder_name(store, did.author),
        affected_reading.few_words(did.count), field, "", affected_reading.done_words(did), did.because, did.is_undo,
    )  # fmt: skip


def _said(store: Store, kind: str, entity: str, name: str, value: Any, names: dict[str, str]) -> str:
    if value in (None, "", []):
        return ""
    if kind in ("person", "victim") and name in KINDS[kind].personal:
        return MASKED
    if name in clinical.FIELDS.get(kind, ()):
        return impact.value_in_words(kind, name, readable(store, kind, entity, name, value))
    if name in ("incident", "victim", "person"):
        return (
            names.get(str(value), "")
            or lookup.reference_of(store, name, str(value))
            or translate("IncidentReading", "a record")
        )
    return value_words(name, readable(store, kind, entity, name, value), store)
