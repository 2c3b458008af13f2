"""Help, Update from a file: a signed release is looked at, checked whole and laid down for the next start."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app import __version__
from triage_app.errors import TriageError
from triage_app.services import releases, this_start, updating
from triage_app.services.updating import Offer
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.given import given_by
from triage_app.ui.messages import Dialog
from triage_app.ui.soon import soon
from triage_app.ui.tasks import Task
from triage_app.ui.text import text_label
from triage_app.ui.widgets import Banner, Facts, primary, secondary
from triage_app.ui.widgets.progress import ProgressLine

_WIDTH = 560


class UpdateDialog(Dialog):
    """Choose the archive, see which version it is, have it laid down. What is in use goes on meanwhile."""

    holds_up: ClassVar[bool] = False

    quit_wanted = Signal()
    """The window is to close, so that the next start takes the new version."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent.tr("Update from a file"), "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        tr = self.tr
        self._desk = desk
        self._edition = this_start.edition()
        self._keys = releases.trusted_keys()
        self._task: Task | None = None
        self._offer: Offer | None = None
        self._is_done = False
        self._room_soon = soon(self, self.make_room)  # what is new is shown a turn later
        self.said = Banner()
        self.said.hide()
        self.body.addWidget(self.said)
        self.words = text_label(
            tr("Choose the archive of the new version, from a stick for example. SHA256SUMS and SHA256SUMS.sig of the"
               " same release lie beside it. Nothing of it runs before its signature is checked, and the version in use"
               " stays as it is until a new one has opened your store."),
            "body", "text2", wrap=True, selectable=True,
        )  # fmt: skip
        self.body.addWidget(self.words)
        self.facts = Facts(120)
        self.body.addWidget(self.facts)
        self.choose = secondary(tr("Choose a file…"), icon="document")
        self.choose.clicked.connect(self._choose)
        self.body.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)
        self.bar = ProgressLine(None)
        self.bar.setAccessibleName(tr("Progress"))
        self.bar.hide()
        self.body.addWidget(self.bar)
        self.body.addStretch(1)
        self.close_button = secondary(tr("Close"), key="Esc")
        self.close_button.clicked.connect(self.reject)
        self.update_button = primary(tr("Update"))
        self.update_button.clicked.connect(self._go)
        self.add_buttons(self.close_button, self.update_button)
        self.setAcceptDrops(True)
        self._show_facts()
        self._begin()
        self.resize_within(_WIDTH, 240)
        self.make_room()

    def _begin(self) -> None:
        self.update_button.setEnabled(False)
        try:
            updating.refuse_here(self._edition, self._keys)
        except TriageError as error:
            self.words.hide()
            self.choose.hide()
            self.update_button.hide()
            self._say(error.what, error.do, "tint")
            self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.choose.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_facts(self) -> None:
        running = __version__ if self._edition is None else self._edition.running
        rows: list[tuple[str, str] | tuple[str, str, str]] = [(self.tr("This version"), running)]
        if self._edition is not None:
            rows.append((self.tr("Its folder"), str(self._edition.folder)))
            rows.append((self.tr("New version"), "–" if self._offer is None else self._offer.version))
            rows.append((self.tr("File"), "–" if self._offer is None else self._offer.path.name))
        self.facts.set_rows(rows)

    def _say(self, what: str, do: str, kind: str) -> None:
        self.said.say(what, do, kind)
        self.said.show()
        self._room_soon.start()

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("The archive of the new version"),
            "",
            self.tr("Releases (triage-*.zip triage-*.tar.xz);;All (*)"),
        )
        if chosen:
            self.look_at(Path(chosen))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one file, while none is being laid down."""
        if not self.choose.isHidden() and self.choose.isEnabled() and len(given_by(event.mimeData()).paths) == 1:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at what was dropped."""
        event.acceptProposedAction()
        self.look_at(given_by(event.mimeData()).paths[0])

    def look_at(self, path: Path) -> None:
        """Say which version a file is, by the signed list beside it."""
        self.said.hide()
        self._offer = None
        self.update_button.setEnabled(False)
        edition, keys = self._edition, self._keys
        shown = while_alive(self, self._show_offer)
        self._desk.aside(lambda *_: updating.look(path, edition, keys), shown, while_alive(self, self._refused))

    def _show_offer(self, offer: Offer) -> None:
        self._offer = offer
        self._show_facts()
        self.update_button.setEnabled(True)
        self.update_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say(self.tr("A release key has signed version {0}.").format(offer.version), "", "tint")

    def _refused(self, error: TriageError) -> None:
        self._settle()
        self._show_facts()
        self._say(error.what, error.do, "amber")

    def _go(self) -> None:
        if self._is_done:
            self.quit_wanted.emit()
            return
        offer, edition, keys = self._offer, self._edition, self._keys
        if offer is None or self._task is not None:
            return
        for part in (self.choose, self.update_button):
            part.setEnabled(False)
        self.close_button.setText(self.tr("Cancel"))
        self.bar.show()
        self._say(self.tr("Version {0} is being checked and unpacked.").format(offer.version), "", "tint")
        progressed = while_alive(self, self._show_progress)
        self._task = self._desk.aside(
            lambda _store, progress, _: updating.stage(offer.path, edition, keys, progress),
            while_alive(self, self._done),
            while_alive(self, self._refused),
            lambda done, total: progressed((done, total)),
        )

    def _show_progress(self, reported: tuple[int, int | None]) -> None:
        done, total = reported
        self.bar.set_share(done / total if total else None)

    def _settle(self) -> None:
        self._task = None
        self.bar.hide()
        self.choose.setEnabled(True)
        self.update_button.setEnabled(self._offer is not None)
        self.close_button.setText(self.tr("Close"))

    def _done(self, offer: Offer) -> None:
        self._settle()
        self._is_done = True
        self.choose.hide()
        self.words.hide()
        self.update_button.setText(self.tr("Close Triage"))
        self.update_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say(
            self.tr("Version {0} is ready.").format(offer.version),
            self.tr("It is taken when Triage is started the next time."),
            "ok",
        )

    def done(self, result: int) -> None:
        """Close; what is being laid down is given up, and nothing of it is left."""
        if self._task is not None:
            self._task.cancel()
        super().done(result)
