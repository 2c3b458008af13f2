"""Actions of a view: a menu entry, a key and a tooltip in one, living where the view has the focus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from triage_app.store import preferences
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.table import RecordTable
from triage_app.ui.text import tooltip
from triage_app.ui.widgets.result_line import ResultLine

SINGLE_KEYS: Final = "single-letter-keys"
"""The setting that says whether single letters act."""

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
    return str(preferences.all_of(store).get(SINGLE_KEYS, "on")) == "on"


def follow_single_keys(
    desk: Desk,
    owner: QWidget,
    actions: Sequence[QAction],
    tables: Sequence[RecordTable] = (),
    undo: ResultLine | None = None,
) -> None:
    """Let single letters act in some actions and lists of ``owner`` as the responder wishes, now and whenever that
    is changed. Keys with Ctrl or Alt stay. ``undo`` says with which key an act is taken back.
    """
    whole = [(action, action.shortcuts()) for action in actions]

    def follow(acts: bool) -> None:
        for action, keys in whole:
            action.setShortcuts([one for one in keys if acts or not _is_single(one)])
        for table in tables:
            table.single_keys = acts
        if undo is not None:
            undo.undo_key = "u" if acts else undo.tr("Control Z")
            undo.undo.set_key("U" if acts else "Ctrl Z")

    def changed(key: str, value: object) -> None:
        if key == SINGLE_KEYS and isValid(owner):
            follow(value == "on")

    follow(single_keys(desk.store))
    desk.setting_changed.connect(changed)


def _is_single(keys: QKeySequence) -> bool:
    """Tell whether a key, or each of several after one another, is a letter, a figure or a sign alone."""
    return all(len(part) == 1 for part in keys.toString().split(", "))
