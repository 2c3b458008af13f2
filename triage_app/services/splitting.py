"""Splitting an incident: some of what it holds goes to a new one, in one act that one undo takes back.

Nothing is lost and no clock moves. Alerts, victims with their support, log lines, calls and reports are the same
records, which belong elsewhere afterwards; an affected thing, a task, an entered event and a statement of clinical
impact are listed anew, as their names are their incident's, and struck from the old list. Files stay where their
custody is. Both logs say what went where. The duties of the old incident stay with it; the provisional clocks of
the new one run from when somebody first looked at the old one, and its aware is the old one's: never later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Final

from triage_app.domain.affected import affected_id, same_name
from triage_app.domain.records import DELETED, link_id
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services import affected, calls, events, tasks
from triage_app.services import impact as impact_words
from triage_app.services.changes import Changes
from triage_app.services.finding import find, find_alert
from triage_app.services.listed_anew import listed_anew
from triage_app.services.recording import creation, record, same_for_all, set_fields
from triage_app.services.session import Session
from triage_app.services.typed import read_title
from triage_app.store import affected as store_affected
from triage_app.store import alert_folds, alerts, clocks, labels, lookup, personal
from triage_app.store import impact as store_impact
from triage_app.store.connection import Store
from triage_app.store.journal import BatchChange, Change

_COPIED: Final = ("owner", "ward", "priority", "state", "used_in_care", "agreed_by", "fallback", "back_by", "comment")


_CALLED: Final = {
    "alerts": ("alert", "alerts"), "victims": ("victim", "victims"), "affected": ("affected thing", "affected things"),
    "notes": ("log line", "log lines"), "tips": ("report", "reports"), "tasks": ("task", "tasks"),
    "events": ("entered event", "entered events"), "impact": ("statement of impact", "statements of impact"),
    "calls": ("call", "calls"),
}  # fmt: skip
"""Each part of an incident, and what one and many of it are called."""


@dataclass(frozen=True)
class Parts:
    """What an incident holds, or what of it is to go: ids, of alerts their keys in hex."""

    alerts: tuple[str, ...] = ()
    victims: tuple[str, ...] = ()
    affected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    impact: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(len(getattr(self, part.name)) for part in fields(self))

    def in_words(self) -> str:
        """Return "2 alerts, 1 victim"."""
        many = {name: getattr(self, name) for name in _CALLED}
        return ", ".join(f"{len(ids):,} {_CALLED[name][len(ids) > 1]}" for name, ids in many.items() if ids)


@dataclass(frozen=True)
class Held:
    """One thing that an incident holds, as it is offered."""

    kind: str
    "The name of the part it is in: alerts, victims, affected …"
    id: str
    ref: str
    words: str
    "No name of a person: of one that is a victim, that it is a person."


def held(store: Store, incident: str) -> list[Held]:
    """Return everything of an incident that can go to another, to be chosen from."""
    found: list[Held] = []
    numbers = lookup.linked_alerts(store, incident)
    shown = alerts.rows(store, numbers)
    here = [shown[number] for number in numbers if number in shown]
    found += [Held("alerts", row["key"], row["key"][:8], row["title"]) for row in here]
    known = {row["key"] for row in here}
    found += [
        Held("alerts", key, key[:8], "An alert that is not here")
        for key in lookup.linked_keys(store, incident)
        if key not in known
    ]
    for row in lookup.listing(store, "victim", "v.incident = ?", (incident,)):
        code = row["organisation"].partition(":")[2]
        words = f"{code} {row['organisation_name'] or ''}".strip() or "A person"
        found.append(Held("victims", row["id"], row["ref"], words))
    found += [Held("affected", row["id"], "", row["name"]) for row in store_affected.rows(store, incident)]
    notes = lookup.listing(store, "note", "n.about = ? AND n.about_kind = 'incident'", (incident,))
    found += [Held("notes", row["id"], row["ref"], row["text"].partition("\n")[0]) for row in notes]
    tips = lookup.listing(store, "tip", "t.incident = ?", (incident,))
    found += [Held("tips", row["id"], row["ref"], row["text"].partition("\n")[0]) for row in tips]
    found += [Held("tasks", row["id"], tasks.called(row), row["title"]) for row in tasks.listing(store, incident)]
    found += [Held("events", row["id"], "", row["what"]) for row in events.listing(store, incident)]
    for row in store_impact.rows(store, incident):
        about = impact_words.subject(row)
        words = about if about == row["kind"] else f"{row['kind']}: {about}"
        found.append(Held("impact", row["id"], "", words.capitalize()))
    rung = lookup.listing(store, "call", "c.about = ? AND c.about_kind = 'incident'", (incident,))
    return found + [Held("calls", row["id"], row["ref"], f"{calls.role_of(row)}: {row['outcome']}") for row in rung]


def parts_of(store: Store, incident: str) -> Parts:
    """Return everything of an incident that can go to another."""
    return chosen(held(store, incident))


def chosen(things: Iterable[Held]) -> Parts:
    """Return some of what an incident holds as parts."""
    found: dict[str, tuple[str, ...]] = {}
    for one in things:
        found[one.kind] = (*found.get(one.kind, ()), one.id)
    return Parts(**found)


def split(session: Session, incident: str, parts: Parts, title: str) -> Changes:
    """Open a new incident with some of what one holds. Raises ``BadInput``, ``NotFound``.

    The id of the outcome is the new incident's. The new one is as secret as the old one.
    """
    called = read_title("The title of the new incident", title)
    if not parts.count:
        raise BadInput("Nothing is chosen that should go to the new incident.", "Choose at least one thing.")
    store = session.store
    with store.write():
        row = lookup.one(store, "incident", incident)
        if row is None:
            raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
        _refuse_strangers(parts, parts_of(store, incident))
        label = labels.of_incident(store, incident)
        looked = _first_look(store, row)
        entity, ref, made = creation(session, "incident", label, {"split_from": incident})
        fields: dict[str, Any] = {"title": called, "status": "open", "handler": session.author.responder}
        if row["tlp"]:
            fields["tlp"] = label
        if row["severity"] is not None:
            fields["severity"] = row["severity"]  # until somebody says otherwise: its targets must not slacken
        if looked is not None:
            fields["first_look"] = looked
        if isinstance(row["times"].get("aware"), dict):
            fields["aware"] = row["times"]["aware"]  # the trust knew of the part when it knew of the whole
        changes: list[Change | BatchChange] = [made, *set_fields(session, "incident", entity, fields, label)]
        if looked is not None and parts.alerts:
            changes += set_fields(session, "incident", incident, {"first_look": looked}, label)
        changes += _moved_alerts(store, parts.alerts, incident, entity, label)
        for victim in parts.victims:
            changes += set_fields(session, "victim", victim, {"incident": entity}, label)
        changes += _moved_things(session, parts.affected, incident, entity, label)
        for kind, ids in (("note", parts.notes), ("call", parts.calls)):
            for one in ids:
                changes += set_fields(session, kind, one, {"moved_to": entity}, label)
        again = [*(("task", one) for one in parts.tasks), *(("event", one) for one in parts.events)]
        again += [(store_impact.kind_of(store, one), one) for one in parts.impact]
        changes += listed_anew(session, again, entity, label)
        changes += _settled_as_before(session, parts.tasks, incident, entity, label)
        changes += [Change("tip", tip, "triage", {"state": "linked", "incident": entity}, label) for tip in parts.tips]
        words = parts.in_words()
        changes += _line(session, incident, label, f"Split {words} off to {ref}: {called}")
        changes += _line(session, entity, label, f"Split from {row['ref']}: {words} came from there")
        return record(session, say("Split {0} from {1}", ref, row["ref"]), changes, entity=entity, ref=ref)


def _refuse_strangers(parts: Parts, held: Parts) -> None:
    for name in _CALLED:
        strange = set(getattr(parts, name)) - set(getattr(held, name))
        if strange:
            many = "One thing" if len(strange) == 1 else f"{len(strange):,} things"
            raise NotFound(say("{0} chosen ({1}) are not of this incident.", many, name), "Look at the incident again.")


def _first_look(store: Store, row: dict[str, Any]) -> int | None:
    """Return when somebody first looked at what an incident is about, as its provisional clocks have it."""
    decided = clocks.first_decisions(store, [row["id"]]).get(row["id"])
    known = [at for at in (decided, row["created_at"]) if at is not None]
    return min(known, default=None)


def _moved_alerts(
    store: Store, keys: Sequence[str], incident: str, entity: str, label: str
) -> list[Change | BatchChange]:
    keys = alert_folds.with_parts(store, keys)  # what is folded is one, so it goes as one
    found = same_for_all("link", [link_id(key, incident) for key in keys], "linked", False, label)
    return found + same_for_all("link", [link_id(key, entity) for key in keys], "linked", True, label)


def _moved_things(
    session: Session, ids: Sequence[str], incident: str, entity: str, label: str
) -> list[Change | BatchChange]:
    if not ids:
        return []
    wanted = set(ids)
    rows = [row for row in store_affected.rows(session.store, incident) if row["id"] in wanted]
    if len({(row["kind"], same_name(row["name"])) for row in rows}) < len(rows):
        raise BadInput("Two of the affected things chosen go by one name.", "Give one of them another name first.")
    changes: list[Change | BatchChange] = []
    edits: dict[tuple[str, str], affected.Value] = {}
    for row in rows:
        changes.append(affected.created(entity, row["kind"], row["name"], label))
        moved = affected_id(entity, row["kind"], row["name"])
        usual = {"state": "suspected", "used_in_care": "not known"}
        for name in _COPIED:
            if row[name] not in (None, "", personal.ERASED, personal.NOT_SHARED, usual.get(name)):
                edits[(moved, name)] = (row[name], row["because"] if name == "state" else "")
    changes += affected.changes_of(session, entity, edits, label)
    return changes + same_for_all("affected", [row["id"] for row in rows], DELETED, True, label)


def _settled_as_before(
    session: Session, ids: Sequence[str], incident: str, entity: str, label: str
) -> list[Change | BatchChange]:
    """Return what keeps settled tasks from looking as if whoever splits had settled them now."""
    changes: list[Change | BatchChange] = []
    for row in tasks.listing(session.store, incident):
        at, by = tasks.settled_at(row), tasks.settled_by(row)
        if row["id"] in ids and at is not None:
            said = {"done_at": at, "done_by": by}
            missing = {name: value for name, value in said.items() if row[name] in (None, "")}
            changes += set_fields(session, "task", f"{entity}:{row['id'].partition(':')[2]}", missing, label)
    return changes


def _line(session: Session, incident: str, label: str, words: str) -> list[Change]:
    note, _, made = creation(session, "note", label, {"kind": "incident", "about": incident})
    return [made, *set_fields(session, "note", note, {"text": words}, label)]


def named(store: Store, incident: str, **typed: Iterable[str]) -> Parts:
    """Return the parts that were typed: alerts and events by id or its start, victims, log lines, calls and reports by
    reference, tasks by reference or step, affected things and impact by name. Raises ``NotFound``, ``Ambiguous``."""
    ways: dict[str, Callable[[str], str]] = {
        "alerts": lambda name: find_alert(store, name),
        "tasks": lambda name: tasks.find_task(store, incident, name),
        "events": lambda name: events.find_event(store, incident, name),
        "impact": lambda name: impact_words.named(store, incident, name),
        **{f"{kind}s": partial(find, store, kind) for kind in ("victim", "note", "tip", "call")},
    }
    found = {name: tuple(dict.fromkeys(map(way, typed.get(name, ())))) for name, way in ways.items()}
    return Parts(**found, affected=tuple(dict.fromkeys(affected.named(store, incident, typed.get("affected", ())))))
