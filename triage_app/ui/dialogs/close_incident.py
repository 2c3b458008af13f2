"""Closing an incident: how it ended, and what is still empty."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.services import incidents
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.widgets import Banner, FormRow, TextArea


class CloseIncidentDialog(FormDialog):
    """Close an incident with a reason. What is still empty is named, and stops nobody."""

    def __init__(self, desk: Desk, incident: str, ref: str, still_empty: Sequence[str], open_actions: int,
                 parent: QWidget) -> None:  # fmt: skip
        """``still_empty`` names the fields that nobody has filled; ``open_actions`` counts support not yet given."""
        super().__init__(desk, desk.tr("Close {0}").format(ref), desk.tr("Close incident"), parent)
        self._incident = incident
        lacking = []
        if still_empty:
            lacking.append(self.tr("Still empty: {0}.").format(", ".join(still_empty)))
        if open_actions:
            lacking.append(
                self.tr("1 support action is still open.")
                if open_actions == 1
                else self.tr("{0} support actions are still open.").format(open_actions)
            )
        self.lacking = Banner(
            " ".join(lacking), self.tr("You can close it all the same, and fill it in later."), "amber"
        )
        self.lacking.setVisible(bool(lacking))
        self.form.body.addWidget(self.lacking)
        self.words = TextArea(self.tr("How it ended"), name=self.tr("Because"), lines=3)
        self.row = FormRow(
            self.tr("Because"), self.words, self.tr("Kept in the journal with your name. Undo opens it again.")
        )
        self.form.body.addWidget(self.row)
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Close it."""
        because = self.words.toPlainText().strip()
        if not because:
            self.row.set_problem(self.tr("Closing needs a reason: say in a few words how it ended."))
            return
        incident = self._incident
        self.run(lambda session: incidents.close(session, incident, because))
