"""The places, tabs and dialogs of running an incident, drawn one after another: what opens each stands in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from triage_app.ui.dialogs.merge_into import MergeBar
from triage_app.ui.dialogs.pick_bar import PickBar
from triage_app.ui.workplace import Workplace

Keys = Iterable[tuple[str, str]]
"""(key of a command, name of the picture of the dialog that it opens)."""

OF_TABS: Final[dict[str, Keys]] = {
    "timeline": (("A", "event"),),
    "tasks": (("K", "task-not-needed"), ("E", "task"), ("P", "playbook")),
    "affected": (("S", "affected-state"),),
    "impact": (
        ("O", "impact-outage"), ("D", "impact-divert"), ("L", "impact-cancelled"), ("P", "impact-capacity"),
        ("H", "impact-harm"), ("S", "impact-risk"), ("E", "impact-declared"),
    ),
    "log": (("R", "log-correct"),),
    "files": (("H", "custody"), ("Shift+H", "custody-correct"), ("E", "file-export")),
}  # fmt: skip
"""What is drawn on each tab of an incident's page."""

OF_INCIDENT: Final[Keys] = (
    ("C", "classify"), ("N", "log-line"), ("T", "times"), ("Ctrl+Shift+H", "hand-over-incident"),
    ("Ctrl+Shift+M", "incident-merge"), ("Ctrl+Shift+S", "incident-split"), ("Ctrl+Shift+X", "incident-close"),
    ("Ctrl+Shift+K", "clocks"),
)  # fmt: skip

OF_VICTIM: Final[Keys] = (
    ("D", "due-list"), ("E", "victim-record"), ("H", "hand-over"), ("P", "data-held"), ("W", "letters"),
    ("A", "action"), ("O", "action-outcome"), ("Shift+H", "hand-over-action"),
)  # fmt: skip
OF_TIPS: Final[Keys] = (
    ("Ctrl+R", "tip"), ("Ctrl+Shift+A", "new-alert"), ("Q", "tip-alert"), ("D", "tip-close"), ("M", "tip-link"),
)  # fmt: skip
OF_FIGURES: Final[Keys] = (("Ctrl+Shift+N", "campaign"),)
OF_DIRECTORY: Final[Keys] = (("O", "call"),)

_DIRECT: Final = Qt.FindChildOption.FindDirectChildrenOnly


class Walker:
    """Opens what the tables name and draws it; ``settle`` waits until the window is at rest."""

    def __init__(
        self, workplace: Workplace, take: Callable[[QWidget, str], object], settle: Callable[[], None]
    ) -> None:
        self._workplace = workplace
        self._take = take
        self._settle = settle
        self.drawn: set[QAction] = set()
        """Acts whose question was drawn."""

    def dialogs(self, owner: QWidget, keys: Keys, what: str = "") -> None:
        """Draw what each key of ``owner`` opens, then leave it as it was."""
        for key, name in keys:
            if not self._trigger(owner, key):
                raise OSError(f"No picture of {name}: {key} does nothing{' on ' + what if what else ''}")
            self._settle()
            self._settle()
            self._take(front(self._workplace), name)
            self.leave(owner)

    def _trigger(self, owner: QWidget, key: str) -> bool:
        own = QWidget.actions(owner)  # a place says by a method of this name what its menus hold
        # Some keys are the window's, wherever one is: a report is taken from every place.
        for action in (*own, *self._workplace.findChildren(QAction, options=_DIRECT)):
            if action.isEnabled() and any(shortcut.toString() == key for shortcut in action.shortcuts()):
                self.drawn.add(action)
                action.trigger()
                return True
        return False

    def leave(self, owner: QWidget) -> None:
        """Close every dialog, and every question asked in a bar."""
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()
        bars: list[MergeBar | PickBar] = [*owner.findChildren(MergeBar), *owner.findChildren(PickBar)]
        for bar in bars:
            if bar.isVisible():
                bar.cancelled.emit()
        self._settle()

    def incident(self, page: Any, name: str) -> None:
        """Draw every tab of an incident's page with its dialogs, then those of the incident itself."""
        tabs = page.tabs
        first = tabs.current()
        for key in list(tabs.tabs):
            tabs.go_to(key)
            self._settle()
            if key != first and tabs.tabs[key].is_offered():  # facts have a tab only where they have no room beside
                self._take(self._workplace.window(), f"{name}-{key}")
            shown = getattr(page, key, None)
            if key in OF_TABS and shown is not None:
                self.dialogs(page if key == "log" else shown, OF_TABS[key], key)
        tabs.go_to(first)
        self._settle()
        self.dialogs(page, OF_INCIDENT, "the incident")


def front(workplace: Workplace) -> QWidget:
    """Return the dialog in front, or the window."""
    dialogs = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    return dialogs[-1] if dialogs else workplace.window()
