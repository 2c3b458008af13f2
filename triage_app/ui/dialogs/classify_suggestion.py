"""What an incident's alerts suggest, at the top of the form that classifies: one key fills the form with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from triage_app.domain.triage_rules import Proposal
from triage_app.services import suggesting
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.soon import soon
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Suggestion, announce, secondary

if TYPE_CHECKING:
    from triage_app.ui.dialogs.classify import ClassifyDialog

TAKE_OVER = "F8"
"""The key that takes a suggestion over into a form."""


class ClassifySuggestion(Suggestion):
    """It fills the fields when it is told to, and never keeps them: that is the form's one button."""

    found = Signal()
    """What the alerts suggest is known, be it nothing."""

    def __init__(self, form: ClassifyDialog) -> None:
        super().__init__()
        self._form = form
        self.proposal = Proposal()
        self._why = ""
        self.act = secondary(self.tr("Fill the form with it"), key=TAKE_OVER)
        self.act.setToolTip(self.tr("Nothing is kept until you press Classify"))
        self.act.clicked.connect(self.take_over)
        self.filled = text_label(
            self.tr("The form is filled with it. Nothing is kept until you press Classify."), "cap", "text2", wrap=True
        )
        self.filled.hide()
        self.body.addWidget(self.act, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.filled)
        self._in_view_soon = soon(self, self._keep_in_view)
        QShortcut(QKeySequence(TAKE_OVER), form).activated.connect(self.take_over)
        self.hide()

    def look(self, incident: str, *, take_over: bool) -> None:
        """Look up what is suggested; ``take_over`` is set where the responder asked for the form filled."""

        def work(store: Store) -> tuple[Proposal, list[str]]:
            return suggesting.for_incident(store, incident)

        self._form.desk.query(work, while_alive(self, lambda answer: self._show(answer, take_over)))

    def _show(self, answer: tuple[Proposal, list[str]], take_over: bool) -> None:
        self.proposal, why = answer
        self._why = " ".join(why)
        words = suggesting.in_words(self.proposal, self._form.severity.severity())
        if words:
            self.say(words, harmless(self._why))
            self.show()
            self._in_view_soon.start()
            if take_over:
                self.take_over()
        self.found.emit()

    def _keep_in_view(self) -> None:
        """It came above the field that one is in: that must not leave a low window."""
        field = self._form.focusWidget()
        if field is not None:
            self._form.form.ensureWidgetVisible(field, 0, Size.PAGE)

    def take_over(self) -> None:
        """Put what is suggested into the fields, beside what was chosen there."""
        form: Any = self._form
        found = self.proposal
        if not found.says_anything:
            return
        if found.rsit:
            form.rsit.set_codes([found.rsit, *form.rsit.codes])
            form.rsit.changed.emit()
        if found.severity is not None:
            form.severity.set_severity(found.severity)
        if found.category is not None:
            form.category.choose(found.category)
            if not form.because.toPlainText().strip():
                form.because.setPlainText(self._why)
        self.act.hide()
        self.filled.show()
        announce(self, self.filled.text())
