"""The locked window: a passphrase and Enter, or the printed recovery key. It shows nothing of the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from triage_app.errors import TriageError
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import Card, CheckBox, FormRow, Glyph, Panel, TextField, announce, column, link, primary, row
from triage_app.ui.widgets.top_bar import Mark

_TICK_MS = 250
WIDTH = 420
"""Logical pixels of the card."""


class UnlockPage(Panel):
    """Passphrase, recovery key, and after a recovery a new passphrase."""

    unlock_wanted = Signal(str)
    """The passphrase."""
    recovery_wanted = Signal(str, str)
    """The recovery key as typed, and the new passphrase."""

    def __init__(self, home: Path, parent: QWidget | None = None) -> None:
        """``home`` is where the store lies; it is shown so that nobody unlocks the wrong one."""
        super().__init__("canvas", parent=parent)
        self._recovering = self._busy = self._closing = False
        self._left: Callable[[], int] = lambda: 0
        self._waiting = QTimer(self)
        self._waiting.setInterval(_TICK_MS)
        self._waiting.timeout.connect(self._tick)
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
        lines.addWidget(self.button)
        lines.addWidget(self.other, 0, Qt.AlignmentFlag.AlignLeft)
        place = ElidingLabel(self.tr("Store: {0}").format(home), "cap", "text2", keep="both")
        place.setFixedWidth(WIDTH)
        whole = column(self, (Size.PAGE, 12, Size.PAGE, 12), 12)
        whole.addStretch(1)
        for shown in (card, place):
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
        else:
            self.words.setText(self.tr("The store is locked. Nothing of it is on the screen."))
            self.other.setText(self.tr("Passphrase lost? Use the recovery key"))
        self._show_button()
        self.say(None)
        (self.recovery if recovering else self.passphrase).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_button(self) -> None:
        wait = 0 if self._recovering else self._left()
        if self._busy:
            words = self.tr("Unlocking…")
        elif self._recovering:
            words = self.tr("Unlock and replace the passphrase")
        elif wait:
            words = self.tr("Wait {0}:{1}").format(wait // 60, f"{wait % 60:02}")
        else:
            words = self.tr("Unlock")
        self.button.setText(words)
        self.button.setEnabled(not (self._busy or self._closing or wait))

    def count_down(self, left: Callable[[], int]) -> None:
        """Let nobody try a passphrase while ``left()`` is not 0, and show the seconds; the recovery key does not wait.

        What was said of the last try stays in view meanwhile.
        """
        self._left = left
        if not self.problem.text():
            self.say(
                TriageError(
                    self.tr("Wrong passphrases were tried in a row, so the next try has to wait."),
                    self.tr("The recovery key opens the store at any time."),
                )
            )
        self._waiting.start()
        self._tick()

    def _tick(self) -> None:
        if not self._left():
            self._waiting.stop()
            self._left = lambda: 0
            if not self._recovering:
                self.say(None)
        self._show_button()

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
        self._busy = busy
        self._show_button()

    def set_closing(self, closing: bool) -> None:
        """Say that work begun before the lock is still being finished; until then the store does not open again."""
        self._closing = closing
        if closing:
            self._show_button()
            self.words.setText(self.tr("Locked. What was under way is being finished; then the key is gone."))
        else:
            self.set_recovering(self._recovering)

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
