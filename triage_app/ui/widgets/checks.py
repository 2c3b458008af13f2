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
_LINE = 24
_LEAST = 200
"""Logical pixels from which the words are wrapped rather than the page widened."""
_FLAGS = (
    int(Qt.AlignmentFlag.AlignVCenter.value) | int(Qt.TextFlag.TextHideMnemonic.value)
    | int(Qt.TextFlag.TextWordWrap.value)
)  # fmt: skip


def _paint(button: QAbstractButton, round_box: bool) -> None:
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
    painter.drawText(room, _FLAGS, button.text())
    painter.end()


def _wrap(button: QAbstractButton) -> None:
    """Let the words of a button take a second line where there is no room for one."""
    policy = button.sizePolicy()
    policy.setHeightForWidth(True)
    policy.setHorizontalPolicy(QSizePolicy.Policy.Preferred)  # it may be narrower than its words
    button.setSizePolicy(policy)


def _height(button: QAbstractButton, width: int) -> int:
    room = QRect(0, 0, max(1, width - Size.ICON - _GAP), 1 << 16)
    return max(_LINE, QFontMetrics(button.font()).boundingRect(room, _FLAGS, plain_name(button.text())).height())


def _least(button: QAbstractButton) -> QSize:
    whole = _size(button)
    return QSize(min(whole.width(), _LEAST), whole.height())


def _size(button: QAbstractButton) -> QSize:
    words = QFontMetrics(button.font()).horizontalAdvance(plain_name(button.text()))
    return QSize(Size.ICON + _GAP + words + 2, _LINE)


def _is_enter(event: QKeyEvent) -> bool:
    """Tell whether a key is the form's: some desktops would have Enter toggle the box instead."""
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CheckBox(QCheckBox):
    """A check box, its whole width a target, 24 high."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(visible(text, 300, lines=False), parent)
        self.setFont(font("body"))
        _wrap(self)

    def sizeHint(self) -> QSize:
        """Return the size of box and words."""
        return _size(self)

    def minimumSizeHint(self) -> QSize:
        """Return the least size: longer words take further lines."""
        return _least(self)

    def heightForWidth(self, width: int) -> int:
        """Return how high the words are at a width."""
        return _height(self, width)

    def hitButton(self, pos: QPoint) -> bool:
        """Take a press anywhere on it."""
        return self.rect().contains(pos)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Enter to the form."""
        event.ignore() if _is_enter(event) else super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint box, tick and words."""
        _paint(self, round_box=False)


class Radio(QRadioButton):
    """A radio button, its whole width a target, 24 high."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(visible(text, 300, lines=False), parent)
        self.setFont(font("body"))
        _wrap(self)

    def sizeHint(self) -> QSize:
        """Return the size of ring and words."""
        return _size(self)

    def minimumSizeHint(self) -> QSize:
        """Return the least size: longer words take further lines."""
        return _least(self)

    def heightForWidth(self, width: int) -> int:
        """Return how high the words are at a width."""
        return _height(self, width)

    def hitButton(self, pos: QPoint) -> bool:
        """Take a press anywhere on it."""
        return self.rect().contains(pos)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Enter to the form."""
        event.ignore() if _is_enter(event) else super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ring, dot and words."""
        _paint(self, round_box=True)
