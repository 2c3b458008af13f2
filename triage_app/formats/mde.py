"""Microsoft Defender for Endpoint, the older API: alerts as ``api.securitycenter`` gives them.

Source: Microsoft Defender for Endpoint API, alert resource type.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats import microsoft_evidence
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects, required, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "mde-alerts"
TITLE: Final = "Microsoft Defender for Endpoint alerts"
SOURCE: Final = "Microsoft Defender for Endpoint"

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {"reference": ("id",), "title": ("title",), "category": ("category",), "host": ("computerDnsName",)},
)
WRAPPERS: Final = ("value",)


def recognise(head: Head) -> str | None:
    """Return why a file is this API's, or None."""
    if head.json is None or not any(_is_alert(record) for record in sample(head.json, WRAPPERS)):
        return None
    return f"Alerts of the Microsoft Defender for Endpoint API: {head.json.how}."


def layout(head: Head) -> Layout:
    """Return how alerts lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every alert of a file to ``output``."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    read_objects(source, output, lambda record: _row(builder, record), WRAPPERS, "alertCreationTime")


def _is_alert(record: dict[str, Any]) -> bool:
    return "id" in record and "alertCreationTime" in record


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    name = required(record, "id", "an alert")
    if not text_of(record.get("title")).strip():
        raise ValueError("an alert without title")
    time = text_of(record.get("lastUpdateTime")) or required(record, "alertCreationTime", "an alert")
    columns = microsoft_evidence.columns(record.get("evidence"))
    if "computerDnsName" in record:
        columns.pop("host", None)
    user = text_of(at(record, "relatedUser", "userName"))
    if user:
        domain = text_of(at(record, "relatedUser", "domainName"))
        columns["user"] = f"{domain}\\{user}" if domain else user
    techniques = record.get("mitreTechniques")
    return builder.row(
        record,
        key=builder.key(name),
        seen_at=utc_milliseconds(time),
        severity=graded("defender", text_of(record.get("severity"))),
        detail=words(
            text_of(record.get("description")),
            text_of(record.get("threatFamilyName")),
            words(*map(text_of, techniques)) if isinstance(techniques, list) else "",
            text_of(record.get("status")),
        ),
        columns=columns,
    )
