"""Tables of indicators: which column holds what, by header or, where there is none, by the values.

Without a header a column of values is known by a column of type words beside it, and the day of a date by what the
column itself proves: where 14 stands for a day, that is where all days stand. A date that stays doubtful is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from triage_app.domain.indicator_types import HASHES, typed
from triage_app.domain.mapping import Mapping
from triage_app.formats.building import Builder
from triage_app.formats.csv_table import Table
from triage_app.formats.head import TableHead
from triage_app.formats.indicator_rows import indicator_row, of_type, tlp_of
from triage_app.formats.json_feed import number_of
from triage_app.formats.records import Output
from triage_app.formats.scan_times import moment
from triage_app.formats.times import Reader, reader_for

NEED: Final = 0.8
"""The share of a sample that has to be indicators."""

VALUES: Final = ("indicator", "ioc", "ioc_value", "indicator_value", "observable", "indicator value", "ioc value")
BARE: Final = ("value", "domain", "domains", "ip", "ips", "ip_address", "ip address", "url", "urls", "hash", "hashes",
               "md5", "sha1", "sha256", "sha512", "ssdeep", "email", "cve", "fqdn", "hostname", "cidr")  # fmt: skip
"""Headers of a column of values that other tables have too: they count near the left edge only."""

_COMMON: Final = frozenset(("value", "ip", "ips", "ip_address", "ip address", "hostname", "fqdn", "email", "cve"))
"""Of those, what any list of machines, people or weaknesses has: more has to tell that these are indicators."""

_TYPES: Final = ("type", "ioc_type", "indicator_type", "indicator type", "ioc type", "kind", "indicatortype")
_THREATS: Final = ("threat", "malware", "malware_family", "family", "campaign", "threat_type", "tags", "reason")
_TITLES: Final = (*_THREATS[:5], "description", "comment", "name", "title", *_THREATS[5:], "notes")
_CONFIDENCE: Final = ("confidence", "confidence_level", "score")
_TLPS: Final = ("tlp", "tlp_level", "tlplevel", "marking")
_UNTIL: Final = (
    *("valid_until", "valid until", "validuntil", "expires", "expiration", "expiry", "expirationdatetime"),
    "expiration_date",
)
_SEEN: Final = (
    *("first_seen", "firstseen", "first seen", "date", "created", "added", "last_seen", "timestamp", "valid_from"),
    *("first_seen_utc", "dateadded", "date_added"),
)
_ALERTISH: Final = frozenset(
    (
        *("severity", "alert", "signature", "priority", "event", "message", "action", "rule", "risk"),
        *("src_ip", "dst_ip", "source ip", "destination ip"),
    )
)
_ALERT_WORDS: Final = frozenset(
    (
        *("alert", "alerts", "severity", "signature", "priority", "event", "message", "action", "rule", "risk", "user"),
        *("username", "owner", "location", "serial", "department", "device", "machine", "computer", "detected"),
    )
)
"""Words in headers of tables that say what happened to whom, or who has what: no list of indicators has them."""

_TELLING: Final = frozenset((*_TYPES, *_CONFIDENCE, *_TLPS, *_UNTIL, *_THREATS))
_KNOWN: Final = frozenset(
    (
        *(*_TELLING, *_TITLES, *_SEEN, *VALUES, *BARE, "source", "reference", "references", "link", "port", "protocol"),
        *("country", "asn", "status", "id", "reporter", "category"),
    )
)
"""Columns that lists of indicators have beside their values."""

_WORDS: Final = {
    **{name: name for name in HASHES.values()},
    **{"sha-256": "sha256", "sha-1": "sha1", "domain": "domain", "domainname": "domain", "domain-name": "domain"},
    **dict.fromkeys(("hostname", "fqdn"), "domain"),
    **{"url": "url", "uri": "url", "ip": "ipv4", "ipv4": "ipv4", "ipv6": "ipv6", "cidr": "cidr", "email": "email"},
    **{"ip-dst": "ipv4", "ip-src": "ipv4", "ipv4-addr": "ipv4", "ipv6-addr": "ipv6", "ipaddress": "ipv4"},
    **{"email-addr": "email", "filename": "filename", "file": "filename", "ssdeep": "ssdeep", "cve": "cve"},
    **{"filehash-sha256": "sha256", "filehash-md5": "md5", "filehash-sha1": "sha1", "mutex": "mutex", "asn": "asn"},
    **{"filesha256": "sha256", "filemd5": "md5", "filesha1": "sha1"},
}
"""A list's own word for a type → ours."""

_DATE = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{2,4})(?:\D|\Z)", re.ASCII)


@dataclass(frozen=True)
class Shape:
    """Which column of a table holds what; -1 for none."""

    value: int
    type: int = -1
    title: int = -1
    confidence: int = -1
    tlp: int = -1
    until: int = -1
    seen: int = -1


