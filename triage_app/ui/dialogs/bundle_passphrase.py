"""What a merge asks for a bundle that is sealed to a passphrase, and what it says was kept back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.errors import TriageError
from triage_app.services.exchange import Merged
from triage_app.ui.dialogs.passphrase_field import PassphraseField
from triage_app.ui.widgets import column, secondary

_ASKS = ("passphrase-needed", "wrong-passphrase")


class BundlePassphrase(QWidget):
    """Hidden until a bundle needs it."""

    given = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=8)
        self.field = PassphraseField(
            self.tr("Passphrase of the bundle"),
            self.tr("The sender tells it by telephone. Opening takes some seconds a file; what is inside counts only"
                    " if this laptop trusts the sender."),
            making=False,
        )  # fmt: skip
        self.open = secondary(self.tr("Open"))
        self.open.setEnabled(False)
        self.open.clicked.connect(self._give)
        self.field.entered.connect(self._give)
        self.field.changed.connect(lambda: self.open.setEnabled(bool(self.field.text())))
        lines.addWidget(self.field)
        lines.addWidget(self.open)
        self.hide()

    def ask_if(self, error: TriageError) -> bool:
        """Ask where a refusal is about a passphrase; tell whether it is."""
        asks = error.code in _ASKS
        if asks:
            self.show()
            self.field.entry.setFocus()
            self.field.entry.selectAll()
        return asks

    def text(self) -> str | None:
        """Return the passphrase, None while none was asked for."""
        return self.field.text() or None

    def _give(self) -> None:
        if self.field.text():
            self.given.emit()


def withheld_words(merged: Merged, tr: Callable[[str], str]) -> str:
    """Return what was kept back, as the sender tells it apart, and how much that is new here has no words."""
    said = tr("{0} by their TLP label, {1} by the sender's scope").format(
        f"{merged.by_label:,}", f"{merged.by_scope:,}"
    )
    if merged.withheld:  # also what is never sent, such as whom a laptop trusts: it can be more than the two together
        said += ". " + tr("{0} of the operations new here came without their words.").format(f"{merged.withheld:,}")
    return said
