"""What Home shows, read from the store in one go. No widget here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from triage_app.domain.severity import lowest_of
from triage_app.services import slots, support, systems_down
from triage_app.services.changes import milliseconds
from triage_app.services.histories import action_words
from triage_app.services.rules import AtWork, at_work
from triage_app.services.times import LONDON
from triage_app.store import alerts, figures, journal, lookup, outgoing, peers
from triage_app.store import tasks as store_tasks
from triage_app.store.alerts import AlertFilter
from triage_app.store.connection import Store
from triage_app.ui.views import moments
from triage_app.ui.views.impact_words import lasting
from triage_app.ui.views.shown import harmless

HOURS: Final = 24
SHIFTS: Final = (8, 20)
"Local hours at which the day and the night shift begin."
_DUE_SHOWN: Final = 12


@dataclass(frozen=True)
class HomeRead:
    """Everything that Home shows at once. Times are milliseconds UTC."""

    to_decide: int
    high: int
    open_incidents: int
    opened_this_shift: int
    due: int
    late: int
    latest: str
    "How late the latest of them is, in words; '' for none."
    conflicts: int
    pending: int
    withheld: int
    decided: dict[str, int]
    shift_start: int
    actions: list[dict[str, Any]]
    hourly: list[list[int]]
    "High and above, medium, low and info: one count an hour."
    hour_labels: list[str]
    operations: int
    last_bundle_at: int | None
    bundles: int
    peers: int
    systems_down: int
    worst_down: str
    "The system that presses care most, and for how long it has been down; '' for none."
    incidents_down: int
    "How many incidents have a system down."
    tasks: int
    tasks_late: int
    tasks_latest: str
    "How late the latest of them is, in words; '' for none."
    rules: AtWork
    "The rules that put alerts aside, and what they came to today."
    notices: list[str]
    "What everybody who unlocks is told until it is put right: papers that were used."


def shift_start(now: datetime) -> datetime:
    """Return when the shift that is on began, UK local time."""
    local = now.astimezone(LONDON)
    begins = [local.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in SHIFTS]
    past = [moment for moment in begins if moment <= local]
    return past[-1] if past else begins[-1] - timedelta(days=1)


def read(store: Store, now: datetime) -> HomeRead:
    """Read the whole screen; takes a query lane."""
    at = milliseconds(now)
    waiting = AlertFilter(now=at)
    high = lowest_of("High")
    counts = lookup.counts(store)
    began = milliseconds(shift_start(now))
    due = support.waiting(store, at, timedelta(days=3_650))
    past = [row["due"] for row in due if row["due"] < at]
    first_hour = milliseconds(now.replace(minute=0, second=0, microsecond=0)) - (HOURS - 1) * 3_600_000
    sent = peers.bundles(store, 1000)
    down = systems_down.everywhere(store)
    tasks, tasks_late, tasks_since = store_tasks.waiting(store, at)
    return HomeRead(
        alerts.count(store, waiting),
        alerts.count(store, AlertFilter(min_severity=high, now=at)),
        counts["incident"],
        figures.opened_since(store, began),
        counts["action"],
        len(past),
        moments.span((at - past[0]) / 1000) if past else "",
        counts["conflict"],
        counts["pending"],
        sum(len(sequences) for sequences in outgoing.lacking(store).values()),
        figures.decided_since(store, began),
        began,
        _actions(store, due[:_DUE_SHOWN], now),
        figures.first_seen_by_hour(store, first_hour, HOURS, (high, lowest_of("Medium"), 0)),
        _labels(first_hour),
        sum(journal.vector(store).values()),
        sent[0]["at"] if sent else None,
        len(sent),
        len(peers.trusted(store)),
        len(down),
        _worst(down[0], now) if down else "",
        len({row["incident"] for row in down}),
        tasks,
        tasks_late,
        "" if tasks_since is None else moments.span((at - tasks_since) / 1000),
        at_work(store, at),
        [notice.words for notice in slots.notices(store)],
    )


def _worst(row: dict[str, Any], now: datetime) -> str:
    return ", ".join(part for part in (harmless(str(row["said"].get("system") or "")), lasting(row, now)) if part)


def _labels(first_hour: int) -> list[str]:
    hours = [moments.local(first_hour + number * 3_600_000).hour for number in range(HOURS)]
    return [f"{hour:02}" if hour % 4 == 0 else "" for hour in hours]


def _actions(store: Store, due: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    names = {row["id"]: row["name"] for row in lookup.organisations(store)}
    shown = []
    for row in due:
        victim = lookup.one(store, "victim", row["victim"]) or {}
        organisation = str(victim.get("organisation") or "")
        party = names.get(organisation, organisation.partition(":")[2]) if organisation else ""
        state, used = moments.clock_state(row["due_from"], row["due"], now)
        shown.append(
            {
                "id": row["id"], "victim": row["victim"], "state": state, "used": used, "due_at": row["due"],
                "what": action_words(row["code"]), "owner": harmless(row["owner"] or ""),
                "belongs": row["incident_ref"] or "", "party": harmless(party),
            }
        )  # fmt: skip
    return shown
