"""Writing a letter or a call script: a draft filled from the record, edited by hand, and what is still to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from triage_app.domain import letters as rules
from triage_app.services import letter_checks, letters
from triage_app.services.changes import Changes
from triage_app.services.letter_checks import Care
from triage_app.services.letters import Draft
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.messages import Dialog, ask_dialog
from triage_app.ui.text import text_label
from triage_app.ui.widgets import Banner, Choice, FormRow, TextArea, TextField, row

_LINES: Final = 15
_SHOWN_BLANKS: Final = 2


class WriteLetterDialog(FormDialog):
    """Which letter, in which language, what is known, and the words."""

    def __init__(
        self,
        desk: Desk,
        victim: Mapping[str, Any],
        exposure: str,
        parent: QWidget,
        then: Callable[[], None],
        letter: Mapping[str, Any] | None = None,
    ) -> None:
        """``victim`` is the record as ``lookup`` gives it, ``exposure`` what is known now; ``then`` follows keeping.

        ``letter`` is one that was kept and has not gone out, to go on with.
        """
        super().__init__(
            desk, desk.tr("Letter to {0}").format(victim["ref"]), desk.tr("Keep letter"), parent, width=720
        )
        self._victim, self._party = str(victim["id"]), str(victim["party"])
        self._known, self._then = exposure, then
        self._letter = "" if letter is None else str(letter["id"])
        self._drafts: dict[tuple[str, str], str] = {}
        self._first: dict[tuple[str, str], str] = {}
        "Each text as it came, by which it is told whether anybody changed it."
        self.asked: Dialog | None = None
        "The question that is open, if one is."
        self._written: tuple[str, str] | None = None
        kinds = [(kind.code, kind.title["en"]) for kind in letters.fitting(victim)]
        self.kind = Choice(kinds, name=self.tr("Letter"))
        self.language = Choice([("en", self.tr("English")), ("cy", self.tr("Welsh"))], name=self.tr("Language"))
        self.language.set_key(letters.preferred_language(victim))
        line = row(gap=14)
        line.addWidget(FormRow(self.tr("Letter"), self.kind), 2)
        line.addWidget(FormRow(self.tr("Language"), self.language), 1)
        self.exposure = Choice(list(letter_checks.exposure_words().items()), name=self.tr("What is known"))
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
        self.heed = Banner()
        self.heed.hide()
        self.form.body.addWidget(self.heed)
        self.form.body.addLayout(line)
        self.form.body.addLayout(self.known)
        for part in (self.welsh, self.left, self.words):
            self.form.body.addWidget(part)
        self.kind.currentIndexChanged.connect(lambda _: self._choose())
        self.language.currentIndexChanged.connect(lambda _: self._choose())
        self.exposure.currentIndexChanged.connect(lambda _: self._know())
        self.text.textChanged.connect(self._say_left)
        self.cancel.clicked.disconnect(self.reject)
        self.cancel.clicked.connect(self.leave)
        if letter is None:
            self._choose()
        else:
            self._go_on(letter)
        self.kind.setFocus(Qt.FocusReason.OtherFocusReason)
        victim_id = self._victim
        desk.long("", lambda session, _: letters.care_for(session, victim_id), while_alive(self, self._say_care))

    def _say_care(self, found: list[Care]) -> None:
        say_care(self.heed, found)

    def _go_on(self, letter: Mapping[str, Any]) -> None:
        which = (str(letter["code"]), str(letter["language"]))
        for choice, key in zip((self.kind, self.language), which, strict=True):
            choice.blockSignals(True)
            choice.set_key(key)
            choice.setEnabled(False)
            choice.blockSignals(False)
        self.welsh.setVisible(which[1] == "cy")
        self.known_row.setVisible(letters.kinds()[which[0]].states_exposure)
        self._show_because()
        self._first[which] = str(letter["text"])
        self._show(which, str(letter["text"]))

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
        self.text.setReadOnly(True)  # words typed before the draft is there would be lost under it
        self.save.setEnabled(False)
        code, language = wanted

        def drafted(made: Draft) -> None:
            if (self.kind.key(), self.language.key()) == wanted:
                self._first[wanted] = made.text
                self._show(wanted, made.text)

        self.desk.long(
            "", lambda session, _: letters.opened_draft(session, self._victim, code, language),
            while_alive(self, drafted),
        )  # fmt: skip

    def _show(self, which: tuple[str, str], text: str) -> None:
        self.text.setPlainText(text)
        self.text.setReadOnly(False)
        self._written = which
        self._reword(set(letter_checks.levels()) - {self.exposure.key()})
        self.save.setEnabled(True)
        self._say_left()

    def _know(self) -> None:
        self._show_because()
        self._reword(set(letter_checks.levels()) - {self.exposure.key()})

    def _show_because(self) -> None:
        self.because_row.setVisible(not self.known_row.isHidden() and self.exposure.key() != self._known)

    def _reword(self, others: set[str]) -> None:
        """Put the sentence of what is known in the place of another's."""
        if self._written is None:
            return
        text = self._as_known(self.text.toPlainText(), self._written[1], others)
        if text != self.text.toPlainText():
            self.text.setPlainText(text)

    def _as_known(self, text: str, language: str, others: set[str]) -> str:
        said = letter_checks.levels()[self.exposure.key()].sentence(self._party, language)
        for code in others:
            text = text.replace(letter_checks.levels()[code].sentence(self._party, language), said)
        return text

    def changed(self) -> list[tuple[str, str]]:
        """Return which texts somebody changed by hand; that another sentence of what is known stands in one is none."""
        if self._written is not None:
            self._drafts[self._written] = self.text.toPlainText()
        every = set(letter_checks.levels())
        return [
            which
            for which, text in self._drafts.items()
            if self._as_known(text, which[1], every) != self._as_known(self._first[which], which[1], every)
        ]

    def leave(self) -> None:
        """Go away without keeping anything; where something was written, once that is certain.

        ``reject`` asks nothing: a lock hides everything at once.
        """
        changed = self.changed()
        if not changed:
            self.reject()
            return
        self._ask(self.tr("Throw away what you wrote?"), self.tr("Throw it away"), self._names(changed), self.reject)

    def _names(self, texts: list[tuple[str, str]]) -> str:
        return "\n".join(f"{letters.kinds()[code].title['en']} ({self._tongue(tongue)})" for code, tongue in texts)

    def _tongue(self, language: str) -> str:
        return self.tr("Welsh") if language == "cy" else self.tr("English")

    def _ask(self, question: str, do_label: str, detail: str, then: Callable[[], None]) -> None:
        self.asked = ask_dialog(self, question, do_label, detail, dangerous=True)
        self.asked.accepted.connect(then)
        self.asked.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape asks, as the button does."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            event.accept()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window is going away too."""
        event.ignore()
        self.leave()

    def _say_left(self) -> None:
        left = rules.blanks(self.text.toPlainText())
        words = "; ".join(left[:_SHOWN_BLANKS])
        said = self.tr("{0} still to be written: {1}. Until then it is kept as a draft, and neither saved nor sent.")
        self.left.setText(said.format(len(left), words) if left else "")
        self.left.setVisible(bool(left))

    def submit(self) -> None:
        """Keep the letter, as a draft where something is still to be written; ask first where another text is lost."""
        if self._written is None:
            return
        others = [which for which in self.changed() if which != self._written]
        if others:
            self._ask(
                self.tr("Keep this one, and throw away the others you wrote?"), self.tr("Keep this one alone"),
                self._names(others), self._keep,
            )  # fmt: skip
        else:
            self._keep()

    def _keep(self) -> None:
        if self._written is None:
            return
        code, language = self._written
        text, known, because = self.text.toPlainText(), self.exposure.key(), self.because.text()
        if not letters.kinds()[code].states_exposure:
            known = ""
        letter, victim = self._letter, self._victim

        def work(session: Session) -> Changes:
            if letter:
                return letters.rewrite(session, letter, text, exposure=known, because=because)
            return letters.write(session, victim, code, language, text, exposure=known, because=because)

        self.run(work, lambda _: self._then())


def say_care(banner: Banner, found: list[Care]) -> None:
    """Say in a banner what the record asks of whoever writes to a victim; show none where it asks nothing."""
    banner.setVisible(bool(found))
    if found:
        banner.say(found[0].words, " ".join(one.words for one in found[1:]), "red" if found[0].stops else "amber")
