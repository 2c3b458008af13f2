"""Cards: the frame, facts in rows, count tiles, and the tinted box of a suggestion."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from triage_app.ui import icons, painting, theme
from triage_app.ui.text import set_role, text_label, tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.panel import column, row
from triage_app.ui.widgets.status_bar import paint_glyph


class _Frame(QWidget):
    """The border of a card, over what the card holds: a table goes to the edge, and its corners are square."""

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the border."""
        card = self.parentWidget()
        if isinstance(card, Card):
            painter = QPainter(self)
            edge, dashed = card.border()
            painting.rounded(painter, QRectF(self.rect()), Size.RADIUS_CARD, None, edge, dashed)
            painter.end()


class Card(QWidget):
    """A surface with a hairline border, radius 8. ``body`` is where its content goes."""

    def __init__(self, title: str = "", note: str = "", inset: int = Size.CARD, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ground, self._edge, self._dashed = "surface", "line", False
        self._frame = _Frame(self)
        self.body: QVBoxLayout = column(self, (inset, inset - 2, inset, inset), 8)
        self.note = text_label(note, "small", "text2", parent=self)
        self.note.setVisible(bool(title))
        self.head = row(gap=8)
        if title:
            self.head.addWidget(text_label(title, "h3"))
            self.head.addWidget(self.note)
            self.head.addStretch(1)
            self.body.addLayout(self.head)

    def restyle(self, ground: str = "surface", edge: str = "line", dashed: bool = False) -> None:
        """Change ground and border, both colour tokens; an empty border means none but in high contrast."""
        self._ground, self._edge, self._dashed = ground, edge, dashed
        self.update()

    def border(self) -> tuple[QColor | None, bool]:
        """Return the colour of its border, None for none, and whether that is dashed."""
        p = theme.current().palette
        if self._edge:
            return QColor(p.colour(self._edge)), self._dashed
        return (QColor(p.accent) if p.high_contrast else None), self._dashed

    def event(self, event: QEvent) -> bool:
        """Keep the border above what is put into the card."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._frame.setGeometry(self.rect())
            self._frame.raise_()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card; its border lies above what it holds."""
        painter = QPainter(self)
        painting.rounded(painter, QRectF(self.rect()), Size.RADIUS_CARD, theme.colour(self._ground))
        painter.end()


class Suggestion(Card):
    """What the program suggests, and why; it never acts by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(inset=12, parent=parent)
        self.restyle("tint", "")
        self.body.setSpacing(2)
        self._lead = text_label("", "small_strong")
        self._what = text_label("", "small", wrap=True)
        line = row(gap=6)
        line.addWidget(self._lead, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._what, 1)
        self._because = text_label("", "cap", "text2", wrap=True)
        self.body.addLayout(line)
        self.body.addWidget(self._because)

    def say(self, what: str, because: str, lead: str = "") -> None:
        """Show another suggestion; ``lead`` is the word before it."""
        self._lead.setText(lead or self.tr("Suggested"))
        self._what.setText(what)
        self._because.setText(because)


class Facts(QWidget):
    """Rows of label and value. Every value can be selected by mouse and keyboard."""

    def __init__(self, label_width: int = 100, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label_width = label_width
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(Size.FACT)
        self._grid.setColumnMinimumWidth(0, label_width)
        self._grid.setColumnStretch(1, 1)
        self.values: dict[str, QLabel] = {}

    def set_rows(self, rows: Sequence[tuple[str, str] | tuple[str, str, str]]) -> None:
        """Show facts: label, value and, if it is no ordinary text, a type token such as ``mono``."""
        labels = [fact[0] for fact in rows]
        if labels != list(self.values):
            self._rebuild(rows)
        for fact in rows:
            self.values[fact[0]].setText(fact[1])
            set_role(self.values[fact[0]], "text")

    def _rebuild(self, rows: Sequence[tuple[str, ...]]) -> None:
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.values = {}
        for number, fact in enumerate(rows):
            name = text_label(fact[0], "small", "text2", wrap=True)
            name.setFixedWidth(self._label_width)  # a long label wraps: it takes no room from the values
            token = fact[2] if len(fact) > 2 else "small"
            value = text_label("", token, wrap=True, selectable=True, called=fact[0].strip())
            value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self._grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, number, 1)
            self.values[fact[0]] = value


class CountTile(QAbstractButton):
    """A count on Home that opens its list: icon and title, number, one line that says what is pressing."""

    def __init__(self, title: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._number, self._note, self._glyph, self._role = "–", "", "", "text2"
        self._short = ""
        self.setText(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._name()

    def set_count(
        self, count: int | None, note: str = "", glyph: str = "", role: str = "text2", *, short: str = ""
    ) -> None:
        """Show a count (None is not known), and under it a note with its mark and colour role.

        ``short`` is what stands there where the note would be cut; a screen reader and the tooltip have the note.
        """
        self._short = visible(short, 120, lines=False)
        self._number = self.tr("not known") if count is None else f"{count:,}"
        self._note, self._glyph, self._role = visible(note, 120, lines=False), glyph, role
        self._name()
        self.update()

    def _name(self) -> None:
        words = ", ".join(part for part in (self.text(), self._number, self._note) if part)
        self.setAccessibleName(words)
        self.setToolTip(tooltip(words))

    def sizeHint(self) -> QSize:
        """Return 102 high."""
        return QSize(180, 102)

    def minimumSizeHint(self) -> QSize:
        """Five must fit beside the sidebar."""
        return QSize(120, 102)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tile."""
        p = theme.current().palette
        painter = QPainter(self)
        fill = QColor(p.sunken if self.underMouse() or self.isDown() else p.surface)
        edge = QColor(p.accent if p.high_contrast and self.underMouse() else p.line)
        painting.rounded(painter, QRectF(self.rect()), Size.RADIUS_CARD, fill, edge)
        left = self._align(int(Qt.AlignmentFlag.AlignVCenter.value))
        narrow = self.width() < 170
        start = 16 if narrow else 40
        if not narrow:
            icons.paint(painter, self._icon, QRectF(16, 13, 16, 16), QColor(p.text2))
            icons.paint(painter, "chevron", QRectF(self.width() - 26, 15, 12, 12), QColor(p.text2))
        room = self.width() - start - (14 if narrow else 30)
        self._draw(painter, "small", p.text2, QRectF(start, 11, room, 20), self.text(), left)
        number = "num" if self._number[:1].isdigit() else "h2"
        self._draw(painter, number, p.text, QRectF(16, 34, self.width() - 32, 38), self._number, left)
        x = 16.0
        if self._glyph:
            paint_glyph(painter, QRectF(16, 75, 13, 13), self._glyph)
            x = 35
        urgent = self._role not in ("text", "text2", "text3")
        token = "cap_strong" if urgent else "cap"
        box = QRectF(x, 72, self.width() - x - 8, 19)
        fits = QFontMetrics(font(token)).horizontalAdvance(self._note) <= box.width()
        self._draw(painter, token, p.colour(self._role), box, self._note if fits else self._short or self._note, left)
        painter.end()

    @staticmethod
    def _align(flags: int) -> int:
        return flags | int(Qt.TextFlag.TextSingleLine.value)

    @staticmethod
    def _draw(painter: QPainter, token: str, ink: str, box: QRectF, text: str, flags: int) -> None:
        painter.setFont(font(token))
        painter.setPen(QColor(ink))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, flags, shown)
