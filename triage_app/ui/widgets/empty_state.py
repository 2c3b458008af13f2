"""What stands in a list with nothing in it: why, what to do, one button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from triage_app.ui.text import text_label
from triage_app.ui.widgets.buttons import primary
from triage_app.ui.widgets.panel import column


class EmptyState(QWidget):
    """Left-aligned, without a picture: the words are what helps."""

    acted = Signal()

    def __init__(self, why: str, do: str = "", button: str = "", key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=6)
        lines.addWidget(text_label(why, "h3", wrap=True))
        if do:
            lines.addWidget(text_label(do, "small", "text2", wrap=True))
        if button:
            lines.addSpacing(6)
            self.button = primary(button, key=key)
            self.button.clicked.connect(self.acted)
            lines.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addStretch(1)
        self.setAccessibleName(f"{why} {do}".strip())
