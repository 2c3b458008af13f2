"""The conflicts of the exchange screen, read from the store and put into words. No widget here."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from triage_app.domain.records import DELETED, INCIDENT_TIMES, KINDS
from triage_app.formats.identity import PublicIdentity
from triage_app.language import say
from triage_app.services import classification, precise_times
from triage_app.services.conflicts import described
from triage_app.services.histories import triage_words
from triage_app.services.vocabularies import action_statuses, categories, rsit_types
from triage_app.store import history, labels, lookup
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
    seen: str = ""
    "What stood there for whoever wrote it."
    certified: str = ""
    "Which authority vouches for its device, '' for none."
    act: str = ""
    "What taking it is called, where that is not taking a value."


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
    combine: str = ""
    "How both can be kept in one value, '' where they cannot."
    deletion: bool = False
    "Whether it was taken back here and changed elsewhere."
    beside: str = ""
    "What stands beside it and is no conflict: the categories that others gave."


def read_conflicts(store: Store, own: str, known: dict[str, PublicIdentity], now: datetime) -> list[Conflict]:
    """Return every conflict with its values in words."""
    return [_conflict(store, row, own, known, now) for row in lookup.conflicts(store)]


def _conflict(store: Store, row: dict[str, Any], own: str, known: dict[str, PublicIdentity], now: datetime) -> Conflict:
    kind, entity, field = row["entity_kind"], row["entity"], row["field"]
    found = described(store, row)
    deletion = bool(found["after_deletion"])
    sides = [_side(kind, one, own, known, now, deletion=deletion) for one in found["values"]]
    if deletion:
        sides = _two_sides(sides)
    else:
        sides.sort(key=lambda side: not side.ours)
    incident, title = _belongs(store, kind, entity)
    plain = kind == "incident" and field in KINDS["incident"].fields and not field.startswith("category_")
    before = "" if deletion else _before(store, kind, field, [value["op"] for value in found["values"]], now)
    name = tr("Changed elsewhere after it was taken back") if deletion else field_words(field, kind)
    beside = "; ".join(
        tr("{0}: category {1} ({2})").format(one["step"], one["category"], one["certified"] or one["organisation"])
        for one in found["beside"]
    )
    title = title or (found["ref"] if deletion else "")
    ref = found["ref"] or _called(store, kind, entity) or tr(kind.replace("_", " ")).capitalize()
    return Conflict(
        found["id"], kind, entity, field, name, ref, title, incident,
        tuple(sides), before, plain and not deletion, found["combine"], deletion, harmless(beside),
    )  # fmt: skip


def _side(
    kind: str, value: dict[str, Any], own: str, known: dict[str, PublicIdentity], now: datetime, *, deletion: bool
) -> Side:
    public = known.get(value["device"])
    at = round(datetime.fromisoformat(value["at"]).timestamp() * 1000) if value["at"] else None
    field = value.get("field", "")
    words = value_words(kind, field, value["value"], now)
    if deletion and field and field != DELETED:
        words = f"{field_words(field)}: {words}"
    elif deletion:
        words = words[:1].upper() + words[1:]
    return Side(
        value["op"],
        words,
        value["device"] == own,
        f"{public.name}, {public.organisation}" if public else value["device"][:8],
        value["who"],
        moments.short(at, now),
        harmless(value["because"]),
        _seen(kind, field, value["seen"], now),
        harmless(value["certified"]),
    )


def _seen(kind: str, field: str, seen: list[dict[str, Any]], now: datetime) -> str:
    """Return what stood there for whoever wrote a value, and by whom that was."""
    if not seen:
        return tr("nothing: nobody had set it")
    parts = []
    for one in seen:
        if one["withheld"]:
            parts.append(tr("a value that is withheld from us"))
            continue
        at = round(datetime.fromisoformat(one["at"]).timestamp() * 1000)
        words = value_words(kind, field, one["value"], now)
        parts.append(tr("{0} ({1}, {2})").format(words, one["who"], moments.short(at, now)))
    return tr(" and ").join(parts)


def _two_sides(sides: list[Side]) -> list[Side]:
    """Return the two ways out of a record taken back here and changed elsewhere: each change belongs to the second."""
    first, *changes = sides
    words = "\n".join(one.value for one in changes)
    second = replace(changes[0], value=words, act=tr("Bring it back with their change"), seen="")
    return [replace(first, value=tr("Taken back"), act=tr("Keep it taken back"), seen=""), second]


def _called(store: Store, kind: str, entity: str) -> str:
    """Return the two records that a link says are the same, by their references."""
    if kind == "fold":
        return tr("Two alerts")
    if kind not in ("same_as", "link"):
        return ""
    one, _, other = entity.partition(":")
    refs = [lookup.reference_of(store, "incident", name) for name in ((one, other) if kind == "same_as" else (other,))]
    return tr(" and ").join(ref for ref in refs if ref)


def _belongs(store: Store, kind: str, entity: str) -> tuple[str, str]:
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


def field_words(field: str, kind: str = "") -> str:
    """Return a field's name as a heading."""
    if (kind, field) in (("same_as", "linked"), ("link", "linked")):
        return tr("One matter") if kind == "same_as" else tr("Alert linked with the incident")
    if (kind, field) == ("fold", "linked"):
        return tr("Folded together")
    if (kind, field) == ("unfold", "apart"):
        return tr("Taken apart")
    if kind in ("note", "call") and field == "moved_to":
        return tr("Belongs to")
    if field in INCIDENT_TIMES:
        return tr("{0} at").format(say(field.capitalize()))
    named = {"tlp": "TLP", "rsit": tr("RSIT classification"), "_deleted": tr("Taken back"), "wish": tr("Their wish"),
             "triage": tr("Decision"), "category_proposed": tr("Category proposed"),
             "category_assessed": tr("Category assessed"), "pap": "PAP", "nis": "NIS",
             "category_reported": tr("Category reported to us"), "techniques": tr("ATT&CK techniques"),
             "due": tr("Due"), "done": tr("Done")}  # fmt: skip
    return named.get(field, say(field.strip("_").replace("_", " ").capitalize()))


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
