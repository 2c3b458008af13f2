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
from triage_app.formats.json_feed import read_objects, required, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.strict_json import BadRecord, loads
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "sentinel-alerts"
TITLE: Final = "Microsoft Sentinel alerts"
SOURCE: Final = "Microsoft Sentinel"
WRAPPERS: Final = ("value", "results", "rows")
_NEEDED: Final = frozenset(("systemalertid", "alertname"))
_VERBATIM: Final = {"reference": "SystemAlertId", "title": "AlertName", "category": "Tactics", "url": "AlertLink"}


def recognise(head: Head) -> str | None:
    """Return why a file holds rows of SecurityAlert, or None."""
    if head.json is not None:
        if any({"SystemAlertId", "AlertName"} <= record.keys() for record in sample(head.json, WRAPPERS)):
            return f"Rows of Microsoft Sentinel's SecurityAlert table: {head.json.how}."
        return None
    if head.table is not None and head.table.names >= _NEEDED:
        return "Rows of Microsoft Sentinel's SecurityAlert table, exported as CSV."
    return None


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
    if context.head.json is not None:
        read_objects(source, output, lambda record: _row(builder, record), WRAPPERS, "SystemAlertId")
        return
    table = context.table(source, output, short_by=3)
    for cells in table:
        record: dict[str, Any] = dict(zip(table.headers, cells, strict=True))
        try:
            output.row(_row(builder, record))
        except ValueError as error:
            output.reject(table.line, str(error), table.raw())
    output.short_rows = table.short_rows


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    name = required(record, "SystemAlertId", "an alert")
    title = required(record, "AlertName", "an alert")
    time = next(
        (
            text_of(record[field])
            for field in ("TimeGenerated", "TimeGenerated [UTC]", "StartTime", "StartTimeUtc", "StartTime [UTC]")
            if text_of(record.get(field))
        ),
        "",
    )
    if not time:
        raise ValueError("an alert without a time")
    severity = text_of(record.get("AlertSeverity")) or text_of(record.get("Severity"))
    columns = microsoft_evidence.columns(_inner(record.get("Entities")))
    if "host" not in columns and text_of(record.get("CompromisedEntity")):
        columns["host"] = text_of(record["CompromisedEntity"])
    return builder.row(
        record,
        key=builder.key(name),
        seen_at=utc_milliseconds(time.strip()),
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


def _inner(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return loads(value)
        except BadRecord:
            return None
    return value
