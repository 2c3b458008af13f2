"""What one file holds, before anything of it is kept: what it is and why, what it would come to, its first records."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from triage_app.domain.evidence import COLUMNS, KINDS
from triage_app.respoken import respoken
from triage_app.services.import_tally import Reason
from triage_app.services.leaving_out import name_of
from triage_app.services.previewing import Preview, title_of
from triage_app.ui.dialogs.import_leaving import LeaveOutBar
from triage_app.ui.dialogs.import_pending import Pending
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.kind_words import (
    columns_of,
    kind_name,
    kinds_in_words,
    left_out_in_words,
    recognised_by,
    records_in_words,
    shown_row,
    tally_in_words,
    undated,
)
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Glyph, Tabs, announce, column, link, quiet, row

_ALERT: Final = KINDS[0]
_KIND: Final = COLUMNS.index("kind")


class FileLook(QWidget):
    """One file at a time. It decides nothing: the dialog around it does."""

    format_wanted = Signal()
    leave_out_wanted = Signal(object, bool)
    """As ``LeaveOutBar.wanted``."""
    all_wanted = Signal()
    """Every row of the file is to be shown."""
    count_wanted = Signal(bool)
    """Whether to count, or to stop counting."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.glyph = Glyph("", Size.ICON)
        self.why = text_label("", "body", wrap=True, selectable=True)
        self.change = quiet(self.tr("Change"), key="F4")
        self.change.setAccessibleName(self.tr("Read it as another format"))
        self.change.setToolTip(self.tr("Read it as another format"))
        self.change.clicked.connect(self.format_wanted)
        self.warning = text_label("", "small", "amber", wrap=True, selectable=True)
        self.counts = text_label("", "small_strong", wrap=True, selectable=True)
        self.is_low = False
        """Whether there is little room: what the tabs tell as well is left to them."""
        self._offers_count = False
        self.count_link = link("")
        self.count_link.clicked.connect(lambda: self.count_wanted.emit(self._offers_count))
        self.tabs = Tabs("surface", 0)
        self.tabs.add("columns", self.tr("Columns"))
        self.tabs.add("rows", self.tr("First rows"))
        for kind in KINDS[1:]:
            self.tabs.add(f"rows-{kind}", kind_name(kind))
        self.tabs.add("rejects", self.tr("Set aside"))
        self.tabs.add("parts", self.tr("Files inside"))
        self.holder = QWidget()
        self.holder_lines = column(self.holder, gap=0)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.holder)
        self.tables: dict[str, RowsTable] = {}
        self._of_tab = {"rows": _ALERT}
        self._pending: Pending | None = None
        self._made: tuple[Preview | None, list[dict[str, Any]]] = (None, [])
        self.leaving = LeaveOutBar(self._rows_in_view)
        self.leaving.wanted.connect(self.leave_out_wanted)
        self.leaving.all_wanted.connect(self.all_wanted)
        self.rows = self._table(_ALERT)
        self.rejects = self._reasons_table()
        self.parts = self._parts_table()
        self._build()

    def _build(self) -> None:
        first = row(gap=8)
        mark = column(margins=(0, 8, 0, 0), gap=0)
        mark.addWidget(self.glyph)
        mark.addStretch(1)
        self.why.setContentsMargins(0, 6, 0, 0)
        self.why.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        first.addLayout(mark)
        first.addWidget(self.why, 1)
        first.addWidget(self.change, 0, Qt.AlignmentFlag.AlignTop)
        second = row(gap=12)
        second.addWidget(self.counts, 1)
        second.addWidget(self.count_link, 0, Qt.AlignmentFlag.AlignTop)
        lines = column(self, gap=8)
        lines.addLayout(first)
        lines.addLayout(second)
        lines.addWidget(self.warning)
        lines.addWidget(self.tabs)
        lines.addWidget(self.stack, 1)
        lines.addWidget(self.leaving)
        self.tabs.changed.connect(lambda _: self._turn())

    def _table(self, kind: str) -> RowsTable:
        if kind not in self.tables:
            made = RowsTable(columns_of(kind), self.tr("First rows: {0}").format(kind_name(kind)), inset=Size.CARD)
            self._add(made)
            self.leaving.watch(made)
            self.tables[kind] = made
        return self.tables[kind]

    def _add(self, made: RowsTable) -> RowsTable:
        made.single_keys = False
        self.stack.addWidget(made)
        return made

    def _reasons_table(self) -> RowsTable:
        return self._add(
            RowsTable(
                (
                    Column("reason", self.tr("Why it is set aside"), 300, stretch=True, sortable=False),
                    Column("count", self.tr("Records"), 90, "count", sortable=False),
                    Column("line", self.tr("First at line"), 110, "count", drop=1, sortable=False),
                ),
                self.tr("Why records are set aside"),
                inset=Size.CARD,
            )
        )

    def _parts_table(self) -> RowsTable:
        return self._add(
            RowsTable(
                (
                    Column("name", self.tr("File inside"), 240, stretch=True, sortable=False),
                    Column("format", self.tr("What it is"), 190, sortable=False),
                    Column("why", self.tr("Why"), 300, drop=1, sortable=False),
                ),
                self.tr("Files inside"),
                inset=Size.CARD,
            )
        )

    # -- showing ------------------------------------------------------------------------------------------

    def show_file(self, pending: Pending, columns: int) -> None:
        """Show a file as far as it is known; ``columns`` is how many it has that may be described, 0 for none."""
        self._show_counts(pending)
        self._fill(pending, columns)
        self._say(pending, columns)
        self._pending = pending
        self._turn()

    def _rows_in_view(self) -> RowsTable | None:
        """Return the table of rows that the current tab shows, None for what is no rows."""
        key = self.tabs.current()
        if key in ("columns", "rejects", "parts"):
            return None
        return self._table(self._of_tab.get(key, key.removeprefix("rows-")))

    def _turn(self) -> None:
        """Show what the current tab names."""
        key = self.tabs.current()
        rows = self._rows_in_view()
        if key == "columns":
            self.stack.setCurrentWidget(self.holder)
        elif key == "rejects":
            self.stack.setCurrentWidget(self.rejects)
        elif key == "parts":
            self.stack.setCurrentWidget(self.parts)
        elif rows is not None:
            self.stack.setCurrentWidget(rows)
        if self._pending is not None:
            self.leaving.show_file(self._pending)

    def _fill(self, pending: Pending, columns: int) -> None:
        preview = pending.preview
        kinds = [kind for kind in KINDS if preview is not None and preview.rows_of(kind)]
        first = kinds[0] if kinds else _ALERT
        self._of_tab["rows"] = first
        for kind in kinds or [_ALERT]:
            self._table(kind).show_rows(
                [
                    {**each, "struck": self.tr("left out")} if each["name"] in pending.left_out else each
                    for each in self._shown_rows(preview)
                    if each["kind"] == kind
                ]
            )
        several = len(kinds) > 1
        self.tabs.set_title("rows", kind_name(first) if several else self.tr("First rows"))
        for kind in KINDS[1:]:
            self.tabs.tabs[f"rows-{kind}"].setVisible(several and kind in kinds and kind != first)
        reasons = self._reasons(pending)
        self.rejects.show_rows(
            [
                {
                    "id": str(number),
                    "reason": harmless(respoken(each.words)),
                    "count": each.count,
                    "line": each.line or None,
                }
                for number, each in enumerate(reasons)
            ]
        )
        parts = preview.parts if preview is not None else ()
        if pending.foretold is not None:
            parts = pending.foretold.parts
        self.parts.show_rows(
            [
                {
                    "id": str(number),
                    "name": each["name"],
                    "format": title_of(each["format"]),
                    "why": harmless(respoken(each["why"])),
                }
                for number, each in enumerate(parts)
            ]
        )
        self.tabs.tabs["columns"].setVisible(columns > 0)
        self.tabs.tabs["rejects"].setVisible(bool(reasons))
        self.tabs.set_count("rejects", f"{sum(each.count for each in reasons):,}" if pending.foretold else "")
        self.tabs.tabs["parts"].setVisible(bool(parts))
        self.tabs.set_count("parts", f"{len(parts):,}")
        shown = [key for key, tab in self.tabs.tabs.items() if tab.is_offered()]
        if self.tabs.current() not in shown:
            self.tabs.go_to("rows")
        self.tabs.setVisible(len(shown) > 1)

    def _shown_rows(self, preview: Preview | None) -> list[dict[str, Any]]:
        """Return the rows of a preview as tables show them, each with the name by which it is left out."""
        if self._made[0] is not preview:
            found = preview.rows if preview is not None else ()
            self._made = (
                preview,
                [
                    {**shown_row(number, each), "kind": KINDS[each[_KIND]], "name": name_of(each)}
                    for number, each in enumerate(found)
                ],
            )
        return self._made[1]

    @staticmethod
    def _reasons(pending: Pending) -> tuple[Reason, ...]:
        if pending.foretold is not None:
            return pending.foretold.reasons
        return pending.preview.tally.reasons if pending.preview is not None else ()

    def _say(self, pending: Pending, columns: int) -> None:
        self.change.setEnabled(pending.is_read)
        self.warning.hide()
        if pending.refusal is not None:
            self._state("warning", f"{pending.refusal.what} {pending.refusal.do}")
        elif pending.preview is None:
            self._state("clock", self.tr("Reading {0}…").format(pending.path.name))
        elif pending.needs_mapping:
            words = self.tr("A table of {0} columns, not described yet. Say once what they mean; it is remembered.")
            if columns == 1:
                words = self.tr("A table of one column, not described yet. Say once what it means; it is remembered.")
            self._state("notice", words.format(columns))
        elif pending.unreadable:
            self._state("warning", self._cure(pending))
            self._warn(pending.preview)
        else:
            self._state("ok", self._recognised(pending))
            self._warn(pending.preview)

    def _cure(self, pending: Pending) -> str:
        words = self.tr("Not one of its first rows can be read, so it is not imported.")
        if pending.mapping is not None:
            words += " " + self.tr("Look at what was said about its columns.")
        elif pending.format_name:
            words += " " + self.tr("Perhaps it is of another format than the one chosen.")
        return words

    def _recognised(self, pending: Pending) -> str:
        if pending.mapping is not None:
            words = self.tr("Read as “{0}”, with its columns as they were described.").format(pending.mapping.source)
            if pending.remembered and pending.fits_by_part:
                words = self.tr("Read as “{0}”, by the one mapping whose keys are all in this file: {1}.").format(
                    pending.mapping.source, harmless(", ".join(sorted(set(pending.mapping.columns.values()))))
                )
                words += " " + self.tr("Its other keys are not those of the file that was described: check the rows.")
            elif pending.remembered:
                words += " " + self.tr("A table with these columns was described before.")
            return words
        preview = pending.preview
        if preview is None or preview.begin is None:
            return ""
        if pending.format_name:
            return self.tr("Read as {0}, as it was chosen.").format(preview.title)
        why = recognised_by(preview.begin.why, preview.title)
        return self.tr("Recognised as {0}: {1}").format(preview.title, why)

    def _state(self, glyph: str, words: str) -> None:
        if words != self.why.text():
            announce(self.why, words)
        self.glyph.set_glyph(glyph)
        self.why.setText(words)

    def _warn(self, preview: Preview) -> None:
        words = []
        if preview.rejects:
            line, reason, _ = preview.rejects[0]
            many = len(preview.rejects)
            told = self.tr("{0} of the first records cannot be read, the first at line {1}: {2}. They are set aside.")
            if not line:
                told = self.tr("{0} of the first records cannot be read: {2}. They are set aside.")
            words.append(told.format(many, line, harmless(respoken(reason)).rstrip(".")))
        without = undated(preview.rows)
        if without:
            words.append(self.tr("{0} of the first rows give no time that can be read.").format(without))
        if not preview.rows and not preview.rejects:
            words.append(self.tr("There is nothing in its beginning that could be taken in."))
        self.warning.setText(" ".join(words))
        told_below = self.is_low and self.tabs.tabs["rejects"].is_offered()
        self.warning.setVisible(bool(words) and not told_below)

    # -- counts -------------------------------------------------------------------------------------------

    def _show_counts(self, pending: Pending) -> None:
        found = pending.foretold
        offer = ""
        if found is not None and pending.counting is None:
            told = tally_in_words(found.new, found.repeats, found.rejected, found.left_out)
            words = self.tr("{0}: {1}.").format(records_in_words(found.records), told)
            several = len(found.kinds) > 1 or (found.kinds and _ALERT not in found.kinds)
            if several:
                words += " " + self.tr("{0}.").format(kinds_in_words(found.kinds))
            if found.ignored:
                words += " " + left_out_in_words(found.ignored, found.format)
        elif pending.counting is not None:
            words, offer = self.tr("Counting what is new… {0} %").format(pending.counted), self.tr("Stop counting")
        elif pending.stopped:
            words, offer = self.tr("What is new in it has not been counted."), self.tr("Count")
        else:
            words = ""
        self._offers_count = pending.stopped
        self.counts.setText(words)
        self.counts.setVisible(bool(words))
        self.count_link.setText(offer)
        self.count_link.setVisible(bool(offer))

    def show_progress(self, pending: Pending) -> None:
        """Show how far the count is."""
        self._show_counts(pending)
