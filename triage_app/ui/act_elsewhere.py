"""Doing what belongs to another place: going there, and opening its form once there is something to do it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from shiboken6 import isValid

from triage_app.ui.suggestions import Elsewhere, keys_of, plain_words

if TYPE_CHECKING:
    from triage_app.ui.workplace import Workplace

_EACH_MS: Final = 50
_PATIENCE: Final = 30
"""So many looks, 50 ms apart, until a place that was gone to has read what it shows."""


def go_and_do(work: Workplace, wanted: Elsewhere) -> None:
    """Go to the act's place. A form opens there by itself; what would act at once waits until one has seen on what."""
    work.go_to(wanted.place)
    left = [_PATIENCE]
    timer = QTimer(work)
    timer.setInterval(_EACH_MS)

    def look() -> None:
        left[0] -= 1
        gone = not isValid(wanted.action) or work.place() != wanted.place
        if gone or left[0] <= 0 or wanted.action.isEnabled():
            timer.stop()
            timer.deleteLater()
            if not gone:
                _do(work, wanted.action)

    timer.timeout.connect(look)
    timer.start()


def _do(work: Workplace, action: QAction) -> None:
    words = plain_words(action)
    if not action.isEnabled():
        said = work.tr("“{0}” needs a record: choose or open one here first.")
        work.messages.inform(said.format(words.rstrip("…")), "notice")
    elif words.endswith("…"):
        action.trigger()
    else:
        keys = keys_of(action) or work.tr("in the menu")
        work.messages.inform(work.tr("“{0}” is {1} here; it acts on what is current.").format(words, keys), "notice")
