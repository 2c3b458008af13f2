"""The forms that the page of one incident opens: each reads what it needs first, and does one act."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from triage_app.services import clocks, duties, incidents, open_work
from triage_app.services.changes import milliseconds
from triage_app.services.clocks import Clock
from triage_app.services.session import Session
from triage_app.store import lookup
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.classify import ClassifyDialog
from triage_app.ui.dialogs.clock import ClockDialog
from triage_app.ui.dialogs.clock_list import ClockListDialog
from triage_app.ui.dialogs.close_incident import CloseIncidentDialog, Left, ReopenIncidentDialog
from triage_app.ui.dialogs.confirm_category import ConfirmCategoryDialog
from triage_app.ui.dialogs.event import EventDialog
from triage_app.ui.dialogs.handoff import HandoffDialog
from triage_app.ui.dialogs.set_times import SetTimesDialog
from triage_app.ui.views.clock_faces import ClockFace, all_faces
from triage_app.ui.views.incident_header import body_words
from triage_app.ui.views.incident_reading import IncidentRead
from triage_app.ui.widgets import Landing


class IncidentForms(Landing):
    """What the page knows of the incident that it shows, and the forms about it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._asked = ""
        self._read: IncidentRead | None = None
        self._clocks: list[Clock] = []

    def incident_id(self) -> str:
        """Return the id of the incident shown, or an empty string."""
        return self._read.row["id"] if self._read is not None else ""

    def about_words(self) -> str:
        """Return the reference of the incident shown: the forms about it have it in their titles."""
        return str(self._read.row["ref"]) if self._read is not None else ""

    def open_classify(self) -> None:
        """Open the form that classifies."""
        found = lookup.one(self._desk.store, "incident", self._asked) if self._asked else None
        if found is not None:
            ClassifyDialog(self._desk, found, self).open()

    def confirm_category(self) -> None:
        """Open the form that confirms the category, on a laptop that may."""
        found = lookup.one(self._desk.store, "incident", self._asked) if self._asked else None
        if found is not None and self._read is not None and self._read.confirms:
            bodies = [body_words(*body) for body in self._read.confirms]
            ConfirmCategoryDialog(self._desk, found, bodies, self).open()

    def edit_times(self) -> None:
        """Open the form of the times."""
        if self._read is not None:
            one = self._read.row
            SetTimesDialog(self._desk, one["id"], one["ref"], one["times"], self).open()

    def open_clock(self, face: ClockFace, act: str = "") -> None:
        """Open one clock; ``act`` is what is offered first."""

        def show(history: list[dict[str, Any]]) -> None:
            if face.clock.subject == self.incident_id():
                ClockDialog(self._desk, face, history, self, act).open()

        self._desk.query(lambda store: clocks.start_history(store, face.clock), while_alive(self, show))

    def open_clocks(self) -> None:
        """Open the list of every clock of the incident, those that ended and those not due here too."""
        if self._read is not None:
            heading = self.tr("Clocks of {0}").format(self._read.row["ref"])
            faces = all_faces(self._clocks, self._desk.now())
            ClockListDialog(heading, faces, self.open_clock, self, of_one=True).open()

    def hand_over(self) -> None:
        """Open the form that offers the incident to another body, or logs what was answered."""
        if self._read is not None:
            HandoffDialog(self._desk, "incident", self._read.row["id"], self._read.row["ref"], self).open()

    def close_or_open(self) -> None:
        """Close the incident with a reason, or open it again."""
        if self._read is None:
            return
        one = self._read.row
        entity = one["id"]
        if one["status"] == "closed":
            ReopenIncidentDialog(self._desk, entity, one["ref"], self).open()
            return

        def work(session: Session, _: object) -> Left:
            store = session.store
            return Left(
                incidents.still_empty(session, entity), open_work.of_incident(store, entity),
                duties.open_duties(store, entity, milliseconds(session.now())), open_work.unfinished(store, entity),
            )  # fmt: skip

        def ask(found: Left) -> None:
            if entity == self.incident_id():
                CloseIncidentDialog(self._desk, entity, one["ref"], found, self).open()

        self._desk.long("", work, ask)

    def enter_event(self) -> None:
        """Open the form for an event on the timeline."""
        if self._read is not None:
            EventDialog(self._desk, self._read.row["id"], self._read.row["ref"], self).open()

    def _open_entered(self, event: str) -> None:
        if self._read is None:
            return
        incident, ref = self._read.row["id"], self._read.row["ref"]

        def show(found: dict[str, Any] | None) -> None:
            if found is not None and incident == self.incident_id():
                EventDialog(self._desk, incident, ref, self, found).open()

        self._desk.query(lambda store: lookup.one(store, "event", event), while_alive(self, show))
