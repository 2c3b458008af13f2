"""Giving a shift, and taking one: whoever takes it sees each running clock and each hand-off nobody has accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import shiboken6
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from triage_app.domain.shift import MOST_WORDS
from triage_app.errors import TriageError
from triage_app.services import handover
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.handover import Handover, Shown
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.clock_list import clock_columns, clock_row
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.clock_faces import faces_of
from triage_app.ui.views.moments import short
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Banner, Card, Choice, EmptyState, FormRow, TextArea

_WIDE: Final = 860
_MOST_ROWS: Final = 6
"""Rows of a table that are seen at once; the table itself scrolls through all of them."""


@dataclass(frozen=True)
class ToTake:
    """What whoever takes the shift is shown, read in one go."""

    given: tuple[Handover, ...]
    words: tuple[str, ...]
    "The words of each giver."
    shown: Shown
    not_here: int
    "Clocks that the givers had and this laptop knows nothing of."


def read_to_take(store: Store, responder: str, now: int) -> ToTake:
    """Read it; takes a query lane. ``responder`` is who would take it."""
    given = handover.to_take(store, responder)
    if not given:  # nothing to show, so nothing is worked out
        return ToTake((), (), Shown((), ()), 0)
    words = tuple(handover.words_of(store, one.id) for one in given)
    return ToTake(tuple(given), words, handover.shown(store, now), handover.not_here(store, given))


class GiveDialog(FormDialog):
    """Giving the shift, with words of one's own."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        tr = QCoreApplication.translate
        text = tr(
            "GiveDialog",
            "Whoever comes unlocks with a passphrase of their own, sees each running clock and each hand-off that is"
            " not accepted, and takes it. Until then your name stays on Home.",
        )
        super().__init__(
            desk, tr("GiveDialog", "Give the shift"), tr("GiveDialog", "Give the shift"), parent, text=text, width=560
        )
        self.words = TextArea(name=self.tr("What must they know?"), lines=7)
        hint = self.tr("{0}: it reaches the laptops of {1}. Write nothing here that is TLP:RED.")
        self.words_row = FormRow(
            self.tr("What must they know?"), self.words, hint.format(handover.LABEL, desk.organisation)
        )
        self.form.body.addWidget(self.words_row)
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Give it."""
        words = self.words.toPlainText()
        too_long = self.tr("That is longer than {0} characters. Say what matters most.").format(f"{MOST_WORDS:,}")
        self.words_row.set_problem(too_long if len(words.strip()) > MOST_WORDS else "")
        if len(words.strip()) <= MOST_WORDS:
            self.run(lambda session: handover.give(session, words))


class TakeDialog(FormDialog):
    """Taking the shift. It can wait: then the giver's name stays on Home, and the next unlock asks again."""

    def __init__(self, desk: Desk, responder: str, found: ToTake, parent: QWidget) -> None:
        tr = QCoreApplication.translate
        names = " and ".join(dict.fromkeys(one.giver for one in found.given))
        text = tr(
            "TakeDialog",
            "Not now, or Esc: work goes on, the shift stays with {0}, and you take it from Home or at the next unlock.",
        )
        super().__init__(
            desk, tr("TakeDialog", "Take the shift from {0}").format(harmless(names)),
            tr("TakeDialog", "Take the shift"), parent, text=text.format(harmless(names)), width=_WIDE,
        )  # fmt: skip
        self._responder = responder
        self._found = found
        self.cancel.setText(self.tr("Not now"))
        self.lacking = Banner()
        self.form.body.addWidget(self.lacking)
        now = desk.now()
        for one, words in zip(found.given, found.words, strict=True):
            card = Card(harmless(one.giver), short(one.at, now))
            card.body.addWidget(
                text_label(harmless(words) or self.tr("No words were left."), "body", wrap=True, selectable=True)
            )
            self.form.body.addWidget(card)
        self.clocks_head = text_label("", "h3")
        self.clocks = RowsTable(clock_columns(self.tr, with_line=False), self.tr("Running clocks"), inset=Size.CARD)
        self.clocks.set_empty(EmptyState(self.tr("No clock is running."), self.tr("None waits for anybody.")))
        self.handoffs_head = text_label("", "h3")
        self.handoffs = RowsTable(
            [
                Column("ref", self.tr("What"), 160, "mono", sortable=False),
                Column("to", self.tr("Offered to"), 200, "title", stretch=True, sortable=False),
                Column("holds", self.tr("Still with"), 180, drop=1, sortable=False),
                Column("offered", self.tr("Offered"), 130, drop=2, sortable=False),
            ],
            self.tr("Hand-offs that nobody has accepted"),
            inset=Size.CARD,
        )
        self.handoffs.set_empty(
            EmptyState(self.tr("Every hand-off was answered."), self.tr("None waits for an acceptance."))
        )
        for part in (self.clocks_head, self.clocks, self.handoffs_head, self.handoffs):
            self.form.body.addWidget(part)
        self._show()
        if found.shown.clocks:
            self.clocks.go_to_row(0)
        self.clocks.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter alone takes nothing: whoever has just typed a passphrase may press it once more."""
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.save.hasFocus():
            event.accept()
            return
        super().keyPressEvent(event)

    def _show(self) -> None:
        found, now = self._found, self.desk.now()
        faces = faces_of(found.shown.clocks, now)
        self.clocks_head.setText(self.tr("Running clocks: {0}").format(f"{len(faces):,}"))
        self.clocks.show_rows([clock_row(face) for face in faces])
        offers = found.shown.handoffs
        self.handoffs_head.setText(self.tr("Hand-offs not accepted: {0}").format(f"{len(offers):,}"))
        self.handoffs.show_rows(
            [
                {
                    "id": row["id"], "ref": row["ref"], "to": _party(row, "to"), "holds": _party(row, "from"),
                    "offered": short(row["offered_at"], now),
                }
                for row in offers
            ]
        )  # fmt: skip
        for table, count in ((self.clocks, len(faces)), (self.handoffs, len(offers))):
            rows = min(_MOST_ROWS, count)
            table.setFixedHeight(Size.TABLE_HEAD + max(2, rows) * table.row_height + 4)
        lacking = self.tr("{0} of the clocks that the giver had are not on this laptop.").format(found.not_here)
        self.lacking.say(lacking, self.tr("Merge a bundle from theirs, or ask them which."), "amber")
        self.lacking.setVisible(bool(found.not_here))

    def submit(self) -> None:
        """Take all that is shown; what began to run meanwhile is shown first."""
        self.save.setEnabled(False)
        self.problem.hide()
        named, seen = [one.id for one in self._found.given], self._found.shown.ids

        def done(_: Changes) -> None:
            if shiboken6.isValid(self):
                self.accept()

        def refused(trouble: TriageError) -> None:
            if shiboken6.isValid(self):
                self.say(trouble.what, trouble.do)
                self._look_again()

        self.desk.act(lambda session: handover.take(session, named, seen), done, refused)

    def _look_again(self) -> None:
        responder, now = self._responder, milliseconds(self.desk.now())

        def show(found: ToTake) -> None:
            if found.given:
                self._found = found
                self._show()
            self.save.setEnabled(bool(found.given))

        self.desk.query(lambda store: read_to_take(store, responder, now), while_alive(self, show))


def _party(row: dict[str, str], side: str) -> str:
    return harmless(", ".join(part for part in (row[f"{side}_body"], row[f"{side}_person"]) if part))


class WhichIncident(FormDialog):
    """Which incident is to be printed, where none is in view: the one worked on last stands first."""

    def __init__(
        self, desk: Desk, incidents: Sequence[tuple[str, str, str]], chosen: Callable[[str], None], parent: QWidget
    ) -> None:
        """``incidents`` are (id, reference, title); ``chosen`` is called with an id, once this has closed."""
        tr = QCoreApplication.translate
        super().__init__(desk, tr("WhichIncident", "Print an incident"), tr("WhichIncident", "Print"), parent)
        self._chosen = chosen
        words = [(one, harmless(f"{ref}  {title}")) for one, ref, title in incidents]
        self.which = Choice(words, name=self.tr("Incident")).narrow()
        self.form.body.addWidget(FormRow(self.tr("Incident"), self.which))
        self.which.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Print the one that is chosen."""
        chosen = self.which.key()
        self.accept()
        self._chosen(chosen)
