"""EPSS: the chance that a vulnerability is exploited in the next thirty days, as FIRST publishes it, one CSV a day."""

from __future__ import annotations

import re
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import number_of
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.table_feed import layout_for, read_feed
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "epss"
TITLE: Final = "EPSS scores"
SOURCE: Final = "EPSS"
CATEGORY: Final = "score"

_COMMENT = re.compile(r"#\s*model_version:([^,\s]{1,40})(?:,score_date:([0-9T:+.Z-]{10,40}))?")
_NEEDED: Final = frozenset(("cve", "epss", "percentile"))


def recognise(head: Head) -> str | None:
    """Return why a file holds EPSS scores, or None."""
    if head.table is None or not head.table.names >= _NEEDED or len(head.table.headers) > 5:
        return None
    model = _COMMENT.match(head.stripped)
    return f"EPSS scores{f', model {model[1]}' if model else ''}: the columns cve, epss and percentile."


def layout(head: Head) -> Layout:
    """Return how scores lie in the columns."""
    headers = head.table.headers if head.table else ()
    return layout_for(FORMAT, SOURCE, headers, {"reference": "cve"})


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every score of a file to ``output``."""
    comment = _COMMENT.match(context.head.stripped)
    dated = utc_milliseconds(comment[2]) if comment and comment[2] and _is_time(comment[2]) else None

    def make(builder: Builder, record: dict[str, str], lower: dict[str, str]) -> list[Any]:
        cve = lower["cve"].strip().upper()
        score, percentile = number_of(lower["epss"].strip()), number_of(lower["percentile"].strip())
        if not cve or score is None or not 0 <= score <= 1:
            raise ValueError("no score: it needs a CVE and a probability from 0 to 1")
        ranked = percentile is not None and 0 <= percentile <= 1
        return builder.row(
            record if dated is None else {**record, "score_date": comment[2] if comment else ""},
            key=builder.key(cve),
            seen_at=dated,
            score=score,
            value=cve,
            title=f"{cve}: {score:.2%} chance of exploitation in 30 days",
            category=CATEGORY,
            detail=f"percentile {percentile:g}: higher than {percentile:.2%} of all" if ranked else "",
        )

    read_feed(source, output, context, layout(context.head), make, "vulnerability")


def _is_time(text: str) -> bool:
    try:
        utc_milliseconds(text)
    except ValueError:
        return False
    return True
