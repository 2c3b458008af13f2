"""After a session that did not end as it should, looks at every page of the store, aside, and says what it finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from triage_app.errors import StoreDamaged, TriageError
from triage_app.services import unclean_exit
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk

_AFTER_MS: Final = 1_500
"""By then the window shows its first alerts: the disk is theirs until then."""


class PageCheck(QObject):
    """``words`` is what stays in view about the store's pages, short enough for a narrow window; '' for nothing."""

    def __init__(self, desk: Desk, parent: QObject, said: Callable[[], None]) -> None:
        """``said`` is called once the words changed."""
        super().__init__(parent)
        self._desk = desk
        self._said = said
        self.words = ""
        if desk.owes_check:
            QTimer.singleShot(_AFTER_MS, self, self._look)

    def _look(self) -> None:
        self._desk.aside(
            lambda store, progress, _: unclean_exit.check(store, progress), self._whole, while_alive(self, self._amiss)
        )

    def _whole(self, _: None) -> None:
        self._desk.long("", lambda held, _: unclean_exit.settle(held))

    def _amiss(self, error: TriageError) -> None:
        """Where the check could not be made, the next start makes it; what is wrong then is said by others."""
        if isinstance(error, StoreDamaged):
            self.words = self.tr("Damaged pages were found in the store. Lock it and restore the newest backup.")
            self._said()
            self._desk.refused.emit(error)  # the whole of it, at the foot
