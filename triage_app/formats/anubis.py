"""AnubisNetworks' sinkhole events: an infected machine spoke to a server that belonged to malware."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import number_of, read_objects, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context

FORMAT: Final = "anubis"
TITLE: Final = "AnubisNetworks"
SOURCE: Final = "AnubisNetworks"
KEY_RULE: Final = "anubis/1"
"""The matter is (origin, malware family, infected address, name that was asked for)."""

LAYOUT: Final = Layout(FORMAT, SOURCE, {})
RSIT: Final = "malicious-code/infected-system"


def looks_like(record: dict[str, Any]) -> bool:
    """Tell whether a JSON object is such an event."""
    located = any(name.startswith("_geo") for name in record)
    return number_of(record.get("_ts")) is not None and isinstance(record.get("_origin"), str) and located


def recognise(head: Head) -> str | None:
    """Return why a file is AnubisNetworks', or None."""
    if head.json is None or not any(map(looks_like, sample(head.json))):
        return None
    return f"AnubisNetworks sinkhole events: {head.json.how} with _ts, _origin and a place."


def layout(head: Head) -> Layout:
    """Return how events lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every event of a file to ``output``."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    read_objects(source, output, lambda record: _row(builder, record))


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    seconds = number_of(record.get("_ts"))
    if seconds is None or not 0 <= seconds < 1e11:
        raise ValueError("an event without a readable _ts")
    origin = text_of(record.get("_origin"))
    family = text_of(record.get("trojanfamily")) or text_of(at(record, "malw", "family"))
    src = text_of(at(record, "env", "remote_addr")) or text_of(at(record, "src", "ip"))
    asked = text_of(at(record, "comm", "dns", "name"))
    kinds = at(record, "malw", "categories")
    place = next((value for name, value in record.items() if name.startswith("_geo") and isinstance(value, dict)), {})
    number, port = (
        text_of(place.get("asn")),
        text_of(at(record, "dst", "port")) or text_of(at(record, "env", "server_port")),
    )
    severity = text_of(at(record, "malw", "severity"))
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [origin, family, src, asked]),
        seen_at=int(seconds * 1000),
        severity=graded("unknown", severity) if severity else None,
        rsit=RSIT,
        title=": ".join(part for part in (origin, family) if part) or "Sinkhole event",
        category=", ".join(filter(None, map(text_of, kinds))) if isinstance(kinds, list) else "",
        src=src,
        dst=text_of(at(record, "dst", "ip")),
        detail=words(
            f"asked for {asked}" if asked else "",
            text_of(at(record, "comm", "proto")) or text_of(at(record, "env", "request_method")),
            f"port {port}" if port else "",
            f"AS{number}" if number else "",
            text_of(place.get("country_code")),
        ),
    )
