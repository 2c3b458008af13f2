"""Incidents: opening, classifying, setting a field, noting, closing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triage_app.domain import tlp
from triage_app.domain.records import INCIDENT_TIMES, KINDS, same_as_id
from triage_app.errors import BadInput, NotFound
from triage_app.services import clocks, incident_log
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import read_time, refuse_to_come
from triage_app.services.vocabularies import read_category, read_rsit
from triage_app.store import labels, lookup
from triage_app.store.journal import Change


def open_incident(session: Session, title: str) -> Changes:
    """Open an incident that did not start from an alert."""
    if not title.strip():
        raise BadInput("An incident needs a title.", "Say in a few words what has happened.")
    with session.store.write():
        label = tlp.DEFAULT_FOR_INCIDENT
        entity, ref, made = creation(session, "incident", label)
        fields = {"title": title.strip(), "status": "open", "handler": session.author.responder}
        changes = [made, *set_fields(session, "incident", entity, fields, label)]
        return record(session, f"Opened {ref}", changes, entity=entity, ref=ref)


def classify(
    session: Session,
    incident: str,
    *,
    rsit: Sequence[str] = (),
    category: int | None = None,
    because: str = "",
    label: str | None = None,
    campaign: str | None = None,
    severity: int | None = None,
) -> Changes:
    """Classify an incident; what is not given stays. The first RSIT type is the primary one.

    A UK category is *proposed* by the trust and needs a reason: only the NCSC or law enforcement
    confirms. Raises ``BadInput``, ``NotFound``.
    """
    values: dict[str, Any] = {}
    if rsit:
        values["rsit"] = list(dict.fromkeys(read_rsit(item) for item in rsit))
    if category is not None:
        if not because.strip():
            raise BadInput("A proposed category needs a reason.", "Say why with --because.")
        values["category_proposed"] = {
            "category": read_category(category),
            "because": because.strip(),
            "organisation": session.organisation,
        }
    if label is not None:
        values["tlp"] = tlp.read_label(label)
    if campaign is not None:
        values["campaign"] = " ".join(campaign.split())
    if severity is not None:
        if not 0 <= severity <= 100:
            raise BadInput("A severity lies between 0 and 100.", "Give such a number.")
        values["severity"] = severity
    if not values:
        raise BadInput("Nothing to classify was given.", "Give at least one of RSIT, category, TLP or campaign.")
    return _set(session, incident, values, "Classified", because)


def set_field(session: Session, incident: str, field: str, text: str, because: str = "") -> Changes:
    """Set one field of an incident from what a responder typed. Raises ``BadInput`` for a field there is none of."""
    name = field.strip().lower().replace("-", "_")
    settable = [known for known in KINDS["incident"].fields if not known.startswith(("category_", "left_"))]
    if name not in settable:
        raise BadInput(f"An incident has no field “{field}” to set.", f"Use one of: {', '.join(settable)}.")
    value = read_field(session, name, text)
    if name == "status" and value == "closed":
        clocks.refuse_open_duties(session.store, incident, milliseconds(session.now()))
    return _set(session, incident, {name: value}, f"Set {name.replace('_', ' ')}", because)


def set_times(session: Session, incident: str, times: Mapping[str, str]) -> Changes:
    """Set some of an incident's times at once, as typed; "" takes one away. Raises ``BadInput`` for another name."""
    unknown = [name for name in times if name not in INCIDENT_TIMES]
    if unknown:
        raise BadInput(f"An incident has no time “{unknown[0]}”.", f"Use one of: {', '.join(INCIDENT_TIMES)}.")
    if not times:
        raise BadInput("No time was changed.", "Change one, or cancel.")
    values = {name: read_field(session, name, text) if text.strip() else None for name, text in times.items()}
    return _set(session, incident, values, "Set times")


def read_field(session: Session, name: str, text: str) -> Any:
    """Return the value of an incident's field from what a responder typed. Raises ``BadInput``."""
    value: Any = text
    if name in INCIDENT_TIMES:
        moment = read_time(text, session.now())
        if name == "aware":
            refuse_to_come(moment, session.now())
        value = {"at": milliseconds(moment), "as_written": text}
    elif name == "severity":
        if not text.isdigit() or not 0 <= int(text) <= 100:
            raise BadInput("A severity lies between 0 and 100.", "Give such a number.")
        value = int(text)
    elif name == "tlp":
        value = tlp.read_label(text)
    elif name == "rsit":
        value = [read_rsit(item) for item in text.replace(",", " ").split()]
    elif name == "title":
        value = " ".join(text.split())
        if not value:
            raise BadInput("An incident needs a title.", "Say in a few words what has happened.")
    elif name == "campaign":
        value = " ".join(text.split())
    elif name == "status" and text not in ("open", "closed"):
        raise BadInput(f"“{text}” is no status.", "Use open or closed.")
    return value


