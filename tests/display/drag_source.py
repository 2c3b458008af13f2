"""A window that files can be dragged out of, as out of a file manager: ``drag_source.py FILE…``."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

NAME = "Files to drag"
SIDE = 120


class Source(QLabel):
    """Starts a drag of its files where the mouse is pressed and moved."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("\n".join(name.rpartition("/")[2] for name in names))
        self._urls = [QUrl.fromLocalFile(name) for name in names]
        self.setWindowTitle(NAME)
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        self.setGeometry(0, 0, SIDE, SIDE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        data = QMimeData()
        data.setUrls(self._urls)
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


def main() -> int:
    application = QApplication(sys.argv[:1])
    source = Source(sys.argv[1:])
    source.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
