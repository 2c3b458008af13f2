"""How bad it is: a word, and the number it stands for; either sets the other."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from triage_app.domain.severity import WORST, band, lowest_of, vocabulary
from triage_app.ui.widgets import Choice, TextField, row


class SeverityChoice(QWidget):
    """A word of ours beside a number from 0 to 100. A word stands for the least number that still has it."""

    def __init__(self, severity: int | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._was = severity
        words = [word for word, _ in vocabulary().bands]
        options = [] if severity is not None else [("", self.tr("Not known"))]
        options += [(word, self.tr("{0}: {1} and above").format(word, lowest_of(word))) for word in words]
        self.word = Choice(options, name=self.tr("Severity in a word"))
        self.number = TextField(name=self.tr("Severity from 0 to 100"))
        self.number.setFixedWidth(72)
        self.number.setMaxLength(3)
        if severity is not None:
            self.word.set_key(band(severity))
            self.number.setText(str(severity))
        line = row(self, gap=8)
        line.addWidget(self.word, 1)
        line.addWidget(self.number)
        self.setFocusProxy(self.word)
        self.word.currentIndexChanged.connect(self._chosen)
        self.number.textEdited.connect(self._typed)

    def _chosen(self) -> None:
        word, stands = self.word.key(), self.severity()
        if word and (stands is None or band(stands) != word):
            self.number.setText(str(lowest_of(word)))
            self.number.set_invalid(False)
        elif not word:
            self.number.clear()

    def _typed(self) -> None:
        stands = self.severity()
        self.number.set_invalid(not self.is_readable())
        if stands is not None:
            self.word.blockSignals(True)
            self.word.set_key(band(stands))
            self.word.blockSignals(False)

    def set_severity(self, severity: int) -> None:
        """Show another one."""
        self.number.setText(str(severity))
        self._typed()

    def severity(self) -> int | None:
        """Return the number, or None for none and for one that cannot be read."""
        typed = self.number.text().strip()
        if not typed.isascii() or not typed.isdecimal() or int(typed) > WORST:
            return None
        return int(typed)

    def is_readable(self) -> bool:
        """Tell whether it is a severity, or was not known and stays so: one that is known is not taken away."""
        return self.severity() is not None or (not self.number.text().strip() and self._was is None)

    def changed(self) -> int | None:
        """Return the severity if it is another than it was, else None: what is not touched stays."""
        stands = self.severity()
        return None if stands == self._was else stands
