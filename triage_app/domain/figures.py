"""Figures of a reporting window, computed from what stands. Pure: what is counted, once, and what is not known.

An incident is counted by when it was reported; where nobody recorded that, by when it was opened here, and how many
rest on that is a figure of its own. Incidents linked as the same are one. Exercises, discarded and duplicate ones
are out. A victim is supported in a window when a support action succeeded inside it on an incident of a matter that
counts, whenever that was opened; people and organisations linked as the same are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

NOT_KNOWN: Final = "not-known"
"The value of a breakdown under which what nobody recorded is counted: it is never left out, and never nought."

PLAYED: Final = "exercise"
"The determination of what was played: it helped nobody, whatever it is linked with."


@dataclass(frozen=True)
class Case:
    """What an incident tells of itself to be counted."""

    id: str
    reported_at: int | None
    "UTC milliseconds; None where nobody recorded it."
    reported_until: int | None
    "The first millisecond after the period that was recorded, of a year known alone the next one's first."
    opened_at: int | None
    campaign: str = ""
    "The campaign's own id."
    category: int | None = None
    rsit: str = ""
    "The primary class and type."
    severity: int | None = None
    status: str = "open"
    left_out: str = ""
    "The determination by which it is out; '' where it counts."


@dataclass(frozen=True)
class Support:
    """One support action that succeeded."""

    id: str
    victim: str
    party: str
    "Who was supported: the organisation's or the person's id, the victim's own where neither is known."
    incident: str
    done_at: int | None


@dataclass(frozen=True)
class Matter:
    """Incidents that are one matter, as it is counted."""

    id: str
    "The smallest id of those that count."
    members: tuple[str, ...]
    at: int | None
    until: int | None
    by_opening: bool
    campaigns: frozenset[str]
    category: int | None
    rsit: str
    severity: int | None
    status: str
    left_out: str
    helped_in: frozenset[str] = frozenset()
    """The incidents whose support counts: the members, and those that are out by themselves but linked with a member.

    Somebody was helped on the duplicate, or on what was set aside and then found to be the same matter; what was
    played is never among them.
    """


@dataclass(frozen=True)
class Figures:
    """Every number as the ids behind it."""

    incidents: tuple[str, ...]
    by_campaign: Mapping[str, tuple[str, ...]]
    by_category: Mapping[str, tuple[str, ...]]
    by_class: Mapping[str, tuple[str, ...]]
    by_severity: Mapping[str, tuple[str, ...]]
    by_status: Mapping[str, tuple[str, ...]]
    victims: tuple[str, ...]
    "One victim for each party that was supported."
    left_out: Mapping[str, tuple[str, ...]]
    by_opening: tuple[str, ...]
    "Counted by when they were opened, as nobody recorded when they were reported."
    across: tuple[str, ...]
    "Reported in a month or a year that an end of the window cuts: they are counted by its beginning."
    untimed: tuple[str, ...]
    "Neither known: they are in no window, so what there is may be more."
    untimed_victims: tuple[str, ...]
    "Supported with success at a time that nobody recorded, and in this window by no other action."
    merged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    "Of each matter of several incidents, the incidents."
    supports: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    "Of each victim counted, the actions by which it is."


def components(names: Iterable[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return for each name the smallest name that it is linked with, however far round; links may run in circles."""
    root: dict[str, str] = {name: name for name in names}

    def top(name: str) -> str:
        root.setdefault(name, name)
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for one, other in links:
        first, second = sorted((top(one), top(other)))
        root[second] = first
    return {name: top(name) for name in root}


def matters(cases: Iterable[Case], links: Iterable[tuple[str, str]]) -> list[Matter]:
    """Return incidents as the matters they are; of one in which some are out and some are not, those that are not."""
    every = {case.id: case for case in cases}
    groups: dict[str, list[Case]] = {}
    for name, top in components(every, links).items():
        if name in every:
            groups.setdefault(top, []).append(every[name])
    found = []
    for group in groups.values():
        counted = [case for case in group if not case.left_out] or group
        found.append(_matter(counted, frozenset(case.id for case in group if case.left_out != PLAYED)))
    return sorted(found, key=lambda one: (one.at is None, one.at or 0, one.id))


