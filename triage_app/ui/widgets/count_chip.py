"""A chip that filters: a mark, a word and how many there are. Pressed, it narrows the list under it to these."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from triage_app.ui import painting, theme
from triage_app.ui.text import visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size

_INSET = 11
_MARK = 13


class CountChip(QAbstractButton):
    """28 high; the one that is chosen has a border twice as strong, in the accent."""

    def __init__(self, key: str, word: str, count: int, mark: str = "", parent: QWidget | None = None) -> None:
        """``mark`` is a status of an action, or nothing."""
        super().__init__(parent)
        self.key = key
        self._word, self._mark, self._count = visible(word, 80, lines=False), mark, 0
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_count(count)

    def set_count(self, count: int) -> None:
        """Show another count."""
        self._count = count
        self.setText(f"{self._word} {count:,}")
        self.setAccessibleName(self.tr("Show: {0}, {1}").format(self._word, f"{count:,}"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return 28 high and as wide as mark, word and count."""
        word = QFontMetrics(font("small")).horizontalAdvance(self._word)
        count = QFontMetrics(font("small_strong")).horizontalAdvance(f"{self._count:,}")
        return QSize(2 * _INSET + (_MARK + 6 if self._mark else 0) + word + 6 + count + 2, Size.CHIP)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the chip."""
        p = theme.current().palette
        painter = QPainter(self)
        box = QRectF(self.rect())
        on = self.isChecked()
        fill = QColor(p.sel if on else p.sunken if self.underMouse() else p.surface)
        painting.rounded(painter, box, Size.RADIUS_CHIP - 0.5, fill, QColor(p.accent if on else p.edge))
        if on:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(p.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), Size.RADIUS_CHIP - 1, Size.RADIUS_CHIP - 1)
        left = float(_INSET)
        if self._mark:
            painting.status(painter, QRectF(left, (box.height() - _MARK) / 2, _MARK, _MARK), self._mark, p)
            left += _MARK + 6
        align = int(Qt.AlignmentFlag.AlignVCenter.value)
        painter.setFont(font("small"))
        painter.setPen(QColor(p.text if on else p.text2))
        wide = QFontMetrics(font("small")).horizontalAdvance(self._word)
        painter.drawText(QRectF(left, 0, wide + 2, box.height()), align, self._word)
        painter.setFont(font("small_strong"))
        painter.setPen(QColor(p.text))
        painter.drawText(QRectF(left + wide + 6, 0, box.width(), box.height()), align, f"{self._count:,}")
        painter.end()
