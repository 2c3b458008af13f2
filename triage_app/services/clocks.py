"""Clocks as they stand: of one incident, of one advisory, and of everything that is open.

What changes them is in ``clock_acts``; the rules themselves are in ``domain/clocks``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from triage_app.domain import clock_grid, severity
from triage_app.domain import clocks as rules
from triage_app.domain.clock_grid import Proposal
from triage_app.domain.clocks import ClockState, Facts, Outcome, Pause, Policies, Policy, State, Step
from triage_app.domain.records import ClockName, organisation_id
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services import clock_policies
from triage_app.services.precise_times import moment_of
from triage_app.services.times import in_words
from triage_app.store import clocks as kept
from triage_app.store import history, lookup
from triage_app.store.connection import Store

ADVISORY: Final = "advisory"
INCIDENT: Final = "incident"


@dataclass(frozen=True, slots=True)
class Clock:
    """One duty about one subject, of one organisation in its role, as it stands at a moment."""

    id: str
    policy: Policy
    role: str
    organisation: str
    "Id of the organisation, such as ods:RXX."
    organisation_name: str
    nation: str
    "'' where it is not known here."
    own: bool
    "Whether the organisation opened the incident (or received the advisory), and was not added to it."
    subject_kind: str
    subject: str
    ref: str
    title: str
    steps: tuple[ClockState, ...]
    outcomes: tuple[dict[str, Any], ...] = ()
    "What was recorded of the steps, with reference, reasons and who."
    pauses: tuple[dict[str, Any], ...] = ()
    proposal: Proposal | None = None
    "What the grid proposes, None where nobody has placed it."
    grid: Mapping[str, Any] | None = None
    left_open: frozenset[str] = frozenset()
    "Steps that a person let stay open when the incident was closed."

    @property
    def next(self) -> ClockState | None:
        """The open step that is due first."""
        return rules.next_due(self.steps)

    @property
    def first(self) -> ClockState:
        """The step that speaks for the clock: the next one due, or the last that ended."""
        return self.next or self.steps[-1]

    @property
    def start_at(self) -> int | None:
        """When it began, None while it has not."""
        return next((step.start_at for step in self.steps if step.start_at is not None), None)

    @property
    def provisional(self) -> bool:
        """Whether nobody has said yet that the organisation is aware."""
        return any(step.state is State.PROVISIONAL for step in self.steps)

    @property
    def can_pause(self) -> bool:
        """Whether some open step may stand still."""
        return any(state.open and self.policy.may_pause(self.step(state)) for state in self.steps)

    def step(self, state: ClockState) -> Step:
        """Return the policy's words for a step's state."""
        found = self.policy.step(state.step)
        assert found is not None  # noqa: S101 - a state is made from its step
        return found

    def told(self, state: ClockState) -> str:
        """Return who is told, by the organisation's nation; '' for nobody."""
        return self.policy.told(self.step(state), self.nation)


@dataclass(frozen=True, slots=True)
class OpenStep:
    """One line of a list of clocks."""

    clock: Clock
    state: ClockState

    @property
    def step(self) -> Step:
        """The policy's words for it."""
        return self.clock.step(self.state)


@dataclass
class Known:
    """What is read once for many clocks."""

    policies: Policies
    organisations: dict[str, tuple[str, str]]
    switches: dict[tuple[str, str], bool]
    clocks: dict[str, list[dict[str, Any]]]
    outcomes: dict[str, list[dict[str, Any]]]
    pauses: dict[str, list[dict[str, Any]]]
    looked: dict[str, int]
    exercise: bool
    own_organisation: str
    bands: dict[int | None, str] = field(default_factory=dict)

    @cached_property
    def of_incidents(self) -> list[tuple[Policy, str]]:
        """The policies about incidents, each with the role in which the organisation that opened one has the duty."""
        return [
            (policy, _own_role(self.policies, policy))
            for policy in self.policies.policies
            if policy.subject == INCIDENT
        ]

    def band(self, value: int | None) -> str:
        """Return the word for a severity in lower case."""
        if value not in self.bands:
            self.bands[value] = rules.NOT_KNOWN if value is None else severity.band(value).lower()
        return self.bands[value]


