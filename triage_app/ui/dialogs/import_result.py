"""What came of the files of one gesture, each by itself: shown where something needs a look, or on request."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from triage_app.language import plural
from triage_app.services import import_history
from triage_app.services.import_history import ImportSummary
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.import_summary import ImportSummaryPane
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Banner, ScrollPage, primary

_ROWS = 4
_MOST_REASONS = 50
_REASON = 60
"""Logical pixels of one reason, beside a summary that needs room too."""

_TALL = 600
"""Logical pixels of the window, from which there is room for more than the summary."""


class ImportResult(Dialog):
    """The files, and for the current one its whole summary. It is no modal window: work goes on behind it."""

    holds_up = False

    def __init__(
        self, desk: Desk, imports: Sequence[str], refused: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        """``refused`` pairs the name of a file that was not taken in with why."""
        super().__init__(desk.tr("What came of it"), parent=parent)
        self.setMinimumWidth(460)
        self._desk = desk
        self._imports = list(imports)
        self.summaries: list[ImportSummary] = []
        self.refused = Banner()
        words = plural(len(refused), "1 file was not imported", "{0} files were not imported")
        self.refused.say(words.format(len(refused)))
        self.refused.setVisible(bool(refused))
        self.reasons = ScrollPage((Size.CARD, 0, Size.CARD, 0), 8)
        for name, why in refused[:_MOST_REASONS]:
            words = why if name in why else f"{name}: {why}"
            self.reasons.body.addWidget(text_label(words, "small", wrap=True, selectable=True))
        if len(refused) > _MOST_REASONS:
            more = self.tr("{0} more were refused.").format(len(refused) - _MOST_REASONS)
            self.reasons.body.addWidget(text_label(more, "small"))
        self.reasons.body.addStretch(1)
        self.reasons.setVisible(bool(refused))
        if imports:
            self.reasons.setMaximumHeight(_REASON * min(3, len(refused)))
        self.table = RowsTable(
            (
                Column("file", self.tr("File"), 200, stretch=True, sortable=False),
                Column("new", self.tr("New"), 84, "count", sortable=False),
                Column("repeats", self.tr("Repeats"), 84, "count", drop=1, sortable=False),
                Column("rejected", self.tr("Rejected"), 84, "count", sortable=False),
            ),
            self.tr("Files of this import"),
            inset=12,
        )
        self.table.single_keys = False
        inside = parent.window().size() if parent is not None else self.size()
        rows = _ROWS if inside.height() >= _TALL else _ROWS // 2
        self.table.setFixedHeight(34 + min(rows, max(1, len(imports))) * self.table.row_height)
        self.table.setVisible(len(imports) > 1)
        self.pane = ImportSummaryPane(desk)
        self.pane.acted.connect(lambda _: self._read())
        self.where = text_label(
            self.tr("All of it can be looked at again, and taken back, under Imports."), "small", "text2", wrap=True
        )
        for part in (self.refused, self.reasons, self.table):
            self.body.addWidget(part)
        self.body.addWidget(self.pane, 1)
        self.body.addWidget(self.where)
        self.pane.setVisible(bool(imports))
        close = primary(self.tr("Close"), key="Esc")
        close.clicked.connect(self.accept)
        self.add_buttons(close)
        self.table.current_changed.connect(self._chosen)
        self.where.setVisible(inside.height() >= _TALL)
        self.resize(min(680, max(460, inside.width() - 40)), min(660, max(320, inside.height() - 40)))
        close.setFocus()
        self._read()

    def _read(self) -> None:
        wanted = self._imports

        def found(store: object) -> list[ImportSummary]:
            return [import_history.summary(store, each) for each in wanted]  # type: ignore[arg-type]

        self._desk.query(found, while_alive(self, self._show))

    def _show(self, found: list[ImportSummary]) -> None:
        self.summaries = found
        # What needs to be looked at comes first.
        ordered = sorted(found, key=lambda each: -each.rejected)
        self.table.show_rows(
            [
                {
                    "id": each.id,
                    "file": Cell(
                        each.name, "warning" if each.rejected else "tick", mark="amber" if each.rejected else "ok"
                    ),
                    "new": each.new,
                    "repeats": each.repeats,
                    "rejected": each.rejected,
                    "muted": each.undone,
                }
                for each in ordered
            ]
        )
        if self.table.current_id() is None:
            self.table.go_to_row(0)
        self._chosen(self.table.current_id())

    def _chosen(self, key: object) -> None:
        self.pane.show_summary(next((each for each in self.summaries if each.id == key), None))
