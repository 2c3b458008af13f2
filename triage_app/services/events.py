"""Events that people enter on an incident's timeline: what happened, when as precisely as is known, by what source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from triage_app.domain.affected import controls
from triage_app.domain.records import CREATED, DELETED, new_id
from triage_app.domain.tasks import LANES, MOST_WORDS
from triage_app.errors import Ambiguous, BadInput, NotFound
from triage_app.language import say
from triage_app.services import precise_times
from triage_app.services.changes import Changes
from triage_app.services.recording import record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import iso
from triage_app.store import labels, lookup
from triage_app.store.connection import Store
from triage_app.store.journal import Change

FIELDS: Final = ("what", "when", "lane", "source")


def add_event(
    session: Session, incident: str, what: str, when: str, *, lane: str = "systems", source: str = ""
) -> Changes:
    """Enter what happened. ``when`` is as precise as it is typed. Raises ``BadInput``, ``NotFound``.

    It may be entered on a closed incident: what is learned later belongs to its timeline all the same.
    """
    values = _read(session, {"what": what, "when": when, "lane": lane, "source": source})
    store = session.store
    with store.write():
        head = lookup.one(store, "incident", incident)
        if head is None:
            raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
        label = labels.of_incident(store, incident)
        entity = f"{incident}:{new_id()}"
        fields = {name: value for name, value in values.items() if value != ""}
        changes = [Change("event", entity, CREATED, {}, label), *set_fields(session, "event", entity, fields, label)]
        return record(session, say("Entered an event of {0}", head["ref"]), changes, entity=entity, ref=head["ref"])


def set_event(session: Session, event: str, values: Mapping[str, str]) -> Changes:
    """Put an event right; what it said before stays in the journal. Raises ``BadInput``, ``NotFound``."""
    if unknown := [name for name in values if name not in FIELDS]:
        raise BadInput(say("An event has no field “{0}”.", unknown[0]), say("Use one of: {0}.", ", ".join(FIELDS)))
    store = session.store
    with store.write():
        found = existing(store, event)
        values = {name: text for name, text in values.items() if name != "when" or text.strip() != typed(found)}
        read = _read(session, values)
        changed = {name: value for name, value in read.items() if value != found[name]}
        if not changed:
            raise BadInput("The event says that already.", "Nothing was changed.")
        kept = {name: None if value == "" else value for name, value in changed.items()}
        changes = set_fields(session, "event", event, kept, labels.effective(store, "event", event))
        ref = lookup.reference_of(store, "event", event)
        return record(session, say("Changed an event of {0}", ref), changes, entity=event, ref=ref)


def remove_event(session: Session, event: str) -> Changes:
    """Take an event back. Raises ``NotFound``."""
    store = session.store
    with store.write():
        existing(store, event)
        ref = lookup.reference_of(store, "event", event)
        change = Change("event", event, DELETED, True, labels.effective(store, "event", event))
        return record(session, say("Took back an event of {0}", ref), [change], entity=event, ref=ref)


def listing(store: Store, incident: str) -> list[dict[str, Any]]:
    """Return the entered events of an incident, in the order in which they happened."""
    return lookup.listing(store, "event", "e.incident = ?", (incident,), "e.at IS NULL, e.at, e.created_at, e.id")


def existing(store: Store, event: str) -> dict[str, Any]:
    """Return an event; raise ``NotFound`` once it was taken back."""
    found = lookup.one(store, "event", event)
    if found is None:
        raise NotFound("That event has been taken back.", "Undo that first, or choose another.")
    return found


def find_event(store: Store, incident: str, untrusted_name: str) -> str:
    """Return the id of an event by its id or the start of its own part. Raises ``NotFound``, ``Ambiguous``."""
    word = untrusted_name.strip().lower()
    start = word if word.startswith(f"{incident}:") else f"{incident}:{word}"
    found = [row["id"] for row in listing(store, incident) if word and row["id"].startswith(start)]
    if len(found) == 1:
        return str(found[0])
    if found:
        raise Ambiguous(say("{0} names {1} events.", untrusted_name, len(found)), "Type more of its id.")
    raise NotFound(say("No event is called {0}.", untrusted_name), "“triage incident event list REF” shows them.")


def typed(row: Mapping[str, Any]) -> str:
    """Return an event's time as it can be typed again."""
    moment = precise_times.moment_of(row["when"])
    return "" if moment is None else precise_times.as_typed(moment)


def as_data(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as the command line prints it."""
    return {
        "id": row["id"], "what": row["what"], "at": iso(row["at"]),
        "when": precise_times.value_in_words(row["when"]), "lane": row["lane"], "source": row["source"],
        "entered_at": iso(row["created_at"]), "entered_by": row["created_by_name"] or "not known here",
    }  # fmt: skip


def _read(session: Session, values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in values.items():
        words = " ".join(text.split())
        if name == "when":
            if not words:
                raise BadInput(
                    "An event needs a time.", "Say when, as precisely as it is known: 2026-11-21, about 22:30."
                )
            found[name] = precise_times.read_moment(words, session.now()).value()
            continue
        if len(words) > MOST_WORDS:
            raise BadInput(say("That is longer than {0:,} characters.", MOST_WORDS), "Make it shorter.")
        if controls(words):
            raise BadInput("A control character stands in it.", "Type it again, as plain text.")
        if name == "what" and not words:
            raise BadInput("An event needs words.", "Say what happened.")
        if name == "lane":
            words = words.lower()
            if words not in LANES:
                raise BadInput(
                    say("“{0}” is no lane of the timeline.", text), say("Use one of: {0}.", ", ".join(LANES))
                )
        found[name] = words
    return found
