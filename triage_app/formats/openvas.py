"""Greenbone (OpenVAS) reports in XML: one finding for each result, of a report by itself or in an answer of GMP.

Source: Greenbone Management Protocol, element ``report``.
"""

from __future__ import annotations

import re
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import number_of, words
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.scan_times import moment
from triage_app.formats.xml_stream import all_at, elements, text_at

FORMAT: Final = "openvas"
TITLE: Final = "Greenbone (OpenVAS) report (XML)"
SOURCE: Final = "Greenbone"
KEY_RULE: Final = "openvas/1"
"""The matter is (host, port, OID of the test)."""

LAYOUT: Final = Layout(
    FORMAT, SOURCE, {"title": ("name",), "reference": ("nvt", "@oid"), "category": ("nvt", "family")}
)
_MARKS = re.compile(r"<results[\s>]|<result\s|<gmp>|<nvt |<report_format[\s>]|content_type=")


def recognise(head: Head) -> str | None:
    """Return why a file is such a report, or None."""
    name = head.root[0]
    if name in {"report", "get_reports_response", "get_results_response"} and _MARKS.search(head.markup):
        return f"A Greenbone (OpenVAS) report: XML that begins with {name}."
    return None


def layout(head: Head) -> Layout:
    """Return how findings lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every result of a report to ``output``."""
    builder = Builder(LAYOUT, "finding", context.organisation)
    for element in elements(source, output, context.name, frozenset(("result",))):
        if not isinstance(element.record.get("nvt"), dict):
            output.ignore("result without a test")
            continue
        try:
            output.row(_row(builder, element.record))
        except ValueError as error:
            output.reject(element.line, str(error), compact(element.record))


def _row(builder: Builder, result: dict[str, Any]) -> list[Any]:
    test: dict[str, Any] = result["nvt"]
    title = text_at(result, "name") or text_at(test, "name")
    address, host, port = text_at(result, "host"), text_at(result, "host", "hostname"), text_at(result, "port")
    cves = _cves(test)
    severity = text_at(result, "severity") or text_at(test, "cvss_base")
    score = number_of(severity)
    number = port.partition("/")[0]
    time = text_at(result, "creation_time") or text_at(result, "modification_time")
    return builder.row(
        result,
        key=builder.fingerprint(KEY_RULE, [address, port, str(test.get("@oid", "")) or title]),
        seen_at=moment(time),
        severity=graded("cvss", f"{score:g}")
        if score is not None and score >= 0
        else graded("words", text_at(result, "threat")),
        score=score if score is not None and 0 <= score <= 10 else None,
        value=cves[0] if cves else "",
        columns={} if text_at(result, "name").strip() else {"title": title or "Greenbone result"},
        host=host or address,
        dst=f"{address}:{number}" if number.isdecimal() else address,
        detail=words(_tag(text_at(test, "tags"), "summary"), text_at(test, "solution"), words(*cves[1:20])),
    )


def _cves(test: dict[str, Any]) -> list[str]:
    """Return the CVEs that a test names, in either way of writing them."""
    found = [text_at(test, "cve")]
    refs = test.get("refs")
    for ref in all_at(refs if isinstance(refs, dict) else {}, "ref"):
        if isinstance(ref, dict) and str(ref.get("@type", "")).lower() == "cve":
            found.append(str(ref.get("@id", "")))
    names = (name.strip().upper() for text in found for name in text.split(","))
    return [name for name in dict.fromkeys(names) if name.startswith("CVE-")]


def _tag(tags: str, name: str) -> str:
    """Return one of the values in ``a=…|b=…``."""
    return next((part.partition("=")[2] for part in tags.split("|") if part.startswith(f"{name}=")), "")
