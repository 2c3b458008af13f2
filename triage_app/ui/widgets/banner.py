"""Banners in the flow, and the one above the top bar that says this is not the real thing."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.ui import painting, theme
from triage_app.ui.soon import soon
from triage_app.ui.text import text_label, tooltip
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.buttons import Button, link
from triage_app.ui.widgets.panel import column, row
from triage_app.ui.widgets.status_bar import Glyph
from triage_app.ui.widgets.voice import announce

_ABOVE, _LOW_ABOVE = 10, 4
"""Logical pixels above and below the words; the second where there is no height to spare."""

KINDS = {
    "amber": ("amber_bg", "amber", "warning"),
    "red": ("red_bg", "red", "late"),
    "tint": ("tint", "accent", "notice"),
    "ok": ("ok_bg", "ok", "ok"),
}


class Banner(QWidget):
    """Tint, mark, what, and one link at the right. Amber is "act soon", red is "late"."""

    acted = Signal()

    def __init__(
        self, what: str = "", detail: str = "", kind: str = "amber", action: str = "", parent: QWidget | None = None
    ) -> None:
        """Raises ``KeyError`` for a kind that does not exist."""
        super().__init__(parent)
        self._glyph = Glyph("", Size.ICON)
        self._what = text_label("", "small_strong", wrap=True)
        self._detail = text_label("", "small", wrap=True)
        self._link = link("")
        self._link.clicked.connect(self.acted)
        words = column(gap=0)
        words.addWidget(self._what)
        words.addWidget(self._detail)
        self._line = row(self, (Size.CARD, _ABOVE, Size.CARD, _ABOVE), 12)
        self._line.addWidget(self._glyph)
        self._line.addLayout(words, 1)
        self._line.addWidget(self._link)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._is_low = False
        self._resized = soon(self, self.updateGeometry)
        self.say(what, detail, kind, action)

    def say(self, what: str, detail: str = "", kind: str = "amber", action: str = "") -> None:
        """Show other words; a screen reader says them."""
        self._ground, self._edge, glyph = KINDS[kind]
        self._glyph.set_glyph(glyph)
        self._what.setText(what)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail) and not self._is_low)
        self.setToolTip(tooltip(detail) if self._is_low else "")
        self._link.setText(action)
        self._link.setVisible(bool(action))
        self.setAccessibleName(f"{what} {detail}".strip())
        if what:
            announce(self, self.accessibleName())
        self.update()

    def set_low(self, low: bool) -> None:
        """Keep to the first sentence where there is no height for more; the rest is its tooltip."""
        self._is_low = low
        above = _LOW_ABOVE if low else _ABOVE
        self._line.setContentsMargins(Size.CARD, above, Size.CARD, above)
        self._detail.setVisible(bool(self._detail.text()) and not low)
        self.setToolTip(tooltip(self._detail.text()) if low else "")

    def add_button(self, button: Button) -> None:
        """Add a button at the right, for a banner that offers outcomes."""
        self._line.addWidget(button)

    def sizeHint(self) -> QSize:
        """Return as high as its words are at its width: a layout gives no more than that."""
        hint = super().sizeHint()
        return QSize(hint.width(), max(hint.height(), self._line.totalHeightForWidth(self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have its height reckoned again for another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._resized.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground; in high contrast its border."""
        p = theme.current().palette
        painter = QPainter(self)
        edge = QColor(p.colour(self._edge)) if p.high_contrast else None
        painting.rounded(painter, QRectF(self.rect()), Size.RADIUS_CARD, QColor(p.colour(self._ground)), edge)
        painter.end()


class ModeBanner(QWidget):
    """The full-width banner of an exercise, a demonstration or a shifted clock. There is no way to close it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = self._short = ""
        self.setFixedHeight(26)
        self.hide()

    def set_text(self, text: str, short: str = "") -> None:
        """Show words, or nothing; ``short`` where there is no room for them."""
        self._text, self._short = text, short or text
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.update()

    def sizeHint(self) -> QSize:
        """Return its height; its width is the window's."""
        return QSize(200, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the words on amber, hatched at both ends so that colour is not the only sign."""
        p = theme.current().palette
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(p.amber_bg))
        painter.setPen(QColor(p.amber))
        for left in (*range(-20, 60, 10), *range(self.width() - 70, self.width() + 10, 10)):
            painter.drawLine(left, 26, left + 20, 0)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(p.amber))
        painter.setFont(font("cap_strong"))
        room = self.rect().adjusted(90, 0, -90, 0)
        words = self._text if painter.fontMetrics().horizontalAdvance(self._text) <= room.width() else self._short
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter.value), shown)
        painter.end()
