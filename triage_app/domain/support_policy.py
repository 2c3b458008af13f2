"""When support for a victim is due: targets as data, and the time that follows from them.

A trust may put a file of its own in place of the one that ships, so nothing here trusts its shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

VICTIM_RECORDED: Final = "victim recorded"
ACTION_ADDED: Final = "action added"
INCIDENT_TIMES: Final = {
    "incident aware": "aware", "incident reported": "reported", "incident closed": "closed",
}  # fmt: skip
STARTS: Final = (VICTIM_RECORDED, ACTION_ADDED, *INCIDENT_TIMES)
NOT_KNOWN: Final = "not known"
CATEGORIES: Final = ("1", "2", "3", "4", "5", "6", NOT_KNOWN)
PARTIES: Final = ("organisation", "person")
MOST_HOURS: Final = 24 * 366
MOST_TARGETS: Final = 500
_SATURDAY: Final = 5
_CODE: Final = re.compile(r"[A-Za-z0-9-]{1,12}")


class BadPolicy(ValueError):
    """A file of targets breaks the rules; the text says why, in words that end a sentence."""


Day = date


@dataclass(frozen=True)
class Target:
    """Within what time a kind of support is due, from what, and for whom."""

    code: str
    start: str
    hours: float = 0
    working_days: int = 0
    categories: tuple[str, ...] = ()
    "UK categories for which it holds; () for all."
    parties: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The target in words: 4 h from action added, 5 working days from victim recorded."""
        if self.working_days:
            days = "1 working day" if self.working_days == 1 else f"{self.working_days} working days"
            return f"{days} from {self.start}"
        return f"{self.hours:g} h from {self.start}"


@dataclass(frozen=True)
class Policy:
    """The targets, the days on which nobody is expected to work, and what is still done after closure."""

    name: str
    version: str
    date: str
    source: str
    targets: tuple[Target, ...]
    days_not_worked: frozenset[Day]
    after_closure: frozenset[str]


@dataclass(frozen=True)
class Proposed:
    """A due time that a target proposes."""

    at: int
    "Milliseconds UTC."
    start_at: int
    words: str
    "Within what time, from what."


def target_for(policy: Policy, code: str, category: str, party: str) -> Target | None:
    """Return the first target that fits a support action; None where there is none."""
    for target in policy.targets:
        if (
            target.code == code
            and (not target.categories or category in target.categories)
            and (not target.parties or party in target.parties)
        ):
            return target
    return None


def proposed(policy: Policy, target: Target, starts: Mapping[str, int | None], local: tzinfo) -> Proposed | None:
    """Return the due time; None while what it runs from has no time. ``starts`` is start → milliseconds UTC."""
    begun = starts.get(target.start)
    if begun is None:
        return None
    try:
        if target.working_days:
            at = _working_days_on(begun, target.working_days, policy.days_not_worked, local)
        else:
            at = begun + round(target.hours * 3_600_000)
    except (OverflowError, ValueError, OSError):
        return None
    return Proposed(at, begun, target.words)


def _working_days_on(begun: int, days: int, not_worked: frozenset[date], local: tzinfo) -> int:
    """Return the same time of day so many working days later."""
    start = datetime.fromtimestamp(begun / 1000, UTC).astimezone(local)
    day, left = start.date(), days
    while left:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY and day not in not_worked:
            left -= 1
    end = datetime.combine(day, start.time(), local)
    return round(end.astimezone(UTC).timestamp() * 1000)


def read(untrusted: Any) -> Policy:
    """Return what a file of targets says. Raises ``BadPolicy`` for the first thing that is wrong."""
    if not isinstance(untrusted, dict):
        raise BadPolicy("it is no JSON object")
    unknown = set(untrusted) - {"name", "version", "date", "source", "rule", "days_not_worked", "after_closure",
                                "targets"}  # fmt: skip
    if unknown:
        raise BadPolicy(f"it has “{sorted(unknown)[0][:40]}”, which is not known")
    texts = {name: _text(untrusted, name) for name in ("name", "version", "date", "source")}
    _day(texts["date"])
    targets = untrusted.get("targets")
    if not isinstance(targets, list) or not 0 < len(targets) <= MOST_TARGETS:
        raise BadPolicy(f"it needs 1 to {MOST_TARGETS} targets")
    return Policy(
        **texts,
        targets=tuple(_target(item, number) for number, item in enumerate(targets, 1)),
        days_not_worked=frozenset(_day(one) for one in _words(untrusted, "days_not_worked", 5_000)),
        after_closure=frozenset(_words(untrusted, "after_closure", 200)),
    )


def _target(item: Any, number: int) -> Target:
    where = f"target {number}"
    if not isinstance(item, dict):
        raise BadPolicy(f"{where} is no object")
    if unknown := set(item) - {"code", "hours", "working_days", "from", "categories", "parties"}:
        raise BadPolicy(f"{where} has “{sorted(unknown)[0][:40]}”, which is not known")
    code, start = _text(item, "code"), _text(item, "from")
    if not _CODE.fullmatch(code):
        raise BadPolicy(f"{where} has no code of a support action")
    if start not in STARTS:
        raise BadPolicy(f"{where} runs from “{start[:40]}”: use {', '.join(STARTS)}")
    if ("hours" in item) == ("working_days" in item):
        raise BadPolicy(f"{where} needs hours or working_days, and not both")
    hours, days = item.get("hours", 0), item.get("working_days", 0)
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 <= hours <= MOST_HOURS:
        raise BadPolicy(f"{where} needs its hours as a number up to {MOST_HOURS}")
    if type(days) is not int or not 0 <= days <= 366:
        raise BadPolicy(f"{where} needs its working_days as a whole number up to 366")
    if not hours and not days:
        raise BadPolicy(f"{where} leaves no time")
    categories, parties = _words(item, "categories", 7), _words(item, "parties", 2)
    for said, known in ((categories, CATEGORIES), (parties, PARTIES)):
        if foreign := [word for word in said if word not in known]:
            raise BadPolicy(f"{where} has “{foreign[0][:40]}”: use {', '.join(known)}")
    return Target(code, start, float(hours), days, categories, parties)


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 2_000 or not value.isprintable():
        raise BadPolicy(f"“{name}” is missing or is no line of text")
    return value


def _words(found: Mapping[str, Any], name: str, most: int) -> tuple[str, ...]:
    value = found.get(name, [])
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, str) for one in value):
        raise BadPolicy(f"“{name}” is no list of words")
    return tuple(value)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadPolicy(f"“{text[:40]}” is no day such as 2026-11-27") from None
