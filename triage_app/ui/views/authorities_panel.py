"""A part of the exchange screen: the authorities known here, and what can be done with the key of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.domain.certificates import ORGANISATION
from triage_app.services.key_cards import KeyCard
from triage_app.ui.table import Column
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import EmptyState, Flow, Panel, column, primary, secondary


class AuthoritiesPanel(QWidget):
    """A table of authorities over what can be done; the current one is what a button means."""

    make_requested = Signal()
    import_requested = Signal()
    trust_requested = Signal()
    card_requested = Signal(object)
    save_requested = Signal(object)
    certify_requested = Signal()
    export_requested = Signal(object)
    stop_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=0)
        self.table = RowsTable(
            [
                Column("name", self.tr("Authority"), 190, "title", stretch=True, sortable=False),
                Column("role", self.tr("Role"), 190, drop=2, sortable=False),
                Column("organisation", self.tr("Organisation"), 230, drop=1, sortable=False),
                Column("trusted", self.tr("Trusted"), 110, sortable=False),
                Column("here", self.tr("Its key"), 116, drop=4, sortable=False),
                Column("certified", self.tr("Certified"), 78, "count", drop=3, sortable=False),
            ],
            self.tr("Authorities"),
            inset=Size.CARD,
        )
        empty = EmptyState(
            self.tr("No authority is known here."),
            self.tr("An authority is a key that vouches for the laptops of an organisation, and puts lost ones out. "
                    "Make the key of your own organisation, or trust the one that a desk hands you."),
        )  # fmt: skip
        self.table.set_empty(empty)
        lines.addWidget(self.table, 1)
        bar = Panel("surface", "t")
        inner = column(bar, (Size.CARD, 10, Size.CARD, 10))
        flow = Flow(gap=8)
        inner.addLayout(flow)
        self.certify = primary(self.tr("Certify devices"), icon="tick")
        self.words = secondary(self.tr("Words and QR code"), icon="eye")
        self.save = secondary(self.tr("Save its file"), icon="save")
        self.export = secondary(self.tr("Export the key"), icon="export")
        self.trust = secondary(self.tr("Trust an authority"), icon="shield")
        self.make = secondary(self.tr("Make our key"), icon="key")
        self.take = secondary(self.tr("Import a key"), icon="import")
        self.stop = secondary(self.tr("Stop trusting"), icon="close")
        for button in (
            self.certify, self.words, self.save, self.export, self.stop, self.trust, self.make, self.take,
        ):  # fmt: skip
            flow.addWidget(button)
        lines.addWidget(bar)
        self.certify.clicked.connect(self.certify_requested)
        self.words.clicked.connect(lambda: self._with_card(self.card_requested))
        self.save.clicked.connect(lambda: self._with_row(self.save_requested))
        self.export.clicked.connect(lambda: self._with_card(self.export_requested))
        self.stop.clicked.connect(lambda: self._with_row(self.stop_requested))
        self.trust.clicked.connect(self.trust_requested)
        self.make.clicked.connect(self.make_requested)
        self.take.clicked.connect(self.import_requested)
        self.table.opened.connect(lambda _: self._with_card(self.card_requested))
        self.table.current_changed.connect(lambda _: self._ready())
        self._ready()

    def show_authorities(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show what is known."""
        self.table.show_rows(rows)
        if rows and self.table.current_row() is None:
            self.table.go_to_id(rows[0]["id"])
        self._ready()

    def keys(self) -> list[tuple[str, str]]:
        """Return the authorities whose keys are here: id and name."""
        return [(row["id"], row["card"].name) for row in self.table.rows() if row["held"]]

    def may_certify(self, organisation: str) -> bool:
        """Tell whether a key that is here certifies laptops of an organisation."""
        cards = [row["card"] for row in self.table.rows() if row["held"]]
        return any(card.role != ORGANISATION or card.organisation == organisation for card in cards)

    def current(self) -> Mapping[str, Any] | None:
        """Return the row that the buttons are about."""
        return self.table.current_row()

    def _ready(self) -> None:
        row = self.current()
        self.certify.setVisible(bool(self.keys()))
        self.words.setVisible(row is not None)
        self.save.setVisible(row is not None)
        self.export.setVisible(row is not None and bool(row["held"]))
        self.stop.setVisible(row is not None and bool(row["believed"]))

    def _with_card(self, wanted: Any) -> None:
        row = self.current()
        if row is not None:
            card: KeyCard = row["card"]
            wanted.emit(card)

    def _with_row(self, wanted: Any) -> None:
        row = self.current()
        if row is not None:
            wanted.emit(row)
