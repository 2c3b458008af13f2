"""Trusting another laptop: its words are shown, and compared by telephone, before anything is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.domain import tlp
from triage_app.errors import TriageError
from triage_app.formats.identity import PublicIdentity
from triage_app.services import devices
from triage_app.services.changes import Changes
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
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

_WIDTH: Final = 560


class TrustDialog(Dialog):
    """Choose an identity file, compare its words, choose the relation, trust."""

    trusted = Signal(str)
    """The name of the device that is trusted now."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.tr("Trust a device"), parent=parent)
        self._desk = desk
        self._data = b""
        self._public: PublicIdentity | None = None
        self.setMinimumWidth(_WIDTH)
        self.choose = secondary(self.tr("Choose identity file"), icon="document")
        self.choose.clicked.connect(lambda: self._choose())
        self._trouble = Banner()
        self._trouble.hide()
        self.body.addWidget(self._trouble)
        self._intro = text_label(
            self.tr("Choose the identity file that the other laptop wrote. It holds no secret and decides nothing "
                    "by itself."), "body", "text2", wrap=True,
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
        self.add_buttons(cancel, self.trust)

    def _build_shown(self) -> None:
        lines = self._shown.body
        self._facts = Facts(110)
        lines.addWidget(self._facts)
        lines.addWidget(text_label(self.tr("Its words"), "small", "text2"))
        self.words = text_label("", "h2", wrap=True, selectable=True)
        self.words.setAccessibleName(self.tr("Fingerprint in words"))
        lines.addWidget(self.words)
        self.compared = CheckBox(self.tr("I have heard these words, in this order, from a person I know there"))
        self.compared.toggled.connect(lambda _: self._ready())
        lines.addWidget(self.compared)
        self.relation = Choice(name=self.tr("What that laptop is to this one"))
        self.relation.currentIndexChanged.connect(lambda _: self._ready())
        line = row(gap=8)
        line.addWidget(FormRow(self.tr("What that laptop is to this one"), self.relation), 1)
        self._badge = TlpBadge("")
        line.addWidget(self._badge)
        lines.addLayout(line)
        self._ceiling = text_label("", "small", "text2", wrap=True)
        lines.addWidget(self._ceiling)
        self._shown.hide()

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Identity file"))
        if chosen:
            self.read_file(Path(chosen))

    def read_file(self, path: Path) -> None:
        """Read an identity file and show its words; refusals are said in place."""
        self._shown.hide()
        self._public = None
        try:
            with path.open("rb") as file:
                self._data = file.read(LIMIT)
            public = PublicIdentity.from_bytes(self._data)
        except OSError:
            self._refuse(TriageError(self.tr("{0} could not be read.").format(path.name), self.tr("Choose it again.")))
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

    def _show(self, public: PublicIdentity) -> None:
        self._public = public
        self._intro.setText(
            self.tr("Telephone the people at {0} on a number you already have, not one from this file, and ask them "
                    "to read the words on their screen.").format(public.organisation_name or public.organisation)
        )  # fmt: skip
        people = self.tr("one responder") if public.slots == 1 else self.tr("{0} responders").format(public.slots)
        self._facts.set_rows(
            [
                (self.tr("Name"), public.name),
                (self.tr("Organisation"), f"{public.organisation} {public.organisation_name}".strip()),
                (self.tr("Nation"), public.nation or self.tr("not known")),
                (self.tr("Unlocked by"), people),
            ]
        )
        self.words.setText(" ".join(public.fingerprint_words))
        self.compared.setChecked(False)
        same = public.organisation == self._desk.organisation
        options = [("same", self.tr("A laptop of our own organisation"))] if same else [
            ("peer", self.tr("A peer: another trust")),
            ("parent", self.tr("A parent: a desk that we report to")),
            ("client", self.tr("A client: an organisation that we look after")),
        ]  # fmt: skip
        self.relation.set_options(options)
        self._shown.show()
        self._ready()
        self.fit(self._shown, _WIDTH)

    def _ready(self) -> None:
        self.trust.setEnabled(self._public is not None and self.compared.isChecked())
        word = self.relation.key()
        if word:
            label = tlp.ceiling(devices.RELATIONS[word])
            self._badge.set_label(label.removeprefix("TLP:"))
            self._ceiling.setText(
                self.tr("It may be sent at most {0}. RED leaves only for a reader whom you name.").format(label)
            )

    def _trust(self) -> None:
        data, relation = self._data, self.relation.key()
        name = self._public.name if self._public is not None else ""

        def done(_: Changes) -> None:
            self.trusted.emit(name)
            self.accept()

        self._desk.act(
            lambda session: devices.trust_device(session, data, relation)[0],
            while_alive(self, done),
            while_alive(self, self._refuse),
        )
