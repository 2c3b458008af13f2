"""Filter chips: every active filter is one, with a cross that removes it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from triage_app.ui import icons, painting, theme
from triage_app.ui.text import tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size

_INSET = 11
_CROSS = 20
_WIDEST = 260


class Chip(QAbstractButton):
    """28 high: the key in text2, the value in 600, and a cross. A press changes the filter, the cross removes it."""

    removed = Signal()

    def __init__(self, key: str, value: str, removable: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._removable = removable
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_words(key, value)

    def set_words(self, key: str, value: str) -> None:
        """Show another filter."""
        self._key, self._value = visible(key, 80, lines=False), visible(value, 200, lines=False)
        removes = self.tr("Delete removes it") if self._removable else ""
        self.setAccessibleName(self.tr("Filter: {0} {1}").format(self._key, self._value))
        self.setAccessibleDescription(removes)
        self.setToolTip(tooltip(f"{self._key} {self._value}") if self._natural() > _WIDEST else "")
        self.updateGeometry()
        self.update()

    def _natural(self) -> int:
        key = QFontMetrics(font("small")).horizontalAdvance(self._key)
        value = QFontMetrics(font("small_strong")).horizontalAdvance(self._value)
        return 2 * _INSET + key + 5 + value + 2 + (_CROSS - 6 if self._removable else 0)

    def sizeHint(self) -> QSize:
        """Return 28 high and as wide as key, value and cross, up to a limit."""
        return QSize(min(_WIDEST, self._natural()), Size.CHIP)

    def minimumSizeHint(self) -> QSize:
        """Cut a long value before the window is too wide, but never the key."""
        return QSize(min(self.sizeHint().width(), 96), Size.CHIP)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and Backspace remove the filter."""
        if self._removable and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press on the cross removes the filter."""
        on_cross = event.position().x() >= self.width() - _CROSS - 6
        if self._removable and on_cross and self.rect().contains(event.position().toPoint()):
            self.setDown(False)
            self.removed.emit()
        else:
            super().mouseReleaseEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the chip."""
        p = theme.current().palette
        painter = QPainter(self)
        box = QRectF(self.rect())
        fill = QColor(p.sunken if self.underMouse() else p.surface)
        painting.rounded(painter, box, Size.RADIUS_CHIP - 0.5, fill, QColor(p.edge))
        room = self.width() - 2 * _INSET - (_CROSS - 6 if self._removable else 0)
        face, strong = font("small"), font("small_strong")
        key_wide = QFontMetrics(face).horizontalAdvance(self._key)
        align = int(Qt.AlignmentFlag.AlignVCenter.value)
        painter.setFont(face)
        painter.setPen(QColor(p.text2))
        painter.drawText(QRectF(_INSET, 0, key_wide + 2, box.height()), align, self._key)
        left = _INSET + key_wide + 5
        shown = QFontMetrics(strong).elidedText(self._value, Qt.TextElideMode.ElideRight, room - key_wide - 4)
        painter.setFont(strong)
        painter.setPen(QColor(p.text))
        painter.drawText(QRectF(left, 0, box.width(), box.height()), align, shown)
        if self._removable:
            cross = QRectF(self.width() - _CROSS - 1, (box.height() - 11) / 2, 11, 11)
            icons.paint(painter, "close", cross, QColor(p.text2))
        painter.end()
