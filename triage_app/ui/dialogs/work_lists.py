"""The lists behind two counts of Home: the systems that are down, and the open tasks, over all incidents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.severity import band
from triage_app.services import systems_down, tasks
from triage_app.services.changes import milliseconds
from triage_app.services.impact import value_in_words
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.table import UNKNOWN, Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.impact_words import lasting
from triage_app.ui.views.moments import short, span
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import EmptyState, secondary


class WorkListDialog(Dialog):
    """A table over all incidents, the worst first; Enter opens the incident where it says so."""

    def __init__(
        self, desk: Desk, heading: str, columns: Sequence[Column], empty: EmptyState, opened: Callable[[str], None],
        parent: QWidget,
    ) -> None:  # fmt: skip
        """``opened`` is called with the id of what was chosen, once this has closed."""
        super().__init__(heading, "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.desk = desk
        self._opened = opened
        self.count = text_label("", "small", "text2", wrap=True)
        self.table = RowsTable(columns, heading, inset=Size.CARD)
        self.table.set_empty(empty)
        self.table.opened.connect(self._open)
        self.body.addWidget(self.count)
        self.body.addWidget(self.table, 1)
        close = secondary(self.tr("Close"), key="Esc")
        close.clicked.connect(self.reject)
        self.add_buttons(close)
        behind = parent.window().size()
        rows = Size.TABLE_HEAD + 10 * self.table.row_height + 4
        self.table.setMinimumHeight(min(rows, max(96, behind.height() - 230)))
        self.resize(min(1040, behind.width() - 32), 200)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        desk.query(self.read, while_alive(self, self._show))

    def read(self, store: Store) -> list[dict[str, Any]]:
        """Return the rows; on the query lane."""
        raise NotImplementedError

    def words(self, found: Sequence[dict[str, Any]]) -> str:
        """Return how many there are, in words."""
        raise NotImplementedError

    def cells(self, one: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return a row as the table shows it."""
        raise NotImplementedError

    def _show(self, found: list[dict[str, Any]]) -> None:
        now = self.desk.now()
        self.table.show_rows([{"id": one["id"], **self.cells(one, now)} for one in found])
        self.count.setText(self.words(found) if found else "")
        self.count.setVisible(bool(found))
        if found:
            self.table.go_to_row(0)

    def _open(self, record_id: object) -> None:
        self.accept()
        self._opened(str(record_id))


class SystemsDownDialog(WorkListDialog):
    """Every system that is stated to be down."""

    def __init__(self, desk: Desk, opened: Callable[[str], None], parent: QWidget) -> None:
        tr = desk.tr
        columns = [
            Column("system", tr("System"), 200, "title", stretch=True, sortable=False),
            Column("long", tr("Down for"), 100, sortable=False),
            Column("paper", tr("Paper fallback"), 124, sortable=False),
            Column("severity", tr("Severity"), 104, "severity", drop=2, sortable=False),
            Column("belongs", tr("Incident"), 136, "mono", sortable=False),
            Column("title", tr("Title"), 220, drop=1, sortable=False),
        ]
        empty = EmptyState(
            tr("No system is stated to be down"),
            tr("That does not say that none is. Somebody states one on the tab Impact of an incident, with O."),
        )
        super().__init__(desk, tr("Systems down, over all incidents"), columns, empty, opened, parent)

    def read(self, store: Store) -> list[dict[str, Any]]:
        """Return what is down."""
        return systems_down.everywhere(store)

    def words(self, found: Sequence[dict[str, Any]]) -> str:
        """Return how many, and in how many incidents."""
        incidents = len({one["incident"] for one in found})
        many = self.tr("{0} down").format(f"{len(found):,}")
        of = self.tr("in 1 incident") if incidents == 1 else self.tr("in {0} incidents").format(f"{incidents:,}")
        order = self.tr("The severest incident first, then what has no paper fallback, then the longest.")
        return f"{many} {of}. {order}"

    def cells(self, one: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return a system as a row."""
        said, severity = one["said"], one["incident_severity"]
        name = ", ".join(part for part in (said.get("system"), said.get("place")) if part)
        closed = one["incident_status"] == "closed"
        return {
            "system": Cell(harmless(name), "warning", strong=True),
            "long": lasting(one, now) or self.tr("not known"),
            "paper": value_in_words("outage", "paper", said.get("paper")),
            "severity": UNKNOWN if severity is None else band(severity),
            "belongs": one["incident_ref"] or "",
            "title": harmless(one["incident_title"] or "") + (self.tr(" (closed)") if closed else ""),
        }


class TaskListDialog(WorkListDialog):
    """Every open task of every open incident."""

    def __init__(self, desk: Desk, opened: Callable[[str], None], parent: QWidget) -> None:
        tr = desk.tr
        columns = [
            Column("due", tr("Due"), 150, sortable=False),
            Column("title", tr("Task"), 260, "title", stretch=True, sortable=False),
            Column("owner", tr("Owner or usual role"), 170, drop=1, sortable=False),
            Column("belongs", tr("Incident"), 136, "mono", sortable=False),
        ]
        empty = EmptyState(
            tr("No task is open"),
            tr("A playbook makes tasks: the tab Tasks of an incident starts one with P, or adds your own with A."),
        )
        super().__init__(desk, tr("Open tasks, over all incidents"), columns, empty, opened, parent)

    def read(self, store: Store) -> list[dict[str, Any]]:
        """Return what is open."""
        return tasks.everywhere(store, milliseconds(self.desk.now()))

    def words(self, found: Sequence[dict[str, Any]]) -> str:
        """Return how many, and how many are overdue."""
        late = sum(bool(one["overdue"]) for one in found)
        return self.tr("{0} open, {1} overdue. Those overdue longest first.").format(f"{len(found):,}", f"{late:,}")

    def cells(self, one: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return a task as a row."""
        due: object = ""
        if one["overdue"]:
            late = span((milliseconds(now) - one["due_at"]) / 1000)
            due = Cell(self.tr("overdue {0}").format(late), "warning", "red")
        elif one["due_at"] is not None:
            due = short(one["due_at"], now)
        return {
            "due": due,
            "title": Cell(harmless(one["title"]), "person" if tasks.must_ask(one) else ""),
            "owner": harmless(one["owner"] or "") or Cell(harmless(one["role"] or ""), role="text2"),
            "belongs": one["incident_ref"] or "",
        }
