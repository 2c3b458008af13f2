"""Snoozing: the way by Tab to the field for a time, and the example that stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, queue_of, said, window_on
from triage_app.ui.dialogs.snooze import SnoozeBar
from triage_app.ui.views.queue import QueueView


@pytest.fixture
def queue(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[QueueView]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        window.activateWindow()
        found = queue_of(window)
        found.table.setFocus()
        yield found


def test_one_tab_leads_to_where_a_snooze_is_typed_and_its_digits_stay_there(queue: QueueView, qtbot: QtBot) -> None:
    bar = queue.acts.snooze_bar
    press(queue.table, "s")
    passed = []
    for _ in range(len(bar.buttons) + 3):
        press(QApplication.focusWidget() or bar, Qt.Key.Key_Tab)
        passed.append(QApplication.focusWidget())
    assert passed == [bar.field, bar.enter, *bar.buttons.values(), bar.close_button]
    press(bar, Qt.Key.Key_Escape)
    press(queue.table, "s")
    press(bar, Qt.Key.Key_Tab)
    press(QApplication.focusWidget() or bar, "14:30")
    press(bar.field, Qt.Key.Key_Return)
    said(queue, qtbot, "Snoozed until Sun 22 Nov 2026 14:30 GMT.")


def test_the_time_shown_as_an_example_is_yet_to_come(qtbot: QtBot) -> None:
    bar = SnoozeBar(lambda: datetime(2027, 3, 5, 23, 30, tzinfo=UTC))
    qtbot.addWidget(bar)
    bar.open_for(1)
    assert "2027-03-06 09:00" in bar.field.placeholderText()
    assert bar.field.accessibleName() == bar.field.placeholderText()
