"""Looks at this laptop's clock each minute, on the lane, and says when it jumped or shows a time seen already."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from triage_app.domain.clock_drift import Reading
from triage_app.services import clock_drift
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk

_MINUTE_MS: Final = 60_000


class ClockDrift(QObject):
    """``words`` is what a responder must read about the clock, '' for nothing."""

    said = Signal()
    """The words changed."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._first: Reading | None = None
        self._fixed = False
        self.words = ""
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self.look)
        self._tick.start()

    def set_fixed(self, fixed: bool) -> None:
        """A clock that stands still on purpose, as in a demonstration, is not looked at."""
        self._fixed = fixed
        if not fixed and self._first is None:
            self.look()

    def look(self) -> None:
        """Compare the clock with what was seen, and with how it stood at first."""
        if not self._fixed:
            self._desk.long("", self._look, while_alive(self, self._show))

    def _look(self, session: Session, _: Progress) -> str:
        now = clock_drift.reading(session)
        words = clock_drift.said(session.store, now, self._first)
        clock_drift.note(session)
        if self._first is None:
            self._first = now
        return words

    def _show(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.said.emit()
