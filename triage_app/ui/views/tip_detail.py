"""One report (tip) at the right of the list: what was said, and the facts of it. Who said it shows when asked for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from triage_app.services import tips
from triage_app.services.precise_times import value_in_words
from triage_app.services.times import in_words
from triage_app.store import personal, reported
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Button, Facts, Panel, ScrollPage, column, link, primary, quiet, secondary
from triage_app.ui.widgets import row as line_of


class TipDetail(Panel):
    """What was said, by whom, how, when, and what became of it."""

    back = Signal()
    who_wanted = Signal(str)
    """Who reported is to be shown; that is noted."""
    incident_wanted = Signal(str)
    alert_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "l", parent)
        self.setMinimumWidth(280)
        self.setAccessibleName(self.tr("Report"))
        self._tip = self._incident = self._alert = ""
        self._back = link(self.tr("Back to the list"), key="Esc")
        self._back.clicked.connect(self.back)
        self._back.hide()
        self.page = ScrollPage((Size.PAGE - 2, 14, Size.PAGE - 2, 14), 10)
        self._nothing = text_label(self.tr("No report is chosen."), "small", "text2", wrap=True)
        self.words = text_label("", "body", wrap=True, selectable=True)
        self.facts = Facts(104)
        self.who = quiet(self.tr("Show who reported"), icon="eye")
        self.who.clicked.connect(lambda: self.who_wanted.emit(self._tip))
        self.to_incident = link(self.tr("Open its incident"))
        self.to_incident.clicked.connect(lambda: self.incident_wanted.emit(self._incident))
        self.to_alert = link(self.tr("Open its alert"))
        self.to_alert.clicked.connect(lambda: self.alert_wanted.emit(self._alert))
        self._content = QWidget()
        lines = column(self._content, gap=12)
        lines.addWidget(self.words)
        lines.addWidget(self.facts)
        for button in (self.who, self.to_incident, self.to_alert):
            lines.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.promote = primary(self.tr("Promote"), key="P")
        self.link = secondary(self.tr("Link"), key="M")
        self.make_alert = secondary(self.tr("Into the queue"), key="Q")
        self.close_tip = secondary(self.tr("No action"), key="D")
        self.bar = Panel("surface", "t")
        acts = column(self.bar, (Size.PAGE - 2, 12, Size.PAGE - 2, 12), 8)
        for pair in (self.acts()[:2], self.acts()[2:]):
            line = line_of(gap=8)
            for button in pair:
                line.addWidget(button)
            line.addStretch(1)
            acts.addLayout(line)
        self.page.body.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        self.page.body.addWidget(self._nothing)
        self.page.body.addWidget(self._content)
        self.page.body.addStretch(1)
        whole = column(self, (1, 0, 0, 0), 0)
        whole.addWidget(self.page, 1)
        whole.addWidget(self.bar)
        self._content.hide()
        self.bar.hide()

    def acts(self) -> tuple[Button, Button, Button, Button]:
        """Return the buttons of what can become of a report: an incident, part of one, nothing, or an alert."""
        return self.promote, self.link, self.close_tip, self.make_alert

    def set_over_list(self, over: bool) -> None:
        """Say whether the pane stands over its list, and so needs a way back."""
        self._back.setVisible(over)

    def show_tip(self, row: dict[str, Any] | None, who: dict[str, str] | None = None) -> None:
        """Show a report of ``tips.listing``, or none; ``who`` reported it where that was asked for."""
        self._tip = "" if row is None else str(row["id"])
        self._incident = "" if row is None else str(row["incident"])
        self._alert = "" if row is None else reported.alert_of(row)
        self._nothing.setVisible(row is None)
        self._content.setVisible(row is not None)
        self.bar.setVisible(row is not None)
        if row is None:
            return
        self.words.setText(harmless(row["text"]))
        told = {name: (who or {}).get(name) or personal.masked(row[name]) for name in ("reporter", "contact")}
        none = self.tr("not recorded")
        organisation = row["organisation"].partition(":")[2]
        rows: list[tuple[str, str] | tuple[str, str, str]] = [
            (self.tr("Reference"), row["ref"], "mono"),
            (self.tr("State"), self.state_words(row)),
            (self.tr("Reported by"), harmless(told["reporter"]) or none),
            (self.tr("Reach them at"), told["contact"] or none),
            (self.tr("How it came"), tips.channels().get(row["channel"], row["channel"]) or none),
            (self.tr("Received"), value_in_words(row["received"]) or none),
            (self.tr("About"), f"{organisation} {harmless(row['organisation_name'] or '')}".strip() or none),
            (self.tr("Recorded"), f"{row['created_by_name'] or none}, {in_words(row['created_at'])}"),
        ]
        self.facts.set_rows(rows)
        masked = personal.MASKED in told.values()
        self.who.setVisible(masked)
        self.to_incident.setVisible(bool(row["incident"]))
        self.to_alert.setVisible(bool(self._alert))

    def state_words(self, row: dict[str, Any]) -> str:
        """Return what became of a report, with why."""
        if row["state"] == "linked":
            ref = row["incident_ref"] or self.tr("an incident that is not here")
            return self.tr("Linked to {0}").format(ref)
        if row["state"] == "no action":
            why = harmless(row["because"])
            return self.tr("No action: {0}").format(why) if why else self.tr("No action")
        if row["state"] == "alert":
            return self.tr("Alert: it went into the queue")
        return self.tr("New") if row["state"] == "new" else harmless(row["state"])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leads back to the list."""
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
            return
        super().keyPressEvent(event)
