"""Victims and one of them: the list with what is due next, and the page beside it, or over it where it is narrow."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from triage_app.language import plural, say
from triage_app.services.changes import Changes, milliseconds
from triage_app.ui import painting, theme
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.add_victim import AddVictimDialog
from triage_app.ui.dialogs.due_list import DueListDialog
from triage_app.ui.dialogs.retention_list import RetentionDialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Cell, ClockCell, Column
from triage_app.ui.text import text_label, tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command
from triage_app.ui.views.moments import clock_state, due_words, next_due_cell, short
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.victim_page import VictimPage
from triage_app.ui.views.victim_reading import Due, VictimList, VictimRow, victims
from triage_app.ui.widgets import EmptyState, Line, Panel, column, quiet, row

LIST_WIDTH = 300
_SIDE_BY_SIDE = 860
_FOOT_FROM = 240


class DueButton(QAbstractButton):
    """One line of what is due next: its clock, what, where, when. A press opens the victim."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._used, self._when, self._where = "running", 0.0, "", ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_due(self, what: str, where: str, when: str, state: str, used: float) -> None:
        """Show one thing due."""
        self._state, self._used, self._when, self._where = state, used, when, visible(where, 200, lines=False)
        self.setText(visible(what, 200, lines=False))
        words = f"{self.text()}, {self._where}, {when}"
        self.setAccessibleName(words)
        self.setToolTip(tooltip(words))
        self.update()

    def sizeHint(self) -> QSize:
        """Return 38 high."""
        return QSize(200, 38)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        p = theme.current().palette
        painter = QPainter(self)
        if self.underMouse():
            painter.fillRect(self.rect(), theme.colour("sunken"))
        painting.clock(painter, QRectF(Size.CARD, 5, 14, 14), self._state, self._used, p)
        urgent = self._state in ("amber", "red", "missed")
        painter.setFont(font("small_strong" if urgent else "small"))
        painter.setPen(theme.colour(painting.clock_colour(self._state)))
        wide = painter.fontMetrics().horizontalAdvance(self._when)
        right = self.width() - Size.CARD
        painter.drawText(QRectF(right - wide, 2, wide + 1, 20), int(Qt.AlignmentFlag.AlignVCenter.value), self._when)
        left = Size.CARD + 22
        for token, ink, words, top, room in (
            ("small", "text", self.text(), 2, right - wide - 8 - left),
            ("cap", "text2", self._where, 20, right - left),
        ):
            painter.setFont(font(token))
            painter.setPen(theme.colour(ink))
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QRectF(left, top, room, 18), int(Qt.AlignmentFlag.AlignVCenter.value), shown)
        painter.end()


