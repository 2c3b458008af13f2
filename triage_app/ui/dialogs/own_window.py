"""Choosing a reporting window by its first and its last day."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from triage_app.domain.windows import Window
from triage_app.errors import TriageError
from triage_app.services import reporting_windows
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.widgets import FormRow, TextField


class OwnWindowDialog(FormDialog):
    """Two days, both part of the window. Nothing is written."""

    chosen = Signal(object)
    """The ``Window``."""

    def __init__(self, desk: Desk, window: Window, parent: QWidget) -> None:
        """``window`` is the one that is shown now."""
        text = desk.tr("Windows run from midnight to midnight in London.")
        super().__init__(desk, desk.tr("Other days"), desk.tr("Show figures"), parent, text=text, width=420)
        self.first, self.last = TextField(name=self.tr("First day")), TextField(name=self.tr("Last day"))
        self.first.setText(window.start.isoformat())
        self.last.setText((window.end - timedelta(days=1)).isoformat())
        self.form.body.addWidget(FormRow(self.tr("First day"), self.first, self.tr("As 2019-09-01.")))
        self.form.body.addWidget(FormRow(self.tr("Last day"), self.last, self.tr("It is counted too.")))
        self.form.body.addStretch(1)
        self.first.selectAll()
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Read the two days; say in place what is wrong with them."""
        try:
            window = reporting_windows.read(
                self.desk.store, self.desk.now(), "", self.first.text() or "-", self.last.text() or "-"
            )
        except TriageError as trouble:
            self.say(trouble.what, trouble.do)
            return
        self.accept()
        self.chosen.emit(window)
