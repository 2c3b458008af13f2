"""Which backups are kept, and how old the newest one that is elsewhere may be: rules as data, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

HOUR_MS: Final = 3_600_000
_TEXTS: Final = ("name", "version", "date", "source")
_NUMBERS: Final = {
    "last": (1, 100), "daily": (0, 366), "weekly": (0, 520), "percent_here": (1, 90), "percent_elsewhere": (1, 100),
    "command_minutes": (0, 10_080), "amber_hours": (1, 8_760), "red_hours": (1, 8_760),
}  # fmt: skip


class BadPolicy(ValueError):
    """A file of rules breaks the rules; the text says why, in words that end a sentence."""


@dataclass(frozen=True)
class Policy:
    """How many copies are kept, in how much room, and when their age is said to be too great."""

    name: str
    version: str
    date: str
    source: str
    last: int
    daily: int
    weekly: int
    percent_here: int
    "Of what would be free on the store's own disk without the copies: all of them together have no more."
    percent_elsewhere: int
    "The same of the disk of the second place."
    command_minutes: int
    "The command line makes no copy at the end of a command while the newest is younger than this."
    amber_hours: int
    red_hours: int

    def colour(self, at: int | None, now: int) -> str:
        """Return how the age of the newest copy elsewhere stands: ok, amber or red; red for none at all."""
        if at is None or now - at >= self.red_hours * HOUR_MS:
            return "red"
        return "amber" if now - at >= self.amber_hours * HOUR_MS else "ok"


@dataclass(frozen=True)
class Kept:
    """One copy, as far as it matters for which are kept."""

    name: str
    at: int
    "Milliseconds UTC."
    size: int


def wanted(copies: Iterable[Kept], policy: Policy, room: int) -> set[str]:
    """Return the names of the copies that stay: the last, then one a day and one a week, the newest of each.

    All within ``room`` bytes, the oldest going first; the newest of all stays whatever its size.
    """
    newest_first = sorted(copies, key=lambda one: (one.at, one.name), reverse=True)
    names = {one.name for one in newest_first[: policy.last]}
    names |= _newest_of_each(newest_first, _day, policy.daily)
    names |= _newest_of_each(newest_first, _week, policy.weekly)
    found: set[str] = set()
    used = 0
    for one in newest_first:
        if one.name not in names:
            continue
        if found and used + one.size > room:
            break
        found.add(one.name)
        used += one.size
    return found


def _newest_of_each(newest_first: Iterable[Kept], span: Callable[[int], object], most: int) -> set[str]:
    seen: dict[object, str] = {}
    for one in newest_first:
        seen.setdefault(span(one.at), one.name)
    return set(list(seen.values())[:most])


def _day(at: int) -> object:
    return datetime.fromtimestamp(at / 1000, UTC).date()


def _week(at: int) -> object:
    return datetime.fromtimestamp(at / 1000, UTC).isocalendar()[:2]


def read(untrusted: Any) -> Policy:
    """Return what a file of rules says. Raises ``BadPolicy`` for the first thing that is wrong."""
    if not isinstance(untrusted, dict):
        raise BadPolicy("it is no JSON object")
    if unknown := set(untrusted) - {*_TEXTS, *_NUMBERS, "rule"}:
        raise BadPolicy(f"it has “{sorted(unknown)[0][:40]}”, which is not known")
    texts: dict[str, Any] = {}
    for name in _TEXTS:
        value = untrusted.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > 2_000 or not value.isprintable():
            raise BadPolicy(f"“{name}” is missing or is no line of text")
        texts[name] = value
    try:
        date.fromisoformat(texts["date"])
    except ValueError:
        raise BadPolicy("its date is not written as 2026-11-28") from None
    numbers: dict[str, Any] = {}
    for name, (low, high) in _NUMBERS.items():
        value = untrusted.get(name)
        if type(value) is not int or not low <= value <= high:
            raise BadPolicy(f"“{name}” is no whole number from {low} to {high}")
        numbers[name] = value
    if numbers["red_hours"] < numbers["amber_hours"]:
        raise BadPolicy("“red_hours” is less than “amber_hours”")
    return Policy(**texts, **numbers)
