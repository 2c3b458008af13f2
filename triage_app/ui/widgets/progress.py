"""Progress as the status bar and Home show it: a thin bar, per cent, time left and Cancel."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.services.progress import Pace
from triage_app.ui import painting, theme
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.buttons import link
from triage_app.ui.widgets.panel import row


def time_left_words(seconds: float | None) -> str:
    """Return how long is left, in words; nothing while it cannot be said."""
    tr = QCoreApplication.translate
    if seconds is None:
        return ""
    if seconds < 1:
        return tr("Progress", "a moment left")
    if seconds < 60:
        return tr("Progress", "{0} s left").format(round(seconds))
    minutes = round(seconds / 60)
    if minutes < 60:
        return tr("Progress", "{0} min left").format(minutes)
    return tr("Progress", "{0} h {1} min left").format(minutes // 60, minutes % 60)


class ProgressLine(QWidget):
    """The bar itself, 4 px: accent on line; a length nobody knows shows no false share."""

    def __init__(self, width: int | None = 120, parent: QWidget | None = None) -> None:
        """``width`` None lets the layout decide."""
        super().__init__(parent)
        self._share: float | None = 0.0
        if width is not None:
            self.setFixedWidth(width)
        self.setFixedHeight(Size.PROGRESS)

    def set_share(self, share: float | None) -> None:
        """Show a share from 0 to 1, or None for not known."""
        self._share = None if share is None else min(1.0, max(0.0, share))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bar."""
        painter = QPainter(self)
        box = QRectF(self.rect())
        p = theme.current().palette
        edge = theme.colour("edge") if p.high_contrast else None
        painting.rounded(painter, box, 2, theme.colour("surface" if p.high_contrast else "line"), edge)
        if self._share:
            painting.rounded(painter, QRectF(0, 0, box.width() * self._share, box.height()), 2, theme.colour("accent"))
        painter.end()


class ProgressStrip(QWidget):
    """What is being done, the bar, per cent and time left, and Cancel; hidden while nothing runs."""

    cancelled = Signal()

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        """``monotonic`` counts seconds, for the estimate of the time left."""
        super().__init__(parent)
        self._monotonic = monotonic
        self._pace = Pace(monotonic)
        self._label = ElidingLabel("", "cap", "text2", "both")
        self._label.setMaximumWidth(280)
        self._bar = ProgressLine()
        self._words = text_label("", "cap", "text2")
        self.cancel_button = link(self.tr("Cancel"))
        self.cancel_button.clicked.connect(self._cancel)
        line = row(self)
        for part in (self._label, self._bar, self._words, self.cancel_button):
            line.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Progress"))
        self.hide()

    def sizeHint(self) -> QSize:
        """Fit the status bar."""
        return QSize(super().sizeHint().width(), 24)

    def begin(self, label: str) -> None:
        """Show what has begun."""
        self._pace = Pace(self._monotonic)
        self._label.setText(label)
        self._label.setAccessibleName(label)
        self.cancel_button.setEnabled(True)
        self.report(0, None)
        self.show()

    def say(self, label: str) -> None:
        """Show what goes on now, where something else follows in the same stretch of work."""
        if label != self._label.text():
            self.begin(label)

    def report(self, done: int, total: int | None, speed: str = "") -> None:
        """Show how far it is, and how fast it goes where somebody has said so."""
        self._pace.note(done)
        if not total:
            self._bar.set_share(None)
            words = self.tr("{0} done").format(f"{done:,}") if done and not speed else ""
            self._words.setText(", ".join(part for part in (words, speed) if part) or self.tr("under way"))
            return
        share = min(1.0, done / total)
        self._bar.set_share(share)
        left = time_left_words(self._pace.left(total)) if share < 1 else ""
        percent = self.tr("{0} %").format(int(share * 100))
        self._words.setText(", ".join(part for part in (percent, speed, left) if part))

    def end(self) -> None:
        """Hide: it is done."""
        self.hide()

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self._words.setText(self.tr("stopping"))
        self.cancelled.emit()
