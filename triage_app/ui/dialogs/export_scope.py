"""Of what a bundle is: incidents by name, campaign or victim, and a window of writing or of reporting."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.services.changes import milliseconds
from triage_app.services.times import read_time
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import TimeRow
from triage_app.ui.widgets import Choice, FormRow, column, row

WRITTEN: Final = "written"
REPORTED: Final = "reported"

Scopes = dict[str, list[tuple[str, str]]]


def read(store: Store) -> Scopes:
    """Return what each kind of scope can name."""
    incidents = [(row["id"], f"{row['ref']}  {row['title']}") for row in lookup.listing(store, "incident")]
    campaigns = [(row["name"], f"{row['name']} ({row['incidents']})") for row in lookup.campaigns(store)]
    victims = {row["organisation"] for row in lookup.listing(store, "victim") if row["organisation"]}
    organisations = [
        (row["code"], f"{row['code']}  {row['name']}") for row in lookup.organisations(store) if row["id"] in victims
    ]
    return {"incident": incidents, "campaign": campaigns, "organisation": organisations}


class ScopeFields(QWidget):
    """What to send, and of when."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scopes: Scopes = {}
        lines = column(self, gap=10)
        self.scope = Choice(
            [
                ("", self.tr("Everything that the recipients may see")),
                ("incident", self.tr("One incident")),
                ("campaign", self.tr("A campaign")),
                ("organisation", self.tr("Incidents with an organisation among their victims")),
            ],
            name=self.tr("What to send"),
        ).narrow()
        self.scope.currentIndexChanged.connect(lambda _: self._scope_changed())
        self.which = Choice(name=self.tr("Which one")).narrow()
        self.which.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.window_by = Choice(
            [
                ("", self.tr("Of any time")),
                (WRITTEN, self.tr("What was written from – until")),
                (REPORTED, self.tr("Incidents reported from – until")),
            ],
            name=self.tr("When"),
        ).narrow()
        self.window_by.currentIndexChanged.connect(lambda _: self._window_changed())
        first = row(gap=8)
        first.addWidget(FormRow(self.tr("What to send"), self.scope), 1)
        self._which_row = FormRow(self.tr("Which one"), self.which)
        self._which_row.hide()
        first.addWidget(self._which_row, 1)
        first.addWidget(FormRow(self.tr("When"), self.window_by), 1)
        lines.addLayout(first)
        self.since = TimeRow(self.tr("From"), desk.now, hint=self.tr("Any time before"))
        self.until = TimeRow(self.tr("Until"), desk.now, hint=self.tr("Any time after"))
        self._window = QWidget()
        both = row(self._window, gap=8)
        for field in (self.since, self.until):
            field.entry.textChanged.connect(lambda _: self.changed.emit())
            both.addWidget(field, 1)
        self._window.hide()
        lines.addWidget(self._window)

    def show_scopes(self, scopes: Scopes) -> None:
        """Offer what can be named."""
        self._scopes = scopes
        self._scope_changed()

    def _scope_changed(self) -> None:
        kind = self.scope.key()
        self._which_row.setVisible(bool(kind))
        self.which.set_options(self._scopes.get(kind, []))
        self.changed.emit()

    def _window_changed(self) -> None:
        self._window.setVisible(bool(self.window_by.key()))
        self.changed.emit()

    def window_times(self) -> tuple[int | None, int | None]:
        """Return the two ends in milliseconds UTC; None for an open one, or where there is no window."""
        if not self.window_by.key():
            return None, None
        found: list[int | None] = []
        for field in (self.since, self.until):
            text = field.text()
            found.append(milliseconds(read_time(text, field.seen_at())) if text and field.is_readable() else None)
        return found[0], found[1]

    def is_ready(self) -> bool:
        """Tell whether it names something, and the window has an end, in order."""
        if self.scope.key() and not self.which.key():
            return False
        if not self.window_by.key():
            return True
        begin, end = self.window_times()
        readable = self.since.is_readable() and self.until.is_readable()
        return readable and (begin, end) != (None, None) and (begin is None or end is None or begin < end)

    def problem(self) -> str:
        """Return why it is not ready, in words; '' where it is, or where something only has to be chosen."""
        begin, end = self.window_times()
        if begin is not None and end is not None and begin >= end:
            return self.tr("The window ends before it begins.")
        if self.window_by.key() and (begin, end) == (None, None):
            return self.tr("Say from when or until when.")
        return ""

    def written(self) -> tuple[int | None, int | None]:
        """Return the window of writing."""
        return self.window_times() if self.window_by.key() == WRITTEN else (None, None)
