"""Taking files in from the window: choose, drop or paste, look, confirm, watch, and be told what came of it.

The dialogs and the import service are loaded with the first file: a start need not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.import_outcome import ImportOutcome
from triage_app.ui.import_progress import Reading
from triage_app.ui.quiet import resting
from triage_app.ui.tasks import Task

if TYPE_CHECKING:
    from triage_app.services.import_alerts import Imported
    from triage_app.services.incoming_files import Gathered
    from triage_app.ui.dialogs.import_file import ImportDialog, Job
    from triage_app.ui.dialogs.import_pending import Given

SHOWN_AFTER_S = 0.4
"""An import that is over sooner is not shown under way: what only flashes is no help."""


class Importing(QObject):
    """One gesture at a time: its files are taken in one after the other, each whole or not at all."""

    imported = Signal(str, str, object)
    """What came of it, what is to be known beside, and how to take it back (a callable, or None)."""
    moved = Signal()
    """``reading`` has gone on, or there is none any more."""
    sealed = Signal(list)
    """Files that were named and are sealed, bundles or receipts: they are merged, not imported."""
    packs = Signal(list)
    """Files that were named and are packs of reference data: they are no evidence."""

    def __init__(self, desk: Desk, parent: QWidget, ask: Callable[[str, str, str], bool]) -> None:
        """``ask`` is ``Messages.ask``, with the safe answer first: what it asks about cannot be had back."""
        super().__init__(parent)
        self._window = parent
        self._ask = ask
        self._desk = desk
        self._jobs: list[Job] = []
        self._count = 0
        self._task: Task | None = None
        self.reading: Reading | None = None
        self.dialog: ImportDialog | None = None
        self.outcome = ImportOutcome(desk, parent)
        self.outcome.told.connect(self.imported)

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

        def gathered(
            _: object, __: object, is_cancelled: Callable[[], bool]
        ) -> tuple[Gathered, list[Path], list[Path]]:
            from triage_app.services.incoming_files import gather
            from triage_app.services.reference_shelf import is_pack
            from triage_app.services.watched_bundles import is_sealed

            sealed = [path for path in paths if path.is_file() and is_sealed(path)]
            packs = [path for path in paths if path.is_file() and is_pack(path)]
            others = [path for path in paths if path not in sealed and path not in packs]
            return gather(others, is_cancelled=is_cancelled), sealed, packs

        self._desk.aside(gathered, while_alive(self, lambda found: self._gathered(*found)))

    def _gathered(self, found: Gathered, sealed: list[Path], packs: list[Path]) -> None:
        from triage_app.ui.given import passed_over

        passed = passed_over(found)
        if sealed:
            self.sealed.emit(sealed)
        if packs:
            self.packs.emit(packs)
        if found.files:
            self._show(found.files, passed)
        elif not (sealed or packs) or passed:
            self.imported.emit(self.tr("There is no file to import there."), passed, None)

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
        is_accepted = result == QDialog.DialogCode.Accepted
        jobs = dialog.jobs() if is_accepted else []
        left = dialog.left_out()
        refused = dialog.refused() if is_accepted or dialog.was_put_away else []
        self.dialog = None
        dialog.deleteLater()
        if refused:
            self._keep_refused(refused)
        if jobs:
            self.start(jobs, left, [(name, error) for name, _, error in refused])

    def _keep_refused(self, refused: Sequence[tuple[str, Path | bytes, TriageError]]) -> None:
        """Have it kept why files were refused, for the place of imports to show."""

        def keep(session: Any, _: object) -> None:
            from triage_app.services import refused_files

            for name, source, error in refused:
                refused_files.keep(session, name, source, error)

        self._desk.long("", keep, lambda _: self._refusal_kept())

    def _refusal_kept(self) -> None:
        from triage_app.services import refused_files

        self._desk.changed(refused_files.TOUCHED)

    def start_samples(self) -> None:
        """Take in the samples that ship with the program: only a demonstration asks for them."""
        from triage_app.services.samples import sample_files
        from triage_app.ui.dialogs.import_file import Job

        self.start([Job(path, mapping, self._desk.organisation) for path, mapping in sample_files()])

    # -- taking it in -------------------------------------------------------------------------------------

    def start(self, jobs: Sequence[Job], left_out: str = "", refused: Sequence[tuple[str, TriageError]] = ()) -> None:
        """Take files in; what runs already goes first.

        ``left_out`` says which others of the gesture were not, ``refused`` why each of them.
        """
        if self._task is None:
            self.outcome.begin()
            self._count = 0
        self._jobs.extend(jobs)
        self._count += len(jobs)
        if left_out:
            self.outcome.add_left_out(self.tr("Not imported: {0}").format(left_out), refused)
        if self._task is None:
            self._next()

    def cancel(self) -> None:
        """Stop the import under way; nothing of that file is kept, and those after it are not begun."""
        if self._task is not None:
            self._task.cancel()

    def _next(self) -> None:
        if not self._jobs:
            self._task = self.reading = None
            self.moved.emit()
            self.outcome.tell()
            return
        job = self._jobs.pop(0)
        begun: list[Task] = []
        number = self._count - len(self._jobs)
        self.reading = reading = Reading(job.shown, number, self._count)

        def work(session: Any, progress: Any) -> Imported:
            from triage_app.services.import_alerts import import_file  # loading it is not the window's work either

            with resting():
                return import_file(
                    session, job.path, name=job.name, mapping=job.mapping, format_name=job.format_name,
                    organisation=job.organisation, progress=progress, on_rows=reading.saw, leave_out=job.leave_out,
                    is_cancelled=lambda: bool(begun) and begun[0].is_cancelled(), between=self._desk.let_acts_in,
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
        if reading is self.reading and self.outcome.seconds >= SHOWN_AFTER_S:
            self.moved.emit()

    def speed_words(self) -> str:
        """Return how many records a second are read, in words, "" while that cannot be said."""
        speed = self.reading.pace.a_second if self.reading is not None else None
        return self.tr("{0} rows/s").format(f"{int(speed):,}") if speed else ""

    def _took(self, imported: Imported) -> None:
        self.outcome.add(imported)
        if imported.changes is not None:
            self._desk.changed(imported.changes)
        self._next()

    def _could_not(self, name: str, error: TriageError) -> None:
        self.outcome.add_refusal(name, error)
        self._refusal_kept()
        self._next()

    def _cancelled(self) -> None:
        left = len(self._jobs)
        self._jobs.clear()
        words = self.tr("The import was cancelled; nothing of that file was kept.")
        self.outcome.add_trouble(words if not left else f"{words} " + self.tr("{0} more were not begun.").format(left))
        self._next()
