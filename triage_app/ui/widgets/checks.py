"""Check boxes and radio buttons, painted so that box, tick and dot keep their contrast in every theme."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QWidget

from triage_app.ui import painting, theme
from triage_app.ui.text import visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.buttons import plain_name

_GAP = 8
_NARROW = 200
"""Logical pixels that a sentence has at least."""
_WRAP = int(Qt.TextFlag.TextWordWrap.value)


def _paint(button: QAbstractButton, round_box: bool, wraps: bool = False) -> None:
    p = theme.current().palette
    painter = QPainter(button)
    on, enabled = button.isChecked(), button.isEnabled()
    box = QRectF(0, (button.height() - Size.ICON) / 2, Size.ICON, Size.ICON)
    radius = Size.ICON / 2 if round_box else Size.RADIUS_BADGE
    fill = QColor(p.sunken if not enabled else p.accent if on else p.sunken if button.underMouse() else p.surface)
    edge = QColor((p.faint if p.high_contrast else p.line) if not enabled else p.accent if on else p.edge)
    painting.rounded(painter, box, radius, fill, edge, dashed=p.high_contrast and not enabled)
    ink = QColor(p.onaccent if enabled else p.faint)
    if on and round_box:
        painting.rounded(painter, box.adjusted(5, 5, -5, -5), 3, ink)
    elif on:
        painting.tick(painter, box.adjusted(2, 2, -2, -2), ink)
    painter.setFont(button.font())
    painter.setPen(QColor(p.text if enabled else p.faint))
    room = button.rect().adjusted(Size.ICON + _GAP, 0, 0, 0)
    flags = int(Qt.AlignmentFlag.AlignVCenter.value) | int(Qt.TextFlag.TextHideMnemonic.value) | (_WRAP if wraps else 0)
    painter.drawText(room, flags, button.text())
    painter.end()


def _size(button: QAbstractButton) -> QSize:
    words = QFontMetrics(button.font()).horizontalAdvance(plain_name(button.text()))
    return QSize(Size.ICON + _GAP + words + 2, 24)


def _is_enter(event: QKeyEvent) -> bool:
    """Tell whether a key is the form's: some desktops would have Enter toggle the box instead."""
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CheckBox(QCheckBox):
    """A check box, its whole width a target, 24 high."""

    def __init__(self, text: str, parent: QWidget | None = None, *, wrap: bool = False) -> None:
        """``wrap`` is for a sentence: it takes more lines where its width is less."""
        super().__init__(visible(text, 300, lines=False), parent)
        self.setFont(font("body"))
        self._wraps = wrap
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        """Return the size of box and words."""
        return _size(self)

    def minimumSizeHint(self) -> QSize:
        """Never cut the words; a sentence may be narrower than its line."""
        whole = self.sizeHint()
        return QSize(min(whole.width(), _NARROW), whole.height()) if self._wraps else whole

    def heightForWidth(self, width: int) -> int:
        """Return how high a sentence is at some width."""
        if not self._wraps:
            return super().heightForWidth(width)
        room = QRect(0, 0, max(1, width - Size.ICON - _GAP), 1 << 16)
        words = plain_name(self.text())
        return max(24, QFontMetrics(self.font()).boundingRect(room, _WRAP, words).height() + 4)

    def hitButton(self, pos: QPoint) -> bool:
        """Take a press anywhere on it."""
        return self.rect().contains(pos)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Enter to the form."""
        event.ignore() if _is_enter(event) else super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint box, tick and words."""
        _paint(self, round_box=False, wraps=self._wraps)


class Radio(QRadioButton):
    """A radio button, its whole width a target, 24 high."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(visible(text, 300, lines=False), parent)
        self.setFont(font("body"))

    def sizeHint(self) -> QSize:
        """Return the size of ring and words."""
        return _size(self)

    def hitButton(self, pos: QPoint) -> bool:
        """Take a press anywhere on it."""
        return self.rect().contains(pos)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Enter to the form."""
        event.ignore() if _is_enter(event) else super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ring, dot and words."""
        _paint(self, round_box=True)
