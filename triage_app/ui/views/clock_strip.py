"""The clocks of an incident on its page: up to four cards, nearest first; one line where the window is low."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from triage_app.ui import painting, theme
from triage_app.ui.text import tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Palette, Size
from triage_app.ui.views.clock_faces import ClockFace
from triage_app.ui.widgets import link, row

MOST: Final = 4
_CARD: Final = 78
_LINE: Final = 28
_EACH: Final = 236
"Logical pixels under which a card would be cut too much."


class ClockCard(QAbstractButton):
    """One clock: mark, name and time left, a bar, one line. Pressing it opens the clock."""

    aware_requested = Signal(object)
    """A provisional clock was to be started: its ``ClockFace``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.face: ClockFace | None = None
        self._low = False
        self.aware = link("")
        self.aware.setParent(self)
        self.aware.clicked.connect(lambda: self.aware_requested.emit(self.face))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_face(self, face: ClockFace) -> None:
        """Show a clock."""
        self.face = face
        self.setText(visible(face.name, 120, lines=False))
        self.setAccessibleName(visible(face.whole, 600, lines=False))
        self.setToolTip(tooltip(face.whole))
        self.aware.setText(face.verb)
        said = self.tr("{0}: {1}. {2}").format(face.verb, face.name, face.line)
        self.aware.setAccessibleName(visible(said, 300, lines=False))
        self._place()
        self.update()

    def set_low(self, low: bool) -> None:
        """Keep to one line."""
        self._low = low
        self.updateGeometry()
        self._place()
        self.update()

    def words(self) -> tuple[str, str, str]:
        """Return name, time left and line, for tests."""
        return ("", "", "") if self.face is None else (self.face.name, self.face.left, self.face.line)

    def sizeHint(self) -> QSize:
        """Return a card, or a line."""
        return QSize(180, _LINE if self._low else _CARD)

    def minimumSizeHint(self) -> QSize:
        """Four must fit beside the sidebar, and a line beside the reference."""
        return QSize(120, _LINE if self._low else _CARD)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the button."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        offered = self.face is not None and self.face.provisional and not self._low
        self.aware.setVisible(offered)
        self.aware.adjustSize()
        wide = self.aware.sizeHint().width()
        self.aware.setGeometry(self.width() - wide - 14, 47, wide, 24)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        if self.face is None:
            return
        p = theme.current().palette
        painter = QPainter(self)
        face = self.face
        press = face.pressure
        ground = f"{press}_bg" if press else "sunken" if self.underMouse() else "surface"
        edge = "edge" if face.provisional else press if p.high_contrast and press else "" if press else "line"
        radius = Size.RADIUS_CONTROL if self._low else Size.RADIUS_CARD
        painting.rounded(
            painter, QRectF(self.rect()), radius, QColor(p.colour(ground)),
            QColor(p.colour(edge)) if edge else None, face.provisional,
        )  # fmt: skip
        ink = p.colour(press) if press else p.text
        if self._low:
            self._paint_line(painter, face, ink, p)
        else:
            self._paint_card(painter, face, ink, p)
        painter.end()

    def _paint_card(self, painter: QPainter, face: ClockFace, ink: str, p: Palette) -> None:
        side, wide = 14, self.width()
        painting.clock(painter, QRectF(side, 13, 16, 16), face.glyph, face.used, p)
        painter.setFont(font("h2"))
        painter.setPen(QColor(ink))
        room = painter.fontMetrics().horizontalAdvance(face.left)
        painter.drawText(QRectF(wide - side - room - 1, 9, room + 1, 24), self._flags(), face.left)
        _cut(painter, "small_strong", ink, QRectF(side + 24, 11, wide - 2 * side - 24 - room - 10, 20), self.text())
        bar = QRectF(side, 38, wide - 2 * side, Size.PROGRESS)
        track = p.line if not face.pressure else p.surface
        painting.rounded(painter, bar, 2, QColor(p.surface if p.high_contrast else track),
                         QColor(p.line) if p.high_contrast else None)  # fmt: skip
        if face.used > 0:
            done = QRectF(bar.left(), bar.top(), max(4.0, bar.width() * face.used), bar.height())
            painting.rounded(painter, done, 2, QColor(p.colour(painting.clock_colour(face.glyph))))
        rest = self.aware.width() + 10 if face.provisional else 0
        role = ink if face.pressure and not face.provisional else p.text2
        _cut(painter, "cap", role, QRectF(side, 50, wide - 2 * side - rest, 18), face.line)

    def _paint_line(self, painter: QPainter, face: ClockFace, ink: str, p: Palette) -> None:
        painting.clock(painter, QRectF(8, 7, 14, 14), face.glyph, face.used, p)
        painter.setFont(font("small_strong"))
        painter.setPen(QColor(ink))
        words = face.in_row
        room = painter.fontMetrics().horizontalAdvance(words)
        painter.drawText(QRectF(self.width() - 8 - room - 1, 0, room + 1, self.height()), self._flags(), words)
        _cut(painter, "small", ink, QRectF(28, 0, self.width() - 28 - room - 18, self.height()), self.text())

    @staticmethod
    def _flags() -> int:
        return int(Qt.AlignmentFlag.AlignVCenter.value) | int(Qt.TextFlag.TextSingleLine.value)


