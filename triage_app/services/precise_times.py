"""Times as they are known: a year, a month, a day, an hour, a minute or a second, and "about" where that was said.

What was typed decides the precision, and what is shown never claims more. A stored value is
``{"at", "as_written", "offset", "precision"}`` and ``"about": true`` where it was said: ``at`` is the
beginning of the period in UTC milliseconds, ``offset`` the minutes by which its writer's clock was ahead.
Values of the first release have no precision: they are minutes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from triage_app.errors import BadInput
from triage_app.language import dated, say
from triage_app.services.changes import milliseconds
from triage_app.services.times import LONDON, STANDS

PRECISIONS: Final = ("year", "month", "day", "hour", "minute", "second")
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=LONDON)
"Nothing that a responder deals with is older; a year typed wrongly often is."

GRACE: Final = timedelta(minutes=5)
"A minute just typed, or read aloud from another clock, may lie ahead of one that has not reached it."

_MOST_TYPED = 80
_HOUR = 3_600_000
_MAX_OFFSET = 14 * 60
_LAST = 253_402_000_000_000
_ABOUT = re.compile(r"\b(?:about|around|approximately|approx\.?|circa|ca?\.)(?=\s|\d)\s*|~\s*", re.IGNORECASE)
_SPAN: Final = r"(m|h|d|w)(?:ins?|inutes?|ours?|ays?|eeks?)?"
_AGO = re.compile(rf"-\s*(\d{{1,4}})\s*{_SPAN}\Z|(\d{{1,4}})\s*{_SPAN}\s+ago\Z", re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ZONE = r"(?:\s*(?P<zone>Z|UTC|GMT|BST|[+-]\d{2}:?\d{2}))?\Z"
_CLOCK = re.compile(
    r"(?:^|[\sT,]+)(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?\s*(?P<noon>am|pm)?"
    r"|\s?h(?P<past>\d{2})?|\s?(?P<half>am|pm))" + _ZONE,
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED = re.compile(
    r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+)?"
    r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:,?\s+(?P<year>\d{4}))?\Z",
    re.IGNORECASE,
)
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})\Z")
_ORDERS: Final = (
    ("occurred", "detected"), ("occurred", "aware"), ("occurred", "reported"), ("occurred", "contained"),
    ("occurred", "recovered"), ("occurred", "closed"), ("detected", "aware"), ("detected", "contained"),
    ("aware", "reported"), ("contained", "recovered"), ("detected", "closed"), ("aware", "closed"),
    ("reported", "closed"), ("contained", "closed"), ("recovered", "closed"),
)  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """A time as it is known."""

    at: int
    "The beginning of the period, in milliseconds since 1970 UTC."
    precision: str
    offset: int
    "Minutes by which its writer's clock was ahead of UTC."
    about: bool = False
    as_written: str = ""

    def value(self) -> dict[str, Any]:
        """Return what is stored."""
        found = {"at": self.at, "as_written": self.as_written, "offset": self.offset, "precision": self.precision}
        return {**found, "about": True} if self.about else found

    def local(self) -> datetime:
        """Return its beginning by the clock it was written by."""
        return datetime.fromtimestamp(self.at / 1000, timezone(timedelta(minutes=self.offset)))

    def end(self) -> int:
        """Return the first millisecond after the period."""
        begin = self.local()
        if self.precision == "year":
            return milliseconds(begin.replace(year=begin.year + 1)) if begin.year < 9999 else _LAST
        if self.precision == "month":
            return milliseconds((begin + timedelta(days=32)).replace(day=1))
        return self.at + {"day": 86_400_000, "hour": _HOUR, "minute": 60_000, "second": 1000}[self.precision]


def read_moment(text: str, now: datetime) -> Moment:
    """Return the time a responder typed, as precise as it was typed.

    "2026", "May 2026", "3 May 2026", "2026-05-03 14h", "14:00", "2026-05-03T14:00:20Z", "about 22:30", "-10m",
    "2 h ago", "yesterday 9pm", "now". Without a zone it is UK time. Raises ``BadInput`` for what cannot be read,
    for a date that reads two ways, for the hour that happens twice, for the future and for times before 1990.
    """
    found = _read(text.strip(), now)
    if found.at > milliseconds(now + GRACE):
        raise BadInput(
            say("“{0}” lies in the future.", text), "Write when it happened; write the year if it was another."
        )
    if found.at < milliseconds(EARLIEST):
        raise BadInput(say("“{0}” lies before 1990.", text), "Check the year.")
    return found


def lasting_moment(text: str, seen: datetime) -> str:
    """Return words that mean at any later moment what a text meant at ``seen``: see ``times.lasting``."""
    try:
        shown = read_moment(text, seen)
    except BadInput:
        return text
    try:
        moves = read_moment(text, seen + STANDS) != shown
    except BadInput:
        moves = True
    return as_typed(shown) if moves else text


def _read(text: str, now: datetime) -> Moment:
    if len(text) > _MOST_TYPED:
        raise _unreadable(text)
    words, found = _ABOUT.subn(" ", text)
    about, words = found > 0, " ".join(words.replace(" ,", ",").split()).strip(", ")
    local = now.astimezone(LONDON)
    ago = _AGO.match(words)
    if ago or words.lower() == "now":
        unit = (ago[2] or ago[4]).lower() if ago else "m"
        try:
            then = now - timedelta(**{_UNITS[unit]: int(ago[1] or ago[3])}) if ago else now
            back = then.astimezone(LONDON)
        except OverflowError:
            raise _unreadable(text) from None
        parts = [back.year, back.month, back.day]
        if unit in ("m", "h"):
            parts += [back.hour, back.minute]
        return _moment(text, parts, _offset_of(back), about)
    clock = _CLOCK.search(words)
    date = words if clock is None else words[: clock.start()].strip(" ,")
    parts = [local.year, local.month, local.day] if clock is not None and not date else _date(text, date, local)
    if clock is None:
        return _moment(text, parts, None, about)
    if len(parts) < 3:
        raise _unreadable(text)
    return _moment(text, [*parts, *_time(text, clock)], _zone(text, clock["zone"]), about)


def _unreadable(text: str) -> BadInput:
    return BadInput(
        say("“{0}” is no time I can read.", text[:_MOST_TYPED]),
        "Write what is known: 2026, May 2026, 3 May 2026, 2026-05-03 14h, 03:12, about 22:30 or -10m.",
    )


def _date(text: str, words: str, today: datetime) -> list[int]:
    if words.lower() in ("today", "yesterday"):
        then = today - timedelta(days=words.lower() == "yesterday")
        return [then.year, then.month, then.day]
    if iso := _ISO.match(words):
        return [int(part) for part in iso.groups() if part]
    if slashed := _SLASHED.match(words):
        day, month, year = (int(part) for part in slashed.groups())
        if day <= 12 and month <= 12 and day != month:
            one, other = (f"{d} {_MONTHS[m - 1].capitalize()} {year}" for d, m in ((day, month), (month, day)))
            raise BadInput(say("“{0}” can be read two ways.", text), say("Write {0} or {1}.", one, other), "two-ways")
        return [year, month, day] if month <= 12 else [year, day, month]
    named = _NAMED.match(words)
    if named is None or (named["day"] is None and (named["year"] is None or named["weekday"])):
        raise _unreadable(text)
    year = int(named["year"] or today.year)
    found = [year, _MONTHS.index(named["month"].lower()) + 1]
    if named["day"] is None:
        return found
    found.append(int(named["day"]))
    if named["weekday"]:
        try:
            weekday = datetime(*found, tzinfo=UTC).weekday()  # type: ignore[misc, arg-type]
        except ValueError:
            raise _unreadable(text) from None
        if _DAYS[weekday] != named["weekday"].lower():
            raise BadInput(
                say("{0} {1} {2} does not fall on that day of the week.", found[2], named["month"].capitalize(), year),
                "Leave the day of the week out, or correct the date.",
            )
    return found


def _time(text: str, clock: re.Match[str]) -> list[int]:
    hour, half = int(clock["hour"]), (clock["noon"] or clock["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise _unreadable(text)
        hour = hour % 12 + (12 if half == "pm" else 0)
    rest = [clock["minute"] or clock["past"], clock["second"]]
    return [hour, *(int(part) for part in rest if part)]


def _zone(text: str, zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return 60 if zone.upper() == "BST" else 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    if minutes > _MAX_OFFSET or int(zone[-2:]) > 59:
        raise _unreadable(text)
    return minutes if zone[0] == "+" else -minutes


def uk_offset(moment: datetime) -> int:
    """Return by how many minutes UK clocks are ahead of UTC at a moment."""
    return _offset_of(moment.astimezone(LONDON))


def _offset_of(moment: datetime) -> int:
    offset = moment.utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)


def _moment(text: str, parts: list[int], offset: int | None, about: bool) -> Moment:
    precision = PRECISIONS[len(parts) - 1]
    try:
        naive = datetime(*[*parts, *[1, 1, 1][len(parts) :]])  # type: ignore[arg-type]  # noqa: DTZ001
        if offset is None:
            early, late = (_offset_of(naive.replace(tzinfo=LONDON, fold=fold)) for fold in (0, 1))
            if early != late:
                raise BadInput(
                    say("{0} happened twice or not at all when the clocks changed.", text),
                    say("Say which: {0}+01:00 (BST) or {0}+00:00 (GMT).", text),
                    "clock-change",
                )
            offset = early
        at = milliseconds(naive.replace(tzinfo=timezone(timedelta(minutes=offset))))
    except (ValueError, OverflowError):
        raise _unreadable(text) from None
    return Moment(at, precision, offset, about, text)


def moment_of(untrusted_value: object) -> Moment | None:
    """Return a stored time; None for what is none (it may come from another laptop, or another version)."""
    if not isinstance(untrusted_value, Mapping):
        return None
    at = untrusted_value.get("at")
    if type(at) is not int or not milliseconds(datetime(1, 1, 3, tzinfo=UTC)) <= at <= _LAST - 86_400_000:
        return None
    offset = untrusted_value.get("offset")
    if type(offset) is not int or abs(offset) > _MAX_OFFSET:
        offset = uk_offset(datetime.fromtimestamp(at / 1000, UTC))
    precision = untrusted_value.get("precision", "minute")
    if precision not in PRECISIONS:
        precision = "day"  # a newer word for a period: a day claims less than a minute
    written = untrusted_value.get("as_written")
    return Moment(
        at, precision, offset, untrusted_value.get("about") is True, written if isinstance(written, str) else ""
    )


def as_typed(moment: Moment) -> str:
    """Return a time as it can be typed again, for a field: no precision is lost, none is gained."""
    form = {
        "year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%d %Hh", "minute": "%Y-%m-%d %H:%M",
        "second": "%Y-%m-%d %H:%M:%S",
    }[moment.precision]  # fmt: skip
    local = moment.local()
    zone = local.strftime("%z") if moment.precision in ("hour", "minute", "second") else ""
    words = dated(local, form) + (f"{zone[:3]}:{zone[3:5]}" if zone else "")
    return f"about {words}" if moment.about else words


def in_words(moment: Moment, now: datetime | None = None) -> str:
    """Return a time in UK local time as precisely as it is known: "Sat 21 Nov, about 22:30 GMT", "May 2026".

    With ``now``, today's day and this year are left out of a time of day, and this year of a day.
    """
    about = say("about {0}", "") if moment.about else ""
    own = moment.local()
    if moment.precision == "year":
        return f"{about}{own.year}"
    if moment.precision == "month":
        return f"{about}{dated(own, '%b')} {own.year}"
    if moment.precision == "day":
        return f"{about}{_day(own, now)}"
    local = datetime.fromtimestamp(moment.at / 1000, UTC).astimezone(LONDON)
    form = {"hour": "%Hh", "minute": "%H:%M", "second": "%H:%M:%S"}[moment.precision]
    time = f"{about}{dated(local, form)} {local:%Z}"
    if now is not None and local.date() == now.astimezone(LONDON).date():
        return time
    return f"{_day(local, now)}{',' if about else ''} {time}"


def _day(local: datetime, now: datetime | None) -> str:
    year = "" if now is not None and local.year == now.astimezone(LONDON).year else f" {local.year}"
    return f"{dated(local, '%a')} {local.day} {dated(local, '%b')}{year}"


def value_in_words(untrusted_value: object, now: datetime | None = None) -> str:
    """Return a stored time in words; "" for what is none."""
    moment = moment_of(untrusted_value)
    return "" if moment is None else in_words(moment, now)


def contradictions(times: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the names of every two times that cannot both be true: (the one that should come first, the other)."""
    known = {name: moment for name, value in times.items() if (moment := moment_of(value)) is not None}
    return [
        (first, then)
        for first, then in _ORDERS
        if first in known and then in known and _surely_before(known[then], known[first])
    ]


def impossible_orders(times: Mapping[str, object], now: datetime | None = None) -> list[str]:
    """Return a sentence for every two times that cannot both be true. Orders are doubted, never refused."""
    return [
        f"{then.capitalize()} ({value_in_words(times[then], now)}) lies before"
        f" {first} ({value_in_words(times[first], now)})."
        for first, then in contradictions(times)
    ]


def _surely_before(one: Moment, other: Moment) -> bool:
    slack = sum(max(_HOUR, moment.end() - moment.at) for moment in (one, other) if moment.about)
    return one.end() + slack <= other.at
