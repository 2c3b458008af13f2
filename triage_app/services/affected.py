"""Affected things: the tracker of what an incident took and where each stands on its way back into service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.affected import (
    CARE,
    KINDS,
    MOST_NAME,
    MOST_WORDS,
    PRIORITIES,
    affected_id,
    controls,
    incident_of,
    same_name,
)
from triage_app.domain.records import CREATED, DELETED
from triage_app.domain.records import KINDS as RECORDS
from triage_app.errors import BadInput, NotFound
from triage_app.formats.affected_list import Names, read_names
from triage_app.language import plural, say
from triage_app.services.affected_return import refuse_unverified, skipped, to_be_answered_for
from triage_app.services.changes import Changes
from triage_app.services.recording import record, same_for_all
from triage_app.services.session import Session
from triage_app.services.vocabularies import affected_states, read_affected_state
from triage_app.store import affected as store_affected
from triage_app.store import labels, lookup, personal
from triage_app.store.connection import Store
from triage_app.store.journal import BatchChange, Change

FIELDS: Final = RECORDS["affected"].fields
_LONG: Final = ("fallback", "comment")
"Fields that may have several lines."

Value = tuple[Any, str]
"What a field is set to, and why."


@dataclass(frozen=True)
class Pasted:
    """What a pasted list came to, or would."""

    new: int
    known: int
    "How many are on the list already."
    repeats: int
    heading: str
    changes: Changes | None = None
    "None where nothing was new, or nothing was written yet."


@dataclass(frozen=True)
class Count:
    """How many things of one kind are in one state."""

    kind: str
    state: str
    name: str
    count: int
    out: bool
    cleared: bool = False


@dataclass(frozen=True)
class Counts:
    """The tracker in numbers."""

    total: int = 0
    out: int = 0
    "How many are out of service."
    suspected: int = 0
    "How many nobody has cleared, nor taken out of service: an untouched machine is not a sound one."
    states: tuple[Count, ...] = ()
    "In the order of the work; those with none are left out."


def read_kind(text: str) -> str:
    """Return one of the kinds of affected things; raise ``BadInput`` for another word."""
    word = text.strip().lower()
    if word not in KINDS:
        raise BadInput(say("“{0}” is no kind of affected thing.", text), say("Use one of: {0}.", ", ".join(KINDS)))
    return word


# -- pasting -----------------------------------------------------------------------------------------------


def look_at_paste(store: Store, incident: str, untrusted_text: str, kind: str = "host") -> Pasted:
    """Return what pasting a list would come to. Raises ``BadInput``."""
    names = read_names(untrusted_text)
    fresh, back = _new_names(store, incident, names, read_kind(kind))
    new = len(fresh) + len(back)
    return Pasted(new, len(names.names) - new, names.repeats, names.heading)


def paste(session: Session, incident: str, untrusted_text: str, kind: str = "host") -> Pasted:
    """List the hosts, accounts or other things that a pasted text names, one a line or the first column of a table.

    What is on the list already stays as it is. Nothing is written where nothing is new. Raises ``BadInput``,
    ``NotFound``.
    """
    names = read_names(untrusted_text)
    kind = read_kind(kind)
    if not names.names:
        raise BadInput("There is no name in that text.", "Paste one name a line.")
    store = session.store
    with store.write():
        found = existing_incident(store, incident)
        fresh, back = _new_names(store, incident, names, kind)
        new = len(fresh) + len(back)
        told = Pasted(new, len(names.names) - new, names.repeats, names.heading)
        if not new:
            return told
        label = labels.of_incident(store, incident)
        changes: list[Change | BatchChange] = [created(incident, kind, name, label) for name in fresh]
        changes += same_for_all("affected", back, DELETED, False, label)
        done = record(
            session, say("Listed {0} of {1}", things(new), found["ref"]), changes, entity=incident, ref=found["ref"]
        )
    return Pasted(told.new, told.known, told.repeats, told.heading, done)


def created(incident: str, kind: str, name: str, label: str) -> Change:
    """Return the change that lists a thing. Its name, as it was written, needs no operation of its own."""
    value = {"incident": incident, "kind": kind, "name": name}
    return Change("affected", affected_id(incident, kind, name), CREATED, value, label)


def _new_names(store: Store, incident: str, names: Names, kind: str) -> tuple[list[str], list[str]]:
    """Return the names that nobody listed yet, and the ids of those that were taken back."""
    listed = store_affected.names(store, incident)
    ids = {entity: is_gone for entity, _, _, is_gone in listed}
    called = {(of, same_name(name)) for _, of, name, is_gone in listed if not is_gone}
    fresh, back = [], []
    for name in names.names:
        entity = affected_id(incident, kind, name)
        if (kind, same_name(name)) in called or ids.get(entity) is False:
            continue
        if entity in ids:
            back.append(entity)
        else:
            fresh.append(name)
    return fresh, back


def existing_incident(store: Store, incident: str) -> dict[str, Any]:
    """Return an incident's record; raise ``NotFound`` once it has been taken back."""
    found = lookup.one(store, "incident", incident)
    if found is None:
        raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
    return found


