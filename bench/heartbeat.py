"""A heartbeat on the window's thread: how long that was ever held up, and by what."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from PySide6.QtCore import QTimer

_SCHEDULED = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
_MACHINE = Path("/proc/stat")
BEAT_MS = 5


def waited_ms() -> float:
    """Return how long this thread ever stood ready while no processor was free, and how long a host took one away.

    The second is of the whole machine and in steps of 10 ms. 0 where the system says neither.
    """
    try:
        stolen = int(_MACHINE.read_text().partition("\n")[0].split()[8]) * 10.0
        return int(_SCHEDULED.read_text().split()[1]) / 1e6 + stolen
    except (OSError, ValueError, IndexError):
        return 0.0


class Heartbeat:
    """Beats from ``begin`` to ``end`` and keeps each gap between two beats. Made on the window's thread."""

    def __init__(self) -> None:
        self.started = self._last = 0.0
        self.gaps: list[tuple[float, float, float, float]] = []
        "(milliseconds held up, seconds after the start, milliseconds of it that it computed, and that it waited)."
        self._waited, self._computed = waited_ms(), time.thread_time() * 1000
        self._beat = QTimer()
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self._tick)

    def begin(self) -> None:
        """Begin to count."""
        self.started = self._last = time.perf_counter()
        self._waited, self._computed = waited_ms(), time.thread_time() * 1000
        self._beat.start()

    def end(self) -> None:
        """Count no more."""
        self._beat.stop()

    def seconds(self) -> float:
        """Return how long ago it began."""
        return time.perf_counter() - self.started

    def worst(self) -> list[tuple[float, float, float, float]]:
        """Return the five longest gaps, the longest last."""
        return sorted(self.gaps)[-5:]

    def _tick(self) -> None:
        now, waited, computed = time.perf_counter(), waited_ms(), time.thread_time() * 1000
        held = (now - self._last) * 1000 - BEAT_MS
        self.gaps.append((held, now - self.started, computed - self._computed, waited - self._waited))
        self._last, self._waited, self._computed = now, waited, computed
