"""X-ARF, version 3 and 4: an abuse report about one source, as providers and CERTs send them.

Evidence payloads (base64) are kept and never decoded. A report's own id numbers the report, not the
matter: reports of one type about the same source and target are one matter.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.implied_class import implied
from triage_app.formats.json_feed import number_of, read_objects, required, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.secrets import MASK
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "xarf"
TITLE: Final = "X-ARF abuse report"
SOURCE: Final = "X-ARF"
KEY_RULE: Final = "xarf/1"
"""The matter is (category, type, source, address of the content, destination, destination port)."""

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {"reference": ("report_id",), "src": ("source_identifier",), "dst": ("destination_ip",), "url": ("url",)},
)
WRAPPERS: Final = ("reports", "data", "items")
_URLS: Final = ("url", "infringing_url", "target_url", "phishing_url")
_COUNTS: Final = ("attempt_count", "attempts_count", "total_probes", "total_packets", "victim_count", "occurrences")
_WHAT: Final = (
    *("service", "attack_vector", "attack_pattern", "attack_technique", "compromise_type", "misconfiguration_type"),
    *("fraud_type", "infringement_type", "threat_type", "malware_family", "target_brand", "affected_brand"),
    *("work_title", "subject", "cve_id", "scheme_description"),
)
"""Members that say in a word or two what was found, in the order in which they are shown."""

_TRIED: Final = ("user", "login", "account")
"""How the members begin that hold the names somebody tried at a honeypot."""


def recognise(head: Head) -> str | None:
    """Return why a file is X-ARF, or None."""
    if head.json is None:
        return None
    versions = [version for record in sample(head.json, WRAPPERS, "xarf_version") if (version := _version(record))]
    if not versions:
        return None
    return f"X-ARF: {head.json.how}; the first report is of version {versions[0]}."


def layout(head: Head) -> Layout:
    """Return how reports lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every report of a file to ``output``; those without a readable time are rejected."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    read_objects(source, output, lambda record: _row(builder, record), WRAPPERS, "xarf_version")


def _version(record: dict[str, Any]) -> int:
    """Return 4 or 3, 0 for what is no report."""
    if "xarf_version" in record and ("source_identifier" in record or "type" in record):
        return 4
    report = record.get("Report")
    if isinstance(report, dict) and "ReportType" in report and ("ReporterInfo" in record or "Version" in record):
        return 3
    return 0


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    version = _version(record)
    if version == 4:
        return _version_4(builder, record)
    if version == 3:
        return _version_3(builder, record)
    raise ValueError("no X-ARF report: neither xarf_version nor Report is there")


def _version_4(builder: Builder, record: dict[str, Any]) -> list[Any]:
    record = _without_tried_names(record)
    kind = required(record, "type", "a report")
    category = text_of(record.get("category")) or text_of(record.get("class"))
    source = text_of(record.get("source_identifier"))
    url = next(filter(None, (text_of(record.get(name)) for name in _URLS)), "")
    tags = [text_of(tag) for tag in _list(record.get("tags"))]
    severity = text_of(record.get("severity")) or next(
        (tag.partition(":")[2] for tag in tags if tag.startswith("severity:")), ""
    )
    threat = _word(text_of(record.get("threat_type")))
    said = [text_of(record.get(name)).replace("_", " ") for name in _WHAT]
    count = next((f"{text_of(record[name])} {name.replace('_', ' ')}" for name in _COUNTS if record.get(name)), "")
    return _columns(
        builder,
        record,
        (category, kind, source, url),
        (text_of(record.get("destination_ip")), text_of(record.get("destination_port"))),
        seen_at=utc_milliseconds(text_of(record.get("timestamp")).strip()),
        severity=graded("words", severity) if severity else None,
        score=number_of(record.get("confidence_score", record.get("confidence"))),
        rsit=implied(FORMAT, f"threat/{threat}") or implied(FORMAT, f"{_word(category)}/{_word(kind)}"),
        reference=text_of(record.get("report_id")),
        hash=text_of(record.get("file_hash")).rpartition(":")[2],
        detail=[*said, text_of(record.get("protocol")), count, *_seen(record, "first_seen", "last_seen")],
        reporter=text_of(at(record, "reporter", "org")),
    )


