"""The place of figures: the numbers of a reporting window, of one campaign or all, each with the list behind it."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.domain.campaigns import Campaign
from triage_app.domain.windows import Window
from triage_app.errors import TriageError
from triage_app.services import campaigns, figures, reporting_windows
from triage_app.services.changes import Changes
from triage_app.services.figures import Number, Report
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.campaign import CampaignDialog
from triage_app.ui.dialogs.own_window import OwnWindowDialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command, follow_single_keys
from triage_app.ui.views.figure_rows import group_words, incident_row, number_words, victim_row
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import (
    Banner,
    Choice,
    EmptyState,
    KeptSplitter,
    KeyHints,
    Line,
    Panel,
    column,
    primary,
    row,
    secondary,
)
from triage_app.ui.widgets.top_bar import Entry, Submenu

_NARROW_BELOW: Final = 820
_NUMBERS: Final = 400
_LOW: Final = 420
_OWN: Final = "own"


class FiguresView(Panel):
    """The numbers at the left, and at the right the records behind the one that is current."""

    open_record = Signal(str, str)
    """(kind, id) of a record of another place."""
    count_changed = Signal(int)
    loaded = Signal()
    """The numbers asked for last are shown."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("canvas", parent=parent)
        self._desk = desk
        self._window: Window = reporting_windows.read(desk.store, desk.now())
        self._campaigns: list[Campaign] = []
        self._report: Report | None = None
        self._asked = 0
        self._stale = False
        self._opened = False
        self._narrow = False
        self._build()
        self._own_commands()
        self._arrange_soon = soon(self, self._arrange)
        desk.store_changed.connect(self._changed)
        self._offer_windows()
        self.refresh()

    # -- parts --------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.summary = text_label("", "small", "text2")
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.window_choice = Choice(name=self.tr("Reporting window"))
        self.window_choice.narrow().setFixedWidth(252)
        self.campaign_choice = Choice([("", self.tr("Every campaign, and none"))], name=self.tr("Campaign"))
        self.campaign_choice.narrow().setFixedWidth(252)
        self.edit = secondary(self.tr("Edit campaign…"))
        self.new = primary(self.tr("New campaign"), icon="plus", key="Ctrl Shift N")
        first = row(gap=12, margins=(Size.PAGE, 14, Size.PAGE, 10))
        first.addWidget(text_label(self.tr("Figures"), "h1"))
        first.addWidget(self.summary, 1)
        first.addWidget(self.edit)
        first.addWidget(self.new)
        second = row(gap=8, margins=(Size.PAGE, 0, Size.PAGE, 12))
        second.addWidget(self.window_choice)
        second.addWidget(self.campaign_choice)
        second.addStretch(1)
        self.problem = Banner()
        self.problem.hide()
        self.about = text_label("", "small", "text2", wrap=True)
        self.about.setContentsMargins(Size.PAGE, 8, Size.PAGE, 8)
        self.about.hide()
        self.numbers = RowsTable(
            (
                Column("by", self.tr("By"), 108, sortable=False),
                Column("what", self.tr("Figure"), 150, "title", stretch=True, sortable=False),
                Column("count", self.tr("Number"), 104, right=True, sortable=False),
            ),
            self.tr("Figures"),
        )
        self.numbers.setMinimumWidth(300)
        self.side = Panel("canvas")
        left = column(self.side, gap=0)
        left.addWidget(self.numbers, 1)
        self.hints = KeyHints([("J K", self.tr("Move")), ("Enter", self.tr("List behind it"))])
        left.addWidget(self.hints)
        self.detail = Panel("surface", "l")
        self.back = secondary(self.tr("Back to the numbers"), key="Esc")
        self.heading = text_label("", "h2", wrap=True)
        head = row(gap=12, margins=(Size.PAGE, 10, Size.PAGE, 10))
        head.addWidget(self.heading, 1)
        head.addWidget(self.back)
        self.incidents = RowsTable(
            (
                Column("title", self.tr("Incident"), 150, "title", stretch=True, sortable=False),
                Column("ref", self.tr("Reference"), 140, "mono", drop=2, sortable=False),
                Column("reported", self.tr("Reported"), 306, sortable=False),
                Column("severity", self.tr("Severity"), 104, "severity", drop=3, sortable=False),
                Column("status", self.tr("Status"), 98, "status", drop=1, sortable=False),
            ),
            self.tr("Incidents behind the number"),
        )
        self.victims = RowsTable(
            (
                Column("who", self.tr("Victim"), 200, "title", stretch=True, sortable=False),
                Column("ref", self.tr("Reference"), 148, "mono", drop=3, sortable=False),
                Column("first", self.tr("First success"), 206, sortable=False),
                Column("action", self.tr("Support"), 180, drop=1, sortable=False),
                Column("incident", self.tr("Incident"), 140, "mono", drop=2, sortable=False),
            ),
            self.tr("Victims behind the number"),
        )
        for table in (self.incidents, self.victims):
            table.set_empty(EmptyState(self.tr("Nothing is behind this number."), self.tr("It is none, and known.")))
        right = column(self.detail, (1, 0, 0, 0), 0)
        right.addLayout(head)
        right.addWidget(self.incidents, 1)
        right.addWidget(self.victims, 1)
        self.splitter = KeptSplitter("figures", self.side, self.detail, _NUMBERS, pane=0)
        lines = column(self, gap=0)
        lines.addLayout(first)
        lines.addLayout(second)
        lines.addWidget(Line())
        said = row(margins=(Size.PAGE, 12, Size.PAGE, 12))
        said.addWidget(self.problem)
        lines.addLayout(said)
        lines.addWidget(self.about)
        lines.addWidget(self.splitter, 1)
        self.land_on(self.numbers)
        self.victims.hide()
        self.back.hide()
        self.back.clicked.connect(self._close)
        self.window_choice.activated.connect(lambda _: self._window_chosen())
        self.campaign_choice.activated.connect(lambda _: self.refresh())
        self.numbers.current_changed.connect(lambda _: self._show_list())
        self.numbers.opened.connect(lambda _: self._open())
        self.incidents.opened.connect(lambda found: self.open_record.emit("incident", str(found)))
        self.victims.opened.connect(lambda found: self.open_record.emit("victim", str(found)))
        self.new.clicked.connect(self.new_campaign)
        self.edit.clicked.connect(self.edit_campaign)

    def _own_commands(self) -> None:
        tr = self.tr
        self.commands = [
            command(self, tr("&New campaign…"), "Ctrl+Shift+N", tr("Name a theme across incidents"), self.new_campaign),
            command(self, tr("&Edit the campaign…"), "E", tr("Name, other names, description and status"),
                    self.edit_campaign),
            command(self, tr("Choose the &window"), "W", tr("The days that are counted"), self._to_windows),
            command(self, tr("Choose the &campaign"), "C", tr("One campaign, or all"), self._to_campaigns),
        ]  # fmt: skip
        follow_single_keys(self._desk, self, self.commands, [self.numbers, self.incidents, self.victims])
        self._offer_edit()

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return what the menus of the window show of this place."""
        return {"Incident": self.commands[:2], "View": self.commands[2:]}

    def menus(self) -> dict[str, list[Entry]]:
        """Return how they show it: campaigns stand together, under the acts on one incident."""
        together: list[Entry] = [None, Submenu(self.tr("Campai&gns"), self.commands[:2])]
        return {"Incident": together, "View": list(self.commands[2:])}

    def show_record(self, kind: str, record_id: str) -> None:
        """Show a campaign's figures."""
        if kind == "campaign":
            self._choose_campaign(record_id)

    def _to_windows(self) -> None:
        self.window_choice.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.window_choice.showPopup()

    def _to_campaigns(self) -> None:
        self.campaign_choice.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.campaign_choice.showPopup()

    # -- the window and the campaign ----------------------------------------------------------------------

    def _offer_windows(self) -> None:
        options = [(one.code, one.name) for one in reporting_windows.usual(self._desk.store, self._desk.now())]
        if self._window.code not in dict(options):
            options.insert(0, (self._window.code, self._window.name))
        self.window_choice.set_options([*options, (_OWN, self.tr("Other days…"))])
        self.window_choice.set_key(self._window.code)

    def _window_chosen(self) -> None:
        key = self.window_choice.key()
        if key == _OWN:
            self.window_choice.set_key(self._window.code)
            dialog = OwnWindowDialog(self._desk, self._window, self)
            dialog.chosen.connect(self.show_window)
            dialog.open()
        elif key != self._window.code:
            try:
                self.show_window(reporting_windows.read(self._desk.store, self._desk.now(), key))
            except TriageError:  # days that were typed in
                start, _, last = key.partition("..")
                self.show_window(reporting_windows.read(self._desk.store, self._desk.now(), "", start, last))

    def show_window(self, window: Window) -> None:
        """Show the figures of a window."""
        self._window = window
        self._offer_windows()
        self.refresh()

    def _choose_campaign(self, campaign: str) -> None:
        if campaign and self.campaign_choice.findData(campaign) < 0:
            self.campaign_choice.addItem(campaign, campaign)  # its words come with what is read next
        self.campaign_choice.set_key(campaign)
        self.refresh()

    def new_campaign(self) -> None:
        """Open the form for a campaign, and show its figures once it is made."""
        dialog = CampaignDialog(self._desk, None, self)
        dialog.kept.connect(self._choose_campaign)
        dialog.open()

    def edit_campaign(self) -> None:
        """Open the form of the campaign that is chosen."""
        chosen = self._chosen()
        if chosen is not None:
            dialog = CampaignDialog(self._desk, chosen, self)
            dialog.open()

    def _chosen(self) -> Campaign | None:
        key = self.campaign_choice.key()
        return next((one for one in self._campaigns if one.id == key), None)

    def _offer_edit(self) -> None:
        is_one = self._chosen() is not None
        self.edit.setEnabled(is_one)
        self.commands[1].setEnabled(is_one)

    # -- reading ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Compute the figures again, off this thread; an older answer than was asked for last is not shown."""
        self._asked += 1
        asked, window, chosen = self._asked, self._window, self.campaign_choice.key()

        def read(store: Store) -> tuple[int, list[Campaign], Report]:
            every = campaigns.listing(store)
            campaign = next((one for one in every if one.id == chosen), None)
            return asked, every, figures.compute(store, window, campaign)

        self._desk.query(read, while_alive(self, self._show))

    def _changed(self, _: Changes) -> None:
        if self.isVisible():
            self.refresh()
        else:
            self._stale = True

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was done while another place was shown."""
        super().showEvent(event)
        if self._stale:
            self._stale = False
            self.refresh()

    def _show(self, found: tuple[int, list[Campaign], Report]) -> None:
        asked, self._campaigns, report = found
        if asked != self._asked:
            return
        chosen = self.campaign_choice.key()
        options = [(one.id, one.name) for one in self._campaigns if one.is_made or one.incidents or one.id == chosen]
        self.campaign_choice.set_options([("", self.tr("Every campaign, and none")), *options])
        self._report = report
        self._offer_edit()
        self.summary.setText(self.tr("{0}, midnight to midnight in London").format(report.window.in_words))
        self._say_problems(report)
        campaign = report.campaign
        told = "" if campaign is None else campaign.description
        if campaign is not None and campaign.status == "closed":
            told = f"{self.tr('Closed.')} {told}"
        self.about.setText(told.strip())
        self.about.setVisible(bool(told.strip()))
        self.numbers.show_rows([self._number_row(number) for number in self._listed(report)])
        if self.numbers.current_row() is None:
            self.numbers.go_to_row(0)
        self.count_changed.emit(0)
        self._show_list()
        self.loaded.emit()

    def _say_problems(self, report: Report) -> None:
        if report.fault:
            self.problem.say(report.fault, self.tr("Mend the file, or take it away."), "amber")
        elif report.partial:
            self.problem.say(
                self.tr("Something of the journal is withheld from this laptop, or waits to be released."),
                self.tr("What is counted here is at least so many."),
                "amber",
            )
        self.problem.setVisible(bool(report.fault) or report.partial)

    @staticmethod
    def _listed(report: Report) -> list[Number]:
        """Return the numbers that are shown: of one campaign, its own name is no breakdown."""
        return [
            one for one in report.numbers() if report.campaign is None or not one.name.startswith("campaign:")
        ]  # fmt: skip

    def _number_row(self, number: Number) -> dict[str, Any]:
        lead = number.name in (figures.INCIDENTS, figures.VICTIMS)
        return {
            "id": number.name,
            "by": group_words(number),
            "what": number_words(number),
            "count": Cell(number.said, strong=lead),
            "unseen": lead,
        }

    # -- the list behind a number -------------------------------------------------------------------------

    def _show_list(self) -> None:
        report, current = self._report, self.numbers.current_id()
        number = None if report is None or current is None else next(
            (one for one in report.numbers() if one.name == str(current)), None)  # fmt: skip
        if report is None or number is None:
            return
        asked = self._asked

        def read(store: Store) -> list[dict[str, Any]]:
            return figures.rows(store, report, number)

        self._desk.query(read, while_alive(self, lambda rows: self._fill(asked, number, rows)))

    def _fill(self, asked: int, number: Number, rows: list[dict[str, Any]]) -> None:
        if asked != self._asked or str(self.numbers.current_id()) != number.name:
            return
        self.heading.setText(self.tr("{0}: {1}").format(number_words(number), number.said))
        is_victims = number.kind == "victim"
        self.incidents.setVisible(not is_victims)
        self.victims.setVisible(is_victims)
        if is_victims:
            self.victims.show_rows([victim_row(one) for one in rows])
        else:
            self.incidents.show_rows([incident_row(one) for one in rows])

    def list_table(self) -> RowsTable:
        """Return the list that is shown."""
        return self.victims if self.victims.isVisibleTo(self.detail) else self.incidents

    def _open(self) -> None:
        self._opened = True
        self._arrange()
        self.list_table().setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        self._opened = False
        self._arrange()
        self.numbers.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the numbers."""
        if event.key() == Qt.Key.Key_Escape and not self.numbers.hasFocus():
            self._close()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow view the list lies over the numbers."""
        super().resizeEvent(event)
        self._arrange_soon.start()  # not now: a layout is giving out room

    def _arrange(self) -> None:
        self._narrow = self.width() < _NARROW_BELOW
        self.side.setVisible(not (self._narrow and self._opened))
        self.detail.setVisible(not self._narrow or self._opened)
        self.back.setVisible(self._narrow)
        self.summary.setVisible(self.width() >= 700)
        self.hints.setVisible(self.height() >= _LOW)
        self.problem.set_low(self.height() < _LOW)
        self.new.set_key("Ctrl Shift N" if self.width() >= 900 else "")
