"""Dismissing in place: one key for each disposition; words only where the rule asks for them."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from triage_app.language import plural
from triage_app.services.vocabularies import vocabulary
from triage_app.ui.dialogs.pick_bar import PickBar


class DismissBar(PickBar):
    """The dispositions, each with its digit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Offer what the vocabulary holds."""
        offered = [
            (str(item["code"]), str(item["name"]), str(item["meaning"]))
            for item in vocabulary("dispositions")["dispositions"]
        ]
        super().__init__(offered, parent=parent)

    def open_for(self, many: int) -> None:
        """Ask what becomes of some alerts."""
        self.open(plural(many, "Dismiss it as", "Dismiss {0} alerts as").format(f"{many:,}"))

    def ask_reason(self, why: str, waiting: str = "") -> None:
        """Ask for a reason in words."""
        self.ask_words(why, self.tr("Why, in a few words"), waiting)
