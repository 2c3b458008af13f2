"""A victim's record, several fields at once: one act for what was changed, nothing for what was not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.language import say
from triage_app.services import victim_record
from triage_app.services.vocabularies import vocabulary
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import text_label
from triage_app.ui.widgets import CheckBox, Choice, Flow, FormRow, TextField, row, secondary


class Codes(QWidget):
    """Check boxes for the codes of a list; codes that this version does not know stay as they are."""

    def __init__(self, name: str, label: str, chosen: list[str]) -> None:
        """``label`` is what the group is called."""
        super().__init__()
        self.setAccessibleName(label)
        self._foreign = [code for code in chosen if code not in victim_record.codes(name)]
        self.boxes: dict[str, CheckBox] = {}
        flow = Flow(self, gap=14)
        for code, words in victim_record.codes(name).items():
            box = CheckBox(words)
            box.setAccessibleName(f"{label}: {words}")
            box.setChecked(code in chosen)
            flow.addWidget(box)
            self.boxes[code] = box

    def text(self) -> str:
        """Return the codes chosen, with commas between them."""
        return ", ".join(sorted(code for code, box in self.boxes.items() if box.isChecked()))

    def choose(self, chosen: list[str]) -> None:
        """Check the boxes of these codes."""
        self._foreign = [code for code in chosen if code not in self.boxes]
        for code, box in self.boxes.items():
            box.setChecked(code in chosen)

    def is_readable(self) -> bool:
        """Tell whether every code that stands is known here: otherwise the boxes would drop some."""
        return not self._foreign


class VictimRecordDialog(FormDialog):
    """Everything that is recorded on a victim, to be set in one go."""

    def __init__(
        self, desk: Desk, victim: Mapping[str, Any], shown: Mapping[str, Any] | None, parent: QWidget, field: str = "",
        reveal: Callable[[Callable[[dict[str, Any]], None]], None] | None = None,
    ) -> None:  # fmt: skip
        """``victim`` is the record as ``lookup`` gives it; ``field`` is aimed at.

        ``shown`` is what is masked of it; None while nobody has asked to see it: ``reveal`` fetches it, which is noted.
        """
        super().__init__(
            desk, desk.tr("Record of {0}").format(victim["ref"]), desk.tr("Keep"), parent, width=680,
            text=desk.tr("What you leave as it is stays as it is. There is no field for a suspect."),
        )  # fmt: skip
        self._victim = str(victim["id"])
        is_person = victim["party"] == "person"
        decision = victim_record.decision(victim)
        words = vocabulary("victims")
        record = vocabulary("victim_record")
        self.status = Choice([(word, say(word.capitalize())) for word in words["statuses"]], name=self.tr("Status"))
        self.status.set_key(victim["status"])
        self.wish = Choice([(word, say(word.capitalize())) for word in words["wishes"]], name=self.tr("Their wish"))
        self.wish.set_key(victim["wish"])
        self.roles = Codes("roles", self.tr("Role"), victim_record.standing(victim, "roles"))
        self.contact = self._line(self.tr("Contact"), "")
        self.language = self._line(self.tr("Preferred language"), "", record["languages"])
        none = ("", self.tr("Not recorded"))
        self.channel = Choice([none, *victim_record.codes("channels").items()], name=self.tr("Preferred channel"))
        self.channel.set_key(victim_record.standing(victim, "channel"))
        self.formats = Codes("formats", self.tr("Accessible format"), [])
        self.flags = Codes("flags", self.tr("Vulnerability"), [])
        for code, box in self.flags.boxes.items():
            box.setToolTip(" ".join(victim_record.care_of([code])))
            box.setAccessibleDescription(box.toolTip())
        self.basis = self._line(self.tr("Lawful basis"), str(victim["basis"]), words["lawful_bases"])
        self.sharing = self._line(self.tr("Shared with"), str(victim["sharing"]))
        self.ground = Choice([none, *victim_record.codes("grounds").items()], name=self.tr("Ground for sharing"))
        self.ground.set_key(decision["ground"])
        self.decided_by = self._line(self.tr("Who decided"), decision["by"])
        self.decided_by.setPlaceholderText(desk.responder_name)
        self._is_person = is_person
        self._was = {name: self._text(name) for name in self._fields()}
        self.show_masked = secondary(self.tr("Show what is masked"), icon="eye")
        self.masked_row = FormRow(
            self.tr("Contact, language and care are masked"), self.show_masked, self.tr("That you looked is noted.")
        )
        if reveal is not None:
            self.show_masked.clicked.connect(lambda: reveal(self.take_masked))
        sealed = self.tr("Sealed, and shown only when somebody asks to see it.")
        self._pair(FormRow(self.tr("Status"), self.status), FormRow(self.tr("Their wish"), self.wish))
        self.form.body.addWidget(FormRow(self.tr("Role"), self.roles, self.tr("Several may hold.")))
        self.form.body.addWidget(self.masked_row)
        self.form.body.addWidget(FormRow(self.tr("Contact"), self.contact, sealed))
        self._pair(
            FormRow(self.tr("Preferred language"), self.language), FormRow(self.tr("Preferred channel"), self.channel)
        )
        if is_person:
            self.form.body.addWidget(FormRow(self.tr("Accessible format"), self.formats, sealed))
            self.form.body.addWidget(
                FormRow(
                    self.tr("Vulnerability"), self.flags, self.tr("Only what changes how you make contact. Sealed.")
                )
            )
        self.masked_row.setVisible(shown is None)
        for part in (self.contact, self.language, self.formats, self.flags):
            part.setEnabled(False)
        for line in (self.contact, self.language):
            line.setPlaceholderText(self.tr("Masked") if shown is None else "")
        if shown is not None:
            self.take_masked(shown)
        self.roles.setEnabled(self.roles.is_readable())
        self.form.body.addWidget(
            FormRow(self.tr("Lawful basis for holding"), self.basis, self.tr("On what ground we hold what we hold."))
        )
        self.form.body.addWidget(
            FormRow(self.tr("Shared with"), self.sharing, self.tr("What is shared with whom; empty is not decided."))
        )
        self._pair(
            FormRow(self.tr("Ground for sharing"), self.ground), FormRow(self.tr("Who decided"), self.decided_by)
        )
        apart = text_label(self.tr("Holding, sharing and their wish are three things: none follows from another."),
                           "cap", "text2", wrap=True)  # fmt: skip
        self.form.body.addWidget(apart)
        aimed = {"contact": self.contact, "prefers": self.language, "sharing": self.sharing, "basis": self.basis,
                 "wish": self.wish, "roles": next(iter(self.roles.boxes.values()), self.status),
                 "care": next(iter(self.flags.boxes.values()), self.status)}  # fmt: skip
        self._aim = aimed.get(field, self.status)
        self._aim.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_masked(self, shown: Mapping[str, Any]) -> None:
        """Show what had been masked, to be changed like the rest."""
        if not shiboken6.isValid(self):
            return
        self.contact.setText(str(shown["contact"]))
        self.language.setText(str(shown["language"]))
        self.formats.choose(shown["formats"])
        self.flags.choose(shown["flags"])
        for part in (self.formats, self.flags):
            part.setEnabled(self._is_person and part.is_readable())
        for line in (self.contact, self.language):
            line.setEnabled(True)
            line.setPlaceholderText("")
        self._was |= {name: self._text(name) for name in ("contact", "language", "formats", "flags")}
        if self.masked_row.isVisible():
            self.masked_row.hide()
            self.contact.setFocus(Qt.FocusReason.OtherFocusReason)

    def _line(self, name: str, words: str, offered: list[str] | None = None) -> TextField:
        made = TextField(name=name)
        made.setText(words)
        if offered:
            made.offer(offered)
        return made

    def _pair(self, one: QWidget, other: QWidget) -> None:
        line = row(gap=14)
        for part in (one, other):
            line.addWidget(part, 1, Qt.AlignmentFlag.AlignTop)
        self.form.body.addLayout(line)

    def _fields(self) -> dict[str, QWidget]:
        return {
            "status": self.status, "wish": self.wish, "roles": self.roles, "contact": self.contact,
            "language": self.language, "channel": self.channel, "formats": self.formats, "flags": self.flags,
            "basis": self.basis, "sharing": self.sharing, "ground": self.ground, "decided-by": self.decided_by,
        }  # fmt: skip

    def _text(self, name: str) -> str:
        field = self._fields()[name]
        if isinstance(field, Choice):
            return field.key()
        return field.text().strip() if isinstance(field, TextField | Codes) else ""

    def changed(self) -> dict[str, str]:
        """Return what was changed, by field, as ``victim_record.set_many`` takes it."""
        found = {name: self._text(name) for name in self._fields() if self._text(name) != self._was[name]}
        return {name: text for name, text in found.items() if self._fields()[name].isEnabled()}

    def submit(self) -> None:
        """Set what was changed, in one act."""
        values = self.changed()
        if not values:
            self.reject()
            return
        victim = self._victim
        self.run(lambda session: victim_record.set_many(session, victim, values))
