"""Giving alerts to somebody in place: oneself first, by the same key once more; each other responder has a digit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from triage_app.language import plural
from triage_app.ui.dialogs.pick_bar import PickBar
from triage_app.ui.views.shown import harmless

_DIGITS = 9


class AssignBar(PickBar):
    """The responders of this organisation who are known here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__((), parent=parent)
        self._own = ""

    def open_for(self, many: int, found: Sequence[Mapping[str, Any]], own: str) -> None:
        """Ask who looks at some alerts; ``found`` have id and name, ``own`` is the id of whoever is at work."""
        self._own = own
        others = [one for one in found if one["id"] != own]
        mine = next((str(one["name"]) for one in found if one["id"] == own), "")
        me = self.tr("{0} (you)").format(harmless(mine)) if mine else self.tr("You")
        self._hint = self.tr("Or a part of a name") if len(found) > _DIGITS else ""
        self.field.setPlaceholderText(self._hint)
        self.field.setAccessibleName(self._hint or self.tr("Name"))
        self.set_options(
            [(own, me, self.tr("A once more, or Enter"))]
            + [(str(one["id"]), harmless(str(one["name"])), "") for one in others[: _DIGITS - 1]]
        )
        self.open(plural(many, "Who looks at it?", "Who looks at {0} alerts?").format(f"{many:,}"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The key that opened it, or Enter, is oneself."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and (event.text().lower() == "a" or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            self.picked.emit(self._own, "")
            return
        super().keyPressEvent(event)
