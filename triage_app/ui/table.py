"""The record table: every list of records in the program is one of these."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QItemSelection, QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from triage_app.ui import theme
from triage_app.ui.soon import soon
from triage_app.ui.table_cells import (
    NOT_KNOWN,
    NOTHING,
    UNKNOWN,
    Cell,
    ClockCell,
    Column,
    StatusCell,
    cell_text,
)
from triage_app.ui.table_columns import TableColumns
from triage_app.ui.table_delegate import RecordDelegate, RecordHeader
from triage_app.ui.table_marks import Marks, without
from triage_app.ui.table_model import Ids, IdTableModel, Index, RecordId
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.panel import Line, Panel
from triage_app.ui.widgets.voice import announce

__all__ = [
    "NOTHING", "NOT_KNOWN", "UNKNOWN", "Cell", "ClockCell", "Column", "IdTableModel", "Ids", "RecordId",
    "RecordTable", "StatusCell", "cell_text",
]  # fmt: skip

_NO_MODIFIER = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier)
_FEW: Final = 64
"Records that are taken out one by one; for more, one walk through the list is quicker."
_STEPS = {"j": 1, "k": -1}
_FAR: Final = 1 << 30
_REACHES: Final[dict[int, int]] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_End: _FAR, Qt.Key.Key_Home: -_FAR}
"Key that marks together with Shift → how many rows from here."


class RecordTable(QTableView):
    """A table of records by id: one current row, any number of marked ones, exact scrollbar, no proxy model."""

    current_changed = Signal(object)
    """The id of the current record, or None."""
    opened = Signal(object)
    """Enter, or a double click: the id."""
    marked_changed = Signal(int)
    """How many records are marked now."""
    sort_requested = Signal(str, bool)
    """A heading was pressed: the column's key, and whether from the top down."""
    delete_pressed = Signal()
    """Delete, for what may be put away here."""
    key_pressed = Signal(str)
    """A single character, typed while the table has the focus; letters come in lower case."""

    def __init__(self, model: IdTableModel, *, inset: int = Size.PAGE, two_line: bool = False,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        """``inset`` is where the first cell starts: 20 in a page, 16 in a card. ``two_line`` makes rows of 50."""
        super().__init__(parent)
        self.record_model = model
        self.inset = inset
        self.first_column = self.last_column = 0
        self.hover_row = -1
        self.strong_current = True
        self.single_keys = True
        """Single letters act; a responder may turn that off (WCAG 2.1.4)."""
        self._two_line = two_line
        self._anchor = -1
        self._empty: QWidget | None = None
        self._restoring = False
        self._chosen_soon = soon(self, self._follow_choice)
        self.setProperty("ownFocus", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalHeader(RecordHeader(self))
        self.setModel(model)
        self.setItemDelegate(RecordDelegate(self))
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(20)
        # Rows scroll, their head does not: the bar begins where they do.
        above = Panel("surface")
        above.setFixedHeight(Size.TABLE_HEAD)
        self.addScrollBarWidget(above, Qt.AlignmentFlag.AlignTop)
        self.columns = TableColumns(self)
        self._head_line = Line(self)
        self._fit_rows()
        self.horizontalHeader().sectionClicked.connect(self._heading_pressed)
        theme.current().changed.connect(self._theme_changed)
        model.modelReset.connect(self._show_empty)

    @property
    def row_height(self) -> int:
        """Height of every row, logical pixels."""
        return Size.TWO_LINE_ROW if self._two_line else theme.current().row_height

    def _fit_rows(self) -> None:
        if self.verticalHeader().defaultSectionSize() != self.row_height:
            self.verticalHeader().setDefaultSectionSize(self.row_height)
        self.verticalScrollBar().setSingleStep(self.row_height)

    def _theme_changed(self) -> None:
        self._fit_rows()
        self.viewport().update()

    # -- which records ------------------------------------------------------------------------------------

    def set_ids(self, ids: Ids, keep_current: bool = True, renumbered: RecordId | None = None) -> None:
        """Show other ids. The current record stays current and in its place on the screen, by id.

        A view at its very top stays there instead, so that what is new above is seen. If the record is gone,
        the row that took its place becomes current, so that work goes on with the next one. ``renumbered``
        is the id by which the current record goes now, where it goes by another one.
        """
        was_row = self.currentIndex().row()
        was_id = self.record_model.id_at(was_row)
        bar = self.verticalScrollBar()
        offset = self.rowViewportPosition(was_row) if was_row >= 0 else 0
        scrolled = bar.value()
        self._restoring = True
        marked = self.marked
        self.record_model.marked = Marks(ids)  # by row: those of the list before say nothing of this one
        self.record_model.set_ids(ids)
        self._restoring = False
        self._set_marked(marked.kept_in(ids), len(marked))
        if not keep_current or was_row < 0:
            return
        row = self.record_model.row_of(was_id if renumbered is None else renumbered, was_row)
        if row < 0:
            row = min(was_row, len(ids) - 1)
            bar.setValue(scrolled)
        else:
            bar.setValue(row * self.row_height - offset)
        self.go_to_row(row)
        if scrolled == 0:
            bar.setValue(0)

    def take_away(self, gone: Sequence[RecordId]) -> None:
        """Take records out of the list; if the current one is among them, the next that is left becomes current.

        ``current_changed`` is not sent: whoever takes them away knows.
        """
        ids, place = self.record_model.ids, self.currentIndex().row()
        self._restoring = True
        if len(gone) <= _FEW:
            rows = [row for row in (self.record_model.row_of(one, place) for one in gone) if row >= 0]
            self._take_out(rows, place)
        else:
            before = len(without(ids[:place], gone))
            stays = self.current_id() not in set(gone)
            all_marked = len(gone) == len(self.marked) and self.marked.records() == gone
            self.set_ids(self.marked.others() if all_marked else without(ids, gone))
            if not stays:
                self.go_to_row(min(before, len(self.record_model.ids) - 1))
        self._restoring = False

    def _take_out(self, rows: Sequence[int], place: int) -> None:
        bar, marked, many = self.verticalScrollBar(), self.marked, len(self.marked)
        scrolled = bar.value()
        self.record_model.marked = Marks(())
        self.record_model.take_out(rows)
        self._set_marked(marked.kept_in(self.record_model.ids), many)
        self.go_to_row(min(place - sum(row < place for row in rows), len(self.record_model.ids) - 1))
        if scrolled == 0:
            bar.setValue(0)
        self._show_empty()

    def refresh(self) -> None:
        """Ask again for the rows in view; ids, current record and scroll position stay."""
        self.record_model.refresh()
        self.viewport().update()

    def current_id(self) -> RecordId | None:
        """Return the id of the current record, or None."""
        return self.record_model.id_at(self.currentIndex().row())

    @property
    def marked(self) -> Marks:
        """The marked records."""
        return self.record_model.marked

    @marked.setter
    def marked(self, wanted: Collection[RecordId]) -> None:
        self.record_model.marked = Marks.of(self.record_model.ids, wanted)

    def acting_ids(self) -> Any:
        """Return what an action acts on: the marked records, in the order shown, else the current one."""
        if self.marked:
            return self.marked.records()
        current = self.current_id()
        return [] if current is None else [current]

    def go_to_row(self, row: int) -> None:
        """Make a row current and bring it into view; nothing happens outside the table."""
        if 0 <= row < len(self.record_model.ids):
            index = self.record_model.index(row, self.first_column)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def go_to_id(self, record_id: RecordId) -> bool:
        """Make a record current; tell whether it is in the list."""
        row = self.record_model.row_of(record_id)
        self.go_to_row(row)
        return row >= 0

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell listeners which record is current now."""
        super().currentChanged(current, previous)
        for index in (current, previous):
            if index.isValid():
                self._repaint_row(index.row())
        if not self._restoring and (current.row() != previous.row() or not previous.isValid()):
            self.current_changed.emit(self.record_model.id_at(current.row()))

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Look, once it is over, whether it was an assistive program that chose a row."""
        super().selectionChanged(selected, deselected)
        self._chosen_soon.start()

    def _follow_choice(self) -> None:
        """Make the row current that is selected: what is said to be selected is what acts act on."""
        rows = self.selectionModel().selectedRows()
        if len(rows) == 1 and rows[0].row() != self.currentIndex().row():
            self.go_to_row(rows[0].row())

    def _repaint_row(self, row: int) -> None:
        top = self.rowViewportPosition(row)
        self.viewport().update(0, top, self.viewport().width(), self.row_height)

    # -- marks --------------------------------------------------------------------------------------------

    def toggle_mark(self, row: int) -> None:
        """Mark a row for a bulk action, or take its mark away."""
        if self.record_model.id_at(row) is not None:
            self._anchor = row
            self._set_marked(self.marked.toggled(row))

    def mark_range(self, row: int) -> None:
        """Mark every row from the last one marked to this one."""
        start = self._anchor if self._anchor >= 0 else row
        low, high = sorted((start, row))
        self._set_marked(self.marked.reaching(low, high))

    def mark_all(self) -> None:
        """Mark every record of the list."""
        self._set_marked(self.marked.every())

    def _mark_to(self, row: int) -> None:
        """Mark from the current row to another, both with it, and go there."""
        here, there = self.currentIndex().row(), max(0, min(row, len(self.record_model.ids) - 1))
        self._set_marked(self.marked.reaching(min(here, there), max(here, there)))
        self.go_to_row(there)

    def clear_marks(self) -> None:
        """Take every mark away."""
        self._set_marked(Marks(self.record_model.ids))

    def _set_marked(self, marked: Marks, before: int | None = None) -> None:
        """Show other marks. No gesture changes which are marked and leaves their number."""
        told = len(self.marked) if before is None else before
        self.record_model.marked = marked
        if len(marked) != told:
            self.viewport().update()
            self.marked_changed.emit(len(marked))
            announce(self, self.tr("{0} marked").format(f"{len(marked):,}") if marked else self.tr("None marked"))

    # -- keys and mouse -----------------------------------------------------------------------------------

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here, not a search."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """J, K, Home and End move, X marks, Ctrl A and Shift with a move mark many, Enter opens.

        Any other character is passed on as ``key_pressed``, but for the question mark, which is the window's.
        """
        row = self.currentIndex().row()
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.mark_all()
            return
        if event.modifiers() == Qt.KeyboardModifier.ShiftModifier and event.key() in _REACHES and row >= 0:
            self._mark_to(row + _REACHES[event.key()])
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.opened.emit(self.record_model.id_at(row))
            return
        if event.key() == Qt.Key.Key_Escape and self.marked:
            self.clear_marks()
            return
        text = event.text()
        plain = event.modifiers() in _NO_MODIFIER
        if plain and event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
            return
        if plain and event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.go_to_row(0 if event.key() == Qt.Key.Key_Home else len(self.record_model.ids) - 1)
            return
        if text == "?" and self.single_keys:
            event.ignore()
            return
        if self.single_keys and plain and len(text) == 1 and text.isprintable() and text != " ":
            self._letter(text, row)
            return
        if text == " " and plain and row >= 0:
            self.toggle_mark(row)
            return
        super().keyPressEvent(event)

    def _letter(self, text: str, row: int) -> None:
        letter = text.lower()
        if self.step(letter):
            return
        if text == "x" and row >= 0:
            self.toggle_mark(row)
            self.go_to_row(row + 1)
        elif text == "X" and row >= 0:
            self.mark_range(row)
        else:
            self.key_pressed.emit(letter)

    def step(self, letter: str) -> bool:
        """Move as J and K do; tell whether the letter is one of them."""
        if letter not in _STEPS:
            return False
        self.go_to_row(max(0, self.currentIndex().row() + _STEPS[letter]))
        return True

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key offers what can be done with the columns; a right click on the head does too."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.show_columns_menu()
        else:
            super().contextMenuEvent(event)

    def show_columns_menu(self) -> None:
        """Offer under the head what can be done with the columns."""
        self.columns.show_menu(self.mapToGlobal(QPoint(self.inset, Size.TABLE_HEAD)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the record."""
        row = self.rowAt(event.position().toPoint().y())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self.record_model.id_at(row))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ctrl and Shift with a click mark rows, as X does."""
        row = self.rowAt(event.position().toPoint().y())
        if row >= 0 and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.toggle_mark(row)
        elif row >= 0 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.mark_range(row)
        else:
            super().mousePressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Follow the mouse, for the ground of the row under it."""
        if event.type() in (QEvent.Type.MouseMove, QEvent.Type.Leave):
            row = -1 if event.type() == QEvent.Type.Leave else self.rowAt(self._at(event).y())
            if row != self.hover_row:
                before, self.hover_row = self.hover_row, row
                self._repaint_row(before)
                self._repaint_row(row)
        return super().viewportEvent(event)

    @staticmethod
    def _at(event: QEvent) -> QPoint:
        return event.position().toPoint() if isinstance(event, QMouseEvent) else QPoint()

    def _heading_pressed(self, section: int) -> None:
        column = self.record_model.columns[section]
        if column.sortable:
            by, descending = self.record_model.sorted_by or ("", False)
            self.sort_requested.emit(column.key, not descending if by == column.key else True)

    # -- room ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drop columns that no longer fit, in their order, and let one column take the rest.

        A current row that was in view stays in view: what opens below the list asks about it.
        """
        super().resizeEvent(event)
        current = self.currentIndex()
        lost = event.oldSize().height() - event.size().height()
        if lost > 0 and current.isValid():
            box = self.visualRect(current)
            if box.top() >= 0 and self.viewport().height() < box.bottom() <= self.viewport().height() + lost:
                self.scrollTo(current)
        self.fit_columns()
        self._head_line.setGeometry(0, Size.TABLE_HEAD - 1, self.width(), 1)
        self._head_line.raise_()
        self._show_empty()

    def fit_columns(self) -> None:
        """Choose and size the columns for the width there is."""
        self.first_column, self.last_column = self.columns.fit()
        self.horizontalHeader().viewport().update()
        self.viewport().update()

    def set_empty(self, widget: QWidget | None) -> None:
        """Give what is shown in place of rows when there are none: why, what to do, one button."""
        if self._empty is not None:
            self._empty.hide()
            self._empty.deleteLater()
        self._empty = widget
        if widget is not None:
            widget.setParent(self.viewport())
        self._show_empty()

    def _show_empty(self) -> None:
        if self._empty is None:
            return
        self._empty.setVisible(not self.record_model.ids)
        if self._empty.isVisibleTo(self):
            wide = self.viewport().width() - 2 * self.inset
            self._empty.setGeometry(self.inset, 24, wide, max(120, self._empty.sizeHint().height()))

    # -- painting -----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows, and with the focus a ring inside the current one."""
        super().paintEvent(event)
        row = self.currentIndex().row()
        if row < 0 or not self.hasFocus():
            return
        p = theme.current().palette
        top = self.rowViewportPosition(row)
        painter = QPainter(self.viewport())
        pen = QPen(QColor(p.focus), Size.FOCUS_LINE)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        wide = min(self.viewport().width(), self.horizontalHeader().length())
        painter.drawRect(1, top + 1, wide - 2, self.row_height - 3)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Make the first row current if none is, so that the focus can be seen."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.go_to_row(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.viewport().update()
