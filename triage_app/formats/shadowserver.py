"""Shadowserver reports: every report type known by its header, unknown ones taken all the same.

Columns drift from year to year, so a report is recognised by a few telling headers
(``resources/vocabularies/shadowserver_reports.json``); columns nobody knows are kept. Times are UTC.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from triage_app import paths
from triage_app.domain.evidence import Layout, fingerprint_key
from triage_app.domain.severity import normalise
from triage_app.formats.csv_table import Table
from triage_app.formats.decoding import TextSource, how
from triage_app.formats.head import Head
from triage_app.formats.records import MAX_COLUMN, MAX_TITLE, NO_RECORD, Output, shown
from triage_app.formats.registry import Context
from triage_app.formats.table_evidence import TableEvidence
from triage_app.formats.times import utc_milliseconds
from triage_app.formats.tokens import TokenFinder

FORMAT: Final = "shadowserver"
TITLE: Final = "Shadowserver report"
SOURCE: Final = "Shadowserver"
SHORT_BY: Final = 3
"""Cells that may be missing at the end of a row: real reports lack the newest columns now and then."""

_COLUMNS: Final = {
    "category": ("tag", "category"),
    "host": ("src_hostname", "hostname", "host"),
    "user": ("username", "user"),
    "src": ("src_ip", "ip"),
    "dst": ("dst_ip",),
    "url": ("url", "payload_url"),
    "hash": ("sha256", "payload_sha256", "md5hash", "md5", "payload_md5", "sha1"),
}
"""Which header, the first that is there, fills a column word for word."""

_CREDENTIALS: Final = frozenset(["username", "user"])
"""Headers of names that somebody tried at a honeypot. They are of people, guessed or stolen, and belong to the
passwords beside them: they are masked with them."""

_GENERIC_KEY: Final = ("src_ip", "ip", "port", "dst_port", "url", "tag", "infection", "family")


@dataclass(frozen=True)
class Report:
    """One report type. ``key`` names the headers whose cells make an exposure the same one tomorrow."""

    id: str
    title: str
    needs: tuple[str, ...]
    rsit: str
    severity: int
    tags: tuple[str, ...] = ()
    key: tuple[str, ...] = ("ip", "protocol", "port")
    lacks: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    "Other names of the same table, such as its IPv6 twin."
    exact: bool = False
    "Only for a table without columns of its own: a new report must not pass for this one."


UNKNOWN: Final = Report("unknown", "Shadowserver: unknown report", (), "other/undetermined", 50, key=_GENERIC_KEY)


@cache
def reports() -> tuple[str, frozenset[str], frozenset[str], tuple[Report, ...]]:
    """Return (rule id, headers that mark the family, headers that tell no report from another, every known report)."""
    text = (paths.resources() / "vocabularies" / "shadowserver_reports.json").read_text("utf-8")
    data = json.loads(text)
    known = tuple(_report(entry) for entry in data["reports"])
    return str(data["rule"]), frozenset(data["common"]), frozenset(data["base"]), known


def _report(entry: dict[str, Any]) -> Report:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Report(**values)


def recognise(head: Head) -> str | None:
    """Return why a file is a Shadowserver report, or None."""
    report = _report_of(head)
    if report is None or head.table is None:
        return None
    which = f"its header is that of {report.id}" if report.needs else "its header is of that family, but new"
    return f"Shadowserver report: {which}; {how(head.encoding, head.table.delimiter)}."


def layout(head: Head) -> Layout:
    """Return how rows of a report lie in the columns."""
    return layout_for(head.table.headers if head.table else ())


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every row of a file to ``output``."""
    report = _report_of(context.head) or UNKNOWN
    table = context.table(source, output, short_by=SHORT_BY)
    try:
        read_table(table, report, output, context.organisation)
    finally:
        output.short_rows = table.short_rows


def _report_of(head: Head) -> Report | None:
    return None if head.table is None else recognise_table(head.table.headers, head.table.rows)


def recognise_table(headers: Sequence[str], sample: Sequence[Sequence[str]]) -> Report | None:
    """Return the report type of a table, ``UNKNOWN`` for a new one, None if it is no Shadowserver report.

    ``sample`` is some first rows: where two reports share their headers, the tag tells them apart.
    """
    _, common, base, known = reports()
    names = {header.strip().lower() for header in headers}
    if "timestamp" not in names or not names & {"ip", "src_ip", "url", "http_referer_ip"} or len(names & common) < 3:
        return None
    tags = _tags(headers, sample)
    best, best_score = UNKNOWN, 0
    for report in known:
        if not names.issuperset(report.needs) or not names.isdisjoint(report.lacks):
            continue
        tagged = bool(tags.intersection(report.tags))
        if "tag" in report.needs and not tagged:
            continue
        if report.exact and not names <= base:
            continue
        score = 10 * len(set(report.needs) - base) + len(report.needs) + (5 if tagged else 0)
        if score > best_score:
            best, best_score = report, score
    return best


