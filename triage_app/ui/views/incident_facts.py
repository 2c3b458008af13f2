"""The facts of an incident, at the right of its page, or as a tab where that is narrow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from triage_app.domain.indicators import defang
from triage_app.domain.severity import band
from triage_app.language import say
from triage_app.services import classification, precise_times
from triage_app.services.changes import milliseconds
from triage_app.services.vocabularies import rsit_types
from triage_app.ui.text import text_label
from triage_app.ui.views.handoff_card import held_words
from triage_app.ui.views.incident_reading import IncidentRead
from triage_app.ui.views.moments import short
from triage_app.ui.widgets import Button, Facts, Line, Panel, ScrollPage, column, link, row


class FactsPanel(Panel):
    """Class, times, campaign, and as of when all this is said."""

    classify_requested = Signal()
    times_requested = Signal()
    handoff_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "l", parent)
        self.page = page = ScrollPage((20, 14, 16, 14), 8)
        whole = column(self, (1, 0, 0, 0), 0)
        whole.addWidget(page)
        self.edit_class = link(self.tr("Classify"))
        self.edit_class.clicked.connect(self.classify_requested)
        self.edit_times = link(self.tr("Edit"))
        self.edit_times.setAccessibleName(self.tr("Edit times"))
        self.edit_times.clicked.connect(self.times_requested)
        self.land_on(self.edit_class)
        self.facts = Facts(88)
        self.times = Facts(88)
        self.about = Facts(88)
        page.body.addLayout(self._head(self.tr("Facts"), self.edit_class))
        page.body.addWidget(self.facts)
        page.body.addSpacing(4)
        page.body.addWidget(Line())
        page.body.addLayout(self._head(self.tr("Times"), self.edit_times))
        page.body.addWidget(self.times)
        page.body.addSpacing(4)
        page.body.addWidget(Line())
        self.hand_over = link(self.tr("Hand over"))
        self.hand_over.clicked.connect(self.handoff_requested)
        page.body.addLayout(self._head(self.tr("Record"), self.hand_over))
        page.body.addWidget(self.about)
        page.body.addStretch(1)

    @staticmethod
    def _head(title: str, button: Button | None) -> QHBoxLayout:
        line = row(gap=8)
        line.addWidget(text_label(title, "h3"))
        line.addStretch(1)
        if button is not None:
            line.addWidget(button)
        return line

    def show_incident(self, read: IncidentRead, now: datetime) -> None:
        """Show an incident's facts; what nobody recorded says so."""
        one = read.row
        none = self.tr("Not recorded")
        codes = str(one["rsit"]).split()
        types = rsit_types()
        classes = "\n".join(types.get(code, code) for code in codes)
        self.facts.set_rows(
            [
                (self.tr("Class"), classes or self.tr("Not classified")),
                (self.tr("Campaign"), one["campaign"] or self.tr("None")),
                (self.tr("TLP"), one["tlp"] or self.tr("Not labelled, counts as AMBER+STRICT")),
                (self.tr("Severity"), self.tr("Not known") if one["severity"] is None else self.tr("{0} ({1})").format(
                    say(band(one["severity"])), one["severity"])),
                *self._detail(one),
            ]
        )  # fmt: skip
        times = one["times"]
        names = {
            "occurred": self.tr("Occurred"), "detected": self.tr("Detected"), "aware": self.tr("Aware"),
            "reported": self.tr("Reported"), "contained": self.tr("Contained"), "recovered": self.tr("Recovered"),
        }  # fmt: skip
        shown = []
        for name, word in names.items():
            shown.append((word, precise_times.value_in_words(times.get(name), now) or none))
        doubts = precise_times.impossible_orders(times, now)
        self.times.set_rows([*shown, (self.tr("In doubt"), " ".join(doubts))] if doubts else shown)
        closed = one["closed_because"] if one["status"] == "closed" else ""
        rows: list[tuple[str, str] | tuple[str, str, str]] = [
            (self.tr("Reference"), one["ref"], "mono"),
            (self.tr("Held by"), held_words(read.held, now, self.tr)),
            (self.tr("Opened"), self.tr("{0} by {1}").format(short(one["created_at"], now),
                                                             one["created_by_name"] or self.tr("not known here"))),
            (self.tr("Changed"), short(one["changed_at"], now)),
            (self.tr("Data as of"), short(milliseconds(now), now)),
        ]  # fmt: skip
        if closed:
            rows.insert(3, (self.tr("Closed"), closed))
        self.about.set_rows(rows)

    def _detail(self, one: dict[str, Any]) -> list[tuple[str, str]]:
        """Return what else the incident was classified as; what was not asked is not listed."""
        facts = {**one["facts"], "determination": one["determination"]}
        names = {
            "determination": self.tr("Determined"), "pap": self.tr("PAP"), "techniques": self.tr("ATT&CK"),
            "ransomware": self.tr("Ransomware"), "phishing": self.tr("Phishing"), "nis": self.tr("NIS"),
            "data_types": self.tr("Data"),
        }  # fmt: skip
        found = []
        for name, word in names.items():
            value = facts.get(name)
            if value in (None, "", [], {}):
                continue
            if name in classification.DETAILS:
                lines = [defang(f"{asked}: {said}" if asked else said) for asked, said in
                         classification.detail_in_words(name, value)]  # fmt: skip
            elif name == "techniques" and isinstance(value, list):
                lines = [classification.technique_in_words(code) for code in value]
            else:
                lines = [classification.value_in_words(name, value) or str(value)]
            found.append((word, "\n".join(lines)))
        return found
