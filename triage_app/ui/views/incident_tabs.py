"""The tabs of the incident page that are tables: timeline, alerts, notes and log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.domain.indicators import defang
from triage_app.domain.severity import band
from triage_app.language import plural
from triage_app.services.changes import milliseconds
from triage_app.ui.messages import ask_dialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command
from triage_app.ui.views.incident_reading import Event, IncidentRead, LogRow
from triage_app.ui.views.incident_timeline import ORDER, Lanes, day_row, event_row, lane_of
from triage_app.ui.views.moments import local, short
from triage_app.ui.views.rows_table import MadeWhenSeen, RowsTable
from triage_app.ui.views.timeline_reading import lane_words
from triage_app.ui.widgets import Card, Choice, EmptyState, column, quiet, row, secondary

_LANES_FROM = 370
_BAR_FROM = 260
_MARGINS_FROM = 140
_THREE_LANES = 133
"Height of the picture for which _LANES_FROM is meant."


def framed(table: RowsTable) -> Card:
    """Return a card with a table edge to edge in it."""
    card = Card(inset=1)
    card.body.setContentsMargins(1, 4, 1, 4)
    card.body.addWidget(table)
    return card


class TimelineTab(QWidget):
    """The lanes, and the table that says the same in words. Kind and person narrow both."""

    opened = Signal(str)
    """The id of an event, such as alert:KEY or victim:ID."""
    note_requested = Signal()
    event_requested = Signal()
    """Somebody wants to enter an event."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read: IncidentRead | None = None
        self._now: datetime | None = None
        self.lanes = Lanes()
        self._words = {
            "alert": self.tr("Alert"), "note": self.tr("Note"), "decision": self.tr("Decision"),
            "support": self.tr("Support"), "victim": self.tr("Victim"), "event": self.tr("Event"),
            "task": self.tr("Task"), "clock": self.tr("Clock"), "file": self.tr("File"),
        }  # fmt: skip
        self.kind = Choice([("", self.tr("Kind: all"))], name=self.tr("Kind"))
        self.who = Choice([("", self.tr("Who: all"))], name=self.tr("Who"))
        self.lane = Choice([("", self.tr("Lane: all"))], name=self.tr("Lane"))
        self.group = Choice(
            [("day", self.tr("Group: by day")), ("none", self.tr("Group: none"))], name=self.tr("Group")
        )
        for choice in (self.lane, self.group):
            choice.setFixedWidth(156)
            choice.currentIndexChanged.connect(self._fill)
        self.kind.setFixedWidth(150)
        self.who.setFixedWidth(200)
        self.kind.currentIndexChanged.connect(self._fill)
        self.who.currentIndexChanged.connect(self._fill)
        note = quiet(self.tr("Add line"), icon="plus", key="N")
        note.clicked.connect(self.note_requested)
        self._bar = QWidget()
        self._bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # its choices fold away
        line = row(self._bar, gap=8)
        enter = quiet(self.tr("Enter event"), icon="crosshair", key="A")
        enter.clicked.connect(self.event_requested)
        self.enter = command(
            self, self.tr("Enter an e&vent…"), "A", self.tr("What happened, on the timeline"), self.event_requested.emit
        )
        self._narrow_first = (self.who, self.lane, self.group)
        line.addWidget(self.kind)
        line.addWidget(self.lane)
        line.addWidget(self.who)
        line.addWidget(self.group)
        line.addStretch(1)
        line.addWidget(enter)
        line.addWidget(note)
        self.table = RowsTable(
            [
                Column("time", self.tr("Time"), 140, sortable=False),
                Column("kind", self.tr("Kind"), 104, sortable=False),
                Column("what", self.tr("What"), 260, kind="title", stretch=True, sortable=False),
                Column("who", self.tr("Who"), 112, drop=2, sortable=False),
                Column("note", self.tr("Note"), 136, drop=1, sortable=False),
            ],
            self.tr("Timeline"), inset=Size.CARD,
        )  # fmt: skip
        self.table.strong_current = False
        self.table.opened.connect(lambda record_id: self.opened.emit(str(record_id)))
        self._fit_soon = soon(self, self._fit)
        lines = self._lines = column(self, (Size.PAGE, 12, 14, 14), 10)
        lines.addWidget(self.lanes)
        lines.addWidget(self._bar)
        lines.addWidget(framed(self.table), 1)

    def show_incident(self, read: IncidentRead, now: datetime) -> None:
        """Show an incident's events."""
        self._read, self._now = read, now
        kinds = [key for key in self._words if any(event.kind == key for event in read.events)]
        people = sorted({event.who for event in read.events if event.who})
        lanes = [key for key in ORDER if any(lane_of(event) == key for event in read.events)]
        for choice, options in (
            (self.lane, [("", self.tr("Lane: all")), *((key, lane_words(key)) for key in lanes)]),
            (self.kind, [("", self.tr("Kind: all")), *((key, self._words[key]) for key in kinds)]),
            (self.who, [("", self.tr("Who: all")), *((name, name) for name in people)]),
        ):
            choice.blockSignals(True)
            choice.set_options(options)
            choice.blockSignals(False)
        self._fill()

    def _fill(self) -> None:
        if self._read is None or self._now is None:
            return
        kind, who, lane = self.kind.key(), self.who.key(), self.lane.key()
        soon = milliseconds(self._now) + 300_000
        shown: list[Event] = [
            event
            for event in self._read.events
            if (not kind or event.kind == kind)
            # What is still to come is dashed in the picture; as a line it would stand before what happened.
            and (event.at <= soon or "clock" in (kind, lane))
            and (not who or event.who == who)
            and (not lane or lane_of(event) == lane)
        ]
        self.lanes.set_data(shown, self._read.due if kind in ("", "support", "clock") else (), self._now)
        days: dict[date | None, list[Event]] = {}
        for event in shown:
            days.setdefault(local(event.at).date() if event.at > 0 else None, []).append(event)
        now, words = self._now, self._words
        made: dict[str, Callable[[], Mapping[str, Any]]] = {}
        for day, events in days.items():
            grouped = self.group.key() == "day" and len(days) > 1 and day is not None
            if grouped:
                word = plural(len(events), "{0} entry", "{0} entries")
                made[f"day:{day}"] = partial(day_row, events[0].at, len(events), word)
            for event in events:
                made[event.id] = partial(event_row, event, now, words, grouped)
        self.table.show_made(MadeWhenSeen(made))
        self._fit_soon.start()

    def current_event(self) -> str:
        """Return the id of the current entered event, or an empty string."""
        kind, _, name = str(self.table.current_id() or "").partition(":")
        return name if kind == "event" else ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to the table where the window is low: it says the same."""
        super().resizeEvent(event)
        self._fit_soon.start()  # not now: this comes from within a layout that is giving out room

    def _fit(self) -> None:
        more = max(0, self.lanes.sizeHint().height() - _THREE_LANES)
        self.lanes.setVisible(self.height() >= _LANES_FROM + more and self.width() >= 420)
        self._bar.setVisible(self.height() >= _BAR_FROM)
        over, under = (12, 14) if self.height() >= _MARGINS_FROM else (3, 3)
        self._lines.setContentsMargins(Size.PAGE, over, 14, under)
        for choice, least in zip(self._narrow_first, (980, 820, 660), strict=True):
            choice.setVisible(self.width() >= least)


class AlertsTab(QWidget):
    """The alerts of the incident."""

    opened = Signal(str)
    """The key of an alert."""
    unlink_requested = Signal(list)
    """Keys of alerts to take out of the incident."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = text_label("", "small", "text2", wrap=True)
        self.unlink = secondary(self.tr("Take out of the incident"), key="Del")
        self.unlink.clicked.connect(self.take_out)
        line = row(gap=8)
        line.addWidget(self.note, 1)
        line.addWidget(self.unlink)
        self.table = RowsTable(
            [
                Column("severity", self.tr("Severity"), 104, kind="severity", sortable=False),
                Column("title", self.tr("Alert"), 220, kind="title", stretch=True, sortable=False),
                Column("source", self.tr("Source"), 124, drop=3, sortable=False),
                Column("where", self.tr("Host or address"), 150, kind="mono", drop=2, sortable=False),
                Column("count", self.tr("Count"), 76, kind="times", drop=1, sortable=False),
                Column("seen", self.tr("Last seen"), 160, drop=4, sortable=False),
            ],
            self.tr("Alerts of this incident"), inset=Size.CARD,
        )  # fmt: skip
        self.table.opened.connect(lambda record_id: self.opened.emit(str(record_id)))
        self.table.set_empty(
            EmptyState(
                self.tr("No alert is linked to this incident"),
                self.tr("In the queue, M merges the current alert into an incident."),
            )
        )
        lines = column(self, (Size.PAGE, 12, Size.PAGE, 14), 10)
        lines.addLayout(line)
        lines.addWidget(framed(self.table), 1)

    def take_out(self) -> None:
        """Ask for the marked alerts, or the current one, to be taken out."""
        keys = [str(record_id) for record_id in self.table.acting_ids()]
        if keys:
            self.unlink_requested.emit(keys)

    def show_incident(self, read: IncidentRead, now: datetime) -> None:
        """Show an incident's alerts."""
        missing = self.tr("Linked alerts that are not on this laptop: {0}.").format(read.alerts_not_here)
        marks = self.tr("X marks several. What is taken out goes back to the queue as it was.")
        self.note.setText(f"{missing} {marks}" if read.alerts_not_here else marks)
        self.unlink.setEnabled(bool(read.alerts))
        self.table.show_rows([self._row(alert, now) for alert in read.alerts])

    @staticmethod
    def _row(alert: dict[str, Any], now: datetime) -> dict[str, Any]:
        where = next((alert[name] for name in ("host", "src", "user", "organisation") if alert[name]), "")
        return {
            "id": alert["key"],
            "severity": band(alert["severity"]),
            "title": defang(alert["title"]),
            "source": alert["source"],
            "where": defang(where),
            "count": alert["count"],
            "seen": short(alert["last_seen"], now),
        }


