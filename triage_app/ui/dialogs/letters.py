"""The letters to one victim: which were written, which went out, and the way to a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.domain import letters as rules
from triage_app.errors import TriageError
from triage_app.services import letter_checks, letters
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui import printing
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.write_letter import WriteLetterDialog, say_care
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Column
from triage_app.ui.tokens import Size
from triage_app.ui.views.moments import short
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Banner, Choice, EmptyState, Flow, FormRow, TextArea, TextField, primary, secondary


class LettersDialog(Dialog):
    """A list of letters, with what can be done with the current one."""

    holds_up = False

    def __init__(self, desk: Desk, victim: str, ref: str, parent: QWidget) -> None:
        super().__init__(desk.tr("Letters to {0}").format(ref), "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk, self._victim = desk, victim
        self._row: dict[str, Any] | None = None
        self._exposure = rules.NOT_KNOWN
        self._letters: dict[str, dict[str, Any]] = {}
        self.problem = Banner()
        self.problem.hide()
        self.table = RowsTable(
            [
                Column("ref", self.tr("No."), 76, kind="mono", drop=3, sortable=False),
                Column("title", self.tr("Letter"), 200, kind="title", stretch=True, sortable=False),
                Column("known", self.tr("Says"), 166, drop=1, sortable=False),
                Column("written", self.tr("Written"), 96, drop=2, sortable=False),
                Column("sent", self.tr("Sent"), 170, sortable=False),
            ],
            self.tr("Letters"), inset=Size.CARD,
        )  # fmt: skip
        self.table.set_empty(
            EmptyState(
                self.tr("No letter has been written"),
                self.tr("A draft is filled from the record; you finish it. It is kept sealed."),
            )
        )
        self.words = TextArea(name=self.tr("Words of the letter"), lines=8)
        self.words.setReadOnly(True)
        self.words.hide()
        self.show_words = secondary(self.tr("Show the words"))
        self.keep_as = secondary(self.tr("Save as…"))
        self.how = Choice(
            [("post", self.tr("By post")), ("e-mail", self.tr("By e-mail")), ("by hand", self.tr("By hand")),
             ("portal", self.tr("By portal")), ("read out", self.tr("Read out"))],
            name=self.tr("How it went out"),
        ).narrow()  # fmt: skip
        self.sent = secondary(self.tr("Mark as sent"))
        self.go_on = secondary(self.tr("Go on writing…"))
        self.heed = Banner()
        self.heed.hide()
        self.because = TextField(name=self.tr("Why it went out all the same"))
        self.because_row = FormRow(
            self.tr("Why it went out all the same"), self.because,
            self.tr("The record says not to write to them. What you say here is recorded."),
        )  # fmt: skip
        self.because_row.hide()
        self.new = primary(self.tr("Write a letter…"))
        close = secondary(self.tr("Close"), key="Esc")
        for button, run in (
            (self.show_words, self._open), (self.go_on, self.go_on_writing),
            (self.keep_as, self._choose_file), (self.sent, self._mark_sent),
            (self.new, self.write), (close, self.reject),
        ):  # fmt: skip
            button.clicked.connect(run)
        acts = Flow(gap=8)
        for act in (self.show_words, self.go_on, self.keep_as, self.how, self.sent):
            acts.addWidget(act)
        self.body.addWidget(self.problem)
        self.body.addWidget(self.heed)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.words)
        self.body.addWidget(self.because_row)
        self.body.addLayout(acts)
        self.add_buttons(close, self.new)
        self.table.opened.connect(lambda _: self._open())
        self.table.current_changed.connect(lambda _: self._current())
        desk.store_changed.connect(self._changed)
        behind = parent.window().size()
        rows = 4 if behind.height() > Size.LOW_BELOW else 1
        self.table.setMinimumHeight(Size.TABLE_HEAD + rows * self.table.row_height)
        self.resize(min(860, behind.width() - 32), min(680, behind.height() - 32))
        self._current()
        self.refresh()
        desk.long("", lambda session, _: letters.care_for(session, victim), while_alive(self, self._say_care))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self, changes: Changes) -> None:
        if changes.touches("letter", "victim"):
            self.refresh()

    def _say_care(self, found: list[letter_checks.Care]) -> None:
        say_care(self.heed, found)
        self.because_row.setVisible(any(one.stops for one in found))

    def refresh(self) -> None:
        """Read the letters again."""
        victim = self._victim

        def work(store: Store) -> tuple[dict[str, Any] | None, str, list[dict[str, Any]]]:
            row = lookup.one(store, "victim", victim)
            known = rules.NOT_KNOWN if row is None else letter_checks.exposure_of(store, row)
            return row, known, letters.listing(store, victim)

        self._desk.query(work, while_alive(self, self._show))

    def _show(self, found: tuple[dict[str, Any] | None, str, list[dict[str, Any]]]) -> None:
        self._row, self._exposure, rows = found
        self._letters = {one["id"]: one for one in rows}
        self.table.show_rows([self._line(one) for one in rows])
        if self.table.current_id() is None and rows:
            self.table.go_to_row(0)
        self.new.setEnabled(self._row is not None)
        self._current()

    def _line(self, one: dict[str, Any]) -> dict[str, Any]:
        now = self._desk.now()
        kind = letters.kinds().get(one["code"])
        sent = f"{short(one['sent_at'], now)}, {one['sent_how']}" if one["sent_at"] else self.tr("not sent")
        if not one["sent_at"] and rules.blanks(one["text"]):
            sent = self.tr("draft")
        title = kind.title["en"] if kind else one["code"]
        return {
            "id": one["id"], "ref": one["ref"].rpartition("-")[2],
            "title": title if one["language"] == "en" else self.tr("{0} (Welsh)").format(title),
            "known": letter_checks.exposure_words().get(one["exposure"], ""), "written": short(one["created_at"], now),
            "sent": sent, "muted": bool(one["sent_at"]),
        }  # fmt: skip

    def current(self) -> str:
        """Return the id of the current letter, or an empty string."""
        return str(self.table.current_id() or "")

    def _current(self) -> None:
        one = self._letters.get(self.current())
        unsent = one is not None and not one["sent_at"]
        self.show_words.setEnabled(one is not None)
        # A draft has blanks: it is neither saved nor sent. The service refuses it as well.
        whole = one is not None and not rules.blanks(one["text"])
        self.go_on.setEnabled(unsent and self._row is not None)
        self.keep_as.setEnabled(whole)
        self.how.setEnabled(unsent and whole)
        self.sent.setEnabled(unsent and whole)
        self.words.hide()

    def write(self) -> None:
        """Write another letter."""
        if self._row is not None:
            WriteLetterDialog(self._desk, self._row, self._exposure, self, self.refresh).open()

    def go_on_writing(self) -> None:
        """Go on with the current letter, which has not gone out."""
        one, victim = self._letters.get(self.current()), self._row
        if one is None or victim is None:
            return

        def opened(letter: dict[str, Any]) -> None:
            WriteLetterDialog(self._desk, victim, self._exposure, self, self.refresh, letter).open()

        entity = str(one["id"])
        self._desk.long("", lambda session, _: letters.letter(session, entity), while_alive(self, opened), self._say)

    def _open(self) -> None:
        entity = self.current()

        def opened(one: dict[str, Any]) -> None:
            if self.current() == entity:
                self.words.setPlainText(str(one["text"]))
                self.words.show()
                self.words.setFocus(Qt.FocusReason.OtherFocusReason)

        if entity:
            self._desk.long(
                "", lambda session, _: letters.letter(session, entity), while_alive(self, opened), self._say
            )

    def _choose_file(self) -> None:
        one = self._letters.get(self.current())
        if one is None:
            return
        # The name of the file says no name of a person.
        kinds = self.tr("Word (*.docx);;PDF (*.pdf);;Web page (*.html)")
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save the letter"), f"{one['ref']}.docx", kinds)
        if chosen:
            self.save_as(Path(chosen))

    def save_as(self, path: Path) -> None:
        """Write the current letter to a file, by its ending a Word document, a PDF or a web page."""
        entity = self.current()
        one = self._letters.get(entity)
        if one is None:
            return
        # A PDF is laid out by Qt's text engine, which belongs to this thread; one letter takes some milliseconds.
        page = None
        if path.suffix.lower() == ".pdf":
            blocks = rules.blocks(str(one["text"]))
            page = printing.pdf(blocks, blocks[0].lines[0] if blocks else one["ref"])

        def work(session: Session) -> Path:
            return letters.save(session, entity, path, page)

        def written(at: Path) -> None:
            self.problem.say(self.tr("Wrote {0}.").format(at.name), self.tr("It is not encrypted."), "tint")
            self.problem.show()

        self._desk.long("", lambda session, _: work(session), while_alive(self, written), self._say)

    def _mark_sent(self) -> None:
        entity, how, because = self.current(), self.how.key(), self.because.text()
        if entity:
            self._desk.act(lambda session: letters.mark_sent(session, entity, how, "", because), None, self._say)

    def _say(self, trouble: TriageError) -> None:
        if shiboken6.isValid(self):
            self.problem.say(trouble.what, trouble.do, "amber")
            self.problem.show()
