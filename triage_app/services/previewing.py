"""What a file would come to, before anything of it is taken: its first records, and its counts without a trace."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from collections.abc import Set as AnySet
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

from triage_app.domain.evidence import COLUMNS, KINDS
from triage_app.domain.indicators import visible
from triage_app.domain.mapping import Mapping
from triage_app.errors import BadFile, BadInput, NeedsMapping
from triage_app.formats import reading, reading_events, registry
from triage_app.language import say
from triage_app.services.import_tally import Reason, Tally, keys_of
from triage_app.services.leaving_out import LeavingOut, names_at
from triage_app.services.progress import Progress, no_progress
from triage_app.store import imports, known_keys
from triage_app.store.connection import Store

Source = Path | bytes | BinaryIO
"""A file, a text that somebody pasted, or a stream."""

PREVIEW_ROWS: Final = 50
MOST_SHOWN: Final = 5_000
"""Records of a file up to which all of them can be shown."""
_KIND: Final = COLUMNS.index("kind")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"Stands for a byte of a name that is no text."


@dataclass(frozen=True)
class Preview:
    """What a file holds, before anything is taken."""

    begin: reading_events.Begin | None
    "None for a table that must be mapped first."
    needs: reading_events.NeedsMapping | None
    rows: tuple[tuple[Any, ...], ...] = ()
    "Up to fifty records, or all of them, columns as in ``evidence.COLUMNS``."
    rejects: tuple[tuple[int, str, str], ...] = ()
    title: str = ""
    "What a person calls its format."
    parts: tuple[dict[str, str], ...] = ()
    "The files inside it: name, format, why; as far as it was read."
    whole: bool = False
    "Whether that is all there is in it."
    tally: Tally = field(default_factory=Tally)
    "The counts of what was read of it."

    def rows_of(self, kind: str) -> list[tuple[Any, ...]]:
        """Return the first records of one kind."""
        place = KINDS.index(kind)
        return [row for row in self.rows if row[_KIND] == place]


@dataclass(frozen=True)
class Foretold:
    """What an import would come to as things stand. records = new + repeats + rejected + left_out."""

    records: int
    new: int
    repeats: int
    rejected: int
    ignored: dict[str, int]
    kinds: dict[str, int]
    reasons: tuple[Reason, ...]
    parts: tuple[dict[str, str], ...]
    format: str = ""
    source: str = ""
    why: str = ""
    left_out: int = 0


def preview(
    source: Source,
    *,
    name: str = "",
    format_name: str | None = None,
    mapping: Mapping | None = None,
    organisation: str = "",
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Preview:
    """Read the beginning of a file and say what it is; nothing is stored. Needs no session."""
    begin: reading_events.Begin | None = None
    needs: reading_events.NeedsMapping | None = None
    rows: list[tuple[Any, ...]] = []
    rejects: list[tuple[int, str, str]] = []
    tally = Tally()
    for event in events_of(source, name_of(source, name), "preview", format_name, mapping, organisation, is_cancelled):
        tally.take(event)
        if isinstance(event, reading_events.Begin):
            begin = event
        elif isinstance(event, reading_events.NeedsMapping):
            needs = event
        elif isinstance(event, reading_events.Rows):
            rows.extend(tuple(row) for row in event.rows)
        elif isinstance(event, reading_events.Rejects):
            rejects.extend((item.line, item.reason, item.text) for item in event.items)
    asks = needs is not None and mapping is None
    return Preview(
        None if needs else begin,
        needs,
        tuple(rows[:PREVIEW_ROWS]),
        tuple(rejects[:PREVIEW_ROWS]),
        title_of(begin.format) if begin is not None else "",
        tuple(tally.parts),
        not asks and len(rows) < PREVIEW_ROWS,
        tally,
    )


def foretell(
    store: Store,
    source: Source,
    *,
    name: str = "",
    format_name: str | None = None,
    mapping: Mapping | None = None,
    organisation: str = "",
    progress: Progress = no_progress,
    is_cancelled: Callable[[], bool] = lambda: False,
    leave_out: AnySet[str] = frozenset(),
    on_rows: Callable[[Sequence[Any]], None] = lambda rows: None,
) -> Foretold:
    """Read a whole file and say what importing it would come to; nothing is stored.

    ``leave_out`` is ``import_file``'s; ``on_rows`` is shown all records.

    Raises ``BadFile``, ``NeedsMapping`` for a table nobody has described, and ``Cancelled``.
    """
    shown, size = name_of(source, name), size_of(source)
    known = remembered(store) if mapping is None and format_name is None else {}
    tally, keys, leaving = Tally(), set[bytes](), LeavingOut(leave_out)
    begin: reading_events.Begin | None = None
    for event in events_of(source, shown, "read", format_name, mapping, organisation, is_cancelled, mappings=known):
        if isinstance(event, reading_events.Rows):
            on_rows(event.rows)
        event = leaving.rest_of(event)
        tally.take(event)
        if isinstance(event, reading_events.Rows):
            keys |= keys_of(event.rows)
            progress(event.bytes_read, size or None)
        elif isinstance(event, reading_events.Begin):
            begin = event
        elif isinstance(event, reading_events.NeedsMapping):
            raise needs_mapping(shown)
    if begin is None:
        raise BadFile(say("{0} holds nothing that could be read.", shown), "Check that it is the file you meant.")
    leaving.check(shown)
    new = len(keys) - known_keys.known(store, keys, lambda: progress(tally.bytes_read, size or None))
    return _foretold(tally, new, begin, leaving)


def foretell_from(store: Store, seen: Preview, leave_out: AnySet[str] = frozenset()) -> Foretold:
    """Say what importing a file would come to of which the preview has shown all."""
    leaving = LeavingOut(leave_out)
    kept = leaving.rest_of(reading_events.Rows(seen.tally.bytes_read, [list(row) for row in seen.rows]))
    keys = keys_of(kept.rows)
    tally = seen.tally.with_rows(kept)
    return _foretold(tally, len(keys) - known_keys.known(store, keys), seen.begin, leaving)


def _foretold(tally: Tally, new: int, begin: reading_events.Begin | None, leaving: LeavingOut) -> Foretold:
    return Foretold(
        tally.accepted + tally.rejected + leaving.count, new, tally.accepted - new, tally.rejected,
        dict(tally.ignored), tally.kinds, tally.reasons, tuple(tally.parts),
        begin.format if begin else "", begin.source if begin else "", begin.why if begin else "", leaving.count,
    )  # fmt: skip


def show_all(
    store: Store,
    seen: Preview,
    source: Source,
    *,
    name: str = "",
    format_name: str | None = None,
    mapping: Mapping | None = None,
    organisation: str = "",
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Preview:
    """Return a preview with every record of its file, of which there must be few enough to look at (``MOST_SHOWN``)."""
    known = remembered(store) if mapping is None and format_name is None else {}
    tally, rows = Tally(), list[tuple[Any, ...]]()
    shown = name_of(source, name)
    for event in events_of(source, shown, "read", format_name, mapping, organisation, is_cancelled, mappings=known):
        tally.take(event)
        if isinstance(event, reading_events.Rows):
            rows.extend(tuple(row) for row in event.rows)
        if len(rows) > MOST_SHOWN:
            raise BadInput(
                say("{0} holds more than can be shown here.", shown), "Import it as it is, or in smaller parts."
            )
    return replace(seen, rows=tuple(rows), tally=tally, parts=tuple(tally.parts), whole=True)


def names_of(
    store: Store,
    source: Source,
    numbers: AnySet[int],
    *,
    format_name: str | None = None,
    mapping: Mapping | None = None,
    organisation: str = "",
) -> frozenset[str]:
    """Return the names by which the records with some numbers are left out (``leaving_out``).

    Raises ``BadInput`` for a number beyond the last, and what reading may raise.
    """
    known = remembered(store) if mapping is None and format_name is None else {}
    shown = name_of(source)
    events = events_of(source, shown, "read", format_name, mapping, organisation, lambda: False, mappings=known)
    return names_at(events, numbers, shown)


def remembered(store: Store) -> dict[str, Mapping]:
    """Return the mappings that were confirmed, by the fingerprint of the headers that each is for; the newest first."""
    newest = sorted(imports.mappings(store), key=lambda row: row["saved_at"], reverse=True)
    return {row["id"]: Mapping.from_data(json.loads(row["json"])) for row in newest}


def events_of(
    source: Source,
    name: str,
    mode: str,
    format_name: str | None,
    mapping: Mapping | None,
    organisation: str,
    is_cancelled: Callable[[], bool],
    reader: Sequence[str] | None = None,
    silence_seconds: float = reading.SILENCE_SECONDS,
    mappings: AnyMapping[str, Mapping] | None = None,
) -> Iterator[Any]:
    """Yield what a reader process finds in a source; see ``reading.read_file``."""
    return reading.read_file(
        io.BytesIO(source) if isinstance(source, bytes) else source,
        name=name,
        mode=mode,
        format=format_name,
        mapping=mapping,
        organisation=organisation,
        is_cancelled=is_cancelled,
        command=reader,
        silence_seconds=silence_seconds,
        mappings=mappings,
    )


def needs_mapping(name: str) -> NeedsMapping:
    """Return the refusal of a table that nobody has described."""
    return NeedsMapping(
        say("{0} is a table that has not been described yet.", name),
        "Import it from the window to choose what its columns mean, or give --mapping FILE.",
    )


def name_of(source: Source, name: str = "") -> str:
    """Return what a source is called in sentences and in the store: as text, which a stick's names need not be."""
    found = name or (source.name if isinstance(source, Path) else "standard input")
    return visible(found) if _SURROGATE.search(found) else found


def size_of(source: Source) -> int:
    """Return how many bytes a source holds, 0 where nobody knows."""
    try:
        return source.stat().st_size if isinstance(source, Path) else len(source) if isinstance(source, bytes) else 0
    except (OSError, ValueError):  # what is wrong with the name is said when it is opened
        return 0


def titles() -> dict[str, str]:
    """Return every format's name and what a person calls it; loads all of them the first time."""
    return {name: say(title) for name, title in _titles().items()}


@cache
def _titles() -> dict[str, str]:
    return dict(registry.formats())


def title_of(format_name: str) -> str:
    """Return what a person calls a format; its own name where we have none of that name."""
    return say(_titles().get(format_name, format_name))
