"""Whose shift it is, on Home: who gave it and whether anybody has taken it, with what gives, takes and prints it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from triage_app.domain.shift import LONG_OPEN, State
from triage_app.language import plural
from triage_app.services import handover
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.handover import Handover
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.shift_desk import ShiftDesk
from triage_app.ui.text import text_label
from triage_app.ui.views.moments import short
from triage_app.ui.views.shown import harmless
from triage_app.ui.views.standing import Standing
from triage_app.ui.widgets import column, link, row
from triage_app.ui.widgets.panel import Line

_KINDS: Final = ("handover", "taking", "responder")
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True)
class _Read:
    waiting: tuple[Handover, ...]
    mine: frozenset[str]
    "Those of them that whoever is at work gave."
    last: Handover | None
    "The newest, where none waits."


def _read(store: Store, responder: str) -> _Read:
    found = handover.listing(store)
    waiting = tuple(one for one in reversed(found) if one.is_open)
    others = {one.id for one in handover.to_take(store, responder)} if waiting else set()
    mine = frozenset(one.id for one in waiting if one.id not in others)
    settled = [one for one in found if one.state in (State.TAKEN, State.TAKEN_BACK)]
    return _Read(waiting, mine, settled[0] if settled else None)


class HomeShift(QWidget):
    """A line for each shift that nobody has taken; otherwise, how the last one was taken."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.told = text_label("", "cap", "text2", wrap=True)
        self.told.hide()
        self.shift = ShiftDesk(desk, self)
        self.shift.said.connect(lambda words, _: self.told.setText(words))
        self.shift.said.connect(lambda *_: self.told.show())
        self._body = column(self, gap=8)
        self._body.addWidget(Line())
        line = row(gap=12)
        self._body.addLayout(line)
        self._standings = column(gap=8)
        line.addLayout(self._standings, 1)
        self.give, self.page = link(self.tr("Give the shift")), link(self.tr("Handover page"))
        self.give.clicked.connect(self.shift.give)
        self.page.clicked.connect(self.shift.print_page)
        for part in (self.give, self.page):
            line.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        self._body.addWidget(self.told)
        self.lines: list[Standing] = []
        self._handed: dict[int, Handover | None] = {}
        self._stale = False
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(lambda: self.refresh() if self.isVisible() else None)
        self._tick.start()
        desk.store_changed.connect(self._changed)
        self.refresh()

    def refresh(self) -> None:
        """Read it again, on the query lane."""
        responder, now = self._desk.responder, self._desk.now()
        self._desk.query(lambda store: _read(store, responder), while_alive(self, lambda found: self._show(found, now)))

    def _changed(self, changes: Changes) -> None:
        if changes.touches(*_KINDS) or not changes.touched:
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

    def _show(self, found: _Read, now: datetime) -> None:
        self.give.setVisible(not self._desk.is_read_only and not found.waiting)
        said = [self._waiting(one, one.id in found.mine, now) for one in found.waiting] or [self._last(found.last, now)]
        while len(self.lines) < len(said):
            self.lines.append(line := Standing())
            line.link.clicked.connect(partial(self._act, line))
            self._standings.addWidget(line)
        for line in self.lines[len(said) :]:
            self._standings.removeWidget(line)
            line.hide()
            line.deleteLater()
        del self.lines[len(said) :]
        for line, (glyph, what, detail, act, _) in zip(self.lines, said, strict=True):
            line.say(glyph, what, detail, "" if self._desk.is_read_only else act)
        self._handed = {id(line): handed for line, (*_, handed) in zip(self.lines, said, strict=True)}

    def _act(self, line: Standing) -> None:
        """Take what others gave, or take back what one gave oneself."""
        handed = self._handed.get(id(line))
        if handed is None:
            self.shift.take()
        else:
            given = handed.id
            self._desk.act(lambda session: handover.take_back(session, given))

    def _waiting(self, one: Handover, is_mine: bool, now: datetime) -> tuple[str, str, str, str, Handover | None]:
        tr = self.tr
        is_late = milliseconds(now) - one.at > LONG_OPEN.total_seconds() * 1000
        what = tr("{0} gave the shift {1}, not taken").format(harmless(one.giver), short(one.at, now))
        held = tr("Yours until somebody takes it.") if is_mine else tr("Theirs until somebody takes it.")
        detail = f"{held} {self._counts(len(one.clocks), len(one.handoffs))}."
        glyph = "warning" if is_late else "hand-off"
        return glyph, what, detail, tr("Take it back") if is_mine else tr("Take the shift"), one if is_mine else None

    def _last(self, one: Handover | None, now: datetime) -> tuple[str, str, str, str, Handover | None]:
        tr = self.tr
        if one is None:
            first = tr("Give yours when you leave. Whoever comes takes it with a passphrase of their own.")
            return "hand-off", tr("No shift has been given here yet"), first, "", None
        giver = harmless(one.giver)
        if not one.takings:
            what = tr("{0} took the handover back {1}").format(giver, short(one.took_back_at, now))
            return "hand-off", what, harmless(one.because) or tr("The shift is still theirs."), "", None
        if one.is_crossed:
            names = ", ".join(tr("{0} {1}").format(harmless(taken.by), short(taken.at, now)) for taken in one.takings)
            what = tr("{0}'s shift was taken by {1}").format(giver, names)
            told = tr("More than one may believe that it is theirs: agree, and give it anew.")
            if one.took_back_at is not None:
                told = tr("{0} had taken it back meanwhile: agree whose it is, and give it anew.").format(giver)
            return "warning", what, told, "", None
        taken = one.takings[0]
        what = tr("{0} took the shift from {1} {2}").format(harmless(taken.by), giver, short(taken.at, now))
        return "ok", what, tr("{0} shown and taken.").format(self._counts(taken.clocks, taken.handoffs)), "", None

    def _counts(self, clocks: int, handoffs: int) -> str:
        tr = self.tr
        first = plural(clocks, "1 running clock", "{0} running clocks").format(f"{clocks:,}")
        second = plural(handoffs, "1 hand-off", "{0} hand-offs").format(f"{handoffs:,}")
        return tr("{0}, {1}").format(first, second)
