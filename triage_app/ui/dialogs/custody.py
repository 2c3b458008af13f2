"""Forms of a file's custody: into whose hands it goes, and putting right what was written of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain import tlp
from triage_app.domain.attachments import HANDED, MOVES, RECEIVED, RETURNED
from triage_app.services import attachments, custody_form, precise_times
from triage_app.services.attachments import Attachment, Handing
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, MomentRow
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField


class HandingDialog(FormDialog):
    """A move from one pair of hands to another: handed over, received, returned."""

    def __init__(self, desk: Desk, shown: Attachment, parent: QWidget) -> None:
        heading = desk.tr("Custody of {0}").format(shown.row["ref"])
        super().__init__(desk, heading, desk.tr("Record"), parent, text=desk.tr("Held by {0}").format(shown.holder))
        self._attachment = str(shown.row["id"])
        self.event_choice = Choice(
            [
                (HANDED, self.tr("Handed over to")),
                (RECEIVED, self.tr("Received by")),
                (RETURNED, self.tr("Returned to")),
            ]
        )
        self.event_choice.set_key(HANDED if shown.is_confirmed else RECEIVED)
        self.to = TextField()
        if not shown.is_confirmed:
            self.to.setText(shown.holder)
        self.to_row = FormRow(self.tr("Name"), self.to, self.tr("Who has it afterwards"))
        self.when = MomentRow(self.tr("When"), desk.now, "now")
        self.place, self.seal, self.reason = TextField(), TextField(), TextField()
        self.form.body.addWidget(FormRow(self.tr("What happened"), self.event_choice))
        for part in (
            self.to_row, self.when, FormRow(self.tr("Where"), self.place),
            FormRow(self.tr("Seal or bag number"), self.seal), FormRow(self.tr("Why"), self.reason),
        ):  # fmt: skip
            self.form.body.addWidget(part)
        self.to.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Record the move."""
        handing = Handing(
            self.to.text().strip(), self.when.text(), self.place.text().strip(), self.seal.text().strip(),
            self.reason.text().strip(),
        )  # fmt: skip
        self.to_row.set_problem("" if handing.to else self.tr("Give the name of who has it afterwards."))
        if not handing.to or not self.when.is_readable():
            return
        act = {HANDED: attachments.hand_over, RECEIVED: attachments.receive, RETURNED: attachments.give_back}
        attachment, does = self._attachment, act[self.event_choice.key()]
        self.run(lambda session: does(session, attachment, handing))


class CorrectCustodyDialog(FormDialog):
    """The record of a file, or one entry in its custody, put right. What it said before stays in its history."""

    def __init__(self, desk: Desk, shown: Attachment, parent: QWidget) -> None:
        heading = desk.tr("Put right what is written of {0}").format(shown.row["ref"])
        text = desk.tr("Bytes, hash and who wrote an entry cannot be changed. What stood there stays in its history.")
        super().__init__(desk, heading, desk.tr("Put right"), parent, text=text, width=560)
        self._file = shown
        self._entries = {one["id"]: one for one in shown.custody if not one["taken_back"]}
        options = [(str(shown.row["id"]), self.tr("How it was taken"))]
        for number, one in enumerate(shown.custody, 2):
            when, what, who, _ = custody_form.line(one)
            if one["id"] in self._entries:
                options.append((one["id"], harmless(f"{number}. {when}  {what}: {who}")))
        self.which = Choice(options, name=self.tr("What is put right")).narrow()
        self.form.body.addWidget(FormRow(self.tr("What is put right"), self.which))
        self.when = MomentRow(self.tr("When"), desk.now)
        self.label = Choice([("", self.tr("As the incident")), *((word, word) for word in reversed(tlp.LABELS))])
        self.fields: dict[str, TextField | TextArea] = {
            name: TextField() for name in ("taken_by", "role", "to", "place", "seal", "source", "reason")
        }
        self.fields["description"] = TextArea(name=self.tr("What it is"), lines=2)
        words = {
            "taken_by": self.tr("Taken by"), "role": self.tr("In the role of"), "to": self.tr("Who has it afterwards"),
            "place": self.tr("Where"), "seal": self.tr("Seal or bag number"),
            "source": self.tr("From what, and how"), "description": self.tr("What it is"),
            "reason": self.tr("Why it changed hands"),
        }  # fmt: skip
        self._rows: dict[str, QWidget] = {name: FormRow(words[name], field) for name, field in self.fields.items()}
        self._rows |= {"when": self.when, "tlp": FormRow(self.tr("Stricter label"), self.label)}
        for name in ("taken_by", "role", "to", "when", "place", "seal", "source", "description", "reason", "tlp"):
            self.form.body.addWidget(self._rows[name])
        self.because = TextField()
        self.because_row = FormRow(self.tr("Why it was wrong"), self.because)
        self.form.body.addWidget(self.because_row)
        self.which.currentIndexChanged.connect(self._fill)
        self._fill()
        self.which.setFocus(Qt.FocusReason.OtherFocusReason)

    def _said(self) -> dict[str, Any]:
        """Return what is chosen as it stands: field → words that can be typed again."""
        chosen = self.which.key()
        entry = self._entries.get(chosen)
        row, time = (self._file.row, "taken_at") if entry is None else (entry, "at")
        names = attachments.CORRECTED["attachment" if entry is None else "custody"]
        if entry is not None and entry["event"] not in MOVES:
            names = tuple(name for name in names if name not in ("to", "seal"))
        moment = precise_times.moment_of(row[time])
        said = {name: row[name] or "" for name in names}
        said[time] = "" if moment is None else precise_times.as_typed(moment)
        return said

    def _fill(self) -> None:
        said = self._said()
        for name, row in self._rows.items():
            row.setVisible(name in said or (name == "when" and bool({"at", "taken_at"} & set(said))))
        for name, field in self.fields.items():
            words = str(said.get(name, ""))
            field.setPlainText(words) if isinstance(field, TextArea) else field.setText(words)
        self.when.entry.setText(said.get("at", said.get("taken_at", "")))
        self.label.set_key(str(said.get("tlp", "")))
        if self.isVisible():
            self._fit()

    def _typed(self, name: str) -> str:
        if name in ("at", "taken_at"):
            return self.when.text()
        if name == "tlp":
            return self.label.key()
        field = self.fields[name]
        return (field.toPlainText() if isinstance(field, TextArea) else field.text()).strip()

    def submit(self) -> None:
        """Put right what was changed."""
        changed = {name: self._typed(name) for name, was in self._said().items() if self._typed(name) != str(was)}
        because, entity = self.because.text().strip(), self.which.key()
        self.because_row.set_problem("" if because else self.tr("Say why it was wrong."))
        if not changed:
            self.say(self.tr("Nothing was changed."), self.tr("Change what is wrong, or press Esc."))
        elif because and self.when.is_readable():
            self.run(lambda session: attachments.correct(session, entity, changed, because))
