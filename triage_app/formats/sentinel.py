"""Microsoft Sentinel incidents as its REST API gives them: a list, one, or the example in the API's description.

Source: Microsoft.SecurityInsights REST API, 2021-10-01, incidents.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "sentinel-incidents"
TITLE: Final = "Microsoft Sentinel incidents"
SOURCE: Final = "Microsoft Sentinel"

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {"reference": ("name",), "title": ("properties", "title"), "url": ("properties", "incidentUrl")},
)
WRAPPERS: Final = ("value",)


def recognise(head: Head) -> str | None:
    """Return why a file holds Sentinel incidents, or None."""
    if head.json is None:
        return None
    records = [_unwrapped(record) for record in sample(head.json)]
    inner = [one for record in records for one in _incidents(record)]
    if not any(_is_incident(one) for one in inner):
        return None
    return f"Microsoft Sentinel incidents of the REST API: {head.json.how}."


def layout(head: Head) -> Layout:
    """Return how incidents lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every incident of a file to ``output``."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    example = context.head.json is not None and "responses" in context.head.json.first
    # An example is small and read whole; a list of any length is cut as it streams by.
    unwrap = _unwrapped if example else None
    read_objects(source, output, lambda record: _row(builder, record), WRAPPERS, "etag", unwrap=unwrap)


def _unwrapped(record: dict[str, Any]) -> dict[str, Any]:
    """Return the answer in an example of the API's description, or the record itself."""
    body = at(record, "responses", "200", "body")
    return body if isinstance(body, dict) else record


def _incidents(record: dict[str, Any]) -> list[dict[str, Any]]:
    inner = record.get("value")
    return [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else [record]


def _is_incident(record: dict[str, Any]) -> bool:
    properties = record.get("properties")
    return (
        isinstance(properties, dict)
        and "severity" in properties
        and ("incidentNumber" in properties or "incidents" in text_of(record.get("type")).lower())
    )


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    properties = record.get("properties")
    if not isinstance(properties, dict):
        raise ValueError("an incident without properties")
    name = text_of(record.get("name")) or text_of(record.get("id"))
    if not name:
        raise ValueError("an incident without name")
    time = text_of(properties.get("lastModifiedTimeUtc")) or text_of(properties.get("createdTimeUtc"))
    if not time:
        raise ValueError("an incident without a time")
    number = text_of(properties.get("incidentNumber"))
    tactics = at(properties, "additionalData", "tactics")
    more = {} if text_of(properties.get("title")).strip() else {"title": f"Sentinel incident {number or name}"}
    return builder.row(
        record,
        key=builder.key(name),
        seen_at=utc_milliseconds(time),
        severity=graded("sentinel", text_of(properties.get("severity"))),
        category=words(*map(text_of, tactics)) if isinstance(tactics, list) else "",
        detail=words(
            f"incident {number}" if number else "",
            text_of(properties.get("description")),
            text_of(properties.get("status")),
            text_of(properties.get("classification")),
            text_of(properties.get("classificationComment")),
        ),
        columns=more,
    )
