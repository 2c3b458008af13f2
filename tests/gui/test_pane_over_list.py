"""At 200 % the alert lies over its list: deciding it there opens the next one, and sends nobody back to the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, queue_of, said, until, wait_unlocked, window_on
from triage_app.ui.views.queue import QueueView


@pytest.fixture
def queue(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[QueueView]:
    """The queue of a window of 720 × 450 with an alert open that needs no words to be dismissed."""
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        shown = wait_unlocked(window, qtbot)
        window.resize(720, 450)
        until(qtbot, lambda: not shown.detail.isVisible())
        window.activateWindow()
        until(qtbot, window.isActiveWindow)
        shown.table.setFocus()
        shown.table.go_to_row(60)
        press(shown.table, Qt.Key.Key_Return)
        assert over(shown)
        yield queue_of(window)


def over(queue: QueueView) -> bool:
    """Tell whether the pane lies over the list and has the focus."""
    return queue.detail.isVisible() and not queue.table.isVisible() and queue.detail.isAncestorOf(focus())


def focus() -> QWidget:
    """Return what has the focus."""
    found = QApplication.focusWidget()
    assert found is not None
    return found


def key_of(queue: QueueView) -> str:
    """Return the key of the alert in the pane, which is the current one."""
    assert queue.detail.alert is not None
    assert queue.detail.alert["key"] == queue._current_key()
    return str(queue.detail.alert["key"])


def test_promoting_in_the_open_pane_opens_the_next_alert_at_once(queue: QueueView, qtbot: QtBot) -> None:
    wanted = queue.table.record_model.record(61)
    press(focus(), "p")
    assert over(queue)
    assert wanted is not None
    assert key_of(queue) == wanted["alert"]["key"]
    assert "left" in said(queue, qtbot, "Promoted")
    assert queue.result.isVisible()
    assert over(queue)


def test_dismissing_asks_under_the_list_and_then_opens_the_next_alert(queue: QueueView, qtbot: QtBot) -> None:
    before = key_of(queue)
    press(focus(), "d")
    bar = queue.acts.dismiss_bar
    assert bar.isVisible()
    assert bar.hasFocus()
    press(bar, "1")
    assert over(queue)
    assert key_of(queue) != before
    said(queue, qtbot, "Dismissed")
    press(focus(), "u")
    until(qtbot, lambda: queue._current_key() == before)
    assert over(queue)


def test_a_question_that_is_put_away_leaves_the_same_alert_open(queue: QueueView) -> None:
    before = key_of(queue)
    for letter in "dsmn":
        press(focus(), letter)
        assert any((bar.isVisible() and bar.isAncestorOf(focus())) or bar.hasFocus() for bar in queue.acts.bars), letter
        press(focus(), Qt.Key.Key_Escape)
        assert over(queue), letter
        assert key_of(queue) == before


def test_the_button_of_the_pane_asks_where_it_can_be_seen(queue: QueueView) -> None:
    QTest.mouseClick(queue.detail.dismiss, Qt.MouseButton.LeftButton)
    assert queue.acts.dismiss_bar.isVisible()
    assert queue.acts.dismiss_bar.hasFocus()


def test_words_that_a_rule_asks_for_are_asked_for_in_view(queue: QueueView, qtbot: QtBot) -> None:
    press(focus(), Qt.Key.Key_Escape)
    queue.table.go_to_row(0)  # the worst comes first
    press(queue.table, Qt.Key.Key_Return)
    before = key_of(queue)
    press(focus(), "d")
    press(queue.acts.dismiss_bar, "1")
    until(qtbot, lambda: queue.acts.dismiss_bar.field.isVisible() and queue.acts.dismiss_bar.field.hasFocus())
    QTest.keyClicks(queue.acts.dismiss_bar.field, "The scanner of the audit")
    press(queue.acts.dismiss_bar.field, Qt.Key.Key_Return)
    said(queue, qtbot, "Dismissed")
    until(qtbot, lambda: over(queue))
    assert key_of(queue) != before


def test_after_the_last_alert_the_list_says_why_it_is_empty(queue: QueueView, qtbot: QtBot) -> None:
    press(focus(), Qt.Key.Key_Escape)
    queue.set_query("is:open src:Suricata beacon")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 1)
    press(queue.table, Qt.Key.Key_Return)
    press(focus(), "p")
    assert queue.table.isVisible()
    said(queue, qtbot, "Promoted")
    assert queue.result.isVisible()


def test_a_wider_window_has_the_result_under_its_list_again(queue: QueueView, qtbot: QtBot) -> None:
    press(focus(), "p")
    said(queue, qtbot, "Promoted")
    queue.window().resize(1440, 900)
    until(qtbot, lambda: queue.table.isVisible() and queue.detail.isVisible())
    assert queue.middle.isAncestorOf(queue.result)
    assert queue.result.isVisible()
