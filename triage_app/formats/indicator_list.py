"""Lists of indicators: one a line, with comments, defanged or not; hosts files, ad blockers' and firewalls' lists;
tables with a column of them (``indicator_table.py``), and sentences that mention them (``indicator_prose.py``).

A line of a list that holds no indicator is rejected with the reason. Comments are no records; a header, an exception
from a block list, a name of this computer and a line of prose without an indicator are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from triage_app.domain.evidence import REJECT_COMMENT, Layout
from triage_app.domain.indicators import LINK_TO_READ_ON
from triage_app.formats import indicator_prose as prose
from triage_app.formats.building import Builder
from triage_app.formats.decoding import MAX_RECORD, TextSource
from triage_app.formats.head import Head
from triage_app.formats.indicator_denials import HARMLESS, is_harmless
from triage_app.formats.indicator_entries import (
    LONGEST,
    MOST_NAMES,
    TooMany,
    entries,
    is_comment,
    is_local,
    strange_names,
)
from triage_app.formats.indicator_rows import LineRows, indicator_row
from triage_app.formats.indicator_table import BARE, NEED, VALUES, Shape, read_table, shape_of
from triage_app.formats.records import Output
from triage_app.formats.registry import Context

FORMAT: Final = "indicator-list"
TITLE: Final = "List of indicators"
SOURCE: Final = "Indicator list"

LAYOUT: Final = Layout(FORMAT, SOURCE, {})
_HEADERS: Final = frozenset((*VALUES, *BARE))
_NO_INDICATOR: Final = "the line is no indicator: no domain, address, URL, hash, mail address or CVE"
_KEPT_WHOLE: Final = 20
"""Indicators of a line up to which each keeps the whole line."""

_TOO_MANY: Final = f"the line holds more than {MOST_NAMES:,} names; write them on several lines"
_TOO_LONG: Final = (
    f"of this line of text no more than {prose.MOST_FOUND:,} indicators were read, nor beyond its first"
    f" {prose.MOST_LINE:,} characters; break it into several"
)
_STRANGE: Final = "of the line, these are no names of hosts; the others were read"
_SAMPLE: Final = 200


def recognise(head: Head) -> str | None:
    """Return why a file is a list of indicators, or None."""
    if head.json is not None or head.stripped.startswith("<") or not head.text:
        return None
    shape = _shape(head)
    if shape is not None and head.table is not None:
        return f"A table of indicators: they stand in the column {head.table.headers[shape.value]}."
    if head.table is not None and _is_header(next((line for line in head.lines if not is_comment(line)), "")):
        return None  # a table that has such a column, and others that say it is of something else
    good, lines = _counted(head)
    if lines and good >= NEED * lines:
        told = f"{good} of its first {lines} lines are one" if lines != 1 else "its only line is one"
        return f"A list of indicators: {told}."
    mentioned = prose.told(head)
    if mentioned is not None:
        found, lines = mentioned
        return f"Text with indicators: {found} in its " + (f"first {lines} lines." if lines != 1 else "only line.")
    return None


def _is_prose(head: Head) -> bool:
    """Tell whether indicators are to be looked for inside lines, too: most lines are none."""
    good, lines = _counted(head)
    return good < NEED * lines


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
        reader = _Lines(output, builder, LineRows(builder))
        if _is_prose(context.head):
            reader.prose, reader.fanged = True, prose.is_fanged(context.head.text)
        for number, line in _lines(source.blocks()):
            reader.read(number, line)
    else:
        read_table(context.table(source, output, short_by=3), context.head.table, shape, output, builder)


def _counted(head: Head) -> tuple[int, int]:
    """Return how many of the first lines are indicators, and of how many.

    Names of files do not count, nor do mail addresses with something behind them: such lists are of other things.
    """
    lines = [line for line in head.lines if not is_comment(line) and not is_local(line)][:_SAMPLE]
    if lines and _is_header(lines[0]):
        del lines[0]
    return sum(map(_tells, lines)), len(lines)


def _tells(line: str) -> bool:
    try:
        found, comment = entries(line)
    except TooMany:
        return True
    return any(kind != "filename" and not (kind == "email" and comment) for kind, _ in found)


def _is_header(line: str) -> bool:
    return re.split(r"[,;\t|]", line[:LONGEST], maxsplit=1)[0].strip(' "').lower() in _HEADERS


@dataclass
class _Lines:
    """Reads a file line by line."""

    output: Output
    builder: Builder
    rows: LineRows
    prose: bool = False
    fanged: bool = False
    "Whether its text takes addresses apart, so that a whole one is only a link."
    begun: bool = False

    def read(self, number: int, line: str) -> None:
        """Send what a line holds."""
        if is_comment(line):
            return
        try:
            found, comment = entries(line)
        except TooMany:
            self.output.reject(number, _TOO_MANY, line)
            self.begun = True
            return
        if self.prose and (not found or any(map(self._is_doubtful, dict(found)))):
            self._prose(number, line)
        elif not found:
            self._nothing(number, line)
        elif comment and is_harmless(comment):
            self.output.reject(number, f"{HARMLESS}: {_some([value for _, value in found])}", line)
        elif len(found) == 1:
            self.output.row_json(self.rows.row_json(line.strip(), *found[0], comment or found[0][1]))
        else:
            text = line.strip()
            for kind, value in dict.fromkeys(found):
                record = (
                    {"line": text, "value": value}
                    if len(found) <= _KEPT_WHOLE
                    else {"value": value, "indicators_on_the_line": len(found)}
                )
                self.output.row(indicator_row(self.builder, record, kind, value, comment or value))
        strange = strange_names(line) if found else []
        if strange:
            self.output.reject(number, _STRANGE, " ".join(strange))
        self.begun = True

    def _nothing(self, number: int, line: str) -> None:
        if not self.begun and _is_header(line):
            self.output.ignore("header")
        elif line.lstrip().startswith("@@"):
            self.output.ignore("exception from a block list")
        elif is_local(line):
            self.output.ignore("local name")
        else:
            self.output.reject(number, _NO_INDICATOR, line)

    def _is_doubtful(self, kind: str) -> bool:
        """Tell whether what is alone on a line of prose may yet be none."""
        return kind in prose.ONLY_IN_LISTS or (self.fanged and kind == "url")

    def _prose(self, number: int, line: str) -> None:
        sent = links = 0
        spared: dict[tuple[str, str], list[str]] = {}
        for mention in prose.mentions(line):
            if self.fanged and mention.is_link:
                links += 1
                self.output.ignore(LINK_TO_READ_ON)
                continue
            sent += 1
            if mention.spared:
                spared.setdefault((mention.spared, mention.sentence), []).append(mention.value)
                continue
            record = {"text": mention.sentence, "value": mention.value}
            row = indicator_row(
                self.builder, record, mention.kind, mention.value, mention.value, detail=mention.sentence
            )
            self.output.row(row)
        for (why, sentence), values in spared.items():
            self.output.reject(number, f"{why}: {_some(values)}", sentence)
        if sent + links >= prose.MOST_FOUND or len(line) > prose.MOST_LINE:
            self.output.reject(number, _TOO_LONG, line)
        elif not sent and not links:
            self.output.ignore("line of text without an indicator")


def _some(values: list[str]) -> str:
    """Return the first of some values in words."""
    return ", ".join(values[:5]) + (f" and {len(values) - 5:,} more" if len(values) > 5 else "")


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
