"""The queue's table: its columns may be hidden and are remembered; what it is sorted by is the store's order."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMenu, QWidget

from triage_app.ui.table import IdTableModel, RecordTable
from triage_app.ui.theme import font
from triage_app.ui.views.queue_rows import ORDERS, columns


class AlertTable(RecordTable):
    """Alerts by number."""

    def __init__(self, fetch: Callable[[list[Any]], Mapping[Any, Mapping[str, Any]]], parent: QWidget) -> None:
        """``fetch`` gives the rows of some alerts."""
        self.hidden_columns: set[str] = set()
        self._sorted, self._descending = "severity", True
        model = IdTableModel(columns(), fetch, array("q"), parent)
        model.set_sorted("severity", True)
        super().__init__(model)

    @property
    def store_order(self) -> tuple[str, bool]:
        """The store's name of the order, and whether from the top down: a great age is an early time."""
        return ORDERS[self._sorted], self._descending is not (self._sorted == "age")

    def sort_by(self, key: str, descending: bool) -> bool:
        """Remember another order; tell whether there is one of that name."""
        if key not in ORDERS:
            return False
        self._sorted, self._descending = key, descending
        self.record_model.set_sorted(key, descending)
        return True

    def show_column(self, key: str, shown: bool) -> None:
        """Show or hide a column that may be hidden; the current alert stays."""
        current = self.current_id()
        self.hidden_columns = self.hidden_columns - {key} if shown else self.hidden_columns | {key}
        model = self.record_model
        model.beginResetModel()
        model.columns = tuple(each for each in columns() if each.key not in self.hidden_columns)
        model.endResetModel()
        self.fit_columns()
        if current is not None:
            self.go_to_id(current)

    def columns_menu(self, below: QWidget) -> None:
        """Offer the columns that may be hidden, under the button that was pressed."""
        menu = QMenu(self)
        menu.setFont(font("small"))
        menu.aboutToHide.connect(menu.deleteLater)
        for each in columns():
            if each.drop:
                action = menu.addAction(each.heading)
                action.setCheckable(True)
                action.setChecked(each.key not in self.hidden_columns)
                action.triggered.connect(lambda shown, key=each.key: self.show_column(key, shown))
        menu.popup(below.mapToGlobal(below.rect().bottomLeft()))

    def remember(self, settings: QSettings) -> None:
        """Write down which columns are hidden."""
        settings.setValue("queue/hidden", ",".join(sorted(self.hidden_columns)))

    def recall(self, settings: QSettings) -> None:
        """Hide the columns that were hidden last time."""
        known = {each.key for each in columns() if each.drop}
        for key in str(settings.value("queue/hidden", "")).split(","):
            if key in known:
                self.show_column(key, False)
