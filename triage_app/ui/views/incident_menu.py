"""The tabs of an incident by key, and its acts in the menu: grouped by what a responder looks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from triage_app.ui.views.commands import command
from triage_app.ui.widgets import Tabs
from triage_app.ui.widgets.top_bar import Entry, Submenu

TAB_KEYS: Final = {
    "timeline": "Alt+1", "tasks": "Alt+2", "alerts": "Alt+3", "victims": "Alt+4", "affected": "Alt+5",
    "impact": "Alt+6", "log": "Alt+7", "files": "Alt+8", "reports": "Alt+9", "history": "Alt+0", "facts": "Alt+-",
}  # fmt: skip
"""The row of figures of the keyboard from left to right, as the tabs stand; a tab keeps its key where others fold."""

NEXT, PREVIOUS = "next-tab", "previous-tab"


def tab_commands(
    page: QWidget, tabs: Tabs, go_to: Callable[[str], object], step: Callable[[int], object]
) -> dict[str, QAction]:
    """Return the acts that go to a tab; they work wherever the focus is while the page is shown."""
    tr = page.tr
    words = {
        "timeline": tr("Show &timeline"), "tasks": tr("Show tas&ks"), "alerts": tr("Show &alerts"),
        "victims": tr("Show &victims"), "affected": tr("Show affecte&d things"), "impact": tr("Show &impact"),
        "log": tr("Show &log"), "files": tr("Show &files"), "reports": tr("Show &reports of it"),
        "history": tr("Show &history"), "facts": tr("Show fa&cts"),
    }  # fmt: skip
    tip = tr("That tab of the incident")
    made = {
        f"tab-{key}": command(page, words[key], keys, tip, lambda key=key: go_to(key))  # type: ignore[misc]
        for key, keys in TAB_KEYS.items()
    }
    made[NEXT] = command(page, tr("Show the &next tab"), "Ctrl+PgDown;Ctrl+Tab", tr("To the right"), lambda: step(1))
    made[PREVIOUS] = command(
        page, tr("Show the tab &before"), "Ctrl+PgUp;Ctrl+Shift+Tab", tr("To the left"), lambda: step(-1)
    )
    for action in made.values():
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    for key, keys in TAB_KEYS.items():
        tabs.tabs[key].set_key(QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText))
    return made


def in_groups(
    one: Mapping[str, QAction], *, reports: Sequence[QAction], affected: Sequence[QAction], impact: Sequence[QAction],
    files: Sequence[QAction], tasks: Sequence[QAction], undo: QAction,
) -> list[Entry]:  # fmt: skip
    """Return what the menu shows of the page of an incident; ``one`` are the acts of the page by name."""
    tr = QCoreApplication.translate
    return [
        None,
        Submenu(tr("IncidentMenu", "Sho&w"), [
            *(one[f"tab-{key}"] for key in TAB_KEYS), None, one[NEXT], one[PREVIOUS],
        ]),
        Submenu(tr("IncidentMenu", "Rec&ord"), [
            one[name] for name in ("note", "correct", "event", "classify", "confirm", "rename", "unlink")
        ]),
        Submenu(tr("IncidentMenu", "&Times and clocks"), [one["times"], one["clocks"]]),
        Submenu(tr("IncidentMenu", "Tas&ks"), tasks),
        Submenu(tr("IncidentMenu", "&Affected things"), affected),
        Submenu(tr("IncidentMenu", "&Clinical impact"), impact),
        Submenu(tr("IncidentMenu", "&Files and evidence"), files),
        Submenu(tr("IncidentMenu", "What people reporte&d"), reports),
        Submenu(tr("IncidentMenu", "&Hand over, merge and close"), [
            one[name] for name in ("handoff", "merge", "part", "split", "close")
        ]),
        None,
        undo,
        one["back"],
    ]  # fmt: skip
