"""Two parts of the exchange screen: this device as others know it, and the bundles sent and merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.services.exchange import Merged
from triage_app.ui.desk import Desk
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import EmptyState, Facts, column, primary, row, secondary


class DevicePanel(QWidget):
    """Who this laptop is to others: its words, its identity file, and whom it trusts."""

    save_requested = Signal()
    trust_requested = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, (Size.PAGE, Size.CARD, Size.PAGE, Size.CARD), 10)
        organisation = desk.organisation_name or desk.organisation
        self._facts = Facts(110)
        self._rows: list[tuple[str, str] | tuple[str, str, str]] = [
            (self.tr("Name"), desk.device_name),
            (self.tr("Organisation"), f"{desk.organisation} {organisation}" if organisation else desk.organisation),
            (self.tr("Nation"), desk.nation or self.tr("not known")),
            (self.tr("Tag"), desk.device_tag, "mono"),
        ]
        lines.addWidget(self._facts)
        lines.addWidget(text_label(self.tr("Its words"), "small", "text2"))
        self.words = text_label("", "h2", wrap=True, selectable=True)
        self.words.setAccessibleName(self.tr("Fingerprint of this device in words"))
        lines.addWidget(self.words)
        lines.addWidget(
            text_label(
                self.tr("Read these words to your colleague over the telephone. The identity file holds no secret: "
                        "send it by any way you like; the words prove that it arrived unchanged."),
                "small", "text2", wrap=True,
            )
        )  # fmt: skip
        self.save = secondary(self.tr("Save identity file"), icon="save")
        self.trust = primary(self.tr("Trust a device"), icon="shield", key="Ctrl T")
        self.save.clicked.connect(self.save_requested)
        self.trust.clicked.connect(self.trust_requested)
        buttons = row(gap=8)
        buttons.addWidget(self.save)
        buttons.addWidget(self.trust)
        buttons.addStretch(1)
        lines.addLayout(buttons)
        lines.addStretch(1)

    def show_words(self, words: str) -> None:
        """Show the fingerprint of this device."""
        self.words.setText(words)
        self._facts.set_rows(self._rows)


class BundleLog(QWidget):
    """What was sent and what was merged, newest first, and what the last merge came to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=0)
        self.table = RowsTable(
            [
                Column("way", self.tr("Way"), 110, sortable=False),
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

    def show_bundles(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show the log."""
        self.table.show_rows(rows)


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
