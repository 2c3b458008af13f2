"""The locked window: a passphrase, the recovery key, or the sealed envelope. Nothing of the store is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from triage_app.errors import TriageError
from triage_app.ui.speaking import language_link, other_language
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import (
    Card,
    CheckBox,
    Choice,
    FormRow,
    Glyph,
    Panel,
    ScrollPage,
    TextField,
    announce,
    column,
    link,
    primary,
    row,
)
from triage_app.ui.widgets.secret_field import SecretField
from triage_app.ui.widgets.top_bar import Mark

WIDTH = 420
"""Logical pixels of the card."""
_TICK_MS = 250
PASSPHRASE, RECOVERY, ENVELOPE = "passphrase", "recovery", "envelope"


@dataclass(frozen=True)
class Paper:
    """What was typed to open the store with a paper."""

    key: str
    passphrase: str
    "The new one."
    responder: str = ""
    "Whose passphrase is lost, where several can unlock the store."
    by: str = ""
    because: str = ""


class UnlockPage(Panel):
    """Passphrase; recovery key or envelope, and with either a new passphrase."""

    unlock_wanted = Signal(str)
    """The passphrase."""
    recovery_wanted = Signal(object)
    """``Paper``: the recovery key."""
    envelope_wanted = Signal(object)
    """``Paper``: the key of the sealed envelope, who and why."""
    without_copy = Signal()
    """The backup that is being made need not be waited for."""
    language_wanted = Signal(str)
    """Another language: its code."""
    restore_wanted = Signal()
    """The store is damaged or missing, and a backup shall be it."""

    def __init__(self, home: Path, parent: QWidget | None = None) -> None:
        """``home`` is where the store lies; it is shown so that nobody unlocks the wrong one."""
        super().__init__("canvas", parent=parent)
        self._way = PASSPHRASE
        self._people: list[str] = []
        self._has_envelope = self._busy = self._closing = False
        self._copy = ""
        self._left: Callable[[], int] = lambda: 0
        self._waiting = QTimer(self)
        self._waiting.setInterval(_TICK_MS)
        self._waiting.timeout.connect(self._tick)
        self.setAccessibleName(self.tr("Locked"))
        card = Card()
        card.setFixedWidth(WIDTH)
        lines = card.body
        head = row(gap=10)
        head.addWidget(Mark(28))
        head.addWidget(text_label(self.tr("Triage"), "h1"))
        head.addStretch(1)
        self.language = language_link()
        self.language.clicked.connect(lambda: self.language_wanted.emit(other_language()))
        head.addWidget(self.language)
        lines.addLayout(head)
        self.words = text_label("", "body", "text2", wrap=True)
        lines.addWidget(self.words)
        self._make_fields()
        for part in self._rows:
            lines.addWidget(part)
        lines.addWidget(self.reveal)
        trouble = row(gap=8)
        self._glyph = Glyph("", Size.ICON)
        self.problem = text_label("", "small", "red", wrap=True, selectable=True)
        trouble.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        trouble.addWidget(self.problem, 1)
        lines.addLayout(trouble)
        self.button = primary(self.tr("Unlock"), key="Enter", wide=True)
        self.other, self.envelope = link(""), link(self.tr("Nobody to be reached? Open the sealed envelope"))
        self.skip = link("")
        self.skip.clicked.connect(self.without_copy)
        self.skip.hide()
        self.restore = link(self.tr("Store damaged or missing? Restore a backup"))
        self.restore.clicked.connect(self.restore_wanted)
        lines.addWidget(self.button)
        for way in (self.other, self.envelope, self.restore, self.skip):
            lines.addWidget(way, 0, Qt.AlignmentFlag.AlignLeft)
        self._place = ElidingLabel(self.tr("Store: {0}").format(home), "cap", "text2", keep="both")
        self._place.setFixedWidth(WIDTH)
        page = ScrollPage((Size.PAGE, 12, Size.PAGE, 12), 12)
        page.body.addStretch(1)
        for shown in (card, self._place):
            line = row(gap=0)
            line.addStretch(1)
            line.addWidget(shown)
            line.addStretch(1)
            page.body.addLayout(line)
        page.body.addStretch(2)
        column(self, gap=0).addWidget(page)
        self.button.clicked.connect(self._go)
        self.other.clicked.connect(lambda: self._take(RECOVERY if self._way == PASSPHRASE else PASSPHRASE))
        self.envelope.clicked.connect(lambda: self._take(ENVELOPE))
        self.land_on(self.passphrase)
        self._take(PASSPHRASE)

    def _make_fields(self) -> None:
        tr = self.tr
        self.passphrase = SecretField(tr("Passphrase"))
        self.recovery = TextField(tr("Eight groups of eight characters"), icon="key")
        self.recovery.setFont(font("mono"))
        self.responder = Choice(name=tr("Whose passphrase is lost"))
        self.by = TextField(tr("Your name, as the journal shall show it"), name=tr("Who you are"))
        self.because = TextField(tr("For example: nobody of the team can be reached"), name=tr("Why"))
        self.fresh = SecretField(tr("A new passphrase, several words"))
        self.again = SecretField(tr("The new passphrase again"))
        self._passphrase_row = FormRow(tr("Passphrase"), self.passphrase)
        self._recovery_row = FormRow(tr("Key, as printed"), self.recovery)
        self._responder_row = FormRow(tr("Whose passphrase is lost"), self.responder)
        self._by_row = FormRow(tr("Who you are"), self.by)
        self._because_row = FormRow(tr("Why it is opened"), self.because)
        self._fresh_row = FormRow(tr("New passphrase"), self.fresh)
        self._again_row = FormRow(tr("And again"), self.again)
        self._rows = (
            self._passphrase_row, self._recovery_row, self._responder_row, self._by_row, self._because_row,
            self._fresh_row, self._again_row,
        )  # fmt: skip
        self.reveal = CheckBox(tr("Show what I type"))
        self.reveal.toggled.connect(self._reveal)
        for field in self._fields():
            field.returnPressed.connect(self._go)
            field.textEdited.connect(lambda _: self.say(None))

    def _fields(self) -> tuple[TextField, ...]:
        return (self.passphrase, self.recovery, self.by, self.because, self.fresh, self.again)

    def set_ways(self, people: Sequence[str], has_envelope: bool) -> None:
        """Say who can unlock the store, and whether there is a sealed envelope: its key file says so to anybody."""
        self._people, self._has_envelope = list(people), has_envelope
        self.responder.set_options([(name, name) for name in people])
        self._take(self._way)

    def show_copy(self, said: str, path: Path) -> None:
        """Say that it is a backup which the passphrase opens, to be read: nothing of the store itself is offered."""
        self._copy = said
        self._place.setText(self.tr("Backup: {0}").format(path))
        for offered in (self.other, self.restore):
            offered.hide()
        self.set_recovering(False)

    def set_recovering(self, recovering: bool) -> None:
        """Ask for the recovery key and a new passphrase, or for the passphrase."""
        self._take(RECOVERY if recovering else PASSPHRASE)

    def _take(self, way: str) -> None:
        """Ask for what one way of opening the store needs."""
        self._way = way
        paper = way != PASSPHRASE
        self._passphrase_row.setVisible(not paper)
        for part in (self._recovery_row, self._fresh_row, self._again_row):
            part.setVisible(paper)
        self._responder_row.setVisible(way == RECOVERY and len(self._people) > 1)
        for part in (self._by_row, self._because_row):
            part.setVisible(way == ENVELOPE)
        self.words.setText(
            {
                PASSPHRASE: self._copy or self.tr("The store is locked. Nothing of it is on the screen."),
                RECOVERY: self.tr(
                    "The recovery key opens the store; the new passphrase replaces the one that is lost. Its use is "
                    "told to everybody who unlocks."
                ),
                ENVELOPE: self.tr(
                    "The envelope opens once. Who you are and why is the first thing the journal keeps, and everybody "
                    "who unlocks is told. You then have a passphrase of your own."
                ),
            }[way]
        )
        lost = self.tr("Passphrase lost? Use the recovery key")
        self.other.setText(self.tr("Use the passphrase") if paper else lost)
        self.other.setVisible(not self._copy)
        self.envelope.setVisible(self._has_envelope and way != ENVELOPE and not self._copy)
        self._show_button()
        self.say(None)
        (self.recovery if paper else self.passphrase).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_button(self) -> None:
        wait = self._left() if self._way == PASSPHRASE else 0
        if self._busy:
            words = self.tr("Unlocking…")
        elif wait:
            words = self.tr("Wait {0}:{1}").format(wait // 60, f"{wait % 60:02}")
        else:
            words = {
                PASSPHRASE: self.tr("Unlock"), RECOVERY: self.tr("Unlock and replace the passphrase"),
                ENVELOPE: self.tr("Open by the sealed envelope"),
            }[self._way]  # fmt: skip
        self.button.setText(words)
        self.button.setEnabled(not (self._busy or self._closing or wait))

    def count_down(self, left: Callable[[], int]) -> None:
        """Let nobody try a passphrase while ``left()`` is not 0, and show the seconds; a printed key does not wait.

        What was said of the last try stays in view meanwhile.
        """
        self._left = left
        if not self.problem.text():
            self.say(
                TriageError(
                    self.tr("Wrong passphrases were tried in a row, so the next try has to wait."),
                    self.tr("The recovery key opens the store at any time."),
                )
            )
        self._waiting.start()
        self._tick()

    def _tick(self) -> None:
        if not self._left():
            self._waiting.stop()
            self._left = lambda: 0
            if self._way == PASSPHRASE:
                self.say(None)
        self._show_button()

    def _reveal(self, shown: bool) -> None:
        for field in (self.passphrase, self.fresh, self.again):
            field.set_shown(shown)

    def _go(self) -> None:
        if not self.button.isEnabled():
            return
        if self._way == PASSPHRASE:
            if self.passphrase.text():
                self.unlock_wanted.emit(self.passphrase.text())
        elif self.fresh.text() != self.again.text():
            self.say(TriageError(self.tr("The two new passphrases differ."), self.tr("Type both again.")))
        elif self.recovery.text().strip() and self.fresh.text():
            whose = self.responder.key() if len(self._people) > 1 else ""
            typed = Paper(self.recovery.text(), self.fresh.text(), whose, self.by.text(), self.because.text())
            (self.recovery_wanted if self._way == RECOVERY else self.envelope_wanted).emit(typed)

    def set_busy(self, busy: bool) -> None:
        """Show that the key is being worked out; that takes half a second by design."""
        self._busy = busy
        self._show_button()

    def set_closing(self, closing: bool, words: str = "", *, may_open: bool = False) -> None:
        """Say that work begun before the lock is still being finished; until then the store does not open again.

        ``may_open`` where only a backup is left to do: who wants to get back in stops it by unlocking.
        """
        self._closing = closing and not may_open
        self.skip.hide()
        self.restore.setVisible(not closing and not self._copy)
        if closing:
            self._show_button()
            usual = self.tr("Locked. What was under way is being finished; then the key is gone.")
            self.words.setText(words or usual)
        else:
            self._take(self._way)

    def say_backing_up(self, share: float | None, *, leaving: bool) -> None:
        """Say how far the backup of the session's end is, None while it is read back."""
        how = self.tr("read back") if share is None else self.tr("{0} % written").format(round(share * 100))
        then = self.tr("The window closes when it is done.") if leaving else self.tr("Unlocking stops it.")
        self.words.setText(self.tr("Locked. A backup is being made: {0}. {1}").format(how, then))
        self.skip.setText(self.tr("Close without it") if leaving else self.tr("Stop it"))
        self.skip.show()

    def say(self, trouble: TriageError | None) -> None:
        """Say in place why it did not open, and what to do; None takes it away."""
        words = f"{trouble.what} {trouble.do}" if trouble is not None else ""
        self._glyph.set_glyph("danger" if words else "")
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.passphrase.set_invalid(bool(words) and self._way == PASSPHRASE)
        if trouble is not None:
            announce(self.problem, words)
            if self._way == PASSPHRASE:
                self.passphrase.selectAll()
                self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def tell(self, words: str) -> None:
        """Say what whoever comes to this page should know, such as that a version was given up; '' says nothing."""
        if words:
            self._glyph.set_glyph("warning")
            self.problem.setText(words)
            self.problem.setVisible(True)
            announce(self.problem, words)

    def forget(self) -> None:
        """Empty every field: no secret stays in the window."""
        for field in self._fields():
            field.clear()
        self.reveal.setChecked(False)
        self._take(PASSPHRASE)
