"""What else an incident is one matter with: shown, merged, taken apart; and splitting it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from triage_app.language import plural
from triage_app.services import incidents, matters, splitting
from triage_app.services.changes import Changes
from triage_app.services.matters import Reason, Said
from triage_app.services.splitting import Held
from triage_app.store import lookup, same
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.merge_into import MergeBar
from triage_app.ui.dialogs.split_incident import SplitDialog
from triage_app.ui.views.commands import command
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Banner

_NAMED: Final = 3
"""How many merged incidents the banner names."""


@dataclass(frozen=True)
class _Read:
    """What an incident is one matter with, why, and where else its alerts are."""

    linked: list[dict[str, Any]]
    links: list[Said]
    reasons: list[Reason]
    sharing: list[dict[str, Any]]


class IncidentMatter(QObject):
    """The banner above an incident that is merged with others, the bar that asks for one, and the acts."""

    incident_wanted = Signal(str)
    """Another incident is to be shown."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self._page = page
        self._incident = self._ref = ""
        self._linked: list[dict[str, Any]] = []
        self._links: dict[str, Said] = {}
        self._sharing: list[dict[str, Any]] = []
        self._parting = False
        self.banner = Banner()
        self.banner.hide()
        self.banner.acted.connect(self._open_first)
        self.bar = MergeBar()
        self.bar.picked.connect(self._picked)
        self.bar.cancelled.connect(self._close_bar)
        desk.store_changed.connect(self._changed)

    def _open_first(self) -> None:
        wanted = self._linked or self._sharing
        if wanted:
            self.incident_wanted.emit(wanted[0]["id"])

    def commands(self) -> dict[str, QAction]:
        """Return the acts, living on the page."""
        tr, page = self.tr, self._page
        self.merge_command = command(page, tr("&Merge with another incident…"), "Ctrl+Shift+M",
                                     tr("Two incidents are one matter"), self.merge)  # fmt: skip
        self.part_command = command(
            page, tr("Take merged incidents a&part…"), "", tr("They are two matters"), self.part
        )
        self.split_command = command(page, tr("&Split the incident…"), "Ctrl+Shift+S",
                                     tr("Some of it goes to a new incident"), self.split)  # fmt: skip
        return {"merge": self.merge_command, "part": self.part_command, "split": self.split_command}

    def show_incident(self, incident: str, ref: str) -> None:
        """Show what an incident is one matter with."""
        if incident != self._incident:
            self._close_bar()
            self._linked = []
            self._links = {}
            self.banner.hide()
        self._incident, self._ref = incident, ref
        self._load()

    def _changed(self, changes: Changes) -> None:
        if self._incident and changes.touches("same_as", "link"):
            self._load()

    def _load(self) -> None:
        incident = self._incident

        def read(store: Store) -> _Read:
            linked = same.linked_with(store, incident)
            links = matters.links(store, incident) if linked else []
            return _Read(linked, links, matters.reasons(store, incident), matters.shared_alerts(store, incident))

        self._desk.query(read, while_alive(self, lambda found: self._show(incident, found)))

    def _show(self, incident: str, read: _Read) -> None:
        if incident != self._incident:
            return
        self._linked = found = read.linked
        self._links = {one.link: one for one in read.links}
        group = {one["id"] for one in found}
        self._sharing = [one for one in read.sharing if one["id"] not in group]
        if found:
            refs = ", ".join(one["ref"] for one in found[:_NAMED])
            more = self.tr(" and {0} more").format(len(found) - _NAMED) if len(found) > _NAMED else ""
            self.banner.say(
                self.tr("One matter with {0}{1}").format(refs, more),
                harmless(self._why(read.reasons)),
                "tint",
                self.tr("Open {0}").format(found[0]["ref"]),
            )
        elif self._sharing:
            first = self._sharing[0]
            many = plural(first["alerts"], "1 alert is", "{0} alerts are").format(first["alerts"])
            words = self.tr("Linked there by {0}. Both links stand; X under Alerts takes one out.")
            self.banner.say(
                self.tr("{0} in {1} too").format(many, first["ref"]),
                harmless(words.format(first["by"])),
                "tint",
                self.tr("Open {0}").format(first["ref"]),
            )
        self.banner.setVisible(bool(found or self._sharing))

    def _why(self, reasons: list[Reason]) -> str:
        """Return why the others are part of it: what nobody said of this incident itself comes first."""
        drawn = [one for one in reasons if len(one.way) > 1 or one.way[-1].disputed]
        if drawn:
            return f"{drawn[0].words}. {drawn[0].undone_by}."
        title = reasons[0].title if reasons else ""
        return self.tr("{0}. Each keeps its own clocks; together they count once.").format(title)

    # -- acts ---------------------------------------------------------------------------------------------

    def merge(self) -> None:
        """Ask which incident is the same matter."""
        mine = {self._incident, *(one["id"] for one in self._linked)}

        def read(store: Store) -> list[dict[str, Any]]:
            return [one for one in lookup.listing(store, "incident") if one["id"] not in mine]

        self._ask(self.tr("The same matter as"), parting=False)
        self._desk.query(read, while_alive(self, self.bar.set_incidents))

    def part(self) -> None:
        """Take apart what is merged: any link of the matter, whoever made it; ask which where there are several."""
        if len(self._links) == 1:
            self._part_link(next(iter(self._links)))
        elif self._links:
            self._ask(self.tr("Take apart"), parting=True)
            mine_first = sorted(
                self._links.values(), key=lambda one: (self._incident not in (one.one, one.other), one.refs)
            )
            self.bar.set_incidents(
                [
                    {"id": one.link, "ref": one.refs[0], "severity": None, "alerts": None,
                     "title": self.tr("and {0}, merged by {1}").format(one.refs[1], one.by)}
                    for one in mine_first
                ]
            )  # fmt: skip

    def _ask(self, heading: str, *, parting: bool) -> None:
        self._parting = parting
        self.bar.set_incidents([])
        self.bar.open_for(1)
        self.bar.heading.setText(heading)

    def _picked(self, other: str) -> None:
        self._close_bar()
        if self._parting:
            self._part_link(other)
        else:
            incident = self._incident
            self._desk.act(lambda session: incidents.merge(session, incident, other))

    def _part_link(self, link: str) -> None:
        one, _, other = link.partition(":")
        self._desk.act(lambda session: incidents.unmerge(session, one, other))

    def _close_bar(self) -> None:
        if self.bar.isVisible():
            self.bar.hide()
            self._page.setFocus(Qt.FocusReason.OtherFocusReason)

    def split(self) -> None:
        """Ask what of it goes to a new incident."""
        incident, ref = self._incident, self._ref
        self._desk.query(
            lambda store: splitting.held(store, incident),
            while_alive(self, lambda found: self._split(incident, ref, found)),
        )

    def _split(self, incident: str, ref: str, found: list[Held]) -> None:
        if incident == self._incident:
            SplitDialog(self._desk, incident, ref, found, self.incident_wanted.emit, self._page).open()
