"""Times and due times as the screens say them: UK local time, the zone always written out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from triage_app.language import dated
from triage_app.services.changes import milliseconds
from triage_app.services.times import LONDON
from triage_app.ui.table_cells import ClockCell

OPEN_STATUSES: Final = ("pending", "ongoing")
"Support actions that are still to be done."

AMBER_LEFT: Final = 0.25
RED_LEFT: Final = 0.05
"Shares of the time left under which a clock turns (the look, Clocks)."


def local(at: int) -> datetime:
    """Return a stored time in UK local time."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(LONDON)


def short(at: int | None, now: datetime, *, weekday: bool = True) -> str:
    """Return a time with its zone, as short as it stays clear: today's without its day."""
    if at is None:
        return "–"
    moment, today = local(at), now.astimezone(LONDON)
    words = moment.strftime("%H:%M")
    if moment.date() != today.date():
        year = f" {moment.year}" if moment.year != today.year else ""
        day = dated(moment, "%a ") if weekday else ""
        words = f"{day}{moment.day} {dated(moment, '%b')}{year} {words}"
    return f"{words} {moment:%Z}"


def span(seconds: float) -> str:
    """Return a length of time in words: 31 m, 2 h 10 m, 3 d 4 h."""
    minutes = max(0, int(seconds // 60))
    if minutes < 60:
        return f"{minutes} m"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} m" if rest and hours < 12 else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours and days < 7 else f"{days} d"


def clock_state(start: int | None, due: int, now: datetime) -> tuple[str, float]:
    """Return the state of a due time (running, amber, red, missed) and the share of its time used."""
    at = milliseconds(now)
    if due < at:
        return "missed", 1.0
    begun = due if start is None else start
    whole = max(due - begun, 1)
    used = min(1.0, max(0.0, (at - begun) / whole))
    left = 1.0 - used
    return ("red" if left < RED_LEFT else "amber" if left < AMBER_LEFT else "running"), used


def due_cell(
    action: Mapping[str, Any], now: datetime, late: str = "{0}, late", proposed: str = "{0}, prop."
) -> ClockCell | None:
    """Return the clock of a support action (of ``support.listing``) for a cell; None where nothing is due or done.

    ``late`` is the pattern for a due time that has passed, its time put in; ``proposed`` that for one that a target
    proposes.
    """
    if action["status"] in OPEN_STATUSES:
        if action["due"] is None:
            return None
        state, used = clock_state(action["due_from"], action["due"], now)
        words = short(action["due"], now, weekday=False)
        if action["proposed"]:
            words = proposed.format(words)
        return ClockCell(state, late.format(words) if state == "missed" else words, used)
    if action["done_at"] is None:
        return None
    return ClockCell(
        "met" if action["status"] == "successful" else "paused", short(action["done_at"], now, weekday=False)
    )


def attempts_words(action: Mapping[str, Any], now: datetime, pattern: str = "{0} attempts, last {1}") -> str:
    """Return how often somebody was tried for a support action and when the last time was; "" for never."""
    if not action["attempts"]:
        return ""
    return pattern.format(action["attempts"], short(action["last_attempt"], now, weekday=False))


def next_due_cell(
    due: int | None, start: int | None, now: datetime, late: str = "{0} late", later: str = "in {0}"
) -> ClockCell | None:
    """Return the clock of the next thing due for a victim: how late it is, when it is due today, or in how long."""
    if due is None:
        return None
    state, used = clock_state(start, due, now)
    if state == "missed":
        return ClockCell(state, late.format(span((milliseconds(now) - due) / 1000)), 1.0)
    return ClockCell(state, due_words(due, now, later), used)


def due_words(due: int, now: datetime, later: str = "in {0}") -> str:
    """Return when something is due: the time if it is today, else in how long."""
    if local(due).date() == now.astimezone(LONDON).date():
        return short(due, now)
    return later.format(span((due - milliseconds(now)) / 1000))
