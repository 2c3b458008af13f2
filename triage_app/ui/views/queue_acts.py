"""The acts of the queue: what each key does, in place, as one act with one undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from triage_app.errors import BadInput, TriageError
from triage_app.services import folding, incidents, responders, triage
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.services.undo import Undone
from triage_app.store import alert_changes, alerts, history, lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.assign_bar import AssignBar
from triage_app.ui.dialogs.correct_alert import CorrectAlertDialog
from triage_app.ui.dialogs.dismiss import DismissBar
from triage_app.ui.dialogs.merge_into import MergeBar
from triage_app.ui.dialogs.pick_bar import PickBar
from triage_app.ui.dialogs.snooze import SnoozeBar
from triage_app.ui.text import tooltip
from triage_app.ui.views.alert_related import offer_likely

LETTERS = {
    "p": "promote", "m": "merge", "d": "dismiss", "s": "snooze", "a": "take", "n": "note", "o": "record", "u": "undo",
    "c": "copy", "e": "correct", "y": "classify", "f": "fold", "t": "unfold", "r": "accept",
}  # fmt: skip
"""Single letters, while the list or the pane has the focus."""

Work = Callable[[Session, list[str]], Changes]


class QueueActs(QObject):
    """Promote, merge, dismiss, snooze, assign, note, undo: on the alerts chosen when the key was pressed."""

    decided = Signal(object)
    """Numbers of alerts on which something was just asked for that takes them out of the list."""
    done = Signal(object, bool)
    """``Changes``, and whether the alerts it was about have left the list."""
    undone = Signal(object, list, str)
    """``Undone``, the keys it was about, and what had been done."""
    refused = Signal(object)
    """A ``TriageError``: nothing was changed."""
    waiting = Signal()
    """Something else holds the lane; the act comes after it."""
    opened = Signal()
    """A bar asks something under the list."""
    closed = Signal()
    """A bar was put away: the list may have the focus again."""
    arranged = Signal(str)
    """Alerts were folded, or taken apart: the key (hex) of the alert to go to."""

    def __init__(
        self, desk: Desk, chosen: Callable[[], Sequence[int]], current_key: Callable[[], str], parent: QWidget
    ) -> None:
        """``chosen`` gives the numbers of the alerts an act is about, ``current_key`` the key of the current one."""
        super().__init__(parent)
        self._window = parent
        self._desk = desk
        self._chosen = chosen
        self._current_key = current_key
        self._ids: Sequence[int] = []
        self._note_about = ""
        self._done_acts: dict[str, tuple[str, list[str]]] = {}
        self.dismiss_bar = DismissBar()
        self.snooze_bar = SnoozeBar(desk.now)
        self.merge_bar = MergeBar(with_reasons=True)
        self.note_bar = PickBar((), self.tr("A note about it; Enter keeps it"))
        self.assign_bar = AssignBar()
        self.bars: tuple[DismissBar | SnoozeBar | MergeBar | PickBar, ...] = (
            self.dismiss_bar, self.snooze_bar, self.merge_bar, self.note_bar, self.assign_bar,
        )  # fmt: skip
        for bar in self.bars:
            bar.cancelled.connect(self.close_bars)
        self.dismiss_bar.picked.connect(self._dismiss)
        self.snooze_bar.picked.connect(self._snooze)
        self.merge_bar.picked.connect(self._merge)
        self.note_bar.picked.connect(lambda _, words: self._note(words))
        self.assign_bar.picked.connect(self._assign)
        self.actions = self._make_actions(parent)

    def _make_actions(self, parent: QWidget) -> dict[str, QAction]:
        tr = self.tr
        made: dict[str, QAction] = {}
        for name, words, letter, tip, run in (
            ("promote", tr("&Promote to an incident"), "P", tr("Open an incident from it, at once"), self.promote),
            ("merge", tr("&Merge into an incident…"), "M", tr("Link it to an incident that is open"), self.merge),
            ("dismiss", tr("&Dismiss…"), "D", tr("Say why it needs no work"), self.dismiss),
            ("snooze", tr("&Snooze…"), "S", tr("Put it aside until a time"), self.snooze),
            ("take", tr("&Assign…"), "A", tr("Say who looks at it: you, by A once more, or a colleague"), self.take),
            ("note", tr("Add a &note…"), "N", tr("Keep some words about it"), self.note),
            ("correct", tr("&Correct a field…"), "E", tr("Lay your word over the source's"), self.correct),
            (
                "classify",
                tr("Classif&y as suggested…"),
                "Y",
                tr("Promote it, and fill the form with what is suggested"),
                self.classify,
            ),
            ("fold", tr("&Fold together"), "F", tr("Show the marked alerts as one, with the sum of all"), self.fold),
            ("unfold", tr("&Unfold"), "T", tr("Take apart what is shown as one alert"), self.unfold),
            (
                "accept",
                tr("Accept &for a time…"),
                "R",
                tr("Make a rule that puts it aside, with a reason and an end"),
                self.accept,
            ),
        ):
            action = QAction(f"{words}\t{letter}", parent)
            action.setToolTip(tooltip(f"{tip} ({letter})"))
            action.triggered.connect(lambda _=False, which=run: which())
            made[name] = action
        return made

    # -- one key, one act ---------------------------------------------------------------------------------

    def promote(self) -> None:
        """Open an incident from the chosen alerts."""
        self._act(self._chosen(), triage.promote)

    def take(self) -> None:
        """Ask who looks at the chosen alerts; where nobody else is known, it is whoever is at work."""
        if not self._begin():
            return
        found = responders.of(self._desk.store, self._desk.organisation)
        if any(one["id"] != self._desk.responder for one in found):
            self.assign_bar.open_for(len(self._ids), found, self._desk.responder)
            self.opened.emit()
        else:
            self._act(self._ids, triage.take_in_hand, leaves=False)

    def _assign(self, who: str, words: str) -> None:
        ids = self._ids
        try:
            found = responders.of(self._desk.store, self._desk.organisation)
            who = who or responders.named(found, " ".join(words.casefold().split()))
        except BadInput as error:
            self.assign_bar.say(f"{error.what} {error.do}")
            return
        self.close_bars()
        self._act(ids, lambda session, keys: triage.assign(session, keys, who), leaves=False)

    def classify(self) -> None:
        """Open the form that classifies, filled with what is suggested: of the alert's incident, or of a new one."""
        key = self._current_key()
        found = alerts.numbers_of(self._desk.store, [key]) if key else {}
        if key not in found:
            return
        linked = lookup.incidents_of_alert(self._desk.store, key)
        if linked:
            self._open_form(str(linked[0]["id"]))
        else:
            self._act([found[key]], triage.promote, then=lambda changes: self._open_form(changes.id))

    def fold(self) -> None:
        """Show the chosen alerts as one."""
        self._act(self._chosen(), folding.fold, leaves=False, then=lambda changes: self.arranged.emit(changes.id))

    def unfold(self) -> None:
        """Take apart what is shown as the current alert."""
        self._on_current(lambda session, key: folding.unfold(session, key))

    def put_together(self) -> None:
        """Let what the current alert was taken apart from be one again."""
        self._on_current(lambda session, key: folding.put_together(session, key))

    def _on_current(self, work: Callable[[Session, str], Changes]) -> None:
        key = self._current_key()
        found = alerts.numbers_of(self._desk.store, [key]) if key else {}
        if key in found:
            self._act(
                [found[key]],
                lambda session, keys: work(session, keys[0]),
                leaves=False,
                then=lambda changes: self.arranged.emit(changes.id),
            )

    def accept(self) -> None:
        """Ask what of the current alert is to be accepted, for how long, and why."""
        key = self._current_key()
        found = alerts.numbers_of(self._desk.store, [key]) if key else {}
        if key in found:
            from triage_app.ui.dialogs.new_rule import NewRuleDialog

            alert = alerts.rows(self._desk.store, [found[key]])[found[key]]
            NewRuleDialog(self._desk, alert, self._window, lambda changes: self._done(changes, [key], False)).open()

    def show_rules(self) -> None:
        """Show every rule there is."""
        from triage_app.ui.dialogs.rules import RulesDialog

        RulesDialog(self._desk, self._window).open()

    def _open_form(self, incident: str) -> None:
        row = lookup.one(self._desk.store, "incident", incident)
        if row is not None and isValid(self._window):
            from triage_app.ui.dialogs.classify import ClassifyDialog

            ClassifyDialog(self._desk, row, self._window, take_over=True).open()

    def undo(self) -> None:
        """Take back the newest act, also one of another place."""
        self.close_bars()
        self._desk.undo("", self._taken_back)

    def _taken_back(self, undone: Undone) -> None:
        act = history.undone_act(self._desk.store, undone.changes.act)
        label, about = self._done_acts.pop(act, ("", []))
        self.undone.emit(undone, about, label)

    # -- bars ---------------------------------------------------------------------------------------------

    def merge(self) -> None:
        """Ask for the incident that the chosen alerts belong to."""
        if self._begin():
            self.merge_bar.set_incidents([])
            self.merge_bar.open_for(len(self._ids))
            self.opened.emit()
            offer_likely(self._desk, self._ids, self.merge_bar)

    def dismiss(self) -> None:
        """Ask what becomes of the chosen alerts; words only where the rule asks for them."""
        if not self._begin():
            return
        ids = self._ids
        self.dismiss_bar.open_for(len(ids))
        self.opened.emit()

        def answered(why: str) -> None:
            if why and self.dismiss_bar.isVisible() and self._ids == ids:
                self.dismiss_bar.ask_reason(self.tr("This needs a reason in words: {0}.").format(why))

        self._desk.long(
            "",
            lambda session, _: triage.why_words_are_asked(session, alert_changes.keys_of(session.store, ids)),
            answered,
        )

    def snooze(self) -> None:
        """Ask until when the chosen alerts shall rest."""
        if self._begin():
            self.snooze_bar.open_for(len(self._ids))
            self.opened.emit()

    def note(self) -> None:
        """Ask for some words about the current alert."""
        key = self._current_key()
        if key:
            self.close_bars()
            self._ids = []
            self._note_about = key
            self.note_bar.open(self.tr("Note"))
            self.opened.emit()

    def correct(self) -> None:
        """Ask for a field of the current alert to be put right."""
        key = self._current_key()
        found = alerts.numbers_of(self._desk.store, [key]) if key else {}
        if key in found:
            row = alerts.rows(self._desk.store, [found[key]])[found[key]]
            CorrectAlertDialog(self._desk, row, self._window).open()

    def _begin(self) -> bool:
        self.close_bars()
        self._ids = self._chosen()
        return bool(self._ids)

    def close_bars(self) -> None:
        """Put every bar away and give the list the focus."""
        shown = [bar for bar in self.bars if bar.isVisible()]
        for bar in shown:
            bar.hide()
        if shown:
            self.closed.emit()

    def _dismiss(self, disposition: str, because: str) -> None:
        ids = self._ids

        def asked(error: TriageError) -> None:
            if error.code == "words":
                self._ids = ids
                self.dismiss_bar.open_for(len(ids))
                self.dismiss_bar.ask_reason(error.what, disposition)
                self.opened.emit()

        def work(session: Session, keys: list[str]) -> Changes:
            return triage.dismiss(session, keys, disposition, because)

        self.close_bars()
        self._act(ids, work, on_refused=asked)

    def _snooze(self, key: str, words: str) -> None:
        try:
            until = self.snooze_bar.until(key, words)
        except BadInput as error:
            self.snooze_bar.refuse(error)
            return
        ids = self._ids
        self.close_bars()
        self._act(ids, lambda session, keys: triage.snooze(session, keys, until))

    def _merge(self, incident: str) -> None:
        ids = self._ids
        self.close_bars()
        self._act(ids, lambda session, keys: triage.link(session, keys, incident))

    def _note(self, words: str) -> None:
        about = self._note_about
        self.close_bars()
        self._desk.act(
            lambda session: incidents.add_note(session, "alert", about, words),
            lambda changes: self._done(changes, [about], False),
            self._refuse,
        )

    # -- the one way to the store -------------------------------------------------------------------------

    def _act(
        self,
        ids: Sequence[int],
        work: Work,
        *,
        leaves: bool = True,
        on_refused: Callable[[TriageError], None] | None = None,
        then: Callable[[Changes], None] = lambda changes: None,
    ) -> None:
        if not ids:
            return
        self.close_bars()
        numbers = ids  # a list of the table's is never changed
        keys: list[str] = []

        def refused(error: TriageError) -> None:
            self._refuse(error)
            if on_refused is not None:
                on_refused(error)

        def run(session: Session) -> Changes:
            keys[:] = alert_changes.keys_of(session.store, numbers)
            return work(session, keys)

        held = self._desk.lane.is_busy()
        if leaves:
            self.decided.emit(numbers)

        def done(changes: Changes) -> None:
            self._done(changes, keys, leaves)
            then(changes)

        self._desk.act(run, done, refused)
        if held:
            self.waiting.emit()

    def _done(self, changes: Changes, keys: list[str], left: bool) -> None:
        self._done_acts[changes.act] = (changes.label, list(keys))
        self.done.emit(changes, left)

    def _refuse(self, error: TriageError) -> None:
        self.refused.emit(error)
