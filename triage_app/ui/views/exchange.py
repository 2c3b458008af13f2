"""The exchange: whom this laptop trusts, what they lack and we lack, bundles out and in, and the conflict inbox."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from triage_app.errors import TriageError
from triage_app.language import plural
from triage_app.services import conflicts
from triage_app.services.changes import Changes
from triage_app.services.exchange import Merged
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.export_bundle import ExportDialog
from triage_app.ui.dialogs.merge_bundle import MergeDialog
from triage_app.ui.dialogs.trust_device import TrustDialog
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command, follow_single_keys
from triage_app.ui.views.conflict_acts import ConflictActs
from triage_app.ui.views.conflict_reading import Conflict
from triage_app.ui.views.exchange_acts import ExchangeActs
from triage_app.ui.views.exchange_banners import ArrivedBanner, GapBanner, RevokedBanner
from triage_app.ui.views.exchange_panels import PeersTable, merged_words
from triage_app.ui.views.exchange_reading import ExchangeRead, read
from triage_app.ui.views.exchange_tabs import ExchangeTabs
from triage_app.ui.widgets import Banner, Card, ResultLine, ScrollPage, column, primary, row, secondary

_PEERS_SHOWN = 6


class ExchangeView(ScrollPage):
    """The place “Exchange”."""

    open_record = Signal(str, str)
    count_changed = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__((0, 0, 0, 0), 0, parent)
        self._desk = desk
        self._stale = False
        self._wanted = ""
        self.acts = ExchangeActs(desk, self)
        self.acts.said.connect(self._said)
        self.acts.refused.connect(self.show_trouble)
        self.acts.merged.connect(self._merged)
        self.setAccessibleName(self.tr("Exchange"))
        page = column(margins=(Size.PAGE, 14, Size.PAGE, 14), gap=12)
        self.body.addLayout(page, 1)
        page.addLayout(self._head())
        self._trouble = Banner()
        self._trouble.hide()
        page.addWidget(self._trouble)
        self.revoked = RevokedBanner()
        page.addWidget(self.revoked)
        self.watched = ArrivedBanner()
        page.addWidget(self.watched)
        self.peers = PeersTable()
        self.peers.empty.acted.connect(self.trust_device)
        card = Card(inset=1)
        card.body.setContentsMargins(1, 1, 1, 1)
        card.body.addWidget(self.peers)
        page.addWidget(card)
        self.gap = GapBanner()
        self.gap.acted.connect(lambda: self.tabs.go_to("device"))
        page.addWidget(self.gap)
        self.parts = ExchangeTabs(desk, self.acts, self.peers)
        self._take_over(self.parts)
        page.addWidget(self.parts, 1)
        self.peers.opened.connect(lambda _: self._show_tabs())
        self.result = ResultLine()
        self._settled = ""
        self.result.undo_requested.connect(self._take_back)
        desk.acted.connect(self._acted)
        self.body.addWidget(self.result)
        self._actions = self._make_actions()
        self.tabs.changed.connect(lambda _: self._enable())
        self._enable()
        desk.store_changed.connect(self._changed)
        self.refresh()

    # -- parts --------------------------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        line = row(gap=8)
        words = column(gap=0)
        words.addWidget(text_label(self.tr("Exchange"), "h1"))
        self._summary = text_label("", "small", "text2", wrap=True)
        words.addWidget(self._summary)
        line.addLayout(words, 1)
        self.merge_button = secondary(self.tr("Merge a bundle"), icon="import", key="Ctrl M")
        self.export_button = primary(self.tr("Export to peers"), icon="export", key="Ctrl E")
        self.merge_button.clicked.connect(lambda: self.merge_bundles())
        self.export_button.clicked.connect(lambda: self.export_bundle())
        line.addWidget(self.merge_button)
        line.addWidget(self.export_button)
        return line

    def _take_over(self, lower: ExchangeTabs) -> None:
        self.tabs, self.pane, self.log, self.aside = lower.tabs, lower.pane, lower.log, lower.aside
        self.peer, self.authorities, self.device = lower.peer, lower.authorities, lower.device
        lower.certify_requested.connect(self.certify_devices)
        self.acts.aside_changed.connect(self.refresh)
        self.pane.take_requested.connect(self._take)
        self.pane.value_entered.connect(self._enter)
        self.settling = ConflictActs(self._desk, self.pane)
        self.settling.settled.connect(self._settled_by)
        self.settling.refused.connect(self.show_trouble)
        self.pane.incident_requested.connect(lambda incident: self.open_record.emit("incident", incident))

    def _make_actions(self) -> dict[str, list[QAction]]:
        tr = self.tr
        of_place = [
            command(self, tr("Merge a bundle…"), "Ctrl+M", tr("Take in what another laptop sent"), self.merge_bundles),
            command(self, tr("Export to peers…"), "Ctrl+E", tr("Write a sealed file for chosen laptops"),
                    self.export_bundle),
            command(self, tr("Trust a device or an authority…"), "Ctrl+T", tr("Compare the words of its file first"),
                    self.trust_device),
            command(self, tr("Save identity file…"), "", tr("The file by which others come to trust this laptop"),
                    self.save_identity),
            command(self, tr("Make our key…"), "", tr("The authority that certifies the laptops of this organisation"),
                    self.acts.make_key),
            command(self, tr("Revoke the current device…"), "", tr("Lost or stolen: say up to where it counts"),
                    self.revoke_device),
            command(self, tr("Certify devices…"), "", tr("Vouch for laptops with the key that is held here"),
                    self.certify_devices),
        ]  # fmt: skip
        of_conflict = [
            command(self, tr("Take the first value"), "1", tr("Settle this conflict with the value at the left"),
                    lambda: self._key_take(0)),
            command(self, tr("Take the second value"), "2", tr("Settle this conflict with the value at the right"),
                    lambda: self._key_take(1)),
            command(self, tr("Enter another value"), "4", tr("Settle this conflict with a value of your own"),
                    self.pane.enter_another),
            command(self, tr("Decide later"), "S", tr("Leave this conflict and go to the next"),
                    self.pane.decide_later),
            *self.settling.commands(self),
        ]  # fmt: skip
        for action in of_place:  # these work wherever one is: the dialogs need nothing of this place
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        self.undo = command(self, tr("&Undo this"), "U", tr("Take back what was settled last here"), self._take_back)
        follow_single_keys(self._desk, self, [*of_conflict, self.undo], undo=self.result)
        self._of_conflict = of_conflict
        return {"Exchange": [*of_place, *of_conflict, self.undo]}

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return this place's actions by menu."""
        return self._actions

    # -- reading ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read everything again."""
        own, now = self._desk.device, self._desk.now()

        def reading(store: Store) -> ExchangeRead:
            return read(store, own, now)

        self._desk.query(reading, while_alive(self, self._show))

    def _changed(self, _: Changes) -> None:
        if self.isVisible():
            self.refresh()
        else:
            self._stale = True

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was done while another place was shown; let the acts on a conflict act."""
        super().showEvent(event)
        self._enable()
        if self._stale:
            self._stale = False
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep the acts on a conflict from acting unseen."""
        super().hideEvent(event)
        self._enable()

    def _enable(self) -> None:
        in_view = self.isVisible() and self.tabs.current() == "conflicts" and self.pane.current() is not None
        for action in self._of_conflict:
            action.setEnabled(in_view)

    def _show(self, found: ExchangeRead) -> None:
        self.peers.show_rows(found.peers)
        shown = min(_PEERS_SHOWN, len(found.peers))
        height = Size.TABLE_HEAD + shown * self.peers.row_height + 1
        self.peers.setFixedHeight(height if found.peers else 150)
        self._summary.setText(" ".join(self._summed_up(found)))
        self.revoked.show_revoked(found)
        self.gap.show_gaps(found)
        self.parts.show_read(found)
        self._enable()
        self.count_changed.emit(len(found.conflicts))
        if self._wanted:
            self._go_to(self._wanted)

    def _summed_up(self, found: ExchangeRead) -> list[str]:
        parts = [plural(len(found.peers), "1 peer.", "{0} peers.").format(len(found.peers))]
        if found.unsent:
            parts.append(self.tr("{0} may lack something of ours.").format(found.unsent))
        if found.withheld:
            parts.append(self.tr("{0} operations are withheld from us by their label.").format(found.withheld))
        if found.newer:
            parts.append(
                self.tr("{0} operations need a newer version; they are kept and passed on.").format(found.newer)
            )
        if found.waiting:
            count = sum(row["files"] for row in found.waiting)
            parts.append(
                plural(
                    count, "1 bundle of a stranger is kept aside.", "{0} bundles of strangers are kept aside."
                ).format(count)
            )
        return parts

    def _show_tabs(self) -> None:
        """Come to the tabs where the page is low: from their names on."""
        self.verticalScrollBar().setValue(self.tabs.mapTo(self.widget(), QPoint(0, 0)).y() - Size.GAP)

    def show_record(self, kind: str, record_id: str) -> None:
        """Show a conflict, a peer or a bundle by its id; ``device`` shows this laptop's own card."""
        tab = {"conflict": "conflicts", "bundle": "bundles"}.get(kind, kind)
        self.tabs.go_to(tab if tab in self.tabs.tabs else "conflicts")
        self._wanted = record_id if kind == "conflict" else ""
        if kind == "peer":
            self.ensureWidgetVisible(self.peers)
        else:
            self._show_tabs()
        if self._wanted:
            self._go_to(self._wanted)
        elif kind == "peer":
            self.peers.go_to_id(record_id)
            self.tabs.go_to("peer")
        elif kind == "bundle":
            self.log.table.go_to_id(record_id)

    def _go_to(self, key: str) -> None:
        if self.pane.show_conflict(key):
            self._wanted = ""

    # -- doing --------------------------------------------------------------------------------------------

    def _key_take(self, number: int) -> None:
        if self.tabs.current() == "conflicts":
            self.pane.take(number)

    def _take(self, conflict: Conflict, op: str) -> None:
        self._settle(conflict, take=op)

    def _enter(self, conflict: Conflict, text: str) -> None:
        self._settle(conflict, value=text)

    def _settle(self, conflict: Conflict, take: str = "", value: str | None = None) -> None:
        self._desk.act(
            lambda session: conflicts.resolve(session, conflict.entity, conflict.field, take=take, value=value),
            while_alive(self, self._settled_by),
            while_alive(self, self.show_trouble),
        )

    def _settled_by(self, changes: Changes) -> None:
        self._trouble.hide()
        self._settled = changes.act
        self.result.say(changes.label + ".", self.tr("The other value stays in the history."))

    def _take_back(self) -> None:
        if self.result.offers_undo():
            self._desk.undo(self._settled)

    def _acted(self, changes: Changes) -> None:
        """Offer no longer to undo what is not the newest act, or has been taken back."""
        if self.result.offers_undo() and changes.act != self._settled:
            self.result.say(f"{changes.label}.", "", False, aloud=False)

    def show_trouble(self, error: TriageError) -> None:
        """Say in place what was refused, and what to do."""
        self._trouble.say(error.what, error.do, "amber")
        self._trouble.show()

    def merge_bundles(self, paths: Sequence[Path] = ()) -> MergeDialog:
        """Open the dialog that previews and merges bundles; ``paths`` may be chosen already."""
        return self.acts.merge_bundles(paths)

    def _merged(self, merged: Merged) -> None:
        self._trouble.hide()
        words = merged_words(merged, self)
        self.pane.show_last_merge(words)
        self.result.say(self.tr("Merged."), words, undoable=False)
        self.tabs.go_to("conflicts" if merged.conflicts else "bundles")

    def export_bundle(self) -> ExportDialog:
        """Open the dialog that chooses recipients, scope and file."""
        made = self.acts.export_bundle()
        made.exported.connect(lambda _: self.refresh())
        return made

    def trust_device(self) -> TrustDialog:
        """Open the dialog that shows the words of an identity or authority file before it is trusted."""
        return self.acts.trust()

    def revoke_device(self) -> None:
        """Open the form that revokes the device that is current in the table; say so where there is none."""
        row = self.peers.current_row()
        if row is not None and row["known"]:
            self.acts.revoke(row)
            return
        self.show_trouble(
            TriageError(self.tr("No device is chosen."), self.tr("Choose the lost one in the table of peers."))
        )

    def certify_devices(self) -> None:
        """Open the dialog that vouches for devices; say where the key is, if it is not here."""
        keys = self.authorities.keys()
        if keys:
            self.acts.certify(keys)
            return
        self.tabs.go_to("authorities")
        self.show_trouble(
            TriageError(
                self.tr("This laptop holds no key that signs for an organisation."),
                self.tr("Make your organisation's key, or import it from a colleague's laptop."),
            )
        )

    def save_identity(self, path: Path | None = None) -> None:
        """Write this device's identity file, to a place that the responder chooses."""
        self.acts.save_identity(path)

    def _said(self, what: str, then: str) -> None:
        self._trouble.hide()
        self.result.say(what, then, undoable=False)
        self._desk.told.emit(f"{what} {then}".strip(), "ok")

    # -- room ---------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the buttons where there is no room."""
        super().resizeEvent(event)
        self.pane.set_room(self.width() - 2 * Size.PAGE)
        narrow = self.width() < 760
        self.merge_button.set_key("" if narrow else "Ctrl M")
        self.export_button.set_key("" if narrow else "Ctrl E")
        self.merge_button.set_bare(self.width() < 600)
        self.device.trust.set_key("" if narrow else "Ctrl T")
