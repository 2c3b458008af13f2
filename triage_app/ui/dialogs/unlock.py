"""The locked window: a passphrase and Enter, or the printed recovery key. It shows nothing of the store."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from triage_app.errors import TriageError
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import Card, CheckBox, FormRow, Glyph, Panel, TextField, announce, column, link, primary, row
from triage_app.ui.widgets.top_bar import Mark

WIDTH = 420
"""Logical pixels of the card."""


class UnlockPage(Panel):
    """Passphrase, recovery key, and after a recovery a new passphrase."""

    unlock_wanted = Signal(str)
    """The passphrase."""
    recovery_wanted = Signal(str, str)
    """The recovery key as typed, and the new passphrase."""
    without_copy = Signal()
    """The backup that is being made need not be waited for."""
    restore_wanted = Signal()
    """The store is damaged or missing, and a backup shall be it."""

    def __init__(self, home: Path, parent: QWidget | None = None) -> None:
        """``home`` is where the store lies; it is shown so that nobody unlocks the wrong one."""
        super().__init__("canvas", parent=parent)
        self._recovering = False
        self._copy = ""
        self.setAccessibleName(self.tr("Locked"))
        card = Card()
        card.setFixedWidth(WIDTH)
        lines = card.body
        head = row(gap=10)
        head.addWidget(Mark(28))
        head.addWidget(text_label(self.tr("Triage"), "h1"))
        head.addStretch(1)
        lines.addLayout(head)
        self.words = text_label("", "body", "text2", wrap=True)
        lines.addWidget(self.words)
        self.passphrase = self._secret(self.tr("Passphrase"))
        self.recovery = TextField(self.tr("Eight groups of eight characters"), icon="key")
        self.recovery.setFont(font("mono"))
        self.fresh = self._secret(self.tr("A new passphrase, several words"))
        self.again = self._secret(self.tr("The new passphrase again"))
        self._passphrase_row = FormRow(self.tr("Passphrase"), self.passphrase)
        self._recovery_row = FormRow(self.tr("Recovery key, as printed"), self.recovery)
        self._fresh_row = FormRow(self.tr("New passphrase"), self.fresh)
        self._again_row = FormRow(self.tr("And again"), self.again)
        self.reveal = CheckBox(self.tr("Show what I type"))
        self.reveal.toggled.connect(self._reveal)
        for part in (self._passphrase_row, self._recovery_row, self._fresh_row, self._again_row):
            lines.addWidget(part)
        lines.addWidget(self.reveal)
        trouble = row(gap=8)
        self._glyph = Glyph("", Size.ICON)
        self.problem = text_label("", "small", "red", wrap=True, selectable=True)
        trouble.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        trouble.addWidget(self.problem, 1)
        lines.addLayout(trouble)
        self.button = primary(self.tr("Unlock"), key="Enter", wide=True)
        self.other = link("")
        self.skip = link("")
        self.skip.clicked.connect(self.without_copy)
        self.skip.hide()
        self.restore = link(self.tr("Store damaged or missing? Restore a backup"))
        self.restore.clicked.connect(self.restore_wanted)
        lines.addWidget(self.button)
        lines.addWidget(self.other, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addWidget(self.restore, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addWidget(self.skip, 0, Qt.AlignmentFlag.AlignLeft)
        self._place = ElidingLabel(self.tr("Store: {0}").format(home), "cap", "text2", keep="both")
        self._place.setFixedWidth(WIDTH)
        whole = column(self, (Size.PAGE, 12, Size.PAGE, 12), 12)
        whole.addStretch(1)
        for shown in (card, self._place):
            line = row(gap=0)
            line.addStretch(1)
            line.addWidget(shown)
            line.addStretch(1)
            whole.addLayout(line)
        whole.addStretch(2)
        self.button.clicked.connect(self._go)
        self.other.clicked.connect(lambda: self.set_recovering(not self._recovering))
        for field in (self.passphrase, self.recovery, self.fresh, self.again):
            field.returnPressed.connect(self._go)
            field.textEdited.connect(lambda _: self.say(None))
        self.setFocusProxy(self.passphrase)
        self.set_recovering(False)

    def _secret(self, name: str) -> TextField:
        made = TextField("", icon="lock", name=name)
        made.setEchoMode(QLineEdit.EchoMode.Password)
        made.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        return made

    def show_copy(self, said: str, path: Path) -> None:
        """Say that it is a backup which the passphrase opens, to be read: nothing of the store itself is offered."""
        self._copy = said
        self._place.setText(self.tr("Backup: {0}").format(path))
        for offered in (self.other, self.restore):
            offered.hide()
        self.set_recovering(False)

    def set_recovering(self, recovering: bool) -> None:
        """Ask for the recovery key and a new passphrase, or for the passphrase."""
        self._recovering = recovering
        self._passphrase_row.setVisible(not recovering)
        for part in (self._recovery_row, self._fresh_row, self._again_row):
            part.setVisible(recovering)
        if recovering:
            self.words.setText(
                self.tr("The recovery key opens the store; the new passphrase replaces the one that is lost.")
            )
            self.other.setText(self.tr("Use the passphrase"))
            self.button.setText(self.tr("Unlock and replace the passphrase"))
        else:
            self.words.setText(self._copy or self.tr("The store is locked. Nothing of it is on the screen."))
            self.other.setText(self.tr("Passphrase lost? Use the recovery key"))
            self.button.setText(self.tr("Unlock"))
        self.say(None)
        (self.recovery if recovering else self.passphrase).setFocus(Qt.FocusReason.OtherFocusReason)

    def _reveal(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        for field in (self.passphrase, self.fresh, self.again):
            field.setEchoMode(mode)

    def _go(self) -> None:
        if not self.button.isEnabled():
            return
        if not self._recovering:
            if self.passphrase.text():
                self.unlock_wanted.emit(self.passphrase.text())
        elif self.fresh.text() != self.again.text():
            self.say(TriageError(self.tr("The two new passphrases differ."), self.tr("Type both again.")))
        elif self.recovery.text().strip() and self.fresh.text():
            self.recovery_wanted.emit(self.recovery.text(), self.fresh.text())

    def set_busy(self, busy: bool) -> None:
        """Show that the key is being worked out; that takes half a second by design."""
        self.button.setEnabled(not busy)
        words = self.tr("Unlock and replace the passphrase") if self._recovering else self.tr("Unlock")
        self.button.setText(self.tr("Unlocking…") if busy else words)

    def set_closing(self, closing: bool, *, may_open: bool = False) -> None:
        """Say that work begun before the lock is still being finished; until then the store does not open again.

        ``may_open`` where only a backup is left to do: who wants to get back in stops it by unlocking.
        """
        self.button.setEnabled(not closing or may_open)
        self.skip.hide()
        self.restore.setVisible(not closing and not self._copy)
        if closing:
            self.words.setText(self.tr("Locked. What was under way is being finished; then the key is gone."))
        else:
            self.set_recovering(self._recovering)

    def say_backing_up(self, share: float | None, *, leaving: bool) -> None:
        """Say how far the backup of the session's end is, None while it is read back."""
        how = self.tr("read back") if share is None else self.tr("{0} % written").format(round(share * 100))
        then = self.tr("The window closes when it is done.") if leaving else self.tr("Unlocking stops it.")
        self.words.setText(self.tr("Locked. A backup is being made: {0}. {1}").format(how, then))
        self.skip.setText(self.tr("Close without it") if leaving else self.tr("Stop it"))
        self.skip.show()

    def say(self, trouble: TriageError | None) -> None:
        """Say in place why it did not open, and what to do; None takes it away."""
        words = f"{trouble.what} {trouble.do}" if trouble is not None else ""
        self._glyph.set_glyph("danger" if words else "")
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.passphrase.set_invalid(bool(words) and not self._recovering)
        if trouble is not None:
            announce(self.problem, words)
            if not self._recovering:
                self.passphrase.selectAll()
                self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Empty every field: no secret stays in the window."""
        for field in (self.passphrase, self.recovery, self.fresh, self.again):
            field.clear()
        self.reveal.setChecked(False)
        self.set_recovering(False)
