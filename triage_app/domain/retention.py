"""How long what is held about people is kept: periods as data, and the day that follows from them."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

MOST_MONTHS: Final = 1200


class BadPolicy(ValueError):
    """A file of periods breaks the rules; the text says why, in words that end a sentence."""


@dataclass(frozen=True)
class Period:
    """How many months after its incident was closed a record is kept."""

    party: str
    status: str
    "The victim's status for which it holds; '' for every one."
    months: int


@dataclass(frozen=True)
class Policy:
    """The periods, the first that fits counts; and for how long a backup is expected to be kept."""

    name: str
    version: str
    date: str
    source: str
    backup_days: int
    periods: tuple[Period, ...]

    def until(self, party: str, status: str, closed_at: int | None) -> int | None:
        """Return until when a record is kept (milliseconds UTC); None while its incident is open, or for no period."""
        if closed_at is None:
            return None
        for period in self.periods:
            if period.party == party and period.status in ("", status):
                return months_after(closed_at, period.months)
        return None


def months_after(at: int, months: int) -> int | None:
    """Return the moment so many months later, the last day of a month where that one is shorter."""
    try:
        start = datetime.fromtimestamp(at / 1000, UTC)
        place = start.year * 12 + start.month - 1 + months
        year, month = divmod(place, 12)
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        return round(start.replace(year=year, month=month + 1, day=day).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def last_of(ends: Iterable[int | None]) -> int | None:
    """Return until when somebody is kept who is a victim several times: as long as any; None for no end yet."""
    found = list(ends)
    known = [end for end in found if end is not None]
    return max(known) if found and len(known) == len(found) else None


def read(untrusted: Any) -> Policy:
    """Return what a file of periods says. Raises ``BadPolicy`` for the first thing that is wrong."""
    if not isinstance(untrusted, dict):
        raise BadPolicy("it is no JSON object")
    if unknown := set(untrusted) - {"name", "version", "date", "source", "rule", "backup_days", "periods"}:
        raise BadPolicy(f"it has “{sorted(unknown)[0][:40]}”, which is not known")
    texts = {}
    for name in ("name", "version", "date", "source"):
        value = untrusted.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > 2_000 or not value.isprintable():
            raise BadPolicy(f"“{name}” is missing or is no line of text")
        texts[name] = value
    try:
        date.fromisoformat(texts["date"])
    except ValueError:
        raise BadPolicy("its date is not written as 2026-11-27") from None
    days = untrusted.get("backup_days")
    if type(days) is not int or not 0 < days <= 36_600:
        raise BadPolicy("“backup_days” is no number of days")
    periods = untrusted.get("periods")
    if not isinstance(periods, list) or not 0 < len(periods) <= 100:
        raise BadPolicy("it needs 1 to 100 periods")
    return Policy(**texts, backup_days=days, periods=tuple(map(_period, periods)))


def _period(item: Any) -> Period:
    if not isinstance(item, dict) or set(item) != {"party", "status", "months"}:
        raise BadPolicy("a period needs party, status and months, and nothing else")
    if item["party"] not in ("person", "organisation") or not isinstance(item["status"], str):
        raise BadPolicy("a period is for a person or an organisation, of a status or of every one (“”)")
    if type(item["months"]) is not int or not 0 < item["months"] <= MOST_MONTHS:
        raise BadPolicy(f"a period has 1 to {MOST_MONTHS} months")
    return Period(item["party"], item["status"], item["months"])
