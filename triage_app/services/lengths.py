"""Lengths of time in words: short for a cell, and in full for a sentence and for whoever listens.

What is said in full is made from what is shown, so that a screen reader says what the screen does.
"""

from __future__ import annotations

import re
from typing import Final

from triage_app.language import plural

_SHORT: Final = re.compile(r"\b(\d[\d,]*) ([mhd])\b")


def span(milliseconds: int) -> str:
    """Return a length of time for a cell: “3 d 4 h”, “71 h 12 m”, “31 m”. Whole minutes, never rounded up."""
    minutes = abs(milliseconds) // 60_000
    hours, minutes = divmod(minutes, 60)
    if hours >= 100:
        days, hours = divmod(hours, 24)
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} m" if minutes else f"{hours} h"
    return f"{minutes} m"


def age(seconds: float) -> str:
    """Return an age for a cell, in its largest whole unit: “14 m”, “2 h”, “3 d”."""
    minutes = max(0, int(seconds // 60))
    if minutes < 60:
        return f"{minutes} m"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


def in_full(words: str) -> str:
    """Return words of ours with each length in them spelt out: “2 h 1 m late” is “2 hours 1 minute late”."""
    return _SHORT.sub(lambda found: _full(found[1], found[2]), words)


def span_aloud(milliseconds: int) -> str:
    """Return ``span`` in full: “71 hours 12 minutes”."""
    return in_full(span(milliseconds))


def age_aloud(seconds: float) -> str:
    """Return ``age`` in full: “14 minutes”."""
    return in_full(age(seconds))


def _full(many: str, unit: str) -> str:
    number = int(many.replace(",", ""))
    if unit == "m":
        words = plural(number, "1 minute", "{0} minutes")
    elif unit == "h":
        words = plural(number, "1 hour", "{0} hours")
    else:
        words = plural(number, "1 day", "{0} days")
    return words.format(many)
