"""The attachments of one incident: what was taken, who has it, whether it is here, and its custody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QSizePolicy, QWidget

from triage_app.services import attachment_export, attachments, custody_form
from triage_app.services.attachment_export import Archive
from triage_app.services.attachments import Attached, Attachment, Checked, Taking
from triage_app.services.changes import Changes
from triage_app.services.custody_form import CustodyForm
from triage_app.services.precise_times import in_words, moment_of
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.custody_print import as_pdf
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.attachment import (
    DestroyDialog,
    ExportDialog,
    HoldDialog,
    TakeDialog,
    passphrase_dialog,
)
from triage_app.ui.dialogs.custody import CorrectCustodyDialog, HandingDialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command
from triage_app.ui.views.incident_tabs import framed
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Button, Card, EmptyState, Facts, ScrollPage, column, danger, quiet, row, secondary
from triage_app.ui.widgets.buttons import need_room

_DETAIL_FROM: Final = 300
"""Logical pixels of height from which the custody of the current file has a place of its own."""
_DETAIL, _TALL, _TALL_FROM = 132, 210, 470
_WIDE: Final = 1080
"""Logical pixels of width from which the buttons keep their words."""
_BESIDE_FROM: Final = 860
"""Logical pixels of width from which the custody stands beside the record."""
_KIB: Final = 1024


class _Yielding(QWidget):
    """A line that never keeps the window wide: its buttons lose their words when the tab becomes narrow."""

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, super().minimumSizeHint().height())


class FilesTab(QWidget):
    """Evidence in files: kept sealed, never opened here."""

    said = Signal(str, str, str)
    """What was done, what more there is to say of it, and the tone it is said in (ok, amber, red)."""
    counted = Signal(int)
    """How many there are."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._incident, self._ref = "", ""
        self._files: dict[str, Attachment] = {}
        self._viewed: set[str] = set()
        self.setAcceptDrops(True)
        self.attach_button = secondary(self.tr("Attach"), icon="plus", key="A")
        self.hand = quiet(self.tr("Custody"), icon="hand-off", key="H")
        self.right_button = quiet(self.tr("Put right"), icon="edit", key="Shift H")
        self.verify_button = quiet(self.tr("Verify"), icon="check-square", key="V")
        self.export_button = quiet(self.tr("Archive"), icon="export", key="E")
        self.print_button = quiet(self.tr("Form"), icon="print", key="P")
        self.hold = quiet(self.tr("Legal hold"), icon="lock")
        self.destroy_button = danger(self.tr("Destroy"), icon="trash")
        self._acts: list[Button] = [
            self.hand, self.right_button, self.verify_button, self.export_button, self.print_button, self.hold,
            self.destroy_button,
        ]  # fmt: skip
        self._runs = (self.hand_over, self.correct, self.verify, self.export, self.print_form, self.set_hold,
                      self.destroy_bytes)  # fmt: skip
        top = _Yielding()
        bar = row(top, gap=6)
        for button, run in zip(self._acts, self._runs, strict=True):
            button.clicked.connect(run)
            bar.addWidget(button)
        bar.addStretch(1)
        bar.addWidget(self.attach_button)
        self.attach_button.clicked.connect(self.choose_files)
        self.table = RowsTable(
            [
                Column("number", self.tr("No."), 76, kind="mono", sortable=False),
                Column("name", self.tr("File"), 200, kind="title", stretch=True, sortable=False),
                Column("size", self.tr("Size"), 88, sortable=False, drop=4),
                Column("hash", self.tr("SHA-256"), 118, kind="mono", sortable=False, drop=1),
                Column("taken", self.tr("Taken by"), 130, sortable=False, drop=3),
                Column("at", self.tr("Taken"), 190, sortable=False, drop=2),
                Column("holder", self.tr("Held by"), 190, sortable=False),
                Column("state", self.tr("Bytes"), 116, sortable=False),
            ],
            self.tr("Files"), inset=Size.CARD,
        )  # fmt: skip
        self.table.strong_current = False
        self.table.current_changed.connect(lambda _: self._current())
        empty = EmptyState(
            self.tr("No file is attached"),
            self.tr("Drop files here, or choose them. They are kept sealed and never opened."),
            self.tr("Attach"), "A",
        )  # fmt: skip
        empty.acted.connect(self.choose_files)
        self.table.set_empty(empty)
        self.detail = Card(inset=14)
        self._head = text_label("", "small_strong")
        # A line of its own: it has no place at which it could be broken.
        self._hash = text_label("", "mono", selectable=True)
        self._hash.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._facts = Facts(120)
        self._chain = Facts(190)
        self._scroll = ScrollPage((0, 0, 0, 0), 8)
        hands = column(None, (0, 0, 0, 0), 6)
        hands.addWidget(text_label(self.tr("Through whose hands it went"), "small_strong"))
        hands.addWidget(self._chain)
        hands.addStretch(1)
        self._beside = row(gap=24)
        self._beside.addWidget(self._facts, 1, Qt.AlignmentFlag.AlignTop)
        self._beside.addLayout(hands, 1)
        self._scroll.body.addLayout(self._beside)
        self._scroll.body.addStretch(1)
        self._scroll.setFixedHeight(_DETAIL)
        self.detail.body.addWidget(self._head)
        self.detail.body.addWidget(self._hash)
        self.detail.body.addWidget(self._scroll)
        self.detail.hide()
        self._lines = column(self, (Size.PAGE, 10, Size.PAGE, 10), 8)
        self._lines.addWidget(top)
        self._lines.addWidget(framed(self.table), 1)
        self._lines.addWidget(self.detail)
        self._fit_soon = soon(self, self._fit)
        self.commands = self._commands()
        for made in self.commands:
            made.setEnabled(False)
        desk.store_changed.connect(self._changed)
        self._current()

    def _commands(self) -> list[QAction]:
        tr = self.tr
        return [
            command(self, text, keys, tip, run)
            for text, keys, tip, run in (
                (tr("&Attach files…"), "A", tr("Keep files as evidence, sealed"), self.choose_files),
                (tr("Record c&ustody…"), "H", tr("Handed over, received, returned"), self.hand_over),
                (tr("Put &right…"), "Shift+H", tr("What the record or an entry of the custody says"), self.correct),
                (tr("&Verify the bytes"), "V", tr("Hash them again and compare"), self.verify),
                (tr("&Export in an archive…"), "E", tr("An encrypted ZIP with the custody form"), self.export),
                (tr("Custody form as &PDF…"), "P", tr("For print"), self.print_form),
                (tr("Legal hol&d…"), "", tr("What is held is not destroyed"), self.set_hold),
                (tr("Destro&y the bytes…"), "", tr("For ever; the record stays"), self.destroy_bytes),
            )
        ]

    # -- what is shown ------------------------------------------------------------------------------------

    def show_incident(self, incident: str, ref: str) -> None:
        """Show the files of an incident."""
        if incident != self._incident:
            self._files = {}
            self._viewed = set()
            self.table.show_rows([])
        self._incident, self._ref = incident, ref
        self.refresh()

    def refresh(self) -> None:
        """Read the list again."""
        incident = self._incident
        if incident:
            self._desk.query(
                lambda store: attachments.listing(store, incident),
                while_alive(self, lambda found: self._show(incident, found)),
            )

    def _changed(self, changes: Changes) -> None:
        if changes.touches("attachment", "custody", "responder"):
            self.refresh()

    def _show(self, incident: str, found: list[Attachment]) -> None:
        if incident != self._incident:
            return
        self._files = {str(one.row["id"]): one for one in found}
        self.table.show_rows([self._row(one) for one in found])
        if self.table.current_id() is None and found:
            self.table.go_to_row(0)
        self.counted.emit(len(found))
        self._current()

    def _row(self, one: Attachment) -> dict[str, Any]:
        said = one.row
        holder = one.holder if one.is_confirmed else self.tr("{0} (no receipt yet)").format(one.holder)
        state = self._state_words(one.state)
        return {
            "id": said["id"],
            "number": said["ref"].rpartition("-")[2],
            "name": said["name"] or self.tr("not shared"),
            "size": size_words(said["size"]),
            "hash": said["sha256"][:12],
            "taken": said["taken_by"],
            "at": self._taken_words(said["taken_at"]),
            "holder": holder,
            "state": Cell(state, "lock") if said["hold"] else state,
        }

    def _taken_words(self, value: Any) -> str:
        moment = moment_of(value)
        return self.tr("not recorded") if moment is None else in_words(moment, self._desk.now())

    def _state_words(self, state: str) -> str:
        return {
            "good": self.tr("here"), "damaged": self.tr("damaged"), "missing": self.tr("missing"),
            "not held here": self.tr("not held here"), "destroyed": self.tr("destroyed"),
            "key not shared": self.tr("key not shared"), "record withheld": self.tr("withheld"),
        }.get(state, state)  # fmt: skip

    def current(self) -> Attachment | None:
        """Return the current file, or None."""
        return self._files.get(str(self.table.current_id() or ""))

    def _current(self) -> None:
        shown = self.current()
        for button in self._acts:
            button.setEnabled(shown is not None)
        self._fit()
        if shown is None:
            return
        said = shown.row
        gone = said["destroyed"] is not None
        self.hold.setText(self.tr("Lift hold") if said["hold"] else self.tr("Legal hold"))
        self.destroy_button.setEnabled(not gone and not said["hold"])
        self.hold.setEnabled(not gone or bool(said["hold"]))
        self.export_button.setEnabled(shown.state == "good")
        self._head.setText(f"{said['ref']}  {said['name']}")
        none = self.tr("not recorded")
        self._hash.setText(self.tr("SHA-256 {0}").format(said["sha256"] or none))
        facts: list[tuple[str, str] | tuple[str, str, str]] = [
            (self.tr("Taken by"), f"{said['taken_by']} ({said['role'] or self.tr('role not recorded')})"),
            (self.tr("Where"), said["place"] or none),
            (self.tr("From what, and how"), said["source"] or none),
            (self.tr("What it is"), said["description"] or none),
        ]
        if said["hold"]:
            facts.append((self.tr("Legal hold"), said["hold_because"]))
        if said["tlp"]:
            facts.append((self.tr("Label"), said["tlp"]))
        self._facts.set_rows(facts)
        lines = [custody_form.first_line(shown), *(custody_form.line(one) for one in shown.custody)]
        # The number keeps two entries of one minute apart.
        self._chain.set_rows(
            [
                (f"{number}. {when}", f"{what}: {who}" + (f"\n{more}" if more else ""))
                for number, (when, what, who, more) in enumerate(lines, 1)
            ]
        )
        self._note_view(str(said["id"]))

    def _note_view(self, attachment: str) -> None:
        if not self.isVisible() or self.detail.isHidden() or attachment in self._viewed:
            return
        self._viewed.add(attachment)
        self._desk.long("", lambda session, _: attachments.note_view(session, attachment))

    # -- files in -----------------------------------------------------------------------------------------

    def choose_files(self) -> None:
        """Choose files to attach."""
        if self._incident:
            chosen, _ = QFileDialog.getOpenFileNames(self, self.tr("Attach files"))
            self.ask_how([Path(name) for name in chosen])

    def ask_how(self, paths: Sequence[Path]) -> None:
        """Ask how some files were taken, then take them in."""
        if paths and self._incident:
            incident, files = self._incident, list(paths)
            TakeDialog(
                self._desk, self._ref, len(files), lambda taking: self._take(incident, files, taking), self
            ).open()

    def _take(self, incident: str, paths: list[Path], taking: Taking) -> None:
        """Attach one file after another; what is refused is said, and the rest still comes."""
        if not paths:
            return
        path, *rest = paths
        let_in = self._desk.let_acts_in

        def work(session: Session, progress: Progress) -> Attached:
            return attachments.attach(session, incident, path, taking, progress=progress, between=let_in)

        def done(found: Attached) -> None:
            self._desk.done(found.changes)
            more = self.tr("SHA-256 {0}").format(found.sha256)
            if found.same:
                self.said.emit(found.changes.label + ".", more, "amber")
            else:
                self.said.emit(found.changes.label + ".", more, "ok")
            self._take(incident, rest, taking)

        def refused(trouble: Any) -> None:
            self.said.emit(trouble.what, trouble.do, "amber")
            self._take(incident, rest, taking)

        self._desk.long(self.tr("Attaching a file"), work, while_alive(self, done), while_alive(self, refused))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask how what was dropped was taken; nothing is read before that."""
        event.acceptProposedAction()
        self.ask_how([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    # -- custody ------------------------------------------------------------------------------------------

    def hand_over(self) -> None:
        """Record a move from one pair of hands to another."""
        if (shown := self.current()) is not None:
            HandingDialog(self._desk, shown, self).open()

    def correct(self) -> None:
        """Put right what is written of the current file."""
        if (shown := self.current()) is not None:
            CorrectCustodyDialog(self._desk, shown, self).open()

    def set_hold(self) -> None:
        """Put the current file under legal hold, or lift that."""
        if (shown := self.current()) is not None and self.hold.isEnabled():
            HoldDialog(self._desk, shown, self).open()

    def destroy_bytes(self) -> None:
        """Destroy the bytes of the current file."""
        if (shown := self.current()) is not None and self.destroy_button.isEnabled():
            DestroyDialog(self._desk, shown, self).open()

    def verify(self) -> None:
        """Hash the bytes of the current file again."""
        shown = self.current()
        if shown is None:
            return
        attachment, let_in = str(shown.row["id"]), self._desk.let_acts_in

        def work(session: Session, progress: Progress) -> tuple[list[Checked], Changes | None]:
            return attachments.verify(session, [attachment], progress=progress, between=let_in)

        def done(found: tuple[list[Checked], Changes | None]) -> None:
            (one,), changes = found
            if changes is not None:
                self._desk.done(changes)
            tone = "red" if one.is_bad else "ok" if one.state == "good" else "amber"
            words = self.tr("What was taken is what is here") if one.state == "good" else self._state_words(one.state)
            self.said.emit(f"{one.ref}: {words}.", one.detail, tone)

        self._desk.long(self.tr("Verifying a file"), work, while_alive(self, done))

    # -- files out ----------------------------------------------------------------------------------------

    def export(self) -> None:
        """Ask to whom the current file goes, and where its archive shall be."""
        shown = self.current()
        if shown is not None and self.export_button.isEnabled():
            attachment, ref = str(shown.row["id"]), str(shown.row["ref"])
            ExportDialog(self._desk, shown, lambda to, why: self._choose_archive(attachment, ref, to, why), self).open()

    def _choose_archive(self, attachment: str, ref: str, to: str, because: str) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Write the archive"), f"{ref}.zip", self.tr("Archives (*.zip)"),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if chosen:
            self.write_archive(attachment, Path(chosen), to, because)

    def write_archive(self, attachment: str, path: Path, to: str = "", because: str = "") -> None:
        """Write an archive, then show its passphrase, this once."""
        let_in = self._desk.let_acts_in

        def work(session: Session, progress: Progress) -> Archive:
            return attachment_export.export(
                session, attachment, path, to=to, because=because, progress=progress, between=let_in
            )

        def done(archive: Archive) -> None:
            self._desk.done(archive.changes)
            passphrase_dialog(self, path.name, archive.passphrase).open()

        self._desk.long(self.tr("Writing an archive"), work, while_alive(self, done))

    def print_form(self) -> None:
        """Write the custody form of the current file as PDF."""
        shown = self.current()
        if shown is None:
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Write the custody form"), f"{shown.row['ref']}-custody.pdf", self.tr("PDF (*.pdf)")
        )
        if chosen:
            self.write_form(str(shown.row["id"]), Path(chosen))

    def write_form(self, attachment: str, path: Path) -> None:
        """Lay the form out here and write it on the lane."""

        def laid_out(form: CustodyForm) -> None:
            data = as_pdf(form)
            self._desk.long(
                "",
                lambda session, _: attachment_export.write_printed(session, attachment, path, data),
                while_alive(self, told),
            )

        def told(_: int) -> None:
            self.said.emit(
                self.tr("Wrote the custody form to {0}.").format(path.name), self.tr("It is not encrypted."), "ok"
            )

        self._desk.long("", lambda session, _: custody_form.form_of(session, attachment), while_alive(self, laid_out))

    # -- room ---------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Let its commands act, and note what is now looked at."""
        super().showEvent(event)
        for action in self.commands:
            action.setEnabled(True)
        self._fit_soon.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep its commands from acting unseen."""
        super().hideEvent(event)
        for action in self.commands:
            action.setEnabled(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for the rows, once this layout has given out its room."""
        super().resizeEvent(event)
        self._fit_soon.start()

    def _fit(self) -> None:
        shown = self.current()
        self.detail.setVisible(shown is not None and self.height() >= _DETAIL_FROM)
        self._scroll.setFixedHeight(_TALL if self.height() >= _TALL_FROM else _DETAIL)
        wide = max(_WIDE, need_room([*self._acts, self.attach_button], 6, 2 * Size.PAGE + 12))
        for button in (*self._acts, self.attach_button):
            button.set_bare(self.width() < wide)
        directions = QBoxLayout.Direction
        self._beside.setDirection(directions.LeftToRight if self.width() >= _BESIDE_FROM else directions.TopToBottom)
        low = self.height() < _DETAIL_FROM
        self._lines.setContentsMargins(Size.PAGE, 4 if low else 10, Size.PAGE, 4 if low else 10)
        if shown is not None:
            self._note_view(str(shown.row["id"]))


def size_words(size: int | None) -> str:
    """Return a size as a list shows it; the record says it to the byte."""
    if size is None:
        return "–"
    if size < _KIB:
        return f"{size} B"
    for unit in ("KiB", "MiB"):
        size_in = size / _KIB
        if size_in < _KIB:
            return f"{size_in:.1f} {unit}"
        size = int(size_in)
    return f"{size / _KIB:.2f} GiB"
