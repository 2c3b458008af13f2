"""Revoking a device: why, by whose word, up to which operation; what that changes is shown before it is done."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from triage_app.errors import BadInput, TriageError
from triage_app.language import say
from triage_app.services import certifying, revoking
from triage_app.services.certifying import Revoked
from triage_app.services.changes import milliseconds
from triage_app.services.progress import Progress
from triage_app.services.revoking import Reach, WouldChange
from triage_app.services.session import Session
from triage_app.services.times import read_time
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, TimeRow
from triage_app.ui.messages import ask_dialog
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views import moments
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Banner, Choice, EmptyState, Facts, FormRow, Line, Radio, TextField, column

ALL: Final = 0
TIME: Final = 1
NUMBER: Final = 2
_ALONE: Final = "alone"
_WAIT_MS: Final = 350
"""Keys may follow one another this fast before what they come to is worked out."""
_ROWS: Final = 4

_Asked = tuple[str, int, str, str]
"""For whom, which kind of cut-off, the time and the number as typed."""


class RevokeDialog(FormDialog):
    """One device. Nothing is written until "Revoke" was pressed, and by an authority only once that was asked again."""

    holds_up = True
    destroys = True

    revoked = Signal(object)
    """``Revoked``: what it came to."""

    def __init__(self, desk: Desk, row: dict[str, Any], reach: Reach, parent: QWidget) -> None:
        """``row`` is the device as ``devices.known_devices`` tells of it."""
        super().__init__(desk, desk.tr("Revoke {0}").format(row["name"]), desk.tr("Revoke"), parent, width=640)
        self._row = row
        self._reach = reach
        self.preview: WouldChange | None = None
        self._asked_for: _Asked = (_ALONE, ALL, "", "")
        lines = self.form.body
        facts = Facts(110)
        body = f"{row['organisation']} {row['organisation_name']}".strip()
        facts.set_rows(
            [(self.tr("Device"), f"{row['name']}, {row['ref']}"), (self.tr("Organisation"), body), *self._more()]
        )
        lines.addWidget(facts)
        self.because = TextField(name=self.tr("Why"))
        self._because_row = FormRow(
            self.tr("Why"), self.because, self.tr("Stolen, lost, seen by somebody else: others read this reason")
        )
        lines.addWidget(self._because_row)
        options = [(key, self.tr("For all who believe {0}").format(name)) for key, name in reach.keys]
        self.whom = Choice([*options, (_ALONE, self.tr("For this laptop alone"))], name=self.tr("For whom"))
        lines.addWidget(FormRow(self.tr("For whom"), self.whom))
        self.warning = Banner()
        lines.addWidget(self.warning)
        lines.addWidget(Line())
        lines.addWidget(text_label(self.tr("What still counts of it"), "small_strong"))
        self._build_cutoff()
        lines.addWidget(Line())
        self._build_preview()
        lines.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._look)
        for changed in (
            self.whom.currentIndexChanged, self.at.entry.textChanged, self.number.textChanged, self.cut.idClicked,
        ):  # fmt: skip
            changed.connect(lambda *_: self._ask())
        self.because.textChanged.connect(lambda _: self._ready())
        self.because.setFocus(Qt.FocusReason.OtherFocusReason)
        self._ask()

    def _more(self) -> list[tuple[str, str]]:
        found = []
        if self._reach.elsewhere:
            words = self.tr("{0} of its operations; this laptop holds {1}").format(
                self._reach.elsewhere, self._reach.held
            )
            found.append((self.tr("Others hold"), words))
        if self._reach.cutoff is not None:
            found.append((self.tr("Revoked already"), self.tr("after operation {0}").format(self._reach.cutoff)))
        return found

    def _build_cutoff(self) -> None:
        held = self._reach.held
        last = moments.short(self._reach.last_written, self.desk.now()) if held else self.tr("never")
        self.all = Radio(self.tr("All that we hold now: {0} operations, last written {1}").format(held, last))
        self.until = Radio(self.tr("What it wrote up to a time that it says itself"))
        self.up_to = Radio(self.tr("Up to the operation of a number"))
        self.cut = QButtonGroup(self)
        self.at = TimeRow(self.tr("Last time at which it was still ours"), self.desk.now)
        self.number = TextField(name=self.tr("Number of the last operation that counts"))
        self._number_row = FormRow(
            self.tr("Number of the last operation that counts"), self.number, self.tr("0: nothing of it counts")
        )
        for number, (button, more) in enumerate(
            ((self.all, None), (self.until, self.at), (self.up_to, self._number_row))
        ):
            self.cut.addButton(button, number)
            self.form.body.addWidget(button)
            if more is not None:
                indent = QWidget()
                column(indent, (Size.ICON + 8, 0, 0, 0)).addWidget(more)
                self.form.body.addWidget(indent)
                indent.hide()
                button.toggled.connect(indent.setVisible)
        self.all.setChecked(True)
        self.cut.idClicked.connect(lambda _: self._fit())

    def _build_preview(self) -> None:
        self.comes_to = text_label("", "h3", wrap=True)
        self.form.body.addWidget(self.comes_to)
        self.incidents = RowsTable(
            [
                Column("state", self.tr("Change"), 120, sortable=False),
                Column("ref", self.tr("Incident"), 150, "mono", sortable=False),
                Column("title", self.tr("Title"), 200, "title", stretch=True, sortable=False),
            ],
            self.tr("Incidents that would change"),
            inset=Size.CARD,
        )
        self.incidents.strong_current = False
        self.incidents.set_empty(EmptyState(self.tr("No incident would change.")))
        self.incidents.setFixedHeight(Size.TABLE_HEAD + 2 * self.incidents.row_height + 2)
        self.form.body.addWidget(self.incidents)

    # -- what would change ----------------------------------------------------------------------------------

    def _ask(self) -> None:
        self.preview = None
        self._say_whom()
        self._ready()
        self.comes_to.setText(self.tr("Working out what would change …"))
        self._timer.start()

    def _say_whom(self) -> None:
        if self.whom.key() == _ALONE:
            self.warning.say(
                self.tr("Only this laptop leaves it out. Others go on counting it until an authority revokes it."),
                self.tr("It can be taken back: trust the device again."), "tint",
            )  # fmt: skip
        else:
            self.warning.say(
                self.tr("This cannot be taken back."),
                self.tr("The device never counts again, wherever this key is believed. If it is found, its newest "
                        "backup is restored: it goes on as a new device."),
            )  # fmt: skip

    def _look(self) -> None:
        asked = (self.whom.key(), self.cut.checkedId(), self.at.text(), self.number.text())
        if (asked[1] == TIME and not (asked[2] and self.at.is_readable())) or (asked[1] == NUMBER and not asked[3]):
            self.comes_to.setText(self.tr("Say up to when, and what would change is shown here."))
            return
        self._asked_for = asked
        device = self._row["id"]

        def work(session: Session, _: Progress) -> WouldChange:
            after, authority = _chosen(session, device, *asked)
            return revoking.preview(session, device, after=after, authority=authority)

        def shown(found: WouldChange) -> None:
            if asked == self._asked_for:
                self._show(found)

        def refused(error: TriageError) -> None:
            if asked == self._asked_for:
                self.comes_to.setText("")
                self.incidents.show_rows([])
                self.say(error.what, error.do)
                self._fit()

        self.desk.long(
            self.tr("Working out what would change"), work, while_alive(self, shown), while_alive(self, refused)
        )

    def _show(self, found: WouldChange) -> None:
        self.problem.hide()
        self.preview = found
        words = self.tr("It counts up to operation {0}. {1} of its operations that are held here will not count.")
        if found.uncounted == 1:
            words = self.tr("It counts up to operation {0}. {1} of its operations that is held here will not count.")
        self.comes_to.setText(words.format(found.cutoff, found.uncounted or self.tr("None")))
        states = {
            "gone": Cell(self.tr("Goes away"), "warning", "amber", strong=True),
            "back": Cell(self.tr("Comes back"), "plus", "accent", strong=True),
            "conflict": Cell(self.tr("Conflict"), "warning", "amber", strong=True),
            "changed": Cell(self.tr("Changes"), "edit"),
        }
        rows = sorted(found.incidents, key=lambda one: (one["state"] == "changed", one["ref"]))
        self.incidents.show_rows(
            [{**one, "state": states[one["state"]], "title": harmless(one["title"])} for one in rows]
        )
        shown = max(2, min(_ROWS, len(rows)))
        self.incidents.setFixedHeight(Size.TABLE_HEAD + shown * self.incidents.row_height + 2)
        self._ready()
        self._fit()

    def _ready(self) -> None:
        self.save.setEnabled(self.preview is not None and bool(self.because.text().strip()))

    def _let_go(self) -> None:
        self._ready()

    # -- doing ----------------------------------------------------------------------------------------------

    def submit(self) -> None:
        """Revoke, once more asked where it cannot be taken back."""
        if self.preview is None or not self.because.text().strip():
            return
        if self._asked_for[0] == _ALONE:
            self._revoke()
            return
        question = ask_dialog(
            self,
            self.tr("Revoke {0} for all who believe {1}?").format(
                self._row["name"], dict(self._reach.keys)[self._asked_for[0]]
            ),
            self.tr("Revoke for good"),
            self.tr("It cannot be taken back."),
            dangerous=True,
        )
        question.accepted.connect(self._revoke)
        question.open()

    def _revoke(self) -> None:
        device, because, asked = self._row["id"], self.because.text().strip(), self._asked_for
        self.save.setEnabled(False)
        desk = self.desk

        def work(session: Session, _: Progress) -> Revoked:
            after, authority = _chosen(session, device, *asked)
            return certifying.revoke(session, device, because, after=after, authority=authority)

        shown = while_alive(self, self._done)

        def done(found: Revoked) -> None:
            desk.changed(found.changes)
            shown(found)

        desk.long(self.tr("Revoking a device"), work, done, while_alive(self, self._refused))

    def _done(self, found: Revoked) -> None:
        self.accept()
        self.revoked.emit(found)

    def _refused(self, error: TriageError) -> None:
        self.say(error.what, error.do)
        self._ready()


def _chosen(
    session: Session, device: str, authority: str, kind: int, time: str, number: str
) -> tuple[int | None, str | None]:
    """Return the cut-off and the authority that were chosen. Raises ``BadInput``."""
    after: int | None = None
    if kind == TIME:
        after = certifying.written_until(session, device, milliseconds(read_time(time, session.now())))
    elif kind == NUMBER:
        text = number.strip().replace(",", "")
        if not (text.isascii() and text.isdigit()):
            raise BadInput(
                say("“{0}” is no number of an operation.", number), "Name 0, after which nothing counts, or more."
            )
        after = int(text)
    return after, None if authority == _ALONE else authority
