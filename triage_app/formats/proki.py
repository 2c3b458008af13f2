"""CZ.NIC's PROKI reports, and other IntelMQ events: flat JSON whose keys have dots."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.implied_class import of_type
from triage_app.formats.json_feed import number_of, read_objects, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "proki"
TITLE: Final = "PROKI or IntelMQ events"
SOURCE: Final = "PROKI"
KEY_RULE: Final = "proki/1"
"""The matter is (feed, type, malware, source address, source URL, destination address, destination port)."""

LAYOUT: Final = Layout(FORMAT, SOURCE, {})
WRAPPERS: Final = ("data",)
_TYPE: Final = "classification.type"
_TIMES: Final = ("time.source", "time.observation")
_LEGACY: Final = {
    "blacklist": "other/other",
    "c&c": "malicious-code/c2-server",
    "vulnerable-service": "vulnerable/vulnerable-system",
}
"""Types of IntelMQ before it took over RSIT's."""


def looks_like(record: dict[str, Any]) -> bool:
    """Tell whether a JSON object is an event with IntelMQ's keys."""
    told = any(name in record for name in ("source.ip", "source.url", "source.fqdn", "feed.name", "destination.ip"))
    return isinstance(record.get(_TYPE), str) and any(name in record for name in _TIMES) and told


def recognise(head: Head) -> str | None:
    """Return why a file is PROKI's, or None."""
    if head.json is None or not any(map(looks_like, sample(head.json, WRAPPERS, _TYPE))):
        return None
    return f"PROKI or IntelMQ events: {head.json.how} with classification.type and time.source."


def layout(head: Head) -> Layout:
    """Return how events lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every event of a file to ``output``; those without a readable time are rejected."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    read_objects(source, output, lambda record: _row(builder, record), WRAPPERS, _TYPE)


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    said = {name: text_of(value) for name, value in record.items()}

    def get(*names: str) -> str:
        return next((said[name] for name in names if said.get(name)), "")

    kind, malware, time = get(_TYPE), get("malware.name", "classification.identifier"), get(*_TIMES)
    if not kind:
        raise ValueError("an event without classification.type")
    if not time:
        raise ValueError("an event without a time")
    src, dst, port = get("source.ip"), get("destination.ip"), get("destination.port")
    url = get("source.url", "destination.url")
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [get("feed.name"), kind, malware, src, url, dst, port]),
        seen_at=utc_milliseconds(time),
        score=number_of(record.get("feed.accuracy")),
        rsit=of_type(kind) or _LEGACY.get(kind.lower(), ""),
        tlp=get("tlp"),
        title=": ".join(part for part in (kind, malware or get("event_description.text")) if part),
        category=get("classification.taxonomy"),
        host=get("source.fqdn", "source.reverse_dns"),
        user=get("source.account"),
        src=src,
        dst=dst,
        url=url,
        hash=get("malware.hash.sha256", "malware.hash.sha1", "malware.hash.md5", "malware.hash"),
        detail=words(
            get("event_description.text") if malware else "",
            f"{get('protocol.transport', 'protocol.application')} port {port}".strip() if port else "",
            f"AS{get('source.asn')}" if get("source.asn") else "",
            get("source.geolocation.cc"),
            f"feed {get('feed.name')}" if get("feed.name") else "",
        ),
    )
