"""Microsoft Defender XDR, by Microsoft Graph: alerts (``alerts_v2``) and incidents, with their alerts if expanded.

A later version of an alert is a further row under the same key; the one that was updated last is shown.
Source: Microsoft Graph v1.0, resource types security.alert and security.incident.
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
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "defender-alerts"
TITLE: Final = "Microsoft Defender alerts or incidents (Graph)"
SOURCE: Final = "Microsoft Defender"

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {"reference": ("id",), "title": ("title",), "category": ("category",), "url": ("alertWebUrl",)},
)
INCIDENTS: Final = Layout(
    "defender-incidents", SOURCE, {"reference": ("id",), "title": ("displayName",), "url": ("incidentWebUrl",)}
)
WRAPPERS: Final = ("value",)


def recognise(head: Head) -> str | None:
    """Return why a file is Defender's, or None."""
    found = [record for record in sample(head.json, WRAPPERS) if _is_alert(record) or _is_incident(record)]
    if not found or head.json is None:
        return None
    what = "alerts" if _is_alert(found[0]) else "incidents"
    return f"Microsoft Defender {what} as Microsoft Graph gives them: {head.json.how}."


def layout(head: Head) -> Layout:
    """Return how alerts lie in the columns; incidents have a layout of their own."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every alert and incident of a file to ``output``."""
    alerts = Builder(LAYOUT, organisation=context.organisation)
    incidents = Builder(INCIDENTS, organisation=context.organisation)

    def make(record: dict[str, Any]) -> tuple[list[Any], Layout] | list[Any]:
        if _is_incident(record):
            return _incident(incidents, record), INCIDENTS
        return _alert(alerts, record)

    read_objects(source, output, make, WRAPPERS, "severity")


def _is_alert(record: dict[str, Any]) -> bool:
    return "id" in record and (
        "alertWebUrl" in record or ("serviceSource" in record and ("evidence" in record or "detectionSource" in record))
    )


def _is_incident(record: dict[str, Any]) -> bool:
    return "id" in record and "incidentWebUrl" in record and "alertWebUrl" not in record and "displayName" in record


def _alert(builder: Builder, record: dict[str, Any]) -> list[Any]:
    name = required(record, "id", "an alert")
    if not text_of(record.get("title")).strip():
        raise ValueError("an alert without title")
    techniques = record.get("mitreTechniques")
    said = techniques if isinstance(techniques, list) else []
    return builder.row(
        record,
        key=builder.key(name),
        seen_at=_seen(record, "lastUpdateDateTime", "createdDateTime", "lastActivityDateTime"),
        severity=graded("defender", text_of(record.get("severity"))),
        detail=words(
            text_of(record.get("description")),
            words(*map(text_of, said)),
            f"incident {record['incidentId']}" if text_of(record.get("incidentId")) else "",
            text_of(record.get("status")),
        ),
        columns=microsoft_evidence.columns(record.get("evidence")),
    )


def _incident(builder: Builder, record: dict[str, Any]) -> list[Any]:
    name = required(record, "id", "an incident")
    expanded = record.get("alerts")
    alerts = [one for one in expanded if isinstance(one, dict)] if isinstance(expanded, list) else []
    evidence = [item for one in alerts[:100] if isinstance(one.get("evidence"), list) for item in one["evidence"]]
    more = {} if text_of(record.get("displayName")).strip() else {"title": f"Defender incident {name}"}
    return builder.row(
        record,
        key=builder.key(name),
        seen_at=_seen(record, "lastUpdateDateTime", "createdDateTime"),
        severity=graded("defender", text_of(record.get("severity"))),
        category="Incident",
        detail=words(
            text_of(record.get("description")),
            text_of(record.get("status")),
            text_of(record.get("classification")),
            f"{len(alerts)} alerts" if alerts else "",
        ),
        columns=microsoft_evidence.columns(evidence) | more,
    )


def _seen(record: dict[str, Any], *names: str) -> int:
    """Return the first time that is there; raise ``ValueError`` if there is none or it cannot be read."""
    for name in names:
        if isinstance(record.get(name), str) and record[name]:
            return utc_milliseconds(record[name])
    raise ValueError(f"without a time: neither {' nor '.join(names)} is there")
