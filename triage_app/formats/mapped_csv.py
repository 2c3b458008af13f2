"""Any table through a mapping that a person confirmed (``domain/mapping.py``)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final

from triage_app.domain.evidence import TEXT_COLUMNS, Layout, fingerprint_key
from triage_app.domain.mapping import Mapping
from triage_app.domain.severity import normalise
from triage_app.errors import BadFile
from triage_app.formats.csv_table import Table
from triage_app.formats.decoding import TextSource, how
from triage_app.formats.head import Head
from triage_app.formats.records import MAX_COLUMN, MAX_TITLE, NO_RECORD, NO_RECORD_JSON, Output, quoted, shown
from triage_app.formats.registry import Context
from triage_app.formats.table_evidence import TableEvidence
from triage_app.formats.times import reader_for
from triage_app.formats.tokens import TokenFinder
from triage_app.language import say

FORMAT: Final = "csv"
TITLE: Final = "Any table, through the mapper"
KEY_RULE: Final = "csv/1"
"""Without a reference the matter is its source and every mapped value but time, severity and detail."""

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", re.ASCII)
"""A time that ``seen_at`` holds to the letter (``evidence.as_iso``)."""

_NOT_IDENTITY: Final = {"time", "severity", "detail", "reference"}
_MAX_SEVERITIES: Final = 10_000
MAX_WORD: Final = 200
"""Characters of a raw severity and of an organisation's code."""


def recognise(head: Head) -> str | None:
    """Return what there is to say of any table, or None if the file is none."""
    if head.table is None or head.stripped.lower().startswith(("<?xml", "<!doctype", "<html")):
        return None
    return f"A table of {len(head.table.headers)} columns; {how(head.encoding, head.table.delimiter)}."


