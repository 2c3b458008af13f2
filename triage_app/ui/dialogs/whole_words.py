"""Words that a page shows a few lines of, whole."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from triage_app.ui.messages import Dialog
from triage_app.ui.text import visible
from triage_app.ui.theme import font
from triage_app.ui.widgets import primary


class WholeWords(Dialog):
    """Shows some words to be read and copied; nothing waits for it."""

    holds_up = False

    def __init__(self, heading: str, words: str, parent: QWidget) -> None:
        super().__init__(heading, parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.words = QPlainTextEdit(visible(words))
        self.words.setReadOnly(True)
        self.words.setTabChangesFocus(True)
        self.words.setFont(font("body"))
        self.words.setAccessibleName(heading)
        self.body.addWidget(self.words, 1)
        self.close_button = primary(self.tr("Close"), key="Esc")
        self.close_button.clicked.connect(self.accept)
        self.add_buttons(self.close_button)
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.resize_within(560, 420)
