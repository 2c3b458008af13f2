"""What the victim screens show, read on the query lane. Names of people and contacts stay closed here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from triage_app.services import support, victim_record
from triage_app.services.vocabularies import action_codes
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.store.personal import ERASED, NOT_SHARED
from triage_app.ui.views.handoff_card import HeldRead, read_held
from triage_app.ui.views.moments import OPEN_STATUSES

CLOSED_WORDS: Final = {ERASED: "erased", NOT_SHARED: "not shared"}
"What stands for a personal value that cannot be opened here."


@dataclass(frozen=True)
class VictimRow:
    """One victim of a list."""

    id: str
    ref: str
    incident: str
    incident_ref: str
    incident_title: str
    party: str
    name: str
    "An organisation's name, or “Person 1”: a person's own name is opened only when asked for."
    code: str
    status: str
    basis: str
    sharing: str
    wish: str
    person: str
    has_contact: bool
    contact_state: str
    "“erased” or “not shared” where the contact cannot be opened, else “”."
    on_hold: bool
    "Whether it is under legal hold."
    roles: str
    channel: str
    ground: str
    "On what ground it is shared and who decided, in words."
    masked: tuple[str, ...]
    "Which of language, accessible format and vulnerability are recorded and can be shown."
    closed: str
    "“erased” or “not shared” where those cannot be opened, else “”."
    next_due: int | None
    next_start: int | None
    "When the action that is due next was recorded."
    open_actions: int
    actions: int
    successful: int


@dataclass(frozen=True)
class Due:
    """One thing due, over all incidents."""

    action: str
    victim: str
    name: str
    where: str
    due_at: int
    created_at: int


@dataclass(frozen=True)
class VictimList:
    """Victims, what is due next, and how many count as supported."""

    victims: tuple[VictimRow, ...] = ()
    due: tuple[Due, ...] = ()
    supported: int = 0
    "Victims with at least one successful action."


@dataclass(frozen=True)
class VictimRead:
    """One victim with its support actions and notes."""

    row: VictimRow
    record: dict[str, Any]
    "The record as ``lookup`` gives it."
    held: HeldRead
    "Who holds the victim now."
    actions_held: dict[str, HeldRead] = field(default_factory=dict)
    "The same of each action that was handed over itself."
    actions: tuple[dict[str, Any], ...] = ()
    notes: tuple[dict[str, Any], ...] = ()
    conflicts: tuple[str, ...] = field(default=())


def victims(store: Store, incident: str = "", due_limit: int = 6, now: int = 0) -> VictimList:
    """Return the victims of an incident, or all of them, those with the nearest due time first.

    ``now`` (milliseconds UTC) is needed for due times that go with a clock.
    """
    found = lookup.listing(store, "victim", *(("v.incident = ?", (incident,)) if incident else ("", ())))
    numbers = person_numbers(found)
    waiting: dict[str, list[dict[str, Any]]] = defaultdict(list)
    everything = support.listing(store, now=now)
    for action in everything:
        if action["status"] in OPEN_STATUSES:
            waiting[action["victim"]].append(action)
    rows = [_row(victim, numbers, waiting[victim["id"]]) for victim in found]
    rows.sort(key=lambda row: (row.next_due is None, row.next_due or 0, row.open_actions == 0, row.ref))
    names = {row.id: row for row in rows}
    due = []
    dated = [action for group in waiting.values() for action in group if action["due"] is not None]
    for action in sorted(dated, key=lambda one: (one["due"], one["id"])):
        victim = names.get(action["victim"])
        where = action["incident_ref"] or ""
        due.append(
            Due(
                action["id"], action["victim"], action_codes().get(action["code"], action["code"]),
                f"{where}, {victim.name}" if victim else where, action["due"], action["due_from"] or 0,
            )
        )  # fmt: skip
    return VictimList(tuple(rows), tuple(due[:due_limit]), sum(1 for row in rows if row.successful))


def person_numbers(found: list[dict[str, Any]]) -> dict[str, int]:
    """Return the number by which each person is called in its incident, in the order they were recorded."""
    counted: dict[str, int] = defaultdict(int)
    numbers = {}
    for victim in sorted(found, key=lambda row: (row["created_at"] or 0, row["ref"])):
        if victim["party"] == "person":
            counted[victim["incident"]] += 1
            numbers[victim["id"]] = counted[victim["incident"]]
    return numbers


def _row(victim: dict[str, Any], numbers: dict[str, int], waiting: list[dict[str, Any]]) -> VictimRow:
    code = victim["organisation"].partition(":")[2] if victim["party"] == "organisation" else ""
    name = victim["organisation_name"] or code
    if victim["party"] == "person":
        name = QCoreApplication.translate("VictimReading", "Person {0}").format(numbers.get(victim["id"], 1))
    contact = victim["contact"]
    dated = [action for action in waiting if action["due"] is not None]
    first = min(dated, key=lambda action: action["due"], default=None)
    sealed = {name: victim_record.standing(victim, name) for name in ("language", "formats", "flags")}
    return VictimRow(
        id=victim["id"], ref=victim["ref"], incident=victim["incident"], incident_ref=victim["incident_ref"] or "",
        incident_title=victim["incident_title"] or "", party=victim["party"], name=name, code=code,
        status=victim["status"], basis=victim["basis"], sharing=victim["sharing"], wish=victim["wish"],
        person=victim["person"] or "", has_contact=bool(contact), contact_state=CLOSED_WORDS.get(contact, ""),
        on_hold=bool(victim["facts"].get("legal_hold")),
        roles=victim_record.words("roles", victim_record.standing(victim, "roles")),
        channel=victim_record.words("channels", filter(None, [victim_record.standing(victim, "channel")])),
        ground=_ground(victim), masked=tuple(name for name, value in sealed.items() if value and not _closed(value)),
        closed=next(filter(None, map(_closed, sealed.values())), ""),
        next_due=first["due"] if first else None, next_start=first["due_from"] if first else None,
        open_actions=len(waiting), actions=victim["actions"], successful=victim["successful"],
    )  # fmt: skip


def _closed(value: str | list[str]) -> str:
    """Return “erased” or “not shared” for what cannot be opened here, else “”."""
    return CLOSED_WORDS.get(value[0] if isinstance(value, list) and value else str(value), "")


def _ground(victim: dict[str, Any]) -> str:
    decision = victim_record.decision(victim)
    words = victim_record.words("grounds", filter(None, [decision["ground"]]))
    if not decision["by"]:
        return words
    by = QCoreApplication.translate("VictimReading", "decided by {0}").format(decision["by"])
    return f"{words}, {by}" if words else by


def victim(store: Store, entity: str, now: int = 0) -> VictimRead | None:
    """Return one victim with the support given; None once it has been taken back."""
    found = lookup.one(store, "victim", entity)
    if found is None:
        return None
    siblings = lookup.listing(store, "victim", "v.incident = ?", (found["incident"],))
    actions = support.listing(store, "a.victim = ?", (entity,), now)
    notes = lookup.listing(store, "note", "n.about = ?", (entity,))
    waiting = [action for action in actions if action["status"] in OPEN_STATUSES]
    mine = {entity, *(action["id"] for action in actions)}
    standing = tuple(row["field"] for row in lookup.conflicts(store) if row["entity"] in mine)
    row = _row(found, person_numbers(siblings), waiting)
    handed = {one["about"] for one in lookup.listing(store, "handoff", "h.about_kind = 'action'")}
    return VictimRead(
        row, found, read_held(store, "victim", entity),
        {action["id"]: read_held(store, "action", action["id"]) for action in actions if action["id"] in handed},
        tuple(sorted(actions, key=_by_due)), tuple(notes), standing,
    )  # fmt: skip


def _by_due(action: dict[str, Any]) -> tuple[bool, bool, int, str]:
    """Open ones first, by due time; then those that are done, the latest first."""
    is_open = action["status"] in OPEN_STATUSES
    when = action["due"] if is_open else -(action["done_at"] or 0)
    return not is_open, when is None, when or 0, action["ref"]
