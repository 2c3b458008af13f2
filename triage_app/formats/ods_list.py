"""A file of the ODS as reference data: codes and names of organisations, to help whoever types one.

As evidence it is read by ``ods``. Here it is read whole, and refused whole where a row is not as it should be.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from triage_app.formats.ods import WIDTH

MOST_ROWS: Final = 10_000
MOST_CELL: Final = 400
_CODE = re.compile(r"[0-9A-Z]{3,8}", re.ASCII)
_DAY = re.compile(r"(?:19|20)\d{6}", re.ASCII)
_HIDDEN = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*['’]?")
_SMALL: Final = frozenset({"and", "of", "the", "for", "on", "upon", "with", "in", "at", "by", "to"})
_CAPITALS: Final = frozenset({"NHS", "CIC", "UK", "GP", "CSU", "ICB", "HSC"})
_ENGLAND, _WALES = ("Y", "Q"), ("W", "7A")


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation."""

    code: str
    name: str
    nation: str
    "'' where the file does not tell."
    closed: date | None


def read(untrusted: bytes) -> list[Organisation]:
    """Return the organisations of a file of 27 columns without a header; raise ``ValueError`` with the reason."""
    try:
        text = untrusted.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not text in UTF-8") from None
    if hidden := _HIDDEN.search(text):
        raise ValueError(f"line {text.count(chr(10), 0, hidden.start()) + 1} holds characters that cannot be seen")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: dict[str, Organisation] = {}
    try:
        for cells in rows:
            if not any(map(str.strip, cells)):
                continue
            one = _row(cells, rows.line_num)
            if one.code in found:
                raise ValueError(f"{one.code} is in it twice")
            if len(found) >= MOST_ROWS:
                raise ValueError(f"it has more than {MOST_ROWS:,} rows")
            found[one.code] = one
    except csv.Error as error:
        raise ValueError(f"line {rows.line_num} is no row of a table ({error})") from None
    if not found:
        raise ValueError("there is no organisation in it")
    return list(found.values())


def _row(cells: list[str], line: int) -> Organisation:
    if len(cells) != WIDTH:
        raise ValueError(f"line {line} has {len(cells)} columns and not {WIDTH}")
    cells = [cell.strip() for cell in cells]
    code, name, region, group = cells[:4]
    if not _CODE.fullmatch(code):
        raise ValueError(f"line {line} has no code of an organisation")
    if not name or "\n" in name or "\r" in name or max(map(len, cells)) > MOST_CELL:
        raise ValueError(f"line {line} has no name, or a cell that is too long")
    _day(cells[10], line)
    return Organisation(code, in_mixed_case(name), _nation(code, region, group), _day(cells[11], line))


def _day(text: str, line: int) -> date | None:
    if not text:
        return None
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ValueError(f"line {line} has a day that is not YYYYMMDD") from None


def _nation(code: str, region: str, group: str) -> str:
    if region.startswith(_ENGLAND) or group.startswith(_ENGLAND):
        return "England"
    return "Wales" if region.startswith(_WALES) or code.startswith(_WALES) else ""


def in_mixed_case(name: str) -> str:
    """Return a name that is written in capitals as people write it; any other stays as it is."""
    if name != name.upper():
        return name
    first = True

    def written(match: re.Match[str]) -> str:
        nonlocal first
        word, was_first = match[0], first
        first = False
        if word in _CAPITALS:
            return word
        if word.lower() in _SMALL and not was_first:
            return word.lower()
        return word[:1] + word[1:].lower()

    return _WORD.sub(written, name)
