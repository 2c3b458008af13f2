"""What a reader process may say, line by line: parsed strictly, checked cheaply, typed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import COLUMNS, KINDS, MAX_SCORE, Layout
from triage_app.domain.mapping import Mapping
from triage_app.formats.decoding import MAX_RECORD
from triage_app.formats.records import COLUMN_COUNT, MAX_COLUMN, MAX_REJECT_TEXT, MAX_TITLE

MAX_ROWS: Final = 1_000
MAX_REJECTS: Final = 1_000
MAX_TIME: Final = 2**47
LAST_KIND: Final = len(KINDS) - 1
MAX_REST: Final = 8 * MAX_RECORD
_CAPS: Final = {
    "severity_raw": MAX_COLUMN,
    "severity_rule": 200,
    "title": MAX_TITLE,
    "organisation": 200,
    "rsit": 100,
    "tlp": 40,
    "rest": MAX_REST,
    "tokens": MAX_REST,
}
_TEXTS: Final = tuple(
    (index, _CAPS.get(column, MAX_COLUMN))
    for index, column in enumerate(COLUMNS)
    if column not in {"evidence_id", "key", "seen_at", "severity", "kind", "until_at", "score"}
)
_ID, _KEY, _SEEN, _SEVERITY, _KIND, _UNTIL, _SCORE = (
    COLUMNS.index(column) for column in ("evidence_id", "key", "seen_at", "severity", "kind", "until_at", "score")
)


class Garbage(ValueError):
    """A line that no reader of ours would send."""


@dataclass(frozen=True)
class Begin:
    """What the file was found to be."""

    format: str
    why: str
    source: str
    layout: Layout
    headers: tuple[str, ...]
    delimiter: str
    encoding: str


@dataclass(frozen=True)
class LayoutChange:
    """The rows that follow lie otherwise in the columns."""

    layout: Layout


@dataclass(frozen=True)
class Part:
    """What a file inside the file was found to be; the rows that follow are its."""

    name: str
    format: str
    why: str
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """Some records, their columns in the order of ``domain.evidence.COLUMNS``, and how far into the file they reach."""

    bytes_read: int
    rows: list[list[Any]]


@dataclass(frozen=True)
class Reject:
    """A record that could not be read: the line where it began, why, and its text (cut at 64 kB)."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Rejects:
    """Some records that could not be read."""

    items: tuple[Reject, ...]


@dataclass(frozen=True)
class Ignored:
    """Records that are sound but no alerts: kind → how many."""

    counts: dict[str, int]


@dataclass(frozen=True)
class NeedsMapping:
    """A table whose columns somebody has to name; with its first rows and a guess."""

    headers: tuple[str, ...]
    delimiter: str
    encoding: str
    sample: tuple[tuple[str, ...], ...]
    suggestion: Mapping


@dataclass(frozen=True)
class End:
    """The totals. ``records`` are rows and rejects; ``short_rows`` lacked their last cells, which count as empty."""

    records: int
    rejected: int
    ignored: int
    short_rows: int


@dataclass(frozen=True)
class Refusal:
    """Nothing can be taken from the file."""

    what: str
    do: str
    code: str


Event = Begin | LayoutChange | Part | Rows | Rejects | Ignored | NeedsMapping | End


def parse_line(untrusted_line: bytes) -> Event | Refusal:
    """Return the event that a line stands for; raise ``Garbage`` for anything a reader would not say."""
    try:
        text = untrusted_line.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse)
        if not isinstance(value, list) or not value or not isinstance(value[0], str):
            raise Garbage("not a message")
        if "\\u" in text and ("\\ud" in text or "\\uD" in text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate raises a ValueError
        kind, content = value[0], value[1:]
        if kind == "rows":
            return _rows(content)
        if kind == "rejects":
            return _rejects(content)
        (data,) = content
        if kind == "layout":
            return LayoutChange(Layout.from_json(_text(data, 16_000_000)))
        if not isinstance(data, dict):
            raise Garbage("not an object")
        if kind == "begin":
            return _begin(data)
        if kind == "part":
            return Part(
                _text(data["name"], 500),
                _text(data["format"], 40),
                _text(data["why"], 1000),
                _texts(data["headers"], 2_000, 600),
            )
        if kind == "ignored":
            return Ignored({_text(key, 100): _count(number) for key, number in data.items()})
        if kind == "needs_mapping":
            return _mapping_needed(data)
        if kind == "end":
            return End(*(_count(data[key]) for key in ("records", "rejected", "ignored", "short_rows")))
        if kind == "refuse":
            return Refusal(_text(data["what"], 2000), _text(data["do"], 2000), _text(data["code"], 40))
    except Garbage:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError) as error:
        raise Garbage("not a message of a reader") from error
    raise Garbage("an unknown message")


