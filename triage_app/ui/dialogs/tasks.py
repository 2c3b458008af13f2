"""Forms of tasks: starting a playbook, adding and editing a task, why one is not needed, and what the clinic agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.playbooks import Playbook
from triage_app.domain.tasks import NOT_NEEDED
from triage_app.services import tasks
from triage_app.services.times import in_words
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, TimeRow
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import Banner, FormRow, Radio, TextArea, TextField, column

_BESIDE_RADIO = 24
"""Where the words of a radio button begin, from its left edge."""
_RING = Size.FOCUS_LINE + Size.FOCUS_GAP
"""How far the focus ring of a radio button reaches: it must not lie on the words under it."""


class StartPlaybookDialog(FormDialog):
    """Choose a playbook; what fits the incident's class comes first, and is chosen."""

    def __init__(
        self, desk: Desk, incident: str, ref: str, proposed: Sequence[tuple[Playbook, bool]], faults: Sequence[str],
        parent: QWidget,
    ) -> None:  # fmt: skip
        """``proposed`` are all playbooks with whether each fits; ``faults`` say which files were refused."""
        super().__init__(
            desk, desk.tr("Start a playbook on {0}").format(ref), desk.tr("Start playbook"), parent,
            text=desk.tr("Its steps become tasks in one act, which undo takes back. Targets count from now."),
            width=660,
        )  # fmt: skip
        self._incident = incident
        self.choices: dict[str, Radio] = {}
        if faults:
            self.form.body.addWidget(Banner(faults[0], " ".join(faults[1:3]), "amber"))
        for one, fits in proposed:
            fit = self.tr(", fits its class") if fits else ""
            radio = Radio(self.tr("{0}: {1} steps{2}").format(one.name, len(one.steps), fit))
            radio.setChecked(not self.choices)
            self.choices[one.code] = radio
            choice = column(None, (0, 0, 0, 0), _RING)
            choice.addWidget(radio)
            whose = self.tr("The trust's own, version {0}") if one.own else self.tr("Version {0}")
            said = f"{', '.join(one.phases)}. {whose.format(one.version)}"
            words = text_label(said, "small", "text2", wrap=True)
            words.setContentsMargins(_BESIDE_RADIO, 0, 0, 0)  # what belongs to a choice stands under its words
            choice.addWidget(words)
            self.form.body.addLayout(choice)
        next(iter(self.choices.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Make its tasks."""
        incident = self._incident
        code = next((code for code, radio in self.choices.items() if radio.isChecked()), "")
        self.run(lambda session: tasks.start_playbook(session, incident, code))


class TaskDialog(FormDialog):
    """A task of one's own, or an existing one to be changed."""

    def __init__(
        self, desk: Desk, incident: str, ref: str, parent: QWidget, task: Mapping[str, Any] | None = None,
        phase: str = "",
    ) -> None:  # fmt: skip
        """``task`` is the one to change, None for a new one; ``phase`` stands in the new one at first."""
        heading = (
            desk.tr("Add a task to {0}").format(ref) if task is None else desk.tr("Edit a task of {0}").format(ref)
        )
        super().__init__(desk, heading, desk.tr("Add task") if task is None else desk.tr("Keep"), parent, width=560)
        self._incident, self._task = incident, task
        one: Mapping[str, Any] = task or {"title": "", "phase": phase, "owner": "", "comment": "", "due_at": None}
        self.words = TextArea(name=self.tr("What is to be done"), lines=2)
        self.words.setPlainText(str(one["title"]))
        self.row = FormRow(self.tr("What is to be done"), self.words)
        self.owner, self.phase = TextField(name=self.tr("Owner")), TextField(name=self.tr("Phase"))
        self.owner.setText(str(one["owner"]))
        self.phase.setText(str(one["phase"]))
        self._due = "" if one["due_at"] is None else in_words(one["due_at"])
        hint = self.tr("Now {0}; type another time to change it").format(self._due) if self._due else ""
        self.due = TimeRow(self.tr("Due"), desk.now, hint=hint)
        self.comment = TextArea(name=self.tr("Comment"), lines=2)
        self.comment.setPlainText(str(one["comment"]))
        for part in (
            self.row, FormRow(self.tr("Owner"), self.owner), self.due, FormRow(self.tr("Phase"), self.phase),
        ):  # fmt: skip
            self.form.body.addWidget(part)
        if task is not None:
            self.form.body.addWidget(FormRow(self.tr("Comment"), self.comment))
            facts = [(self.tr("Why"), task["why"]), (self.tr("Usually done by"), task["role"])]
            touches = task["touches"] if isinstance(task["touches"], list) else []
            facts.append((self.tr("Touches"), "; ".join(str(part) for part in touches)))
            for name, said in facts:
                if said:
                    self.form.body.addWidget(text_label(f"{name}: {said}", "small", "text2", wrap=True))
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Add it, or keep what was changed."""
        title = self.words.toPlainText().strip()
        self.row.set_problem("" if title else self.tr("A task needs a title."))
        if not title or not self.due.is_readable():
            return
        owner, phase, due, comment = self.owner.text(), self.phase.text(), self.due.text(), self.comment.toPlainText()
        if self._task is None:
            incident = self._incident
            self.run(lambda session: tasks.add_task(session, incident, title, phase=phase, owner=owner, due=due))
            return
        entity = str(self._task["id"])
        values = {"title": title, "owner": owner, "phase": phase, "comment": comment} | ({"due": due} if due else {})
        self.run(lambda session: tasks.set_task(session, entity, values))


class SkipTaskDialog(FormDialog):
    """Why a task is not needed."""

    def __init__(self, desk: Desk, task: Mapping[str, Any], parent: QWidget) -> None:
        super().__init__(
            desk, desk.tr("Not needed"), desk.tr("Not needed"), parent, text=tasks.short_title(task), width=480
        )
        self._entity = str(task["id"])
        self.because = TextField(name=self.tr("Because"))
        self.row = FormRow(self.tr("Because"), self.because, self.tr("Kept in the journal with your name"))
        self.form.body.addWidget(self.row)
        self.because.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Settle it."""
        because, entity = self.because.text().strip(), self._entity
        self.row.set_problem("" if because else self.tr("Say in a few words why."))
        if because:
            self.run(lambda session: tasks.settle(session, [entity], NOT_NEEDED, because=because))


class AgreedDialog(FormDialog):
    """Who in the clinic agreed and what the fallback is, before a step that touches care is begun or done."""

    def __init__(self, desk: Desk, task: Mapping[str, Any], status: str, parent: QWidget) -> None:
        super().__init__(
            desk,
            desk.tr("This step may touch care"),
            desk.tr("Tick it"),
            parent,
            text=tasks.short_title(task),
            width=520,
        )
        self._entity, self._status = str(task["id"]), status
        self.agreed, self.fallback = TextField(name=self.tr("Agreed by")), TextField(name=self.tr("Fallback"))
        self.agreed.setText(str(task["agreed_by"]))
        self.fallback.setText(str(task["fallback"]))
        self.because = TextField(name=self.tr("Nobody asked, because"))
        self.agreed_row = FormRow(self.tr("Agreed by"), self.agreed, self.tr("Who in the clinic, by name and role"))
        self.form.body.addWidget(self.agreed_row)
        self.form.body.addWidget(FormRow(self.tr("Fallback"), self.fallback, self.tr("What the clinic does meanwhile")))
        self.form.body.addWidget(
            FormRow(self.tr("Nobody asked, because"), self.because, self.tr("Only where nobody could be asked"))
        )
        self.agreed.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Tick it with what the clinic said, or why nobody was asked."""
        agreed, fallback, because = (field.text().strip() for field in (self.agreed, self.fallback, self.because))
        entity, status = self._entity, self._status
        if not because and not (agreed and fallback):
            self.agreed_row.set_problem(self.tr("Say who agreed and the fallback, or why nobody could be asked."))
            return
        self.run(
            lambda session: tasks.settle(
                session, [entity], status, agreed_by=agreed, fallback=fallback, because=because
            )
        )
