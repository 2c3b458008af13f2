"""Incidents: opening, classifying, setting a field, noting, closing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.records import INCIDENT_TIMES, KINDS, same_as_id
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services import (
    act_words,
    authority,
    campaigns,
    classification,
    clocks,
    duties,
    incident_log,
    matters,
    open_work,
)
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.precise_times import impossible_orders, read_moment, uk_offset
from triage_app.services.recording import creation, label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.typed import read_name, read_title
from triage_app.services.vocabularies import read_category, read_rsit
from triage_app.store import labels, lookup, same
from triage_app.store.journal import Change

NAME_LIMIT = 200
"Characters of a body's name or of its reference."


def open_incident(session: Session, title: str, *, reported: str = "", campaign: str = "") -> Changes:
    """Open an incident that did not start from an alert; ``reported`` is a time as typed, "" where nobody said.

    Raises ``BadInput``.
    """
    called = read_title("The title", title)
    with session.store.write():
        label = tlp.DEFAULT_FOR_INCIDENT
        entity, ref, made = creation(session, "incident", label)
        fields: dict[str, Any] = {"title": called, "status": "open", "handler": session.author.responder}
        if reported.strip():
            fields["reported"] = read_field(session, "reported", reported)
        if campaign.strip():
            fields["campaign"] = read_field(session, "campaign", campaign)
        changes = [made, *set_fields(session, "incident", entity, fields, label)]
        return record(session, say("Opened {0}", ref), changes, entity=entity, ref=ref)


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
    determination: str | None = None,
    pap: str | None = None,
    techniques: Sequence[str] | None = None,
    details: Mapping[str, Mapping[str, Any]] | None = None,
    as_desk: bool = False,
    reported: Mapping[str, Any] | None = None,
) -> Changes:
    """Classify an incident; what is not given stays. The first RSIT type is the primary one.

    A UK category is *proposed* by the trust and needs a reason; ``as_desk`` says that a desk *assesses* it. What
    the NCSC or law enforcement told us goes into ``reported`` (``read_reported`` makes it). ``details`` are answers
    by field (``classification.DETAILS``): what is not named stays, ``None`` takes an answer away. "" takes
    determination or PAP away, an empty list of techniques all of them. Raises ``BadInput``, ``NotFound``, ``NotYours``.
    """
    values: dict[str, Any] = {}
    if rsit:
        values["rsit"] = read_classes(rsit)
    if category is not None:
        values.update(_category(session, category, because, as_desk=as_desk))
    if reported is not None:
        values["category_reported"] = {**reported, "organisation": session.organisation}
    if label is not None:
        values["tlp"] = tlp.read_label(label)
    if campaign is not None:
        values["campaign"] = campaigns.name_for(session.store, campaign)
    if severity is not None:
        if not 0 <= severity <= 100:
            raise BadInput("A severity lies between 0 and 100.", "Give such a number.")
        values["severity"] = severity
    if determination is not None:
        values["determination"] = read_field(session, "determination", determination)
    if pap is not None:
        values["pap"] = read_field(session, "pap", pap)
    if techniques is not None:
        values["techniques"] = classification.read_techniques(techniques)
    if not values and not details:
        raise BadInput("Nothing to classify was given.", "Give a class, severity, category, TLP or campaign.")
    return _set(session, incident, values, "Classified", because, details)


def read_classes(typed: Sequence[str]) -> list[str]:
    """Return RSIT codes, each once, the first being primary; an older code becomes today's. Raises ``BadInput``."""
    found: list[str] = []
    for item in typed:
        upgrade = classification.upgrade_rsit(item)
        found += [read_rsit(item)] if upgrade is None else upgrade.to
    return list(dict.fromkeys(found))


def _category(session: Session, category: int, because: str, *, as_desk: bool) -> dict[str, Any]:
    if as_desk:
        authority.refuse_unless_desk(session)
    number = read_category(category)
    if not because.strip():
        do = "Say in a few words how bad it is, for whom." if as_desk else "Say why with --because."
        raise BadInput("An assessed category needs a reason." if as_desk else "A proposed category needs a reason.", do)
    return {
        "category_assessed" if as_desk else "category_proposed": {
            "category": number, "because": because.strip(), "organisation": session.organisation,
        }
    }  # fmt: skip


def assess(session: Session, incident: str, category: int, because: str) -> Changes:
    """Assess an incident's category as a desk. Raises ``NotYours`` for a laptop of any other organisation."""
    return _set(session, incident, _category(session, category, because, as_desk=True), "Assessed", because)


