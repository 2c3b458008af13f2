"""Microsoft Sentinel incidents: rows of the SecurityIncident table, as JSON or as the CSV that the portal exports.

Every change of an incident is a row of its own; they share a key, with each other and with the same incident from the
REST API. Source: Azure Monitor Logs reference, SecurityIncident.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import required, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.sentinel_rows import Reader, has_rows, inner, moment, read_rows

FORMAT: Final = "sentinel-incident-rows"
TITLE: Final = "Microsoft Sentinel incidents (table)"
SOURCE: Final = "Microsoft Sentinel"
_NEEDED: Final = ("IncidentName", "IncidentNumber", "Title")
_TIMES: Final = ("LastModifiedTime", "TimeGenerated", "CreatedTime")
_VERBATIM: Final = {"reference": "IncidentName", "title": "Title", "url": "IncidentUrl"}


def recognise(head: Head) -> str | None:
    """Return why a file holds rows of SecurityIncident, or None."""
    found = has_rows(head, _NEEDED, _TIMES)
    if found == "json" and head.json is not None:
        return f"Rows of Microsoft Sentinel's SecurityIncident table: {head.json.how}."
    return "Rows of Microsoft Sentinel's SecurityIncident table, exported as CSV." if found else None


def layout(head: Head) -> Layout:
    """Return how rows lie in the columns."""
    headers = head.table.headers if head.json is None and head.table is not None else ()
    return Layout(
        FORMAT,
        SOURCE,
        {column: (name,) for column, name in _VERBATIM.items() if not headers or name in headers},
        headers,
    )


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every row of a file to ``output``."""
    builder = Builder(layout(context.head), organisation=context.organisation)
    read_rows(source, output, context, lambda record, read_time: _row(builder, record, read_time), "IncidentName")


def _row(builder: Builder, record: dict[str, Any], read_time: Reader) -> list[Any]:
    name = required(record, "IncidentName", "an incident")
    number = text_of(record.get("IncidentNumber")).strip()
    tactics = at(inner(record.get("AdditionalData")), "tactics")
    title = text_of(record.get("Title")).strip() or f"Sentinel incident {number or name}"
    return builder.row(
        record,
        key=builder.key(name),
        seen_at=moment(record, _TIMES, read_time, "an incident"),
        severity=graded("sentinel", text_of(record.get("Severity"))),
        category=words(*map(text_of, tactics)) if isinstance(tactics, list) else "",
        detail=words(
            f"incident {number}" if number else "",
            text_of(record.get("Description")),
            text_of(record.get("Status")),
            text_of(record.get("Classification")),
            text_of(record.get("ClassificationComment")),
        ),
        columns={} if text_of(record.get("Title")).strip() else {"title": title},
    )
