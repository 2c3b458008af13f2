"""What is held about a person: what was shared, a legal hold, an export for them, and erasing for good."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.services import people, subject_access, victim_record
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.store import holds, lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import text_label, visible
from triage_app.ui.widgets import CheckBox, Choice, FormRow, TextField

SHARED, HOLD, LIFT, EXPORT, ERASE = "shared", "hold", "lift", "export", "erase"


class PersonDataDialog(FormDialog):
    """One act on what is held about a victim; what cannot be taken back asks for a tick first."""

    holds_up = True

    def __init__(self, desk: Desk, victim: str, ref: str, person: str, parent: QWidget) -> None:
        """``person`` is the id of the person, '' for an organisation, which is neither exported nor erased."""
        super().__init__(desk, desk.tr("Data held on {0}").format(ref), desk.tr("Record"), parent, width=560)
        self._victim, self._person = victim, person
        is_held = holds.on_victim(desk.store, victim)
        options = [(SHARED, self.tr("Record what was shared with whom"))]
        options.append((LIFT, self.tr("Lift the legal hold")) if is_held else (HOLD, self.tr("Put under legal hold")))
        if person:
            options += [
                (EXPORT, self.tr("Export what is held, for them")), (ERASE, self.tr("Erase what is held, for ever")),
            ]  # fmt: skip
        self.what = Choice(options, name=self.tr("What to do"))
        self.whom = TextField(name=self.tr("Who was given it"))
        self.given = TextField(name=self.tr("What they were given"))
        none = ("", self.tr("As recorded on the victim"))
        self.ground = Choice([none, *victim_record.codes("grounds").items()], name=self.tr("Ground"))
        self.because = TextField(name=self.tr("Reason"))
        self.sure = CheckBox(self.tr("I know that nobody can bring it back"))
        self.told = text_label("", "small", "text2", wrap=True)
        self.rows = {
            "whom": FormRow(self.tr("Who was given it"), self.whom),
            "given": FormRow(self.tr("What they were given"), self.given, self.tr("Sealed.")),
            "ground": FormRow(self.tr("Ground"), self.ground),
            "because": FormRow(self.tr("Reason"), self.because, self.tr("For which proceedings, or how they ended.")),
        }
        self.form.body.addWidget(FormRow(self.tr("What to do"), self.what))
        self.shared = text_label("", "small", wrap=True, selectable=True, called=self.tr("What was shared so far"))
        self.form.body.addWidget(self.shared)
        for part in (*self.rows.values(), self.told, self.sure):
            self.form.body.addWidget(part)
        self.form.body.addStretch(1)
        self.shared.setText(self._shared(desk, victim))
        self.what.currentIndexChanged.connect(self._arrange)
        self._arrange()
        self.what.setFocus(Qt.FocusReason.OtherFocusReason)

    def _shared(self, desk: Desk, victim: str) -> str:
        rows = lookup.listing(desk.store, "disclosure", "d.victim = ?", (victim,), "d.at DESC, d.id")
        if not rows:
            return self.tr("Nothing was recorded as shared so far.")
        line = self.tr("{0}: {1} to {2} ({3})")
        lines = [
            line.format(in_words(row["at"]), row["what"], row["whom"], victim_record.words("grounds", [row["ground"]]))
            for row in rows
        ]
        return "\n".join(
            [self.tr("Shared so far, the newest first:"), *(visible(one, 600, lines=False) for one in lines)]
        )

    def _arrange(self) -> None:
        what = self.what.key()
        shown = {SHARED: ("whom", "given", "ground"), HOLD: ("because",), LIFT: ("because",)}.get(what, ())
        for name, part in self.rows.items():
            part.setVisible(name in shown)
        words = {
            HOLD: self.tr("While it stands nothing kept on them is erased, nor by an erasure that arrives."),
            EXPORT: self.tr("Other people's names are left out. The file is not encrypted; that you made it is noted."),
            ERASE: self.tr(
                "Name, contact, notes, outcomes, attempts and hand-offs can be read by nobody afterwards, here and"
                " wherever the erasure travels. Refused under legal hold."
            ),
        }
        self.shared.setVisible(what == SHARED)
        self.told.setText(words.get(what, ""))
        self.told.setVisible(what in words)
        self.sure.setVisible(what == ERASE)

    def submit(self) -> None:
        """Do what was chosen."""
        what, victim, person = self.what.key(), self._victim, self._person
        because, whom, given, ground = self.because.text(), self.whom.text(), self.given.text(), self.ground.key()
        if what == EXPORT:
            self._export()
            return
        if what == ERASE and not self.sure.isChecked():
            self.say(self.tr("Erasing is for ever."), self.tr("Tick that you know it, or cancel."))
            self.sure.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        beyond: list[str] = []

        def work(session: Session) -> Changes:
            if what == HOLD:
                return people.hold(session, victim, because)
            if what == LIFT:
                return people.lift(session, victim, because)
            if what == ERASE:
                done, left = people.erase(session, person)
                beyond.extend(left)
                return done
            return people.disclose(session, victim, whom, given, ground)

        if what == ERASE:
            parent, desk = self.parentWidget(), self.desk
            self.run(work, lambda _: ErasedDialog(desk, beyond, parent).open() if parent is not None else None)
        else:
            self.run(work)

    def _export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export what is held"), "held.html", self.tr("Page (*.html);;JSON (*.json)")
        )
        if not name:
            return
        person = self._person
        self.save.setEnabled(False)
        self.desk.long(
            self.tr("Writing what is held"),
            lambda session, _: subject_access.export(session, person, Path(name)),
            lambda _: self.accept(),
            self._refused,
        )

    def _refused(self, trouble: TriageError) -> None:
        self.say(trouble.what, trouble.do)
        self._let_go()


class ErasedDialog(FormDialog):
    """What an erasure could not reach, to be seen to by hand."""

    holds_up = True
    destroys = True

    def __init__(self, desk: Desk, beyond: list[str], parent: QWidget) -> None:
        """``beyond`` is what ``people.erase`` returned."""
        super().__init__(
            desk, desk.tr("Erased. What it could not reach"), desk.tr("Close"), parent, width=560,
            text=desk.tr("These hold it still, until somebody sees to each."),
        )  # fmt: skip
        for line in beyond:
            self.form.body.addWidget(text_label(line[:1].upper() + line[1:], "small", wrap=True, selectable=True))
        self.form.body.addStretch(1)
        self.cancel.hide()

    def submit(self) -> None:
        """There is nothing to do but to read."""
        self.accept()
