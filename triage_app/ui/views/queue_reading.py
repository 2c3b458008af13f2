"""What the queue asks of the store: ids, counts, and what the pane shows of one alert. No widget, no writing."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
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
from triage_app.store import alerts, assumed, history, labels, lookup, records
from triage_app.store.alerts import AlertFilter
from triage_app.store.connection import Store
from triage_app.store.records import RecordFilter
from triage_app.ui.views.shown import harmless

FIRST: Final = 200
"""Alerts shown before all of them have been found."""

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


def first_page(store: Store, narrowed: AlertFilter, order: str, descending: bool) -> array[int]:
    """Return the first alerts, quickly: those whose snooze has run out come with ``everything``."""
    return alerts.first_ids(store, replace(narrowed, now=None), order, descending, FIRST)


def everything(
    store: Store,
    narrowed: AlertFilter,
    order: str,
    descending: bool,
    keys: Sequence[str],
    clock: Clocked,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Listed | None:
    """Return all that passes the filter, the counts, and where some alerts are now; None if it is unwanted by then."""
    if not is_wanted():
        return None
    now = milliseconds(clock.now())
    undecided = AlertFilter(now=now)
    found = alerts.ids(store, narrowed, order, descending)
    if not is_wanted():
        return None
    open_ones = alerts.count(store, undecided)
    anything = bool(open_ones or found) or alerts.count(store, AlertFilter(states=_EVERY_STATE)) > 0
    return Listed(
        found,
        open_ones,
        alerts.count(store, replace(undecided, min_severity=WORDS_FROM_SEVERITY)),
        anything,
        not anything and bool(records.passing(store, RecordFilter(""))),
        alerts.numbers_of(store, keys),
        {row["code"]: row["name"] for row in lookup.organisations(store)},
        narrowed.text,
        records.passing(store, RecordFilter("", text=narrowed.text)) if narrowed.text else {},
        at_work(store, now),
    )


def keys_of(store: Store, numbers: Sequence[int]) -> list[str]:
    """Return the keys of some alerts, in the order given."""
    found = alerts.rows(store, numbers)
    return [found[number]["key"] for number in numbers if number in found]


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
    return More(alerts.activity(store, key), shared, listed, _decisions(store, key, row or {}), whose, label)


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
