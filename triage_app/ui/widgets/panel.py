"""A plain area in one of the theme's grounds, with a hairline on the sides asked for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from triage_app.ui import theme
from triage_app.ui.accessible_parts import attend

Margins = tuple[int, int, int, int]


class Landing(QWidget):
    """A part of the window in which the keyboard lands on one thing.

    A focus proxy would not do: going forward, Tab leads from the proxy's owner straight to the proxy, past all
    that stands before it.
    """

    _landing: QWidget | None = None

    def land_on(self, part: QWidget) -> None:
        """Choose what has the focus when this is given it."""
        self._landing = part

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Give the focus to what it lands on."""
        if self._landing is None:
            super().setFocus(reason)
        else:
            self._landing.setFocus(reason)


class Panel(Landing):
    """An area painted in a ground token: canvas, surface, side, sunken, tint …"""

    def __init__(self, ground: str = "surface", lines: str = "", parent: QWidget | None = None) -> None:
        """``lines`` holds the letters of the sides that have a hairline: t, r, b, l."""
        super().__init__(parent)
        self._ground = ground
        self._lines = lines

    def set_ground(self, ground: str) -> None:
        """Change the ground token."""
        self._ground = ground
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground and hairlines."""
        p = theme.current().palette
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(p.colour(self._ground)))
        line = QColor(p.line)
        width, height = self.width(), self.height()
        boxes = {"t": (0, 0, width, 1), "b": (0, height - 1, width, 1), "l": (0, 0, 1, height)}
        boxes["r"] = (width - 1, 0, 1, height)
        for side in self._lines:
            painter.fillRect(*boxes[side], line)
        painter.end()


class Rule(QWidget):
    """A vertical hairline between two things in a bar."""

    def __init__(self, height: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(1, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("line"))
        painter.end()


class Line(QWidget):
    """A horizontal hairline between two parts of a card or pane."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("line"))
        painter.end()


class ScrollPage(QScrollArea):
    """A page that scrolls down where the window is too low, so that nothing on it is ever squeezed."""

    def __init__(self, margins: Margins = (20, 14, 20, 14), gap: int = 12, parent: QWidget | None = None) -> None:
        """``body`` is the layout to fill."""
        super().__init__(parent)
        attend(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        self.body = column(inner, margins, gap)
        self.setWidget(inner)


def row(parent: QWidget | None = None, margins: Margins = (0, 0, 0, 0), gap: int = 8) -> QHBoxLayout:
    """Return a horizontal layout with our gaps and no surprises."""
    made = QHBoxLayout() if parent is None else QHBoxLayout(parent)
    _set(made, margins, gap)
    return made


def column(parent: QWidget | None = None, margins: Margins = (0, 0, 0, 0), gap: int = 8) -> QVBoxLayout:
    """Return a vertical layout with our gaps and no surprises."""
    made = QVBoxLayout() if parent is None else QVBoxLayout(parent)
    _set(made, margins, gap)
    return made


def _set(layout: QBoxLayout, margins: Margins, gap: int) -> None:
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
