"""CISA's catalogue of known exploited vulnerabilities, as JSON and as CSV: the same CVE is the same record in both.

Dates carry no time of day: they are taken as the beginning of that day, UTC.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, text_of
from triage_app.formats.cve import version_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects, required, sample, words
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.table_feed import layout_for, read_feed
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "kev"
TITLE: Final = "CISA known exploited vulnerabilities"
SOURCE: Final = "CISA KEV"
CATEGORY: Final = "known exploited"

_HELD: Final = {"reference": "cveid", "title": "vulnerabilityname"}
LAYOUT: Final = Layout(FORMAT, SOURCE, {"reference": ("cveID",), "title": ("vulnerabilityName",)})
WRAPPERS: Final = ("vulnerabilities",)
_NEEDED: Final = frozenset(("cveid", "vulnerabilityname", "dateadded", "duedate"))


def recognise(head: Head) -> str | None:
    """Return why a file is this catalogue, or None."""
    if head.json is not None:
        if any({"cveID", "dateAdded"} <= record.keys() for record in sample(head.json, WRAPPERS)):
            version = version_of(head.json.first.get("catalogVersion"))
            return f"CISA's known exploited vulnerabilities{f', version {version}' if version else ''}, as JSON."
        return None
    if head.table is not None and head.table.names >= _NEEDED:
        return "CISA's known exploited vulnerabilities, as CSV."
    return None


def layout(head: Head) -> Layout:
    """Return how entries lie in the columns."""
    if head.json is None and head.table is not None:
        return layout_for(FORMAT, SOURCE, head.table.headers, _HELD)
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every entry of a file to ``output``."""
    if context.head.json is not None:
        builder = Builder(LAYOUT, "vulnerability", context.organisation)
        read_objects(source, output, lambda record: _row(builder, record, record), WRAPPERS, "cveID")
    else:
        read_feed(source, output, context, layout(context.head), _table_row, "vulnerability")


def _table_row(builder: Builder, record: dict[str, str], lower: dict[str, str]) -> list[Any]:
    names = ("cveID", "vulnerabilityName", "dateAdded", "dueDate", "shortDescription", "requiredAction",
             "knownRansomwareCampaignUse", "vendorProject", "product")  # fmt: skip
    return _row(builder, record, {name: lower.get(name.lower(), "") for name in names})


def _row(builder: Builder, record: dict[str, Any], entry: dict[str, Any]) -> list[Any]:
    cve = required(entry, "cveID", "an entry").strip().upper()
    product = " ".join(filter(None, (text_of(entry.get("vendorProject")), text_of(entry.get("product")))))
    ransomware = text_of(entry.get("knownRansomwareCampaignUse"))
    title = text_of(entry.get("vulnerabilityName")).strip()
    return builder.row(
        record,
        key=builder.key(cve),
        seen_at=_day(entry.get("dateAdded")),
        until_at=_day(entry.get("dueDate")),
        value=cve,
        columns={} if title else {"title": cve},
        category=CATEGORY,
        detail=words(
            product,
            text_of(entry.get("shortDescription")),
            text_of(entry.get("requiredAction")),
            f"ransomware use: {ransomware.lower()}" if ransomware else "",
        ),
    )


def _day(value: Any) -> int | None:
    return utc_milliseconds(value.strip()) if isinstance(value, str) and value.strip() else None
