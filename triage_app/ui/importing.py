"""Taking files in from the window: choose or drop, look, confirm, watch, and be told what came of it.

The dialog and the import service are loaded with the first file: a start need not wait for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.tasks import Task
from triage_app.ui.text import text_label
from triage_app.ui.theme import font
from triage_app.ui.widgets import TextField, primary, secondary

if TYPE_CHECKING:
    from triage_app.services.import_alerts import Imported
    from triage_app.ui.dialogs.import_file import ImportDialog, Job

MOST_FILES = 50
"""Files of one gesture: more belong on the command line."""


MANY_ROWS = 5_000
"""From here on the speed is worth saying."""


class Importing(QObject):
    """One gesture at a time: its files are taken in one after the other, each whole or not at all."""

    imported = Signal(str, str, object)
    """What came of it, what is to be known beside, and how to take it back (a callable, or None)."""

    def __init__(self, desk: Desk, parent: QWidget, ask: Callable[[str, str, str], bool]) -> None:
        """``ask`` is ``Messages.ask``."""
        super().__init__(parent)
        self._window = parent
        self._ask = ask
        self._desk = desk
        self._jobs: list[Job] = []
        self._done: list[Imported] = []
        self._trouble: list[str] = []
        self._task: Task | None = None
        self._started = 0.0
        self.dialog: ImportDialog | None = None
        self.rejects: Dialog | None = None

    def is_at_work(self) -> bool:
        """Tell whether files are being taken in, or wait for it."""
        return self._task is not None

    def choose(self) -> None:
        """Ask for files."""
        names, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Alert files to import"))
        if names:
            self.open([Path(name) for name in names])

    def open(self, untrusted_paths: Sequence[Path]) -> None:
        """Show what some files hold; the responder confirms or goes away."""
        paths = list(dict.fromkeys(untrusted_paths))[:MOST_FILES]
        if not paths:
            return
        if self.dialog is not None and not self.dialog.leave():
            return
        from triage_app.ui.dialogs.import_file import ImportDialog

        dialog = ImportDialog(self._desk, paths, self._ask, self._window)
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

    def start(self, jobs: Sequence[Job], left_out: str = "") -> None:
        """Take files in; what runs already goes first. ``left_out`` says which others of the gesture were not."""
        self._jobs.extend(jobs)
        if self._task is None:
            self._done, self._trouble, self._started = [], [], time.monotonic()
        if left_out:
            self._trouble.append(self.tr("Not imported: {0}").format(left_out))
        if self._task is None:
            self._next()

    def _next(self) -> None:
        if not self._jobs:
            self._task = None
            self._tell()
            return
        from triage_app.services.import_alerts import import_file

        job = self._jobs.pop(0)
        begun: list[Task] = []

        def work(session: Any, progress: Any) -> Imported:
            return import_file(
                session, job.path, mapping=job.mapping, organisation=job.organisation, progress=progress,
                is_cancelled=lambda: bool(begun) and begun[0].is_cancelled(),
            )  # fmt: skip

        self._task = self._desk.long(
            self.tr("Import: {0}").format(job.path.name), work, self._took, self._could_not, self._cancelled
        )
        begun.append(self._task)

    def _took(self, imported: Imported) -> None:
        self._done.append(imported)
        if imported.changes is not None:
            self._desk.changed(imported.changes)
        self._next()

    def _could_not(self, error: TriageError) -> None:
        self._trouble.append(f"{error.what} {error.do}")
        self._next()

    def _cancelled(self) -> None:
        left = len(self._jobs)
        self._jobs.clear()
        words = self.tr("The import was cancelled; nothing of that file was kept.")
        self._trouble.append(words if not left else f"{words} " + self.tr("{0} more were not begun.").format(left))
        self._next()

    def _tell(self) -> None:
        """Say what came of the gesture, and offer the rows that were set aside."""
        done, seconds = self._done, time.monotonic() - self._started
        what = self._sentence(done, seconds) if done else self.tr("Nothing was imported.")
        then = " ".join(self._trouble)
        ignored = sum(sum(each.ignored.values()) for each in done)
        if ignored:
            then = f"{then} " + self.tr("{0} sound records are no alerts and were left out.").format(f"{ignored:,}")
        files = [each.rejects_file for each in done if each.rejects_file]
        self.imported.emit(what, then.strip(), (lambda: self._take_back(done)) if done else None)
        if files:
            self.rejects = rejects_dialog(self._window, sum(each.rejected for each in done), files)
            self.rejects.finished.connect(lambda _: setattr(self, "rejects", None))
            self.rejects.show()

    def _sentence(self, done: Sequence[Imported], seconds: float) -> str:
        records, new = sum(each.records for each in done), sum(each.new for each in done)
        repeats, rejected = sum(each.repeats for each in done), sum(each.rejected for each in done)
        name = Path(done[0].path).name if len(done) == 1 else self.tr("{0} files").format(len(done))
        words = self.tr("Imported {0}: {1} records, {2} new, {3} repeats, {4} rejected.").format(
            name, f"{records:,}", f"{new:,}", f"{repeats:,}", f"{rejected:,}"
        )
        if records >= MANY_ROWS and seconds > 0:
            words = words[:-1] + self.tr(", {0} rows/s.").format(f"{int(records / seconds):,}")
        return words

    def _take_back(self, done: Sequence[Imported]) -> None:
        from triage_app.services.import_alerts import undo_import

        for each in done:
            self._desk.act(
                lambda session, which=each.id: undo_import(session, which),  # type: ignore[misc]
                lambda changes: self.imported.emit(f"{changes.label}.", "", None),
            )


def rejects_dialog(parent: QWidget, many: int, files: Sequence[str]) -> Dialog:
    """Return the window that says where the rows are that could not be read, to be mended and imported again."""
    several = parent.tr("{0} rows could not be read").format(f"{many:,}")
    heading = parent.tr("1 row could not be read") if many == 1 else several
    made = Dialog(heading, parent=parent)
    made.setModal(False)
    made.setMinimumWidth(560)
    words = made.tr("They are kept with line number and reason. Mend them in the file and import it again.")
    made.body.addWidget(text_label(words, "body", "text2", wrap=True))
    for name in files[:10]:
        field = TextField(name=made.tr("File with the rows that could not be read"))
        field.setText(name)
        field.setReadOnly(True)
        field.setFont(font("mono"))
        made.body.addWidget(field)
    open_folder = secondary(made.tr("Open the folder"))
    copy = secondary(made.tr("Copy the path"), icon="copy")
    close = primary(made.tr("Close"))
    open_folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(files[0]).parent))))
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText("\n".join(files)))
    close.clicked.connect(made.accept)
    made.add_buttons(open_folder, copy, close)
    return made
