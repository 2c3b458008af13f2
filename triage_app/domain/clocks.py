"""Clocks: what is due, by when, and how far each duty is, from a policy, the facts and the time.

Elapsed time is counted in UTC, so weekends and clock changes are hours like any other. Nothing here reads a
clock or a store: the same policy, facts and moment always give the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from triage_app.domain.clock_grid import Grid

HOUR_MS: Final = 3_600_000
_MINUTE_MS: Final = 60_000

STATUTORY, NATIONAL, LOCAL = "statutory", "national", "local"
KINDS: Final = (STATUTORY, NATIONAL, LOCAL)

AWARE, OWN, ISSUED, LOOK = "aware", "own", "issued", "look"
STARTS: Final = (AWARE, OWN, ISSUED, LOOK)
"""What a policy begins with: the incident's *aware*, an awareness of its own that somebody records for this
duty alone, the issue of an advisory, or the first look of a person."""

NOTIFIED, LATE, NOT_NOTIFIABLE, DONE = "notified", "late", "not-notifiable", "done"
OUTCOMES: Final = (NOTIFIED, LATE, NOT_NOTIFIABLE, DONE)

AMBER_SHARE: Final = 0.25
RED_SHARE: Final = 0.05
"Shares of the time left below which a clock is amber or red, where its policy says nothing else."

NOT_KNOWN: Final = "not known"
"The band of an incident whose severity nobody has said."


class State(StrEnum):
    """How far a duty is."""

    NOT_STARTED = "not started"
    PROVISIONAL = "provisional"
    RUNNING = "running"
    AMBER = "amber"
    RED = "red"
    MISSED = "missed"
    MET = "met"
    MET_LATE = "met late"
    DONE_BEFORE = "done before the clock started"
    NOT_NOTIFIABLE = "not notifiable"
    PAUSED = "paused"
    NOT_DUE_HERE = "not due here"


OPEN: Final = frozenset({State.PROVISIONAL, State.RUNNING, State.AMBER, State.RED, State.MISSED, State.PAUSED})
"States in which somebody still has something to do."
PRESSURE: Final = (State.NOT_STARTED, State.RUNNING, State.AMBER, State.RED, State.MISSED)
"How the time left presses, in the only order in which it can change while the facts stand."


@dataclass(frozen=True)
class Step:
    """One thing that a policy wants done."""

    code: str
    name: str
    hours: float | None
    "None where the policy names no hours, or names them by severity."
    tell: str = ""
    "Who is told; “{authority}” stands for the nation's own."
    due: str = ""
    "What is due, in words."
    after: str = ""
    "The step whose being done begins this one; '' for the start of the clock."
    kind: str = ""
    "Where it differs from the policy's: a local target among national duties."
    stopped_by: tuple[str, ...] = ()
    "Times of the incident that end it by themselves."
    hours_by_severity: Mapping[str, float | None] | None = None
    "Band in lower case → hours; None for a band to which it does not apply."
    said_by_source: bool = False
    "Whether the date that an advisory names itself goes before the hours."


@dataclass(frozen=True)
class Suspicion:
    """What on an incident suggests that a duty may arise before anybody has said so."""

    rsit: tuple[str, ...] = ()
    category: int = 0
    "UK categories at most this number (1 is the worst); 0 for none."


@dataclass(frozen=True)
class Policy:
    """One duty, as data."""

    code: str
    name: str
    kind: str
    subject: str
    source: str
    checked: str
    basis: str
    nations: tuple[str, ...]
    roles: tuple[str, ...]
    starts: str
    start_words: str
    steps: tuple[Step, ...]
    on: bool = True
    switchable: bool = False
    in_force_from: int | None = None
    in_force_to: int | None = None
    provisional: str = "never"
    "always, suspected or never."
    suspected_by: Suspicion = Suspicion()
    pauses: bool = False
    amber: float = AMBER_SHARE
    red: float = RED_SHARE
    authorities: Mapping[str, str] = field(default_factory=dict)
    advisory_formats: tuple[str, ...] = ()
    advisory_severity: int = 0
    grid: Grid | None = None
    short: str = ""
    "One word for a table's cell; '' where the file gives none: the name's first word then."
    awaits: str = ""
    "What must be known before a start of its own, in two or three words: “significant impact”. '' for none."

    def kind_of(self, step: Step) -> str:
        """Return a step's kind."""
        return step.kind or self.kind

    def may_pause(self, step: Step) -> bool:
        """Whether a step may stand still: local ones alone, and only where the policy lets them."""
        return self.pauses and self.kind_of(step) == LOCAL

    def step(self, code: str) -> Step | None:
        """Return a step by its code."""
        return next((step for step in self.steps if step.code == code), None)

    def told(self, step: Step, nation: str) -> str:
        """Return who is told, by the organisation's nation."""
        authority = self.authorities.get(nation, "the competent authority of its nation, which is not known here")
        return step.tell.replace("{authority}", authority)


