"""Beside an alert: in whose hands it is, the report that keeps who told it, and what is suggested for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from triage_app.domain import triage_rules
from triage_app.domain.triage_rules import Proposal, Rules
from triage_app.services import suggesting
from triage_app.store import personal
from triage_app.ui.text import text_label
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Facts, Suggestion, column, link, quiet, row


@dataclass(frozen=True)
class People:
    """Who has to do with an alert."""

    holder: str
    "Name of the responder in whose hands it is, empty for nobody."
    report: Mapping[str, Any] | None
    "The newest report that became this alert, a row of ``lookup``."


class AlertAside(QWidget):
    """It shows, and asks; it sets nothing."""

    take_over = Signal()
    """What is suggested is to be taken into the form that classifies."""
    who_wanted = Signal(str)
    """Who told it is to be shown: the id of the report. That is noted."""
    report_wanted = Signal(str)
    came = Signal()
    """It has come into view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rules: Rules = suggesting.shipped()
        self.proposal = Proposal()
        self._alert = self._report = ""
        self.facts = Facts(96)
        self.who = quiet(self.tr("Show who told it"), icon="eye")
        self.who.clicked.connect(lambda: self.who_wanted.emit(self._report))
        self.open_report = link(self.tr("Open the report"))
        self.open_report.clicked.connect(lambda: self.report_wanted.emit(self._report))
        self._told = QWidget()
        buttons = row(self._told, gap=8)
        buttons.addWidget(self.who)
        buttons.addWidget(self.open_report)
        buttons.addStretch(1)
        self.card = Suggestion()
        self.act = link("", key="Y")
        self.act.clicked.connect(self.take_over)
        self.card.body.addWidget(self.act, 0, Qt.AlignmentFlag.AlignLeft)
        self._nothing_set = text_label(self.tr("It sets nothing by itself."), "cap", "text2", wrap=True)
        self.card.body.insertWidget(2, self._nothing_set)
        lines = column(self, gap=8)
        for part in (self.facts, self._told, self.card):
            lines.addWidget(part)
        self._show_nobody()

    def show_alert(self, alert: Mapping[str, Any]) -> None:
        """Show what is suggested for another alert of ``alerts.rows``."""
        if alert["key"] != self._alert:
            self._alert = str(alert["key"])
            self._show_nobody()
        self.proposal = triage_rules.propose(self.rules, [alert])
        words = suggesting.in_words(self.proposal, alert["severity"])
        self.card.setVisible(bool(words))
        why = " ".join(harmless(part) for part in suggesting.reasons(self.proposal, [alert]))
        self.card.say(words, why)
        self.act.setText(self.tr("Classify with it") if alert["incidents"] else self.tr("Promote, classify with it"))
        self.act.setToolTip(self.tr("Fills the form, which you then keep or change"))

    def show_people(self, key: str, people: People, who: Mapping[str, str] | None = None) -> None:
        """Show who has to do with the alert, if it is still shown; ``who`` told it, where that was asked for."""
        if key != self._alert:
            return
        rows = [(self.tr("In hand of"), harmless(people.holder))] if people.holder else []
        report = people.report
        self._report = "" if report is None else str(report["id"])
        if report is not None:
            none = self.tr("not recorded")
            told = {name: (who or {}).get(name) or personal.masked(report[name]) for name in ("reporter", "contact")}
            rows += [
                (self.tr("Told by"), harmless(told["reporter"]) or none),
                (self.tr("Ring back on"), harmless(told["contact"]) or none),
                (self.tr("They said"), harmless(report["text"])),
            ]
            self.who.setVisible(personal.MASKED in told.values())
        self.facts.set_rows(rows)
        self.facts.setVisible(bool(rows))
        self._told.setVisible(report is not None)

    def _show_nobody(self) -> None:
        self._report = ""
        self.facts.set_rows([])
        self.facts.hide()
        self._told.hide()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew: what was shown before it was hidden is gone."""
        super().showEvent(event)
        self.came.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Close what was unmasked."""
        super().hideEvent(event)
        self._show_nobody()
