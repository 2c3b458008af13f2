"""What files hold, before anything of them is kept: recognised how, first rows, what is wrong, what it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from triage_app.domain.evidence import COLUMNS
from triage_app.domain.mapping import Mapping, header_fingerprint
from triage_app.domain.severity import band
from triage_app.errors import TriageError
from triage_app.services import import_alerts
from triage_app.services.import_alerts import Preview
from triage_app.services.times import in_words
from triage_app.store import imports
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.mapping import MappingPanel
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Column
from triage_app.ui.text import set_role, text_label, tooltip, visible
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Glyph, Tabs, TextField, announce, column, primary, row, secondary

_AT = {name: place for place, name in enumerate(COLUMNS)}
_LIST_ROWS = 4
_USUAL = (1000, 740)
_NAMED = 5
"""Files that are named in one sentence; of more, the number is given."""


@dataclass
class Pending:
    """One file that may be taken in."""

    path: Path
    preview: Preview | None = None
    refusal: TriageError | None = None
    mapping: Mapping | None = None
    remembered: bool = False
    "Whether its mapping was confirmed at an earlier import."

    @property
    def needs_mapping(self) -> bool:
        """Whether its columns still have to be described."""
        return self.mapping is None and self.preview is not None and self.preview.needs is not None

    @property
    def is_read(self) -> bool:
        """Whether it is known what it holds, or why it cannot be read."""
        return self.preview is not None or self.refusal is not None

    @property
    def unreadable(self) -> bool:
        """Whether it has rows of which not one can be read, as its columns are described."""
        return self.preview is not None and bool(self.preview.rejects) and not self.preview.rows

    @property
    def ready(self) -> bool:
        """Whether it can be taken in as it is."""
        read = self.refusal is None and self.preview is not None
        return read and not self.needs_mapping and not self.unreadable


@dataclass(frozen=True)
class Job:
    """A file to be taken in, and how."""

    path: Path
    mapping: Mapping | None
    organisation: str


class ImportDialog(Dialog):
    """The files chosen, and for the current one what it holds."""

    def __init__(
        self, desk: Desk, paths: Sequence[Path], ask: Callable[[str, str, str], bool], parent: QWidget | None = None
    ) -> None:
        """``ask`` is ``Messages.ask``: question, the act by name, and what it costs."""
        super().__init__(_heading(parent, paths), parent=parent)
        self._desk = desk
        self.ask = ask
        self.files = {str(path): Pending(path) for path in paths}
        self._panels: dict[str, MappingPanel] = {}
        self._needs: dict[str, Any] = {}
        self._over = False
        self._shown = next(iter(self.files))
        self.resize(*_room(parent))
        self.list = RowsTable(
            (
                Column("name", self.tr("File"), 240, "text", stretch=True),
                Column("what", self.tr("What it is"), 260, "text"),
            ),
            self.tr("Files to import"),
            inset=Size.CARD,
        )
        self.list.single_keys = False
        self.list.setFixedHeight(Size.TABLE_HEAD + min(_LIST_ROWS, len(self.files)) * self.list.row_height + 2)
        self.list.setVisible(len(self.files) > 1)
        self.list.current_changed.connect(self._chosen)
        self.glyph = Glyph("", Size.ICON)
        self.why = text_label("", "body", wrap=True, selectable=True)
        self.warning = text_label("", "small", "amber", wrap=True, selectable=True)
        self.organisation = TextField(name=self.tr("Organisation code"))
        self.organisation.setText(desk.organisation)
        self.organisation.setMaxLength(12)
        self.organisation.setFixedWidth(110)
        self.tabs = Tabs("surface", 0)
        self.tabs.add("columns", self.tr("Columns"))
        self.tabs.add("rows", self.tr("First rows"))
        self.rows = RowsTable(
            (
                Column("severity", self.tr("Severity"), 104, "severity"),
                Column("title", self.tr("Alert"), 220, "text", stretch=True),
                Column("seen", self.tr("Seen"), 216, drop=2),
                Column("organisation", self.tr("Organisation"), 110, drop=3),
                Column("host", self.tr("Host"), 130, drop=1),
                Column("src", self.tr("From"), 150, "mono", drop=4),
            ),
            self.tr("First rows"),
            inset=Size.CARD,
        )
        self.rows.single_keys = False
        self._build()
        self._show_list()
        for pending in self.files.values():
            self._read(pending)

    def _build(self) -> None:
        line = row(gap=8)
        line.addWidget(self.glyph, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.why, 1)
        self.stack = QStackedWidget()
        self._holder = QWidget()
        self._holder_lines = column(self._holder, gap=0)
        self.stack.addWidget(self.rows)
        self.stack.addWidget(self._holder)
        hint = self.tr(
            "Code that goes with rows which name no organisation. Leave it empty where the file covers many."
        )
        self.body.addWidget(self.list)
        self.body.addLayout(line)
        self.body.addWidget(self.warning)
        about = row(gap=10)
        label = text_label(self.tr("About which organisation"), "small_strong")
        label.setBuddy(self.organisation)
        about.addWidget(label)
        about.addWidget(self.organisation)
        about.addWidget(text_label(hint, "cap", "text2", wrap=True), 1)
        self.body.addLayout(about)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self.stack, 1)
        self.waiting = text_label("", "small", "text2", wrap=True)
        self.body.addWidget(self.waiting)
        self.cancel_button = secondary(self.tr("Cancel"), key="Esc")
        self.columns_button = secondary(self.tr("Check the rows"))
        self.import_button = primary(self.tr("Import"), key="Ctrl ↵")
        self.add_buttons(self.cancel_button, self.columns_button, self.import_button)
        self.finished.connect(self._end)
        self.cancel_button.clicked.connect(self.leave)
        self.import_button.clicked.connect(self.accept)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.import_button.click)
        self.list.opened.connect(lambda _: self._file_opened())
        self.rows.opened.connect(lambda _: self._enter())
        self.columns_button.clicked.connect(self.check_rows)
        self.tabs.changed.connect(self._tab)

    def _end(self, _: int) -> None:
        """What is still being read is no longer wanted."""
        self._over = True

    # -- leaving ------------------------------------------------------------------------------------------

    def leave(self) -> bool:
        """Go away without importing, once that is certain where columns were described; tell whether it did.

        ``reject`` asks nothing: a lock hides everything at once.
        """
        begun = any(panel.is_begun() for panel in self._panels.values())
        if begun or any(each.mapping is not None and not each.remembered for each in self.files.values()):
            what = self.tr("What was said about the columns is not kept.")
            if not self.ask(self.tr("Leave without importing?"), self.tr("Leave"), what):
                return False
        self.reject()
        return True

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window is going away too."""
        if self._over or self.leave():
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes away; Enter checks the rows while columns are described, and imports elsewhere."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        else:
            super().keyPressEvent(event)

    def _file_opened(self) -> None:
        """Enter on a file imports; on one that nobody has described it goes to its columns and confirms nothing."""
        if self.columns_button.isHidden():
            self._enter()
        else:
            self._panels[self._shown].source.setFocus(Qt.FocusReason.OtherFocusReason)

    def _enter(self) -> None:
        if not self.columns_button.isHidden():
            self.columns_button.click()
        elif self.files[self._shown].ready:
            self.import_button.click()

    # -- reading ------------------------------------------------------------------------------------------

    def _read(self, pending: Pending) -> None:
        path, mapping, organisation = pending.path, pending.mapping, self.organisation.text().strip()

        def work(store: Store) -> tuple[Preview, Mapping | None] | TriageError:
            try:
                found = import_alerts.preview(path, mapping=mapping, organisation=organisation)
                saved = None
                if found.needs is not None:
                    saved = imports.mapping_for(store, header_fingerprint(found.needs.headers))
                if saved is None:
                    return found, mapping
                known = Mapping.from_data(saved)
                return import_alerts.preview(path, mapping=known, organisation=organisation), known
            except TriageError as error:
                return error

        pending.preview, pending.refusal = None, None
        self._desk.query(work, lambda found: self._was_read(str(path), mapping, found))
        self._show()

    def _was_read(self, key: str, asked: Mapping | None, found: tuple[Preview, Mapping | None] | TriageError) -> None:
        pending = self.files[key]
        if self._over or pending.mapping is not asked:
            return
        if isinstance(found, TriageError):
            pending.refusal = found
        else:
            pending.preview, pending.mapping = found
            if pending.preview.needs is not None:
                first = key not in self._needs
                self._needs[key] = pending.preview.needs
                if first and pending.mapping is not None:
                    pending.remembered = True
        self._show_list()
        if key == self._shown:
            self._turn()
            self._show()
        self._enable()

    def check_rows(self) -> None:
        """Show what the columns as chosen give."""
        panel = self._panels.get(self._shown)
        if panel is None or panel.problem():
            return
        made = panel.mapping()
        for key, pending in self.files.items():
            needs = self._needs.get(key)
            same = needs is not None and header_fingerprint(needs.headers) == made.fingerprint
            if key == self._shown or (same and pending.mapping is None):
                pending.mapping = made
                self._read(pending)
        self.tabs.go_to("rows")

    # -- showing ------------------------------------------------------------------------------------------

    def _chosen(self, key: object) -> None:
        if isinstance(key, str) and key in self.files:
            self._shown = key
            self._turn()
            self._show()

    def _turn(self) -> None:
        """Open the tab that the current file needs: columns as long as they are to be described."""
        pending = self.files[self._shown]
        if pending.is_read:
            self.tabs.go_to("columns" if pending.needs_mapping else "rows")

    def _show_list(self) -> None:
        self.list.show_rows(
            [
                {"id": key, "name": pending.path.name, "what": self._in_short(pending)}
                for key, pending in self.files.items()
            ]
        )

    def _in_short(self, pending: Pending) -> str:
        if pending.refusal is not None:
            return self.tr("Cannot be read")
        if pending.preview is None:
            return self.tr("Reading…")
        if pending.needs_mapping:
            return self.tr("A table: describe its columns")
        if pending.unreadable:
            return self.tr("No row can be read")
        if pending.mapping is not None:
            return pending.mapping.source
        return pending.preview.begin.source if pending.preview.begin is not None else "–"

    def _tab(self, _: str) -> None:
        self._show()

    def _show(self) -> None:
        """Show the current file as far as it is known."""
        pending = self.files[self._shown]
        needs = self._needs.get(self._shown)
        self.tabs.setVisible(needs is not None)
        on_columns = needs is not None and self.tabs.current() == "columns"
        if needs is not None:
            self._panel(needs, pending)
        self.stack.setCurrentWidget(self._holder if on_columns else self.rows)
        self.columns_button.setVisible(on_columns)
        self._say(pending)
        self._show_rows(pending.preview)
        self._enable()

    def _panel(self, needs: Any, pending: Pending) -> None:
        for key, panel in self._panels.items():
            panel.setVisible(key == self._shown)
        if self._shown not in self._panels:
            panel = MappingPanel(needs, pending.mapping)
            panel.changed.connect(self._enable)
            self._holder_lines.addWidget(panel)
            self._panels[self._shown] = panel

    def _say(self, pending: Pending) -> None:
        self.warning.hide()
        if pending.refusal is not None:
            self._state("warning", f"{pending.refusal.what} {pending.refusal.do}")
        elif pending.preview is None:
            self._state("clock", self.tr("Reading {0}…").format(pending.path.name))
        elif pending.needs_mapping:
            words = self.tr(
                "A table with {0} columns that has not been described yet. Say once what they mean; it is remembered."
            )
            self._state("notice", words.format(len(self._needs[self._shown].headers)))
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
        return words

    def _recognised(self, pending: Pending) -> str:
        if pending.mapping is not None:
            words = self.tr("Read as “{0}”, with its columns as they were described.").format(pending.mapping.source)
            if pending.remembered:
                words += " " + self.tr("A table with these columns was described before.")
            return words
        begin = pending.preview.begin if pending.preview is not None else None
        return "" if begin is None else self.tr("Recognised as {0}: {1}").format(begin.source, harmless(begin.why))

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
            words.append(told.format(many, line, harmless(reason).rstrip(".")))
        undated = sum(1 for found in preview.rows if found[_AT["seen_at"]] is None)
        if undated:
            words.append(self.tr("{0} of the first rows give no time that can be read.").format(undated))
        if not preview.rows and not preview.rejects:
            words.append(self.tr("Its first records are no alerts."))
        self.warning.setText(" ".join(words))
        set_role(self.warning, "amber")
        self.warning.setVisible(bool(words))

    def _show_rows(self, preview: Preview | None) -> None:
        rows = []
        for number, found in enumerate(preview.rows if preview is not None else ()):
            rows.append(
                {
                    "id": str(number),
                    "severity": band(found[_AT["severity"]]).lower(),
                    "title": harmless(found[_AT["title"]]),
                    "seen": in_words(found[_AT["seen_at"]]),
                    "organisation": found[_AT["organisation"]] or self.organisation.text().strip().upper(),
                    "host": harmless(found[_AT["host"]]),
                    "src": harmless(found[_AT["src"]]),
                }
            )
        self.rows.show_rows(rows)

    def _enable(self) -> None:
        ready = sum(pending.ready for pending in self.files.values())
        reading = self._names(lambda each: not each.is_read)
        left = self.left_out()
        panel = self._panels.get(self._shown)
        self.columns_button.setEnabled(panel is not None and not panel.problem())
        self.import_button.setEnabled(ready > 0 and not reading)
        still = self.tr("Still reading {0}.").format(reading) if reading else ""
        self.waiting.setText(left)
        self.waiting.setVisible(bool(left))
        why = " ".join(part for part in (still, left) if part)
        self.import_button.setToolTip(tooltip(why))
        self.import_button.setAccessibleDescription(why)
        whole = len(self.files)
        if whole == 1:
            words = self.tr("Import")
        elif ready == whole:
            words = self.tr("Import {0} files").format(whole)
        else:
            words = self.tr("Import {0} of {1} files").format(ready, whole)
        self.import_button.setText(words)
        if self.import_button.isEnabled() and self.focusWidget() in (None, self.organisation, self.cancel_button):
            self.import_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _names(self, which: Callable[[Pending], bool]) -> str:
        """Return the names of some of the files, for a sentence."""
        names = [visible(each.path.name, 80, lines=False) for each in self.files.values() if which(each)]
        more = len(names) - _NAMED
        return ", ".join(names[:_NAMED]) + (self.tr(" and {0} more").format(more) if more > 0 else "")

    def left_out(self) -> str:
        """Return which files are not imported as things stand, and why, in sentences; what is being read counts not."""
        found = []
        for which, one, many in (
            (
                lambda each: each.refusal is None and each.needs_mapping,
                self.tr("{0} waits for its columns to be described."),
                self.tr("{0} wait for their columns to be described."),
            ),
            (
                lambda each: each.unreadable,
                self.tr("{0} has no row that can be read."),
                self.tr("{0} have no row that can be read."),
            ),
            (lambda each: each.refusal is not None, self.tr("{0} cannot be read."), self.tr("{0} cannot be read.")),
        ):
            names = self._names(which)
            if names:
                found.append((one if sum(map(which, self.files.values())) == 1 else many).format(names))
        return " ".join(found)

    def jobs(self) -> list[Job]:
        """Return what is to be taken in: the files that can be read."""
        organisation = self.organisation.text().strip().upper()
        return [Job(each.path, each.mapping, organisation) for each in self.files.values() if each.ready]


def _room(parent: QWidget | None) -> tuple[int, int]:
    """Return the size of the dialog: large, but within the window it belongs to."""
    if parent is None:
        return _USUAL
    inside = parent.window().size()
    return min(_USUAL[0], max(460, inside.width() - 40)), min(_USUAL[1], max(400, inside.height() - 20))


def _heading(parent: QWidget | None, paths: Sequence[Path]) -> str:
    name = paths[0].name
    words = parent.tr("Import {0} files") if parent is not None else "Import {0} files"
    one = parent.tr("Import {0}") if parent is not None else "Import {0}"
    return words.format(len(paths)) if len(paths) > 1 else one.format(name if len(name) < 80 else name[:79] + "…")
