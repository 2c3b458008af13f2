"""A passphrase that is told to somebody over the telephone: readable, with how strong it looks, or made by us."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.services import passphrases
from triage_app.ui.text import set_role, text_label
from triage_app.ui.widgets import TextField, column, row, secondary


class PassphraseField(QWidget):
    """One line; ``making`` offers to make one and says how strong it looks."""

    changed = Signal()
    entered = Signal()

    def __init__(self, label: str, hint: str, *, making: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._making = making
        lines = column(self, gap=4)
        lines.addWidget(text_label(label, "small_strong"))
        self.entry = TextField(name=label)
        self.entry.textChanged.connect(lambda _: self._typed())
        self.entry.returnPressed.connect(self.entered)
        line = row(gap=8)
        line.addWidget(self.entry, 1)
        if making:
            self.make = secondary(self.tr("Make one"))
            self.make.clicked.connect(lambda: self.entry.setText(passphrases.new_passphrase()))
            line.addWidget(self.make)
        lines.addLayout(line)
        self._hint = hint
        self.words = text_label(hint, "cap", "text2", wrap=True)
        lines.addWidget(self.words)

    def text(self) -> str:
        """Return the passphrase as typed."""
        return self.entry.text()

    def is_good(self) -> bool:
        """Tell whether it may seal a file that leaves this laptop."""
        return passphrases.word(self.text()) in ("fair", "strong")

    def _typed(self) -> None:
        if self._making:
            shown = {
                "too short": (self.tr("Too short: use four or more words."), "red"),
                "weak": (self.tr("Too weak for a file that leaves this laptop: use four or more words."), "red"),
                "fair": (self.tr("Fair. Another word would make it strong."), "amber"),
                "strong": (self.tr("Strong."), "ok"),
            }
            words, role = shown[passphrases.word(self.text())] if self.text() else (self._hint, "text2")
            self.words.setText(words if not self.text() else f"{words} {self._hint}")
            set_role(self.words, role)
            self.entry.setAccessibleDescription(self.words.text())
        self.changed.emit()
