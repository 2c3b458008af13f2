"""What the queue offers to undo: what was done last, and of imports only what still can be."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from triage_app.services.changes import Changes
from triage_app.services.undo import Undone, can_undo
from triage_app.ui.desk import Desk
from triage_app.ui.import_outcome import ImportOffer
from triage_app.ui.widgets import ResultLine


class UndoOffer:
    """Keeps the result line true to what Undo would do."""

    def __init__(self, desk: Desk, result: ResultLine) -> None:
        self._desk = desk
        self._result = result
        self.import_act: ImportOffer | None = None

    def acted(self, changes: Changes) -> None:
        """Offer what was just done, wherever it was: what was offered before is no longer the newest.

        Imports of files are taken back and put back by themselves, so they come between nothing else.
        """
        if changes.touches("import") and can_undo(self._desk.store, self._desk.device) != changes.act:
            return
        if self.import_act is not None or self._result.offers_undo():
            self.import_act = None
            newest = can_undo(self._desk.store, self._desk.device) == changes.act
            self._result.say(f"{changes.label}.", undoable=newest, aloud=False)

    def settle(self, changes: Changes) -> None:
        """Offer no longer what has been done elsewhere meanwhile."""
        if self.import_act is not None and not self.import_act.stands(self._desk.store):
            self.import_act = None
            if self._result.offers_undo():
                self._result.say(f"{changes.label}." if changes.label else "", undoable=False, aloud=False)
                self._result.setVisible(bool(changes.label))

    def say_undone(self, undone: Undone, label: str) -> None:
        """Say what was undone, and what was left because somebody has built on it."""
        tr, left, words = QCoreApplication.translate, undone.left, ""
        what = tr("QueueView", "Undone: {0}.").format(label) if label else f"{undone.changes.label}."
        if left:
            why = "; ".join(f"{item['field'].lstrip('_').replace('_', ' ')}: {item['why']}" for item in left[:3])
            words = tr("QueueView", "{0} left as they were: {1}.").format(len(left), why)
        self._result.say(what, words, undoable=False, glyph="warning" if left else "ok")
