"""The acts on an incident in the menu: grouped by what a responder looks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction

from triage_app.ui.widgets.top_bar import Entry, Submenu


def in_groups(
    one: Mapping[str, QAction], *, reports: Sequence[QAction], affected: Sequence[QAction], impact: Sequence[QAction],
    files: Sequence[QAction], tasks: Sequence[QAction], undo: QAction,
) -> list[Entry]:  # fmt: skip
    """Return what the menu shows of the page of an incident; ``one`` are the acts of the page by name."""
    tr = QCoreApplication.translate
    return [
        None,
        Submenu(tr("IncidentMenu", "Rec&ord"), [
            one[name] for name in ("note", "correct", "event", "classify", "rename", "unlink")
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
