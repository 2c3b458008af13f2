"""The forms of affected things: pasting a list, one thing whole, isolating what may be used in care."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from triage_app.domain.affected import CARE, KINDS, MOST_PASTED, PRIORITIES
from triage_app.errors import BadInput, TriageError
from triage_app.language import plural, say
from triage_app.services import affected
from triage_app.services.affected import Pasted
from triage_app.services.affected_return import returns, skipped
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.services.vocabularies import affected_states
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import text_label
from triage_app.ui.tokens import TYPE
from triage_app.ui.views.affected_reading import field_words, kind_words
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField, announce, row

_WAIT_MS = 150
_NAMED = 3


class PasteAffectedDialog(FormDialog):
    """Names as they were copied; what they come to is said before anything is kept."""

    def __init__(self, desk: Desk, incident: str, ref: str, text: str, parent: QWidget) -> None:
        """``text`` is what the clipboard holds."""
        super().__init__(
            desk, desk.tr("List what {0} affected").format(ref), desk.tr("Add to the list"), parent, width=560
        )
        self._incident = incident
        self.names = TextArea(
            self.tr("One name a line, or a table whose first column names them"), name=self.tr("Names"), lines=7
        )
        self.kind = Choice([(kind, kind_words(kind)) for kind in KINDS], name=self.tr("What they are"))
        self.says = text_label("", "small", "text2", wrap=True)
        self.says.setMinimumHeight(2 * TYPE["small"].line)
        self.form.body.addWidget(FormRow(self.tr("What they are"), self.kind))
        self.form.body.addWidget(FormRow(self.tr("Names"), self.names))
        self.form.body.addWidget(self.says)
        self.form.body.addStretch(1)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_WAIT_MS)
        self._soon.timeout.connect(self._look)
        self.names.textChanged.connect(self._soon.start)
        self.kind.currentIndexChanged.connect(lambda _: self._look())
        self.names.setPlainText(text[: MOST_PASTED + 1])
        self._look()
        self.names.setFocus(Qt.FocusReason.OtherFocusReason)

    def _look(self) -> None:
        """Say what the text comes to."""
        self._soon.stop()
        text = self.names.toPlainText()
        if not text.strip():
            self.save.setEnabled(False)
            self.says.setText(self.tr("Copy the names from wherever they are, and paste them here with Ctrl V."))
            return
        incident, kind = self._incident, self.kind.key()

        def look(store: Store) -> Pasted | TriageError:
            try:
                return affected.look_at_paste(store, incident, text, kind)
            except TriageError as trouble:
                return trouble

        def show(found: Pasted | TriageError) -> None:
            if (text, kind) == (self.names.toPlainText(), self.kind.key()):
                self._show(found)

        self.desk.query(look, while_alive(self, show))

    def _show(self, found: Pasted | TriageError) -> None:
        if isinstance(found, TriageError):
            self.save.setEnabled(False)
            self.says.setText(f"{found.what} {found.do}")
            return
        self.save.setEnabled(found.new > 0)
        parts = [self.tr("{0} new").format(f"{found.new:,}")]
        if found.known:
            parts.append(self.tr("{0} on the list already").format(f"{found.known:,}"))
        if found.repeats:
            parts.append(self.tr("{0} repeated in the text").format(f"{found.repeats:,}"))
        if found.heading:
            parts.append(self.tr("the heading “{0}” left out").format(found.heading))
        self.says.setText(", ".join(parts) + ".")
        announce(self, self.says.text())

    def submit(self) -> None:
        """List them."""
        incident, text, kind = self._incident, self.names.toPlainText(), self.kind.key()

        what, do = self.tr("All of them are on the list already."), self.tr("Nothing was added.")

        def work(session: Session) -> Changes:
            done = affected.paste(session, incident, text, kind)
            if done.changes is None:
                raise BadInput(what, do)
            return done.changes

        self.run(work)


class AffectedDialog(FormDialog):
    """One thing whole: what is known of it, and who agreed that it is taken away."""

    def __init__(self, desk: Desk, thing: dict[str, Any], parent: QWidget) -> None:
        """``thing`` is a row of the tracker."""
        super().__init__(desk, thing["name"], desk.tr("Keep"), parent, width=620)
        self._thing = thing
        states = [(state.code, state.name) for state in affected_states(thing["kind"]).values()]
        if thing["state"] not in dict(states):
            states.append((thing["state"], thing["state"]))
        self.states = Choice(states, name=field_words("state"))
        self.fields: dict[str, TextField | TextArea | Choice] = {
            "name": TextField(),
            "state": self.states,
            "owner": TextField(),
            "ward": TextField(),
            "priority": Choice(priorities(self.tr("None")), name=field_words("priority")),
            "used_in_care": Choice([(word, say(word.capitalize())) for word in CARE], name=field_words("used_in_care")),
            "agreed_by": TextField(self.tr("Name and role")),
            "fallback": TextField(self.tr("What the clinic does meanwhile")),
            "comment": TextArea(name=field_words("comment"), lines=2),
        }
        self.back_by = TextField(self.tr("Name and role"))
        self._stood = thing["back_by"] if returns(thing["state"]) else ""
        "Who said so when it last went back is not asked to say it again by having been there."
        self.back_by.setText(self._stood)
        self.because = TextField(self.tr("For example why nobody in the clinic was asked"))
        for name, entry in self.fields.items():
            value = "" if thing[name] is None else str(thing[name])
            if isinstance(entry, Choice):
                entry.set_key(value)
            elif isinstance(entry, TextArea):
                entry.setPlainText(value)
            else:
                entry.setText(value)
        sealed = self.tr("Sealed.")
        self._pair("name", "state")
        self._pair("owner", "ward", sealed)
        self._pair("priority", "used_in_care", self.tr("1 is restored first"))
        self._pair("agreed_by", "fallback", sealed, sealed)
        self.back_row = FormRow(self.tr("Who says that it may go back"), self.back_by, sealed)
        self.form.body.addWidget(self.back_row)
        self.form.body.addWidget(FormRow(field_words("comment"), self.fields["comment"], sealed))
        self.form.body.addWidget(FormRow(field_words("reason"), self.because, thing["because"]))
        self.form.body.addStretch(1)
        self.states.currentIndexChanged.connect(lambda _: self._show_back())
        self._show_back()
        self.states.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_back(self) -> None:
        """Ask who says that it may go back, where the state chosen skips what comes before it."""
        skips = skipped(self._thing, self.states.key())
        self.back_row.setVisible(bool(skips or self._stood))
        self.back_row.set_hint(
            self.tr("It is not “{0}”. Sealed.").format(skips.lower()) if skips else self.tr("Sealed.")
        )
        if self.isVisible():
            self._fit()

    def _pair(self, left: str, right: str, hint: str = "", right_hint: str = "") -> None:
        line = row(gap=14)
        for name, words in ((left, hint), (right, right_hint)):
            line.addWidget(FormRow(field_words(name), self.fields[name], words), 1, Qt.AlignmentFlag.AlignTop)
        self.form.body.addLayout(line)

    def changed(self) -> dict[str, str]:
        """Return what was changed in the form."""
        found = {}
        for name, entry in self.fields.items():
            said = (
                entry.key() if isinstance(entry, Choice)
                else entry.toPlainText() if isinstance(entry, TextArea)
                else entry.text()
            )  # fmt: skip
            if said.strip() != ("" if self._thing[name] is None else str(self._thing[name])).strip():
                found[name] = said
        skips = "state" in found and skipped(self._thing, found["state"])
        if self.back_row.isVisibleTo(self) and (skips or self.back_by.text().strip() != self._stood):
            found["back_by"] = self.back_by.text()
        return found

    def submit(self) -> None:
        """Set what was changed."""
        values, because = self.changed(), self.because.text()
        if not values:
            self.reject()
            return
        entity = self._thing["id"]
        self.run(lambda session: affected.set_many(session, [entity], values, because))


class IsolateDialog(FormDialog):
    """Who in the clinic agreed, and what the fallback is; or why nobody was asked."""

    def __init__(
        self,
        desk: Desk,
        ids: Sequence[str],
        asked: Sequence[str],
        state: str,
        then: Callable[[], None],
        parent: QWidget,
    ) -> None:
        """``asked`` are the names of those, among ``ids``, that are used in care or not known not to be."""
        names = ", ".join(asked[:_NAMED])
        if len(asked) > _NAMED:
            names = desk.tr("{0} and {1} more").format(names, f"{len(asked) - _NAMED:,}")
        text = desk.tr("{0}: used in care, or not known not to be. Whoever works with it there loses it.").format(names)
        super().__init__(
            desk,
            plural(len(ids), "Isolate 1 thing", "Isolate {0} things").format(f"{len(ids):,}"),
            desk.tr("Isolate"),
            parent,
            text=text,
            width=560,
        )
        self._ids, self._state, self._then = list(ids), state, then
        self.clinic = Choice(
            [
                ("agreed", self.tr("Somebody in the clinic agreed")),
                ("unasked", self.tr("Nobody could be asked")),
                ("no", self.tr("It is not used in care")),
            ],
            name=self.tr("The clinic"),
        )
        self.agreed_by = TextField(self.tr("Name and role"))
        self.fallback = TextField(self.tr("For example: CT on paper, urgent scans in room 2"))
        self.because = TextField(self.tr("For example: ward closed at night, encryption was running"))
        self.agreed_row = FormRow(self.tr("Who agreed"), self.agreed_by, self.tr("Sealed."))
        self.fallback_row = FormRow(self.tr("What the fallback is"), self.fallback, self.tr("Sealed."))
        self.because_row = FormRow(self.tr("Why nobody was asked"), self.because, self.tr("Stands in the log."))
        for part in (FormRow(self.tr("The clinic"), self.clinic), self.agreed_row, self.fallback_row, self.because_row):
            self.form.body.addWidget(part)
        self.form.body.addStretch(1)
        self.clinic.currentIndexChanged.connect(lambda _: self._chosen())
        self._chosen()
        self.agreed_by.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chosen(self) -> None:
        key = self.clinic.key()
        self.agreed_row.setVisible(key == "agreed")
        self.fallback_row.setVisible(key == "agreed")
        self.because_row.setVisible(key == "unasked")

    def submit(self) -> None:
        """Isolate them, once it is said who agreed or why nobody was asked."""
        key = self.clinic.key()
        wanted = {
            "agreed": ((self.agreed_row, self.agreed_by, self.tr("Say who in the clinic agreed.")),
                       (self.fallback_row, self.fallback, self.tr("Say what the clinic does meanwhile."))),
            "unasked": ((self.because_row, self.because, self.tr("Say why nobody could be asked.")),),
        }.get(key, ())  # fmt: skip
        missing = [(line, entry, words) for line, entry, words in wanted if not entry.text().strip()]
        for line, entry, words in wanted:
            line.set_problem(words if not entry.text().strip() else "")
        if missing:
            missing[0][1].setFocus(Qt.FocusReason.OtherFocusReason)
            return
        clinic = {
            "agreed": {"agreed_by": self.agreed_by.text(), "fallback": self.fallback.text()},
            "no": {"used_in_care": "no"},
        }.get(key, {})
        ids, state, because = self._ids, self._state, self.because.text() if key == "unasked" else ""
        self.run(lambda session: affected.set_state(session, ids, state, clinic, because), lambda _: self._then())


def priorities(none: str) -> list[tuple[str, str]]:
    """Return the restore priorities to choose from."""
    return [("", none), *((str(number), str(number)) for number in PRIORITIES)]
