"""The first start: who and for whom, a passphrase, the recovery key on paper. Four steps in the window itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.formats.key_slots import RECOVERY
from triage_app.paths import write_whole
from triage_app.services import passphrases, set_by_it
from triage_app.services.changes import Clock
from triage_app.services.organisations import Meant, known_organisations, meant
from triage_app.services.papers import Paper
from triage_app.services.passphrases import FAIR_BITS, MIN_PASSPHRASE, STRONG_BITS
from triage_app.ui.dialogs.paper_page import pdf
from triage_app.ui.speaking import language_link, other_language
from triage_app.ui.text import set_role, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.nation_words import nation_words
from triage_app.ui.widgets import (
    Card,
    CheckBox,
    Choice,
    FormRow,
    ModeBanner,
    Panel,
    ProgressLine,
    Radio,
    ScrollPage,
    TextField,
    announce,
    column,
    link,
    primary,
    row,
    secondary,
)
from triage_app.ui.widgets.secret_field import SecretField
from triage_app.ui.widgets.top_bar import Mark

WIDTH = 560
NATIONS = ("England", "Wales", "Scotland", "Northern Ireland")


@dataclass(frozen=True)
class Wanted:
    """What the first steps asked."""

    organisation: str
    organisation_name: str
    nation: str
    responder: str
    device: str
    passphrase: str
    purpose: str
    """``live``, ``exercise`` or ``demonstration``."""


def strength(passphrase: str) -> tuple[float, str, str]:
    """Return how strong a passphrase looks: share of a bar from 0 to 1, a word, a colour role.

    A guess at this store's costs half a second and 128 MiB; sixty bits are then out of reach of anybody.
    """
    tr = QCoreApplication.translate
    if len(passphrase) < MIN_PASSPHRASE:
        short = tr("FirstRun", "Too short: at least {0} characters").format(MIN_PASSPHRASE)
        return min(len(passphrase) / MIN_PASSPHRASE, 1) * 0.2, short, "red"
    bits = passphrases.bits(passphrase)
    if bits >= STRONG_BITS:
        return 1.0, tr("FirstRun", "Strong"), "ok"
    if bits >= FAIR_BITS:
        return 0.7, tr("FirstRun", "Fair: another word would make it strong"), "amber"
    return 0.4, tr("FirstRun", "Weak: use several words"), "amber"


class FirstRunPage(Panel):
    """Makes no store itself: it asks, and says what it was told."""

    found_wanted = Signal(object)
    """``Wanted``."""
    finished = Signal(str, bool)
    """The passphrase, and whether sample alerts are wanted."""
    language_wanted = Signal(str)
    """Another language: its code."""
    restore_wanted = Signal()
    """There is a backup that shall be the store."""

    def __init__(self, home: Path, now: Clock, parent: QWidget | None = None) -> None:
        super().__init__("canvas", parent=parent)
        self._home = home
        self._now = now
        self._key_text = ""
        self.setAccessibleName(self.tr("First start"))
        self.banner = ModeBanner()
        self.problem = text_label("", "small", "red", wrap=True, selectable=True)
        # No stack: each step is as high as it needs, or the button of a short one would lie below the window.
        self.steps = (self._who(), self._secret(), self._paper())
        self.at = 0
        """Which of them is shown."""
        self.back = secondary(self.tr("Back"))
        self.next = primary(self.tr("Next"), key="Enter")
        self._step_words = text_label("", "small", "text2")
        card = Card()
        card.setMaximumWidth(WIDTH)
        head = row(gap=10)
        head.addWidget(Mark(28))
        head.addWidget(text_label(self.tr("Set up this laptop"), "h1"))
        head.addStretch(1)
        head.addWidget(self._step_words)
        self.language = language_link()
        self.language.clicked.connect(lambda: self.language_wanted.emit(other_language()))
        head.addWidget(self.language)
        card.body.addLayout(head)
        for step in self.steps:
            card.body.addWidget(step)
        card.body.addWidget(self.problem)
        foot = row(gap=8)
        self.restore = link(self.tr("Restore a backup instead"))
        self.restore.clicked.connect(self.restore_wanted)
        foot.addWidget(self.restore)
        foot.addStretch(1)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        card.body.addLayout(foot)
        page = ScrollPage((Size.PAGE, 12, Size.PAGE, 12), 0)
        middle = row(gap=0)
        middle.addStretch(1)
        middle.addWidget(card, 100)
        middle.addStretch(1)
        page.body.addStretch(1)
        page.body.addLayout(middle)
        page.body.addStretch(2)
        whole = column(self, gap=0)
        whole.addWidget(self.banner)
        whole.addWidget(page, 1)
        self.back.clicked.connect(lambda: self._go_to(self.at - 1))
        self.next.clicked.connect(self.go_on)
        for field in (self.organisation, self.responder):
            field.textChanged.connect(lambda _: self._corrected())
        for field in (self.first, self.second):
            field.textChanged.connect(lambda _: self.say(None))
        self._go_to(0)

    # -- the steps ----------------------------------------------------------------------------------------

    def _who(self) -> QWidget:
        step = QWidget()
        lines = column(step, gap=10)
        words = self.tr("Everything stays on this laptop, encrypted. It takes two minutes.")
        lines.addWidget(text_label(words, "body", "text2", wrap=True))
        self.organisation = TextField(self.tr("Type its name or its code"), name=self.tr("Organisation"))
        self._listed = {f"{one['code']} {one['name']}": one for one in known_organisations()}
        taken = self.organisation.offer(list(self._listed))
        # The field shows what was taken in full before this is heard of, and only then the code alone.
        taken.activated.connect(lambda words: QTimer.singleShot(0, self, lambda: self._take(str(words))))
        self.organisation.editingFinished.connect(self._name_it)
        self.organisation_name = TextField(self.tr("For example Northmoor University Hospitals"))
        self.nation = Choice([(each, nation_words(each)) for each in NATIONS], name=self.tr("Nation"))
        self.responder = TextField(self.tr("As the record shall show it"), name=self.tr("Your name"))
        self.device = TextField(self.tr("For example Duty laptop 2"), name=self.tr("Name of this laptop"))
        self._organisation_row = FormRow(self.tr("Organisation (ODS code)"), self.organisation)
        self._responder_row = FormRow(self.tr("Your name"), self.responder)
        lines.addWidget(self._organisation_row)
        pair = row(gap=12)
        pair.addWidget(FormRow(self.tr("Name of the organisation"), self.organisation_name), 2)
        pair.addWidget(FormRow(self.tr("Nation"), self.nation), 1)
        lines.addLayout(pair)
        pair = row(gap=12)
        pair.addWidget(self._responder_row, 1)
        pair.addWidget(FormRow(self.tr("Name of this laptop"), self.device), 1)
        lines.addLayout(pair)
        self.purpose = QButtonGroup(self)
        choices = column(gap=4)
        lines.addLayout(choices)
        choices.addWidget(text_label(self.tr("What is it for?"), "small_strong"))
        for key, text in (
            ("live", self.tr("Real work")),
            ("exercise", self.tr("An exercise: marked on every screen, never mixed with real work")),
            ("demonstration", self.tr("Trying it out, with sample alerts that we invented")),
        ):
            if key != "live" and not set_by_it.offers_practice():
                continue
            radio = Radio(text)
            radio.setProperty("purpose", key)
            self.purpose.addButton(radio)
            choices.addWidget(radio)
        if not set_by_it.offers_practice():
            words = self.tr("Your IT department has switched off exercises and demonstrations on this computer.")
            choices.addWidget(text_label(words, "cap", "text2", wrap=True))
        self.purpose.buttons()[0].setChecked(True)
        self.purpose.buttonToggled.connect(lambda *_: self._show_mode())
        return step

    def _secret(self) -> QWidget:
        step = QWidget()
        lines = column(step, gap=10)
        words = self.tr(
            "Several words that only you know. It cannot be looked up or reset; the next step prints a way back."
        )
        lines.addWidget(text_label(words, "body", "text2", wrap=True))
        self.first, self.second = SecretField(self.tr("Passphrase")), SecretField(self.tr("Passphrase again"))
        lines.addWidget(FormRow(self.tr("Passphrase"), self.first))
        meter = row(gap=10)
        self.meter = ProgressLine(160)
        self.meter_words = text_label("", "small", "text2")
        meter.addWidget(self.meter)
        meter.addWidget(self.meter_words, 1)
        lines.addLayout(meter)
        lines.addWidget(FormRow(self.tr("Passphrase again"), self.second))
        show = CheckBox(self.tr("Show what I type"))
        show.toggled.connect(self._reveal)
        lines.addWidget(show)
        lines.addStretch(1)
        self.first.textChanged.connect(self._measure)
        self._measure("")
        return step

    def _paper(self) -> QWidget:
        step = QWidget()
        lines = column(step, gap=10)
        words = self.tr(
            "This recovery key opens the store when the passphrase is lost. It is shown this once and kept nowhere. "
            "Print it, or write it down, and seal it where a thief of this laptop does not find it."
        )
        lines.addWidget(text_label(words, "body", "text2", wrap=True))
        box = Card()
        box.restyle("tint", "accent")
        self.key = text_label("", "mono_strong", wrap=True, selectable=True, called=self.tr("Recovery key"))
        box.body.addWidget(self.key)
        lines.addWidget(box)
        buttons = row(gap=8)
        self.save = secondary(self.tr("Save the page to print…"), icon="print")
        self.save.clicked.connect(self._ask_where)
        copy = secondary(self.tr("Copy"), icon="copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._key_text))
        buttons.addWidget(self.save)
        buttons.addWidget(copy)
        buttons.addStretch(1)
        lines.addLayout(buttons)
        self.saved = text_label("", "small", "text2", wrap=True)
        lines.addWidget(self.saved)
        self.have_it = CheckBox(self.tr("I have it on paper or in a safe place"))
        self.samples = CheckBox(self.tr("Take in the sample alerts now"))
        lines.addWidget(self.have_it)
        lines.addWidget(self.samples)
        lines.addStretch(1)
        self.have_it.toggled.connect(lambda _: self._enable())
        return step

    def _take(self, words: str) -> None:
        """Fill in the organisation that was chosen from the list."""
        one = self._listed.get(words)
        if one is not None:
            self.organisation.setText(one["code"])
            self.organisation_name.setText(one["name"])
            self.nation.set_key(one["nation"])

    def _name_it(self) -> None:
        """Where a code of the list or a name was typed, say whose it is."""
        typed, code = self.organisation.text().strip(), self._meant().code
        known = next((words for words, one in self._listed.items() if one["code"] == code), "")
        if known and (typed.upper() != code or not self.organisation_name.text().strip()):
            self._take(known)

    def _meant(self) -> Meant:
        return meant(self.organisation.text(), {one["code"]: one["name"] for one in self._listed.values()})

    def _show_mode(self) -> None:
        """Show the banner that such a store will have on every screen."""
        chosen = self.purpose.checkedButton()
        words = {
            "exercise": self.tr("Exercise. Nothing here is real, and live stores refuse its bundles."),
            "demonstration": self.tr("Demonstration. Every alert, name and organisation here is invented."),
        }.get(str(chosen.property("purpose")) if chosen is not None else "", "")
        self.banner.set_text(words)

    # -- moving -------------------------------------------------------------------------------------------

    def _go_to(self, number: int) -> None:
        self.at = at = max(0, number)
        for place, step in enumerate(self.steps):
            step.setVisible(place == at)
        self._step_words.setText(self.tr("Step {0} of {1}").format(at + 1, len(self.steps)))
        self.back.setVisible(at == 1)
        self.restore.setVisible(at == 0)
        self.language.setVisible(at < 2)  # it makes the page anew, and the key is shown this once
        self.next.setText((self.tr("Next"), self.tr("Make the store"), self.tr("Open it"))[at])
        self.say(None)
        self._enable()
        self._begin()

    def _begin(self) -> None:
        (self.organisation, self.first, self.have_it)[self.at].setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the first question: a page that comes into a window has forgotten what had the focus."""
        super().showEvent(event)
        self._begin()

    def _enable(self) -> None:
        self.next.setEnabled(self.at != 2 or self.have_it.isChecked())

    def go_on(self) -> None:
        """Take the next step, if this one is answered."""
        at = self.at
        if not self.next.isEnabled():
            return
        if at == 0:
            self._name_it()
            fits, named = self._fits(), self._named()
            if self._meant().several:
                code_words = self.tr("Several are called so. Choose one from the list, or type its ODS code.")
            else:
                code_words = self.tr("The ODS code: letters and digits, for example RXX.")
            self._organisation_row.set_problem("" if fits else code_words)
            self._responder_row.set_problem("" if named else self.tr("The record needs a name."))
            if fits and named:
                self._go_to(1)
            else:
                (self.responder if fits else self.organisation).setFocus(Qt.FocusReason.OtherFocusReason)
        elif at == 1:
            if self.first.text() != self.second.text():
                self.say(TriageError(self.tr("The two passphrases differ."), self.tr("Type both again.")))
            elif len(self.first.text()) < MIN_PASSPHRASE:
                self.say(TriageError(strength(self.first.text())[1] + ".", self.tr("Use several words.")))
            else:
                self.next.setEnabled(False)
                self.next.setText(self.tr("Making it…"))
                self.found_wanted.emit(self.wanted())
        else:
            self.finished.emit(self.first.text(), self.samples.isChecked())

    def _fits(self) -> bool:
        code = self._meant().code
        return 2 <= len(code) <= 12 and code.isalnum() and code.isascii()

    def _named(self) -> bool:
        return bool(self.responder.text().strip())

    def _corrected(self) -> None:
        """Take away what was said against a field that is right now."""
        if self._fits():
            self._organisation_row.set_problem("")
        if self._named():
            self._responder_row.set_problem("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the next step, from wherever it is pressed."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.go_on()
            event.accept()
        else:
            super().keyPressEvent(event)

    def go_on_from(self, before: FirstRunPage) -> None:
        """Hold what another page of the first start was told, in its language: before a store was made."""
        for ours, theirs in (
            (self.organisation, before.organisation), (self.organisation_name, before.organisation_name),
            (self.responder, before.responder), (self.device, before.device),
            (self.first, before.first), (self.second, before.second),
        ):  # fmt: skip
            ours.setText(theirs.text())
        self.nation.set_key(before.nation.key())
        for radio, other in zip(self.purpose.buttons(), before.purpose.buttons(), strict=True):
            if other.isChecked():
                radio.setChecked(True)
        self._go_to(before.at)

    def wanted(self) -> Wanted:
        """Return what was answered."""
        chosen = self.purpose.checkedButton()
        return Wanted(
            self.organisation.text().strip().upper(), " ".join(self.organisation_name.text().split()),
            self.nation.key(), " ".join(self.responder.text().split()), " ".join(self.device.text().split()),
            self.first.text(),
            str(chosen.property("purpose")) if chosen is not None else "live",
        )  # fmt: skip

    def show_key(self, recovery_key: str) -> None:
        """Show the recovery key of the store that was just made."""
        self._key_text = recovery_key
        groups = recovery_key.split("-")
        half = (len(groups) + 1) // 2
        self.key.setText("  ".join(groups[:half]) + "\n" + "  ".join(groups[half:]))
        demonstration = self.wanted().purpose == "demonstration"
        self.samples.setVisible(demonstration)
        self.samples.setChecked(demonstration)
        self._go_to(2)

    def say(self, trouble: TriageError | None) -> None:
        """Say what went wrong and what to do; None takes it away."""
        words = f"{trouble.what} {trouble.do}" if trouble is not None else ""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        if trouble is not None:
            announce(self.problem, words)
            at = self.at
            self.next.setText((self.tr("Next"), self.tr("Make the store"), self.tr("Open it"))[at])
            self.next.setEnabled(True)

    def _measure(self, typed: str) -> None:
        share, word, role = strength(typed) if typed else (0.0, "", "text2")
        self.meter.set_share(share)
        self.meter_words.setText(word)
        set_role(self.meter_words, role)

    def _reveal(self, shown: bool) -> None:
        for field in (self.first, self.second):
            field.set_shown(shown)

    def _ask_where(self) -> None:
        heading = self.tr("Where to write the page")
        name, _ = QFileDialog.getSaveFileName(self, heading, "triage-recovery-key.pdf")
        if name:
            self.save_key(Path(name))

    def save_key(self, path: Path) -> None:
        """Write a page with the key, to be printed and then deleted: as PDF, or as text where the name says so."""
        wanted = self.wanted()
        laptop = " ".join(part for part in (wanted.organisation, wanted.device or wanted.responder) if part)
        paper = Paper(RECOVERY, self._key_text, laptop, self._now())
        try:
            data = paper.text().encode() if path.suffix.lower() == ".txt" else pdf(paper)
            write_whole(path, data)
        except TriageError as error:
            self.say(error)
            return
        self.saved.setText(self.tr("Written to {0}. Print it, then delete the file.").format(path))

    def forget(self) -> None:
        """Empty what is secret."""
        for field in (self.first, self.second):
            field.clear()
        self.key.setText("")
        self._key_text = ""
