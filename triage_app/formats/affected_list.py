"""Lists of affected things: names as they are pasted, and the table that goes out to a spreadsheet and comes back.

The table is CSV in UTF-8. A cell that a spreadsheet would take for a formula goes out behind an apostrophe and comes
back without it. The last column holds a short hash of each cell as it went out, so that a cell nobody touched in the
spreadsheet is told from one that was changed here meanwhile.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from triage_app.domain.affected import MOST_NAME, MOST_PASTED, controls, same_name
from triage_app.domain.indicators import refang
from triage_app.errors import BadInput
from triage_app.language import say

MOST_LINES: Final = 20_000
MOST_TABLE: Final = 16_000_000
"Bytes of a table: 20,000 rows with a comment of some length each."

COLUMNS: Final = (
    "id", "kind", "name", "state", "owner", "ward", "priority", "used_in_care", "agreed_by", "fallback", "back_by",
    "reason", "comment",
)  # fmt: skip
"""The columns of the table; ``reason`` is why a state was set as it was, for example why nobody was asked.
``back_by`` is who says that a thing may go back in service that was not verified clean."""

AS_EXPORTED: Final = "as_exported"
_FIXED: Final = ("id", "kind")

_HEADINGS: Final = frozenset({
    "name", "host", "hostname", "computer", "computername", "device", "devicename", "machine", "asset", "account",
    "accountname", "user", "username", "samaccountname", "upn", "userprincipalname",
})  # fmt: skip
_JOINT = re.compile(r"[ _-]")
_LINES = re.compile(r"\r\n|\r|\n")
_END = re.compile(r"\t|[,;](?! )")
"A comma before a space belongs to the name: “Pryce, Jo” is one account."
_RISKY: Final = frozenset("=+-@\t\r\n\0＝＋－＠")  # noqa: RUF001 - full-width signs run as formulas too
_UNSEEN: Final = " \ufeff\u200b\u200c\u200d\u2060"


@dataclass(frozen=True)
class Names:
    """What was pasted, read."""

    names: tuple[str, ...] = ()
    repeats: int = 0
    "Lines that named what another line had named already."
    heading: str = ""
    "The first line, where it was a heading and no name."


def read_names(untrusted_text: str) -> Names:
    """Return the names in a pasted text: one a line, or the first column of a table, refanged, each once.

    Raises ``BadInput`` for too much of it, and for a name that holds characters which command rather than show.
    """
    if len(untrusted_text) > MOST_PASTED or len(untrusted_text.encode("utf-8", "replace")) > MOST_PASTED:
        raise BadInput("That is more than 1 MB of text.", "Paste the column of names alone, or several parts.")
    lines = _LINES.split(untrusted_text.removeprefix("\ufeff"))
    if len(lines) > MOST_LINES + 1 or (len(lines) == MOST_LINES + 1 and lines[-1].strip()):
        raise BadInput(say("That is more than {0:,} lines.", MOST_LINES), "Paste several parts.")
    found: dict[str, str] = {}
    repeats, heading = 0, ""
    for number, line in enumerate(lines, 1):
        name = refang(_first_cell(line)).strip()
        if not name:
            continue
        if controls(name):
            raise BadInput(
                say("Line {0} holds a control character.", number),
                "Copy the names again, as plain text, and paste those.",
            )
        if len(name) > MOST_NAME:
            raise BadInput(say("Line {0} is longer than any name.", number), "Paste one name a line.")
        if not found and not heading and _JOINT.sub("", name.casefold()) in _HEADINGS:
            heading = name
            continue
        if same_name(name) in found:
            repeats += 1
        elif same_name(name):
            found[same_name(name)] = name
    return Names(tuple(found.values()), repeats, heading)


def _first_cell(line: str) -> str:
    text = line.strip(" ")
    if text.startswith('"'):
        end = re.search(r'(?:[^"]|"")*"', text[1:])
        if end is not None:
            return restored(end[0][:-1].replace('""', '"').strip())
    return restored(_END.split(text, maxsplit=1)[0].strip())


# -- the table ---------------------------------------------------------------------------------------------


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe goes before what might be one."""
    return "'" + text if _is_risky(text) else text


