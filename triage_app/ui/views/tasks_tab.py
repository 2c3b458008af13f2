"""The tasks of an incident: phases as groups, what is next, ticked with one key."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.domain.indicators import defang
from triage_app.domain.playbooks import Playbook
from triage_app.domain.tasks import DOING, DONE, NOT_NEEDED, OPEN, UNSETTLED
from triage_app.errors import TriageError
from triage_app.language import say
from triage_app.services import playbooks, tasks
from triage_app.services.changes import Changes, milliseconds
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.tasks import AgreedDialog, SkipTaskDialog, StartPlaybookDialog, TaskDialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Cell, Column
from triage_app.ui.table_cells import StatusCell
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command
from triage_app.ui.views.incident_tabs import framed
from triage_app.ui.views.moments import short, span
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Banner, EmptyState, ProgressLine, column, row, secondary
from triage_app.ui.widgets.buttons import need_room

_NARROW: Final = 960
_LOW: Final = 330
"""Below this height the line of keys goes, so that the table keeps its rows."""
_MARKS: Final = {OPEN: "pending", DOING: "ongoing", DONE: "successful", NOT_NEEDED: "cancelled"}


class TasksTab(QWidget):
    """What is to be done, by whom, until when. Space ticks, and undo takes that back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._incident, self._ref = "", ""
        self.wanted = ""
        """What is made current once it has been read; '' for nothing."""
        self._tasks: dict[str, dict[str, Any]] = {}
        self.counted = text_label("", "small", "text2", wrap=False)
        self.progress = ProgressLine(120)
        self.progress.setAccessibleName(self.tr("Tasks settled"))
        self.start = secondary(self.tr("Start a playbook"), icon="check-square", key="P")
        self.add = secondary(self.tr("Add task"), icon="plus", key="A")
        self.edit = secondary(self.tr("Edit"), icon="edit", key="E")
        self.skip = secondary(self.tr("Not needed"), icon="minus", key="K")
        self.begin = secondary(self.tr("Begin"), icon="clock", key="B")
        self.tick = secondary(self.tr("Tick"), icon="tick", key="X")
        self._buttons = (self.tick, self.begin, self.skip, self.edit, self.add, self.start)
        acts = (self.tick_current, self.begin_current, self.skip_current, self.edit_current, self.add_task,
                self.start_playbook)  # fmt: skip
        for button, run in zip(self._buttons, acts, strict=True):
            button.clicked.connect(run)
        over = QWidget()
        over.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # its buttons fold to icons
        bar = row(over, gap=8)
        bar.addWidget(self.progress)
        bar.addWidget(self.counted)
        bar.addStretch(1)
        for button in self._buttons:
            bar.addWidget(button)
        self.refused = Banner()
        self.refused.hide()
        self.refused.acted.connect(self.refused.hide)
        self.table = RowsTable(
            [
                Column("status", self.tr("Status"), 116, kind="status", sortable=False),
                Column("title", self.tr("Task"), 260, kind="title", stretch=True, sortable=False),
                Column("owner", self.tr("Owner or usual role"), 170, drop=2, sortable=False),
                Column("due", self.tr("Due"), 150, drop=3, sortable=False),
                Column("by", self.tr("Settled"), 190, drop=1, sortable=False),
            ],
            self.tr("Tasks"), inset=Size.CARD,
        )  # fmt: skip
        self.table.opened.connect(lambda _: self.edit_current())
        self.table.current_changed.connect(lambda _: self._say_current())
        empty = EmptyState(
            self.tr("No task yet"),
            self.tr("A playbook makes its steps into tasks: ransomware, phishing, data breach, supplier outage …"),
            self.tr("Start a playbook"), "P",
        )  # fmt: skip
        empty.acted.connect(self.start_playbook)
        self.table.set_empty(empty)
        self.why = text_label("", "small", "text2", wrap=True)
        self.why.setMinimumHeight(34)
        lines = column(self, (Size.PAGE, 12, Size.PAGE, 10), 8)
        lines.addWidget(over)
        lines.addWidget(self.refused)
        lines.addWidget(framed(self.table), 1)
        lines.addWidget(self.why)
        self._fit_soon = soon(self, self._fit)
        self.commands = self._commands()
        for made in self.commands:
            made.setEnabled(False)
        desk.store_changed.connect(self._changed)

    def _commands(self) -> list[QAction]:
        tr = self.tr
        return [
            command(self, text, keys, tip, run)
            for text, keys, tip, run in (
                (tr("Tic&k the task"), "Space;X", tr("Done; again, and it is open"), self.tick_current),
                (tr("&Begin the task"), "B", tr("Somebody is at it"), self.begin_current),
                (tr("&Not needed…"), "K", tr("Settle it with a reason"), self.skip_current),
                (tr("&Edit the task…"), "E", tr("Title, owner, due, comment"), self.edit_current),
                (tr("&Add a task…"), "A", tr("One of your own"), self.add_task),
                (tr("Start a &playbook…"), "P", tr("Its steps become tasks"), self.start_playbook),
            )
        ]

    # -- what is shown ------------------------------------------------------------------------------------

    def show_incident(self, incident: str, ref: str) -> None:
        """Show the tasks of an incident."""
        if incident != self._incident:
            self._tasks = {}
            self.table.clear_marks()
            self.table.show_rows([])
            self.refused.hide()
        self._incident, self._ref = incident, ref
        self.refresh()

    def refresh(self) -> None:
        """Read the tasks again."""
        incident = self._incident
        if incident:
            self._desk.query(
                lambda store: tasks.listing(store, incident), while_alive(self, lambda rows: self._show(incident, rows))
            )

    def _changed(self, changes: Changes) -> None:
        if changes.touches("task"):
            self.refresh()

    def _show(self, incident: str, rows: list[dict[str, Any]]) -> None:
        if incident != self._incident:
            return
        was_empty = not self._tasks
        self._tasks = {str(one["id"]): one for one in rows}
        now = self._desk.now()
        at = milliseconds(now)
        counts = tasks.counts(rows, at)
        settled = counts.done + counts.not_needed
        self.progress.set_share(settled / counts.total if counts.total else 0.0)
        said = self.tr("{0} of {1} settled").format(settled, counts.total)
        if counts.overdue:
            said += self.tr(", {0} overdue").format(counts.overdue)
        self.counted.setText(said if rows else "")
        following = self.next_task()
        shown: list[dict[str, Any]] = []
        for heading, members in self._groups(rows):
            done = sum(one["status"] not in UNSETTLED for one in members)
            words = self.tr("{0} · {1} of {2}").format(heading, done, len(members))
            shown.append(
                {"id": f"phase:{heading}", "status": " ", "title": Cell(words, strong=True), "owner": " ", "due": " ",
                 "by": " ", "sentence": words}
            )  # fmt: skip
            shown += [self._row(one, now, one["id"] == following) for one in members]
        self.table.show_rows(shown)
        if self.wanted and self.table.go_to_id(self.wanted):
            self.wanted = following = ""
        if (was_empty or self.table.current_id() is None) and following:
            self.table.go_to_id(following)
        self._say_current()
        self._fit()
        if was_empty and rows and self.isVisible():
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)  # what invited to start is gone, and the focus with it

    def _groups(self, rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
        many = len({one["playbook"] for one in rows if one["playbook"]}) > 1
        names = {code: one.name for code, one in playbooks.shipped().items()}
        found: dict[str, list[dict[str, Any]]] = {}
        for one in rows:
            phase = defang(one["phase"]) or self.tr("Our own")
            if many and one["playbook"]:
                phase = f"{names.get(one['playbook'], one['playbook'])}: {phase}"
            found.setdefault(phase, []).append(one)
        return list(found.items())

    def _row(self, one: dict[str, Any], now: datetime, is_next: bool) -> dict[str, Any]:
        words = {OPEN: say("open").capitalize(), DOING: self.tr("Doing"), DONE: self.tr("Done"),
                 NOT_NEEDED: self.tr("Not needed")}  # fmt: skip
        status = one["status"]
        word = self.tr("Next") if is_next and status == OPEN else words.get(status, status)
        due: object = ""
        if one["due_at"] is not None and status in UNSETTLED:
            late = milliseconds(now) - one["due_at"]
            due = (
                Cell(self.tr("overdue {0}").format(span(late / 1000)), "warning", "red")
                if late > 0
                else short(one["due_at"], now)
            )
        at = tasks.settled_at(one)
        title = defang(one["title"])
        return {
            "id": one["id"],
            "status": StatusCell(_MARKS.get(status, "unknown"), word),
            "title": Cell(title, "person" if tasks.must_ask(one) and status in UNSETTLED else "", strong=is_next),
            "owner": defang(one["owner"]) or Cell(one["role"], role="text2"),
            "due": due,
            "by": "" if at is None else f"{short(at, now)} {defang(tasks.settled_by(one))}",
        }

    def next_task(self) -> str:
        """Return the id of the first task that nobody has begun or settled, '' for none."""
        return next((entity for entity, one in self._tasks.items() if one["status"] == OPEN), "")

    def current(self) -> str:
        """Return the id of the current task, or an empty string."""
        entity = str(self.table.current_id() or "")
        return entity if entity in self._tasks else ""

    def _say_current(self) -> None:
        one = self._tasks.get(self.current())
        for button in (self.tick, self.begin, self.skip, self.edit):
            button.setEnabled(one is not None)
        if one is None:
            self.why.setText("")
            return
        touches = one["touches"] if isinstance(one["touches"], list) else []
        parts = [
            one["why"],
            self.tr("Touches: {0}").format("; ".join(str(part) for part in touches)) if touches else "",
            self.tr("Asks who in the clinic agreed.") if tasks.must_ask(one) else "",
            self.tr("Agreed by {0}; fallback: {1}").format(one["agreed_by"], one["fallback"])
            if one["agreed_by"] and one["fallback"] else "",
            self.tr("Because: {0}").format(one["because"]) if one["because"] else "",
            one["comment"],
        ]  # fmt: skip
        said = (str(part).strip() for part in parts if part)
        self.why.setText(defang(" ".join(part if part[-1:] in ".!?…" else f"{part}." for part in said if part)))

    # -- what is done -------------------------------------------------------------------------------------

    def tick_current(self) -> None:
        """Tick the current task; one that is settled is opened again."""
        one = self._tasks.get(self.current())
        if one is not None:
            self._settle(one, DONE if one["status"] in UNSETTLED else OPEN)

    def begin_current(self) -> None:
        """Say that somebody is at the current task."""
        one = self._tasks.get(self.current())
        if one is not None and one["status"] != DOING:
            self._settle(one, DOING)

    def _settle(self, one: dict[str, Any], status: str) -> None:
        if status in (DOING, DONE) and tasks.must_ask(one):
            AgreedDialog(self._desk, one, status, self).open()
            return
        entity = str(one["id"])
        self.refused.hide()
        self._desk.act(lambda session: tasks.settle(session, [entity], status), None, while_alive(self, self._refused))

    def _refused(self, trouble: TriageError) -> None:
        self.refused.say(trouble.what, trouble.do, "amber", self.tr("Hide"))
        self.refused.show()

    def skip_current(self) -> None:
        """Ask why the current task is not needed."""
        one = self._tasks.get(self.current())
        if one is not None and one["status"] != NOT_NEEDED:
            SkipTaskDialog(self._desk, one, self).open()

    def edit_current(self) -> None:
        """Open the form of the current task."""
        one = self._tasks.get(self.current())
        if one is not None:
            TaskDialog(self._desk, self._incident, self._ref, self, one).open()

    def add_task(self) -> None:
        """Open the form for a task of one's own."""
        if self._incident:
            one = self._tasks.get(self.current())
            phase = "" if one is None else str(one["phase"])
            TaskDialog(self._desk, self._incident, self._ref, self, phase=phase).open()

    def start_playbook(self) -> None:
        """Offer the playbooks, those that fit the incident's class first."""
        incident = self._incident
        if not incident:
            return

        def reading(store: Store) -> tuple[list[tuple[Playbook, bool]], tuple[str, ...]]:
            return playbooks.proposed(store, incident), playbooks.of_store(store).faults

        def show(found: tuple[list[tuple[Playbook, bool]], tuple[str, ...]]) -> None:
            if incident == self._incident:
                StartPlaybookDialog(self._desk, incident, self._ref, *found, self).open()

        self._desk.query(reading, while_alive(self, show))

    # -- room ---------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Let its commands act."""
        super().showEvent(event)
        for action in self.commands:
            action.setEnabled(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep its commands from acting unseen."""
        super().hideEvent(event)
        for action in self.commands:
            action.setEnabled(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for the rows, once the layout has given out its own."""
        super().resizeEvent(event)
        self._fit_soon.start()

    def _fit(self) -> None:
        has = bool(self._tasks)
        for button in (self.tick, self.begin, self.skip, self.edit):
            button.setVisible(has)
        beside = self.counted.sizeHint().width() + self.progress.sizeHint().width() if has else 0
        needed = need_room(self._buttons, 8, beside + 2 * Size.PAGE + 16)
        narrow = self.width() < max(_NARROW, needed)
        for button in self._buttons:
            button.set_bare(narrow)
        self.progress.setVisible(has and not narrow)
        self.counted.setVisible(has)
        self.why.setVisible(has and self.height() >= _LOW)
