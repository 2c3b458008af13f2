"""A directory as a spreadsheet saved it: CSV, its columns found by what they are called."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from triage_app.domain.affected import controls
from triage_app.domain.directory import MOST_CELL, MOST_ENTRIES
from triage_app.errors import BadInput
from triage_app.formats.affected_list import restored
from triage_app.language import say

MOST_TABLE: Final = 2_000_000
"Bytes."
MOST_COLUMNS: Final = 100
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Sheet:
    """The rows of a table, and which of its columns says what."""

    headings: tuple[str, ...] = ()
    columns: Mapping[str, int] | None = None
    "Field → the number of its column, as they were guessed or named."
    rows: tuple[tuple[int, dict[str, str]], ...] = ()
    "(Line, field → cell)."
    rejected: tuple[tuple[int, str], ...] = ()
    "(Line, why)."


def plain(heading: str) -> str:
    """Return what two spellings of a heading have in common."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", heading).casefold())


def read_sheet(
    untrusted_bytes: bytes, known: Mapping[str, Sequence[str]], named: Mapping[str, str] | None = None
) -> Sheet:
    """Return the rows of a table. ``known`` is field → what its column may be called, ``named`` what was said of it.

    Raises ``BadInput`` for what is no table, for too much, and for a column that is not there.
    """
    if len(untrusted_bytes) > MOST_TABLE:
        raise BadInput("That table is larger than 2 MB.", "A directory is smaller: bring the sheet of contacts alone.")
    try:
        text = untrusted_bytes.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            "That table is not in UTF-8.", "In the spreadsheet, save it as “CSV UTF-8 (comma delimited)”."
        ) from error
    head = re.split(r"\r\n|\r|\n", text, maxsplit=1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    headings: tuple[str, ...] = ()
    columns: dict[str, int] = {}
    rows: list[tuple[int, dict[str, str]]] = []
    rejected: list[tuple[int, str]] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not headings:
                headings = tuple(cell.strip() for cell in cells)
                columns = _columns(headings, known, named or {})
                continue
            if len(rows) + len(rejected) >= MOST_ENTRIES:
                raise BadInput(
                    say("That table has more than {0:,} rows.", MOST_ENTRIES), "Bring the sheet of contacts alone."
                )
            found = {field: restored(cells[at].strip()) for field, at in columns.items() if at < len(cells)}
            why = _fault(found)
            if why:
                rejected.append((reader.line_num, why))
            elif any(found.values()):
                rows.append((reader.line_num, found))
    except csv.Error as error:
        raise BadInput(say("Line {0} of that table cannot be read.", reader.line_num), "Mend its quotes.") from error
    if not headings:
        raise BadInput("That table is empty.", "Its first line must name the columns.")
    return Sheet(headings, columns, tuple(rows), tuple(rejected))


def _columns(headings: Sequence[str], known: Mapping[str, Sequence[str]], named: Mapping[str, str]) -> dict[str, int]:
    if len(headings) > MOST_COLUMNS:
        raise BadInput(say("That table has more than {0} columns.", MOST_COLUMNS), "Bring the sheet of contacts alone.")
    found: dict[str, int] = {}
    by_name = {plain(heading): number for number, heading in reversed(list(enumerate(headings))) if plain(heading)}
    for field, heading in named.items():
        if field not in known:
            raise BadInput(
                say("A directory has no column “{0}”.", field[:40]), say("Use one of: {0}.", ", ".join(known))
            )
        if not heading.strip():
            continue
        if plain(heading) not in by_name:
            raise BadInput(
                say("That table has no column “{0}”.", heading[:40]), say("It has: {0}.", ", ".join(headings)[:300])
            )
        found[field] = by_name[plain(heading)]
    for field, names in known.items():
        if field in named:
            continue
        free = [by_name[plain(name)] for name in names if by_name.get(plain(name)) not in (None, *found.values())]
        if free:
            found[field] = free[0]
    if not {"role", "name"} & found.keys():
        raise BadInput(
            "That table has neither a column of roles nor one of names.", "Its first line must name the columns."
        )
    return found


def _fault(cells: Mapping[str, str]) -> str:
    for field, cell in cells.items():
        if len(cell) > MOST_CELL:
            return say("its {0} is longer than {1} characters", field.replace("_", " "), MOST_CELL)
        if controls(cell, lines=field == "notes"):
            return say("a control character stands in its {0}", field.replace("_", " "))
    return ""
