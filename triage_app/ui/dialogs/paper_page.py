"""A key on paper, shown this once: the page as it is printed, where to save it, and that somebody has it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.domain.letters import Block
from triage_app.errors import TriageError
from triage_app.formats.key_slots import BREAK_GLASS
from triage_app.paths import write_whole
from triage_app.services.papers import Paper
from triage_app.ui import printing
from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
from triage_app.ui.widgets import Banner, Card, CheckBox, ScrollPage, primary, row, secondary


class PaperDialog(Dialog):
    """It closes only once somebody says that they have it: nothing else holds this key."""

    def __init__(self, paper: Paper, parent: QWidget) -> None:
        super().__init__(paper.title, "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._paper: Paper | None = paper
        page = ScrollPage((0, 0, 8, 0), 10)
        self.body.addWidget(page, 1)
        for number, words in enumerate(paper.paragraphs):
            face = ("body_strong", "amber") if number == 0 else ("body", "text2")
            page.body.addWidget(text_label(words, *face, wrap=True))
        box = Card()
        box.restyle("tint", "accent")
        self.key = text_label("\n".join(paper.lines), "mono_strong", wrap=True, selectable=True, called=paper.title)
        box.body.addWidget(self.key)
        page.body.addWidget(box)
        self.problem = Banner()
        self.problem.hide()
        page.body.addWidget(self.problem)
        line = row(gap=8)
        self.save = secondary(self.tr("Save the page to print…"), icon="print")
        self.save.clicked.connect(self._ask_where)
        line.addWidget(self.save)
        line.addStretch(1)
        page.body.addLayout(line)
        self.saved = text_label(paper.foot, "small", "text2", wrap=True)
        page.body.addWidget(self.saved)
        self.have_it = CheckBox(self.tr("I have it on paper, or saved to be printed"))
        page.body.addWidget(self.have_it)
        page.body.addStretch(1)
        behind = parent.window().size()
        self.resize(min(620, behind.width() - 32), min(540, behind.height() - 32))
        self.close_button = primary(self.tr("Done"))
        self.close_button.setEnabled(False)
        self.have_it.toggled.connect(self.close_button.setEnabled)
        self.close_button.clicked.connect(self.accept)
        self.add_buttons(self.close_button)
        self.save.setFocus(Qt.FocusReason.OtherFocusReason)

    def reject(self) -> None:
        """Esc closes only what somebody has."""
        if self.have_it.isChecked():
            super().reject()

    def done(self, result: int) -> None:
        """Forget the key with the dialog."""
        self.key.setText("")
        self._paper = None
        super().done(result)

    def _ask_where(self) -> None:
        if self._paper is None:
            return
        name = "triage-sealed-envelope.pdf" if self._paper.kind == BREAK_GLASS else "triage-recovery-key.pdf"
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Where to write the page"), name)
        if chosen:
            self.save_page(Path(chosen))

    def save_page(self, path: Path) -> None:
        """Write the page: as PDF, or as plain text where the name says so."""
        if self._paper is None:
            return
        try:
            data = self._paper.text().encode() if path.suffix.lower() == ".txt" else pdf(self._paper)
            write_whole(path, data)
        except TriageError as error:
            self.problem.say(error.what, error.do, "amber")
            self.problem.show()
            return
        self.problem.hide()
        self.saved.setText(self.tr("Written to {0}. Print it, seal it, then delete the file.").format(path))


def pdf(paper: Paper) -> bytes:
    """Return the page as PDF."""
    blocks = [
        Block("title", (paper.title.upper(),)), *(Block("paragraph", (words,)) for words in paper.paragraphs),
        Block("heading", paper.lines), Block("paragraph", (paper.foot,)),
    ]  # fmt: skip
    return printing.pdf(blocks, paper.title)