def _cut(painter: QPainter, token: str, ink: str, box: QRectF, text: str) -> None:
    face = font(token)
    painter.setFont(face)
    painter.setPen(QColor(ink))
    shown = QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(box.width())))
    painter.drawText(box, ClockCard._flags(), shown)


class ClockStrip(QWidget):
    """The nearest clocks of an incident, and the way to all of them."""

    opened = Signal(object)
    """A ``ClockFace``."""
    aware_requested = Signal(object)
    all_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._faces: list[ClockFace] = []
        self._low = False
        self.cards = [ClockCard(self) for _ in range(MOST)]
        self.more = link("")
        self.more.clicked.connect(self.all_requested)
        self._line = row(self, gap=Size.CARDS)
        for card in self.cards:
            card.clicked.connect(lambda _=False, one=card: self.opened.emit(one.face))
            card.aware_requested.connect(self.aware_requested)
            self._line.addWidget(card, 1)
        self._line.addWidget(self.more)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Clocks"))

    def show_faces(self, faces: Sequence[ClockFace]) -> None:
        """Show the open clocks, nearest first."""
        self._faces = list(faces)
        self._fit()

    def set_low(self, low: bool) -> None:
        """Show one line: the nearest, and how many more."""
        if low != self._low:
            self._low = low
            for card in self.cards:
                card.set_low(low)
            self.updateGeometry()
            self._fit()

    def is_low(self) -> bool:
        """Tell whether it is one line."""
        return self._low

    def shown(self) -> list[ClockCard]:
        """Return the cards in view, nearest first."""
        return [card for card in self.cards if not card.isHidden()]

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(120, self.sizeHint().height())

    def sizeHint(self) -> QSize:
        """Return a row of cards, or a line."""
        tall = _LINE if self._low else _CARD if self._faces else 24
        return QSize(600, tall)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = 1 if self._low else max(1, min(MOST, (self.width() - 60) // _EACH))
        count = min(room, len(self._faces))
        for number, card in enumerate(self.cards):
            if number < count:
                card.show_face(self._faces[number])
            card.setVisible(number < count)
        rest = len(self._faces) - count
        if not self._faces:
            self.more.setText(self.tr("No clock is open. All clocks"))
        else:
            self.more.setText(self.tr("{0} more").format(rest) if rest else self.tr("All clocks"))
        self.more.setAccessibleName(self.tr("All clocks of this incident; {0} more are open").format(rest))
        self._line.setAlignment(self.more, Qt.AlignmentFlag.AlignVCenter if self._faces else Qt.AlignmentFlag.AlignLeft)
        self.updateGeometry()