def confirm(session: Session, incident: str, category: int, because: str) -> Changes:
    """Confirm an incident's category, as a device certified for the NCSC or law enforcement.

    It stands beside what the trust proposed and a desk assessed, and replaces neither. Raises ``NotYours``.
    """
    authority.refuse_unless_confirming(session)
    number = read_category(category)
    if not because.strip():
        raise BadInput("A confirmed category needs a reason.", "Say in a few words how bad it is, for whom.")
    value = {"category": number, "because": because.strip(), "organisation": session.organisation}
    return _set(session, incident, {"category_confirmed": value}, "Confirmed the category of", because)


def read_reported(session: Session, category: int, by: str, reference: str = "", when: str = "") -> dict[str, Any]:
    """Return what was reported to us as the confirmed category: by whom, under which reference, when we were told."""
    number = read_category(category)
    if not by.strip():
        raise BadInput("A category reported to us needs the body that confirmed it.", "Name it, for example NCSC.")
    found: dict[str, Any] = {
        "category": number,
        "by": read_name("The body", by),
        "reference": " ".join(reference.split()),
    }
    if len(found["by"]) > NAME_LIMIT or len(found["reference"]) > NAME_LIMIT:
        raise BadInput(say("A name or reference takes {0} characters.", NAME_LIMIT), "Put the rest into a note.")
    if when.strip():
        found["when"] = read_moment(when, session.now()).value()
    return found


def report_confirmed(
    session: Session, incident: str, category: int, *, by: str, reference: str = "", when: str = "", because: str = ""
) -> Changes:
    """Record which category was confirmed as we were told: that is our word for theirs, and confirms nothing."""
    value = {**read_reported(session, category, by, reference, when), "organisation": session.organisation}
    return _set(session, incident, {"category_reported": value}, "Recorded the reported category of", because)


def set_field(session: Session, incident: str, field: str, text: str, because: str = "") -> Changes:
    """Set one field of an incident from what a responder typed. Raises ``BadInput`` for a field there is none of."""
    name = field.strip().lower().replace("-", "_")
    settable = [known for known in KINDS["incident"].fields if not known.startswith(("category_", "left_", "first_"))]
    if name not in settable:
        raise BadInput(
            say("An incident has no field “{0}” to set.", field), say("Use one of: {0}.", ", ".join(settable))
        )
    verb = say("Set {0} of", act_words.field_name(name))
    if name in classification.DETAILS:
        answers = (
            classification.read_detail(name, text)
            if text.strip()
            else dict.fromkeys(_answered(session, incident, name))
        )
        return _set(session, incident, {}, verb, because, {name: answers})
    value = read_field(session, name, text)
    if name == "status" and value == "open":
        return reopen(session, incident, because)
    if name == "status" and value == "closed":
        duties.refuse_open_duties(session.store, incident, milliseconds(session.now()))
        open_work.refuse_open(session.store, incident)
    return _set(session, incident, {name: value}, verb, because)


def set_times(session: Session, incident: str, times: Mapping[str, str]) -> Changes:
    """Set some of an incident's times at once, as typed; "" takes one away. Raises ``BadInput`` for another name."""
    unknown = [name for name in times if name not in INCIDENT_TIMES]
    if unknown:
        raise BadInput(
            say("An incident has no time “{0}”.", unknown[0]), say("Use one of: {0}.", ", ".join(INCIDENT_TIMES))
        )
    if not times:
        raise BadInput("No time was changed.", "Change one, or cancel.")
    values = {name: read_field(session, name, text) if text.strip() else None for name, text in times.items()}
    return _set(session, incident, values, say("Set the times of"))


def times_in_doubt(session: Session, incident: str) -> list[str]:
    """Return a sentence for every two times of an incident that cannot both be true."""
    found = lookup.one(session.store, "incident", incident)
    return [] if found is None else impossible_orders(found["times"], session.now())


def read_field(session: Session, name: str, text: str) -> Any:
    """Return the value of an incident's field from what a responder typed. Raises ``BadInput``."""
    value: Any = text
    if name in INCIDENT_TIMES:
        value = read_moment(text, session.now()).value()
    elif name in classification.DETAILS:
        value = classification.changed(None, classification.read_detail(name, text))
    elif name == "techniques":
        value = classification.read_techniques([text])
    elif name == "determination":
        value = classification.read_determination(text) if text.strip() else None
    elif name == "pap":
        value = classification.read_pap(text) if text.strip() else None
    elif name == "severity":
        if not text.isdigit() or not 0 <= int(text) <= 100:
            raise BadInput("A severity lies between 0 and 100.", "Give such a number.")
        value = int(text)
    elif name == "tlp":
        value = tlp.read_label(text)
    elif name == "rsit":
        value = read_classes(text.replace(",", " ").split())
    elif name == "title":
        value = read_title("The title", text)
    elif name == "campaign":
        value = campaigns.name_for(session.store, text)
    elif name == "status" and text not in ("open", "closed"):
        raise BadInput(say("“{0}” is no status.", text), "Use open or closed.")
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


