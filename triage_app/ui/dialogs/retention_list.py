"""Until when each person is kept, over all incidents, and what keeps them longer; Enter opens the victim."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.services import people
from triage_app.services.changes import milliseconds
from triage_app.services.times import day_in_words
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Choice, EmptyState, row, secondary

DUE, ALL = "due", "all"


class RetentionDialog(Dialog):
    """A table of people with the end of their time, the earliest first. Nothing is erased by itself."""

    def __init__(self, desk: Desk, opened: Callable[[str], None], parent: QWidget) -> None:
        """``opened`` is called with the victim that was chosen, once this has closed."""
        super().__init__(desk.tr("Retention due"), "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        self._opened = opened
        self._victims: dict[str, str] = {}
        self.which = Choice(
            [(ALL, self.tr("Everybody recorded")), (DUE, self.tr("Whose time has passed"))], name=self.tr("Which")
        )
        self.which.currentIndexChanged.connect(self.refresh)
        self.count = text_label("", "small", "text2", wrap=True)
        head = row(gap=12)
        head.addWidget(self.which)
        head.addWidget(self.count, 1)
        self.table = RowsTable(
            [
                Column("until", self.tr("Kept until"), 150, sortable=False),
                Column("victims", self.tr("Victim"), 190, "title", stretch=True, sortable=False),
                Column("state", self.tr("Stands"), 330, drop=1, sortable=False),
            ],
            self.tr("Retention due"), inset=Size.CARD,
        )  # fmt: skip
        self.table.set_empty(
            EmptyState(self.tr("Nobody's time has passed"), self.tr("Nobody recorded is kept longer than their time."))
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
        self.resize(min(820, behind.width() - 32), 200)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def refresh(self) -> None:
        """Read the list that is chosen."""
        is_due, now = self.which.key() == DUE, milliseconds(self._desk.now())

        def read(store: Store) -> tuple[list[people.Kept], dict[str, str]]:
            found = people.due(store, now) if is_due else people.kept(store)
            return found, {one["person"]: one["id"] for one in lookup.listing(store, "victim", "v.person <> ''")}

        self._desk.query(read, lambda found: self._show(*found) if shiboken6.isValid(self) else None)

    def _show(self, found: list[people.Kept], victims: dict[str, str]) -> None:
        now = milliseconds(self._desk.now())
        self._victims = victims
        self.table.show_rows(
            [
                {
                    "id": one.person, "victims": ", ".join(one.victims), "state": self._state(one, now),
                    "until": self.tr("Not set") if one.until is None else day_in_words(one.until),
                }
                for one in found
            ]
        )  # fmt: skip
        late = sum(1 for one in found if one.until is not None and one.until < now and not one.erased)
        self.count.setText(
            self.tr("{0} people, the time of {1} has passed. Nothing is erased by itself.").format(len(found), late)
        )
        if found and self.table.current_id() is None:
            self.table.go_to_row(0)

    def _state(self, one: people.Kept, now: int) -> str:
        if one.erased:
            return self.tr("Erased")
        if one.held:
            return self.tr("Legal hold: not erased until it is lifted")
        if one.until is None:
            return self.tr("An incident is open, or no period fits")
        return self.tr("Time has passed: to be erased") if one.until < now else self.tr("Kept")

    def _open(self, record_id: object) -> None:
        victim = self._victims.get(str(record_id))
        if victim is not None:
            self.accept()
            self._opened(victim)