@dataclass(frozen=True)
class Policies:
    """All policies, and what holds for all of them."""

    name: str
    version: str
    date: str
    source: str
    roles: Mapping[str, str]
    own_roles: tuple[str, ...]
    no_clocks_for: frozenset[str]
    "Determinations of an incident that make it none: discarded, an exercise …"
    policies: tuple[Policy, ...]

    def policy(self, code: str) -> Policy | None:
        """Return a policy by its code."""
        return next((policy for policy in self.policies if policy.code == code), None)


@dataclass(frozen=True)
class Outcome:
    """What became of a step, as somebody recorded it."""

    step: str
    outcome: str
    at: int
    reference: str = ""
    because: str = ""
    by: str = ""


@dataclass(frozen=True)
class Pause:
    """A time in which a local clock stands still; it may not have ended yet."""

    from_at: int
    until_at: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known that a clock depends on. Every time is milliseconds UTC."""

    own: bool = True
    "Whether this is the organisation that opened the incident; nobody else's knowledge is its *aware*."
    first_look: int | None = None
    aware: int | None = None
    own_start: int | None = None
    issued: int | None = None
    due_said: int | None = None
    "When an advisory itself says that its answer is due."
    band: str = NOT_KNOWN
    "Severity band in lower case."
    nation: str = ""
    suspected: bool = False
    switched: bool | None = None
    "What the organisation decided about the policy; None for nothing."
    silent: bool = False
    "An exercise, a discarded incident, an advisory that was history when it came: no clock."
    times: Mapping[str, int] = field(default_factory=dict)
    ends: Mapping[str, int] = field(default_factory=dict)
    "Name of a time → the first millisecond after the period that it tells, where that is known: a day, an hour."
    outcomes: Sequence[Outcome] = ()
    pauses: Sequence[Pause] = ()


@dataclass(frozen=True, slots=True)
class ClockState:
    """One step at one moment."""

    policy: str
    step: str
    state: State
    pressure: State = State.NOT_STARTED
    "How the time left presses, also while it is provisional or paused."
    start_at: int | None = None
    started_by: str = ""
    "first look, aware, own, issued, or the step before it."
    stops: str = ""
    "outcome, or the incident's time that ended it."
    due_at: int | None = None
    "None where the policy names no hours, or while a pause has no end."
    left_ms: int | None = None
    used: float | None = None
    "Share of the time that is used; more than 1 once it is missed."
    done_at: int | None = None
    outcome: str = ""
    paused_ms: int = 0
    why: str = ""
    "Why it is not due here: off, not in force, nation, severity, no clock."

    @property
    def open(self) -> bool:
        """Whether somebody still has something to do."""
        return self.state in OPEN


def suspects(rule: Suspicion, rsit: Iterable[str], category: int | None) -> bool:
    """Whether an incident's classification suggests that a duty may arise."""
    if category is not None and 0 < category <= rule.category:
        return True
    return any(kind.startswith(prefix) for kind in rsit for prefix in rule.rsit)


def states(policy: Policy, facts: Facts, now: int) -> tuple[ClockState, ...]:
    """Return every step of a policy at a moment."""
    found: list[ClockState] = []
    start, started_by = _start(policy, facts)
    why = _why_not(policy, facts, start)
    outcomes = _latest(facts.outcomes) if facts.outcomes else {}
    pauses = _union(facts.pauses) if facts.pauses else []
    done: dict[str, ClockState] = {}
    for step in policy.steps:
        if why and step.code not in outcomes:
            state = ClockState(policy.code, step.code, State.NOT_DUE_HERE, why=why)
        elif step.after:
            before = done[step.after]
            begun = before.done_at if before.state in (State.MET, State.MET_LATE) else None
            if before.state is State.DONE_BEFORE:
                begun = before.start_at
            state = _step(policy, step, facts, now, begun, step.after, outcomes, pauses)
            if before.state is State.NOT_NOTIFIABLE and step.code not in outcomes:
                state = ClockState(
                    policy.code, step.code, State.NOT_NOTIFIABLE, done_at=before.done_at, outcome=NOT_NOTIFIABLE
                )
        else:
            state = _step(policy, step, facts, now, start, started_by, outcomes, pauses)
        done[step.code] = state
        found.append(state)
    return tuple(found)


