"""Who and what can unlock this laptop: the list, and every change of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from triage_app.formats.key_slots import AUDITOR, BREAK_GLASS, RECOVERY, RESPONDER
from triage_app.services import slots
from triage_app.services.changes import Changes
from triage_app.services.papers import Paper
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.paper_page import PaperDialog
from triage_app.ui.dialogs.slot_forms import AddResponder, AuditorCopy, ChangePassphrase, ReKey
from triage_app.ui.messages import Dialog, ask_dialog
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Banner, Flow, ScrollPage, secondary

Listed = tuple[list[dict[str, Any]], list[slots.Notice]]


class WhoCanUnlock(Dialog):
    """A table of slots, and a button for each way to change it."""

    re_key_wanted = Signal(str)
    """The passphrase of whoever is at work."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        words = desk.tr(
            "Each person has a passphrase of their own, and what they do carries their name. The papers are for when "
            "nobody's passphrase is to be had."
        )
        super().__init__(desk.tr("Who can unlock this laptop"), "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        self._page = ScrollPage((0, 0, 8, 0), 10)
        self.body.addWidget(self._page, 1)
        self._page.body.addWidget(text_label(words, "body", "text2", wrap=True))
        self.notices = Banner()
        self.notices.hide()
        self._page.body.addWidget(self.notices)
        self.table = RowsTable(
            [
                Column("name", self.tr("Who or what"), 230, "title", stretch=True, sortable=False),
                Column("kind", self.tr("Kind"), 130, sortable=False),
                Column("since", self.tr("Since"), 214, sortable=False, drop=1),
                Column("used", self.tr("Last used for work"), 214, sortable=False, drop=2),
            ],
            self.tr("Who and what can unlock this laptop"), inset=Size.CARD,
        )  # fmt: skip
        self._page.body.addWidget(self.table, 1)
        self.problem = Banner()
        self.problem.hide()
        self._page.body.addWidget(self.problem)
        self._add_acts()
        self._page.body.addWidget(text_label(slots.SHUT_OUT, "small", "text2", wrap=True))
        close = secondary(self.tr("Close"), key="Esc")
        close.clicked.connect(self.reject)
        self.add_buttons(close)
        behind = parent.window().size()
        self.table.setMinimumHeight(Size.TABLE_HEAD + 4 * self.table.row_height)
        self.resize(min(880, behind.width() - 32), min(640, behind.height() - 32))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        desk.store_changed.connect(self._changed)
        self.refresh()

    def _add_acts(self) -> None:
        tr = self.tr
        self.add, self.remove = secondary(tr("Add a responder…"), icon="plus"), secondary(tr("Remove…"))
        self.change = secondary(tr("Change my passphrase…"))
        self.recovery, self.envelope = secondary(tr("New recovery key…")), secondary(tr("Make a sealed envelope…"))
        self.another = secondary(tr("Give the data another key…"), icon="key")
        self.copy = secondary(tr("Copy for an auditor…"), icon="eye")
        self.acts = Flow()
        for button, act in (
            (self.add, self.add_responder), (self.remove, self.remove_current), (self.change, self.change_passphrase),
            (self.recovery, lambda: self.new_paper(RECOVERY)), (self.envelope, lambda: self.new_paper(BREAK_GLASS)),
            (self.another, self.re_key), (self.copy, self.copy_for_auditor),
        ):  # fmt: skip
            button.clicked.connect(lambda _=False, act=act: act())
            button.setEnabled(self._desk.auditors_copy is None)
            self.acts.addWidget(button)
        self._page.body.addLayout(self.acts)

    # -- reading ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again."""

        def read(session: Session, _: Any) -> Listed:
            return slots.listing(session), slots.notices(session.store)

        self._desk.long("", read, while_alive(self, self._show))

    def _changed(self, changes: Changes) -> None:
        if changes.touches("unlocking", "responder"):
            self.refresh()

    def _show(self, found: Listed) -> None:
        rows, notices = found
        kinds = {
            RESPONDER: self.tr("Responder"), RECOVERY: self.tr("Recovery key"), BREAK_GLASS: self.tr("Envelope"),
            AUDITOR: self.tr("Auditor, reading"),
        }  # fmt: skip
        self.table.show_rows(
            [
                {
                    **row, "kind": kinds.get(row["kind"], row["kind"]), "slot": row["kind"],
                    "since": in_words(row["since"]), "used": in_words(row["used"]),
                }
                for row in rows
            ]
        )  # fmt: skip
        if rows and self.table.current_id() is None:
            self.table.go_to_row(0)
        self.notices.setVisible(bool(notices))
        if notices:
            self.notices.say(" ".join(notice.words for notice in notices))

    def current(self) -> Mapping[str, Any] | None:
        """Return the row that is marked."""
        return self.table.current_row()

    # -- doing --------------------------------------------------------------------------------------------

    def add_responder(self) -> None:
        """Open the form for another responder."""
        AddResponder(self._desk, self).open()

    def change_passphrase(self) -> None:
        """Open the form for another passphrase of one's own."""
        ChangePassphrase(self._desk, self).open()

    def re_key(self) -> None:
        """Say what it comes to, and ask for the passphrase."""
        others = [str(row["name"]) for row in self.table.rows() if row["slot"] != RECOVERY]
        form = ReKey(self._desk, [name for name in others if name != self._desk.responder_name], self)
        form.agreed.connect(self._go_on)
        form.open()

    def copy_for_auditor(self) -> None:
        """Open the form for a copy that is only read."""
        AuditorCopy(self._desk, self).open()

    def _go_on(self, passphrase: str) -> None:
        self.accept()
        self.re_key_wanted.emit(passphrase)

    def remove_current(self) -> None:
        """Ask, and take away what the marked row lets in."""
        row = self.current()
        if row is None:
            return
        question = self.tr("Should {0} no longer unlock this laptop?").format(row["name"])
        dialog = ask_dialog(self, question, self.tr("Remove"), slots.SHUT_OUT, dangerous=True)
        slot = str(row["id"])
        dialog.accepted.connect(lambda: self._act(lambda session: slots.remove(session, slot)))
        dialog.open()

    def new_paper(self, kind: str) -> None:
        """Ask, make a paper, and show it this once."""
        if kind == RECOVERY:
            question = self.tr("Make a new recovery key?")
            detail = self.tr("The one on paper now opens nothing any more.")
            label = self.tr("Make a new recovery key")
        else:
            question = self.tr("Make a sealed envelope?")
            detail = self.tr(
                "It opens this laptop once, for somebody who says who they are and why, when nobody of the above can "
                "be reached. An envelope made before opens nothing any more."
            )
            label = self.tr("Make the envelope")
        dialog = ask_dialog(self, question, label, detail)
        dialog.accepted.connect(lambda: self._make_paper(kind))
        dialog.open()

    def _make_paper(self, kind: str) -> None:
        def made(found: tuple[Changes, Paper]) -> None:
            changes, paper = found
            self._desk.done(changes)
            PaperDialog(paper, self).open()

        self._desk.long(
            "", lambda session, _: slots.new_paper(session, kind), while_alive(self, made),
            while_alive(self, self._refused),
        )  # fmt: skip

    def _act(self, work: Callable[[Session], Changes]) -> None:
        self.problem.hide()
        self._desk.act(work, None, while_alive(self, self._refused))

    def _refused(self, trouble: Any) -> None:
        self.problem.say(trouble.what, trouble.do, "amber")
        self.problem.show()
