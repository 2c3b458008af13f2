"""What lies beside the events of a MISP feed: its manifest (an advisory for each event) and its index of hashes.

The hashes are of values or of the event files, never of malicious files: they accuse nobody, and are counted only.
"""

from __future__ import annotations

import re
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.indicator_rows import tlp_of
from triage_app.formats.json_feed import words
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.strict_json import BadRecord, Splitter, loads
from triage_app.formats.times import utc_or_none

FORMAT: Final = "misp-feed"
TITLE: Final = "MISP feed manifest or hash index"
SOURCE: Final = "MISP"

LAYOUT: Final = Layout(FORMAT, SOURCE, {"title": ("info",), "reference": ("uuid",)})
_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NAME = re.compile(rf"{_UUID}\Z", re.IGNORECASE)
_INDEX = re.compile(rf"(?:[0-9a-f]{{32}},{_UUID}|{_UUID}\.json,[0-9a-f]{{32}},[0-9a-f]{{40}})\Z", re.IGNORECASE)


def recognise(head: Head) -> str | None:
    """Return why a file belongs to a feed, or None."""
    if head.json is not None:
        first = head.json.first
        entries = [value for value in first.values() if isinstance(value, dict)]
        if all(map(_NAME.match, first)) and any("info" in entry and "Orgc" in entry for entry in entries):
            return "The manifest of a MISP feed: events by their UUIDs."
        return None
    lines = [line for line in head.lines[:50] if line.strip()]
    if lines and all(_INDEX.match(line.strip()) for line in lines[: len(lines) if head.complete else 40]):
        return "The hash index of a MISP feed: it names events, and no malicious file; nothing of it is an indicator."
    return None


def layout(head: Head) -> Layout:
    """Return how the events of a manifest lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every event of a manifest to ``output``; lines of an index are counted."""
    if context.head.json is None:
        for block in source.blocks():
            for _ in range(sum(bool(line.strip()) for line in block.splitlines())):
                output.ignore("line of a feed's hash index")
        return
    builder = Builder(LAYOUT, "advisory", context.organisation)
    source.json = True
    for line, text, reason in Splitter(source.blocks()):
        try:
            whole = None if reason else loads(text)
        except BadRecord as error:
            whole, reason = None, str(error)
        if not isinstance(whole, dict):
            output.reject(line, reason or "not a JSON object", text)
            continue
        for uuid, entry in whole.items():
            if not isinstance(entry, dict):
                output.reject(line, "an entry that is no object", compact({uuid: entry}))
                continue
            try:
                output.row(_row(builder, {**entry, "uuid": uuid}))
            except ValueError as error:
                output.reject(line, str(error), compact(entry))


def _row(builder: Builder, entry: dict[str, Any]) -> list[Any]:
    uuid, info = entry["uuid"], text_of(entry.get("info")).strip()
    tags = entry.get("Tag")
    names = [text_of(tag.get("name")) for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    date = text_of(entry.get("date"))
    return builder.row(
        entry,
        key=builder.key(uuid),
        seen_at=utc_or_none(date),
        value=uuid,
        tlp=next((tlp_of(name) for name in names if tlp_of(name)), ""),
        columns={} if info else {"title": f"MISP event {uuid}"},
        category=text_of(at(entry, "Orgc", "name")),
        detail=words(*names[:30]),
    )
