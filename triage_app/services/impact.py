"""Clinical impact: what is down, diverted and cancelled, what harm was reported to us, as people stated it.

A statement is added, put right (what it said before stays in its history) or taken back. Whoever reads gets back only
what was stated: an unknown count makes a total "at least", and nothing stated is not nothing that happened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain import impact
from triage_app.domain.affected import controls
from triage_app.domain.impact import Count, Total
from triage_app.domain.records import CREATED, DELETED, new_id
from triage_app.errors import Ambiguous, BadInput, NotFound
from triage_app.language import say
from triage_app.services import precise_times
from triage_app.services.affected import existing_incident
from triage_app.services.changes import Changes
from triage_app.services.precise_times import Moment, moment_of, read_moment
from triage_app.services.recording import label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import iso
from triage_app.services.vocabularies import clinical_codes, clinical_risks, read_clinical
from triage_app.store import impact as store_impact
from triage_app.store.connection import Store
from triage_app.store.journal import Change

CODED: Final = {
    ("cancelled", "kind"): ("cancellation_kinds", "kind of cancellation"),
    ("harm", "level"): ("harm_levels", "level of harm"),
    ("risk", "severity"): ("severities", "severity of DCB0160"),
    ("risk", "likelihood"): ("likelihoods", "likelihood of DCB0160"),
    ("eprr", "type"): ("incident_types", "type of EPRR incident"),
    ("eprr", "level"): ("levels", "EPRR level"),
}
"""(Kind, field) → the list its codes are in, and what one of them is called."""

REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "outage": ("system",),
    "divert": ("what",),
    "cancelled": ("kind", "count"),
    "capacity": ("service", "percent"),
    "harm": ("level", "reported_by"),
    "risk": ("severity", "likelihood"),
    "eprr": ("type",),
}
_TIMES: Final = ("from", "until", "at", "day", "paper_since")
_COUNTS: Final = ("count", "patients")
_LONG: Final = ("comment",)
_NOUNS: Final = {
    "outage": "that {0} is down",
    "divert": "the divert of {0}",
    "cancelled": "cancellations",
    "capacity": "the capacity of {0}",
    "harm": "harm that was reported to us",
    "risk": "a clinical risk",
    "eprr": "what was declared",
}
_NAMED_BY: Final = {"outage": "system", "divert": "what", "capacity": "service"}


# -- stating -----------------------------------------------------------------------------------------------


def add(session: Session, incident: str, kind: str, values: Mapping[str, str]) -> Changes:
    """State something about an incident, as typed: field → text. Times left out are now; other fields stay unstated.

    Raises ``BadInput``, ``NotFound``.
    """
    if kind not in impact.KINDS:
        raise BadInput(
            say("“{0}” is no kind of clinical impact.", kind), say("Use one of: {0}.", ", ".join(impact.KINDS))
        )
    begin = impact.BEGINS.get(kind, "at")
    typed = {**values, begin: (values.get(begin) or "").strip() or _now_for(kind)}
    read = {name: value for name, value in _read_all(session, kind, typed).items() if value is not None}
    for name in REQUIRED[kind]:
        if name not in read:
            raise BadInput(
                say("{0} was not given.", said_field(kind, name)), "Give it; “not known” where it is not known."
            )
    _refuse_orders(read)
    store = session.store
    with store.write():
        found = existing_incident(store, incident)
        _refuse_twice(store, incident, kind, read)
        entity = impact.impact_id(incident, new_id())
        label = label_of(session, kind, entity)
        changes = [Change(kind, entity, CREATED, {"incident": incident}, label)]
        changes += set_fields(session, kind, entity, read, label)
        what = _NOUNS[kind].format(read.get(_NAMED_BY.get(kind, ""), ""))
        return record(session, say("Recorded {0}", what), changes, entity=entity, ref=found["ref"])


def _now_for(kind: str) -> str:
    return "today" if kind == "cancelled" else "now"


def change(session: Session, entity: str, values: Mapping[str, str], because: str = "") -> Changes:
    """Put a statement right, as typed; "" clears a field. What it said before stays in its history.

    Raises ``BadInput``, ``NotFound``.
    """
    store = session.store
    with store.write():
        row = _existing(store, entity)
        kind, said = row["kind"], row["said"]
        read = _read_all(session, kind, values)
        for name in REQUIRED[kind]:
            if name in read and read[name] is None:
                raise BadInput(say("{0} cannot be empty.", said_field(kind, name)), "Take the statement back instead.")
        changed = {name: value for name, value in read.items() if not _is_same(value, said.get(name))}
        if not changed:
            raise BadInput("It says that already.", "Nothing was changed.")
        _refuse_orders({**said, **changed})
        changes = set_fields(session, kind, entity, changed, label_of(session, kind, entity), because.strip())
        ref = existing_incident(store, row["incident"])["ref"]
        names = ", ".join(name.replace("_", " ") for name in changed)
        return record(session, say("Set {0} of {1}", names, subject(row)), changes, entity=entity, ref=ref)


def end(session: Session, entity: str, until: str = "") -> Changes:
    """Say that a system is back up, or a divert over: now, or at a time as typed. Raises ``BadInput``, ``NotFound``."""
    row = _existing(session.store, entity)
    if row["kind"] not in ("outage", "divert"):
        raise BadInput("That has no end.", "Put it right, or take it back.")
    if row["said"].get("until") is not None:
        raise BadInput(say("{0} ended already.", subject(row)), "Put the time right where it is wrong.")
    return change(session, entity, {"until": until.strip() or "now"})


def take_back(session: Session, entity: str, because: str = "") -> Changes:
    """Take a statement back; it stays in the history. Raises ``NotFound``."""
    store = session.store
    with store.write():
        row = _existing(store, entity)
        kind = row["kind"]
        changes = [Change(kind, entity, DELETED, True, label_of(session, kind, entity), because.strip())]
        ref = existing_incident(store, row["incident"])["ref"]
        return record(session, say("Took back {0}", subject(row)), changes, entity=entity, ref=ref)


def _existing(store: Store, entity: str) -> dict[str, Any]:
    row = store_impact.one(store, entity)
    if row is None:
        raise NotFound("That statement has been taken back.", "Undo that first, or choose another.")
    return row


def subject(row: Mapping[str, Any]) -> str:
    """Return what a statement is about, in a word or two, without a name of a person."""
    named = row["said"].get(_NAMED_BY.get(row["kind"], ""))
    return str(named) if named else {"cancelled": "cancellations", "eprr": "what was declared"}.get(
        row["kind"], row["kind"]
    )  # fmt: skip


def said_field(kind: str, name: str) -> str:
    """Return what a field is called."""
    known = {
        "from": "From", "until": "Until", "at": "When", "day": "Day", "paper": "Paper fallback in use",
        "paper_since": "On paper since", "what": "What is diverted", "origin": "From where", "destination": "To where",
        "agreed_by": "Agreed by", "reported_by": "Reported to us by", "assessed_by": "Assessed by",
        "declared_by": "Declared by", "percent": "Percent of normal", "place": "Site or ward",
        "system": "System or service", "patients": "Patients", "count": "How many", "level": "Level",
        "reference": "Reference (LFPSE, DCIQ)",
    }  # fmt: skip
    if (kind, name) == ("harm", "level"):
        return "Level of harm"
    return known.get(name) or name.replace("_", " ").capitalize()


def _is_same(value: Any, stood: Any) -> bool:
    if isinstance(value, dict) and isinstance(stood, dict) and "at" in value:
        return {**value, "as_written": ""} == {**stood, "as_written": ""}
    return bool(value == stood)


def _read_all(session: Session, kind: str, values: Mapping[str, str]) -> dict[str, Any]:
    fields = impact.FIELDS[kind]
    if unknown := [name for name in values if name not in fields]:
        raise BadInput(
            say("There is no field “{0}” in that.", unknown[0][:40]), say("Use one of: {0}.", ", ".join(fields))
        )
    return {name: _read(session, kind, name, text) for name, text in values.items()}


def _read(session: Session, kind: str, name: str, text: str) -> Any:
    """Return the value of a field from what was typed; None for nothing."""
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    called = said_field(kind, name)
    if len(words) > impact.MOST_WORDS:
        raise BadInput(say("{0}: that is longer than {1:,} characters.", called, impact.MOST_WORDS), "Make it shorter.")
    if controls(words, lines=name in _LONG):
        raise BadInput(say("{0}: a control character stands in it.", called), "Type it again, as plain text.")
    if not words:
        return None
    if name in _TIMES:
        return _read_time(session, kind, name, words).value()
    if name in _COUNTS:
        return read_count(words).value()
    if name == "percent":
        return _read_percent(words)
    if name == "paper":
        if words.lower() not in impact.PAPER:
            raise BadInput(
                say("“{0}” does not say whether paper is in use.", words[:40]), say("Use {0}.", ", ".join(impact.PAPER))
            )
        return words.lower()
    if (kind, name) in CODED:
        return read_clinical(words, *CODED[(kind, name)])
    return words


def _read_time(session: Session, kind: str, name: str, words: str) -> Moment:
    found = read_moment(words, session.now())
    if name == "day" and found.precision in ("hour", "minute", "second"):
        raise BadInput(
            say("“{0}” is a time of day.", words[:40]), "Give the day of the cancellations: today, or 2026-11-22."
        )
    return found


def read_count(text: str) -> Count:
    """Return a count as typed: "12", "at least 12", ">= 12", "not known". Raises ``BadInput``."""
    words = " ".join(text.lower().replace(",", "").split())
    if words in ("not known", "unknown", "?"):
        return Count(None)
    at_least = False
    for lead in ("at least", ">=", "≥"):
        if words.startswith(lead):
            words, at_least = words.removeprefix(lead).strip(), True
    if not (words.isascii() and words.isdigit() and len(words) <= 9 and int(words) <= impact.MOST_COUNT):
        raise BadInput(say("“{0}” is no count.", text[:40]), "Write 12, “at least 12” or “not known”.")
    return Count(int(words), at_least)


def _read_percent(words: str) -> int:
    number = words.removesuffix("%").strip()
    if not (number.isascii() and number.isdigit() and len(number) <= 3 and int(number) <= 200):
        raise BadInput(say("“{0}” is no percentage.", words[:40]), "Write a whole number from 0 to 200, such as 45.")
    return int(number)


def _refuse_orders(said: Mapping[str, Any]) -> None:
    for first, then in (("from", "until"), ("paper_since", "until")):
        one, other = moment_of(said.get(first)), moment_of(said.get(then))
        if one is not None and other is not None and _surely_before(other, one):
            raise BadInput(
                say(
                    "It ends ({0}) before it begins ({1}).", precise_times.in_words(other), precise_times.in_words(one)
                ),
                "Check both times.",
            )


def _surely_before(one: Moment, other: Moment) -> bool:
    return one.at < other.at and one.end() <= other.at


def _refuse_twice(store: Store, incident: str, kind: str, read: Mapping[str, Any]) -> None:
    """Refuse what would be counted twice: it is the first statement that is to be put right."""
    if kind == "outage":
        for row in store_impact.rows(store, incident):
            if row["kind"] == kind and row["said"].get("until") is None and _place(row["said"]) == _place(read):
                raise BadInput(
                    say("{0} is recorded as down already.", read["system"]),
                    "Put that statement right, or end it first.",
                )
    if kind == "cancelled":
        key = _same_cancellations(read)
        for row in store_impact.rows(store, incident):
            if row["kind"] == kind and _same_cancellations(row["said"]) == key:
                raise BadInput(
                    "That kind, day and source is stated already, and would be counted twice.",
                    "Put that statement right, or name another source.",
                )


def _place(said: Mapping[str, Any]) -> tuple[str, str]:
    return tuple(" ".join(str(said.get(name) or "").casefold().split()) for name in ("system", "place"))  # type: ignore[return-value]


def _same_cancellations(said: Mapping[str, Any]) -> tuple[Any, ...]:
    moment = moment_of(said.get("day"))
    day = None if moment is None else (moment.at, moment.precision)
    return (str(said.get("kind")), day, " ".join(str(said.get("source") or "").casefold().split()))


# -- reading -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Summary:
    """The clinical impact of one incident, as stated."""

    down: tuple[dict[str, Any], ...] = ()
    "Outages that are open, the longest first."
    were_down: tuple[dict[str, Any], ...] = ()
    diverts: tuple[dict[str, Any], ...] = ()
    "Those that are open first."
    cancelled: tuple[dict[str, Any], ...] = ()
    totals: Mapping[str, Total] = field(default_factory=dict)
    "Kind of cancellation → what its statements come to; a kind nobody stated is missing."
    stated_twice: int = 0
    "How many counts were left out because another statement is of the same kind, day and source."
    capacity: tuple[dict[str, Any], ...] = ()
    harm: tuple[dict[str, Any], ...] = ()
    patients: Mapping[str, Total] = field(default_factory=dict)
    "Level of harm → patients."
    risk: tuple[dict[str, Any], ...] = ()
    eprr: tuple[dict[str, Any], ...] = ()

    @property
    def is_stated(self) -> bool:
        """Whether anybody stated anything."""
        return any((self.down, self.were_down, self.diverts, self.cancelled, self.capacity, self.harm, self.risk,
                    self.eprr))  # fmt: skip


def summary(store: Store, incident: str) -> Summary:
    """Return what was stated of an incident's clinical impact."""
    by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in store_impact.rows(store, incident):
        by_kind[row["kind"]].append(row)
    counted: dict[tuple[Any, ...], list[Count]] = defaultdict(list)
    for row in by_kind["cancelled"]:
        counted[_same_cancellations(row["said"])].append(Count.of(row["said"].get("count")))
    of_kind: dict[str, list[Count]] = defaultdict(list)
    for (kind, *_), counts in counted.items():
        of_kind[str(kind)].append(impact.larger(counts))
    patients: dict[str, list[Count]] = defaultdict(list)
    for row in by_kind["harm"]:
        patients[str(row["said"].get("level"))].append(Count.of(row["said"].get("patients")))
    return Summary(
        tuple(row for row in by_kind["outage"] if is_open(row)),
        tuple(row for row in by_kind["outage"] if not is_open(row)),
        tuple(sorted(by_kind["divert"], key=lambda row: not is_open(row))),
        tuple(by_kind["cancelled"]),
        {kind: impact.total(counts) for kind, counts in of_kind.items()},
        sum(len(counts) - 1 for counts in counted.values()),
        tuple(by_kind["capacity"]),
        tuple(by_kind["harm"]),
        {level: impact.total(counts) for level, counts in patients.items()},
        tuple(by_kind["risk"]),
        tuple(by_kind["eprr"]),
    )


