"""Greenbone (OpenVAS) reports as CSV. A report of a scan that found nothing has its header and no row."""

from __future__ import annotations

from typing import Final

from triage_app.domain.evidence import Layout
from triage_app.formats import scan_table
from triage_app.formats.building import Builder
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.scan_times import moment

FORMAT: Final = "openvas-csv"
TITLE: Final = "Greenbone (OpenVAS) findings (CSV)"
SOURCE: Final = "Greenbone"

COLUMNS: Final = scan_table.Columns(
    plugin=("nvt oid",),
    title=("nvt name",),
    severity=("cvss", "severity"),
    address=("ip",),
    host=("hostname", "ip"),
    protocol=("port protocol",),
    family=("solution type",),
    cve=("cves",),
    score=("cvss",),
    seen=("timestamp",),
    detail=("summary", "solution"),
)


def recognise(head: Head) -> str | None:
    """Return why a file is such a report, or None."""
    if head.table is not None and {"nvt name", "nvt oid", "result id", "cvss"} <= head.table.names:
        return "Findings as Greenbone (OpenVAS) exports them: the columns NVT Name, NVT OID and Result ID."
    return None


def layout(head: Head) -> Layout:
    """Return how findings lie in the columns."""
    return scan_table.layout(FORMAT, SOURCE, head.table.headers if head.table else (), COLUMNS)


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every finding of a file to ``output``."""
    builder = Builder(layout(context.head), "finding", context.organisation)
    table = context.table(source, output, short_by=3)
    scan_table.read(table, output, builder, COLUMNS, _scale, moment)


def _scale(raw: str) -> str:
    return "cvss" if raw.replace(".", "", 1).isdecimal() else "words"
