"""Parts of the exchange screen: the peers, this device as others know it, and the bundles sent and merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from triage_app.services.exchange import Merged
from triage_app.services.key_cards import KeyCard
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.key_card import KeyWords
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.nation_words import nation_words
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import EmptyState, Facts, Flow, Panel, column, primary, row, secondary


class PeersTable(RowsTable):
    """Every other device known here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        tr = QCoreApplication.translate
        super().__init__(
            [
                Column("peer", tr("PeersTable", "Peer"), 220, "title", stretch=True, sortable=False),
                Column("nation", tr("PeersTable", "Nation"), 92, drop=1, sortable=False),
                Column("ceiling", tr("PeersTable", "Ceiling"), 144, "tlp", sortable=False),
                Column("received", tr("PeersTable", "Last received"), 148, drop=4, sortable=False),
                Column("sent", tr("PeersTable", "Last sent"), 148, drop=2, sortable=False),
                Column("they_lack", tr("PeersTable", "They lack"), 84, "count", drop=3, sortable=False),
                Column("we_lack", tr("PeersTable", "We lack"), 84, "count", drop=5, sortable=False),
                Column("standing", tr("PeersTable", "Trusted"), 136, drop=6, sortable=False),
                Column("gaps", tr("PeersTable", "Gaps"), 116, sortable=False),
            ],
            tr("PeersTable", "Peers"),
            inset=Size.CARD,
            parent=parent,
        )
        self.empty = EmptyState(
            self.tr("This laptop trusts no other device yet."),
            self.tr("Ask a colleague for the identity file of their laptop, and compare its words by telephone."),
            self.tr("Trust a device"),
        )
        self.set_empty(self.empty)


class DevicePanel(QWidget):
    """Who this laptop is to others: its words, its identity file, and whom it trusts."""

    save_requested = Signal()
    trust_requested = Signal()
    print_requested = Signal(object)
    """``KeyCard``: a page of it is wanted."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, (Size.PAGE, Size.CARD, Size.PAGE, Size.CARD), 10)
        organisation = desk.organisation_name or desk.organisation
        self._facts = Facts(110)
        self._rows: list[tuple[str, str] | tuple[str, str, str]] = [
            (self.tr("Name"), desk.device_name),
            (self.tr("Organisation"), f"{desk.organisation} {organisation}" if organisation else desk.organisation),
            (self.tr("Nation"), nation_words(desk.nation) or self.tr("not known")),
            (self.tr("Tag"), desk.device_tag, "mono"),
        ]
        lines.addWidget(self._facts)
        self.key = KeyWords(self.tr("Fingerprint of this device in words"))
        self.words = self.key.words
        self.key.under.addWidget(
            text_label(
                self.tr("Read these words to your colleague over the telephone. The identity file holds no secret: "
                        "send it by any way you like; the words prove that it arrived unchanged."),
                "small", "text2", wrap=True,
            )
        )  # fmt: skip
        lines.addWidget(self.key)
        self.save = secondary(self.tr("Save identity file"), icon="save")
        self.trust = primary(self.tr("Trust a device"), icon="shield", key="Ctrl T")
        self.save.clicked.connect(self.save_requested)
        self.trust.clicked.connect(self.trust_requested)
        self.page = secondary(self.tr("Page to print"), icon="print")
        self.page.clicked.connect(self._print)
        self._card: KeyCard | None = None
        buttons = Flow(gap=8)
        for button in (self.save, self.page, self.trust):
            buttons.addWidget(button)
        lines.addLayout(buttons)
        lines.addStretch(1)

    def show_card(self, card: KeyCard | None) -> None:
        """Show the fingerprint of this device, as words and as a code."""
        self._card = card
        self.key.show_card(card)
        self._facts.set_rows(self._rows)

    def _print(self) -> None:
        if self._card is not None:
            self.print_requested.emit(self._card)


class BundleLog(QWidget):
    """What was sent and what was merged, newest first; a receipt can be written for what was merged."""

    receipt_requested = Signal(str)
    """The id of the merged bundle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=0)
        self.table = RowsTable(
            [
                Column("way", self.tr("Way"), 136, sortable=False),
                Column("at", self.tr("When"), 150, sortable=False),
                Column("peer", self.tr("Peer"), 200, "title", stretch=True, sortable=False),
                Column("counts", self.tr("What it held"), 380, drop=1, sortable=False),
            ],
            self.tr("Bundles sent and merged"),
            inset=Size.CARD,
        )
        self.table.strong_current = False
        self.table.set_empty(
            EmptyState(
                self.tr("No bundle has been sent or merged yet."),
                self.tr("Export to peers writes a sealed file that you carry to them; Merge a bundle takes theirs in."),
            )
        )
        lines.addWidget(self.table, 1)
        self._bar = Panel("surface", "t")
        line = row(gap=12)
        column(self._bar, (Size.CARD, 10, Size.CARD, 10)).addLayout(line)
        self.receipt = secondary(self.tr("Write a receipt"), icon="document")
        self._why = text_label("", "small", "text2", wrap=True)
        line.addWidget(self.receipt)
        line.addWidget(self._why, 1)
        lines.addWidget(self._bar)
        self.receipt.clicked.connect(self._write)
        self.table.current_changed.connect(lambda _: self._ready())
        self._ready()

    def show_bundles(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show the log."""
        self.table.show_rows(rows)
        self._ready()

    def _chosen(self) -> Mapping[str, Any] | None:
        """Return the merged bundle that a receipt would be for: the current one, else the newest."""
        current = self.table.current_row()
        if current is not None:
            return current if current["merged"] else None
        return next((one for one in self.table.rows() if one["merged"]), None)

    def _ready(self) -> None:
        chosen = self._chosen()
        self._bar.setVisible(any(one["merged"] for one in self.table.rows()))
        self.receipt.setEnabled(chosen is not None)
        words = self.tr("Tells {0} what arrived, so that its next bundle is smaller.")
        none = self.tr("A receipt is for a bundle that was merged.")
        self._why.setText(words.format(chosen["peer"]) if chosen is not None else none)

    def _write(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.receipt_requested.emit(str(chosen["id"]))


def merged_words(merged: Merged, tr: QWidget) -> str:
    """Return what a merge came to, in one sentence that counts everything."""
    sender = merged.sender.get("name") or merged.sender.get("device", "")[:8]
    parts = [
        tr.tr("{0} applied").format(merged.applied),
        tr.tr("{0} already here").format(merged.already),
        tr.tr("{0} withheld by TLP").format(merged.withheld),
        tr.tr("{0} pending").format(merged.pending),
        tr.tr("{0} refused").format(merged.refused),
        tr.tr("{0} new evidence rows").format(merged.evidence_new),
    ]
    return tr.tr("From {0}: {1}.").format(sender, ", ".join(parts))
