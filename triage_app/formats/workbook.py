"""Excel workbooks (.xlsx): each sheet is read as the table it is, by the format that knows its columns or the mapper.

Formulas are never worked out, only what Excel last showed; macros, links and pictures are not looked at.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import partial
from itertools import chain, islice
from typing import Any, BinaryIO, Final

from triage_app.domain.evidence import Layout
from triage_app.domain.indicator_types import typed
from triage_app.domain.indicators import visible
from triage_app.errors import BadFile, NeedsMapping
from triage_app.formats.csv_table import looks_headless
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.indicator_prose import mentions
from triage_app.formats.inner_output import InnerOutput, Outer
from triage_app.formats.records import Output, shown
from triage_app.formats.registry import Context
from triage_app.language import say

FORMAT: Final = "workbook"
TITLE: Final = "Excel workbook (.xlsx)"
LAYOUT: Final = Layout(FORMAT, "Workbook", {})

MAX_FILE: Final = 64 * 1024 * 1024
MAX_PART: Final = 256 * 1024 * 1024
"""Bytes that all parts of a workbook may unpack to; its shared texts, which are held, to a quarter of that."""

MAX_COLUMNS: Final = 2_000
MAX_ROWS: Final = 1_048_576
"""Rows that Excel gives a sheet, empty ones among them."""

MAX_SHEETS: Final = 100
_LOOKED: Final = 100
"""Rows that tell how wide a sheet is: columns without a name may follow its named ones."""

_TITLES: Final = 10
"""Rows among which the header is looked for."""

_PARTS = re.compile(rb"PK\x03\x04.{26}(\[Content_Types\]\.xml|_rels/|docProps/|customXml/|xl/|word/|ppt/)", re.DOTALL)
"""The beginning of a part of an Office document, in whatever order a program writes them."""

_ADVICE: Final = "Open it in a spreadsheet, save the sheet as CSV, and import that."
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OSError,
    OverflowError, NotImplementedError, SyntaxError, AssertionError, StopIteration, RuntimeError, ArithmeticError,
)  # fmt: skip
"""What openpyxl and the parsers under it raise over workbooks that are none (``ParseError`` is a ``SyntaxError``)."""


def recognise(head: Head) -> str | None:
    """Return why a file is a workbook, or None."""
    inside = _inside(head.prefix)
    if inside == b"xl/":
        return "An Excel workbook; each sheet with rows is looked at by itself."
    return "An Office document that is no workbook." if inside else None


def _inside(prefix: bytes) -> bytes:
    """Return the folder that an Office document has its content in (``xl/`` …), b"" for any other archive."""
    if not _PARTS.match(prefix):
        return b""
    return next((part for part in _PARTS.findall(prefix) if part in {b"xl/", b"word/", b"ppt/"}), b"")


def is_workbook(prefix: bytes) -> bool:
    """Tell whether a file that begins so is a workbook, and no other archive."""
    return _inside(prefix) == b"xl/"


def layout(head: Head) -> Layout:
    """Return the layout of the workbook itself, which holds no record; its sheets have their own."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send what the sheets of a workbook hold to ``output``. Raises ``BadFile``."""
    if _inside(context.head.prefix) != b"xl/":
        raise BadFile(
            say("{0} is an Office document without a table.", context.name), "Ask for the table behind it, as CSV."
        )
    data = source.whole(MAX_FILE)
    file = io.BytesIO(data)
    try:
        _measure(file, context.name)
        _sheets(file, output, context)
    except _BROKEN:
        raise BadFile(
            say("{0} is a workbook that cannot be read; nothing of it was kept.", context.name), _ADVICE
        ) from None
    source.bytes_read = len(data)


