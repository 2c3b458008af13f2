"""The exchange: whom this laptop trusts, what they lack and we lack, bundles out and in, and the conflict inbox."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QWidget

from triage_app.errors import TriageError
from triage_app.paths import write_whole
from triage_app.services import conflicts, devices
from triage_app.services.changes import Changes
from triage_app.services.exchange import Merged
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.export_bundle import ExportDialog
from triage_app.ui.dialogs.merge_bundle import MergeDialog
from triage_app.ui.dialogs.trust_device import TrustDialog
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.commands import command, single_keys, without_single_keys
from triage_app.ui.views.conflict_acts import ConflictActs
from triage_app.ui.views.conflict_pane import ConflictPane
from triage_app.ui.views.exchange_panels import BundleLog, DevicePanel, merged_words
from triage_app.ui.views.exchange_reading import Conflict, ExchangeRead, gap_words, read
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import (
    Banner,
    Card,
    EmptyState,
    ResultLine,
    ScrollPage,
    Tabs,
    column,
    primary,
    row,
    secondary,
)

_PEERS_SHOWN = 6
_LOWER = 384
"Least height of the lower card: two values with their facts, and the buttons."


class ExchangeView(ScrollPage):
    """The place “Exchange”."""

    open_record = Signal(str, str)
    count_changed = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__((0, 0, 0, 0), 0, parent)
        self._desk = desk
        self._stale = False
        self._wanted = ""
        self._dialog: QWidget | None = None
        self.setAccessibleName(self.tr("Exchange"))
        page = column(margins=(Size.PAGE, 14, Size.PAGE, 14), gap=12)
        self.body.addLayout(page, 1)
        page.addLayout(self._head())
        self._trouble = Banner()
        self._trouble.hide()
        page.addWidget(self._trouble)
        self.peers = self._peers_table()
        card = Card(inset=1)
        card.body.setContentsMargins(1, 1, 1, 1)
        card.body.addWidget(self.peers)
        page.addWidget(card)
        self.gap = Banner()
        self.gap.acted.connect(lambda: self.tabs.go_to("device"))
        self.gap.hide()
        page.addWidget(self.gap)
        page.addWidget(self._lower(), 1)
        self.result = ResultLine()
        self._settled = ""
        self.result.undo_requested.connect(lambda: self._desk.undo(self._settled))
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

    def _peers_table(self) -> RowsTable:
        table = RowsTable(
            [
                Column("peer", self.tr("Peer"), 220, "title", stretch=True, sortable=False),
                Column("nation", self.tr("Nation"), 92, drop=1, sortable=False),
                Column("ceiling", self.tr("Ceiling"), 128, "tlp", sortable=False),
                Column("received", self.tr("Last received"), 148, drop=4, sortable=False),
                Column("sent", self.tr("Last sent"), 148, drop=2, sortable=False),
                Column("they_lack", self.tr("They lack"), 84, "count", drop=3, sortable=False),
                Column("we_lack", self.tr("We lack"), 84, "count", drop=5, sortable=False),
                Column("gaps", self.tr("Gaps"), 132, sortable=False),
            ],
            self.tr("Peers"),
            inset=Size.CARD,
        )
        empty = EmptyState(
            self.tr("This laptop trusts no other device yet."),
            self.tr("Ask a colleague for the identity file of their laptop, and compare its words by telephone."),
            self.tr("Trust a device"),
        )
        empty.acted.connect(self.trust_device)
        table.set_empty(empty)
        return table

    def _lower(self) -> Card:
        card = Card(inset=1)
        card.body.setContentsMargins(1, 1, 1, 1)
        card.body.setSpacing(0)
        card.setMinimumHeight(_LOWER)
        self.tabs = Tabs("surface", Size.CARD)
        self.tabs.add("conflicts", self.tr("Conflicts"))
        self.tabs.add("bundles", self.tr("Bundles"))
        self.tabs.add("device", self.tr("This device"))
        self.pane = ConflictPane()
        self.pane.take_requested.connect(self._take)
        self.pane.value_entered.connect(self._enter)
        self.acts = ConflictActs(self._desk, self.pane)
        self.acts.settled.connect(self._settled_by)
        self.acts.refused.connect(self.show_trouble)
        self.pane.incident_requested.connect(lambda incident: self.open_record.emit("incident", incident))
        self.log = BundleLog()
        self.device = DevicePanel(self._desk)
        self.device.save_requested.connect(lambda: self.save_identity())
        self.device.trust_requested.connect(self.trust_device)
        stack = QStackedWidget()
        pages = {"conflicts": self.pane, "bundles": self.log, "device": self.device}
        for widget in pages.values():
            stack.addWidget(widget)
        self.tabs.changed.connect(lambda key: stack.setCurrentWidget(pages[key]))
        card.body.addWidget(self.tabs)
        card.body.addWidget(stack, 1)
        return card

    def _make_actions(self) -> dict[str, list[QAction]]:
        tr = self.tr
        of_place = [
            command(self, tr("Merge a bundle…"), "Ctrl+M", tr("Take in what another laptop sent"), self.merge_bundles),
            command(self, tr("Export to peers…"), "Ctrl+E", tr("Write a sealed file for chosen laptops"),
                    self.export_bundle),
            command(self, tr("Trust a device…"), "Ctrl+T", tr("Compare the words of its identity file first"),
                    self.trust_device),
            command(self, tr("Save identity file…"), "", tr("The file by which others come to trust this laptop"),
                    self.save_identity),
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
            *self.acts.commands(self),
        ]  # fmt: skip
        for action in of_place:  # these work wherever one is: the dialogs need nothing of this place
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if not single_keys(self._desk.store):
            without_single_keys(of_conflict)
        self._of_conflict = of_conflict
        return {"Exchange": [*of_place, *of_conflict]}

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
        parts = [self.tr("{0} peers.").format(len(found.peers)) if len(found.peers) != 1 else self.tr("1 peer.")]
        if found.unsent:
            parts.append(self.tr("{0} may lack something of ours.").format(found.unsent))
        if found.withheld:
            parts.append(self.tr("{0} operations are withheld from us by their label.").format(found.withheld))
        if found.newer:
            parts.append(
                self.tr("{0} operations need a newer version; they are kept and passed on.").format(found.newer)
            )
        self._summary.setText(" ".join(parts))
        self._show_gaps(found)
        self.pane.show_conflicts(found.conflicts)
        self._enable()
        self.tabs.set_count("conflicts", str(len(found.conflicts)) if found.conflicts else "")
        self.log.show_bundles(found.bundles)
        last = next((one for one in found.bundles if not one["sent"]), None)
        if last is not None and not self.pane.last_merge():
            words = self.tr("{0}, {1}. {2}.").format(last["at"], last["peer"], last["counts"])
            self.pane.show_last_merge(words)
        self.tabs.set_count("bundles", str(len(found.bundles)) if found.bundles else "")
        self.device.show_words(found.fingerprint)
        self.count_changed.emit(len(found.conflicts))
        if self._wanted:
            self._go_to(self._wanted)

    def _show_gaps(self, found: ExchangeRead) -> None:
        self.gap.setVisible(bool(found.gaps))
        if found.gaps:
            worst = found.gaps[0]
            what, then = gap_words(worst)
            more = len(found.gaps) - 1
            if more:
                then += " " + self.tr("{0} further devices have operations pending.").format(more)
            trust = self.tr("Trust a device") if worst.missing is None and worst.reason == "unknown-device" else ""
            self.gap.say(what, then, "amber", trust)

    def show_record(self, kind: str, record_id: str) -> None:
        """Show a conflict, a peer or a bundle by its id; ``device`` shows this laptop's own card."""
        tab = {"conflict": "conflicts", "bundle": "bundles"}.get(kind, kind)
        self.tabs.go_to(tab if tab in self.tabs.tabs else "conflicts")
        self._wanted = record_id if kind == "conflict" else ""
        self.ensureWidgetVisible(self.peers if kind == "peer" else self.pane)
        if self._wanted:
            self._go_to(self._wanted)
        elif kind == "peer":
            self.peers.go_to_id(record_id)
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
        made = MergeDialog(self._desk, paths, self.window())
        made.merged.connect(self._merged)
        self._open(made)
        return made

    def _merged(self, merged: Merged) -> None:
        self._trouble.hide()
        words = merged_words(merged, self)
        self.pane.show_last_merge(words)
        self.result.say(self.tr("Merged."), words, undoable=False)
        self.tabs.go_to("conflicts" if merged.conflicts else "bundles")

    def export_bundle(self) -> ExportDialog:
        """Open the dialog that chooses recipients, scope and file."""
        made = ExportDialog(self._desk, self.window())
        made.exported.connect(lambda words: self.result.say(self.tr("Written."), words, undoable=False))
        made.exported.connect(lambda _: self.refresh())
        self._open(made)
        return made

    def trust_device(self) -> TrustDialog:
        """Open the dialog that shows the words of an identity file before it is trusted."""
        made = TrustDialog(self._desk, self.window())
        made.trusted.connect(
            lambda name: self.result.say(self.tr("Trusted {0}.").format(name), self.tr("Undo is by revoking."), False)
        )
        self._open(made)
        return made

    def _open(self, dialog: ExportDialog | MergeDialog | TrustDialog) -> None:
        self._dialog = dialog
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_identity(self, path: Path | None = None) -> None:
        """Write this device's identity file, to a place that the responder chooses."""
        if path is None:
            suggested = f"{self._desk.organisation}-{self._desk.device_tag}.identity"
            chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save identity file"), suggested)
            if not chosen:
                return
            path = Path(chosen)
        target = path

        def done(_: None) -> None:
            self.result.say(self.tr("Wrote {0}.").format(target.name), self.tr("It holds no secret."), False)

        self._desk.long(
            "",
            lambda session, _: write_whole(session.profile.refuse_own(target), devices.own_identity(session)),
            while_alive(self, done),
            while_alive(self, self.show_trouble),
        )

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
