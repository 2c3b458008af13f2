"""A list and a pane side by side, with a line between them that can be drawn and is remembered."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from triage_app.ui import arrangement

_REST: Final = 10_000


class KeptSplitter(QSplitter):
    """One of the two has the width it was left with; the other takes the rest."""

    def __init__(
        self, name: str, left: QWidget, right: QWidget, usual: int, *, pane: int = 1, narrowest: int = 200
    ) -> None:
        """``pane`` is 0 or 1: which of the two keeps its width, at first ``usual`` logical pixels."""
        super().__init__(Qt.Orientation.Horizontal)
        self._name, self._pane = name, pane
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.addWidget(left)
        self.addWidget(right)
        self.setStretchFactor(1 - pane, 1)
        self.set_pane(max(narrowest, arrangement.current().pane(name, usual)))
        self.splitterMoved.connect(lambda *_: self._note())

    def set_pane(self, width: int) -> None:
        """Give the pane a width, logical pixels."""
        self.setSizes([width, _REST] if self._pane == 0 else [_REST, width])

    def _note(self) -> None:
        if all(not self.widget(number).isHidden() for number in (0, 1)):
            arrangement.current().set_pane(self._name, self.sizes()[self._pane])
