"""What a screen reader is given to say: the result of each act, marks, whole rows; heard where Qt hands it over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, queue_of, said, until, window_on
from tests.gui.hearing import heard
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.queue import QueueView
from triage_app.ui.widgets import ResultLine, announce


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as opened:
        opened.activateWindow()
        yield opened


@pytest.fixture
def queue(window: MainWindow) -> QueueView:
    found = queue_of(window)
    found.table.setFocus()
    return found


def rows_said(queue: QueueView, many: int) -> list[list[str]]:
    """What Qt says of the cells of the first rows."""
    wide = len(queue.table.record_model.columns)
    table = QAccessible.queryAccessibleInterface(queue.table)
    parts = [table.child(number) for number in range((many + 1) * (wide + 1))]  # with its heads
    words = [one.text(QAccessible.Text.Name) for one in parts if one.role() == QAccessible.Role.Cell]
    return [words[row * wide : (row + 1) * wide] for row in range(many)]


def test_the_result_of_an_act_is_said_once_with_how_to_undo_it_and_what_is_next(queue: QueueView, qtbot: QtBot) -> None:
    queue.set_query("is:open sev:low")
    until(qtbot, lambda: "shown" in queue.counts.text())
    queue.table.go_to_row(len(queue.table.record_model.ids) - 2)
    with heard() as words:
        press(queue.table, "d")
        press(queue.acts.dismiss_bar, "1")
        said(queue, qtbot, "Dismissed, false positive.")
        until(qtbot, lambda: any(line.startswith("Dismissed") for line in words))
    (told,) = [line for line in words if line.startswith("Dismissed")]
    result = r"Dismissed, false positive; u to undo\. Next: low, [^,]+, .+, \d+ (minutes?|hours?|days?) old; \d+ left\."
    assert re.fullmatch(result, told), told


def test_what_cannot_be_undone_is_said_without_a_key(queue: QueueView, qtbot: QtBot) -> None:
    with heard() as words:
        queue._copy()
        until(qtbot, lambda: "Copied, defanged." in words)


def test_where_letters_are_off_the_key_that_undoes_is_another(qtbot: QtBot) -> None:
    line = ResultLine()
    qtbot.addWidget(line)
    line.undo_key = "Control Z"
    with heard() as words:
        line.say("Noted.")
        until(qtbot, lambda: words == ["Noted; Control Z to undo."])


def test_of_two_that_tell_the_same_the_fuller_is_said_and_different_things_are_both(qtbot: QtBot) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    with heard() as words:
        for told in ("Snoozed.", "Snoozed; u to undo.", "Another.", "Another.", "Noted; u to undo.", "Noted."):
            announce(place, told)
        until(qtbot, lambda: len(words) >= 3)
        qtbot.wait(20)
    assert words == ["Snoozed; u to undo.", "Another.", "Noted; u to undo."]


def test_marks_are_said_as_they_change_and_stand_before_the_row(queue: QueueView, qtbot: QtBot) -> None:
    with heard() as words:
        press(queue.table, "xx")
        until(qtbot, lambda: words[-1:] == ["2 marked"])
        press(queue.table, Qt.Key.Key_Escape)
        until(qtbot, lambda: words[-1:] == ["None marked"])
    press(queue.table, Qt.Key.Key_Home)
    press(queue.table, "x")
    first, second = rows_said(queue, 2)
    assert first[0].startswith("Marked, Critical, Backup catalogue deleted")
    assert second[0].startswith("Critical, ")


def test_a_row_is_said_whole_and_in_words(queue: QueueView) -> None:
    ((whole, *cells),) = rows_said(queue, 1)
    assert re.search(r", (once|\d+ times), \d+ (minutes?|hours?|days?)(, |$)", whole), whole
    age = [column.key for column in queue.table.record_model.columns].index("age")
    assert re.fullmatch(r"\d+ (minutes?|hours?|days?)", cells[age - 1])
    assert QAccessible.queryAccessibleInterface(queue).text(QAccessible.Text.Name) == "Queue"
