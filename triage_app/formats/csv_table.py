"""Tables of text: CSV and its relatives, read strictly, line by line recoverable.

An unclosed quote swallows a million rows in a lenient reader. Here it costs the one record it is in:
the record is rejected with its line number and reading goes on at the next line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterator
from io import StringIO
from itertools import islice
from typing import Final

from triage_app.domain.evidence import REJECT_HEADERS
from triage_app.domain.mapping import unique_headers
from triage_app.formats.decoding import MAX_RECORD
from triage_app.formats.records import MAX_REJECT_TEXT
from triage_app.formats.secrets import MASK, is_secret

DELIMITERS: Final = (",", ";", "\t", "|")
MAX_COLUMNS: Final = 2_000
RESCAN: Final = 32 * 1024 * 1024
"""Characters of one file that may be read again after broken quotes; beyond it a whole span is rejected."""

SNIFF_LINES: Final = 60

_ADDRESS = re.compile(
    r"(\d{1,3}\.){3}\d{1,3}(/\d+)?\Z|[0-9a-fA-F]{32,128}\Z|[a-z]+://|\d{4}-\d\d-\d\d[ T]|[\d.,/:+-]+\Z"
)

_OLD_MAC = re.compile(r"[^\r]*\r|[^\r]+")

csv.field_size_limit(MAX_RECORD)

Reject = Callable[[int, str, str], None]


_NOT_PLAIN: Final = ("\\", *(chr(code) for code in range(32) if chr(code) not in "\t\r\n"))


class Table:
    """The records of one table. ``headers`` are unique; iterating yields rows as wide as they are.

    ``line`` is the number of the line where the latest row began. Rows of another width go to
    ``reject``; where at most ``short_by`` cells are missing at the end they count as empty. The two
    columns that a file of rejected rows begins with are taken off, so that a mended row is the row
    it would have been.
    """

    def __init__(self, blocks: Iterator[str], delimiter: str, reject: Reject, *, short_by: int = 0) -> None:
        self._blocks = blocks
        self._delimiter = delimiter
        self._reject = reject
        self._short_by = short_by
        self._budget = RESCAN
        self._width = 0
        self._lines: list[str] = []
        self._start = self._end = 0
        self._first = 1
        self._partial = ""
        self._ended = False
        self._dropping = False
        self._taken_off = 0
        self._terminator = ""
        self.line = 0
        self.short_rows = 0
        self.comments = 0
        self._plain = False
        self._secret: set[int] = set()
        self._records = self._split()
        self._first_row: list[str] | None = None
        headers = self._header()
        self._width = len(headers)
        self._taken_off = len(REJECT_HEADERS) if tuple(headers[: len(REJECT_HEADERS)]) == REJECT_HEADERS else 0
        self.headers = headers[self._taken_off :]
        self._secret = {index for index, header in enumerate(self.headers) if is_secret(header)}

    def hide(self, headers: Collection[str]) -> None:
        """Mask the cells of more columns in what ``raw`` returns; ``headers`` are in lower case."""
        self._secret |= {index for index, header in enumerate(self.headers) if header.strip().lower() in headers}

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the rows; see the class."""
        if self._taken_off:
            return (row[self._taken_off :] for row in self._rows())
        return self._rows()

    def _rows(self) -> Iterator[list[str]]:
        width = self._width
        if self._first_row is not None:
            yield self._first_row
        for row in self._records:
            if len(row) == width:
                yield row
            elif 0 < width - len(row) <= self._short_by and len(row) > 1:
                self.short_rows += 1
                yield row + [""] * (width - len(row))
            elif any(cell.strip() for cell in row):
                mended = self._with_backslashes(self._start, self._end)
                if mended is not None and self._start + mended[1] == self._end:
                    yield mended[0]
                else:
                    self._refuse(_ragged(max(len(row) - self._taken_off, 1), width - self._taken_off))

    def _refuse(self, reason: str) -> None:
        text = self.raw()
        if self._secret and set(text.strip().split(self._delimiter)) == {MASK}:
            reason += "; all of it is masked, for which cell holds the secret is not certain"
        self._reject(self.line, reason, text)

    @property
    def plain(self) -> bool:
        """Whether the latest row has no backslash and no control character in any cell."""
        return self._plain and self._end - self._start == 1

    def raw(self) -> str:
        """Return the latest record as it stands in the file, but for the cells of columns that hold secrets."""
        text = "".join(self._lines[self._start : self._end])
        for _ in range(self._taken_off):
            cell = re.match(rf'(?:"(?:[^"]|"")*"|[^"{re.escape(self._delimiter)}]*){re.escape(self._delimiter)}', text)
            text = text[cell.end() :] if cell else text
        return self._without_secrets(text) if self._secret else text

    def _without_secrets(self, text: str) -> str:
        """Mask the secrets of a record; where it is not certain in which cells they are, all cells."""
        reader = csv.reader(StringIO(text, newline=""), delimiter=self._delimiter, strict=True)
        try:
            row = next(reader, [])
            is_whole = next(reader, None) is None
        except csv.Error:
            row, is_whole = [], False
        if not is_whole or len(row) != len(self.headers):
            return self._delimiter.join([MASK] * max(1, len(row))) + "\n"
        if not any(row[index] for index in self._secret):
            return text
        buffer = StringIO(newline="")
        cells = [MASK if index in self._secret and cell else cell for index, cell in enumerate(row)]
        csv.writer(buffer, delimiter=self._delimiter, lineterminator="\n").writerow(cells)
        return buffer.getvalue()

    def _header(self) -> list[str]:
        for row in self._records:
            if not any(cell.strip() for cell in row):
                continue
            if (row[0].startswith("#") and not _is_named_table(row)) or row[0].startswith("sep="):
                self.comments += 1
                continue
            if len(row) > MAX_COLUMNS:
                raise TooManyColumns(len(row))
            cells = [cell.replace("\0", "\u2400")[:500] for cell in row]
            if looks_headless(cells):
                self._first_row = row
                return [f"column {number}" for number in range(1, len(row) + 1)]
            return unique_headers(cells)
        return []

    # ---- records ---------------------------------------------------------------------------------------
    def _split(self) -> Iterator[list[str]]:
        carry: list[str] = []
        carried = 0
        while True:
            more = self._read_lines(carried)
            if not more and not carry:
                return
            self._first += len(self._lines) - len(carry)
            self._lines = lines = carry + more
            self._plain = self._plain and not carry
            carry, carried = [], 0
            cursor: Iterator[str] = iter(lines)
            start = 0
            while start < len(lines):
                base = start
                reader = csv.reader(cursor, delimiter=self._delimiter, strict=True)
                try:
                    for row in reader:
                        self._start, self._end = start, base + reader.line_num
                        self.line = self._first + start
                        start = self._end
                        if row:
                            yield row
                    start = len(lines)
                except csv.Error as error:
                    end = base + reader.line_num
                    if end >= len(lines) and not self._ended and "unexpected end" in str(error):
                        carried = sum(map(len, lines[start:]))
                        if carried <= MAX_RECORD:
                            carry = lines[start:]
                            break
                    start, mended = self._broken(start, end, str(error))
                    if mended is not None:
                        yield mended
                    cursor = _from(lines, start)

    def _broken(self, start: int, end: int, message: str) -> tuple[int, list[str] | None]:
        """Deal with a record whose quotes break the rules; return where to go on, and the row if it could be read."""
        self._start, self._end, self.line = start, start + 1, self._first + start
        mended = self._with_backslashes(start, min(end + 1, len(self._lines)))
        if mended is not None:
            self._end = start + mended[1]
            return self._end, mended[0]
        if end - start > 1:
            self._budget -= sum(map(len, self._lines[start:end]))
            if self._budget < 0:
                self._end = end
        reason = "a field is longer than 16 MB" if "field limit" in message else f"quotes do not match ({message})"
        if "unexpected end" in message:
            reason = "a quote is opened and never closed"
        self._refuse(reason)
        return self._end, None

    def _with_backslashes(self, start: int, end: int) -> tuple[list[str], int] | None:
        """Read a record as products write it that escape quotes with a backslash: (row, lines used), or None."""
        if self._width == 0 or '\\"' not in self._lines[start]:
            return None
        lines = islice(self._lines, start, min(end, start + 100))
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True, escapechar="\\")
        try:
            row = next(reader)
        except (csv.Error, StopIteration):
            return None
        return (row, reader.line_num) if len(row) == self._width else None

    # ---- lines -----------------------------------------------------------------------------------------
    def _read_lines(self, at_least: int) -> list[str]:
        """Return the next whole lines, together at least so many characters; none at the end of the file."""
        parts = [self._partial]
        size = len(self._partial)
        self._partial = ""
        lines: list[str] = []
        while not lines:
            block = None if self._ended else next(self._blocks, None)
            if block is None:
                self._ended = True
            else:
                parts.append(block)
                size += len(block)
                if size < at_least:
                    continue
            text = "".join(parts)
            if self._dropping and text:
                end = text.find(self._terminator)
                self._dropping = end < 0
                text = "" if end < 0 else text[end + 1 :]
                parts, size = [text], len(text)
                if not self._ended:
                    continue
            if not text:
                return []
            if not self._terminator:
                if "\n" not in text and not self._ended and size <= MAX_RECORD:
                    parts = [text]
                    continue
                self._terminator = "\r" if "\n" not in text and "\r" in text else "\n"
            lines = StringIO(text, newline="\n").readlines() if self._terminator == "\n" else _OLD_MAC.findall(text)
            if not self._ended and not lines[-1].endswith(self._terminator):
                self._partial = lines.pop()
                if len(self._partial) > MAX_RECORD:
                    # Its beginning, made so long that it is certainly refused; the rest of the line is dropped.
                    lines.append(self._partial[:MAX_REJECT_TEXT] + "x" * (MAX_RECORD + 1) + self._terminator)
                    self._partial = ""
                    self._dropping = True
            parts, size = [self._partial], len(self._partial)
            if not lines:
                self._partial = ""
            self._plain = (
                not any(character in text for character in _NOT_PLAIN)
                and (self._delimiter == "\t" or "\t" not in text)
                and text.count("\r") == text.count("\r\n")
            )
        return lines


