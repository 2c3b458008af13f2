"""Taking files in from the window: choose, drop or paste, look, confirm, watch, and be told what came of it.

The dialogs and the import service are loaded with the first file: a start need not wait for them.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.services.progress import Pace
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.tasks import Task

if TYPE_CHECKING:
    from triage_app.services.import_alerts import Imported
    from triage_app.services.incoming_files import Gathered
    from triage_app.ui.dialogs.import_file import ImportDialog, Job
    from triage_app.ui.dialogs.import_pending import Given
    from triage_app.ui.dialogs.import_result import ImportResult

MANY_ROWS = 5_000
"""From here on the speed is worth saying."""

FIRST_ROWS = 500
"""Records that are shown while the rest of their file is still being read."""

SHOWN_AFTER_S = 0.4
"""An import that is over sooner is not shown under way: what only flashes is no help."""


@dataclass
class Reading:
    """The file being taken in. The lane counts, the window looks."""

    name: str
    number: int
    of: int
    began: float = field(default_factory=time.monotonic)
    rows: int = 0
    first: list[Any] = field(default_factory=list)
    done: int = 0
    total: int = 0
    pace: Pace = field(default_factory=Pace)
    bytes_pace: Pace = field(default_factory=Pace)

    def saw(self, rows: Sequence[Any]) -> None:
        """Count records as they come; called on the lane."""
        if len(self.first) < FIRST_ROWS:
            self.first = [*self.first, *rows[: FIRST_ROWS - len(self.first)]]
        self.rows += len(rows)

    def moved(self, done: int, total: int | None) -> None:
        """Note how far it is."""
        self.done, self.total = done, total or 0
        self.pace.note(self.rows)
        self.bytes_pace.note(done)

    @property
    def share(self) -> float | None:
        """How much of it has been read, 0 to 1; None where nobody knows."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take; None while that cannot be said."""
        return self.bytes_pace.left(self.total) if self.total else None


