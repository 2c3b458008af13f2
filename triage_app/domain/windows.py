"""Reporting windows: spans of whole days in London, from midnight to midnight whatever the clocks did between.

A window's kind is data (``resources/policies/reporting_windows.json``); this turns a kind and a name such as
``review-year-2020`` into its two moments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")
EARLIEST: Final = date(1990, 1, 1)
LATEST: Final = date(2200, 1, 1)
"No window of ours reaches beyond; a year typed wrongly does."

SPANS: Final = ("year", "quarter", "month", "days")
LABELS: Final = ("start", "end", "both")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Window:
    """Whole days in London, ``end`` no longer part of it."""

    code: str
    name: str
    start: date
    end: date

    @property
    def start_at(self) -> int:
        """The first millisecond (UTC since 1970) that belongs to it."""
        return midnight(self.start)

    @property
    def end_at(self) -> int:
        """The first millisecond after it."""
        return midnight(self.end)

    @property
    def in_words(self) -> str:
        """Its first and last day: "1 Sep 2019 to 31 Aug 2020"."""
        last = self.end - timedelta(days=1)
        if last == self.start:
            return _day(last)
        return f"{_day(self.start)} to {_day(last)}"


@dataclass(frozen=True)
class WindowKind:
    """One kind of window, as its file says."""

    code: str
    name: str
    span: str
    "year, quarter, month or days."
    month: int = 1
    day: int = 1
    "Where a year begins."
    days: int = 0
    "How many, up to and with today."
    label: str = "start"
    "Which year names a window of a year: that of its start, of its end, or both (2019-20)."
    source: str = ""


def midnight(day: date) -> int:
    """Return the midnight with which a day begins in London, in milliseconds UTC: it is never skipped nor doubled."""
    return round(datetime(day.year, day.month, day.day, tzinfo=LONDON).timestamp() * 1000)


def own(start: date, last: date) -> Window:
    """Return the window from a first to a last day, both part of it. Raises ``ValueError`` with a sentence."""
    if last < start:
        raise ValueError("The last day lies before the first.")
    if start < EARLIEST or last >= LATEST:
        raise ValueError(f"A window lies between {EARLIEST.year} and {LATEST.year - 1}.")
    window = Window(f"{start.isoformat()}..{last.isoformat()}", "", start, last + timedelta(days=1))
    return Window(window.code, window.in_words, window.start, window.end)


def around(kind: WindowKind, today: date, back: int = 0) -> Window:
    """Return the window of a kind that a day lies in, or the one so many before it."""
    if kind.span == "days":
        end = today + timedelta(days=1 - back * kind.days)
        return Window(kind.code, kind.name, end - timedelta(days=kind.days), end)
    if kind.span == "year":
        year = today.year - ((today.month, today.day) < (kind.month, kind.day)) - back
        return _year(kind, year)
    months = today.year * 12 + today.month - 1
    if kind.span == "quarter":
        return _quarter(kind, months // 3 - back)
    return _month(kind, months - back)


def named(kind: WindowKind, label: str, today: date) -> Window:
    """Return the window of a kind by what follows its code: "2020", "2019-20", "2020-q3", "2020-08", "" for today's.

    Raises ``ValueError`` with a sentence.
    """
    if not label:
        return around(kind, today)
    found: Window | None = None
    if kind.span == "year":
        year = re.fullmatch(r"(\d{4})(?:-(\d{2}))?", label)
        if year is not None and (year[2] is not None) == (kind.label == "both"):
            start = int(year[1]) - (kind.label == "end" and (kind.month, kind.day) != (1, 1))
            if year[2] is None or int(year[2]) == (start + 1) % 100:
                found = _checked(kind, start)
    elif kind.span == "quarter":
        if quarter := re.fullmatch(r"(\d{4})-?q([1-4])", label):
            found = _quarter(kind, int(quarter[1]) * 4 + int(quarter[2]) - 1) if _known(int(quarter[1])) else None
    elif kind.span == "month" and (month := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", label)):
        found = _month(kind, int(month[1]) * 12 + int(month[2]) - 1) if _known(int(month[1])) else None
    if found is None:
        raise ValueError(
            f"“{kind.code}-{label[:20]}” is no {kind.name}; the current one is {around(kind, today).code}."
        )
    return found


def read_kinds(untrusted: object) -> tuple[WindowKind, ...]:
    """Return the kinds that a file lists. Raises ``ValueError`` with a sentence: it comes from outside."""
    listed = untrusted.get("windows") if isinstance(untrusted, Mapping) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= 50:
        raise ValueError("It lists no windows, or more than 50.")
    found = tuple(_kind(item) for item in listed)
    if len({kind.code for kind in found}) != len(found):
        raise ValueError("Two windows have one code.")
    return found


def _kind(item: object) -> WindowKind:
    if not isinstance(item, Mapping):
        raise ValueError("A window is no object.")
    texts: dict[str, Any] = {name: item.get(name, "") for name in ("code", "name", "span", "source")}
    label = item.get("label", "start")
    numbers: dict[str, Any] = {name: item.get(name, usual) for name, usual in (("month", 1), ("day", 1), ("days", 0))}
    if any(not isinstance(text, str) or len(text) > 400 for text in (*texts.values(), label)):
        raise ValueError("A window's words are no text, or too long.")
    if any(type(number) is not int for number in numbers.values()):
        raise ValueError("A window's month, day or days are no whole numbers.")
    kind = WindowKind(**texts, **numbers, label=label)
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", kind.code) or not kind.name.strip():
        raise ValueError("A window has no code or no name.")
    if kind.span not in SPANS or label not in LABELS:
        raise ValueError(f"“{kind.code}” spans neither a year, a quarter, a month nor days.")
    if not 1 <= kind.month <= 12 or not 1 <= kind.day <= 28:
        raise ValueError(f"“{kind.code}” begins on no day that every year has.")
    if kind.span == "days" and not 1 <= kind.days <= 3660:
        raise ValueError(f"“{kind.code}” does not say how many days it has.")
    return kind


def _known(year: int) -> bool:
    return EARLIEST.year <= year < LATEST.year - 1


def _checked(kind: WindowKind, start: int) -> Window | None:
    return _year(kind, start) if _known(start) else None


def _year(kind: WindowKind, start: int) -> Window:
    begins, ends = date(start, kind.month, kind.day), date(start + 1, kind.month, kind.day)
    named_by = ends.year if kind.label == "end" and (kind.month, kind.day) != (1, 1) else start
    label = f"{start}-{(start + 1) % 100:02}" if kind.label == "both" else str(named_by)
    return Window(f"{kind.code}-{label}", f"{kind.name} {label.replace('-', '/')}", begins, ends)


def _quarter(kind: WindowKind, quarters: int) -> Window:
    year, place = divmod(quarters, 4)
    after, then = divmod(quarters + 1, 4)
    begins, ends = date(year, place * 3 + 1, 1), date(after, then * 3 + 1, 1)
    return Window(f"{kind.code}-{year}-q{place + 1}", f"{_MONTHS[place * 3]} to {_MONTHS[place * 3 + 2]} {year}",
                  begins, ends)  # fmt: skip


def _month(kind: WindowKind, months: int) -> Window:
    year, place = divmod(months, 12)
    after, then = divmod(months + 1, 12)
    return Window(f"{kind.code}-{year}-{place + 1:02}", f"{_MONTHS[place]} {year}", date(year, place + 1, 1),
                  date(after, then + 1, 1))  # fmt: skip


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
