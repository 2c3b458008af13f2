"""Draw the kit in every theme, to be looked at beside the standard: ``python -m tests.gui.gallery FOLDER``.

``QT_SCALE_FACTOR=2`` draws it at 200 %.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.gallery_places import home_place, parts_place, queue_place
from triage_app.ui import theme
from triage_app.ui.shell import Shell
from triage_app.ui.table import RecordTable
from triage_app.ui.widgets import (
    Button,
)


def build() -> Shell:
    """Return a whole window."""
    shell = Shell()
    places: list[tuple[str, str, str, int | None, Callable[[], QWidget]]] = [
        ("home", "Home", "home", None, home_place),
        ("queue", "Queue", "inbox", 60, queue_place),
        ("incidents", "Incidents", "flag", 14, parts_place),
        ("victims", "Victims", "person", 31, QWidget),
        ("tasks", "My tasks", "check-square", 5, QWidget),
        ("indicators", "Indicators", "crosshair", 51204, QWidget),
        ("hunts", "Hunts", "hunt", 2, QWidget),
        ("advisories", "Advisories", "megaphone", 3, QWidget),
        ("exchange", "Exchange", "exchange", 4, QWidget),
        ("orgs", "Organisations", "building", None, QWidget),
        ("reports", "Reports", "document", None, QWidget),
    ]
    for key, title, icon, count, make in places:
        shell.add_place(key, title, icon, make())
        shell.set_count(key, count)
    menus: dict[str, list[QAction | None]] = {}
    for title in ("&File", "&Edit", "&View", "&Alert", "&Incident", "E&xchange", "&Help"):
        menus[title] = [QAction("Open", shell), None, QAction("Close", shell)]
    shell.set_menus(menus)
    shell.set_identity("Sam Okafor", "RXX", "Home RXX, device K7")
    shell.set_clock("03:12 GMT", "Sun 22 Nov")
    shell.set_status("Journal verified 02:50", "ok")
    shell.set_saved_views([("1", "High and above", 8), ("2", "Imaging outage", 17), ("3", "Phishing, wards", 12)])
    shell.set_note("copy", "save", "Copy off this laptop", "6 h ago, verified")
    shell.set_note("exchange", "exchange", "Working offline", "2 bundles to send")
    shell.show_progress("Import: shadowserver-2026-11-21.csv", 0, 100)
    shell.progress.report(62, 100)
    shell.narrow_changed.connect(lambda narrow: fold(shell, narrow))
    return shell


def fold(shell: Shell, narrow: bool) -> None:
    """Do what a view does in a narrow window."""
    for widget in shell.findChildren(QWidget, "wide"):
        widget.setVisible(not narrow)
    for button in shell.findChildren(Button):
        if button.text() in ("Import", "New alert", "Print handover"):
            button.set_bare(narrow)


def main(folder: Path) -> None:
    """Draw every theme and place."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    scale = float(os.environ.get("QT_SCALE_FACTOR", "1"))
    theme.current().apply(app)
    shell = build()
    shell.resize(round(1440 / scale), round(900 / scale))
    shell.show()
    for mode in ("light", "dark", "high-contrast"):
        theme.current().set_mode(mode)
        for place in ("home", "queue", "incidents"):
            shell.go_to(place)
            shell.set_banner("Exercise: nothing here is real" if place == "incidents" else "")
            table = shell.findChild(RecordTable, "queue")
            if place == "queue" and isinstance(table, RecordTable):
                table.setFocus()
                table.go_to_row(2)
            else:
                buttons = [b for b in shell.findChildren(Button) if b.isVisible() and b.text() == "Record outcome"]
                if buttons:
                    buttons[0].setFocus()
            app.sendPostedEvents()
            app.processEvents()
            shell.grab().save(str(folder / f"{place}-{mode}-{round(scale * 100)}.png"))
    shell.close()


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main(Path(sys.argv[1]))
