"""What is done from the exchange screen: each act opens its dialog, or chooses a file, and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QWidget

from triage_app.domain import sealed_names
from triage_app.language import plural
from triage_app.paths import write_whole
from triage_app.services import devices, quarantine, receipts, revoking
from triage_app.services.certifying import Revoked
from triage_app.services.key_cards import KeyCard
from triage_app.services.receipts import Written
from triage_app.services.revoking import Reach
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.authority_key import ExportKeyDialog, ImportKeyDialog, MakeKeyDialog
from triage_app.ui.dialogs.certify import CertifyDialog
from triage_app.ui.dialogs.export_bundle import ExportDialog
from triage_app.ui.dialogs.key_card import KeyCardDialog
from triage_app.ui.dialogs.merge_bundle import MergeDialog
from triage_app.ui.dialogs.revoke import RevokeDialog
from triage_app.ui.dialogs.stop_trusting import StopTrustingDialog
from triage_app.ui.dialogs.trust_device import TrustDialog
from triage_app.ui.messages import Dialog, ask_dialog
from triage_app.ui.text import visible


class ExchangeActs(QObject):
    """Opens what the buttons of the screen ask for."""

    said = Signal(str, str)
    """What happened, and what is next."""
    refused = Signal(object)
    """A ``TriageError``."""
    merged = Signal(object)
    """``Merged``."""
    aside_changed = Signal()
    """Something was kept aside, or thrown away."""
    aside_wanted = Signal()
    """What is kept aside is to be shown."""

    def __init__(self, desk: Desk, view: QWidget) -> None:
        super().__init__(view)
        self._desk = desk
        self._view = view
        self.revoking: RevokeDialog | None = None

    def _open(self, dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # -- bundles ------------------------------------------------------------------------------------------

    def merge_bundles(self, paths: Sequence[Path] = (), names: Mapping[Path, str] | None = None) -> MergeDialog:
        """Open the dialog that previews and merges bundles; ``paths`` may be chosen already.

        ``names`` are what files are called that lie here under another name.
        """
        made = MergeDialog(self._desk, paths, self._view.window(), names)
        made.merged.connect(self.merged)
        made.kept.connect(self.aside_changed)
        made.aside_wanted.connect(self.aside_wanted)
        made.taken.connect(lambda words: self.said.emit(self.tr("Took a receipt."), words))
        made.receipt_wanted.connect(lambda: self.write_receipt(""))
        self._open(made)
        return made

    def export_bundle(self) -> ExportDialog:
        """Open the dialog that chooses recipients, scope and file."""
        made = ExportDialog(self._desk, self._view.window())
        made.exported.connect(lambda words: self.said.emit(self.tr("Written."), words))
        self._open(made)
        return made

    def write_receipt(self, bundle: str, path: Path | None = None) -> None:
        """Write a receipt for a merged bundle, or for what was merged last, to a place that the responder chooses."""
        if path is None:
            name = f"{self._desk.organisation}-{self._desk.device_tag}-{self._desk.now():%Y%m%d-%H%M}"
            name += sealed_names.RECEIPT
            above = QApplication.activeModalWidget() or self._view
            chosen, _ = QFileDialog.getSaveFileName(above, self.tr("Write a receipt"), name)
            if not chosen:
                return
            path = Path(chosen)
        target = path

        def done(written: Written) -> None:
            words = self.tr("It tells {0} that its operations arrived up to {1}: send it back, and the next bundle is "
                            "smaller.")  # fmt: skip
            self.said.emit(self.tr("Wrote {0}.").format(target.name), words.format(written.name, written.held))
            self.aside_changed.emit()

        self._desk.long(
            "",
            lambda session, _: receipts.write_last(session, target, bundle),
            while_alive(self, done),
            while_alive(self, self.refused.emit),
        )

    # -- kept aside ---------------------------------------------------------------------------------------

    def trust_sender(self, row: Mapping[str, Any]) -> TrustDialog:
        """Trust a sender from the identity that came with its bundle, then show what merging it would change."""
        made = self.trust(row["identity"])
        made.trusted.connect(lambda _: self.merge_kept(row))
        return made

    def merge_kept(self, row: Mapping[str, Any]) -> None:
        """Show what merging the kept files of a sender would change."""
        device = str(row["id"])
        self._desk.long(
            "",
            lambda session, _: quarantine.named_files_of(session, device),
            while_alive(self, self._merge_named),
            while_alive(self, self.refused.emit),
        )

    def _merge_named(self, found: dict[Path, str]) -> None:
        self.merge_bundles(list(found), found)

    def throw_away(self, row: Mapping[str, Any]) -> Dialog:
        """Delete what is kept of a sender, once that was asked."""
        device, name, files = str(row["id"]), str(row["called"]), int(row["files"])
        words = plural(files, "Throw away the file that {0} sent?", "Throw away the {1} files that {0} sent?")
        question = ask_dialog(
            self._view.window(), words.format(visible(name, 80, lines=False), files), self.tr("Throw away"),
            self.tr("Nothing of them was read. Whoever sent them can send them again."), dangerous=True,
        )  # fmt: skip

        def done(count: int) -> None:
            gone = plural(count, "Threw away 1 file.", "Threw away {0} files.").format(count)
            self.said.emit(gone, "")
            self.aside_changed.emit()

        def go() -> None:
            self._desk.long(
                "",
                lambda session, _: quarantine.throw_away(session, device),
                while_alive(self, done),
                while_alive(self, self.refused.emit),
            )

        question.accepted.connect(go)
        question.open()
        return question

    # -- devices ------------------------------------------------------------------------------------------

    def trust(self, data: bytes = b"") -> TrustDialog:
        """Open the dialog that shows the words of a file before what it describes is trusted."""
        made = TrustDialog(self._desk, self._view.window(), data)
        back = self.tr("To take that back, choose it and revoke it, in the Exchange menu.")
        made.trusted.connect(lambda name: self.said.emit(self.tr("Trusted {0}.").format(name), back))
        self._open(made)
        return made

    def show_card(self, card: KeyCard) -> KeyCardDialog:
        """Show the words and the code of a key."""
        made = KeyCardDialog(self._desk, card, self._view.window())
        self._open(made)
        return made

    def revoke(self, row: Mapping[str, Any]) -> None:
        """Read what is held of a device, then open the form that revokes it."""
        device = str(row["id"])
        self._desk.query(
            lambda store: revoking.reach(store, device), while_alive(self, lambda found: self._revoke(dict(row), found))
        )

    def _revoke(self, row: dict[str, Any], reach: Reach) -> None:
        self.revoking = RevokeDialog(self._desk, row, reach, self._view.window())
        self.revoking.revoked.connect(self._revoked)
        self.revoking.open()

    def _revoked(self, done: Revoked) -> None:
        whom = self.tr("for all who believe {0}").format(done.by) if done.by else self.tr("for this laptop alone")
        what = self.tr("{0} is revoked {1}: it counts up to operation {2}, {3} held after it do not.")
        then = self.tr("Export to peers, so that they hear of it.") if done.by else ""
        self.said.emit(what.format(done.name, whom, done.cutoff, done.uncounted), then)

    def save_identity(self, path: Path | None = None) -> None:
        """Write this device's identity file, to a place that the responder chooses."""
        name = f"{self._desk.organisation}-{self._desk.device_tag}.identity"
        self._save(self.tr("Save identity file"), name, path, None)

    # -- authorities --------------------------------------------------------------------------------------

    def make_key(self) -> MakeKeyDialog:
        """Open the form that makes our key."""
        made = MakeKeyDialog(self._desk, self._view.window())
        made.made.connect(
            lambda name: self.said.emit(
                self.tr("Made the key of {0}.").format(name),
                self.tr("Save its file for those who are to believe it, and certify your laptops."),
            )
        )
        made.open()
        return made

    def save_authority(self, row: Mapping[str, Any], path: Path | None = None) -> None:
        """Write an authority's file, to a place that the responder chooses."""
        card: KeyCard = row["card"]
        name = f"{card.organisation}-{card.tag}.authority"
        self._save(self.tr("Save the file of an authority"), name, path, row["file"])

    def stop_trusting(self, row: Mapping[str, Any]) -> StopTrustingDialog:
        """Open the form that ends believing an authority."""
        made = StopTrustingDialog(self._desk, row["card"], int(row["certified"] or 0), self._view.window())
        made.stopped.connect(
            lambda name: self.said.emit(
                self.tr("This laptop does not trust {0} any more.").format(name),
                self.tr("Trusting it again ends that."),
            )
        )
        made.open()
        return made

    def certify(self, keys: Sequence[tuple[str, str]], data: bytes = b"") -> CertifyDialog:
        """Open the dialog that vouches for devices."""
        made = CertifyDialog(self._desk, keys, self._view.window(), data)
        made.certified.connect(self._certified)
        self._open(made)
        return made

    def _certified(self, count: int) -> None:
        words = plural(count, "Certified 1 device.", "Certified {0} devices.").format(count)
        self.said.emit(words, self.tr("Others hear of it with the next bundle."))

    def export_key(self, card: KeyCard) -> ExportKeyDialog:
        """Open the form that takes a key to another laptop."""
        made = ExportKeyDialog(self._desk, card, self._view.window())
        made.written.connect(
            lambda name: self.said.emit(
                self.tr("Wrote {0}.").format(name), self.tr("Send the passphrase another way than the file.")
            )
        )
        made.open()
        return made

    def import_key(self) -> ImportKeyDialog:
        """Open the form that takes a key in."""
        made = ImportKeyDialog(self._desk, self._view.window())
        made.taken.connect(lambda name: self.said.emit(self.tr("Took the key of {0}.").format(name), ""))
        made.open()
        return made

    # -- files --------------------------------------------------------------------------------------------

    def _save(self, title: str, suggested: str, path: Path | None, data: bytes | None) -> None:
        if path is None:
            chosen, _ = QFileDialog.getSaveFileName(self._view, title, suggested)
            if not chosen:
                return
            path = Path(chosen)
        target = path

        def done(_: None) -> None:
            self.said.emit(self.tr("Wrote {0}.").format(target.name), self.tr("It holds no secret."))

        self._desk.long(
            "",
            lambda session, _: write_whole(
                session.profile.refuse_own(target), devices.own_identity(session) if data is None else data
            ),
            while_alive(self, done),
            while_alive(self, self.refused.emit),
        )
