"""The window while it imports: when the first rows are painted, and how long its thread was ever held up.

python bench/window_import.py HOME TABLE    the raw key on standard input; prints one JSON object
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from triage_app import app
from triage_app.paths import Profile
from triage_app.services.previewing import preview
from triage_app.ui import quiet
from triage_app.ui.dialogs.import_pending import Job
from triage_app.ui.workplace_menus import PLACES

_SCHEDULED = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
_MACHINE = Path("/proc/stat")
BEAT_MS = 5
SETTLE_MS = 500
"""After the window has painted and made its places, one by one while it is idle, which is not part of an import."""


def waited_ms() -> float:
    """Return how long this thread ever stood ready while no processor was free, and how long a host took one away.

    The second is of the whole machine and in steps of 10 ms. 0 where the system says neither.
    """
    try:
        stolen = int(_MACHINE.read_text().partition("\n")[0].split()[8]) * 10.0
        return int(_SCHEDULED.read_text().split()[1]) / 1e6 + stolen
    except (OSError, ValueError, IndexError):
        return 0.0


class Watch(QObject):
    """A heartbeat on the window's thread, and an eye on the rows that come."""

    def __init__(self, table: Path) -> None:
        super().__init__()
        self._table = table
        self._started = self._last = 0.0
        self.first_rows = 0.0
        self.gaps: list[tuple[float, float, float, float]] = []
        "(milliseconds held up, seconds after the start, milliseconds of it that it computed, and that it waited)."
        self._waited, self._computed = waited_ms(), time.thread_time() * 1000
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self._tick)

    def begin(self) -> None:
        """Start the import, as the confirmed dialog does, once every place is made."""
        if window.workplace is not None and len(window.workplace.views) < len(PLACES):
            QTimer.singleShot(SETTLE_MS, self.begin)
            return
        needs = preview(self._table).needs
        work = window.workplace
        if work is None or needs is None:
            raise RuntimeError("the window is not open, or the table needs no mapping")
        work.importing.imported.connect(lambda *_: QTimer.singleShot(0, self._imported))
        work.queue.incoming.table.viewport().installEventFilter(self)
        self._started = self._last = time.perf_counter()
        self._beat.start()
        work.importing.start([Job(self._table, needs.suggestion, "RXX")])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt names it
        """Note the first paint of a row."""
        work = window.workplace
        seen = event.type() == QEvent.Type.Paint and work is not None and not self.first_rows
        if seen and work is not None and work.queue.incoming.table.record_model.rowCount():
            self.first_rows = time.perf_counter() - self._started
        return False

    def _tick(self) -> None:
        now, waited, computed = time.perf_counter(), waited_ms(), time.thread_time() * 1000
        held = (now - self._last) * 1000 - BEAT_MS
        self.gaps.append((held, now - self._started, computed - self._computed, waited - self._waited))
        self._last, self._waited, self._computed = now, waited, computed

    def _imported(self) -> None:
        self.imported = time.perf_counter() - self._started
        self._poll = QTimer(self)
        self._poll.setInterval(50)
        self._poll.timeout.connect(self._until_idle)
        self._poll.start()

    def _until_idle(self) -> None:
        work = window.workplace
        if work is None or work.desk.lane.is_busy() or work.importing.is_at_work():
            return
        self._poll.stop()
        self._beat.stop()
        worst = sorted(self.gaps)[-5:]
        told = {
            "first_rows": self.first_rows, "imported": self.imported,
            "searchable": time.perf_counter() - self._started, "worst_ms": worst[-1][0], "five_worst_ms": worst,
            "beats": len(self.gaps),
        }  # fmt: skip
        print(json.dumps(told), flush=True)
        QTimer.singleShot(0, window.close)


key = bytes.fromhex(sys.stdin.readline().strip())
application = QApplication(sys.argv[:1])
quiet.prepare()  # as ``app.run_window`` does
window = app.build(Profile(Path(sys.argv[1])), app.system_clock, key=key)
watch = Watch(Path(sys.argv[2]))
window.unlocked.connect(lambda: QTimer.singleShot(SETTLE_MS, watch.begin))
window.show()
application.exec()
