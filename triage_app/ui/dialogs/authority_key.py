"""The key of an authority: making it, taking it to another laptop sealed to a passphrase, taking it in there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from triage_app.domain import certificates
from triage_app.errors import BadInput, TriageError
from triage_app.language import say
from triage_app.services import certifying
from triage_app.services.changes import Changes
from triage_app.services.key_cards import KeyCard
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.dialogs.key_card import role_words
from triage_app.ui.dialogs.trust_device import LIMIT
from triage_app.ui.text import text_label
from triage_app.ui.widgets import Banner, Choice, FormRow, TextField, row, secondary


class MakeKeyDialog(FormDialog):
    """Make the key that signs for this organisation."""

    holds_up = True

    made = Signal(str)
    """The name of the authority."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        text = desk.tr(
            "The key certifies the laptops of your organisation and revokes them when they are lost. It stays in the "
            "encrypted store of this laptop, and in its backups: whoever may unlock this laptop may sign with it."
        )
        super().__init__(desk, desk.tr("Make our key"), desk.tr("Make the key"), parent, text=text, width=540)
        self.name = TextField(name=self.tr("What it is called"))
        self.name.setText(desk.organisation_name or desk.organisation)
        self.role = Choice([(role, role_words(role)) for role in certificates.ROLES], name=self.tr("What it signs as"))
        self.role.currentIndexChanged.connect(lambda _: self._say())
        self._confirms = Banner()
        self._means = text_label("", "small", "text2", wrap=True)
        for part in (
            FormRow(self.tr("What it is called"), self.name, self.tr("Others read this name before they believe it")),
            FormRow(self.tr("What it signs as"), self.role),
            self._means, self._confirms,
        ):  # fmt: skip
            self.form.body.addWidget(part)
        self.form.body.addStretch(1)
        self._say()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.name.selectAll()

    def _say(self) -> None:
        role = self.role.key()
        body = self.desk.organisation_name or self.desk.organisation
        self._means.setText(
            self.tr("It vouches for laptops of {0} only.").format(body)
            if role == certificates.ORGANISATION
            else self.tr("It vouches for laptops of {0}, and for those of other organisations as their peers.").format(
                body
            )
        )
        self._confirms.setVisible(role in certificates.CONFIRMING)
        if role in certificates.CONFIRMING:
            self._confirms.say(
                self.tr("The laptops of {0} that it certifies may confirm the category of an incident.").format(body),
                self.tr("Only where others believe it, who compare its words and read this role. Choose it only if {0} "
                        "is that body.").format(body),
            )  # fmt: skip
        if self.isVisible():
            self._fit()

    def submit(self) -> None:
        """Make it."""
        name, role = self.name.text().strip(), self.role.key()
        self.run(
            lambda session: certifying.create_key(session, name, role)[0],
            while_alive(self, lambda _: self.made.emit(name)),
        )


def _secret(name: str) -> TextField:
    made = TextField("", icon="lock", name=name)
    made.setEchoMode(QLineEdit.EchoMode.Password)
    made.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
    return made


class _SlowForm(FormDialog):
    """A form whose work takes seconds: what age asks of a passphrase is slow on purpose."""

    holds_up = True

    def _refused(self, error: TriageError) -> None:
        self.say(error.what, error.do)
        self.save.setEnabled(True)


