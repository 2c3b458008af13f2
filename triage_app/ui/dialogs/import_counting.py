"""Counting behind the responder's back what files would come to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from triage_app.errors import TriageError
from triage_app.services import previewing
from triage_app.services.previewing import Foretold
from triage_app.services.progress import Progress
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.import_pending import Pending


class Counting(QObject):
    """Counts files one after the other. Nothing waits for it, and nothing depends on it."""

    moved = Signal(object)
    """The ``Pending`` of which more is known."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._under_way: list[Pending] = []

    def start(self, pending: Pending, organisation: str) -> None:
        """Count what importing a file would come to."""
        preview = pending.preview
        if preview is None:
            return
        if pending.counting is not None:
            pending.counting.cancel()
        how = (pending.source, pending.path.name, pending.format_name, pending.mapping)
        left = pending.left_out

        def work(store: Store, progress: Progress, is_cancelled: Callable[[], bool]) -> Foretold | None:
            if preview.whole:
                return previewing.foretell_from(store, preview, left)
            source, name, format_name, mapping = how
            try:
                return previewing.foretell(
                    store, source, name=name, format_name=format_name, mapping=mapping, organisation=organisation,
                    progress=progress, is_cancelled=is_cancelled, leave_out=left,
                )  # fmt: skip
            except TriageError:  # the import itself will say it
                return None

        pending.stopped, pending.counted = False, 0
        pending.counting = self._desk.aside(
            work,
            while_alive(self, lambda found: self._counted(pending, preview, left, found)),
            on_progress=lambda done, total: self._progress(pending, preview, done, total),
        )
        self._under_way.append(pending)

    def stop(self, pending: Pending) -> None:
        """Stop counting a file; it can be imported all the same."""
        if pending.counting is not None:
            pending.counting.cancel()
            pending.counting = None
            pending.stopped = True

    def stop_all(self) -> None:
        """Stop every count: the answer is no longer wanted."""
        for pending in self._under_way:
            self.stop(pending)
        self._under_way.clear()

    def _progress(self, pending: Pending, preview: object, done: int, total: int | None) -> None:
        if pending.preview is preview and pending.counting is not None and total:
            percent = min(99, done * 100 // total)
            if percent != pending.counted:
                pending.counted = percent
                self.moved.emit(pending)

    def _counted(
        self, pending: Pending, preview: object, left: frozenset[str], found: Foretold | None
    ) -> None:  # fmt: skip
        if pending.preview is not preview or pending.left_out != left:
            return
        pending.counting = None
        pending.foretold = found
        pending.stopped = found is None
        self.moved.emit(pending)