def sleeps(policy: Policy, facts: Facts) -> bool:
    """Whether no step of a clock can be open, whatever the time: asked first where thousands are looked at."""
    if facts.outcomes:
        return False
    start = _start(policy, facts)[0]
    return start is None or bool(_why_not(policy, facts, start))


def next_due(steps: Iterable[ClockState]) -> ClockState | None:
    """Return the open step that is due first, None when nothing is open; one without a date comes last."""
    waiting = [step for step in steps if step.open]
    return min(waiting, key=nearness, default=None)


def nearness(step: ClockState) -> tuple[bool, int]:
    """Return what sorts steps by how near they are: by due date, those without one by their time left, or last."""
    if step.due_at is not None:
        return False, step.due_at
    return True, step.left_ms if step.left_ms is not None else 2**62


def _start(policy: Policy, facts: Facts) -> tuple[int | None, str]:
    """Return when a clock began and by what; (first look, "first look") while it is provisional."""
    if policy.starts == ISSUED:
        return facts.issued, ISSUED
    if policy.starts == LOOK:
        return (facts.first_look, "first look") if facts.own else (None, "")
    if policy.starts == AWARE and facts.own:
        if facts.aware is not None:
            return facts.aware, AWARE
    elif facts.own_start is not None:
        return facts.own_start, OWN
    may_be = policy.provisional == "always" or (policy.provisional == "suspected" and facts.suspected)
    if facts.own and may_be and facts.first_look is not None:
        return facts.first_look, "first look"
    return None, ""


def is_provisional(policy: Policy, started_by: str) -> bool:
    """Whether a clock that began by this is provisional: no person has said that anybody is aware."""
    return started_by == "first look" and policy.starts != LOOK


def _why_not(policy: Policy, facts: Facts, start: int | None) -> str:
    if facts.silent:
        return "no clock"
    if not (policy.on if facts.switched is None or not policy.switchable else facts.switched):
        return "off"
    if facts.nation and facts.nation not in policy.nations:
        return "nation"
    if start is not None:
        if policy.in_force_from is not None and start < policy.in_force_from:
            return "not in force"
        if policy.in_force_to is not None and start >= policy.in_force_to:
            return "not in force"
    return ""


def _latest(outcomes: Sequence[Outcome]) -> dict[str, Outcome]:
    """Return one outcome a step, whatever order they came in."""
    found: dict[str, Outcome] = {}
    for outcome in sorted(outcomes, key=lambda one: (one.at, one.outcome, one.by, one.because, one.reference)):
        found[outcome.step] = outcome
    return found


def _hours(step: Step, band: str) -> tuple[float | None, bool]:
    """Return (hours, whether the step applies at all)."""
    if step.hours_by_severity is None:
        return step.hours, True
    hours = step.hours_by_severity.get(band)
    return hours, hours is not None


