"""What the tests of the formats share: a place to collect records, and short ways to run a reader in this process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any

from triage_app.domain.evidence import COLUMNS, KINDS, Layout, evidence_id, restore
from triage_app.domain.mapping import Mapping
from triage_app.formats.line_output import LineOutput
from triage_app.formats.reader import Job, run
from triage_app.formats.reading_events import (
    Begin,
    End,
    Ignored,
    LayoutChange,
    NeedsMapping,
    Part,
    Reject,
    Rejects,
    Rows,
    parse_line,
)

MAPPING = Mapping(
    "Test table",
    "EDR",
    {
        "title": "alert",
        "time": "time",
        "severity": "severity",
        "reference": "ref",
        "host": "host",
        "src": "src",
        "url": "url",
        "detail": "detail",
    },
)
HEADER = "time,severity,ref,alert,host,src,url,detail,other\n"


@dataclass
class Read:
    """All that a reader said about one file, checked as the parent checks it."""

    begin: Begin | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    layouts: list[Layout] = field(default_factory=list)
    "How each row lies in its columns."
    parts: list[Part] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    needs: NeedsMapping | None = None
    end: End | None = None

    @property
    def layout(self) -> Layout:
        assert self.begin is not None
        return self.begin.layout

    def raw(self, index: int) -> dict[str, Any]:
        """The raw record put together again from what is kept of it, its id proved."""
        row, layout = self.rows[index], self.layouts[index]
        record = restore(layout, row, json.loads(row["rest"]))
        assert evidence_id(layout.format, record) == row["evidence_id"]
        return record

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The rows of one kind of evidence."""
        return [row for row in self.rows if KINDS[row["kind"]] == kind]


def read_bytes(data: bytes, mapping: Mapping | None = None, mode: str = "read", **job: Any) -> Read:
    """Run the reader's own code over bytes, in this process."""
    stream = io.BytesIO()
    values: dict[str, Any] = {"name": "file", "size": 0, "format": None, "organisation": ""} | job
    output = LineOutput(stream, most_rows=50 if mode == "preview" else None)
    run(Job(mode=mode, mapping=mapping, **values), io.BytesIO(data), output)
    read = Read()
    layout: Layout | None = None
    for line in stream.getvalue().splitlines(keepends=True):
        event = parse_line(line)
        if isinstance(event, Begin):
            read.begin = event
            layout = event.layout
        elif isinstance(event, LayoutChange):
            layout = event.layout
        elif isinstance(event, Part):
            read.parts.append(event)
        elif isinstance(event, Rows):
            read.rows += [dict(zip(COLUMNS, row, strict=True)) for row in event.rows]
            assert layout is not None
            read.layouts += [layout] * len(event.rows)
        elif isinstance(event, Rejects):
            read.rejects += event.items
        elif isinstance(event, Ignored):
            read.ignored = event.counts
        elif isinstance(event, NeedsMapping):
            read.needs = event
        elif isinstance(event, End):
            read.end = event
    return read


def read_table(text: str, mapping: Mapping = MAPPING, **job: Any) -> Read:
    """Run the reader over a table with ``HEADER``'s columns."""
    return read_bytes(text.encode(), mapping, **job)
