"""MISP taxonomies (machine tags): vocabularies, known by name so that nobody wonders; nothing of them is evidence."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import read_objects
from triage_app.formats.records import Output
from triage_app.formats.registry import Context

FORMAT: Final = "misp-taxonomy"
TITLE: Final = "MISP taxonomy"
SOURCE: Final = "MISP"


def recognise(head: Head) -> str | None:
    """Return why a file is a taxonomy, or None."""
    first = head.json.first if head.json else {}
    if isinstance(first.get("predicates"), list) and ("namespace" in first or "values" in first):
        name = text_of(first.get("namespace"))
        return f"The MISP taxonomy{f' {name}' if name else ''}: a vocabulary, and nothing in it is evidence."
    return None


def layout(head: Head) -> Layout:
    """Return the layout of a file without records."""
    return Layout(FORMAT, SOURCE, {})


def read(source: TextSource, output: Output, context: Context) -> None:
    """Count the words of a taxonomy."""
    read_objects(source, output, lambda record: _counted(record, output))


def _counted(record: dict[str, Any], output: Output) -> str:
    if not isinstance(record.get("predicates"), list):
        raise ValueError("no taxonomy: it has no predicates")
    values = record.get("values")
    inner = [one.get("entry") for one in values if isinstance(one, dict)] if isinstance(values, list) else []
    entries = sum(len(entry) for entry in inner if isinstance(entry, list))
    for _ in range(min(len(record["predicates"]) + entries, 100_000)):
        output.ignore("taxonomy word")
    return "taxonomy"
