"""Taking alert files in: read by a process under limits, stored in chunks, all or nothing."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from triage_app.domain import tlp
from triage_app.domain.evidence import COLUMNS, KINDS
from triage_app.domain.mapping import Mapping, header_fingerprint
from triage_app.domain.records import CREATED, DELETED, new_id
from triage_app.errors import BadFile, NeedsMapping, NotFound, TriageError
from triage_app.formats import reading, reading_events
from triage_app.formats.decoding import vanished
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.progress import Progress, no_progress
from triage_app.services.recording import record
from triage_app.services.rejects import RejectsFile
from triage_app.services.session import Session
from triage_app.store import alerts, imports, journal, projections, search
from triage_app.store.connection import Store
from triage_app.store.journal import Change

ROWS_A_TRANSACTION: Final = 10_000
"""Committing every ten thousand rows costs about 15 % and gives progress, cancel and crash safety."""

_ASSUMED_ROW_BYTES: Final = 300
_KIND: Final = COLUMNS.index("kind")


@dataclass(frozen=True)
class Imported:
    """What one file came to. records = new + repeats + rejected."""

    path: str
    format: str
    source: str
    why: str
    "How the format was recognised."
    records: int
    new: int
    "Records that became alerts of their own."
    repeats: int
    "Records that folded into an alert already there."
    rejected: int
    ignored: dict[str, int] = field(default_factory=dict)
    "Sound records that are no alerts, by kind; not among ``records``."
    rejects_file: str = ""
    id: str = ""
    changes: Changes | None = None


@dataclass(frozen=True)
class Preview:
    """What a file holds, before anything is taken."""

    begin: reading_events.Begin | None
    "None for a table that must be mapped first."
    needs: reading_events.NeedsMapping | None
    rows: tuple[tuple[Any, ...], ...] = ()
    "Up to fifty records, columns as in ``evidence.COLUMNS``."
    rejects: tuple[tuple[int, str, str], ...] = ()


def preview(
    path: Path, *, format_name: str | None = None, mapping: Mapping | None = None, organisation: str = ""
) -> Preview:
    """Read the beginning of a file and say what it is; nothing is stored. Needs no session."""
    begin: reading_events.Begin | None = None
    needs: reading_events.NeedsMapping | None = None
    rows: list[tuple[Any, ...]] = []
    rejects: list[tuple[int, str, str]] = []
    for event in _read(path, path.name, "preview", format_name, mapping, organisation, lambda: False):
        if isinstance(event, reading_events.Begin):
            begin = event
        elif isinstance(event, reading_events.NeedsMapping):
            needs = event
        elif isinstance(event, reading_events.Rows):
            rows.extend(tuple(row) for row in event.rows)
        elif isinstance(event, reading_events.Rejects):
            rejects.extend((item.line, item.reason, item.text) for item in event.items)
    return Preview(None if needs else begin, needs, tuple(rows[:50]), tuple(rejects[:50]))


def import_file(
    session: Session,
    source: Path | BinaryIO,
    *,
    name: str = "",
    format_name: str | None = None,
    mapping: Mapping | None = None,
    organisation: str = "",
    progress: Progress = no_progress,
    dry_run: bool = False,
    is_cancelled: Callable[[], bool] = lambda: False,
    reader: Sequence[str] | None = None,
    silence_seconds: float = reading.SILENCE_SECONDS,
) -> Imported:
    """Read one file and store what it holds, or nothing of it.

    A table nobody has described raises ``NeedsMapping``; one whose headers were mapped before is read
    as it was then. ``dry_run`` reads and counts but stores nothing. ``reader`` is the command of another
    reader process than our own; it is stopped once it has been silent for ``silence_seconds``. Raises
    ``BadFile``, ``Cancelled`` and what writing to the store may raise; in every case nothing is left behind.
    """
    shown = name or (source.name if isinstance(source, Path) else "standard input")
    if mapping is None and format_name is None and isinstance(source, Path):
        mapping = _remembered(session.store, source)
    run = _Run(session, source, shown, organisation.strip().upper(), progress, dry_run)
    try:
        for event in _read(
            source, shown, "read", format_name, mapping, run.organisation, is_cancelled, reader, silence_seconds
        ):
            run.take(event)
        return run.finish(mapping)
    except BaseException:
        run.remove()
        raise


def undo_import(session: Session, import_id: str) -> Changes:
    """Take an import back: its rows are no longer shown, unless another import brought them too."""
    store = session.store
    with store.write():
        import_id = import_id.strip().lower()
        found = imports.named(store, import_id)
        if found is None:
            raise NotFound(f"There is no import {import_id}.", "“triage imports list” shows those there are.")
        if found[1]:
            raise NotFound("That import has already been taken back.", "Import the file again to have it back.")
        change = Change("import", import_id, DELETED, True, tlp.GREEN)
        return record(session, f"Took back the import of {found[0]}", [change], entity=import_id)


def index_wait(session: Session, progress: Progress = no_progress, *, in_window: bool = False) -> int:
    """Bring the search index up to date; return how many rows were added to it.

    ``in_window`` works in smaller steps, so that a responder's act need not wait long.
    """
    rows = search.SMALL_SLICE if in_window else search.WHOLE_SLICE
    return search.index_all(session.store, progress, rows)


def _read(
    source: Path | BinaryIO,
    name: str,
    mode: str,
    format_name: str | None,
    mapping: Mapping | None,
    organisation: str,
    is_cancelled: Callable[[], bool],
    reader: Sequence[str] | None = None,
    silence_seconds: float = reading.SILENCE_SECONDS,
) -> Iterator[Any]:
    return reading.read_file(
        source,
        name=name,
        mode=mode,
        format=format_name,
        mapping=mapping,
        organisation=organisation,
        is_cancelled=is_cancelled,
        command=reader,
        silence_seconds=silence_seconds,
    )


def _remembered(store: Store, path: Path) -> Mapping | None:
    """Return the mapping that was confirmed for a table with these headers, or None."""
    if not imports.mappings(store):
        return None
    needs = preview(path).needs
    if needs is None:
        return None
    saved = imports.mapping_for(store, header_fingerprint(needs.headers))
    return None if saved is None else Mapping.from_data(saved)


def _size(source: Path | BinaryIO) -> int:
    try:
        return source.stat().st_size if isinstance(source, Path) else 0
    except (OSError, ValueError):  # what is wrong with the name is said when it is opened
        return 0


class _Run:
    """One import under way."""

    def __init__(
        self,
        session: Session,
        source: Path | BinaryIO,
        name: str,
        organisation: str,
        progress: Progress,
        dry_run: bool,
    ) -> None:
        self.session = session
        self.organisation = organisation
        self._source = source
        self._name = name
        self._progress = progress
        self._dry_run = dry_run
        self._size = _size(source)
        self._entity = new_id()
        self._loading: imports.Loading | None = None
        self._begin: reading_events.Begin | None = None
        self._layout = 0
        self._buffer: list[Any] = []
        self._rejects = RejectsFile(session.profile.rejects / self._entity)
        self._rejected = 0
        self._ignored: dict[str, int] = {}
        self._kinds: dict[str, int] = {}
        self._parts: list[dict[str, str]] = []
        self._seen: set[str] = set()
        self._dry_keys: set[str] = set()
        self._accepted = 0
        self._done_bytes = 0

    def take(self, event: Any) -> None:
        """Take one message of the reader's."""
        if isinstance(event, reading_events.Rows):
            self._buffer.extend(event.rows)
            self._done_bytes = event.bytes_read
            if len(self._buffer) >= ROWS_A_TRANSACTION:
                self._flush()
            self._progress(self._done_bytes, self._size or None)
        elif isinstance(event, reading_events.Rejects):
            self._rejected += len(event.items)
            if not self._dry_run:
                self._rejects.add([(item.line, item.reason, item.text) for item in event.items])
        elif isinstance(event, reading_events.Begin):
            self._start(event)
        elif isinstance(event, reading_events.NeedsMapping):
            raise NeedsMapping(
                f"{self._name} is a table that has not been described yet.",
                "Import it from the window to choose what its columns mean, or give --mapping FILE.",
            )
        elif isinstance(event, reading_events.LayoutChange):
            self._flush()
            if self._loading is not None:
                with self.session.store.write():
                    self._layout = self._loading.layout(event.layout)
        elif isinstance(event, reading_events.Part):
            self._parts.append({"name": event.name, "format": event.format, "why": event.why})
        elif isinstance(event, reading_events.Ignored):
            for kind, number in event.counts.items():
                self._ignored[kind] = self._ignored.get(kind, 0) + number

    def _start(self, begin: reading_events.Begin) -> None:
        self._begin = begin
        self._rejects.describe(begin.format, list(begin.headers), begin.delimiter)
        if self._dry_run:
            return
        store = self.session.store
        with store.write():
            imports.remove_loading(store)  # what an earlier import could not remove, for want of room say
            self._loading = imports.Loading(
                store,
                self._entity,
                imports.Source(self._name, begin.format, self._size, "", self.organisation),
                milliseconds(self.session.now()),
                self._size // _ASSUMED_ROW_BYTES,
            )
            self._layout = self._loading.layout(begin.layout)

    def _flush(self) -> None:
        if not self._buffer:
            return
        rows, self._buffer = self._buffer, []
        for place, number in Counter(row[_KIND] for row in rows).items():
            self._kinds[KINDS[place]] = self._kinds.get(KINDS[place], 0) + number
        self._accepted += len(rows)
        if self._dry_run:
            self._dry_keys.update(row[1] for row in rows)
            return
        if self._loading is None:
            raise BadFile(f"The reader of {self._name} sent rows before saying what they are.", "Report this to us.")
        with self.session.store.write():
            self._loading.add(rows, self._layout)

    def finish(self, mapping: Mapping | None) -> Imported:
        """Make what was read count, in one last transaction with its journal entry; remember how it was read."""
        self._flush()
        begin = self._begin
        if begin is None:
            raise BadFile(f"{self._name} holds nothing that could be read.", "Check that it is the file you meant.")
        if self._dry_run:
            return self._dry_result(begin)
        if self._loading is None:
            raise BadFile(f"{self._name} holds nothing that could be read.", "Check that it is the file you meant.")
        session, store = self.session, self.session.store
        keyed_hash = self._keyed_hash()
        now = milliseconds(session.now())
        rejects_path = self._rejects.close()
        with store.write():
            done = self._loading.finish(
                now, self._rejected, sum(self._ignored.values()), rejects_path, keyed_hash, self._summary()
            )
            described = {
                "name": self._name, "size": self._size, "keyed_hash": keyed_hash, "format": begin.format,
                "source": begin.source, "organisation": self.organisation, "records": done.records, "new": done.new,
                "repeats": done.repeats, "rejected": done.rejected,
            }  # fmt: skip
            written = journal.append(
                store,
                session.author,
                now,
                journal.new_act(),
                [
                    Change("import", self._entity, CREATED, {}, tlp.GREEN),
                    Change("import", self._entity, "record", described, tlp.DEFAULT_FOR_EVIDENCE),
                    Change("import", self._entity, "root", {"leaves": done.leaves, "root": done.root}, tlp.GREEN),
                ],
            )
            projections.project_all(store, written.touched)
            if mapping is not None:
                known = replace(mapping, fingerprint=header_fingerprint(begin.headers))
                imports.save_mapping(store, known.fingerprint, known.name, known.as_data(), now)
        label = f"Imported {self._name}"
        touched = written.touched | {("alert", "")}
        return Imported(
            str(self._source) if isinstance(self._source, Path) else "-", begin.format, begin.source, begin.why,
            done.records, done.new, done.repeats, done.rejected, dict(self._ignored), rejects_path, self._entity,
            Changes(written.id, label, self._entity, "", touched),
        )  # fmt: skip

    def _dry_result(self, begin: reading_events.Begin) -> Imported:
        store = self.session.store
        new = len(self._dry_keys) - len(alerts.numbers_of(store, self._dry_keys))
        return Imported(
            str(self._source) if isinstance(self._source, Path) else "-", begin.format, begin.source, begin.why,
            self._accepted + self._rejected, new, self._accepted - new, self._rejected, dict(self._ignored),
        )  # fmt: skip

    def _summary(self) -> str:
        """Return as JSON what the import history says beside the counts."""
        begin = self._begin
        told = {
            "why": begin.why if begin else "", "source": begin.source if begin else "", "ignored": self._ignored,
            "kinds": self._kinds, "parts": self._parts,
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False, sort_keys=True)

    def _keyed_hash(self) -> str:
        """Return a hash by which we know this file again, and nobody else does; '' for standard input."""
        if not isinstance(self._source, Path):
            return ""
        found = hmac.new(bytes(self.session.key), b"file1\0", hashlib.sha256)
        try:
            with self._source.open("rb") as file:
                while piece := file.read(1 << 20):
                    found.update(piece)
        except OSError:
            raise vanished(self._name) from None
        return found.hexdigest()

    def remove(self) -> None:
        """Leave nothing behind."""
        self._rejects.discard()
        if self._loading is not None:
            # What cannot be removed now (a full disk, say) is removed before the next import, or at the next start.
            with contextlib.suppress(TriageError), self.session.store.write():
                self._loading.remove()
