"""Reading a file as another format than the one it was taken for."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from triage_app.ui.dialogs.picker import Picker
from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
from triage_app.ui.widgets import primary, secondary

AUTOMATIC = "–"
"""The key of the first choice: by content. No format is called that."""

_TALL = 640
"""Logical pixels of the dialog below, from which there is room for more formats at once."""


class PickFormat(Dialog):
    """Every format by its name; the first choice goes back to recognising it by content."""

    holds_up = False

    chosen = Signal(str)
    """The format's name, or "" for by content."""

    def __init__(self, titles: Mapping[str, str], current: str, file: str, parent: QWidget | None = None) -> None:
        """``current`` is the format that was chosen before, "" for none."""
        super().__init__(parent.tr("Read it as") if parent is not None else "Read it as", parent=parent)
        words = self.tr("{0} is then read as the format chosen here, whatever it looks like.").format(file)
        self.body.addWidget(text_label(words, "small", "text2", wrap=True))
        ordered = dict(sorted(titles.items(), key=lambda each: each[1].casefold()))
        options = {AUTOMATIC: self.tr("Automatic: by what is in it"), **ordered}
        is_low = parent is not None and parent.window().height() < _TALL
        hint = self.tr("Type a part of its name")
        self.picker = Picker(options, hint, self.tr("Format"), rows=4 if is_low else 9)
        self.picker.set_current(current or AUTOMATIC)
        self.picker.set_checked([current or AUTOMATIC])
        self.picker.picked.connect(self._pick)
        self.body.addWidget(self.picker, 1)
        cancel, use = secondary(self.tr("Cancel"), key="Esc"), primary(self.tr("Read it so"), key="Ctrl ↵")
        cancel.clicked.connect(self.reject)
        use.clicked.connect(lambda: self._pick(self.picker.current()))
        QShortcut(QKeySequence("Ctrl+Return"), self).activated.connect(use.click)
        self.add_buttons(cancel, use)
        self.picker.setFocus()

    def _pick(self, name: str) -> None:
        if name:
            self.accept()
            self.chosen.emit("" if name == AUTOMATIC else name)
