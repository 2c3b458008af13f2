"""What an act set, as a person would say it: the fields of records, and what was decided about which alerts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from triage_app.domain.indicators import defang, visible
from triage_app.domain.records import incident_of_link
from triage_app.language import plural, say
from triage_app.services.times import in_words
from triage_app.services.vocabularies import dispositions
from triage_app.store import alerts, history, lookup
from triage_app.store.connection import Store

_TITLE: Final = 60
"""Characters of an alert's title in a sentence."""


def field_name(field: str) -> str:
    """Return the name of a record's field within a sentence: “the proposed category”."""
    known = {
        "title": say("the title"), "status": say("the state"), "severity": say("the severity"),
        "rsit": say("the class"), "category_proposed": say("the proposed category"),
        "category_assessed": say("the assessed category"), "category_confirmed": say("the confirmed category"),
        "category_reported": say("the category reported to us"), "tlp": say("the TLP label"),
        "campaign": say("the campaign"), "determination": say("the determination"), "handler": say("the handler"),
        "pap": say("the PAP label"), "techniques": say("the ATT&CK techniques"),
        "ransomware": say("the answers about ransomware"), "phishing": say("the answers about phishing"),
        "nis": say("the NIS answers"), "data_types": say("the kinds of data"),
        "closed_because": say("the reason for closing"), "left_open": say("the clocks left open"),
        "left_work": say("the work left undone"), "occurred": say("the time it happened"),
        "detected": say("the time of detection"), "aware": say("the time of awareness"),
        "reported": say("the time of the report"), "contained": say("the time of containment"),
        "recovered": say("the time of recovery"), "closed": say("the time of closing"),
        "first_look": say("the first look"), "basis": say("the lawful basis"), "sharing": say("the sharing"),
        "sharing_decision": say("the decision on sharing"), "wish": say("the person's wish"),
        "contact": say("the contact details"), "roles": say("the roles"), "language": say("the language"),
        "channel": say("the channel"), "formats": say("the formats"), "legal_hold": say("the legal hold"),
        "exposure": say("the exposure"), "due": say("the due time"), "due_because": say("the reason for the due time"),
        "done": say("the time it was done"), "owner": say("the owner"), "outcome": say("the outcome"),
        "minutes": say("the minutes spent"), "handoff": say("the hand-off"), "text": say("the words"),
        "sent": say("the sending"), "name": say("the name"), "description": say("the description"),
        "decision": say("the decision"), "organisation": say("the organisation"),
    }  # fmt: skip
    return known.get(field) or field.strip("_").replace("_", " ")


def fields_named(fields: Collection[str]) -> str:
    """Return the names of some fields within a sentence, with “and” before the last."""
    names = [field_name(field) for field in fields]
    if len(names) < 2:
        return "".join(names)
    return say("{0} and {1}", ", ".join(names[:-1]), names[-1])


def decided(store: Store, act: dict[str, Any]) -> str:
    """Return what an act (one of ``history.acts``) decided about which alerts, or how many."""
    value, entity, many = history.first_set(store, str(act.get("id", "")), "alert", "triage")
    about = _alerts(store, entity, many)
    if act["is_undo"]:  # what came back is not what anybody decided then
        return say("Decided on {0}", about)
    return say("{0} ({1})", _decision(store, value), about)


def linked(store: Store, act: dict[str, Any]) -> str:
    """Return how many alerts an act linked with which incident, or took out of it."""
    value, entity, many = history.first_set(store, str(act.get("id", "")), "link", "linked")
    ref = lookup.reference_of(store, "incident", incident_of_link(entity))
    about = plural(many, "1 alert", "{0} alerts").format(f"{many:,}")
    if not ref:
        return say("Linked alerts")
    return say("Took {0} out of {1}", about, ref) if value is False else say("Linked {0} with {1}", about, ref)


def _alerts(store: Store, entity: str, many: int) -> str:
    numbers = alerts.numbers_of(store, [entity]) if many == 1 else {}
    for row in alerts.rows(store, list(numbers.values())).values():
        title = visible(defang(str(row["title"])))
        return f"“{title if len(title) <= _TITLE else title[: _TITLE - 1] + '…'}”"
    return plural(many, "1 alert", "{0} alerts").format(f"{many:,}")


def _decision(store: Store, value: Any) -> str:
    value = value if isinstance(value, dict) else {}
    state = str(value.get("state", ""))
    if state == "dismissed":
        code = str(value.get("disposition", ""))
        return say("Dismissed, {0}", dispositions().get(code, code).lower())
    if state == "snoozed" and type(value.get("until")) is int:
        return say("Snoozed until {0}", in_words(value["until"]))
    if state == "in hand":
        return say("In hand of {0}", lookup.responder_name(store, str(value.get("by", ""))))
    return say("New again")
