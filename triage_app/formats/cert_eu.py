"""CERT-EU's feed: a table of events, each with a type, a source address and a TLP label of its own."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.implied_class import implied
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.table_feed import layout_of, read_feed, why
from triage_app.formats.times import utc_milliseconds, utc_or_none

FORMAT: Final = "cert-eu"
TITLE: Final = "CERT-EU feed"
SOURCE: Final = "CERT-EU"
KEY_RULE: Final = "cert-eu/1"
"""The matter is (feed code, type, source address, URL, domain, destination port)."""

_NEEDS: Final = frozenset(["feed code", "source ip", "source time", "observation time", "tlp", "type"])
_HELD: Final = {"category": "type", "src": "source ip", "url": "url", "host": "domain name"}
_KEY: Final = ("feed code", "type", "source ip", "url", "domain name", "destination port")


def recognise(head: Head) -> str | None:
    """Return why a file is CERT-EU's, or None."""
    return why(head, _NEEDS, "CERT-EU feed: its header has feed code, source time and tlp")


def layout(head: Head) -> Layout:
    """Return how rows lie in the columns."""
    return layout_of(head, FORMAT, SOURCE, _HELD)


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every row of a file to ``output``; rows without a readable time are rejected."""
    read_feed(source, output, context, layout(context.head), _row)


def _row(builder: Builder, record: dict[str, str], cells: dict[str, str]) -> list[Any]:
    kind, described = cells.get("type", ""), cells.get("description", "")
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [cells.get(name, "") for name in _KEY]),
        seen_at=utc_milliseconds((cells["source time"] or cells["observation time"]).strip()),
        until_at=utc_or_none(cells.get("expiration date", "").strip()),
        score=_number(cells.get("confidence level", "")),
        rsit=implied(FORMAT, kind),
        tlp=cells.get("tlp", ""),
        title=": ".join(part for part in (kind.strip(), described.strip()) if part) or "CERT-EU event",
        detail=", ".join(part for part in _details(cells) if part),
    )


def _details(cells: dict[str, str]) -> tuple[str, ...]:
    port, number, count = (cells.get(name, "") for name in ("destination port", "source asn", "count"))
    return (
        f"{cells.get('protocol', '')} port {port}".strip() if port else cells.get("protocol", ""),
        f"AS{number}" if number else "",
        cells.get("source cc", ""),
        cells.get("target", ""),
        f"seen {count} times" if count else "",
    )


def _number(text: str) -> float | None:
    digits = text.strip()
    return float(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 3 else None
