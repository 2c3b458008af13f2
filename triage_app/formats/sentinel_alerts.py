"""Microsoft Sentinel alerts: rows of the SecurityAlert table, as JSON or as the CSV that the portal exports.

``Entities`` and ``ExtendedProperties`` are JSON inside text; they are looked into for hosts, accounts and
addresses, and kept as they are. Source: Azure Monitor Logs reference, SecurityAlert.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats import microsoft_evidence
from triage_app.formats.building import Builder, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import required, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.sentinel_rows import Reader, has_rows, inner, moment, read_rows

FORMAT: Final = "sentinel-alerts"
TITLE: Final = "Microsoft Sentinel alerts"
SOURCE: Final = "Microsoft Sentinel"
_NEEDED: Final = ("SystemAlertId", "AlertName")
_TIMES: Final = ("TimeGenerated", "StartTime", "StartTimeUtc")
_VERBATIM: Final = {"reference": "SystemAlertId", "title": "AlertName", "category": "Tactics", "url": "AlertLink"}


def recognise(head: Head) -> str | None:
    """Return why a file holds rows of SecurityAlert, or None."""
    found = has_rows(head, _NEEDED, _TIMES)
    if found == "json" and head.json is not None:
        return f"Rows of Microsoft Sentinel's SecurityAlert table: {head.json.how}."
    return "Rows of Microsoft Sentinel's SecurityAlert table, exported as CSV." if found else None


def layout(head: Head) -> Layout:
    """Return how rows lie in the columns."""
    if head.json is None and head.table is not None:
        headers = head.table.headers
        held: dict[str, tuple[str, ...]] = {column: (name,) for column, name in _VERBATIM.items() if name in headers}
        return Layout(FORMAT, SOURCE, held, headers)
    return Layout(FORMAT, SOURCE, {column: (name,) for column, name in _VERBATIM.items()})


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every row of a file to ``output``."""
    builder = Builder(layout(context.head), organisation=context.organisation)
    read_rows(source, output, context, lambda record, read_time: _row(builder, record, read_time), "SystemAlertId")


def _row(builder: Builder, record: dict[str, Any], read_time: Reader) -> list[Any]:
    name = required(record, "SystemAlertId", "an alert")
    title = required(record, "AlertName", "an alert")
    severity = text_of(record.get("AlertSeverity")) or text_of(record.get("Severity"))
    columns = microsoft_evidence.columns(inner(record.get("Entities")))
    if "host" not in columns and text_of(record.get("CompromisedEntity")):
        columns["host"] = text_of(record["CompromisedEntity"])
    return builder.row(
        record,
        key=builder.key(name),
        seen_at=moment(record, _TIMES, read_time, "an alert"),
        severity=graded("sentinel", severity),
        title=title,
        detail=words(
            text_of(record.get("Description")),
            text_of(record.get("ProductName")) or text_of(record.get("ProviderName")),
            text_of(record.get("Techniques")),
            text_of(record.get("Status")),
        ),
        columns=columns,
    )
