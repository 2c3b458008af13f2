"""What the queue asks of the store: ids, counts, and what the pane shows of one alert. No widget, no writing."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from triage_app.domain import corrections
from triage_app.services.alert_filter import Clocked
from triage_app.services.changes import milliseconds
from triage_app.services.histories import correction_words, triage_words
from triage_app.services.related import Related
from triage_app.services.relating import of_alert
from triage_app.services.rules import AtWork, at_work
from triage_app.services.times import in_words
from triage_app.services.triage import WORDS_FROM_SEVERITY
from triage_app.store import (
    alert_activity,
    alert_changes,
    alerts,
    assumed,
    first_alerts,
    history,
    labels,
    lookup,
    records,
)
from triage_app.store.alerts import AlertFilter
from triage_app.store.connection import Store
from triage_app.store.records import RecordFilter
from triage_app.ui.views.shown import harmless

FIRST: Final = 200
"""Alerts shown before all of them have been found."""

FOLLOWED: Final = 64
"""Alerts that are followed one by one after an act; after a larger one, all are found again."""

_BY_DECISION: Final = ("by", "campaign")
"Of the terms of a filter, those that ask for what people decided."

_ORDERING: Final = (
    "severity", "title", "source", "organisation", "count", "first_seen", "last_seen", "corrected", "newest",
)  # fmt: skip

_EVERY_STATE: Final = alerts.SHOWN_STATES


@dataclass(frozen=True)
class Listed:
    """What a look at the queue found."""

    ids: array[int]
    undecided: int
    high: int
    "Of the undecided, those of high severity or above."
    anything: bool
    "Whether there is any alert at all, decided or not."
    anything_else: bool
    "Whether there is other evidence, where there is no alert."
    numbers: Mapping[str, int]
    "Where the alerts asked about are now, by key: numbers change when an import is taken back."
    organisations: Mapping[str, str]
    words: str
    "The words it was narrowed to, as they were typed."
    in_lists: Mapping[str, int]
    "In how many records of each other kind of evidence those words stand."
    ruled: AtWork
    "How many rules are at work, and what they put aside today."


class Counts:
    """How many alerts are to be decided, and how many of them are severe: counted once between two changes.

    A filter that is typed asks at every key, and to count a million takes longer than to find what it is for.
    """

    def __init__(self) -> None:
        self._since = 0
        self._counted: tuple[int, int, tuple[int, int]] | None = None
        "(how many changes there had been, ms, what was counted): set by whichever thread counts."

    def forget(self) -> None:
        """Something has changed."""
        self._since += 1

    def of(self, store: Store, now: int) -> tuple[int, int]:
        """Return the two numbers at a moment (ms)."""
        since, held = self._since, self._counted
        if held is not None and held[0] == since and not alert_changes.came_back(store, held[1], now):
            return held[2]
        found = alert_changes.undecided(store, now, WORDS_FROM_SEVERITY)
        self._counted = since, now, found
        return found


def first_page(store: Store, narrowed: AlertFilter, order: str, descending: bool) -> array[int]:
    """Return the first alerts, quickly: those whose snooze has run out come with ``everything``."""
    return first_alerts.first_ids(store, replace(narrowed, now=None), order, descending, FIRST)


def everything(
    store: Store,
    narrowed: AlertFilter,
    order: str,
    descending: bool,
    keys: Sequence[str],
    clock: Clocked,
    counts: Counts,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Listed | None:
    """Return all that passes the filter, the counts, and where some alerts are now; None if it is unwanted by then."""
    if not is_wanted():
        return None
    now = milliseconds(clock.now())
    found = alerts.ids(store, narrowed, order, descending)
    if not is_wanted():
        return None
    open_ones, high = counts.of(store, now)
    anything = bool(open_ones or found) or alerts.count(store, AlertFilter(states=_EVERY_STATE)) > 0
    return Listed(
        found,
        open_ones,
        high,
        anything,
        not anything and bool(records.passing(store, RecordFilter(""))),
        alerts.numbers_of(store, keys),
        {row["code"]: row["name"] for row in lookup.organisations(store)},
        narrowed.text,
        records.passing(store, RecordFilter("", text=narrowed.text)) if narrowed.text else {},
        at_work(store, now),
    )


@dataclass(frozen=True)
class Followed:
    """What an act came to for the list as it stands."""

    gone: array[int]
    "Alerts that no longer belong into it."
    rows: Mapping[int, Mapping[str, Any]]
    "Those that do, as the store has them now."
    undecided: int
    high: int


def follow(
    store: Store,
    narrowed: AlertFilter,
    touched: Collection[tuple[str, str]],
    since: int,
    clock: Clocked,
    counts: Counts,
) -> Followed | None:
    """Return what an act changes for a list that was read at a moment (ms); None where all is to be read again.

    Only the state of an alert is asked for: what else a filter asks for stands in the evidence, or is left to a whole
    look (``_BY_DECISION``).
    """
    if any(term.field in _BY_DECISION for term in narrowed.terms):
        return None
    now = milliseconds(clock.now())
    keys = alert_changes.touched_keys(store, touched, FOLLOWED)
    if keys is None or alert_changes.came_back(store, since, now):
        return None
    numbers = list(alerts.numbers_of(store, keys).values())
    if len(numbers) < len(keys):
        return None
    passing = alert_changes.in_states(store, replace(narrowed, now=now), numbers)
    return Followed(
        array("q", (number for number in numbers if number not in passing)),
        alerts.rows(store, sorted(passing)),
        *counts.of(store, now),
    )


def stands_as(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool:
    """Tell whether an alert is still where it was in every order, and is found by the same words."""
    return before is not None and all(before[field] == now[field] for field in _ORDERING)


@dataclass(frozen=True)
class More:
    """What the pane shows of an alert once it has been looked up."""

    activity: list[int]
    related: Related | None
    "What it shares with others; None where the alert is gone."
    in_lists: dict[str, dict[str, int]]
    "By value: in how many records of each other kind of evidence it stands."
    history: list[str]
    assumed: str
    "As ``assumed.organisation`` says."
    label: str
    "The TLP label under which it is sent: the stricter of its source's and those of its incidents."


def more_of(store: Store, key: str, values: Sequence[str], is_wanted: Callable[[], bool]) -> More | None:
    """Return when an alert was seen, where its indicators are, and what was decided; None if unwanted."""
    if not is_wanted():
        return None
    shared = of_alert(store, key, is_wanted)
    listed = {}
    for value in values:
        if not is_wanted():
            return None
        listed[value] = records.passing(store, RecordFilter("", text=value))
    row = next(iter(alerts.rows(store, list(alerts.numbers_of(store, [key]).values())).values()), None)
    whose = assumed.organisation(store, row) if row is not None else ""
    label = labels.of_evidence(store, bytes.fromhex(key), row["tlp"] if row is not None else "")
    return More(alert_activity.activity(store, key), shared, listed, _decisions(store, key, row or {}), whose, label)


def _decisions(store: Store, key: str, row: Mapping[str, Any]) -> list[str]:

    def told(operation: Mapping[str, Any]) -> str:
        field = corrections.corrected(operation["field"])
        if not field:
            return triage_words(operation["after"])
        of_source = row.get("corrected", {}).get(field, {}).get("was", row.get(field))
        return harmless(correction_words(field, operation["before"], operation["after"], of_source))

    lines = [
        (operation["at"], operation["author"], told(operation), operation["because"])
        for operation in history.operations_of(store, "alert", key)
    ]
    lines += [
        (note["created_at"], note["created_by"], note["text"], "")
        for note in lookup.listing(store, "note", "n.about = ?", (key,))
    ]
    return [
        f"{in_words(at)}, {lookup.responder_name(store, who)}: {said}" + (f". {because}" if because else "")
        for at, who, said, because in sorted(lines, key=lambda line: line[0] or 0)
    ]