def things(count: int) -> str:
    """Return how many affected things, in words."""
    return plural(count, "1 affected thing", "{0} affected things").format(f"{count:,}")


# -- setting -----------------------------------------------------------------------------------------------


def set_many(session: Session, ids: Sequence[str], values: Mapping[str, str], because: str = "") -> Changes:
    """Set fields of some things of one incident, as typed; "" clears a field. What has the value already is left.

    Isolating what is used in care, or not known not to be, needs who in the clinic agreed and what the fallback is,
    or ``because``: why nobody was asked. Putting back what was not verified clean needs ``back_by``, who says that it
    may, and ``because``. Raises ``BadInput``, ``NotFound``.
    """
    return _set(session, ids, values, because, {}, None)


def _set(
    session: Session, ids: Sequence[str], values: Mapping[str, str], because: str, clinic: Mapping[str, str],
    asked: set[str] | None,
) -> Changes:  # fmt: skip
    """Set the same of many things. ``clinic`` and the reason go to those that are ``asked``; None means to all."""
    wanted = list(dict.fromkeys(ids))
    if not wanted or not values:
        raise BadInput("Nothing to set was given.", "Name things and a field, for example a state or an owner.")
    if unknown := [name for name in (*values, *clinic) if name not in FIELDS]:
        raise BadInput(
            say("An affected thing has no field “{0}”.", unknown[0]), say("Use one of: {0}.", ", ".join(FIELDS))
        )
    if "name" in values and len(wanted) > 1:
        raise BadInput("Several things cannot have one name.", "Change the name of one.")
    incident = incident_of(wanted[0])
    if any(incident_of(entity) != incident for entity in wanted):
        raise BadInput("Those belong to several incidents.", "Set those of one incident at a time.")
    store = session.store
    with store.write():
        found = existing_incident(store, incident)
        listed = {row["id"]: row for row in store_affected.rows(store, incident)}
        if missing := [entity for entity in wanted if entity not in listed]:
            raise NotFound(say("{0} of those are not on the list.", things(len(missing))), "Look at the list again.")
        read = {
            kind: {name: read_value(name, text, kind) for name, text in {**values, **clinic}.items()}
            for kind in sorted({listed[entity]["kind"] for entity in wanted})
        }
        edits: dict[tuple[str, str], Value] = {}
        said_of_each = []
        for entity in wanted:
            row = listed[entity]
            is_asked = asked is None or entity in asked
            its = {name: value for name, value in read[row["kind"]].items() if is_asked or name in values}
            if "state" in its and not skipped(row, its["state"]):
                its.pop("back_by", None)  # nobody needed to answer for it
            said_of_each.append((row, its))
            changed = {name: value for name, value in its.items() if value != row[name]}
            why = because.strip() if is_asked else ""
            refuse_unasked(row, changed, why)
            edits.update({(entity, name): (value, why) for name, value in changed.items()})
        refuse_unverified(said_of_each, because)
        if not edits:
            raise BadInput("All of them have that already.", "Nothing was changed.")
        changes = changes_of(session, incident, edits, labels.of_incident(store, incident))
        touched = {entity for entity, _ in edits}
        said = said_of(read, {name for _, name in edits})
        return record(
            session, say("Set {0} of {1}", said, things(len(touched))), changes, entity=incident, ref=found["ref"]
        )


