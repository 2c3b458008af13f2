"""The times of an incident, each as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.records import INCIDENT_TIMES
from triage_app.services import incidents
from triage_app.services.precise_times import as_typed, impossible_orders, moment_of
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, MomentRow
from triage_app.ui.widgets import Banner


class SetTimesDialog(FormDialog):
    """When it occurred, was detected, and so on. An empty field is not recorded; nothing is guessed."""

    def __init__(self, desk: Desk, incident: str, ref: str, times: Mapping[str, Any], parent: QWidget) -> None:
        """``times`` are those that stand, as the record holds them."""
        super().__init__(
            desk, desk.tr("Times of {0}").format(ref), desk.tr("Keep these times"), parent,
            text=desk.tr(
                "Write as much as is known: 2026, May 2026, 3 May 22h, about 22:30 or -10m."
                " UK time unless you write the zone. Leave empty what is not known."
            ),
        )  # fmt: skip
        self._incident = incident
        self._was: dict[str, str] = {}
        self.rows: dict[str, MomentRow] = {}
        self.doubt = Banner()
        self.doubt.hide()
        names = {
            "occurred": self.tr("Occurred"), "detected": self.tr("Detected"), "aware": self.tr("Aware"),
            "reported": self.tr("Reported"), "contained": self.tr("Contained"), "recovered": self.tr("Recovered"),
        }  # fmt: skip
        hints = {
            "occurred": self.tr("When it happened, as far as is known"),
            "detected": self.tr("When a tool or a person first noticed it"),
            "aware": self.tr("When a person decided that it is an incident: statutory times run from here"),
        }
        for name in INCIDENT_TIMES:
            if name == "closed":
                continue
            stands = moment_of(times.get(name))
            self._was[name] = "" if stands is None else as_typed(stands)
            row = MomentRow(names[name], desk.now, self._was[name], hint=hints.get(name, self.tr("Not recorded")))
            row.entry.textChanged.connect(self._doubt)
            self.rows[name] = row
            self.form.body.addWidget(row)
        self.form.body.addWidget(self.doubt)
        self._doubt()
        self.rows["occurred"].entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _doubt(self) -> None:
        """Say which times cannot both be true; they can be kept all the same."""
        typed = {name: moment.value() for name, row in self.rows.items() if (moment := row.moment()) is not None}
        found = impossible_orders(typed, self.desk.now())
        if found:
            self.doubt.say(" ".join(found), self.tr("They can be kept as they are."), "amber")
        self.doubt.setVisible(bool(found))

    def submit(self) -> None:
        """Write the times that were changed, as one act."""
        bad = [row for row in self.rows.values() if not row.is_readable()]
        if bad:
            bad[0].entry.setFocus(Qt.FocusReason.OtherFocusReason)
            self.form.ensureWidgetVisible(bad[0])
            return
        changed = {name: row.text() for name, row in self.rows.items() if row.text() != self._was[name]}
        if not changed:
            self.reject()
            return
        incident = self._incident
        self.run(lambda session: incidents.set_times(session, incident, changed))
