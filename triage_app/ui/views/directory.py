"""The place of the directory: whom to ring, role first; who is on call now; one press logs what became of a call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QTimer, Signal
from PySide6.QtGui import QAction, QPageLayout, QPageSize, QPdfWriter, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from triage_app.domain.calls import OUTCOMES
from triage_app.language import plural, say
from triage_app.services import calls, directory
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.call import CallDialog
from triage_app.ui.dialogs.directory import BringDirectoryDialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Column
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.act_result import ActResult
from triage_app.ui.views.commands import command, follow_single_keys
from triage_app.ui.views.directory_reading import DirectoryRead, call_rows, contact_rows, day_words, entry_rows, read
from triage_app.ui.views.incident_tabs import framed
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import (
    Banner,
    Button,
    Choice,
    EmptyState,
    Flow,
    Landing,
    Panel,
    TextField,
    column,
    quiet,
    row,
    secondary,
)

KEYS: Final = dict(zip(OUTCOMES, "SNLWE", strict=True))
"""The key that logs each outcome."""

_MINUTE_MS = 60_000
_NARROW: Final = 760
_LOW: Final = 360
"""Below this height the heading goes: its acts are in the menu, and have their keys."""
_LEAST_TABLE: Final = 112
"""Logical pixels: the heads and two rows."""


class DirectoryView(Landing):
    """The place "Directory"."""

    open_record = Signal(str, str)
    count_changed = Signal(int)
    """How many entries the directory has."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._read = DirectoryRead()
        self._wanted_about = ""
        self._head = head = Panel("canvas", "b")
        line = row(head, (Size.PAGE, 12, Size.PAGE, 10), 10)
        line.addWidget(text_label(self.tr("Directory"), "h1"))
        self.summary = ElidingLabel("", "small", "text2")
        line.addWidget(self.summary, 1)
        self.bring_button = secondary(self.tr("Bring a directory"), icon="import", key="I")
        self.print_button = secondary(self.tr("Print to a file"), icon="print", key="P")
        for button, run in ((self.bring_button, self.choose), (self.print_button, self.choose_print)):
            button.clicked.connect(run)
            line.addWidget(button)
        self.old = Banner()
        self.old.hide()
        self.search = TextField(self.tr("Find by role, name or number"), icon="search", name=self.tr("Find"))
        self.search.textChanged.connect(lambda _: self._fill())
        self.shown = Choice(
            [("all", self.tr("All")), ("now", self.tr("On call now")), ("national", self.tr("National numbers")),
             ("calls", self.tr("Calls"))],
            name=self.tr("Which are shown"),
        )  # fmt: skip
        self.shown.setFixedWidth(170)
        self.shown.currentIndexChanged.connect(lambda _: self._switch())
        none = self.tr("About nothing in particular")
        self.about = Choice([("", none)], name=self.tr("What a call is about")).narrow()
        self.about.setToolTip(self.tr("What the calls that you log here are about"))
        bar = row(gap=8)
        bar.addWidget(self.search, 3)
        bar.addWidget(self.shown)
        bar.addWidget(self.about, 2)
        self.table = RowsTable(
            [
                Column("role", self.tr("Role"), 220, kind="title", stretch=True, sortable=False),
                Column("name", self.tr("Name"), 130, sortable=False, drop=4),
                Column("organisation", self.tr("Organisation"), 120, sortable=False, drop=1),
                Column("phone", self.tr("Phone"), 156, kind="mono", sortable=False),
                Column("out_of_hours", self.tr("Out of hours"), 150, kind="mono", sortable=False, drop=3),
                Column("turn", self.tr("On call, checked"), 236, sortable=False, drop=5),
                Column("tried", self.tr("Calls"), 110, sortable=False, drop=2),
            ],
            self.tr("Directory"), inset=Size.CARD,
        )  # fmt: skip
        self._empty = EmptyState(
            self.tr("No directory has been brought"),
            self.tr("Bring the sheet of contacts and the rota as CSV: role, name, phone, out of hours, from, to."),
            self.tr("Bring a directory"), "I",
        )  # fmt: skip
        self._empty.acted.connect(self.choose)
        self.table.set_empty(self._empty)
        self.calls = RowsTable(
            [
                Column("at", self.tr("When"), 150, sortable=False),
                Column("outcome", self.tr("What became of it"), 150, sortable=False),
                Column("whom", self.tr("Whom"), 220, kind="title", stretch=True, sortable=False),
                Column("phone", self.tr("Number"), 150, kind="mono", sortable=False, drop=3),
                Column("note", self.tr("Note"), 180, sortable=False, drop=2),
                Column("of", self.tr("About"), 150, kind="mono", sortable=False, drop=4),
                Column("who", self.tr("By"), 120, sortable=False, drop=1),
            ],
            self.tr("Calls"), inset=Size.CARD,
        )  # fmt: skip
        none_yet = self.tr("Choose whom you rang, and press what became of it.")
        self.calls.set_empty(EmptyState(self.tr("No call has been logged"), none_yet))
        self.table.current_changed.connect(lambda _: self._current())
        self.table.opened.connect(lambda _: self.log_other())
        self.calls.opened.connect(self._correct)
        self._stack = QStackedWidget()
        self._stack.addWidget(framed(self.table))
        self._stack.addWidget(framed(self.calls))
        for table in (self.table, self.calls):
            table.setMinimumHeight(_LEAST_TABLE)
        self.more = ElidingLabel("", "small", "text2")
        self.buttons: dict[str, Button] = {}
        self._acts = QWidget()
        flow = Flow(self._acts, gap=6)
        for outcome in OUTCOMES:
            made = secondary(say(outcome.capitalize()), key=KEYS[outcome])
            made.clicked.connect(partial(self.log, outcome))
            flow.addWidget(made)
            self.buttons[outcome] = made
        self.other = quiet(self.tr("With a note, or to another"), icon="edit", key="O")
        self.other.clicked.connect(lambda: self.log_other())
        flow.addWidget(self.other)
        self._lines = column(None, (Size.PAGE, 10, Size.PAGE, 10), 8)
        self._lines.addWidget(self.old)
        self._lines.addLayout(bar)
        self._lines.addWidget(self._stack, 1)
        self._lines.addWidget(self.more)
        self._lines.addWidget(self._acts)
        self.result = ActResult(desk, self)
        lines = column(self, gap=0)
        lines.addWidget(head)
        lines.addLayout(self._lines, 1)
        lines.addWidget(self.result)
        self.land_on(self.table)
        self.commands = self._commands()
        follow_single_keys(desk, self, self.commands, [self.table, self.calls])
        self._fit_soon = soon(self, self._fit)
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self._minute)
        self._tick.start()
        desk.store_changed.connect(self._changed)
        self._fill()
        self.refresh()

    def _commands(self) -> list[QAction]:
        tip = self.tr("Log a call to the current one")
        made = [
            command(self, self.tr("Log: {0}").format(outcome), KEYS[outcome], tip, partial(self.log, outcome))
            for outcome in OUTCOMES
        ]
        made += [
            command(self, self.tr("L&og a call with a note, or to another…"), "O", tip, self.log_other),
            command(self, self.tr("&Bring a directory…"), "I", self.tr("Take it from CSV, after a look"), self.choose),
            command(self, self.tr("&Print the directory to a file…"), "P", self.tr("As a page, PDF or text"),
                    self.choose_print),
            command(self, self.tr("&Search the directory"), "/", self.tr("Find by role, name or number"),
                    self.search.setFocus),
        ]  # fmt: skip
        return made

    # -- what is shown ------------------------------------------------------------------------------------

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return what can be done here, by menu."""
        return {"Edit": [*self.commands, self.result.command]}

    def show_record(self, kind: str, record_id: str) -> None:
        """Show the directory, or the calls."""
        if kind == "directory" and record_id == "calls":
            self.shown.set_key("calls")

    def set_about(self, about: str) -> None:
        """Say what calls are about: kind:id of an incident or a victim, or nothing."""
        self._wanted_about = about
        self.about.set_key(about)

    def refresh(self) -> None:
        """Read all of it again."""
        now = self._desk.now()
        self._desk.query(lambda store: read(store, now), while_alive(self, self._show))

    def _show(self, found: DirectoryRead) -> None:
        is_other = found.edition != self._read.edition
        self._read = found
        self.about.blockSignals(True)
        self.about.set_options([("", self.tr("About nothing in particular")), *found.about])
        if self._wanted_about:
            self.about.set_key(self._wanted_about)
            self._wanted_about = ""
        self.about.blockSignals(False)
        edition = found.edition
        if edition is None:
            self.summary.setText(self.tr("The national numbers alone"))
        else:
            count = len(edition.entries)
            words = plural(count, "1 entry", "{0} entries").format(f"{count:,}")
            self.summary.setText(
                self.tr("As of {0}, brought by {1}; {2}").format(day_words(edition.as_of), edition.brought_by, words)
            )
        self.old.say(found.warning, "", "amber")
        self.count_changed.emit(0 if edition is None else len(edition.entries))
        self._fill()
        if is_other:
            self.table.go_to_row(0)
        self._fit_soon.start()

    def _changed(self, changes: Changes) -> None:
        if changes.touches("directory", "call", "incident", "victim"):
            self.refresh()

    def _minute(self) -> None:
        if self.isVisible():
            self._fill()

    def _fill(self) -> None:
        now, found = self._desk.now(), self._read
        entries = [] if found.edition is None else list(found.edition.entries)
        which, words = self.shown.key(), self.search.text()
        if which == "now":
            entries = directory.on_call(entries, milliseconds(now))
        entries = directory.search(entries, words)
        rows = entry_rows(found, entries, now) if which in ("all", "now") else []
        if which in ("all", "national"):
            wanted = words.casefold().split()
            rows += [one for one in contact_rows(found, now) if _holds(one, wanted)]
        self.table.show_rows(rows)
        if self.table.current_id() is None and rows:
            self.table.go_to_row(0)
        if which == "calls":
            wanted = words.casefold().split()
            self.calls.show_rows([one for one in call_rows(found, now) if _holds(one, wanted)])
            if self.calls.current_id() is None and self.calls.record_model.ids:
                self.calls.go_to_row(0)
        self._empty.setVisible(found.edition is None and not rows)
        self._current()

    def _switch(self) -> None:
        is_calls = self.shown.key() == "calls"
        self._stack.setCurrentIndex(int(is_calls))
        self.land_on(self.calls if is_calls else self.table)
        self._fill()

    def _callee(self) -> Mapping[str, str] | None:
        current = self.table.current_row() if self._stack.currentIndex() == 0 else None
        return None if current is None else current["callee"]

    def _current(self) -> None:
        callee = self._callee()
        for button in self.buttons.values():
            button.setEnabled(callee is not None)
        current = self.table.current_row() if callee is not None else None
        more = [] if current is None else [f"{what}: {words}" for what, words in current["more"] if words]
        self.more.setText("   ".join(" ".join(part.split()) for part in more))

    # -- what is done -------------------------------------------------------------------------------------

    def log(self, outcome: str, _: object = None) -> None:
        """Log a call to the current one, at once."""
        callee = self._callee()
        if callee is None:
            return
        said = dict(callee)
        kind, _sign, entity = self.about.key().partition(":")
        self._desk.act(lambda session: calls.log(session, outcome, **said, about_kind=kind, about=entity))

    def log_other(self) -> None:
        """Open the form of a call, filled with the current one."""
        if self._stack.currentIndex() == 1:
            self._correct(self.calls.current_id())
            return
        CallDialog(self._desk, self, callee=self._callee(), about=self._read.about, chosen=self.about.key()).open()

    def _correct(self, call: object) -> None:
        found = self.calls.row_of(call)
        if found is not None:
            CallDialog(self._desk, self, call=found["call"]).open()

    def choose(self) -> None:
        """Choose the table of a directory."""
        chosen, _ = QFileDialog.getOpenFileName(
            self, self.tr("Bring a directory"), "", self.tr("Tables (*.csv *.txt *.tsv);;All files (*)")
        )
        if chosen:
            self.look_at(Path(chosen))

    def look_at(self, path: Path) -> None:
        """Show what a table would bring."""
        self._desk.aside(
            lambda *_: directory.read_file(path),
            while_alive(self, lambda data: BringDirectoryDialog(self._desk, path.name, data, self).open()),
            self._desk.refused.emit,
        )

    def choose_print(self) -> None:
        """Choose the file that the directory is printed to."""
        kinds = self.tr("PDF (*.pdf);;Page (*.html);;Text (*.txt)")
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Print the directory"), "directory.pdf", kinds)
        if chosen:
            self.print_to(Path(chosen))

    def print_to(self, path: Path) -> None:
        """Write the directory with the national numbers to a file: PDF, a page or text, by its name."""

        def said(_: object) -> None:
            self.result.say(self.tr("Wrote {0}. It is not encrypted.").format(path.name), "", False)

        if path.suffix.lower() != ".pdf":
            self._desk.long("", lambda session, _: directory.write(session, path), while_alive(self, said))
            return

        def page(session: Session, _: object) -> str:
            return directory.as_html(directory.current(session.store), session.now())

        def draw(text: str) -> None:
            # Here, not on a lane: fonts and what is drawn with them belong to the window's thread.
            data = _pdf(text)
            self._desk.long("", lambda session, _: directory.write_drawn(session, path, data), while_alive(self, said))

        self._desk.long("", page, while_alive(self, draw))

    # -- room ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for the rows, once the layout that is giving out room has done so."""
        super().resizeEvent(event)
        self._fit_soon.start()

    def _fit(self) -> None:
        narrow, low = self.width() < _NARROW, self.height() < _LOW
        self.old.setVisible(bool(self._read.warning))
        self.old.set_low(low)
        for button in (self.bring_button, self.print_button):
            button.set_bare(narrow)
        self._head.setVisible(not low)
        brief = {
            "rang, no answer": self.tr("No answer"), "left message": self.tr("Message"),
            "wrong number": self.tr("Wrong"),
        }  # fmt: skip
        for outcome, button in self.buttons.items():
            button.setText(brief.get(outcome, say(outcome.capitalize())) if narrow else say(outcome.capitalize()))
            button.setAccessibleName(self.tr("Log a call to this one: {0}").format(outcome))
        self.more.setVisible(not low)
        self.other.setVisible(not narrow)
        self._lines.setContentsMargins(Size.PAGE, 4 if low else 10, Size.PAGE, 4 if low else 10)
        self._lines.setSpacing(4 if low else 8)


def _holds(one: Mapping[str, Any], words: list[str]) -> bool:
    text = " ".join(str(getattr(value, "text", value)) for name, value in one.items() if name not in ("call", "callee"))
    folded = text.casefold()
    packed = "".join(folded.split())
    return all(word in folded or word in packed for word in words)


def _pdf(page: str) -> bytes:
    """Return a page as PDF, A4 across."""
    kept = QBuffer()
    kept.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(kept)
    across, margins = QPageLayout.Orientation.Landscape, QMarginsF(12, 12, 12, 12)
    writer.setPageLayout(QPageLayout(QPageSize(QPageSize.PageSizeId.A4), across, margins, QPageLayout.Unit.Millimeter))
    document = QTextDocument()
    document.setHtml(page)
    document.print_(writer)
    del writer
    return bytes(kept.data().data())
