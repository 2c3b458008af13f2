"""A field of an alert put right: laid over what its source said, which stays in view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain import corrections
from triage_app.services import triage
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import text_label
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Choice, FormRow, TextField


def field_name(field: str) -> str:
    """Return what a field that can be corrected is called."""
    tr = QCoreApplication.translate
    return {
        "title": tr("Corrections", "Title"), "severity": tr("Corrections", "Severity"),
        "category": tr("Corrections", "Category"), "host": tr("Corrections", "Host"),
        "user": tr("Corrections", "User"), "organisation": tr("Corrections", "Organisation"),
        "rsit": tr("Corrections", "RSIT class"),
    }[field]  # fmt: skip


class CorrectAlertDialog(FormDialog):
    """Which field, what is right, and why."""

    def __init__(self, desk: Desk, alert: Mapping[str, Any], parent: QWidget) -> None:
        """``alert`` is a row of ``alerts.rows``."""
        tr = desk.tr
        super().__init__(
            desk, tr("Correct a field"), tr("Correct"), parent,
            text=tr("Your word is laid over the source's and stays there when the file comes again."),
        )  # fmt: skip
        self._alert = alert
        self.field = Choice([(name, field_name(name)) for name in corrections.FIELDS], name=tr("Field"))
        self.said = text_label("", "small", "text2", wrap=True)
        self.value = TextField(name=tr("What is right"))
        self.because = TextField(name=tr("Why"))
        self.form.body.addWidget(FormRow(tr("Field"), self.field))
        self.form.body.addWidget(self.said)
        self.row = FormRow(tr("What is right"), self.value, tr("Leave it empty to take an earlier correction back."))
        self.form.body.addWidget(self.row)
        self.form.body.addWidget(FormRow(tr("Why"), self.because))
        self.field.currentIndexChanged.connect(lambda _: self._show_said())
        self._show_said()
        self.value.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_said(self) -> None:
        field = self.field.key()
        corrected = self._alert["corrected"].get(field)
        source = corrected["was"] if corrected else self._alert[field]
        self.said.setText(self.tr("The source says: {0}").format(harmless(str(source)) or "–"))
        self.value.setText(str(self._alert[field]) if corrected else "")

    def submit(self) -> None:
        """Lay the correction over the evidence."""
        field, value, because = self.field.key(), self.value.text(), self.because.text()
        if not value.strip() and field not in self._alert["corrected"]:
            self.row.set_problem(self.tr("A correction says something."))
            return
        key = self._alert["key"]
        self.run(lambda session: triage.correct(session, key, field, value, because))
