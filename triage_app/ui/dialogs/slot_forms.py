"""Forms about one's own slot: letting another responder in, and changing a passphrase."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.services import rekeying, slots
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.first_run import strength
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import set_role, text_label
from triage_app.ui.widgets import CheckBox, FormRow, ProgressLine, TextField, row
from triage_app.ui.widgets.secret_field import SecretField


class _PassphraseForm(FormDialog):
    """A form that asks for a new passphrase twice, and says how strong it looks."""

    def __init__(self, desk: Desk, heading: str, save: str, parent: QWidget, *, text: str) -> None:
        super().__init__(desk, heading, save, parent, text=text)
        self.first, self.second = SecretField(self.tr("Passphrase")), SecretField(self.tr("Passphrase again"))
        self._meter, self._word = ProgressLine(160), text_label("", "small", "text2")
        self.first.textChanged.connect(self._measure)
        self._measure("")

    def _add_passphrase(self) -> None:
        lines = self.form.body
        lines.addWidget(FormRow(self.tr("Passphrase"), self.first))
        meter = row(gap=10)
        meter.addWidget(self._meter)
        meter.addWidget(self._word, 1)
        lines.addLayout(meter)
        lines.addWidget(FormRow(self.tr("Passphrase again"), self.second))
        show = CheckBox(self.tr("Show what I type"))
        for field in (self.first, self.second):
            show.toggled.connect(field.set_shown)
        lines.addWidget(show)
        lines.addStretch(1)

    def _measure(self, typed: str) -> None:
        share, word, role = strength(typed) if typed else (0.0, "", "text2")
        self._meter.set_share(share)
        self._word.setText(word)
        set_role(self._word, role)

    def _agree(self) -> bool:
        if self.first.text() != self.second.text():
            self.say(self.tr("The two passphrases differ."), self.tr("Type both again."))
            return False
        return True


class AddResponder(_PassphraseForm):
    """A name, and a passphrase that the person types themselves."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        text = desk.tr(
            "They type the passphrase themselves. As soon as two people can unlock this laptop, others send it nothing "
            "marked RED."
        )
        super().__init__(desk, desk.tr("Add a responder"), desk.tr("Let them unlock it"), parent, text=text)
        self.name = TextField(self.tr("As the record shall show it"), name=self.tr("Name"))
        self.form.body.addWidget(FormRow(self.tr("Name"), self.name))
        self._add_passphrase()
        self.name.setFocus()

    def submit(self) -> None:
        """Make their slot."""
        if self._agree():
            name, passphrase = self.name.text(), self.first.text()
            self.run(lambda session: slots.add_responder(session, name, passphrase))


class ChangePassphrase(_PassphraseForm):
    """Another passphrase for whoever is at work."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        text = desk.tr("For {0}. The old one opens nothing any more; old backups still open with it.")
        super().__init__(
            desk, desk.tr("Change my passphrase"), desk.tr("Change it"), parent, text=text.format(desk.responder_name)
        )
        self._add_passphrase()
        self.first.setFocus()

    def submit(self) -> None:
        """Replace the slot of whoever is at work."""
        if self._agree():
            passphrase = self.first.text()
            self.run(lambda session: slots.change_passphrase(session, passphrase))


class ReKey(FormDialog):
    """What giving the data another key comes to, and one's own passphrase."""

    agreed = Signal(str)
    """The passphrase."""

    def __init__(self, desk: Desk, others: Sequence[str], parent: QWidget) -> None:
        """``others`` are those who can no longer unlock the laptop afterwards."""
        super().__init__(desk, desk.tr("Give the data another key"), desk.tr("Give it another key"), parent, width=560)
        lines = self.form.body
        for words in (
            self.tr("All of the data is written anew under another key, which shuts out whoever copied the old one."),
            self.tr("Afterwards only {0} and a new recovery key, shown once, open it.").format(desk.responder_name),
            self.tr("These can then no longer unlock it, and are added anew: {0}.").format(", ".join(others))
            if others
            else self.tr("Nobody else can unlock it now."),
            rekeying.BACKUPS,
            self.tr("The store closes for it and is locked afterwards. No other window or command may have it open."),
        ):
            lines.addWidget(text_label(words, "body", "text2", wrap=True))
        self.passphrase = SecretField(self.tr("Your passphrase"))
        lines.addWidget(FormRow(self.tr("Your passphrase"), self.passphrase))
        lines.addStretch(1)
        self.passphrase.setFocus()

    def submit(self) -> None:
        """Hand the passphrase on."""
        passphrase = self.passphrase.text()

        def right(_: None) -> None:
            self.passphrase.clear()
            self.accept()
            self.agreed.emit(passphrase)

        self.desk.long(
            "", lambda session, _: rekeying.refuse_other_passphrase(session, passphrase), while_alive(self, right),
            while_alive(self, lambda trouble: self.say(trouble.what, trouble.do)),
        )  # fmt: skip
