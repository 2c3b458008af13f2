"""The lock after idleness: said a minute before it comes, and put off by any key or movement."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from triage_app.ui.widgets.banner import Banner
from triage_app.ui.window_frame import belongs_to

NOTICE_MS: Final = 60_000
"""Milliseconds before the lock at which it is said; half the wait where that is shorter than two minutes."""

_TICK_MS: Final = 1_000
_EDGE: Final = 8


class IdleLock(QTimer):
    """Runs out when nobody has done anything for its interval. Every ``start`` begins the wait anew."""

    def __init__(self, window: QWidget) -> None:
        """``window`` is what will be locked; the notice lies over it, or over the dialog of it that is in front."""
        super().__init__(window)
        self._window = window
        self.notice: IdleNotice | None = None
        self.setSingleShot(True)
        self._nearing = QTimer(self)
        self._nearing.setSingleShot(True)
        self._nearing.timeout.connect(self._tell)
        self.timeout.connect(self._put_away)

    def start(self, milliseconds: int | None = None) -> None:
        """Begin the wait anew, of another length if one is given; a notice that is shown goes."""
        super().start() if milliseconds is None else super().start(milliseconds)
        wait = self.interval()
        self._nearing.start(wait - min(NOTICE_MS, wait // 2))
        self._put_away()

    def stop(self) -> None:
        """Wait no longer."""
        super().stop()
        self._nearing.stop()
        self._put_away()

    def _tell(self) -> None:
        over = QApplication.activeModalWidget() or QApplication.activeWindow() or self._window
        if not belongs_to(over, self._window):
            over = self._window
        self.notice = IdleNotice(over, self)
        self.notice.acted.connect(lambda: self.start())

    def _put_away(self) -> None:
        notice, self.notice = self.notice, None
        if notice is not None and isValid(notice):
            notice.hide()
            notice.deleteLater()


class IdleNotice(Banner):
    """Lies over the top of a window and counts down. It is said once: a count that speaks would drown all else."""

    def __init__(self, over: QWidget, lock: QTimer) -> None:
        """``lock`` is the wait whose end locks the window."""
        self._lock = lock
        super().__init__(parent=over)
        self.say(self._words(), self.tr("Any key or movement keeps it open."), "amber", self.tr("Keep it open"))
        self._ticks = QTimer(self)
        self._ticks.setInterval(_TICK_MS)
        self._ticks.timeout.connect(self._count)
        self._ticks.start()
        self._place()
        self.show()
        self.raise_()

    def _words(self) -> str:
        seconds = round(max(0, self._lock.remainingTime()) / 1000)
        if seconds == 1:
            return self.tr("Triage locks in 1 second.")
        return self.tr("Triage locks in {0} seconds.").format(seconds)

    def _count(self) -> None:
        self._what.setText(self._words())
        self.setAccessibleName(f"{self._what.text()} {self._detail.text()}")
        self._place()

    def _place(self) -> None:
        over = self.parentWidget()
        if over is not None:
            wide = max(0, over.width() - 2 * _EDGE)
            self.resize(wide, self.height())
            self.setGeometry(_EDGE, _EDGE, wide, self.sizeHint().height())
