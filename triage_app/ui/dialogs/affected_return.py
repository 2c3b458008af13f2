"""Back into service without being verified clean: who says that it may go back, and why. Asked once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.services import affected
from triage_app.services.affected_return import skipped
from triage_app.services.typed import readable
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.widgets import FormRow, TextField

_NAMED = 3


class BackRows:
    """The two fields: who says so, and why."""

    def __init__(self, desk: Desk) -> None:
        self.by = TextField(desk.tr("Name and role"))
        self.because = TextField(desk.tr("For example: reimaged from the gold copy, scan waits for the supplier"))
        self.by_row = FormRow(desk.tr("Who says that it may go back"), self.by, desk.tr("Sealed."))
        self.because_row = FormRow(desk.tr("Why it goes back without"), self.because, desk.tr("Stands in the log."))
        self._missing = {
            self.by_row: (self.by, desk.tr("Say who says that it may go back.")),
            self.because_row: (self.because, desk.tr("Say why it goes back without.")),
        }

    def is_complete(self) -> bool:
        """Whether both are said; the first that is not gets the keys, and says what is missing."""
        lacking = [line for line, (entry, _) in self._missing.items() if not readable(entry.text())]
        for line, (_, words) in self._missing.items():
            line.set_problem(words if line in lacking else "")
        if lacking:
            self._missing[lacking[0]][0].setFocus(Qt.FocusReason.OtherFocusReason)
        return not lacking


class BackInServiceDialog(FormDialog):
    """Who answers for what goes back and was not verified clean."""

    def __init__(
        self,
        desk: Desk,
        ids: Sequence[str],
        unverified: Sequence[dict[str, Any]],
        state: str,
        then: Callable[[], None],
        parent: QWidget,
    ) -> None:
        """``unverified`` are those, among ``ids``, that skip what should be done before."""
        names = ", ".join(thing["name"] for thing in unverified[:_NAMED])
        if len(unverified) > _NAMED:
            names = desk.tr("{0} and {1} more").format(names, f"{len(unverified) - _NAMED:,}")
        wanted = " / ".join(dict.fromkeys(skipped(thing, state).lower() for thing in unverified))
        if len(ids) == 1:
            heading = desk.tr("Put {0} back in service").format(names)
            text = desk.tr("It is not “{0}”.").format(wanted)
        else:
            heading = desk.tr("Put {0} things back in service").format(f"{len(ids):,}")
            text = desk.tr("{0} of {1} are not “{2}”: {3}.").format(
                f"{len(unverified):,}", f"{len(ids):,}", wanted, names
            )
        super().__init__(desk, heading, desk.tr("Put back in service"), parent, text=text, width=560)
        self._ids, self._state, self._then = list(ids), state, then
        self.rows = BackRows(desk)
        self.form.body.addWidget(self.rows.by_row)
        self.form.body.addWidget(self.rows.because_row)
        self.form.body.addStretch(1)
        self.rows.by.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Put all of them back, once it is said who answers for those that were not verified, and why."""
        if not self.rows.is_complete():
            return
        ids, state, because = self._ids, self._state, self.rows.because.text()
        said = {"back_by": self.rows.by.text()}
        self.run(lambda session: affected.set_state(session, ids, state, said, because), lambda _: self._then())
