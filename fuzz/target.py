"""One fuzz target: bytes read as one format in this process, everything said checked as the parent checks it.

    python -m fuzz.target FORMAT [libFuzzer options] [corpus …]

FORMAT is a format of the registry, or ``receipt``, which we write ourselves.

A finding is any exception but ``BadFile`` (``BadReceipt``), a record whose id its own content does not prove, a line
that the parent would refuse, or an input that takes longer than libFuzzer's ``-timeout``.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import atheris

with atheris.instrument_imports(include=["triage_app.formats", "triage_app.domain"]):
    from triage_app.domain.evidence import COLUMNS, Layout, evidence_id, restore
    from triage_app.domain.mapping import Mapping
    from triage_app.errors import BadFile, TriageError
    from triage_app.formats import registry
    from triage_app.formats.line_output import LineOutput
    from triage_app.formats.reader import Job, run
    from triage_app.formats.reading_events import Begin, End, LayoutChange, Rejects, Rows, parse_line
    from triage_app.formats.receipt import MOST_WITHHELD, BadReceipt, parse_receipt

    registry.modules()

MAPPING = Mapping("Fuzzed", "Fuzzer", {"title": "alert", "time": "time", "severity": "severity", "host": "host"})
MAPPED = ("csv", "json")


class Finding(Exception):
    """Something that must never be."""


def read(format_name: str, data: bytes) -> None:
    """Read bytes as a format; raise ``Finding`` or whatever the parser should not have raised."""
    said = io.BytesIO()
    mapping = MAPPING if format_name in MAPPED else None
    job = Job(name="fuzzed", size=len(data), mode="read", format=format_name, mapping=mapping, organisation="RXX")
    try:
        run(job, io.BytesIO(data), LineOutput(said))
    except BadFile as refused:
        told(refused)
        return
    check(said.getvalue())


def read_receipt(data: bytes) -> None:
    """Read bytes as the content of a receipt; raise ``Finding`` for what should not have come of it."""
    try:
        found = parse_receipt(data)
    except BadReceipt as refused:
        told(refused)
        return
    if sum(map(len, found.lacks.values())) > MOST_WITHHELD:
        raise Finding("more is withheld than a receipt may say")


OWN = {"receipt": read_receipt}
"""Files of ours that come from outside, and are read by no format of the registry."""


def told(refused: TriageError) -> None:
    """Raise ``Finding`` for a refusal that is no sentence."""
    if not (refused.what.endswith(".") and refused.do.endswith(".")):
        raise Finding(f"no sentence: {refused}") from refused


def check(said: bytes) -> None:
    """Check what a reader said as its parent does, and prove every row by its content."""
    layout: Layout | None = None
    rows = rejects = 0
    for line in said.splitlines(keepends=True):
        event = parse_line(line)
        if isinstance(event, Begin | LayoutChange):
            layout = event.layout
        elif isinstance(event, Rejects):
            rejects += len(event.items)
        elif isinstance(event, Rows):
            rows += len(event.rows)
            for row in event.rows:
                prove(layout, dict(zip(COLUMNS, row, strict=True)))
        elif isinstance(event, End) and (event.records, event.rejected) != (rows + rejects, rejects):
            raise Finding("the counts do not add up")


def prove(layout: Layout | None, row: dict[str, Any]) -> None:
    """Raise ``Finding`` unless a row's content has its id."""
    if layout is None:
        raise Finding("a row before its layout")
    record = restore(layout, row, json.loads(row["rest"]))
    if evidence_id(layout.format, record) != row["evidence_id"]:
        raise Finding("the content does not have that id")
    if row["kind"] == 0 and not row["title"]:
        raise Finding("an alert without a title")


def main() -> None:
    """Fuzz the format that the first argument names."""
    format_name = sys.argv.pop(1)
    own = OWN.get(format_name)
    if own is None:
        registry.named(format_name)
    atheris.Setup(sys.argv, own if own is not None else lambda data: read(format_name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
