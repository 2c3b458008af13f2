"""Qualys reports as CSV, with the lines of preamble that some begin with, and HackerGuardian's variant.

``Severity`` runs from 1 to 5. Dates are month first (``05/13/2021``) or spelt out; one that could be read two ways
counts as not known and stays as it is in the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from triage_app.domain.evidence import Layout
from triage_app.formats import scan_table
from triage_app.formats.building import Builder
from triage_app.formats.csv_table import Reject, Table
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head, TableHead
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.scan_times import moment

FORMAT: Final = "qualys"
TITLE: Final = "Qualys report (CSV)"
SOURCE: Final = "Qualys"
MOST_PREAMBLE: Final = 30
"""Lines that may come before the header."""

COLUMNS: Final = scan_table.Columns(
    plugin=("qid",),
    title=("title", "vuln title"),
    severity=("severity", "kb severity"),
    address=("ip", "asset ipv4", "asset ipv6"),
    host=("dns", "fqdn", "asset name", "netbios", "hostname"),
    family=("category",),
    cve=("cve", "cve id", "cveid"),
    score=("cvssv3.1 base (nvd)", "cvss3 base", "cvss3", "cvssv2 base (nvd)", "cvss base", "cvss_base", "cvss"),
    seen=("last detected", "last scan", "last_detected"),
    detail=("threat", "impact", "solution", "results", "result"),
)


def recognise(head: Head) -> str | None:
    """Return why a file is such a report, or None."""
    found = _found(head)
    if found is None:
        return None
    lines = head.text[: found[0]].count("\n")
    preamble = f", after {lines} lines about the report" if lines else ""
    return f"A Qualys report: the columns QID and {'Title' if 'title' in found[1].names else 'Vuln Title'}{preamble}."


def layout(head: Head) -> Layout:
    """Return how findings lie in the columns."""
    found = _found(head)
    return scan_table.layout(FORMAT, SOURCE, found[1].headers if found else (), COLUMNS)


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every finding of a file to ``output``."""
    found = _found(context.head)
    if found is None:
        return
    offset, head = found
    lines = context.head.text[:offset].count("\n")

    def reject(line: int, reason: str, text: str) -> None:
        output.reject(line + lines, reason, text)

    builder = Builder(layout(context.head), "finding", context.organisation)
    table = Table(_without(source.blocks(), offset), head.delimiter, reject, short_by=3)
    scan_table.read(table, _Moved(output, reject), builder, COLUMNS, _scale, moment)
    output.short_rows = table.short_rows


class _Moved:
    """The output with its line numbers moved by the preamble."""

    def __init__(self, output: Output, reject: Reject) -> None:
        self.row = output.row
        self.row_json = output.row_json
        self.ignore = output.ignore
        self.begin = output.begin
        self.reject = reject
        self.short_rows = 0


def _found(head: Head) -> tuple[int, TableHead] | None:
    """Return (where the header begins, the table), or None if this is no Qualys report."""
    offset = 0
    for line in head.text.splitlines(keepends=True)[:MOST_PREAMBLE]:
        names = {cell.strip().strip('"').strip().lower() for cell in line.split(",")}
        if "qid" in names and names & {"title", "vuln title"}:
            table = head.table_after(offset)
            return None if table is None or "qid" not in table.names else (offset, table)
        offset += len(line)
    return None


def _without(blocks: Iterator[str], offset: int) -> Iterator[str]:
    """Yield the text after its first characters."""
    left = offset
    for block in blocks:
        if left >= len(block):
            left -= len(block)
            continue
        yield block[left:] if left else block
        left = 0


def _scale(raw: str) -> str:
    return "one-to-five" if raw.isdecimal() else "hacker-guardian" if len(raw) == 1 else "words"
