"""Having a folder watched: which one, and whether."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.services import set_by_it, settings
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import text_label
from triage_app.ui.widgets import CheckBox, FormRow, TextField, row, secondary


class WatchFolder(FormDialog):
    """One folder. Saving it takes effect at once."""

    saved = Signal(str, bool, bool)
    """The folder, whether it is watched, and whether bundles there are merged unasked."""

    def __init__(self, desk: Desk, folder: str, on: bool, merges: bool, parent: QWidget) -> None:
        super().__init__(desk, desk.tr("Watch a folder"), desk.tr("Save"), parent, width=520)
        words = self.tr(
            "What arrives in the folder is imported by itself while the program is unlocked, each file once. Nothing "
            "in it is moved, changed or removed. Folders in it, links and hidden files are passed over. A file that "
            "has to be described first, or that cannot be read, waits for you. Bundles of trusted senders are offered, "
            "those of strangers kept aside, and what is sealed for others is passed over."
        )
        self.form.body.addWidget(text_label(words, "small", "text2", wrap=True))
        self.on = CheckBox(self.tr("Import what arrives in this folder"))
        self.on.setChecked(on)
        self.folder = TextField(name=self.tr("Folder"))
        self.folder.setText(folder)
        self.folder.textEdited.connect(lambda typed: self._other(bool(typed.strip())))
        self.merges = CheckBox(self.tr("Merge bundles of trusted senders there without asking me"))
        self.merges.setChecked(merges)
        choose = secondary(self.tr("Choose…"))
        choose.clicked.connect(self._choose)
        line = row(gap=8)
        line.addWidget(FormRow(self.tr("Folder"), self.folder, self.tr("On this laptop, a stick or a share")), 1)
        line.addWidget(choose, 0, Qt.AlignmentFlag.AlignVCenter)
        self.form.body.addLayout(line)
        self.form.body.addWidget(self.on)
        self.form.body.addWidget(self.merges)
        self._show_enforced(choose)
        self.form.body.addStretch(1)
        if self.folder.isEnabled():
            self.folder.setFocus()

    def _show_enforced(self, choose: QWidget) -> None:
        """What the IT department has set is shown as it is, and cannot be changed."""
        force = set_by_it.now()
        parts = {"watch-folder": (self.folder, choose), "watch": (self.on,), "watch-merge": (self.merges,)}
        fixed = [part for key, shown in parts.items() if set_by_it.is_fixed(key, force) for part in shown]
        for part in fixed:
            part.setEnabled(False)
        if fixed:
            words = self.tr("What is greyed is set by your IT department. It cannot be changed here.")
            self.form.body.addWidget(text_label(words, "cap", "text2", wrap=True))

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Folder to watch"), self.folder.text())
        if name:
            self.folder.setText(name)
            self._other(True)

    def _other(self, on: bool) -> None:
        """Another folder was named: what was ticked for the one before does not hold for it."""
        if self.on.isEnabled():
            self.on.setChecked(on)
        if self.merges.isEnabled():
            self.merges.setChecked(False)

    def submit(self) -> None:
        """Keep what was chosen; say in place why it does not fit."""
        folder, on, merges = self.folder.text().strip(), self.on.isChecked(), self.merges.isChecked()
        if on and not folder:
            self.say(self.tr("No folder is named."), self.tr("Choose the folder that files are put into."))
            return
        folder = str(Path(folder)) if folder else ""

        def work(session: Session, _: Any) -> None:
            settings.put(session, "watch-folder", folder)
            settings.put(session, "watch", "on" if on else "off")
            settings.put(session, "watch-merge", "on" if merges else "off")

        done = while_alive(self, lambda _: self._saved(folder, on, merges))
        self.desk.long("", work, done, while_alive(self, self._refused))

    def _saved(self, folder: str, on: bool, merges: bool) -> None:
        self.saved.emit(folder, on, merges)
        self.accept()

    def _refused(self, error: TriageError) -> None:
        self.say(error.what, error.do)
