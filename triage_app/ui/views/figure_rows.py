"""The rows of the figures in words: a number, an incident behind one, a victim behind one."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from triage_app.domain.severity import band
from triage_app.services import figures
from triage_app.services.figures import Number
from triage_app.ui.table import UNKNOWN, StatusCell
from triage_app.ui.views.shown import harmless


def group_words(number: Number) -> str:
    """Return by what a number is broken down."""
    tr = QCoreApplication.translate
    return {
        "campaign": tr("Figures", "Campaign"), "category": tr("Figures", "UK category"),
        "class": tr("Figures", "Class"), "severity": tr("Figures", "Severity"), "status": tr("Figures", "Status"),
        "left-out": tr("Figures", "Left out"),
    }.get(number.name.partition(":")[0], tr("Figures", "All") if number.name in (figures.INCIDENTS, figures.VICTIMS)
          else tr("Figures", "Note"))  # fmt: skip


def number_words(number: Number) -> str:
    """Return what a number counts; those of the lists by the lists' own words."""
    tr = QCoreApplication.translate
    return {
        figures.INCIDENTS: tr("Figures", "Incidents"),
        figures.VICTIMS: tr("Figures", "Victims supported"),
        "campaign:none": tr("Figures", "No campaign"),
        "by-opening": tr("Figures", "Counted by opening: no time of reporting recorded"),
        "across": tr("Figures", "Known to the month or year that an end cuts: counted by its beginning"),
        "no-time": tr("Figures", "Without any time: in no window"),
        "victims-no-time": tr("Figures", "Supported at a time not recorded: not counted"),
    }.get(number.name) or harmless(number.words)


def incident_row(one: dict[str, Any]) -> dict[str, Any]:
    """Return what the list shows of an incident."""
    tr = QCoreApplication.translate
    closed = one["status"] == "closed"
    title = harmless(one["title"])
    if one["same_as"]:
        title = tr("Figures", "{0} (with {1})").format(title, ", ".join(one["same_as"]))
    opened = tr("Figures", "not known; opened {0}").format(one["opened_words"])
    return {
        "id": one["id"],
        "title": title,
        "ref": one["ref"],
        "reported": one["reported_words"] or opened,
        "severity": UNKNOWN if one["severity"] is None else band(one["severity"]),
        "status": StatusCell(
            "successful" if closed else "ongoing", tr("Figures", "Closed") if closed else tr("Figures", "In hand")
        ),
        "muted": closed,
    }


def victim_row(one: dict[str, Any]) -> dict[str, Any]:
    """Return what the list shows of a victim; of a person, that it is one, and no name."""
    tr = QCoreApplication.translate
    who = " ".join(part for part in (one["organisation"], harmless(one["organisation_name"])) if part)
    more = len(one["actions"]) - 1
    action = one["first_action"] + (tr("Figures", " and {0} more").format(more) if more > 0 else "")
    return {
        "id": one["id"],
        "who": who or (tr("Figures", "A person") if one["party"] == "person" else UNKNOWN),
        "ref": one["ref"],
        "first": one["first_success_words"] or UNKNOWN,
        "action": action or UNKNOWN,
        "incident": one["incident_ref"],
    }
