"""A mapping: which column of somebody's table means what, said once and remembered.

A mapping is data (JSON): it names the columns, how times are written and where, which severity scale
is used, and values that every row shares. ``triage_app.domain.suggestion`` makes a first guess.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain.canonical import canonical

FIELDS: Final = (
    "title",
    "reference",
    "category",
    "host",
    "user",
    "src",
    "dst",
    "url",
    "hash",
    "detail",
    "organisation",
    "time",
    "severity",
)
"""What a column may mean."""

TIME_FORMATS: Final = ("auto", "iso", "dmy", "mdy", "ymd", "english", "epoch_s", "epoch_ms", "filetime")
"""How a table may write its times. 'auto' takes only what can be read in one way."""

TIME_ZONES: Final = ("UTC", "Europe/London")
"""Zones a table without offsets may be in, beside fixed offsets such as ``+01:00``."""

TWICE: Final = ("ask", "first", "second")
"""Which of the two readings a time has that the clock change in October made happen twice."""

MAX_TEXT: Final = 500
MAX_COLUMNS: Final = 5_000
MAX_JSON: Final = 2_000_000
VERSION: Final = 1


@dataclass(frozen=True)
class Mapping:
    """How to read one kind of table. ``columns`` maps a field to the header of its column."""

    name: str
    source: str
    "Who reports in this table; it becomes part of the alert's key."
    columns: dict[str, str]
    time_format: str = "auto"
    timezone: str = "UTC"
    "Where the table's clock stands if a time names no offset."
    severity_scale: str = "words"
    constants: dict[str, str] = field(default_factory=dict)
    "Field → the value that every row has, where no column gives one."
    fingerprint: str = ""
    "``header_fingerprint`` of the table that it was made for; empty for any table with these columns."
    twice: str = "ask"
    zone_stated: bool = True
    "False where a person has yet to say where the table's clock stands: then no time that names no zone is read."
    ambiguous: bool = False
    "Dates of the sample can be read two ways: a person has to choose before anything is read."
    readings: tuple[str, ...] = ()
    "The two readings of the first such date, as (format, what it would mean) in words."

    def problem(self) -> str:
        """Return what is wrong with this mapping in a sentence, or ""."""
        for name, value in (("name", self.name), ("source", self.source)):
            if not value.strip() or len(value) > MAX_TEXT:
                return f"A mapping needs a {name} of at most {MAX_TEXT} characters."
        for key in (*self.columns, *self.constants):
            if key not in FIELDS:
                return f"A mapping cannot fill {key!r}; it may fill {', '.join(FIELDS)}."
        if any(len(value) > MAX_TEXT for value in (*self.columns.values(), *self.constants.values())):
            return f"A column name or value in a mapping is longer than {MAX_TEXT} characters."
        if "title" not in self.columns and not self.constants.get("title", "").strip():
            return "A mapping needs a column, or one value, for the title."
        if "time" in self.constants:
            return "A time cannot be the same for every row."
        if self.time_format not in TIME_FORMATS:
            return f"A mapping does not know the time format {self.time_format!r}; it knows {', '.join(TIME_FORMATS)}."
        if self.timezone not in TIME_ZONES and offset_minutes(self.timezone) is None:
            return f"A mapping does not know the time zone {self.timezone!r}; it knows {', '.join(TIME_ZONES)}, +01:00."
        if self.twice not in TWICE:
            return f"A mapping settles a time that happened twice by {', '.join(TWICE)}."
        return ""

    def as_data(self) -> dict[str, Any]:
        """Return the mapping as plain data, for JSON."""
        return {
            "version": VERSION,
            "name": self.name,
            "source": self.source,
            "columns": dict(self.columns),
            "time_format": self.time_format,
            "timezone": self.timezone,
            "severity_scale": self.severity_scale,
            "constants": dict(self.constants),
            "fingerprint": self.fingerprint,
            "twice": self.twice,
            "zone_stated": self.zone_stated,
            "ambiguous": self.ambiguous,
            "readings": list(self.readings),
        }

    def as_json(self) -> str:
        """Return the mapping as a JSON text that a person can mend."""
        return json.dumps(self.as_data(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_data(cls, untrusted_data: object) -> Mapping:
        """Check plain data and return the mapping; raise ``ValueError`` with a sentence for anything else."""
        if not isinstance(untrusted_data, dict):
            raise ValueError("A mapping is a JSON object.")
        known = {"version", *cls.__dataclass_fields__}
        unknown = [key for key in untrusted_data if key not in known]
        if unknown:
            raise ValueError(f"A mapping has no entry {str(unknown[0])[:40]!r}.")
        if untrusted_data.get("version", VERSION) != VERSION:
            raise ValueError("The mapping was written by another version of the program.")
        values: dict[str, Any] = {}
        for key in ("name", "source", "time_format", "timezone", "severity_scale", "fingerprint", "twice"):
            if key in untrusted_data:
                values[key] = _text(key, untrusted_data[key])
        for key in ("columns", "constants"):
            if key in untrusted_data:
                values[key] = _texts(key, untrusted_data[key])
        ambiguous = untrusted_data.get("ambiguous", False)
        readings = untrusted_data.get("readings", [])
        stated = untrusted_data.get("zone_stated", "timezone" in untrusted_data)
        if not isinstance(stated, bool):
            raise ValueError("A mapping's 'zone_stated' is true or false.")
        if not isinstance(ambiguous, bool) or not isinstance(readings, list) or len(readings) > 2:
            raise ValueError("A mapping's 'ambiguous' is true or false, its 'readings' a list of two.")
        missing = [key for key in ("name", "source", "columns") if key not in values]
        if missing:
            raise ValueError(f"A mapping needs {missing[0]!r}.")
        values["readings"] = tuple(_text("readings", reading) for reading in readings)
        mapping = cls(**values, zone_stated=stated, ambiguous=ambiguous)
        problem = mapping.problem()
        if problem:
            raise ValueError(problem)
        return mapping

    @classmethod
    def from_json(cls, untrusted_text: str) -> Mapping:
        """Read what ``as_json`` wrote or a person mended; raise ``ValueError`` with a sentence."""
        if len(untrusted_text) > MAX_JSON:
            raise ValueError("The mapping is too large.")
        try:
            data = json.loads(untrusted_text, object_pairs_hook=_no_duplicates)
        except RecursionError as error:
            raise ValueError("The mapping is not JSON.") from error
        except json.JSONDecodeError as error:
            raise ValueError(f"The mapping is not JSON (line {error.lineno}).") from error
        return cls.from_data(data)


def offset_minutes(zone: str) -> int | None:
    """Return the minutes east of UTC of ``+01:00`` or ``-0530``, or None if it is no fixed offset."""
    digits = zone[1:].replace(":", "", 1)
    if zone[:1] not in {"+", "-"} or len(digits) != 4 or not (digits.isascii() and digits.isdecimal()):
        return None
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes > 14 * 60 or int(digits[2:]) > 59:
        return None
    return -minutes if zone[0] == "-" else minutes


def header_fingerprint(headers: Sequence[str]) -> str:
    """Return the hex name of a table's shape: its headers, whatever their order, case and outer spaces."""
    names = sorted({" ".join(header.split()).casefold() for header in headers})
    return hashlib.sha256(b"headers1\n" + canonical(names)).hexdigest()[:32]


def unique_headers(untrusted_headers: Sequence[str]) -> list[str]:
    """Return headers in which no two are equal and none is empty: ``name``, ``name (2)``, ``column 7``."""
    seen: set[str] = set()
    unique = []
    for number, untrusted_header in enumerate(untrusted_headers, 1):
        base = untrusted_header.strip() or f"column {number}"
        name, count = base, 1
        while name in seen:
            count += 1
            name = f"{base} ({count})"
        seen.add(name)
        unique.append(name)
    return unique


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"A mapping's {key!r} is a text of at most {MAX_TEXT} characters.")
    value.encode("utf-8")  # a lone surrogate is refused as a ValueError
    return value


def _texts(key: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MAX_COLUMNS:
        raise ValueError(f"A mapping's {key!r} is an object of texts.")
    return {_text(key, name): _text(key, text) for name, text in value.items()}


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("The mapping says something twice.")
    return data