def _matter(group: list[Case], helped_in: frozenset[str]) -> Matter:
    reported = sorted((case.reported_at, case.reported_until or case.reported_at + 1, case.id)
                      for case in group if case.reported_at is not None)  # fmt: skip
    opened = sorted((case.opened_at, case.id) for case in group if case.opened_at is not None)
    at: int | None = None
    until: int | None = None
    if reported:
        at, until = reported[0][:2]
    elif opened:
        at, until = opened[0][0], opened[0][0] + 1
    order = sorted(group, key=lambda case: (case.reported_at is None, case.reported_at or case.opened_at or 0, case.id))
    severities = [case.severity for case in group if case.severity is not None]
    categories = [case.category for case in group if case.category is not None]
    return Matter(
        min(case.id for case in group),
        tuple(case.id for case in order),
        at,
        until,
        not reported and bool(opened),
        frozenset(case.campaign for case in group if case.campaign),
        min(categories, default=None),  # the lower is the worse
        next((case.rsit for case in order if case.rsit), ""),
        max(severities, default=None),
        "open" if any(case.status != "closed" for case in group) else "closed",
        order[0].left_out,
        helped_in,
    )


def compute(
    cases: Iterable[Case],
    supports: Iterable[Support],
    links: Iterable[tuple[str, str]],
    start: int,
    end: int,
    *,
    campaign: str = "",
    band: Callable[[int], str] = str,
) -> Figures:
    """Return the figures of the time from ``start`` until before ``end`` (UTC milliseconds).

    ``campaign`` narrows them to one; ``band`` names a severity. Links are pairs of ids of one kind; ids of several
    kinds may come in one list, as no two share one.
    """
    links = list(links)
    every = [one for one in matters(cases, links) if not campaign or campaign in one.campaigns]
    counted = [one for one in every if not one.left_out]
    inside = [one for one in counted if one.at is not None and start <= one.at < end]
    out = [one for one in every if one.left_out and one.at is not None and start <= one.at < end]
    across = [
        one
        for one in counted
        if one.at is not None and one.until is not None and any(one.at < edge < one.until for edge in (start, end))
    ]
    victims, untimed_victims, done = _supported(
        supports, links, {name for one in counted for name in one.helped_in}, start, end
    )
    return Figures(
        _ids(inside),
        _by(inside, lambda one: sorted(one.campaigns) or [NOT_KNOWN]),
        _by(inside, lambda one: [NOT_KNOWN if one.category is None else str(one.category)]),
        _by(inside, lambda one: [one.rsit or NOT_KNOWN]),
        _by(inside, lambda one: [NOT_KNOWN if one.severity is None else band(one.severity).lower()]),
        _by(inside, lambda one: [one.status]),
        victims,
        _by(out, lambda one: [one.left_out]),
        _ids(one for one in inside if one.by_opening),
        _ids(across),
        _ids(one for one in counted if one.at is None),
        untimed_victims,
        {one.id: one.members for one in inside if len(one.members) > 1},
        done,
    )


def _supported(
    supports: Iterable[Support], links: Iterable[tuple[str, str]], counted: set[str], start: int, end: int
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, tuple[str, ...]]]:
    given = [one for one in supports if one.incident in counted]
    party_of = components((one.party for one in given), links)
    inside: dict[str, list[Support]] = {}
    untimed: dict[str, Support] = {}
    for one in sorted(given, key=lambda one: (one.done_at is None, one.done_at or 0, one.id)):
        party = party_of[one.party]
        if one.done_at is None:
            untimed.setdefault(party, one)
        elif start <= one.done_at < end:
            inside.setdefault(party, []).append(one)
    shown = {found[0].victim: tuple(one.id for one in found) for found in inside.values()}
    return tuple(shown), tuple(one.victim for party, one in untimed.items() if party not in inside), shown


def _ids(found: Iterable[Matter]) -> tuple[str, ...]:
    return tuple(one.id for one in found)


def _by(found: Iterable[Matter], values: Callable[[Matter], list[str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for one in found:
        for value in values(one):
            groups.setdefault(value, []).append(one.id)
    return {value: tuple(ids) for value, ids in groups.items()}