def is_open(row: Mapping[str, Any]) -> bool:
    """Tell whether what is stated has no end yet."""
    return row["said"].get("until") is None


def risk_class(said: Mapping[str, Any]) -> int | None:
    """Return the class of a clinical risk by the matrix in use, None where a code of it is not known here."""
    return clinical_risks().get(f"{said.get('severity')}/{said.get('likelihood')}")


def value_in_words(kind: str, name: str, value: Any) -> str:
    """Return what a field says, in words; "not stated" for nothing."""
    if value in (None, ""):
        return "not stated"
    if name in _TIMES:
        return precise_times.value_in_words(value) or "not known"
    if name in _COUNTS:
        return Count.of(value).words()
    if (kind, name) in CODED:
        return clinical_codes()[CODED[(kind, name)][0]].get(str(value), str(value))
    return f"{value} %" if name == "percent" else str(value)


def as_typed(kind: str, name: str, value: Any) -> str:
    """Return a value as it can be typed again, for a field."""
    if value is None:
        return ""
    if name in _TIMES:
        moment = moment_of(value)
        return "" if moment is None else precise_times.as_typed(moment)
    return Count.of(value).words().replace(",", "") if name in _COUNTS else str(value)


def in_words(row: Mapping[str, Any], *, timed: bool = True) -> str:
    """Return a statement as one line; without its times where they stand beside it."""
    kind, said = row["kind"], row["said"]

    def word(name: str) -> str:
        return value_in_words(kind, name, said.get(name))

    when = f", {word(impact.BEGINS.get(kind, 'at'))}" if timed else ""
    if kind in ("outage", "divert") and timed:
        when = say(" since {0}", word("from")) if is_open(row) else say(" {0} to {1}", word("from"), word("until"))
    if kind == "outage":
        place = f", {said['place']}" if said.get("place") else ""
        down = say(": down{0}", when) if timed else ""
        return say("{0}{1}{2}; paper fallback: {3}", word("system"), place, down, word("paper"))
    if kind == "divert":
        where = say("from {0} to {1}", word("origin"), word("destination"))
        return say(
            "{0} diverted {1}{2}{3}; agreed by {4}", word("what"), where, "," if timed else "", when, word("agreed_by")
        )
    if kind == "cancelled":
        return say("{0}{1}: {2}, source {3}", word("kind"), when, word("count"), word("source"))
    if kind == "capacity":
        return say("{0} at {1} of normal{2}", word("service"), word("percent"), when)
    if kind == "harm":
        return say(
            "{0}, reported to us by {1}{2}, reference {3}", word("level"), word("reported_by"), when, word("reference")
        )
    if kind == "risk":
        known = risk_class(said)
        grade = "class not known here" if known is None else say("class {0}", known)
        return say("{0}, likelihood {1}: {2}{3}", word("severity"), word("likelihood").lower(), grade, when)
    level = word("level") if said.get("level") else "level not stated"
    return f"{word('type')}, {level}{when}"


