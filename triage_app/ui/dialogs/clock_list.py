"""All clocks of an incident, or all that are open anywhere, in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.ui.messages import Dialog
from triage_app.ui.table import Column
from triage_app.ui.tokens import Size
from triage_app.ui.views.clock_faces import ClockFace, organisation_words
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import EmptyState, secondary


def clock_columns(tr: Callable[[str], str], *, with_line: bool) -> list[Column]:
    """Return the columns of a table of clocks; ``with_line`` for those of one incident."""
    first = [
        Column("clock", tr("Time left"), 150, "clock", sortable=False),
        Column("duty", tr("Duty"), 200, "title", stretch=True, sortable=False),
    ]
    if with_line:
        return [*first, Column("line", tr("Started, due"), 330, drop=1, sortable=False)]
    return [
        *first,
        Column("belongs", tr("Belongs to"), 136, "mono", drop=2, sortable=False),
        Column("party", tr("Organisation"), 150, drop=1, sortable=False),
    ]


def clock_row(face: ClockFace) -> dict[str, Any]:
    """Return the row of a clock."""
    return {
        "id": face.id, "clock": face.cell(), "duty": face.name, "line": face.line, "belongs": face.clock.ref,
        "party": organisation_words(face.clock), "kind": face.clock.subject_kind, "subject": face.clock.subject,
    }  # fmt: skip


class ClockListDialog(Dialog):
    """A table of clocks; Enter opens one."""

    holds_up = False

    def __init__(
        self, heading: str, faces: Sequence[ClockFace], opened: Callable[[ClockFace], None], parent: QWidget, *,
        of_one: bool,
    ) -> None:  # fmt: skip
        """``opened`` is called with the clock that was chosen, once this has closed."""
        super().__init__(heading, "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._faces = {face.id: face for face in faces}
        self._opened = opened
        self.table = RowsTable(clock_columns(self.tr, with_line=of_one), heading, inset=Size.CARD)
        self.table.set_empty(EmptyState(self.tr("No clock here."), self.tr("An exercise and history start none.")))
        self.table.show_rows([clock_row(face) for face in faces])
        self.table.opened.connect(self._open)
        self.body.addWidget(self.table, 1)
        close = secondary(self.tr("Close"), key="Esc")
        close.clicked.connect(self.reject)
        self.add_buttons(close)
        behind = parent.window().size()
        rows = Size.TABLE_HEAD + min(14, max(3, len(faces))) * self.table.row_height + 4
        self.table.setMinimumHeight(min(rows, max(96, behind.height() - 190)))
        self.resize(min(880, behind.width() - 32), 200)
        if faces:
            self.table.go_to_row(0)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self, record_id: object) -> None:
        face = self._faces.get(str(record_id))
        if face is not None:
            self.accept()
            self._opened(face)
