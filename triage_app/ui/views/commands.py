"""Actions of a view: a menu entry, a key and a tooltip in one, living where the view has the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from triage_app.store import preferences
from triage_app.store.connection import Store
from triage_app.ui.text import tooltip

ALSO = "alsoCalled"
"""The property of an action that holds further words by which the search box of the window finds it."""


def command(owner: QWidget, text: str, keys: str, tip: str, run: Callable[[], object]) -> QAction:
    """Return an action that works while the focus is inside ``owner``. ``keys`` may hold several, by ``;``."""
    made = QAction(text, owner)
    made.setShortcuts([QKeySequence(part) for part in keys.split(";") if part])
    made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    made.setToolTip(tooltip(tip))
    made.setStatusTip(tip)
    made.triggered.connect(lambda _=False: run())
    owner.addAction(made)
    return made


def single_keys(store: Store) -> bool:
    """Tell whether single letters act: a responder may turn that off (WCAG 2.1.4)."""
    return str(preferences.all_of(store).get("single-letter-keys", "on")) == "on"


def without_single_keys(actions: list[QAction]) -> None:
    """Take the single-letter keys away from some actions; keys with Ctrl or Alt stay."""
    for action in actions:
        kept = [keys for keys in action.shortcuts() if len(keys.toString()) > 1]
        action.setShortcuts(kept)
