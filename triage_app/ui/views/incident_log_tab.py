"""The log of an incident: its numbered lines, the newest first, and the current one whole below the list."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.domain.indicators import defang
from triage_app.services import incident_log
from triage_app.services.incident_log import Decision, Line
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.log_line import CorrectLineDialog, LogLineDialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.incident_reading import IncidentRead, line_to_correct
from triage_app.ui.views.incident_tabs import framed
from triage_app.ui.views.moments import short
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Card, EmptyState, Facts, ScrollPage, column, row, secondary

_LOW, _TALL, _TALL_FROM = 84, 160, 440
"""Logical pixels of the current line's place, in a low tab and in one from so many on."""

_ONE_OF_TWO = 260
"""Below this height there is room for the list or for a line, not for both: Enter opens a line, Esc goes back."""


class LogTab(QWidget):
    """What was noted and decided: number, when it happened, what, and by whom it was written down."""

    said = Signal(str, str)
    """What was done, and what more there is to say of it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._read: IncidentRead | None = None
        self._notes: dict[str, dict[str, Any]] = {}
        self._is_shared = False
        self._now: datetime | None = None
        self.add = secondary(self.tr("Add line"), icon="plus", key="N")
        self.add.clicked.connect(self.add_line)
        self.correct = secondary(self.tr("Put right"), icon="edit", key="R")
        self.correct.clicked.connect(self.correct_line)
        self.decisions = secondary(self.tr("Write decisions…"), icon="document")
        self.decisions.setToolTip(self.tr("Write every decision to a text file, as an inquiry asks for it"))
        self.decisions.clicked.connect(self._choose_file)
        self._opened = False
        line = row(gap=8)
        self._words = text_label(self.tr("Lines add up, and none is erased."), "small", "text2", wrap=True)
        self.back = secondary(self.tr("Back to the list"), key="Esc")
        self.back.clicked.connect(self.close_line)
        self.back.hide()
        line.addWidget(self.back)
        line.addWidget(self._words, 1)
        line.addStretch()
        for button in (self.decisions, self.correct, self.add):
            line.addWidget(button)
        self.table = RowsTable(
            [
                Column("number", self.tr("No."), 104, kind="mono", drop=3, sortable=False),
                Column("time", self.tr("Happened"), 130, sortable=False),
                Column("text", self.tr("Line"), 240, kind="title", stretch=True, sortable=False),
                Column("who", self.tr("Written by"), 140, drop=1, sortable=False),
                Column("of", self.tr("About"), 150, drop=2, sortable=False),
            ],
            self.tr("Log"), inset=Size.CARD,
        )  # fmt: skip
        self.table.strong_current = False
        empty = EmptyState(
            self.tr("Nothing is in the log yet"),
            self.tr("What was said, seen and decided, numbered and signed by you."),
            self.tr("Add line"), "N",
        )  # fmt: skip
        empty.acted.connect(self.add_line)
        self.table.set_empty(empty)
        self.whole = Card(inset=14)
        self.head = text_label("", "cap", "text2")
        self.text = text_label("", "body", wrap=True, selectable=True)
        self.facts = Facts(120)
        self.whole.body.addWidget(self.head)
        # A long line scrolls in its own place, so that the list above it stays.
        self._scroll = ScrollPage((0, 0, 0, 0), 8)
        self._scroll.body.addWidget(self.text)
        self._scroll.body.addWidget(self.facts)
        self._scroll.body.addStretch(1)
        self._scroll.setFixedHeight(_LOW)
        self.whole.body.addWidget(self._scroll)
        self.whole.hide()
        self.table.current_changed.connect(lambda _: self._current())
        self.table.opened.connect(lambda _: self._open_line())
        self._lines = lines = column(self, (Size.PAGE, 12, Size.PAGE, 14), 10)
        lines.addLayout(line)
        self._list = framed(self.table)
        lines.addWidget(self._list, 1)
        lines.addWidget(self.whole)
        self._fit_soon = soon(self, self._fit)

    def show_incident(self, read: IncidentRead, now: datetime) -> None:
        """Show the lines of an incident, and the notes on its victims."""
        self._now, self._read = now, read
        self._notes = {note["id"]: note for note in read.notes}
        self._is_shared = len({note["ref"].rpartition("-")[0] for note in read.notes}) > 1
        self.table.show_rows([self._row(note, now) for note in read.notes])
        if self.table.current_id() is None and read.notes:
            self.table.go_to_row(0)
        self.decisions.setEnabled(any(note["decision"] for note in read.notes))
        self._current()

    def _row(self, note: dict[str, Any], now: datetime) -> dict[str, Any]:
        text = defang(note["text"])
        return {
            "id": note["id"],
            "number": note["ref"].partition("-")[2] if self._is_shared else note["ref"].rpartition("-")[2],
            "time": short(note["happened_at"] or note["created_at"], now),
            "text": Cell(text, "flag") if note["decision"] else text,
            "who": note["created_by_name"] or self.tr("not known here"),
            "of": note.get("of", ""),
        }

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the current line more room where there is some, and none beside the list where there is none."""
        super().resizeEvent(event)
        self._fit_soon.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back from a line to the list."""
        if event.key() == Qt.Key.Key_Escape and not self.back.isHidden():
            self.close_line()
        else:
            super().keyPressEvent(event)

    def _open_line(self) -> None:
        if self.height() < _ONE_OF_TWO:
            self._opened = True
            self._fit()
            self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_line(self) -> None:
        """Show the list again in place of the line."""
        self._opened = False
        self._fit()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self) -> None:
        has, low = self.current() in self._notes, self.height() < _ONE_OF_TWO
        instead = low and self._opened and has
        self._words.setVisible(not low)
        self._lines.setContentsMargins(Size.PAGE, 6 if low else 12, Size.PAGE, 6 if low else 14)
        self._lines.setSpacing(6 if low else 10)
        self.back.setVisible(instead)
        self._list.setVisible(not instead)
        self.whole.setVisible(has and (instead or not low))
        if instead:
            self._scroll.setMinimumHeight(0)
            self._scroll.setMaximumHeight(16_777_215)
        else:
            self._scroll.setFixedHeight(_TALL if self.height() >= _TALL_FROM else _LOW)

    def current(self) -> str:
        """Return the id of the current line, or an empty string."""
        return str(self.table.current_id() or "")

    def _current(self) -> None:
        note = self._notes.get(self.current())
        self._fit()
        self.correct.setEnabled(note is not None)
        if note is None or self._now is None:
            return
        who = note["created_by_name"] or self.tr("not known here")
        said = self.tr("{0}, written {1} by {2}").format(
            note["ref"] or self.tr("Note"), short(note["created_at"], self._now), who
        )
        if note.get("corrected_by"):
            said += self.tr(", put right since by {0}").format(", ".join(note["corrected_by"]))
        self.head.setText(said)
        self.text.setText(defang(note["text"]))
        decision = Decision.from_text(note["decision"])
        self.facts.setVisible(decision is not None)
        if decision is not None:
            none = self.tr("not recorded")
            by = f"{decision.decided_by} ({decision.role})" if decision.role else decision.decided_by
            self.facts.set_rows(
                [
                    (self.tr("Decided by"), defang(by)),
                    (self.tr("What was known"), defang(decision.known) or none),
                    (self.tr("Options"), defang("; ".join(decision.options)) or none),
                    (self.tr("Reason"), defang(decision.reason) or none),
                ]
            )

    # -- what is done -------------------------------------------------------------------------------------

    def add_line(self) -> None:
        """Open the form for a line."""
        if self._read is not None:
            one = self._read.row
            LogLineDialog(self._desk, [(one["id"], one["ref"], one["title"])], self).open()

    def correct_line(self) -> None:
        """Open the form that puts the current line right."""
        line = self.current()

        def ask(found: tuple[Line, list[str]] | None) -> None:
            if found is not None:
                CorrectLineDialog(self._desk, *found, self).open()

        if line:
            self._desk.query(lambda store: line_to_correct(store, line), while_alive(self, ask))

    def _choose_file(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Write the decisions"), "decisions.txt")
        if chosen:
            self.write_decisions(Path(chosen))

    def write_decisions(self, path: Path) -> None:
        """Write the decisions of the incident to a text file, as an inquiry asks for them."""
        if self._read is None:
            return
        incident = self._read.row["id"]

        def told(_: int) -> None:
            self.said.emit(self.tr("Wrote the decisions to {0}.").format(path.name), self.tr("It is not encrypted."))

        self._desk.long(
            "", lambda session, _: incident_log.write_decisions(session, incident, path), while_alive(self, told)
        )
