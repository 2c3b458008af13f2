"""Forms of an attachment: how it was taken, its legal hold, its end, its way out; and the passphrase."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from triage_app.domain import tlp
from triage_app.language import plural
from triage_app.services import attachments
from triage_app.services.attachments import Attachment, Taking
from triage_app.services.typed import readable
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, MomentRow
from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField, column, primary, secondary


class TakeDialog(FormDialog):
    """How some files were taken. Nothing is read before it is answered."""

    def __init__(self, desk: Desk, ref: str, count: int, take: Callable[[Taking], None], parent: QWidget) -> None:
        """``take`` is given the answer once, when the form has closed."""
        heading = plural(count, "Attach a file to {1}", "Attach {0} files to {1}").format(count, ref)
        text = desk.tr("It is kept sealed and never opened here. Say who took it and when; the rest may stay empty.")
        super().__init__(desk, heading, desk.tr("Attach"), parent, text=text, width=560)
        self._take = take
        self.taken_by = TextField()
        self.role = TextField()
        needed = self.tr("Needed. As it is known: 03:12, about 22:30, 3 May or 2026")
        self.when = MomentRow(self.tr("When it was taken"), desk.now, hint=needed)
        self.taken_row = FormRow(self.tr("Taken by"), self.taken_by, self.tr("Needed: a name. Sealed."))
        self.mine = secondary(self.tr("&Me, now"), key="Alt M")
        self.mine.clicked.connect(self._say_me_now)
        self.place = TextField()
        self.source = TextField()
        self.what = TextArea(name=self.tr("What it is"), lines=2)
        self.label = Choice([("", self.tr("As the incident")), *((word, word) for word in reversed(tlp.LABELS))])
        for label, field, hint in (
            ("", self._who_and_when(), ""),
            (self.tr("In the role of"), self.role, ""),
            (self.tr("Where"), self.place, ""),
            (self.tr("From what, and how"), self.source, self.tr("For example: CT-1, copied through a write blocker")),
            (self.tr("What it is"), self.what, ""),
            (self.tr("Stricter label"), self.label, self.tr("It can be stricter than the incident's, not freer")),
        ):
            self.form.body.addWidget(FormRow(label, field, hint) if label else field)
        self.taken_by.setFocus(Qt.FocusReason.OtherFocusReason)

    def _who_and_when(self) -> QWidget:
        """Return the fields that a custody begins with: nothing stands in them that nobody said."""
        part = QWidget()
        lines = column(part, gap=14)
        lines.addWidget(self.taken_row)
        lines.addWidget(self.when)
        lines.addWidget(self.mine, 0, Qt.AlignmentFlag.AlignLeft)
        return part

    def _say_me_now(self) -> None:
        """Whoever sits here took it, now."""
        self.taken_by.setText(self.desk.responder_name)
        self.when.entry.setText("now")
        self.taken_row.set_problem("")

    def submit(self) -> None:
        """Hand the answer on, once it says who took it and when."""
        who = readable(self.taken_by.text())
        self.taken_row.set_problem("" if who else self.tr("Say who took it; Alt M where you did, now."))
        if not self.when.text():
            self.when.set_problem(self.tr("Say when it was taken, as precisely as it is known."))
        if not who or not self.when.text() or not self.when.is_readable():
            (self.when.entry if who else self.taken_by).setFocus(Qt.FocusReason.OtherFocusReason)
            return
        taking = Taking(
            self.taken_by.text().strip(), self.role.text().strip(), self.when.text(), self.place.text().strip(),
            self.source.text().strip(), self.what.toPlainText().strip(), self.label.key(),
        )  # fmt: skip
        self.accept()
        self._take(taking)


class HoldDialog(FormDialog):
    """Why a file comes under legal hold, or out of it."""

    def __init__(self, desk: Desk, shown: Attachment, parent: QWidget) -> None:
        self._on, self._attachment = not shown.row["hold"], str(shown.row["id"])
        words = desk.tr("Put {0} under legal hold") if self._on else desk.tr("Lift the legal hold on {0}")
        text = desk.tr("What is under legal hold is not destroyed.")
        save = desk.tr("Hold") if self._on else desk.tr("Lift")
        super().__init__(desk, words.format(shown.row["ref"]), save, parent, text=text)
        self.because = TextField()
        self.row = FormRow(self.tr("Because"), self.because, self.tr("Who asked for it, or why it ends"))
        self.form.body.addWidget(self.row)
        self.because.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Set or lift the hold."""
        because, attachment, on = self.because.text().strip(), self._attachment, self._on
        self.row.set_problem("" if because else self.tr("Give a reason."))
        if because:
            self.run(lambda session: attachments.set_hold(session, attachment, on, because))


