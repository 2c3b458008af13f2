"""Restoring a backup where the store is damaged, missing or not wanted: from the locked window and the first start."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import backup_list, backups, restoring
from triage_app.services.backup_list import Listed
from triage_app.services.changes import Clock
from triage_app.services.restoring import Restored
from triage_app.ui.dialogs.backups import columns, row_of
from triage_app.ui.messages import Dialog
from triage_app.ui.tasks import TaskRunner
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Banner, EmptyState, FormRow, TextField, link, primary, row, secondary


class RestoreDialog(Dialog):
    """The backups that are found, the newest first; one of them becomes the store."""

    restored = Signal(str)
    """The passphrase with which the restored store opens."""
    failed = Signal(object)
    """A fault of ours."""

    def __init__(self, profile: Profile, clock: Clock, parent: QWidget) -> None:
        super().__init__(parent.tr("Restore a backup"), "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._profile, self._clock = profile, clock
        self._folders: list[Path] = []
        self._rows: dict[str, Listed] = {}
        self._is_done = False
        self._lane = TaskRunner(self)
        self._is_here = any(path.exists() for path in profile.made_with_store)
        self.words = text_label("", "small", "text2", wrap=True, selectable=True)
        self.body.addWidget(self.words)
        self.words.setText(self._what_happens())
        self.problem = Banner()
        self.problem.hide()
        self.body.addWidget(self.problem)
        self._fields()
        self._table()
        self.close_button = secondary(self.tr("Cancel"), key="Esc")
        self.close_button.clicked.connect(self.reject)
        self.go = primary(self.tr("Set the store aside and restore") if self._is_here else self.tr("Restore"))
        self.go.setEnabled(False)
        self.go.clicked.connect(self.restore)
        self.add_buttons(self.close_button, self.go)
        behind = parent.window().size()
        self.table.setMinimumHeight(
            min(Size.TABLE_HEAD + 7 * self.table.row_height + 4, max(96, behind.height() - 420))
        )
        self.resize(min(1000, behind.width() - 32), 200)
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
        self.finished.connect(lambda _: self._lane.shutdown())
        self.look()

    def _what_happens(self) -> str:
        anew = self.tr(
            "It goes on as a device of its own, so the laptops you exchange with are asked to trust it anew."
        )
        if not self._is_here:
            return self.tr("The backup that you choose becomes the store of this laptop. {0}").format(anew)
        return self.tr(
            "The backup that you choose becomes the store. The one that is here, whatever is left of it, is set aside "
            "in a folder beside it and never deleted. {0}"
        ).format(anew)

    def _fields(self) -> None:
        self.passphrase = TextField("", icon="lock", name=self.tr("Passphrase"))
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        self.passphrase.returnPressed.connect(self.look)
        self.passphrase.textEdited.connect(lambda _: self._enable())
        self.show_held = secondary(self.tr("Show what they hold"))
        self.show_held.clicked.connect(self.look)
        line = row(gap=8)
        hint = self.tr("The one that held when the backup was made")
        self._secret_row = FormRow(self.tr("Passphrase"), self.passphrase, hint)
        line.addWidget(self._secret_row, 1)
        line.addWidget(self.show_held, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(line)

    def _table(self) -> None:
        self.table = RowsTable(
            columns(self.tr),
            self.tr("Backups found"), inset=Size.CARD,
        )  # fmt: skip
        self.table.set_empty(
            EmptyState(
                self.tr("No backup was found here."),
                self.tr("Plug the stick in, or connect the share, and name the folder that has them."),
            )
        )
        self.table.opened.connect(lambda _: self.restore())
        self.table.current_changed.connect(lambda _: self._enable())
        self.body.addWidget(self.table, 1)
        self.elsewhere = link(self.tr("Look in another folder…"))
        self.elsewhere.clicked.connect(self._choose)
        self.body.addWidget(self.elsewhere, 0, Qt.AlignmentFlag.AlignLeft)

    # -- looking ------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Folder that has backups"))
        if name:
            self.look_in(Path(name))

    def look_in(self, folder: Path) -> None:
        """List the backups of another folder too."""
        self._folders.append(folder)
        self.look()

    def look(self) -> None:
        """List the backups, and with the passphrase what each holds."""
        secret, folders = self.passphrase.text(), list(self._folders)

        def work(_: object) -> list[Listed]:
            found = backups.everywhere(self._profile, folders)
            return backup_list.listed(found, secret) if secret else [Listed(one) for one in found]

        self.show_held.setEnabled(False)
        self._lane.start(work, self._show, self._failed)

    def _show(self, found: list[Listed]) -> None:
        self.show_held.setEnabled(True)
        self._rows = {str(one.found.path): one for one in found}
        now = self._clock()
        self.table.show_rows([row_of(self.tr, one, now, self._profile.home) for one in found])
        opened = [str(one.found.path) for one in found if one.counts is not None]
        if self.table.current_id() is None or (opened and str(self.table.current_id()) not in opened):
            every = list(self._rows)
            self.table.go_to_row(every.index(opened[0]) if opened else 0) if every else None
        if self.passphrase.text() and found and not opened:
            self.problem.say(self.tr("None of them opens with this passphrase."),
                             self.tr("Type it again; it is the one that held when the backup was made."))  # fmt: skip
            self.problem.show()
        else:
            self.problem.hide()
        self._enable()

    def _enable(self) -> None:
        self.go.setEnabled(
            bool(self.passphrase.text()) and self.table.current_id() is not None and not self._lane.is_busy()
        )

    def _failed(self, error: BaseException) -> None:
        self.show_held.setEnabled(True)
        for part in (self.close_button, self.passphrase, self.table):
            part.setEnabled(True)
        self.go.setText(self.tr("Set the store aside and restore") if self._is_here else self.tr("Restore"))
        self._enable()
        if isinstance(error, TriageError):
            self.problem.say(error.what, error.do)
            self.problem.show()
        else:
            self.failed.emit(error)

    # -- restoring ----------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Restore the chosen backup; what stands against it is said, and nothing has changed then."""
        if self._is_done:
            self.accept()
            self.restored.emit(self.passphrase.text())
            return
        if not self.go.isEnabled():
            return
        copy, secret = Path(str(self.table.current_id())), self.passphrase.text()

        def work(_: object) -> Restored:
            done = restoring.restore_from(self._profile, copy, secret, self._clock, set_aside=self._is_here)
            done.session.close()
            return done

        self.problem.hide()
        for part in (self.close_button, self.passphrase, self.table, self.show_held, self.go):
            part.setEnabled(False)
        self.go.setText(self.tr("Restoring…"))
        self._lane.start(work, self._restored, self._failed)

    def _restored(self, done: Restored) -> None:
        self._is_done = True
        self.heading.setText(self.tr("Restored"))
        self.words.setText("\n\n".join(restoring.told(done)))
        for part in (self.table, self.elsewhere, self.show_held, self.close_button, self._secret_row):
            part.hide()
        self.go.setText(self.tr("Open it"))
        self.go.setEnabled(True)
        self.go.setFocus(Qt.FocusReason.OtherFocusReason)
        self.adjustSize()

    def reject(self) -> None:
        """Go without restoring; not while it is being done."""
        if self._is_done:
            self.restore()
        elif self.close_button.isEnabled():
            super().reject()
