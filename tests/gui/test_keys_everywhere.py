"""Keys that work from every place, also while files are read: the telephone does not wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, until, window_on
from tests.gui.incident_store import Told, dialog
from triage_app.ui.dialogs.log_line import LogLineDialog
from triage_app.ui.dialogs.new_incident import NewIncidentDialog
from triage_app.ui.dialogs.tip import TipDialog
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES

CTRL, CTRL_SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier),
)


@pytest.fixture
def work(told: Told, tmp_path: Path, qtbot: QtBot) -> Iterator[Workplace]:
    with window_on(copied(told.home, tmp_path / "home"), qtbot, whole=True) as window:
        assert window.workplace is not None
        window.activateWindow()
        until(qtbot, window.isActiveWindow)
        yield window.workplace


def pressed(work: Workplace, key: Qt.Key, modifiers: Qt.KeyboardModifier = CTRL) -> None:
    """Press a key where the focus is, as the keyboard does: what is short for it is asked first."""
    QTest.keyClick(QApplication.focusWidget() or work, key, modifiers)


def opens(work: Workplace, qtbot: QtBot, key: Qt.Key, kind: type[QDialog]) -> None:
    pressed(work, key)
    dialog(kind, qtbot).reject()
    work.window().activateWindow()
    until(qtbot, work.window().isActiveWindow)


def test_the_keys_of_the_telephone_work_before_their_place_was_ever_shown(work: Workplace, qtbot: QtBot) -> None:
    work._build_rest.stop()
    assert "incidents" not in work.views
    opens(work, qtbot, Qt.Key.Key_L, LogLineDialog)
    opens(work, qtbot, Qt.Key.Key_N, NewIncidentDialog)
    opens(work, qtbot, Qt.Key.Key_R, TipDialog)
    pressed(work, Qt.Key.Key_R, CTRL_SHIFT)
    until(qtbot, lambda: work.place() == "incidents")


def test_the_keys_of_the_telephone_work_in_every_place(work: Workplace, qtbot: QtBot) -> None:
    until(qtbot, lambda: len(work.views) == len(PLACES))
    for place in PLACES:
        work.go_to(place)
        opens(work, qtbot, Qt.Key.Key_N, NewIncidentDialog)
        opens(work, qtbot, Qt.Key.Key_R, TipDialog)
        opens(work, qtbot, Qt.Key.Key_L, LogLineDialog)
        pressed(work, Qt.Key.Key_R, CTRL_SHIFT)
        until(qtbot, lambda: work.place() == "incidents")


def test_the_keys_of_the_telephone_work_over_the_page_of_an_incident(work: Workplace, told: Told, qtbot: QtBot) -> None:
    work.open_record("incident", told.ransom)
    until(qtbot, lambda: bool(work._incident_in_view()))
    opens(work, qtbot, Qt.Key.Key_N, NewIncidentDialog)
    opens(work, qtbot, Qt.Key.Key_R, TipDialog)
    opens(work, qtbot, Qt.Key.Key_L, LogLineDialog)
