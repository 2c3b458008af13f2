"""Organisations of the NHS Organisation Data Service: its CSV files of 27 columns without a header (``etr.csv`` …).

Column 1 is the code, 2 the name, 3 the national grouping (region), 4 the high level one, 5 to 9 the address, 10 the
postcode, 11 and 12 the days of opening and closing. Source: ODS, "Data file structure".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context

FORMAT: Final = "ods-organisations"
TITLE: Final = "NHS organisations (ODS)"
SOURCE: Final = "ODS"
WIDTH: Final = 27

_CODE = re.compile(r"[0-9A-Z]{3,8}\Z")
_DAY = re.compile(r"(?:19|20)\d{6}\Z", re.ASCII)
_CODE_AT, _NAME_AT, _REGION_AT, _GROUP_AT, _OPENED_AT, _CLOSED_AT, _PHONE_AT = 0, 1, 2, 3, 10, 11, 17


def recognise(head: Head) -> str | None:
    """Return why a file is one of these, or None."""
    table = head.table
    if table is None or len(table.headers) != WIDTH or not table.headers[0].startswith("column "):
        return None
    rows = [row for row in table.rows if any(map(str.strip, row))]
    good = sum(map(_is_organisation, rows))
    if not rows or good < 0.9 * len(rows):
        return None
    return "Organisations of the ODS: 27 columns without a header, a code first, days as YYYYMMDD."


def layout(head: Head) -> Layout:
    """Return how organisations lie in the columns."""
    headers = head.table.headers if head.table else ()
    held = {"reference": _CODE_AT, "title": _NAME_AT}
    return Layout(FORMAT, SOURCE, {name: (headers[place],) for name, place in held.items() if headers}, headers)


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every organisation of a file to ``output``."""
    builder = Builder(layout(context.head), "organisation", context.organisation)
    table = context.table(source, output)
    for cells in table:
        if not any(map(str.strip, cells)):
            output.ignore("empty row")
            continue
        try:
            output.row(_row(builder, table.headers, cells))
        except ValueError as error:
            output.reject(table.line, str(error), table.raw())


def _row(builder: Builder, headers: list[str], cells: list[str]) -> list[Any]:
    if len(cells) < WIDTH or not _CODE.match(cells[_CODE_AT].strip()):
        raise ValueError("no organisation: its code is missing")
    code = cells[_CODE_AT].strip()
    opened, closed = _moment(cells[_OPENED_AT]), _moment(cells[_CLOSED_AT])
    return builder.row(
        dict(zip(headers, cells, strict=True)),
        key=builder.key(code),
        seen_at=opened,
        until_at=closed,
        value=code,
        columns={} if cells[_NAME_AT].strip() else {"title": code},
        category=words(cells[_REGION_AT], cells[_GROUP_AT]),
        detail=words(*(cell.strip() for cell in cells[4:10]), cells[_PHONE_AT].strip()),
        organisation=code,
    )


def _is_organisation(row: Sequence[str]) -> bool:
    named = any(map(str.isalpha, row[_NAME_AT]))
    return named and bool(_CODE.match(row[_CODE_AT])) and _is_day(row[_OPENED_AT])


def _is_day(text: str) -> bool:
    return not text or bool(_DAY.match(text))


def _moment(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not _DAY.match(text):
        raise ValueError(f"the day {text[:20]!r} is not YYYYMMDD")
    try:
        day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"the day {text[:20]!r} does not exist") from None
    seconds = int(day.timestamp())
    return seconds * 1000 if seconds >= 0 else None