class HistoryTab(QWidget):
    """Every operation on the incident and what belongs to it: who, when, field, before and after, because."""

    undo_requested = Signal(str)
    """The id of an act."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log: dict[str, LogRow] = {}
        self.undo = secondary(self.tr("Take this act back"), icon="undo")
        self.undo.setToolTip(self.tr("Puts back what stood before, unless somebody has built on it"))
        self.undo.clicked.connect(self._undo)
        self.because = text_label("", "small", "text2", wrap=True)
        line = row(gap=8)
        line.addWidget(self.because, 1)
        line.addWidget(self.undo)
        self.table = RowsTable(
            [
                Column("time", self.tr("Time"), 150, sortable=False),
                Column("who", self.tr("Who"), 120, drop=3, sortable=False),
                Column("record", self.tr("Record"), 132, kind="mono", drop=4, sortable=False),
                Column("field", self.tr("Field"), 130, sortable=False),
                Column("before", self.tr("Before"), 130, drop=2, sortable=False),
                Column("after", self.tr("After"), 170, stretch=True, sortable=False),
                Column("because", self.tr("Because"), 150, drop=1, sortable=False),
            ],
            self.tr("History"), inset=Size.CARD,
        )  # fmt: skip
        self.table.current_changed.connect(lambda _: self._current())
        lines = column(self, (Size.PAGE, 12, Size.PAGE, 14), 10)
        lines.addLayout(line)
        lines.addWidget(framed(self.table), 1)

    def show_incident(self, read: IncidentRead, now: datetime) -> None:
        """Show what was set in an incident, newest first."""
        self._log = {entry.op: entry for entry in read.log}
        self.table.show_rows([self._row(entry, now) for entry in read.log])
        self._current()

    @staticmethod
    def _row(entry: LogRow, now: datetime) -> dict[str, Any]:
        return {
            "id": entry.op,
            "time": short(entry.at, now),
            "who": entry.who,
            "record": entry.record,
            "field": Cell(entry.field, "undo") if entry.is_undo else entry.field,
            "before": entry.before,
            "after": entry.after,
            "because": entry.because,
        }

    def _current(self) -> None:
        entry = self._log.get(str(self.table.current_id()))
        self.undo.setEnabled(entry is not None)
        if entry is None:
            self.because.setText("")
            return
        same = sum(1 for other in self._log.values() if other.act == entry.act)
        act = plural(same, "This act set 1 field here.", "This act set {0} fields here.").format(same)
        because = self.tr("Because: {0}.").format(entry.because.rstrip(".")) if entry.because else ""
        self.because.setText(f"{act} {because}".strip())

    def _undo(self) -> None:
        entry = self._log.get(str(self.table.current_id()))
        if entry is None:
            return
        question = self.tr("Take back what {0} did?").format(entry.who)
        detail = self.tr("{0}: {1}. What somebody has built on since stays as it is.").format(
            entry.field, entry.after or self.tr("nothing")
        )
        asked = ask_dialog(self, question, self.tr("Take this act back"), detail, dangerous=True)
        asked.accepted.connect(lambda act=entry.act: self.undo_requested.emit(act))
        asked.open()
