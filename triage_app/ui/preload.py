"""Loads the workplace's code while somebody types the passphrase: the first picture does not wait for it."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

_AFTER_MS: Final = 30
"""The unlock page is painted first."""

_PARTS: Final = (
    "store.connection", "store.journal", "store.projections", "services.session", "services.backups",
    "services.going_back", "services.openings", "services.rekeying", "services.drafts", "services.reference_sets",
    "services.reference_shelf", "services.undo", "ui.desk", "services.palette", "ui.suggestions", "services.clocks",
    "ui.clock_voice", "services.related",
    "ui.views.queue_reading", "ui.views.alert_detail", "services.tips", "ui.views.alert_people",
    "services.incidents", "ui.views.queue_acts", "services.previewing", "ui.watching", "ui.views.queue_layout",
    "ui.views.queue", "ui.dialogs.handover", "store.outgoing", "ui.pages_out", "ui.workplace_menus",
    "ui.workplace", "ui.dialogs.form", "ui.dialogs.drafts", "ui.opening_words",
)  # fmt: skip
"""In an order in which each brings little more: keys are heard between two of them."""


class Preload(QObject):
    """Imports one part after the other, each in a turn of its own of the window's thread."""

    done = Signal()

    def __init__(self, parent: QObject) -> None:
        """Begin once the window has had time to paint."""
        super().__init__(parent)
        self._left = list(_PARTS)
        QTimer.singleShot(_AFTER_MS, self, self._next)

    def is_done(self) -> bool:
        """Tell whether all is loaded."""
        return not self._left

    def _next(self) -> None:
        import_module(f"triage_app.{self._left.pop(0)}")
        if self._left:
            QTimer.singleShot(0, self, self._next)
        else:
            self.done.emit()
