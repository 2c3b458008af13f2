"""The search index, brought up to date behind the responder's back and never in the way."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.ui.desk import Desk
from triage_app.ui.quiet import resting


class _MoreToIndex(Exception):
    """A slice is indexed and more is left: a way out of the service, nothing is wrong."""


class Indexing(QObject):
    """Indexes a slice at a time, so that an act never waits long behind it."""

    ended = Signal()
    """Something was indexed, and nothing is left to do."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._did_any = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(0)
        self._again.timeout.connect(self.start)

    def start(self) -> None:
        """Index the next slice, and come back for the one after it."""
        if self._desk.auditors_copy is not None:
            return
        self._desk.long(self.tr("Indexing for search"), self._slice, self._sliced)

    def _slice(self, session: Session, progress: Progress) -> tuple[bool, bool]:
        """Return whether anything was indexed, and whether more is left."""
        done_any = False

        def after_a_slice(done: int, total: int | None = None) -> None:
            nonlocal done_any
            done_any = True
            progress(done, total)
            if total is not None and done < total:
                raise _MoreToIndex

        try:
            from triage_app.services.import_alerts import index_wait

            with resting():
                index_wait(session, after_a_slice, in_window=True)
        except _MoreToIndex:
            return True, True
        return done_any, False

    def _sliced(self, outcome: tuple[bool, bool]) -> None:
        did_any, more = outcome
        self._did_any = self._did_any or did_any
        if more:
            self._again.start()
        elif self._did_any:
            self._did_any = False
            self.ended.emit()
