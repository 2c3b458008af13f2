"""Reference data: which sets there are, how old one is in words, and when it is too old. Nothing is folded by it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from triage_app.language import dated, plural, say

LIST: Final = "list"
KEV: Final = "kev"
ODS: Final = "ods"

CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAYS_UNTIL_MONTHS: Final = 60
_MONTHS_UNTIL_YEARS: Final = 24


@dataclass(frozen=True)
class SetKind:
    """One set of reference data that a pack may bring."""

    code: str
    kind: str
    "``LIST``, ``KEV`` or ``ODS``: by which loader its content is read."
    name: str
    "English, as it is shown."
    shelf_days: int | None
    "After how many days it is old; None for what does not go off."
    vocabulary: str
    "The code list that it stands in for, '' for none."

    def is_past(self, as_of: date, today: date) -> bool:
        """Tell whether a set of a day is older than its shelf life."""
        return self.shelf_days is not None and (today - as_of).days > self.shelf_days


@dataclass(frozen=True)
class Described:
    """What the maker of a pack says of one set in it."""

    code: str
    source: str
    licence: str
    as_of: date
    "The day that its content is of, not the day it was packed."


def kinds(told: dict[str, Any]) -> dict[str, SetKind]:
    """Return the sets that the shipped table names, by code, in its order."""
    found = {}
    for one in told["sets"]:
        stands_for = one.get("list", one["code"] if one["kind"] == LIST else "")
        found[one["code"]] = SetKind(one["code"], one["kind"], one["name"], one["shelf_days"], stands_for)
    return found


def day(untrusted: object) -> date:
    """Return a day written as 2026-11-28; raise ``ValueError`` for anything else."""
    if not isinstance(untrusted, str) or not _DAY.fullmatch(untrusted):
        raise ValueError("a day is written as 2026-11-28")
    return date.fromisoformat(untrusted)


def written(a_day: date) -> str:
    """Return a day as the screen writes it."""
    return f"{a_day.day} {dated(a_day, '%b %Y')}"


def months_between(earlier: date, later: date) -> int:
    """Return how many whole months lie between two days."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - (later.day < earlier.day)


def age(as_of: date, today: date) -> str:
    """Return how old something is in words: days for two months, then months for two years, then years."""
    days = (today - as_of).days
    if days < 0:
        return plural(-days, "1 day ahead of this clock", "{0} days ahead of this clock").format(f"{-days:,}")
    if days == 0:
        return say("of today")
    if days < _DAYS_UNTIL_MONTHS:
        return plural(days, "1 day old", "{0} days old").format(days)
    months = max(2, months_between(as_of, today))
    if months < _MONTHS_UNTIL_YEARS:
        return plural(months, "1 month old", "{0} months old").format(months)
    years = months // 12
    return plural(years, "1 year old", "{0} years old").format(f"{years:,}")


def shelf(kind: SetKind) -> str:
    """Return in words how long a set keeps."""
    if kind.shelf_days is None:
        return say("does not go off")
    return plural(kind.shelf_days, "1 day", "{0} days").format(kind.shelf_days)
