"""JSON feeds: the objects of an array, of lines, of a wrapper's list, or a single one, each made into a row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from triage_app.domain.evidence import Layout
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import JsonHead
from triage_app.formats.json_members import beside, members
from triage_app.formats.records import Output, compact
from triage_app.formats.strict_json import BadRecord, Splitter, loads

Made = list[Any] | tuple[list[Any], Layout] | str
"""The columns of a record (with their layout if it is not the file's), or the short word to count it under."""
Row = Callable[[dict[str, Any]], Made]


def read_objects(
    source: TextSource,
    output: Output,
    make: Row,
    wrappers: Sequence[str] = (),
    unless: str = "",
    unwrap: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    around: Sequence[str] = (),
) -> None:
    """Send every object of a file to ``output``: as a row, counted, or rejected with the reason.

    An object whose member named in ``wrappers`` is a list stands for the objects of that list, unless it
    has the member ``unless``, which tells that it is a record itself.
    ``unwrap`` takes off what lies around that; where ``around`` names the member that it lies in, an answer of any
    length is cut into records as it streams by.
    """
    source.json = True
    cut = bool(wrappers) and (unwrap is None or bool(around))
    records = members(source.blocks(), wrappers, around, unless) if cut else iter(Splitter(source.blocks()))
    for line, text, whole in sound(records, output):
        if unwrap is not None and isinstance(whole, dict):
            whole = unwrap(whole)
        inner = inside(whole, wrappers, unless)
        if inner is not None and (more := beside(whole, wrappers)):
            output.reject(line, more, compact({name: one for name, one in whole.items() if name not in wrappers}))
        for record in [whole] if inner is None else inner:
            try:
                if not isinstance(record, dict):
                    raise BadRecord("not a JSON object")
                made = make(record)
            except ValueError as error:
                output.reject(line, str(error), text if inner is None else compact(record))
                continue
            if isinstance(made, str):
                output.ignore(made)
            elif isinstance(made, tuple):
                output.row(*made)
            else:
                output.row(made)


def sound(records: Iterable[tuple[int, str, str]], output: Output) -> Iterator[tuple[int, str, Any]]:
    """Yield (line, text, value) of every record that is strict JSON, and reject the others.

    ``records`` are (line, text, reason), as ``json_members.members`` yields them.
    """
    for line, text, reason in records:
        if reason:
            output.reject(line, reason, text)
            continue
        try:
            value = loads(text)
        except BadRecord as error:
            output.reject(line, str(error), text)
            continue
        yield line, text, value


def inside(value: Any, wrappers: Sequence[str], unless: str = "") -> list[Any] | None:
    """Return what the lists of a wrapper hold, None for what is no wrapper."""
    if not isinstance(value, dict) or unless in value:
        return None
    lists = [value[name] for name in wrappers if isinstance(value.get(name), list)]
    return [record for one in lists for record in one] if lists else None


def sample(head: JsonHead | None, wrappers: Sequence[str] = (), unless: str = "") -> Iterator[dict[str, Any]]:
    """Yield the first objects of a file, those inside wrappers included."""
    for whole in head.records if head is not None else ():
        inner = inside(whole, wrappers, unless)
        yield from (record for record in ([whole] if inner is None else inner[:200]) if isinstance(record, dict))


def number_of(value: Any) -> float | None:
    """Return a JSON number, or one written as text, as a finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
        return None
    try:
        number = float(value) if not isinstance(value, str) or len(value) <= 20 else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def words(*parts: str) -> str:
    """Return the parts that say something, with commas between them; behind a whole sentence no comma is needed."""
    said = [part for part in parts if part]
    return "".join(part if not at else _between(said[at - 1]) + part for at, part in enumerate(said))


def _between(before: str) -> str:
    return " " if before.endswith((".", "!", "?")) else ", "


def required(record: dict[str, Any], name: str, what: str) -> str:
    """Return a member that has to be a text; raise ``ValueError`` saying that ``what`` lacks it."""
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} without {name}")
    return value
