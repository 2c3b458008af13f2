"""Victims and the support given to them: what was done, by whom, when, with what outcome."""

from __future__ import annotations

from typing import Any

from triage_app.domain.records import clock_named, organisation_id
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services import support, victim_record
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import read_time, refuse_long_ago, refuse_to_come
from triage_app.services.typed import read_name
from triage_app.services.vocabularies import action_codes, read_action_code, read_action_status
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
        fields: dict[str, Any] = {
            "incident": incident,
            "status": victim_record.read_status(status),
            "wish": "not asked",
        }
        if person is None:
            code = organisation.strip().upper()
            if not (2 <= len(code) <= 12 and code.isalnum() and code.isascii()):
                raise BadInput(
                    say("“{0}” is no organisation code.", organisation), "Use the ODS code, for example RXX."
                )
            _refuse_removed(session, organisation_id("ods", code))
            fields |= {"party": "organisation", "organisation": organisation_id("ods", code)}
            if organisation_name.strip():
                changes += set_fields(
                    session,
                    "organisation",
                    organisation_id("ods", code),
                    {"name": read_name("The organisation's name", organisation_name)},
                    label,
                )
        else:
            name = read_name("The name", person, needed=False)
            person_id, _, made = creation(session, "person", label)
            changes += [made, *set_fields(session, "person", person_id, {"name": name}, label)]
            fields |= {"party": "person", "person": person_id}
        if contact.strip():
            fields["contact"] = contact.strip()
        entity, ref, made = creation(session, "victim", label)
        changes += [made, *set_fields(session, "victim", entity, fields, label)]
        return record(session, say("Added victim {0}", ref), changes, entity=entity, ref=ref)


def set_victim(session: Session, victim: str, field: str, text: str) -> Changes:
    """Set one field of a victim; several at once are ``victim_record.set_many``."""
    return victim_record.set_many(session, victim, {field: text})


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
    because: str = "",
    clock: str = "",
) -> Changes:
    """Record something done, or to be done, for a victim. Times as in ``read_time``.

    Without ``due`` the target of the policy is proposed and goes with what it is computed from; ``because`` says why
    it is due at another time. ``clock`` is the id of a clock of the incident. Raises ``BadInput``: after closure only
    what the policy names is begun, and a body that was removed gets nothing new.
    """
    store = session.store
    kind = read_action_code(code)
    fields = _action_fields(session, status=status, due=due, done=done, owner=owner, outcome=outcome, minutes=minutes)
    fields.setdefault("owner", session.responder_name)
    with store.write():
        found = _existing(session, "victim", victim)
        _refuse_after_closure(session, found, kind, status)
        _refuse_removed(session, found["organisation"])
        fields |= _about_due(session, found["incident"], because, clock)
        label = labels.effective(store, "victim", victim)
        entity, ref, made = creation(session, "action", label)
        changes = [made, *set_fields(session, "action", entity, {"victim": victim, "code": kind, **fields}, label)]
        return record(
            session, say("Added {0}, {1}", kind, action_codes()[kind].lower()), changes, entity=entity, ref=ref
        )


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
    because: str = "",
    clock: str = "",
) -> Changes:
    """Record what became of a support action. A final status without a time is dated now."""
    store = session.store
    with store.write():
        found = _existing(session, "action", action)
        fields = _action_fields(
            session, status=status, due=due, done=done, owner=owner, outcome=outcome, minutes=minutes
        )
        fields |= _about_due(session, found["incident"] or "", because, clock)
        if not fields:
            raise BadInput("Nothing to change was given.", "Give a status, a time, an owner or an outcome.")
        label = labels.effective(store, "action", action)
        changes = set_fields(session, "action", action, fields, label)
        return record(session, say("Updated {0}", found["ref"]), changes, entity=action, ref=found["ref"])


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
        moment = read_time(due, now)
        refuse_long_ago(moment)
        fields["due"] = milliseconds(moment)
    if done:
        moment = read_time(done, now)
        refuse_to_come(moment, now)
        refuse_long_ago(moment)
        fields["done"] = milliseconds(moment)
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


def _about_due(session: Session, incident: str, because: str, clock: str) -> dict[str, Any]:
    """Return why something is due when it is, and the clock it belongs to."""
    fields: dict[str, Any] = {}
    if because.strip():
        fields["due_because"] = victim_record.read_value("sharing", because)
    if clock.strip():
        name = clock_named(clock)
        if name is None or name.id != clock or name.incident != incident:
            raise BadInput("That is no clock of this incident.", "“triage clocks list” shows the ids of clocks.")
        fields["clock"] = clock
    return fields


def _refuse_after_closure(session: Session, victim: dict[str, Any], code: str, status: str) -> None:
    incident = lookup.one(session.store, "incident", victim["incident"])
    if incident is None:
        raise NotFound("The incident of that victim has been taken back.", "Undo that first, or choose another.")
    goes_on = support.policy(session.store).after_closure
    if incident["status"] == "closed" and read_action_status(status) in support.OPEN and code not in goes_on:
        raise BadInput(
            say(
                "{0} is closed: nothing new is begun for its victims but {1}.",
                incident["ref"],
                ", ".join(sorted(goes_on)),
            ),
            "Set the incident open again, or record what was done as successful or failed.",
            "closed",
        )


def _refuse_removed(session: Session, organisation: str) -> None:
    if organisation and lookup.is_removed(session.store, organisation):
        raise BadInput(
            say("{0} was removed from the organisations.", organisation.partition(":")[2]),
            "Use the code of the body that took its place.",
            "removed",
        )


def _existing(session: Session, kind: str, entity: str) -> dict[str, Any]:
    found = lookup.one(session.store, kind, entity)
    if found is None:
        raise NotFound(say("That {0} has been taken back.", kind), "Undo that first, or choose another.")
    return found
