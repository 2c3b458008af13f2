"""One ring that follows the focus through every window: 2 px, 2 px away, never removed."""

from __future__ import annotations

from itertools import pairwise

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QScrollArea, QWidget

from triage_app.ui import painting, theme
from triage_app.ui.soon import soon
from triage_app.ui.tokens import Size

_OUT = Size.FOCUS_LINE + Size.FOCUS_GAP
_MOVES = (
    QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest,
    QEvent.Type.ParentChange,
)  # fmt: skip


class _Ring(QWidget):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ring."""
        painter = QPainter(self)
        box = QRectF(self.rect())
        painting.rounded(painter, box, Size.RADIUS_FOCUS, None, theme.colour("focus"), width=Size.FOCUS_LINE)
        painter.end()


class FocusRing(QObject):
    """Keep one for the application. A widget that shows its own focus says so with the property ``ownFocus``."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._ring: _Ring | None = None
        self._watched: list[QWidget] = []
        self._is_to_scroll = False
        self._settled = soon(self, self._settle)
        app.focusChanged.connect(self._moved)

    def rect(self) -> QRect | None:
        """Return where the ring is in its window, or None while none is shown."""
        ring = self._alive()
        return ring.geometry() if ring is not None and not ring.isHidden() else None

    def _alive(self) -> _Ring | None:
        return self._ring if self._ring is not None and shiboken6.isValid(self._ring) else None

    def _moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        for widget in self._watched:
            if shiboken6.isValid(widget):
                widget.removeEventFilter(self)
        self._watched = []
        ring = self._alive()
        if now is None or isinstance(now, QMenu | QMenuBar) or now.property("ownFocus"):
            if ring is not None:
                ring.hide()
            return
        window = now.window()
        if ring is None or ring.parentWidget() is not window:
            if ring is not None:
                ring.hide()
                ring.deleteLater()
            self._ring = _Ring(window)
        step: QWidget | None = now
        while step is not None:
            step.installEventFilter(self)
            self._watched.append(step)
            step = None if step is window else step.parentWidget()
        _bring_into_view(now)
        self._is_to_scroll = True  # once more when the page has its size
        self._settled.start()
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widget when it, or anything it stands in, moves."""
        if event.type() in _MOVES:
            self._follow()
            # A form has the focus before it has its size.
            self._is_to_scroll |= event.type() == QEvent.Type.Resize and isinstance(watched, QScrollArea)
            self._settled.start()
        return False

    def _settle(self) -> None:
        """Once the layouts have given out room, scroll to what has the focus where that moved, and look again."""
        scrolls, self._is_to_scroll = self._is_to_scroll, False
        if scrolls and self._watched and shiboken6.isValid(self._watched[0]):
            _bring_into_view(self._watched[0])
        self._follow()

    def _follow(self) -> None:
        ring = self._alive()
        if ring is None or not self._watched or not shiboken6.isValid(self._watched[0]):
            return
        target, window = self._watched[0], self._watched[-1]
        if not target.isVisible() or ring.parentWidget() is not window:
            ring.hide()
            return
        seen = target.visibleRegion().boundingRect()
        if seen.isEmpty():
            ring.hide()
            return
        box = _in_sight(self._watched).adjusted(-_OUT, -_OUT, _OUT, _OUT)
        ring.setGeometry(box.intersected(window.rect()))
        ring.show()
        ring.raise_()


def _in_sight(steps: list[QWidget]) -> QRect:
    """Return what is not scrolled away of the first, in the last: a ring round the rest would lie over other things.

    Each of ``steps`` stands in the next.
    """
    box = steps[0].rect()
    for inner, outer in pairwise(steps):
        box = QRect(inner.mapToParent(box.topLeft()), box.size())
        page = outer.parentWidget()
        if isinstance(page, QScrollArea) and page.viewport() is outer:
            box = box.intersected(outer.rect())
    return box


def _bring_into_view(now: QWidget) -> None:
    """Scroll to what has the focus, as far as its ring needs; never under a press of the mouse."""
    if not now.isVisible() or QApplication.mouseButtons() != Qt.MouseButton.NoButton:
        return
    step = now.parentWidget()
    while step is not None and not step.isWindow():
        if isinstance(step, QScrollArea) and now.height() <= step.viewport().height() - 2 * _OUT:
            # Not ensureWidgetVisible: of what is written into, it sees to the line of the cursor alone.
            bar, top = step.verticalScrollBar(), now.mapTo(step.widget(), QPoint(0, 0)).y()
            lowest = top + now.height() + _OUT - step.viewport().height()
            bar.setValue(min(max(bar.value(), lowest), max(0, top - _OUT)))
            return
        step = step.parentWidget()


def focus_ring() -> FocusRing | None:
    """Return the one ring of the application, made where there is none yet; None without an application.

    Whatever may be the first to be shown asks for it: the locked window and the first start come before the shell.
    """
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return None
    ring = app.findChild(FocusRing)
    return ring if isinstance(ring, FocusRing) else FocusRing(app)
