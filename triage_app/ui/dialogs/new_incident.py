"""Opening an incident that did not start from an alert."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from triage_app.services import incidents
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.widgets import FormRow, TextField


class NewIncidentDialog(FormDialog):
    """Open an incident that did not start from an alert: a title is enough."""

    made = Signal(str)
    """The id of the incident that was opened."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(desk, desk.tr("New incident"), desk.tr("Open incident"), parent)
        self.title = TextField(self.tr("What has happened, in a few words"), name=self.tr("Title"))
        self.row = FormRow(self.tr("Title"), self.title, self.tr("Everything else can be filled in later."))
        self.form.body.addWidget(self.row)
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Open it."""
        title = self.title.text().strip()
        if not title:
            self.row.set_problem(self.tr("An incident needs a title."))
            return
        self.run(lambda session: incidents.open_incident(session, title), lambda changes: self.made.emit(changes.id))
