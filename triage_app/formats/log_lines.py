"""Lines of a log, numbered and bounded, and what a syslog daemon wrote before a message.

Three ways of writing that header are in use: RFC 5424, the older BSD form (RFC 3164, no year and no
zone), and the BSD form with a full ISO time, as rsyslog writes files since 2010.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import REJECT_COMMENT
from triage_app.formats.building import Builder
from triage_app.formats.decoding import TextSource
from triage_app.formats.records import Output

MAX_LINE: Final = 1_000_000
"""Characters of one line; syslog allows 8 KB, and what is longer is no event."""

MAX_PAIRS: Final = 2_000
"""Keys with values that one event may have."""

_PRIORITY = r"(?:<(?P<pri>\d{1,3})>)?"
_BSD_TIME = (
    r"(?P<time>[A-Z][a-z]{2} {1,2}\d{1,2}(?: \d{4})? \d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)"
    r"(?: (?P<zone>UTC|GMT)(?=[ :]))?"
)
_ISO_TIME = r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
_HOST = r"(?P<host>[^\s:,;|=\"'{}<>]{1,255})"

_FORMS: Final = (
    re.compile(
        r"<(?P<pri>\d{1,3})>(?P<version>[1-9]\d?) (?P<time>-|\d{4}-\d\d-\d\dT[\d:.,+Z-]{8,30})"
        r" (?P<host>\S{1,255}) (?P<program>\S{1,200}) (?P<pid>\S{1,200}) (?P<id>\S{1,200}) ?"
    ),
    re.compile(rf"{_PRIORITY}{_BSD_TIME}(?: {_HOST})?(?=[ :]|$)"),
    re.compile(rf"{_PRIORITY}{_ISO_TIME} {_HOST}(?=[ :]|$)"),
)


@dataclass(frozen=True)
class Header:
    """What stood before a message; "" for what was not there."""

    time: str
    host: str
    priority: str = ""
    version: str = ""
    program: str = ""
    pid: str = ""
    id: str = ""
    length: int = 0
    "How many characters of the line it took."


def header_of(line: str) -> Header | None:
    """Return the syslog header that a line begins with, or None."""
    for form in _FORMS:
        match = form.match(line)
        if match:
            found = match.groupdict(default="")
            zone = found.pop("zone", "")
            nil = {name: "" if value == "-" else value for name, value in found.items()}
            return Header(
                f"{nil['time']} {zone}" if zone else nil["time"],
                nil["host"],
                nil["pri"],
                nil.get("version", ""),
                nil.get("program", ""),
                nil.get("pid", ""),
                nil.get("id", ""),
                match.end(),
            )
    return None


def numbered_lines(blocks: Iterator[str], reject: Callable[[int, str, str], None]) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) of every line that holds something; lines that are too long go to ``reject``.

    Lines that explain a rejected record in a file of rejected records are skipped.
    """
    number, pending, dropping = 1, "", False
    for block in blocks:
        lines = (pending + block).split("\n")
        pending = lines.pop()
        for line in lines:
            if dropping:
                dropping = False
            elif len(line) > MAX_LINE:
                reject(number, "the line is longer than a megabyte", line)
            elif line.strip() and not line.startswith(REJECT_COMMENT):
                yield number, line.rstrip("\r")
            number += 1
        if len(pending) > MAX_LINE:
            if not dropping:
                reject(number, "the line is longer than a megabyte", pending)
            pending, dropping = "", True
    if pending.strip() and not dropping and not pending.startswith(REJECT_COMMENT):
        yield number, pending.rstrip("\r")


def sample_lines(lines: Sequence[str], most: int = 50) -> list[str]:
    """Return the first lines of a file that hold something, without a mark at the very start."""
    held = (line.lstrip("\ufeff") for line in lines if line.strip() and not line.startswith(REJECT_COMMENT))
    return [line for line, _ in zip(held, range(most), strict=False)]


FRONT: Final = 400
"""Characters within which an event begins after a syslog header."""


def event_start(line: str, start: re.Pattern[str]) -> int:
    """Return where the event that a pattern begins starts in a line, -1 for none; a syslog header stands before it."""
    if line.startswith(("{", "[", '"')):
        return -1
    match = start.search(line[:FRONT])
    return match.start() if match else -1


def events_among(lines: Sequence[str], start: re.Pattern[str]) -> tuple[int, int] | None:
    """Return (events, lines) of the first lines of a file, None if less than half of them hold one."""
    sample = sample_lines(lines)
    events = sum(event_start(line, start) >= 0 for line in sample)
    return None if events == 0 or events * 2 < len(sample) else (events, len(sample))


def read_lines(
    source: TextSource, output: Output, builder: Builder, row_of: Callable[[Builder, str], list[Any]]
) -> None:
    """Send the row of every line of a file to ``output``; a line of which ``ValueError`` is raised is rejected."""
    for number, line in numbered_lines(source.blocks(), output.reject):
        try:
            row = row_of(builder, line.lstrip("\ufeff"))
        except ValueError as error:
            output.reject(number, str(error), line)
        else:
            output.row(row)


def add(pairs: dict[str, Any], key: str, value: str) -> None:
    """Add a pair to a record; a key that comes twice gets a list of its values, in their order."""
    known = pairs.get(key)
    if known is None:
        pairs[key] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        pairs[key] = [known, value]


def first(pairs: dict[str, Any], *keys: str) -> str:
    """Return the value of the first key that has one, the first of several; "" for none."""
    for key in keys:
        value = pairs.get(key)
        if isinstance(value, list):
            value = next((item for item in value if item), "")
        if value:
            return str(value)
    return ""
