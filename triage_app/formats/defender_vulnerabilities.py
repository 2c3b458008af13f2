"""Microsoft Defender Vulnerability Management: vulnerabilities by machine and software, pages of its API."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded, text_of
from triage_app.formats.cve import base_score
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects, required, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context

FORMAT: Final = "defender-vulnerabilities"
TITLE: Final = "Microsoft Defender vulnerabilities"
SOURCE: Final = "Microsoft Defender"

LAYOUT: Final = Layout(FORMAT, SOURCE, {"reference": ("id",), "host": ("deviceName",)})
WRAPPERS: Final = ("value",)


def recognise(head: Head) -> str | None:
    """Return why a file holds Defender's findings, or None."""
    if head.json is None or not any(_is_finding(record) for record in sample(head.json, WRAPPERS)):
        return None
    return f"Vulnerabilities by machine from Microsoft Defender: {head.json.how}."


def layout(head: Head) -> Layout:
    """Return how findings lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every finding of a file to ``output``."""
    builder = Builder(LAYOUT, "finding", context.organisation)
    read_objects(source, output, lambda record: _row(builder, record), WRAPPERS, "cveId")


def _is_finding(record: dict[str, Any]) -> bool:
    return (
        "cveId" in record
        and ("machineId" in record or "deviceId" in record)
        and "productName" in record | {"productName": record.get("softwareName")}
    )


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    cve = required(record, "cveId", "a finding").strip().upper()
    machine = text_of(record.get("machineId")) or text_of(record.get("deviceId"))
    if not machine:
        raise ValueError("a finding without machineId")
    names = (
        ("productVendor", "softwareVendor"),
        ("productName", "softwareName"),
        ("productVersion", "softwareVersion"),
    )
    software = " ".join(filter(None, (text_of(record.get(one)) or text_of(record.get(other)) for one, other in names)))
    severity = text_of(record.get("severity")) or text_of(record.get("vulnerabilitySeverityLevel"))
    update = text_of(record.get("fixingKbId")) or text_of(record.get("recommendedSecurityUpdate"))
    return builder.row(
        record,
        key=builder.fingerprint("defender-vulnerabilities/1", [machine, cve, software]),
        severity=graded("words", severity),
        score=base_score(record.get("cvssScore")),
        value=cve,
        columns={} if text_of(record.get("deviceName")) else {"host": machine},
        title=f"{cve} in {software}" if software else cve,
        category="software",
        detail=words(f"machine {machine}", f"fixed by {update}" if update else ""),
    )