def read_known(store: Store, subjects: Sequence[str] | None) -> Known:
    """Read what the clocks of some subjects depend on, or of all that there are."""
    return Known(
        policies=clock_policies.of_store(store),
        organisations=kept.organisations(store),
        switches=kept.switches(store),
        clocks=kept.clocks(store, subjects),
        outcomes=kept.outcomes(store, subjects),
        pauses=kept.pauses(store, subjects),
        looked=kept.first_decisions(store, subjects),
        exercise=bool(store.meta("exercise", False)),
        own_organisation=organisation_id("ods", store.meta("organisation", "") or ""),
    )


def of_incident(store: Store, incident: str, now: int) -> list[Clock]:
    """Return every clock of an incident, those that are not due here too, nearest first. Raises ``NotFound``."""
    rows = kept.incidents(store, [incident])
    if not rows:
        raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
    found = list(of_row(read_known(store, [incident]), rows[0], now))
    return sorted(found, key=_nearness)


def of_advisory(store: Store, key: str, now: int) -> list[Clock]:
    """Return the clocks of an advisory (its key in hex); none for one that asks for nothing or was history."""
    known = read_known(store, [key])
    return sorted(of_advisories(store, known, now, [key]), key=_nearness)


def nearness(one: OpenStep) -> tuple[Any, ...]:
    """Return what lists of clocks are sorted by, the nearest first."""
    return (*rules.nearness(one.state), one.clock.ref, one.state.policy, one.state.step)


def everything(store: Store, now: int) -> list[Clock]:
    """Return every clock there is, of closed incidents too: for a report."""
    known = read_known(store, None)
    clocks: list[Clock] = []
    for row in kept.incidents(store):
        clocks += of_row(known, row, now)
    return [*clocks, *of_advisories(store, known, now)]


def switched(store: Store) -> dict[str, bool]:
    """Return policy → what this laptop's organisation decided about it; nothing for one it left as it is."""
    own = organisation_id("ods", store.meta("organisation", "") or "")
    return {policy: on for (organisation, policy), on in kept.switches(store).items() if organisation == own}


def refuse_aware(store: Store, incident: str, at: int, now: int) -> None:
    """Raise ``BadInput`` for an *aware* that would come after what was already done about it."""
    for clock in of_incident(store, incident, now):
        if clock.own and clock.policy.starts == rules.AWARE:
            refuse_start_after_outcome(clock, at)


def refuse_start_after_outcome(clock: Clock, at: int) -> None:
    """Raise ``BadInput`` for a start that comes after what was recorded of one of its steps."""
    for one in clock.outcomes:
        if one["outcome"] != rules.NOT_NOTIFIABLE and one["at"] < at:
            raise BadInput(
                say(
                    "{0} was recorded as {1} at {2}, which is before that.",
                    clock.policy.name,
                    one["outcome"],
                    in_words(one["at"]),
                ),
                "Check both times; take the outcome back first if it is the one that is wrong.",
            )


def start_history(store: Store, clock: Clock) -> list[dict[str, Any]]:
    """Return every start that was ever recorded for a clock, oldest first: what was said, by whom, when and why.

    A correction keeps the old one in view. ``at`` is None where a start was taken back.
    """
    if clock.subject_kind == INCIDENT and clock.own and clock.policy.starts == rules.AWARE:
        operations = history.operations_of(store, "incident", clock.subject, "aware")
    else:
        operations = history.operations_of(store, "clock", clock.id, "start")
    found = []
    for row in operations:
        value = row["after"] if isinstance(row["after"], dict) else {}
        found.append(
            {
                "at": value.get("at"), "as_written": str(value.get("as_written", "")),
                "because": row["because"] or str(value.get("because", "")), "recorded_at": row["at"],
                "who": lookup.responder_name(store, row["author"]), "undo": bool(row["undoes"]),
            }
        )  # fmt: skip
    return found


def _nearness(clock: Clock) -> tuple[bool, bool, int, str, str]:
    waiting = clock.next
    late, at = (True, 0) if waiting is None else rules.nearness(waiting)
    return waiting is None, late, at, clock.policy.code, clock.organisation


