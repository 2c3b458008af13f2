"""The keys of the import dialog: none of them imports or throws away what it was not meant for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import SAMPLES, opened, press, ragged, table, until
from triage_app.ui.importing import Importing
from triage_app.ui.main_window import MainWindow
from triage_app.ui.messages import Dialog


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_on_a_tab_of_the_preview_opens_the_tab_and_imports_nothing(
    importing: Importing, qtbot: QtBot, tmp_path: Path, key: Qt.Key
) -> None:
    dialog = opened(importing, qtbot, ragged(tmp_path))
    dialog.check_rows()
    until(qtbot, lambda: dialog.import_button.isEnabled() and dialog.tabs.current() == "rows")
    until(qtbot, lambda: dialog.tabs.tabs["rejects"].isVisible())
    dialog.tabs.tabs["rejects"].setFocus()
    press(dialog.tabs.tabs["rejects"], key)
    assert dialog.tabs.current() == "rejects"
    assert importing.dialog is dialog
    assert not importing.is_at_work()
    dialog.reject()


def test_enter_in_the_rows_of_the_preview_imports_nothing(importing: Importing, qtbot: QtBot) -> None:
    dialog = opened(importing, qtbot, SAMPLES / "suricata-eve.json", SAMPLES / "shadowserver-scan_rdp.csv")
    assert dialog.import_button.isEnabled()
    dialog.rows.setFocus()
    dialog.rows.go_to_row(0)
    press(dialog.rows, Qt.Key.Key_Return)
    assert importing.dialog is dialog
    assert not importing.is_at_work()
    dialog.reject()


def test_enter_at_the_question_before_leaving_keeps_what_was_described(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    path = table(tmp_path / "t.csv", [["title", "host"], ["Odd", "PC-1"]])
    dialog = opened(importing, qtbot, path)
    press(dialog.columns.panels[str(path)].source, "x")
    asked: list[str] = []

    def answer() -> None:
        question = QApplication.activeModalWidget()
        if isinstance(question, Dialog) and question is not dialog:
            asked.append(question.heading.text())
            focused = question.focusWidget()
            press(focused if focused is not None else question, Qt.Key.Key_Return)
            if question.isVisible():
                question.reject()

    QTimer.singleShot(0, answer)
    assert not dialog.leave()
    assert asked == ["Leave without importing?"]
    assert dialog.isVisible()
    dialog.reject()


def test_tab_goes_from_the_clock_to_the_first_field_below_it(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    path = table(tmp_path / "t.csv", [["title", "time"], ["Odd", "03/04/2026 10:00"]])
    dialog = opened(importing, qtbot, path)
    panel = dialog.columns.panels[str(path)]
    assert panel.needed.isAncestorOf(panel.zone)
    panel.readings.buttons()[-1].setChecked(True)
    panel.readings.buttons()[-1].setFocus()
    press(panel.readings.buttons()[-1], Qt.Key.Key_Tab)
    assert dialog.focusWidget() is panel.zone
    for wanted in (panel.source, *list(panel.choices.values())[:2]):
        press(dialog.focusWidget(), Qt.Key.Key_Tab)
        assert dialog.focusWidget() is wanted
    dialog.reject()
