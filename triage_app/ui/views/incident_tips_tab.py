"""The reports (tips) that an incident came from, or that are of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.services import tips
from triage_app.services.changes import Changes
from triage_app.services.precise_times import in_words, moment_of
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.table import UNKNOWN, Column
from triage_app.ui.tokens import Size
from triage_app.ui.views.incident_tabs import framed
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import EmptyState, Landing, column


class IncidentTipsTab(Landing):
    """The reports of one incident, the first to reach us first; Enter opens one among all reports."""

    opened = Signal(str)
    counted = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._incident = ""
        self.table = RowsTable(
            (
                Column("what", self.tr("What was reported"), 220, "title", stretch=True, sortable=False),
                Column("received", self.tr("Received"), 190, sortable=False),
                Column("channel", self.tr("How"), 120, drop=2, sortable=False),
                Column("about", self.tr("About"), 96, drop=3, sortable=False),
                Column("ref", self.tr("Reference"), 148, "mono", drop=1, sortable=False),
            ),
            self.tr("Reports of this incident"),
        )
        self.table.set_empty(
            EmptyState(
                self.tr("No report is linked to this incident."),
                self.tr("Ctrl Shift R shows all reports: M links one to an incident, P promotes one to its own."),
            )
        )
        self.table.opened.connect(lambda tip: self.opened.emit(str(tip)))
        column(self, (Size.PAGE, 12, Size.PAGE, 10), 0).addWidget(framed(self.table))
        self.land_on(self.table)
        desk.store_changed.connect(self._changed)

    def show_incident(self, incident: str) -> None:
        """Show the reports of an incident."""
        self._incident = incident
        self._load()

    def _changed(self, changes: Changes) -> None:
        if self._incident and changes.touches("tip"):
            self._load()

    def _load(self) -> None:
        incident = self._incident
        self._desk.query(
            lambda store: tips.of_incident(store, incident),
            while_alive(self, lambda found: self._show(incident, found)),
        )

    def _show(self, incident: str, found: list[dict[str, Any]]) -> None:
        if incident == self._incident:
            self.table.show_rows([self._row(one) for one in found])
            self.counted.emit(len(found))

    def _row(self, one: dict[str, Any]) -> dict[str, Any]:
        moment = moment_of(one["received"])
        return {
            "id": one["id"],
            "what": harmless(one["text"].partition("\n")[0]),
            "received": UNKNOWN if moment is None else in_words(moment, self._desk.now()),
            "channel": tips.channels().get(one["channel"], one["channel"]) or UNKNOWN,
            "about": one["organisation"].partition(":")[2] or UNKNOWN,
            "ref": one["ref"],
        }
