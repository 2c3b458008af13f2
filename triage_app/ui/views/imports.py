"""The place of imports: every one there was, its summary again, and the folder that is watched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from triage_app.language import plural
from triage_app.services import import_history, refused_files
from triage_app.services.changes import Changes
from triage_app.services.filter_keys import told_of_unknown, words_of
from triage_app.services.import_history import ImportSummary
from triage_app.services.refused_files import Refusal
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label, tooltip
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command, follow_single_keys
from triage_app.ui.views.import_summary import ImportSummaryPane
from triage_app.ui.views.kind_words import import_name, kinds_in_words
from triage_app.ui.views.moments import short
from triage_app.ui.views.refused_file import RefusedFilePane
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.watching import WatchBanner
from triage_app.ui.widgets import (
    EmptyState,
    KeptSplitter,
    KeyHints,
    Line,
    Panel,
    ResultLine,
    TextField,
    column,
    primary,
    quiet,
    row,
    secondary,
)

_NARROW_BELOW: Final = 780
_PANE: Final = 460
_REFUSED: Final = "refused "
"""What the id of a refused file begins with in the table."""


class ImportsView(Panel):
    """The list, newest first, and at the right the import that is current."""

    open_record = Signal(str, str)
    """(kind, id); kind ``place`` and id ``import`` ask for files."""
    count_changed = Signal(int)
    watch_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("canvas", parent=parent)
        self._desk = desk
        self._all: list[ImportSummary] = []
        self._refused: list[Refusal] = []
        self._wanted = ""
        self._narrow = False
        self._opened = False
        self._build()
        self.pane.acted.connect(self._acted)
        self.refused_pane.acted.connect(self._acted)
        self.table.current_changed.connect(lambda _: self._current())
        self.table.opened.connect(lambda _: self._open())
        self.filter.textChanged.connect(lambda _: self._fill())
        self.take_back = command(
            self, self.tr("&Take back this import…"), "T", self.tr("Its records are kept, but no longer shown"),
            self._back_or_forth,
        )  # fmt: skip
        self.take_back.setEnabled(False)
        follow_single_keys(desk, self, [self.take_back], [self.table])
        desk.store_changed.connect(self._changed)
        self.refresh()

    def _build(self) -> None:
        self.summary = text_label("", "small", "text2")
        self.watch = quiet(self.tr("Watch a folder…"))
        self.watch.clicked.connect(self.watch_wanted)
        self.new = primary(self.tr("Import"), icon="import", key="Ctrl I")
        for button in (self.watch, self.new):
            button.setEnabled(not self._desk.is_read_only)
        self.new.clicked.connect(lambda: self.open_record.emit("place", "import"))
        self.filter = TextField(self.tr("Filter by file or kind"), icon="search", name=self.tr("Filter imports"))
        self.filter.setMaximumWidth(380)
        first = row(gap=12, margins=(Size.PAGE, 14, Size.PAGE, 10))
        first.addWidget(text_label(self.tr("Imports"), "h1"))
        first.addWidget(self.summary)
        first.addStretch(1)
        first.addWidget(self.watch)
        first.addWidget(self.new)
        second = row(gap=8, margins=(Size.PAGE, 0, Size.PAGE, 12))
        second.addWidget(self.filter, 1)
        second.addStretch(1)
        self.table = RowsTable(
            (
                Column("file", self.tr("File"), 200, "title", stretch=True, sortable=False),
                Column("what", self.tr("What it is"), 150, drop=2, sortable=False),
                Column("brought", self.tr("Brought"), 150, drop=1, sortable=False),
                Column("new", self.tr("New"), 64, "count", sortable=False),
                Column("repeats", self.tr("Repeats"), 76, "count", drop=3, sortable=False),
                Column("rejected", self.tr("Rejected"), 82, "count", drop=5, sortable=False),
                Column("when", self.tr("Imported"), 126, drop=4, sortable=False),
            ),
            self.tr("Imports"),
        )
        self.table.setMinimumWidth(260)
        self.result = ResultLine()
        self.hints = KeyHints(
            [("J K", self.tr("Move")), ("Enter", self.tr("Open")), ("T", self.tr("Take back")),
             ("Ctrl I", self.tr("Import"))]
        )  # fmt: skip
        self.side = Panel("canvas")
        lines = column(self.side, gap=0)
        lines.addLayout(first)
        lines.addLayout(second)
        lines.addWidget(Line())
        self.watched = WatchBanner()
        lines.addWidget(self.watched)
        lines.addWidget(self.table, 1)
        lines.addWidget(self.result)
        lines.addWidget(self.hints)
        self.detail = Panel("surface", "l")
        self.back = secondary(self.tr("Back to the list"), key="Esc")
        self.back.clicked.connect(self._close)
        self.back.hide()
        self.pane, self.refused_pane = ImportSummaryPane(self._desk), RefusedFilePane(self._desk)
        self.refused_pane.hide()
        inner = column(self.detail, (1, 0, 0, 0), 0)
        head = row(margins=(Size.CARD, 12, Size.CARD, 0))
        head.addWidget(self.back)
        head.addStretch(1)
        inner.addLayout(head)
        inner.addWidget(self.pane, 1)
        inner.addWidget(self.refused_pane, 1)
        self.splitter = KeptSplitter("imports", self.side, self.detail, _PANE)
        self.detail.setMinimumWidth(360)
        column(self, gap=0).addWidget(self.splitter)
        self.land_on(self.table)
        self._explain(False)

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return what the menus of the window show of this place."""
        return {"Import": [self.take_back]}

    def narrowed(self) -> dict[str, Any]:
        """Return what the list is narrowed to, for the next start."""
        return {"filter": self.filter.text()}

    def narrow_as(self, found: Mapping[str, Any]) -> None:
        """Narrow the list as it was."""
        self.filter.setText(str(found.get("filter", "")))

    def show_record(self, kind: str, record_id: str) -> None:
        """Show one import."""
        if kind == "import" and not self.table.go_to_id(record_id):
            self._wanted = record_id
            self.filter.clear()

    # -- the list -----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again."""

        def read(store: Store) -> tuple[list[ImportSummary], list[Refusal]]:
            return import_history.listing(store), refused_files.listing(store)

        self._desk.query(read, while_alive(self, self._show))

    def _changed(self, changes: Changes) -> None:
        if changes.touches("import", "refusal"):
            self.refresh()

    def _show(self, both: tuple[list[ImportSummary], list[Refusal]]) -> None:
        self._all, self._refused = both
        found = self._all
        back = sum(each.undone for each in found)
        words = plural(len(found), "1 import", "{0} imports").format(f"{len(found):,}")
        if back:
            words += self.tr(", {0} taken back").format(f"{back:,}")
        if self._refused:
            words += self.tr(", {0} refused").format(f"{len(self._refused):,}")
        self.summary.setText(words if found or self._refused else "")
        self.count_changed.emit(0)  # nothing waits here
        self._fill()

    def _fill(self) -> None:
        now, words = self._desk.now(), words_of(self.filter.text())
        shown: list[tuple[int, dict[str, Any]]] = []
        for each in self._all:
            text = f"{import_name(each.name, each.origin)} {each.title} {each.source} {' '.join(each.kinds)}".casefold()
            if all(word in text for word in words):
                shown.append((each.started_at, self._row(each, now)))
        for refusal in self._refused:
            made = self._refused_row(refusal, now)
            if all(word in f"{made['file'].text} {made['what']}".casefold() for word in words):
                shown.append((refusal.at, made))
        shown.sort(key=lambda pair: -pair[0])  # a stable sort: imports of one moment stay newest first
        every = len(self._all) + len(self._refused)
        self._explain(bool(every))
        self.table.show_rows([made for _, made in shown])
        self.hints.position.setText(self.tr("{0} of {1}").format(f"{len(shown):,}", f"{every:,}"))
        if self._wanted and self.table.go_to_id(self._wanted):
            self._wanted = ""
        elif self.table.current_id() is None or not self.isVisible():
            self.table.go_to_row(0)
        self._current()

    def _row(self, each: ImportSummary, now: Any) -> dict[str, Any]:
        name = import_name(each.name, each.origin)
        if each.undone:
            name = self.tr("Taken back: {0}").format(name)  # before the name, as the end of a long one is cut off
        glyph, mark = ("undo", "text2") if each.undone else ("warning", "amber") if each.rejected else ("tick", "ok")
        return {
            "id": each.id,
            "file": Cell(name, glyph, mark=mark),
            "what": each.title,
            "brought": kinds_in_words(each.kinds),
            "new": each.new,
            "repeats": each.repeats,
            "rejected": each.rejected,
            "when": short(each.started_at or None, now),
            "muted": each.undone,
        }

    def _refused_row(self, each: Refusal, now: Any) -> dict[str, Any]:
        return {
            "id": f"{_REFUSED}{each.id}",
            "file": Cell(self.tr("Refused: {0}").format(each.name), "warning", mark="red"),
            "what": self.tr("Not imported"),
            "brought": "–",
            "new": "–",
            "repeats": "–",
            "rejected": "–",
            "when": short(each.at, now),
            "muted": False,
        }

    def _explain(self, narrowed: bool) -> None:
        unknown, do = told_of_unknown(self.filter.text())
        if narrowed and unknown:
            made = EmptyState(unknown, do)
        elif narrowed:
            made = EmptyState(self.tr("No import passes this filter."), self.tr("Clear the words to see all."))
        else:
            made = EmptyState(
                self.tr("Nothing has been imported yet."),
                self.tr("Choose files, drop them or a folder on this window, paste a text, or have a folder watched."),
                self.tr("Import"), "Ctrl I",
            )  # fmt: skip
            made.acted.connect(lambda: self.open_record.emit("place", "import"))
        self.table.set_empty(made)

    # -- the current one ----------------------------------------------------------------------------------

    def _current(self) -> None:
        current = self.table.current_id()
        refusal = next((each for each in self._refused if f"{_REFUSED}{each.id}" == current), None)
        self.refused_pane.setVisible(refusal is not None)
        self.pane.setVisible(refusal is None)
        if refusal is not None:
            self.refused_pane.show_refusal(refusal)
        found = next((each for each in self._all if each.id == current), None)
        self._offer(found)
        self.pane.show_import(found.id if found is not None else "")

    def _offer(self, found: ImportSummary | None) -> None:
        """Offer to take the current import back, or to put it back; neither for what came in a bundle."""
        is_ours = found is not None and not found.origin
        is_back = found is not None and found.undone
        words = self.tr("Its records are kept, but no longer shown")
        self.take_back.setText(self.tr("&Take back this import…"))
        if is_back:
            words = self.tr("Its records are shown again")
            self.take_back.setText(self.tr("Pu&t back this import"))
        self.take_back.setToolTip(tooltip(words))
        self.take_back.setStatusTip(words)
        self.take_back.setEnabled(is_ours and self.isVisible())  # it acts only on what is in view
        offered = self.tr("Put back") if is_back else self.tr("Take back")
        self.hints.set_word("T", offered if is_ours else "")

    def _back_or_forth(self) -> None:
        """Do what is offered of the current import: what the pane shows of it may still be as it was before."""
        found = next((each for each in self._all if each.id == self.table.current_id()), None)
        if found is None or found.origin:
            return
        if found.undone:
            self.pane.put_back_these(found.id, (found.id,))
        elif self.pane.shown is not None and self.pane.shown.id == found.id:
            self.pane.ask_to_take_back()

    def _acted(self, words: str) -> None:
        """Say what was done; the button that did it goes, so the list has the focus before that."""
        self.result.say(words, undoable=False)
        focused = self.window().focusWidget()
        if self.side.isVisible() and focused is not None and self.detail.isAncestorOf(focused):
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self) -> None:
        self._opened = True
        self._arrange()
        pane = self.pane.take_back if self.pane.take_back.isVisible() else self.pane.page
        (self.refused_pane if self.refused_pane.isVisible() else pane).setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        self._opened = False
        self._arrange()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the list."""
        if event.key() == Qt.Key.Key_Escape and not self.table.hasFocus():
            self._close()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Look again: what was decided on its alerts may be more by now."""
        super().showEvent(event)
        self._current()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep its act from acting unseen."""
        super().hideEvent(event)
        self.take_back.setEnabled(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow view the summary lies over the list."""
        super().resizeEvent(event)
        self._narrow = self.width() < _NARROW_BELOW
        self._arrange()

    def _arrange(self) -> None:
        self.side.setVisible(not (self._narrow and self._opened))
        self.detail.setVisible(not self._narrow or self._opened)
        self.back.setVisible(self._narrow)
        self.hints.setVisible(self.height() >= 420)
