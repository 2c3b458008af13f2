"""How the rows and the head of a record table are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from triage_app.language import say
from triage_app.ui import icons, painting, theme
from triage_app.ui.table_cells import (
    CELL_LIMIT,
    NOT_KNOWN,
    NOT_KNOWN_SHORT,
    NOTHING,
    UNKNOWN,
    Cell,
    ClockCell,
    Column,
    StatusCell,
    cell_text,
)
from triage_app.ui.table_model import IdTableModel
from triage_app.ui.text import tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Palette, Size
from triage_app.ui.widgets.activity import paint_activity

if TYPE_CHECKING:
    from triage_app.ui.table import RecordTable

PAD = 8
GLYPH_GAP = 8
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def cell_room(rect: QRect, first: bool, inset: int, ends: bool = False) -> QRect:
    """Return where a cell's content stands: the first column starts where the heading above the table does.

    With ``ends``, numbers of the last column end where what stands above the table ends.
    """
    return rect.adjusted(inset if first else PAD, 0, -inset if ends else -PAD, 0)


def not_known_words(room: int) -> str:
    """Return how a cell of so many logical pixels says that something is not known."""
    words = say(NOT_KNOWN)
    return words if QFontMetrics(font("small")).horizontalAdvance(words) <= room else say(NOT_KNOWN_SHORT)


class RecordDelegate(QStyledItemDelegate):
    """Paints cells by their column's kind, with the shapes and words of the look."""

    def __init__(self, table: RecordTable) -> None:
        """Paint for one table."""
        super().__init__(table)
        self._table = table
        self._struck = False

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the column's width and the row's height."""
        return QSize(self._table.record_model.columns[index.column()].width, self._table.row_height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        table, model = self._table, self._table.record_model
        palette = theme.current().palette
        rect: QRect = option.rect  # type: ignore[attr-defined]
        row, column = index.row(), model.columns[index.column()]
        first = index.column() == table.first_column
        is_current = row == table.currentIndex().row()
        marked = table.marked.at(row)
        hover = row == table.hover_row
        self._ground(painter, rect, palette, is_current, marked, hover, first)
        record = model.record(row)
        ends = column.right_aligned and index.column() == table.last_column
        room = cell_room(rect, first, table.inset, ends)
        if record is None:
            if first:
                self._text(painter, room, self.tr("no longer here"), "small", palette.text3, _LEFT)
            return
        pale = bool(record.get("loading")) or bool(record.get("muted"))
        value = record.get(column.key)
        word = str(record.get("struck") or "")
        if word and column.stretch:
            # A struck row says beside its words why it counts no more.
            wide = QFontMetrics(font("small_strong")).horizontalAdvance(word) + 1
            self._text(painter, room.adjusted(room.width() - wide, 0, 0, 0), word, "small_strong", palette.text, _LEFT)
            room = room.adjusted(0, 0, -wide - GLYPH_GAP, 0)
        self._struck = bool(word) and value not in (None, "")
        self._cell(painter, room, column, value, record, palette, pale, is_current)
        self._struck = False

    def _ground(
        self, painter: QPainter, rect: QRect, p: Palette, current: bool, marked: bool, hover: bool, first: bool
    ) -> None:
        fill = p.sel if current else p.tint if marked else p.sunken if hover else p.surface
        painter.fillRect(rect, QColor(fill))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(p.row_line))
        if marked and p.high_contrast:
            painter.fillRect(rect.left(), rect.top(), rect.width(), 1, QColor(p.accent))
            painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(p.accent))
        if first and current:
            painter.fillRect(rect.left(), rect.top(), Size.ACCENT_EDGE, rect.height(), QColor(p.accent))
        if first and marked:
            # A marked row differs by a shape as well as by its tint: a tick before the first cell.
            box = QRectF(rect.left() + 5, rect.center().y() - 5.5, 12, 12)
            painting.tick(painter, box, QColor(p.accent))

    def _text(
        self,
        painter: QPainter,
        room: QRect,
        text: str,
        token: str,
        colour: str,
        align: Qt.AlignmentFlag,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        face = font(token)
        face.setStrikeOut(self._struck)
        painter.setFont(face)
        painter.setPen(QColor(colour))
        shown = QFontMetrics(face).elidedText(text, mode, room.width())
        painter.drawText(room, int(align.value) | int(Qt.TextFlag.TextSingleLine.value), shown)

    def _cell(
        self,
        painter: QPainter,
        room: QRect,
        column: Column,
        value: Any,
        record: Any,
        p: Palette,
        pale: bool,
        current: bool,
    ) -> None:
        ink2 = p.text2
        if value is None or value == "" or value is UNKNOWN:
            words = not_known_words(room.width()) if value is UNKNOWN else NOTHING
            self._text(painter, room, words, "small", ink2, _RIGHT if column.right_aligned else _LEFT)
        elif isinstance(value, ClockCell):
            self._clock(painter, room, value, p)
        elif isinstance(value, StatusCell):
            painting.status(painter, self._mark(room, Size.CLOCK), value.state, p)
            self._text(painter, self._after(room, Size.CLOCK), cell_text(column, value), "small", p.text, _LEFT)
        elif column.kind == "times" and record.get("activity") is not None:
            self._times(painter, room, column, value, record, p)
        elif isinstance(value, Cell):
            self._rich(painter, room, column, value, record, p, pale, current)
        elif column.kind == "severity":
            self._severity(painter, room, column, value, p, pale)
        elif column.kind == "tlp":
            self._tlp(painter, room, visible(str(value), 40, lines=False), p)
        else:
            text = cell_text(column, value)
            token, colour = self._face(column, record, p, pale, current)
            self._text(painter, room, text, token, colour, _RIGHT if column.right_aligned else _LEFT)

    def _face(self, column: Column, record: Any, p: Palette, pale: bool, current: bool) -> tuple[str, str]:
        if column.kind == "title":
            strong = bool(record.get("unseen")) or (current and self._table.strong_current)
            return ("body_strong" if strong else "body"), (p.text3 if pale else p.text)
        if column.kind == "mono":
            return "mono", p.text3 if pale else p.text
        return "small", p.text3 if pale else p.text2

    def _severity(self, painter: QPainter, room: QRect, column: Column, value: Any, p: Palette, pale: bool) -> None:
        level = str(value).lower()
        painting.severity(painter, self._mark(room, Size.GLYPH), level, p)
        critical = level == "critical" and not pale
        colour = p.critical if critical else p.text3 if pale else p.text
        token = "small_strong" if critical else "small"
        self._text(painter, self._after(room, Size.GLYPH), cell_text(column, value), token, colour, _LEFT)

    def _clock(self, painter: QPainter, room: QRect, value: ClockCell, p: Palette) -> None:
        painting.clock(painter, self._mark(room, Size.CLOCK), value.state, value.used, p)
        strong = value.state in ("amber", "red", "missed")
        colour = p.colour(painting.clock_colour(value.state))
        token = "small_strong" if strong else "small"
        words = visible(value.words, CELL_LIMIT, lines=False)
        self._text(painter, self._after(room, Size.CLOCK - 1), words, token, colour, _LEFT)

    def _times(self, painter: QPainter, room: QRect, column: Column, value: Any, record: Any, p: Palette) -> None:
        """Paint how often, and beside it when."""
        words = room.adjusted(0, 0, -Size.ACTIVITY - GLYPH_GAP, 0)
        token, colour = self._face(column, record, p, False, False)
        self._text(painter, words, cell_text(column, value), token, colour, _RIGHT)
        high = min(14, room.height() - 10)
        box = QRectF(room.right() - Size.ACTIVITY + 1, room.center().y() - high / 2, Size.ACTIVITY, high)
        paint_activity(painter, box, record["activity"], p, recent=3, log_scale=True)

    def _tlp(self, painter: QPainter, room: QRect, label: str, p: Palette) -> None:
        width = min(float(room.width()), painting.tlp_width(label, prefix=False))
        box = QRectF(room.left(), room.center().y() - 10.5, width, Size.BADGE)
        painting.tlp_badge(painter, box, label, p, prefix=False)

    def _rich(
        self, painter: QPainter, room: QRect, column: Column, cell: Cell, record: Any, p: Palette, pale: bool, now: bool
    ) -> None:
        token, colour = self._face(column, record, p, pale, now)
        if cell.role and not pale:
            colour = p.colour(cell.role)
        if cell.strong:
            token = {"small": "small_strong", "body": "body_strong", "mono": "mono_strong"}.get(token, token)
        text_room = room
        if cell.glyph:
            glyph_ink = QColor(p.colour(cell.mark or cell.role) if cell.mark or cell.role else p.text2)
            if cell.glyph in painting.SEVERITIES:
                painting.severity(painter, self._mark(room, Size.GLYPH), cell.glyph, p)
            else:
                icons.paint(painter, cell.glyph, self._mark(room, Size.ICON), glyph_ink)
            text_room = self._after(room, Size.ICON - 1)
        text = visible(cell.text, CELL_LIMIT, lines=False) or NOTHING
        align = _RIGHT if column.right_aligned else _LEFT
        if cell.second and self._table.row_height >= Size.TWO_LINE_ROW:
            top = text_room.adjusted(0, 6, 0, -text_room.height() + 26)
            self._text(painter, top, text, token, colour, align)
            below = text_room.adjusted(0, 25, 0, -5)
            second = visible(cell.second, CELL_LIMIT, lines=False)
            self._text(painter, below, second, "cap", p.text2, align)
        else:
            self._text(painter, text_room, text, token, colour, align)

    @staticmethod
    def _mark(room: QRect, side: int) -> QRectF:
        return QRectF(room.left(), room.top() + (room.height() - side) // 2, side, side)

    @staticmethod
    def _after(room: QRect, side: int) -> QRect:
        return room.adjusted(side + GLYPH_GAP, 0, 0, 0)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """Show a cell whole where it is cut."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return False
        model = self._table.record_model
        record = model.record(index.row())
        if record is None:
            return False
        column = model.columns[index.column()]
        said = cell_text(column, record.get(column.key))
        face = font("body_strong" if column.kind == "title" else "mono" if column.kind == "mono" else "small_strong")
        if QFontMetrics(face).horizontalAdvance(said) > view.visualRect(index).width() - 2 * PAD:
            QToolTip.showText(event.globalPos(), tooltip(said), view)
        else:
            QToolTip.hideText()
        return True