def said_of(read: Mapping[str, Mapping[str, Any]], fields: Iterable[str]) -> str:
    """Return what was set, in words: the state by its name, other fields by theirs."""
    parts = []
    for name in [name for name in FIELDS if name in set(fields)]:
        states = {affected_states(kind)[values["state"]].name.lower() for kind, values in read.items()
                  if name == "state" and values["state"] in affected_states(kind)}  # fmt: skip
        parts.append(say("state “{0}”", states.pop()) if len(states) == 1 else name.replace("_", " "))
    return ", ".join(parts)


def read_value(name: str, text: str, kind: str) -> Any:
    """Return the value of a field from what was typed, as a row holds it. Raises ``BadInput``."""
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if name == "state":
        return read_affected_state(words, kind)
    if name == "priority":
        if words and not (words.isascii() and words.isdigit() and int(words[:4]) in PRIORITIES):
            raise BadInput(say("“{0}” is no restore priority.", words[:40]), "Use 1 (restored first) to 5, or nothing.")
        return int(words) if words else None
    if name == "used_in_care":
        if words.lower() not in (*CARE, ""):
            raise BadInput(
                say("“{0}” does not say whether it is used in care.", words[:40]), say("Use {0}.", ", ".join(CARE))
            )
        return words.lower() or "not known"
    if controls(words, lines=name in _LONG):
        raise BadInput(
            say("A control character stands in the {0}.", name.replace("_", " ")), "Type it again, as plain text."
        )
    if name == "name" and not 0 < len(words) <= MOST_NAME:
        raise BadInput(say("A name has 1 to {0} characters.", MOST_NAME), "Give one.")
    if len(words) > MOST_WORDS:
        raise BadInput(
            say("The {0} is longer than {1:,} characters.", name.replace("_", " "), MOST_WORDS), "Make it shorter."
        )
    return words


def must_ask(kind: str, state: str, used_in_care: str) -> bool:
    """Tell whether coming into a state asks who in the clinic agreed and what the fallback is."""
    known = affected_states(kind).get(state)
    return known is not None and known.asks and used_in_care != "no"


def refuse_unasked(row: Mapping[str, Any], changed: Mapping[str, Any], because: str) -> None:
    """Refuse to isolate what may be used in care, where nobody in the clinic agreed and no reason is given."""
    if "state" not in changed or because.strip():
        return
    after = {**row, **changed}
    if not must_ask(after["kind"], after["state"], after["used_in_care"]):
        return
    if not (after["agreed_by"] and after["fallback"]):
        care = "is used in care" if after["used_in_care"] == "yes" else "may be used in care"
        raise BadInput(
            say(
                "“{0}” {1}: isolating it needs who in the clinic agreed and what the fallback is.", after["name"], care
            ),
            "Say both, or why nobody could be asked; or record that it is not used in care.",
            "not-agreed",
        )


def changes_of(
    session: Session, incident: str, edits: Mapping[tuple[str, str], Value], label: str
) -> list[Change | BatchChange]:
    """Return the changes of (id, field) → value: one operation for all that get the same; sealed words sealed once."""
    groups: dict[tuple[str, Any, str], list[str]] = defaultdict(list)
    for (entity, name), (value, because) in edits.items():
        groups[(name, value, because)].append(entity)
    found: list[Change | BatchChange] = []
    for (name, value, because), entities in groups.items():
        kept = value if value != "" else None
        if name in RECORDS["affected"].personal and kept is not None:
            kept = personal.seal(session.store, "affected", entities[0], name, kept)
        found += same_for_all("affected", entities, name, kept, label, because)
    return found