class DestroyDialog(FormDialog):
    """Who decided that the bytes are destroyed, and why; the name must be typed again."""

    holds_up = True
    destroys = True

    def __init__(self, desk: Desk, shown: Attachment, parent: QWidget) -> None:
        ref = str(shown.row["ref"])
        text = desk.tr(
            "Its bytes and their key are erased for ever, here and on laptops of this organisation. Its record and "
            "custody stay. No undo brings the bytes back."
        )
        super().__init__(desk, desk.tr("Destroy the bytes of {0}").format(ref), desk.tr("Destroy"), parent, text=text)
        self._attachment, self._ref = str(shown.row["id"]), ref
        self.decided_by, self.because, self.again = TextField(), TextField(), TextField()
        self.rows = [
            FormRow(self.tr("Decided by"), self.decided_by),
            FormRow(self.tr("Because"), self.because),
            FormRow(self.tr("Type the reference again"), self.again, ref),
        ]
        for part in self.rows:
            self.form.body.addWidget(part)
        self.decided_by.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Destroy, once everything is said."""
        who, why, attachment = self.decided_by.text().strip(), self.because.text().strip(), self._attachment
        same = self.again.text().strip().upper() == self._ref.upper()
        for part, said, words in zip(
            self.rows, (who, why, same),
            (self.tr("Say who decided it."), self.tr("Give a reason."), self.tr("Type {0}.").format(self._ref)),
            strict=True,
        ):  # fmt: skip
            part.set_problem("" if said else words)
        if who and why and same:
            self.run(lambda session: attachments.destroy(session, attachment, who, why))


class ExportDialog(FormDialog):
    """To whom an archive goes, and why, before its place is chosen."""

    holds_up = True

    def __init__(self, desk: Desk, shown: Attachment, go_on: Callable[[str, str], None], parent: QWidget) -> None:
        """``go_on`` is given the receiver and the reason once, when the form has closed."""
        text = desk.tr("It leaves inside an encrypted ZIP (AES-256), with its custody form. The file may be harmful.")
        super().__init__(
            desk,
            desk.tr("Export {0} in an archive").format(shown.row["ref"]),
            desk.tr("Choose a place"),
            parent,
            text=text,
        )
        self._go_on = go_on
        self.to, self.because = TextField(), TextField()
        self.form.body.addWidget(FormRow(self.tr("Who gets it"), self.to))
        self.form.body.addWidget(FormRow(self.tr("Why"), self.because))
        self.to.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Hand the answer on."""
        to, because = self.to.text().strip(), self.because.text().strip()
        self.accept()
        self._go_on(to, because)


def passphrase_dialog(parent: QWidget, name: str, passphrase: str) -> Dialog:
    """Return the dialog that shows an archive's passphrase, this once."""
    made = Dialog(parent.tr("The passphrase of {0}").format(name), parent=parent)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    words = parent.tr(
        "It is shown this once and kept nowhere. Send it another way than the archive, by telephone for example."
    )
    made.body.addWidget(text_label(words, "body", "text2", wrap=True))
    shown = text_label(passphrase, "mono", selectable=True, called=parent.tr("Passphrase"))
    made.body.addWidget(shown)
    copy, close = secondary(parent.tr("Copy"), icon="copy"), primary(parent.tr("I have it"))
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(passphrase))
    close.clicked.connect(made.accept)
    made.add_buttons(copy, close)
    close.setFocus(Qt.FocusReason.OtherFocusReason)
    return made
