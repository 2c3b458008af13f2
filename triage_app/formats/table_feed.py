"""Feeds that are tables with a header of their own: which header fills which column, and every row sent on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder
from triage_app.formats.decoding import TextSource, how
from triage_app.formats.head import Head
from triage_app.formats.records import Output
from triage_app.formats.registry import Context

SHORT_BY: Final = 3
"""Cells that may be missing at the end of a row."""

Row = Callable[[Builder, dict[str, str], dict[str, str]], list[Any]]
"""Makes the columns of (builder, the raw row, the same with its headers in lower case)."""


def layout_for(format_name: str, source: str, headers: Sequence[str], held: Mapping[str, str]) -> Layout:
    """Return the layout of a table; ``held`` says column → header in lower case, as far as the table has it."""
    names = {header.strip().lower(): header for header in reversed(headers)}
    verbatim: dict[str, tuple[str, ...]] = {
        column: (names[header],) for column, header in held.items() if header in names
    }
    return Layout(format_name, source, verbatim, tuple(headers))


def why(head: Head, needed: Collection[str], said: str) -> str | None:
    """Return ``said`` and how the table is written if a file is one with the headers ``needed``, None otherwise."""
    if head.table is None or not head.table.names >= set(needed):
        return None
    return f"{said}; {how(head.encoding, head.table.delimiter)}."


def layout_of(head: Head, format_name: str, source: str, held: Mapping[str, str]) -> Layout:
    """Return the layout of a file that is a table, as ``layout_for`` does."""
    return layout_for(format_name, source, head.table.headers if head.table else (), held)


def read_feed(
    source: TextSource, output: Output, context: Context, layout: Layout, make: Row, kind: str = "alert"
) -> None:
    """Send every row of a table to ``output``; those that ``make`` refuses are rejected with its reason."""
    table = context.table(source, output, short_by=SHORT_BY)
    builder = Builder(layout, kind, context.organisation)
    headers = table.headers
    names = [header.strip().lower() for header in headers]
    try:
        for cells in table:
            if not any(map(str.strip, cells)):
                output.ignore("empty row")
                continue
            record = dict(zip(headers, cells, strict=True))
            try:
                row = make(builder, record, dict(zip(names[::-1], cells[::-1], strict=True)))
            except ValueError as error:
                output.reject(table.line, str(error), table.raw())
            else:
                output.row(row)
    finally:
        output.short_rows = table.short_rows