def note(session: Session, incident: str, text: str) -> Changes:
    """Write a line in an incident's log, of what happens now. Lines add up: two laptops' never conflict."""
    return incident_log.add_line(session, incident, text)


def add_note(session: Session, about_kind: str, about: str, text: str) -> Changes:
    """Add a note about an incident, victim or alert; it is sealed, as any words may name a person."""
    words = incident_log.checked_words(text)
    with session.store.write():
        label = label_of(session, about_kind, about)
        entity, _, made = creation(session, "note", label, {"kind": about_kind, "about": about})
        changes = [made, *set_fields(session, "note", entity, {"text": words}, label)]
        return record(session, "Noted", changes, entity=entity, ref=_ref(session, about_kind, about))


def close(session: Session, incident: str, because: str, *, staying_open: Sequence[str] = ()) -> Changes:
    """Close an incident with a reason.

    Refused while a statutory or national clock is open, unless ``staying_open`` names it (``clocks.duty_code``):
    then it goes on being shown. Local targets end with the incident.
    """
    if not because.strip():
        raise BadInput("Closing needs a reason.", "Say in a few words how it ended.")
    now = milliseconds(session.now())
    values: dict[str, Any] = {"status": "closed", "closed_because": because.strip(), "closed": {"at": now}}
    with session.store.write():
        left_open = clocks.refuse_open_duties(session.store, incident, now, staying_open)
        if left_open:
            values["left_open"] = left_open
        return _set(session, incident, values, "Closed", because)


def merge(session: Session, one: str, other: str) -> Changes:
    """Say that two incidents are one matter: an undirected link, taken back by ``unmerge``."""
    return _same(session, one, other, linked=True)


def unmerge(session: Session, one: str, other: str) -> Changes:
    """Take back that two incidents are one matter."""
    return _same(session, one, other, linked=False)


def _same(session: Session, one: str, other: str, *, linked: bool) -> Changes:
    if one == other:
        raise BadInput("That is one incident, not two.", "Name two incidents.")
    store = session.store
    with store.write():
        label = tlp.strictest([labels.of_incident(store, one), labels.of_incident(store, other)])
        entity = same_as_id(one, other)
        refs = f"{_ref(session, 'incident', one)} and {_ref(session, 'incident', other)}"
        change = Change("same_as", entity, "linked", linked, label)
        return record(session, f"{'Merged' if linked else 'Unmerged'} {refs}", [change], entity=one)


def still_empty(session: Session, incident: str) -> list[str]:
    """Return what an incident still lacks, in words; shown when it is closed."""
    found = lookup.one(session.store, "incident", incident)
    if found is None:
        return []
    checks = {
        "RSIT class": found["rsit"],
        "UK category": found["category_proposed"],
        "TLP label": found["tlp"],
        "time detected": found["times"].get("detected"),
        "time aware": found["times"].get("aware"),
    }
    return [name for name, value in checks.items() if not value]


def _set(session: Session, incident: str, values: dict[str, Any], verb: str, because: str = "") -> Changes:
    store = session.store
    with store.write():
        found = lookup.one(store, "incident", incident)
        if found is None:
            raise NotFound("That incident has been taken back.", "Undo that first, or open another.")
        if isinstance(values.get("aware"), dict):
            clocks.refuse_aware(store, incident, values["aware"]["at"], milliseconds(session.now()))
        label = labels.of_incident(store, incident)
        if "tlp" in values:
            label = values["tlp"]
        changes: list[Change] = set_fields(session, "incident", incident, values, label, because.strip())
        return record(session, f"{verb} {found['ref']}", changes, entity=incident, ref=found["ref"])


def _ref(session: Session, kind: str, entity: str) -> str:
    if kind in ("incident", "victim", "action"):
        found = lookup.one(session.store, kind, entity)
        return found["ref"] if found else ""
    return ""
