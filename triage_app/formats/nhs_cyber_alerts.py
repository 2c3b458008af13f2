"""NHS cyber alerts (CC-nnnn, once CareCERT) as the public API of the NHS website gives them.

A page, a limited page, a single alert, or several of them. HTML becomes text; times are epoch
milliseconds; restricted alerts lack most fields. The website's CareCERT API is described by its source
(NHS-digital-website/hippo, CyberAlertResource.java, 43d596ca).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.html_text import text_of_html
from triage_app.formats.json_feed import read_objects, required, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.times import EARLIEST, LATEST, utc_milliseconds

FORMAT: Final = "nhs-cyber-alerts"
TITLE: Final = "NHS cyber alerts"
SOURCE: Final = "NHS cyber alerts"

LAYOUT: Final = Layout(
    FORMAT, SOURCE, {"reference": ("threatId",), "title": ("title",), "category": ("threatType",), "url": ("basePath",)}
)
WRAPPERS: Final = ("items",)
_MOST_TEXTS: Final = 5_000
_DETAIL: Final = ("summary", "shortsummary", "remediationIntro")


def recognise(head: Head) -> str | None:
    """Return why a file holds NHS cyber alerts, or None."""
    if head.json is None:
        return None
    found = [one for one in sample(head.json, WRAPPERS) if _is_alert(one)]
    if not found:
        return None
    whole = head.json.first.get("total")
    of = f" of {whole}" if isinstance(whole, int) and not isinstance(whole, bool) else ""
    limited = "" if "severity" in found[0] else "; the limited form, without severity and remediation"
    return f"NHS cyber alerts: the first is {found[0]['threatId']}{of}{limited}."


def layout(head: Head) -> Layout:
    """Return how alerts lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every alert of a file to ``output``; one without an id is rejected."""
    builder = Builder(LAYOUT, "advisory", context.organisation)
    read_objects(source, output, lambda record: _row(builder, record), WRAPPERS, "threatId")


def _is_alert(record: dict[str, Any]) -> bool:
    return isinstance(record.get("threatId"), str) and ("publishedDate" in record or "basePath" in record)


def _row(builder: Builder, record: dict[str, Any]) -> list[Any]:
    name = required(record, "threatId", "an alert").strip()
    texts = [text_of_html(text) for text in _html(record)]
    severity = text_of(record.get("severity"))
    kinds = [text_of(kind) for name in ("category", "threatvector") for kind in _list(record.get(name))]
    summary = next((text_of_html(text_of(record.get(field))) for field in _DETAIL if record.get(field)), "")
    cves = [text_of(one.get("cveIdentifier")) for one in _objects(record.get("cveIdentifiers"))]
    title = text_of(record.get("title")).strip()
    more = {} if title else {"title": f"NHS cyber alert {name}, restricted"}
    return builder.row(
        record,
        key=builder.key(name.upper()),
        seen_at=_moment(record.get("publishedDate")),
        severity=graded("nhs-cyber-alert", severity) if severity else None,
        value=name.upper(),
        until_at=_due(record),
        detail=words(summary, words(*filter(None, kinds)), words(*cves[:20])),
        texts=texts,
        columns=more,
    )


def _due(record: dict[str, Any]) -> int | None:
    """Return when the acknowledgement is due: the latest of those asked for."""
    asked = (_moment(one.get("responseDatetime")) for one in _objects(record.get("cyberAcknowledgements")))
    return max((moment for moment in asked if moment is not None), default=None)


def _moment(value: Any) -> int | None:
    """Return a time in milliseconds, None for what cannot be one: an alert is worth reading without its date."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if EARLIEST <= value < LATEST else None
    try:
        return utc_milliseconds(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _html(record: dict[str, Any]) -> Iterator[str]:
    """Yield every text of an alert that may be HTML, however deep it lies."""
    nodes: list[Any] = [record]
    given = 0
    while nodes and given < _MOST_TEXTS:
        node = nodes.pop()
        if isinstance(node, str):
            if "<" in node or "&" in node:
                given += 1
                yield node
        elif isinstance(node, dict):
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) and value else []


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
