"""Spans of time as a filter names them: ``<24h``, ``2026-11-20..2026-11-22``, ``>=2026-11-20``, ``today``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services.changes import milliseconds
from triage_app.services.times import LONDON, read_time

_AGE = re.compile(r"\d{1,4}\s*(?:m|min|h|d|w)\Z", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_DAYS: Final = {"today": 0, "yesterday": 1}

Span = tuple[int | None, int | None]
"""The first and the last millisecond, UTC, both included; None where there is no bound."""


def read_span(text: str, op: str, now: datetime) -> Span:
    """Return the span that a comparison with a time or an age means. Raises ``BadInput``.

    ``<24h`` is younger than that, ``>24h`` older; ``<2026-11-20`` is before that day, and a day alone all of it, in the
    UK. Both ends of ``A..B`` belong to it, either may be left out.
    """
    words = text.strip()
    if ".." in words:
        return _between(text, words, op, now)
    if _AGE.match(words):
        moment = 2 * milliseconds(now) - milliseconds(read_time(words, now))
        match op:
            case "" | "<" | "<=":
                return moment + (op == "<"), None
            case ">" | ">=":
                return None, moment - (op == ">")
        raise BadInput(
            say("“seen:={0}” is no span.", text[:80]), "Write seen:<24h for the last 24 hours, seen:>24h for older."
        )
    begin, end = _moments(text, words, now)
    match op:
        case "<":
            return None, begin - 1
        case "<=":
            return None, end
        case ">":
            return end + 1, None
        case ">=":
            return begin, None
    if begin == end:
        raise BadInput(
            say("“seen:{0}” is one moment.", text[:80]),
            say("Say seen:>={0} for since then, seen:<{0} for before, or a day: seen:2026-11-20.", text[:80]),
        )
    return begin, end


def _between(text: str, words: str, op: str, now: datetime) -> Span:
    first, _, last = words.partition("..")
    if op or ".." in last or not (first or last):
        raise BadInput(
            say("“seen:{0}{1}” is no span.", op, text[:80]),
            "Write seen:2026-11-20..2026-11-22, without a comparison before it.",
        )
    begin = _moments(text, first, now)[0] if first else None
    end = _moments(text, last, now)[1] if last else None
    if begin is not None and end is not None and begin > end:
        raise BadInput(
            say("“seen:{0}” ends before it begins.", text[:80]),
            say("Turn it round: seen:{0}..{1}.", last[:40], first[:40]),
        )
    return begin, end


def _moments(text: str, word: str, now: datetime) -> tuple[int, int]:
    """Return the first and the last millisecond of a day, or one moment twice. An age is the moment so long ago."""
    name = word.strip().lower()
    if name in _DAYS or _DAY.match(name):
        try:
            day = (
                now.astimezone(LONDON).date() - timedelta(days=_DAYS[name])
                if name in _DAYS
                else datetime.strptime(name, "%Y-%m-%d").date()  # noqa: DTZ007 - a day of the UK's calendar
            )
            begin = datetime(day.year, day.month, day.day, tzinfo=LONDON)
            after = day + timedelta(days=1)
            end = datetime(after.year, after.month, after.day, tzinfo=LONDON)
            return milliseconds(begin), milliseconds(end) - 1
        except (ValueError, OverflowError):
            raise BadInput(say("There is no day {0}.", word[:40]), "Write a day as 2026-11-20.") from None
    if _AGE.match(name):
        moment = 2 * milliseconds(now) - milliseconds(read_time(name, now))
    else:
        try:
            moment = milliseconds(read_time(word, now))
        except BadInput as error:
            if error.code == "clock-change":
                raise
            raise BadInput(
                say("“seen:{0}” is no time that can be read.", text[:80]),
                "Write seen:<24h (m, h, d or w), seen:today, seen:2026-11-20, or two days with two dots between.",
            ) from None
    return moment, moment
