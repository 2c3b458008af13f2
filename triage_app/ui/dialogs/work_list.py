"""The one dialog of every list over all incidents: a table, how many there are, Enter opens what a row belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.services.changes import milliseconds
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Choice, EmptyState, row, secondary

_ROWS = 10
_BESIDE = 230
"""Logical pixels of a window that the rest of the dialog needs."""


class WorkListDialog(Dialog):
    """A table over all incidents, the worst first. A kind of list says what is read, and how it is shown."""

    holds_up = False

    width_wanted: ClassVar[int] = 1040

    def __init__(
        self, desk: Desk, heading: str, columns: Sequence[Column], empty: EmptyState, opened: Callable[[str], None],
        parent: QWidget, which: Sequence[tuple[str, str]] = (),
    ) -> None:  # fmt: skip
        """``opened`` is called with the id of what was chosen, once this has closed; ``which`` narrows the list."""
        super().__init__(heading, "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.desk = desk
        self._opened = opened
        self._opens: dict[str, str] = {}
        self.count = text_label("", "small", "text2", wrap=True)
        self.which = Choice(which, name=self.tr("Which"))
        if not which:
            self.which.setParent(self)
            self.which.hide()
            self.body.addWidget(self.count)
        else:
            self.which.currentIndexChanged.connect(self.refresh)
            head = row(gap=12)
            head.addWidget(self.which)
            head.addWidget(self.count, 1)
            self.body.addLayout(head)
        self.table = RowsTable(columns, heading, inset=Size.CARD)
        self.table.set_empty(empty)
        self.table.opened.connect(self._open)
        self.body.addWidget(self.table, 1)
        close = secondary(self.tr("Close"), key="Esc")
        close.clicked.connect(self.reject)
        self.add_buttons(close)
        behind = parent.window().size()
        rows = Size.TABLE_HEAD + _ROWS * self.table.row_height + 4
        self.table.setMinimumHeight(min(rows, max(96, behind.height() - _BESIDE)))
        self.resize(min(self.width_wanted, behind.width() - 32), 200)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def refresh(self) -> None:
        """Read the list that is chosen."""
        which, now = self.which.key(), milliseconds(self.desk.now())
        self.desk.query(lambda store: self.read(store, which, now), while_alive(self, self._show))

    def read(self, store: Store, which: str, now: int) -> list[dict[str, Any]]:
        """Return the rows, each with its ``id``, and what it ``opens`` where that is another; on the query lane."""
        raise NotImplementedError

    def words(self, found: Sequence[dict[str, Any]], now: datetime) -> str:
        """Return how many there are, in words; "" for nothing to be said."""
        raise NotImplementedError

    def cells(self, one: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return a row as the table shows it."""
        raise NotImplementedError

    def _show(self, found: list[dict[str, Any]]) -> None:
        now = self.desk.now()
        self._opens = {str(one["id"]): str(one.get("opens", one["id"]) or "") for one in found}
        self.table.show_rows([{"id": one["id"], **self.cells(one, now)} for one in found])
        self.count.setText(self.words(found, now))
        self.count.setVisible(bool(self.count.text()))
        if found and self.table.current_id() is None:
            self.table.go_to_row(0)

    def _open(self, record_id: object) -> None:
        if wanted := self._opens.get(str(record_id)):
            self.accept()
            self._opened(wanted)
