"""Badges: severity, TLP, state, and the dashed one of what is only provisional."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.language import say
from triage_app.ui import painting, theme
from triage_app.ui.text import visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.status_bar import paint_glyph

_INSET = 8
_STATE_INKS = {"ongoing": ("tint", "accent"), "successful": ("ok_bg", "ok"), "failed": ("red_bg", "red")}


class Badge(QWidget):
    """22 high: a mark and a word, 12/600, on a tint. A dashed border means provisional."""

    def __init__(
        self,
        word: str,
        glyph: str = "",
        ground: str = "sunken",
        ink: str = "text2",
        dashed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """``ground`` and ``ink`` are colour tokens; ``glyph`` is one of ``status_bar.paint_glyph``'s."""
        super().__init__(parent)
        self._glyph, self._ground, self._ink, self._dashed = glyph, ground, ink, dashed
        self._word = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_word(word)

    def set_word(self, word: str) -> None:
        """Show another word."""
        self._word = visible(word, 80, lines=False)
        self.setAccessibleName(self._word)
        self.updateGeometry()
        self.update()

    def word(self) -> str:
        """Return the word shown."""
        return self._word

    def restyle(self, glyph: str, ground: str, ink: str, dashed: bool = False) -> None:
        """Show another mark and other colours."""
        self._glyph, self._ground, self._ink, self._dashed = glyph, ground, ink, dashed
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return 22 high and as wide as mark and word."""
        mark = Size.GLYPH + 6 if self._glyph else 0
        return QSize(round(QFontMetricsF(font("cap_strong")).horizontalAdvance(self._word) + 2 * _INSET + mark), 22)

    def minimumSizeHint(self) -> QSize:
        """Never cut a badge."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the badge."""
        p = theme.current().palette
        painter = QPainter(self)
        box = QRectF(self.rect())
        ink = QColor(p.colour(self._ink))
        if self._dashed:
            painting.rounded(painter, box, Size.RADIUS_BADGE, None, QColor(p.edge), dashed=True)
        else:
            edge = ink if p.high_contrast else None
            painting.rounded(painter, box, Size.RADIUS_BADGE, QColor(p.colour(self._ground)), edge)
        left = float(_INSET)
        if self._glyph:
            paint_glyph(painter, QRectF(left - 1, (box.height() - Size.GLYPH) / 2, Size.GLYPH, Size.GLYPH), self._glyph)
            left += Size.GLYPH + 5
        painter.setFont(font("cap_strong"))
        painter.setPen(ink)
        painter.drawText(QRectF(left, 0, box.width(), box.height()), Qt.AlignmentFlag.AlignVCenter, self._word)
        painter.end()


class SeverityBadge(Badge):
    """A severity: its shape and word on its tint."""

    def __init__(self, level: str, word: str = "", parent: QWidget | None = None) -> None:
        """``word`` is what is shown for ``level``, in the responder's language."""
        super().__init__(say(word or level.capitalize()), parent=parent)
        self.set_level(level, word)

    def set_level(self, level: str, word: str = "") -> None:
        """Show another severity; one that is not ours is shown as its word alone."""
        known = level in painting.SEVERITIES
        self.restyle(level if known else "", f"{level}_bg" if known else "sunken", level if known else "text2")
        self.set_word(say(word or level.capitalize()))


class StateBadge(Badge):
    """The state of a record: mark and word. ``state`` is one of ``painting.STATUSES``."""

    def __init__(self, word: str, state: str = "pending", parent: QWidget | None = None) -> None:
        super().__init__(word, parent=parent)
        self.set_state(word, state)

    def set_state(self, word: str, state: str) -> None:
        """Show another state."""
        ground, ink = _STATE_INKS.get(state, ("sunken", "text2"))
        self.restyle(f"status:{state}", ground, ink)
        self.set_word(word)


class ClockBadge(Badge):
    """A clock in a word or two; dashed while it is provisional."""

    def __init__(self, words: str, state: str = "running", used: float = 0.0, parent: QWidget | None = None) -> None:
        super().__init__(words, parent=parent)
        self.set_clock(words, state, used)

    def set_clock(self, words: str, state: str, used: float = 0.0) -> None:
        """Show another clock; ``used`` is the share of time used, 0 to 1."""
        token = painting.clock_colour(state)
        ground = f"{token}_bg" if token in ("amber", "red", "missed", "ok") else "sunken"
        self.restyle(f"clock:{state}:{used:.4f}", ground, token, dashed=state == "provisional")
        self.set_word(words)


class TlpBadge(QWidget):
    """A TLP 2.0 label in FIRST's colours, always with its words."""

    def __init__(self, label: str, prefix: bool = True, parent: QWidget | None = None) -> None:
        """``prefix`` writes ``TLP:`` before it; left out only in a column named so."""
        super().__init__(parent)
        self._prefix = prefix
        self._label = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_label(label)

    def set_label(self, label: str) -> None:
        """Show another label; none is shown as not labelled, never as CLEAR."""
        self._label = visible(label, 40, lines=False)
        self.setAccessibleName(painting.tlp_words(self._label) if label else self.tr("TLP not set"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return 22 high and as wide as the words."""
        return QSize(round(painting.tlp_width(self._label, self._prefix)), Size.BADGE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the label."""
        painter = QPainter(self)
        painting.tlp_badge(painter, QRectF(self.rect()), self._label, theme.current().palette, self._prefix)
        painter.end()