class Importing(QObject):
    """One gesture at a time: its files are taken in one after the other, each whole or not at all."""

    imported = Signal(str, str, object)
    """What came of it, what is to be known beside, and how to take it back (a callable, or None)."""
    result_closed = Signal()
    """What came of it has been read and put away: the list behind it may have the focus again."""
    moved = Signal()
    """``reading`` has gone on, or there is none any more."""

    def __init__(self, desk: Desk, parent: QWidget, ask: Callable[[str, str, str], bool]) -> None:
        """``ask`` is ``Messages.ask``."""
        super().__init__(parent)
        self._window = parent
        self._ask = ask
        self._desk = desk
        self._jobs: list[Job] = []
        self._count = 0
        self._done: list[Imported] = []
        self._trouble: list[str] = []
        self._refused: list[tuple[str, str]] = []
        self._task: Task | None = None
        self._started = 0.0
        self.reading: Reading | None = None
        self.dialog: ImportDialog | None = None
        self.result: ImportResult | None = None
        self._last: tuple[list[str], list[tuple[str, str]]] = ([], [])

    def is_at_work(self) -> bool:
        """Tell whether files are being taken in, or wait for it."""
        return self._task is not None

    # -- what is to be taken in ---------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for files."""
        names, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Files to import"))
        if names:
            self.open([Path(name) for name in names])

    def choose_folder(self) -> None:
        """Ask for a folder, of which every file is shown."""
        name = QFileDialog.getExistingDirectory(self._window, self.tr("Folder to import from"))
        if name:
            self.open([Path(name)])

    def paste(self) -> None:
        """Show what the clipboard holds: files, or a text."""
        self.take_given(QGuiApplication.clipboard().mimeData())

    def take_given(self, data: QMimeData | None) -> None:
        """Show what was dropped or pasted; nothing of it is taken in before the responder says so."""
        from triage_app.ui.given import MOST_CHARACTERS, given_by

        given = given_by(data)
        if given.paths:
            self.open(given.paths)
        elif given.text is not None:
            self._show([given.text])
        elif given.too_long:
            most = self.tr("Save it as a file and import that: a pasted text may have {0} characters.")
            self.imported.emit(self.tr("The text is too long to paste."), most.format(f"{MOST_CHARACTERS:,}"), None)
        else:
            then = self.tr("Copy files, or the text of a report, and paste again.")
            self.imported.emit(self.tr("There is nothing to paste that could be imported."), then, None)

    def open(self, untrusted_paths: Sequence[Path]) -> None:
        """Show what some files, and those in some folders, hold; the responder confirms or goes away."""
        paths = list(untrusted_paths)
        if not paths:
            return

        def gathered(_: object, __: object, is_cancelled: Callable[[], bool]) -> Gathered:
            from triage_app.services.incoming_files import gather

            return gather(paths, is_cancelled=is_cancelled)

        self._desk.aside(gathered, while_alive(self, self._gathered))

    def _gathered(self, found: Gathered) -> None:
        passed = self._passed_over(found)
        if found.files:
            self._show(found.files, passed)
        else:
            self.imported.emit(self.tr("There is no file to import there."), passed, None)

    def _passed_over(self, found: Gathered) -> str:
        """Say what of the folders is not shown."""
        words = []
        if found.beyond or found.cut:
            told = self.tr("Only the first {0} files are shown here; import the rest in smaller lots.")
            words.append(told.format(f"{len(found.files):,}"))
        for number, one, many in (
            (found.hidden, self.tr("1 hidden file was passed over."), self.tr("{0} hidden files were passed over.")),
            (found.links, self.tr("1 link was not followed."), self.tr("{0} links were not followed.")),
            (
                found.unread,
                self.tr("1 folder could not be looked into."),
                self.tr("{0} folders could not be looked into."),
            ),
        ):
            if number:
                words.append(one if number == 1 else many.format(f"{number:,}"))
        return " ".join(words)

    def _show(self, given: Sequence[Given], note: str = "") -> None:
        if self.dialog is not None:
            self.dialog.add(given)
            if note:
                self.dialog.say(note)
            return
        from triage_app.ui.dialogs.import_file import ImportDialog

        dialog = ImportDialog(self._desk, given, self._ask, self._window, note)
        self.dialog = dialog
        dialog.finished.connect(lambda result: self._answered(dialog, result))
        dialog.open()

    def _answered(self, dialog: ImportDialog, result: int) -> None:
        jobs = dialog.jobs() if result == QDialog.DialogCode.Accepted else []
        left = dialog.left_out()
        self.dialog = None
        dialog.deleteLater()
        if jobs:
            self.start(jobs, left)

    def start_samples(self) -> None:
        """Take in the samples that ship with the program: only a demonstration asks for them."""
        from triage_app.services.samples import sample_files
        from triage_app.ui.dialogs.import_file import Job

        self.start([Job(path, mapping, self._desk.organisation) for path, mapping in sample_files()])

    # -- taking it in -------------------------------------------------------------------------------------

    def start(self, jobs: Sequence[Job], left_out: str = "") -> None:
        """Take files in; what runs already goes first. ``left_out`` says which others of the gesture were not."""
        if self._task is None:
            self._done, self._trouble, self._refused, self._started = [], [], [], time.monotonic()
            self._count = 0
        self._jobs.extend(jobs)
        self._count += len(jobs)
        if left_out:
            self._trouble.append(self.tr("Not imported: {0}").format(left_out))
        if self._task is None:
            # Python looks for garbage in all that is alive each time some thousand rows came, which holds the window
            # for 50 ms. What was there before the import is left out of that until it is over.
            gc.freeze()
            self._next()

    def cancel(self) -> None:
        """Stop the import under way; nothing of that file is kept, and those after it are not begun."""
        if self._task is not None:
            self._task.cancel()

    def _next(self) -> None:
        if not self._jobs:
            self._task = self.reading = None
            gc.unfreeze()
            self.moved.emit()
            self._tell()
            return
        from triage_app.services.import_alerts import import_file

        job = self._jobs.pop(0)
        begun: list[Task] = []
        number = self._count - len(self._jobs)
        self.reading = reading = Reading(job.shown, number, self._count)

        def work(session: Any, progress: Any) -> Imported:
            return import_file(
                session, job.path, name=job.name, mapping=job.mapping, format_name=job.format_name,
                organisation=job.organisation, progress=progress, on_rows=reading.saw,
                is_cancelled=lambda: bool(begun) and begun[0].is_cancelled(),
            )  # fmt: skip

        label = self.tr("Import: {0}").format(job.shown)
        if self._count > 1:
            label = self.tr("Import {0} of {1}: {2}").format(number, self._count, job.shown)
        self._task = self._desk.long(
            label, work, self._took, lambda error: self._could_not(job.shown, error), self._cancelled,
            lambda done, total: self._moved(reading, done, total),
        )  # fmt: skip
        begun.append(self._task)

    def _moved(self, reading: Reading, done: int, total: int | None) -> None:
        reading.moved(done, total)
        if reading is self.reading and time.monotonic() - self._started >= SHOWN_AFTER_S:
            self.moved.emit()

    def speed_words(self) -> str:
        """Return how many records a second are read, in words, "" while that cannot be said."""
        speed = self.reading.pace.a_second if self.reading is not None else None
        return self.tr("{0} rows/s").format(f"{int(speed):,}") if speed else ""

    def _took(self, imported: Imported) -> None:
        self._done.append(imported)
        if imported.changes is not None:
            self._desk.changed(imported.changes)
        self._next()

    def _could_not(self, name: str, error: TriageError) -> None:
        self._trouble.append(f"{error.what} {error.do}")
        self._refused.append((name, f"{error.what} {error.do}"))
        self._next()

    def _cancelled(self) -> None:
        left = len(self._jobs)
        self._jobs.clear()
        words = self.tr("The import was cancelled; nothing of that file was kept.")
        self._trouble.append(words if not left else f"{words} " + self.tr("{0} more were not begun.").format(left))
        self._next()

    # -- what came of it ----------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Say what came of the gesture, and show it whole where something needs to be looked at."""
        done, seconds = self._done, time.monotonic() - self._started
        what = self._sentence(done, seconds) if done else self.tr("Nothing was imported.")
        then = " ".join(self._trouble)
        beside = self._beside(done)
        if beside:
            then = f"{then} {beside}"
        self._last = ([each.id for each in done], list(self._refused))
        self.imported.emit(what, then.strip(), (lambda: self._take_back(done)) if done else None)
        if done and (self._refused or any(each.rejected for each in done)):
            self.show_result()

    def _beside(self, done: Sequence[Imported]) -> str:
        """Say what kinds came where not all are alerts, and how much was left out."""
        from triage_app.ui.views.kind_words import kinds_in_words

        kinds: dict[str, int] = {}
        for each in done:
            for kind, number in each.kinds.items():
                kinds[kind] = kinds.get(kind, 0) + number
        words = self.tr("{0}.").format(kinds_in_words(kinds)) if set(kinds) - {"alert"} else ""
        ignored = sum(sum(each.ignored.values()) for each in done)
        if ignored:
            one = self.tr("1 sound record was not kept, as there is no list for it.")
            many = self.tr("{0} sound records were not kept, as there is no list for them.")
            words += " " + (one if ignored == 1 else many.format(f"{ignored:,}"))
        return words.strip()

    def _sentence(self, done: Sequence[Imported], seconds: float) -> str:
        from triage_app.ui.views.kind_words import records_in_words, tally_in_words

        records, new = sum(each.records for each in done), sum(each.new for each in done)
        repeats, rejected = sum(each.repeats for each in done), sum(each.rejected for each in done)
        name = self.tr("{0} files").format(len(done))
        if len(done) == 1:
            name = Path(done[0].path).name if done[0].path != "-" else self.tr("the pasted text")
        words = self.tr("Imported {0}: {1}, {2}.").format(
            name, records_in_words(records), tally_in_words(new, repeats, rejected)
        )
        if records >= MANY_ROWS and seconds > 0:
            words = words[:-1] + self.tr(", {0} rows/s.").format(f"{int(records / seconds):,}")
        return words

    def has_result(self) -> bool:
        """Tell whether there is anything to be shown of the last gesture."""
        return bool(self._last[0] or self._last[1])

    def show_result(self) -> None:
        """Show what came of the last gesture, file by file."""
        if not self.has_result():
            return
        from triage_app.ui.dialogs.import_result import ImportResult

        if self.result is not None:
            self.result.accept()
        self.result = made = ImportResult(self._desk, *self._last, self._window)
        made.finished.connect(lambda _: self._result_closed(made))
        made.show()

    def _result_closed(self, made: ImportResult) -> None:
        if self.result is made:
            self.result = None
            self.result_closed.emit()
        made.deleteLater()

    def _take_back(self, done: Sequence[Imported]) -> None:
        from triage_app.services.import_alerts import undo_import

        taken: list[str] = []

        def told(label: str) -> None:
            taken.append(label)
            words = self.tr("Took back {0} imports: each can be put back under Imports.")
            self.imported.emit(f"{label}." if len(taken) == 1 else words.format(len(taken)), "", None)

        for each in done:
            self._desk.act(
                lambda session, which=each.id: undo_import(session, which),  # type: ignore[misc]
                lambda changes: told(changes.label),
            )