def close(
    session: Session,
    incident: str,
    because: str,
    *,
    staying_open: Sequence[str] = (),
    leaving: Sequence[str] = (),
    left_by: str = "",
) -> Changes:
    """Close an incident with a reason.

    Refused while a statutory or national clock is open, unless ``staying_open`` names it (``duties.duty_code``):
    then it goes on being shown. Local targets end with the incident. Refused too while a task or a support action is
    open, unless ``leaving`` names it (``open_work``) and ``left_by`` who decided that it is left undone.
    """
    if not because.strip():
        raise BadInput("Closing needs a reason.", "Say in a few words how it ended.")
    values: dict[str, Any] = {"status": "closed", "closed_because": because.strip(), "closed": _now(session)}
    with session.store.write():
        now = milliseconds(session.now())
        left_open = duties.refuse_open_duties(session.store, incident, now, staying_open)
        if left_open:
            values["left_open"] = left_open
        left_work = open_work.refuse_open(session.store, incident, leaving, left_by)
        if left_work is not None:
            values["left_work"] = left_work
        return _set(session, incident, values, "Closed", because)


_OF_CLOSING: Final = ("closed", "closed_because", "left_open", "left_work")
"""What closing sets beside the status: it is no longer so once the incident is open again."""


def reopen(session: Session, incident: str, because: str) -> Changes:
    """Open a closed incident again, with a reason: local targets run on, and nothing counts as left. What closing
    said stays in the history. Raises ``BadInput``, ``NotFound``."""
    if not because.strip():
        raise BadInput("Opening an incident again needs a reason.", "Say in a few words what has come up.")
    with session.store.write():
        found = lookup.one(session.store, "incident", incident)
        if found is not None and found["status"] != "closed":
            raise BadInput(say("{0} is open.", found["ref"]), "Nothing was changed.")
        return _set(session, incident, {"status": "open", **dict.fromkeys(_OF_CLOSING)}, "Opened again", because)


def _now(session: Session) -> dict[str, Any]:
    now = session.now()
    return {"at": milliseconds(now), "offset": uk_offset(now), "precision": "second"}


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
        for incident in (one, other):
            if lookup.one(store, "incident", incident) is None:
                raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
        if same.stands(store, same_as_id(one, other)) == linked:
            is_so = "They are merged already." if linked else "They are not merged with one another."
            raise BadInput(is_so, "“triage incident show” names those that an incident is one matter with.")
        label = tlp.strictest([labels.of_incident(store, one), labels.of_incident(store, other)])
        entity = same_as_id(one, other)
        refs = say("{0} and {1}", _ref(session, "incident", one), _ref(session, "incident", other))
        change = Change("same_as", entity, "linked", linked, label)
        done = record(session, f"{'Merged' if linked else 'Unmerged'} {refs}", [change], entity=one)
        between = "" if linked else matters.through(store, one, other)
        return (
            replace(done, label=say("{0}; they still are one matter through {1}", done.label, between))
            if between
            else done
        )


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


def _answered(session: Session, incident: str, field: str) -> list[str]:
    """Return what has been answered of a detail."""
    found = lookup.one(session.store, "incident", incident)
    stands = found["facts"].get(field) if found is not None else None
    return list(stands) if isinstance(stands, dict) else []


def _set(
    session: Session,
    incident: str,
    values: dict[str, Any],
    verb: str,
    because: str = "",
    details: Mapping[str, Mapping[str, Any]] | None = None,
) -> Changes:
    store = session.store
    with store.write():
        found = lookup.one(store, "incident", incident)
        if found is None:
            raise NotFound("That incident has been taken back.", "Undo that first, or open another.")
        if isinstance(values.get("aware"), dict):
            clocks.refuse_aware(store, incident, values["aware"]["at"], milliseconds(session.now()))
        if values.get("closed") is not None and "closed" not in (found["status"], values.get("status")):
            raise BadInput(say("{0} is open, so it has no time of closing.", found["ref"]), "Close it first.")
        if values.get("determination") and not because.strip():
            duties.refuse_silence(store, incident, str(values["determination"]), milliseconds(session.now()))
        for name, answers in (details or {}).items():
            values = {**values, name: classification.changed(found["facts"].get(name), answers)}
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
