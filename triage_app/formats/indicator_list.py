"""Lists of indicators: one a line, with comments, defanged or not; hosts files; and tables with a column of them.

A line that holds no indicator is rejected with the reason, comments are not records. In a table the column is found
by its header, or, where there is no header, by its values beside a column of type words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import REJECT_COMMENT, Layout
from triage_app.domain.indicator_types import HASHES, typed
from triage_app.formats.building import Builder
from triage_app.formats.decoding import MAX_RECORD, TextSource
from triage_app.formats.head import Head, TableHead
from triage_app.formats.indicator_rows import indicator_row, of_type, tlp_of
from triage_app.formats.json_feed import number_of
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.scan_times import moment

FORMAT: Final = "indicator-list"
TITLE: Final = "List of indicators"
SOURCE: Final = "Indicator list"

LAYOUT: Final = Layout(FORMAT, SOURCE, {})
_COMMENT = re.compile(r"(?:^|[ \t])(?:#|//|;)[^\r\n]*")
_HOSTS = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)[ \t]+(\S.*)")
_ADBLOCK = re.compile(r"\|\|([^\^/$\s]+)\^(?:\$\S*)?\Z")
_LOCAL: Final = frozenset(("localhost", "localhost.localdomain", "broadcasthost", "local", "ip6-localhost"))
_NEED: Final = 0.8
_SAMPLE: Final = 200

_VALUES: Final = ("indicator", "ioc", "ioc_value", "indicator_value", "observable", "indicator value", "ioc value")
_BARE: Final = ("value", "domain", "domains", "ip", "ips", "ip_address", "url", "urls", "hash", "hashes", "md5", "sha1",
                "sha256", "email", "cve", "fqdn", "hostname")  # fmt: skip
_TYPES: Final = ("type", "ioc_type", "indicator_type", "indicator type", "ioc type", "kind")
_TITLES: Final = (
    *("threat", "malware", "malware_family", "family", "campaign", "description", "comment", "name", "title"),
    *("tags", "notes"),
)
_CONFIDENCE: Final = ("confidence", "confidence_level", "score")
_TLPS: Final = ("tlp", "tlp_level", "tlplevel", "marking")
_UNTIL: Final = ("valid_until", "valid until", "expires", "expiration", "expiry", "expirationdatetime")
_SEEN: Final = (
    "first_seen",
    "firstseen",
    "first seen",
    "date",
    "created",
    "added",
    "last_seen",
    "timestamp",
    "valid_from",
)
_ALERTISH: Final = frozenset(
    (
        *("severity", "alert", "signature", "priority", "event", "message", "action", "rule", "risk"),
        *("src_ip", "dst_ip", "source ip", "destination ip"),
    )
)
_WORDS: Final = {
    **{name: name for name in HASHES.values()},
    **{"sha-256": "sha256", "sha-1": "sha1", "domain": "domain", "domainname": "domain", "domain-name": "domain"},
    **{
        "hostname": "domain",
        "fqdn": "domain",
        "url": "url",
        "uri": "url",
        "ip": "ipv4",
        "ipv4": "ipv4",
        "ipv6": "ipv6",
    },
    **{"ip-dst": "ipv4", "ip-src": "ipv4", "ipv4-addr": "ipv4", "ipv6-addr": "ipv6", "email": "email", "cidr": "cidr"},
    **{"email-addr": "email", "filename": "filename", "file": "filename", "ssdeep": "ssdeep", "cve": "cve"},
    **{"filehash-sha256": "sha256", "filehash-md5": "md5", "filehash-sha1": "sha1", "mutex": "mutex", "asn": "asn"},
}
"""A list's own word for a type → ours."""


@dataclass(frozen=True)
class _Shape:
    """Which column of a table holds what; -1 for none."""

    value: int
    type: int = -1
    title: int = -1
    confidence: int = -1
    tlp: int = -1
    until: int = -1
    seen: int = -1


def recognise(head: Head) -> str | None:
    """Return why a file is a list of indicators, or None."""
    if head.json is not None or head.stripped.startswith("<") or not head.text:
        return None
    lines = _sample(head)
    good = sum(bool(_entries(line)) for line in lines)
    if lines and good >= _NEED * len(lines):
        return f"A list of indicators: {good} of its first {len(lines)} lines are one."
    if head.table is not None:
        shape = _shape(head.table)
        if shape is not None:
            return f"A table of indicators: they stand in the column {head.table.headers[shape.value]}."
    return None


