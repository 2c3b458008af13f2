"""The result line: what happened, what is next, Undo. It covers nothing and times out nothing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.ui import theme
from triage_app.ui.text import ElidingLabel
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.buttons import link
from triage_app.ui.widgets.panel import Panel, row
from triage_app.ui.widgets.status_bar import Glyph
from triage_app.ui.widgets.voice import announce


class ResultLine(Panel):
    """38 high, fixed under a table; hidden until something has happened."""

    undo_requested = Signal()
    details_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("tint", "", parent)
        self.setFixedHeight(Size.RESULT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._glyph = Glyph("ok", Size.CLOCK)
        self._what = ElidingLabel("", "small_strong")
        self._next = ElidingLabel("", "small")
        self.undo_key = "u"
        """The key that undoes, as a screen reader says it."""
        self.undo = link(self.tr("Undo"), key="U")
        self.undo.clicked.connect(self.undo_requested)
        self.details = link(self.tr("Details"))
        self.details.clicked.connect(self.details_requested)
        self.details.hide()
        line = row(self, (Size.PAGE, 0, Size.PAGE - 4, 0), 8)
        line.addWidget(self._glyph)
        line.addWidget(self._what)
        line.addWidget(self._next, 1)
        line.addWidget(self.details)
        line.addWidget(self.undo)
        self.hide()

    def say(
        self,
        what: str,
        then: str = "",
        undoable: bool = True,
        glyph: str = "ok",
        details: str = "",
        *,
        aloud: bool = True,
    ) -> None:
        """Say what happened and what is next. ``details`` names the link to more, if any.

        A screen reader says both, and with which key it is undone.
        Not ``aloud`` where something else says it to a screen reader.
        """
        self._glyph.set_glyph(glyph)
        self._what.setText(what)
        self._next.setText(then)
        self.undo.setVisible(undoable)
        self.details.setText(details or self.tr("Details"))
        self.details.setVisible(bool(details))
        words = f"{what} {then}".strip()
        self.setAccessibleName(words)
        self.show()
        if aloud:
            announce(self, self._aloud(what, then) if undoable else words)

    def _aloud(self, what: str, then: str) -> str:
        """Return how it is said: “Dismissed, false positive; u to undo. Next: high, …”."""
        said = self.tr("{0}; {1} to undo.").format(what.removesuffix("."), self.undo_key)
        return f"{said} {then}".strip()

    def offers_undo(self) -> bool:
        """Tell whether it offers to take something back."""
        return not self.isHidden() and not self.undo.isHidden()

    def words(self) -> str:
        """Return what the line says."""
        return f"{self._what.text()} {self._next.text()}".strip()

    def clear(self) -> None:
        """Say nothing."""
        self._what.setText("")
        self._next.setText("")
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tint; in high contrast a border above and below."""
        super().paintEvent(event)
        p = theme.current().palette
        if p.high_contrast:
            painter = QPainter(self)
            painter.fillRect(0, 0, self.width(), 1, QColor(p.accent))
            painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(p.accent))
            painter.end()