def _version_3(builder: Builder, record: dict[str, Any]) -> list[Any]:
    report: dict[str, Any] = record["Report"]
    kind = required(report, "ReportType", "a report")
    category = text_of(report.get("ReportClass"))
    origin = report.get("Source")
    origin = origin if isinstance(origin, dict) else {}
    url = text_of(origin.get("URL")) or text_of(report.get("SourceUrl")) or text_of(report.get("Url"))
    source = text_of(origin.get("IP")) or text_of(report.get("SourceIp")) or text_of(origin.get("Domain")) or url
    more = report.get("AdditionalInfo")
    more = more if isinstance(more, dict) else {}
    said = [text_of(more.get(name)).replace("_", " ") for name in ("MalwareFamily", "TargetBrand", "PhishingType")]
    server = text_of(more.get("C2Server"))
    return _columns(
        builder,
        record,
        (category, kind, source, url),
        (text_of(report.get("DestinationIp")), text_of(report.get("DestinationPort"))),
        seen_at=utc_milliseconds(text_of(report.get("Date")).strip()),
        rsit=implied(FORMAT, f"{_word(category)}/{_word(kind)}") or implied(FORMAT, f"*/{_word(kind)}"),
        reference=text_of(report.get("ReportID")) or text_of(record.get("ReportID")),
        detail=[*said, f"speaks to {server}" if server else "", *_seen(report | more, "FirstSeen", "LastSeen")],
        reporter=text_of(at(record, "ReporterInfo", "ReporterOrg")),
    )


def _columns(
    builder: Builder,
    record: dict[str, Any],
    about: tuple[str, str, str, str],
    target: tuple[str, str],
    *,
    seen_at: int,
    rsit: str,
    reference: str,
    detail: list[str],
    reporter: str,
    hash: str = "",
    severity: tuple[int, str, str] | None = None,
    score: float | None = None,
) -> list[Any]:
    """Return the columns of a report ``about`` (category, type, source, URL) against ``target`` (address, port)."""
    category, kind, source, url = about
    address = _is_address(source)
    port = f"port {target[1]}" if target[1] else ""
    kind_of = f"{kind} ({category or 'X-ARF'})".replace("_", " ")
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [category, kind, source, url, *target]),
        seen_at=seen_at,
        severity=severity,
        score=score,
        rsit=rsit,
        title=f"{kind_of}: {source or url or 'unknown source'}",
        reference=reference,
        category=f"{category}/{kind}" if category else kind,
        host="" if address or "/" in source else source,
        src=source if address else "",
        dst=target[0],
        url=url or ("" if "://" not in source else source),
        hash=hash,
        detail=words(*detail, port, f"reported by {reporter}" if reporter else ""),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _word(text: str) -> str:
    return text.strip().lower().replace("-", "_").replace(" ", "_")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _seen(values: dict[str, Any], first: str, last: str) -> list[str]:
    named = (("first seen", text_of(values.get(first))), ("last seen", text_of(values.get(last))))
    return [f"{word} {time}" for word, time in named if time]


def _without_tried_names(record: dict[str, Any]) -> dict[str, Any]:
    """Mask the names, and what else stands with passwords, that somebody tried at a honeypot."""
    if "honeypot" not in text_of(record.get("evidence_source")).lower():
        return record
    tried = [name for name in record if name.lower().startswith("password")]
    if not tried:
        return record
    tried += [name for name in record if name.lower().startswith(_TRIED) and name.lower() != "user_agent"]
    return record | {name: MASK for name in tried if record[name]}
