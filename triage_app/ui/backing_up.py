"""The window's side of automatic backups: the lane that makes them, and how they stand, for who shows it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal

from triage_app.services import backups
from triage_app.services.backup_lane import BackupLane
from triage_app.services.backups import Status
from triage_app.services.session import Session

LONG_S: Final = 1.5
"""A copy that is made sooner shows no progress: what only flashes is no help."""


class BackingUp(QObject):
    """One session's backups. Every signal and every callback comes on the window's thread."""

    changed = Signal()
    """How the backups stand is another now, or how far the one under way is."""
    failed = Signal(object)
    """A fault of ours on the lane."""
    _moved = Signal()
    _ended = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = BackupLane(session, self._moved.emit)
        self._then: dict[Future[Status], Callable[[], None]] = {}
        self._moved.connect(self._look, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._end, Qt.ConnectionType.QueuedConnection)
        session.lane = self._lane

    @property
    def status(self) -> Status:
        """How the backups stand."""
        return self._lane.status

    def is_at_work(self) -> bool:
        """Tell whether a copy is being made."""
        return self._lane.is_at_work()

    def is_long(self) -> bool:
        """Tell whether one is being made that takes long enough to be spoken of."""
        return self._lane.is_at_work() and self._lane.seconds() >= LONG_S

    def share(self) -> float | None:
        """Return how far the copy under way is, 0 to 1; None while it is read back, or none is made."""
        expected = self._lane.expected
        return min(1.0, self._lane.written / expected) if expected else None

    def make_now(self, then: Callable[[], None] = lambda: None) -> None:
        """Make a copy, whether one is due or not; ``then`` is called when it has ended, well or not."""
        self._ask(self._lane.start(backups.ASKED, always=True), then)

    def finish(self, then: Callable[[], None]) -> None:
        """Make the copy of the end of a session, where one is due; then go on."""
        self._ask(self._lane.start(backups.AFTER_SESSION), then)

    def cancel(self, *, quietly: bool = False) -> None:
        """Interrupt the copy under way."""
        self._lane.cancel(quietly=quietly)

    def close(self) -> None:
        """Interrupt what is under way and end the lane; nothing is called back afterwards."""
        self._then.clear()
        self._lane.close()

    def _ask(self, asked: Future[Status], then: Callable[[], None]) -> None:
        self._then[asked] = then
        asked.add_done_callback(self._ended.emit)
        self.changed.emit()

    def _look(self) -> None:
        fault, self._lane.fault = self._lane.fault, None
        if fault is not None:
            self.failed.emit(fault)
        self.changed.emit()

    def _end(self, asked: Any) -> None:
        then = self._then.pop(asked, None)
        self._look()
        if then is not None:
            then()
