"""Clocks in words, the same on the command line, in a report and on screen."""

from __future__ import annotations

from typing import Final

from triage_app.domain import clocks as rules
from triage_app.domain.clocks import ClockState, State
from triage_app.language import say
from triage_app.services.clocks import Clock
from triage_app.services.lengths import span
from triage_app.services.times import in_words

_WHY_NOT: Final = {
    "no clock": "an exercise, a discarded incident or history: no clock",
    "off": "switched off",
    "nation": "does not hold in this nation",
    "not in force": "was not in force then",
    "severity": "has no target at this severity",
}


def left(state: ClockState) -> str:
    """Return what a clock has left: “71 h 12 m left”, “31 m late”; the state's own word where nothing runs."""
    if state.state in (State.MET_LATE,) and state.left_ms is not None:
        return say("met, {0} late", span(state.left_ms))
    if state.state is State.NOT_DUE_HERE:
        return say(_WHY_NOT.get(state.why, state.why))
    if not state.open or state.left_ms is None:
        return say("no date: without undue delay") if state.open else say(str(state.state))
    late = state.left_ms < 0
    words = say("{0} late", span(state.left_ms)) if late else say("{0} left", span(state.left_ms))
    if state.state is State.PROVISIONAL:
        return say("{0}, provisional", words)
    return say("{0}, paused", words) if state.state is State.PAUSED else words


def started(clock: Clock, state: ClockState) -> str:
    """Return what started a step, in words."""
    if state.start_at is None:
        if clock.step(state).after:
            before = clock.policy.step(clock.step(state).after)
            return say("Starts when this is done: {0}", say(before.name).lower() if before else clock.step(state).after)
        return say("Not started. It starts when this is recorded: {0}", _lower(say(clock.policy.start_words)))
    at = in_words(state.start_at)
    if state.state is State.PROVISIONAL:
        return say("Provisional since the first look of a person, {0}: {1}", at, missing(clock))
    if state.started_by in (rules.AWARE, rules.OWN, rules.ISSUED) or clock.policy.starts == rules.LOOK:
        return f"{say(clock.policy.start_words)}, {at}"
    before = clock.policy.step(state.started_by)
    return say("{0} was done, {1}", say(before.name) if before else state.started_by, at)


def missing(clock: Clock) -> str:
    """Return what a provisional clock waits for, in words.

    Some begin with the incident's *aware*; others with a knowledge of their own, which that time does not tell.
    """
    if clock.policy.starts == rules.AWARE:
        return say("nobody has recorded who is aware since when")
    return say(
        "nobody has recorded since when this holds: {0}. The aware time of the incident does not tell; if it does not"
        " hold, decide that it is not notifiable",
        _lower(say(clock.policy.start_words)),
    )


def stops(clock: Clock, state: ClockState) -> str:
    """Return what stops a step, or what stopped it, in words."""
    if state.done_at is not None:
        not_notifiable = state.state is State.NOT_NOTIFIABLE
        how = say("the decision that it is not notifiable") if not_notifiable else say("what was recorded")
        how = say("the time {0}", state.stops) if state.stops not in ("", "outcome") else how
        before = say(": before the clock started, so the target is neither met nor missed")
        words = say("Stopped by {0}, {1}", how, in_words(state.done_at))
        return words + (before if state.state is State.DONE_BEFORE else "")
    step = clock.step(state)
    if clock.policy.kind_of(step) == rules.LOCAL:
        times = say(", or by the time {0}", say(" or ").join(step.stopped_by)) if step.stopped_by else ""
        return say("Stops when it is recorded as done{0}", times)
    return say("Stops when it is recorded as notified, late with reasons, or decided not notifiable by a name")


def due(clock: Clock, state: ClockState) -> str:
    """Return what is due next and who is told, in words."""
    step = clock.step(state)
    told = clock.told(state)
    tells = say("tell {0}; ", told) if told else ""
    return f"{say(step.name)}: {tells}{say(step.due)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
