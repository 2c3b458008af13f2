"""What the search box of the window does: a reference opens its record, words go where they are found."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from triage_app.errors import BadInput, TriageError
from triage_app.services.alert_filter import read_filter
from triage_app.services.finding import Hits, find, hits
from triage_app.ui.desk import Desk


class Finder(QObject):
    """Looks for what was typed; whoever shows the places goes there."""

    record_found = Signal(str, str)
    """(kind, id or words): a record, or the list of evidence that alone holds the words."""
    alerts_wanted = Signal(str)
    """The queue is to be narrowed to this filter: it comes first, and names the lists that hold the words too."""

    def __init__(self, desk: Desk, refuse: Callable[[TriageError], None], parent: QObject | None = None) -> None:
        """``refuse`` is told of what cannot be read as a filter."""
        super().__init__(parent)
        self._desk = desk
        self._refuse = refuse
        self._asked = ""

    def find(self, typed: str) -> None:
        """Look for a record by its reference, or for words in all evidence, which takes a query."""
        words = self._asked = typed.strip()
        if not words:
            return
        for kind in ("incident", "victim", "action"):
            try:
                found = find(self._desk.store, kind, words)
            except TriageError:
                continue
            self.record_found.emit(kind, found)
            return
        try:
            narrowed = read_filter(self._desk, words)
        except BadInput as error:
            self._refuse(error)
            return
        self._desk.query(lambda store: hits(store, narrowed), lambda found: self._found(words, narrowed.text, found))

    def _found(self, typed: str, words: str, found: Hits) -> None:
        if typed != self._asked:
            return
        self._asked = ""
        if found.lists and not found.alerts:
            self.record_found.emit(next(iter(found.lists)), words)
        else:
            self.alerts_wanted.emit(typed)
