"""The lower half of the exchange screen: conflicts, bundles, what is kept aside, one peer, authorities, this device."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from triage_app.ui.desk import Desk
from triage_app.ui.tokens import Size
from triage_app.ui.views.aside_panel import AsidePanel
from triage_app.ui.views.authorities_panel import AuthoritiesPanel
from triage_app.ui.views.conflict_pane import ConflictPane
from triage_app.ui.views.exchange_acts import ExchangeActs
from triage_app.ui.views.exchange_panels import BundleLog, DevicePanel, PeersTable
from triage_app.ui.views.exchange_reading import ExchangeRead
from triage_app.ui.views.peer_panel import PeerPanel
from triage_app.ui.widgets import Card, Tabs

_LEAST = 384
"""Least height: two values of a conflict with their facts, and the buttons."""


class ExchangeTabs(Card):
    """A tab for each part; the acts of each are those of ``ExchangeActs``."""

    certify_requested = Signal()

    def __init__(self, desk: Desk, acts: ExchangeActs, peers: PeersTable, parent: QWidget | None = None) -> None:
        """``peers`` is the table above: its current row is the peer that is shown."""
        super().__init__(inset=1, parent=parent)
        self._acts, self._peers = acts, peers
        self.body.setContentsMargins(1, 1, 1, 1)
        self.body.setSpacing(0)
        self.setMinimumHeight(_LEAST)
        self.tabs = Tabs("surface", Size.CARD)
        self.pane = ConflictPane()
        self.log = BundleLog()
        self.log.receipt_requested.connect(lambda bundle: acts.write_receipt(bundle))
        self.aside = self._aside()
        self.authorities = self._authorities()
        self.peer = self._peer()
        self.device = DevicePanel(desk)
        self.device.save_requested.connect(lambda: acts.save_identity())
        self.device.trust_requested.connect(lambda: acts.trust())
        self.device.print_requested.connect(acts.show_card)
        stack = QStackedWidget()
        pages: dict[str, QWidget] = {}
        for key, title, widget in (
            ("conflicts", self.tr("Conflicts"), self.pane),
            ("bundles", self.tr("Bundles"), self.log),
            ("aside", self.tr("Kept aside"), self.aside),
            ("peer", self.tr("Peer"), self.peer),
            ("authorities", self.tr("Authorities"), self.authorities),
            ("device", self.tr("This device"), self.device),
        ):
            self.tabs.add(key, title)
            pages[key] = widget
            stack.addWidget(widget)
        self.tabs.changed.connect(lambda key: stack.setCurrentWidget(pages[key]))
        self.body.addWidget(self.tabs)
        self.body.addWidget(stack, 1)

    def _aside(self) -> AsidePanel:
        panel, acts = AsidePanel(), self._acts
        panel.trust_requested.connect(acts.trust_sender)
        panel.merge_requested.connect(acts.merge_kept)
        panel.card_requested.connect(acts.show_card)
        panel.throw_requested.connect(acts.throw_away)
        acts.aside_wanted.connect(lambda: self.tabs.go_to("aside"))
        return panel

    def _authorities(self) -> AuthoritiesPanel:
        panel, acts = AuthoritiesPanel(), self._acts
        panel.make_requested.connect(acts.make_key)
        panel.import_requested.connect(acts.import_key)
        panel.trust_requested.connect(lambda: acts.trust())
        panel.card_requested.connect(acts.show_card)
        panel.save_requested.connect(acts.save_authority)
        panel.certify_requested.connect(self.certify_requested)
        panel.export_requested.connect(acts.export_key)
        panel.stop_requested.connect(acts.stop_trusting)
        return panel

    def _peer(self) -> PeerPanel:
        panel, acts = PeerPanel(), self._acts
        panel.card_requested.connect(acts.show_card)
        panel.trust_requested.connect(acts.trust)
        panel.certify_requested.connect(lambda data: acts.certify(self.authorities.keys(), data))
        panel.revoke_requested.connect(acts.revoke)
        self._peers.current_changed.connect(lambda _: self._show_peer())
        self._peers.opened.connect(lambda _: self.tabs.go_to("peer"))
        return panel

    def _show_peer(self) -> None:
        row = self._peers.current_row()
        code = str(row["organisation"]) if row is not None else ""
        self.peer.show_peer(row, has_key=self.authorities.may_certify(code))

    def show_read(self, found: ExchangeRead) -> None:
        """Show what was read; the counts stand on the tabs."""
        self.pane.show_conflicts(found.conflicts)
        self.log.show_bundles(found.bundles)
        last = next((one for one in found.bundles if one["merged"]), None)
        if last is not None and not self.pane.last_merge():
            self.pane.show_last_merge(self.tr("{0}, {1}. {2}.").format(last["at"], last["peer"], last["counts"]))
        self.aside.show_waiting(found.waiting)
        self.authorities.show_authorities(found.authorities)
        self.device.show_card(found.card)
        self._show_peer()
        counts = {
            "conflicts": len(found.conflicts), "bundles": len(found.bundles), "authorities": len(found.authorities),
            "aside": sum(row["files"] for row in found.waiting),
        }  # fmt: skip
        for key, count in counts.items():
            self.tabs.set_count(key, str(count) if count else "")
