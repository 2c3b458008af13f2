"""Clocks about to expire, over all incidents and advisories: the nearest nine, and the way to all."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.domain.clocks import State
from triage_app.services import clock_policies, duties
from triage_app.services.changes import milliseconds
from triage_app.services.clocks import OpenStep
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.clock_list import ClockListDialog, clock_columns, clock_row
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.clock_faces import ClockFace, faces_of
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Banner, Card, EmptyState, Glyph, link, row

ROWS: Final = 9


class HomeClocks(Card):
    """A table of the clocks that are nearest; Enter opens what they belong to."""

    opened = Signal(str, str)
    """Kind and id of an incident or an advisory."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(inset=1, parent=parent)
        self._desk = desk
        self._open: list[OpenStep] = []
        self.body.setContentsMargins(1, 10, 1, 1)
        self.body.setSpacing(4)
        head = row(margins=(Size.CARD, 0, Size.CARD, 0), gap=8)
        head.addWidget(text_label(self.tr("Clocks about to expire"), "h3"))
        self.count = text_label("", "small", "text2")
        head.addWidget(self.count)
        self._late = Glyph("late")
        self.overdue = link("")
        self.overdue.clicked.connect(self.open_overdue)
        for part in (self._late, self.overdue):
            head.addWidget(part)
            part.hide()
        head.addStretch(1)
        self.everything = link(self.tr("All clocks"))
        self.everything.clicked.connect(self.open_all)
        head.addWidget(self.everything)
        self.body.addLayout(head)
        self.own_file = Banner()
        self.own_file.hide()
        beside = row(margins=(Size.CARD, 2, Size.CARD, 4))
        beside.addWidget(self.own_file)
        self.body.addLayout(beside)
        self.table = RowsTable(
            clock_columns(self.tr, with_line=False), self.tr("Clocks about to expire"), inset=Size.CARD
        )
        self.table.set_empty(
            EmptyState(
                self.tr("No clock is open."),
                self.tr("The first look at an incident starts one, and so does the issue of an NHS cyber alert."),
            )
        )
        self.table.setMinimumHeight(Size.TABLE_HEAD + ROWS * self.table.row_height + 2)
        self.table.opened.connect(self._row_opened)
        self.body.addWidget(self.table, 1)

    def refresh(self) -> None:
        """Work them out again, on the query lane."""
        now = milliseconds(self._desk.now())

        def work(store: Store) -> tuple[list[OpenStep], str]:
            return duties.all_open(store, now), clock_policies.load(store.home).said

        self._desk.query(work, while_alive(self, lambda found: self._show(*found)))

    def _show(self, found: list[OpenStep], said: str) -> None:
        self._open = found
        self.own_file.say(said, self.tr("Ask whoever keeps it whether that is meant."), "amber")
        self.own_file.setVisible(bool(said))
        nearest = faces_of(found[:ROWS], self._desk.now())
        self.table.show_rows([clock_row(face) for face in nearest])
        self.count.setText(self.tr("{0} of {1}").format(len(nearest), f"{len(found):,}") if found else "")
        self.everything.setVisible(len(found) > ROWS)
        late = len(self._overdue())
        self.overdue.setText(self.tr("{0} overdue").format(f"{late:,}"))
        for part in (self._late, self.overdue):
            part.setVisible(late > 0)

    def _overdue(self) -> list[OpenStep]:
        """Return what is past due, also where it is provisional: nobody has said yet whether it is owed."""
        return [one for one in self._open if one.state.pressure is State.MISSED]

    def open_all(self) -> None:
        """Show every open clock."""
        self._list(self.tr("All open clocks"), self._open)

    def open_overdue(self) -> None:
        """Show every clock that is past due, over all incidents and advisories, the longest overdue first."""
        self._list(self.tr("All that is overdue"), self._overdue())

    def _list(self, heading: str, steps: list[OpenStep]) -> None:
        def opened(face: ClockFace) -> None:
            self.opened.emit(face.clock.subject_kind, face.clock.subject)

        ClockListDialog(heading, faces_of(steps, self._desk.now()), opened, self, of_one=False).open()

    def _row_opened(self, record_id: object) -> None:
        found = self.table.row_of(record_id)
        if found is not None:
            self.opened.emit(str(found["kind"]), str(found["subject"]))
