"""Times as responders type them and read them. The store knows only UTC milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage_app.errors import BadInput
from triage_app.language import dated, say

LONDON = ZoneInfo("Europe/London")
MIDNIGHT = time()
_SPAN = re.compile(r"([-+\u2212]?)(\d{1,4})\s*(m|min|h|d|w)\Z")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FIRST, _LAST = -62_135_000_000_000, 253_402_000_000_000
"The years 1 to 9999, in milliseconds: what a calendar can show in any zone."
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def read_time(text: str, now: datetime) -> datetime:
    """Return the moment a responder typed: ISO with or without zone, ``HH:MM`` (today), or a span such as ``4h``;
    ``-10m`` is ten minutes ago.

    A time without a zone is UK local time. Raises ``BadInput`` for one that cannot be read, that
    never was (the hour skipped in March) or that was twice (the hour repeated in October), where
    the zone must be said.
    """
    words = text.strip()
    try:
        return _read(text, words, now)
    except OverflowError:
        raise BadInput(say("“{0}” is beyond every calendar.", text), "Write a time of this century.") from None


def lasting(text: str, seen: datetime) -> str:
    """Return words that mean at any later moment what a text meant at ``seen``, when it was read out in a form.

    "-10m", "4h" and "now" become the time that was shown; what names its own day, or means the same all the next hour,
    stays as it was typed. What cannot be read stays too, for whoever keeps it to refuse.
    """
    try:
        shown = read_time(text, seen)
    except BadInput:
        return text
    try:
        moves = read_time(text, seen + STANDS) != shown
    except BadInput:
        moves = True
    return shown.astimezone(LONDON).isoformat(" ", "seconds") if moves else text


FIRST_YEAR = 1990
STANDS = timedelta(hours=1)
"Words that mean the same for so long are kept as typed: a form is saved, and its act written, well before."

AHEAD = timedelta(minutes=5)
"How far ahead of this laptop's clock the wall clock that somebody read may be."


def refuse_to_come(moment: datetime, now: datetime) -> None:
    """Raise ``BadInput`` for a time at which something cannot have happened yet."""
    if moment > now + AHEAD:
        raise BadInput(
            say("{0} has not come yet.", in_words(round(moment.timestamp() * 1000))),
            "Check the date, and this laptop's own clock.",
        )


def refuse_long_ago(moment: datetime) -> None:
    """Raise ``BadInput`` for a time before anything that this program records: a slip of the year."""
    if moment.year < FIRST_YEAR:
        raise BadInput(say("{0} is too long ago.", in_words(round(moment.timestamp() * 1000))), "Check the year.")


def _read(text: str, words: str, now: datetime) -> datetime:
    span = _SPAN.match(words.lower())
    if span:
        length = timedelta(**{_UNITS[span[3]]: int(span[2])})
        return now + length if span[1] in ("", "+") else now - length
    if words.lower() == "now":
        return now
    naive = _clock_today(words, now) or _naive(words)
    if naive is None:
        try:
            moment = datetime.fromisoformat(words.replace("Z", "+00:00"))
        except ValueError:
            raise BadInput(
                say("“{0}” is no time I can read.", text),
                "Write 2026-11-22 03:12 (UK time), 2026-11-22T03:12Z, 03:12 or 4h.",
            ) from None
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        naive = moment
    early, late = naive.replace(tzinfo=LONDON, fold=0), naive.replace(tzinfo=LONDON, fold=1)
    if early.utcoffset() != late.utcoffset():
        raise BadInput(
            say("{0} happened twice or not at all when the clocks changed.", words),
            say("Say which: {0}+01:00 (BST) or {0}+00:00 (GMT).", naive.isoformat()),
            "clock-change",
        )
    return early.astimezone(UTC)


def _clock_today(words: str, now: datetime) -> datetime | None:
    if not re.fullmatch(r"\d{1,2}:\d{2}", words):
        return None
    hours, minutes = (int(part) for part in words.split(":"))
    if hours > 23 or minutes > 59:
        return None
    return now.astimezone(LONDON).replace(hour=hours, minute=minutes, second=0, microsecond=0, tzinfo=None)


def _naive(words: str) -> datetime | None:
    for form in _FORMS:
        try:
            return datetime.strptime(words.replace("T", " "), form)  # noqa: DTZ007 - the zone follows
        except ValueError:
            continue
    return None


def _moment(at: object) -> datetime | None:
    """Return a stored time as a moment; None for what no calendar has (it came from elsewhere)."""
    if type(at) is not int or not _FIRST <= at <= _LAST:
        return None
    return datetime.fromtimestamp(at / 1000, UTC)


def in_words(at: int | None, *, with_date: bool = True) -> str:
    """Return a stored time in UK local time with its zone; “–” for none."""
    moment = _moment(at)
    if moment is None:
        return "–"
    local = moment.astimezone(LONDON)
    return dated(local, "%a %d %b %Y %H:%M %Z" if with_date else "%H:%M %Z")


def typed_day(now: datetime, *, ahead: int = 0) -> str:
    """Return the UK day ``ahead`` days after ``now`` as it is typed, for an example that is no date of long ago."""
    return (now.astimezone(LONDON) + timedelta(days=ahead)).strftime("%Y-%m-%d")


def day_in_words(at: int | None) -> str:
    """Return the day of a stored time in the UK, without its hour; “–” for none."""
    moment = _moment(at)
    return "–" if moment is None else dated(moment.astimezone(LONDON), "%d %b %Y")


def due_in_words(at: int | None, *, by_day: bool) -> str:
    """Return when something falls due, without its weekday; “–” for none.

    ``by_day`` says that its source gives days, which are kept as the beginning of that day, UTC: an hour would be ours.
    """
    moment = _moment(at)
    if moment is None:
        return "–"
    if by_day and moment.time() == MIDNIGHT:
        return dated(moment, "%d %b %Y")
    return dated(moment.astimezone(LONDON), "%d %b %Y %H:%M %Z")


def iso(at: int | None) -> str | None:
    """Return a stored time as ISO 8601 UTC, None for none: the form of every time in ``--json``."""
    moment = _moment(at)
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
