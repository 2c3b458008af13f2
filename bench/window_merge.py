"""The window while it previews and merges a bundle: how long its thread was ever held up.

python bench/window_merge.py HOME BUNDLE…    the raw key on standard input; prints one JSON object
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from bench.heartbeat import Heartbeat
from triage_app import app
from triage_app.paths import Profile
from triage_app.ui import quiet
from triage_app.ui.dialogs.merge_bundle import MergeDialog
from triage_app.ui.workplace_menus import PLACES

SETTLE_MS = 500
POLL_MS = 50


class Watch(QObject):
    """Opens the dialog, merges once it has shown what would change, and waits until all is searchable."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__()
        self._paths = paths
        self._heart = Heartbeat()
        self._dialog: MergeDialog | None = None
        self._previewed = self._merged = 0.0
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)

    def begin(self) -> None:
        """Start, once every place of the window is made."""
        work = window.workplace
        if work is None or len(work.views) < len(PLACES):
            QTimer.singleShot(SETTLE_MS, self.begin)
            return
        self._heart.begin()
        self._dialog = MergeDialog(work.desk, self._paths, window)
        self._dialog.merged.connect(self._note_merged)
        self._dialog.show()
        self._poll.start()

    def _note_merged(self) -> None:
        self._merged = self._heart.seconds()

    def _look(self) -> None:
        work, dialog = window.workplace, self._dialog
        if work is None or dialog is None:
            return
        if dialog.preview is not None and not self._previewed:
            self._previewed = self._heart.seconds()
            dialog.merge.click()
        elif dialog.trouble.isVisible():
            raise RuntimeError("the bundle was refused")
        elif self._merged and not work.desk.lane.is_busy() and not work.importing.is_at_work():
            self._poll.stop()
            self._heart.end()
            worst = self._heart.worst()
            told = {
                "previewed": self._previewed, "merged": self._merged, "searchable": self._heart.seconds(),
                "worst_ms": worst[-1][0], "five_worst_ms": worst, "beats": len(self._heart.gaps),
            }  # fmt: skip
            print(json.dumps(told), flush=True)
            dialog.close()
            QTimer.singleShot(0, window.close)


key = bytes.fromhex(sys.stdin.readline().strip())
application = QApplication(sys.argv[:1])
quiet.prepare()  # as ``app.run_window`` does
window = app.build(Profile(Path(sys.argv[1])), app.system_clock, key=key)
watch = Watch([Path(name) for name in sys.argv[2:]])
window.unlocked.connect(lambda: QTimer.singleShot(SETTLE_MS, watch.begin))
window.show()
application.exec()
