"""One file that was refused: when, the whole reason, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.respoken import respoken
from triage_app.services import refused_files
from triage_app.services.refused_files import Refusal
from triage_app.services.times import in_words
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import Banner, Landing, ScrollPage, column, row, secondary


class RefusedFilePane(Landing):
    """Beside the summaries of imports, in their place."""

    acted = Signal(str)
    """What was done with it, in words."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.shown: Refusal | None = None
        self.page = ScrollPage((Size.CARD, 14, Size.CARD, 14), 12)
        self.page.setAccessibleName(self.tr("Why the file was refused"))
        self.heading = text_label("", "h2", wrap=True, selectable=True)
        self.when = text_label("", "small", "text2", wrap=True)
        self.state = Banner()
        self.why = text_label("", "body", wrap=True, selectable=True)
        self.advice = text_label("", "body", wrap=True, selectable=True)
        self.forget = secondary(self.tr("Remove from this list"))
        self.forget.clicked.connect(self._forget)
        for part in (
            self.heading, self.when, self.state,
            text_label(self.tr("Why"), "small_strong"), self.why,
            text_label(self.tr("What to do"), "small_strong"), self.advice,
        ):  # fmt: skip
            self.page.body.addWidget(part)
        last = row(gap=8)
        last.addWidget(self.forget)
        last.addStretch(1)
        self.page.body.addLayout(last)
        self.page.body.addStretch(1)
        column(self, gap=0).addWidget(self.page)
        self.land_on(self.forget)

    def show_refusal(self, found: Refusal) -> None:
        """Show one."""
        self.shown = found
        self.heading.setText(found.name)
        self.when.setText(in_words(found.at))
        self.state.say(self.tr("Not imported: nothing of it was kept."))
        self.why.setText(respoken(found.what))
        self.advice.setText(respoken(found.advice))

    def _forget(self) -> None:
        found = self.shown
        if found is None:
            return

        def told(words: str) -> None:
            self.acted.emit(f"{words}.")
            self._desk.changed(refused_files.TOUCHED)

        self._desk.long("", lambda session, _: refused_files.forget(session, found.id), while_alive(self, told))
