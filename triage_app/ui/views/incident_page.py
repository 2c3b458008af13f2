"""One incident: head, category in three steps, tabs, facts. It shows, asks services, and refreshes on changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from triage_app.domain import impact as clinical
from triage_app.domain.severity import band
from triage_app.services import clocks
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.clocks import Clock
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs import clock as clock_form
from triage_app.ui.soon import soon
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views import timeline_reading
from triage_app.ui.views.affected_tab import AffectedTab
from triage_app.ui.views.clock_faces import CLOCK_KINDS, open_faces
from triage_app.ui.views.clock_strip import ClockStrip
from triage_app.ui.views.files_tab import FilesTab
from triage_app.ui.views.impact_tab import ImpactTab
from triage_app.ui.views.incident_acts import IncidentActs
from triage_app.ui.views.incident_commands import page_commands
from triage_app.ui.views.incident_facts import FactsPanel
from triage_app.ui.views.incident_header import CategorySteps, TitleLine
from triage_app.ui.views.incident_log_tab import LogTab
from triage_app.ui.views.incident_matter import IncidentMatter
from triage_app.ui.views.incident_menu import tab_commands
from triage_app.ui.views.incident_reading import IncidentRead, incident
from triage_app.ui.views.incident_tabs import AlertsTab, HistoryTab, TimelineTab
from triage_app.ui.views.incident_tips_tab import IncidentTipsTab
from triage_app.ui.views.incident_words import field_words, value_words
from triage_app.ui.views.tasks_tab import TasksTab
from triage_app.ui.views.victims_pane import VictimsPane
from triage_app.ui.widgets import Banner, Panel, Tabs, column, link, row, secondary

FACTS_WIDTH = 300
_UNBOUND = 16_777_215
_LEAST_ROW = 84
_LEAST_TAB = 116
"""Logical pixels of a tab in the lowest window: its pages fold by themselves, whatever they would like."""

_HEAD_FROM = 270
_SIDE_FROM = 900
_TABS_FROM = 760
_STEPS_FROM = 560
"""Below this height the category goes to the facts, so that the tab keeps its rows."""

_CARDS_FROM = 640
"""Below this height the clocks are one line beside the reference."""
_MINUTE_MS = 60_000

_TOUCHING = ("incident", "alert", "link", "victim", "action", "note", "person", "organisation", "import", "affected",
             *CLOCK_KINDS, *clinical.KINDS, "attempt", "handoff", "call", "task", "event", "attachment",
             "custody")  # fmt: skip


class IncidentPage(IncidentActs):
    """The page of one incident."""

    back_requested = Signal()
    open_record = Signal(str, str)
    gone = Signal()
    """The incident shown has been taken back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)

        self.crumb = link(self.tr("Incidents"))
        self.crumb.clicked.connect(self.back_requested)
        self.ref = text_label("", "mono", selectable=True, called=self.tr("Reference"))
        self.note = secondary(self.tr("Add line"), icon="note", key="N")
        self.classify = secondary(self.tr("Classify"), icon="flag", key="C")
        self.close_button = secondary(self.tr("Close incident"))
        for button, run in (
            (self.note, self.add_note), (self.classify, self.open_classify), (self.close_button, self.close_or_open),
        ):  # fmt: skip
            button.clicked.connect(run)
        self._crumbs = crumbs = row(gap=8)
        crumbs.addWidget(self.crumb)
        crumbs.addWidget(text_label(">", "small", "text2"))
        crumbs.addWidget(self.ref)
        crumbs.addStretch(1)
        for button in (self.note, self.classify, self.close_button):
            crumbs.addWidget(button)
        self.head = TitleLine()
        self.head.renamed.connect(self._rename)
        self._is_read = False
        self.conflict = Banner()
        self.conflict.hide()
        self.conflict.acted.connect(self._open_conflict)
        self.matter = IncidentMatter(desk, self)
        self.matter.incident_wanted.connect(lambda other: self.open_record.emit("incident", other))
        self.left = Banner()
        self.left.hide()
        self.left.acted.connect(self.left.hide)
        self.steps = CategorySteps()
        self.steps.confirm_requested.connect(self.confirm_category)
        top = Panel("canvas")
        self._top = column(top, (Size.PAGE, 12, Size.PAGE, 10), 8)
        self._top.addLayout(crumbs)
        self._top.addWidget(self.head)
        self._top.addWidget(self.matter.banner)
        self._top.addWidget(self.conflict)
        self._top.addWidget(self.left)
        self._top.addWidget(self.steps)
        self.clocks = ClockStrip()
        self._top.addWidget(self.clocks)

        self.tabs = Tabs()
        self.timeline, self.alerts = TimelineTab(), AlertsTab()
        self.victims = VictimsPane(desk, of_all=False)
        self.affected = AffectedTab(desk)
        self.files = FilesTab(desk)
        self.impact = ImpactTab(desk)
        self.tasks = TasksTab(desk)
        self.log, self.history = LogTab(desk), HistoryTab()
        self.reports = IncidentTipsTab(desk)
        self.reports.opened.connect(lambda tip: self.open_record.emit("tip", tip))
        self.reports.counted.connect(lambda count: self.tabs.set_count("reports", f"{count:,}"))
        self.facts = FactsPanel()
        self._facts_tab = QWidget()
        self._facts_lines = column(self._facts_tab, gap=0)
        self._stack = QStackedWidget()
        self._stack.setMinimumHeight(_LEAST_TAB)
        self._pages: dict[str, QWidget] = {
            "timeline": self.timeline, "tasks": self.tasks, "alerts": self.alerts, "victims": self.victims,
            "affected": self.affected, "impact": self.impact, "log": self.log, "files": self.files,
            "reports": self.reports, "history": self.history, "facts": self._facts_tab,
        }  # fmt: skip
        titles = {
            "timeline": self.tr("Timeline"), "tasks": self.tr("Tasks"), "alerts": self.tr("Alerts"),
            "victims": self.tr("Victims"),
            "affected": self.tr("Affected things"), "impact": self.tr("Impact"), "log": self.tr("Log"),
            "files": self.tr("Files"), "reports": self.tr("Reports (tips)"), "history": self.tr("History"),
            "facts": self.tr("Facts"),
        }  # fmt: skip
        for key, page in self._pages.items():
            self.tabs.add(key, titles[key])
            self._stack.addWidget(page)
        self.tabs.changed.connect(self._tab)
        self._middle: QHBoxLayout = row(gap=0)
        self._middle.addWidget(self._stack, 1)
        self._middle.addWidget(self.facts)
        lines = column(self, gap=0)
        lines.addWidget(top)
        lines.addWidget(self.tabs)
        lines.addLayout(self._middle, 1)
        lines.addWidget(self.matter.bar)

        self.timeline.opened.connect(self._open_event)
        self.timeline.note_requested.connect(self.add_note)
        self.timeline.event_requested.connect(self.enter_event)
        self.log.said.connect(self._say_beside)
        self.files.said.connect(self._say_beside)
        self.files.counted.connect(lambda count: self.tabs.set_count("files", f"{count:,}"))
        self.alerts.opened.connect(lambda key: self.open_record.emit("alert", key))
        self.alerts.unlink_requested.connect(self._unlink)
        self.history.undo_requested.connect(self._undo)
        self.facts.classify_requested.connect(self.open_classify)
        self.facts.times_requested.connect(self.edit_times)
        self.clocks.opened.connect(self.open_clock)
        self.clocks.aware_requested.connect(lambda face: self.open_clock(face, clock_form.AWARE))
        self.clocks.all_requested.connect(self.open_clocks)
        self.facts.handoff_requested.connect(self.hand_over)
        self.victims.open_victim.connect(lambda victim: self.open_record.emit("victim", victim))
        self._fold_soon = soon(self, self._fold)
        self.matter.bar.shown.connect(lambda _: self._fold_soon.start())
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self._minute)
        self._tick.start()
        desk.store_changed.connect(self._changed)
        self.commands = self._commands()
        self._aim_focus()
        self._fold()

    def _commands(self) -> dict[str, QAction]:
        runs: dict[str, Callable[[], object]] = {
            "classify": self.open_classify, "confirm": self.confirm_category, "note": self.add_note,
            "correct": self._correct_line,
            "times": self.edit_times, "rename": self.head.start_editing, "unlink": self._unlink_shown,
            "close": self.close_or_open, "clocks": self.open_clocks, "handoff": self.hand_over,
            "event": self.enter_event, "back": self.back_requested.emit,
        }  # fmt: skip
        tabs = tab_commands(self, self.tabs, self.go_to_tab, self._step_tab)
        return page_commands(self, runs) | self.matter.commands() | tabs

    # -- what is shown ------------------------------------------------------------------------------------

    def show_incident(self, entity: str, tab: str = "") -> None:
        """Show an incident, on a tab if one is named; another tab stays where it was."""
        if entity != self._asked:
            self._read = None
            self.head.stop_editing()
            self.left.hide()
            self._show_head(False)
            self.tabs.go_to("timeline")
        self._asked = entity
        if tab:
            self.tabs.go_to(tab)
        self._load()

    def _show_head(self, is_read: bool) -> None:
        """Until an incident has been read nothing is said of it: neither another's title nor that no clock runs."""
        self._is_read = is_read
        if not is_read:
            self.ref.setText("")
            self.conflict.hide()
            self.steps.hide()
        for part in (self.head, self.clocks):
            part.setVisible(is_read)
        self._fold_soon.start()

    def _load(self) -> None:
        asked, now = self._asked, milliseconds(self._desk.now())
        if not asked:
            return

        def reading(store: Store) -> tuple[IncidentRead | None, list[Clock]]:
            found = incident(store, asked)
            if found is None:
                return None, []
            of_it = clocks.of_incident(store, asked, now)
            settled, waiting = timeline_reading.settled_tasks(store, asked)
            more = [*timeline_reading.entered(store, asked), *settled, *timeline_reading.of_clocks(of_it)]
            more += timeline_reading.of_files(store, asked)
            merged = sorted((*found.events, *more), key=lambda event: -event.at)
            return replace(
                found, events=tuple(merged), open_tasks=waiting, due=(*found.due, *timeline_reading.deadlines(of_it))
            ), of_it

        self._desk.query(reading, lambda found: self._show(asked, *found))

    def _minute(self) -> None:
        """Work the clocks out again: they alone change with the time."""
        asked, now = self.incident_id(), milliseconds(self._desk.now())
        if not asked or not self.isVisible():
            return

        def reading(store: Store) -> list[Clock]:
            there = lookup.one(store, "incident", asked) is not None
            return clocks.of_incident(store, asked, now) if there else []

        def show(found: list[Clock]) -> None:
            if asked == self.incident_id():
                self._show_clocks(found)

        self._desk.query(reading, while_alive(self, show))

    def _show_clocks(self, found: list[Clock]) -> None:
        self._clocks = found
        self.clocks.show_faces(open_faces(found, self._desk.now()))

    def _show(self, asked: str, read: IncidentRead | None, found: list[Clock]) -> None:
        if asked != self._asked:
            return
        if read is None:
            self._asked = ""
            self._read = None
            self.gone.emit()
            return
        is_first = self._read is None
        self._read = read
        now = self._desk.now()
        one = read.row
        closed = one["status"] == "closed"
        self._show_head(True)
        self.ref.setText(one["ref"])
        severity = "" if one["severity"] is None else band(one["severity"])
        self.head.show_incident(
            read, severity, "successful" if closed else "ongoing", self.tr("Closed") if closed else self.tr("In hand")
        )
        self.close_button.setText(self.tr("Open again") if closed else self.tr("Close incident"))
        self.steps.show_steps(read, now)
        self.commands["confirm"].setVisible(bool(read.confirms))
        self._show_clocks(found)
        self._show_conflicts(read)
        self.timeline.show_incident(read, now)
        self.alerts.show_incident(read, now)
        self.log.show_incident(read, now)
        self.history.show_incident(read, now)
        self.facts.show_incident(read, now)
        if is_first:
            self.matter.show_incident(one["id"], one["ref"])
            self.reports.show_incident(one["id"])
            self.victims.show_incident(one["id"], one["ref"])
            self.affected.show_incident(one["id"], one["ref"])
            self.files.show_incident(one["id"], one["ref"])
            self.impact.show_incident(one["id"])
            self.tasks.show_incident(one["id"], one["ref"])
        counts = {
            "timeline": len(read.events), "tasks": read.open_tasks, "alerts": len(read.alerts) + read.alerts_not_here,
            "victims": len(read.victims.victims), "affected": read.affected, "impact": read.impact,
            "log": len(read.notes),
            "history": len(read.log),
        }  # fmt: skip
        for key, count in counts.items():
            self.tabs.set_count(key, f"{count:,}")
        if is_first:
            self.focus_tab()

    def _show_conflicts(self, read: IncidentRead) -> None:
        self._fold_banner()
        if not read.conflicts:
            return
        first = read.conflicts[0]
        names = ", ".join(dict.fromkeys(field_words(found["field"]) for found in read.conflicts))
        values = self.tr(" and ").join(
            f"“{value_words(first['field'], value['value'])}” ({value['who']})" for value in first["values"]
        )
        self.conflict.say(
            self.tr("Two values stand: {0}").format(names),
            self.tr("{0}. Both are kept until somebody settles it.").format(values),
            "amber",
            self.tr("Open in Exchange"),
        )

    def _open_conflict(self) -> None:
        if self._read is not None and self._read.conflicts:
            self.open_record.emit("conflict", str(self._read.conflicts[0]["id"]))

    def _tab(self, key: str) -> None:
        on_tabs = self.tabs.isAncestorOf(self.focusWidget() or self)
        self._stack.setCurrentWidget(self._pages[key])
        self._aim_focus()
        self._fold()
        if not on_tabs:
            self.focus_tab()

    def go_to_tab(self, key: str) -> None:
        """Show a tab and give it the focus; facts that stand beside the timeline are shown there."""
        if key == "facts" and not self.tabs.tabs["facts"].is_offered():
            self.tabs.go_to("timeline")
            self.facts.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        self.tabs.go_to(key)
        self.focus_tab()

    def _step_tab(self, by: int) -> None:
        self.tabs.step(by)
        self.focus_tab()

    def focus_tab(self) -> None:
        """Give the focus to the table of the current tab."""
        if self.isVisible():
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _aim_focus(self) -> None:
        table: QWidget | None = getattr(self._pages.get(self.tabs.current()), "table", None)
        self.land_on(table or self.tabs.tabs["facts"])

    def _changed(self, changes: Changes) -> None:
        if self._asked and changes.touches(*_TOUCHING):
            self._load()

    # -- what is done -------------------------------------------------------------------------------------

    # -- room ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the facts into a tab where it is narrow, and the category with them where it is low."""
        super().resizeEvent(event)
        # Not now: this comes from within a layout that is giving out room, and widgets must not change layouts then.
        self._fold_soon.start()

    def _fold(self) -> None:
        wide = self.width() >= _SIDE_FROM
        low = self.height() < _STEPS_FROM
        tab = self.tabs.tabs["facts"]
        tab.setVisible(not wide or low)
        if tab.isChecked() and wide and not low:
            self.tabs.go_to("timeline")
            return
        in_tab = tab.isChecked()
        beside = wide and self.tabs.current() == "timeline"
        if wide and not in_tab:
            if self.facts.parentWidget() is not self:
                self._middle.addWidget(self.facts)
            self.facts.setFixedWidth(FACTS_WIDTH)
            self.facts.setVisible(beside)
        else:
            if self.facts.parentWidget() is not self._facts_tab:
                self._facts_lines.addWidget(self.facts, 1)
                self.facts.setMinimumWidth(0)
                self.facts.setMaximumWidth(_UNBOUND)
            self.facts.setVisible(True)
        if low:
            if not self.facts.isAncestorOf(self.steps):
                self.facts.page.body.insertWidget(0, self.steps)
        elif self.facts.isAncestorOf(self.steps):
            self._top.insertWidget(self._top.indexOf(self.clocks), self.steps)
        self._fold_clocks()
        self.head.set_low(low)
        self.conflict.set_low(low)
        self.matter.banner.set_low(low)
        narrow, narrow_tabs = self.width() < (_TABS_FROM if self.clocks.is_low() else 640), self.width() < _TABS_FROM
        for button in (self.note, self.classify):
            button.set_bare(narrow)
        count = f"{self._read.affected:,}" if self._read is not None else ""
        self.tabs.set_title("affected", self.tr("Affected") if narrow_tabs else self.tr("Affected things"), count)
        # The other tabs need the room for their own lists; one rule for all of them, so that the clocks stay put.
        self.steps.setVisible(self._is_read and (low or self.tabs.current() == "timeline"))
        self._fold_banner()

    def _fold_banner(self) -> None:
        """Where it is low, the room is the lists': what two values stand in is said on the first tab alone."""
        stands = self._read is not None and bool(self._read.conflicts)
        low = self.height() < _STEPS_FROM
        asks = low and not self.matter.bar.isHidden()
        self.conflict.setVisible(stands and not asks and (not low or self.tabs.current() == "timeline"))
        # Lower still, and only the first tab says which incident it is by more than its reference.
        first = self.tabs.current() in ("timeline", "facts")
        shows_title = (first and not asks) or self.height() >= _HEAD_FROM
        self.head.setVisible(self._is_read and shows_title)
        least = _LEAST_ROW if low and self.conflict.isVisibleTo(self) else _LEAST_TAB
        self._stack.setMinimumHeight(0 if asks else least)
        self._stack.setMaximumHeight(0 if asks else _UNBOUND)

    def _fold_clocks(self) -> None:
        one_line = self.height() < _CARDS_FROM
        if one_line != self.clocks.is_low():
            self.clocks.set_low(one_line)
            if one_line:
                self._crumbs.insertWidget(3, self.clocks, 100)
            else:
                self._top.addWidget(self.clocks)
