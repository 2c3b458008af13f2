"""The ids-first table model: it holds every id and asks for rows in pages of 64, so a million rows open at once."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from triage_app.errors import TriageError
from triage_app.ui.table_cells import NOTHING, Column, cell_aloud, cell_text
from triage_app.ui.table_marks import Marks, place_of
from triage_app.ui.text import visible

PAGE = 64
PAGES_KEPT = 64
RecordId = int | str
Ids: TypeAlias = "array[int] | Sequence[str]"
Row = Mapping[str, Any]
Index = QModelIndex | QPersistentModelIndex

VALUE_ROLE = int(Qt.ItemDataRole.UserRole)
ROW_ROLE = VALUE_ROLE + 1
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_SENTENCE = int(Qt.ItemDataRole.AccessibleTextRole)
_ALIGN = int(Qt.ItemDataRole.TextAlignmentRole)
_CHECK = int(Qt.ItemDataRole.CheckStateRole)
_ROLES = frozenset((_DISPLAY, VALUE_ROLE, ROW_ROLE, _SENTENCE, _ALIGN, _CHECK))


class IdTableModel(QAbstractTableModel):
    """Rows by id. ``fetch`` is asked for at most 64 rows at a time, and only for rows that are looked at."""

    fetch_failed = Signal(object)
    """Carries the ``TriageError`` that a page came to."""

    def __init__(
        self,
        columns: Sequence[Column],
        fetch: Callable[[list[Any]], Mapping[Any, Row]],
        ids: Ids | None = None,
        parent: QObject | None = None,
    ) -> None:
        """``fetch`` takes ids and returns the rows found; an id that it leaves out is shown as gone."""
        super().__init__(parent)
        self.columns = tuple(columns)
        self._fetch = fetch
        self._ids: Ids = array("q") if ids is None else ids
        self._rows: OrderedDict[RecordId, Row | None] = OrderedDict()
        """The rows held, by id, so that they stay when others leave the list; None for a record that is gone."""
        self._sorted_by: tuple[str, bool] | None = None
        self.marked = Marks(self._ids)
        """Which records are marked, for a screen reader; the table says it."""

    @property
    def ids(self) -> Ids:
        """All ids, in the order shown."""
        return self._ids

    def set_ids(self, ids: Ids) -> None:
        """Show other ids, or the same in another order. Views should use ``RecordTable.set_ids``."""
        self.beginResetModel()
        self._ids = ids
        self._rows.clear()
        self.endResetModel()

    def take_out(self, rows: Sequence[int]) -> None:
        """Take a few rows out of the list; what is held of the others stays, so that none is asked for again."""
        left = self._ids[:]  # others may be reading the list, so it does not change under them
        for row in sorted(rows, reverse=True):
            self.beginRemoveRows(QModelIndex(), row, row)
            self._ids = left
            del left[row]  # type: ignore[union-attr]
            self.endRemoveRows()

    def refresh(self) -> None:
        """Forget the rows held, and have those in view asked for again; the ids stay."""
        self._rows.clear()
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(self.columns) - 1))

    def id_at(self, row: int) -> RecordId | None:
        """Return the id of a row, or None."""
        return self._ids[row] if 0 <= row < len(self._ids) else None

    def row_of(self, record_id: RecordId | None, near: int = -1) -> int:
        """Return the row of an id, or -1. ``near`` is where it probably is: all the others are looked at after it."""
        return -1 if record_id is None else place_of(self._ids, record_id, near)

    def record(self, row: int) -> Row | None:
        """Return one row, asking for its page if need be; None for a record that is gone."""
        if not 0 <= row < len(self._ids):
            return None
        record_id = self._ids[row]
        if record_id not in self._rows:
            self._load(row)
        self._rows.move_to_end(record_id)
        return self._rows[record_id]

    def held(self, record_id: RecordId) -> Row | None:
        """Return a row that is held, without asking for it."""
        return self._rows.get(record_id)

    def _load(self, row: int) -> None:
        """Ask for what is not held of a page; what is asked for was not looked at lately, so the oldest rows go."""
        start = row // PAGE * PAGE
        wanted = [one for one in self._ids[start : start + PAGE] if one not in self._rows]
        try:
            page = self._fetch(wanted)
        except TriageError as trouble:
            page = {}
            self.fetch_failed.emit(trouble)
        for one in wanted:
            self._rows[one] = page.get(one)
        while len(self._rows) > PAGES_KEPT * PAGE:
            self._rows.popitem(last=False)

    def set_sorted(self, key: str, descending: bool) -> None:
        """Mark the column that the ids are in order of; the model itself never sorts."""
        self._sorted_by = (key, descending)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    @property
    def sorted_by(self) -> tuple[str, bool] | None:
        """The column the ids are in order of, and whether from the top down."""
        return self._sorted_by

    def sentence(self, row: int) -> str:
        """Return the whole row as one sentence, for a screen reader."""
        record = self.record(row)
        if record is None:
            return self.tr("This record is no longer here")
        mark = self.tr("Marked") if self.marked.at(row) else NOTHING
        said = record.get("sentence")
        if said:
            parts = [mark, visible(str(said), lines=False)]
        else:
            parts = [mark, str(record.get("struck") or NOTHING)]
            parts += [cell_aloud(column, record.get(column.key)) for column in self.columns]
        return ", ".join(part for part in parts if part != NOTHING)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many ids there are."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """Return a cell's words, value, row, alignment, mark, or what is said of it; None for every other role."""
        if role not in _ROLES or not index.isValid():
            return None
        column = self.columns[index.column()]
        if role == _ALIGN:
            side = Qt.AlignmentFlag.AlignRight if column.right_aligned else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == _SENTENCE and index.column() == 0:
            return self.sentence(index.row())
        if role == _CHECK:
            is_marked = index.column() == 0 and self.marked.at(index.row())
            return int(Qt.CheckState.Checked.value) if is_marked else None
        record = self.record(index.row())
        if role == ROW_ROLE:
            return record
        value = None if record is None else record.get(column.key)
        if role == VALUE_ROLE:
            return value
        shown = cell_text(column, value)
        if role == _SENTENCE:  # None has the words shown said
            aloud = cell_aloud(column, value)
            return aloud if aloud != shown else None
        return shown

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Return a column's heading; rows have none."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == _DISPLAY:
            return self.columns[section].heading
        return None
