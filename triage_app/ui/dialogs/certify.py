"""Certifying: a desk vouches for its laptops with its authority's key, one after the other or forty at once.

The words of each are compared before anything is signed, and only those that were are certified.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.formats.identity import PublicIdentity
from triage_app.language import plural
from triage_app.services import certifying, key_cards
from triage_app.services.changes import Changes
from triage_app.services.key_cards import KeyCard
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.store import peers
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.trust_device import LIMIT
from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
from triage_app.ui.widgets import Banner, CheckBox, Choice, FormRow, Line, ScrollPage, column, primary, row, secondary


@dataclass(frozen=True)
class _Found:
    """A file that was read."""

    name: str
    data: bytes
    card: KeyCard | None
    trouble: TriageError | None


class CertifyDialog(Dialog):
    """Choose identity files, compare the words of each, certify those compared."""

    certified = Signal(int)
    """How many were certified."""

    def __init__(
        self, desk: Desk, keys: Sequence[tuple[str, str]], parent: QWidget | None = None, data: bytes = b""
    ) -> None:
        """``keys`` are the authorities whose keys are here, (id, name); ``data`` one device's file, known already."""
        super().__init__(desk.tr("Certify devices"), parent=parent)
        self._desk = desk
        self._data: dict[str, bytes] = {}
        self.boxes: dict[str, CheckBox] = {}
        self.setMinimumWidth(600)
        self.trouble = Banner()
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        self.intro = text_label(
            self.tr("Whoever believes the authority trusts the laptops that it certifies. Choose their identity files, "
                    "and compare the words of each with its people: by telephone, or with the laptop in hand. A "
                    "certificate cannot be taken back; a laptop that is lost is revoked."),
            "body", "text2", wrap=True,
        )  # fmt: skip
        self.body.addWidget(self.intro)
        self.key = Choice(keys, name=self.tr("Signed by"))
        if len(keys) != 1:
            self.body.addWidget(FormRow(self.tr("Signed by"), self.key))
        self.choose = secondary(self.tr("Choose identity files"), icon="document")
        self.choose.clicked.connect(lambda: self._choose())
        self.own = secondary(self.tr("This laptop itself"), icon="laptop")
        self.own.clicked.connect(lambda: self.read_own())
        ways = row(gap=8)
        ways.addWidget(self.choose)
        ways.addWidget(self.own)
        ways.addStretch(1)
        self.body.addLayout(ways)
        self._list = ScrollPage((0, 0, 8, 0), 10)
        self._list.body.addStretch(1)
        self._list.hide()
        self.body.addWidget(self._list, 1)
        self.cancel = secondary(self.tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.certify = primary(self.tr("Certify"))
        self.certify.clicked.connect(self._certify)
        self.by_ctrl_enter(self.certify)
        self.add_buttons(self.cancel, self.certify)
        self._ready()
        if data:
            self.choose.hide()
            self.own.hide()
            self._read(lambda _: [("", data)])

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, self.tr("Identity files"))
        if chosen:
            self.read_files([Path(name) for name in chosen])

    def read_files(self, paths: Sequence[Path]) -> None:
        """Read identity files, those chosen before stay; the words of forty take two seconds, aside."""
        some = list(paths)

        def contents(_: Store) -> list[tuple[str, bytes]]:
            found = []
            for path in some:
                try:
                    with path.open("rb") as file:
                        found.append((path.name, file.read(LIMIT)))
                except OSError:
                    found.append((path.name, b""))
            return found

        self._read(contents)

    def read_own(self) -> None:
        """Take this laptop's own identity among those to be certified."""
        device, name = self._desk.device, self._desk.device_name
        self.own.setEnabled(False)
        self._read(lambda store: [(name, peers.identities(store)[device])])

    def _read(self, contents: Callable[[Store], list[tuple[str, bytes]]]) -> None:
        def work(store: Store, progress: Progress, _: object) -> list[_Found]:
            read = contents(store)
            found = []
            for number, (name, data) in enumerate(read):
                progress(number, len(read))
                try:
                    card = key_cards.of_device(PublicIdentity.from_bytes(data))
                except TriageError as error:
                    found.append(_Found(name, data, None, error))
                else:
                    found.append(_Found(name, data, card, None))
            return found

        self._desk.aside(work, while_alive(self, self._show))

    def _show(self, found: Sequence[_Found]) -> None:
        bad = [one for one in found if one.trouble is not None]
        self.trouble.setVisible(bool(bad))
        if bad and bad[0].trouble is not None:
            more = self.tr(" And {0} more.").format(len(bad) - 1) if len(bad) > 1 else ""
            self.trouble.say(f"{bad[0].name}: {bad[0].trouble.what}", bad[0].trouble.do + more)
        for one in found:
            if one.card is not None and one.card.id not in self.boxes:
                self._add(one.card, one.data)
        self._list.setVisible(bool(self.boxes))
        self._ready()
        self.fit(self._list, 620)

    def _add(self, card: KeyCard, data: bytes) -> None:
        self._data[card.id] = data
        part = QWidget()
        lines = column(part, gap=4)
        if self.boxes:
            lines.addWidget(Line())
        lines.addWidget(text_label(f"{card.name}, {card.body}", "small_strong", wrap=True))
        lines.addWidget(text_label(card.words, "h3", wrap=True, selectable=True))
        box = CheckBox(self.tr("I have compared these words with its people, or with the laptop in hand"))
        box.setAccessibleName(self.tr("The words of {0} were compared: {1}").format(card.name, card.words))
        box.toggled.connect(lambda _: self._ready())
        lines.addWidget(box)
        self.boxes[card.id] = box
        self._list.body.insertWidget(self._list.body.count() - 1, part)

    def _ready(self) -> None:
        count = sum(box.isChecked() for box in self.boxes.values())
        self.certify.setEnabled(bool(count))
        words = plural(max(count, 1), "Certify this device", "Certify {0} devices").format(count)
        self.certify.setText(words if count else self.tr("Certify"))
        self.choose.setText(self.tr("Choose more files") if self.boxes else self.tr("Choose identity files"))

    def _certify(self) -> None:
        files = [self._data[device] for device, box in self.boxes.items() if box.isChecked()]
        key = self.key.key()
        self.certify.setEnabled(False)
        desk = self._desk

        def work(session: Session, progress: Progress) -> tuple[list[Changes], list[TriageError]]:
            return certifying.certify_all(session, files, key, progress)

        shown = while_alive(self, self._done)

        def done(found: tuple[list[Changes], list[TriageError]]) -> None:
            for changes in found[0]:
                desk.changed(changes)
            shown(found)

        desk.long(self.tr("Certifying devices"), work, done, while_alive(self, self._refuse))

    def _refuse(self, error: TriageError) -> None:
        self.trouble.say(error.what, error.do)
        self.trouble.show()
        self._ready()

    def _done(self, found: tuple[list[Changes], list[TriageError]]) -> None:
        done, refused = found
        self.certified.emit(len(done))
        if not refused:
            self.accept()
            return
        for changes in done:
            self.boxes[changes.id].setChecked(False)
            self.boxes[changes.id].setEnabled(False)
            self.boxes[changes.id].setText(self.tr("Certified"))
        self._refuse(refused[0])
