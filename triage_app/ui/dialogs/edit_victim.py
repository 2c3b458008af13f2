"""Changing one field of a victim: each of them is a decision of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.language import say
from triage_app.services import victims
from triage_app.services.vocabularies import vocabulary
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.widgets import Choice, FormRow, TextField

_WORDS = {"status": "statuses", "wish": "wishes"}


class EditVictimDialog(FormDialog):
    """Set one field: status, lawful basis, sharing, their wish or contact."""

    def __init__(self, desk: Desk, victim: str, ref: str, field: str, was: str, parent: QWidget) -> None:
        """``was`` is what stands now."""
        names = {
            "status": desk.tr("Status"), "basis": desk.tr("Lawful basis"), "sharing": desk.tr("Sharing"),
            "wish": desk.tr("Their wish"), "contact": desk.tr("Contact"),
        }  # fmt: skip
        hints = {
            "status": "",
            "basis": desk.tr("On what ground we hold what we hold about them."),
            "sharing": desk.tr("With whom it is shared, on what ground, and who decided."),
            "wish": desk.tr("What they said when they were asked. Until somebody asks, it is “not asked”."),
            "contact": desk.tr("Sealed, and shown only when somebody asks to see it."),
        }
        super().__init__(desk, f"{names[field]}, {ref}", desk.tr("Keep"), parent)
        self._victim, self._field, self._was = victim, field, was
        self.entry: QWidget
        if field in _WORDS:
            options = [(word, say(word.capitalize())) for word in vocabulary("victims")[_WORDS[field]]]
            self.entry = Choice(options, name=names[field])
            self.entry.set_key(was)
        else:
            self.entry = TextField(name=names[field])
            self.entry.setText(was)
        self.form.body.addWidget(FormRow(names[field], self.entry, hints[field]))
        if field == "basis":
            usual = Choice(
                [("", self.tr("Choose a usual one")), *((w, w) for w in vocabulary("victims")["lawful_bases"])],
                name=self.tr("Usual lawful bases"),
            )
            usual.currentIndexChanged.connect(lambda _: self._take(usual.key()))
            self.form.body.addWidget(usual)
        self.form.body.addStretch(1)
        self.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self, words: str) -> None:
        if words and isinstance(self.entry, TextField):
            self.entry.setText(words)

    def value(self) -> str:
        """Return what is chosen or typed."""
        if isinstance(self.entry, Choice):
            return self.entry.key()
        return self.entry.text().strip() if isinstance(self.entry, TextField) else ""

    def submit(self) -> None:
        """Set the field, unless nothing was changed."""
        value = self.value()
        if value == self._was:
            self.reject()
            return
        victim, field = self._victim, self._field
        self.run(lambda session: victims.set_victim(session, victim, field, value))
