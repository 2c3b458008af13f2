"""Where else something was found: a link for each other list of evidence, with how many records of it hold it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.ui.text import text_label
from triage_app.ui.views.kind_words import kind_name
from triage_app.ui.widgets import Flow, link


class Elsewhere(QWidget):
    """A line of links; it is hidden while there are none."""

    chosen = Signal(str, str)
    """The kind of evidence whose list is wanted, and what was found in it."""

    def __init__(self, lead: str, words: str, *, key: str = "", parent: QWidget | None = None) -> None:
        """``lead`` stands before the links; each says ``words``, with {0} for the list and {1} for how many.

        ``key`` is drawn in the first: whoever shows the line answers it with ``go``.
        """
        super().__init__(parent)
        self._words = words
        self._key = key
        self._found = ""
        self.kinds: list[str] = []
        self._flow = Flow(self, 4)
        self._flow.addWidget(text_label(lead, "cap", "text2"))
        self.hide()

    def say(self, found: str, counts: Mapping[str, int]) -> None:
        """Show how many records in other lists, by kind, hold what was found."""
        self._found = found
        self.kinds = [kind for kind, number in counts.items() if number]
        while self._flow.count() > 1:
            widget = self._flow.takeAt(1).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, kind in enumerate(self.kinds):
            made = link(self._words.format(kind_name(kind), f"{counts[kind]:,}"), key=self._key if not place else "")
            made.clicked.connect(lambda _=False, which=kind: self.chosen.emit(which, self._found))
            self._flow.addWidget(made)
        self.setVisible(bool(self.kinds))
        self.updateGeometry()

    def go(self) -> bool:
        """Go where the first link leads; tell whether there is one."""
        if self.kinds:
            self.chosen.emit(self.kinds[0], self._found)
        return bool(self.kinds)
