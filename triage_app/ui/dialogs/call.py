"""One call: to somebody who is not in the directory, or one that is put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.calls import OUTCOMES
from triage_app.language import say
from triage_app.services import calls
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, TimeRow
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField, row

_FIELDS = ("callee", "role", "number", "organisation")


class CallDialog(FormDialog):
    """Whom, about what, when, and what became of it."""

    def __init__(
        self, desk: Desk, parent: QWidget, *, callee: Mapping[str, str] | None = None,
        about: Sequence[tuple[str, str]] = (), chosen: str = "", call: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """``about`` are (kind:id, words) of what it may be about; ``call`` is one that is put right."""
        title = desk.tr("Put call {0} right").format(call["ref"]) if call is not None else desk.tr("Log a call")
        super().__init__(desk, title, desk.tr("Keep") if call is not None else desk.tr("Log it"), parent, width=560)
        self._call = call
        known = call if call is not None else callee or {}
        words = {
            "callee": self.tr("Name"), "role": self.tr("Role"), "number": self.tr("Number or address"),
            "organisation": self.tr("Organisation"),
        }  # fmt: skip
        self.fields: dict[str, TextField] = {}
        for name in _FIELDS:
            self.fields[name] = TextField(name=words[name])
            self.fields[name].setText(str(known.get(name, "")))
        for pair in (_FIELDS[:2], _FIELDS[2:]):
            line = row(gap=14)
            for name in pair:
                line.addWidget(FormRow(words[name], self.fields[name]), 1)
            self.form.body.addLayout(line)
        self.outcome = Choice([(word, say(word.capitalize())) for word in OUTCOMES], name=self.tr("What became of it"))
        self.form.body.addWidget(FormRow(self.tr("What became of it"), self.outcome))
        self.about = Choice([("", self.tr("Nothing in particular")), *about], name=self.tr("About")).narrow()
        self.happened = TimeRow(self.tr("When"), desk.now, hint=self.tr("Now, unless you say otherwise: 02:55, -10m"))
        self.note = TextArea(name=self.tr("Note"), lines=3)
        self.because = TextField(name=self.tr("Because"))
        for hidden in (self.about, self.happened, self.because):
            hidden.setParent(self)
            hidden.hide()
        if call is None:
            self.about.set_key(chosen)
            self.form.body.addWidget(FormRow(self.tr("About"), self.about))
            self.form.body.addWidget(self.happened)
            for shown in (self.about, self.happened):
                shown.show()
        else:
            self.outcome.set_key(str(call["outcome"]))
            self.note.setPlainText(str(call["note"]))
        self.form.body.addWidget(FormRow(self.tr("Note"), self.note, self.tr("Sealed, as are name and number.")))
        if call is not None:
            self.form.body.addWidget(FormRow(self.tr("Because"), self.because, self.tr("Why it is put right")))
            self.because.show()
        self.form.body.addStretch(1)
        first = self.outcome if known else self.fields["callee"]
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Log it, or put right what was changed."""
        if not self.happened.is_readable():
            return
        typed = {name: field.text().strip() for name, field in self.fields.items()}
        outcome, note = self.outcome.key(), self.note.toPlainText().strip()
        if self._call is None:
            kind, _, entity = self.about.key().partition(":")
            happened = self.happened.text()
            self.run(lambda session: calls.log(session, outcome, **typed, note=note, about_kind=kind, about=entity,
                                               happened=happened))  # fmt: skip
            return
        was = self._call
        said = {**typed, "outcome": outcome, "note": note}
        changed = {name: words for name, words in said.items() if words != str(was[name]).strip()}
        if not changed:
            self.reject()
            return
        because = self.because.text()
        self.run(lambda session: calls.correct(session, str(was["id"]), changed, because))