def layout(head: Head) -> Layout:
    """Return how rows of a table lie in the columns before anybody has described it."""
    return Layout(FORMAT, "", {}, tuple(head.table.headers) if head.table else ())


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every row of a file to ``output``, as its mapping says; the reader has seen to it that there is one."""
    mapping = context.mapping
    if mapping is None or context.head.table is None:
        return
    columns = resolve(mapping, context.head.table.headers, context.name)
    table = context.table(source, output)
    try:
        read_table(table, mapping, columns, output, context.organisation)
    finally:
        output.short_rows = table.short_rows


def resolve(mapping: Mapping, headers: Sequence[str], name: str) -> dict[str, str]:
    """Return field → header as the table spells it; raise ``BadFile`` naming the column that is not there."""
    spelled = {" ".join(header.split()).casefold(): header for header in reversed(headers)}
    columns = {}
    for field, wanted in mapping.columns.items():
        header = wanted if wanted in headers else spelled.get(" ".join(wanted.split()).casefold())
        if header is None:
            raise BadFile(
                say(
                    "{0} has no column {1!r}, which the mapping {2!r} needs.",
                    name,
                    shown(wanted, 60),
                    shown(mapping.name, 60),
                ),
                "Choose another mapping, or map the columns of this file anew.",
            )
        columns[field] = header
    return columns


def layout_for(mapping: Mapping, headers: Sequence[str], columns: dict[str, str]) -> Layout:
    """Return how rows of this table lie in the columns."""
    verbatim: dict[str, tuple[str, ...]] = {field: (columns[field],) for field in TEXT_COLUMNS if field in columns}
    if "severity" in columns:
        verbatim["severity_raw"] = (columns["severity"],)
    return Layout(FORMAT, mapping.source, verbatim, tuple(headers), (columns["time"],) if "time" in columns else ())


def read_table(table: Table, mapping: Mapping, columns: dict[str, str], output: Output, organisation: str = "") -> None:
    """Send every row of ``table`` to ``output``; rows whose time cannot be read are rejected."""
    headers = table.headers
    constants = mapping.constants
    held = [columns[field] for field in (*TEXT_COLUMNS, "severity") if field in columns]
    time_header = columns.get("time", "")
    evidence = TableEvidence(FORMAT, headers, [*held, time_header])
    with_time = TableEvidence(FORMAT, headers, [header for header in held if header != time_header])
    # Cells that every row shares are appended to it, so that one look-up finds a column, a constant or nothing.
    shared = ["", *constants.values()]
    place = {field: len(headers) + 1 + number for number, field in enumerate(constants)}
    place.update({field: headers.index(header) for field, header in columns.items()})
    nothing = len(headers)
    at = [place.get(field, nothing) for field in (*TEXT_COLUMNS, "organisation", "time", "severity")]
    at_title, at_reference, at_category, at_host, at_user, at_src, at_dst, at_url, at_hash, at_detail = at[:10]
    at_organisation, at_time, at_severity = at[10:]
    identity = [place[field] for field in TEXT_COLUMNS if field in place and field not in _NOT_IDENTITY]
    rule = f"{KEY_RULE} {mapping.source} {','.join(f for f in TEXT_COLUMNS if f in place and f not in _NOT_IDENTITY)}"
    key_prefix = f"key1\n{mapping.source}\n".encode()
    read_time = reader_for(mapping)
    severities: dict[str, tuple[int, str]] = {}
    title_header = columns.get("title")
    fallback = shown(mapping.name, MAX_TITLE)
    sha256, send_json = hashlib.sha256, output.row_json
    shared_are_plain = all(quoted(text) == f'"{text}"' for text in (*shared, organisation, fallback))
    text_and_id, tokens_of, spelled_out = evidence.text_and_id, TokenFinder().find, _ISO.match
    for row in table:
        text, evidence_id, plain = text_and_id(row, table.plain)
        cells = row + shared
        time_text = cells[at_time]
        try:
            seen_at = read_time(time_text) if time_text else None
        except ValueError as error:
            output.reject(table.line, str(error), table.raw())
            continue
        severity_raw = cells[at_severity]
        known = severities.get(severity_raw)
        if known is None:
            if len(severities) >= _MAX_SEVERITIES:
                severities.clear()
            known = severities[severity_raw] = normalise(mapping.severity_scale, severity_raw)
        reference = cells[at_reference].strip()
        if reference:
            key = sha256(key_prefix + reference.encode()).hexdigest()[:32]
        else:
            key = fingerprint_key(rule, [cells[index] for index in identity])
        title = cells[at_title]
        also: list[str] = []
        if not title.strip() and title_header is not None:
            title = fallback
            also = [title_header]
        rest_of = evidence.rest if not time_text or spelled_out(time_text) else with_time.rest
        tokens = tokens_of(row, text, plain)
        fits = len(text) <= MAX_COLUMN and len(title) <= MAX_TITLE and len(severity_raw) <= MAX_WORD
        if plain and shared_are_plain and fits and not also:
            send_json(
                f'["{evidence_id}","{key}",{"null" if seen_at is None else seen_at},{known[0]},"{severity_raw}",'
                f'"{known[1]}","{title}","{cells[at_reference]}","{cells[at_category]}","{cells[at_host]}",'
                f'"{cells[at_user]}","{cells[at_src]}","{cells[at_dst]}","{cells[at_url]}","{cells[at_hash]}",'
                f'"{cells[at_detail]}","{(cells[at_organisation] or organisation)[:MAX_WORD]}","","",'
                f'{quoted(rest_of(row, True))},"{tokens}"' + NO_RECORD_JSON
            )
            continue
        values: list[Any] = [
            evidence_id,
            key,
            seen_at,
            known[0],
            severity_raw,
            known[1],
            title,
            *[cells[index] for index in at[1:10]],
            cells[at_organisation] or organisation,
            "",
            "",
        ]
        also = also + _limit(values, columns)
        output.row([*values, rest_of(row, plain, also), tokens, *NO_RECORD])


def _limit(values: list[Any], columns: dict[str, str]) -> list[str]:
    """Bring the columns within their limits; return the headers whose cells they no longer hold word for word."""
    changed = []
    for index, field in ((4, "severity"), (16, "organisation")):
        column = shown(values[index], MAX_WORD)
        if column != values[index] and field == "severity" and field in columns:
            changed.append(columns[field])
        values[index] = column
    for index, field in enumerate(TEXT_COLUMNS, 6):
        column = shown(values[index], MAX_TITLE if field == "title" else MAX_COLUMN)
        if column != values[index]:
            values[index] = column
            if field in columns:
                changed.append(columns[field])
    return changed
