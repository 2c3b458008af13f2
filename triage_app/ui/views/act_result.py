"""The result line of a place: what the responder's last act did, and Undo."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from triage_app.errors import TriageError
from triage_app.services.changes import Changes
from triage_app.services.undo import Undone, is_to_be_offered, is_undo, next_to_undo
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.views.commands import command, follow_single_keys
from triage_app.ui.widgets import ResultLine

_ROOM_FROM = 560
"""Logical pixels; where a place is lower, the foot of the window says it alone."""


class ActResult(ResultLine):
    """Says what was done while its place is in view; U takes back what it names, and nothing else."""

    def __init__(self, desk: Desk, place: QWidget) -> None:
        super().__init__()
        self._desk = desk
        self._place = place
        self._act = ""
        """What U takes back; "" is the newest that stands, while that is being looked for."""
        self._told = ""
        self._waits, self._again = False, 0
        """Whether something is being taken back, and how often U was pressed meanwhile."""
        desk.acted.connect(self._acted)
        self.undo_requested.connect(self.take_back)
        self.command = command(place, self.tr("&Undo this"), "U", self.tr("Take back what was done last here"),
                               self.take_back)  # fmt: skip
        self.command.setEnabled(False)
        follow_single_keys(desk, self, [self.command], undo=self)

    def _acted(self, changes: Changes) -> None:
        self._act, self._told, self._waits = "", changes.act, False
        if not self._place.isVisible() or self._place.height() < _ROOM_FROM:
            self.hide()
            self.command.setEnabled(False)
            return
        offered = is_to_be_offered(self._desk.store, changes.act)
        if offered:
            self._act = changes.act
        self.say(f"{changes.label}.", "", offered)
        self.command.setEnabled(offered)
        if not offered and is_undo(self._desk.store, changes.act):
            self._offer_next(changes)

    def _offer_next(self, changes: Changes) -> None:
        """After an undo, offer the act before it by its name."""
        self.command.setEnabled(True)
        device = self._desk.device

        def found(offer: tuple[str, str]) -> None:
            if self._told != changes.act:
                return
            self._act, words = offer
            self.command.setEnabled(bool(self._act) and not self.isHidden())
            if self._act and not self.isHidden():
                self.say(f"{changes.label}.", self.tr("Before that: {0}.").format(words), True)

        self._desk.query(lambda store: next_to_undo(store, device), while_alive(self, found))

    def take_back(self) -> None:
        """Take back what the line names; after that the one before it, as often as asked."""

        if self._waits:
            self._again += 1  # the line does not name the one before yet
            return
        self._waits = True

        def undone(done: Undone) -> None:
            self._waits = False
            if done.left:
                self._told, self._again = "", 0
                self.command.setEnabled(False)
                left = self.tr("Left, as somebody has built on it: {0}.")
                fields = ", ".join(sorted({part["field"].strip("_").replace("_", " ") for part in done.left}))
                self.say(f"{done.changes.label}.", left.format(fields), False, "warning")
            elif self._again:
                self._again -= 1
                self.take_back()

        def refused(error: TriageError) -> None:
            self._waits, self._again = False, 0
            self._desk.refused.emit(error)

        self._desk.undo(self._act, while_alive(self, undone), while_alive(self, refused))
