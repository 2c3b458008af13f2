"""The duties that are open: over everything, and of one incident when it is to be closed or silenced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final
from weakref import WeakKeyDictionary

from triage_app.domain import clocks as rules
from triage_app.errors import BadInput
from triage_app.language import plural, say
from triage_app.services import clock_policies
from triage_app.services.clocks import Clock, Known, OpenStep, nearness, of_advisories, of_incident, of_row, read_known
from triage_app.store import clocks as kept
from triage_app.store.connection import Store

MOST_ASLEEP: Final = 20_000
"""Closed incidents that are remembered of one store; of more of them the rest are worked out each time."""


@dataclass
class _Asleep:
    """The closed incidents of a store of which nothing is open, each with a digest of what its clocks are made of.

    A closed incident of which nothing is open stays so whatever the time, until something of it changes. Thousands of
    them are looked at every minute, as a duty may come to one by a bundle. A digest, because what is sealed or erased
    must not live on here.
    """

    shared: tuple[Any, ...] = ()
    "What the clocks of all of them depend on."
    incidents: dict[str, bytes] = field(default_factory=dict)


_asleep: WeakKeyDictionary[Store, _Asleep] = WeakKeyDictionary()


def all_open(store: Store, now: int, *, local: bool = True) -> list[OpenStep]:
    """Return every open step over incidents and advisories that are worked on, nearest first.

    ``local`` says whether local targets belong to it.
    """
    facts = read_known(store, None)
    clocks: list[Clock] = []
    shared = (facts.policies, facts.own_organisation, facts.exercise, tuple(facts.switches.items()))
    asleep = _asleep.setdefault(store, _Asleep())
    before = asleep.incidents if asleep.shared == shared else {}
    still: dict[str, bytes] = {}
    for row in kept.incidents(store):
        made_of = _made_of(facts, row) if row["status"] == "closed" else b""
        if not made_of or before.get(row["id"]) != made_of:
            found = list(of_row(facts, row, now, only_open=True))
            clocks += found
            if found or not made_of:
                continue
        if len(still) < MOST_ASLEEP:
            still[row["id"]] = made_of
    asleep.shared, asleep.incidents = shared, still
    clocks += of_advisories(store, facts, now)
    steps = [
        OpenStep(clock, state)
        for clock in clocks
        for state in clock.steps
        if state.open and (local or clock.policy.kind_of(clock.step(state)) != rules.LOCAL)
    ]
    steps.sort(key=nearness)
    return steps


def _made_of(facts: Known, row: dict[str, Any]) -> bytes:
    """Return a digest of all that the clocks of one incident are made of."""
    parts = [part.get(row["id"], ()) for part in (facts.clocks, facts.outcomes, facts.pauses)]
    whole = repr((facts.looked.get(row["id"]), tuple(row.values()), parts))
    return blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def open_duties(store: Store, incident: str, now: int) -> list[OpenStep]:
    """Return what stands against closing an incident: its open steps, local targets excepted (closing ends those)."""
    return [
        OpenStep(clock, state)
        for clock in of_incident(store, incident, now)
        for state in clock.steps
        if state.open and clock.policy.kind_of(clock.step(state)) != rules.LOCAL
    ]


def duty_code(one: OpenStep) -> str:
    """Return the word by which a person names an open step: policy/step, with whose it is where it was added."""
    named = f"{one.state.policy}/{one.state.step}"
    return named if one.clock.own else f"{named}@{one.clock.organisation.partition(':')[2]}"


def refuse_open_duties(store: Store, incident: str, now: int, staying_open: Sequence[str] = ()) -> list[str]:
    """Raise ``BadInput`` naming the duties that are open and not on a list of what stays open; return that list."""
    waiting = {duty_code(one): one for one in open_duties(store, incident, now)}
    unknown = [code for code in staying_open if code not in waiting]
    if unknown:
        raise BadInput(
            say("“{0}” is not open on this incident.", unknown[0]),
            say("Open are: {0}.", ", ".join(waiting) or "none"),
            "open-clocks",
        )
    left = {code: one for code, one in waiting.items() if code not in staying_open}
    if left:
        named = "; ".join(f"{one.clock.policy.name} ({one.state.state}, {code})" for code, one in left.items())
        raise BadInput(
            plural(len(left), "A clock is open: {1}.", "{0} clocks are open: {1}.").format(len(left), named),
            "Record each as notified, decide by name that it is not notifiable, or list it as staying open.",
            "open-clocks",
        )
    return list(staying_open)


def refuse_silence(store: Store, incident: str, determination: str, now: int) -> None:
    """Raise ``BadInput`` for a determination without a reason that would make the incident's open duties vanish."""
    if determination not in clock_policies.of_store(store).no_clocks_for:
        return
    if waiting := open_duties(store, incident, now):
        names = "; ".join(dict.fromkeys(one.clock.policy.name for one in waiting))
        raise BadInput(
            plural(
                len(waiting),
                "“{0}” ends every clock of this incident, and {1} of them is open: {2}.",
                "“{0}” ends every clock of this incident, and {1} of them are open: {2}.",
            ).format(determination, len(waiting), names),
            "Say why it is so.",
            "open-clocks",
        )
