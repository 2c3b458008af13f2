"""The list of every key, and the page of first help."""

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


def _formats(made: Dialog) -> str:
    from triage_app.formats import registry  # every format is asked its name, which nobody needs before

    names = ", ".join(title for _, title in registry.formats())
    return made.tr("{0}. Each is told from its content; the preview says why.").format(names)


def help_dialog(parent: QWidget) -> Dialog:
    """Return the page of first help."""
    made = Dialog(parent.tr("How the work goes"), parent=parent)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    made.setModal(False)
    made.resize_within(600, 520)
    page = ScrollPage((8, 8, 8, 8), 6)
    page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    page.setAccessibleName(made.tr("How the work goes"))
    tr = made.tr
    for title, words in (
        (
            tr("Take files in"),
            tr(
                "Ctrl I, or drop files or a folder on the window, or paste what you copied with Ctrl V. You see what "
                "they hold before anything is kept; F4 reads one as another format. Under Imports each can be looked "
                "at again and taken back, and a folder can be watched."
            ),
        ),
        (tr("What can be read"), _formats(made)),
        (
            tr("Evidence"),
            tr(
                "What is no alert goes to its own list: advisories, indicators, findings, vulnerabilities, endpoints, "
                "organisations, threats. Words narrow a list, and so do type:domain, src:MISP, sev:high. An indicator "
                "finds what holds it, however it is written, and never a part of another one."
            ),
        ),
        (
            tr("Work the queue"),
            tr(
                "The worst comes first. P makes an incident of an alert, M adds it to an open one, D dismisses it, "
                "S puts it aside; X marks several, Ctrl A all. The next one is then current. U takes back the last "
                "thing done, as often as you like."
            ),
        ),
        (
            tr("Work an incident"),
            tr(
                "Classify it, record who was harmed and what was done for them. Alt and a figure shows a tab, Ctrl "
                "Page Down the next one. Under Affected things, Ctrl V pastes the hosts or accounts it took; X marks, "
                "S sets their state. What is still empty is listed when you close it."
            ),
        ),
        (
            tr("Exchange"),
            tr(
                "Write a sealed file for exactly those you choose, carry it over, and merge theirs: you see first what "
                "changes."
            ),
        ),
        (
            tr("Nothing is lost"),
            tr("Every decision is kept with who, when and why. Undo adds to that record and removes nothing."),
        ),
        (
            tr("Leave the desk"),
            tr(
                "Ctrl Shift L hides everything at once. Your passphrase opens it again. File, Who can unlock lets "
                "colleagues in, makes a recovery key or a sealed envelope, and a copy that an auditor reads."
            ),
        ),
    ):
        page.body.addWidget(text_label(title, "h3"))
        page.body.addWidget(text_label(words, "body", "text2", wrap=True))
        page.body.addSpacing(6)
    page.body.addStretch(1)
    made.body.addWidget(page, 1)
    close = primary(tr("Close"))
    close.clicked.connect(made.accept)
    made.add_buttons(close)
    return made
