"""Splitting an incident: what is marked goes to a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.services import splitting
from triage_app.services.splitting import Held, Parts
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import FormRow, TextField

_ROWS = 7


class SplitDialog(FormDialog):
    """One list of everything that can go, and the new incident's title."""

    def __init__(
        self, desk: Desk, incident: str, ref: str, held: Sequence[Held], then: Callable[[str], None], parent: QWidget
    ) -> None:
        """``then`` is given the new incident's id."""
        super().__init__(desk, desk.tr("Split {0}").format(ref), desk.tr("Split"), parent, width=680)
        self._incident, self._held, self._then = incident, {f"{one.kind}:{one.id}": one for one in held}, then
        self.title = TextField(self.tr("What the new incident is about"), name=self.tr("Title"))
        self.row = FormRow(self.tr("Title of the new incident"), self.title)
        kinds = {
            "alerts": self.tr("Alert"), "victims": self.tr("Victim"), "affected": self.tr("Affected thing"),
            "notes": self.tr("Log line"), "tips": self.tr("Report"), "tasks": self.tr("Task"),
            "events": self.tr("Entered event"), "impact": self.tr("Clinical impact"), "calls": self.tr("Call"),
        }  # fmt: skip
        self.table = RowsTable(
            (
                Column("kind", self.tr("Kind"), 124, sortable=False),
                Column("what", self.tr("What goes"), 200, "title", stretch=True, sortable=False),
                Column("ref", self.tr("Reference"), 148, "mono", drop=1, sortable=False),
            ),
            self.tr("What the incident holds"),
        )
        self.table.show_rows(
            [
                {"id": name, "kind": kinds.get(one.kind, one.kind), "what": harmless(one.words), "ref": one.ref}
                for name, one in self._held.items()
            ]
        )
        self.table.setFixedHeight(Size.TABLE_HEAD + min(_ROWS, max(3, len(held))) * self.table.row_height)
        self.marked = text_label("", "small", "text2")
        self.form.body.addWidget(self.row)
        hint = self.tr(
            "X marks one, Ctrl A all. A victim goes with the support given. Clocks and files stay; nothing is lost."
        )
        self.what = FormRow(self.tr("What goes to it"), self.table, hint)
        self.form.body.addWidget(self.what)
        self.form.body.addWidget(self.marked)
        self.table.marked_changed.connect(self._say_marked)
        self._say_marked(0)
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_marked(self, _: int) -> None:
        words = self.parts().in_words()
        self.marked.setText(self.tr("Goes: {0}").format(words) if words else self.tr("Nothing is marked yet."))

    def parts(self) -> Parts:
        """Return what is marked."""
        marked = (name for name in self.table.record_model.ids if name in self.table.marked)
        return splitting.chosen(self._held[str(name)] for name in marked)

    def submit(self) -> None:
        """Split it."""
        title, parts = self.title.text().strip(), self.parts()
        self.row.set_problem("" if title else self.tr("The new incident needs a title."))
        self.what.set_problem("" if parts.count else self.tr("Mark what is to go, with X."))
        if title and parts.count:
            incident, then = self._incident, self._then
            self.run(lambda session: splitting.split(session, incident, parts, title), lambda done: then(done.id))
