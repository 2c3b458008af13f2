"""Zone-H's list of defaced websites. Attacker, reason and page are the attackers' own words."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.table_feed import layout_of, read_feed, why
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "zone-h"
TITLE: Final = "Zone-H defacements"
SOURCE: Final = "Zone-H"
KEY_RULE: Final = "zone-h/1"
"""For a row without a number the matter is (page, address, attacker)."""

RSIT: Final = "information-content-security/unauthorised-information-modification"
_NEEDS: Final = frozenset(["add_date", "attacker", "domain", "defacement_id"])
_HELD: Final = {"reference": "defacement_id", "category": "hackmode", "src": "ip_address", "url": "domain"}


def recognise(head: Head) -> str | None:
    """Return why a file is Zone-H's, or None."""
    return why(head, _NEEDS, "Zone-H: its header has attacker and defacement_id")


def layout(head: Head) -> Layout:
    """Return how rows lie in the columns."""
    return layout_of(head, FORMAT, SOURCE, _HELD)


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every row of a file to ``output``; rows without a readable time are rejected."""
    read_feed(source, output, context, layout(context.head), _row)


def _row(builder: Builder, record: dict[str, str], cells: dict[str, str]) -> list[Any]:
    number, page, attacker = (cells[name].strip() for name in ("defacement_id", "domain", "attacker"))
    if not page:
        raise ValueError("a defacement without a page")
    parties = [page, cells.get("ip_address", ""), attacker]
    detail = ", ".join(
        part
        for part in (
            cells.get("system", ""),
            cells.get("web_server", ""),
            f"{cells['type']} defacement" if cells.get("type") else "",
            cells.get("def_grade", ""),
            "defaced before" if cells.get("redefacement") == "yes" else "",
            cells.get("reason", ""),
        )
        if part
    )
    return builder.row(
        record,
        key=builder.key(number) if number else builder.fingerprint(KEY_RULE, parties),
        seen_at=utc_milliseconds((cells["add_date"] or cells.get("accept_date", "")).strip()),
        rsit=RSIT,
        title=f"Website defaced by {attacker}: {page}" if attacker else f"Website defaced: {page}",
        host=_host(page),
        detail=detail,
    )


def _host(page: str) -> str:
    """Return the host of a page's address, "" if it has none."""
    try:
        return urlsplit(page if "://" in page else f"//{page}").hostname or ""
    except ValueError:
        return ""