class RecordHeader(QHeaderView):
    """The table head: 12/600, the sorted column in full ink with an arrow."""

    def __init__(self, table: RecordTable) -> None:
        """Head one table."""
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setFixedHeight(Size.TABLE_HEAD)
        self.setMinimumSectionSize(24)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803 - Qt's own name
        """Paint one heading."""
        model: IdTableModel = self._table.record_model
        p = theme.current().palette
        painter.fillRect(rect, QColor(p.surface))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(p.line))
        column = model.columns[logicalIndex]
        ends = column.right_aligned and logicalIndex == self._table.last_column
        room = cell_room(rect, logicalIndex == self._table.first_column, self._table.inset, ends)
        by, descending = model.sorted_by or ("", False)
        is_sorted = by == column.key
        face = font("cap_strong")
        metrics = QFontMetrics(face)
        arrow = 16 if is_sorted else 0
        words = metrics.elidedText(column.heading, Qt.TextElideMode.ElideRight, room.width() - arrow)
        painter.setFont(face)
        painter.setPen(QColor(p.text if is_sorted else p.text2))
        width = metrics.horizontalAdvance(words)
        left = room.right() - width - arrow + 1 if column.right_aligned else room.left()
        painter.drawText(QRect(left, room.top(), width + 2, room.height()), _LEFT, words)
        if is_sorted:
            box = QRectF(left + width + 4, room.center().y() - 5, 12, 12)
            icons.paint(painter, "chevron-down" if descending else "chevron-up", box, QColor(p.text))
