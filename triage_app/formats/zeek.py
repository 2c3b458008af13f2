"""Zeek's notice and intel logs, as tables with their ``#`` header and as JSON lines; its other logs are counted.

A table names its own separator, columns and words for "unset" and "empty"; several logs may follow one
another in a file, each with its header. Columns differ from version to version, so only names count.
Fields that are unset are left out of the record, as Zeek itself does in JSON. Zeek grades nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.implied_class import implied
from triage_app.formats.json_feed import read_objects, sample
from triage_app.formats.log_lines import numbered_lines
from triage_app.formats.records import Output, shown
from triage_app.formats.registry import Context
from triage_app.formats.times import EARLIEST, LATEST, utc_milliseconds

FORMAT: Final = "zeek"
TITLE: Final = "Zeek log"
SOURCE: Final = "Zeek"
NOTICE_RULE: Final = "zeek-notice/1"
"""The matter is (note, src, dst, port), and without addresses the message with every run of digits as 0."""

INTEL_RULE: Final = "zeek-intel/1"
"""The matter is (indicator, source, destination)."""

LAYOUT: Final = Layout(FORMAT, SOURCE, {"category": ("note",), "src": ("src",), "dst": ("dst",), "detail": ("sub",)})
_EPOCH = re.compile(r"(\d{1,12})(?:\.(\d{1,9}))?\Z", re.ASCII)
_DIGITS = re.compile(r"\d+")
_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")
_MAX_FIELDS: Final = 500


@dataclass
class Header:
    """What the ``#`` lines before a log say about it."""

    separator: str = "\t"
    empty: str = "(empty)"
    unset: str = "-"
    path: str = ""
    fields: list[str] = field(default_factory=list)


def recognise(head: Head) -> str | None:
    """Return why a file is Zeek's, or None."""
    if head.json is not None:
        paths = [_path_of(record) for record in sample(head.json)]
        known = [path for path in paths if path]
        if not known or len(known) * 2 < len(paths):
            return None
        return f"Zeek in JSON: {head.json.how}; {_count(known)} among the first {len(paths)} records."
    lines = [line for line in head.lines[:200] if line.startswith("#")]
    separator = any(line.startswith("#separator ") for line in lines[:20])
    named = next((line for line in lines if line.startswith("#fields")), "")
    if not named or not (separator or "#types" in head.text[:20_000]):
        return None
    path = next((re.split(r"\s", line)[-1] for line in lines if line.startswith("#path")), "")
    return f"Zeek: its # lines name separator and fields{f' of {shown(path, 40)}.log' if path else ''}."


def layout(head: Head) -> Layout:
    """Return how records lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every notice and every intel hit of a file to ``output``."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    if context.head.json is not None:
        read_objects(source, output, lambda record: _made(builder, record, _path_of(record) or "unknown"))
    else:
        _read_table(source, output, builder)


def _count(paths: list[str]) -> str:
    alerts = sum(path in {"notice", "intel"} for path in paths)
    return f"{alerts} notices and hits" if alerts else "no notice or hit"


def _path_of(record: dict[str, Any]) -> str:
    """Return which log a JSON record is of, "" if it is none of Zeek's."""
    if "ts" not in record:
        return ""
    own = record.get("_path")
    if isinstance(own, str) and own:
        return own[:40]
    if isinstance(record.get("note"), str) and ("msg" in record or "actions" in record):
        return "notice"
    if "seen.indicator" in record or (isinstance(record.get("seen"), dict) and "indicator" in record["seen"]):
        return "intel"
    if "id.orig_h" in record or "peer_descr" in record:
        return "other"
    return ""


def _read_table(source: TextSource, output: Output, builder: Builder) -> None:
    header = Header()
    for number, line in numbered_lines(source.blocks(), output.reject):
        try:
            if line.lstrip("\ufeff").startswith("#"):
                header = _header_line(header, line.lstrip("\ufeff"))
                continue
            made = _made(builder, _record(header, line), header.path or _path_from(header.fields))
        except ValueError as error:
            output.reject(number, str(error), line)
            continue
        if isinstance(made, str):
            output.ignore(made)
        else:
            output.row(made)


def _header_line(header: Header, line: str) -> Header:
    """Return what is known of a log after one more ``#`` line; ``#separator`` begins another log."""
    name, _, value = line.partition(" " if line.startswith("#separator") else header.separator)
    if name == "#separator":
        return Header(separator=_unescaped(value.strip()) or "\t")
    if name == "#fields":
        header.fields = value.split(header.separator)
        if len(header.fields) > _MAX_FIELDS:
            raise ValueError(f"a log with more than {_MAX_FIELDS} fields")
        if len(set(header.fields)) != len(header.fields):
            raise ValueError("a log with two fields of one name")
    elif name == "#path":
        header.path = value.strip()[:40]
    elif name == "#empty_field":
        header.empty = value
    elif name == "#unset_field":
        header.unset = value
    return header


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)[:10]