def layout(head: Head) -> Layout:
    """Return how indicators lie in the columns."""
    if _is_lines(head) or head.table is None:
        return LAYOUT
    return Layout(FORMAT, SOURCE, {}, head.table.headers)


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every indicator of a file to ``output``."""
    builder = Builder(layout(context.head), "indicator", context.organisation)
    shape = None if _is_lines(context.head) or context.head.table is None else _shape(context.head.table)
    if shape is None:
        _read_lines(source, output, builder)
    else:
        _read_table(source, output, context, builder, shape)


# ---- lines ---------------------------------------------------------------------------------------------
def _sample(head: Head) -> list[str]:
    lines = (line for line in head.lines if not _is_comment(line) and not _is_local(line))
    return [line for line, _ in zip(lines, range(_SAMPLE), strict=False)]


def _is_lines(head: Head) -> bool:
    lines = _sample(head)
    return bool(lines) and sum(bool(_entries(line)) for line in lines) >= _NEED * len(lines)


def _is_comment(line: str) -> bool:
    text = line.strip()
    return not text or text.startswith(("#", "//", ";", "!", "[Adblock"))


def _is_local(line: str) -> bool:
    """Tell whether a line of a hosts file names nothing but this computer."""
    hosts = _HOSTS.match(_COMMENT.sub("", line[:4_096]).strip())
    return hosts is not None and {name.lower() for name in hosts[1].split()} <= _LOCAL


def _entries(line: str) -> list[tuple[str, str]]:
    """Return the (type, value) pairs of a line: one, or several on a line of a hosts file; none if it is no entry."""
    if len(line) > 4_096:
        return []
    text = _COMMENT.sub("", line).strip().lstrip("\ufeff-*• ")
    hosts = _HOSTS.match(text)
    if hosts:
        found = [typed(name) for name in hosts[1].split()[:20] if name.lower() not in _LOCAL]
        return [one for one in found if one is not None]
    adblock = _ADBLOCK.match(text)
    if adblock:
        text = adblock[1]
    whole = typed(text)
    if whole is not None:
        return [whole]
    value, _, comment = text.partition(",")
    first = typed(value) if comment and comment.count(",") == 0 else None
    return [first] if first is not None else []


def _read_lines(source: TextSource, output: Output, builder: Builder) -> None:
    for number, line in _lines(source.blocks()):
        if _is_comment(line):
            continue
        entries = _entries(line)
        if not entries:
            if _is_local(line):
                output.ignore("local name")
            else:
                output.reject(
                    number, "the line is no indicator: no domain, address, URL, hash, mail address or CVE", line
                )
            continue
        said = _COMMENT.search(line)
        comment = said[0].strip().lstrip("#/; ") if said else line.partition(",")[2].strip() if "," in line else ""
        for kind, value in entries:
            record = {"line": line.strip()} if len(entries) == 1 else {"line": line.strip(), "value": value}
            try:
                output.row(indicator_row(builder, record, kind, value, comment or value))
            except ValueError as error:
                output.reject(number, str(error), line)


def _lines(blocks: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Yield (number, line) of the text; a line without end comes in pieces, which are no indicators."""
    number, pending = 0, ""
    for block in blocks:
        parts = (pending + block).split("\n")
        pending = parts.pop()
        for part in parts:
            number += 1
            if not part.startswith(REJECT_COMMENT):
                yield number, part.rstrip("\r")
        if len(pending) > MAX_RECORD:
            number += 1
            yield number, pending
            pending = ""
    if pending:
        yield number + 1, pending.rstrip("\r")


# ---- tables --------------------------------------------------------------------------------------------
def _shape(table: TableHead) -> _Shape | None:
    names = [header.strip().lower() for header in table.headers]

    def at(wanted: Sequence[str]) -> int:
        return next((names.index(name) for name in wanted if name in names), -1)

    if names[0].startswith("column "):
        return _headless(table)
    value = at(_VALUES)
    if value < 0 and not _ALERTISH & set(names) and len(names) <= 12:
        value = next((place for place, name in enumerate(names[:3]) if name in _BARE), -1)
    if value < 0 or not _mostly(table, value):
        return None
    return _Shape(value, at(_TYPES), at(_TITLES), at(_CONFIDENCE), at(_TLPS), at(_UNTIL), at(_SEEN))


def _headless(table: TableHead) -> _Shape | None:
    """Return the shape of a table without a header: a column of values beside one of type words."""
    width = len(table.headers)
    types = next(
        (at for at in range(width) if _share(table, at, lambda cell: cell.strip().lower() in _WORDS) >= _NEED), -1
    )
    if types < 0:
        return None
    value = next((at for at in range(width) if at != types and _mostly(table, at)), -1)
    if value < 0:
        return None
    tlp = next((at for at in range(width) if _share(table, at, lambda cell: bool(tlp_of(cell))) >= _NEED), -1)
    title = max((at for at in range(width) if at not in (types, value, tlp)), default=-1)
    return _Shape(value, types, title, tlp=tlp)


def _mostly(table: TableHead, at: int) -> bool:
    return _share(table, at, lambda cell: typed(cell) is not None) >= _NEED


def _share(table: TableHead, at: int, holds: Any) -> float:
    cells = [row[at] for row in table.rows if len(row) > at and row[at].strip()]
    return sum(map(holds, cells)) / len(cells) if cells else 0.0


def _read_table(source: TextSource, output: Output, context: Context, builder: Builder, shape: _Shape) -> None:
    table = context.table(source, output, short_by=3)
    for cells in table:
        record = dict(zip(table.headers, cells, strict=True))
        raw = cells[shape.value]
        if not any(map(str.strip, cells)):
            output.ignore("empty row")
            continue
        word = cells[shape.type].strip().lower() if shape.type >= 0 else ""
        found = typed(raw) if word not in _WORDS else of_type(_WORDS[word], raw)
        if found is None or not found[1]:
            output.reject(table.line, "the row holds no indicator that we know", table.raw())
            continue
        confidence = number_of(cells[shape.confidence].strip()) if shape.confidence >= 0 else None
        try:
            output.row(
                indicator_row(
                    builder,
                    record,
                    *found,
                    cells[shape.title] if shape.title >= 0 else "",
                    score=confidence if confidence is not None and 0 <= confidence <= 100 else None,
                    tlp=tlp_of(cells[shape.tlp]) if shape.tlp >= 0 else "",
                    until_at=moment(cells[shape.until]) if shape.until >= 0 else None,
                    seen_at=moment(cells[shape.seen]) if shape.seen >= 0 else None,
                )
            )
        except ValueError as error:
            output.reject(table.line, str(error), table.raw())
    output.short_rows = table.short_rows
