"""An empty QMainWindow that says when it has painted: the least a window can cost."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow


class Empty(QMainWindow):
    """Says “painted” once."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt names it
        """Say so, and go."""
        super().paintEvent(event)
        print("painted", flush=True)
        QTimer.singleShot(0, QApplication.quit)


application = QApplication(sys.argv[:1])
window = Empty()
window.resize(1440, 900)
window.show()
application.exec()
