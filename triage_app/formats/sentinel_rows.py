"""Rows of Microsoft Sentinel's tables in Log Analytics: as JSON, as a query's answer, or as the portal's CSV.

The portal names a time's column ``TimeGenerated [UTC]`` and writes the time as the person's region does, day or month
first. Which it is, is told from the first rows of the file or not at all: a table in which every date can be read two
ways is none of ours, and the mapper asks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

from triage_app.domain.mapping import Mapping
from triage_app.formats.building import text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head, TableHead
from triage_app.formats.json_feed import read_objects, sample
from triage_app.formats.log_analytics import read_answers, tables_of
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.strict_json import BadRecord, loads
from triage_app.formats.times import reader_for, utc_milliseconds

WRAPPERS: Final = ("value", "results", "rows")
_UTC: Final = " [UTC]"
_TIMES: Final = (
    "TimeGenerated", "StartTime", "StartTimeUtc", "EndTime", "EndTimeUtc", "ProcessingEndTime", "CreatedTime",
    "FirstActivityTime", "LastActivityTime", "FirstModifiedTime", "LastModifiedTime", "ClosedTime",
)  # fmt: skip

Reader = Callable[[str], int]


def _reader(order: str) -> Reader:
    return utc_milliseconds if order == "iso" else reader_for(Mapping("Sentinel", "Sentinel", {}, time_format=order))


_READERS: Final = {order: _reader(order) for order in ("iso", "dmy", "mdy")}


def has_rows(head: Head, needed: Collection[str], times: Collection[str]) -> str:
    """Return how a file holds rows with these columns, 'json' or 'csv'; "" if it does not.

    A table needs one of the columns ``times`` too, with times that can be read in one way.
    """
    if head.json is not None:
        rows = (record.keys() for record in sample(head.json, WRAPPERS))
        return "json" if any(set(names) >= set(needed) for names in (*rows, *tables_of(head.json))) else ""
    if head.table is None or not set(head.table.headers) >= set(needed):
        return ""
    timed = any({name, name + _UTC} & set(head.table.headers) for name in times)
    return "csv" if timed and time_order(head.table) else ""


def time_order(table: TableHead) -> str:
    """Return how a table writes its times: 'iso', 'dmy' or 'mdy'; "" if that cannot be told."""
    places = [place for place, name in enumerate(table.headers) if name.removesuffix(_UTC) in _TIMES]
    cells = {row[place].strip() for row in table.rows for place in places if place < len(row)} - {""}
    if not cells:
        return "iso"
    said = [way for way in map(_readings, cells) if way]
    if any("iso" in way for way in said):
        return "iso"
    common = set(_READERS).intersection(*said) - {"iso"}
    if len(common) > 1 and said and all(way["dmy"] == way["mdy"] for way in said):
        return "dmy"  # such as 11/11/2026 throughout: the same either way
    return common.pop() if len(common) == 1 else ""


def _readings(cell: str) -> dict[str, int]:
    """Return every way in which a time can be read, with what it would mean."""
    found = {}
    for order, read in _READERS.items():
        try:
            found[order] = read(cell)
        except ValueError:
            continue
    return found


def read_rows(
    source: TextSource,
    output: Output,
    context: Context,
    make: Callable[[dict[str, Any], Reader], list[Any]],
    mark: str,
) -> None:
    """Send every row to ``output`` as ``make`` makes it of (the row, how to read its times).

    ``mark`` is a column that tells a row from an object around rows.
    """
    table_head = context.head.table if context.head.json is None else None
    if table_head is None and any(tables_of(context.head.json)):
        read_answers(source, output, lambda record: make(record, utc_milliseconds), mark)
        return
    if table_head is None:
        read_objects(source, output, lambda record: make(record, utc_milliseconds), WRAPPERS, mark)
        return
    read_time = _READERS[time_order(table_head) or "iso"]
    table = context.table(source, output, short_by=3)
    for cells in table:
        try:
            output.row(make(dict(zip(table.headers, cells, strict=True)), read_time))
        except ValueError as error:
            output.reject(table.line, str(error), table.raw())
    output.short_rows = table.short_rows


def moment(record: dict[str, Any], names: Collection[str], read_time: Reader, what: str) -> int:
    """Return the first of these times that a row has; raise ``ValueError`` if it has none or it cannot be read."""
    for name in names:
        if text := (text_of(record.get(name)) or text_of(record.get(name + _UTC))).strip():
            return read_time(text)
    raise ValueError(f"{what} without a time")


def inner(value: Any) -> Any:
    """Return the JSON that a cell holds as text, None for what only looks like it; anything else as it is."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return loads(value)
        except BadRecord:
            return None
    return value
