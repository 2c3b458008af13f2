"""All victims over all incidents, and what is due next for any of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.act_result import ActResult
from triage_app.ui.views.commands import follow_single_keys
from triage_app.ui.views.victims_pane import VictimsPane
from triage_app.ui.widgets import Landing, Panel, column, row


class VictimsView(Landing):
    """The place "Victims"."""

    open_record = Signal(str, str)
    """(kind, id) of a record of another place."""
    count_changed = Signal(int)
    """How many victims there are."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.pane = VictimsPane(desk, of_all=True)
        head = Panel("canvas", "b")
        line = row(head, (Size.PAGE, 14, Size.PAGE, 12), 12)
        line.addWidget(text_label(self.tr("Victims"), "h1"))
        self.summary = text_label("", "small", "text2")
        line.addWidget(self.summary)
        line.addStretch(1)
        lines = column(self, gap=0)
        lines.addWidget(head)
        lines.addWidget(self.pane, 1)
        self.result = ActResult(desk, self)
        lines.addWidget(self.result)
        self.pane.open_victim.connect(self.pane.show_victim)
        self.pane.open_incident.connect(lambda incident: self.open_record.emit("incident", incident))
        self.pane.shown.connect(self._shown)
        self.land_on(self.pane.table)
        follow_single_keys(desk, self, self.pane.commands(), [self.pane.table, self.pane.page.table])
        self.pane.refresh()

    def _shown(self, victims: int) -> None:
        supported = self.pane.supported()
        self.summary.setText(self.tr("{0} recorded, {1} counted as supported").format(victims, supported))
        self.count_changed.emit(victims)

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return what can be done here, by menu."""
        return {"Victim": [*self.pane.commands(), self.result.command]}

    def show_record(self, kind: str, record_id: str) -> None:
        """Show a victim, or the victim of a support action."""
        if kind == "action":
            found = lookup.one(self._desk.store, "action", record_id)
            record_id = str(found["victim"]) if found else ""
        if kind in ("victim", "action") and record_id:
            self.pane.show_victim(record_id)
