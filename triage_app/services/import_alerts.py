"""Taking alert files in: read by a process under limits, stored in chunks, all or nothing."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AnySet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.mapping import Mapping, header_fingerprint
from triage_app.domain.records import CREATED, import_id, new_id
from triage_app.errors import BadFile, TriageError
from triage_app.formats import reading, reading_events
from triage_app.language import say
from triage_app.services import refused_files, rules
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.content import keyed_hash
from triage_app.services.import_tally import Reason, Tally
from triage_app.services.leaving_out import LeavingOut
from triage_app.services.previewing import (
    Preview,
    Source,
    events_of,
    foretell,
    name_of,
    needs_mapping,
    preview,
    remembered,
    size_of,
)
from triage_app.services.progress import Progress, no_progress
from triage_app.services.rejects import RejectsFile
from triage_app.services.session import Session
from triage_app.store import imports, journal, projections, refusals, search
from triage_app.store.journal import Change

ROWS_A_TRANSACTION: Final = 5_000
"""Committing so often gives progress, cancel and crash safety, and keeps the reader busy meanwhile."""

_ASSUMED_ROW_BYTES: Final = 300

__all__ = ["Imported", "Preview", "Source", "import_file", "index_wait", "preview"]


@dataclass(frozen=True)
class Imported:
    """What one file came to. records = new + repeats + rejected + left_out."""

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
    kinds: dict[str, int] = field(default_factory=dict)
    "Records taken, by kind."
    reasons: tuple[Reason, ...] = ()
    "Why records were rejected or left out."
    left_out: int = 0
    "Records that the responder left out, having seen them in the preview."
    applied: rules.Applied = field(default_factory=rules.Applied)
    "What rules did with the alerts it brought."


def import_file(
    session: Session,
    source: Source,
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
    on_rows: Callable[[Sequence[Any]], None] = lambda rows: None,
    renew_refusal: bool = True,
    between: Callable[[], None] = lambda: None,
    leave_out: AnySet[str] = frozenset(),
) -> Imported:
    """Read one file and store what it holds, or nothing of it.

    A table nobody has described raises ``NeedsMapping``; one whose headers were mapped before is read
    as it was then. ``dry_run`` reads and counts but stores nothing. ``reader`` is the command of another
    reader process than our own; it is stopped once it has been silent for ``silence_seconds``. ``on_rows``
    is shown the records as they come, for somebody who watches. Raises ``BadFile``, ``Cancelled`` and what
    writing to the store may raise; in every case nothing of the file is left behind. That a file was bad is kept
    with the reason (``refused_files``); ``renew_refusal`` is its ``renew``. ``between`` is called whenever no
    transaction is open, some times a second: another act may be written then. ``leave_out`` names rows that are not
    taken in (``leaving_out.name_of``); where one of them is not in the file, nothing is, and ``BadInput`` says so.
    """
    shown, about = name_of(source, name), organisation.strip().upper()
    if dry_run:
        return _foretold(
            session, source, shown, format_name, mapping, about, progress, is_cancelled, leave_out, on_rows
        )
    known = remembered(session.store) if mapping is None and format_name is None else {}
    run = _Run(session, source, shown, about, progress, leave_out)
    try:
        for event in events_of(
            source, shown, "read", format_name, mapping, run.organisation, is_cancelled, reader, silence_seconds, known
        ):
            run.take(event)
            if isinstance(event, reading_events.Rows):
                on_rows(event.rows)
            between()
        done = run.finish(mapping)
        session.store.let_go_of_pages()
        return done
    except BaseException as error:
        run.remove()
        if isinstance(error, BadFile):
            refused_files.keep(session, shown, source, error, renew=renew_refusal)
        raise


def _foretold(
    session: Session,
    source: Source,
    name: str,
    format_name: str | None,
    mapping: Mapping | None,
    organisation: str,
    progress: Progress,
    is_cancelled: Callable[[], bool],
    leave_out: AnySet[str],
    on_rows: Callable[[Sequence[Any]], None],
) -> Imported:
    """Say what an import would come to, in its own words."""
    would = foretell(
        session.store, source, name=name, format_name=format_name, mapping=mapping, organisation=organisation,
        progress=progress, is_cancelled=is_cancelled, leave_out=leave_out, on_rows=on_rows,
    )  # fmt: skip
    return Imported(
        str(source) if isinstance(source, Path) else "-", would.format, would.source, would.why, would.records,
        would.new, would.repeats, would.rejected, would.ignored, kinds=would.kinds, reasons=would.reasons,
        left_out=would.left_out,
    )  # fmt: skip


def index_wait(session: Session, progress: Progress = no_progress, *, in_window: bool = False) -> int:
    """Bring the search index up to date; return how many rows were added to it.

    ``in_window`` works in smaller steps, so that a responder's act need not wait long.
    """
    rows = search.SMALL_SLICE if in_window else search.WHOLE_SLICE
    return search.index_all(session.store, progress, rows)


class _Run:
    """One import under way."""

    def __init__(
        self, session: Session, source: Source, name: str, organisation: str, progress: Progress, leave_out: AnySet[str]
    ) -> None:
        self.session = session
        self.organisation = organisation
        self._source = source
        self._name = name
        self._progress = progress
        self._size = size_of(source)
        self._nonce = new_id()
        self._entity = import_id(session.device, self._nonce)
        self._loading: imports.Loading | None = None
        self._begin: reading_events.Begin | None = None
        self._layout = 0
        self._buffer: list[Any] = []
        self._rejects = RejectsFile(session.profile.rejects / self._entity)
        self._tally = Tally()
        self._leaving = LeavingOut(leave_out, session.responder_name)
        self._started = time.monotonic()
        self._is_guarded = False

    def take(self, event: Any) -> None:
        """Take one message of the reader's."""
        event = self._leaving.rest_of(event)
        self._tally.take(event)
        if isinstance(event, reading_events.Rows):
            self._buffer.extend(event.rows)
            if len(self._buffer) >= ROWS_A_TRANSACTION:
                self._flush()
            self._progress(event.bytes_read, self._size or None)
        elif isinstance(event, reading_events.Rejects):
            self._rejects.add([(item.line, item.reason, item.text) for item in event.items])
        elif isinstance(event, reading_events.Begin):
            self._start(event)
        elif isinstance(event, reading_events.NeedsMapping):
            raise needs_mapping(self._name)
        elif isinstance(event, reading_events.LayoutChange):
            self._flush()
            if self._loading is not None:
                with self.session.store.write():
                    self._layout = self._loading.layout(event.layout)

    def _start(self, begin: reading_events.Begin) -> None:
        self._begin = begin
        self._rejects.describe(begin.format, list(begin.headers), begin.delimiter)
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
        if self._loading is None:
            raise BadFile(
                say("The reader of {0} sent rows before saying what they are.", self._name), "Report this to us."
            )
        if not self._is_guarded and len(rows) >= ROWS_A_TRANSACTION:  # a large file: what was there before it is copied
            self.session.safeguard("before-import")
            self._is_guarded = True
        with self.session.store.write():
            self._loading.add(rows, self._layout)

    def finish(self, mapping: Mapping | None) -> Imported:
        """Make what was read count, in one last transaction with its journal entry; remember how it was read."""
        self._flush()
        begin = self._begin
        if begin is None or self._loading is None:
            raise BadFile(
                say("{0} holds nothing that could be read.", self._name), "Check that it is the file you meant."
            )
        self._leaving.check(self._name)
        session, store = self.session, self.session.store
        tally, content = self._tally, keyed_hash(session, self._source, self._name)
        now = milliseconds(session.now())
        rejects_path = self._rejects.close()
        with store.write():
            done = self._loading.finish(
                now, tally.rejected, sum(tally.ignored.values()), rejects_path, content, self._summary(begin),
                self._leaving.count,
            )  # fmt: skip
            described: dict[str, Any] = {
                "name": self._name, "size": self._size, "keyed_hash": content, "format": begin.format,
                "source": begin.source, "organisation": self.organisation, "records": done.records, "new": done.new,
                "repeats": done.repeats, "rejected": done.rejected,
            }  # fmt: skip
            if self._leaving.count:
                described["left_out"] = self._leaving.count
            root = {"leaves": done.leaves, "nonce": self._nonce, "root": done.root}
            written = journal.append(
                store,
                session.author,
                now,
                journal.new_act(),
                [
                    Change("import", self._entity, CREATED, {}, tlp.GREEN),
                    Change("import", self._entity, "record", described, tlp.DEFAULT_FOR_EVIDENCE),
                    Change("import", self._entity, "root", root, tlp.GREEN),
                ],
            )
            projections.project_all(store, written.touched)
            applied = rules.after_import(session, done.number)
            refusals.forget_content(store, content)
            if mapping is not None:
                # JSON, and what lies in an archive, has no headers of its own: its guess named them.
                named = header_fingerprint(begin.headers) if begin.headers else mapping.fingerprint
                if named:
                    known = replace(mapping, fingerprint=named)
                    imports.save_mapping(store, known.fingerprint, known.name, known.as_data(), now, begin.format)
        label = f"Imported {self._name}"
        touched = written.touched | applied.touched | {("alert", "")}
        return Imported(
            str(self._source) if isinstance(self._source, Path) else "-", begin.format, begin.source, begin.why,
            done.records, done.new, done.repeats, done.rejected, dict(tally.ignored), rejects_path, self._entity,
            Changes(written.id, label, self._entity, "", touched), tally.kinds,
            self._leaving.reasons(tally.reasons), self._leaving.count, applied,
        )  # fmt: skip

    def _summary(self, begin: reading_events.Begin) -> str:
        """Return as JSON what the import history says beside the counts."""
        tally = self._tally
        told = {
            "why": begin.why, "source": begin.source, "ignored": tally.ignored, "kinds": tally.kinds,
            "parts": tally.parts, "reasons": [reason.as_data() for reason in self._leaving.reasons(tally.reasons)],
            "milliseconds": round((time.monotonic() - self._started) * 1000),
        }  # fmt: skip
        if self._leaving.count:
            told["left_out"] = self._leaving.as_data()
        return json.dumps(told, ensure_ascii=False, sort_keys=True)

    def remove(self) -> None:
        """Leave nothing behind."""
        self._rejects.discard()
        if self._loading is not None:
            # What cannot be removed now (a full disk, say) is removed before the next import, or at the next start.
            with contextlib.suppress(TriageError), self.session.store.write():
                self._loading.remove()
