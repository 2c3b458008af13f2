"""Recording support that was given, or is to be given: under a minute, from the keyboard alone."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.errors import TriageError
from triage_app.services import clocks, support, victims
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.services.vocabularies import action_codes, action_statuses
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, TimeRow
from triage_app.ui.dialogs.picker import Picker
from triage_app.ui.text import set_role, text_label
from triage_app.ui.widgets import Choice, FormRow, TextField, column, row


class AddActionDialog(FormDialog):
    """What, how it stands, when it is due, who does it; then what came of it."""

    def __init__(self, desk: Desk, victim: str, name: str, parent: QWidget) -> None:
        """``name`` is what the victim is called on screen."""
        super().__init__(desk, desk.tr("Add support for {0}").format(name), desk.tr("Add action"), parent, width=620)
        self._victim = victim
        self.kind = Picker(
            action_codes(), self.tr("Type a code or a word, such as VS05 or reset"), self.tr("Action"), rows=5
        )
        self.chosen = text_label("", "small_strong")
        self.status = Choice(list(action_statuses().items()), name=self.tr("Status"))
        self.due = TimeRow(self.tr("Due"), desk.now, hint=self.tr("For example 4h, 09:30; may stay empty"))
        self.proposed = text_label("", "cap", "text2", wrap=True)
        self.because = TextField(name=self.tr("Why at that time"))
        self.because_row = FormRow(self.tr("Why at that time"), self.because, self.tr("Where its target says another."))
        self.clock = Choice([("", self.tr("No clock"))], name=self.tr("Clock"))
        self.clock_row = FormRow(self.tr("Clock"), self.clock, self.tr("The duty that it fulfils, if it does."))
        self.owner = TextField(name=self.tr("Owner"))
        self.owner.setText(desk.responder_name)
        self.outcome = TextField(name=self.tr("Outcome"))
        self.minutes = TextField(name=self.tr("Minutes"))
        self.minutes_row = FormRow(self.tr("Minutes"), self.minutes, self.tr("Time spent; empty is not known"))
        what = column(gap=4)
        self.kind_row = FormRow(self.tr("Action"), self.kind)
        what.addWidget(self.kind_row)
        what.addWidget(self.chosen)
        what.addWidget(self.proposed)
        self.form.body.addLayout(what)
        for pair in (
            (FormRow(self.tr("Status"), self.status), self.due),
            (self.because_row, self.clock_row),
            (FormRow(self.tr("Owner"), self.owner), self.minutes_row),
        ):
            line = row(gap=14)
            for part in pair:
                line.addWidget(part, 1, Qt.AlignmentFlag.AlignTop)
            self.form.body.addLayout(line)
        self.form.body.addWidget(FormRow(self.tr("Outcome"), self.outcome, self.tr("What came of it; sealed.")))
        self.kind.moved.connect(self._moved)
        self.kind.picked.connect(self._picked)
        self.clock.currentIndexChanged.connect(lambda _: self._propose(self.kind.current()))
        self._moved("")
        now = milliseconds(desk.now())
        desk.query(
            lambda store: clock_choices(store, victim, now),
            lambda found: self._offer_clocks(found) if shiboken6.isValid(self) else None,
        )
        self.kind.setFocus(Qt.FocusReason.OtherFocusReason)

    def _moved(self, code: str) -> None:
        words = f"{code}  {action_codes()[code]}" if code else self.tr("Nothing chosen yet")
        self.chosen.setText(words)
        set_role(self.chosen, "text" if code else "text2")
        if code:
            self.kind_row.set_problem("")
        self._propose(code)

    def _offer_clocks(self, found: list[tuple[str, str]]) -> None:
        self.clock.set_options([("", self.tr("No clock")), *found])
        self.clock_row.setVisible(bool(found))

    def _propose(self, code: str) -> None:
        """Say when it would be due by its target."""
        now = milliseconds(self.desk.now())
        due = support.proposal(self.desk.store, self._victim, code, now, self.clock.key()) if code else None
        if due is None:
            self.proposed.setText(self.tr("No target says when it is due.") if code else "")
        else:
            self.proposed.setText(self.tr("Proposed due {0}: {1}").format(in_words(due.at), due.words))

    def _picked(self, code: str) -> None:
        self._moved(code)
        self.status.setFocus(Qt.FocusReason.TabFocusReason)

    def submit(self) -> None:
        """Record the action."""
        code = self.kind.current()
        if not code:
            self.kind_row.set_problem(self.tr("Choose what was done, or is to be done."))
            self.kind.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if not self.due.is_readable():
            self.due.entry.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        minutes = read_minutes(self.minutes, self.minutes_row)
        if minutes is False:
            return
        victim, status, due = self._victim, self.status.key(), self.due.text()
        owner, outcome = self.owner.text(), self.outcome.text()
        because, clock = self.because.text(), self.clock.key()

        def work(session: Session) -> Changes:
            return victims.add_action(
                session, victim, code, status=status, due=due, owner=owner, outcome=outcome,
                minutes=None if minutes is None else int(minutes), because=because, clock=clock,
            )  # fmt: skip

        self.run(work)


def clock_choices(store: Store, victim: str, now: int) -> list[tuple[str, str]]:
    """Return (id, words) of the clocks of a victim's incident that still run."""
    found = lookup.one(store, "victim", victim)
    if found is None:
        return []
    try:
        every = clocks.of_incident(store, found["incident"], now)
    except TriageError:
        return []
    return [
        (clock.id, f"{clock.policy.name}, {in_words(clock.next.due_at)}")
        for clock in every
        if clock.next is not None and clock.next.due_at is not None
    ]


def read_minutes(field: TextField, line: FormRow) -> int | bool | None:
    """Return the minutes typed, None for none, False (and say so in place) for what is no number."""
    text = field.text().strip()
    if not text:
        line.set_problem("")
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        line.set_problem(line.tr("Give whole minutes, for example 20."))
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        return False
    line.set_problem("")
    return int(text)
