"""One victim: who they are, on what ground we hold it, what is due, and every support action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from triage_app.domain.indicators import defang
from triage_app.language import plural
from triage_app.services import people, support, victim_record
from triage_app.services.changes import milliseconds
from triage_app.services.vocabularies import action_codes, action_statuses
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.action_outcome import ActionOutcomeDialog
from triage_app.ui.dialogs.add_action import AddActionDialog
from triage_app.ui.dialogs.add_note import AddNoteDialog
from triage_app.ui.dialogs.edit_victim import EditVictimDialog
from triage_app.ui.dialogs.handoff import HandoffDialog
from triage_app.ui.dialogs.letters import LettersDialog
from triage_app.ui.dialogs.person_data import PersonDataDialog
from triage_app.ui.dialogs.victim_record import VictimRecordDialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Column, StatusCell
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command
from triage_app.ui.views.due_banner import DueBanner
from triage_app.ui.views.handoff_card import HandoffCard
from triage_app.ui.views.moments import OPEN_STATUSES, attempts_words, clock_state, due_cell, short, span
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.victim_card import VictimCard
from triage_app.ui.views.victim_reading import CLOSED_WORDS, VictimRead, victim
from triage_app.ui.widgets import (
    Banner,
    Button,
    Card,
    EmptyState,
    Panel,
    ScrollPage,
    column,
    link,
    primary,
    row,
    secondary,
)

_DUE_FIRST = 420
_HEAD, _ROW = Size.TABLE_HEAD + 10, 36
_LEAST_ROWS, _MOST_ROWS = 3, 8


class VictimPage(QWidget):
    """The card, the banner of what is due, and the table of support actions."""

    open_incident = Signal(str)
    back_requested = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._read: VictimRead | None = None
        self._asked = ""
        self.card = VictimCard()
        self.back = link(self.tr("All victims"))
        self.back.clicked.connect(self.back_requested)
        self.back.hide()
        self.incident = link("")
        self.incident.clicked.connect(self._open_incident)
        self.log_call = secondary(self.tr("Log a call"), icon="phone", key="L")
        self.log_call.clicked.connect(self.add_note)
        self.card.buttons.insertWidget(0, self.log_call)
        self.letters = secondary(self.tr("Letters"), icon="document", key="W")
        self.letters.clicked.connect(self.open_letters)
        self.card.buttons.insertWidget(1, self.letters)
        self.card.edit_requested.connect(self._edit)
        self.card.data_requested.connect(self.open_data)
        self.card.name_requested.connect(self._show_name)
        self.card.contact_requested.connect(self._show_contact)

        self.due = DueBanner()
        self.due.hide()
        self.record_outcome = primary(self.tr("Record outcome"), key="O")
        self.no_answer = secondary(self.tr("Rang, no answer"), key="1")
        self.left_message = secondary(self.tr("Left message"), key="2")
        self.emailed = secondary(self.tr("E-mailed"), key="3")
        self.spoke = secondary(self.tr("Spoke"), key="4")
        for button, run in (
            (self.record_outcome, self.outcome_of_next), (self.no_answer, self.rang), (self.left_message, self.left),
            (self.emailed, self.sent), (self.spoke, self.reached),
        ):  # fmt: skip
            button.clicked.connect(run)
            self.due.buttons.addWidget(button)
        self.conflict = Banner()
        self.conflict.hide()

        self._count = text_label("", "small", "text2")
        self.add: Button = secondary(self.tr("Add action"), icon="plus", key="A")
        self.add.clicked.connect(self.add_action)
        heading = row(gap=8)
        heading.addWidget(text_label(self.tr("Support actions"), "h3"))
        heading.addWidget(self._count)
        heading.addStretch(1)
        heading.addWidget(self.add)
        self.table = RowsTable(self._columns(), self.tr("Support actions"), inset=Size.CARD)
        self.table.opened.connect(self._open_action)
        self.table.setMinimumHeight(_HEAD + _ROW * _LEAST_ROWS)
        empty = EmptyState(
            self.tr("No support has been recorded for this victim"),
            self.tr("Record what was done or promised: it takes less than a minute."),
        )
        self.table.set_empty(empty)
        frame = Card(inset=1)
        frame.body.setContentsMargins(1, 4, 1, 4)
        frame.body.addWidget(self.table)

        inside = ScrollPage((Size.PAGE, 14, Size.PAGE, 14), 12)
        self._lines = lines = inside.body
        self._due_first = False
        self._order_soon = soon(self, self._order)
        line = row(gap=8)
        line.addWidget(self.back)
        line.addWidget(self.incident)
        line.addStretch(1)
        self._where = QWidget()
        self._where.setLayout(line)
        lines.addWidget(self._where)
        lines.addWidget(self.card)
        lines.addWidget(self.conflict)
        lines.addWidget(self.due)
        lines.addLayout(heading)
        lines.addWidget(frame, 1)
        self.held = HandoffCard()
        self.held.requested.connect(self.hand_over)
        lines.addWidget(self.held)
        self._none = Panel("canvas")
        nothing = column(self._none, (Size.PAGE, 24, Size.PAGE, 24))
        self.empty = EmptyState("")
        nothing.addWidget(self.empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._none)
        self._stack.addWidget(inside)
        whole = column(self, gap=0)
        whole.addWidget(self._stack)
        self.commands = self._commands()
        self._enable()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is due comes before the card where the window is low."""
        super().resizeEvent(event)
        self._order_soon.start()

    def _order(self) -> None:
        due_first = self.height() < _DUE_FIRST
        if due_first != self._due_first:
            self._due_first = due_first
            self._lines.removeWidget(self.due)
            self._lines.insertWidget(1 if due_first else self._lines.indexOf(self.conflict) + 1, self.due)

    def _columns(self) -> list[Column]:
        return [
            Column("code", self.tr("Code"), 72, kind="mono", drop=6, sortable=False),
            Column("name", self.tr("Action"), 200, kind="title", stretch=True, sortable=False),
            Column("state", self.tr("Status"), 112, kind="status", sortable=False),
            Column("owner", self.tr("Owner"), 112, drop=3, sortable=False),
            Column("due", self.tr("Due"), 162, kind="clock", sortable=False),
            Column("outcome", self.tr("Outcome"), 140, drop=2, sortable=False),
            Column("minutes", self.tr("Min"), 56, kind="count", drop=1, sortable=False),
        ]

    def _commands(self) -> list[QAction]:
        """Return what can be done; each says what must be there: a victim, an action, or one that is due."""
        tr, made = self.tr, []
        for needs, text, keys, tip, run in (
            ("victim", tr("Add support &action…"), "A", tr("Record support given or promised"), self.add_action),
            ("action", tr("Record &outcome…"), "O", tr("Say what became of an action"), self.outcome),
            ("due", tr("&Rang, no answer"), "1", tr("Note on what is due next that nobody answered"), self.rang),
            ("due", tr("Left &message"), "2", tr("Note on what is due next that a message was left"), self.left),
            ("due", tr("E-&mailed"), "3", tr("Note on what is due next that an e-mail went"), self.sent),
            ("due", tr("&Spoke"), "4", tr("Note on what is due next that you spoke"), self.reached),
            ("victim", tr("&Log a call…"), "L", tr("Add a note to this victim"), self.add_note),
            ("victim", tr("Le&tters…"), "W", tr("Letters and call scripts to this victim"), self.open_letters),
            ("victim", tr("&Data held…"), "P", tr("Shared, hold, export, erase"), self.open_data),
            ("victim", tr("&Hand over…"), "H", tr("Offer the victim, or log the answer"), self.hand_over),
            ("action", tr("Hand over the a&ction…"), "Shift+H", tr("Offer the action, or log the answer"),
             self.hand_over_action),
            ("victim", tr("&Edit the record…"), "E", tr("Role, contact, care, sharing, wish"), self.edit_record),
        ):  # fmt: skip
            one = command(self, text, keys, tip, run)
            one.setProperty("needs", needs)
            made.append(one)
        return made

    def open_letters(self) -> None:
        """Show the letters to this victim."""
        if self._read is not None:
            LettersDialog(self._desk, self._read.row.id, self._read.row.ref, self).open()

    # -- what is shown ------------------------------------------------------------------------------------

    def about_words(self) -> str:
        """Return the reference of the victim shown: the forms about it have it in their titles."""
        return self._read.row.ref if self._read is not None else ""

    def victim_id(self) -> str:
        """Return the id of the victim shown, or an empty string."""
        return self._read.row.id if self._read is not None else ""

    def set_empty(self, why: str, do: str) -> None:
        """Say why no victim is shown."""
        layout = self._none.layout()
        if layout is not None:
            layout.removeWidget(self.empty)
            self.empty.hide()
            self.empty.deleteLater()
            self.empty = EmptyState(why, do)
            layout.addWidget(self.empty)

    def set_where(self, shows_incident: bool, shows_back: bool) -> None:
        """Show or hide the way to the incident, and the way back to the list."""
        self.incident.setVisible(shows_incident)
        self.back.setVisible(shows_back)
        self._where.setVisible(shows_incident or shows_back)

    def show_victim(self, entity: str) -> None:
        """Show a victim; an empty id shows none."""
        self._asked = entity
        if not entity:
            self._read = None
            self._stack.setCurrentIndex(0)
            self._enable()
            return
        now = milliseconds(self._desk.now())
        self._desk.query(lambda store: victim(store, entity, now), lambda read: self._show(entity, read))

    def refresh(self) -> None:
        """Read the victim again."""
        if self._asked:
            self.show_victim(self._asked)

    def _show(self, asked: str, read: VictimRead | None) -> None:
        if asked != self._asked:
            return
        if read is None:
            self.show_victim("")
            return
        self._read = read
        now = self._desk.now()
        self.card.show_victim(read.row)
        self.held.show_held(read.held, now)
        self.incident.setText(f"{read.row.incident_ref}  {defang(read.row.incident_title)}"[:110])
        done = sum(1 for action in read.actions if action["status"] == "successful")
        self._count.setText(self.tr("{0}, of which {1} successful").format(len(read.actions), done))
        self._show_due(now)
        self.table.show_rows([self._row(action) for action in read.actions])
        # The page scrolls already: a second scroll bar inside it comes only where there is much.
        self.table.setMinimumHeight(_HEAD + _ROW * min(max(len(read.actions), _LEAST_ROWS), _MOST_ROWS))
        if read.conflicts:
            self.conflict.say(
                self.tr("Two values stand: {0}").format(", ".join(read.conflicts)),
                self.tr("Both are kept until somebody settles it in Exchange."), "amber",
            )  # fmt: skip
        self.conflict.setVisible(bool(read.conflicts))
        self._stack.setCurrentIndex(1)
        self._enable()

    def _row(self, action: dict[str, Any]) -> dict[str, Any]:
        name = action_codes().get(action["code"], action["code"])
        is_late = action["id"] == self._next_id() and self._next_is_late()
        return {
            "id": action["id"],
            "code": action["code"],
            "name": name,
            "unseen": is_late,
            "state": StatusCell(action["status"], action_statuses().get(action["status"], action["status"])),
            "owner": self._owner(action),
            "due": due_cell(action, self._desk.now(), self.tr("{0}, late"), self.tr("{0}, prop.")),
            "outcome": "; ".join(filter(None, (self._tried(action), defang(action["outcome"])))),
            "minutes": action["minutes"],
        }

    def _owner(self, action: dict[str, Any]) -> str:
        held = self._read.actions_held.get(action["id"]) if self._read is not None else None
        if held is None:
            return str(action["owner"])
        if held.held.open:
            body = next(row["to_body"] for row in held.handoffs if row["id"] == held.held.open[0])
            return self.tr("{0} (offered)").format(body)
        return held.held.holder.name

    def _tried(self, action: dict[str, Any]) -> str:
        one = plural(action["attempts"], "1 attempt, {1}", "{0} attempts, last {1}")
        return attempts_words(action, self._desk.now(), one)

    def _next(self) -> dict[str, Any] | None:
        if self._read is None:
            return None
        dated = [a for a in self._read.actions if a["status"] in OPEN_STATUSES and a["due"] is not None]
        return min(dated, key=lambda action: action["due"], default=None)

    def _next_id(self) -> str:
        due = self._next()
        return due["id"] if due else ""

    def _next_is_late(self) -> bool:
        due = self._next()
        return due is not None and due["due"] < milliseconds(self._desk.now())

    def _show_due(self, now: Any) -> None:
        due = self._next()
        self.due.setVisible(due is not None)
        if due is None:
            return
        name = action_codes().get(due["code"], due["code"])
        what = self.tr("Next due: {0} ({1})").format(name[:1].lower() + name[1:], due["code"])
        state, _ = clock_state(due["due_from"], due["due"], now)
        gap = span(abs(due["due"] - milliseconds(now)) / 1000)
        when = short(due["due"], now)
        late = state == "missed"
        said = [(self.tr("Was due {0}, {1} ago") if late else self.tr("Due {0}, in {1}")).format(when, gap)]
        if due["proposed"]:
            said.append(self.tr("proposed, {0}").format(due["proposed"]))
        elif because := due["facts"].get("due_because"):
            said.append(self.tr("because: {0}").format(CLOSED_WORDS.get(because, because)))
        if tried := self._tried(due):
            said.append(tried)
        self.due.say(what, "; ".join(said), "red" if late else "amber" if state in ("amber", "red") else "tint")

    def showEvent(self, event: QShowEvent) -> None:
        """Let its commands act."""
        super().showEvent(event)
        self._enable()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep its commands from acting unseen."""
        super().hideEvent(event)
        self._enable()

    def _enable(self) -> None:
        # Keys and menu entries act only on what is in view.
        has_victim = self._read is not None and self.isVisible()
        has_due = has_victim and self._next() is not None
        has_actions = has_victim and self._read is not None and bool(self._read.actions)
        there = {"victim": has_victim, "action": has_actions, "due": has_due}
        for action in self.commands:
            action.setEnabled(there[action.property("needs")])

    # -- what is done -------------------------------------------------------------------------------------

    def add_action(self) -> None:
        """Open the form for a support action."""
        if self._read is not None:
            AddActionDialog(self._desk, self._read.row.id, self._read.row.name, self).open()

    def add_note(self) -> None:
        """Open the form for a note on this victim."""
        if self._read is not None:
            AddNoteDialog(self._desk, "victim", self._read.row.id, self._read.row.ref, self).open()

    def hand_over(self) -> None:
        """Open the form that offers the victim to another body, or logs what was answered."""
        if self._read is not None:
            HandoffDialog(self._desk, "victim", self._read.row.id, self._read.row.ref, self).open()

    def hand_over_action(self) -> None:
        """The same for the current action, or the one due next."""
        found = self._action(str(self.table.current_id() or self._next_id()))
        if found is not None:
            HandoffDialog(self._desk, "action", found["id"], found["ref"], self).open()

    def open_data(self) -> None:
        """Open the form on what is held: what was shared, legal hold, export, erasing."""
        if self._read is not None:
            one = self._read.row
            PersonDataDialog(self._desk, one.id, one.ref, one.person, self).open()

    def outcome(self) -> None:
        """Record the outcome of the current action, or of the one due next."""
        current = self.table.current_id() if self.table.hasFocus() else None
        self._open_action(current or self._next_id() or self.table.current_id())

    def outcome_of_next(self) -> None:
        """Record the outcome of the action due next."""
        self._open_action(self._next_id())

    def _open_action(self, action_id: object) -> None:
        found = self._action(str(action_id or ""))
        if found is not None:
            ActionOutcomeDialog(self._desk, found, self).open()

    def _action(self, action_id: str) -> dict[str, Any] | None:
        actions = self._read.actions if self._read is not None else ()
        return next((action for action in actions if action["id"] == action_id), None)

    def rang(self) -> None:
        """Record on the action due next that nobody answered."""
        self._attempt("no-answer")

    def left(self) -> None:
        """Record on the action due next that a message was left."""
        self._attempt("left-message")

    def sent(self) -> None:
        """Record on the action due next that an e-mail went."""
        self._attempt("emailed")

    def reached(self) -> None:
        """Record on the action due next that somebody was spoken to."""
        self._attempt("spoke")

    def _attempt(self, how: str) -> None:
        due = self._next()
        if due is not None:
            action = due["id"]
            self._desk.act(lambda session: support.attempt(session, action, how))

    def _edit(self, field: str) -> None:
        if self._read is None:
            return
        one = self._read.row
        if field == "contact":
            self._unmask(lambda shown: self._edit_form(field, str(shown["contact"])))
            return
        if field in ("all", "prefers", "roles", "care", "sharing"):
            self.edit_record(field)
            return
        self._edit_form(
            field, {"status": one.status, "basis": one.basis, "sharing": one.sharing, "wish": one.wish}[field]
        )

    def _edit_form(self, field: str, was: str) -> None:
        if self._read is not None:
            EditVictimDialog(self._desk, self._read.row.id, self._read.row.ref, field, was, self).open()

    def edit_record(self, field: str = "") -> None:
        """Open the form for the whole record, aimed at one field."""
        if self._read is None:
            return
        record, one = self._read.record, self._read.row
        is_masked = bool(one.masked or (one.has_contact and not one.contact_state))

        def opened(shown: dict[str, Any] | None) -> None:
            VictimRecordDialog(self._desk, record, shown, self, field, self._unmask).open()

        if is_masked and field not in ("contact", "prefers", "care"):
            opened(None)  # nobody has asked for what is masked
        else:
            self._unmask(opened)

    def _show_contact(self) -> None:
        if self.card.show_contact.text() == self.tr("Hide"):
            self.refresh()
            return

        def shown(words: dict[str, Any]) -> None:
            if self._read is not None:
                self.card.show_masked(self._read.row, **words)

        self._unmask(shown)

    def _unmask(self, then: Callable[[dict[str, Any]], None]) -> None:
        """Open what is masked of the victim, which is noted, and go on with it; where nothing is, nothing is noted."""
        if self._read is None:
            return
        one = self._read.row
        entity = one.id
        if not (one.masked or (one.has_contact and not one.contact_state)):
            then({"contact": "", "language": "", "formats": [], "flags": []})
            return
        self._desk.long(
            "",
            lambda session, _: victim_record.reveal(session, entity),
            lambda shown: then(shown) if entity == self.victim_id() else None,
        )

    def _show_name(self) -> None:
        if self._read is None:
            return
        if self.card.show_name.text() == self.tr("Hide name"):
            self.refresh()
            return
        person, label = self._read.row.person, self._read.row.name

        def shown(name: str) -> None:
            if self._read is not None and self._read.row.person == person:
                known = CLOSED_WORDS.get(name, name) or self.tr("name not recorded")
                self.card.name.setText(f"{label}, {known}")
                self.card.show_name.setText(self.tr("Hide name"))

        self._desk.long("", lambda session, _: people.reveal(session, person), shown)

    def _open_incident(self) -> None:
        if self._read is not None:
            self.open_incident.emit(self._read.row.incident)
