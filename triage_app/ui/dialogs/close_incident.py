"""Closing an incident: how it ended, what is still empty, what becomes of open duties; and opening it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain import clocks as rules
from triage_app.language import plural
from triage_app.services import clock_acts, clock_words, incidents
from triage_app.services.changes import Changes
from triage_app.services.clocks import OpenStep
from triage_app.services.duties import duty_code
from triage_app.services.open_work import OpenWork
from triage_app.services.session import Session
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.dialogs.whole_list import WholeList
from triage_app.ui.text import text_label
from triage_app.ui.views.clock_faces import face
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Banner, CheckBox, FormRow, TextArea, TextField


@dataclass(frozen=True)
class Left:
    """What an incident leaves open."""

    empty: Sequence[str] = ()
    "Fields that nobody has filled."
    work: Sequence[OpenWork] = ()
    duties: Sequence[OpenStep] = ()
    "``duties.open_duties``."
    unfinished: Sequence[str] = ()
    "``open_work.unfinished``: what goes on whatever is closed."


class CloseIncidentDialog(FormDialog):
    """Close an incident with a reason. Every open duty is decided, or named as staying open."""

    def __init__(self, desk: Desk, incident: str, ref: str, left: Left, parent: QWidget) -> None:
        """``left`` is what the incident leaves open."""
        super().__init__(desk, desk.tr("Close {0}").format(ref), desk.tr("Close incident"), parent, width=560)
        self._incident = incident
        self._duties = list(left.duties)
        self._waiting = list(left.work)
        self.staying: dict[str, CheckBox] = {}
        empty = self.tr("Still empty: {0}.").format(", ".join(left.empty)) if left.empty else ""
        self.lacking = Banner(empty, self.tr("That stops nobody: it can be filled in later."), "amber")
        self.lacking.setVisible(bool(empty))
        self.form.body.addWidget(self.lacking)
        count = len(left.unfinished)
        goes_on = plural(count, "1 thing goes on after closing:", "{0} things go on after closing:").format(
            f"{count:,}"
        )
        self.going_on = Banner(goes_on, harmless(left.unfinished[0]) if count == 1 else "", "amber")
        self.going_on.setVisible(bool(count))
        self.form.body.addWidget(self.going_on)
        self.going_on_list = WholeList(goes_on, [harmless(sentence) for sentence in left.unfinished])
        self.going_on_list.setVisible(count > 1)
        self.form.body.addWidget(self.going_on_list)
        self.words = TextArea(self.tr("How it ended"), name=self.tr("Because"), lines=3)
        self.row = FormRow(
            self.tr("Because"), self.words, self.tr("Kept in the journal with your name. Undo opens it again.")
        )
        self.form.body.addWidget(self.row)
        self.by = TextField(name=self.tr("Not notifiable, decided by"))
        self.why = TextField(name=self.tr("Not notifiable, because"))
        self.by_row = FormRow(
            self.tr("Not notifiable, decided by"), self.by, self.tr("Decides every duty above that does not stay open")
        )
        self.why_row = FormRow(self.tr("Not notifiable, because"), self.why)
        self.leave = CheckBox(self.tr("Leave all of it undone"))
        self.left_by = TextField(name=self.tr("Left undone, decided by"))
        self.left_row = FormRow(self.tr("Left undone, decided by"), self.left_by, self.tr("Kept with what is left"))
        if self._waiting:
            self._add_waiting()
        if self._duties:
            self._add_duties()
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_waiting(self) -> None:
        count = len(self._waiting)
        heading = plural(count, "1 task or support action is open", "{0} tasks or support actions are open").format(
            f"{count:,}"
        )
        self.form.body.addWidget(text_label(heading, "h3"))
        self.waiting_list = WholeList(heading, [f"{one.code}: {harmless(one.title)}" for one in self._waiting])
        self.form.body.addWidget(self.waiting_list)
        self.left_row.hide()
        self.leave.toggled.connect(self.left_row.setVisible)
        self.form.body.addWidget(self.leave)
        self.form.body.addWidget(self.left_row)

    def _add_duties(self) -> None:
        count = len(self._duties)
        heading = plural(count, "A clock is open", "{0} clocks are open").format(count)
        self.form.body.addWidget(text_label(heading, "h3"))
        self.form.body.addWidget(
            text_label(
                self.tr("Each is decided by a name, or ticked: it then stays open, and goes on being listed."),
                "small", "text2", wrap=True,
            )
        )  # fmt: skip
        for one in self._duties:
            shown = face(one.clock, one.state, self.desk.now())
            whose = "" if one.clock.own else f" ({one.clock.organisation.partition(':')[2]})"
            words = self.tr("{0}{1} stays open: {2}").format(shown.name, whose, clock_words.left(one.state))
            box = CheckBox(words)
            box.toggled.connect(self._ticked)
            self.staying[duty_code(one)] = box
            self.form.body.addWidget(box)
        self.form.body.addWidget(self.by_row)
        self.form.body.addWidget(self.why_row)

    def _ticked(self) -> None:
        deciding = any(not box.isChecked() for box in self.staying.values())
        self.by_row.setVisible(deciding)
        self.why_row.setVisible(deciding)

    def submit(self) -> None:
        """Close it, and decide what does not stay open; all of it or nothing."""
        because = self.words.toPlainText().strip()
        self.row.set_problem("")
        self.by_row.set_problem("")
        self.why_row.set_problem("")
        if not because:
            self._lacks(self.row, self.tr("Closing needs a reason: say in a few words how it ended."))
            return
        self.left_row.set_problem("")
        left_by = self.left_by.text().strip()
        if self._waiting and not self.leave.isChecked():
            self.say(self.tr("Work is still open."), self.tr("Settle it, or tick that it is left undone."))
            self.leave.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if self._waiting and not left_by:
            self._lacks(self.left_row, self.tr("Say by name who decided that it is left undone."))
            return
        leaving = [one.code for one in self._waiting]
        staying = [code for code, box in self.staying.items() if box.isChecked()]
        deciding = [one for one in self._duties if duty_code(one) not in staying]
        by, why = self.by.text().strip(), self.why.text().strip()
        if deciding and not by:
            self._lacks(self.by_row, self.tr("Say by name who decided, or tick what stays open."))
            return
        if deciding and not why:
            self._lacks(self.why_row, self.tr("Say why they are not notifiable."))
            return
        incident = self._incident

        def work(session: Session) -> Changes:
            with session.store.write():
                for one in deciding:
                    whose = {} if one.clock.own else {
                        "organisation": one.clock.organisation.partition(":")[2], "role": one.clock.role
                    }  # fmt: skip
                    clock_acts.record_outcome(
                        session, incident, [one.clock.policy.code], rules.NOT_NOTIFIABLE, step=one.state.step,
                        because=why, by=by, **whose,
                    )  # fmt: skip
                return incidents.close(session, incident, because, staying_open=staying, leaving=leaving,
                                       left_by=left_by)  # fmt: skip

        self.run(work)

    def _lacks(self, line: FormRow, problem: str) -> None:
        line.set_problem(problem)
        line.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.form.ensureWidgetVisible(line)


class ReopenIncidentDialog(FormDialog):
    """Open a closed incident again, with a reason."""

    def __init__(self, desk: Desk, incident: str, ref: str, parent: QWidget) -> None:
        text = desk.tr(
            "Its local targets run on, and nothing counts as left undone. What closing said stays in history."
        )
        super().__init__(desk, desk.tr("Open {0} again").format(ref), desk.tr("Open again"), parent, text=text)
        self._incident = incident
        self.words = TextField(name=self.tr("Because"))
        self.row = FormRow(self.tr("Because"), self.words, self.tr("What has come up"))
        self.form.body.addWidget(self.row)
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Open it, once a reason is given."""
        because, incident = self.words.text().strip(), self._incident
        self.row.set_problem("" if because else self.tr("Say in a few words what has come up."))
        if because:
            self.run(lambda session: incidents.reopen(session, incident, because))
