"""What is overdue and due next for any victim, over all incidents; Enter opens the victim."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.services import support
from triage_app.services.changes import milliseconds
from triage_app.services.vocabularies import action_codes
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.moments import attempts_words, due_cell
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.victim_reading import victims
from triage_app.ui.widgets import Choice, EmptyState, row, secondary

_WITHIN = {"overdue": None, "48h": timedelta(hours=48), "7d": timedelta(days=7), "all": timedelta(days=3_650)}


class DueListDialog(Dialog):
    """A table of open support actions, the earliest due first."""

    def __init__(self, desk: Desk, opened: Callable[[str], None], parent: QWidget) -> None:
        """``opened`` is called with the victim that was chosen, once this has closed."""
        super().__init__(desk.tr("Support overdue and due next"), "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        self._opened = opened
        self._victims: dict[str, str] = {}
        self.which = Choice(
            [
                ("48h", self.tr("Overdue, or due within 48 h")), ("overdue", self.tr("Overdue")),
                ("7d", self.tr("Overdue, or due within 7 days")), ("all", self.tr("All that has a due time")),
            ],
            name=self.tr("Which"),
        )  # fmt: skip
        self.which.currentIndexChanged.connect(self.refresh)
        self.count = text_label("", "small", "text2")
        head = row(gap=12)
        head.addWidget(self.which)
        head.addWidget(self.count)
        head.addStretch(1)
        self.table = RowsTable(
            [
                Column("due", self.tr("Due"), 176, "clock", sortable=False),
                Column("name", self.tr("Action"), 190, "title", stretch=True, sortable=False),
                Column("victim", self.tr("Victim"), 150, drop=4, sortable=False),
                Column("belongs", self.tr("Incident"), 136, "mono", drop=2, sortable=False),
                Column("owner", self.tr("Owner"), 112, drop=1, sortable=False),
                Column("attempts", self.tr("Tried"), 176, drop=3, sortable=False),
            ],
            self.tr("Support overdue and due next"), inset=Size.CARD,
        )  # fmt: skip
        self.table.set_empty(
            EmptyState(self.tr("Nothing is due"), self.tr("No open support action has a time that passes by then."))
        )
        self.table.opened.connect(self._open)
        self.body.addLayout(head)
        self.body.addWidget(self.table, 1)
        close = secondary(self.tr("Close"), key="Esc")
        close.clicked.connect(self.reject)
        self.add_buttons(close)
        behind = parent.window().size()
        rows = Size.TABLE_HEAD + 10 * self.table.row_height + 4
        self.table.setMinimumHeight(min(rows, max(96, behind.height() - 230)))
        self.resize(min(1040, behind.width() - 32), 200)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def refresh(self) -> None:
        """Read the list that is chosen."""
        within, now = _WITHIN[self.which.key()], milliseconds(self._desk.now())

        def read(store: Store) -> tuple[list[dict[str, Any]], dict[str, str]]:
            return support.waiting(store, now, within), {one.id: one.name for one in victims(store).victims}

        self._desk.query(read, lambda found: self._show(*found) if shiboken6.isValid(self) else None)

    def _show(self, found: list[dict[str, Any]], names: dict[str, str]) -> None:
        now = self._desk.now()
        self._victims = {row["id"]: row["victim"] for row in found}
        self.table.show_rows(
            [
                {
                    "id": one["id"], "due": due_cell(one, now, self.tr("{0}, late"), self.tr("{0}, prop.")),
                    "name": f"{action_codes().get(one['code'], one['code'])} ({one['code']})",
                    "victim": names.get(one["victim"], ""), "belongs": one["incident_ref"] or "",
                    "owner": one["owner"], "attempts": attempts_words(one, now, self.tr("{0}×, last {1}")),
                }
                for one in found
            ]
        )  # fmt: skip
        late = sum(1 for one in found if one["due"] < milliseconds(now))
        self.count.setText(self.tr("{0} actions, {1} overdue").format(len(found), late))
        if found and self.table.current_id() is None:
            self.table.go_to_row(0)

    def _open(self, record_id: object) -> None:
        victim = self._victims.get(str(record_id))
        if victim is not None:
            self.accept()
            self._opened(victim)