def of_row(known: Known, row: dict[str, Any], now: int, *, only_open: bool = False) -> Iterable[Clock]:
    """Yield the clocks of an incident; those with an open step alone if that is all that is asked for."""
    code = row["ref"].partition("-")[0]
    if not code:  # its creation is not here: nobody can say whose it is
        return
    about = _About(known, row, organisation_id("ods", code))
    if only_open and about.silent:
        return
    for policy, own_role in known.of_incidents:
        suspected = policy.provisional == "suspected" and rules.suspects(
            policy.suspected_by, about.rsit, about.category
        )
        for organisation, role in _parties(policy, about.own, own_role, about.held):
            is_own = organisation == about.own and role == own_role
            facts = about.facts(known, policy, organisation, role, is_own, suspected)
            if only_open and rules.sleeps(policy, facts):
                continue
            states = rules.states(policy, facts, now)
            if only_open and not any(state.open for state in states):
                continue
            name = ClockName(policy.code, INCIDENT, row["id"], organisation, role)
            yield _clock(known, name, policy, facts.nation, states, row["ref"], row["title"], is_own, about)


class _About:
    """What all clocks of one incident share."""

    def __init__(self, known: Known, row: dict[str, Any], own: str) -> None:
        self.own = own
        self.incident: str = row["id"]
        self.held = known.clocks.get(row["id"], [])
        self.times, untrusted_times = _times(row["times"])
        self.rsit = row["rsit"].split()
        self.category = _category(row)
        self.band = known.band(row["severity"])
        determination = str(row["determination"]).strip().lower().replace(" ", "-")
        self.silent = known.exercise or determination in known.policies.no_clocks_for
        looked = known.looked.get(row["id"])
        created = row["created_at"]
        self.looked = created if looked is None or (created is not None and created < looked) else looked
        self.ends = _ends(self.times, untrusted_times, self.looked)
        self.left_open = _words(row["left_open"])
        self.outcomes = known.outcomes.get(row["id"], [])
        self.pauses = known.pauses.get(row["id"], [])
        self._shared: dict[tuple[bool, bool | None], Facts] = {}

    def row(self, name: ClockName) -> dict[str, Any] | None:
        """Return what was decided on a clock itself."""
        return next((one for one in self.held if one["id"] == name.id), None) if self.held else None

    def facts(self, known: Known, policy: Policy, organisation: str, role: str, own: bool, suspected: bool) -> Facts:
        """Return the facts of one clock; where nobody has decided anything they are those of the next one."""
        switched = known.switches.get((organisation, policy.code))
        plain = own and not (self.held or self.outcomes or self.pauses)
        if plain and (suspected, switched) in self._shared:
            return self._shared[(suspected, switched)]
        nation = known.organisations.get(organisation, ("", ""))[1]
        name = ClockName(policy.code, INCIDENT, self.incident, organisation, role)
        row = self.row(name)
        made = Facts(
            own=own, first_look=self.looked, aware=self.times.get("aware"),
            own_start=None if row is None else row["start_at"], band=self.band,
            nation=nation if nation in _NATIONS else "", suspected=suspected, switched=switched, silent=self.silent,
            times=self.times, ends=self.ends, **_recorded(known, name),
        )  # fmt: skip
        if plain:
            self._shared[(suspected, switched)] = made
        return made


_NATIONS: Final = frozenset({"England", "Scotland", "Wales", "Northern Ireland"})


def _own_role(policies: Policies, policy: Policy) -> str:
    """Return the role in which the organisation that opened an incident has a duty, '' for none."""
    return next((role for role in policy.roles if role in policies.own_roles), "")


