"""Taking a table of affected things back in: what would change is shown before anything does."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget

from triage_app.errors import BadInput, TriageError
from triage_app.services import affected_table
from triage_app.services.affected_table import Back, Edit, Plan
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.affected_return import BackRows
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import TYPE, Size
from triage_app.ui.views.affected_reading import field_words
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Card, CheckBox, secondary

_SHOWN = 500
_TABLE_HEIGHT = 220


class ImportAffectedDialog(FormDialog):
    """What the table brings, cell by cell; cells changed on both sides are named, and left unless it has the word."""

    def __init__(self, desk: Desk, incident: str, ref: str, data: bytes, parent: QWidget) -> None:
        """``data`` is the file's content."""
        super().__init__(
            desk, desk.tr("Take a table into {0}").format(ref), desk.tr("Take in"), parent, width=720,
            text=desk.tr("Changed cells and new rows count. What the table leaves out stays on the list."),
        )  # fmt: skip
        self._incident = incident
        self._data = data
        self.plan: Plan | None = None
        self.says = text_label("", "small_strong", wrap=True)
        self.over: QCheckBox = CheckBox(self.tr("Where both sides changed a cell, take the table's word"))
        self.over.toggled.connect(lambda _: self._look())
        self.over.hide()
        self.back = BackRows(desk)
        self.back_says = text_label("", "small_strong", wrap=True)
        self.look = secondary(self.tr("Put them back too"))
        self.look.clicked.connect(self._answered)
        self._answer = affected_table.NOBODY
        self._back_parts: tuple[QWidget, ...] = (self.back_says, self.back.by_row, self.back.because_row, self.look)
        for hidden in self._back_parts:
            hidden.hide()
        self.table = RowsTable(
            [
                Column("name", self.tr("Name"), 160, kind="mono", sortable=False),
                Column("field", self.tr("Field"), 120, sortable=False),
                Column("before", self.tr("Here now"), 130, sortable=False, drop=1),
                Column("after", self.tr("In the table"), 190, stretch=True, sortable=False),
            ],
            self.tr("What would change"), inset=Size.CARD,
        )  # fmt: skip
        self.table.strong_current = False
        card = Card(inset=1)
        card.body.setContentsMargins(1, 4, 1, 4)
        card.body.addWidget(self.table)
        card.setFixedHeight(_TABLE_HEIGHT)
        self._card = card
        self.whole = text_label("", "small", "text2", wrap=True)
        self.whole.setMinimumHeight(2 * TYPE["small"].line)
        self.table.current_changed.connect(lambda _: self._current())
        for part in (self.says, card, self.whole, self.over, *self._back_parts):
            self.form.body.addWidget(part)
        self.form.body.addStretch(1)
        self.save.setEnabled(False)
        self._look()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _look(self) -> None:
        incident, data, over, back = self._incident, self._data, self.over.isChecked(), self._answer
        self.desk.aside(
            lambda store, *_: affected_table.look_at_csv(store, incident, data, over=over, back=back),
            while_alive(self, self._show),
            while_alive(self, self._refused),
        )

    def _refused(self, trouble: TriageError) -> None:
        self.say(trouble.what, trouble.do)
        self._card.hide()

    def _answered(self) -> None:
        """Look again, with who says that what was not verified clean may go back."""
        if self.back.is_complete():
            self._answer = Back(self.back.by.text(), self.back.because.text())
            self._look()

    def _show(self, plan: Plan) -> None:
        self.plan = plan
        self.problem.hide()
        self._card.show()
        words = self.tr("{0} new, {1} cells changed, {2} rows unchanged, {3} not in the table.")
        said = words.format(f"{len(plan.new):,}", f"{len(plan.edits):,}", f"{plan.unchanged:,}", f"{plan.absent:,}")
        if plan.crossed:
            said += " " + self.tr("Changed here too since it went out: {0}.").format(f"{len(plan.crossed):,}")
        if plan.rejected:
            said += " " + self.tr("Lines left out: {0}.").format(f"{len(plan.rejected):,}")
        self.says.setText(said)
        self.over.setVisible(bool(plan.crossed) or self.over.isChecked())
        unanswered = len(plan.unanswered)
        self.back_says.setText(
            self.tr("{0} of {1} that go back in service were not verified clean, and are left out.").format(
                f"{unanswered:,}", f"{plan.returning:,}"
            )
        )
        for part in self._back_parts:
            part.setVisible(bool(unanswered))
        rows: list[dict[str, Any]] = []
        for line, why in plan.rejected[:_SHOWN]:
            left = Cell(self.tr("Left out"), "warning", role="amber")
            rows.append({"name": self.tr("Line {0}").format(line), "field": left, "before": None, "after": why})
        rows += [self._row(edit, crossed=True) for edit in plan.crossed[:_SHOWN]]
        new = Cell(self.tr("New"), "plus")
        rows += [{"name": name, "field": new, "before": None, "after": None} for name in plan.new[:_SHOWN]]
        rows += [self._row(edit) for edit in plan.edits[:_SHOWN]]
        self.table.show_rows([{"id": str(number), **found} for number, found in enumerate(rows)])
        if rows and self.table.current_id() is None:
            self.table.go_to_row(0)
        self._current()
        self._let_go()

    def _row(self, edit: Edit, *, crossed: bool = False) -> dict[str, Any]:
        words = field_words(edit.column)
        where: Cell | str = Cell(self.tr("{0}, both").format(words), "warning", role="amber") if crossed else words
        return {
            "name": edit.name, "field": where, "before": edit.before or None,
            "after": edit.after or None,
        }  # fmt: skip

    def _current(self) -> None:
        """Say the current row whole: a reason may be longer than its cell."""
        found = self.table.current_row()
        self.whole.setText("" if found is None else self.table.record_model.sentence(self.table.currentIndex().row()))

    def _let_go(self) -> None:
        self.save.setEnabled(self.plan is not None and bool(self.plan.new or self.plan.values))

    def submit(self) -> None:
        """Take it in; who answers for what goes back, once that is typed, is looked at first."""
        if self.plan is not None and self.plan.unanswered and (self.back.by.text() or self.back.because.text()):
            self._answered()
            return
        incident, data, over, back = self._incident, self._data, self.over.isChecked(), self._answer
        what, do = self.tr("The table changes nothing any more."), self.tr("Look at the list.")

        def work(session: Session) -> Changes:
            done = affected_table.import_csv(session, incident, data, over=over, back=back)
            if done.changes is None:
                raise BadInput(what, do)
            return done.changes

        self.run(work)
