"""The reader process: untrusted bytes on stdin, strict JSON lines on stdout, nothing else.

Started as ``triage --reader JOB``. It has limits of its own, knows neither the store nor Qt nor any
key, and may die at any byte without harm: ``reading.py`` is the other side and believes nothing.
"""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import dataclass, field, replace
from io import BufferedReader
from typing import Any, BinaryIO, Final, cast

from triage_app.domain.mapping import Mapping, header_fingerprint
from triage_app.errors import BadFile, NeedsMapping
from triage_app.formats import json_table, known_mappings, limits, mapped_csv, registry
from triage_app.formats.decoding import CONTAINERS, TextSource, vanished
from triage_app.formats.detection import Detected, detect
from triage_app.formats.head import SAMPLE_ROWS, TableHead
from triage_app.formats.line_output import LineOutput, PreviewIsFull
from triage_app.formats.records import shown
from triage_app.formats.times import lacks_zone
from triage_app.language import say

MODES: Final = ("read", "preview", "detect")
REFUSED: Final = 2


@dataclass(frozen=True)
class Job:
    """What the parent asks for."""

    name: str
    size: int
    mode: str
    format: str | None
    mapping: Mapping | None
    organisation: str
    mappings: dict[str, Mapping] = field(default_factory=dict)
    "Mappings that were confirmed before, by the fingerprint of the headers that they are for."

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read the one argument; raise ``ValueError`` if it is not what the parent writes."""
        data = json.loads(text)
        mapping = data.get("mapping")
        job = cls(
            str(data["name"]),
            int(data.get("size", 0)),
            str(data.get("mode", "read")),
            data.get("format"),
            None if mapping is None else Mapping.from_data(mapping),
            str(data.get("organisation", "")),
            known_mappings.unpacked(str(data.get("mappings", ""))),
        )
        if job.mode not in MODES or (job.format is not None and job.format not in dict(registry.formats())):
            raise ValueError("unknown mode or format")
        return job


def run(job: Job, stream: BinaryIO, output: LineOutput) -> None:
    """Do one job; raise ``BadFile`` if nothing can be taken from the file."""
    source = output.source = TextSource(stream, job.name)
    forced = job.format
    if job.mapping is not None and job.format is None and not source.is_binary:
        forced = None if source.peek().lstrip("\ufeff \t\r\n")[:1] in {"{", "["} else mapped_csv.FORMAT
    asked: list[Undescribed] = []
    try:
        read_found(job, source, detect(source, job.name, forced), output, asked=asked)
    except PreviewIsFull:
        _offer_one(asked, output)
        output.end()
        return
    _offer_one(asked, output)
    if job.mode == "read" and not source.is_binary and 0 < source.bytes_read < job.size:
        raise vanished(job.name)
    output.end()


@dataclass(frozen=True)
class Undescribed:
    """A table that a person has to describe, among other files of an archive."""

    name: str
    table: TableHead
    encoding: str


def _offer_one(asked: list[Undescribed], output: LineOutput) -> None:
    """Ask what the columns of a table among others mean, if it is the only one: a mapping describes one table."""
    if len(asked) == 1:
        output.send("needs_mapping", offer(asked[0].name, asked[0].table, asked[0].encoding))


def read_found(
    job: Job, source: TextSource, found: Detected, output: Any, *, alone: bool = True, asked: list[Undescribed]
) -> None:
    """Read a file whose format is known; ``alone`` unless it lies in an archive with others.

    A preview gathers in ``asked`` the first two tables of an archive that a person has to describe.
    """
    format_, head = found.format, found.head

    def inner(inside: TextSource, name: str, to: Any, only: bool) -> None:
        read_found(replace(job, name=name), inside, detect(inside, name, None), to, alone=only, asked=asked)

    if format_.FORMAT in _MAPPED:
        mapping = _mapped(job, source, found, output, alone=alone, asked=asked)
        if mapping is None:
            return
    else:
        mapping = None
        lies = format_.layout(head)
        table = head.table if lies.headers else None
        headers = list(lies.headers) if table is not None else []
        delimiter = table.delimiter if table is not None else ""
        output.begin(lies, found.why, headers=headers, delimiter=delimiter, encoding=source.encoding)
    if job.mode != "detect":
        format_.read(source, output, registry.Context(job.name, job.organisation, head, mapping, inner))


_MAPPED: Final = {mapped_csv.FORMAT, json_table.FORMAT}
"""Formats that a person has to describe."""


def _mapped(
    job: Job, source: TextSource, found: Detected, output: Any, *, alone: bool, asked: list[Undescribed]
) -> Mapping | None:
    """Begin a table that needs a mapping, offering a guess where it has none; return the mapping it is read by."""
    is_json = found.format.FORMAT == json_table.FORMAT
    table = json_table.table_of(found.head) if is_json else found.head.table
    if table is None:
        return None
    headers = list(table.headers)
    mapping = job.mapping or job.mappings.get(header_fingerprint(headers))
    if job.mode == "preview" and not alone and len(asked) < 2:
        asked.append(Undescribed(job.name, table, source.encoding))
    if mapping is not None:
        columns = mapped_csv.resolve(mapping, headers, job.name)
        _settled(mapping, job.name, _cells(table, columns.get("time")))
    elif job.mode == "read" or not alone:
        raise NeedsMapping(
            say("{0} is a table of {1} columns that no mapping describes yet.", job.name, len(headers)),
            "Say once which column means what: open the file in the window, or give --mapping FILE.",
        )
    lies = found.format.layout(found.head)
    if mapping is not None:
        lies = json_table.layout_for(mapping) if is_json else mapped_csv.layout_for(mapping, headers, columns)
    # The rejects of JSON are JSON again, not rows of the table that it was shown as.
    shown_headers = [] if is_json else headers
    output.begin(lies, found.why, headers=shown_headers, delimiter=table.delimiter, encoding=source.encoding)
    if alone and (mapping is None or job.mode == "preview"):
        output.send("needs_mapping", offer(job.name, table, source.encoding))
    return mapping


def _cells(table: TableHead, header: str | None) -> list[str]:
    """Return what stands in a column of the rows that were looked at; nothing for a column that is not mapped."""
    if header is None:
        return []
    place = table.headers.index(header)
    return [row[place] for row in table.rows if row[place]]


def _settled(mapping: Mapping, name: str, times: list[str]) -> None:
    """Raise ``BadFile`` for a mapping that leaves open how times are to be read; ``times`` are the first of them."""
    if mapping.ambiguous:
        raise BadFile(
            say("Dates in {0} can be read two ways: {1}.", name, " or ".join(mapping.readings)),
            "Choose in the mapping which it is: day first (dmy) or month first (mdy).",
        )
    if not mapping.zone_stated and lacks_zone(mapping, times):
        raise BadFile(
            say("Times in {0} do not say in which time zone they are.", name),
            "Say it once in the mapping (timezone: UTC, Europe/London or an offset like +01:00; zone_stated: true).",
        )


def offer(name: str, table: TableHead, encoding: str) -> dict[str, Any]:
    """Return what a person needs to describe a table: its first rows, and a guess."""
    from triage_app.domain.suggestion import suggest  # only a table nobody has mapped needs the guesses

    headers = list(table.headers)
    suggestion = suggest(headers, [list(row) for row in table.rows], name=name)
    return {
        "headers": headers,
        "delimiter": table.delimiter,
        "encoding": encoding,
        "sample": [[shown(cell, 500) for cell in row] for row in table.rows],
        "suggestion": suggestion.as_data() | {"fingerprint": header_fingerprint(headers)},
    }


def main(argv: list[str]) -> int:
    """Do the job that the last argument describes; return the exit code: 0 done, 2 refused."""
    gc.disable()  # records hold no cycles, and looking for some costs a tenth of the time
    job = Job.from_json(argv[-1])
    output = LineOutput(sys.stdout.buffer, most_rows=SAMPLE_ROWS if job.mode == "preview" else None)
    try:
        expands = cast(BufferedReader, sys.stdin.buffer).peek(4).startswith(CONTAINERS)
        limits.apply(job.size * limits.EXPANSION if expands else job.size)
        run(job, sys.stdin.buffer, output)
    except BadFile as error:
        output.refuse(error)
        return REFUSED
    except BrokenPipeError:  # the parent has gone or has had enough; nobody is left to be told
        sys.stderr.close()
        return REFUSED
    except (MemoryError, OverflowError):
        output = LineOutput(sys.stdout.buffer)
        output.refuse(too_much_memory(job.name))
        return REFUSED
    return 0


def too_much_memory(name: str) -> BadFile:
    """Return the error for a file whose reader outgrew its memory."""
    return BadFile(
        say("{0} needs more memory than a file may take; nothing of it was kept.", name),
        "It is damaged or made to do harm. Ask the sender for it in smaller parts.",
    )
