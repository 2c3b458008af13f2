"""Recording what somebody told us, and closing a report without action."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from triage_app.language import plural
from triage_app.services import tips
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, MomentRow
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField


class TipDialog(FormDialog):
    """One form while somebody is still on the telephone: only what was said is needed."""

    made = Signal(str)
    """The id of the report."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(desk, desk.tr("New report"), desk.tr("Record report"), parent, width=560)
        self.words = TextArea(self.tr("As they said it"), name=self.tr("What was reported"), lines=4)
        self.row = FormRow(
            self.tr("What was reported"), self.words, self.tr("Sealed, as it may name people. It is decided on later.")
        )
        self.by, self.contact = TextField(name=self.tr("Reported by")), TextField(name=self.tr("How to reach them"))
        self.channel = Choice(list(tips.channels().items()), name=self.tr("How it came"))
        self.received = MomentRow(
            self.tr("Received at"), desk.now, hint=self.tr("Now, unless you say otherwise: 02:55, -10m, yesterday 9pm")
        )
        self.organisation = TextField(name=self.tr("About organisation"))
        self.form.body.addWidget(self.row)
        self.form.body.addWidget(FormRow(self.tr("Reported by"), self.by, self.tr("Sealed, and masked in lists.")))
        self.form.body.addWidget(FormRow(self.tr("How to reach them"), self.contact))
        self.form.body.addWidget(FormRow(self.tr("How it came"), self.channel))
        self.form.body.addWidget(self.received)
        hint = self.tr("Its ODS code, for example RXX; empty where it is not known.")
        self.form.body.addWidget(FormRow(self.tr("About organisation"), self.organisation, hint))
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Record it."""
        text = self.words.toPlainText().strip()
        self.row.set_problem("" if text else self.tr("A report needs words."))
        if not text or not self.received.is_readable():
            return
        by, contact, channel = self.by.text(), self.contact.text(), self.channel.key()
        received, organisation = self.received.text(), self.organisation.text()
        self.run(
            lambda session: tips.receive(
                session, text, reporter=by, contact=contact, channel=channel, received=received,
                organisation=organisation,
            ),
            lambda changes: self.made.emit(changes.id),
        )  # fmt: skip


class CloseTipDialog(FormDialog):
    """Why nothing follows from some reports."""

    def __init__(self, desk: Desk, chosen: Sequence[str], parent: QWidget) -> None:
        """``chosen`` are the ids of the reports."""
        many = len(chosen)
        heading = plural(many, "Close it without action", "Close {0} without action").format(many)
        super().__init__(desk, heading, desk.tr("Close without action"), parent)
        self._chosen = list(chosen)
        self.because = TextField(self.tr("In a few words"), name=self.tr("Why nothing follows"))
        self.row = FormRow(self.tr("Why nothing follows"), self.because, self.tr("Not sealed: no names of people."))
        self.form.body.addWidget(self.row)
        self.because.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Close them."""
        because = self.because.text().strip()
        if not because:
            self.row.set_problem(self.tr("It needs a reason."))
            return
        chosen = self._chosen
        self.run(lambda session: tips.close(session, chosen, because))
