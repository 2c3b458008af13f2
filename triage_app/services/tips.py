"""Reports (tips): what somebody told us, before anybody decided what it is.

A tip keeps what was said, by whom, how and when it reached us. It is new until a responder links it to an incident,
promotes it to one, puts it into the queue as an alert (``manual_alerts``), or closes it without action and says why.
Many tips may be of one incident. What was said and who said it are sealed; outside our own organisation nobody reads
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.affected import controls
from triage_app.domain.records import organisation_id
from triage_app.errors import BadInput, NotFound
from triage_app.language import plural, say
from triage_app.services import precise_times, presenting
from triage_app.services.access import note_access
from triage_app.services.changes import Changes
from triage_app.services.people import ERASED_FIELD
from triage_app.services.precise_times import read_moment
from triage_app.services.recording import creation, label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.vocabularies import kept, vocabulary
from triage_app.store import labels, lookup, personal, reported
from triage_app.store.connection import Store
from triage_app.store.journal import Change

STATES: Final = ("new", "alert", "linked", "no action")
MOST_TEXT: Final = 20_000
MOST_WORDS: Final = 400
"Characters of what was said, and of who said it or how to reach them."

SETTABLE: Final = ("text", "reporter", "contact", "channel", "received", "organisation")
_SEALED: Final = ("reporter", "contact")
"Masked until somebody asks to see them, which is noted."


@kept
def channels() -> dict[str, str]:
    """Return the ways in which a tip reaches us: code → name."""
    return {item["code"]: item["name"] for item in vocabulary("tip_channels")["channels"]}


def receive(
    session: Session,
    text: str,
    *,
    reporter: str = "",
    contact: str = "",
    channel: str = "telephone",
    received: str = "",
    organisation: str = "",
) -> Changes:
    """Record what was reported. ``received`` is a time as typed, "" for now; ``organisation`` an ODS code.

    Raises ``BadInput``.
    """
    typed = {"text": text, "reporter": reporter, "contact": contact, "channel": channel,
             "received": received or "now", "organisation": organisation}  # fmt: skip
    with session.store.write():
        changes: list[Change] = []
        made = new(session, typed, changes)
        return record(session, say("Recorded the report {0}", made["ref"]), changes, entity=made["id"], ref=made["ref"])


def new(session: Session, typed: dict[str, str], changes: list[Change]) -> dict[str, str]:
    """Add to ``changes`` what records a report, and return its id and ref; inside ``store.write()``.

    ``typed`` is by field, as typed. Raises ``BadInput``.
    """
    values = {name: _read(session, name, words) for name, words in typed.items()}
    entity, ref, made = creation(session, "tip", tlp.DEFAULT_FOR_INCIDENT)
    fields = {name: value for name, value in values.items() if value}
    changes += [made, *set_fields(session, "tip", entity, fields, tlp.DEFAULT_FOR_INCIDENT)]
    return {"id": entity, "ref": ref}


def became_alert(session: Session, tip: str, key: str) -> list[Change]:
    """Return the changes by which a report is marked as being in the queue now, as an alert."""
    label = label_of(session, "tip", tip)
    return [Change("tip", tip, "triage", {"state": "alert"}, label), Change("tip", tip, "alert", key, label)]


def set_field(session: Session, tip: str, field: str, text: str, because: str = "") -> Changes:
    """Put right one field of a tip, as typed; what it said before stays in its history. Raises ``BadInput``."""
    name = {"by": "reporter", "org": "organisation"}.get(field.strip().lower(), field.strip().lower())
    if name not in SETTABLE:
        raise BadInput(
            say("A report has no field “{0}” to set.", field[:40]), say("Use one of: {0}.", ", ".join(SETTABLE))
        )
    value = _read(session, name, text)
    with session.store.write():
        found = existing(session.store, tip)
        changes = set_fields(session, "tip", tip, {name: value or None}, label_of(session, "tip", tip), because.strip())
        return record(session, say("Set {0} of {1}", name, found["ref"]), changes, entity=tip, ref=found["ref"])


def _read(session: Session, name: str, text: str) -> Any:
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if name == "text":
        if not words:
            raise BadInput("A report needs words.", "Say in a few words what was reported.")
        if len(words) > MOST_TEXT or controls(words, lines=True):
            raise BadInput(
                say("A report is at most {0:,} characters of plain text.", MOST_TEXT), "Keep the whole as a file."
            )
        return words
    if name == "received":
        return read_moment(words, session.now()).value() if words else None
    if name == "channel":
        return read_channel(words)
    if name == "organisation":
        code = read_organisation(words)
        return organisation_id("ods", code) if code else ""
    if len(words) > MOST_WORDS or controls(words):
        raise BadInput(
            say("A name or contact is at most {0} characters on one line.", MOST_WORDS), "Put the rest into words."
        )
    return words


def read_organisation(text: str) -> str:
    """Return an ODS code as typed, in capitals; "" for none. Raises ``BadInput``."""
    code = text.strip().upper()
    if code and not (2 <= len(code) <= 12 and code.isalnum() and code.isascii()):
        raise BadInput(say("“{0}” is no organisation code.", text[:40]), "Use the ODS code, for example RXX.")
    return code


def read_channel(text: str) -> str:
    """Return the code of a channel. Raises ``BadInput``."""
    word = text.strip().lower()
    for code, name in channels().items():
        if word in (code, name.lower(), code.replace("-", " ")):
            return code
    raise BadInput(
        say("“{0}” is no way in which reports reach us.", text[:40]), say("Use one of: {0}.", ", ".join(channels()))
    )


def existing(store: Store, tip: str) -> dict[str, Any]:
    """Return a tip's record; raise ``NotFound`` once it has been taken back."""
    found = lookup.one(store, "tip", tip)
    if found is None:
        raise NotFound("That report has been taken back.", "Undo that first, or choose another.")
    return found


