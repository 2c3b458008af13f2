"""What is due next for a victim, with its one-press outcomes."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QSpacerItem, QWidget

from triage_app.ui.soon import soon
from triage_app.ui.widgets import Banner, Flow

_BUTTONS_BESIDE = 1040


class DueBanner(Banner):
    """What is due next, with its one-press outcomes; below the words where it is narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        # Its buttons wrap: where they need a second line, it is higher than its hint.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._box = QWidget()
        self.buttons = Flow(self._box, gap=8)
        self._beside: bool | None = None
        self._gap = QSpacerItem(0, 6)
        self._place_soon = soon(self, self._place)
        self._place()

    def _place(self) -> None:
        beside = self.width() >= _BUTTONS_BESIDE
        if beside is self._beside:
            return
        self._beside = beside
        words = self._line.itemAt(1)
        below = words.layout() if words is not None else None
        if below is not None:
            below.removeItem(self._gap)
        if beside or below is None:
            self._line.addWidget(self._box)
        else:
            below.addItem(self._gap)
            below.addWidget(self._box)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside the words, or below them."""
        super().resizeEvent(event)
        self._place_soon.start()