class ExportKeyDialog(_SlowForm):
    """Write the key, sealed to a passphrase, for another laptop of the organisation."""

    written = Signal(str)
    """The name of the file."""

    def __init__(self, desk: Desk, card: KeyCard, parent: QWidget) -> None:
        text = desk.tr(
            "For another laptop of {0}, so that the key is not lost with this one. Send the passphrase another way "
            "than the file, and delete the file once it is taken in."
        ).format(card.organisation_name or card.organisation)
        super().__init__(desk, desk.tr("Export the key"), desk.tr("Export"), parent, text=text, width=540)
        self._authority = card.id
        self.path = TextField(name=self.tr("File"))
        self.path.setText(str(Path.home() / f"{card.organisation}-{card.tag}.key"))
        browse = secondary(self.tr("Browse"))
        browse.clicked.connect(lambda: self._browse())
        line = row(gap=8)
        line.addWidget(FormRow(self.tr("File"), self.path), 1)
        line.addWidget(browse, 0, Qt.AlignmentFlag.AlignVCenter)
        self.passphrase = _secret(self.tr("Passphrase of the key"))
        self.again = _secret(self.tr("The same again"))
        self.form.body.addLayout(line)
        self.form.body.addWidget(
            FormRow(self.tr("Passphrase of the key"), self.passphrase, self.tr("Several words, used for nothing else"))
        )
        self.form.body.addWidget(FormRow(self.tr("The same again"), self.again))
        self.form.body.addStretch(1)
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def _browse(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Export the key"), self.path.text())
        if chosen:
            self.path.setText(chosen)

    def submit(self) -> None:
        """Seal it and write it."""
        path, passphrase = Path(self.path.text().strip()).expanduser(), self.passphrase.text()
        if not self.path.text().strip():
            self.say(self.tr("No file is named."), self.tr("Say where the key is to be written."))
            return
        if passphrase != self.again.text():
            self.say(self.tr("The two passphrases differ."), self.tr("Type it again, the same twice."))
            return
        authority = self._authority
        self.save.setEnabled(False)
        self.desk.long(
            self.tr("Sealing the key"),
            lambda session, _: certifying.export_key(session, authority, path, passphrase),
            while_alive(self, self._done),
            while_alive(self, self._refused),
        )

    def _done(self, path: Path) -> None:
        self.accept()
        self.written.emit(path.name)


class ImportKeyDialog(_SlowForm):
    """Take the key in from another laptop of the organisation."""

    taken = Signal(str)
    """The name of the authority."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        text = desk.tr(
            "The file that another laptop of your organisation wrote, and its passphrase, which came another way. "
            "This laptop can certify and revoke from then on, and believes the authority."
        )
        super().__init__(desk, desk.tr("Import a key"), desk.tr("Import"), parent, text=text, width=540)
        self.path = TextField(name=self.tr("File"))
        browse = secondary(self.tr("Browse"))
        browse.clicked.connect(lambda: self._browse())
        line = row(gap=8)
        line.addWidget(FormRow(self.tr("File"), self.path), 1)
        line.addWidget(browse, 0, Qt.AlignmentFlag.AlignVCenter)
        self.passphrase = _secret(self.tr("Passphrase of the key"))
        self.form.body.addLayout(line)
        self.form.body.addWidget(FormRow(self.tr("Passphrase of the key"), self.passphrase))
        self.form.body.addStretch(1)
        self.path.setFocus(Qt.FocusReason.OtherFocusReason)

    def _browse(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Key of an authority"))
        if chosen:
            self.path.setText(chosen)

    def submit(self) -> None:
        """Unseal it and keep it."""
        path, passphrase = Path(self.path.text().strip()).expanduser(), self.passphrase.text()
        self.save.setEnabled(False)
        desk, shown = self.desk, while_alive(self, self._done)

        def work(session: Session, _: Progress) -> tuple[Changes, str]:
            try:
                with path.open("rb") as file:
                    data = file.read(LIMIT)
            except OSError as error:
                raise BadInput(
                    say("{0} could not be read.", path.name or "The file"), "Choose the file again."
                ) from error
            changes, public = certifying.import_key(session, data, passphrase)
            return changes, public.name

        def done(found: tuple[Changes, str]) -> None:
            desk.changed(found[0])
            shown(found)

        desk.long(self.tr("Unsealing the key"), work, done, while_alive(self, self._refused))

    def _done(self, found: tuple[Changes, str]) -> None:
        self.accept()
        self.taken.emit(found[1])
