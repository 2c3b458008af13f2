"""What came of the files of one gesture: said in a sentence, shown file by file, and taken back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from triage_app.errors import TriageError
from triage_app.ui.desk import Desk

if TYPE_CHECKING:
    from triage_app.services.import_alerts import Imported
    from triage_app.ui.dialogs.import_result import ImportResult

MANY_ROWS = 5_000
"""From here on the speed is worth saying."""


class ImportOutcome(QObject):
    """Gathered file by file, told once the last of them is done."""

    told = Signal(str, str, object)
    """As ``Importing.imported``."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._desk = desk
        self._done: list[Imported] = []
        self._trouble: list[str] = []
        self._refused: list[tuple[str, str]] = []
        self._started = 0.0
        self._last: tuple[list[str], list[tuple[str, str]]] = ([], [])
        self.dialog: ImportResult | None = None

    def begin(self) -> None:
        """Forget the gesture before this one."""
        self._done, self._trouble, self._refused = [], [], []
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the gesture has been under way."""
        return time.monotonic() - self._started

    def add(self, imported: Imported) -> None:
        """Note a file that was taken in."""
        self._done.append(imported)

    def add_refusal(self, name: str, error: TriageError) -> None:
        """Note a file that was not taken in, with why and what to do."""
        self._trouble.append(f"{error.what} {error.do}")
        self._refused.append((name, f"{error.what} {error.do}"))

    def add_trouble(self, words: str) -> None:
        """Note something else that is to be said."""
        self._trouble.append(words)

    def tell(self) -> None:
        """Say what came of the gesture, and show it whole where something needs to be looked at."""
        done, seconds = self._done, time.monotonic() - self._started
        what = self._sentence(done, seconds) if done else self.tr("Nothing was imported.")
        then = " ".join(self._trouble)
        beside = self._beside(done)
        if beside:
            then = f"{then} {beside}"
        self._last = ([each.id for each in done], list(self._refused))
        self.told.emit(what, then.strip(), (lambda: self._take_back(done)) if done else None)
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
            words += " " + self.tr("{0} sound records are of no use here and were left out.").format(f"{ignored:,}")
        return words.strip()

    def _sentence(self, done: Sequence[Imported], seconds: float) -> str:
        records, new = sum(each.records for each in done), sum(each.new for each in done)
        repeats, rejected = sum(each.repeats for each in done), sum(each.rejected for each in done)
        name = self.tr("{0} files").format(len(done))
        if len(done) == 1:
            name = Path(done[0].path).name if done[0].path != "-" else self.tr("the pasted text")
        words = self.tr("Imported {0}: {1} records, {2} new, {3} repeats, {4} rejected.").format(
            name, f"{records:,}", f"{new:,}", f"{repeats:,}", f"{rejected:,}"
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

        if self.dialog is not None:
            self.dialog.accept()
        self.dialog = made = ImportResult(self._desk, *self._last, self._window)
        made.finished.connect(lambda _: self._closed(made))
        made.show()

    def _closed(self, made: ImportResult) -> None:
        if self.dialog is made:
            self.dialog = None
        made.deleteLater()

    def _take_back(self, done: Sequence[Imported]) -> None:
        from triage_app.services.import_alerts import undo_import

        taken: list[str] = []

        def told(label: str) -> None:
            taken.append(label)
            words = self.tr("Took back {0} imports: each can be put back under Imports.")
            self.told.emit(f"{label}." if len(taken) == 1 else words.format(len(taken)), "", None)

        for each in done:
            self._desk.act(
                lambda session, which=each.id: undo_import(session, which),  # type: ignore[misc]
                lambda changes: told(changes.label),
            )
