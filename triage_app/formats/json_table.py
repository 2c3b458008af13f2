"""Any JSON that no other format knows, through a mapping: its records, made flat, are offered as a table is.

``{"a": {"b": 1}}`` has the column ``a.b``; a list of plain values is one cell. The evidence is the record itself.

A single object may wrap its records in a list (``json_wrapper.py``). Where there are several objects, they are the
records, whatever lists they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from triage_app.domain.evidence import TEXT_COLUMNS, Layout, fingerprint_key
from triage_app.domain.mapping import Mapping, unique_headers
from triage_app.formats import mapped_csv
from triage_app.formats.building import Builder, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import SAMPLE_ROWS, Head, TableHead
from triage_app.formats.json_feed import sound
from triage_app.formats.json_members import members
from triage_app.formats.json_wrapper import labels, list_of_records, lost
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.strict_json import BadRecord, Splitter
from triage_app.formats.times import reader_for

FORMAT: Final = "json"
TITLE: Final = "Any JSON, through the mapper"
KEY_RULE: Final = "json/1"
"""Without a reference the matter is its source and every mapped value that the record has, but severity and detail.

A value that is not there names nothing: in JSON, keys come and go, and a mapping that has one more column, for a key
that most records lack, still names those records as before.
"""

MAX_COLUMNS: Final = 300
_MAX_FLAT: Final = 2_000
_NOT_IDENTITY: Final = {"reference", "detail"}
_SCHEMA: Final = ("$schema", "$defs", "definitions")


def recognise(head: Head) -> str | None:
    """Return what there is to say of JSON that no other format knows, or None."""
    table = table_of(head)
    if table is None or head.json is None:
        return None
    where = _wrapper(head)
    inside = f", its records in {where}" if where else ""
    return f"JSON of a kind that no format knows: {head.json.how}{inside}; {len(table.headers)} values a record."


def layout(head: Head) -> Layout:
    """Return how records lie in the columns before anybody has described them."""
    return Layout(FORMAT, "", {})


def table_of(head: Head) -> TableHead | None:
    """Return the first records as a table, or None if there are none to make one of."""
    if head.json is None or any(name in head.json.first for name in _SCHEMA):
        return None
    records = [_flat(record) for record in _records(head)[:SAMPLE_ROWS]]
    names = _names(records)
    if len(names) < 2:
        return None
    headers = tuple(unique_headers(names))
    return TableHead("", headers, tuple(tuple(record.get(name, "") for name in names) for record in records))


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every record of a file to ``output``, as its mapping says."""
    mapping, table = context.mapping, table_of(context.head)
    if mapping is None or table is None:
        return
    paths = dict(zip(table.headers, _names(map(_flat, _records(context.head)[:SAMPLE_ROWS])), strict=True))
    columns = mapped_csv.resolve(mapping, table.headers, context.name)
    columns = {field: paths[header] for field, header in columns.items()}
    builder = Builder(layout_for(mapping), organisation=context.organisation)
    read_time = reader_for(mapping)
    source.json = True
    where = _wrapper(context.head)

    def judge(outer: dict[str, Any]) -> str:
        for label in labels(outer):
            output.ignore(f"around the records: {label}")
        return lost(outer, where)

    records = members(source.blocks(), (where,) if where else (), judge=judge)
    for line, text, record in sound(records, output):
        try:
            if not isinstance(record, dict):
                raise BadRecord("not a JSON object")
            output.row(_row(builder, record, mapping, columns, read_time))
        except ValueError as error:
            output.reject(line, str(error), text)


def layout_for(mapping: Mapping) -> Layout:
    """Return the layout of records read through a mapping: the record is kept whole beside its columns."""
    return Layout(FORMAT, mapping.source, {})


def _wrapper(head: Head) -> str:
    """Return the one member that holds the records in its list, "" if the records are not wrapped."""
    if head.json is None or head.json.shape != "object":
        return ""
    goes_on = not head.complete
    if goes_on and not next((reason for _, _, reason in Splitter(iter((head.text,)))), "no end"):
        return ""  # it ends, and another object follows it that does not
    return list_of_records(head.json.first, goes_on=goes_on)


def _records(head: Head) -> list[dict[str, Any]]:
    if head.json is None:
        return []
    where = _wrapper(head)
    found = head.json.first[where] if where else head.json.records
    return [record for record in found if isinstance(record, dict) and record]


def _names(records: Iterable[dict[str, str]]) -> list[str]:
    """Return the paths that there are in flat records; a header is the path without the spaces around it."""
    return list(dict.fromkeys(name for record in records for name in record))[:MAX_COLUMNS]


def _flat(record: dict[str, Any]) -> dict[str, str]:
    """Return a record as {path: text}, without recursion."""
    found: dict[str, str] = {}
    nodes: list[tuple[str, Any]] = [(name, value) for name, value in reversed(record.items())]
    while nodes and len(found) < _MAX_FLAT:
        path, value = nodes.pop()
        if isinstance(value, dict):
            nodes.extend((f"{path}.{name}", inner) for name, inner in reversed(value.items()))
        elif isinstance(value, list):
            plain = all(not isinstance(one, dict | list) for one in value)
            found[path[:500]] = "; ".join(map(text_of, value)) if plain else compact(value)
        else:
            found[path[:500]] = text_of(value)
    return found


def _row(
    builder: Builder, record: dict[str, Any], mapping: Mapping, columns: dict[str, str], read_time: Any
) -> list[Any]:
    flat = _flat(record)
    values = {**mapping.constants, **{field: flat.get(name, "") for field, name in columns.items()}}
    time, severity = values.pop("time", ""), values.pop("severity", "")
    organisation = values.pop("organisation", "")
    reference = values.get("reference", "").strip()
    if reference:
        key = builder.key(reference)
    else:
        fields = [field for field in TEXT_COLUMNS if values.get(field, "").strip() and field not in _NOT_IDENTITY]
        key = fingerprint_key(f"{KEY_RULE} {mapping.source} {','.join(fields)}", [values[field] for field in fields])
    title = values.pop("title", "").strip() or mapping.name
    return builder.row(
        record,
        key=key,
        seen_at=read_time(time) if time else None,
        severity=graded(mapping.severity_scale, severity),
        organisation=organisation,
        title=title,
        columns=values,
    )
