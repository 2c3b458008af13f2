"""A list in a form that is shown whole, however long it is: it scrolls, and nothing of it is left out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from triage_app.ui.text import visible
from triage_app.ui.theme import font
from triage_app.ui.widgets import TextArea

_MOST = 9
"""Lines in view at once; the rest is scrolled to."""
_LONGEST = 2_000
"""Characters of one entry."""


class WholeList(TextArea):
    """Entries one a line, for reading: arrows scroll, Tab goes on, words can be selected and copied."""

    def __init__(self, name: str, entries: Sequence[str], parent: QWidget | None = None) -> None:
        """``name`` says how many of what; a screen reader says it with the text."""
        super().__init__(name=name, lines=min(_MOST, max(1, len(entries))), parent=parent)
        self.setReadOnly(True)
        keys = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.setTextInteractionFlags(keys)
        self.setFont(font("small"))
        self.setPlainText("\n".join(visible(entry, _LONGEST, lines=False) for entry in entries))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the wrapped lines, up to a few of them."""
        super().resizeEvent(event)
        needed = int(self.document().size().height())  # of a plain text: in lines
        line = self.fontMetrics().lineSpacing()
        wanted = min(_MOST, max(1, needed)) * line + 2 * round(self.document().documentMargin()) + 20
        if wanted != self.height():
            self.setFixedHeight(wanted)
