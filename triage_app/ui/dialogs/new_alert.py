"""Taking down an alert that no file holds, such as a telephone call from a ward: by keyboard alone, in a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from triage_app.domain import triage_rules
from triage_app.domain.severity import band, vocabulary
from triage_app.errors import TriageError
from triage_app.language import say
from triage_app.services import manual_alerts, suggesting, tips
from triage_app.services.changes import Changes
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.classify_suggestion import TAKE_OVER
from triage_app.ui.dialogs.form import FormDialog, MomentRow
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Choice, FormRow, Suggestion, TextArea, TextField, row


class NewAlertDialog(FormDialog):
    """What, where, who rang and how to ring back, since when, how bad: only the first is needed."""

    made = Signal(str)
    """The key of the alert."""

    def __init__(self, desk: Desk, parent: QWidget, tip: Mapping[str, Any] | None = None) -> None:
        """``tip`` is a report of ``tips.listing`` that becomes an alert: who told it is kept there already."""
        super().__init__(desk, desk.tr("New alert"), desk.tr("Put it into the queue"), parent, width=640)
        self._tip = "" if tip is None else str(tip["id"])
        self._rules = suggesting.rules(desk.store).policy
        self._suggested: int | None = None
        tr = self.tr
        self.what = TextField(tr("Screens show a ransom note, bay 4"), name=tr("What was noticed"))
        self.where = TextField(tr("WARD7-PC-03, or the place"), name=tr("Host or place"))
        self.caller, self.contact = TextField(name=tr("Who rang")), TextField(name=tr("Ring back on"))
        self.noticed = MomentRow(
            tr("Noticed"), desk.now, hint=tr("Now, unless you say otherwise: 10 min ago, 02:55, yesterday 9pm")
        )
        words = [word for word, _ in vocabulary().bands]
        self.severity = Choice([(word.lower(), say(word)) for word in words], name=tr("Severity"))
        self.severity.set_key(manual_alerts.USUAL_SEVERITY)
        self.note = TextArea(tr("What else they said"), name=tr("Note"), lines=2)
        self.organisation = TextField(name=tr("About organisation"))
        self.organisation.setText(desk.organisation)
        self.channel = Choice(list(tips.channels().items()), name=tr("How it came"))
        self.ticket = TextField(tr("INC0042"), name=tr("Ticket"))
        self.suggestion = Suggestion()
        self.suggestion.hide()
        self.what_row = FormRow(
            tr("What was noticed"), self.what, tr("Evidence, which is never erased: no names of people.")
        )
        self._lay_out(tip)
        self.what.textChanged.connect(self._suggest)
        self.where.textChanged.connect(self._suggest)
        QShortcut(QKeySequence(TAKE_OVER), self).activated.connect(self.take_over)
        self.what.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self, tip: Mapping[str, Any] | None) -> None:
        tr, body = self.tr, self.form.body
        body.addWidget(self.what_row)
        body.addWidget(FormRow(tr("Host or place"), self.where))
        if tip is None:
            self._pair(FormRow(tr("Who rang"), self.caller, tr("Sealed, in a report of its own.")),
                       FormRow(tr("Ring back on"), self.contact))  # fmt: skip
        else:
            for field in (self.caller, self.contact, self.note):
                field.setParent(self)
                field.hide()
            self.organisation.setText(tip["organisation"].partition(":")[2] or self.desk.organisation)
            self.channel.set_key(str(tip["channel"]))
            said = tr("From report {0}, which keeps who told it: {1}")
            self.what_row.set_hint(said.format(tip["ref"], harmless(" ".join(tip["text"].split()))[:300]))
        self._pair(self.noticed, FormRow(tr("Severity"), self.severity))
        body.addWidget(self.suggestion)  # where it is decided, and below what is typed first: nothing typed in moves
        if tip is None:
            body.addWidget(FormRow(tr("Note"), self.note, tr("Sealed too: it may name people.")))
        line = row(gap=14)
        for part in (
            FormRow(tr("About organisation"), self.organisation),
            FormRow(tr("How it came"), self.channel),
            FormRow(tr("Ticket"), self.ticket, tr("A second call under it is the same alert.")),
        ):
            line.addWidget(part, 1)
        body.addLayout(line)
        body.addStretch(1)

    def _pair(self, one: QWidget, other: QWidget) -> None:
        line = row(gap=14)
        line.addWidget(one, 1, Qt.AlignmentFlag.AlignTop)
        line.addWidget(other, 1, Qt.AlignmentFlag.AlignTop)
        self.form.body.addLayout(line)

    def _suggest(self) -> None:
        """Say what the words suggest; the severity alone can be taken over here, as a class is the incident's."""
        found = triage_rules.propose(self._rules, [{"title": self.what.text(), "host": self.where.text()}])
        self._suggested = found.severity
        self.suggestion.setVisible(found.says_anything)
        if found.says_anything:
            because = " ".join(harmless(words) for words in suggesting.reasons(found))
            if found.severity is not None:
                because = self.tr("{0} {1} takes the severity over; nothing is set by itself.").format(
                    because, TAKE_OVER
                )
            self.suggestion.say(suggesting.in_words(found), because)

    def take_over(self) -> None:
        """Put the suggested severity into the form."""
        if self._suggested is not None and self.suggestion.isVisibleTo(self):
            self.severity.set_key(band(self._suggested).lower())

    def submit(self) -> None:
        """Put it into the queue."""
        what = self.what.text().strip()
        self.what_row.set_problem("" if what else self.tr("An alert needs words."))
        if not what:
            self.what.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if not self.noticed.is_readable():
            self.noticed.entry.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        typed = {
            "where": self.where.text(), "organisation": self.organisation.text(), "noticed": self.noticed.text(),
            "severity": self.severity.key(), "channel": self.channel.key(), "ticket": self.ticket.text(),
            "tip": self._tip,
        }  # fmt: skip
        if not self._tip:
            typed |= {
                "caller": self.caller.text(), "contact": self.contact.text(), "note": self.note.toPlainText(),
            }  # fmt: skip
        self._keep(lambda session, _: manual_alerts.take_down(session, what, **typed))

    def _keep(self, work: Callable[[Session, Progress], Changes]) -> None:
        """Do it when the lane is free: it is no act that may come between two pieces of an import."""
        self.save.setEnabled(False)
        self.problem.hide()
        if self.desk.lane.is_busy():
            self.say(
                self.tr("It is put into the queue when the work under way has ended."),
                self.tr("Leave this open until then; Ctrl R would keep it as a report at once."),
            )

        desk = self.desk

        def done(changes: Changes) -> None:  # also of a form that was closed meanwhile
            if isValid(self):
                self.accept()
                self.made.emit(changes.id)
            desk.done(changes)

        def refused(trouble: TriageError) -> None:
            self.say(trouble.what, trouble.do)
            self._let_go()

        def cancelled() -> None:
            if isValid(self):
                self._let_go()

        desk.long(self.tr("Taking down an alert"), work, done, while_alive(self, refused), cancelled)
