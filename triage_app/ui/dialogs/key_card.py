"""The card of a device or an authority: who it is, its words, the same as a QR code, and a page of it to print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.paths import write_whole
from triage_app.services.key_cards import KeyCard
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
from triage_app.ui.views.nation_words import nation_words
from triage_app.ui.widgets import Banner, Facts, column, primary, row, secondary
from triage_app.ui.widgets.qr_code import QrCode

_WIDEST = 760
"""Logical pixels: on a wide page the code stays beside its words."""


def role_words(role: str) -> str:
    """Return in words what an authority is; for '' what a device is."""
    tr = QCoreApplication.translate
    return {
        "": tr("KeyCard", "Laptop"),
        "organisation": tr("KeyCard", "Authority of an organisation"),
        "centre": tr("KeyCard", "National or regional centre"),
        "ncsc": tr("KeyCard", "NCSC"),
        "law-enforcement": tr("KeyCard", "Law enforcement"),
    }.get(role, role)


class KeyWords(QWidget):
    """The words of a key, and beside them its QR code."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """``name`` is what a screen reader calls the words."""
        super().__init__(parent)
        self.setMaximumWidth(_WIDEST)
        line = row(self, gap=16)
        said = column(gap=6)
        said.addWidget(text_label(self.tr("Its words"), "small", "text2"))
        self.words = text_label("", "h2", wrap=True, selectable=True, called=name)
        said.addWidget(self.words)
        self.under = column(gap=6)
        said.addLayout(self.under)
        said.addStretch(1)
        line.addLayout(said, 1)
        self.code = QrCode(self.tr("QR code of the key"))
        line.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)

    def show_card(self, card: KeyCard | None) -> None:
        """Show another key, or none."""
        self.words.setText(card.words if card is not None else "")
        self.code.set_text(card.scanned if card is not None else "")


class KeyCardDialog(Dialog):
    """Shows one key."""

    holds_up = False

    printed = Signal(str)
    """The name of the file that was written."""

    def __init__(self, desk: Desk, card: KeyCard, parent: QWidget | None = None) -> None:
        super().__init__(card.name, parent=parent)
        self.setMinimumWidth(560)
        self._desk = desk
        self.card = card
        self.trouble = Banner()
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        facts = Facts(110)
        facts.set_rows(
            [
                (self.tr("What it is"), role_words(card.role)),
                (self.tr("Organisation"), card.body),
                (self.tr("Nation"), nation_words(card.nation) or self.tr("not known")),
                (self.tr("Tag"), card.tag, "mono"),
            ]
        )
        self.body.addWidget(facts)
        self.key = KeyWords(self.tr("Fingerprint in words"))
        self.key.under.addWidget(
            text_label(
                self.tr("Compare them with those on the other screen, by telephone on a number you already have, or "
                        "with the printed page in hand. None of this is secret."),
                "small", "text2", wrap=True,
            )
        )  # fmt: skip
        self.key.show_card(card)
        self.body.addWidget(self.key)
        close = secondary(self.tr("Close"))
        close.clicked.connect(self.reject)
        self.page = primary(self.tr("Save a page to print"), icon="print")
        self.page.clicked.connect(lambda: self.save_page())
        self.add_buttons(self.page, close)

    def save_page(self, path: Path | None = None) -> None:
        """Write the page as PDF, to a place that the responder chooses."""
        save_page(self._desk, self.card, self, path, self._written, self._refused)

    def _written(self, name: str) -> None:
        self.trouble.say(self.tr("Wrote {0}.").format(name), "", "ok")
        self.trouble.show()
        self.printed.emit(name)

    def _refused(self, error: TriageError) -> None:
        self.trouble.say(error.what, error.do, "amber")
        self.trouble.show()


def save_page(
    desk: Desk, card: KeyCard, owner: QWidget, path: Path | None, done: Callable[[str], None],
    refused: Callable[[TriageError], None],
) -> None:  # fmt: skip
    """Write the page of a card; ``done`` is told the name of the file, ``refused`` why there is none."""
    from triage_app.ui.key_page import as_pdf

    if path is None:
        chosen, _ = QFileDialog.getSaveFileName(
            owner, owner.tr("Save a page to print"), f"{card.organisation}-{card.tag}-key.pdf", "PDF (*.pdf)"
        )
        if not chosen:
            return
        path = Path(chosen)
    target, data = path, as_pdf(card, role_words(card.role))

    def work(session: Session, _: Progress) -> str:
        write_whole(session.profile.refuse_own(target), data)
        return target.name

    desk.long("", work, while_alive(owner, done), while_alive(owner, refused))
