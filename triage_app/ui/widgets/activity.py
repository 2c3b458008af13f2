"""Small bars that show when a thing was seen; log-scaled where one hour would drown the others."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.ui import theme
from triage_app.ui.tokens import Palette


def heights(counts: Sequence[int], room: float, log_scale: bool) -> list[float]:
    """Return a bar's height for each count; none is 0, and any at all can be seen."""
    top = max(counts, default=0)
    if top <= 0:
        return [0.0 for _ in counts]

    def share(count: int) -> float:
        return math.log1p(count) / math.log1p(top) if log_scale else count / top

    return [max(2.0, share(count) * room) if count > 0 else 0.0 for count in counts]


def paint_activity(
    painter: QPainter, box: QRectF, counts: Sequence[int], palette: Palette, recent: int = 2, log_scale: bool = False
) -> None:
    """Paint the bars; the ``recent`` last ones in the accent. An empty stretch keeps its base line."""
    if not counts:
        return
    slot = box.width() / len(counts)
    bar = max(1.0, slot - 1)
    for number, height in enumerate(heights(counts, box.height() - 1, log_scale)):
        left = box.left() + number * slot
        painter.fillRect(QRectF(left, box.bottom() - 1, bar, 1), QColor(palette.line))
        if height:
            ink = palette.accent if number >= len(counts) - recent else palette.bar
            painter.fillRect(QRectF(left, box.bottom() - height, bar, height), QColor(ink))


class Activity(QWidget):
    """The bars of one record, 24 high."""

    def __init__(self, recent: int = 2, log_scale: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: tuple[int, ...] = ()
        self._recent = recent
        self._log = log_scale
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_counts(self, counts: Sequence[int], words: str) -> None:
        """Show counts, oldest first; ``words`` say the same to a screen reader."""
        self._counts = tuple(counts)
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        """Return 24 high."""
        return QSize(120, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars."""
        painter = QPainter(self)
        paint_activity(painter, QRectF(self.rect()), self._counts, theme.current().palette, self._recent, self._log)
        painter.end()