def _parties(policy: Policy, own: str, role: str, held: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the organisations that hold a duty, each with its role: the one that opened it, and those added."""
    found = [(own, role)] if role else []
    for row in held:
        party = (row["organisation"], row["role"])
        if row["policy"] != policy.code or party in found or row["role"] not in policy.roles:
            continue
        if row["held"] or row["start_at"] is not None:
            found.append(party)
    return found


def _recorded(known: Known, name: ClockName) -> dict[str, Any]:
    outcomes, pauses = known.outcomes.get(name.subject), known.pauses.get(name.subject)
    found: dict[str, Any] = {}
    if outcomes:
        found["outcomes"] = tuple(
            Outcome(row["step"], row["outcome"], row["at"], row["reference"], row["because"], row["by"])
            for row in outcomes
            if row["clock"] == name.id
        )
    if pauses:
        found["pauses"] = tuple(Pause(row["from_at"], row["until_at"]) for row in pauses if row["clock"] == name.id)
    return found


def _clock(
    known: Known,
    name: ClockName,
    policy: Policy,
    nation: str,
    states: tuple[ClockState, ...],
    ref: str,
    title: str,
    own: bool,
    about: _About | None = None,
) -> Clock:
    clock = name.id
    row = about.row(name) if about is not None else None
    grid = row["grid"] if row is not None and isinstance(row["grid"], dict) else None
    outcomes, pauses = known.outcomes.get(name.subject), known.pauses.get(name.subject)
    return Clock(
        id=clock, policy=policy, role=name.role, organisation=name.organisation,
        organisation_name=known.organisations.get(name.organisation, ("", ""))[0], nation=nation, own=own,
        subject_kind=name.subject_kind, subject=name.subject, ref=ref, title=title, steps=states,
        outcomes=tuple(one for one in outcomes if one["clock"] == clock) if outcomes else (),
        pauses=tuple(one for one in pauses if one["clock"] == clock) if pauses else (),
        proposal=_proposal(policy, grid), grid=grid, left_open=about.left_open if about is not None else frozenset(),
    )  # fmt: skip


def _proposal(policy: Policy, grid: Mapping[str, Any] | None) -> Proposal | None:
    if policy.grid is None or grid is None:
        return None
    likelihood, harm = grid.get("likelihood"), grid.get("severity")
    if type(likelihood) is not int or type(harm) is not int:
        return None
    try:
        return clock_grid.propose(policy.grid, likelihood, harm, vulnerable=grid.get("vulnerable") is True)
    except ValueError:  # a place that another version's grid has
        return None


def of_advisories(store: Store, known: Known, now: int, keys: Sequence[str] | None = None) -> Iterable[Clock]:
    """Yield the clocks of some advisories, or of all."""
    for policy in known.policies.policies:
        role = _own_role(known.policies, policy)
        if policy.subject != ADVISORY or not role:
            continue
        nation = known.organisations.get(known.own_organisation, ("", ""))[1]
        for row in kept.advisories(store, policy.advisory_formats, policy.advisory_severity, keys):
            if row["issued"] is None:
                continue
            name = ClockName(policy.code, ADVISORY, row["key"], known.own_organisation, role)
            facts = Facts(
                issued=row["issued"],
                due_said=row["due"],
                nation=nation if nation in _NATIONS else "",
                switched=known.switches.get((known.own_organisation, policy.code)),
                silent=known.exercise or _was_history(policy, row),
                **_recorded(known, name),
            )
            states = rules.states(policy, facts, now)
            yield _clock(known, name, policy, facts.nation, states, row["value"], row["title"], True)


def _was_history(policy: Policy, row: dict[str, Any]) -> bool:
    """Whether what an advisory asked for was past due when it first came here: that starts no clock."""
    first = policy.steps[0]
    due = row["due"] if first.said_by_source else None
    if due is None and first.hours is not None:
        due = row["issued"] + round(first.hours * rules.HOUR_MS)
    return due is not None and row["came"] is not None and due < row["came"]


def _times(text: str) -> tuple[dict[str, int], dict[str, Any]]:
    """Return the times of an incident that are times, and all as they stand; a bundle may bring anything."""
    if text == "{}":
        return {}, {}
    found, untrusted = {}, json.loads(text)
    for name, value in untrusted.items():
        at = value.get("at") if isinstance(value, dict) else None
        if type(at) is int and abs(at) < 253_402_000_000_000:
            found[name] = at
    return found, untrusted


def _ends(times: Mapping[str, int], untrusted_times: Mapping[str, Any], looked: int | None) -> dict[str, int]:
    """Return where the periods end that begin before the first look: “22 November” may well mean after it."""
    early = [name for name, at in times.items() if looked is not None and at < looked]
    moments = ((name, moment_of(untrusted_times[name])) for name in early)
    return {name: moment.end() for name, moment in moments if moment is not None}


def _category(row: dict[str, Any]) -> int | None:
    """Return the UK category that counts: confirmed before assessed before proposed."""
    for name in ("category_confirmed", "category_assessed", "category_proposed"):
        value = json.loads(row[name]) if row[name] else None
        number = value.get("category") if isinstance(value, dict) else value
        if type(number) is int:
            return number
    return None


def _words(text: str | None) -> frozenset[str]:
    if not text:
        return frozenset()
    value = json.loads(text)
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()
