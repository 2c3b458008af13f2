"""One clock: what started it, what stops it, what is due, and what a responder records of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain import clocks as rules
from triage_app.domain.clocks import State
from triage_app.errors import TriageError
from triage_app.language import plural
from triage_app.services import clock_acts, clock_words
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.session import Session
from triage_app.services.times import in_words, read_time
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.clock_grid import GridPicker
from triage_app.ui.dialogs.form import FormDialog, TimeRow
from triage_app.ui.views.clock_faces import ClockFace, organisation_words
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Choice, Facts, FormRow, Line, TextArea, TextField

AWARE: Final = "aware"
CORRECT: Final = "correct"
DONE: Final = "done"
NOT_NOTIFIABLE: Final = "not-notifiable"
PAUSE: Final = "pause"
RESUME: Final = "resume"
REOPEN: Final = "reopen"
GRID: Final = "grid"

_NEEDS_TIME: Final = (AWARE, CORRECT, DONE, PAUSE, RESUME)


class ClockDialog(FormDialog):
    """Everything about one step of a clock; one act at a time."""

    def __init__(
        self, desk: Desk, face: ClockFace, history: Sequence[dict[str, Any]], parent: QWidget, act: str = ""
    ) -> None:
        """``history`` holds the starts that were recorded (``clocks.start_history``); ``act`` is chosen at first."""
        super().__init__(desk, face.name, desk.tr("Record"), parent, width=620)
        self._face = face
        self.facts = Facts(112)
        self.facts.set_rows(self._rows(history))
        self.form.body.addWidget(self.facts)
        offered = self._offered()
        # Whoever only looks must not record anything by the Enter that closes other forms.
        chosen = act if act in [key for key, _ in offered] else ""
        first = [] if chosen or not offered else [("", self.tr("Nothing, I only look"))]
        self.act = Choice([*first, *offered], name=self.tr("What to record"))
        self.act_row = FormRow(self.tr("What to record"), self.act)
        self.when = TimeRow(self.tr("When"), desk.now, "now")
        self.reference = TextField(name=self.tr("Reference"))
        self.reference_row = FormRow(self.tr("Reference"), self.reference, self.tr("Its number there; may stay empty"))
        self.by = TextField(name=self.tr("Decided by"))
        self.by_row = FormRow(self.tr("Decided by"), self.by, self.tr("The name of the person who decided"))
        self.because = TextArea(name=self.tr("Because"), lines=3)
        self.because_row = FormRow(self.tr("Because"), self.because)
        self.grid = GridPicker(face.clock)
        self.form.body.addWidget(Line())
        for part in (self.act_row, self.grid, self.when, self.by_row, self.reference_row, self.because_row):
            self.form.body.addWidget(part)
        self.act.currentIndexChanged.connect(self._chosen)
        if not offered:
            self.act_row.hide()
            self.save.hide()
        self.act.set_key(chosen)
        self._chosen()
        self.act.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what is shown ------------------------------------------------------------------------------------

    def _rows(self, history: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
        clock, state = self._face.clock, self._face.state
        rows = [
            (self.tr("Time left"), clock_words.left(state)),
            (self.tr("Whose"), organisation_words(clock) + ("" if clock.own else f", {clock.role}")),
            (self.tr("Start"), clock_words.started(clock, state)),
            (self.tr("Stop"), clock_words.stops(clock, state)),
            (self.tr("What is due"), clock_words.due(clock, state)),
        ]
        if state.due_at is not None:
            rows.append((self.tr("Due by"), in_words(state.due_at)))
        for one in clock.outcomes:
            if one["step"] == state.step:
                words = f"{one['outcome'].replace('-', ' ')}, {in_words(one['at'])}, {one['by']}"
                more = [words, one["reference"], one["because"]]
                rows.append((self.tr("Recorded"), harmless(". ".join(part for part in more if part))))
        earlier = [one for one in history if one["at"] is not None]
        if history:
            said = [self._said(one) for one in history]
            name = plural(len(earlier), "Start recorded", "Starts recorded")
            rows.append((name, "\n".join(said)))
        if clock.proposal is not None:
            rows.append((self.tr("Grid"), clock.proposal.words))
        rows.append((self.tr("Basis"), clock.policy.basis))
        return [(name, value) for name, value in rows if value]

    def _said(self, one: dict[str, Any]) -> str:
        at = self.tr("taken back") if one["at"] is None else in_words(one["at"])
        words = self.tr("{0}, by {1}, {2}").format(at, one["who"], in_words(one["recorded_at"]))
        return harmless(f"{words}: {one['because']}" if one["because"] else words)

    def _offered(self) -> list[tuple[str, str]]:
        """Return what can be recorded now, the likeliest first."""
        clock, state = self._face.clock, self._face.state
        tr, found = self.tr, []
        by_person = clock.policy.starts in (rules.AWARE, rules.OWN)
        local = clock.policy.kind_of(clock.step(state)) == rules.LOCAL
        recorded = any(one["step"] == state.step for one in clock.outcomes)
        if state.state is State.NOT_DUE_HERE and not recorded:
            return []
        first = not clock.step(state).after
        if by_person and first and (clock.start_at is None or clock.provisional):
            found.append((AWARE, self._start_asked()))
        runs = state.open and state.state is not State.PROVISIONAL
        if runs:
            found.append((DONE, tr("Done") if local else tr("Notified")))
        if not local and (state.open or state.state is State.NOT_STARTED):
            found.append((NOT_NOTIFIABLE, tr("Decided: not notifiable")))
        if runs and clock.policy.may_pause(clock.step(state)):
            found.append((RESUME, tr("Goes on")) if state.state is State.PAUSED else (PAUSE, tr("Stands still")))
        if by_person and clock.start_at is not None and not clock.provisional:
            found.append((CORRECT, tr("Another start: the one recorded is wrong")))
        if recorded:
            found.append((REOPEN, tr("Take back what was recorded: it is open again")))
        if clock.policy.grid is not None:
            found.append((GRID, tr("Place on the grid of harm")))
        return found

    def _start_asked(self) -> str:
        policy = self._face.clock.policy
        if policy.starts == rules.AWARE:
            return self.tr("Since when the organisation is aware")
        if policy.awaits:
            return self.tr("Since when it is aware of this: {0}").format(policy.awaits)
        return self.tr("Since when what starts it holds")

    def _chosen(self) -> None:
        act, tr = self.act.key(), self.tr
        self.save.setText({
            AWARE: tr("Record aware") if self._face.clock.policy.starts == rules.AWARE else tr("Record the start"),
            CORRECT: tr("Correct the start"), PAUSE: tr("Pause"), RESUME: tr("Resume"),
            NOT_NOTIFIABLE: tr("Record the decision"), REOPEN: tr("Open again"), GRID: tr("Place on the grid"),
        }.get(act, tr("Record")))  # fmt: skip
        self.save.setEnabled(bool(act))
        self.when.setVisible(act in _NEEDS_TIME)
        self.by_row.setVisible(act == NOT_NOTIFIABLE)
        self.reference_row.setVisible(act == DONE)
        self.because_row.setVisible(act not in ("", RESUME))
        self.grid.setVisible(act == GRID)
        for part in (self.because_row, self.by_row):
            part.set_problem("")
        self.because_row.set_hint({
            AWARE: tr("May stay empty"), CORRECT: tr("What was wrong. The old start stays in view."),
            DONE: tr("What comes late needs its reasons"), PAUSE: tr("What everybody waits for"),
            NOT_NOTIFIABLE: tr("Why; kept in the journal, as Art. 33(5) asks"), REOPEN: tr("May stay empty"),
            GRID: tr("Needed where the grid makes no proposal"),
        }.get(act, ""))  # fmt: skip
        if self.isVisible():
            self._fit()

    # -- what is done -------------------------------------------------------------------------------------

    def submit(self) -> None:
        """Record it, or say in place what is missing."""
        act, clock, state = self.act.key(), self._face.clock, self._face.state
        because, by, at = self.because.toPlainText().strip(), self.by.text().strip(), self.when.text() or "now"
        if not act or not self._complete(act, because, by):
            return
        whose = {} if clock.own else {"organisation": clock.organisation.partition(":")[2], "role": clock.role}
        subject, policy, kind, step = clock.subject, clock.policy.code, clock.subject_kind, state.step
        local = clock.policy.kind_of(clock.step(state)) == rules.LOCAL
        reference, placed = self.reference.text().strip(), self.grid.placed()

        def work(session: Session) -> Changes:
            if act == AWARE:
                return clock_acts.record_aware(session, subject, at, policy=policy, because=because, **whose)
            if act == CORRECT:
                return clock_acts.set_start(session, subject, policy, at, because, **whose)
            if act == PAUSE:
                return clock_acts.pause(session, subject, policy, because, kind=kind, at=at, **whose)
            if act == RESUME:
                return clock_acts.resume(session, subject, policy, kind=kind, at=at, **whose)
            if act == REOPEN:
                return clock_acts.take_back_outcome(session, subject, policy, step, kind=kind, because=because, **whose)
            if act == GRID:
                likelihood, severity, vulnerable = placed
                return clock_acts.set_grid(
                    session, subject, likelihood, severity, vulnerable=vulnerable, because=because, policy=policy,
                    **whose,
                )  # fmt: skip
            if act == NOT_NOTIFIABLE:
                return clock_acts.record_outcome(
                    session, subject, [policy], act, kind=kind, because=because, by=by, **whose
                )
            word = rules.DONE if local else rules.NOTIFIED
            return clock_acts.record_outcome(
                session, subject, [policy], word, kind=kind, step=step, at=at, reference=reference, because=because,
                **whose,
            )  # fmt: skip

        self.run(work)

    def _complete(self, act: str, because: str, by: str) -> bool:
        """Whether nothing is missing; what is, is said where it is missing."""
        tr = self.tr
        self.because_row.set_problem("")
        self.by_row.set_problem("")
        if act in _NEEDS_TIME and not self.when.is_readable():
            return self._lacks(self.when.entry)
        if act == NOT_NOTIFIABLE and not by:
            self.by_row.set_problem(tr("A decision needs the name of who decided."))
            return self._lacks(self.by)
        why = {
            NOT_NOTIFIABLE: tr("Say why it is not notifiable."),
            CORRECT: tr("Correcting a start needs a reason: say what was wrong."),
            PAUSE: tr("A pause needs a reason: say what everybody waits for."),
        }.get(act, "")
        if act == DONE and self._late():
            why = tr("It was due {0}: what comes late needs its reasons.").format(
                in_words(self._face.state.due_at or 0)
            )
        if act == GRID and not self.grid.is_placed():
            self.grid.ask()
            return False
        if act == GRID and not self.grid.proposes():
            why = tr("The grid makes no proposal for this: record why it was placed there.")
        if why and not because:
            self.because_row.set_problem(why)
            return self._lacks(self.because)
        return True

    def _lacks(self, field: QWidget) -> bool:
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.form.ensureWidgetVisible(field.parentWidget() or field)
        return False

    def _late(self) -> bool:
        clock, state = self._face.clock, self._face.state
        if state.due_at is None or clock.policy.kind_of(clock.step(state)) == rules.LOCAL:
            return False
        try:
            return milliseconds(read_time(self.when.text() or "now", self.when.seen_at())) > state.due_at
        except TriageError:
            return False