def _tags(headers: Sequence[str], sample: Sequence[Sequence[str]]) -> set[str]:
    index = next((at for at, header in enumerate(headers) if header.strip().lower() == "tag"), None)
    if index is None:
        return set()
    cells = (row[index] for row in sample[:50] if len(row) > index)
    return {tag.strip().lower() for cell in cells for tag in cell.replace(";", ",").split(",")}


def held_columns(headers: Sequence[str]) -> dict[str, str]:
    """Return column → header that it holds word for word."""
    names = {header.strip().lower(): header for header in reversed(headers)}
    held = {}
    for column, candidates in _COLUMNS.items():
        header = next((names[candidate] for candidate in candidates if candidate in names), None)
        if header is not None:
            held[column] = header
    return held


def layout_for(headers: Sequence[str]) -> Layout:
    """Return how rows of this report lie in the columns."""
    verbatim: dict[str, tuple[str, ...]] = {column: (header,) for column, header in held_columns(headers).items()}
    return Layout(FORMAT, SOURCE, verbatim, tuple(headers))


def read_table(table: Table, report: Report, output: Output, organisation: str = "") -> None:
    """Send every row to ``output``; rows without a readable time are rejected."""
    headers = table.headers
    names = {header.strip().lower(): index for index, header in reversed(list(enumerate(headers)))}
    held = held_columns(headers)
    credentials = _CREDENTIALS if _of_honeypot(report, names) else ()
    table.hide(credentials)
    evidence = TableEvidence(FORMAT, headers, list(held.values()), credentials)
    finder = TokenFinder()
    at = {column: headers.index(header) for column, header in held.items()}
    at_time = names["timestamp"]
    key_at = [names[name] for name in report.key if name in names] or [
        names[name] for name in _GENERIC_KEY if name in names
    ]
    rule = f"shadowserver/{report.id}/1"
    default_rule = f"{reports()[0]}:{report.id}"
    for row in table:
        try:
            seen_at = utc_milliseconds(row[at_time].strip())
        except ValueError as error:
            output.reject(table.line, str(error), table.raw())
            continue
        text, evidence_id, plain = evidence.text_and_id(row, table.plain)
        severity_raw = shown(row[names["severity"]], 100) if "severity" in names else ""
        severity, severity_rule = report.severity, default_rule
        if severity_raw.strip():
            severity, severity_rule = normalise("shadowserver", severity_raw)
        values = {column: row[index] for column, index in at.items()}
        also = []
        for column, value in values.items():
            if len(value) > MAX_COLUMN or "\0" in value:
                values[column] = shown(value)
                also.append(held[column])
        detail = _detail(row, names)
        url = values.get("url", "")
        if url.startswith("/") or not url:
            whole = _web_address(row, names, url or _cell(row, names, "http_url"))
            if whole and whole != url:
                also += [held["url"]] if "url" in held else []
                url = whole
        columns: list[Any] = [
            evidence_id,
            fingerprint_key(rule, [row[index] for index in key_at]),
            seen_at,
            severity,
            severity_raw,
            severity_rule,
            _title(report, row, names),
            "",
            values.get("category", ""),
            values.get("host", ""),
            values.get("user", ""),
            values.get("src", ""),
            values.get("dst", ""),
            url,
            values.get("hash", ""),
            detail,
            organisation,
            report.rsit,
            "",
            evidence.rest(row, plain, also),
            finder.find(row, text, plain),
            *NO_RECORD,
        ]
        output.row(columns)


def _of_honeypot(report: Report, names: Collection[str]) -> bool:
    """Tell whether the credentials of a report were tried at a honeypot; a new report with both is taken for one."""
    return "honeypot" in report.id or (report is UNKNOWN and "password" in names and not _CREDENTIALS.isdisjoint(names))


def _cell(row: list[str], names: dict[str, int], name: str) -> str:
    index = names.get(name)
    return row[index].strip() if index is not None else ""


def _title(report: Report, row: list[str], names: dict[str, int]) -> str:
    what = _cell(row, names, "infection") or _cell(row, names, "family")
    if not what and report is UNKNOWN:
        what = _cell(row, names, "tag")
    return shown(f"{report.title}: {what}" if what else report.title, MAX_TITLE)


def _detail(row: list[str], names: dict[str, int]) -> str:
    protocol = _cell(row, names, "protocol") or _cell(row, names, "application")
    port = _cell(row, names, "port") or _cell(row, names, "dst_port")
    network = _cell(row, names, "asn") or _cell(row, names, "src_asn")
    country = _cell(row, names, "geo") or _cell(row, names, "src_geo")
    reason = _cell(row, names, "reason") or _cell(row, names, "http_host") or _cell(row, names, "server")
    parts = [
        f"{protocol} port {port}".strip() if port else protocol,
        f"AS{network}" if network else "",
        country,
        reason,
    ]
    return shown(", ".join(part for part in parts if part))


def _web_address(row: list[str], names: dict[str, int], path: str) -> str:
    """Return the address of a page of which the report gives host and path apart; "" without a host."""
    host = _cell(row, names, "http_host")
    if not host or not path:
        return ""
    scheme = "https" if _cell(row, names, "port") == "443" else "http"
    return shown(f"{scheme}://{host}{path if path.startswith('/') else '/' + path}")
