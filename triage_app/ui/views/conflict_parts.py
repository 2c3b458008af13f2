"""Two parts of the conflict inbox: the picture of where two laptops parted, and the card of one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.ui import painting, theme
from triage_app.ui.text import ElidingLabel, text_label, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.views.conflict_reading import Side
from triage_app.ui.widgets import Card, Facts, secondary

_CARD_HEIGHT: Final = 236


class ForkPicture(QWidget):
    """What both had, where they parted, and the decision that is still to come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before, self._sides = "", ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_fork(self, before: str, sides: Sequence[str]) -> None:
        """Show what both had, and what each of the first two made of it."""
        first, second = (*sides, "", "")[:2]
        self._before = visible(before, 60, lines=False)
        self._sides = (visible(first, 60, lines=False), visible(second, 60, lines=False))
        self.setAccessibleName(
            self.tr("Both had: {0}. Then {1}, and {2}. Your decision is open.").format(before, first, second)
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Return 76 high."""
        return QSize(400, 76)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the two lines between what both had and the decision."""
        p = theme.current().palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide, middle, up, down = float(self.width()), 38.0, 22.0, 54.0
        begin, end = min(170.0, wide * 0.28), wide - 108.0
        fork, join = begin + (end - begin) * 0.25, begin + (end - begin) * 0.88
        pen = QPen(QColor(p.edge), 1.5)
        for y, share in ((up, 0.55), (down, 0.72)):
            at = begin + (end - begin) * share
            solid, dashed = QPainterPath(), QPainterPath()
            solid.moveTo(begin, middle)
            solid.lineTo(fork - 24, middle)
            solid.cubicTo(fork, middle, fork - 8, y, fork + 24, y)
            solid.lineTo(at, y)
            dashed.moveTo(at, y)
            dashed.lineTo(join - 20, y)
            dashed.cubicTo(join + 6, y, join - 6, middle, end - 7, middle)
            pen.setStyle(Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.drawPath(solid)
            pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.drawPath(dashed)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(p.accent))
            painter.drawEllipse(QRectF(at - 6, y - 6, 12, 12))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            words = self._sides[0 if y == up else 1]
            box = QRectF(at - 130, y - 26 if y == up else y + 6, 260, 18)
            self._words(painter, box, words, "cap_strong", p.text, Qt.AlignmentFlag.AlignHCenter)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(p.text2))
        painter.drawEllipse(QRectF(begin - 6, middle - 6, 12, 12))
        painting.dashed_ring(painter, QRectF(end - 7, middle - 7, 14, 14), QColor(p.text2))
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignLeft
        self._words(painter, QRectF(0, middle - 19, begin - 16, 18), self._before, "cap_strong", p.text, left)
        self._words(painter, QRectF(0, middle - 1, begin - 16, 18), self.tr("both had it"), "cap", p.text2, left)
        self._words(painter, QRectF(end + 13, middle - 9, 96, 18), self.tr("Your decision"), "cap", p.text2, right)
        painter.end()

    @staticmethod
    def _words(painter: QPainter, box: QRectF, words: str, token: str, ink: str, side: Qt.AlignmentFlag) -> None:
        painter.setFont(font(token))
        painter.setPen(QColor(ink))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, int(side.value) | int(Qt.AlignmentFlag.AlignVCenter.value), shown)


class ValueCard(Card):
    """One value: what it is, who set it, when, why; and the button that takes it."""

    taken = Signal()

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(inset=Size.CARD_FIELDS, parent=parent)
        self._from = ElidingLabel("", "cap_strong", "text2")
        self.value = text_label("", "h2", wrap=True, selectable=True)
        self.facts = Facts(88)
        self.take = secondary(self.tr("Take this value"), key=key)
        self.take.clicked.connect(self.taken)
        self.body.addWidget(self._from)
        self.body.addWidget(self.value)
        self.body.addWidget(self.facts)
        self.body.addStretch(1)
        self.body.addWidget(self.take, 0, Qt.AlignmentFlag.AlignLeft)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(_CARD_HEIGHT)

    def show_side(self, side: Side) -> None:
        """Show a value."""
        owner = self.tr("Ours, {0}") if side.ours else self.tr("Theirs, {0}")
        self._from.setText(owner.format(side.device))
        self.value.setText(side.value)
        self.facts.set_rows(
            [
                (self.tr("Set by"), side.who),
                (self.tr("Written"), side.written),
                *([(self.tr("Certified"), side.certified)] if side.certified else []),
                *([(self.tr("Had seen"), side.seen)] if side.seen else []),
                (self.tr("Because"), side.because or self.tr("not said")),
            ]
        )
        words = side.act or self.tr("Take this value")
        self.take.setText(words)
        self.take.setAccessibleName(f"{words}: {side.value}, {owner.format(side.device)}")
