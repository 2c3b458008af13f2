"""The queue's table: what it is sorted by is the store's order."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from triage_app.ui import theme
from triage_app.ui.table import IdTableModel, RecordTable
from triage_app.ui.views.queue_rows import ORDERS, columns


class AlertTable(RecordTable):
    """Alerts by number."""

    def __init__(self, fetch: Callable[[list[Any]], Mapping[Any, Mapping[str, Any]]], parent: QWidget) -> None:
        """``fetch`` gives the rows of some alerts."""
        self._sorted, self._descending = "severity", True
        self._compact = theme.current().density == "compact"
        model = IdTableModel(columns(self._compact), fetch, array("q"), parent)
        model.set_sorted("severity", True)
        super().__init__(model)

    def _theme_changed(self) -> None:
        super()._theme_changed()
        compact = theme.current().density == "compact"
        if compact != self._compact:
            self._compact = compact
            self.record_model.columns = columns(compact)
            self.record_model.refresh()
            self.fit_columns()
            self.horizontalHeader().viewport().update()

    @property
    def store_order(self) -> tuple[str, bool]:
        """The store's name of the order, and whether from the top down: a great age is an early time."""
        return ORDERS[self._sorted], self._descending is not (self._sorted == "age")

    @property
    def order(self) -> tuple[str, bool]:
        """The column that was chosen to sort by, and whether from the top down."""
        return self._sorted, self._descending

    def sort_by(self, key: str, descending: bool) -> bool:
        """Remember another order; tell whether there is one of that name."""
        if key not in ORDERS:
            return False
        self._sorted, self._descending = key, descending
        self.record_model.set_sorted(key, descending)
        return True
