"""Trusting another laptop, or an authority that vouches for many: its words are compared before anything is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.domain import certificates, tlp
from triage_app.errors import TriageError
from triage_app.formats.authority import PublicAuthority
from triage_app.formats.identity import PublicIdentity
from triage_app.language import plural
from triage_app.services import certifying, devices, key_cards
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.key_card import KeyWords, role_words
from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
from triage_app.ui.views.nation_words import nation_words
from triage_app.ui.widgets import (
    Banner,
    CheckBox,
    Choice,
    Facts,
    FormRow,
    ScrollPage,
    TlpBadge,
    primary,
    row,
    secondary,
)

LIMIT: Final = 1 << 17
"Bytes of an identity file that are read; a real one has about 700."
_WIDTH: Final = 620


class TrustDialog(Dialog):
    """Choose an identity or authority file, compare its words, choose the relation, trust."""

    trusted = Signal(str)
    """The name of the device or authority that is trusted now."""

    def __init__(self, desk: Desk, parent: QWidget | None = None, data: bytes = b"") -> None:
        """``data`` is a file that is here already: of a sender whose bundle was kept aside."""
        super().__init__(desk.tr("Trust a device or an authority"), parent=parent)
        self._desk = desk
        self._data = b""
        self._public: PublicIdentity | PublicAuthority | None = None
        self.setMinimumWidth(560)
        self.choose = secondary(self.tr("Choose its file"), icon="document")
        self.choose.clicked.connect(lambda: self._choose())
        self._trouble = Banner()
        self._trouble.hide()
        self.body.addWidget(self._trouble)
        self._intro = text_label(
            self.tr("Choose the identity file that the other laptop wrote, or the file of an authority. It holds no "
                    "secret and decides nothing by itself."), "body", "text2", wrap=True,
        )  # fmt: skip
        self.body.addWidget(self._intro)
        self.body.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)
        self._shown = ScrollPage((6, 6, 8, 6), 10)
        self.body.addWidget(self._shown, 1)
        self._build_shown()
        cancel = secondary(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.trust = primary(self.tr("Trust this device"))
        self.trust.setEnabled(False)
        self.trust.clicked.connect(self._trust)
        self.by_ctrl_enter(self.trust)
        self.add_buttons(cancel, self.trust)
        if data:
            self.choose.hide()
            self.read_bytes(data)

    def _build_shown(self) -> None:
        lines = self._shown.body
        self._facts = Facts(110)
        lines.addWidget(self._facts)
        self.key = KeyWords(self.tr("Fingerprint in words"))
        self.words = self.key.words
        lines.addWidget(self.key)
        self.compared = CheckBox(self.tr("I have heard these words, in this order, from a person I know there"))
        self.compared.toggled.connect(lambda _: self._ready())
        self.key.under.addWidget(
            text_label(self.tr("A camera reads the whole key from the code."), "small", "text2", wrap=True)
        )
        lines.addWidget(self.compared)
        self.relation = Choice(name=self.tr("What that laptop is to this one")).narrow()
        self.relation.currentIndexChanged.connect(lambda _: self._ready())
        line = row(gap=8)
        line.addWidget(FormRow(self.tr("What that organisation is to this one"), self.relation), 1)
        self._badge = TlpBadge("")
        line.addWidget(self._badge)
        lines.addLayout(line)
        self.means = text_label("", "small", "text2", wrap=True)
        lines.addWidget(self.means)
        self.confirms = Banner()
        self.confirms.hide()
        lines.addWidget(self.confirms)
        lines.addStretch(1)
        self._shown.hide()

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Identity or authority file"))
        if chosen:
            self.read_file(Path(chosen))

    def read_file(self, path: Path) -> None:
        """Read an identity or authority file and show its words; refusals are said in place."""
        try:
            with path.open("rb") as file:
                data = file.read(LIMIT)
        except OSError:
            self._shown.hide()
            self._public = None
            self._refuse(TriageError(self.tr("{0} could not be read.").format(path.name), self.tr("Choose it again.")))
            return
        self.read_bytes(data)

    def read_bytes(self, data: bytes) -> None:
        """Show whose file this is."""
        self._shown.hide()
        self._public = None
        self._data = data
        try:
            public = key_cards.read_public(data)
        except TriageError as error:
            self._refuse(error)
        else:
            self._trouble.hide()
            self._show(public)
        self._ready()

    def _refuse(self, error: TriageError) -> None:
        self._trouble.say(error.what, error.do, "amber")
        self._trouble.show()
        self._ready()

    def _show(self, public: PublicIdentity | PublicAuthority) -> None:
        self._public = public
        card = key_cards.of(public)
        self._intro.setText(
            self.tr("Telephone the people at {0} on a number you already have, not one from this file, and ask them "
                    "to read the words on their screen.").format(public.organisation_name or public.organisation)
        )  # fmt: skip
        facts: list[tuple[str, str] | tuple[str, str, str]] = [
            (self.tr("Name"), public.name),
            (self.tr("What it is"), role_words(card.role)),
            (self.tr("Organisation"), card.body),
            (self.tr("Nation"), nation_words(public.nation) or self.tr("not known")),
        ]
        if isinstance(public, PublicIdentity):
            people = plural(public.slots, "one responder", "{0} responders").format(public.slots)
            facts.append((self.tr("Unlocked by"), people))
        self._facts.set_rows(facts)
        self.key.show_card(card)
        self.compared.setChecked(False)
        self.relation.set_options(self._relations(public))
        self.trust.setText(self.tr("Trust this authority") if card.role else self.tr("Trust this device"))
        self._shown.show()
        self._ready()
        self.fit(self._shown, _WIDTH)
        self.hand_on(self.compared, self.choose)

    def _relations(self, public: PublicIdentity | PublicAuthority) -> list[tuple[str, str]]:
        if public.organisation == self._desk.organisation:
            return [("same", self.tr("Our own organisation"))]
        return [
            ("peer", self.tr("A peer: another trust")),
            ("parent", self.tr("A parent: a desk that we report to")),
            ("client", self.tr("A client: an organisation that we look after")),
        ]

    def _ready(self) -> None:
        self.trust.setEnabled(self._public is not None and self.compared.isChecked())
        word = self.relation.key()
        if not word or self._public is None:
            return
        label = tlp.ceiling(devices.RELATIONS[word])
        self._badge.set_label(label.removeprefix("TLP:"))
        if isinstance(self._public, PublicAuthority):
            self.means.setText(self._believing(self._public, label))
        else:
            words = self.tr("It may be sent at most {0}. RED leaves only for a reader whom you name.")
            self.means.setText(words.format(label))
        self._say_confirms()

    def _believing(self, public: PublicAuthority, label: str) -> str:
        """Return what believing an authority comes to."""
        body = public.organisation_name or public.organisation
        words = self.tr("Every laptop of {0} that it certifies is trusted here from then on, and may be sent at most "
                        "{1}. Of those that it revokes, nothing counts after the operation it names.")  # fmt: skip
        found = words.format(body, label)
        if public.role != certificates.ORGANISATION:
            more = self.tr("It may vouch for laptops of other organisations too: those are peers, at most {0}.")
            found += " " + more.format(tlp.ceiling(tlp.Relation.PEER))
        return found

    def _say_confirms(self) -> None:
        public = self._public
        confirming = isinstance(public, PublicAuthority) and public.role in certificates.CONFIRMING
        self.confirms.setVisible(confirming)
        if public is not None and confirming:
            body = public.organisation_name or public.organisation
            self.confirms.say(
                self.tr("The laptops of {0} that it certifies may confirm the category of an incident.").format(body),
                self.tr("Believe it only if you are sure that this is the key of the NCSC or of law enforcement."),
            )

    def _trust(self) -> None:
        data, relation = self._data, self.relation.key()
        name = self._public.name if self._public is not None else ""
        is_authority = isinstance(self._public, PublicAuthority)

        def work(session: Session) -> Changes:
            if is_authority:
                return certifying.believe(session, data, "" if relation == "same" else relation)[0]
            return devices.trust_device(session, data, relation)[0]

        def done(_: Changes) -> None:
            self.trusted.emit(name)
            self.accept()

        self._desk.act(work, while_alive(self, done), while_alive(self, self._refuse))
