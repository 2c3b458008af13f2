"""The lists behind two counts of Home: the systems that are down, and the open tasks, over all incidents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtWidgets import QWidget

from triage_app.domain.severity import band
from triage_app.language import plural
from triage_app.services import systems_down, tasks
from triage_app.services.changes import milliseconds
from triage_app.services.impact import value_in_words
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.work_list import WorkListDialog
from triage_app.ui.table import UNKNOWN, Cell, Column
from triage_app.ui.views.impact_words import lasting
from triage_app.ui.views.moments import short, span
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import EmptyState


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

    def read(self, store: Store, which: str, now: int) -> list[dict[str, Any]]:
        """Return what is down."""
        return systems_down.everywhere(store)

    def words(self, found: Sequence[dict[str, Any]], now: datetime) -> str:
        """Return how many, and in how many incidents."""
        if not found:
            return ""
        incidents = len({one["incident"] for one in found})
        many = self.tr("{0} down").format(f"{len(found):,}")
        of = plural(incidents, "in 1 incident", "in {0} incidents").format(f"{incidents:,}")
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

    def read(self, store: Store, which: str, now: int) -> list[dict[str, Any]]:
        """Return what is open."""
        return tasks.everywhere(store, now)

    def words(self, found: Sequence[dict[str, Any]], now: datetime) -> str:
        """Return how many, and how many are overdue."""
        if not found:
            return ""
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