def _record(header: Header, line: str) -> dict[str, Any]:
    if not header.fields:
        raise ValueError("a row before the line that names its fields")
    cells = line.split(header.separator)
    if len(cells) != len(header.fields):
        raise ValueError(f"{len(cells)} cells where the header has {len(header.fields)}")
    pairs = zip(header.fields, cells, strict=True)
    return {name: "" if cell == header.empty else cell for name, cell in pairs if cell != header.unset}


def _path_from(fields: list[str]) -> str:
    if "note" in fields and "msg" in fields:
        return "notice"
    return "intel" if "seen.indicator" in fields else "unknown"


def _made(builder: Builder, record: dict[str, Any], path: str) -> list[Any] | str:
    """Return the columns of a notice or an intel hit, the log's name for any other record."""
    if path.startswith("notice"):
        return _notice(builder, record)
    if path.startswith("intel"):
        return _intel(builder, record)
    return shown(f"{path} log", 60)


def _notice(builder: Builder, record: dict[str, Any]) -> list[Any]:
    note, message = text_of(record.get("note")), text_of(record.get("msg"))
    if not note and not message:
        raise ValueError("a notice without note and message")
    src, dst = _first(record, "src", "id.orig_h"), _first(record, "dst", "id.resp_h")
    port = _first(record, "p", "id.resp_p")
    named = [note, src, dst, port] if src or dst else [note, _DIGITS.sub("0", message)]
    return builder.row(
        record,
        key=builder.fingerprint(NOTICE_RULE, named),
        seen_at=_time(record),
        rsit=implied(FORMAT, note),
        title=": ".join(part for part in (note, message) if part),
        category=note,
        src=src,
        dst=dst,
        detail=", ".join(_words(text_of(record.get("sub")), _first(record, "proto"), f"port {port}" if port else "")),
    )


def _intel(builder: Builder, record: dict[str, Any]) -> list[Any]:
    seen = record.get("seen")
    inner = {f"seen.{name}": value for name, value in seen.items()} if isinstance(seen, dict) else record
    indicator, kind = text_of(inner.get("seen.indicator")), text_of(inner.get("seen.indicator_type"))
    if not indicator:
        raise ValueError("an intel hit without an indicator")
    src, dst = _first(record, "id.orig_h"), _first(record, "id.resp_h")
    where = text_of(inner.get("seen.where"))
    sources = record.get("sources")
    told = ", ".join(map(text_of, sources)) if isinstance(sources, list) else text_of(sources)
    return builder.row(
        record,
        key=builder.fingerprint(INTEL_RULE, [indicator, src, dst]),
        seen_at=_time(record),
        title=f"{kind or 'Intel'} {indicator} seen{f' in {where}' if where else ''}",
        category=kind,
        src=src,
        dst=dst,
        host=text_of(inner.get("seen.host")) or (indicator if kind == "Intel::DOMAIN" else ""),
        url=indicator if kind == "Intel::URL" else "",
        hash=indicator if kind == "Intel::FILE_HASH" else "",
        user=indicator if kind == "Intel::USER_NAME" else "",
        detail=", ".join(_words(f"listed by {told}" if told else "", text_of(record.get("file_desc")))),
    )


def _first(record: dict[str, Any], *names: str) -> str:
    """Return the first of several fields that holds something; JSON may nest what a table writes with a dot."""
    for name in names:
        value = text_of(record.get(name))
        if not value and "." in name:
            outer, inner = name.split(".", 1)
            nested = record.get(outer)
            value = text_of(nested.get(inner)) if isinstance(nested, dict) else ""
        if value:
            return value
    return ""


def _words(*parts: str) -> Iterator[str]:
    return (part for part in parts if part)


def _time(record: dict[str, Any]) -> int:
    """Return when it happened: seconds since 1970 with a fraction, or ISO in JSON that was told so."""
    text = text_of(record.get("ts"))
    match = _EPOCH.match(text)
    if match is None:
        if not text:
            raise ValueError("a record without a time")
        return utc_milliseconds(text)
    moment = int(match[1]) * 1000 + int(f"{match[2] or ''}000"[:3])
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"the time {text[:40]!r} lies outside 1970 to 2199")
    return moment
