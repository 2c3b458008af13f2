"""Reports (tips): those that came, new ones first; each linked to an incident, promoted to one, or closed."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from triage_app.errors import TriageError
from triage_app.services import tips
from triage_app.services.changes import Changes
from triage_app.services.precise_times import in_words as moment_in_words
from triage_app.services.precise_times import moment_of
from triage_app.services.session import Session
from triage_app.store import lookup
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.merge_into import MergeBar
from triage_app.ui.dialogs.tip import CloseTipDialog, TipDialog
from triage_app.ui.soon import soon
from triage_app.ui.table import UNKNOWN, Column, StatusCell
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command, follow_single_keys
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.views.tip_detail import TipDetail
from triage_app.ui.widgets import Choice, EmptyState, KeptSplitter, KeyHints, Line, Panel, column, link, primary, row

_NARROW_BELOW: Final = 760
_ALONE: Final = 300
_LOW: Final = 420
_DETAIL: Final = 368
_GLYPHS: Final = {"new": "pending", "alert": "ongoing", "linked": "ongoing", "no action": "cancelled"}


class TipsPane(Panel):
    """The list, and the report that is current at its right."""

    open_record = Signal(str, str)
    back_requested = Signal()
    counted = Signal(int)
    """How many are new."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("canvas", parent=parent)
        self._desk = desk
        self._all: list[dict[str, Any]] = []
        self._who: dict[str, dict[str, str]] = {}
        self._wanted = ""
        self._opened = False
        self._build()
        tr = self.tr
        self.on_one = [
            command(self, tr("&Promote the report"), "P", tr("Open an incident from it"), self.promote),
            command(self, tr("&Link the report…"), "M", tr("It is of an incident that is open"), self.link),
            command(self, tr("Close it without &action…"), "D", tr("Nothing follows, and why"), self.close_tip),
            command(self, tr("Make it ne&w again"), "O", tr("It leaves its incident"), self.reopen),
            command(self, tr("Put it into the &queue…"), "Q", tr("Make an alert of it"), self.make_alert),
        ]
        self.back_command = command(self, tr("&Back to incidents"), "Alt+Left", tr("Back"), self.back_requested.emit)
        follow_single_keys(desk, self, self.on_one, [self.table])
        self._arrange_soon = soon(self, self._arrange)
        desk.store_changed.connect(self._changed)
        self._enable()
        self.refresh()

    def _build(self) -> None:
        self.crumb = link(self.tr("Incidents"))
        self.crumb.clicked.connect(self.back_requested)
        self.summary = text_label("", "small", "text2")
        self.button = primary(self.tr("New report"), icon="plus", key="Ctrl R")
        self.button.clicked.connect(self.new_tip)
        self.state = Choice(
            [("", self.tr("Every report")), ("new", self.tr("New")), ("alert", self.tr("Alert")),
             ("linked", self.tr("Linked")), ("no action", self.tr("No action"))],
            name=self.tr("Which reports"),
        )  # fmt: skip
        self.state.setFixedWidth(170)
        self.state.currentIndexChanged.connect(lambda _: self._fill())
        first = row(gap=12, margins=(Size.PAGE, 14, Size.PAGE, 10))
        first.addWidget(self.crumb)
        first.addWidget(text_label(">", "small", "text2"))
        first.addWidget(text_label(self.tr("Reports (tips)"), "h1"))
        first.addStretch(1)
        first.addWidget(self.button)
        second = row(gap=12, margins=(Size.PAGE, 0, Size.PAGE, 12))
        second.addWidget(self.state)
        second.addWidget(self.summary)
        second.addStretch(1)
        self.table = RowsTable(
            (
                Column("state", self.tr("State"), 110, "status", sortable=False),
                Column("what", self.tr("What was reported"), 220, "title", stretch=True, sortable=False),
                Column("received", self.tr("Received"), 176, drop=2, sortable=False),
                Column("about", self.tr("About"), 96, drop=4, sortable=False),
                Column("channel", self.tr("How"), 110, drop=3, sortable=False),
                Column("incident", self.tr("Incident"), 140, "mono", drop=1, sortable=False),
            ),
            self.tr("Reports"),
        )
        made = EmptyState(
            self.tr("No report is here."),
            self.tr("Record what somebody tells you: it is linked to an incident, promoted to one, or closed."),
            self.tr("New report"), "Ctrl R",
        )  # fmt: skip
        made.acted.connect(self.new_tip)
        self.table.set_empty(made)
        self.merge_bar = MergeBar()
        self.merge_bar.picked.connect(self._link_to)
        self.merge_bar.shown.connect(lambda _: self._arrange_soon.start())
        self.merge_bar.cancelled.connect(self._close_bar)
        self.hints = KeyHints(
            [("P", self.tr("promote")), ("M", self.tr("link")), ("Q", self.tr("into the queue")),
             ("D", self.tr("no action")), ("O", self.tr("new again")), ("Ctrl R", self.tr("new report"))]
        )  # fmt: skip
        self.side = Panel("canvas")
        left = column(self.side, gap=0)
        left.addWidget(self.table, 1)
        left.addWidget(self.merge_bar)
        left.addWidget(self.hints)
        self.detail = TipDetail()
        self.detail.back.connect(self._close)
        for button, act in zip(
            self.detail.acts(), (self.promote, self.link, self.close_tip, self.make_alert), strict=True
        ):
            button.clicked.connect(act)
        self.detail.who_wanted.connect(self._show_who)
        self.detail.alert_wanted.connect(lambda key: self.open_record.emit("alert", key))
        self.detail.incident_wanted.connect(lambda incident: self.open_record.emit("incident", incident))
        self.splitter = KeptSplitter("reports", self.side, self.detail, _DETAIL)
        lines = column(self, gap=0)
        lines.addLayout(first)
        lines.addLayout(second)
        lines.addWidget(Line())
        lines.addWidget(self.splitter, 1)
        self.table.current_changed.connect(lambda _: self._current())
        self.table.opened.connect(lambda _: self._open())
        self.land_on(self.table)

    def commands(self) -> list[QAction]:
        """Return what can be done here."""
        return [*self.on_one, self.back_command]

    # -- the list -----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again."""
        self._desk.query(tips.listing, while_alive(self, self._show))

    def _changed(self, changes: Changes) -> None:
        if changes.touches("tip", "incident"):
            self.refresh()

    def _show(self, found: list[dict[str, Any]]) -> None:
        self._all = found
        new = sum(one["state"] == "new" for one in found)
        self.summary.setText(self.tr("{0} new of {1}").format(f"{new:,}", f"{len(found):,}") if found else "")
        self.counted.emit(new)
        self._fill()

    def _fill(self) -> None:
        wanted = self.state.key()
        self.table.show_rows([self._row(one) for one in self._all if not wanted or one["state"] == wanted])
        if self._wanted and self.table.go_to_id(self._wanted):
            self._wanted = ""
        elif self.table.current_row() is None:
            self.table.go_to_row(0)
        self._current()

    def _row(self, one: dict[str, Any]) -> dict[str, Any]:
        moment = moment_of(one["received"])
        words = {
            "new": self.tr("New"),
            "alert": self.tr("Alert"),
            "linked": self.tr("Linked"),
            "no action": self.tr("No action"),
        }
        return {
            "id": one["id"],
            "state": StatusCell(_GLYPHS.get(one["state"], "unknown"), words.get(one["state"], one["state"])),
            "what": harmless(one["text"].partition("\n")[0]),
            "received": UNKNOWN if moment is None else moment_in_words(moment, self._desk.now()),
            "about": one["organisation"].partition(":")[2] or UNKNOWN,
            "channel": tips.channels().get(one["channel"], one["channel"]) or UNKNOWN,
            "incident": one["incident_ref"] or "",
            "unseen": one["state"] == "new",
            "muted": one["state"] == "no action",
        }

    def current(self) -> dict[str, Any] | None:
        """Return the report that is current."""
        current = self.table.current_id()
        return next((one for one in self._all if one["id"] == current), None)

    def _current(self) -> None:
        found = self.current()
        self.detail.show_tip(found, None if found is None else self._who.get(found["id"]))
        self._enable()

    def go_to(self, tip: str) -> None:
        """Make a report current, now or when it has been read."""
        self.state.set_key("")
        if not self.table.go_to_id(tip):
            self._wanted = tip
            self.refresh()

    def _enable(self) -> None:
        found = self.current() if self.isVisible() else None
        state = "" if found is None else found["state"]
        can = (
            state not in ("", "linked", "alert"), state != "", state not in ("", "no action", "alert"),
            state not in ("", "new"), state not in ("", "linked", "alert"),
        )  # fmt: skip
        for action, is_on in zip(self.on_one, can, strict=True):
            action.setEnabled(is_on)
        for button, is_on in zip(self.detail.acts(), (*can[:3], can[4]), strict=True):
            button.setEnabled(is_on)
        self.back_command.setEnabled(self.isVisible())

    # -- acts ---------------------------------------------------------------------------------------------

    def new_tip(self) -> None:
        """Open the form for a report."""
        dialog = TipDialog(self._desk, self)
        dialog.made.connect(self.go_to)
        dialog.open()

    def _chosen(self) -> list[str]:
        found = self.current()
        return [] if found is None else [str(found["id"])]

    def promote(self) -> None:
        """Open an incident from the current report, and go to it."""
        chosen = self._chosen()
        if chosen:
            self._desk.act(
                lambda session: tips.promote(session, chosen),
                while_alive(self, lambda changes: self.open_record.emit("incident", changes.id)),
            )

    def make_alert(self) -> None:
        """Open the form that puts the current report into the queue."""
        found = self.current()
        if found is not None:
            from triage_app.ui.dialogs.new_alert import NewAlertDialog

            NewAlertDialog(self._desk, self, found).open()

    def link(self) -> None:
        """Ask which incident the current report is of."""
        if self._chosen():
            self.merge_bar.set_incidents([])
            self.merge_bar.open_for(1)
            self.merge_bar.heading.setText(self.tr("Link the report to"))
            self._desk.query(
                lambda store: lookup.listing(store, "incident", "i.status <> 'closed'"),
                while_alive(self, self.merge_bar.set_incidents),
            )

    def _link_to(self, incident: str) -> None:
        chosen = self._chosen()
        self._close_bar()
        if chosen:
            self._desk.act(lambda session: tips.link(session, chosen, incident))

    def _close_bar(self) -> None:
        self.merge_bar.hide()
        self._arrange()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_tip(self) -> None:
        """Ask why nothing follows from the current report."""
        chosen = self._chosen()
        if chosen:
            CloseTipDialog(self._desk, chosen, self).open()

    def reopen(self) -> None:
        """Make the current report new again."""
        chosen = self._chosen()
        if chosen:
            self._desk.act(lambda session: tips.reopen(session, chosen))

    def _show_who(self, tip: str) -> None:
        """Show who reported; that somebody looked is noted."""

        def work(session: Session, _: object) -> dict[str, str]:
            return tips.reveal(session, tip)

        def shown(who: dict[str, str]) -> None:
            self._who[tip] = who
            self._current()

        self._desk.long("", work, while_alive(self, shown), while_alive(self, self._refused))

    def _refused(self, _: TriageError) -> None:
        self.refresh()

    # -- room ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._opened = True
        self._arrange()
        self.detail.page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        self._opened = False
        self._arrange()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        """Let its acts act."""
        super().showEvent(event)
        self._enable()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep its acts from acting unseen, and close what was unmasked."""
        super().hideEvent(event)
        self._who.clear()
        self._current()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow view the report lies over the list."""
        super().resizeEvent(event)
        self._arrange_soon.start()  # not now: a layout is giving out room

    def _arrange(self) -> None:
        narrow = self.width() < _NARROW_BELOW
        self.side.setVisible(not (narrow and self._opened))
        self.detail.setVisible(not narrow or self._opened)
        self.detail.set_over_list(narrow)
        self.hints.setVisible(self.height() >= _LOW)
        # Where there is no room for both, what is asked stands alone.
        self.table.setVisible(self.height() >= _ALONE or self.merge_bar.isHidden())
