"""The call log: whom somebody rang, about what, and what became of it. Calls add up; one can be put right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from triage_app.domain.affected import controls
from triage_app.domain.calls import MOST_NAME, MOST_WORDS, OUTCOMES, Attempts, attempts, read_outcome, same_callee
from triage_app.errors import BadInput, NotFound
from triage_app.language import plural, say
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import iso, read_time, refuse_long_ago, refuse_to_come
from triage_app.store import lookup
from triage_app.store.connection import Store

ABOUT = ("incident", "victim")
_LIMITS = {"callee": MOST_NAME, "number": MOST_NAME, "role": MOST_NAME, "organisation": MOST_NAME, "note": MOST_WORDS}


def log(
    session: Session, outcome: str, *, callee: str = "", number: str = "", role: str = "", organisation: str = "",
    note: str = "", about_kind: str = "", about: str = "", happened: str = "",
) -> Changes:  # fmt: skip
    """Log one call. ``about`` is an incident or a victim, or nothing; ``happened`` a time as typed, "" for now.

    Raises ``BadInput``, ``NotFound``.
    """
    fields = {
        "callee": callee, "number": number, "role": role, "organisation": organisation, "note": note,
    }  # fmt: skip
    read = {name: _read(name, text) for name, text in fields.items()}
    if not (read["callee"] or read["number"] or read["role"]):
        raise BadInput("It does not say who was called.", "Give a name, a role or a number.")
    fixed: dict[str, Any] = {"kind": about_kind, "about": about, "happened": milliseconds(session.now())}
    if happened.strip():
        moment = read_time(happened, session.now())
        refuse_to_come(moment, session.now())
        refuse_long_ago(moment)
        fixed |= {"happened": milliseconds(moment), "as_written": happened.strip()}
    said = {**{name: text for name, text in read.items() if text}, "outcome": _outcome(outcome)}
    store = session.store
    with store.write():
        if about_kind not in ("", *ABOUT) or bool(about) != bool(about_kind):
            raise BadInput("A call is about an incident, a victim, or neither.", "Name one of them, or none.")
        if about and lookup.one(store, about_kind, about) is None:
            raise NotFound(
                say("That {0} has been taken back.", about_kind), "Undo that first, or log the call without it."
            )
        label = label_of(session, about_kind, about) if about else label_of(session, "call", "")
        entity, ref, made = creation(session, "call", label, fixed)
        changes = [made, *set_fields(session, "call", entity, said, label)]
        return record(session, say("Logged call {0}: {1}", ref, said["outcome"]), changes, entity=entity, ref=ref)


def correct(session: Session, call: str, values: Mapping[str, str], because: str = "") -> Changes:
    """Put a call right: its outcome, note, name, number, role or organisation. Raises ``BadInput``, ``NotFound``."""
    if unknown := [name for name in values if name not in (*_LIMITS, "outcome")]:
        raise BadInput(
            say("A call has no field “{0}” to put right.", unknown[0][:40]),
            say("Use {0}, outcome.", ", ".join(_LIMITS)),
        )
    read = {name: _outcome(text) if name == "outcome" else _read(name, text) for name, text in values.items()}
    store = session.store
    with store.write():
        found = lookup.one(store, "call", call)
        if found is None:
            raise NotFound("That call has been taken back.", "Undo that first, or choose another.")
        changed = {name: text or None for name, text in read.items() if text != found[name]}
        if not changed:
            raise BadInput("It says that already.", "Nothing was changed.")
        left = {**found, **changed}
        if not (left["callee"] or left["number"] or left["role"]):
            raise BadInput("It would not say who was called.", "Leave a name, a role or a number.")
        changes = set_fields(session, "call", call, changed, label_of(session, "call", call), because.strip())
        return record(session, say("Put call {0} right", found["ref"]), changes, entity=call, ref=found["ref"])


def _read(name: str, text: str) -> str:
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(words) > _LIMITS[name]:
        raise BadInput(say("The {0} is longer than {1:,} characters.", name, _LIMITS[name]), "Make it shorter.")
    if controls(words, lines=name == "note"):
        raise BadInput(say("A control character stands in the {0}.", name), "Type it again, as plain text.")
    return words


def _outcome(text: str) -> str:
    found = read_outcome(text)
    if found is None:
        raise BadInput(say("“{0}” is no outcome of a call.", text[:40]), say("Use one of: {0}.", "; ".join(OUTCOMES)))
    return found


def listing(store: Store, incident: str = "") -> list[dict[str, Any]]:
    """Return calls, the newest first: all, or those about an incident and its victims; ``of`` says about which."""
    where, parameters = "", ()
    if incident:
        where = "(c.about = ? OR c.about IN (SELECT id FROM victim WHERE incident = ?))"
        parameters = (incident, incident)  # type: ignore[assignment]
    found = lookup.listing(store, "call", where, parameters, "coalesce(c.happened_at, c.created_at) DESC, c.id")
    names: dict[tuple[str, str], str] = {}
    for row in found:
        about = (row["about_kind"], row["about"])
        if about not in names:
            names[about] = lookup.reference_of(store, *about) if about[0] in ABOUT else ""
        row["of"] = names[about]
        row["at"] = row["happened_at"] if row["happened_at"] is not None else row["created_at"] or 0
    return found


def counted(calls: Iterable[Mapping[str, Any]]) -> dict[str, Attempts]:
    """Return the attempts by whom they were to (``same_callee``)."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in calls:
        found[same_callee(row["callee"] or row["role"], row["number"])].append((row["at"], row["outcome"]))
    return {who: attempts(many) for who, many in found.items()}


def attempts_in_words(found: Attempts, now_words: str) -> str:
    """Return attempts in words: "3 attempts, last 14:05"; "" for none. ``now_words`` is when the last one was."""
    if not found.count:
        return ""
    return plural(found.count, "1 attempt, last {1}", "{0} attempts, last {1}").format(f"{found.count:,}", now_words)


def whom(row: Mapping[str, Any]) -> str:
    """Return who was called, in words."""
    names = [row["role"], row["callee"] or row["number"]]
    return ", ".join(part for part in names if part) or "not known"


def role_of(row: Mapping[str, Any]) -> str:
    """Return who was called without a name: the role or organisation, or that it was a call."""
    return str(row["role"] or row["organisation"] or "A call")


def as_data(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call as the command line prints it."""
    return {
        "id": row["id"], "ref": row["ref"], "at": iso(row["at"]), "outcome": row["outcome"], "callee": row["callee"],
        "number": row["number"], "role": row["role"], "organisation": row["organisation"], "note": row["note"],
        "about": row["of"], "about_kind": row["about_kind"], "by": row["created_by_name"] or "not known here",
    }  # fmt: skip
