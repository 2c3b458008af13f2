"""Machines as Microsoft Defender for Endpoint lists them: pages of its API. Each is an endpoint."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects, required, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.times import utc_or_none

FORMAT: Final = "defender-machines"
TITLE: Final = "Microsoft Defender machines"
SOURCE: Final = "Microsoft Defender for Endpoint"

LAYOUT: Final = Layout(FORMAT, SOURCE, {"reference": ("id",), "host": ("computerDnsName",), "src": ("lastIpAddress",)})
WRAPPERS: Final = ("value",)


def recognise(head: Head) -> str | None:
    """Return why a file lists machines, or None."""
    if head.json is None:
        return None
    found = any(
        "osPlatform" in one and "computerDnsName" in one and "lastSeen" in one for one in sample(head.json, WRAPPERS)
    )
    return f"Machines of Microsoft Defender for Endpoint: {head.json.how}." if found else None


def layout(head: Head) -> Layout:
    """Return how machines lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every machine of a file to ``output``; a time that cannot be read counts as not known."""
    builder = Builder(LAYOUT, "endpoint", context.organisation)
    read_objects(source, output, lambda record: _row(builder, record), WRAPPERS, "computerDnsName")


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    name = required(record, "id", "a machine")
    host = text_of(record.get("computerDnsName"))
    system = " ".join(filter(None, (text_of(record.get("osPlatform")), text_of(record.get("version")))))
    tags = record.get("machineTags")
    said = (
        ("health", "healthStatus"),
        ("risk", "riskScore"),
        ("exposure", "exposureLevel"),
        ("group", "rbacGroupName"),
    )
    return builder.row(
        record,
        key=builder.key(name),
        seen_at=utc_or_none(record.get("lastSeen")),
        value=name,
        title=host or name,
        category=system,
        detail=words(
            *(f"{word} {text_of(record[field])}" for word, field in said if text_of(record.get(field))),
            words(*map(text_of, tags)) if isinstance(tags, list) else "",
        ),
    )
