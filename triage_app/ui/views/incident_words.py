"""Decisions, fields and values of an incident's journal as they are read."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from triage_app.domain.records import CREATED, DELETED
from triage_app.domain.severity import band
from triage_app.language import say
from triage_app.services import classification, precise_times
from triage_app.services.incident_log import Decision
from triage_app.services.times import in_words
from triage_app.services.vocabularies import action_codes, rsit_types
from triage_app.store import lookup
from triage_app.store.connection import Store

translate = QCoreApplication.translate


def time_words(name: str) -> str:
    """Return the name of one of an incident's times, as it is read."""
    known = {
        "occurred": translate("IncidentReading", "Occurred"),
        "detected": translate("IncidentReading", "Detected"),
        "aware": translate("IncidentReading", "Aware"),
        "reported": translate("IncidentReading", "Reported"),
        "contained": translate("IncidentReading", "Contained"),
        "recovered": translate("IncidentReading", "Recovered"),
    }
    return known.get(name, say(name.capitalize()))


def field_words(name: str) -> str:
    """Return a field's name as it is read; one of a newer version by its own name."""
    known = {
        CREATED: translate("IncidentReading", "Created"),
        DELETED: translate("IncidentReading", "Taken back"),
        "rsit": translate("IncidentReading", "Class"),
        "tlp": translate("IncidentReading", "TLP"),
        "pap": translate("IncidentReading", "PAP"),
        "nis": translate("IncidentReading", "NIS"),
        "techniques": translate("IncidentReading", "ATT&CK techniques"),
        "category_reported": translate("IncidentReading", "Category reported to us"),
        "basis": translate("IncidentReading", "Lawful basis"),
        "wish": translate("IncidentReading", "Their wish"),
        "due": translate("IncidentReading", "Due"),
        "code": translate("IncidentReading", "Action"),
    }
    return known.get(name) or say(name.strip("_").replace("_", " ").capitalize())


def decision_words(fields: dict[str, Any]) -> tuple[str, str]:
    """Return what one act set on an incident: a line of the table, and a word or two of the picture."""
    if CREATED in fields:
        return translate("IncidentReading", "Opened the incident"), translate("IncidentReading", "Opened")
    if fields.get("status") == "closed":
        because = fields.get("closed_because") or translate("IncidentReading", "no reason given")
        return translate("IncidentReading", "Closed: {0}").format(because), translate("IncidentReading", "Closed")
    patterns = {
        "category_proposed": translate("IncidentReading", "Proposed category {0}: {1}"),
        "category_assessed": translate("IncidentReading", "Assessed category {0}: {1}"),
        "category_confirmed": translate("IncidentReading", "Confirmed category {0}: {1}"),
    }
    parts = []
    short = translate("IncidentReading", "Classified") if "rsit" in fields else ""
    for name, value in fields.items():
        if name in patterns and isinstance(value, dict):
            parts.append(patterns[name].format(value.get("category"), value.get("because", "")).rstrip(": "))
            short = translate("IncidentReading", "Cat. {0}").format(value.get("category"))
        elif value not in (None, "", []):
            words = value_words(name, value)
            parts.append(translate("IncidentReading", "{0} set to {1}").format(field_words(name), words))
    return "; ".join(parts), short


def linked_words(is_linked: bool, alerts: int) -> str:
    """Return what one act did with an incident's alerts."""
    if alerts == 1:
        one = translate("IncidentReading", "Linked 1 alert"), translate("IncidentReading", "Took out 1 alert")
        return one[0] if is_linked else one[1]
    many = translate("IncidentReading", "Linked {0} alerts"), translate("IncidentReading", "Took out {0} alerts")
    return (many[0] if is_linked else many[1]).format(alerts)


def value_words(name: str, value: Any, store: Store | None = None) -> str:
    """Return a field's value as it is read; ``store`` knows responders by name."""
    if name == CREATED:
        return str(value.get("ref", "")) if isinstance(value, dict) else ""
    classified = None if value is None else classification.value_in_words(name, value)
    if classified is not None:
        return classified
    if name == "decision" and (decided := Decision.from_text(str(value))) is not None:
        return translate("IncidentReading", "Decided by {0}").format(decided.decided_by)
    if isinstance(value, bool):
        return translate("IncidentReading", "yes") if value else translate("IncidentReading", "no")
    if isinstance(value, dict):
        if type(value.get("at")) is int:
            return precise_times.value_in_words(value) or in_words(value["at"])
        if "category" in value:
            said = translate("IncidentReading", "Category {0}: {1}")
            return said.format(value["category"], value.get("because", "")).rstrip(": ")
        return ", ".join(f"{key} {part}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(rsit_types().get(str(item), str(item)) for item in value)
    if name in ("due", "done") and type(value) is int:
        return in_words(value)
    if name == "code":
        return f"{value} {action_codes().get(str(value), '')}".strip()
    if name == "severity" and type(value) is int:
        return f"{say(band(value))} ({value})"
    if name == "handler" and store is not None:
        return lookup.responder_name(store, str(value))
    return str(value)
