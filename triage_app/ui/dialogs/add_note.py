"""A note on an incident or a victim."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.services import incidents
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.widgets import FormRow, TextArea


class AddNoteDialog(FormDialog):
    """Words that are kept, dated now, sealed because they may name a person."""

    def __init__(self, desk: Desk, kind: str, entity: str, ref: str, parent: QWidget) -> None:
        """``kind`` is incident or victim."""
        super().__init__(desk, desk.tr("Log a call about {0}").format(ref), desk.tr("Log it"), parent)
        self._about = (kind, entity)
        self.words = TextArea(self.tr("What happened, who said what"), name=self.tr("Note"), lines=5)
        hint = self.tr("Dated now and signed by you. Notes add up: nobody's note replaces another's.")
        self.row = FormRow(self.tr("Note"), self.words, hint)
        self.form.body.addWidget(self.row)
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Keep the note."""
        text = self.words.toPlainText().strip()
        if not text:
            self.row.set_problem(self.tr("A note needs words."))
            return
        kind, entity = self._about
        self.run(lambda session: incidents.add_note(session, kind, entity, text))
