"""Where the window stands: its size and place of last time, on the screen there is now, with room for its frame."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QByteArray, QMargins, QRect, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QStyle, QWidget

USUAL = (1440, 900)


class WindowFrame(QMainWindow):
    """A window that remembers its place, and sees the input of its dialogs too."""

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._opened_with = QSize()

    def restore_place(self) -> None:
        """Take the place and size of last time, as far as this screen has room for them."""
        geometry = self._settings.value("window/geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(*USUAL)
        if not (self.isMaximized() or self.isFullScreen()):
            title = self.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
            edge = self.style().pixelMetric(QStyle.PixelMetric.PM_MdiSubWindowFrameWidth)
            placed = within(self.geometry(), self.screen().availableGeometry(), QMargins(edge, title, edge, edge))
            self.setGeometry(placed) if geometry is not None else self.resize(placed.size())
            self._opened_with = self.size()

    def _fit_frame(self) -> None:
        """Once the frame is known, make room for it, unless somebody chose another size meanwhile."""
        handle = self.windowHandle()
        if handle is None or self.size() != self._opened_with or self.isMaximized() or self.isFullScreen():
            return
        placed = within(self.geometry(), self.screen().availableGeometry(), handle.frameMargins())
        if placed != self.geometry():
            self.setGeometry(placed)
            self._opened_with = self.size()

    def remembered_theme(self) -> str:
        """Return the colours that were last chosen: the store, which knows them too, is still locked."""
        return str(self._settings.value("theme", ""))

    def remember_place(self) -> None:
        """Keep the place and size for the next time."""
        self._settings.setValue("window/geometry", self.saveGeometry())
        self._settings.sync()

    def _watch(self, window: QWindow | None) -> None:
        """Watch the input of a dialog too: who types a long note is at work."""
        if window is not None and window is not self.windowHandle():
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1 opens the manual where nothing is unlocked yet; at work, the menu's own key comes before."""
        shown = self.centralWidget()
        if event.key() == Qt.Key.Key_F1:
            from triage_app.ui.manual import open_manual
            from triage_app.ui.manual_map import page_of

            page = shown.currentWidget() if isinstance(shown, QStackedWidget) else shown
            open_manual(self, page_of(page or self))
            event.accept()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: Any) -> None:
        """Watch the window's own input, so that nobody is locked out while at work."""
        super().showEvent(event)
        handle = self.windowHandle()
        if handle is not None:
            handle.removeEventFilter(self)
            handle.installEventFilter(self)
            QTimer.singleShot(0, self, self._fit_frame)


def within(wanted: QRect, room: QRect, frame: QMargins) -> QRect:
    """Return where a window goes so that it and its frame lie inside the room of a screen."""
    inner = room.marginsRemoved(frame)
    size = wanted.size().boundedTo(inner.size())
    left = max(inner.left(), min(wanted.left(), inner.right() - size.width() + 1))
    top = max(inner.top(), min(wanted.top(), inner.bottom() - size.height() + 1))
    return QRect(left, top, size.width(), size.height())


def belongs_to(widget: QWidget, window: QWidget) -> bool:
    """Tell whether a widget is the window, or lies below it."""
    step: QWidget | None = widget
    while step is not None:
        if step is window:
            return True
        step = step.parentWidget()
    return False
