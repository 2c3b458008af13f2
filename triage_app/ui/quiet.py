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
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from PySide6.QtCore import QObject, QTimer

_TURN_SECONDS: Final = 0.001
"""How long one thread may compute while the window waits. A repaint waits for its turn at every row that it asks
for, and Python's own five milliseconds a time add up to a window that stands still while an import runs."""

_SWEEP_MS: Final = 200
"""How often to look whether enough was made since the last search to be worth another."""

_OLDEST: Final = 2
_lock = Lock()
_resting = 0


def prepare() -> None:
    """Set Python up for a window, once in a process and before the window is made."""
    sys.setswitchinterval(_TURN_SECONDS)
    gc.freeze()


_WHOLE_SECONDS: Final = 60.0
"""How often all that is alive may be searched, which takes as long as two frames: Python's own rule, by how much is
new, cannot be asked for. It waits for the lanes to be idle, since what they made is young until then."""


class Sweeper(QObject):
    """The search for garbage, on the thread that makes this object, which is the window's."""

    def __init__(self, parent: QObject, is_busy: Callable[[], bool] = lambda: False) -> None:
        """Take the search out of Python's hands for good; it goes on as long as ``parent`` lives.

        ``is_busy`` tells whether there is work under way, during which the old are not searched.
        """
        super().__init__(parent)
        gc.disable()
        self._is_busy = is_busy
        self._whole_at = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(_SWEEP_MS)
        self._timer.timeout.connect(self._sweep)
        self._timer.start()

    def _sweep(self) -> None:
        now = time.monotonic()
        whole = now - self._whole_at >= _WHOLE_SECONDS and not self._is_busy()
        if sweep(whole=whole) == _OLDEST:
            self._whole_at = now


def sweep(*, whole: bool) -> int | None:
    """Search the oldest generation that has come due by Python's own thresholds, the oldest of all only if ``whole``.

    Returns which one was searched; None while the search rests, and where none has come due.
    """
    if _resting:
        return None
    for generation in range(_OLDEST if whole else _OLDEST - 1, -1, -1):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            return generation
    return None


def sweep_up() -> None:
    """Search all that is alive, now: what a closed store left behind must not wait for its turn."""
    gc.collect()


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
