"""What is done on the page of one incident: taking apart, renaming, undoing, and going to what an event is about."""

from __future__ import annotations

from PySide6.QtCore import Signal

from triage_app.services import events, incidents, tasks, triage
from triage_app.services.undo import Undone
from triage_app.store import lookup
from triage_app.ui.views.files_tab import FilesTab
from triage_app.ui.views.impact_tab import ImpactTab
from triage_app.ui.views.incident_forms import IncidentForms
from triage_app.ui.views.incident_log_tab import LogTab
from triage_app.ui.views.incident_tabs import AlertsTab, TimelineTab
from triage_app.ui.views.incident_words import field_words
from triage_app.ui.views.tasks_tab import TasksTab
from triage_app.ui.views.victims_pane import VictimsPane
from triage_app.ui.widgets import Banner, Tabs


class IncidentActs(IncidentForms):
    """The acts of the page; it has the tabs that they are about."""

    open_record = Signal(str, str)
    tabs: Tabs
    left: Banner
    log: LogTab
    alerts: AlertsTab
    timeline: TimelineTab
    tasks: TasksTab
    victims: VictimsPane
    files: FilesTab
    impact: ImpactTab

    def _say_beside(self, what: str, more: str, tone: str = "ok") -> None:
        self.left.say(what, more, tone, self.tr("Hide"))
        self.left.show()

    def _correct_line(self) -> None:
        if self.tabs.current() == "log":
            self.log.correct_line()

    def add_note(self) -> None:
        """Open the form for a line of the log."""
        self.log.add_line()

    def _rename(self, title: str) -> None:
        entity = self.incident_id()
        self._desk.act(lambda session: incidents.set_field(session, entity, "title", title))

    def _unlink_shown(self) -> None:
        if self.tabs.current() == "alerts":
            self.alerts.take_out()
        elif self.tabs.current() == "timeline" and (event := self.timeline.current_event()):
            self._desk.act(lambda session: events.remove_event(session, event))
        elif self.tabs.current() == "tasks" and (task := self.tasks.current()):
            self._desk.act(lambda session: tasks.remove(session, task))

    def _unlink(self, keys: list[str]) -> None:
        entity = self.incident_id()
        self._desk.act(lambda session: triage.unlink(session, keys, entity))

    def _undo(self, act: str) -> None:
        def undone(done: Undone) -> None:
            if done.left:
                what = self.tr("Left as they are, because somebody has built on them: {0}").format(len(done.left))
                why = "; ".join(f"{field_words(part['field'])}: {part['why']}" for part in done.left[:3])
                self.left.say(what, why, "amber", self.tr("Hide"))
                self.left.show()
            else:
                self.left.hide()

        self._desk.undo(act, undone)

    def _open_event(self, event: str) -> None:
        kind, _, name = event.partition(":")
        if kind == "alert":
            self.open_record.emit("alert", name)
        elif kind in ("victim", "action"):
            found = lookup.one(self._desk.store, "action", name) if kind == "action" else None
            self.tabs.go_to("victims")
            self.victims.show_victim(str(found["victim"]) if found else name)
        elif kind == "note":
            self.tabs.go_to("log")
            self.log.table.go_to_id(name)
        elif kind == "time":
            self.edit_times()
        elif kind == "affected":
            self.tabs.go_to("affected")
        elif kind == "attachment":
            self.tabs.go_to("files")
            self.files.table.go_to_id(name.partition("/")[0])
        elif kind == "call":
            self.open_record.emit("directory", "calls")
        elif kind == "impact":
            self.tabs.go_to("impact")
            self.impact.table.go_to_id(name.partition("/")[0])
        elif kind == "event":
            self._open_entered(name)
        elif kind == "task":
            self.tabs.go_to("tasks")
            self.tasks.table.go_to_id(name)
        elif kind == "clock":
            self.open_clocks()
        elif kind in ("act", "link"):
            self.tabs.go_to("history")
