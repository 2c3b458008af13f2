"""Wazuh's vulnerability detector: answers of the API up to 4.7, and hits of the indexer from 4.8 on."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.cve import base_score
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.times import utc_milliseconds
from triage_app.formats.wazuh import hits_of, source_of

FORMAT: Final = "wazuh-vulnerabilities"
TITLE: Final = "Wazuh vulnerabilities"
SOURCE: Final = "Wazuh"

LAYOUT: Final = Layout(FORMAT, SOURCE, {"host": ("agent", "name")})
WRAPPERS: Final = ("affected_items", "hits")
AROUND: Final = ("data", "hits")


def recognise(head: Head) -> str | None:
    """Return why a file holds Wazuh's findings, or None."""
    if head.json is None:
        return None
    for record in sample(head.json):
        items = at(record, "data", "affected_items")
        inner = items if isinstance(items, list) else hits_of(record)
        if any(_is_finding(source_of(one)) for one in inner if isinstance(one, dict)):
            return f"Vulnerabilities that Wazuh found: {head.json.how}."
    return None


def layout(head: Head) -> Layout:
    """Return how findings lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every finding of a file to ``output``."""
    builder = Builder(LAYOUT, "finding", context.organisation)

    def make(record: dict[str, Any]) -> list[Any]:
        record = source_of(record)
        if isinstance(record.get("vulnerability"), dict):
            return _version_4_8(builder, record)
        return _version_4_7(builder, record)

    read_objects(source, output, make, WRAPPERS, "vulnerability", _unwrapped, AROUND)


def _unwrapped(record: dict[str, Any]) -> dict[str, Any]:
    for name in AROUND:
        inner = record.get(name)
        if isinstance(inner, dict) and any(isinstance(inner.get(member), list) for member in WRAPPERS):
            return inner
    return record


def _is_finding(record: dict[str, Any]) -> bool:
    return isinstance(at(record, "vulnerability", "id"), str) or {"cve", "condition"} <= record.keys()


def _version_4_7(builder: Builder, record: dict[str, Any]) -> list[Any]:
    cve = text_of(record.get("cve")).strip().upper()
    package = text_of(record.get("name"))
    if not cve:
        raise ValueError("a finding without cve")
    time = text_of(record.get("detection_time"))
    score = base_score(record.get("cvss3_score")) or base_score(record.get("cvss2_score")) or None  # 0 means none
    return builder.row(
        record,
        key=builder.fingerprint("wazuh-vulnerabilities/1", ["", cve, package, text_of(record.get("version"))]),
        seen_at=utc_milliseconds(time) if time else None,
        severity=graded("words", text_of(record.get("severity"))),
        score=score,
        value=cve,
        title=text_of(record.get("title")).strip() or f"{cve} affects {package or 'a package'}",
        category=text_of(record.get("type")),
        detail=words(f"{package} {text_of(record.get('version'))}".strip(), text_of(record.get("condition"))),
    )


def _version_4_8(builder: Builder, record: dict[str, Any]) -> list[Any]:
    flaw: dict[str, Any] = record["vulnerability"]
    cve = text_of(flaw.get("id")).strip().upper()
    if not cve:
        raise ValueError("a finding without vulnerability.id")
    package = f"{text_of(at(record, 'package', 'name'))} {text_of(at(record, 'package', 'version'))}".strip()
    agent = text_of(at(record, "agent", "id"))
    time = text_of(flaw.get("detected_at")) or text_of(flaw.get("published_at"))
    return builder.row(
        record,
        key=builder.fingerprint("wazuh-vulnerabilities/1", [agent, cve, package]),
        seen_at=utc_milliseconds(time) if time else None,
        severity=graded("words", text_of(flaw.get("severity"))),
        score=base_score(at(flaw, "score", "base")),
        value=cve,
        title=f"{cve} in {package}" if package else cve,
        category=text_of(flaw.get("category")),
        reference=text_of(flaw.get("reference")),
        detail=words(text_of(flaw.get("description")), text_of(at(record, "host", "os", "full"))),
    )
