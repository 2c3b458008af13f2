"""Nessus reports in XML (``.nessus``, version 2): one finding for each plugin on each port of each host.

Source: Tenable, "Nessus v2 file format". ``severity`` runs from 0 (info) to 4 (critical).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import number_of, words
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.xml_stream import all_at, elements, text_at

FORMAT: Final = "nessus"
TITLE: Final = "Nessus report (XML)"
SOURCE: Final = "Nessus"
KEY_RULE: Final = "nessus/1"
"""The matter is (host, port, protocol, plugin)."""

LAYOUT: Final = Layout(
    FORMAT, SOURCE, {"reference": ("@pluginID",), "title": ("@pluginName",), "category": ("@pluginFamily",)}
)
MAX_PROPERTIES: Final = 65_536
"""Characters about a host that each of its findings repeats; scanners write some 20,000."""

_TELLING: Final = frozenset(
    ("host-ip", "host-fqdn", "netbios-name", "operating-system", "HOST_START", "HOST_START_TIMESTAMP")
)
_NO_FINDING: Final = "host without a finding"
_STARTED = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\Z", re.ASCII)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = re.compile(r"\d{9,10}\Z", re.ASCII)


def recognise(head: Head) -> str | None:
    """Return why a file is a Nessus report, or None."""
    if head.root[0] == "NessusClientData_v2":
        return "A Nessus report: XML that begins with NessusClientData_v2."
    return None


def layout(head: Head) -> Layout:
    """Return how findings lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every finding of a report to ``output``."""
    builder = Builder(LAYOUT, "finding", context.organisation)
    host: dict[str, str] = {}
    once: dict[str, str] = {}
    has_findings = True
    wanted = frozenset(("HostProperties", "ReportItem"))
    for element in elements(source, output, context.name, wanted, frozenset(("ReportHost",))):
        if element.begins:
            if not has_findings:
                output.ignore(_NO_FINDING)
            host, once, has_findings = {"name": str(element.record.get("@name", ""))}, {}, False
        elif element.name == "HostProperties":
            told, once = _properties(element.record)
            host |= told
        else:
            has_findings = True
            try:
                output.row(_row(builder, element.record, host, once))
                once = {}
            except ValueError as error:
                output.reject(element.line, str(error), compact(element.record))
    if not has_findings:
        output.ignore(_NO_FINDING)


def _properties(record: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what each finding of a host repeats, and what only its first one says.

    A host's patch summary names every CVE on it: repeated, a search for one of them would find all its findings.
    """
    tags = [tag for tag in all_at(record, "tag") if isinstance(tag, dict) and "@name" in tag]
    told: dict[str, str] = {}
    left: dict[str, str] = {}
    size = 0
    for tag in sorted(tags, key=lambda tag: tag["@name"] not in _TELLING):
        name, text = tag["@name"], tag.get("#text", "")
        size += len(name) + len(text)
        (told if size <= MAX_PROPERTIES and not name.startswith("patch-summary") else left)[name] = text
    return told, left


def _row(builder: Builder, item: dict[str, Any], host: dict[str, str], once: dict[str, str]) -> list[Any]:
    plugin, title = str(item.get("@pluginID", "")), str(item.get("@pluginName", ""))
    if not plugin:
        raise ValueError("a finding without pluginID")
    cves = [cve.strip().upper() for cve in all_at(item, "cve") if isinstance(cve, str) and cve.strip()]
    address = host.get("host-ip", "") or host.get("name", "")
    port, protocol = str(item.get("@port", "")), str(item.get("@protocol", ""))
    scores = (number_of(text_at(item, name)) for name in ("cvss3_base_score", "cvss_base_score"))
    score = next((score for score in scores if score is not None and 0 <= score <= 10), None)
    return builder.row(
        {**item, "host": host | once},
        key=builder.fingerprint(KEY_RULE, [address, port, protocol, plugin]),
        seen_at=_started(host.get("HOST_START_TIMESTAMP", "") or host.get("HOST_START", "")),
        severity=graded("nessus", str(item.get("@severity", ""))),
        score=score,
        value=cves[0] if cves else "",
        columns={} if title.strip() else {"title": f"Nessus plugin {plugin}"},
        host=host.get("host-fqdn", "") or host.get("netbios-name", "") or host.get("name", ""),
        dst=f"{address}:{port}" if port not in {"", "0"} else address,
        detail=words(
            text_at(item, "synopsis"),
            text_at(item, "solution"),
            words(*cves[1:20]),
            host.get("operating-system", ""),
        ),
    )


def _started(text: str) -> int | None:
    """Return when a scan of a host began; of a time in the scanner's own zone, which is not named, the day."""
    if _EPOCH.match(text):
        return int(text) * 1000
    match = _STARTED.match(text)
    if not match or match[1] not in _MONTHS:
        return None
    try:
        numbers = (
            int(match[6]),
            _MONTHS.index(match[1]) + 1,
            int(match[2]),
            int(match[3]),
            int(match[4]),
            int(match[5]),
        )
        moment = datetime(*numbers, tzinfo=UTC)
    except ValueError:
        return None
    return None if moment.year < 1970 else int(moment.replace(hour=0, minute=0, second=0).timestamp()) * 1000
