"""The window over a store; says “page” when the page that unlocks is painted, and “painted” when alerts are.

It is unlocked by the raw key from standard input, once what follows is loaded: as when somebody has typed.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QTableView

from triage_app import app
from triage_app.paths import Profile
from triage_app.ui import quiet

REST_MS = 200
"""Between the last that is loaded and the key: nobody types a passphrase sooner."""


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


class Page(QObject):
    """Watches the page that unlocks until it is painted."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt names it
        """Say “page” after its first paint."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, lambda: print("page", flush=True))
        return False


def said() -> None:
    """Say so, and close."""
    print("painted", flush=True)
    QTimer.singleShot(0, window.close)


def watch() -> None:
    """Find the queue's table and wait for its rows."""
    if window.workplace is not None:
        FirstRows(window.workplace.queue.table)


def unlock() -> None:
    """Say “asked”, and open the store."""
    key = bytes.fromhex(sys.stdin.readline().strip())
    print("asked", flush=True)
    window.unlock_with_key(key)


gc.disable()  # as the program does at its start
application = QApplication(sys.argv[:1])
quiet.prepare()
window = app.build(Profile(Path(sys.argv[1])), app.system_clock)
page = Page()
window.unlock_page.installEventFilter(page)
window.preload.done.connect(lambda: QTimer.singleShot(REST_MS, unlock))
window.unlocked.connect(watch)
window.show()
application.exec()
