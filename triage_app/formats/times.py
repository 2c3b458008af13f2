"""Times as sources write them, brought to milliseconds since 1970 UTC.

What can be read two ways is never guessed: a date like 03/04/2026 without a stated order, and the
hour that happens twice when British clocks go back, are refused with both readings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from triage_app.domain.mapping import Mapping, offset_minutes

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_HOUR: Final = 3_600_000
EARLIEST: Final = 0
LATEST: Final = 7_258_118_400_000
"""2200-01-01: a time outside 1970 to 2199 is an error of the source, and no screen could sort by it."""

_FILETIME_1970: Final = 116_444_736_000_000_000
"""1970-01-01 in Windows FILETIME: tenths of microseconds since 1601."""

_NUMBERS = re.compile(
    r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{2,4})"
    r"(?:,?[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp][Mm])?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\Z",
    re.ASCII,
)
_ENGLISH_DAY = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[ \-]([A-Za-z]{3,9})\.?[ \-,]+(\d{4})(.*)\Z", re.ASCII
)
_ENGLISH_MONTH = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(.*)\Z", re.ASCII
)
_CLOCK = re.compile(
    r"[,\sT]*(?:at\s+)?(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp][Mm])?)?\s*"
    r"(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\Z",
    re.ASCII,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

Reader = Callable[[str], int]


class NoZone(ValueError):
    """A time does not say in which zone it is, and nobody else has."""


def reader_for(mapping: Mapping) -> Reader:
    """Return the function that reads this mapping's times; it raises ``ValueError`` with the reason."""
    local, nobody_said = _zone(mapping.timezone, mapping.twice), not mapping.zone_stated
    parse = {
        "auto": _auto,
        "iso": _iso,
        "ymd": _iso,
        "dmy": _day_first,
        "mdy": _month_first,
        "english": _english,
        "epoch_s": _epoch_seconds,
        "epoch_ms": _epoch_milliseconds,
        "filetime": _filetime,
    }[mapping.time_format]

    def read(text: str) -> int:
        found = parse(text.strip())
        if isinstance(found, int):
            value = found
        elif found.tzinfo is None:
            if nobody_said and ":" in text:  # a date alone is a day, whatever the clock
                raise NoZone(f"the time {text[:40]!r} names no time zone, and the mapping does not say which it is in")
            value = local(found)
        else:
            value = (found - _EPOCH) // _MILLISECOND
        if not EARLIEST <= value < LATEST:
            raise ValueError(f"the time {text[:40]!r} lies outside 1970 to 2199")
        return value

    return read


def lacks_zone(mapping: Mapping, times: Iterable[str]) -> bool:
    """Tell whether any of these times leaves open in which zone it is, read as a mapping says."""
    read = reader_for(replace(mapping, zone_stated=False))
    for text in times:
        try:
            read(text)
        except NoZone:
            return True
        except ValueError:  # it is rejected with its row
            continue
    return False


