"""The words of clinical impact on screen, and its statements as lines of the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QCoreApplication

from triage_app.language import say
from triage_app.services import impact
from triage_app.services.changes import milliseconds
from triage_app.services.impact import Summary
from triage_app.services.times import typed_day
from triage_app.services.vocabularies import clinical_codes
from triage_app.ui.views.moments import span

translate = QCoreApplication.translate


def kind_words(kind: str) -> str:
    """Return what a kind of statement is called."""
    known = {
        "outage": translate("Impact", "System down"),
        "divert": translate("Impact", "Divert"),
        "cancelled": translate("Impact", "Cancelled"),
        "capacity": translate("Impact", "Capacity"),
        "harm": translate("Impact", "Harm reported"),
        "risk": translate("Impact", "Clinical risk"),
        "eprr": translate("Impact", "Declared"),
    }
    return known.get(kind, kind)


def field_words(kind: str, name: str) -> str:
    """Return what a field is called."""
    known = {
        "system": translate("Impact", "System or service"),
        "place": translate("Impact", "Site or ward"),
        "from": translate("Impact", "Since"),
        "until": translate("Impact", "Back up") if kind == "outage" else translate("Impact", "Until"),
        "paper": translate("Impact", "Paper fallback in use"),
        "paper_since": translate("Impact", "On paper since"),
        "comment": translate("Impact", "Comment"),
        "what": translate("Impact", "What is diverted"),
        "origin": translate("Impact", "From where"),
        "destination": translate("Impact", "To where"),
        "agreed_by": translate("Impact", "Agreed by"),
        "kind": translate("Impact", "Kind"),
        "day": translate("Impact", "Of which day"),
        "count": translate("Impact", "How many"),
        "source": translate("Impact", "Source"),
        "service": translate("Impact", "Service"),
        "percent": translate("Impact", "Percent of normal"),
        "at": translate("Impact", "When"),
        "level": translate("Impact", "Level of harm") if kind == "harm" else translate("Impact", "Level"),
        "reported_by": translate("Impact", "Reported to us by"),
        "reference": translate("Impact", "Reference"),
        "patients": translate("Impact", "Patients"),
        "severity": translate("Impact", "Severity"),
        "likelihood": translate("Impact", "Likelihood"),
        "assessed_by": translate("Impact", "Assessed by"),
        "type": translate("Impact", "Type of incident"),
        "declared_by": translate("Impact", "Declared by"),
    }
    return known.get(name) or say(name.strip("_").replace("_", " ").capitalize())


def hint_words(kind: str, name: str, now: datetime) -> str:
    """Return what is said under a field while it is empty; the day of its examples is that of ``now``."""
    lists = {("outage", "system"): "systems", ("divert", "what"): "diverts"}
    if (kind, name) in lists:
        return translate("Impact", "For example {0}").format(", ".join(clinical_codes()[lists[(kind, name)]]))
    known = {
        "count": translate("Impact", "12, “at least 12” or “not known”"),
        "patients": translate("Impact", "1, “at least 2” or “not known”; never who"),
        "percent": translate("Impact", "0 is nothing, 100 is as always"),
        "reported_by": translate("Impact", "The clinician, role and name. Sealed."),
        "reference": translate("Impact", "In LFPSE or DCIQ"),
        "agreed_by": translate("Impact", "Role and name. Sealed."),
        "assessed_by": translate("Impact", "For example the Clinical Safety Officer. Sealed."),
        "declared_by": translate("Impact", "Role and name. Sealed."),
        "comment": translate("Impact", "Sealed."),
        "source": translate("Impact", "Who counted; the same kind, day and source counts once"),
        "until": translate("Impact", "Empty while it lasts"),
        "paper_since": translate("Impact", "Empty where nobody said"),
        "day": translate("Impact", "Today, unless you say otherwise: yesterday, {0}").format(typed_day(now)),
        "from": translate("Impact", "Now, unless you say otherwise: 02:55, -2h, {0} 02:55").format(typed_day(now)),
        "at": translate("Impact", "Now, unless you say otherwise: 02:55, -2h, {0} 02:55").format(typed_day(now)),
    }
    return known.get(name, "")


def lasting(row: Mapping[str, Any], now: datetime) -> str:
    """Return for how long something has lasted, or had; "" where no time says it."""
    if row["from_at"] is None:
        return ""
    end = row["until_at"] if row["said"].get("until") is not None else milliseconds(now)
    return "" if end is None else span((end - row["from_at"]) / 1000)


def down_words(found: Summary, now: datetime, most: int = 4) -> str:
    """Return what is down now, as a headline."""
    if not found.is_stated:
        return translate("Impact", "Nothing has been stated")
    if not found.down:
        return translate("Impact", "Nothing is stated to be down now")
    parts = []
    for row in found.down[:most]:
        place = f", {row['said']['place']}" if row["said"].get("place") else ""
        name = f"{row['said'].get('system', '')}{place}"
        long = lasting(row, now)
        parts.append(translate("Impact", "{0} for {1}").format(name, long) if long else name)
    if len(found.down) > most:
        parts.append(translate("Impact", "{0} more").format(len(found.down) - most))
    return translate("Impact", "Down now: {0}").format("; ".join(parts))


def sums(found: Summary) -> list[tuple[str, str]]:
    """Return what the statements come to: (what, in words), the worst first; nothing for what nobody stated."""
    rows: list[tuple[str, str]] = []
    if found.eprr:
        last = found.eprr[-1]
        words = impact.value_in_words("eprr", "type", last["said"].get("type"))
        if last["said"].get("level"):
            words += ", " + impact.value_in_words("eprr", "level", last["said"].get("level"))
        rows.append((kind_words("eprr"), words))
    grades = [grade for row in found.risk if (grade := impact.risk_class(row["said"])) is not None]
    if grades:
        rows.append((kind_words("risk"), translate("Impact", "class {0} of 5 at worst").format(max(grades))))
    for level, total in found.patients.items():
        name = impact.value_in_words("harm", "level", level)
        words = translate("Impact", "{0} reported, patients: {1}").format(
            total.statements, total.words() if total.is_known else translate("Impact", "not known")
        )
        rows.append((name, words))
    rows += [(kind, words) for kind, words in impact.totals_in_words(found) if words != "not stated"]
    if found.stated_twice:
        rows.append((translate("Impact", "Stated twice"), translate("Impact", "the larger counts")))
    newest = {str(row["said"].get("service")): row for row in found.capacity}
    for service, row in newest.items():
        rows.append((service, impact.value_in_words("capacity", "percent", row["said"].get("percent"))))
    return rows


def events(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, str, str, str]]:
    """Return (id, when, what, who, a word or two) of each statement, and of each end of an outage or divert."""
    found = []
    for row in rows:
        kind, name = row["kind"], f"impact:{row['id']}"
        subject = str(row["said"].get("system") or row["said"].get("what") or "")
        short = {
            "outage": translate("Impact", "{0} down").format(subject),
            "divert": translate("Impact", "{0} diverted").format(subject),
        }.get(kind, kind_words(kind))
        at = row["from_at"] if row["from_at"] is not None else row["created_at"] or 0
        found.append((name, at, f"{kind_words(kind)}: {impact.in_words(row)}", row["created_by_name"], short))
        if kind in ("outage", "divert") and row["until_at"] is not None:
            pattern = translate("Impact", "{0} back up") if kind == "outage" else translate("Impact", "{0} divert over")
            words = pattern.format(subject)
            found.append((f"{name}/until", row["until_at"], words, row["created_by_name"], words))
    return found
