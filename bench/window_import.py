"""The window while it imports: when the first rows are painted, and how long its thread was ever held up.

python bench/window_import.py HOME TABLE    the raw key on standard input; prints one JSON object
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from bench.heartbeat import Heartbeat
from triage_app import app
from triage_app.paths import Profile
from triage_app.services.previewing import preview
from triage_app.ui import quiet
from triage_app.ui.dialogs.import_pending import Job
from triage_app.ui.workplace_menus import PLACES

SETTLE_MS = 500
"""After the window has painted and made its places, one by one while it is idle, which is not part of an import."""


class Watch(QObject):
    """A heartbeat on the window's thread, and an eye on the rows that come."""

    def __init__(self, table: Path) -> None:
        super().__init__()
        self._table = table
        self.first_rows = 0.0
        self._heart = Heartbeat()

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
        self._heart.begin()
        work.importing.start([Job(self._table, needs.suggestion, "RXX")])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt names it
        """Note the first paint of a row."""
        work = window.workplace
        seen = event.type() == QEvent.Type.Paint and work is not None and not self.first_rows
        if seen and work is not None and work.queue.incoming.table.record_model.rowCount():
            self.first_rows = self._heart.seconds()
        return False

    def _imported(self) -> None:
        self.imported = self._heart.seconds()
        self._poll = QTimer(self)
        self._poll.setInterval(50)
        self._poll.timeout.connect(self._until_idle)
        self._poll.start()

    def _until_idle(self) -> None:
        work = window.workplace
        if work is None or work.desk.lane.is_busy() or work.importing.is_at_work():
            return
        self._poll.stop()
        self._heart.end()
        worst = self._heart.worst()
        told = {
            "first_rows": self.first_rows, "imported": self.imported,
            "searchable": self._heart.seconds(), "worst_ms": worst[-1][0], "five_worst_ms": worst,
            "beats": len(self._heart.gaps),
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
