"""The place of incidents: the list, and one of them on its page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from triage_app.services.changes import Changes
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.new_incident import NewIncidentDialog
from triage_app.ui.views.act_result import ActResult
from triage_app.ui.views.commands import follow_single_keys
from triage_app.ui.views.incident_list import IncidentList
from triage_app.ui.views.incident_menu import in_groups
from triage_app.ui.views.incident_page import IncidentPage
from triage_app.ui.views.tips import TipsPane
from triage_app.ui.widgets import Landing, column
from triage_app.ui.widgets.top_bar import Entry


class IncidentsView(Landing):
    """The place "Incidents": the list, and over it the page of one."""

    open_record = Signal(str, str)
    """(kind, id) of a record of another place: alert or conflict."""
    count_changed = Signal(int)
    """How many incidents are open."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.list = IncidentList(desk)
        self.page = IncidentPage(desk)
        self.result = ActResult(desk, self)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.page)
        self.tips = TipsPane(desk)
        self._stack.addWidget(self.tips)
        lines = column(self, gap=0)
        lines.addWidget(self._stack, 1)
        lines.addWidget(self.result)
        self.list.opened.connect(self._open)
        self.list.new_requested.connect(self.new_incident)
        self.list.tips_requested.connect(self.show_tips)
        self.tips.back_requested.connect(self.show_list)
        self.tips.open_record.connect(self._open_other)
        self.tips.counted.connect(self.list.say_tips)
        self.list.counted.connect(self.count_changed)
        self.page.back_requested.connect(self.show_list)
        self.page.gone.connect(self.show_list)
        self.page.open_record.connect(self._open_other)
        self.narrowed, self.narrow_as = self.list.narrowed, self.list.narrow_as
        desk.store_changed.connect(self._changed)
        self._follow_single_keys()
        self._enable()
        self.list.refresh()

    def _follow_single_keys(self) -> None:
        page = self.page
        follow_single_keys(
            self._desk,
            self,
            [
                *page.commands.values(),
                *page.victims.commands(),
                *page.affected.commands,
                *page.impact.commands,
                *page.tasks.commands,
                *page.files.commands,
                page.timeline.enter,
            ],
            [
                self.list.table,
                page.timeline.table,
                page.alerts.table,
                page.log.table,
                page.history.table,
                page.reports.table,
                page.affected.table,
                page.impact.table,
                page.tasks.table,
                page.files.table,
                page.victims.table,
                page.victims.page.table,
            ],
        )

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return what can be done here, by menu."""
        page = self.page
        return {
            "Incident": [
                *page.commands.values(), *self.tips.on_one, *page.affected.commands, *page.impact.commands,
                *page.files.commands, *page.tasks.commands, self.result.command,
            ],
            "Victim": page.victims.commands(),
        }  # fmt: skip

    def menus(self) -> dict[str, list[Entry]]:
        """Return how the menus show that: an incident has too many acts for one list."""
        page = self.page
        grouped = in_groups(
            page.commands, reports=self.tips.on_one, affected=page.affected.commands, impact=page.impact.commands,
            files=page.files.commands, tasks=page.tasks.commands, undo=self.result.command,
        )  # fmt: skip
        return {"Incident": grouped, "Victim": list(page.victims.commands())}

    def show_record(self, kind: str, record_id: str) -> None:
        """Show an incident, or the incident of a task, a statement of impact, a victim or a support action."""
        if kind == "tip":
            self.show_tips(record_id)
            return
        if kind == "incident" and record_id:
            self._open(record_id)
            return
        if kind in ("task", "impact"):
            tab = self.page.tasks if kind == "task" else self.page.impact
            tab.wanted = record_id
            self._open(record_id.partition(":")[0], "tasks" if kind == "task" else kind)
            return
        victim = record_id
        if kind == "action":
            found = lookup.one(self._desk.store, "action", record_id)
            victim = str(found["victim"]) if found else ""
        row_of = lookup.one(self._desk.store, "victim", victim) if victim and kind in ("victim", "action") else None
        if row_of is not None:
            self._open(row_of["incident"], "victims")
            self.page.victims.show_victim(victim)

    def _open_other(self, kind: str, record_id: str) -> None:
        """Show a record that the page names: here, where it is of this place."""
        if kind in ("incident", "tip"):
            self.show_record(kind, record_id)
        else:
            self.open_record.emit(kind, record_id)

    def _open(self, incident: str, tab: str = "") -> None:
        self.list.go_to(incident)
        self._stack.setCurrentWidget(self.page)
        self.page.show_incident(incident, tab)
        self._enable()

    def show_tips(self, tip: str = "") -> None:
        """Show the reports, one of them where it is named."""
        self._stack.setCurrentWidget(self.tips)
        self.page.show_incident("")
        if tip:
            self.tips.go_to(tip)
        if self.isVisible():
            self.tips.table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.open_record.emit("incident", "")
        self._enable()

    def shows_page(self) -> bool:
        """Tell whether one incident is shown, rather than the list."""
        return self._stack.currentWidget() is self.page

    def show_list(self) -> None:
        """Go back to the list, with the incident one came from current."""
        self._stack.setCurrentWidget(self.list)
        self.page.show_incident("")
        if self.isVisible():
            self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._enable()

    def new_incident(self) -> None:
        """Open the form for a new incident, and go to it when it is open."""
        dialog = NewIncidentDialog(self._desk, self)
        dialog.made.connect(self._go_to_new)
        dialog.open()

    def _go_to_new(self, incident: str) -> None:
        self._open(incident)
        if not self.isVisible():
            self.open_record.emit("incident", incident)

    def showEvent(self, event: QShowEvent) -> None:
        """Let its commands act."""
        super().showEvent(event)
        self._enable()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep its commands from acting unseen."""
        super().hideEvent(event)
        self._enable()

    def _enable(self) -> None:
        shown = self._stack.currentWidget()
        self.land_on(self.list.table if shown is self.list else shown)
        on_page = self.shows_page() and self.isVisible()
        for action in self.page.commands.values():
            action.setEnabled(on_page)

    def _changed(self, changes: Changes) -> None:
        if changes.touches("incident", "link", "victim"):
            self.list.refresh()
