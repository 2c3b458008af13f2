"""What files hold, before anything of them is kept: recognised how, first rows, what is wrong, what it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from triage_app.domain.mapping import Mapping, header_fingerprint
from triage_app.errors import TriageError
from triage_app.language import plural
from triage_app.services import previewing, remembering
from triage_app.services.previewing import Preview
from triage_app.services.progress import Progress
from triage_app.services.remembering import Remembered
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.import_columns import ColumnPanels
from triage_app.ui.dialogs.import_counting import Counting
from triage_app.ui.dialogs.import_list import ImportList
from triage_app.ui.dialogs.import_look import FileLook
from triage_app.ui.dialogs.import_pending import Given, Job, Pending
from triage_app.ui.dialogs.import_words import left_out, names_of
from triage_app.ui.dialogs.pick_format import PickFormat
from triage_app.ui.given import given_by
from triage_app.ui.messages import Dialog
from triage_app.ui.text import ElidingLabel, text_label, tooltip
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import ScrollPage, TextField, announce, column, primary, row, secondary

__all__ = ["ImportDialog", "Job", "Pending"]

_USUAL = (1180, 860)
_TALL = 560
"""Logical pixels of the dialog, below which only what is needed is said."""

_LEAST = 320

Ask = Callable[[str, str, str], bool]


class ImportDialog(Dialog):
    """The files chosen, and for the current one what it holds."""

    holds_up = False

    def __init__(
        self, desk: Desk, given: Sequence[Given], ask: Ask, parent: QWidget | None = None, note: str = ""
    ) -> None:
        """``ask`` is ``Messages.ask``: question, the act by name, and what it costs. ``note`` says what is left out."""
        super().__init__("", parent=parent)
        self._desk = desk
        self.ask = ask
        self.files: dict[str, Pending] = {}
        self._over = False
        self.was_put_away = False
        """Whether somebody has read that every file is refused, and closed the dialog by its button."""
        self._shown = ""
        self.format_dialog: PickFormat | None = None
        self.counting = Counting(desk, self)
        self.counting.moved.connect(self._counted)
        self.resize(*_room(parent))
        self.list = ImportList()
        self.look = FileLook()
        self.look.is_low = self.look.leaving.is_low = self.height() < _TALL
        self.glyph, self.why, self.warning = self.look.glyph, self.look.why, self.look.warning
        self.tabs, self.rows = self.look.tabs, self.look.rows
        self.organisation = TextField(name=self.tr("Organisation code"))
        self.organisation.setText(desk.organisation)
        self.organisation.setMaxLength(12)
        self.organisation.setFixedWidth(110)
        self.note = text_label(note, "small", "text2", wrap=True, selectable=True)
        self.note.setVisible(bool(note))
        self.columns = ColumnPanels(desk, self._about, is_low=self.look.is_low)
        self._build()
        self.setAcceptDrops(True)
        self.add(given)

    def _build(self) -> None:
        self.body.addWidget(self.note)
        middle = row(gap=16)
        middle.addWidget(self.list)
        right = column(gap=10)
        middle.addLayout(right, 1)
        hint = self.tr(
            "Code that goes with rows which name no organisation. Leave it empty where the file covers many."
        )
        about = row(gap=10)
        label = text_label(self.tr("About which organisation"), "small_strong")
        label.setBuddy(self.organisation)
        about.addWidget(label)
        about.addWidget(self.organisation)
        about.addWidget(ElidingLabel(hint, "cap", "text2"), 1)
        if self.look.is_low:
            page = ScrollPage((0, 0, 8, 0), 0)
            page.body.addWidget(self.look)
            right.addWidget(page, 1)
        else:
            right.addWidget(self.look, 1)
        self.look.holder_lines.addWidget(self.columns)
        self.body.addLayout(middle, 1)
        self.body.addLayout(about)
        self.waiting = ElidingLabel("", "small", "text2")
        self.body.addWidget(self.waiting)
        self.cancel_button = secondary(self.tr("Cancel"), key="Esc")
        self.columns_button = secondary(self.tr("Chec&k the rows"), key="Alt K")
        self.import_button = primary(self.tr("Import"), key="Ctrl ↵")
        self.add_buttons(self.cancel_button, self.columns_button, self.import_button)
        self.finished.connect(self._end)
        self.cancel_button.clicked.connect(self._put_away)
        self.import_button.clicked.connect(self.accept)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.import_button.click)
        QShortcut(QKeySequence("F4"), self).activated.connect(self.change_format)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self).activated.connect(self._paste)
        self.list.current_changed.connect(self._chosen)
        self.list.opened.connect(lambda _: self._file_opened())
        self.columns.changed.connect(self._enable)
        self.columns.said.connect(self.say)
        self.look.format_wanted.connect(self.change_format)
        self.look.leave_out_wanted.connect(self._leave_out)
        self.look.all_wanted.connect(self._show_all)
        self.look.count_wanted.connect(self._count_pressed)
        self.columns_button.clicked.connect(self.check_rows)
        self.tabs.changed.connect(lambda _: self._show())

    def _end(self, _: int) -> None:
        """What is still being read is no longer wanted."""
        self._over = True
        self.columns.stop()
        self.counting.stop_all()

    # -- which files --------------------------------------------------------------------------------------

    def add(self, given: Sequence[Given]) -> None:
        """Show more files; those that are there already stay as they are."""
        fresh = []
        for each in given:
            pending = Pending.of(each)
            key = str(pending.path) if pending.data is None else f"pasted {len(self.files)}"
            if key not in self.files:
                self.files[key] = pending
                fresh.append(pending)
        if not self.files:
            return
        self._shown = self._shown or next(iter(self.files))
        name = next(iter(self.files.values())).path.name
        one = self.tr("Import {0}").format(name if len(name) < 80 else name[:79] + "…")
        self.heading.setText(
            one
            if len(self.files) == 1
            else plural(len(self.files), "Import 1 file", "Import {0} files").format(len(self.files))
        )
        self.setWindowTitle(self.heading.text())
        self._show_list()
        for pending in fresh:
            self._read(pending)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take more files."""
        if given_by(event.mimeData()).paths:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show them beside those that are there."""
        event.acceptProposedAction()
        self.add(given_by(event.mimeData()).paths)

    def _paste(self) -> None:
        given = given_by(QGuiApplication.clipboard().mimeData())
        self.add(given.paths or ([given.text] if given.text is not None else []))

    # -- leaving ------------------------------------------------------------------------------------------

    def leave(self) -> bool:
        """Go away without importing, once that is certain where columns were described; tell whether it did.

        ``reject`` asks nothing: a lock hides everything at once.
        """
        if self.columns.is_begun() or any(
            each.mapping is not None and not each.remembered for each in self.files.values()
        ):
            what = self.tr("What was said about the columns is not kept.")
            if not self.ask(self.tr("Leave without importing?"), self.tr("Leave"), what):
                return False
        self.reject()
        return True

    def _put_away(self) -> None:
        """Leave by the button: where nothing but refusals was shown, they have been taken note of."""
        self.was_put_away = all(each.why_not is not None for each in self.files.values())
        if not self.leave():
            self.was_put_away = False

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window is going away too."""
        if self._over or self.leave():
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes away; Enter checks the rows while columns are described, imports elsewhere, never from rows."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not isinstance(self.focusWidget(), RowsTable):
                self._enter()
        else:
            super().keyPressEvent(event)

    def _file_opened(self) -> None:
        """Enter on a file imports; on one that nobody has described it goes to its columns and confirms nothing."""
        if self.columns_button.isHidden():
            self._enter()
        else:
            self.columns.panels[self._shown].source.setFocus(Qt.FocusReason.OtherFocusReason)

    def _enter(self) -> None:
        if not self.columns_button.isHidden():
            self.columns_button.click()
        elif self.files[self._shown].ready:
            self.import_button.click()

    # -- reading ------------------------------------------------------------------------------------------

    def _read(self, pending: Pending) -> None:
        asked = (pending.source, pending.format_name, pending.mapping, self._about())
        name = pending.path.name

        def work(
            store: Store, _: Progress, is_cancelled: Callable[[], bool]
        ) -> tuple[Preview, Remembered | None] | TriageError:
            source, format_name, mapping, about = asked

            def look(how: Mapping | None) -> Preview:
                return previewing.preview(
                    source, name=name, format_name=format_name, mapping=how, organisation=about,
                    is_cancelled=is_cancelled,
                )  # fmt: skip

            try:
                found, known = look(mapping), None
                if found.needs is not None and mapping is None:
                    known = remembering.found_for(store, found.needs)
                return (found, None) if known is None else (look(known.mapping), known)
            except TriageError as error:
                return error

        if pending.left_out:
            self.say(self.tr("{0} is read anew: say again which of its rows are left out.").format(name))
        pending.forget()
        self._desk.aside(work, while_alive(self, lambda found: self._was_read(pending, asked[1], asked[2], found)))
        self._show()

    def _was_read(
        self, pending: Pending, format_name: str | None, asked: Mapping | None,
        found: tuple[Preview, Remembered | None] | TriageError,
    ) -> None:  # fmt: skip
        if self._over or pending.mapping is not asked or pending.format_name != format_name:
            return
        key = self._key_of(pending)
        if isinstance(found, TriageError):
            pending.refusal = found
        else:
            pending.preview, known = found
            if known is not None:
                pending.mapping, pending.fits_by_part = known.mapping, known.by_part
            if pending.preview.needs is not None:
                first = key not in self.columns.needs
                self.columns.needs[key] = pending.preview.needs
                if first and pending.mapping is not None:
                    pending.remembered = True
        if pending.ready:
            self.counting.start(pending, self._about())
        self._show_list()
        if key == self._shown:
            self._turn()
            self._show()
        self._enable()

    def _key_of(self, pending: Pending) -> str:
        return next(key for key, each in self.files.items() if each is pending)

    def check_rows(self) -> None:
        """Show what the columns as chosen give."""
        panel = self.columns.panels.get(self._shown)
        if panel is None:
            return
        if panel.problem():
            panel.go_to_problem()
            return
        made = panel.mapping()
        for key, pending in self.files.items():
            needs = self.columns.needs.get(key)
            same = needs is not None and header_fingerprint(needs.headers) == made.fingerprint
            if key == self._shown or (same and pending.mapping is None):
                pending.mapping, pending.fits_by_part = made, False
                self._read(pending)
        self.tabs.go_to("rows")

    # -- another format, counts ---------------------------------------------------------------------------

    def change_format(self) -> None:
        """Offer every format for the current file."""
        pending = self.files[self._shown]
        if pending.is_read and self.format_dialog is None:

            def offer(titles: dict[str, str]) -> None:
                self._offer_formats(pending, titles)

            self._desk.aside(lambda *_: previewing.titles(), while_alive(self, offer))

    def _offer_formats(self, pending: Pending, titles: dict[str, str]) -> None:
        if self._over or self.format_dialog is not None:
            return
        self.format_dialog = dialog = PickFormat(titles, pending.format_name or "", pending.path.name, self)
        dialog.chosen.connect(lambda name: self._read_as(pending, name))
        dialog.finished.connect(lambda _: self._format_offered(dialog))
        dialog.open()

    def _format_offered(self, dialog: PickFormat) -> None:
        self.format_dialog = None
        dialog.deleteLater()

    def _read_as(self, pending: Pending, name: str) -> None:
        key = self._key_of(pending)
        pending.format_name, pending.mapping = name or None, None
        pending.remembered = pending.fits_by_part = False
        self.columns.forget(key)
        self._read(pending)
        self._show_list()

    def _count_pressed(self, count: bool) -> None:
        pending = self.files[self._shown]
        if count:
            self.counting.start(pending, self._about())
        else:
            self.counting.stop(pending)
        self._show()

    def _counted(self, pending: object) -> None:
        if not isinstance(pending, Pending) or self._over:
            return
        if pending.foretold is not None:
            self._show_list()
        if pending is self.files[self._shown]:
            if pending.foretold is not None:
                self._show()
            else:
                self.look.show_progress(pending)

    # -- leaving rows out ---------------------------------------------------------------------------------

    def _leave_out(self, names: frozenset[str], out: bool) -> None:
        """Leave rows of the current file out, or put them back, and count anew."""
        pending = self.files[self._shown]
        pending.left_out = pending.left_out | names if out else pending.left_out - names
        self.counting.start(pending, self._about())
        self._show()
        announce(self.look.leaving, self.tr("Left out.") if out else self.tr("Put back."))

    def _show_all(self) -> None:
        """Show every row of the current file, so that any of them can be left out."""
        pending = self.files[self._shown]
        seen, about = pending.preview, self._about()
        if seen is None:
            return
        how = (pending.source, pending.path.name, pending.format_name, pending.mapping)

        def work(store: Store, _: Progress, is_cancelled: Callable[[], bool]) -> Preview | TriageError:
            source, name, format_name, mapping = how
            try:
                return previewing.show_all(
                    store, seen, source, name=name, format_name=format_name, mapping=mapping, organisation=about,
                    is_cancelled=is_cancelled,
                )  # fmt: skip
            except TriageError as error:
                return error

        self._desk.aside(work, while_alive(self, lambda found: self._all_read(pending, seen, found)))

    def _all_read(self, pending: Pending, seen: Preview, found: Preview | TriageError) -> None:
        if self._over or pending.preview is not seen:
            return
        if isinstance(found, TriageError):
            self.say(f"{found.what} {found.do}")
            return
        pending.preview = found
        if pending.counting is not None:
            self.counting.start(pending, self._about())
        self._show()

    # -- showing ------------------------------------------------------------------------------------------

    def _chosen(self, key: object) -> None:
        if isinstance(key, str) and key in self.files and key != self._shown:
            self._shown = key
            self._turn()
            self._show()

    def _turn(self) -> None:
        """Open the tab that the current file needs: columns as long as they are to be described."""
        pending = self.files[self._shown]
        if pending.is_read:
            self.tabs.go_to("columns" if pending.needs_mapping else "rows")

    def _show_list(self) -> None:
        self.list.show_files(self.files)

    def _show(self) -> None:
        """Show the current file as far as it is known."""
        pending, needs = self.files[self._shown], self.columns.needs.get(self._shown)
        on_columns = needs is not None and self.tabs.current() == "columns"
        self.columns.show_file(self._shown, pending)
        self.columns_button.setVisible(on_columns)
        self.look.show_file(pending, len(needs.headers) if needs is not None else 0)
        self._enable()

    def say(self, words: str) -> None:
        """Say something over the files."""
        self.note.setText(words)
        self.note.show()
        announce(self.note, words)

    def _enable(self) -> None:
        ready = sum(pending.ready for pending in self.files.values())
        reading = names_of(self.files.values(), lambda each: not each.is_read)
        left = self.left_out()
        panel = self.columns.panels.get(self._shown)
        lacks = panel.problem() if panel is not None else ""
        self.columns_button.setText(self.tr("Go to what is &missing") if lacks else self.tr("Chec&k the rows"))
        self.columns_button.set_key("Alt M" if lacks else "Alt K")
        self.columns_button.setToolTip(tooltip(lacks))
        self.columns_button.setAccessibleDescription(lacks)
        self.import_button.setEnabled(ready > 0 and not reading)
        still = self.tr("Still reading {0}.").format(reading) if reading else ""
        self.waiting.setText(left)
        self.waiting.setVisible(bool(left) and not self.look.is_low)
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

    def _about(self) -> str:
        return self.organisation.text().strip()

    def left_out(self) -> str:
        """Return which files are not imported as things stand, and why, in sentences."""
        return left_out(self.files.values())

    def refused(self) -> list[tuple[str, Path | bytes, TriageError]]:
        """Return the files that cannot be read: name, where it is, and why; what waits for its columns is sound."""
        return [(each.path.name, each.source, each.why_not) for each in self.files.values() if each.why_not is not None]

    def jobs(self) -> list[Job]:
        """Return what is to be taken in: the files that can be read."""
        organisation = self.organisation.text().strip().upper()
        return [each.job(organisation) for each in self.files.values() if each.ready]


def _room(parent: QWidget | None) -> tuple[int, int]:
    """Return the size of the dialog: large, but within the window it belongs to."""
    if parent is None:
        return _USUAL
    inside = parent.window().size()
    return min(_USUAL[0], max(460, inside.width() - 40)), min(_USUAL[1], max(_LEAST, inside.height() - 20))