def _step(
    policy: Policy,
    step: Step,
    facts: Facts,
    now: int,
    start: int | None,
    started_by: str,
    outcomes: Mapping[str, Outcome],
    pauses: list[tuple[int, int | None]],
) -> ClockState:
    hours, applies = _hours(step, facts.band)
    outcome = outcomes.get(step.code)
    if outcome is None and not applies:
        return ClockState(policy.code, step.code, State.NOT_DUE_HERE, why="severity")
    ended, surely, ended_by, said = _ended(step, facts, outcome)
    if start is None and ended is None:
        return ClockState(policy.code, step.code, State.NOT_STARTED)
    allowed = None if hours is None or start is None else round(hours * HOUR_MS)
    stops = pauses if policy.may_pause(step) and start is not None else []
    due: int | None = None
    if start is not None and allowed is not None:
        due = _due(start, allowed, stops)
        if step.said_by_source and facts.due_said is not None:
            due = facts.due_said
            allowed = max(due - start, 0)
    if said == NOT_NOTIFIABLE:
        return ClockState(
            policy.code, step.code, State.NOT_NOTIFIABLE, start_at=start, started_by=started_by, stops=ended_by,
            due_at=due, done_at=ended, outcome=said,
        )  # fmt: skip
    if ended is not None and start is not None and surely <= start and policy.kind_of(step) == LOCAL:
        return ClockState(
            policy.code, step.code, State.DONE_BEFORE, start_at=start, started_by=started_by, stops=ended_by,
            due_at=due, done_at=ended, outcome=said,
        )  # fmt: skip
    if ended is not None:
        late = due is not None and ended > due
        used = None if allowed is None or start is None else _share(_elapsed(start, ended, stops), allowed)
        return ClockState(
            policy.code, step.code, State.MET_LATE if late else State.MET, start_at=start, started_by=started_by,
            stops=ended_by, due_at=due, used=used, left_ms=None if due is None else due - ended, done_at=ended,
            outcome=said,
        )  # fmt: skip
    assert start is not None  # noqa: S101 - said above; mypy cannot follow
    elapsed = _elapsed(start, now, stops)
    left = None if allowed is None else allowed - elapsed
    pressure = _pressure(policy, left, allowed)
    paused = any(begun <= now and (end is None or now < end) for begun, end in stops)
    if is_provisional(policy, started_by):
        state = State.PROVISIONAL
    elif paused and pressure is not State.MISSED:
        state = State.PAUSED
    else:
        state = pressure
    return ClockState(
        policy.code, step.code, state, pressure, start, started_by, "", due, left,
        None if allowed is None else _share(elapsed, allowed), None, "", now - start - elapsed,
    )  # fmt: skip


def _ended(step: Step, facts: Facts, outcome: Outcome | None) -> tuple[int | None, int, str, str]:
    """Return (when, the first millisecond surely after that, by what, which outcome) a step ended.

    An outcome goes before the incident's own times; it is recorded by the minute.
    """
    if outcome is not None:
        return outcome.at, outcome.at + _MINUTE_MS, "outcome", outcome.outcome
    if not step.stopped_by or not facts.times:
        return None, 0, "", ""
    ends = sorted((facts.times[name], name) for name in step.stopped_by if name in facts.times)
    if not ends:
        return None, 0, "", ""
    at, name = ends[0]
    return at, facts.ends.get(name, at + 1), name, DONE


def _pressure(policy: Policy, left: int | None, allowed: int | None) -> State:
    if left is None or allowed is None:
        return State.RUNNING
    if left < 0:
        return State.MISSED
    if left <= policy.red * allowed:
        return State.RED
    return State.AMBER if left <= policy.amber * allowed else State.RUNNING


def _share(elapsed: int, allowed: int) -> float:
    return max(elapsed, 0) / allowed if allowed > 0 else 1.0


def _union(pauses: Sequence[Pause]) -> list[tuple[int, int | None]]:
    """Return pauses as times that do not overlap: two laptops that both noted one do not make it twice as long."""
    found: list[tuple[int, int | None]] = []
    spans = [(pause.from_at, pause.until_at) for pause in pauses if _is_span(pause)]
    for begun, end in sorted(spans, key=lambda span: (span[0], span[1] is None, span[1] or 0)):
        if found:
            last_begun, last_end = found[-1]
            if last_end is None:
                break
            if begun <= last_end:
                found[-1] = (last_begun, None if end is None else max(end, last_end))
                continue
        found.append((begun, end))
    return found


def _is_span(pause: Pause) -> bool:
    return pause.until_at is None or pause.until_at > pause.from_at


def _elapsed(start: int, now: int, pauses: list[tuple[int, int | None]]) -> int:
    """Return how much of the time from a start until now counts; below 0 for a start a little ahead of this clock."""
    stood = 0
    for begun, end in pauses:
        low = max(begun, start)
        high = now if end is None else min(end, now)
        stood += max(high - low, 0)
    return now - start - stood


def _due(start: int, allowed: int, pauses: list[tuple[int, int | None]]) -> int | None:
    """Return when the time is used up, None while a pause before that has no end."""
    at, left = start, allowed
    for begun, end in pauses:
        if end is not None and end <= at:
            continue
        run = max(begun - at, 0)
        if left < run:
            break
        left -= run
        if end is None:
            return None
        at = max(at, end)
    return at + left
