"""What a clock shows: its name, the time left, its mark and one line that says what began it and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PySide6.QtCore import QCoreApplication

from triage_app.domain import clocks as rules
from triage_app.domain.clocks import ClockState, State, Step
from triage_app.language import say
from triage_app.services import clock_words
from triage_app.services.clocks import Clock, OpenStep
from triage_app.services.lengths import span, span_aloud
from triage_app.ui.table_cells import ClockCell
from triage_app.ui.views.moments import local, short
from triage_app.ui.views.shown import harmless

CLOCK_KINDS: Final = ("clock", "clock_step", "clock_switch", "pause")
"Kinds of record whose change may change a clock."

PRESSING: Final = (State.AMBER, State.RED, State.MISSED)
"How a clock presses when it is worth saying, the least first."


@dataclass(frozen=True, slots=True)
class ClockFace:
    """One step of a clock as a card or a row shows it."""

    id: str
    "Clock and step."
    clock: Clock
    state: ClockState
    name: str
    left: str
    "Such as “38 m” or “31 m late”; one word where nothing runs."
    line: str
    glyph: str
    "A state of ``painting.clock``."
    used: float
    provisional: bool
    whole: str
    "Everything, for a screen reader."

    @property
    def verb(self) -> str:
        """What a provisional clock wants recorded: who is aware, or what its line says is not stated."""
        return _tr("Record aware") if self.clock.policy.starts == rules.AWARE else _tr("Record")

    @property
    def pressure(self) -> str:
        """Amber, red, missed, or '' for none: the tint."""
        return str(self.state.pressure) if self.state.open and self.state.pressure in PRESSING else ""

    def cell(self) -> ClockCell:
        """Return its cell in a table."""
        return ClockCell(self.glyph, self.in_row, self.used, self.aloud)

    def cell_with_duty(self) -> ClockCell:
        """Return its cell in a table of something else than clocks: it says which duty."""
        policy = self.clock.policy
        short = f"{say(policy.short) or policy.name.partition(' ')[0]} {self.in_row}"
        return ClockCell(self.glyph, short, self.used, f"{self.name}, {self.aloud}")

    @property
    def aloud(self) -> str:
        """How it stands as a screen reader says it: “red, 38 minutes left”, “missed, 31 minutes late”."""
        parts = [self.pressure]
        if self.state.open and self.state.left_ms is not None:
            late = self.state.left_ms < 0
            parts.append((_tr("{0} late") if late else _tr("{0} left")).format(span_aloud(self.state.left_ms)))
        else:
            parts.append(self.left)
        parts.append(_tr("provisional") if self.provisional else "")
        return ", ".join(part for part in parts if part)

    @property
    def in_row(self) -> str:
        """The time left as a table says it."""
        return _tr("{0}, prov.").format(self.left) if self.provisional else self.left


def open_faces(clocks: Sequence[Clock], now: datetime) -> list[ClockFace]:
    """Return the faces of the open steps, nearest first."""
    found = [(clock, state) for clock in clocks for state in clock.steps if state.open]
    found.sort(key=lambda one: rules.nearness(one[1]))
    return [face(clock, state, now) for clock, state in found]


def all_faces(clocks: Sequence[Clock], now: datetime) -> list[ClockFace]:
    """Return the faces of every step: open ones nearest first, then those that ended, then those not due."""
    ended = [
        face(clock, state, now)
        for wanted in (True, False)
        for clock in clocks
        for state in clock.steps
        if not state.open and (state.done_at is not None) == wanted
    ]
    return [*open_faces(clocks, now), *ended]


def faces_of(steps: Sequence[OpenStep], now: datetime) -> list[ClockFace]:
    """Return the faces of a list of open steps, in its order."""
    return [face(one.clock, one.state, now) for one in steps]


def face(clock: Clock, state: ClockState, now: datetime) -> ClockFace:
    """Return what one step shows."""
    name, left = _name(clock, state), _left(state)
    line = _line(clock, state, now)
    whole = f"{name}: {clock_words.left(state)}. {clock_words.started(clock, state)}. {clock_words.due(clock, state)}"
    return ClockFace(
        id=f"{clock.id}#{state.step}", clock=clock, state=state, name=name, left=left, line=line, glyph=_glyph(state),
        used=min(1.0, max(0.0, state.used or 0.0)), provisional=state.state is State.PROVISIONAL, whole=whole,
    )  # fmt: skip


def organisation_words(clock: Clock) -> str:
    """Return whose clock it is."""
    code = clock.organisation.partition(":")[2]
    return harmless(f"{code} {clock.organisation_name}".strip())


def _tr(text: str) -> str:
    return QCoreApplication.translate("Clocks", text)


def _name(clock: Clock, state: ClockState) -> str:
    step, policy = clock.step(state), clock.policy
    if policy.kind_of(step) == rules.LOCAL and clock.subject_kind == "incident":
        name = _tr("{0}, local target").format(say(step.name))
    elif clock.subject_kind != "incident":
        name = f"{say(step.name)}, {clock.ref}"
    elif state.state is State.MISSED:
        name = f"{say(step.name)}, {say(policy.name)}"  # the verb first
    elif len(policy.steps) > 1:
        name = f"{say(step.name)}, {say(policy.name)}"
    else:
        name = say(policy.name)
    return harmless(name)


def _verb(step: Step) -> str:
    """Return the one word of what is due: the name of a step is too long for a card."""
    first = step.name.partition(" ")[0]
    return say(first) if first.lower() == step.code else _tr("Due")


def _zone(at: int) -> str:
    return f"{local(at):%Z}"


def _left(state: ClockState) -> str:
    if state.open and state.left_ms is not None:
        words = span(state.left_ms)
        return _tr("{0} late").format(words) if state.left_ms < 0 else words
    if state.open:
        return _tr("no date")
    if state.state is State.MET_LATE:
        return _tr("met late")
    if state.state is State.DONE_BEFORE:
        return _tr("done before")
    return say(str(state.state))


def _glyph(state: ClockState) -> str:
    if state.state is State.PROVISIONAL:
        return str(state.pressure) if state.pressure in PRESSING else "provisional"
    if state.state in (State.MET, State.MET_LATE, State.NOT_NOTIFIABLE):
        return "met"
    return say(str(state.state)) if state.open else say("paused")


def _line(clock: Clock, state: ClockState, now: datetime) -> str:
    step = clock.step(state)
    whose = "" if clock.own else _tr("{0} as {1}. ").format(clock.organisation.partition(":")[2], clock.role)
    if not state.open:
        if state.done_at is not None:
            return whose + f"{say(step.name)}: {say(str(state.state))}, {short(state.done_at, now)}"
        return whose + clock_words.left(state) if state.why else whose + clock_words.started(clock, state)
    began = short(state.start_at, now)
    if state.state is State.PROVISIONAL:
        if clock.policy.starts == rules.AWARE:
            return whose + _tr("Provisional, {0}").format(began)
        awaits = clock.policy.awaits or _tr("its start")
        return whose + _tr("{0} not stated").format(awaits[:1].upper() + awaits[1:])
    if state.start_at is not None and state.due_at is not None and _zone(state.start_at) == _zone(state.due_at):
        began = began.rpartition(" ")[0]  # the zone is said once, behind the time that is due
    if state.started_by in (rules.AWARE, rules.OWN):
        began = _tr("Aware {0}").format(began)
    elif state.started_by == rules.ISSUED:
        began = _tr("Issued {0}").format(began)
    elif state.started_by == "first look":
        began = _tr("First look {0}").format(began)
    else:
        before = clock.policy.step(state.started_by)
        began = f"{say(before.name) if before else state.started_by} {began}"
    if state.due_at is None:
        due = _tr("{0} without undue delay").format(say(step.name))
    elif state.state is State.MISSED:
        due = _tr("{0}: was due {1}").format(say(step.name), short(state.due_at, now))
    else:
        due = f"{_verb(step)} {_tr('by {0}').format(short(state.due_at, now))}"
    if state.state is State.PAUSED:
        return whose + _tr("Paused. {0}").format(due)
    return whose + (f"{due}. {began}" if state.state is State.MISSED else f"{began}. {due}")