def set_state(
    session: Session, ids: Sequence[str], state: str, clinic: Mapping[str, str] | None = None, because: str = ""
) -> Changes:
    """Bring some things of one incident into a state. What the clinic said (``used_in_care``, ``agreed_by``,
    ``fallback``), or why nobody was asked, goes to those alone of which it must be asked; and so does who says that
    they may go back in service (``back_by``), and why. Raises as ``set_many`` does.
    """
    listed = store_affected.rows(session.store, incident_of(ids[0])) if ids else []
    chosen = [row for row in listed if row["id"] in set(ids)]
    asked = {row["id"] for row in (*to_be_asked(chosen, state), *to_be_answered_for(chosen, state))}
    return _set(session, ids, {"state": state}, because, clinic or {}, asked)


def to_be_asked(rows: Iterable[dict[str, Any]], state: str) -> list[dict[str, Any]]:
    """Return those of some things whose isolation the clinic must agree to, where nothing is recorded of it yet."""
    return [
        row
        for row in rows
        if row["state"] != state and must_ask(row["kind"], state, row["used_in_care"])
        and not (row["agreed_by"] and row["fallback"])
    ]  # fmt: skip


# -- reading -----------------------------------------------------------------------------------------------


def listing(store: Store, incident: str) -> list[dict[str, Any]]:
    """Return the affected things of an incident, what is restored first before the rest."""
    return store_affected.rows(store, incident)


def counts(store: Store, incident: str) -> Counts:
    """Return how many there are in each state, how many are out of service, and how many are not cleared."""
    by_state = store_affected.by_state(store, incident)
    found = []
    for kind in KINDS:
        states = affected_states(kind)
        foreign = sorted(code for of, code in by_state if of == kind and code not in states)
        for code in (*states, *foreign):
            if number := by_state.get((kind, code), 0):
                state = states.get(code)
                # What a newer version calls a state is not known to be back in service.
                if state is None:
                    found.append(Count(kind, code, code, number, out=True))
                else:
                    found.append(Count(kind, code, state.name, number, state.out, state.cleared))
    out = sum(one.count for one in found if one.out)
    cleared = sum(one.count for one in found if one.cleared)
    total = sum(by_state.values())
    return Counts(total, out, total - out - cleared, tuple(found))


def open_words(found: Counts) -> str:
    """Return what is not back in service, in the words of the screen: suspected first, as 0 out is nobody's all-clear.

    >>> open_words(Counts(600, 0, 600))
    '600 suspected, not cleared; 0 out of service'
    """
    states = ", ".join(f"{one.count:,} {one.name.lower()}" for one in found.states if one.out)
    return say(
        "{0:,} suspected, not cleared; {1:,} out of service{2}",
        found.suspected,
        found.out,
        f" ({states})" if states else "",
    )


def counts_words(found: Counts) -> str:
    """Return the counts of a tracker as one sentence."""
    if not found.total:
        return say("No affected thing is listed.")
    back = [f"; {one.count:,} {one.name.lower()}" for one in found.states if one.cleared]
    return say("{0:,} in all: {1}{2}.", found.total, open_words(found), "".join(back))


def named(store: Store, incident: str, names: Iterable[str], kind: str = "") -> list[str]:
    """Return the ids of things by name or id, in any spelling. Raises ``NotFound``, and ``BadInput`` for two of a name.

    ``kind`` tells a host from an account of the same name.
    """
    listed = [one for one in store_affected.names(store, incident) if not one[3] and (not kind or one[1] == kind)]
    by_id = {entity: entity for entity, _, _, _ in listed}
    by_name: dict[str, list[str]] = defaultdict(list)
    for entity, _, name, _ in listed:
        by_name[same_name(name)].append(entity)
    found = []
    for untrusted_name in names:
        entities = [by_id[untrusted_name]] if untrusted_name in by_id else by_name.get(same_name(untrusted_name), [])
        if not entities:
            raise NotFound(say("“{0}” is not on the list.", untrusted_name), "Paste it first, or look at its spelling.")
        if len(entities) > 1:
            raise BadInput(say("“{0}” is several things.", untrusted_name), "Say which with --kind.")
        found.append(entities[0])
    return found
