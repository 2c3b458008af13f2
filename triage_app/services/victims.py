"""Victims and the support given to them: what was done, by whom, when, with what outcome."""

from __future__ import annotations

from typing import Any

from triage_app.domain.records import organisation_id
from triage_app.errors import BadInput, NotFound
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.open_work import refuse_closed
from triage_app.services.recording import creation, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import read_time
from triage_app.services.vocabularies import action_codes, read_action_code, read_action_status, read_wish, vocabulary
from triage_app.store import labels, lookup
from triage_app.store.journal import Change


def add_victim(
    session: Session,
    incident: str,
    *,
    organisation: str = "",
    organisation_name: str = "",
    person: str | None = None,
    status: str = "affected",
    contact: str = "",
) -> Changes:
    """Record an organisation (by ODS code) or a person as a victim of an incident.

    ``person`` may be "" for somebody whose name is not known or not to be kept. The person's wish is
    *not asked* until somebody asks. Raises ``BadInput`` unless exactly one of the two is given.
    """
    if bool(organisation.strip()) == (person is not None):
        raise BadInput(
            "A victim is an organisation or a person.", "Give --org CODE or --person NAME (“-” for unnamed)."
        )
    store = session.store
    with store.write():
        if lookup.one(store, "incident", incident) is None:
            raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
        label = labels.of_incident(store, incident)
        changes: list[Change] = []
        fields: dict[str, Any] = {"incident": incident, "status": _status(status), "wish": "not asked"}
        if person is None:
            code = organisation.strip().upper()
            if not (2 <= len(code) <= 12 and code.isalnum() and code.isascii()):
                raise BadInput(f"“{organisation}” is no organisation code.", "Use the ODS code, for example RXX.")
            fields |= {"party": "organisation", "organisation": organisation_id("ods", code)}
            if organisation_name.strip():
                changes += set_fields(
                    session, "organisation", organisation_id("ods", code), {"name": organisation_name.strip()}, label
                )
        else:
            person_id, _, made = creation(session, "person", label)
            changes += [made, *set_fields(session, "person", person_id, {"name": person.strip()}, label)]
            fields |= {"party": "person", "person": person_id}
        if contact.strip():
            fields["contact"] = contact.strip()
        entity, ref, made = creation(session, "victim", label)
        changes += [made, *set_fields(session, "victim", entity, fields, label)]
        return record(session, f"Added victim {ref}", changes, entity=entity, ref=ref)


def set_victim(session: Session, victim: str, field: str, text: str) -> Changes:
    """Set one field of a victim: status, basis (lawful basis), sharing, wish or contact."""
    name = {"lawful-basis": "basis", "lawful_basis": "basis"}.get(field.strip().lower(), field.strip().lower())
    if name not in ("status", "basis", "sharing", "wish", "contact"):
        raise BadInput(f"A victim has no field “{field}” to set.", "Use status, basis, sharing, wish or contact.")
    value = read_wish(text) if name == "wish" else _status(text) if name == "status" else text.strip()
    store = session.store
    with store.write():
        found = _existing(session, "victim", victim)
        label = labels.effective(store, "victim", victim)
        changes = set_fields(session, "victim", victim, {name: value}, label)
        return record(session, f"Set {name} of {found['ref']}", changes, entity=victim, ref=found["ref"])


def add_action(
    session: Session,
    victim: str,
    code: str,
    *,
    status: str = "pending",
    due: str = "",
    done: str = "",
    owner: str = "",
    outcome: str = "",
    minutes: int | None = None,
) -> Changes:
    """Record something done, or to be done, for a victim. Times as in ``read_time``."""
    store = session.store
    kind = read_action_code(code)
    fields = _action_fields(session, status=status, due=due, done=done, owner=owner, outcome=outcome, minutes=minutes)
    fields.setdefault("owner", session.responder_name)
    with store.write():
        incident = lookup.one(store, "incident", _existing(session, "victim", victim)["incident"])
        if incident is not None:
            refuse_closed(incident, "add a support action")
        label = labels.effective(store, "victim", victim)
        entity, ref, made = creation(session, "action", label)
        changes = [made, *set_fields(session, "action", entity, {"victim": victim, "code": kind, **fields}, label)]
        return record(session, f"Added {kind}, {action_codes()[kind].lower()}", changes, entity=entity, ref=ref)


def set_action(
    session: Session,
    action: str,
    *,
    status: str | None = None,
    due: str = "",
    done: str = "",
    owner: str = "",
    outcome: str = "",
    minutes: int | None = None,
) -> Changes:
    """Record what became of a support action. A final status without a time is dated now."""
    store = session.store
    with store.write():
        found = _existing(session, "action", action)
        fields = _action_fields(
            session, status=status, due=due, done=done, owner=owner, outcome=outcome, minutes=minutes
        )
        if not fields:
            raise BadInput("Nothing to change was given.", "Give a status, a time, an owner or an outcome.")
        label = labels.effective(store, "action", action)
        changes = set_fields(session, "action", action, fields, label)
        return record(session, f"Updated {found['ref']}", changes, entity=action, ref=found["ref"])


def _action_fields(
    session: Session,
    *,
    status: str | None,
    due: str,
    done: str,
    owner: str,
    outcome: str,
    minutes: int | None,
) -> dict[str, Any]:
    now = session.now()
    fields: dict[str, Any] = {}
    if status is not None:
        fields["status"] = read_action_status(status)
    if due:
        fields["due"] = milliseconds(read_time(due, now))
    if done:
        fields["done"] = milliseconds(read_time(done, now))
    elif fields.get("status") in ("successful", "failed"):
        fields["done"] = milliseconds(now)
    if owner.strip():
        fields["owner"] = owner.strip()
    if outcome.strip():
        fields["outcome"] = outcome.strip()
    if minutes is not None:
        if not 0 <= minutes <= 100_000:
            raise BadInput("Those minutes cannot be right.", "Give the minutes spent, 0 or more.")
        fields["minutes"] = minutes
    return fields


def _existing(session: Session, kind: str, entity: str) -> dict[str, Any]:
    found = lookup.one(session.store, kind, entity)
    if found is None:
        raise NotFound(f"That {kind} has been taken back.", "Undo that first, or choose another.")
    return found


def _status(text: str) -> str:
    known = vocabulary("victims")["statuses"]
    word = text.strip().lower()
    if word not in known:
        raise BadInput(f"“{text}” is no victim status.", f"Use one of: {', '.join(known)}.")
    return word
