"""One line in an incident's log: what happened, when, and where it is a decision, what an inquiry asks of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.services import incident_log
from triage_app.services.incident_log import Decision, Line
from triage_app.services.times import typed_day
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, TimeRow
from triage_app.ui.text import text_label
from triage_app.ui.widgets import CheckBox, Choice, FormRow, TextArea, TextField, column

LONGEST_NAME = 60
"""Characters of an incident's title in the choice: its reference comes first and says which it is."""


class LogLineDialog(FormDialog):
    """Words, when it happened apart from when it is written, and the facts of a decision where it is one."""

    def __init__(self, desk: Desk, incidents: Sequence[tuple[str, str, str]], parent: QWidget) -> None:
        """``incidents`` are (id, reference, title) of those it may be about, the likeliest first; at least one."""
        one = incidents[0]
        title = (
            desk.tr("Add a line to the log of {0}").format(one[1]) if len(incidents) == 1 else desk.tr("Add a log line")
        )
        super().__init__(desk, title, desk.tr("Add line"), parent, width=560)
        names = [(entity, f"{ref}  {name[:LONGEST_NAME]}") for entity, ref, name in incidents]
        self.incident = Choice(names, name=self.tr("Incident"), parent=self).narrow()
        self.incident.hide()
        if len(incidents) > 1:
            self.form.body.addWidget(FormRow(self.tr("Incident"), self.incident))
            self.incident.show()
        self.words = TextArea(self.tr("What happened, who said what"), name=self.tr("Line"), lines=4)
        self.row = FormRow(
            self.tr("Line"), self.words, self.tr("Numbered, signed by you, and kept: it can be put right, not erased.")
        )
        self.happened = TimeRow(
            self.tr("Happened at"),
            desk.now,
            hint=self.tr("Now, unless you say otherwise: 02:55, -10m, {0} 02:55").format(typed_day(desk.now())),
        )
        self.is_decision = CheckBox(self.tr("This is a decision"))
        self.is_decision.toggled.connect(self._decides)
        for part in (self.row, self.happened, self.is_decision):
            self.form.body.addWidget(part)
        self.decision = DecisionRows()
        self.decision.hide()
        self.form.body.addWidget(self.decision)
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def _decides(self, on: bool) -> None:
        self.decision.setVisible(on)
        self._fit()
        if on:
            self.decision.by.setFocus(Qt.FocusReason.OtherFocusReason)
            self.form.ensureWidgetVisible(self.decision)

    def submit(self) -> None:
        """Write the line."""
        text, incident = self.words.toPlainText().strip(), self.incident.key()
        self.row.set_problem("" if text else self.tr("A line needs words."))
        decision = self.decision.decision() if self.is_decision.isChecked() else None
        self.decision.by_row.set_problem(
            self.tr("A decision needs the name of who decided.")
            if decision is not None and not decision.decided_by
            else ""
        )
        if not text or not self.happened.is_readable() or (decision is not None and not decision.decided_by):
            return
        happened = self.happened.text()
        self.run(lambda session: incident_log.add_line(session, incident, text, happened=happened, decision=decision))


class DecisionRows(QWidget):
    """What an inquiry asks of a decision."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=12)
        self.by, self.role = TextField(), TextField()
        self.known = TextArea(lines=2)
        self.options = TextArea(lines=2)
        self.reason = TextArea(lines=2)
        self.by_row = FormRow(self.tr("Decided by"), self.by, self.tr("Who decided, which may be another than you"))
        lines.addWidget(self.by_row)
        lines.addWidget(FormRow(self.tr("In the role of"), self.role, self.tr("For example SIRO, clinical lead")))
        lines.addWidget(FormRow(self.tr("What was known"), self.known))
        lines.addWidget(FormRow(self.tr("Options"), self.options, self.tr("One a line, the chosen one among them")))
        lines.addWidget(FormRow(self.tr("Reason"), self.reason))

    def decision(self) -> Decision:
        """Return what was typed."""
        options = [line.strip() for line in self.options.toPlainText().splitlines()]
        return Decision(
            self.by.text().strip(),
            self.role.text().strip(),
            self.known.toPlainText().strip(),
            tuple(option for option in options if option),
            self.reason.toPlainText().strip(),
        )


class CorrectLineDialog(FormDialog):
    """Other words for a line, with why; what it said before is shown and kept."""

    def __init__(self, desk: Desk, line: Line, earlier: Sequence[str], parent: QWidget) -> None:
        """``earlier`` is what it said before it was put right the last times, oldest first."""
        super().__init__(
            desk, desk.tr("Put {0} right").format(line.ref or desk.tr("a note")), desk.tr("Keep"), parent, width=560
        )
        self._line = line
        self.words = TextArea(name=self.tr("Line"), lines=5)
        self.words.setPlainText(line.text)
        self.row = FormRow(self.tr("Line"), self.words, self.tr("What it says now stays in its history."))
        self.because = TextField()
        self.form.body.addWidget(self.row)
        self.form.body.addWidget(FormRow(self.tr("Because"), self.because))
        for said in earlier[-5:]:
            self.form.body.addWidget(text_label(self.tr("Before: {0}").format(said), "small", "text2", wrap=True))
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Keep the other words."""
        text, because = self.words.toPlainText().strip(), self.because.text().strip()
        if not text:
            self.row.set_problem(self.tr("A line needs words."))
            return
        entity = self._line.id
        self.run(lambda session: incident_log.correct_line(session, entity, text, because))