def _rows(content: list[Any]) -> Rows:
    bytes_read, rows = content
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ROWS:
        raise Garbage("rows come in chunks")
    if set(map(type, rows)) != {list} or set(map(len, rows)) != {COLUMN_COUNT}:
        raise Garbage("a row has another width")
    columns = list(zip(*rows, strict=True))
    for index, cap in _TEXTS:
        column = columns[index]
        if len("".join(column)) > cap and max(map(len, column)) > cap:  # joining refuses what is no text
            raise Garbage("a text column holds too much")
    for index, length in ((_ID, 64), (_KEY, 32)):
        column = columns[index]
        joined = "".join(column)
        if set(map(len, column)) != {length} or joined != joined.lower():
            raise Garbage("an id has another length")
        if len(bytes.fromhex(joined)) * 2 != len(joined):
            raise Garbage("an id is not hexadecimal")
    for index in (_SEEN, _UNTIL):
        if not set(map(type, columns[index])) <= {int, type(None)}:
            raise Garbage("a time is not a number")
        times = set(columns[index])
        times.discard(None)
        if times and (min(times) < 0 or max(times) > MAX_TIME):
            raise Garbage("a time lies outside all time")
    for index, most, what in ((_SEVERITY, 100, "a severity lies outside 0 to 100"), (_KIND, LAST_KIND, "no such kind")):
        numbers = set(columns[index])
        if set(map(type, columns[index])) != {int} or min(numbers) < 0 or max(numbers) > most:
            raise Garbage(what)
    scores = set(columns[_SCORE])
    if not set(map(type, columns[_SCORE])) <= {int, float, type(None)}:
        raise Garbage("a score is not a number")
    scores.discard(None)
    if any(not abs(score) <= MAX_SCORE for score in scores):
        raise Garbage("a score is without measure")
    return Rows(_count(bytes_read), rows)


def _rejects(content: list[Any]) -> Rejects:
    (items,) = content
    if not isinstance(items, list) or not 0 < len(items) <= MAX_REJECTS:
        raise Garbage("rejects come in chunks")
    return Rejects(
        tuple(
            Reject(_count(line), _text(reason, 600), _text(text, MAX_REJECT_TEXT * 6)) for line, reason, text in items
        )
    )


def _begin(data: dict[str, Any]) -> Begin:
    return Begin(
        _text(data["format"], 40),
        _text(data["why"], 1000),
        _text(data["source"], 500),
        Layout.from_json(_text(data["layout"], 16_000_000)),
        _texts(data["headers"], 2_000, 600),
        _text(data["delimiter"], 1),
        _text(data["encoding"], 40),
    )


def _mapping_needed(data: dict[str, Any]) -> NeedsMapping:
    sample = data["sample"]
    if not isinstance(sample, list) or len(sample) > 50:
        raise Garbage("a sample has at most 50 rows")
    return NeedsMapping(
        _texts(data["headers"], 2_000, 600),
        _text(data["delimiter"], 1),
        _text(data["encoding"], 40),
        tuple(_texts(row, 2_000, 600) for row in sample),
        Mapping.from_data(data["suggestion"]),
    )


def _text(value: Any, cap: int) -> str:
    if not isinstance(value, str) or len(value) > cap:
        raise Garbage("not a text, or too long")
    return value


def _texts(values: Any, most: int, cap: int) -> tuple[str, ...]:
    if not isinstance(values, list) or len(values) > most:
        raise Garbage("not a list of texts")
    return tuple(_text(value, cap) for value in values)


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 2**53:
        raise Garbage("not a count")
    return value


def _refuse(text: str) -> Any:
    raise Garbage("a number that no reader sends")
