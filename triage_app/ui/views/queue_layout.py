"""Where the parts of the queue stand, in a wide, a narrow and a low window, and what of that is remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from triage_app.errors import BadInput
from triage_app.ui.desk import Desk
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.alert_detail import AlertDetail
from triage_app.ui.views.alert_table import AlertTable
from triage_app.ui.views.commands import follow_single_keys
from triage_app.ui.views.elsewhere import Elsewhere
from triage_app.ui.views.incoming import IncomingPanel
from triage_app.ui.views.queue_acts import QueueActs
from triage_app.ui.views.queue_filter import FilterBar
from triage_app.ui.views.queue_offer import UndoOffer
from triage_app.ui.views.severity_totals import SeverityTotals
from triage_app.ui.watching import WatchBanner
from triage_app.ui.widgets import (
    KeptSplitter,
    KeyHints,
    Line,
    Panel,
    ResultLine,
    column,
    icon_button,
    link,
    row,
    secondary,
)

LOOK_AFTER_MS = 120
"""An alert passed by faster than this is not looked up: J may be held down."""
LOOKED_AT_MS = 700
"""An alert that was current for so long has been looked at, and is no longer bold."""
WHOLE_AFTER_MS = 250
"""What is typed is found whole once no key has followed for so long: meanwhile its first alerts are shown."""
SHORT_BELOW = 420
"""Logical pixels of the view, below which the hints go, and more while something is asked."""

ALONE_BELOW = 300
"""Logical pixels of the view, below which what is asked takes the place of the list."""
BARE_BELOW = 1000
"""Logical pixels of the view, below which its buttons are pictures alone: words have no room there."""
NARROW_BELOW = 780
"""Logical pixels of the view, below which the pane lies over the list."""


class QueueLayout(Panel):
    """The list, its filter and the alert at the right. What they do is ``QueueView``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("canvas", parent=parent)
        self.desk = desk
        self._narrow = self._reopens = False
        self._wanted_key = ""
        self._result_shown = False

    def _build(self, acts: QueueActs, fetch: Callable[[list[Any]], dict[Any, dict[str, Any]]]) -> None:
        self.table = AlertTable(fetch, self)
        self._model = self.table.record_model
        self.table.setAccessibleName(self.tr("Alerts to decide"))
        self.filter = FilterBar(self.desk)
        self.result = ResultLine()
        follow_single_keys(self.desk, self, (), [self.table], self.result)
        self.offer = UndoOffer(self.desk, self.result)
        self.hints = KeyHints(
            [
                ("J K", self.tr("Move")), ("Enter", self.tr("Open")), ("X", self.tr("Select")),
                ("A", self.tr("Assign")), ("N", self.tr("Note")), ("O", self.tr("Source")),
                ("/", self.tr("Filter")), ("U", self.tr("Undo")),
            ]
        )  # fmt: skip
        self._heading = text_label(self.tr("Queue"), "h1")
        self.counts = text_label("", "small", "text2")
        self.import_button = secondary(self.tr("Import"), icon="import", key="Ctrl I")
        self.import_button.setToolTip(self.tr("Take in alert files; they can also be dropped on the window"))
        self.new_alert_button = secondary(self.tr("New alert"), icon="plus", key="Ctrl Shift A")
        self.new_alert_button.setToolTip(self.tr("Take down what somebody rang about, or told you"))
        for button in (self.import_button, self.new_alert_button):
            button.setEnabled(not self.desk.is_read_only)
        self._columns_button = icon_button(self.tr("Columns"), "columns")
        self._head = QWidget()
        head = row(self._head, (Size.PAGE, 14, Size.PAGE, 10), 8)
        for widget in (self._heading, self.counts):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.import_button)
        head.addWidget(self.new_alert_button)
        self.elsewhere = Elsewhere(self.tr("Also in"), "{0}: {1}")
        self._filter_row = QWidget()
        below = row(self._filter_row, (Size.PAGE, 0, Size.PAGE, 12), 6)
        filters = column(gap=4)
        filters.addWidget(self.filter)
        filters.addWidget(self.elsewhere)
        self.ruled = link("")
        self.ruled.setToolTip(self.tr("Every rule, and what it put aside"))
        self.ruled.hide()
        filters.addWidget(self.ruled, 0, Qt.AlignmentFlag.AlignLeft)
        below.addLayout(filters, 1)
        below.addWidget(self._columns_button, 0, Qt.AlignmentFlag.AlignTop)
        self.middle = Panel("canvas")
        self._under = lines = column(self.middle, gap=0)
        lines.addWidget(self._head)
        lines.addWidget(self._filter_row)
        lines.addWidget(Line())
        self.totals = SeverityTotals()
        lines.addWidget(self.totals)
        self.watched, self.incoming = WatchBanner(), IncomingPanel(self.table, lines)
        lines.addWidget(self.watched)
        lines.addWidget(self.incoming)
        lines.addWidget(self.table, 1)
        for bar in acts.bars:
            lines.addWidget(bar)
        lines.addWidget(self.result)
        lines.addWidget(self.hints)
        self.detail = AlertDetail(acts.actions)
        self.splitter = KeptSplitter("queue", self.middle, self.detail, Size.DETAIL, narrowest=320)
        self._whole = column(self, gap=0)
        self._whole.addWidget(self.splitter, 1)
        self.land_on(self.table)
        self.setAccessibleName(self._heading.text())
        self._look_timer, self._seen_timer, self._whole_timer = QTimer(self), QTimer(self), QTimer(self)
        for timer, wait in (
            (self._look_timer, LOOK_AFTER_MS), (self._seen_timer, LOOKED_AT_MS), (self._whole_timer, WHOLE_AFTER_MS),
        ):  # fmt: skip
            timer.setSingleShot(True)
            timer.setInterval(wait)

    # -- room ---------------------------------------------------------------------------------------------

    def _bar_opened(self) -> None:
        """Where the window is low, what is asked comes before the filter and the last result.

        Where the pane lies over the list, it makes room for what is asked, and comes back when that is answered.
        """
        if self._pane_is_over():
            self._reopens = True
            self._arrange(open_detail=False)
            self._take_keys()
        short = self.height() < SHORT_BELOW
        self._filter_row.setVisible(not short)
        self._result_shown = not self.result.isHidden()
        if short:
            self.result.hide()
        # Where there is not even room for both, what is asked stands alone: it says for how many it asks.
        alone = self.height() < ALONE_BELOW
        self._head.setVisible(not alone)
        self.totals.set_room(not short)
        self.table.setVisible(not alone)
        if short:  # one row is enough to see what it is about: what is asked must not be cut
            self.table.setMinimumHeight(Size.TABLE_HEAD + self.table.row_height)

    def _bar_closed(self) -> None:
        for part in (self._head, self._filter_row, self.table):
            part.show()
        self.table.setMinimumHeight(0)
        self.totals.set_room(self.height() >= SHORT_BELOW)
        self.result.setVisible(self._result_shown or not self.result.isHidden())
        reopens, self._reopens = self._reopens, False
        if reopens and self._narrow:
            self._open_current()
        else:
            self._focus_list()

    def _focus_list(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow view the pane lies over the list."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW_BELOW
        if narrow != self._narrow:
            self._narrow = narrow
            self.detail.set_narrow(narrow)
            self._arrange(open_detail=False)
        self.hints.setVisible(self.height() >= SHORT_BELOW)
        self.totals.set_room(self.height() >= SHORT_BELOW)
        for button in (self.import_button, self.new_alert_button):
            button.set_bare(self.width() < BARE_BELOW)

    def _arrange(self, *, open_detail: bool) -> None:
        over = self._narrow and open_detail
        self.middle.setVisible(not over)
        self.detail.setVisible(not self._narrow or open_detail)
        # What became of an act stands under the list; where the pane hides that, it stands under the pane.
        if over != (self._whole.indexOf(self.result) >= 0):
            shown = not self.result.isHidden()
            if over:
                self._whole.addWidget(self.result)
            else:
                self._under.insertWidget(self._under.indexOf(self.hints), self.result)
            self.result.setVisible(shown)

    def _pane_is_over(self) -> bool:
        """Tell whether the pane lies over the list and hides it."""
        return self._narrow and not self.detail.isHidden()

    def _current_key(self) -> str:
        """Return the key of the current alert, "" for none."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Ask for the list again."""
        raise NotImplementedError

    def _take_keys(self) -> None:
        """Give the focus to what asks something."""
        raise NotImplementedError

    def _open_current(self) -> None:
        if self._narrow:
            self._arrange(open_detail=True)
        self.detail.setFocus(Qt.FocusReason.OtherFocusReason)

    def _back_to_list(self) -> None:
        if self._narrow:
            self._arrange(open_detail=False)
        self._focus_list()

    def _show_columns(self) -> None:
        button = self._columns_button
        self.table.columns.show_menu(button.mapToGlobal(button.rect().bottomLeft()))

    def _say_marked(self) -> None:
        many = len(self.table.marked)
        self.detail.promote.setText(self.tr("Promote {0}").format(many) if many else self.tr("Promote"))
        self.detail.dismiss.setText(self.tr("Dismiss {0}").format(many) if many else self.tr("Dismiss"))
        self.detail.merge.setText(self.tr("Merge {0}").format(many) if many else self.tr("Merge"))
        self.detail.snooze.setText(self.tr("Snooze {0}").format(many) if many else self.tr("Snooze"))

    # -- coming back --------------------------------------------------------------------------------------

    def place(self) -> tuple[str, str]:
        """Return where one is: the filter and the key of the current alert."""
        return self.filter.query(), self._current_key()

    def narrowed(self) -> dict[str, Any]:
        """Return what the list is narrowed to and sorted by, for the next start."""
        key, descending = self.table.order
        return {"filter": self.filter.query(), "sort": key, "down": descending}

    def narrow_as(self, found: Mapping[str, Any]) -> None:
        """Narrow and sort the list as it was; a filter that can no longer be read is left out."""
        wanted = (str(found.get("sort", "")), found.get("down") is not False)
        sorts = wanted != self.table.order and self.table.sort_by(*wanted)
        query = str(found.get("filter", self.filter.query()))
        try:
            if query != self.filter.query():
                self.filter.set_query(query)
            elif sorts:
                self.refresh()
        except BadInput:
            self.refresh()

    def return_to(self, place: tuple[str, str]) -> None:
        """Go back to where one was, after the store was locked."""
        query, self._wanted_key = place
        try:
            self.filter.set_query(query)
        except BadInput:
            self.refresh()
