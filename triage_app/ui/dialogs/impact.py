"""The form of one statement of clinical impact: made, put right, taken back."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.impact import BEGINS, FIELDS, PAPER
from triage_app.language import say
from triage_app.services import impact
from triage_app.services.vocabularies import clinical_codes
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, MomentRow
from triage_app.ui.views.impact_words import field_words, hint_words, kind_words
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField, danger, row

_TIMES: Final = ("from", "until", "at", "paper_since")
_BESIDE: Final = (
    ("system", "place"), ("from", "until"), ("paper", "paper_since"), ("origin", "destination"), ("kind", "count"),
    ("day", "source"), ("service", "percent"), ("level", "patients"), ("reported_by", "reference"),
    ("severity", "likelihood"), ("type", "level"),
)  # fmt: skip
"""Fields that stand side by side."""


class ImpactDialog(FormDialog):
    """One statement. A new one, or one that is put right: what it said before stays in its history."""

    def __init__(
        self, desk: Desk, incident: str, kind: str, parent: QWidget, statement: dict[str, Any] | None = None
    ) -> None:
        """``statement`` is the one that is put right, as ``services.impact`` lists it."""
        title = desk.tr("Put right: {0}") if statement is not None else desk.tr("State: {0}")
        save = desk.tr("Keep") if statement is not None else desk.tr("State it")
        text = desk.tr("As a clinician reported it to us, never our own judgement.") if kind == "harm" else ""
        super().__init__(desk, title.format(kind_words(kind).lower()), save, parent, text=text, width=600)
        self._incident, self._kind, self._statement = incident, kind, statement
        said = {} if statement is None else statement["said"]
        self._was = {name: impact.as_typed(kind, name, said.get(name)) for name in FIELDS[kind]}
        self.rows: dict[str, FormRow] = {}
        for name in FIELDS[kind]:
            self.rows[name] = self._row(name)
        done: set[str] = set()
        for name in FIELDS[kind]:
            pair = next((two for two in _BESIDE if name == two[0] and two[1] in self.rows), None)
            if name in done:
                continue
            if pair is None:
                self.form.body.addWidget(self.rows[name])
                continue
            line = row(gap=14)
            for one in pair:
                line.addWidget(self.rows[one], 1, Qt.AlignmentFlag.AlignTop)
                done.add(one)
            self.form.body.addLayout(line)
        self.because = TextField(parent=self)
        self.because.setVisible(statement is not None)
        if statement is not None:
            self.form.body.addWidget(FormRow(self.tr("Because"), self.because, self.tr("Why it is put right")))
            self.remove = danger(self.tr("Take it back"), icon="trash")
            self.remove.clicked.connect(self._take_back)
            self.form.body.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignLeft)
        self.form.body.addStretch(1)
        self.rows[FIELDS[kind][0]].field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _row(self, name: str) -> FormRow:
        kind, words, was = self._kind, field_words(self._kind, name), self._was[name]
        hint = hint_words(kind, name, self.desk.now())
        if name in _TIMES:
            return MomentRow(words, self.desk.now, was, hint=hint)
        if name == "paper":
            options = [("", self.tr("Not stated")), *((word, say(word.capitalize())) for word in PAPER)]
            return FormRow(words, self._choice(options, was, words))
        if (kind, name) in impact.CODED:
            options = list(clinical_codes()[impact.CODED[(kind, name)][0]].items())
            if was and was not in dict(options):
                options.append((was, was))
            if name not in impact.REQUIRED[kind] or not was:
                options.insert(0, ("", self.tr("Not stated")))
            return FormRow(words, self._choice(options, was, words))
        if name == "comment":
            area = TextArea(name=words, lines=2)
            area.setPlainText(was)
            return FormRow(words, area, hint)
        field = TextField(name=words)
        field.setText(was)
        return FormRow(words, field, hint)

    @staticmethod
    def _choice(options: list[tuple[str, str]], was: str, words: str) -> Choice:
        made = Choice(options, name=words).narrow()
        made.set_key(was)
        return made

    def _typed(self, name: str) -> str:
        line, field = self.rows[name], self.rows[name].field
        if isinstance(line, MomentRow):
            return line.text()
        if isinstance(field, Choice):
            return field.key()
        return (field.toPlainText() if isinstance(field, TextArea) else field.text()).strip()  # type: ignore[attr-defined]

    def submit(self) -> None:
        """State it, or put right what was changed."""
        for name, line in self.rows.items():
            lacking = name in impact.REQUIRED[self._kind] and not self._typed(name)
            if isinstance(line, MomentRow):
                if not line.is_readable():
                    line.entry.setFocus(Qt.FocusReason.OtherFocusReason)
                    return
                continue
            line.set_problem(self.tr("This is needed.") if lacking else "")
            if lacking:
                line.field.setFocus(Qt.FocusReason.OtherFocusReason)
                self.form.ensureWidgetVisible(line)
                return
        typed = {name: self._typed(name) for name in self.rows}
        incident, kind = self._incident, self._kind
        if self._statement is None:
            self.run(lambda session: impact.add(session, incident, kind, typed))
            return
        changed = {name: words for name, words in typed.items() if words != self._was[name].strip()}
        if not changed:
            self.reject()
            return
        begin = BEGINS.get(kind, "at")
        if changed.get(begin) == "":
            changed[begin] = "today" if begin == "day" else "now"
        entity, because = self._statement["id"], self.because.text()
        self.run(lambda session: impact.change(session, entity, changed, because))

    def _take_back(self) -> None:
        if self._statement is not None:
            entity, because = self._statement["id"], self.because.text()
            self.run(lambda session: impact.take_back(session, entity, because))
