"""Lists of indicators: one a line, with comments, defanged or not; hosts files, ad blockers' and firewalls' lists; and
tables with a column of them (``indicator_table.py``).

A line that holds no indicator is rejected with the reason. Comments are no records; a header, an exception from a block
list and a name of this computer are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from triage_app.domain.evidence import REJECT_COMMENT, Layout
from triage_app.domain.indicator_types import typed
from triage_app.domain.indicators import canonical_domain
from triage_app.formats.building import Builder
from triage_app.formats.decoding import MAX_RECORD, TextSource
from triage_app.formats.head import Head
from triage_app.formats.indicator_rows import LineRows, indicator_row
from triage_app.formats.indicator_table import BARE, NEED, VALUES, Shape, read_table, shape_of
from triage_app.formats.records import Output
from triage_app.formats.registry import Context

FORMAT: Final = "indicator-list"
TITLE: Final = "List of indicators"
SOURCE: Final = "Indicator list"

LAYOUT: Final = Layout(FORMAT, SOURCE, {})
_COMMENT = re.compile(r"(?:^|[ \t])(?:#|//|;)[^\r\n]*")
_HOSTS = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)[ \t]+(\S.*)")
_ADBLOCK = re.compile(r"\|\|([^\^/$\s]+)\^(?:\$\S*)?\Z")
_LOCAL: Final = frozenset(
    ("localhost", "localhost.localdomain", "broadcasthost", "local", "ip6-localhost", "ip6-loopback", "0.0.0.0")  # noqa: S104 - a name in a file
)
_HEADERS: Final = frozenset((*VALUES, *BARE))
_NO_INDICATOR: Final = "the line is no indicator: no domain, address, URL, hash, mail address or CVE"
_LONGEST: Final = 4_096
"""Characters of a line that can be an entry with its comment."""

_SAMPLE: Final = 200

Entries = tuple[list[tuple[str, str]], str]
"""The (type, value) pairs of a line, and what it says about them."""


def recognise(head: Head) -> str | None:
    """Return why a file is a list of indicators, or None."""
    if head.json is not None or head.stripped.startswith("<") or not head.text:
        return None
    shape = _shape(head)
    if shape is not None and head.table is not None:
        return f"A table of indicators: they stand in the column {head.table.headers[shape.value]}."
    if head.table is not None and _is_header(next((line for line in head.lines if not _is_comment(line)), "")):
        return None  # a table that has such a column, and others that say it is of something else
    good, lines = _counted(head)
    if lines and good >= NEED * lines:
        return f"A list of indicators: {good} of its first {lines} lines are one."
    return None


def _shape(head: Head) -> Shape | None:
    """Return the shape of a table of indicators; None for plain lines, be there commas in them or not."""
    if head.table is None:
        return None
    if head.table.headers[0].startswith("column "):
        good, lines = _counted(head)
        if lines and good >= NEED * lines:
            return None
    return shape_of(head.table)


def layout(head: Head) -> Layout:
    """Return how indicators lie in the columns."""
    if _shape(head) is None or head.table is None:
        return LAYOUT
    return Layout(FORMAT, SOURCE, {}, head.table.headers)


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every indicator of a file to ``output``."""
    builder = Builder(layout(context.head), "indicator", context.organisation)
    shape = _shape(context.head)
    if shape is None or context.head.table is None:
        _read_lines(source, output, builder, LineRows(builder, context.organisation))
    else:
        read_table(context.table(source, output, short_by=3), context.head.table, shape, output, builder)


def _counted(head: Head) -> tuple[int, int]:
    """Return how many of the first lines are indicators, and of how many.

    Names of files do not count, nor do mail addresses with something behind them: such lists are of other things.
    """
    lines = [line for line in head.lines if not _is_comment(line) and not _is_local(line)][:_SAMPLE]
    if lines and _is_header(lines[0]):
        del lines[0]
    return sum(map(_tells, lines)), len(lines)


