"""The line over the queue in compact rows: how many of each severity the list holds, and what they fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.language import plural
from triage_app.ui import painting, theme
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.panel import Panel

_BAR: Final = 180
_GAP: Final = 18
_STRONG: Final = ("critical", "high")


class SeverityTotals(Panel):
    """34 high. It shows while rows are compact and there is height for it; what does not fit goes from the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("canvas", "b", parent)
        self.setFixedHeight(Size.TOTALS)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._counts: dict[str, int] = {}
        self._words: dict[str, str] = {}
        self._folds = ""
        self._has_room = True
        theme.current().changed.connect(self._follow)
        self._follow()

    def set_room(self, there_is: bool) -> None:
        """Say whether there is height for it."""
        self._has_room = there_is
        self._follow()

    def _follow(self) -> None:
        self.setVisible(self._has_room and bool(self._counts) and theme.current().density == "compact")

    def say(self, counts: Mapping[str, int], rows: int) -> None:
        """Show how many alerts of each severity (its word, the worst first) there are, and how many rows they fold."""
        names = {
            "Critical": self.tr("{0} critical"), "High": self.tr("{0} high"), "Medium": self.tr("{0} medium"),
            "Low": self.tr("{0} low"), "Info": self.tr("{0} info"),
        }  # fmt: skip
        self._counts = {word.lower(): count for word, count in counts.items()}
        self._words = {word.lower(): names[word].format(f"{count:,}") for word, count in counts.items()}
        whole = sum(counts.values())
        folds = plural(whole, "1 alert folds {1} rows", "{0} alerts fold {1} rows")
        self._folds = folds.format(f"{whole:,}", f"{rows:,}")
        self.setAccessibleName(", ".join([*self._words.values(), self._folds]))
        self._follow()
        self.update()

    def words(self) -> str:
        """Return all that it says."""
        return self.accessibleName()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint shape and word of each severity, the bar of their shares, and what they fold."""
        super().paintEvent(event)
        p = theme.current().palette
        painter = QPainter(self)
        left, end, middle = Size.PAGE, self.width() - Size.PAGE, self.height() / 2
        flags = int(Qt.AlignmentFlag.AlignVCenter.value)
        for level, words in self._words.items():
            face = font("small_strong" if level in _STRONG and self._counts[level] else "small")
            wide = QFontMetrics(face).horizontalAdvance(words) + 2
            if left + Size.GLYPH + 7 + wide > end:
                break
            painting.severity(painter, QRectF(left, middle - Size.GLYPH / 2, Size.GLYPH, Size.GLYPH), level, p)
            painter.setFont(face)
            painter.setPen(QColor(p.critical if level == "critical" and self._counts[level] else p.text))
            painter.drawText(QRect(left + Size.GLYPH + 7, 0, wide, self.height()), flags, words)
            left += Size.GLYPH + 7 + wide + _GAP
        whole = sum(self._counts.values())
        if whole and left + _BAR <= end:
            at = float(left)
            for level, count in self._counts.items():
                share = _BAR * count / whole
                if count:
                    painter.fillRect(QRectF(at, middle - 3, max(1.0, share - 1), 6), QColor(p.colour(level)))
                at += share
            left += _BAR + _GAP
        face = font("small")
        wide = QFontMetrics(face).horizontalAdvance(self._folds) + 2
        if left + wide <= end:
            painter.setFont(face)
            painter.setPen(QColor(p.text2))
            painter.drawText(QRect(end - wide, 0, wide, self.height()), flags, self._folds)
        painter.end()
