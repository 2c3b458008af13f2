"""Syslog: RFC 5424, the older BSD form (RFC 3164), and Linux log files with neither priority nor year.

Every line is a row. The severity is the priority's lowest three bits, and runs backwards: 0 is an
emergency. A BSD time has no year, and the file does not say which: it is never guessed, so ``seen_at``
stays empty and the time is kept as it was written. Lines that differ in numbers only are one matter.
"""

from __future__ import annotations

import re
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.log_lines import Header, header_of, read_lines, sample_lines
from triage_app.formats.log_times import first_time
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.secret_text import mask_log

FORMAT: Final = "syslog"
TITLE: Final = "Syslog"
SOURCE: Final = "Syslog"
KEY_RULE: Final = "syslog/1"
"""The matter is (host, program, message with every run of digits as 0)."""

LAYOUT: Final = Layout(FORMAT, SOURCE, {"host": ("host",), "category": ("program",), "detail": ("message",)})
MAX_PRIORITY: Final = 191
_TAG = re.compile(r"[ :]{0,3}([A-Za-z_%/][^\s:\[\]=<>\"{},;|]{0,127})(?:\[([^\]\s]{0,64})\])?(?:: ?|(?<=\]) )")
_DATA = re.compile(r'(?:\[[^\s\]="]{1,32}(?: [^\s\]="]{1,32}="(?:[^"\\\]]++|\\.)*+")*+\])+|-(?= |$)')
_DIGITS = re.compile(r"\d+")


def recognise(head: Head) -> str | None:
    """Return why a file is syslog, or None."""
    lines = sample_lines(head.lines)
    known = sum(_is_telling(line) for line in lines)
    if known == 0 or known * 2 < len(lines):
        return None
    return f"Syslog: {known} of the first {len(lines)} lines begin with a time, a host and a program."


def layout(head: Head) -> Layout:
    """Return how messages lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every line of a file to ``output``."""
    read_lines(source, output, Builder(LAYOUT, organisation=context.organisation), _row)


def _is_telling(line: str) -> bool:
    header = header_of(line)
    if header is None:
        return False
    return bool(header.version or header.priority) or _TAG.match(line, header.length) is not None


def _row(builder: Builder, line: str) -> list[Any]:
    header = header_of(line)
    if header is None:
        raise ValueError("not a line of syslog: it does not begin with a time and a host")
    record = _record(header, line)
    program, message = record.get("program", ""), record.get("message", "")
    severity = graded("syslog", str(int(header.priority) % 8)) if header.priority else graded("syslog", "")
    if header.priority and int(header.priority) > MAX_PRIORITY:
        raise ValueError(f"the priority {header.priority} is beyond {MAX_PRIORITY}")
    return builder.row(
        record,
        key=builder.fingerprint(KEY_RULE, [header.host, program, _DIGITS.sub("0", message)]),
        seen_at=first_time(header.time),
        severity=severity,
        title=": ".join(part for part in (program, message.strip()) if part) or "Empty syslog message",
    )


def _record(header: Header, line: str) -> dict[str, Any]:
    """Return the parts of a line by name; what was not there is left out."""
    program, pid, data, at = header.program, header.pid, "", header.length
    if header.version:
        structured = _DATA.match(line, at)
        if structured:
            data, at = structured[0].removeprefix("-"), structured.end()
    else:
        tag = _TAG.match(line, at)
        if tag:
            program, pid, at = tag[1], tag[2] or "", tag.end()
    parts = {
        "priority": header.priority,
        "version": header.version,
        "time": header.time,
        "host": header.host,
        "program": program,
        "pid": pid,
        "messageId": header.id,
        "data": data,
        "message": line[at:].removeprefix(" " if header.version or not program else "").removeprefix("\ufeff"),
    }
    parts |= {"data": mask_log(parts["data"]), "message": mask_log(parts["message"])}
    return {name: value for name, value in parts.items() if value}
