"""What came of the files of one gesture: said in a sentence, shown file by file, and taken back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from triage_app.domain.indicators import LINK_TO_READ_ON
from triage_app.errors import TriageError
from triage_app.language import plural
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk

if TYPE_CHECKING:
    from triage_app.services.changes import Changes
    from triage_app.services.import_alerts import Imported
    from triage_app.services.import_history import ImportSummary
    from triage_app.store.connection import Store
    from triage_app.ui.dialogs.import_result import ImportResult
    from triage_app.ui.dialogs.take_back import TakeBackDialog

MANY_ROWS = 5_000
"""From here on the speed is worth saying."""


class ImportOffer:
    """Taking the imports of a gesture back, or putting them back: offered as long as there is one to do it to."""

    def __init__(self, ids: Sequence[str], run: Callable[[Sequence[str]], None], *, puts_back: bool = False) -> None:
        self._ids = ids
        self._run = run
        self._puts_back = puts_back

    def __call__(self) -> None:
        """Do it, or ask first."""
        self._run(self._ids)

    def stands(self, store: Store) -> bool:
        """Tell whether any of the imports still is as it was when this was offered."""
        from triage_app.store import imports

        found = (imports.named(store, each) for each in self._ids)
        return any(each is not None and each[1] == self._puts_back for each in found)


class ImportOutcome(QObject):
    """Gathered file by file, told once the last of them is done."""

    told = Signal(str, str, object)
    """As ``Importing.imported``."""
    refused = Signal(object)
    """A ``TriageError``: what was offered could not be done, and is not offered any more."""
    closed = Signal()
    """What came of it has been read and put away: the list behind it may have the focus again."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._desk = desk
        self._done: list[Imported] = []
        self._trouble: list[str] = []
        self._refused: list[tuple[str, str]] = []
        self._known: list[tuple[str, str]] = []
        self._said = ""
        self._started = 0.0
        self._last: tuple[list[str], list[tuple[str, str]]] = ([], [])
        self.dialog: ImportResult | None = None
        self.asked: TakeBackDialog | None = None

    def begin(self) -> None:
        """Forget the gesture before this one."""
        self._done, self._trouble, self._refused, self._known = [], [], [], []
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

    def add_left_out(self, words: str, why: Sequence[tuple[str, TriageError]]) -> None:
        """Note files that were known before not to be taken in: in a word for all, and each with its reason."""
        self._trouble.append(words)
        self._known += [(name, f"{error.what} {error.do}") for name, error in why]

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
        self._last = ([each.id for each in done], [*self._refused, *self._known])
        self._said = what
        ids = self._last[0]
        self.told.emit(what, then.strip(), ImportOffer(ids, self._take_back) if done else None)
        if done and (self._refused or any(each.rejected for each in done)):
            self.show_result()

    def _beside(self, done: Sequence[Imported]) -> str:
        """Say what kinds came where not all are alerts, and how much was left out."""
        from triage_app.ui.views.kind_words import kinds_in_words, left_out_in_words

        kinds: dict[str, int] = {}
        for each in done:
            for kind, number in each.kinds.items():
                kinds[kind] = kinds.get(kind, 0) + number
        words = self.tr("{0}.").format(kinds_in_words(kinds)) if set(kinds) - {"alert"} else ""
        links = sum(each.ignored.get(LINK_TO_READ_ON, 0) for each in done)
        ignored = sum(sum(each.ignored.values()) for each in done) - links
        if ignored:
            told = plural(
                ignored,
                "1 sound record was not kept, as there is no list for it.",
                "{0} sound records were not kept, as there is no list for them.",
            )
            words += " " + told.format(f"{ignored:,}")
        if links:
            words += " " + left_out_in_words({LINK_TO_READ_ON: links}, "")
        ruled = [each.applied.words for each in done if each.applied.words]
        return " ".join([words.strip(), *ruled]).strip()

    def _sentence(self, done: Sequence[Imported], seconds: float) -> str:
        from triage_app.ui.views.kind_words import records_in_words, tally_in_words

        records, new = sum(each.records for each in done), sum(each.new for each in done)
        repeats, rejected = sum(each.repeats for each in done), sum(each.rejected for each in done)
        name = self.tr("{0} files").format(len(done))
        if len(done) == 1:
            name = Path(done[0].path).name if done[0].path != "-" else self.tr("the pasted text")
        words = self.tr("Imported {0}: {1}, {2}.").format(
            name, records_in_words(records), tally_in_words(new, repeats, rejected, sum(each.left_out for each in done))
        )
        if records >= MANY_ROWS and seconds > 0:
            words = words[:-1] + self.tr(", {0} rows/s.").format(f"{int(records / seconds):,}")
        return words

    def details_for(self, what: str) -> str:
        """Return what the link to the whole result is called beside a sentence, "" where that speaks of another act."""
        if what != self._said or not self.has_result():
            return ""
        return self.tr("Why") if self._last[1] else self.tr("Details")

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
            self.closed.emit()
        made.deleteLater()

    # -- taking back --------------------------------------------------------------------------------------

    def _take_back(self, ids: Sequence[str]) -> None:
        """Take the files of the gesture back; ask which where there are several, or where rejected rows go too."""
        from triage_app.services import import_history

        def read(store: Store) -> list[ImportSummary]:
            return [import_history.summary(store, each) for each in ids]

        if self.asked is None:
            self._desk.query(read, while_alive(self, self._ask_which))

    def _ask_which(self, found: list[ImportSummary]) -> None:
        from triage_app.ui.dialogs.take_back import TakeBackDialog

        standing = [each.id for each in found if not each.undone]
        if not standing:
            words = self.tr("It has been taken back already.")
            if len(found) > 1:
                words = self.tr("All {0} files have been taken back already.").format(len(found))
            self.told.emit(words, self.tr("Each can be put back under Imports."), None)
        elif len(found) == 1 and not found[0].rejects_file:
            self._take(standing)
        elif self.asked is None:
            self.asked = asked = TakeBackDialog(found, self._window)
            asked.chosen.connect(self._take)
            asked.finished.connect(lambda _: self._answered(asked))
            asked.open()

    def _answered(self, asked: TakeBackDialog) -> None:
        self.asked = None
        asked.deleteLater()

    def _take(self, ids: Sequence[str]) -> None:
        from triage_app.services.taking_back import take_back

        def told(changes: Changes) -> None:
            self.told.emit(f"{changes.label}.", "", ImportOffer(ids, self._put_back, puts_back=True))

        self._desk.act(lambda session: take_back(session, ids), while_alive(self, told), self._refuse)

    def _put_back(self, ids: Sequence[str]) -> None:
        from triage_app.services.taking_back import put_back

        def told(changes: Changes) -> None:
            self.told.emit(f"{changes.label}.", "", ImportOffer(ids, self._take_back))

        self._desk.act(lambda session: put_back(session, ids), while_alive(self, told), self._refuse)

    def _refuse(self, error: TriageError) -> None:
        self.refused.emit(error)
