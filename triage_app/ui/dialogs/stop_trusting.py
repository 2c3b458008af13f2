"""Believing an authority no longer: why, and what that changes, before it is done."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from triage_app.errors import BadInput
from triage_app.language import plural
from triage_app.services import certifying
from triage_app.services.changes import Changes
from triage_app.services.key_cards import KeyCard
from triage_app.services.session import Session
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.dialogs.key_card import role_words
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Banner, Facts, FormRow, TextField


class StopTrustingDialog(FormDialog):
    """One authority. Nothing is written without a reason."""

    holds_up = True

    stopped = Signal(str)
    """The name of the authority."""

    def __init__(self, desk: Desk, card: KeyCard, certified: int, parent: QWidget) -> None:
        """``certified`` is how many laptops it vouches for."""
        title = desk.tr("Stop trusting {0}").format(card.name)
        super().__init__(desk, title, desk.tr("Stop trusting"), parent, width=560)
        self._card = card
        vouched = plural(certified, "1 laptop", "{0} laptops").format(certified)
        facts = Facts(110)
        facts.set_rows(
            [
                (self.tr("Authority"), harmless(card.name)),
                (self.tr("Role"), role_words(card.role)),
                (self.tr("Organisation"), harmless(card.body)),
                (self.tr("It certified"), vouched),
            ]
        )  # fmt: skip
        self.means = Banner()
        self.means.say(
            self.tr("For this laptop alone: others decide for themselves."),
            self.tr("Bundles of laptops that only it vouched for are kept aside from now on. What came of them stays "
                    "and counts; revoke a laptop to leave out what it wrote."),
        )  # fmt: skip
        self.because = TextField(name=self.tr("Why"))
        self._why = FormRow(self.tr("Why"), self.because, self.tr("Its key was lost, or seen by somebody else"))
        for part in (facts, self.means, self._why):
            self.form.body.addWidget(part)
        self.form.body.addStretch(1)
        self.because.textChanged.connect(lambda text: self.save.setEnabled(bool(text.strip())))
        self.save.setEnabled(False)
        self.because.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Write it."""
        reason, key, name = self.because.text(), self._card.id, self._card.name

        def work(session: Session) -> Changes:
            changes, _ = certifying.disbelieve(session, key, reason)
            return changes

        if not reason.strip():
            trouble = BadInput(self.tr("The reason is empty."), self.tr("Type it."))
            self.say(trouble.what, trouble.do)
            return
        self.run(work, lambda _: self.stopped.emit(name))
