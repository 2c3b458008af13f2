"""Microsoft's Cyber Threat Intelligence Program, in its two forms: Interflow's lower-case keys, and Azure's.

Azure writes its time as a Windows FILETIME number. Payloads are kept and never decoded.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.domain.mapping import Mapping
from triage_app.formats.building import Builder, at, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.implied_class import implied
from triage_app.formats.json_feed import number_of, read_objects, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.times import reader_for, utc_milliseconds, utc_or_none

FORMAT: Final = "microsoft-ctip"
TITLE: Final = "Microsoft CTIP"
SOURCE: Final = "Microsoft CTIP"
KEY_RULE: Final = "microsoft-ctip/1"
"""The matter is (threat, its code, source address, destination address, destination port)."""

LAYOUT: Final = Layout(FORMAT, SOURCE, {})
_FILETIME: Final = reader_for(Mapping("filetime", "Microsoft", {}, time_format="filetime"))


def looks_like(record: dict[str, Any]) -> bool:
    """Tell whether a JSON object is an event of either form."""
    return _is_azure(record) or ("indicatorthreattype" in record and "firstreporteddatetime" in record)


def recognise(head: Head) -> str | None:
    """Return why a file is Microsoft's, or None."""
    if head.json is None:
        return None
    record = next(filter(looks_like, sample(head.json)), None)
    if record is None:
        return None
    which = "DataFeed and DateTimeReceivedUtc" if _is_azure(record) else "indicatorthreattype and firstreporteddatetime"
    return f"Microsoft CTIP: {head.json.how} with {which}."


def layout(head: Head) -> Layout:
    """Return how events lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every event of a file to ``output``; those without a readable time are rejected."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    read_objects(
        source,
        output,
        lambda record: _azure(builder, record) if _is_azure(record) else _interflow(builder, record),
    )


def _is_azure(record: dict[str, Any]) -> bool:
    return "DataFeed" in record and "DateTimeReceivedUtc" in record


def _interflow(builder: Builder, record: dict[str, Any]) -> list[Any]:
    kind, code = text_of(record.get("indicatorthreattype")), text_of(record.get("externalid"))
    src = text_of(record.get("networksourceipv4")) or text_of(record.get("networksourceipv6"))
    dst = text_of(record.get("networkdestinationipv4")) or text_of(record.get("networkdestinationipv6"))
    port, number = text_of(record.get("networkdestinationport")), text_of(record.get("networksourceasn"))
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [kind, code, src, dst, port]),
        seen_at=utc_milliseconds(text_of(record.get("firstreporteddatetime")).strip()),
        until_at=utc_or_none(text_of(record.get("indicatorexpirationdatetime")).strip()),
        score=number_of(record.get("confidence")),
        rsit=implied(FORMAT, kind),
        tlp=text_of(record.get("tlplevel")),
        title=text_of(record.get("description")) or words(kind, code) or "Microsoft CTIP event",
        category=kind,
        host=text_of(record.get("hostname")),
        src=src,
        dst=dst,
        url=text_of(record.get("url")),
        hash=text_of(record.get("filehashvalue")),
        detail=words(code, f"port {port}" if port else "", f"AS{number}" if number else ""),
    )


def _azure(builder: Builder, record: dict[str, Any]) -> list[Any]:
    malware, code = text_of(record.get("Malware")), text_of(record.get("ThreatCode"))
    feed = text_of(record.get("DataFeed"))
    src, dst = text_of(record.get("SourceIp")), text_of(record.get("DestinationIp"))
    port, number = text_of(record.get("DestinationPort")), text_of(at(record, "SourceIpInfo", "SourceIpAsnNumber"))
    host, path = text_of(at(record, "HttpInfo", "HttpHost")), text_of(at(record, "HttpInfo", "HttpRequest"))
    kind = feed.replace(".", "-").rpartition("-")[2].lower()
    times, sure = text_of(record.get("TotalEncounters")), text_of(record.get("ThreatConfidence"))
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [malware, code, src, dst, port]),
        seen_at=_FILETIME(text_of(record.get("DateTimeReceivedUtc"))),
        rsit=implied(FORMAT, "botnet" if kind == "infected" else kind),
        tlp=text_of(record.get("TLP")),
        title=f"{feed}: {' '.join(part for part in (malware, code) if part)}".strip(": ") or "Microsoft CTIP event",
        category=malware,
        src=src,
        dst=dst,
        url=f"http{'s' if port == '443' else ''}://{host}{path if path.startswith('/') else ''}" if host else "",
        detail=words(
            f"port {port}" if port else "",
            f"AS{number}" if number else "",
            text_of(at(record, "SourceIpInfo", "SourceIpCountryCode")),
            f"{times} encounters" if times else "",
            f"confidence {sure}" if sure else "",
        ),
    )