# -- deciding ----------------------------------------------------------------------------------------------


def link(session: Session, tips: Sequence[str], incident: str) -> Changes:
    """Link some tips to an incident; one that was linked elsewhere moves. Raises ``BadInput``, ``NotFound``."""
    store = session.store
    with store.write():
        row = lookup.one(store, "incident", incident)
        if row is None:
            raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
        wanted = [tip for tip in _chosen(store, tips) if tip["incident"] != incident]
        if not wanted:
            raise BadInput("That is linked so already.", "Nothing was changed.")
        label = labels.of_incident(store, incident)
        changes = _linked(session, wanted, incident, label)
        return record(
            session, say("Linked {0} to {1}", _many(wanted), row["ref"]), changes, entity=incident, ref=row["ref"]
        )


def promote(session: Session, tips: Sequence[str], title: str = "") -> Changes:
    """Open an incident from some tips. It is reported when the first of them reached us.

    Without a title it is named by the report's reference: what was said may name somebody, and a title is not sealed.
    """
    store = session.store
    with store.write():
        wanted = _chosen(store, tips)
        if linked := [tip for tip in wanted if tip["state"] == "linked"]:
            raise BadInput(
                say("{0} is linked to an incident already.", linked[0]["ref"]),
                "Work on that one, or link it elsewhere.",
            )
        if queued := [tip for tip in wanted if tip["state"] == "alert"]:
            raise BadInput(
                say("{0} is an alert now.", queued[0]["ref"]), "Promote the alert, or make the report new again."
            )
        label = tlp.DEFAULT_FOR_INCIDENT
        entity, ref, made = creation(session, "incident", label)
        fields: dict[str, Any] = {
            "title": " ".join(title.split()) or f"Report {wanted[0]['ref']}",
            "status": "open",
            "handler": session.author.responder,
        }
        times = [tip["received"] for tip in wanted if precise_times.moment_of(tip["received"]) is not None]
        if times:
            fields["reported"] = min(times, key=lambda value: value["at"])
        changes = [made, *set_fields(session, "incident", entity, fields, label)]
        changes += _linked(session, wanted, entity, label)
        return record(session, say("Promoted {0} to {1}", _many(wanted), ref), changes, entity=entity, ref=ref)


