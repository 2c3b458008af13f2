"""The list of every key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
from triage_app.ui.widgets import Facts, ScrollPage, primary


def keys_dialog(parent: QWidget, groups: Sequence[tuple[str, Sequence[QAction]]]) -> Dialog:
    """Return a window with every action that has a key, by the place it works in."""
    made = Dialog(parent.tr("All keys"), parent=parent)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    made.setModal(False)
    made.resize_within(560, 620)
    page = ScrollPage((8, 8, 8, 8), 8)
    page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    page.setAccessibleName(made.tr("All keys"))
    lists = [(title, _keyed(actions)) for title, actions in groups]
    lists.insert(
        1,
        (
            made.tr("In a list"),
            [
                ("J K ↑ ↓", made.tr("Move")),
                ("Enter", made.tr("Open")),
                ("X, Space", made.tr("Select for an act on several")),
                ("Shift X", made.tr("Select from the last one to here")),
                ("Shift ↑ ↓ Home End", made.tr("Select on the way")),
                ("Ctrl A", made.tr("Select all")),
                ("Esc", made.tr("Select nothing")),
                ("/", made.tr("Add a filter")),
                ("Ctrl K", made.tr("Find a record or an action")),
            ],
        ),
    )
    for title, rows in lists:
        if rows:
            page.body.addWidget(text_label(title, "h3"))
            facts = Facts(130)
            facts.set_rows([(f"{key}  ", words) for key, words in rows])
            page.body.addWidget(facts)
            page.body.addSpacing(6)
    page.body.addStretch(1)
    made.body.addWidget(page, 1)
    close = primary(made.tr("Close"))
    close.clicked.connect(made.accept)
    made.add_buttons(close)
    return made


def _keyed(actions: Sequence[QAction]) -> list[tuple[str, str]]:
    rows: dict[tuple[str, str], None] = {}  # one letter may mean something else on each tab of an incident
    for action in actions:
        words, _, typed = action.text().partition("\t")
        key = typed or action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if key:
            rows[key, words.replace("&", "").rstrip("…")] = None
    return list(rows)