def shape_of(table: TableHead) -> Shape | None:
    """Return what the columns of a table hold, None for a table that is none of indicators."""
    names = [header.strip().lower() for header in table.headers]

    def at(wanted: Sequence[str]) -> int:
        return next((names.index(name) for name in wanted if name in names), -1)

    if names[0].startswith("column "):
        return _headless(table)
    value = at(VALUES)
    said = {word for name in names for word in re.split(r"[^a-z0-9]+", name)}
    if value < 0 and not _ALERTISH & set(names) and not _ALERT_WORDS & said and len(names) <= 12:
        value = next((place for place, name in enumerate(names[:3]) if name in BARE and _tells(names, name)), -1)
    if value < 0 or not _mostly(table, value):
        return None
    return Shape(value, at(_TYPES), at(_TITLES), at(_CONFIDENCE), at(_TLPS), at(_UNTIL), at(_SEEN))


def read_table(table: Table, head: TableHead, shape: Shape, output: Output, builder: Builder) -> None:
    """Send every row of a table to ``output``."""
    seen, until = (_dates(head, column) for column in (shape.seen, shape.until))
    for cells in table:
        if not any(map(str.strip, cells)):
            output.ignore("empty row")
            continue
        word = _cell(cells, shape.type).strip().lower()
        raw = cells[shape.value]
        kind, value = (of_type(_WORDS[word], raw) if word in _WORDS else typed(raw)) or ("", "")
        if not value or kind == "other":
            output.reject(table.line, "the row holds no indicator that we know", table.raw())
            continue
        confidence = number_of(_cell(cells, shape.confidence).strip().removesuffix("%"))
        try:
            output.row(
                indicator_row(
                    builder,
                    dict(zip(table.headers, cells, strict=True)),
                    kind,
                    value,
                    _cell(cells, shape.title).strip(),
                    score=confidence if confidence is not None and 0 <= confidence <= 100 else None,
                    tlp=tlp_of(_cell(cells, shape.tlp)),
                    until_at=until(_cell(cells, shape.until)),
                    seen_at=seen(_cell(cells, shape.seen)),
                )
            )
        except ValueError as error:
            output.reject(table.line, str(error), table.raw())
    output.short_rows = table.short_rows


def _tells(names: Sequence[str], value: str) -> bool:
    """Tell whether the other columns make a column of values one of indicators, and no inventory of machines."""
    if value not in _COMMON:
        return True
    others = {name for name in names if name != value}
    if not others <= _KNOWN:
        return False
    return bool(others & _TELLING) or (value not in {"hostname", "fqdn", "email", "cve"} and len(others) <= 2)


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if at >= 0 else ""


def _headless(table: TableHead) -> Shape | None:
    """Return the shape of a table without a header: a column of values beside one of type words."""
    width = len(table.headers)

    def column(holds: Callable[[str], bool], *taken: int) -> int:
        return next((at for at in range(width) if at not in taken and _share(table, at, holds) >= NEED), -1)

    types = column(lambda cell: cell.strip().lower() in _WORDS)
    value = column(lambda cell: typed(cell) is not None, types) if types >= 0 else -1
    if value < 0:
        return None
    tlp = column(lambda cell: bool(tlp_of(cell)), types, value)
    seen = column(lambda cell: bool(_DATE.match(cell.strip())), types, value, tlp)
    title = max((at for at in range(width) if at not in (types, value, tlp, seen)), default=-1)
    return Shape(value, types, title, tlp=tlp, seen=seen)


def _mostly(table: TableHead, at: int) -> bool:
    return _share(table, at, lambda cell: typed(cell) is not None) >= NEED


def _share(table: TableHead, at: int, holds: Callable[[str], bool]) -> float:
    cells = [row[at] for row in table.rows if len(row) > at and row[at].strip()]
    return sum(map(holds, cells)) / len(cells) if cells else 0.0


def _dates(table: TableHead, at: int) -> Callable[[str], int | None]:
    """Return what reads the dates of a column: in the order that its first rows prove, else only what is certain."""
    found = [match for row in table.rows if 0 <= at < len(row) and (match := _DATE.match(row[at].strip()))]
    short = [(int(match[1]), int(match[2])) for match in found if len(match[1]) <= 2]
    month_first = any(second > 12 for _, second in short)
    day_first = any(first > 12 for first, _ in short)
    if month_first == day_first:
        return moment
    return _lenient(reader_for(Mapping("list", "list", {}, time_format="mdy" if month_first else "dmy")))


def _lenient(read: Reader) -> Callable[[str], int | None]:
    def lenient(text: str) -> int | None:
        if not text.strip():
            return None
        try:
            return read(text)
        except ValueError:
            return moment(text)

    return lenient
