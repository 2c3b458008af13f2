"""Nothing of the window comes up as a window of its own while the places are made: no square at the top left."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, until, window_on
from tests.gui.incident_store import Told
from triage_app.ui.main_window import MainWindow
from triage_app.ui.workplace_menus import PLACES


class Shown(QObject):
    """Which windows came up."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.found.append(type(watched).__name__)
        return False


def test_making_the_places_brings_up_no_window_beside_the_one(
    told: Told, tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    shown = Shown()
    qapp.installEventFilter(shown)
    try:
        with window_on(copied(told.home, tmp_path / "home"), qtbot, whole=True) as window:
            work = window.workplace
            assert work is not None
            until(qtbot, lambda: len(work.views) == len(PLACES))
            for place in PLACES:
                work.go_to(place)
            work.open_record("incident", told.ransom)
            until(qtbot, lambda: bool(work._incident_in_view()))
            tabs = work._incidents().page.tabs
            for key in tabs.tabs:
                tabs.go_to(key)
    finally:
        qapp.removeEventFilter(shown)
    assert shown.found == [MainWindow.__name__]