def _tells(line: str) -> bool:
    found, comment = entries(line)
    return any(kind != "filename" and not (kind == "email" and comment) for kind, _ in found)


def _is_comment(line: str) -> bool:
    text = line.strip()
    return not text or text.startswith(("#", "//", ";", "!", "[Adblock"))


def _is_header(line: str) -> bool:
    return re.split(r"[,;\t|]", line[:_LONGEST], maxsplit=1)[0].strip(' "').lower() in _HEADERS


def _is_local(line: str) -> bool:
    """Tell whether a line of a hosts file names nothing but this computer."""
    if not line.startswith(("0", "1", ":")):
        return False
    hosts = _HOSTS.match(_COMMENT.sub("", line[:_LONGEST]).strip())
    return hosts is not None and {name.lower() for name in hosts[1].split()} <= _LOCAL


def entries(line: str) -> Entries:
    """Return what a line holds: one indicator, or several on a line of a hosts file; none if it is no entry."""
    if len(line) > _LONGEST:
        return [], ""
    text, comment = line, ""
    if "#" in line or ";" in line or "//" in line:
        said = _COMMENT.search(line)
        if said:
            text, comment = line[: said.start()], said[0].strip().lstrip("#/; ")
    text = text.strip().lstrip("\ufeff-*• ")
    if text.startswith(("0", "1", ":")):
        hosts = _HOSTS.match(text)
        if hosts:
            return [one for name in hosts[1].split()[:20] for one in _host(name)], comment
    adblock = _ADBLOCK.match(text) if text.startswith("||") else None
    if adblock:
        return _host(adblock[1]), comment
    whole = typed(text)
    if whole is not None:
        return [whole], comment
    return _separated(text, comment)


def _host(name: str) -> list[tuple[str, str]]:
    """Return a name out of a hosts file or a block list, where it is never a file's."""
    found = None if name.lower() in _LOCAL else typed(name)
    if found is not None and found[0] == "filename":
        domain = canonical_domain(name)
        return [("domain", domain)] if domain else []
    return [found] if found is not None else []


def _separated(text: str, comment: str) -> Entries:
    """Return the value of a line of two cells, and the other cell as its comment."""
    for delimiter in ",;\t|":
        value, found, rest = text.partition(delimiter)
        rest = rest.strip()
        quoted = len(rest) > 1 and rest[0] == rest[-1] == '"' and '"' not in rest[1:-1]
        if found and rest and (quoted or delimiter not in rest):
            first = typed(value)
            if first is not None:
                return [first], rest.strip('"') if not comment else f"{rest}; {comment}"
    return [], comment


def _read_lines(source: TextSource, output: Output, builder: Builder, rows: LineRows) -> None:
    begun = False
    for number, line in _lines(source.blocks()):
        if _is_comment(line):
            continue
        found, comment = entries(line)
        if not found:
            if not begun and _is_header(line):
                output.ignore("header")
            elif line.lstrip().startswith("@@"):
                output.ignore("exception from a block list")
            elif _is_local(line):
                output.ignore("local name")
            else:
                output.reject(number, _NO_INDICATOR, line)
            begun = True
            continue
        begun = True
        text = line.strip()
        if len(found) == 1:
            output.row_json(rows.row_json(text, *found[0], comment or found[0][1]))
            continue
        for kind, value in dict.fromkeys(found):
            output.row(indicator_row(builder, {"line": text, "value": value}, kind, value, comment or value))


def _lines(blocks: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Yield (number, line) of the text; a line without end comes in pieces, which are no indicators."""
    number, pending = 0, ""
    for block in blocks:
        parts = (pending + block).split("\n")
        pending = parts.pop()
        for part in parts:
            number += 1
            if not part.startswith(REJECT_COMMENT):
                yield number, part.rstrip("\r")
        if len(pending) > MAX_RECORD:
            number += 1
            yield number, pending
            pending = ""
    if pending:
        yield number + 1, pending.rstrip("\r")
