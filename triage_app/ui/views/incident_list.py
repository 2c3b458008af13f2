"""The list of incidents: open ones, the worst first, narrowed by words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.domain.indicators import defang
from triage_app.domain.severity import band
from triage_app.language import say
from triage_app.services.filter_keys import told_of_unknown, words_of
from triage_app.services.vocabularies import rsit_types
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.table import UNKNOWN, Cell, Column, StatusCell
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.moments import short
from triage_app.ui.views.nearest_clocks import NearestClocks
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import (
    Choice,
    EmptyState,
    KeyHints,
    Landing,
    Panel,
    TextField,
    column,
    primary,
    row,
    secondary,
)

_PLAIN: Final = ("title", "ref", "tlp", "rsit", "campaign")


class IncidentList(Landing):
    """The list: open ones first, worst first."""

    opened = Signal(str)
    new_requested = Signal()
    tips_requested = Signal()
    counted = Signal(int)
    """How many incidents are open."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._all: list[dict[str, Any]] = []
        self._order = ("severity", True)
        self._clocks = NearestClocks(desk, self)
        self._clocks.changed.connect(self._fill)
        self._wanted = ""
        head = Panel("canvas", "b")
        lines = column(head, (Size.PAGE, 14, Size.PAGE, 12), 10)
        first = row(gap=12)
        first.addWidget(text_label(self.tr("Incidents"), "h1"))
        self.summary = ElidingLabel("", "small", "text2")
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        first.addWidget(self.summary, 1)
        self.tips = secondary(self.tr("Reports (tips)"), icon="megaphone")
        self.tips.clicked.connect(self.tips_requested)
        first.addWidget(self.tips)
        self.new = primary(self.tr("New incident"), icon="plus", key="Ctrl N")
        self.new.clicked.connect(self.new_requested)
        first.addWidget(self.new)
        self.filter = TextField(self.tr("Filter by title, reference, class or campaign"), icon="search",
                                name=self.tr("Filter incidents"))  # fmt: skip
        self.filter.setMaximumWidth(380)
        self.state = Choice(
            [("open", say("open").capitalize()), ("all", self.tr("Open and closed")), ("closed", self.tr("Closed"))],
            name=self.tr("Which incidents"),
        )
        self.state.setFixedWidth(170)
        second = row(gap=8)
        second.addWidget(self.filter, 1)
        second.addWidget(self.state)
        second.addStretch(1)
        lines.addLayout(first)
        lines.addLayout(second)
        self.table = RowsTable(
            [
                Column("severity", self.tr("Severity"), 104, kind="severity"),
                Column("title", self.tr("Incident"), 330, kind="title", stretch=True),
                Column("ref", self.tr("Reference"), 140, kind="mono", drop=8),
                Column("rsit", self.tr("Class"), 150, drop=2),
                Column("category", self.tr("Category"), 106, drop=4),
                Column("tlp", self.tr("TLP"), 132, kind="tlp", drop=6),
                Column("status", self.tr("Status"), 98, kind="status", drop=5),
                Column("clock", self.tr("Clock"), 152, drop=9),
                Column("alerts", self.tr("Alerts"), 66, kind="count", drop=3),
                Column("victims", self.tr("Victims"), 72, kind="count", drop=7),
                Column("changed", self.tr("Changed"), 136, drop=1),
            ],
            self.tr("Incidents"),
        )
        self.table.opened.connect(lambda record_id: self.opened.emit(str(record_id)))
        self.table.sort_requested.connect(self._sort)
        self.filter.textChanged.connect(lambda _: self._fill())
        self.state.currentIndexChanged.connect(lambda _: self._fill())
        self.hints = KeyHints(
            [("↵", self.tr("open")), ("J", self.tr("next")), ("K", self.tr("previous")), ("Ctrl N", self.tr("new"))]
        )
        whole = column(self, gap=0)
        whole.addWidget(head)
        whole.addWidget(self.table, 1)
        whole.addWidget(self.hints)
        self.land_on(self.table)
        self._explain(False)

    def narrowed(self) -> dict[str, Any]:
        """Return what the list is narrowed to and sorted by, for the next start."""
        key, descending = self._order
        return {"filter": self.filter.text(), "state": self.state.key(), "sort": key, "down": descending}

    def narrow_as(self, found: Mapping[str, Any]) -> None:
        """Narrow and sort the list as it was."""
        if any(each.key == found.get("sort") and each.sortable for each in self.table.record_model.columns):
            self._order = (str(found["sort"]), found.get("down") is not False)
        self.state.set_key(str(found.get("state", "")))
        self.filter.setText(str(found.get("filter", "")))

    def _explain(self, narrowed: bool) -> None:
        unknown, do = told_of_unknown(self.filter.text())
        if narrowed and unknown:
            made = EmptyState(unknown, do)
        elif narrowed:
            made = EmptyState(
                self.tr("No incident passes this filter"), self.tr("Clear the words, or show closed ones too.")
            )
        else:
            made = EmptyState(
                self.tr("No incidents yet"),
                self.tr("Promote an alert from the queue with P, or open one for what came by telephone."),
                self.tr("New incident"), "Ctrl N",
            )  # fmt: skip
            made.acted.connect(self.new_requested)
        self.table.set_empty(made)

    def refresh(self) -> None:
        """Read the list again."""
        self._desk.query(lambda store: lookup.listing(store, "incident"), self._show)

    def _show(self, found: list[dict[str, Any]]) -> None:
        self._all = found
        is_open = [one for one in found if one["status"] != "closed"]
        self.summary.setText(self.tr("{0} open, {1} closed").format(len(is_open), len(found) - len(is_open)))
        self.counted.emit(len(is_open))
        self._fill()

    def _passes(self, one: dict[str, Any]) -> bool:
        state = self.state.key()
        if (state == "open" and one["status"] == "closed") or (state == "closed" and one["status"] != "closed"):
            return False
        text = " ".join(str(one[name]) for name in _PLAIN).casefold()
        return all(word in text for word in words_of(self.filter.text()))

    def _fill(self) -> None:
        now = self._desk.now()
        shown = [one for one in self._all if self._passes(one)]
        key, descending = self._order
        known = [one for one in shown if self._sort_key(one, key) is not None]
        unknown = [one for one in shown if self._sort_key(one, key) is None]
        known.sort(key=lambda one: self._sort_key(one, key), reverse=descending)
        self._explain(bool(self._all))
        self.table.record_model.set_sorted(key, descending)
        self.table.show_rows([self._row(one, now) for one in [*known, *unknown]])
        self.hints.position.setText(self.tr("{0} of {1}").format(len(shown), len(self._all)))
        if self._wanted and self.table.go_to_id(self._wanted):
            self._wanted = ""

    def _sort_key(self, one: dict[str, Any], key: str) -> Any:
        """Return what a column sorts by; None, which is not known, goes last."""
        if key == "clock":
            clock = self._clocks.of([one["id"]])
            return None if clock is None else clock.state.due_at
        if key == "category":
            return (one["category_proposed"] or {}).get("category")
        if key == "changed":
            return one["changed_at"]
        value = one[key]
        return value.casefold() or None if isinstance(value, str) else value

    def _sort(self, key: str, descending: bool) -> None:
        self._order = (key, descending)
        self._fill()

    def _row(self, one: dict[str, Any], now: datetime) -> dict[str, Any]:
        codes = one["rsit"].split()
        name = rsit_types().get(codes[0], codes[0]) if codes else ""
        more = f" +{len(codes) - 1}" if len(codes) > 1 else ""
        closed = one["status"] == "closed"
        clock = self._clocks.of([one["id"]])
        return {
            "id": one["id"],
            "severity": UNKNOWN if one["severity"] is None else band(one["severity"]),
            "title": defang(one["title"]),
            "ref": one["ref"],
            "rsit": name.rpartition(" / ")[2] + more,
            "category": self._category(one),
            "tlp": one["tlp"].removeprefix("TLP:"),
            "status": StatusCell(
                "successful" if closed else "ongoing", self.tr("Closed") if closed else self.tr("In hand")
            ),
            "clock": None if clock is None else clock.cell_with_duty(),
            "alerts": one["alerts"],
            "victims": one["victims"],
            "changed": short(one["changed_at"], now, weekday=False),
            "muted": closed,
        }

    def _category(self, one: dict[str, Any]) -> Cell | str:
        for name, pattern in (
            ("category_confirmed", self.tr("{0}, confirmed")), ("category_assessed", self.tr("{0}, assessed")),
            ("category_proposed", self.tr("{0}, proposed")),
        ):  # fmt: skip
            if isinstance(one[name], dict) and one[name].get("category"):
                return pattern.format(one[name]["category"])
        return ""

    def say_tips(self, new: int) -> None:
        """Say how many reports nobody has decided on."""
        words = self.tr("Reports (tips)")
        self.tips.setText(self.tr("{0}: {1} new").format(words, f"{new:,}") if new else words)

    def go_to(self, incident: str) -> None:
        """Make an incident current, now or when it has been read."""
        if not self.table.go_to_id(incident):
            self._wanted = incident
