"""Writing a letter or a call script: a draft filled from the record, edited by hand, and what is still to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain import letters as rules
from triage_app.services import letters
from triage_app.services.letters import Draft
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import text_label
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField, row

_LINES: Final = 15
_SHOWN_BLANKS: Final = 2


class WriteLetterDialog(FormDialog):
    """Which letter, in which language, what is known, and the words."""

    def __init__(
        self, desk: Desk, victim: Mapping[str, Any], exposure: str, parent: QWidget, then: Callable[[], None]
    ) -> None:
        """``victim`` is the record as ``lookup`` gives it, ``exposure`` what is known now; ``then`` follows keeping."""
        super().__init__(
            desk, desk.tr("Letter to {0}").format(victim["ref"]), desk.tr("Keep letter"), parent, width=720
        )
        self._victim, self._party = str(victim["id"]), str(victim["party"])
        self._known, self._then = exposure, then
        self._drafts: dict[tuple[str, str], str] = {}
        self._written: tuple[str, str] | None = None
        kinds = [(kind.code, kind.title["en"]) for kind in letters.fitting(victim)]
        self.kind = Choice(kinds, name=self.tr("Letter"))
        self.language = Choice([("en", self.tr("English")), ("cy", self.tr("Welsh"))], name=self.tr("Language"))
        self.language.set_key(letters.preferred_language(victim))
        line = row(gap=14)
        line.addWidget(FormRow(self.tr("Letter"), self.kind), 2)
        line.addWidget(FormRow(self.tr("Language"), self.language), 1)
        self.exposure = Choice(list(letters.exposure_words().items()), name=self.tr("What is known"))
        self.exposure.set_key(exposure)
        self.because = TextField(name=self.tr("On what it rests"))
        self.because_row = FormRow(self.tr("On what it rests"), self.because, self.tr("Who looked, at what, and when"))
        self.known = row(gap=14)
        self.known_row = FormRow(self.tr("Was their information seen?"), self.exposure)
        self.known.addWidget(self.known_row, 1, Qt.AlignmentFlag.AlignTop)
        self.known.addWidget(self.because_row, 1, Qt.AlignmentFlag.AlignTop)
        self.text = TextArea(name=self.tr("Words of the letter"), lines=_LINES)
        self.words = FormRow(
            self.tr("Words"), self.text,
            self.tr("The first line is the title, “# ” makes a heading, “- ” a list. Sealed once it is kept."),
        )  # fmt: skip
        self.left = text_label("", "small", "amber", wrap=True)
        self.left.setAccessibleName(self.tr("Still to be written"))
        self.welsh = text_label(
            self.tr("The Welsh text was not read by a translator: have it checked before it goes out."),
            "small", "amber", wrap=True,
        )  # fmt: skip
        self.form.body.addLayout(line)
        self.form.body.addLayout(self.known)
        for part in (self.welsh, self.left, self.words):
            self.form.body.addWidget(part)
        self.kind.currentIndexChanged.connect(lambda _: self._choose())
        self.language.currentIndexChanged.connect(lambda _: self._choose())
        self.exposure.currentIndexChanged.connect(lambda _: self._know())
        self.text.textChanged.connect(self._say_left)
        self._choose()
        self.kind.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self) -> None:
        """Show the draft of what is chosen; what was written of another stays, and comes back with it."""
        if self._written is not None:
            self._drafts[self._written] = self.text.toPlainText()
        wanted = (self.kind.key(), self.language.key())
        self._written = None
        self.welsh.setVisible(wanted[1] == "cy")
        states = letters.kinds()[wanted[0]].states_exposure
        self.known_row.setVisible(states)
        self._show_because()
        if wanted in self._drafts:
            self._show(wanted, self._drafts[wanted])
            return
        self.text.setPlainText("")
        self.save.setEnabled(False)
        code, language = wanted

        def drafted(made: Draft) -> None:
            if (self.kind.key(), self.language.key()) == wanted:
                self._show(wanted, made.text)

        self.desk.long(
            "", lambda session, _: letters.opened_draft(session, self._victim, code, language),
            while_alive(self, drafted),
        )  # fmt: skip

    def _show(self, which: tuple[str, str], text: str) -> None:
        self.text.setPlainText(text)
        self._written = which
        self._reword(set(letters.levels()) - {self.exposure.key()})
        self.save.setEnabled(True)
        self._say_left()

    def _know(self) -> None:
        self._show_because()
        self._reword(set(letters.levels()) - {self.exposure.key()})

    def _show_because(self) -> None:
        self.because_row.setVisible(not self.known_row.isHidden() and self.exposure.key() != self._known)

    def _reword(self, others: set[str]) -> None:
        """Put the sentence of what is known in the place of another's."""
        if self._written is None:
            return
        language, text = self._written[1], self.text.toPlainText()
        said = letters.levels()[self.exposure.key()].sentence(self._party, language)
        for code in others:
            text = text.replace(letters.levels()[code].sentence(self._party, language), said)
        if text != self.text.toPlainText():
            self.text.setPlainText(text)

    def _say_left(self) -> None:
        left = rules.blanks(self.text.toPlainText())
        words = "; ".join(left[:_SHOWN_BLANKS])
        self.left.setText(self.tr("{0} still to be written: {1}").format(len(left), words) if left else "")
        self.left.setVisible(bool(left))

    def submit(self) -> None:
        """Keep the letter."""
        if self._written is None:
            return
        code, language = self._written
        text, known, because = self.text.toPlainText(), self.exposure.key(), self.because.text()
        if not letters.kinds()[code].states_exposure:
            known = ""
        self.run(
            lambda session: letters.write(session, self._victim, code, language, text, exposure=known, because=because),
            lambda _: self._then(),
        )