def utc_milliseconds(text: str) -> int:
    """Return an ISO time as milliseconds since 1970 UTC, taking UTC where it names no offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"the time {text[:40]!r} cannot be read") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        value = (moment - _EPOCH) // _MILLISECOND
    except OverflowError:
        value = -1
    if not EARLIEST <= value < LATEST:
        raise ValueError(f"the time {text[:40]!r} lies outside 1970 to 2199")
    return value


def utc_or_none(untrusted_text: Any) -> int | None:
    """Return what ``utc_milliseconds`` does, None for what is no text or no such time."""
    try:
        return utc_milliseconds(untrusted_text) if isinstance(untrusted_text, str) else None
    except ValueError:
        return None


def readings(text: str) -> tuple[datetime, datetime] | None:
    """Return (day first, month first) if a date in numbers can be read both ways and they differ."""
    try:
        day_first, month_first = _day_first(text.strip()), _month_first(text.strip())
    except ValueError:
        return None
    return (day_first, month_first) if day_first != month_first else None


def _zone(name: str, twice: str) -> Callable[[datetime], int]:
    if name == "Europe/London":
        return lambda moment: _london(moment, twice)
    zone = UTC if name == "UTC" else timezone(timedelta(minutes=offset_minutes(name) or 0))
    return lambda moment: (moment.replace(tzinfo=zone) - _EPOCH) // _MILLISECOND


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31)  # noqa: DTZ001 - a date on the wall; March and October both have 31 days
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _london(moment: datetime, twice: str) -> int:
    """Read a British wall clock: since 1996 an hour ahead from 01:00 UTC on the last Sunday of March to October's.

    Source: the Summer Time Order 2002 (SI 2002/262).
    """
    as_utc = (moment.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
    spring = _last_sunday(moment.year, 3).replace(hour=1)
    autumn = _last_sunday(moment.year, 10).replace(hour=1)
    hour = timedelta(hours=1)
    if spring <= moment < spring + hour:
        raise ValueError(f"the time {moment} did not exist: British clocks went forward")
    if autumn <= moment < autumn + hour:
        if twice == "ask":
            earlier = moment - hour
            raise ValueError(f"the time {moment} happened twice, at {earlier:%H:%M} and at {moment:%H:%M} UTC")
        return as_utc - (_HOUR if twice == "first" else 0)
    return as_utc - _HOUR if spring <= moment < autumn else as_utc


def _auto(text: str) -> datetime | int:
    if text.isdecimal() and text.isascii():
        if len(text) == 10:
            return _epoch_seconds(text)
        if len(text) == 13:
            return _epoch_milliseconds(text)
        if len(text) == 18:
            return _filetime(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    numbers = _NUMBERS.match(text)
    if numbers and len(numbers[1]) == 4:
        return _iso(text)
    if numbers:
        both = readings(text)
        if both is not None:
            raise ValueError(
                f"the date {text[:40]!r} can be read as {both[0]:%d %B %Y} or as {both[1]:%d %B %Y}; say which"
            )
        try:
            return _day_first(text)
        except ValueError:
            return _month_first(text)
    return _english(text)


def _iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    match = _NUMBERS.match(text)
    if match and len(match[1]) == 4:
        return _moment(int(match[1]), int(match[2]), int(match[3]), match.groups()[3:], text)
    raise ValueError(f"the time {text[:40]!r} cannot be read")


def _day_first(text: str) -> datetime:
    match = _NUMBERS.match(text)
    if not match or len(match[1]) > 2:
        raise ValueError(f"the time {text[:40]!r} is not day/month/year")
    return _moment(_year(match[3]), int(match[2]), int(match[1]), match.groups()[3:], text)


def _month_first(text: str) -> datetime:
    match = _NUMBERS.match(text)
    if not match or len(match[1]) > 2:
        raise ValueError(f"the time {text[:40]!r} is not month/day/year")
    return _moment(_year(match[3]), int(match[1]), int(match[2]), match.groups()[3:], text)


def _english(text: str) -> datetime:
    if len(text) <= 60:
        match = _ENGLISH_DAY.match(text)
        day, month = (match[1], match[2]) if match else ("", "")
        if not match:
            match = _ENGLISH_MONTH.match(text)
            day, month = (match[2], match[1]) if match else ("", "")
        if match and month[:3].lower() in _MONTHS:
            clock = _CLOCK.match(match[4])
            if clock:
                return _moment(int(match[3]), _MONTHS.index(month[:3].lower()) + 1, int(day), clock.groups(), text)
    raise ValueError(f"the time {text[:40]!r} cannot be read")


def _year(text: str) -> int:
    return int(text) if len(text) > 2 else 2000 + int(text)


def _moment(year: int, month: int, day: int, clock: tuple[str | None, ...], text: str) -> datetime:
    hour_text, minute, second, fraction, half, zone = clock
    hour = int(hour_text or 0)
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(f"the time {text[:40]!r} has no such hour")
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    microsecond = int(((fraction or "") + "000000")[:6])
    offset = None
    if zone:
        offset = UTC if zone in {"Z", "UTC", "GMT"} else timezone(timedelta(minutes=offset_minutes(zone) or 0))
    try:
        return datetime(year, month, day, hour, int(minute or 0), int(second or 0), microsecond, offset)
    except ValueError:
        raise ValueError(f"the time {text[:40]!r} does not exist") from None


def _digits(text: str, what: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 19:
        raise ValueError(f"the time {text[:40]!r} is not {what}")
    return int(text)


def _epoch_seconds(text: str) -> int:
    whole, _, fraction = text.partition(".")
    seconds = _digits(whole, "a number of seconds since 1970")
    return seconds * 1000 + (_digits((fraction + "000")[:3], "a number of seconds since 1970") if fraction else 0)


def _epoch_milliseconds(text: str) -> int:
    return _digits(text.partition(".")[0], "a number of milliseconds since 1970")


def _filetime(text: str) -> int:
    return (_digits(text, "a Windows time") - _FILETIME_1970) // 10_000
