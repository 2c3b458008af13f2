"""A key cap, and a line of keys with what each does."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from triage_app.ui import painting, theme
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.panel import Panel, row


class KeyCap(QWidget):
    """One key, 18 high."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.setAccessibleName(key)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return 18 high and as wide as the key's name."""
        return QSize(round(painting.key_width(self._key)), Size.KEY)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cap."""
        painter = QPainter(self)
        painting.key_cap(painter, QRectF(self.rect()), self._key, theme.colour("text2"), theme.colour("edge"))
        painter.end()


class KeyHints(Panel):
    """The line under a table, 40 high: keys, what they do, and a position at the right."""

    def __init__(self, hints: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        """``hints`` pairs each key with its word."""
        super().__init__("surface", "t", parent)
        self.setFixedHeight(Size.HINTS)
        self._pairs: list[tuple[KeyCap, QLabel]] = []
        self._left_out: set[str] = set()
        line = row(self, (Size.PAGE, 0, Size.PAGE, 0), 6)
        for key, word in hints:
            cap, label = KeyCap(key), text_label(word, "cap", "text2")
            line.addWidget(cap)
            line.addWidget(label)
            line.addSpacing(8)
            self._pairs.append((cap, label))
        line.addStretch(1)
        self.position = text_label("", "cap", "text2")
        line.addWidget(self.position)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Any width will do: hints that do not fit are left out."""
        return QSize(0, Size.HINTS)

    def set_word(self, key: str, word: str) -> None:
        """Say what a key does now; "" where it does nothing."""
        for cap, label in self._pairs:
            if cap.accessibleName() == key:
                label.setText(word)
                (self._left_out.discard if word else self._left_out.add)(key)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the hints that do not fit, from the end."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 2 * Size.PAGE - self.position.sizeHint().width()
        for cap, label in self._pairs:
            if cap.accessibleName() in self._left_out:
                cap.hide()
                label.hide()
                continue
            room -= cap.sizeHint().width() + label.sizeHint().width() + 20
            cap.setVisible(room >= 0)
            label.setVisible(room >= 0)
