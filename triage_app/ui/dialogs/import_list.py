"""The files of one gesture: each with a mark, what it is and what it would come to."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from triage_app.ui.dialogs.import_pending import Pending
from triage_app.ui.table import Cell, Column
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless

WIDTH = 300
_NARROW = 190
_NARROW_BELOW = 800


class ImportList(RowsTable):
    """Shown where there is more than one file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            (Column("file", self.tr("File"), 120, "title", stretch=True, sortable=False),),
            self.tr("Files to import"),
            inset=12,
            two_line=True,
            parent=parent,
        )
        self.single_keys = False
        self.strong_current = False
        self.setFixedWidth(WIDTH)
        self.hide()

    def show_files(self, files: Mapping[str, Pending]) -> None:
        """Show the files as they stand."""
        window = self.window()
        self.setFixedWidth(_NARROW if window.width() < _NARROW_BELOW else WIDTH)
        self.show_rows([self._row(key, pending) for key, pending in files.items()])
        self.setVisible(len(files) > 1)

    def _row(self, key: str, pending: Pending) -> dict[str, object]:
        glyph, role, what = self._in_short(pending)
        return {
            "id": key,
            "name": pending.path.name,
            "what": what,
            "file": Cell(pending.path.name, glyph, second=self._second(pending, what), mark=role),
            "sentence": f"{pending.path.name}, {self._second(pending, what)}",
        }

    def _second(self, pending: Pending, what: str) -> str:
        found = pending.foretold
        if found is None or not pending.ready:
            return what
        words = self.tr("{0} new").format(f"{found.new:,}")
        if found.rejected:
            words += self.tr(", {0} rejected").format(f"{found.rejected:,}")
        if found.left_out:
            words += self.tr(", {0} left out").format(f"{found.left_out:,}")
        return f"{words} · {what}"

    def _in_short(self, pending: Pending) -> tuple[str, str, str]:
        """Return mark, its colour role, and what the file is."""
        if pending.refusal is not None:
            return "warning", "red", self.tr("Cannot be read")
        if pending.preview is None:
            return "clock", "text2", self.tr("Reading…")
        if pending.needs_mapping:
            return "edit", "amber", self.tr("A table: describe its columns")
        if pending.unreadable:
            return "warning", "amber", self.tr("No row can be read")
        if pending.mapping is not None:
            return "tick", "ok", harmless(pending.mapping.source)
        return "tick", "ok", pending.preview.title or "–"
