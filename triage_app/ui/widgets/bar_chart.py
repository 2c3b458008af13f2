"""Stacked bars by hour, and one bar of shares, as on Home. Neutrals for the mass, red for high and above alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.ui import theme
from triage_app.ui.text import visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Palette

_VCENTRE = int(Qt.AlignmentFlag.AlignVCenter.value)
_LEAST: Final = 4
"Pixels of a share that is there at all."


@dataclass(frozen=True, slots=True)
class Series:
    """One layer of a chart. ``role`` is a colour token, or ``outline`` for a bar that is only an edge."""

    name: str
    role: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """The sum, as the legend says it."""
        return sum(self.counts)


def nice_step(top: int, lines: int = 3) -> int:
    """Return a step of 1, 2 or 5 times a power of ten that needs at most ``lines`` steps to reach ``top``."""
    if top <= lines:
        return 1
    raw = top / lines
    power = 10 ** math.floor(math.log10(raw))
    return int(next(m * power for m in (1, 2, 5, 10) if m * power >= raw))


def _fill(painter: QPainter, box: QRectF, role: str, p: Palette) -> None:
    """Fill a share; in high contrast, where the neutrals are all white, the mass is hatched."""
    if role == "outline" or (role == "bar" and p.high_contrast):
        painter.save()
        painter.setPen(QPen(QColor(p.edge), 1))
        if role == "bar":
            painter.setBrush(QBrush(QColor(p.bar), Qt.BrushStyle.BDiagPattern))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.restore()
    else:
        painter.fillRect(box, QColor(p.colour(role)))


def _legend(painter: QPainter, series: Sequence[Series], left: float, top: float, p: Palette) -> None:
    painter.setFont(font("cap"))
    metrics = QFontMetrics(font("cap"))
    for one in series:
        box = QRectF(left, top + 4, 9, 9)
        _fill(painter, box, one.role, p)
        words = f"{visible(one.name, 60, lines=False)} {one.total:,}"
        painter.setPen(QColor(p.text2))
        wide = metrics.horizontalAdvance(words)
        painter.drawText(QRectF(left + 15, top, wide + 2, 17), _VCENTRE, words)
        left += 15 + wide + 18


class BarChart(QWidget):
    """Stacked bars; the first series is at the bottom. A table behind it belongs to the view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: tuple[Series, ...] = ()
        self._labels: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_data(self, series: Sequence[Series], labels: Sequence[str], words: str = "") -> None:
        """Show series of equal length; ``labels`` may be empty where a bar has none.

        ``words`` say the picture to a screen reader; without them the totals are said.
        """
        self._series, self._labels = tuple(series), tuple(labels)
        self.setAccessibleName(words or ", ".join(f"{one.name} {one.total}" for one in series))
        self.update()

    def sizeHint(self) -> QSize:
        """Return what Home gives it."""
        return QSize(440, 280)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(200, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint legend, gridlines, bars and labels."""
        p = theme.current().palette
        painter = QPainter(self)
        _legend(painter, tuple(reversed(self._series)), 0, 0, p)
        length = max((len(one.counts) for one in self._series), default=0)
        tops = [sum(one.counts[n] for one in self._series if n < len(one.counts)) for n in range(length)]
        step = nice_step(max(tops, default=1) or 1)
        top = step * max(1, math.ceil(max(tops, default=1) / step))
        area = QRectF(28, 34, self.width() - 28, self.height() - 34 - 24)
        painter.setFont(font("cap"))
        for value in range(0, top + 1, step):
            y = round(area.bottom() - area.height() * value / top)
            painter.fillRect(QRectF(area.left(), y, area.width(), 1), QColor(p.row_line))
            painter.setPen(QColor(p.text2))
            painter.drawText(QRectF(0, y - 9, 22, 18), int(Qt.AlignmentFlag.AlignRight.value) | _VCENTRE, f"{value:,}")
        if length:
            self._bars(painter, area, length, top, p)
        painter.end()

    def _bars(self, painter: QPainter, area: QRectF, length: int, top: int, p: Palette) -> None:
        slot = area.width() / length
        bar = max(2.0, slot * 0.8)
        for n in range(length):
            left = round(area.left() + n * slot + (slot - bar) / 2)
            low, so_far = round(area.bottom()), 0
            for one in self._series:
                count = one.counts[n] if n < len(one.counts) else 0
                so_far += count
                high = round(area.bottom() - area.height() * so_far / top)
                if count:
                    # One pixel is left between layers, so that they differ without colour.
                    _fill(painter, QRectF(left, high, round(bar), max(1, low - high - 1)), one.role, p)
                low = high
            if n < len(self._labels) and self._labels[n]:
                painter.setPen(QColor(p.text2))
                box = QRectF(left - 20, area.bottom() + 6, bar + 40, 18)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter.value), self._labels[n])


class ShareBar(QWidget):
    """One bar cut into shares with its legend under it: what was decided this shift.

    The bar stands for the whole: what no share takes is left empty, so that 2 of 225 never look like all.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: tuple[Series, ...] = ()
        self._whole = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_data(self, series: Sequence[Series], whole: int) -> None:
        """Show shares of a whole, largest first as given."""
        self._series = tuple(series)
        self._whole = max(whole, sum(one.total for one in series))
        words = ", ".join(f"{one.name} {one.total:,}" for one in series)
        self.setAccessibleName(self.tr("{0}, of {1} in all").format(words, f"{self._whole:,}"))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the bar and its legend."""
        return QSize(300, 42)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bar and legend."""
        p = theme.current().palette
        painter = QPainter(self)
        painter.setPen(QPen(QColor(p.edge), 1))
        painter.setBrush(QColor(p.sunken))
        painter.drawRect(QRectF(0.5, 0.5, self.width() - 1, 15))
        left = 0
        for one in self._series:
            if not one.total or not self._whole:
                continue
            wide = max(_LEAST, round(self.width() * one.total / self._whole))
            box = QRectF(left, 0, min(wide, self.width() - left) - 1, 16)
            painter.fillRect(box, QColor(p.surface))
            _fill(painter, box, one.role, p)
            left += wide
        _legend(painter, self._series, 0, 24, p)
        painter.end()
