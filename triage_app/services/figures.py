"""Figures of a reporting window: every number computed, never typed, and the list behind each of them.

What is counted, and how, is in ``domain.figures``. A number has a name, by which its list is asked for: "incidents",
"victims-supported", "category:3", "left-out:exercise".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain import figures as computed
from triage_app.domain.campaigns import Campaign, meanings
from triage_app.domain.figures import NOT_KNOWN, Case, Figures, Support
from triage_app.domain.records import campaign_id
from triage_app.domain.severity import band
from triage_app.domain.windows import Window
from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services import campaigns, classification, precise_times, reporting_windows
from triage_app.services.histories import action_words
from triage_app.services.times import in_words, iso
from triage_app.services.vocabularies import rsit_types
from triage_app.store import counted
from triage_app.store.connection import Store

INCIDENTS: Final = "incidents"
VICTIMS: Final = "victims-supported"
GROUPS: Final = ("campaign", "category", "class", "severity", "status")
"The breakdowns, in the order in which they are shown."

_SEVERITIES: Final = ("critical", "high", "medium", "low", "info", NOT_KNOWN)
_STATUSES: Final = ("open", "closed")


@dataclass(frozen=True)
class Number:
    """One number, with the ids behind it."""

    name: str
    words: str
    ids: tuple[str, ...]
    kind: str = "incident"
    "Of what the ids are: incident or victim."
    at_least: bool = False
    "Whether there may be more: something is withheld, waits, or has no time that anybody recorded."

    @property
    def count(self) -> int:
        """The number itself."""
        return len(self.ids)

    @property
    def said(self) -> str:
        """The number as it is read: "at least 230"."""
        return say("at least {0}", f"{self.count:,}") if self.at_least else f"{self.count:,}"


@dataclass(frozen=True)
class Report:
    """The figures of one window."""

    window: Window
    campaign: Campaign | None
    incidents: Number
    victims: Number
    groups: Mapping[str, tuple[Number, ...]]
    left_out: tuple[Number, ...]
    notes: tuple[Number, ...]
    "What the numbers rest on: counted by opening, across an end, without a time."
    partial: bool
    "Whether something of the journal is withheld, or waits."
    fault: str = ""
    merged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    supports: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def numbers(self) -> list[Number]:
        """Return every number, those that lead first."""
        grouped = [number for name in GROUPS for number in self.groups.get(name, ())]
        return [self.incidents, self.victims, *grouped, *self.left_out, *self.notes]

    def number(self, name: str) -> Number:
        """Return one by its name. Raises ``BadInput``."""
        word = name.strip().lower()
        for one in self.numbers():
            if one.name.lower() == word:
                return one
        raise BadInput(
            say("No number here is called “{0}”.", name[:60]),
            say("Use one of: {0}.", ", ".join(one.name for one in self.numbers())),
        )


def compute(store: Store, window: Window, campaign: Campaign | None = None) -> Report:
    """Compute every figure of a window, of one campaign or of all."""
    return between(store, window, window.start_at, window.end_at, campaign)


def between(store: Store, window: Window, start: int, end: int, campaign: Campaign | None = None) -> Report:
    """Compute the figures from a moment until before another; ``window`` is what they are shown under."""
    every = campaigns.listing(store)
    means = meanings(every)
    loaded = reporting_windows.of_store(store)
    found = computed.compute(
        [_case(row, means, loaded.left_out) for row in counted.cases(store)],
        [
            Support(action, victim, organisation or person or victim, incident, done_at)
            for action, victim, organisation, person, incident, done_at in counted.successes(store)
        ],
        counted.same(store),
        start,
        end,
        campaign="" if campaign is None else campaign.id,
        band=band,
    )
    return _report(found, window, campaign, every, counted.is_partial(store), loaded.fault)


def _case(row: counted.CaseRow, means: Mapping[str, str], left_out: Sequence[str]) -> Case:
    reported = precise_times.moment_of(row.reported)
    named = campaign_id(row.campaign) if row.campaign else ""
    return Case(
        row.id,
        None if reported is None else reported.at,
        None if reported is None else reported.end(),
        row.opened_at,
        means.get(named, named),
        next(filter(None, map(_category, row.categories)), None),
        row.rsit,
        row.severity if row.severity is not None and 0 <= row.severity <= 100 else None,
        "closed" if row.status == "closed" else "open",
        row.determination if row.determination in left_out else "",
    )


def _category(untrusted_value: Any) -> int | None:
    """Return a UK category, 1 to 6; None for whatever else a bundle may have brought."""
    category = untrusted_value.get("category") if isinstance(untrusted_value, Mapping) else None
    return category if type(category) is int and 1 <= category <= 6 else None


def _report(
    found: Figures, window: Window, campaign: Campaign | None, every: Sequence[Campaign], partial: bool, fault: str
) -> Report:
    names = {one.id: one.name for one in every}
    more = partial or bool(found.untimed)
    classes = rsit_types()
    determinations = classification.determinations()

    def numbers(group: str, values: Mapping[str, tuple[str, ...]], words: Mapping[str, str]) -> tuple[Number, ...]:
        return tuple(
            Number(
                f"{group}:{words.get(value, value) if group == 'campaign' and value != NOT_KNOWN else value}",
                say("Not known") if value == NOT_KNOWN else words.get(value, value),
                ids, at_least=more,
            )
            for value, ids in values.items()
        )  # fmt: skip

    categories = {str(category): say("Category {0}", category) for category in range(1, 7)}
    groups = {
        "campaign": _largest(
            _renamed(numbers("campaign", found.by_campaign, names), "campaign:none", say("No campaign"))
        ),
        "category": _ordered(numbers("category", found.by_category, categories), [*categories, NOT_KNOWN]),
        "class": _largest(numbers("class", found.by_class, classes)),
        "severity": _ordered(
            numbers("severity", found.by_severity, {s: say(s.capitalize()) for s in _SEVERITIES}), _SEVERITIES
        ),
        "status": _ordered(
            numbers("status", found.by_status, {"open": say("open").capitalize(), "closed": say("Closed")}), _STATUSES
        ),
    }
    notes = (
        Number("by-opening",
               say("Counted by when they were opened, as no time of reporting is recorded"), found.by_opening),
        Number("across", say("Reported in a month or year that an end of the window cuts; counted by its beginning"),
               found.across),
        Number("no-time", say("Without any time: in no window"), found.untimed),
        Number("victims-no-time", say("Supported with success at a time that is not recorded: not counted"),
               found.untimed_victims, "victim"),
    )  # fmt: skip
    return Report(
        window,
        campaign,
        Number(INCIDENTS, say("Incidents"), found.incidents, at_least=more),
        Number(VICTIMS, say("Victims supported"), found.victims, "victim", partial or bool(found.untimed_victims)),
        groups,
        _largest(numbers("left-out", found.left_out, determinations)),
        tuple(note for note in notes if note.ids),
        partial,
        fault,
        found.merged,
        found.supports,
    )


def _renamed(found: Sequence[Number], name: str, words: str) -> list[Number]:
    """An incident without a campaign belongs to none: that is known."""
    return [
        Number(name, words, one.ids, one.kind, one.at_least) if one.name.endswith(f":{NOT_KNOWN}") else one
        for one in found
    ]


def _largest(found: Sequence[Number]) -> tuple[Number, ...]:
    return tuple(
        sorted(found, key=lambda one: (one.name in ("campaign:none", f"class:{NOT_KNOWN}"), -one.count, one.name))
    )


def _ordered(found: Sequence[Number], order: Sequence[str]) -> tuple[Number, ...]:
    places = {value: place for place, value in enumerate(order)}
    return tuple(sorted(found, key=lambda one: (places.get(one.name.partition(":")[2], len(places)), one.name)))


def rows(store: Store, report: Report, number: Number) -> list[dict[str, Any]]:
    """Return the list behind a number: as many rows as it counts, each with its id and reference.

    Of a matter of several incidents the row is that of one, and ``same_as`` names the others.
    """
    if number.kind == "victim":
        return _victim_rows(store, report, number)
    wanted = set(number.ids) | {name for one in number.ids for name in report.merged.get(one, ())}
    shown = counted.incidents_shown(store, sorted(wanted))
    found = []
    for entity in number.ids:
        row = shown.get(entity)
        if row is None:
            continue
        others = [shown[name] for name in report.merged.get(entity, ()) if name in shown]
        reported = [one["times"]["reported"] for one in [row, *others] if one["times"].get("reported")]
        moments = [moment for moment in map(precise_times.moment_of, reported) if moment is not None]
        first = min(moments, key=lambda moment: moment.at, default=None)
        found.append(
            {
                "id": entity, "ref": row["ref"], "title": row["title"],
                "reported": None if first is None else iso(first.at),
                "reported_words": "" if first is None else precise_times.in_words(first),
                "opened": iso(row["created_at"]), "opened_words": in_words(row["created_at"]),
                "severity": row["severity"], "status": row["status"],
                "campaign": row["campaign"], "determination": row["determination"],
                "same_as": [one["ref"] for one in others if one["id"] != entity],
            }
        )  # fmt: skip
    return found


def _victim_rows(store: Store, report: Report, number: Number) -> list[dict[str, Any]]:
    shown = counted.victims_shown(store, list(number.ids))
    by = {name: report.supports.get(name, ()) for name in number.ids}
    actions = counted.actions_shown(store, sorted({action for names in by.values() for action in names}))
    found = []
    for entity in number.ids:
        row = shown.get(entity)
        if row is None:
            continue
        done = [actions[name] for name in by[entity] if name in actions]
        found.append(
            {
                "id": entity, "ref": row["ref"], "party": row["party"],
                "organisation": row["organisation"].partition(":")[2],
                "organisation_name": row["organisation_name"] or "", "person": row["person"],
                "incident": row["incident"], "incident_ref": row["incident_ref"] or "",
                "incident_title": row["incident_title"] or "",
                "actions": [one["ref"] for one in done],
                "first_success": iso(done[0]["done_at"]) if done else None,
                "first_success_words": in_words(done[0]["done_at"]) if done else "",
                "first_action": action_words(done[0]["code"]) if done else "",
            }
        )  # fmt: skip
    return found


def as_data(report: Report) -> dict[str, Any]:
    """Return a report as the command line prints it, the ids behind each number with it."""
    return {
        "window": reporting_windows.as_data(report.window),
        "campaign": None if report.campaign is None else report.campaign.name,
        INCIDENTS: _as_data(report.incidents),
        "victims_supported": _as_data(report.victims),
        **{f"by_{name}": [_as_data(one) for one in report.groups[name]] for name in GROUPS},
        "left_out": [_as_data(one) for one in report.left_out],
        "notes": [_as_data(one) for one in report.notes],
        "partial": report.partial,
        "problem": report.fault,
    }


def _as_data(number: Number) -> dict[str, Any]:
    return {
        "name": number.name, "words": number.words, "count": number.count, "at_least": number.at_least,
        "ids": list(number.ids),
    }  # fmt: skip
