"""Findings of any scanner in the generic columns that vulnerability managers exchange, with EPSS scores or without.

Source: DefectDojo's generic findings import. Its dates are month first, which the columns themselves do not say: a
date that could be read two ways is kept as it is and counts as not known.
"""

from __future__ import annotations

import re
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.domain.mapping import Mapping
from triage_app.formats.building import Builder, graded
from triage_app.formats.cve import base_score
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import number_of, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.table_feed import layout_of, read_feed
from triage_app.formats.times import reader_for

FORMAT: Final = "scored-vulnerabilities"
TITLE: Final = "Findings in generic columns"
SOURCE: Final = "Generic findings"

_NEEDED: Final = frozenset(("title", "severity", "description", "mitigation", "impact"))
_HELD: Final = {"title": "title", "url": "url", "host": "endpoint", "reference": "unique_id"}
_CVE = re.compile(r"\bCVE-\d{4}-\d{4,19}\b", re.IGNORECASE | re.ASCII)
_TIMES: Final = reader_for(Mapping("generic", SOURCE, {}, time_format="auto"))


def recognise(head: Head) -> str | None:
    """Return why a file holds such findings, or None."""
    if (
        head.table is None
        or not head.table.names >= _NEEDED
        or not head.table.names & {"cweid", "cwe", "cve", "epss_score"}
    ):
        return None
    return "Findings in the generic columns Title, Severity, Description, Mitigation and Impact."


def layout(head: Head) -> Layout:
    """Return how findings lie in the columns."""
    return layout_of(head, FORMAT, SOURCE, _HELD)


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every finding of a file to ``output``."""
    read_feed(source, output, context, layout(context.head), _row, "finding")


def _row(builder: Builder, record: dict[str, str], lower: dict[str, str]) -> list[Any]:
    title = lower["title"].strip()
    if not title:
        raise ValueError("a finding without a title")
    # Its own column first: a description may name the flaws that a finding only resembles.
    cves = _CVE.findall(lower.get("cve", "")) or _CVE.findall(" ".join(lower.values()))
    epss = number_of(lower.get("epss_score", "").strip())
    cvss = base_score(lower.get("cvssv3_score", "").strip())
    where = lower.get("url", "").strip() or lower.get("endpoint", "").strip()
    return builder.row(
        record,
        key=builder.fingerprint("scored-vulnerabilities/1", [title, where, *cves[:1]]),
        seen_at=_moment(lower.get("date", "").strip()),
        severity=graded("words", lower["severity"].strip()),
        score=cvss,
        value=cves[0].upper() if cves else "",
        category=f"CWE-{lower['cweid'].strip()}" if lower.get("cweid", "").strip() not in {"", "0"} else "",
        detail=words(
            lower["description"].strip(),
            lower["mitigation"].strip(),
            f"EPSS {epss:g}" if epss is not None else "",
        ),
    )


def _moment(text: str) -> int | None:
    try:
        return _TIMES(text) if text else None
    except ValueError:
        return None
