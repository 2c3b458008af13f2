"""The search box of the window offers acts and references while one types, and is left by Escape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, empty_store, press, said, until, window_on
from triage_app.store import lookup
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES


@pytest.fixture
def work(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[Workplace]:
    with window_on(copied(samples, tmp_path / "home"), qtbot, whole=True) as window:
        workplace = window.workplace
        assert workplace is not None
        until(qtbot, lambda: len(workplace.views) == len(PLACES))
        window.activateWindow()
        until(qtbot, window.isActiveWindow)
        workplace.queue.table.setFocus()
        yield workplace


def typed(work: Workplace, words: str) -> list[str]:
    """Type into the search box; return what is offered."""
    work._top.focus_search()
    QTest.keyClicks(work.search, words)
    offered = work.suggestions
    items = [offered.item(row) for row in range(offered.count())] if offered.isVisible() else []
    return [item.text() for item in items if item.flags() & Qt.ItemFlag.ItemIsEnabled]


def test_an_act_is_offered_by_the_start_of_its_words_with_its_key(work: Workplace) -> None:
    offered = typed(work, "impo")
    assert offered[0] == "Import…   Ctrl+I"
    assert work.suggestions.currentItem() is None
    names = [work.suggestions.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(len(offered))]
    assert names == offered


def test_down_and_enter_do_what_is_offered(work: Workplace) -> None:
    assert typed(work, "evid")[0].startswith("Evidence")
    press(work.search, Qt.Key.Key_Down)
    press(work.search, Qt.Key.Key_Return)
    assert work.place() == "evidence"
    assert work.search.text() == ""
    assert not work.suggestions.isVisible()


def test_only_what_can_be_done_where_one_is_is_offered(work: Workplace, qtbot: QtBot) -> None:
    assert typed(work, "take back") == []  # no import is in view in the queue
    assert typed(work, "promote")
    press(work.search, Qt.Key.Key_Escape)
    work.go_to("imports")
    view = work.view("imports")
    until(qtbot, lambda: view.table.current_id() is not None)  # type: ignore[attr-defined]
    assert typed(work, "take back") == ["Take back this import…   T"]
    press(work.search, Qt.Key.Key_Escape)
    for words in ("promote", "snooze", "take the first", "classify"):
        assert typed(work, words) == [], words
        press(work.search, Qt.Key.Key_Escape)
    work.go_to("home")
    assert typed(work, "take back") == []
    press(work.search, Qt.Key.Key_Escape)
    assert typed(work, "export")  # a dialog that needs nothing of its place


def test_in_a_queue_without_alerts_no_act_on_one_is_offered(tmp_path: Path, qtbot: QtBot) -> None:
    empty_store(tmp_path / "home")
    with window_on(tmp_path / "home", qtbot, whole=True) as window:
        work = window.workplace
        assert work is not None
        until(qtbot, lambda: len(work.views) == len(PLACES))
        window.activateWindow()
        until(qtbot, window.isActiveWindow)
        assert typed(work, "promote") == []
        press(work.search, Qt.Key.Key_Escape)
        assert typed(work, "undo")


def test_enter_without_choosing_searches(work: Workplace, qtbot: QtBot) -> None:
    assert typed(work, "impo")
    press(work.search, Qt.Key.Key_Return)
    until(qtbot, lambda: work.queue.filter.query() == "impo")
    assert not work.suggestions.isVisible()


def test_escape_empties_the_box_and_gives_the_focus_back(work: Workplace) -> None:
    before = QApplication.focusWidget()
    assert before is not None
    assert typed(work, "impo")
    press(work.search, Qt.Key.Key_Escape)
    assert work.search.text() == ""
    assert not work.suggestions.isVisible()
    assert QApplication.focusWidget() is before


def test_a_reference_is_offered_by_its_start_and_opens_its_record(work: Workplace, qtbot: QtBot) -> None:
    press(work.queue.table, "p")
    said(work.queue, qtbot, "Promoted")
    (incident,) = lookup.listing(work.desk.store, "incident")
    typed(work, incident["ref"][:-1].lower())
    until(qtbot, lambda: work.suggestions.count() > 0)
    assert incident["ref"] in [work.suggestions.item(row).text() for row in range(work.suggestions.count())]
    press(work.search, Qt.Key.Key_Down)
    press(work.search, Qt.Key.Key_Return)
    assert work.place() == "incidents"


def test_where_nothing_begins_so_it_is_said(work: Workplace, qtbot: QtBot) -> None:
    assert typed(work, "zebra") == []
    until(qtbot, work.suggestions.isVisible)
    assert "Nothing that can be done here" in work.suggestions.item(0).text()
    press(work.search, Qt.Key.Key_Down)
    assert work.suggestions.currentRow() == -1  # there is nothing to choose
    press(work.search, Qt.Key.Key_Return)
    until(qtbot, lambda: work.queue.filter.query() == "zebra")


def test_severity_finds_the_form_that_sets_it(work: Workplace, qtbot: QtBot) -> None:
    press(work.queue.table, "p")
    said(work.queue, qtbot, "Promoted")
    (incident,) = lookup.listing(work.desk.store, "incident")
    work.open_record("incident", incident["id"])
    until(qtbot, lambda: bool(work._incident_in_view()))
    assert typed(work, "severity") == ["Classify…   C"]


def test_the_list_stays_within_a_small_window(work: Workplace) -> None:
    work.window().resize(640, 400)
    assert typed(work, "i")
    assert work.rect().contains(work.suggestions.geometry())


def test_the_list_follows_the_box_where_that_moves(work: Workplace, qtbot: QtBot) -> None:
    assert typed(work, "impo")
    answered: list[object] = []
    work.desk.query(lambda store: "asked after the references", answered.append)
    until(qtbot, lambda: bool(answered))  # from here on no answer puts the list in its place
    before = work.search.mapTo(work, QPoint(0, 0)).x()
    work.window().resize(900, work.window().height())
    until(qtbot, lambda: work.search.mapTo(work, QPoint(0, 0)).x() != before)
    until(qtbot, lambda: work.suggestions.x() == work.search.mapTo(work, QPoint(0, 0)).x())
