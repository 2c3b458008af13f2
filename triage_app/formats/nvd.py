"""NVD's records of CVEs: an answer or feed of API 2.0, or one record of it. Times carry no zone and are UTC.

Source: NVD CVE API 2.0 schema.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, text_of
from triage_app.formats.cve import base_score, english
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.vulnerability_row import vulnerability_row

FORMAT: Final = "nvd"
TITLE: Final = "NVD vulnerabilities"
SOURCE: Final = "NVD"
CATEGORY: Final = "analysis"

LAYOUT: Final = Layout(FORMAT, SOURCE, {"reference": ("id",)})
WRAPPERS: Final = ("vulnerabilities",)
_METRICS: Final = ("cvssMetricV40", "cvssMetricV31", "cvssMetricV30", "cvssMetricV2")
_OWN: Final = "nvd@nist.gov"


def recognise(head: Head) -> str | None:
    """Return why a file is NVD's, or None."""
    if head.json is None:
        return None
    if not any(_is_record(_inner(record)) for record in sample(head.json, WRAPPERS)):
        return None
    total = head.json.first.get("totalResults")
    of = f", of {total:,} in all" if isinstance(total, int) and not isinstance(total, bool) else ""
    return f"NVD's records of vulnerabilities{of}: {head.json.how}."


def layout(head: Head) -> Layout:
    """Return how records lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every record of a file to ``output``; rejected CVEs stay records and say so."""
    builder = Builder(LAYOUT, "vulnerability", context.organisation)
    read_objects(source, output, lambda record: _row(builder, _inner(record)), WRAPPERS, "cve")


def _inner(record: dict[str, Any]) -> dict[str, Any]:
    inner = record.get("cve")
    return inner if isinstance(inner, dict) else record


def _is_record(record: dict[str, Any]) -> bool:
    return isinstance(record.get("id"), str) and "vulnStatus" in record and "descriptions" in record


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    cve = text_of(record.get("id")).strip().upper()
    if not cve:
        raise ValueError("a record without id")
    described = english(record.get("descriptions"))
    status = text_of(record.get("vulnStatus"))
    score = _score(record)
    published = text_of(record.get("published"))
    return vulnerability_row(
        builder,
        record,
        cve,
        title=described or cve,
        rejected=status.lower() == "rejected",
        published=published,
        score=score,
        columns={"category": CATEGORY, "detail": words(described, status)},
    )


def _score(record: dict[str, Any]) -> float | None:
    """Return the newest CVSS base score: NVD's own first, then that of another primary source, then any.

    NVD marks even its own as secondary once the vendor has given one, and the vendor's may be far lower.
    """
    for name in _METRICS:
        metrics = at(record, "metrics", name)
        found = [one for one in metrics if isinstance(one, dict)] if isinstance(metrics, list) else []
        for metric in sorted(found, key=lambda one: (one.get("source") != _OWN, one.get("type") != "Primary")):
            score = base_score(at(metric, "cvssData", "baseScore"))
            if score is not None:
                return score
    return None
