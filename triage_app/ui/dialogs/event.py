"""An event on an incident's timeline: what happened, when as precisely as is known, in which lane, by what source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.tasks import LANES
from triage_app.services import events
from triage_app.services.times import typed_day
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, MomentRow
from triage_app.ui.views.timeline_reading import lane_words
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField


class EventDialog(FormDialog):
    """Enter an event, or put one right; what it said before stays in the journal."""

    def __init__(
        self, desk: Desk, incident: str, ref: str, parent: QWidget, event: Mapping[str, Any] | None = None
    ) -> None:
        """``event`` is the one to put right, None for a new one."""
        heading = desk.tr("Enter an event of {0}") if event is None else desk.tr("Put an event of {0} right")
        super().__init__(
            desk, heading.format(ref), desk.tr("Enter event") if event is None else desk.tr("Keep"), parent, width=520
        )
        self._incident, self._event = incident, event
        self.words = TextArea(name=self.tr("What happened"), lines=2)
        self.row = FormRow(self.tr("What happened"), self.words)
        self.when = MomentRow(
            self.tr("When"), desk.now, "" if event is None else events.typed(event),
            hint=self.tr("As precisely as it is known: {0}, about 22:30, -10m").format(typed_day(desk.now())),
        )  # fmt: skip
        self.lane = Choice([(lane, lane_words(lane)) for lane in LANES], name=self.tr("Lane"))
        self.source = TextField(name=self.tr("Source"))
        if event is not None:
            self.words.setPlainText(str(event["what"]))
            self.lane.set_key(str(event["lane"]))
            self.source.setText(str(event["source"]))
        for part in (
            self.row, self.when, FormRow(self.tr("Lane"), self.lane),
            FormRow(self.tr("Source"), self.source, self.tr("A log, a person, a report; may be left empty")),
        ):  # fmt: skip
            self.form.body.addWidget(part)
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Enter it, or keep what was changed."""
        what, when = " ".join(self.words.toPlainText().split()), self.when.text()
        self.row.set_problem("" if what else self.tr("Say what happened."))
        if not when:
            self.when.set_problem(self.tr("Say when, as precisely as it is known."))
        if not what or not when or not self.when.is_readable():
            return
        lane, source = self.lane.key(), self.source.text()
        if self._event is None:
            incident = self._incident
            self.run(lambda session: events.add_event(session, incident, what, when, lane=lane, source=source))
            return
        entity = str(self._event["id"])
        values = {"what": what, "when": when, "lane": lane, "source": source}
        self.run(lambda session: events.set_event(session, entity, values))
