"""Merging bundles: what each says of itself, what would change, and only then the merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.errors import TriageError, UntrustedSigner
from triage_app.services import exchange, receipts
from triage_app.services.changes import Changes
from triage_app.services.exchange import Merged
from triage_app.services.import_alerts import index_wait
from triage_app.services.progress import Progress
from triage_app.services.receipts import Taken
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.bundle_passphrase import BundlePassphrase, withheld_words
from triage_app.ui.dialogs.merge_words import Looked, received_words, taken_words
from triage_app.ui.given import given_by
from triage_app.ui.messages import Dialog
from triage_app.ui.soon import soon
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label, visible
from triage_app.ui.tokens import Size
from triage_app.ui.views import moments
from triage_app.ui.views.nation_words import nation_words
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Banner, EmptyState, Facts, ScrollPage, primary, secondary

_ROWS_SHOWN = 6
_WIDTH = 680
_LEAST_WIDTH = 600
_SURPRISES = 5


class MergeDialog(Dialog):
    """Choose files, see what would change, merge."""

    merged = Signal(object)
    """``Merged``: what the merge came to."""
    kept = Signal()
    """Files of senders that are not trusted here were kept aside."""
    aside_wanted = Signal()
    """What is kept aside is to be shown."""
    taken = Signal(str)
    """What receipts said, in words."""
    receipt_wanted = Signal()
    """A receipt for what was merged is to be written."""

    def __init__(
        self, desk: Desk, paths: Sequence[Path] = (), parent: QWidget | None = None,
        names: Mapping[Path, str] | None = None,
    ) -> None:  # fmt: skip
        """``names`` are what files are called that lie here under another name."""
        super().__init__(desk.tr("Merge a bundle"), parent=parent)
        self.setMinimumWidth(_LEAST_WIDTH)
        self._desk = desk
        self._paths: list[Path] = []
        self._receipts: list[Path] = []
        self._fit_soon = soon(self, lambda: self.fit(self._found, _WIDTH))  # what is new is shown a turn later
        self._room_soon = soon(self, self.make_room)
        self._names = dict(names or {})
        self.preview: Merged | None = None
        self._sent_on: list[QWidget] = []
        "Where Qt sent the focus when the button that had it could no longer be pressed: nobody chose that."
        self._opens: exchange.OnceOpened | None = None
        self.choose = secondary(self.tr("Choose files"), icon="document")
        self.choose.clicked.connect(lambda: self._choose())
        self.trouble = Banner()
        self.trouble.hide()
        self.trouble.acted.connect(self._show_aside)
        self.body.addWidget(self.trouble)
        self.strangers = Banner()
        self.strangers.hide()
        self.strangers.acted.connect(self._show_aside)
        self.body.addWidget(self.strangers)
        self.words = text_label(
            self.tr("Choose, or drop here, the files that another laptop wrote for this one: bundles, or a receipt. "
                    "Nothing is taken from them before you have seen what would change."),
            "body", "text2", wrap=True, selectable=True,
        )  # fmt: skip
        self.body.addWidget(self.words)
        self.body.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)
        self.passphrase = BundlePassphrase()
        self.passphrase.given.connect(lambda: self.read_files(self._paths))
        self.body.addWidget(self.passphrase)
        self._found = ScrollPage((0, 2, 8, 2), 10)
        self._build_found()
        self.body.addWidget(self._found, 1)
        self.close_button = secondary(self.tr("Cancel"))
        self.close_button.clicked.connect(self.reject)
        self.merge = primary(self.tr("Merge"))
        self.merge.setEnabled(False)
        self.merge.clicked.connect(self._merge)
        self.by_ctrl_enter(self.merge)
        self.receipt = secondary(self.tr("Write a receipt"), icon="document")
        self.receipt.clicked.connect(self.receipt_wanted)
        self.receipt.hide()
        self.add_buttons(self.receipt, self.close_button, self.merge)
        self.setAcceptDrops(True)
        if paths:
            self.read_files(paths)

    def _build_found(self) -> None:
        lines = self._found.body
        self._from = Facts(110)
        lines.addWidget(self._from)
        self._heading = text_label("", "h3")
        lines.addWidget(self._heading)
        self.incidents = RowsTable(
            [
                Column("state", self.tr("Change"), 110, sortable=False),
                Column("ref", self.tr("Incident"), 150, "mono", sortable=False),
                Column("title", self.tr("Title"), 200, "title", stretch=True, sortable=False),
            ],
            self.tr("Incidents that would change"),
            inset=Size.CARD,
        )
        self.incidents.strong_current = False
        self.incidents.set_empty(EmptyState(self.tr("No incident would change.")))
        lines.addWidget(self.incidents)
        self.surprises = text_label("", "small", wrap=True, selectable=True)
        lines.addWidget(self.surprises)
        self.counts = Facts(150)
        lines.addWidget(self.counts)
        lines.addStretch(1)
        self._found.hide()

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(
            self, self.tr("Bundles"), "", self.tr("Bundles and receipts (*.bundle* *.ctb* *.receipt);;All (*)")
        )
        if chosen:
            self.read_files([Path(name) for name in chosen])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files, as long as none is being merged."""
        if self.choose.isEnabled() and not self.choose.isHidden() and given_by(event.mimeData()).paths:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look into what was dropped."""
        event.acceptProposedAction()
        self.read_files(given_by(event.mimeData()).paths)

    def read_files(self, paths: Sequence[Path]) -> None:
        """Verify some files and show what merging them would change; nothing is taken from them."""
        chosen = list(paths)
        self._paths = chosen
        self.preview = None
        self.merge.setEnabled(False)
        self._found.hide()
        self.trouble.hide()
        self.strangers.hide()
        self.merge.setText(self.tr("Merge"))
        self.words.setText(self.tr("Verifying {0} …").format(", ".join(self._name(path) for path in chosen)))
        opens = self._opens = exchange.OnceOpened(given) if (given := self.passphrase.text()) else None

        def work(session: Session, _: Progress) -> Looked:
            told = [path for path in chosen if receipts.is_receipt(session, path)]
            some = [path for path in chosen if path not in told]
            taken = [receipts.read_receipt(session, path, dry_run=True) for path in told]
            if not some:
                return Looked([], [], None, told, taken)
            said = [exchange.inspect_bundle(session, path, passphrase=opens) for path in some]
            try:
                preview = exchange.merge_bundle(session, some, dry_run=True, passphrase=opens)
            except UntrustedSigner:  # nothing would be applied: they are kept aside at once, and nobody must remember
                preview = exchange.merge_bundle(session, some, passphrase=opens)
            return Looked(some, said, preview, told, taken)

        def answer(found: Looked) -> None:
            self._show(found)

        shown = while_alive(self, answer)
        self._desk.long(self.tr("Verifying a bundle"), work, shown, while_alive(self, self._refuse))

    def _show(self, found: Looked) -> None:
        self._paths, self._receipts, preview = found.bundles, found.receipts, found.preview
        self.preview = preview
        self.passphrase.hide()
        now = self._desk.now()
        rows: list[tuple[str, str] | tuple[str, str, str]] = []
        for path, taken in zip(found.receipts, found.taken, strict=True):
            rows.append((self._name(path), harmless(taken_words(taken, now))))
        for number, (path, one) in enumerate(zip(found.bundles, found.said, strict=True), 1):
            sender = one["from"]
            who = f"{sender['name']}, {sender['organisation']}"
            if sender.get("nation"):
                who += f" ({nation_words(str(sender['nation']))})"
            created = one["created"]
            when = moments.short(created, now) if isinstance(created, int) else self.tr("not known")
            parts = self.tr(", part {0} of {1}").format(one["part"], one["parts"]) if one["parts"] != 1 else ""
            text = self.tr("from {0}, written {1}, {2}{3}").format(who, when, one["tlp"] or "TLP:?", parts)
            label = self.tr("File") if len(found.said) == 1 else self.tr("File {0}").format(number)
            rows.append((label, f"{self._name(path)}\n{harmless(text)}"))
        self._from.set_rows(rows)
        self.choose.setText(self.tr("Choose other files"))
        self._found.show()
        for part in (self._heading, self.incidents, self.counts):
            part.setVisible(preview is not None)
        if preview is None:
            self._show_receipts(found.taken)
            return
        if self.passphrase.text():
            words = self.tr(
                "Verified: whole, opened by its passphrase, and signed by a device that this laptop trusts."
            )
        else:
            words = self.tr("Verified: whole, sealed for this laptop, and signed by a device it trusts.")
        self.words.setText(words)
        self._say_strangers(preview, done=False)
        self._heading.setText(self.tr("What would change"))
        self._show_result(preview)
        nothing = not preview.applied and not preview.evidence_new and not preview.filled and not preview.pending
        if nothing:
            self.words.setText(self.tr("Verified. Everything in it is here already: merging it changes nothing."))
        self._offer_merge(True)
        self.fit(self._found, _WIDTH)
        self._fit_soon.start()

    def _show_receipts(self, taken: Sequence[Taken]) -> None:
        """Show receipts that came without a bundle: they change what is sent next, and no record."""
        fresh = any(one.state == receipts.NEW for one in taken)
        if fresh:
            words = self.tr(
                "Verified: a receipt of a device that this laptop trusts. It changes what is sent next alone."
            )
        else:
            words = self.tr("Verified. What it says is known already: taking it changes nothing.")
        self.words.setText(words)
        self.merge.setText(self.tr("Take the receipt"))
        self._offer_merge(fresh)
        self.fit(self._found, _WIDTH)

    def _offer_merge(self, offered: bool) -> None:
        self.merge.setEnabled(offered)
        if offered:
            self.hand_on(self.merge, self.choose, self.passphrase)

    def _show_result(self, result: Merged) -> None:
        states = {
            "new": Cell(self.tr("New"), "plus", "accent", strong=True),
            "changed": Cell(self.tr("Changed"), "edit"),
            "conflict": Cell(self.tr("Conflict"), "warning", "amber", strong=True),
            "taken back": Cell(self.tr("Taken back"), "warning", "amber", strong=True),
        }
        order = {"taken back": 0, "conflict": 1, "new": 2, "changed": 3}
        found = sorted(result.incidents, key=lambda one: (order.get(one["state"], 4), one["ref"]))
        self.incidents.show_rows(
            [{**one, "state": states[one["state"]], "title": harmless(one["title"])} for one in found]
        )
        shown = max(2, min(_ROWS_SHOWN, len(found)))
        self.incidents.setFixedHeight(Size.TABLE_HEAD + shown * self.incidents.row_height + 2)
        said = result.surprises[:_SURPRISES]
        if len(result.surprises) > len(said):
            said.append(self.tr("And {0} more of the kind.").format(len(result.surprises) - len(said)))
        self.surprises.setText(harmless("\n".join(said)))
        self.surprises.setVisible(bool(result.surprises))
        pending = self.tr("{0} operations, kept until what is missing arrives")
        conflicts = self.tr("{0}, to be settled in the conflict inbox") if result.conflicts else "{0}"
        self.counts.set_rows(
            [
                (self.tr("Applied"), self.tr("{0} operations").format(result.applied)),
                (self.tr("Already here"), self.tr("{0} operations").format(result.already)),
                (self.tr("Conflicts"), conflicts.format(len(result.conflicts))),
                (self.tr("Withheld"), withheld_words(result, self.tr)),
                (
                    self.tr("Pending"),
                    pending.format(result.pending),
                ),
                (self.tr("Refused"), str(result.refused)),
                (self.tr("Evidence"), self.tr("{0} new rows").format(result.evidence_new)),
            ]
        )

    def _name(self, path: Path) -> str:
        return visible(self._names.get(path, path.name), 120, lines=False)

    def _say_strangers(self, result: Merged, *, done: bool) -> None:
        """Say which of the files are of senders that are not trusted here."""
        aside = result.kept_aside
        self.strangers.setVisible(bool(aside))
        if not aside:
            return
        whose = ", ".join(dict.fromkeys(one["name"] or one["device"][:8] for one in aside))
        files = ", ".join(one["file"] for one in aside)
        if done:
            what, then = self.tr("Kept aside: {0}, from {1}."), self.tr("Trust the sender, and it is merged.")
        else:
            what = self.tr("{0} comes from {1}, which this laptop does not trust.")
            then = self.tr("It is kept aside when the rest is merged; nothing of it is applied.")
        action = self.tr("Show it") if done else ""
        self.strangers.say(harmless(what.format(files, whose)), then, "amber", action)

    def _show_aside(self) -> None:
        self.accept()
        self.aside_wanted.emit()

    def _refuse(self, error: TriageError) -> None:
        self.words.setText(self.tr("Nothing was taken from it."))
        if not self.passphrase.ask_if(error):
            self.passphrase.hide()
        stranger = isinstance(error, UntrustedSigner)
        self.trouble.say(error.what, error.do, "amber", self.tr("Show what is kept aside") if stranger else "")
        if stranger:
            self.words.setText(self.tr("Verified: whole, and sealed for this laptop. Nothing of it was applied."))
            self.kept.emit()
        self.trouble.show()
        self.merge.setEnabled(False)
        self._room_soon.start()

    def _merge(self) -> None:
        paths, told, opens, looked_at = self._paths, self._receipts, self._opens, self.preview
        had = self.focusWidget() in (self.merge, self.choose)
        self.merge.setEnabled(False)
        self.choose.setEnabled(False)
        sent_on = self.focusWidget()
        self._sent_on = [sent_on] if had and sent_on is not None else []
        self.words.setText(self.tr("Merging …"))

        def work(session: Session, progress: Progress) -> tuple[Merged | None, list[Taken]]:
            taken = [receipts.read_receipt(session, path) for path in told]
            if not paths:
                return None, taken
            done = exchange.merge_bundle(session, paths, passphrase=opens, looked_at=looked_at)
            index_wait(session, progress)
            return done, taken

        desk, shown = self._desk, while_alive(self, self._done)

        def done(found: tuple[Merged | None, list[Taken]]) -> None:
            changes = None if found[0] is None else found[0].changes
            if found[1] and changes is None:
                changes = Changes("", "", touched=frozenset({("peer", one.device) for one in found[1]}))
            if changes is not None:
                desk.changed(changes)  # also when this dialog has been closed: the views must hear of it
            shown(found)

        desk.long(self.tr("Merging a bundle"), work, done, while_alive(self, self._refuse))

    def _done(self, found: tuple[Merged | None, list[Taken]]) -> None:
        result, taken = found
        self.merge.hide()
        self.choose.hide()
        self.close_button.setText(self.tr("Close"))
        self.hand_on(self.close_button, *self._sent_on)
        if taken:
            self.taken.emit(" ".join(received_words(one) for one in taken))
        if result is None:
            self.words.setText(self.tr("Taken. Reading the same receipt again would change nothing."))
            return
        self.receipt.show()
        self.words.setText(self.tr("Merged. Merging the same file again would change nothing."))
        self._heading.setText(self.tr("What has changed"))
        self.incidents.set_empty(EmptyState(self.tr("No incident has changed.")))
        self._show_result(result)
        self._say_strangers(result, done=True)
        self._fit_soon.start()
        self.merged.emit(result)
