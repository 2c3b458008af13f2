"""For whom a bundle is: devices by name, nation and ceiling, a group of them, or whoever has a passphrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from triage_app.errors import TriageError
from triage_app.services import devices, groups
from triage_app.services.groups import Member
from triage_app.services.session import Session
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.passphrase_field import PassphraseField
from triage_app.ui.text import visible
from triage_app.ui.views.nation_words import nation_words
from triage_app.ui.widgets import (
    CheckBox,
    Choice,
    EmptyState,
    FormRow,
    ScrollPage,
    TextField,
    TlpBadge,
    column,
    quiet,
    row,
    secondary,
)

DEVICES: Final = "devices"
ANYBODY: Final = "anybody"
_LIST_HEIGHT: Final = 148
_PEER_ROW: Final = 30

Found = tuple[list[dict[str, Any]], dict[str, list[Member]]]


def read(store: Store) -> Found:
    """Return the peers, and the members of each group."""
    return devices.known_devices(store), {name: groups.members(store, name) for name in groups.names(store)}


class Recipients(QWidget):
    """The first part of the export: nobody is chosen before somebody chooses."""

    changed = Signal()
    trouble = Signal(object)
    """A ``TriageError``: a group that could not be kept or dropped."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.boxes: dict[str, QCheckBox] = {}
        self.peers: list[dict[str, Any]] = []
        self._groups: dict[str, list[Member]] = {}
        self.absent: dict[str, QCheckBox] = {}
        "A tick for each member of the group that may be sent nothing: whether it is left out."
        lines = column(self, gap=8)
        self.way = Choice(
            [
                (DEVICES, self.tr("Devices that I choose")),
                (ANYBODY, self.tr("Somebody without a key: by passphrase")),
            ],
            name=self.tr("For whom"),
        )
        self.way.currentIndexChanged.connect(lambda _: self._way_changed())
        self.group = Choice([("", self.tr("No group"))], name=self.tr("Group")).narrow()
        self.group.currentIndexChanged.connect(lambda _: self._group_chosen())
        top = row(gap=8)
        top.addWidget(FormRow(self.tr("For whom"), self.way), 1)
        self._group_row = FormRow(self.tr("Group"), self.group)
        top.addWidget(self._group_row, 1)
        lines.addLayout(top)
        self._by_name = QWidget()
        self._build_list()
        lines.addWidget(self._by_name)
        self.passphrase = PassphraseField(
            self.tr("Passphrase"), self.tr("Tell it by telephone, never beside the file."), making=True
        )
        self.passphrase.changed.connect(self.changed)
        self.passphrase.hide()
        lines.addWidget(self.passphrase)

    def _build_list(self) -> None:
        lines = column(self._by_name, gap=6)
        self._list = ScrollPage((0, 0, 0, 0), 0)
        lines.addWidget(self._list)
        self._out = QWidget()
        self._out_lines = column(self._out, gap=2)
        lines.addWidget(self._out)
        self._out.hide()
        line = row(gap=8)
        self.keep = quiet(self.tr("Keep these as a group"))
        self.keep.clicked.connect(self._ask_name)
        self.drop = quiet(self.tr("Drop this group"))
        self.drop.clicked.connect(self._drop)
        self.name = TextField(self.tr("Name of the group"), name=self.tr("Name of the group"))
        self.name.returnPressed.connect(self._keep)
        self.save = secondary(self.tr("Keep"))
        self.save.clicked.connect(self._keep)
        for widget in (self.keep, self.drop):
            line.addWidget(widget)
        line.addWidget(self.name, 1)
        line.addWidget(self.save)
        line.addStretch(1)
        self.name.hide()
        self.save.hide()
        lines.addLayout(line)

    def show_found(self, found: Found) -> None:
        """Offer the peers that are trusted, and the groups."""
        chosen = self.chosen()
        self.peers = [peer for peer in found[0] if peer["trusted"]]
        self._groups = dict(found[1])
        if not self.boxes:
            self._show_peers()
        kept = self.group.key()
        self.group.set_options([("", self.tr("No group")), *((name, name) for name in self._groups)])
        self.group.set_key(kept)
        self._group_row.setVisible(bool(self._groups) and self.way.key() == DEVICES)
        for device in chosen:
            self.boxes[device].setChecked(True)
        self._ready()

    def _show_peers(self) -> None:
        if not self.peers:
            self._list.body.addWidget(
                EmptyState(self.tr("This laptop trusts no other device yet."),
                           self.tr("Trust one first: a bundle is sealed for devices that were chosen by name."))
            )  # fmt: skip
        before: QWidget = self.group
        for peer in self.peers:
            line = row(gap=10)
            organisation = peer["organisation_name"] or peer["organisation"]
            words = f"{peer['name']}, {organisation} ({nation_words(peer['nation']) or self.tr('nation not known')})"
            box = CheckBox(visible(words, 120, lines=False).replace("&", "&&"))
            box.setAccessibleName(self.tr("{0}, up to {1}").format(words, peer["ceiling"]))
            box.toggled.connect(lambda _: self._ready())
            box.setFixedHeight(_PEER_ROW)
            self.boxes[peer["id"]] = box
            line.addWidget(box, 1)
            line.addWidget(TlpBadge(peer["ceiling"].removeprefix("TLP:")))
            self._list.body.addLayout(line)
            # They come once the store was read, and would come last to Tab: after Cancel.
            QWidget.setTabOrder(before, box)
            before = box
        self._list.body.addStretch(1)
        self._list.setFixedHeight(min(_LIST_HEIGHT, max(1, len(self.peers)) * _PEER_ROW + 4) if self.peers else 72)

    # -- what is chosen -----------------------------------------------------------------------------------

    def by_passphrase(self) -> bool:
        """Tell whether it is for whoever has the passphrase."""
        return self.way.key() == ANYBODY

    def chosen(self) -> list[str]:
        """Return the ids of the devices chosen."""
        return [] if self.by_passphrase() else [device for device, box in self.boxes.items() if box.isChecked()]

    def names(self) -> list[Mapping[str, Any]]:
        """Return the peers chosen."""
        wanted = set(self.chosen())
        return [peer for peer in self.peers if peer["id"] in wanted]

    def is_ready(self) -> bool:
        """Tell whether it is said for whom, and of every member that gets nothing that it is left out."""
        if self.by_passphrase():
            return self.passphrase.is_good()
        return bool(self.chosen()) and all(box.isChecked() for box in self.absent.values())

    def _way_changed(self) -> None:
        anybody = self.by_passphrase()
        self._by_name.setVisible(not anybody)
        self._group_row.setVisible(bool(self._groups) and not anybody)
        self.passphrase.setVisible(anybody)
        self._ready()

    def _group_chosen(self) -> None:
        members = self._groups.get(self.group.key(), [])
        for device, box in self.boxes.items():
            if self.group.key():
                box.setChecked(any(one.device == device for one in members))
        self._show_absent([one for one in members if one.why_not])
        self._ready()

    def _show_absent(self, members: Sequence[Member]) -> None:
        for box in self.absent.values():
            box.hide()
            box.deleteLater()
        self.absent = {}
        for one in members:
            why = self.tr("revoked") if one.why_not == "revoked" else self.tr("not trusted any more")
            box = CheckBox(self.tr("{0} is {1}: leave it out").format(one.called, why))
            box.toggled.connect(lambda _: self._ready())
            self.absent[one.device] = box
            self._out_lines.addWidget(box)
        self._out.setVisible(bool(members))

    def _ready(self) -> None:
        self.keep.setEnabled(bool(self.chosen()))
        self.drop.setVisible(bool(self.group.key()))
        self.changed.emit()

    # -- groups -------------------------------------------------------------------------------------------

    def _ask_name(self) -> None:
        for widget in (self.name, self.save):
            widget.show()
        self.name.setFocus()

    def _keep(self) -> None:
        name, chosen = self.name.text(), self.chosen()

        def work(session: Session) -> Found:
            groups.make(session, name, chosen)
            return read(session.store)

        def done(found: Found) -> None:
            self.name.hide()
            self.save.hide()
            self.name.clear()
            self.show_found(found)
            self.group.set_key(" ".join(name.split()))

        self._work(work, done)

    def _drop(self) -> None:
        name = self.group.key()

        def work(session: Session) -> Found:
            groups.drop(session, name)
            return read(session.store)

        def done(found: Found) -> None:
            self.group.set_key("")
            self.show_found(found)

        self._work(work, done)

    def _work(self, work: Any, done: Any) -> None:
        def refuse(error: TriageError) -> None:
            self.trouble.emit(error)

        self._desk.long("", lambda session, _: work(session), while_alive(self, done), while_alive(self, refuse))


def absent_words(recipients: Recipients) -> str:
    """Return why an export cannot be written yet for the members of its group, '' where it can."""
    if any(not box.isChecked() for box in recipients.absent.values()):
        return recipients.tr("A member of the group may be sent nothing: say that it is left out, or trust it first.")
    return ""