class VictimsPane(QWidget):
    """The victims of one incident, or of all."""

    open_incident = Signal(str)
    open_victim = Signal(str)
    """A victim of another incident."""
    shown = Signal(int)
    """How many victims there are."""

    def __init__(self, desk: Desk, of_all: bool, parent: QWidget | None = None) -> None:
        """``of_all`` shows every victim; otherwise those of the incident given to ``show_incident``."""
        super().__init__(parent)
        self._desk = desk
        self._of_all = of_all
        self._incident = ("", "")
        self._wanted = ""
        self._narrow = False
        self._opened = False
        self._list = VictimList()
        self._due: tuple[Due, ...] = ()
        self.side = Panel("surface", "r")
        self._count = text_label("", "h3")
        self.add = quiet(self.tr("Add"), icon="plus", key="V")
        self.add.setAccessibleName(self.tr("Add a victim"))
        self.add.clicked.connect(self.add_victim)
        head = row(margins=(Size.CARD, 10, 10, 6), gap=8)
        head.addWidget(self._count)
        head.addStretch(1)
        head.addWidget(self.add)
        if of_all:  # shown before it stands in anything, it would come up as a window of its own
            self.add.hide()
        self.table = RowsTable(
            [
                Column("victim", self.tr("Victim"), 150, stretch=True, sortable=False, kind="title"),
                Column("due", self.tr("Next due"), 122, kind="clock", sortable=False),
            ],
            self.tr("Victims"), inset=Size.CARD, two_line=True,
        )  # fmt: skip
        self.table.current_changed.connect(self._current)
        self.table.opened.connect(self._open)
        self.table.set_empty(self._empty())
        self._due_box: QVBoxLayout = column(gap=0)
        self._due_head = QWidget()
        due_head = row(self._due_head, (Size.CARD, 6, 10, 0), 8)
        due_head.addWidget(text_label(self.tr("Due next, all incidents"), "h3", wrap=True), 1)
        self.due_list = quiet(self.tr("All"), key="D")
        self.due_list.setAccessibleName(self.tr("All that is overdue and due next"))
        self.due_list.clicked.connect(self.show_due)
        due_head.addWidget(self.due_list)
        self._due_lines: list[DueButton] = []
        self._supported = text_label("", "small_strong")
        self._supported_why = text_label("", "cap", "text2", wrap=True)
        self._foot = QWidget()
        whole_foot = column(self._foot, gap=0)
        whole_foot.addWidget(Line())
        foot = column(margins=(Size.CARD, 10, Size.CARD, 12), gap=2)
        whole_foot.addLayout(foot)
        foot.addWidget(self._supported)
        foot.addWidget(self._supported_why)
        lines = column(self.side, (0, 0, 1, 0), 0)
        lines.addLayout(head)
        lines.addWidget(self.table, 1)
        self._due_line = Line()
        lines.addWidget(self._due_line)
        lines.addWidget(self._due_head)
        lines.addLayout(self._due_box)
        lines.addSpacing(8)
        lines.addWidget(self._foot)
        self.page = VictimPage(desk)
        self.page.open_incident.connect(self.open_incident)
        self.page.back_requested.connect(self.back)
        self._whole: QHBoxLayout = row(self, gap=0)
        self._whole.addWidget(self.side)
        self._whole.addWidget(self.page, 1)
        self.add_command = command(
            self,
            self.tr("Add &victim…"),
            "V",
            self.tr("Record an organisation or a person as a victim"),
            self.add_victim,
        )
        self.add_command.setEnabled(False)
        self.addActions(self.page.commands)
        self.due_command = command(
            self,
            self.tr("What is &due…"),
            "D",
            self.tr("Support overdue and due next, over all incidents"),
            self.show_due,
        )
        self.due_command.setEnabled(False)
        self.retention_command = command(
            self,
            self.tr("&Retention due…"),
            "",
            self.tr("Until when each person is kept, over all incidents, and what keeps them longer"),
            self.show_retention,
        )
        self.back_command = command(self, self.tr("Back to the list of victims"), "Alt+Up", self.tr("Back to the list"),
                                    self.back)  # fmt: skip
        desk.store_changed.connect(self._changed)
        self._fold_soon = soon(self, self._fold_to_size)
        self._fold()

    def commands(self) -> list[QAction]:
        """Return what can be done here, for the menu."""
        return [*([] if self._of_all else [self.add_command]), self.due_command, self.retention_command,
                *self.page.commands]  # fmt: skip

    def supported(self) -> int:
        """Return how many of the victims shown count as supported."""
        return self._list.supported

    def _empty(self) -> EmptyState:
        if self._of_all:
            return EmptyState(
                self.tr("No victims are recorded"),
                self.tr("Open an incident and add whom it harmed or put at risk, under Victims."),
            )
        made = EmptyState(
            self.tr("No victims are recorded"),
            self.tr("Add whom it harmed or put at risk."),
            self.tr("Add a victim"),
            "V",
        )
        made.acted.connect(self.add_victim)
        return made

    # -- what is shown ------------------------------------------------------------------------------------

    def show_incident(self, incident: str, ref: str) -> None:
        """Show the victims of an incident."""
        if incident != self._incident[0]:
            self._opened = False
        self._incident = (incident, ref)
        self.refresh()

    def refresh(self) -> None:
        """Read the list again, and the victim shown."""
        incident = self._incident[0]
        if self._of_all or incident:
            now = milliseconds(self._desk.now())
            self._desk.query(
                lambda store: (victims(store, incident, now=now), victims(store, now=now).due if incident else ()),
                lambda found: self._show(incident, *found),
            )

    def _show(self, incident: str, found: VictimList, due: tuple[Due, ...]) -> None:
        if incident != self._incident[0]:
            return
        self._list = found
        self._count.setText(plural(len(found.victims), "1 victim", "{0} victims").format(len(found.victims)))
        self.table.show_rows([self._row(one) for one in found.victims])
        if self._wanted and self.table.go_to_id(self._wanted):
            self._wanted = ""
        elif self.table.current_id() is None and found.victims:
            self.table.go_to_row(0)
        self._show_due(due if incident else found.due)
        self._supported.setText(self.tr("Counted as supported: {0}").format(found.supported))
        where = self.tr("in this incident") if incident else self.tr("over all incidents")
        self._supported_why.setText(self.tr("Victims with a successful action {0}.").format(where))
        if not found.victims:
            self.page.set_empty(
                self.tr("Nobody is recorded as harmed"), self.tr("A victim's contact, consent and support stand here.")
            )
        current = self.table.current_id()
        self.page.show_victim(str(current) if current is not None else "")
        self.shown.emit(len(found.victims))

    def _row(self, one: VictimRow) -> dict[str, object]:
        # A reference is never cut, so it comes first where victims of many incidents stand together.
        status = say(one.status.capitalize()).lower()
        parts = (one.incident_ref, status) if self._of_all else (one.code, status)
        second = ", ".join(part for part in parts if part)
        due: ClockCell | Cell | None = next_due_cell(
            one.next_due, one.next_start, self._desk.now(), self.tr("{0} late"), self.tr("in {0}")
        )
        if due is None and one.actions and not one.open_actions:
            due = ClockCell("met", self.tr("all done"))
        return {"id": one.id, "victim": Cell(one.name, second=second), "due": due}

    def _show_due(self, due: tuple[Due, ...]) -> None:
        clock = self._desk.now()
        while len(self._due_lines) < len(due):
            number = len(self._due_lines)
            made = DueButton()
            made.clicked.connect(lambda _=False, at=number: self._press_due(at))
            self._due_lines.append(made)
            self._due_box.addWidget(made)
        self._due = due
        for number, line in enumerate(self._due_lines):
            line.setVisible(number < len(due))
            if number < len(due):
                one = due[number]
                state, used = clock_state(one.created_at, one.due_at, clock)
                when = (
                    short(one.due_at, clock) if state == "missed" else due_words(one.due_at, clock, self.tr("in {0}"))
                )
                line.show_due(one.name, one.where, when, state, used)
        self._fit_due()

    def _fit_due(self) -> None:
        has = bool(self._due)
        room = self.height() >= 520
        self._due_head.setVisible(has and room)
        self._due_line.setVisible(has and room)
        self._supported_why.setVisible(room)
        self._foot.setVisible(self.height() >= _FOOT_FROM)  # lower than that the count would hide whom it counts
        for number, line in enumerate(self._due_lines):
            line.setVisible(room and number < len(self._due))

    def _press_due(self, number: int) -> None:
        if number < len(self._due):
            self.show_victim(self._due[number].victim)

    def show_victim(self, entity: str) -> None:
        """Show one victim, from wherever one comes."""
        self._opened = True
        if self.table.go_to_id(entity):
            self.page.show_victim(entity)
        else:
            self._wanted = entity
            found = self._list.victims
            if found or self._of_all:
                self.refresh()
        self._fold()

    def _current(self, record_id: object) -> None:
        self.page.show_victim(str(record_id) if record_id is not None else "")

    def _open(self, record_id: object) -> None:
        self._opened = True
        self._current(record_id)
        self._fold()
        self.page.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def back(self) -> None:
        """Show the list again, where the page covers it."""
        self._opened = False
        self._fold()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self, changes: Changes) -> None:
        if changes.touches("victim", "action", "incident", "person", "organisation", "note", "attempt", "handoff"):
            self.refresh()

    def add_victim(self) -> None:
        """Open the form for a victim."""
        incident, ref = self._incident
        if incident:
            AddVictimDialog(self._desk, incident, ref, self).open()

    def show_due(self) -> None:
        """Open the list of what is overdue and due next, over all incidents."""
        DueListDialog(self._desk, self._open_due, self).open()

    def show_retention(self) -> None:
        """Open the list of until when people are kept, over all incidents."""
        RetentionDialog(self._desk, self._open_due, self).open()

    def _open_due(self, victim: str) -> None:
        if any(one.id == victim for one in self._list.victims):
            self.show_victim(victim)
        else:
            self.open_victim.emit(victim)

    def showEvent(self, event: QShowEvent) -> None:
        """Let its commands act."""
        super().showEvent(event)
        self.add_command.setEnabled(not self._of_all)
        self.due_command.setEnabled(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep its commands from acting unseen."""
        super().hideEvent(event)
        self.add_command.setEnabled(False)
        self.due_command.setEnabled(False)

    # -- room ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One beside the other, or one over the other."""
        super().resizeEvent(event)
        self._fold_soon.start()

    def _fold_to_size(self) -> None:
        self._narrow = self.width() < _SIDE_BY_SIDE
        self._fold()
        self._fit_due()

    def _fold(self) -> None:
        over = self._narrow and self._opened
        self.side.setVisible(not over)
        self.page.setVisible(not self._narrow or over)
        if self._narrow:
            self.side.setMinimumWidth(0)
            self.side.setMaximumWidth(16_777_215)
        else:
            self.side.setFixedWidth(LIST_WIDTH)
        self.page.set_where(self._of_all, over)
