"""A record table over rows already read: the lists inside a page, which are never long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from triage_app.ui.table import Column, IdTableModel, RecordTable
from triage_app.ui.tokens import Size


class MadeWhenSeen(Mapping[str, Mapping[str, Any]]):
    """Rows by id, each made when it is looked at: thousands of them cost nothing until they are scrolled to."""

    def __init__(self, makers: Mapping[str, Callable[[], Mapping[str, Any]]]) -> None:
        self._makers = makers

    def __getitem__(self, key: str) -> Mapping[str, Any]:
        return self._makers[key]()

    def __contains__(self, key: object) -> bool:
        return key in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class RowsTable(RecordTable):
    """Rows by their ``id``. Showing other rows keeps the current one and its place."""

    def __init__(
        self,
        columns: Sequence[Column],
        name: str,
        *,
        inset: int = Size.PAGE,
        two_line: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """``name`` is what a screen reader calls the table."""
        self._rows: Mapping[str, Mapping[str, Any]] = {}
        super().__init__(IdTableModel(columns, self._found), inset=inset, two_line=two_line, parent=parent)
        self.record_model.setParent(self)
        self.setAccessibleName(name)

    def _found(self, ids: list[Any]) -> dict[Any, Mapping[str, Any]]:
        return {record_id: self._rows[record_id] for record_id in ids if record_id in self._rows}

    def show_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show other rows, each with its ``id``."""
        self.show_made({str(row["id"]): row for row in rows})

    def show_made(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Show other rows by id; a mapping may make each of them when it is looked at."""
        self._rows = rows
        ids = list(rows)
        if ids == list(self.record_model.ids):
            self.refresh()
        else:
            self.set_ids(ids)

    def row_of(self, record_id: object) -> Mapping[str, Any] | None:
        """Return a row that is shown, by its id."""
        return self._rows.get(str(record_id))

    def current_row(self) -> Mapping[str, Any] | None:
        """Return the current row, or None."""
        return self.row_of(self.current_id())

    def rows(self) -> list[Mapping[str, Any]]:
        """Return the rows shown, in order."""
        return list(self._rows.values())
