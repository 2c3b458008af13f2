"""What is being imported, over the queue: how far and how fast, and its first records, pale, before they count."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QBoxLayout, QWidget

from triage_app.domain.evidence import COLUMNS, KINDS
from triage_app.language import plural
from triage_app.ui.table import IdTableModel, RecordTable
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.kind_words import columns_of, shown_row
from triage_app.ui.widgets import Line, Panel, ProgressLine, announce, column, link, row
from triage_app.ui.widgets.progress import time_left_words

if TYPE_CHECKING:
    from triage_app.ui.import_progress import Reading

_KIND: Final = COLUMNS.index("kind")
_ROWS: Final = 5
_ROWS_FROM: Final = 480
"""Logical pixels of the queue, below which only the line is shown."""


class IncomingPanel(Panel):
    """Hidden while nothing is imported. Its rows take no decision and no focus."""

    cancelled = Signal()

    def __init__(self, below: RecordTable, lines: QBoxLayout, parent: QWidget | None = None) -> None:
        """``below`` is the list over which it stands, in the layout ``lines``; it takes the room of an empty one."""
        super().__init__("canvas", "b", parent)
        self._below = below
        self._layout_of_all = lines
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._first: list[Any] = []
        self._kind = ""
        self._name = ""
        self._fills = False
        self._height = 0
        self._label = ElidingLabel("", "small_strong", "text", "both")
        self._words = text_label("", "small", "text2")
        self._bar = ProgressLine(None)
        self.cancel = link(self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Cancel the import"))
        self.cancel.clicked.connect(self._cancel)
        self.note = text_label(
            self.tr("Its first records, as they come. They can be decided once the file is whole."), "cap", "text2",
            wrap=True,
        )  # fmt: skip
        line = row(gap=12)
        line.addWidget(self._label, 1)
        line.addWidget(self._words)
        line.addWidget(self.cancel)
        head = column(margins=(Size.PAGE, 10, Size.PAGE, 10), gap=8)
        head.addLayout(line)
        head.addWidget(self._bar)
        head.addWidget(self.note)
        self.table: RecordTable = self._table(KINDS[0])
        self._stacked = column(self, gap=0)
        self._stacked.addLayout(head)
        self._stacked.addWidget(Line())
        self._stacked.addWidget(self.table, 1)
        self.setAccessibleName(self.tr("Import under way"))
        self.hide()

    def _table(self, kind: str) -> RecordTable:
        made = RecordTable(IdTableModel(columns_of(kind), self._found))
        made.record_model.setParent(made)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        made.single_keys = False
        made.setAccessibleName(self.tr("First records of the import, not yet to be decided"))
        self._kind = kind
        return made

    def _found(self, ids: list[Any]) -> dict[Any, dict[str, Any]]:
        return {number: {**shown_row(number, self._first[number - 1]), "loading": True} for number in ids}

    def show_reading(self, reading: Reading | None) -> None:
        """Show how far an import is; None when it is over."""
        if reading is None:
            self._end()
            return
        if reading.name != self._name:
            self._name = reading.name
            self.cancel.setEnabled(True)
            told = self.tr("Importing {0}")
            if reading.of > 1:
                told = self.tr("Importing {0}, file {1} of {2}").format("{0}", reading.number, reading.of)
            self._label.setText(told.format(reading.name))
            announce(self, self._label.text())
        self._words.setText(self._in_words(reading))
        self._bar.set_share(reading.share)
        if reading.first is not self._first:
            self._show_first(reading.first)
        if self.isHidden():
            self.show()
            self.arrange(self._layout_of_all.geometry().height())

    def _end(self) -> None:
        had_focus = self.hasFocus() or self.cancel.hasFocus()
        self.hide()
        self._first, self._name = [], ""
        self.table.set_ids([])
        self._below.show()
        if had_focus:
            self._below.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_first(self, first: list[Any]) -> None:
        if not first:
            self._first = first
            self.table.set_ids([])
            return
        kind = KINDS[first[0][_KIND]]
        if kind != self._kind:
            old, self.table = self.table, self._table(kind)
            self._stacked.replaceWidget(old, self.table)
            old.hide()
            old.deleteLater()
            self._fit()
        self._first = first
        self.table.set_ids(_numbers(len(first)))

    def _in_words(self, reading: Reading) -> str:
        words = [plural(reading.rows, "1 row", "{0} rows").format(f"{reading.rows:,}")]
        speed = reading.pace.a_second
        if speed:
            words.append(self.tr("{0} rows/s").format(f"{int(speed):,}"))
        if reading.share is not None and reading.share < 1:
            words.append(self.tr("{0} %").format(int(reading.share * 100)))
            words.append(time_left_words(reading.seconds_left))
        elif reading.share is not None:
            words.append(self.tr("putting it in its place"))
        return " · ".join(word for word in words if word)

    def arrange(self, height: int) -> None:
        """Take all the room where the queue has nothing else to show, or a few rows; ``height`` is the queue's."""
        if self.isHidden():
            return
        self._fills = not self._below.record_model.ids
        self._height = height
        if self._fills and self._below.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._below.setVisible(not self._fills)
        self._layout_of_all.setStretchFactor(self, 1 if self._fills else 0)
        self._fit()

    def _fit(self) -> None:
        rows = self.table.row_height * _ROWS + Size.TABLE_HEAD
        self.table.setMaximumHeight(16_777_215 if self._fills else rows)
        self.table.setMinimumHeight(0 if self._fills else rows)
        shown = self._fills or self._height >= _ROWS_FROM
        self.table.setVisible(shown)
        self.note.setVisible(shown)

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self._words.setText(self.tr("stopping"))
        self.cancelled.emit()


def _numbers(count: int) -> array[int]:
    """Return the numbers of rows as a table model wants them."""
    return array("q", range(1, count + 1))
