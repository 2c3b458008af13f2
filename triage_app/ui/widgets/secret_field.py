"""A field for a passphrase or a printed key: hidden while it is typed, and never kept as words of a draft."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from triage_app.ui.widgets.fields import TextField


class SecretField(TextField):
    """A line of text that is nobody else's."""

    def __init__(self, name: str = "", *, icon: str = "lock", hint: str = "") -> None:
        """``name`` is what a screen reader calls it."""
        super().__init__(hint, icon=icon, name=name or hint)
        self.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        self.set_shown(False)

    def set_shown(self, shown: bool) -> None:
        """Show what is typed, or hide it."""
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
