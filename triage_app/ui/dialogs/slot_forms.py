"""Forms about unlocking: another responder, another passphrase, another data key, a copy for an auditor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.services import auditing, rekeying, slots
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.first_run import strength
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import set_role, text_label
from triage_app.ui.widgets import CheckBox, FormRow, ProgressLine, TextField, row, secondary
from triage_app.ui.widgets.secret_field import SecretField


class _PassphraseForm(FormDialog):
    """A form that asks for a new passphrase twice, and says how strong it looks."""

    holds_up = True

    def __init__(
        self, desk: Desk, heading: str, save: str, parent: QWidget, *, text: str, replaces: bool = False
    ) -> None:
        """``replaces`` says that there is an old passphrase, which the words must tell from the new."""
        super().__init__(desk, heading, save, parent, text=text)
        first = self.tr("New passphrase") if replaces else self.tr("Passphrase")
        second = self.tr("New passphrase again") if replaces else self.tr("Passphrase again")
        self.first, self.second = SecretField(first), SecretField(second)
        self.hidden = [self.first, self.second]
        self._meter, self._word = ProgressLine(160), text_label("", "small", "text2")
        self.first.textChanged.connect(self._measure)
        self._measure("")

    def _add_passphrase(self) -> None:
        lines = self.form.body
        lines.addWidget(FormRow(self.first.accessibleName(), self.first))
        meter = row(gap=10)
        meter.addWidget(self._meter)
        meter.addWidget(self._word, 1)
        lines.addLayout(meter)
        lines.addWidget(FormRow(self.second.accessibleName(), self.second))
        show = CheckBox(self.tr("Show what I type"))
        for field in self.hidden:
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
            desk, desk.tr("Change my passphrase"), desk.tr("Change it"), parent, text=text.format(desk.responder_name),
            replaces=True,
        )  # fmt: skip
        self.old = SecretField(self.tr("The passphrase that you unlock with now"))
        self.hidden.insert(0, self.old)
        self.form.body.addWidget(FormRow(self.old.accessibleName(), self.old))
        self._add_passphrase()
        self.old.setFocus()

    def submit(self) -> None:
        """Replace the slot of whoever is at work, who must know the old passphrase: a passer-by does not."""
        if self._agree():
            old, passphrase = self.old.text(), self.first.text()
            self.run(lambda session: slots.change_passphrase(session, passphrase, old=old))


class AuditorCopy(_PassphraseForm):
    """Where the copy goes, its passphrase, and whether people's names can be read in it."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        text = desk.tr(
            "A new folder with a copy that is only read, under a key and a passphrase of its own. Nothing signed can "
            "come from it. That it is made goes into the journal."
        )
        super().__init__(desk, desk.tr("Copy for an auditor"), desk.tr("Make the copy"), parent, text=text)
        self.folder = TextField(self.tr("A folder that is not there yet"), name=self.tr("Folder"))
        choose = secondary(self.tr("Choose…"))
        choose.clicked.connect(self._choose)
        line = row(gap=8)
        line.addWidget(FormRow(self.tr("Folder"), self.folder, self.tr("An encrypted stick, for example")), 1)
        line.addWidget(choose, 0, Qt.AlignmentFlag.AlignVCenter)
        self.form.body.addLayout(line)
        self.people = CheckBox(self.tr("With the names and contacts of people"))
        self.form.body.addWidget(self.people)
        self._add_passphrase()
        self.folder.setFocus()

    def _choose(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("New folder for the copy"), "triage-auditor")
        if name:
            self.folder.setText(name)

    def submit(self) -> None:
        """Make the copy."""
        if not self.folder.text().strip():
            self.say(self.tr("No folder is named."), self.tr("Name the one that the copy shall be in."))
            return
        if not self._agree():
            return
        folder, passphrase, people = Path(self.folder.text().strip()), self.first.text(), self.people.isChecked()
        self.save.setEnabled(False)

        def made(found: auditing.Copied) -> None:
            self.desk.done(found.changes)
            self.accept()

        def refused(trouble: TriageError) -> None:
            self.save.setEnabled(True)
            self.say(trouble.what, trouble.do)

        self.desk.long(
            self.tr("Making a copy for an auditor"),
            lambda session, _: auditing.auditor_copy(session, folder, passphrase, with_people=people),
            while_alive(self, made), while_alive(self, refused),
        )  # fmt: skip


class ReKey(FormDialog):
    """What giving the data another key comes to, and one's own passphrase."""

    holds_up = True

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