class TooManyColumns(ValueError):
    """A table wider than any list of alerts."""


def _from(lines: list[str], start: int) -> Iterator[str]:
    """Yield the lines from ``start`` on, without walking over those before it."""
    for index in range(start, len(lines)):
        yield lines[index]


def _ragged(found: int, width: int) -> str:
    return f"{found} cells where the header has {width}"


def _is_named_table(row: list[str]) -> bool:
    """Tell whether a line that starts with # is a header all the same, such as ``#time,host,alert``."""
    return len(row) > 2 and not any(" " in cell.strip() or ":" in cell for cell in row)


def looks_headless(cells: list[str]) -> bool:
    """Tell whether the first line of a table is data already: an address, a hash, a date or a number stands in it."""
    return any(_ADDRESS.match(cell.strip()) for cell in cells) or not any(any(map(str.isalpha, c)) for c in cells)


def sniff(text: str) -> str:
    """Return the delimiter of a table from its first lines, or "" if the text is no table."""
    lines = StringIO(text, newline=None).readlines()[:SNIFF_LINES]
    if lines and lines[0].startswith("sep=") and lines[0][4:5] in DELIMITERS:
        return lines[0][4:5]
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        if _is_named_table(next(csv.reader([lines[0]]), [])):
            break
        lines.pop(0)
    best, best_score = "", 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _lenient(lines, delimiter) if row]
        if not widths or widths[0] < 2:
            continue
        score = sum(width == widths[0] for width in widths) / len(widths) + min(widths[0], 50) / 1000
        if score > best_score:
            best, best_score = delimiter, score
    return best if best_score > 0.3 else ""


def _lenient(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return
