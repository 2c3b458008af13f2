"""The window over a store, opened with the raw key from standard input; says when alerts are painted."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QTableView

from triage_app import app
from triage_app.paths import Profile


class FirstRows(QObject):
    """Watches a table until it paints while it has rows."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._table = table
        table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt names it
        """Say “painted” after the paint of the first rows, and go."""
        if event.type() == QEvent.Type.Paint and self._table.model().rowCount() > 0:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, said)
        return False


def said() -> None:
    """Say so, and close."""
    print("painted", flush=True)
    QTimer.singleShot(0, window.close)


def watch() -> None:
    """Find the queue's table and wait for its rows."""
    if window.workplace is not None:
        FirstRows(window.workplace.queue.table)


key = bytes.fromhex(sys.stdin.readline().strip())
application = QApplication(sys.argv[:1])
window = app.build(Profile(Path(sys.argv[1])), app.system_clock, key=key)
window.unlocked.connect(watch)
window.show()
application.exec()
