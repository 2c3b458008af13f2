"""The result line of a place: what the responder's last act did, and Undo."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from triage_app.services.changes import Changes
from triage_app.services.undo import Undone
from triage_app.ui.desk import Desk
from triage_app.ui.views.commands import command
from triage_app.ui.widgets import ResultLine

_ROOM_FROM = 560
"""Logical pixels; where a place is lower, the foot of the window says it alone."""


class ActResult(ResultLine):
    """Says what was done while its place is in view; U takes it back."""

    def __init__(self, desk: Desk, place: QWidget) -> None:
        super().__init__()
        self._desk = desk
        self._place = place
        desk.acted.connect(self._acted)
        self.undo_requested.connect(self.take_back)
        self.command = command(place, self.tr("&Undo this"), "U", self.tr("Take back what was done last here"),
                               self.take_back)  # fmt: skip
        self.command.setEnabled(False)

    def _acted(self, changes: Changes) -> None:
        if not self._place.isVisible() or self._place.height() < _ROOM_FROM:
            self.hide()
            self.command.setEnabled(False)
            return
        self.command.setEnabled(True)
        self.say(f"{changes.label}.", "", True)

    def take_back(self) -> None:
        """Take back the newest act that stands, as often as asked: the same as Undo in the menu."""

        def undone(done: Undone) -> None:
            if done.left:
                left = self.tr("Left, as somebody has built on it: {0}.")
                fields = ", ".join(sorted({part["field"].strip("_").replace("_", " ") for part in done.left}))
                self.say(f"{done.changes.label}.", left.format(fields), False, "warning")

        self._desk.undo("", undone)
