"""A first guess at a mapping: from the names of the columns, and from what their cells look like.

A guess is shown and confirmed, never applied silently; dates that can be read two ways are marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from triage_app.domain.mapping import MAX_TEXT, Mapping, header_fingerprint

SAMPLE: Final = 50

_NAMES: Final = {
    "time": (
        "timestamp|event time|alert time|detection time|detected at|first seen|time generated|timegenerated|created|"
        "created at|createddatetime|source time|observation time|start time|starttime|occurred|date time|datetime|"
        "time utc|eventtime|date|time|add date|last seen|first activity|when|raised|raised at|logged|when seen|"
        "when it happened|seen at|reported at"
    ),
    "severity": "severity|alert severity|risk|risk level|priority|criticality|level|urgency|threat level|score|cvss|"
    "how bad|how serious|how severe|how urgent|seriousness|badness",
    "title": "title|alert title|alert name|alertname|alert|name|rule name|rule|signature|threat name|threat|detection|"
    "summary|event|event name|description|threat type|message|subject|reason|type|"
    "what happened|what|what was seen|what is wrong|problem",
    "reference": "alert id|alertid|id|reference|ref|incident id|event id|case id|ticket|system alert id|uuid|guid|"
    "detection id|defacement id|alert ref|alert number|number|provider alert id",
    "category": "category|alert category|threat category|tactic|tactics|type|class|classification|kind|group|family",
    "host": "host|hostname|host name|computer|computer name|device|device name|machine|machine name|endpoint|asset|"
    "workstation|system name|dns name|node|domain name|domain|where seen|where|seen on|which machine|"
    "which computer|pc|laptop",
    "user": "user|username|user name|account|account name|user principal name|upn|logon name|actor|user id|who|"
    "whose account|which user|login|logon|person|staff member",
    "src": "src|src ip|source ip|source|source address|srcip|sourceip|client ip|clientip|remote ip|attacker ip|ip|"
    "ip address|ipaddress|local ip|device ip|src addr|"
    "from address|from ip|from",
    "dst": "dst|dst ip|remote ip|remote address|destination ip|"
    "destination|dest ip|destip|dstip|destination address|target ip|server ip|dst addr|to address|to ip|to",
    "url": "url|uri|link|request url|requested url|payload url|web address",
    "hash": "sha256|sha 256|hash|file hash|filehash|sha1|sha 1|md5|file sha256|checksum",
    "detail": "detail|details|description|message|notes|comment|info|evidence|event details|recommended action",
    "organisation": "organisation|organization|org|org code|organisation code|ods|ods code|trust|trust code|site code",
}
_ORDER: Final = {field: names.split("|") for field, names in _NAMES.items()}
_BREAK = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_V4 = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?\Z", re.ASCII)
_V6 = re.compile(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*\Z", re.ASCII)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})\Z")
_LINK = re.compile(r"(?:h(?:tt|xx)ps?|ftp)(?:\[?:\]?//|://)", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d|\Z)", re.ASCII)
_EPOCH_S = re.compile(r"1\d{9}(?:\.\d+)?\Z", re.ASCII)
_EPOCH_MS = re.compile(r"1\d{12}\Z", re.ASCII)
_FILETIME = re.compile(r"1[23]\d{16}\Z", re.ASCII)
_ZONE = re.compile(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\s*\Z", re.IGNORECASE)
_SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?!\d)", re.ASCII)
_YEAR_FIRST = re.compile(r"\d{4}[/.]\d{1,2}[/.]\d{1,2}", re.ASCII)
_ENGLISH = re.compile(
    r"(?:[A-Za-z]{3,9},? )?(?:\d{1,2}(?:st|nd|rd|th)?[ \-][A-Za-z]{3,9}|[A-Za-z]{3,9} \d{1,2},?)[ \-,]+\d{4}"
)
_WORDS: Final = frozenset(
    [
        "critical",
        "high",
        "very high",
        "important",
        "medium",
        "moderate",
        "low",
        "info",
        "information",
        "informational",
        "severe",
        "major",
        "minor",
        "warning",
        "notice",
        "none",
        "urgent",
    ]
)

_PLAIN_WORDS: Final = _WORDS - {"info", "information", "none", "notice", "warning", "major", "minor"}
"""Words that mean a severity wherever they stand: a column without one of them is none by its cells alone."""
_GRADE = re.compile(r"[Pp][1-5]\Z", re.ASCII)
_NO_SEVERITY: Final = frozenset(
    [
        "confidence",
        "certainty",
        "sure",
        "likelihood",
        "probability",
        "complexity",
        "sensitivity",
        "integrity",
        "availability",
    ]
)
"""What is also high, medium or low and says nothing of how bad an alert is."""

_MACHINE = re.compile(r"(?=[^-]*\d|[^-]*-[^-]*[A-Z])[A-Z0-9]{2,}(?:-[A-Z0-9]+){1,3}\Z", re.IGNORECASE | re.ASCII)
"""WARD7B-PH-016, and not INC-0016: letters and then only digits are as often a reference."""
_ACCOUNT = re.compile(
    r"[\w.-]{1,64}\\[\w.$ -]{1,64}\Z|[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+\Z"
    r"|[a-z]{1,2}\d?\.(?!(?:com|net|org|info|biz|gov|edu|mil|example|test)\Z)[a-z'-]{3,}\d*\Z",
    re.IGNORECASE | re.ASCII,
)
_FROM: Final = frozenset(["from", "source", "src", "sender", "attacker"])
_TO: Final = frozenset(["to", "dest", "dst", "destination", "target", "towards"])

_SHAPES: Final[dict[str, Callable[[str], object]]] = {
    "url": _LINK.match,
    "src": lambda cell: _V4.match(cell) or (_V6.match(cell) and "::" in cell),
    "dst": lambda cell: _V4.match(cell) or (_V6.match(cell) and "::" in cell),
    "hash": _HEX.match,
}


def suggest(headers: Sequence[str], sample_rows: Sequence[Sequence[str]], *, name: str = "Table") -> Mapping:
    """Return a guess at what the columns of a table mean, from its headers and some first rows."""
    columns_of_cells = [
        [row[index].strip() for row in sample_rows[:SAMPLE] if index < len(row) and row[index].strip()]
        for index in range(len(headers))
    ]
    names = [_plain(header) for header in headers]
    taken: set[int] = set()
    columns: dict[str, str] = {}
    for field in ("time", "severity", "reference", "url", "hash", "src", "dst", "host", "user", "organisation"):
        index = _best(field, names, columns_of_cells, taken)
        if index is not None:
            taken.add(index)
            columns[field] = headers[index]
    for field in ("title", "category", "detail"):
        index = _best(field, names, columns_of_cells, taken)
        if index is not None:
            taken.add(index)
            columns[field] = headers[index]
    constants = {}
    label = (name.rsplit("/", 1)[-1].rsplit(".", 1)[0].strip() or "Table")[:100]
    if "title" not in columns:
        index = _wordiest(columns_of_cells, taken)
        if index is not None:
            columns["title"] = headers[index]
        else:
            constants["title"] = label
    times = columns_of_cells[headers.index(columns["time"])] if "time" in columns else []
    time_format, readings = _time_format(times)
    severities = columns_of_cells[headers.index(columns["severity"])] if "severity" in columns else []
    header = _plain(columns.get("severity", ""))
    columns = {field: text for field, text in columns.items() if len(text) <= MAX_TEXT}
    return Mapping(
        name=label,
        source=label,
        columns=columns,
        time_format=time_format,
        severity_scale=_scale(severities, header),
        constants=constants,
        fingerprint=header_fingerprint(headers),
        zone_stated=not any(_names_no_zone(cell) for cell in times),
        ambiguous=bool(readings),
        readings=readings,
    )


def _plain(header: str) -> str:
    return " ".join(_BREAK.sub(" ", _CAMEL.sub(" ", header.strip()).lower()).split())


def _best(field: str, names: list[str], cells: list[list[str]], taken: set[int]) -> int | None:
    """Return the free column that fits a field best, or None."""
    found, best_score = None, 0.0
    wanted = _ORDER[field]
    most = max([1, *map(len, cells)])
    for index, column_name in enumerate(names):
        if index in taken:
            continue
        score = 0.0
        if column_name in wanted:
            score = 100 - wanted.index(column_name)
        elif column_name.replace(" ", "") in wanted:
            score = 95 - wanted.index(column_name.replace(" ", ""))
        elif any(len(word) > 3 and f" {word} " in f" {column_name} " for word in wanted[:12]):
            score = 20
        score = _weigh(field, score, cells[index], column_name) * (0.5 + len(cells[index]) / (2 * most))
        if score > best_score:
            found, best_score = index, score
    return found


def _weigh(field: str, score: float, cells: list[str], name: str) -> float:
    """Let what the cells look like speak for or against a name."""
    if not cells:
        return score / 4 if score >= 80 else 0.0
    words = set(name.split())
    if field == "time":
        share = sum(_looks_like_time(cell) for cell in cells) / len(cells)
        return score + 30 * share if share > 0.6 else 0.0
    shape = _SHAPES.get(field)
    if shape is not None:
        share = sum(bool(shape(cell)) for cell in cells) / len(cells)
        if field in {"src", "dst"} and share < 0.5:
            return 0.0
        if score == 0 and (not words & _TO if field == "dst" else field == "src" and words & _TO and not words & _FROM):
            return 0.0
        return score + 60 * share if share > 0.5 else (score if score >= 80 else 0.0)
    if field == "reference" and score:
        return score if len(set(cells)) * 10 >= len(cells) * 3 else 0.0
    if field == "severity" and score:
        if words & _NO_SEVERITY:  # how sure a source is says nothing of how bad it is
            return 0.0
        return score + 30 * sum(cell.lower() in _WORDS for cell in cells) / len(cells)
    if not score and not any(name in wanted for wanted in _ORDER.values()):
        return _by_cells(field, cells, words)
    if field == "host" and score:
        return score if not any(_LINK.match(cell) or " " in cell for cell in cells) else score / 2
    return score


def _by_cells(field: str, cells: list[str], words: set[str]) -> float:
    """Return how well a column fits whose name says nothing of any field: only (nearly) all of its cells will do."""
    if field == "severity":
        if words & _NO_SEVERITY:
            return 0.0
        share = float(all(_GRADE.match(cell) for cell in cells))
        if any(cell.lower() in _PLAIN_WORDS for cell in cells):
            share = sum(cell.lower() in _WORDS for cell in cells) / len(cells)
    elif field == "host":
        share = sum(len(cell) <= 20 and bool(_MACHINE.match(cell)) for cell in cells) / len(cells)
    elif field == "user" and not words & (
        _FROM | _TO
    ):  # whoever wrote a mail, or got it, is not always who it is about
        share = sum(bool(_ACCOUNT.match(cell)) for cell in cells) / len(cells)
    else:
        return 0.0
    return 50 * share if share >= 0.85 else 0.0


def _names_no_zone(cell: str) -> bool:
    """Tell whether a cell is a time of day without a zone: a date alone and a count of seconds need none."""
    return ":" in cell and _looks_like_time(cell) and not _ZONE.search(cell)


def _looks_like_time(cell: str) -> bool:
    return any(
        pattern.match(cell) for pattern in (_ISO, _SLASHED, _YEAR_FIRST, _ENGLISH, _EPOCH_S, _EPOCH_MS, _FILETIME)
    )


def _wordiest(cells: list[list[str]], taken: set[int]) -> int | None:
    """Return the free column with the most words in a cell, where there are any words at all."""
    free = [index for index in range(len(cells)) if index not in taken and cells[index]]
    words = {index: sum(cell.count(" ") for cell in cells[index]) / len(cells[index]) for index in free}
    best = max(words, key=words.__getitem__, default=None)
    return best if best is not None and words[best] >= 1 else None


def _time_format(cells: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return (format, the two readings where nothing tells day from month)."""
    for name, pattern in (("iso", _ISO), ("ymd", _YEAR_FIRST), ("epoch_s", _EPOCH_S), ("epoch_ms", _EPOCH_MS)):
        if cells and all(pattern.match(cell) for cell in cells):
            return name, ()
    if cells and all(_FILETIME.match(cell) for cell in cells):
        return "filetime", ()
    parts = [match for cell in cells if (match := _SLASHED.match(cell))]
    if not parts:
        return ("english" if cells and all(_ENGLISH.match(cell) for cell in cells) else "auto"), ()
    if any(int(match[1]) > 12 for match in parts):
        return "dmy", ()
    if any(int(match[2]) > 12 for match in parts):
        return "mdy", ()
    doubtful = next((match for match in parts if match[1] != match[2]), None)
    if doubtful is None:
        return "dmy", ()
    first, second = int(doubtful[1]), int(doubtful[2])
    return "dmy", (
        f"dmy: {doubtful[0]} is {_day(second, first, doubtful[3])}",
        f"mdy: {doubtful[0]} is {_day(first, second, doubtful[3])}",
    )


def _day(month: int, day: int, year: str) -> str:
    try:
        moment = datetime(int(year) if len(year) == 4 else 2000 + int(year), month, day)  # noqa: DTZ001 - a date only
    except ValueError:
        return "no date"
    return f"{moment.day} {moment:%B %Y}"


def _scale(cells: list[str], header: str) -> str:
    """Return the severity scale that fits; words where in doubt, since unknown words stay in view."""
    if not cells:
        return "words"
    numbers = [float(cell) for cell in cells if re.fullmatch(r"\d{1,3}(?:\.\d+)?", cell, re.ASCII)]
    if len(numbers) * 2 < len(cells):
        if all(re.fullmatch(r"[Pp][1-5]", cell) for cell in cells):
            return "backwards-5" if any(cell.endswith("5") for cell in cells) else "backwards-4"
        return "words"
    if max(numbers) > 15:
        return "percent"
    if "cvss" in header or any(number != int(number) for number in numbers):
        return "cvss" if max(numbers) <= 10 else "percent"
    if max(numbers) > 10:
        return "wazuh"
    if max(numbers) > 5:
        return "cef"
    if "priority" in header:
        return "backwards-5" if max(numbers) > 4 else "backwards-4"
    return "one-to-five"
