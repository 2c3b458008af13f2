"""A part of the exchange screen: the peer that is current in the table, in full, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from triage_app.ui.tokens import Size
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import EmptyState, Facts, Flow, Panel, ScrollPage, column, danger, primary, secondary


class PeerPanel(QWidget):
    """Facts over what can be done."""

    card_requested = Signal(object)
    """``KeyCard``."""
    trust_requested = Signal(bytes)
    """Its identity file, kept here."""
    certify_requested = Signal(bytes)
    revoke_requested = Signal(object)
    """The row of the device."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: Mapping[str, Any] | None = None
        self._has_key = False
        self._stack = QStackedWidget()
        outer = column(self, gap=0)
        outer.addWidget(self._stack)
        nobody = EmptyState(
            self.tr("No peer is chosen."), self.tr("Choose one in the table above; Enter opens it here.")
        )
        holder = QWidget()
        column(holder, (Size.PAGE, Size.CARD, Size.PAGE, Size.CARD)).addWidget(nobody)
        self._stack.addWidget(holder)
        self._stack.addWidget(self._filled())

    def _filled(self) -> QWidget:
        made = QWidget()
        lines = column(made, gap=0)
        page = ScrollPage((Size.PAGE, Size.CARD, Size.PAGE, Size.CARD), 10)
        self.facts = Facts(140)
        page.body.addWidget(self.facts)
        page.body.addStretch(1)
        lines.addWidget(page, 1)
        bar = Panel("surface", "t")
        flow = Flow(gap=8)
        column(bar, (Size.CARD, 10, Size.CARD, 10)).addLayout(flow)
        self.words = secondary(self.tr("Words and QR code"), icon="eye")
        self.trust = primary(self.tr("Trust this device"), icon="shield")
        self.certify = secondary(self.tr("Certify"), icon="tick")
        self.revoke = danger(self.tr("Revoke"), icon="close")
        for button in (self.trust, self.words, self.certify, self.revoke):
            flow.addWidget(button)
        lines.addWidget(bar)
        self.words.clicked.connect(lambda: self._send(self.card_requested, "card"))
        self.trust.clicked.connect(lambda: self._send(self.trust_requested, "file"))
        self.certify.clicked.connect(lambda: self._send(self.certify_requested, "file"))
        self.revoke.clicked.connect(lambda: self._send(self.revoke_requested, ""))
        return made

    def row(self) -> Mapping[str, Any] | None:
        """Return the device shown, or None."""
        return self._row

    def show_peer(self, row: Mapping[str, Any] | None, *, has_key: bool) -> None:
        """Show a device as the table has it; ``has_key`` tells whether a key that certifies is here."""
        self._row, self._has_key = row, has_key
        self._stack.setCurrentIndex(0 if row is None else 1)
        if row is None:
            return
        known, revoked = bool(row["known"]), bool(row["revoked"])
        self.facts.set_rows(self._rows(row))
        self.words.setVisible(known)
        self.trust.setVisible(known and not row["trusted"] and not self._by_authority(row))
        self.certify.setVisible(known and has_key and not revoked and row["organisation"] != "")
        self.revoke.setVisible(known)

    @staticmethod
    def _by_authority(row: Mapping[str, Any]) -> bool:
        """Tell whether it was revoked for good: then it is not offered to be trusted."""
        return bool(row["revoked"] and row.get("revoked_for_good"))

    def _rows(self, row: Mapping[str, Any]) -> list[tuple[str, str]]:
        tr = self.tr
        name = f"{row['name']}, {row['organisation']} {row['organisation_name']}".strip()
        found = [(tr("Device"), harmless(name))]
        if not row["known"]:
            return [*found, (tr("Trust"), tr("Nobody has handed this laptop its identity file yet."))]
        found.append((tr("Trust"), self._trust_words(row)))
        if row["revoked"]:
            words = tr("Counts up to operation {0}; {1} that are held here do not count")
            found.append((tr("Revoked"), words.format(row["cutoff"], row["uncounted"])))
        if row["confirms"]:
            found.append((tr("Category"), tr("It may confirm the category of an incident")))
        found.append((tr("Held of it"), tr("{0} operations").format(row["held"])))
        found += [
            (tr("Has received"), self._received(row)),
            (tr("Last bundle in"), row["last_in"]),
            (tr("Last bundle out"), row["last_out"]),
            (tr("They lack"), self._lack(row, "they_lack", "they_miss_words")),
            (tr("We lack"), self._lack(row, "we_lack", "we_miss_words")),
            (tr("Gaps"), row["gap_words"] or tr("none")),
            (tr("Withheld"), self._withheld(row)),
        ]
        return found

    def _lack(self, row: Mapping[str, Any], count: str, words: str) -> str:
        if row["has_of_ours"] is None and not isinstance(row[count], int):
            return self.tr("Not known: it has not said yet what it holds")
        return (
            self.tr("{0} operations: {1}").format(row[count], harmless(row[words])) if row[words] else self.tr("none")
        )

    def _withheld(self, row: Mapping[str, Any]) -> str:
        words = self.tr("{0} of its operations are withheld from us; {1} are withheld from it, as it last said")
        return words.format(row["withheld_from_us"], row["withheld_from_it"])

    def _received(self, row: Mapping[str, Any]) -> str:
        if row["has_of_ours"] is None:
            return self.tr("Not known: it has sent neither a bundle nor a receipt")
        words = self.tr("Our operations up to {0} of {1}, as it said {2}")
        received = row["received"]
        return words.format(row["has_of_ours"], row["ours"], received.text if received is not None else "")

    def _trust_words(self, row: Mapping[str, Any]) -> str:
        certified = self.tr("Certified by {0}").format(row["certifier"]) if row["certifier"] else ""
        if row["revoked"]:
            return self.tr("Revoked for good") if row.get("revoked_for_good") else self.tr("Left out by this laptop")
        if row["decided"]:
            return self.tr("Trusted by this laptop") + (f". {certified}" if certified else "")
        return certified if row["trusted"] else self.tr("Not trusted")

    def _send(self, wanted: Any, what: str) -> None:
        if self._row is not None:
            wanted.emit(self._row[what] if what else self._row)
