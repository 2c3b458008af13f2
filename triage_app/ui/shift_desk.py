"""The shift as the window deals with it: giving, taking after unlock or later, printing; wherever one is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from triage_app.services.changes import milliseconds
from triage_app.services.incident_log import may_be_about
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.handover import GiveDialog, TakeDialog, ToTake, WhichIncident, read_to_take
from triage_app.ui.pages_out import PagesOut


class ShiftDesk(QObject):
    """Opens what gives, takes and prints, over one widget."""

    said = Signal(str, str)
    """What is to be told, and the glyph beside it."""

    def __init__(self, desk: Desk, parent: QWidget, in_view: Callable[[], str] = str) -> None:
        """``in_view`` tells which incident is being looked at, "" for none."""
        super().__init__(parent)
        self._desk = desk
        self._over = parent
        self._in_view = in_view
        self.pages = PagesOut(desk, parent)
        self.pages.said.connect(self.said)

    def give(self) -> None:
        """Open the form that gives the shift."""
        GiveDialog(self._desk, self._over).open()

    def take(self) -> None:
        """Show what is taken over, if anybody has given a shift."""
        self._taking(self.tr("Nobody has given a shift that you could take."))

    def offer_taking(self) -> None:
        """After unlock: show what waits to be taken, where somebody else gave it; otherwise nothing."""
        if not self._desk.is_read_only:
            self._taking("")

    def _taking(self, otherwise: str) -> None:
        desk, now = self._desk, milliseconds(self._desk.now())

        def show(found: ToTake) -> None:
            if found.given:
                TakeDialog(desk, desk.responder, found, self._over).open()
            elif otherwise:
                self.said.emit(otherwise, "notice")

        desk.query(lambda store: read_to_take(store, desk.responder, now), while_alive(self, show))

    def print_page(self) -> None:
        """Write the handover page for paper."""
        self.pages.shift()

    def print_incident(self) -> None:
        """Write the page of the incident in view; where none is, ask which."""
        if shown := self._in_view():
            self.pages.incident(shown)
            return

        def choose(found: list[tuple[str, str, str]]) -> None:
            if found:
                WhichIncident(self._desk, found, self.pages.incident, self._over).open()
            else:
                self.said.emit(self.tr("No incident is open, so there is none to print."), "notice")

        self._desk.query(may_be_about, while_alive(self, choose))