def totals_in_words(found: Summary) -> list[tuple[str, str]]:
    """Return (kind, total) of every kind of cancellation, those that nobody stated too."""
    kinds = clinical_codes()["cancellation_kinds"]
    foreign = [kind for kind in found.totals if kind not in kinds]
    return [(kinds.get(kind, kind), found.totals.get(kind, Total()).words()) for kind in (*kinds, *foreign)]


def as_data(found: Summary) -> dict[str, Any]:
    """Return the impact of an incident as the command line prints it."""

    def rows(some: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [statement_as_data(row) for row in some]

    return {
        "stated": found.is_stated,
        "down_now": rows(found.down),
        "were_down": rows(found.were_down),
        "diverts": rows(found.diverts),
        "cancelled": rows(found.cancelled),
        "cancelled_totals": {kind: _total_as_data(one) for kind, one in found.totals.items()},
        "stated_twice": found.stated_twice,
        "capacity": rows(found.capacity),
        "harm": rows(found.harm),
        "harm_patients": {level: _total_as_data(one) for level, one in found.patients.items()},
        "risk": rows(found.risk),
        "eprr": rows(found.eprr),
    }


def _total_as_data(one: Total) -> dict[str, Any]:
    return {
        "number": one.number if one.is_known else None,
        "at_least": one.is_known and (one.at_least or one.not_known > 0),
        "not_known": one.not_known, "words": one.words(),
    }  # fmt: skip


def statement_as_data(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one statement as the command line prints it."""
    kind, said = row["kind"], row["said"]
    found: dict[str, Any] = {"id": row["id"], "kind": kind}
    for name in impact.FIELDS[kind]:
        value = said.get(name)
        if name in _TIMES and isinstance(value, dict):
            value = {**value, "at": iso(value.get("at")), "words": precise_times.value_in_words(value)}
        found["what" if (kind, name) == ("cancelled", "kind") else name] = value
    if kind == "risk":
        found["risk_class"] = risk_class(said)
    return {
        **found,
        "words": in_words(row),
        "recorded_at": iso(row["created_at"]),
        "recorded_by": row["created_by_name"],
    }


def named(
    store: Store, incident: str, text: str, kinds: Sequence[str] = impact.KINDS, *, going_on: bool = False
) -> str:
    """Return the id of a statement by its id, the start of what stands after the colon in it, or its name (a system,
    what is diverted, a service). Raises ``NotFound``, ``Ambiguous``."""
    wanted = " ".join(text.casefold().split())
    rows = [
        row for row in store_impact.rows(store, incident) if row["kind"] in kinds and (is_open(row) or not going_on)
    ]
    found = [row for row in rows if row["id"] == wanted]
    found = found or [row for row in rows if len(wanted) >= 4 and row["id"].partition(":")[2].startswith(wanted)]
    found = found or [row for row in rows if " ".join(subject(row).casefold().split()) == wanted]
    if not found:
        raise NotFound(
            say("No statement of that incident is called {0}.", text[:80]),
            "“triage incident impact show REF” lists them.",
        )
    if len(found) > 1:
        tails = ", ".join(row["id"].partition(":")[2][:8] for row in found[:10])
        raise Ambiguous(
            say("{0} names {1} statements.", text[:80], len(found)), say("Use the start of an id: {0}.", tails)
        )
    return str(found[0]["id"])
