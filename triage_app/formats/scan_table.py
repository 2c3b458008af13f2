"""Vulnerability scans as tables: which header fills what, one finding a row. Nessus, Greenbone and Qualys share it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded
from triage_app.formats.csv_table import Table
from triage_app.formats.json_feed import number_of, words
from triage_app.formats.records import Output
from triage_app.formats.table_feed import layout_for

CVE: Final = re.compile(r"\bCVE-\d{4}-\d{4,19}\b", re.IGNORECASE | re.ASCII)
_SCORE = re.compile(r"\s*(\d{1,2}(?:\.\d{1,2})?)", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """Headers in lower case, the first that a table has and a row fills counts."""

    plugin: tuple[str, ...]
    title: tuple[str, ...]
    severity: tuple[str, ...]
    address: tuple[str, ...]
    host: tuple[str, ...] = ()
    port: tuple[str, ...] = ("port",)
    protocol: tuple[str, ...] = ("protocol",)
    family: tuple[str, ...] = ()
    cve: tuple[str, ...] = ("cve",)
    score: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    detail: tuple[str, ...] = ("synopsis", "solution")


def layout(format_name: str, source: str, headers: Sequence[str], columns: Columns) -> Layout:
    """Return how rows lie in the columns: each column holds the first of its headers that the table has."""
    names = {header.strip().lower() for header in headers}
    held: dict[str, str] = {}
    for column, wanted in (("reference", columns.plugin), ("title", columns.title), ("category", columns.family)):
        first = next((name for name in wanted if name in names), None)
        if first is not None:
            held[column] = first
    return layout_for(format_name, source, headers, held)


def read(
    table: Table,
    output: Output,
    builder: Builder,
    columns: Columns,
    scale: Callable[[str], str],
    read_time: Callable[[str], int | None],
) -> None:
    """Send every row to ``output``. ``scale`` names the severity scale that a raw severity is on."""
    headers = table.headers
    names = [header.strip().lower() for header in headers]
    for cells in table:
        if not any(map(str.strip, cells)):
            output.ignore("empty row")
            continue
        record = dict(zip(headers, cells, strict=True))
        lower = dict(zip(names[::-1], cells[::-1], strict=True))
        try:
            output.row(_row(builder, record, lower, columns, scale, read_time))
        except ValueError as error:
            output.reject(table.line, str(error), table.raw())
    output.short_rows = table.short_rows


def _row(
    builder: Builder,
    record: dict[str, str],
    lower: Mapping[str, str],
    columns: Columns,
    scale: Callable[[str], str],
    read_time: Callable[[str], int | None],
) -> list[Any]:
    plugin, title = _first(lower, columns.plugin), _first(lower, columns.title)
    if not plugin and not title:
        raise ValueError("a finding without a number and a title")
    severity = _first(lower, columns.severity)
    address, host = _first(lower, columns.address), _first(lower, columns.host)
    port, protocol = _first(lower, columns.port), _first(lower, columns.protocol)
    cves = [cve.upper() for cve in CVE.findall(_first(lower, columns.cve))]
    match = _SCORE.match(_first(lower, columns.score))
    score = number_of(match[1]) if match else None
    # A scanner that writes a row for each CVE says the same of each: the first CVE is part of the matter.
    values = [address or host, port, protocol.lower(), plugin or title, cves[0] if cves else ""]
    return builder.row(
        record,
        key=builder.fingerprint(f"{builder.layout.format}/1", values),
        seen_at=read_time(_first(lower, columns.seen)),
        severity=graded(scale(severity), severity) if severity else None,
        score=score if score is not None and score <= 10 else None,
        value=cves[0] if cves else "",
        columns={} if title.strip() else {"title": f"{builder.layout.source} {plugin}"},
        host=host or address,
        dst=f"{address}:{port}" if address and port not in {"", "0"} else address,
        detail=words(*(_first(lower, (name,)) for name in columns.detail), words(*cves[1:20])),
    )


def _first(lower: Mapping[str, str], names: Sequence[str]) -> str:
    return next((value.strip() for name in names if (value := lower.get(name, "")).strip()), "")
