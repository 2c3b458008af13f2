"""One line of how this laptop stands, on Home."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import Button, Glyph, column, link, row


class Standing(QWidget):
    """One line of how this laptop stands: mark, what, detail, and a link at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = "ok"
        self._glyph = Glyph("ok", Size.ICON)
        self.what = text_label("", "small_strong", wrap=True)
        self.detail = text_label("", "cap", "text2", wrap=True)
        self.link: Button = link("")
        self.link.hide()
        line = row(self, gap=10)
        line.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        words = column(gap=0)
        words.addWidget(self.what)
        words.addWidget(self.detail)
        line.addLayout(words, 1)
        line.addWidget(self.link)

    def say(self, glyph: str, what: str, detail: str, act: str = "") -> None:
        """Show how it stands."""
        self._said = glyph
        self._glyph.set_glyph(glyph)
        self.what.setText(what)
        self.detail.setText(detail)
        self.link.setText(act)
        self.link.setVisible(bool(act))

    def glyph(self) -> str:
        """Return the mark that is shown."""
        return self._said
