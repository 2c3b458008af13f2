"""A part of the exchange screen: bundles of senders that are not trusted here, kept sealed until somebody decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.ui.table import Column
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import EmptyState, Flow, Panel, column, danger, primary, secondary


class AsidePanel(QWidget):
    """A table of senders over what can be done about the current one."""

    trust_requested = Signal(object)
    """The row of the sender."""
    merge_requested = Signal(object)
    card_requested = Signal(object)
    throw_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=0)
        self.table = RowsTable(
            [
                Column("sender", self.tr("Sender"), 190, "title", stretch=True, sortable=False),
                Column("organisation", self.tr("Organisation"), 130, drop=3, sortable=False),
                Column("words", self.tr("Its words"), 330, drop=1, sortable=False),
                Column("files", self.tr("Files"), 56, "count", drop=4, sortable=False),
                Column("size", self.tr("Size"), 76, drop=2, sortable=False),
                Column("at", self.tr("Kept since"), 140, drop=5, sortable=False),
                Column("state", self.tr("Sender is"), 120, sortable=False),
            ],
            self.tr("Bundles kept aside"),
            inset=Size.CARD,
        )
        self.table.set_empty(
            EmptyState(
                self.tr("Nothing is kept aside."),
                self.tr("A bundle of a sender that this laptop does not trust is verified, kept here sealed as it "
                        "came, and merged once you trust the sender."),
            )
        )  # fmt: skip
        lines.addWidget(self.table, 1)
        bar = Panel("surface", "t")
        flow = Flow(gap=8)
        column(bar, (Size.CARD, 10, Size.CARD, 10)).addLayout(flow)
        self.trust = primary(self.tr("Trust the sender"), icon="shield")
        self.merge = primary(self.tr("Merge what it sent"), icon="import")
        self.words = secondary(self.tr("Words and QR code"), icon="eye")
        self.throw = danger(self.tr("Throw away"), icon="trash")
        for button in (self.trust, self.merge, self.words, self.throw):
            flow.addWidget(button)
        self._bar = bar
        lines.addWidget(bar)
        self.trust.clicked.connect(lambda: self._send(self.trust_requested))
        self.merge.clicked.connect(lambda: self._send(self.merge_requested))
        self.words.clicked.connect(lambda: self._send(self.card_requested, "card"))
        self.throw.clicked.connect(lambda: self._send(self.throw_requested))
        self.table.current_changed.connect(lambda _: self._ready())
        self.table.opened.connect(lambda _: self._opened())
        self.table.delete_pressed.connect(lambda: self._send(self.throw_requested))
        self._ready()

    def show_waiting(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show who waits."""
        self.table.show_rows(rows)
        if rows and self.table.current_row() is None:
            self.table.go_to_id(rows[0]["id"])
        self._ready()

    def _ready(self) -> None:
        row = self.table.current_row()
        self._bar.setVisible(row is not None)
        if row is not None:
            self.trust.setVisible(not row["trusted"])
            self.merge.setVisible(bool(row["trusted"]))
            self.words.setVisible(row["card"] is not None)

    def _opened(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self._send(self.merge_requested if row["trusted"] else self.trust_requested)

    def _send(self, wanted: Any, what: str = "") -> None:
        row = self.table.current_row()
        if row is not None:
            wanted.emit(row[what] if what else row)
