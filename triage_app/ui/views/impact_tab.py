"""The clinical impact of one incident: what is down now, first and large, then everything that was stated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from triage_app.domain.impact import BEGINS, KINDS
from triage_app.services import impact
from triage_app.services.changes import Changes
from triage_app.services.impact import Summary
from triage_app.services.precise_times import value_in_words
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.impact import ImpactDialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import ElidingLabel, set_role, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command
from triage_app.ui.views.impact_words import down_words, kind_words, lasting, sums
from triage_app.ui.views.incident_tabs import framed
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import (
    Button,
    Card,
    EmptyState,
    Facts,
    Flow,
    Glyph,
    ScrollPage,
    column,
    quiet,
    row,
    secondary,
)

KEYS: Final = {
    "outage": "O", "divert": "D", "cancelled": "L", "capacity": "P", "harm": "H", "risk": "S", "eprr": "E",
}  # fmt: skip
"""The key that states each kind."""

_MINUTE_MS = 60_000
_SUMS_FROM = 900
"""Logical pixels of width from which what it comes to stands beside the table."""
_LOW = 260
"""Below this height the buttons that state something are one line of keys in the menu alone."""
_SUMS_WIDTH = 330
_LEAST_TABLE: Final = 72
"""Logical pixels: the heads and a row."""


class ImpactTab(QWidget):
    """What people stated; one key states each kind, B says that a system is back up, Enter puts a statement right."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._incident = ""
        self.wanted = ""
        """What is made current once it has been read; '' for nothing."""
        self._read = Summary()
        self._rows: dict[str, dict[str, Any]] = {}
        self.down = ElidingLabel("", "h2", "text")
        self.buttons: dict[str, Button] = {}
        self._flow = Flow(gap=6)
        self._adds = QWidget()
        self._adds.setLayout(self._flow)
        for kind in KINDS:
            made = quiet(kind_words(kind), icon="plus", key=KEYS[kind])
            made.setAccessibleName(self.tr("State: {0}").format(kind_words(kind)))
            made.clicked.connect(partial(self.state, kind))
            self._flow.addWidget(made)
            self.buttons[kind] = made
        self.back_up = secondary(self.tr("Back up now"), icon="tick", key="B")
        self.back_up.clicked.connect(self.end_current)
        self.mark = Glyph("danger", 18)
        head = row(gap=8)
        head.addWidget(self.mark)
        head.addWidget(self.down, 1)
        head.addWidget(self.back_up)
        self.table = RowsTable(
            [
                Column("kind", self.tr("What"), 150, sortable=False),
                Column("words", self.tr("As stated"), 240, kind="title", stretch=True, sortable=False),
                Column("when", self.tr("Since or when"), 150, sortable=False),
                Column("long", self.tr("For"), 90, sortable=False, drop=2),
                Column("who", self.tr("Recorded by"), 140, sortable=False, drop=1),
            ],
            self.tr("Clinical impact"), inset=Size.CARD,
        )  # fmt: skip
        self.table.setMinimumHeight(_LEAST_TABLE)
        self.table.opened.connect(self._open)
        self.table.current_changed.connect(lambda _: self._aim())
        self._empty = EmptyState(
            self.tr("Nothing has been stated about the clinical impact"),
            self.tr("That does not say that there is none. State what is down, and since when, as people report it."),
            self.tr("A system is down"), KEYS["outage"],
        )  # fmt: skip
        self._empty.acted.connect(partial(self.state, "outage"))
        self.table.set_empty(self._empty)
        self.sums = Facts(120)
        self.sums_card = Card(self.tr("What it comes to"))
        self._scroll = ScrollPage((0, 0, 8, 0), 6)
        self._scroll.body.addWidget(self.sums)
        self._scroll.body.addWidget(
            text_label(self.tr("As stated. What nobody stated is not in it."), "cap", "text2", wrap=True)
        )
        self._scroll.body.addStretch(1)
        self.sums_card.body.addWidget(self._scroll, 1)
        self.sums_card.setFixedWidth(_SUMS_WIDTH)
        self.line = ElidingLabel("", "small", "text2")
        middle = row(gap=Size.CARDS)
        middle.addWidget(framed(self.table), 1)
        middle.addWidget(self.sums_card)
        self._lines = column(self, (Size.PAGE, 10, Size.PAGE, 10), 8)
        self._lines.addLayout(head)
        self._lines.addWidget(self._adds)
        self._lines.addWidget(self.line)
        self._lines.addLayout(middle, 1)
        self.commands = self._commands()
        for made_command in self.commands:
            made_command.setEnabled(False)
        self._fit_soon = soon(self, self._fit)
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self._minute)
        self._tick.start()
        desk.store_changed.connect(self._changed)
        self._fill()

    def _commands(self) -> list[QAction]:
        tip = self.tr("State it for this incident, as people report it")
        made = [
            command(self, self.tr("State: {0}…").format(kind_words(kind).lower()), KEYS[kind], tip,
                    partial(self.state, kind))
            for kind in KINDS
        ]  # fmt: skip
        ended = self.tr("The current system is back up, or the current divert over, from now on")
        return [*made, command(self, self.tr("&Back up now"), "B", ended, self.end_current)]

    # -- what is shown ------------------------------------------------------------------------------------

    def show_incident(self, incident: str) -> None:
        """Show the clinical impact of an incident."""
        if incident != self._incident:
            self._read, self._rows = Summary(), {}
            self._incident = incident
            self._fill()
        self.refresh()

    def refresh(self) -> None:
        """Read it again."""
        incident = self._incident
        if not incident:
            return

        def show(found: Summary) -> None:
            if incident == self._incident:
                self._read = found
                self._fill()

        self._desk.query(lambda store: impact.summary(store, incident), while_alive(self, show))

    def _changed(self, changes: Changes) -> None:
        if changes.touches(*KINDS):
            self.refresh()

    def _minute(self) -> None:
        if self.isVisible():
            self._fill()

    def _fill(self) -> None:
        found, now = self._read, self._desk.now()
        rows = [
            *found.down, *(row for row in found.diverts if row["said"].get("until") is None), *found.eprr, *found.harm,
            *found.risk, *found.cancelled, *found.capacity, *found.were_down,
            *(row for row in found.diverts if row["said"].get("until") is not None),
        ]  # fmt: skip
        self._rows = {row["id"]: row for row in rows}
        self.down.setText(down_words(found, now))
        set_role(self.down, "critical" if found.down else "text")
        said = sums(found)
        self.sums.set_rows(_apart(said))
        self.line.setText("  ·  ".join(f"{what}: {words}" for what, words in said))
        self.table.show_rows([self._shown(row, now) for row in rows])
        if self.wanted and self.table.go_to_id(self.wanted):
            self.wanted = ""
        if self.table.current_id() is None and rows:
            self.table.go_to_row(0)
        self._aim()
        self._fit_soon.start()

    def _shown(self, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        kind, is_open = row["kind"], row["said"].get("until") is None
        lasts = kind in ("outage", "divert")
        name = kind_words(kind)
        if lasts and not is_open:
            name = self.tr("Was down") if kind == "outage" else self.tr("Was diverted")
        return {
            "id": row["id"],
            "kind": Cell(name, "warning" if lasts and is_open else "", strong=lasts and is_open),
            "words": Cell(impact.in_words(row, timed=False), strong=lasts and is_open),
            "when": value_in_words(row["said"].get(BEGINS.get(kind, "at")), now) or self.tr("not stated"),
            "long": lasting(row, now) if lasts else "",
            "who": row["created_by_name"],
        }

    def _aim(self) -> None:
        current = self._rows.get(str(self.table.current_id()))
        ends = current is not None and current["kind"] in ("outage", "divert") and current["said"].get("until") is None
        self.back_up.setEnabled(ends)
        is_divert = current is not None and current["kind"] == "divert"
        self.back_up.setText(self.tr("Over now") if is_divert and ends else self.tr("Back up now"))

    # -- what is done -------------------------------------------------------------------------------------

    def state(self, kind: str, _: object = None) -> None:
        """Open the form that states one kind of impact."""
        if self._incident:
            ImpactDialog(self._desk, self._incident, kind, self).open()

    def end_current(self) -> None:
        """Say that the current system is back up, or the current divert over, now."""
        entity = str(self.table.current_id() or "")
        if self.back_up.isEnabled() and entity:
            self._desk.act(lambda session: impact.end(session, entity))

    def _open(self, entity: object) -> None:
        found = self._rows.get(str(entity))
        if found is not None:
            ImpactDialog(self._desk, self._incident, found["kind"], self, found).open()

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
        """Make room for the rows, once the layout that is giving out room has done so."""
        super().resizeEvent(event)
        self._fit_soon.start()

    def _fit(self) -> None:
        wide, low = self.width() >= _SUMS_FROM, self.height() < _LOW
        has = self._read.is_stated
        self.sums_card.setVisible(wide and has and not low)
        self.line.setVisible(has and not (wide and not low) and bool(self.line.text()) and self.height() >= 180)
        self._adds.setVisible(not low)
        self.back_up.setVisible(has)
        self.down.setVisible(has)
        self.mark.setVisible(bool(self._read.down))
        self._lines.setContentsMargins(Size.PAGE, 4 if low else 10, Size.PAGE, 4 if low else 10)
        self._lines.setSpacing(4 if low else 8)

    def focus_table(self) -> None:
        """Give the focus to the table."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)


def _apart(said: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return facts whose labels differ: two services may go by one name."""
    found: dict[str, str] = {}
    for what, words in said:
        name = what
        while name in found:
            name += " "
        found[name] = words
    return list(found.items())