def _measure(file: BinaryIO, name: str) -> None:
    """Unpack every part without keeping it; raise ``BadFile`` if they are larger than a workbook's may be."""
    left = MAX_PART
    with zipfile.ZipFile(file) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_PART:
            raise BadFile(say("{0} unpacks to more than a workbook may; nothing of it was kept.", name), _ADVICE)
        for entry in archive.infolist():
            room = min(left, MAX_PART // 4) if entry.filename.endswith("sharedStrings.xml") else left
            with archive.open(entry) as part:
                while piece := part.read(65_536):
                    room -= len(piece)
                    left -= len(piece)
                    if room < 0:
                        raise BadFile(
                            say("{0} unpacks to more than a workbook may; nothing of it was kept.", name), _ADVICE
                        )
    file.seek(0)


def _sheets(file: BinaryIO, output: Output, context: Context) -> None:
    import openpyxl  # a large library, which no other file needs

    if not openpyxl.DEFUSEDXML:
        raise BadFile(
            say("{0} was not read: this installation lacks what makes workbooks safe.", context.name), _ADVICE
        )
    if context.inner is None:
        return
    outer: Outer = output  # type: ignore[assignment]
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets[MAX_SHEETS:]:
        name = shown(visible(sheet.title), 200)
        outer.reject(0, f"{name}: a sheet after the first {MAX_SHEETS}: save it as CSV and import it by itself", "")
    filled = [(sheet.title, sheet) for sheet in book.worksheets[:MAX_SHEETS] if next(_rows(sheet), None) is not None]
    for title, sheet in filled:
        name = shown(visible(title), 200)
        lines = _Lines(_rows(sheet, partial(_say_twice, outer, name)))
        for row in lines.above:
            if any(typed(cell) or any(mentions(cell)) for cell in row):
                outer.reject(0, f"{name}: a row above its header holds an indicator, and is in no column", _joined(row))
            else:
                outer.ignore("row above the header of a sheet")
        inner = InnerOutput(outer, name, _said(lines.above))
        try:
            context.inner(TextSource(lines, name), name, inner, len(filled) == 1)
        except NeedsMapping:
            if len(filled) == 1:
                raise
            outer.reject(0, f"{name}: a sheet that no mapping describes: save it as CSV and import it by itself", "")
        except BadFile as error:
            if len(filled) == 1 or inner.rows:
                raise
            outer.reject(0, f"{name}: {error.what} {error.do}", "")
    if not filled:
        outer.ignore("workbook without a row")


def _say_twice(outer: Outer, name: str, number: int, columns: list[int]) -> None:
    """Say which cells of a row were written twice. What is lost may be a secret, so it is not repeated."""
    from openpyxl.utils import get_column_letter

    said = ", ".join(f"{get_column_letter(column)}{number}" for column in columns[:5])
    more = f" and {len(columns) - 5:,} others" if len(columns) > 5 else ""
    is_one = len(columns) == 1
    told = f"the cell {said} is" if is_one else f"the cells {said}{more} are"
    outer.reject(number, f"{name}: {told} written twice; its row was read with what was written last", "")


def _rows(sheet: Any, twice: Callable[[int, list[int]], None] | None = None) -> Iterator[list[str]]:
    """Yield the rows of a sheet in which anything stands, as text, in the order in which the file has them.

    ``twice`` is told the number of a row with cells that differ and have one place, and their columns.
    They are taken from openpyxl's parser: its sheet leaves out a row or a cell that is numbered back, without a word.
    """
    from openpyxl.worksheet._reader import WorkSheetParser

    book = sheet.parent
    with sheet._get_source() as part:
        parser = WorkSheetParser(
            part, sheet._shared_strings, data_only=True, epoch=book.epoch, date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )  # fmt: skip
        for place, (number, cells) in enumerate(parser.parse()):
            if max(place + 1, number) > MAX_ROWS:
                raise ValueError("more rows than a sheet can have")
            row = [""] * max((cell["column"] for cell in cells), default=0)
            lost: dict[int, None] = {}
            for cell in cells:
                column, text = cell["column"], _text(cell["value"])
                if row[column - 1] not in {"", text}:
                    lost[column] = None
                row[column - 1] = text
            if lost and twice is not None:
                twice(number, list(lost))
            while row and not row[-1]:
                row.pop()
            if row:
                yield row


def _text(cell: Any) -> str:
    """Return a cell as text: whole numbers without a point, times as ISO."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell)


def _header_at(rows: list[list[str]]) -> int:
    """Return which row is the header: the first with a text for each column that the rows under it have.

    Only rows with far fewer cells are titles; in doubt the first row is the header.
    """
    for place, row in enumerate(rows[:_TITLES]):
        filled = [cell for cell in row if cell]
        under = Counter(len(below) for below in rows[place + 1 :])
        width = max(under, key=lambda size: (under[size], size), default=0)
        if width and sum(any(map(str.isalpha, cell)) for cell in filled) >= width:
            return place if not place or _names(filled) else 0
        if width < 2 or len(filled) * 2 > width:
            return 0
    return 0


def _names(cells: list[str]) -> bool:
    """Tell whether cells may be the names of columns: no two the same, and none an address, a hash or a date."""
    return len(set(cells)) == len(cells) and not looks_headless(cells)


def _said(above: list[list[str]]) -> str:
    """Return a sentence about the rows above a header, "" for none."""
    if not above:
        return ""
    words = "; ".join(map(_joined, above))
    count = "The row" if len(above) == 1 else f"The {len(above)} rows"
    return f"{count} above its header {'was' if len(above) == 1 else 'were'} left out: {shown(visible(words), 200)}"


def _joined(row: list[str]) -> str:
    return " ".join(cell for cell in row if cell)


class _Lines:
    """The rows of a sheet as the bytes of a CSV file; each row as wide as the widest of the first hundred."""

    def __init__(self, rows: Iterator[list[str]]) -> None:
        first = list(islice(rows, _LOOKED))
        header = _header_at(first)
        self.above = first[:header]
        "Titles and the like above the header."
        first = first[header:]
        self._rows = chain(first, rows)
        self._width = len(first[0]) if first else 0
        if self._width > 1:  # what stands alone in the first row is a title and no header
            self._width = max(self._width, *(len(row) for row in first if len(row) <= MAX_COLUMNS), 0)
        self._buffer = bytearray()

    def read(self, size: int = 65_536, /) -> bytes:
        """Return up to ``size`` bytes."""
        while len(self._buffer) < size:
            row = next(self._rows, None)
            if row is None:
                break
            line = io.StringIO()
            csv.writer(line, lineterminator="\r\n").writerow(row + [""] * (self._width - len(row)))
            self._buffer += line.getvalue().encode("utf-8", "replace")
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        return piece
