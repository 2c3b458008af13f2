"""Home: what presses, in counts that open their lists; what is due next; what came in; how this laptop stands."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from triage_app.language import dated, plural
from triage_app.services import keeping
from triage_app.services.changes import Changes
from triage_app.services.times import LONDON, in_words
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.rules import RulesDialog
from triage_app.ui.dialogs.work_lists import SystemsDownDialog, TaskListDialog
from triage_app.ui.table import ClockCell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views import moments
from triage_app.ui.views.commands import command, follow_single_keys
from triage_app.ui.views.home_backups import HomeBackups
from triage_app.ui.views.home_clocks import HomeClocks
from triage_app.ui.views.home_reading import SHIFTS, HomeRead, read
from triage_app.ui.views.home_reference import HomeReference
from triage_app.ui.views.home_shift import HomeShift
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.standing import Standing
from triage_app.ui.watching import WatchBanner
from triage_app.ui.widgets import (
    Banner,
    BarChart,
    Card,
    CountTile,
    EmptyState,
    ScrollPage,
    Series,
    ShareBar,
    column,
    link,
    primary,
    row,
    secondary,
)

_RIGHT: Final = 496
_CHART: Final = 320
"Most of the chart: lower than the clocks beside it, so that how the laptop stands keeps in view."
_FOLD_BELOW: Final = 1000
"Logical pixels of the page under which the two columns become one."
_TILES: Final = ("alerts", "incidents", "systems", "tasks", "actions", "conflicts", "pending")
_ACROSS: Final = ((1100, (7,)), (640, (4, 3)), (0, (2, 2, 2, 1)))
"""Width of the page from which its tiles stand in such rows."""
_MINUTE_MS: Final = 60_000


class HomeView(ScrollPage):
    """The place “Home”."""

    open_record = Signal(str, str)
    """(kind, id); kind ``place`` names another place."""
    count_changed = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__((Size.PAGE, 14, Size.PAGE, 14), 14, parent)
        self._desk = desk
        self._stale = False
        self._verified = ""
        self.setAccessibleName(self.tr("Home"))
        self.body.addLayout(self._head())
        self.notices = Banner()
        self.notices.hide()
        self.notices.acted.connect(lambda: self.open_record.emit("place", "unlocking"))
        self.body.addWidget(self.notices)
        self.copy, self.watched = HomeBackups(desk), WatchBanner()
        self.body.addWidget(self.copy.alarm)
        self.body.addWidget(self.watched)
        self.tiles: dict[str, CountTile] = {}
        self._tile_rows: tuple[int, ...] = ()
        self._tile_lines: list[QHBoxLayout] = []
        self._rows = column(gap=Size.CARDS)
        self.body.addLayout(self._rows)
        self._make_tiles()
        self._columns: QBoxLayout = QHBoxLayout()
        self._columns.setSpacing(14)
        self.body.addLayout(self._columns, 1)
        left, self._right = column(gap=14), QWidget()
        self._left = QWidget()
        self._left.setLayout(left)
        left.addWidget(self._clocks_card(), 1)
        left.addWidget(self._decided_card())
        left.addWidget(self._due_card())
        right = column(self._right, gap=14)
        right.addWidget(self._chart_card(), 1)
        right.addWidget(self._laptop_card())
        right.addStretch(0)
        self._columns.addWidget(self._left, 1)
        self._columns.addWidget(self._right)
        self._actions = self._make_actions()
        desk.store_changed.connect(self._changed)
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self._minute)
        self._tick.start()
        self.refresh()

    # -- parts --------------------------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        line = row(gap=8)
        words = column(gap=0)
        self._day = text_label("", "h1", wrap=True)
        self._as_of = text_label("", "small", "text2", wrap=True)
        words.addWidget(self._day)
        words.addWidget(self._as_of)
        line.addLayout(words, 1)
        self.import_button = secondary(self.tr("Import"), icon="import")
        self.queue_button = primary(self.tr("Open the queue"), key="G Q")
        self.import_button.setEnabled(not self._desk.is_read_only)
        self.import_button.clicked.connect(lambda: self.open_record.emit("place", "import"))
        self.queue_button.clicked.connect(lambda: self.open_record.emit("place", "queue"))
        line.addWidget(self.import_button)
        line.addWidget(self.queue_button)
        return line

    def _make_tiles(self) -> None:
        tr = self.tr
        for key, title, icon, place in (
            ("alerts", tr("Alerts to decide"), "inbox", "queue"),
            ("incidents", tr("Open incidents"), "flag", "incidents"),
            ("systems", tr("Systems down"), "warning", ""),
            ("tasks", tr("Open tasks"), "tick", ""),
            ("actions", tr("Support due"), "person", "victims"),
            ("conflicts", tr("Conflicts"), "exchange", "exchange"),
            ("pending", tr("Pending or withheld"), "hand-off", "exchange"),
        ):
            tile = CountTile(title, icon)
            if place:
                tile.clicked.connect(lambda _=False, where=place: self.open_record.emit("place", where))
            self.tiles[key] = tile
        self.tiles["systems"].clicked.connect(self.open_systems)
        self.tiles["tasks"].clicked.connect(self.open_tasks)
        self._place_tiles(_ACROSS[0][1])

    def _clocks_card(self) -> Card:
        self.clocks = HomeClocks(self._desk)
        self.clocks.opened.connect(self.open_record)
        return self.clocks

    def _due_card(self) -> Card:
        card = Card(inset=1)
        card.body.setContentsMargins(1, 10, 1, 1)
        card.body.setSpacing(4)
        head = row(margins=(Size.CARD, 0, Size.CARD, 0), gap=8)
        head.addWidget(text_label(self.tr("Support due next"), "h3"))
        self._due_count = text_label("", "small", "text2")
        head.addWidget(self._due_count)
        head.addStretch(1)
        everyone = link(self.tr("All victims"))
        everyone.clicked.connect(lambda: self.open_record.emit("place", "victims"))
        head.addWidget(everyone)
        card.body.addLayout(head)
        self.due = RowsTable(
            [
                Column("clock", self.tr("Time left"), 144, "clock", sortable=False),
                Column("what", self.tr("Action"), 160, "title", stretch=True, sortable=False),
                Column("belongs", self.tr("Belongs to"), 136, "mono", drop=2, sortable=False),
                Column("party", self.tr("For"), 130, drop=1, sortable=False),
            ],
            self.tr("Support actions due next"),
            inset=Size.CARD,
        )
        self.due.opened.connect(self._open_action)
        self.due.set_empty(
            EmptyState(
                self.tr("No support action has a due time."),
                self.tr("Give one to an action of a victim, and it is listed here, nearest first."),
            )
        )
        self.due.setMinimumHeight(Size.TABLE_HEAD + 3 * self.due.row_height)
        card.body.addWidget(self.due, 1)
        return card

    def _decided_card(self) -> Card:
        card = Card(self.tr("Decided this shift"))
        self._decided_note = card.note
        self._since = text_label("", "small", "text2")
        card.head.addWidget(self._since)
        self.decided = ShareBar()
        card.body.addWidget(self.decided)
        self.rules = link("")
        self.rules.hide()
        self.rules.clicked.connect(self.open_rules)
        line = row(gap=0)
        line.addWidget(self.rules)
        line.addStretch(1)
        card.body.addLayout(line)
        card.body.addWidget(HomeShift(self._desk))
        return card

    def _chart_card(self) -> Card:
        card = Card(self.tr("Alerts each hour"))
        self._chart_note = card.note
        self.chart = BarChart()
        self.chart.setMinimumHeight(190)
        card.setMaximumHeight(_CHART)
        card.body.addWidget(self.chart, 1)
        return card

    def _laptop_card(self) -> Card:
        card = Card(self.tr("This laptop"))
        card.body.setSpacing(12)
        self.bundles, self.journal, self.reference = Standing(), Standing(), HomeReference(self._desk)
        self.bundles.link.clicked.connect(lambda: self.open_record.emit("place", "exchange"))
        self.journal.link.clicked.connect(lambda: self.verify())
        for standing in (self.bundles, self.copy, self.journal, self.reference):
            card.body.addWidget(standing)
        return card

    def _make_actions(self) -> dict[str, list[QAction]]:
        tr = self.tr
        self._to_queue = command(
            self, tr("Open the queue"), "G, Q", tr("Go to the alerts"), lambda: self.open_record.emit("place", "queue")
        )
        self._to_queue.setShortcutContext(Qt.ShortcutContext.WindowShortcut)  # Home has no list to have the focus
        follow_single_keys(self._desk, self, [self._to_queue])
        return {
            "File": [
                command(self, tr("Verify the journal"), "Ctrl+Shift+V", tr("Check the chain, every body and every row"),
                        self.verify),
            ]
        }  # fmt: skip

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return this place's actions by menu."""
        return self._actions

    # -- reading ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read everything again."""
        now = self._desk.now()

        def reading(store: Store) -> HomeRead:
            return read(store, now)

        self._desk.query(reading, while_alive(self, lambda found: self._show(found, now)))
        self.clocks.refresh()
        self.copy.refresh()
        self.reference.refresh()

    def _minute(self) -> None:
        if self.isVisible():
            self.refresh()

    def _changed(self, _: Changes) -> None:
        if self.isVisible():
            self.refresh()
        else:
            self._stale = True

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was done while another place was shown."""
        super().showEvent(event)
        if self._stale:
            self._stale = False
            self.refresh()

    def show_record(self, kind: str, record_id: str) -> None:
        """Home has no records of its own."""

    def _show(self, found: HomeRead, now: datetime) -> None:
        local = now.astimezone(LONDON)
        day = self.tr("{0} {1} {2}").format(dated(local, "%A"), local.day, dated(local, "%B"))
        self._day.setText(day[:1].upper() + day[1:])
        began = moments.local(found.shift_start)
        shift = self.tr("Day shift") if began.hour == SHIFTS[0] else self.tr("Night shift")
        organisation = f"{self._desk.organisation} {self._desk.organisation_name}".strip()
        self._as_of.setText(self.tr("{0}, {1}. Data as of {2}.").format(shift, organisation, f"{local:%H:%M %Z}"))
        self.notices.setVisible(bool(found.notices))
        if found.notices:
            self.notices.say(" ".join(found.notices), kind="red", action=self.tr("Who can unlock"))
        self._show_tiles(found)
        self._show_due(found, now)
        self._show_decided(found)
        self._show_chart(found)
        self._show_laptop(found, now)

    def _show_tiles(self, found: HomeRead) -> None:
        tr, tiles = self.tr, self.tiles
        if found.high:
            tiles["alerts"].set_count(found.to_decide, tr("{0} high or above").format(found.high), "high", "text2")
        else:
            tiles["alerts"].set_count(found.to_decide, tr("None high or above"))
        tiles["incidents"].set_count(found.open_incidents, tr("{0} opened this shift").format(found.opened_this_shift))
        self._show_work(found)
        if found.late:
            self._say_late("actions", found.due, found.late, found.latest)
        else:
            tiles["actions"].set_count(found.due, tr("None is late"))
        tiles["conflicts"].set_count(
            found.conflicts, tr("Two values stand in a field") if found.conflicts else tr("Nothing to settle"),
            short=tr("Two values stand") if found.conflicts else "",
        )  # fmt: skip
        waiting = found.pending + found.withheld
        words = tr("{0} pending, {1} withheld").format(found.pending, found.withheld)
        brief = tr("{0}, withheld {1}").format(found.pending, found.withheld) if waiting else tr("Nothing waits")
        tiles["pending"].set_count(waiting, words if waiting else tr("Everything sent is here"), short=brief)

    def _show_work(self, found: HomeRead) -> None:
        tr, tiles = self.tr, self.tiles
        if found.incidents_down > 1:
            worst = tr("{0}; {1} incidents").format(found.worst_down, found.incidents_down)
        else:
            worst = found.worst_down
        if found.systems_down:
            tiles["systems"].set_count(found.systems_down, worst, "critical", "critical", short=found.worst_down)
        else:  # what nobody stated is not known to be up
            tiles["systems"].set_count(0, tr("None is stated"))
        if found.tasks_late:
            self._say_late("tasks", found.tasks, found.tasks_late, found.tasks_latest)
        else:
            tiles["tasks"].set_count(found.tasks, tr("None is late") if found.tasks else tr("None is open"))

    def _say_late(self, key: str, count: int, late: int, latest: str) -> None:
        words = plural(late, "{0} late by {1}", "{0} late, by up to {1}")
        short = self.tr("{0} late, {1}").format(late, latest)
        self.tiles[key].set_count(count, words.format(late, latest), "late", "missed", short=short)

    def _show_due(self, found: HomeRead, now: datetime) -> None:
        shown: list[dict[str, Any]] = []
        for one in found.actions:
            seconds = one["due_at"] / 1000 - now.timestamp()
            late = one["state"] == "missed"
            words = self.tr("{0} late").format(moments.span(-seconds)) if late else moments.span(seconds)
            shown.append({**one, "clock": ClockCell(one["state"], words, one["used"])})
        self.due.show_rows(shown)
        self._due_count.setText(self.tr("{0} of {1}").format(len(shown), found.due) if found.due else "")

    def _show_decided(self, found: HomeRead) -> None:
        tr, decided = self.tr, found.decided
        series = [
            Series(tr("Dismissed"), "bar", (decided.get("dismissed", 0),)),
            Series(tr("In incidents"), "accent", (decided.get("linked", 0),)),
            Series(tr("In hand"), "text2", (decided.get("in hand", 0),)),
            Series(tr("Snoozed"), "outline", (decided.get("snoozed", 0),)),
        ]
        total = sum(one.total for one in series)
        whole = total + max(0, found.to_decide - decided.get("in hand", 0))
        self.decided.set_data(series, whole)
        self._decided_note.setText(tr("{0} of {1}").format(f"{total:,}", f"{whole:,}"))
        rules = found.rules
        self.rules.setVisible(bool(rules.running))
        words = plural(rules.running, "{0} rule puts alerts aside: {1} today", "{0} rules put alerts aside: {1} today")
        self.rules.setText(words.format(rules.running, f"{rules.today:,}"))
        self._since.setText(tr("Since {0}").format(in_words(found.shift_start, with_date=False)))

    def _show_chart(self, found: HomeRead) -> None:
        high, medium, low = found.hourly
        series = [
            Series(self.tr("Low and info"), "bar", tuple(low)),
            Series(self.tr("Medium"), "text2", tuple(medium)),
            Series(self.tr("High and above"), "critical", tuple(high)),
        ]
        total = sum(one.total for one in series)
        self._chart_note.setText(self.tr("{0} first seen in the last 24 hours").format(total))
        busiest = max(range(len(high)), key=lambda n: high[n] + medium[n] + low[n])
        peak = high[busiest] + medium[busiest] + low[busiest]
        words = ", ".join(f"{one.name} {one.total}" for one in reversed(series))
        told = plural(peak, "{0}. Busiest hour: 1 alert.", "{0}. Busiest hour: {1} alerts.")
        self.chart.set_data(series, found.hour_labels, told.format(words, peak))

    def _show_laptop(self, found: HomeRead, now: datetime) -> None:
        tr = self.tr
        if found.peers:
            last = (
                tr("Last one {0}").format(moments.short(found.last_bundle_at, now)) if found.bundles else tr("None yet")
            )
            self.bundles.say("exchange", tr("{0} bundles sent or merged").format(found.bundles), last, tr("Exchange"))
        else:
            self.bundles.say("exchange", tr("This laptop trusts no other yet"),
                             tr("Work stays here until it does."), tr("Exchange"))  # fmt: skip
        if self._verified:
            whole = tr("{0} operations, chain whole").format(f"{found.operations:,}")
            self.journal.say("ok", tr("Journal verified {0}").format(self._verified), whole, tr("Again"))
        else:
            self.journal.say("status:unknown", tr("Journal not verified since the store was opened"),
                             tr("{0} operations").format(f"{found.operations:,}"), tr("Verify"))  # fmt: skip

    # -- doing --------------------------------------------------------------------------------------------

    def _open_action(self, record_id: object) -> None:
        found = self.due.row_of(record_id)
        if found is not None:
            self.open_record.emit("victim", str(found["victim"]))

    def open_systems(self) -> None:
        """Show every system that is down, over all incidents; one leads to its incident."""
        SystemsDownDialog(self._desk, lambda found: self.open_record.emit("impact", found), self).open()

    def open_rules(self) -> None:
        """Show the rules that put alerts aside."""
        RulesDialog(self._desk, self).open()

    def open_tasks(self) -> None:
        """Show every open task, over all incidents; one leads to its incident."""
        TaskListDialog(self._desk, lambda found: self.open_record.emit("task", found), self).open()

    def verify(self) -> None:
        """Check the whole journal, and say how it stands."""

        def done(result: dict[str, Any]) -> None:
            if result["ok"]:
                self._verified = f"{self._desk.now().astimezone(LONDON):%H:%M %Z}"
                self.refresh()
                self._desk.told.emit(self.tr("The journal is verified: every chain is whole."), "ok")
            else:
                what, why = self.tr("The journal is not what it should be"), result["problems"]
                self.journal.say("danger", what, " ".join(str(one) for one in why[:3]), self.tr("Again"))
                self._desk.told.emit(f"{what}: {why[0] if why else ''}", "warning")

        self._desk.long(
            self.tr("Verifying the journal"),
            lambda session, progress: keeping.verify(session, progress=progress),
            while_alive(self, done),
            on_cancelled=lambda: self._desk.told.emit(self.tr("The journal was not verified to its end."), "notice"),
        )

    # -- room ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make one column of two, and fewer tiles a row, where there is no room."""
        super().resizeEvent(event)
        wide = self.width() >= _FOLD_BELOW
        wanted = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._columns.direction() != wanted:
            self._columns.setDirection(wanted)
        if wide:
            self._right.setFixedWidth(_RIGHT)
        else:
            self._right.setMinimumWidth(0)
            self._right.setMaximumWidth(16_777_215)
        self._place_tiles(next(rows for width, rows in _ACROSS if self.width() >= width))
        has_key = bool(self._to_queue.shortcuts())
        self.queue_button.set_key("G Q" if has_key and self.width() >= 700 else "")
        self.import_button.set_bare(self.width() < 600)

    def _place_tiles(self, counts: tuple[int, ...]) -> None:
        """Put the tiles into rows that all end at the same edge."""
        if counts == self._tile_rows:
            return
        self._tile_rows = counts
        for line in self._tile_lines:
            for tile in self.tiles.values():
                line.removeWidget(tile)
            self._rows.removeItem(line)
        self._tile_lines = []
        tiles = iter([self.tiles[key] for key in _TILES])
        for count in counts:
            line = row(gap=Size.CARDS)
            for tile in islice(tiles, count):
                line.addWidget(tile, 1)
            self._rows.addLayout(line)
            self._tile_lines.append(line)
