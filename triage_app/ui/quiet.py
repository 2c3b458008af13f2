"""Python itself, kept from holding the window up: who may compute when, and the search for garbage.

That search visits all that is alive, which takes 40 ms and more in a window, and it comes round with every few hundred
records that are read. What is loaded before the window is never garbage and is left out of it for good; while a file is
taken in or indexed, which makes no garbage of that kind, it rests.

Left to itself it also runs on whatever thread happens to make the next record, and a closed dialog that it finds dies
there. Qt's widgets and timers may die on the window's thread only: anywhere else the program ends with them, then or
later. So a ``Sweeper`` does the search, on the window's thread, and nothing else does.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from PySide6.QtCore import QObject, QTimer

_TURN_SECONDS: Final = 0.001
"""How long one thread may compute while the window waits. A repaint waits for its turn at every row that it asks
for, and Python's own five milliseconds a time add up to a window that stands still while an import runs."""

_SWEEP_MS: Final = 200
"""How often to look whether enough was made since the last search to be worth another."""

_lock = Lock()
_resting = 0


def prepare() -> None:
    """Set Python up for a window, once in a process and before the window is made."""
    sys.setswitchinterval(_TURN_SECONDS)
    gc.freeze()


class Sweeper(QObject):
    """The search for garbage, on the thread that makes this object, which is the window's."""

    def __init__(self, parent: QObject) -> None:
        """Take the search out of Python's hands for good; it goes on as long as ``parent`` lives."""
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_SWEEP_MS)
        self._timer.timeout.connect(sweep)
        self._timer.start()


def sweep() -> None:
    """Search the oldest generation that has come due by Python's own thresholds, unless the search rests."""
    if _resting:
        return
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            return


@contextmanager
def resting() -> Iterator[None]:
    """Let the search rest meanwhile, from whatever thread; several at a time end it with the last of them."""
    global _resting
    with _lock:
        _resting += 1
    try:
        yield
    finally:
        with _lock:
            _resting -= 1
