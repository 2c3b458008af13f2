"""The incidents: the list, and one of them on its page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QWidget

from triage_app.domain.severity import band
from triage_app.services import incidents
from triage_app.services.changes import Changes
from triage_app.services.vocabularies import rsit_types
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.table import UNKNOWN, Cell, Column, StatusCell
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command, single_keys, without_single_keys
from triage_app.ui.views.incident_page import IncidentPage
from triage_app.ui.views.moments import short
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Choice, EmptyState, FormRow, KeyHints, Panel, TextField, column, primary, row

_PLAIN = ("title", "ref", "tlp", "rsit")


class NewIncidentDialog(FormDialog):
    """Open an incident that did not start from an alert: a title is enough."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(desk, desk.tr("New incident"), desk.tr("Open incident"), parent)
        self.title = TextField(self.tr("What has happened, in a few words"), name=self.tr("Title"))
        self.row = FormRow(self.tr("Title"), self.title, self.tr("Everything else can be filled in later."))
        self.form.body.addWidget(self.row)
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Open it."""
        title = self.title.text().strip()
        if not title:
            self.row.set_problem(self.tr("An incident needs a title."))
            return
        self.run(lambda session: incidents.open_incident(session, title))


class IncidentList(QWidget):
    """The list: open ones first, worst first."""

    opened = Signal(str)
    new_requested = Signal()
    counted = Signal(int)
    """How many incidents are open."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._all: list[dict[str, Any]] = []
        self._order = ("severity", True)
        self._wanted = ""
        head = Panel("canvas", "b")
        lines = column(head, (Size.PAGE, 14, Size.PAGE, 12), 10)
        first = row(gap=12)
        first.addWidget(text_label(self.tr("Incidents"), "h1"))
        self.summary = text_label("", "small", "text2")
        first.addWidget(self.summary)
        first.addStretch(1)
        self.new = primary(self.tr("New incident"), icon="plus", key="Ctrl N")
        self.new.clicked.connect(self.new_requested)
        first.addWidget(self.new)
        self.filter = TextField(self.tr("Filter by title, reference, class or campaign"), icon="search",
                                name=self.tr("Filter incidents"))  # fmt: skip
        self.filter.setMaximumWidth(380)
        self.state = Choice(
            [("open", self.tr("Open")), ("all", self.tr("Open and closed")), ("closed", self.tr("Closed"))],
            name=self.tr("Which incidents"),
        )
        self.state.setFixedWidth(170)
        second = row(gap=8)
        second.addWidget(self.filter, 1)
        second.addWidget(self.state)
        second.addStretch(1)
        lines.addLayout(first)
        lines.addLayout(second)
        self.table = RowsTable(
            [
                Column("severity", self.tr("Severity"), 104, kind="severity"),
                Column("title", self.tr("Incident"), 216, kind="title", stretch=True),
                Column("ref", self.tr("Reference"), 140, kind="mono", drop=8),
                Column("rsit", self.tr("Class"), 150, drop=2),
                Column("category", self.tr("Category"), 106, drop=4),
                Column("tlp", self.tr("TLP"), 132, kind="tlp", drop=6),
                Column("status", self.tr("Status"), 98, kind="status", drop=5),
                Column("alerts", self.tr("Alerts"), 66, kind="count", drop=3),
                Column("victims", self.tr("Victims"), 72, kind="count", drop=7),
                Column("changed", self.tr("Changed"), 136, drop=1),
            ],
            self.tr("Incidents"),
        )
        self.table.opened.connect(lambda record_id: self.opened.emit(str(record_id)))
        self.table.sort_requested.connect(self._sort)
        self.filter.textChanged.connect(lambda _: self._fill())
        self.state.currentIndexChanged.connect(lambda _: self._fill())
        self.hints = KeyHints(
            [("↵", self.tr("open")), ("J", self.tr("next")), ("K", self.tr("previous")), ("Ctrl N", self.tr("new"))]
        )
        whole = column(self, gap=0)
        whole.addWidget(head)
        whole.addWidget(self.table, 1)
        whole.addWidget(self.hints)
        self.setFocusProxy(self.table)
        self._explain(False)

    def _explain(self, narrowed: bool) -> None:
        if narrowed:
            made = EmptyState(self.tr("No incident passes this filter"), self.tr("Clear the words, or show closed ones too."))
        else:
            made = EmptyState(
                self.tr("No incidents yet"),
                self.tr("Promote an alert from the queue with P, or open one for what came by telephone."),
                self.tr("New incident"), "Ctrl N",
            )  # fmt: skip
            made.acted.connect(self.new_requested)
        self.table.set_empty(made)

    def refresh(self) -> None:
        """Read the list again."""
        self._desk.query(lambda store: lookup.listing(store, "incident"), self._show)

    def _show(self, found: list[dict[str, Any]]) -> None:
        self._all = found
        is_open = [one for one in found if one["status"] != "closed"]
        self.summary.setText(self.tr("{0} open, {1} closed").format(len(is_open), len(found) - len(is_open)))
        self.counted.emit(len(is_open))
        self._fill()

    def _passes(self, one: dict[str, Any]) -> bool:
        state = self.state.key()
        if (state == "open" and one["status"] == "closed") or (state == "closed" and one["status"] != "closed"):
            return False
        text = " ".join(str(one[name]) for name in (*_PLAIN, "campaign")).casefold()
        return all(word in text for word in self.filter.text().casefold().split())

    def _fill(self) -> None:
        now = self._desk.now()
        shown = [one for one in self._all if self._passes(one)]
        key, descending = self._order
        known = [one for one in shown if self._sort_key(one, key) is not None]
        unknown = [one for one in shown if self._sort_key(one, key) is None]
        known.sort(key=lambda one: self._sort_key(one, key), reverse=descending)
        self._explain(bool(self._all))
        self.table.record_model.set_sorted(key, descending)
        self.table.show_rows([self._row(one, now) for one in [*known, *unknown]])
        self.hints.position.setText(self.tr("{0} of {1}").format(len(shown), len(self._all)))
        if self._wanted and self.table.go_to_id(self._wanted):
            self._wanted = ""

    @staticmethod
    def _sort_key(one: dict[str, Any], key: str) -> Any:
        """Return what a column sorts by; None, which is not known, goes last."""
        if key == "category":
            return (one["category_proposed"] or {}).get("category")
        if key == "changed":
            return one["changed_at"]
        value = one[key]
        return value.casefold() or None if isinstance(value, str) else value

    def _sort(self, key: str, descending: bool) -> None:
        self._order = (key, descending)
        self._fill()

    def _row(self, one: dict[str, Any], now: datetime) -> dict[str, Any]:
        codes = one["rsit"].split()
        name = rsit_types().get(codes[0], codes[0]) if codes else ""
        more = f" +{len(codes) - 1}" if len(codes) > 1 else ""
        closed = one["status"] == "closed"
        return {
            "id": one["id"],
            "severity": UNKNOWN if one["severity"] is None else band(one["severity"]),
            "title": one["title"],
            "ref": one["ref"],
            "rsit": name.rpartition(" / ")[2] + more,
            "category": self._category(one),
            "tlp": one["tlp"].removeprefix("TLP:"),
            "status": StatusCell("successful" if closed else "ongoing", self.tr("Closed") if closed else self.tr("In hand")),
            "alerts": one["alerts"],
            "victims": one["victims"],
            "changed": short(one["changed_at"], now, weekday=False),
            "muted": closed,
        }

    def _category(self, one: dict[str, Any]) -> Cell | str:
        for name, pattern in (
            ("category_confirmed", self.tr("{0}, confirmed")), ("category_assessed", self.tr("{0}, assessed")),
            ("category_proposed", self.tr("{0}, proposed")),
        ):  # fmt: skip
            if isinstance(one[name], dict) and one[name].get("category"):
                return pattern.format(one[name]["category"])
        return ""

    def go_to(self, incident: str) -> None:
        """Make an incident current, now or when it has been read."""
        if not self.table.go_to_id(incident):
            self._wanted = incident


