"""One quiet line on Home where reference data is past its time; nothing where none is."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from triage_app.language import plural
from triage_app.services import reference
from triage_app.services.reference import Held
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.reference import CHANGED, ReferenceDialog
from triage_app.ui.views.standing import Standing


class HomeReference(Standing):
    """Names the oldest set that is too old, and leads to the list."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.hide()
        self.link.clicked.connect(self.open_list)
        desk.setting_changed.connect(lambda key, _: self.refresh() if key == CHANGED and isValid(self) else None)

    def refresh(self) -> None:
        """Look again, on the query lane."""
        now = self._desk.now()
        self._desk.query(lambda store: reference.old(store.home, now), while_alive(self, self._show))

    def _show(self, old: list[Held]) -> None:
        self.setVisible(bool(old))
        if not old:
            return
        first = min(old, key=lambda one: str(one.as_of))
        words = self.tr("Reference data past its time: {0}, {1}").format(first.name, first.age)
        more = plural(len(old) - 1, "So is 1 more set. A pack from your desk brings newer ones.",
                      "So are {0} more sets. A pack from your desk brings newer ones.")  # fmt: skip
        alone = self.tr("A pack from your desk brings a newer one.")
        self.say("warning", words, more.format(len(old) - 1) if len(old) > 1 else alone, self.tr("Reference data"))

    def open_list(self) -> None:
        """Show what is held."""
        ReferenceDialog(self._desk, self.window()).open()