def close(session: Session, tips: Sequence[str], because: str) -> Changes:
    """Close some tips without action. Raises ``BadInput`` without a reason."""
    if not because.strip():
        raise BadInput("Closing a report without action needs a reason.", "Say in a few words why nothing follows.")
    if queued := [found for found in _chosen(session.store, tips) if found["state"] == "alert"]:
        raise BadInput(
            say("{0} is an alert now.", queued[0]["ref"]), "Dismiss the alert, or make the report new again."
        )
    return _decide(session, tips, {"state": "no action"}, "Closed", because.strip())


def reopen(session: Session, tips: Sequence[str]) -> Changes:
    """Make some tips new again: closed ones, and linked ones, which leave their incident."""
    return _decide(session, tips, {"state": "new"}, "Reopened", "")


def _decide(session: Session, tips: Sequence[str], value: dict[str, Any], verb: str, because: str) -> Changes:
    store = session.store
    with store.write():
        wanted = [tip for tip in _chosen(store, tips) if tip["state"] != value["state"]]
        if not wanted:
            raise BadInput("That stands so already.", "Nothing was changed.")
        changes = [
            Change("tip", tip["id"], "triage", value, label_of(session, "tip", tip["id"]), because) for tip in wanted
        ]
        return record(session, f"{verb} {_many(wanted)}", changes, entity=wanted[0]["id"], ref=wanted[0]["ref"])


def _linked(session: Session, wanted: Sequence[dict[str, Any]], incident: str, label: str) -> list[Change]:
    value = {"state": "linked", "incident": incident}
    strict = [tlp.strictest([label, label_of(session, "tip", tip["id"])]) for tip in wanted]
    return [Change("tip", tip["id"], "triage", value, own) for tip, own in zip(wanted, strict, strict=True)]


def _chosen(store: Store, tips: Sequence[str]) -> list[dict[str, Any]]:
    if not tips:
        raise BadInput("No report is chosen.", "Choose at least one.")
    return [existing(store, tip) for tip in dict.fromkeys(tips)]


def _many(tips: Sequence[dict[str, Any]]) -> str:
    return plural(len(tips), "the report {1}", "{0} reports").format(len(tips), tips[0]["ref"])


# -- reading -----------------------------------------------------------------------------------------------


def listing(store: Store, state: str = "") -> list[dict[str, Any]]:
    """Return tips, new ones first, each group with the newest first; who reported is masked."""
    found = lookup.listing(store, "tip")
    found.sort(key=lambda row: -(row["received_at"] or row["created_at"] or 0))
    found.sort(key=lambda row: _place(row["state"]))
    return [row for row in found if not state or row["state"] == state]


def of_incident(store: Store, incident: str) -> list[dict[str, Any]]:
    """Return the tips that are linked to an incident, by themselves or as alerts, the first to reach us first."""
    found = reported.of_incident(store, incident)
    return sorted(found, key=lambda row: (row["received_at"] or row["created_at"] or 0, row["ref"]))


def _place(state: str) -> int:
    return STATES.index(state) if state in STATES else len(STATES)


def as_data(row: dict[str, Any]) -> dict[str, Any]:
    """Return a tip as the command line prints it: who reported, and how to reach them, masked."""
    found = presenting.record("tip", row)
    found["received"] = presenting.moment(row["received"])
    found["received_at"] = found["received"]["at"] if isinstance(found["received"], dict) else None
    found["channel_word"] = channels().get(row["channel"], row["channel"])
    found["organisation"] = row["organisation"].partition(":")[2]
    found["alert"] = reported.alert_of(row)
    for name in _SEALED:
        found[name] = personal.masked(row[name])
    return found


def reveal(session: Session, tip: str) -> dict[str, str]:
    """Return who reported and how to reach them, and note in the access chain that it was looked at."""
    found = existing(session.store, tip)
    note_access(session, "unmask", "tip", tip)
    return {name: str(found[name]) for name in _SEALED}


def erase(session: Session, tip: str) -> Changes:
    """Forget what a tip said and who said it, here and wherever the erasure travels; that it came stays."""
    store = session.store
    with store.write():
        found = existing(store, tip)
        changes = [Change("tip", tip, ERASED_FIELD, True, label_of(session, "tip", tip))]
        personal.erase(store, tip)
        return record(session, say("Erased what {0} said", found["ref"]), changes, entity=tip, ref=found["ref"])
