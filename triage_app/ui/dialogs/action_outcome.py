"""What became of a support action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.indicators import defang
from triage_app.services import support, victims
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.services.vocabularies import action_codes, action_statuses
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.add_action import read_minutes
from triage_app.ui.dialogs.form import FormDialog, TimeRow
from triage_app.ui.text import text_label
from triage_app.ui.views.moments import OPEN_STATUSES, short
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField, row

_TRIED_SHOWN = 5


class ActionOutcomeDialog(FormDialog):
    """Record an outcome, or change status, due time, owner or minutes."""

    def __init__(self, desk: Desk, action: Mapping[str, Any], parent: QWidget) -> None:
        """``action`` is the record as ``lookup.listing`` gives it. An open one is offered as successful."""
        name = action_codes().get(action["code"], action["code"])
        super().__init__(desk, f"{name} ({action['code']})", desk.tr("Record outcome"), parent)
        self._action = str(action["id"])
        self._was = dict(action)
        self.status = Choice(list(action_statuses().items()), name=self.tr("Status"))
        self.status.set_key("successful" if action["status"] in OPEN_STATUSES else str(action["status"]))
        self.outcome = TextArea(self.tr("What came of it"), name=self.tr("Outcome"), lines=3)
        self.outcome.setPlainText(action["outcome"])
        self.done_row = TimeRow(self.tr("Done"), desk.now, hint=self.tr("Empty is now, for what is finished"))
        self.due = TimeRow(self.tr("Due again"), desk.now, hint=self.tr("Only to move it: 4h, 09:30"))
        self.owner = TextField(name=self.tr("Owner"))
        self.owner.setText(str(action["owner"]))
        self.minutes = TextField(name=self.tr("Minutes"))
        self.minutes.setText("" if action["minutes"] is None else str(action["minutes"]))
        self.minutes_row = FormRow(self.tr("Minutes"), self.minutes, self.tr("Time spent; empty is not known"))
        self.because = TextField(name=self.tr("Why then"))
        self.because_row = FormRow(self.tr("Why then"), self.because, self.tr("Why it is due at another time; sealed"))
        self.tried = text_label("", "small", "text2", wrap=True, selectable=True, called=self.tr("Attempts"))
        self.tried.setVisible(False)
        self.form.body.addWidget(self.tried)
        self.form.body.addWidget(FormRow(self.tr("Status"), self.status))
        self.form.body.addWidget(FormRow(self.tr("Outcome"), self.outcome, self.tr("Sealed: it may name a person.")))
        for pair in (
            (self.done_row, self.minutes_row),
            (self.due, self.because_row),
            (FormRow(self.tr("Owner"), self.owner), QWidget()),
        ):
            line = row(gap=14)
            for part in pair:
                line.addWidget(part, 1, Qt.AlignmentFlag.AlignTop)
            self.form.body.addLayout(line)
        self.outcome.setFocus(Qt.FocusReason.OtherFocusReason)
        if action.get("attempts"):
            entity = self._action
            desk.query(
                lambda store: support.attempts(store, entity),
                lambda found: self._say_tried(found) if shiboken6.isValid(self) else None,
            )

    def _say_tried(self, found: list[dict[str, Any]]) -> None:
        """List who was tried when, the latest first."""
        now = self.desk.now()
        lines = [
            f"{short(one['at'], now)}  {support.ways().get(one['how'], one['how'])}, {one['created_by_name'] or '–'}"
            + (f": {defang(one['words'])}" if one["words"] else "")
            for one in found[:_TRIED_SHOWN]
        ]
        if len(found) > _TRIED_SHOWN:
            lines.append(self.tr("and {0} before").format(len(found) - _TRIED_SHOWN))
        self.tried.setText("\n".join(lines))
        self.tried.setVisible(True)

    def submit(self) -> None:
        """Write what was changed."""
        for moment in (self.done_row, self.due):
            if not moment.is_readable():
                moment.entry.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        minutes = read_minutes(self.minutes, self.minutes_row)
        if minutes is False:
            return
        status = self.status.key()
        outcome, owner = self.outcome.toPlainText().strip(), self.owner.text().strip()
        values: dict[str, Any] = {"due": self.due.text(), "done": self.done_row.text(), "because": self.because.text()}
        if status != self._was["status"]:
            values["status"] = status
        if outcome != self._was["outcome"]:
            values["outcome"] = outcome
        if owner != self._was["owner"]:
            values["owner"] = owner
        if minutes is not None and minutes != self._was["minutes"]:
            values["minutes"] = int(minutes)
        action = self._action

        def work(session: Session) -> Changes:
            return victims.set_action(session, action, **values)

        self.run(work)