class IncidentsView(QStackedWidget):
    """The place "Incidents": the list, and over it the page of one."""

    open_record = Signal(str, str)
    """(kind, id) of a record of another place: alert or conflict."""
    count_changed = Signal(int)
    """How many incidents are open."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.list = IncidentList(desk)
        self.page = IncidentPage(desk)
        self.addWidget(self.list)
        self.addWidget(self.page)
        self.list.opened.connect(self._open)
        self.list.new_requested.connect(self.new_incident)
        self.list.counted.connect(self.count_changed)
        self.page.back_requested.connect(self.show_list)
        self.page.gone.connect(self.show_list)
        self.page.open_record.connect(self.open_record)
        self.new = command(
            self, self.tr("&New incident…"), "Ctrl+N", self.tr("Open an incident that did not start from an alert"),
            self.new_incident,
        )  # fmt: skip
        desk.store_changed.connect(self._changed)
        if not single_keys(desk.store):
            self._without_single_keys()
        self._enable()
        self.list.refresh()

    def _without_single_keys(self) -> None:
        page = self.page
        without_single_keys([*page.commands.values(), *page.victims.commands()])
        for table in (
            self.list.table, page.timeline.table, page.alerts.table, page.notes.table, page.log.table,
            page.victims.table, page.victims.page.table,
        ):  # fmt: skip
            table.single_keys = False

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return what can be done here, by menu."""
        one = self.page.commands
        names = ("classify", "note", "times", "rename", "unlink", "close")
        return {
            "Incident": [self.new, *(one[name] for name in names), *self.page.victims.commands()],
            "View": [one["back"]],
        }

    def show_record(self, kind: str, record_id: str) -> None:
        """Show an incident, or the incident of a victim or a support action."""
        if kind == "incident" and record_id:
            self._open(record_id)
            return
        victim = record_id
        if kind == "action":
            found = lookup.one(self._desk.store, "action", record_id)
            victim = str(found["victim"]) if found else ""
        row_of = lookup.one(self._desk.store, "victim", victim) if victim and kind in ("victim", "action") else None
        if row_of is not None:
            self._open(row_of["incident"], "victims")
            self.page.victims.show_victim(victim)

    def _open(self, incident: str, tab: str = "") -> None:
        self.list.go_to(incident)
        self.setCurrentWidget(self.page)
        self.page.show_incident(incident, tab)
        self._enable()

    def show_list(self) -> None:
        """Go back to the list, with the incident one came from current."""
        self.setCurrentWidget(self.list)
        self.page.show_incident("")
        self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._enable()

    def new_incident(self) -> None:
        """Open the form for a new incident, and go to it."""
        NewIncidentDialog(self._desk, self).open()

    def _enable(self) -> None:
        on_page = self.currentWidget() is self.page
        for action in self.page.commands.values():
            action.setEnabled(on_page)

    def _changed(self, changes: Changes) -> None:
        if changes.touches("incident", "link", "victim"):
            if changes.label.startswith("Opened") and self.currentWidget() is self.list:
                self.list.go_to(changes.id)
            self.list.refresh()
