"""The moment between showing a form and its having the keyboard: what is typed meanwhile is the form's.

Some desktops give a new window the keyboard a little later. Letters that somebody types at once would act on the list
behind: the first of “pharmacy” promotes.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_LONGEST_MS: Final = 1_000
"""After so long the keyboard is given back to whatever has it: the desktop keeps the form from it."""

_KEYS: Final = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease)


class Arriving(QObject):
    """Hands the keys that the window behind is given on to a form, until that has the keyboard itself."""

    def __init__(self, form: QWidget, behind: QWidget) -> None:
        super().__init__(form)
        self._form, self._behind = form, behind
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.timeout.connect(self.leave)
        self._end.start(_LONGEST_MS)

    def leave(self) -> None:
        """Let go of the keyboard."""
        self._end.stop()
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand keys on; end as soon as the form is active, or gone."""
        if watched is self._form and event.type() in (QEvent.Type.WindowActivate, QEvent.Type.Hide):
            self.leave()
            return False
        if event.type() not in _KEYS or not isinstance(watched, QWidget) or not isValid(self._behind):
            return False
        if watched.window() is not self._behind:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # then the key is sent as one, and no act of the window takes it
        elif isinstance(event, QKeyEvent):
            QCoreApplication.sendEvent(self._form.focusWidget() or self._form, event)
        return True
