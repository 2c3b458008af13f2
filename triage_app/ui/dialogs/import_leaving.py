"""Leaving rows out of an import: the line under the first rows that says how, how many are, and which cannot be."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.services.leaving_out import name_of
from triage_app.services.previewing import MOST_SHOWN, Preview
from triage_app.ui.dialogs.import_pending import Pending
from triage_app.ui.text import ElidingLabel, tooltip
from triage_app.ui.views.kind_words import rows_in_words
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import link, row, secondary


class LeaveOutBar(QWidget):
    """Belongs to whichever table of rows is in view. It decides nothing: the dialog around it does."""

    wanted = Signal(object, bool)
    """Names of rows (``leaving_out.name_of``), and whether they are to be left out or put back."""
    all_wanted = Signal()

    def __init__(self, table: Callable[[], RowsTable | None], parent: QWidget | None = None) -> None:
        """``table`` returns the table of rows in view, None where it is of something else."""
        super().__init__(parent)
        self._table = table
        self._pending: Pending | None = None
        self._reading_all = False
        self.is_low = False
        """Whether there is little room: which rows cannot be left out is said before how others can."""
        self.button = secondary(self.tr("Leave &out"), key="Del")
        self.words = ElidingLabel("", "cap", "text2")
        self.all_link = link("")
        line = row(gap=10)
        line.setContentsMargins(0, 6, 0, 0)
        line.addWidget(self.button)
        line.addWidget(self.words, 1)
        line.addWidget(self.all_link)
        self.setLayout(line)
        self.button.clicked.connect(self.act)
        self.all_link.clicked.connect(self._read_all)

    def watch(self, table: RowsTable) -> None:
        """Let Delete act in a table, and follow what is selected there."""
        table.delete_pressed.connect(self.act)
        table.current_changed.connect(lambda _: self._name_act())
        table.marked_changed.connect(lambda _: self._name_act())

    def act(self) -> None:
        """Leave out the rows selected, or put them back where all of them are out already; none is selected then.

        What stayed selected out of view would be put back by the next Delete, which is meant for the current row.
        """
        names, table = self._chosen(), self._table()
        if names and table is not None and self._pending is not None:
            table.clear_marks()
            self.wanted.emit(names, not names <= self._pending.left_out)

    def show_file(self, pending: Pending) -> None:
        """Show a file as it stands."""
        if self._pending is not pending or (pending.preview is not None and pending.preview.whole):
            self._reading_all = False
        self._pending = pending
        preview = pending.preview
        self.setVisible(pending.ready and preview is not None and bool(preview.rows) and self._table() is not None)
        if preview is None:
            return
        words, offer = self._how(pending, preview)
        self.words.setText(words)
        self.words.setToolTip(tooltip(words))
        self.all_link.setText(offer)
        self.all_link.setVisible(bool(offer))
        self._name_act()

    def _how(self, pending: Pending, preview: Preview) -> tuple[str, str]:
        """Return what is said of a file, and what the link offers."""
        shown = len(preview.rows)
        words = self.tr("Space selects rows, Delete leaves them out of the import.")
        if pending.left_out:
            out = sum(name_of(each) in pending.left_out for each in preview.rows)
            if pending.foretold is not None and pending.counting is None:
                out = pending.foretold.left_out
            words = self.tr("{0} left out by you.").format(rows_in_words(out))
        if preview.whole:
            return words, ""
        if self.is_low and not pending.left_out:
            words = ""
        held = pending.foretold.records - pending.foretold.rejected if pending.foretold is not None else 0
        only = self.tr("Only the first {0} can be left out.").format(rows_in_words(shown))
        if held > MOST_SHOWN:
            only = self.tr("Only the first {0} of {1} can be left out.").format(shown, f"{held:,}")
        if self._reading_all:
            return f"{words} {only}".strip(), self.tr("Reading them…")
        return f"{words} {only}".strip(), self.tr("Show all {0}").format(
            f"{held:,}"
        ) if shown < held <= MOST_SHOWN else ""

    def _chosen(self) -> frozenset[str]:
        """Return the names of the rows selected, or of the current one."""
        table, pending = self._table(), self._pending
        if table is None or pending is None or pending.preview is None:
            return frozenset()
        return frozenset(name_of(pending.preview.rows[int(str(each))]) for each in table.acting_ids())

    def _name_act(self) -> None:
        names = self._chosen()
        back = bool(names) and self._pending is not None and names <= self._pending.left_out
        self.button.setText(self.tr("Put &back") if back else self.tr("Leave &out"))
        self.button.setEnabled(bool(names))

    def _read_all(self) -> None:
        if not self._reading_all and self._pending is not None:
            self._reading_all = True
            self.show_file(self._pending)
            self.all_wanted.emit()
