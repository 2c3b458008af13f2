"""What the conflict inbox shows, read from the store: each field in which two values stand, in words. No widget."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from triage_app.domain.records import INCIDENT_TIMES, KINDS
from triage_app.formats.identity import PublicIdentity
from triage_app.services import classification, precise_times
from triage_app.services.conflicts import described
from triage_app.services.histories import triage_words
from triage_app.services.vocabularies import action_statuses, categories, rsit_types
from triage_app.store import history, lookup
from triage_app.store.connection import Store
from triage_app.ui.views import moments
from triage_app.ui.views.shown import harmless

_GENERATIONS: Final = 200
"How far back the value that both sides had is looked for."


def tr(text: str) -> str:
    """Return words in the responder's language."""
    return QCoreApplication.translate("Exchange", text)


@dataclass(frozen=True)
class Side:
    """One of the values of a conflict."""

    op: str
    value: str
    ours: bool
    device: str
    who: str
    written: str
    because: str


@dataclass(frozen=True)
class Conflict:
    """A field in which two values stand."""

    key: str
    kind: str
    entity: str
    field: str
    name: str
    "The field in words."
    ref: str
    title: str
    incident: str
    "Id of the incident it belongs to, '' for none."
    sides: tuple[Side, ...]
    before: str
    "What both sides had, in words."
    enterable: bool
    "Whether a third value can be typed here."


def read_conflicts(store: Store, own: str, known: dict[str, PublicIdentity], now: datetime) -> list[Conflict]:
    """Return every conflict with its values in words."""
    return [_conflict(store, row, own, known, now) for row in lookup.conflicts(store)]


def _conflict(store: Store, row: dict[str, Any], own: str, known: dict[str, PublicIdentity], now: datetime) -> Conflict:
    kind, entity, field = row["entity_kind"], row["entity"], row["field"]
    found = described(store, row)
    sides = []
    for value in found["values"]:
        public = known.get(value["device"])
        at = round(datetime.fromisoformat(value["at"]).timestamp() * 1000)
        sides.append(
            Side(
                value["op"],
                value_words(kind, field, value["value"], now),
                value["device"] == own,
                f"{public.name}, {public.organisation}" if public else value["device"][:8],
                value["who"],
                moments.short(at, now),
                harmless(value["because"]),
            )
        )
    sides.sort(key=lambda side: not side.ours)
    incident, title = _belongs(store, kind, entity)
    plain = kind == "incident" and field in KINDS["incident"].fields and not field.startswith("category_")
    return Conflict(
        found["id"], kind, entity, field, field_words(field), found["ref"] or tr(kind).capitalize(), title, incident,
        tuple(sides), _before(store, kind, field, [value["op"] for value in found["values"]], now), plain,
    )  # fmt: skip


def _belongs(store: Store, kind: str, entity: str) -> tuple[str, str]:
    from triage_app.store import labels

    incidents = labels.incidents_of(store, kind, entity)
    for incident in incidents:
        found = lookup.one(store, "incident", incident)
        if found is not None:
            return incident, harmless(found["title"])
    return "", ""


def _before(store: Store, kind: str, field: str, heads: list[str], now: datetime) -> str:
    """Return what both sides had when they parted."""
    lines = [_ancestors(store, head) for head in heads]
    common = set(lines[0]).intersection(*lines[1:]) if lines else set()
    shared = next((link for link in lines[0] if link in common), "") if lines else ""
    if not shared:
        return tr("Not known")
    body = history.body_by_hash(store, shared)
    return tr("Withheld from us") if body is None else value_words(kind, field, body.value, now)


def _ancestors(store: Store, head: str) -> list[str]:
    """Return the operations a head was built on, nearest first."""
    found: list[str] = []
    wanted = [head]
    while wanted and len(found) < _GENERATIONS:
        body = history.body_by_hash(store, wanted.pop(0))
        for parent in () if body is None else body.parents:
            if parent not in found:
                found.append(parent)
                wanted.append(parent)
    return found


def field_words(field: str) -> str:
    """Return a field's name as a heading."""
    if field in INCIDENT_TIMES:
        return tr("{0} at").format(field.capitalize())
    named = {"tlp": "TLP", "rsit": tr("RSIT classification"), "_deleted": tr("Taken back"), "wish": tr("Their wish"),
             "triage": tr("Decision"), "category_proposed": tr("Category proposed"),
             "category_assessed": tr("Category assessed"), "pap": "PAP", "nis": "NIS",
             "category_reported": tr("Category reported to us"), "techniques": tr("ATT&CK techniques"),
             "due": tr("Due"), "done": tr("Done")}  # fmt: skip
    return named.get(field, field.strip("_").replace("_", " ").capitalize())


def value_words(kind: str, field: str, value: Any, now: datetime) -> str:
    """Return a field's value as a person reads it."""
    if value is None or value in ("", []):
        return tr("Not known")
    if field in INCIDENT_TIMES and (words := precise_times.value_in_words(value, now)):
        return words
    if kind == "incident" and (classified := classification.value_in_words(field, value)) is not None:
        return harmless(classified)
    if field in ("due", "done") and isinstance(value, int):
        return moments.short(value, now)
    if field.startswith("category_") and isinstance(value, dict):
        number = value.get("category")
        name = categories().get(number, ("", ""))[0] if isinstance(number, int) else ""
        return f"{number}, {name}" if name else str(number)
    if field == "rsit" and isinstance(value, list):
        return "; ".join(rsit_types().get(str(code), str(code)) for code in value)
    if field == "triage":
        return triage_words(value).capitalize()
    if kind == "action" and field == "status":
        return action_statuses().get(str(value), str(value))
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, dict):
        return harmless(json.dumps(value, ensure_ascii=False))
    return harmless(str(value))
