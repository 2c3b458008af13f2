"""Times in security logs: epoch numbers, ISO, "Nov 21 2026 20:00:00.123 GMT", and a sender's own pattern.

A time without a zone is taken as UTC, as everywhere in this program. A time without a year, or in a
zone whose name means several things (CST, IST), says too little: it is refused, never guessed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from triage_app.domain.mapping import Mapping
from triage_app.formats.times import reader_for

_AUTO: Final = reader_for(Mapping("log", "log", {}, time_format="auto", timezone="UTC"))
_LONDON: Final = reader_for(Mapping("log", "log", {}, time_format="auto", timezone="Europe/London"))

_ZONES: Final = {
    "UTC": "+00:00",
    "GMT": "+00:00",
    "WET": "+00:00",
    "BST": "+01:00",
    "WEST": "+01:00",
    "CET": "+01:00",
    "CEST": "+02:00",
    "EET": "+02:00",
    "EEST": "+03:00",
}
"""Names of zones that mean one thing to a British reader; BST is British Summer Time."""

_NAMED = re.compile(r"(.{8,40}?) ?\b([A-Z]{3,4})\Z", re.DOTALL)
_OFFSET_AFTER_NAME = re.compile(r"(.{8,40}?) ?(?:GMT|UTC)([+-]\d{2}:?\d{2})\Z", re.DOTALL)
_OFFSET = re.compile(r"(?:Z|(?:GMT|UTC)?([+-]\d{2}:?\d{2}))\Z")
_LETTERS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*+|([^A-Za-z'])")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def log_time(text: str, zone: str = "") -> int:
    """Return a time as milliseconds since 1970 UTC; raise ``ValueError`` with the reason if it says too little.

    ``zone`` is where the sender's clock stands, for a time that does not say: an offset, a name, Europe/London.
    """
    text = text.strip()
    if len(text) > 60:
        raise ValueError(f"the time {text[:40]!r} cannot be read")
    known = _OFFSET_AFTER_NAME.match(text)
    if known:
        return _AUTO(f"{known[1]} {known[2]}")
    named = _NAMED.match(text)
    if named and named[2] not in {"AM", "PM"}:
        return _AUTO(f"{named[1]} {_offset(named[2])}")
    if not zone or text.isdecimal() or _OFFSET.search(text):
        return _AUTO(text)
    return _LONDON(text) if zone in {"Europe/London", "GB"} else _AUTO(f"{text} {_offset(zone)}")


def _offset(zone: str) -> str:
    found = _OFFSET.fullmatch(zone)
    offset = (found[1] or "+00:00") if found else _ZONES.get(zone)
    if offset is None:
        raise ValueError(f"the zone {zone[:40]!r} is not known, or means several things")
    return offset


def first_time(*texts: str, zone: str = "") -> int | None:
    """Return the first of several times that can be read, None if none can."""
    for text in texts:
        if text:
            try:
                return log_time(text, zone)
            except ValueError:
                continue
    return None


def patterned_time(text: str, pattern: str) -> int:
    """Return a time written after a Java pattern such as ``MMM dd yyyy HH:mm:ss.SSS z``, as LEEF names one.

    Raises ``ValueError`` if the text does not follow the pattern, or the pattern lacks a year, month or day.
    """
    compiled = _compiled(pattern[:100])
    match = compiled.fullmatch(" ".join(text.split())[:80]) if compiled else None
    if match is None:
        raise ValueError(f"the time {text[:40]!r} is not written as {pattern[:40]!r}")
    part = match.groupdict(default="")
    year = part["year"] if len(part["year"]) == 4 else f"20{part['year']}"
    month = part.get("month") or str(_MONTHS.index(part["name"][:3].lower()) + 1)
    hour = int(part.get("hour") or part.get("half") or 0)
    if part.get("ap"):
        hour = hour % 12 + (12 if part["ap"].lower() == "pm" else 0)
    clock = f"{hour:02}:{int(part.get('minute') or 0):02}:{int(part.get('second') or 0):02}"
    fraction = f".{part['fraction']}" if part.get("fraction") else ""
    return log_time(f"{year}-{int(month):02}-{int(part['day']):02}T{clock}{fraction} {part.get('zone', '')}".strip())


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the expression for a Java pattern, None for one that leaves a date open or repeats itself."""
    parts, seen = [], set()
    for match in _LETTERS.finditer(" ".join(pattern.split())):
        quoted, letter, other = match[1], match[2], match[3]
        if letter is None:
            parts.append(re.escape("'" if quoted == "" else quoted.replace("''", "'") if quoted is not None else other))
            continue
        name, expression = _PARTS.get("MMM" if match[0][:3] == "MMM" else letter, ("", ""))
        if not name or name in seen:
            return None
        seen.add(name)
        parts.append(f"(?P<{name}>{expression})")
    if not {"year", "day"} <= seen or not seen & {"month", "name"}:
        return None
    return re.compile("".join(parts), re.ASCII)


_PARTS: Final = {
    "y": ("year", r"\d{4}|\d{2}"),
    "M": ("month", r"\d{1,2}"),
    "MMM": ("name", r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?i:[a-z]{0,6})"),
    "d": ("day", r"\d{1,2}"),
    "H": ("hour", r"\d{1,2}"),
    "h": ("half", r"\d{1,2}"),
    "m": ("minute", r"\d{1,2}"),
    "s": ("second", r"\d{1,2}"),
    "S": ("fraction", r"\d{1,9}"),
    "a": ("ap", r"(?i:am|pm)"),
    "z": ("zone", r"[A-Z]{3,4}|(?:GMT|UTC)?[+-]\d\d:?\d\d|Z"),
    "Z": ("zone", r"[A-Z]{3,4}|(?:GMT|UTC)?[+-]\d\d:?\d\d|Z"),
    "X": ("zone", r"[+-]\d\d:?\d\d|Z"),
    "E": ("weekday", r"[A-Za-z]{2,9}"),
}
"""Letter of a Java pattern → (part of a time, expression)."""