def restored(text: str) -> str:
    """Return the text behind ``harmless``."""
    return text[1:] if text.startswith("'") and _is_risky(text) else text


def _is_risky(text: str) -> bool:
    # With its apostrophes: a text that already begins with one gets another, so that each comes back as it was.
    return text.lstrip(_UNSEEN + "'")[:1] in _RISKY if text.lstrip(_UNSEEN + "'") else False


@dataclass(frozen=True)
class TableRow:
    """One row that came back."""

    line: int
    cells: dict[str, str]
    "Column → what it says; a column that the table does not have is missing."
    exported: dict[str, str] = field(default_factory=dict)
    "Column → the short hash of what it said when it went out; nothing for a row that never did."

    def is_untouched(self, column: str) -> bool:
        """Tell whether a cell says what it said when it went out."""
        return self.exported.get(column) == short_hash(self.cells[column])


@dataclass(frozen=True)
class Table:
    """A table that came back, and the lines of it that are no rows."""

    rows: tuple[TableRow, ...] = ()
    rejected: tuple[tuple[int, str], ...] = ()
    "Line and reason."


def short_hash(text: str) -> str:
    """Return eight characters by which a cell is known again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def write_table(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return the table of some rows, each with every one of ``COLUMNS``."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*COLUMNS, AS_EXPORTED))
    for row in rows:
        seals = " ".join(f"{name}:{short_hash(row[name])}" for name in COLUMNS if name not in _FIXED)
        writer.writerow([*(harmless(row[name]) for name in COLUMNS), seals])
    return out.getvalue().encode("utf-8")


def read_table(untrusted_bytes: bytes) -> Table:
    """Return the rows of a table, as a spreadsheet may have saved it: with a BOM, with semicolons, columns moved.

    Raises ``BadInput`` for what is no such table.
    """
    if len(untrusted_bytes) > MOST_TABLE:
        raise BadInput("That table is larger than 16 MB.", "Import it in several parts.")
    try:
        text = untrusted_bytes.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise BadInput(
            "That table is not in UTF-8.", "In the spreadsheet, save it as “CSV UTF-8 (comma delimited)”."
        ) from error
    head = _LINES.split(text, maxsplit=1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[TableRow] = []
    rejected: list[tuple[int, str]] = []
    names: list[str] = []
    try:
        for cells in reader:
            if not names:
                names = _headings(cells)
            elif any(cell.strip() for cell in cells):
                if len(rows) + len(rejected) >= MOST_LINES:
                    raise BadInput(
                        say("That table has more than {0:,} rows.", MOST_LINES), "Import it in several parts."
                    )
                if len(cells) > len(names) and any(cells[len(names) :]):
                    rejected.append((reader.line_num, say("it has more cells than there are columns")))
                else:
                    rows.append(_row(reader.line_num, names, cells))
    except csv.Error as error:
        raise BadInput(say("Line {0} of that table cannot be read.", reader.line_num), "Mend its quotes.") from error
    if not names:
        raise BadInput("That table is empty.", "Export the list first, and change that file.")
    return Table(tuple(rows), tuple(rejected))


def _headings(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().casefold().replace(" ", "_") for cell in cells]
    if "name" not in names and "id" not in names:
        raise BadInput("That table has neither a column “name” nor “id”.", "Export the list, and change that file.")
    known = [name for name in names if name in (*COLUMNS, AS_EXPORTED)]
    if len(set(known)) < len(known):
        raise BadInput("That table has a column twice.", "Keep one of them.")
    return names


def _row(line: int, names: Sequence[str], cells: Sequence[str]) -> TableRow:
    found = dict(zip(names, cells, strict=False))
    seals = dict(part.partition(":")[::2] for part in found.get(AS_EXPORTED, "").split())
    said: dict[str, str] = {name: restored(found[name]) for name in COLUMNS if name in found}
    return TableRow(line, said, {name: seals[name] for name in seals if name in said})
