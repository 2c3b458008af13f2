"""Marks on rows, and rows that leave a list: a million at once, and one without a look at the others."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from triage_app.ui import theme
from triage_app.ui.table import Column, IdTableModel, RecordTable
from triage_app.ui.table_marks import Marks, place_of, without

Make = Callable[[int], RecordTable]
ASKED: list[list[Any]] = []


def fetch(wanted: list[Any]) -> Mapping[Any, dict[str, Any]]:
    ASKED.append(list(wanted))
    return {number: {"title": f"Alert {number}"} for number in wanted}


@pytest.fixture
def make(qapp: QApplication, qtbot: QtBot) -> Make:
    theme.current().apply(qapp)

    def made(count: int) -> RecordTable:
        table = RecordTable(IdTableModel((Column("title", "Alert", 220),), fetch, array("q", range(count))))
        qtbot.addWidget(table)
        table.resize(600, 500)
        table.show()
        qtbot.waitExposed(table)
        ASKED.clear()
        return table

    return made


def test_all_of_a_million_are_marked_acted_on_and_taken_away(make: Make) -> None:
    table = make(1_000_000)
    table.go_to_row(5)
    QTest.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(table.marked) == 1_000_000
    table.toggle_mark(5)
    acting = table.acting_ids()
    assert (len(acting), acting[4], acting[5]) == (999_999, 4, 6)
    table.take_away(acting)
    assert list(table.record_model.ids) == [5]
    assert table.current_id() == 5
    assert not table.marked


def test_a_row_that_leaves_has_no_other_asked_for_again(make: Make) -> None:
    table = make(10_000)
    table.go_to_row(3)
    table.viewport().grab()
    ASKED.clear()
    heard: list[object] = []
    table.current_changed.connect(heard.append)
    table.take_away([3])
    table.viewport().grab()
    assert table.current_id() == 4
    assert heard == [], "whoever takes it away knows"
    assert all(len(wanted) == 1 for wanted in ASKED), "but for the row that came into the page"
    assert not table.record_model.ids.index(2) - 2


def test_marks_stay_with_their_records_when_others_leave(make: Make) -> None:
    table = make(300)
    table.marked = {10, 20, 30}
    table.take_away([5, 20])
    assert set(table.marked) == {10, 30}
    table.take_away(list(range(0, 100, 2)))
    assert not table.marked
    table.marked = {150}
    table.set_ids(array("q", range(100, 200)))
    assert set(table.marked) == {150}
    assert table.marked.at(50)


def test_where_many_leave_the_next_that_is_left_becomes_current(make: Make) -> None:
    table = make(1_000)
    table.go_to_row(500)
    table.take_away(list(range(400, 600)))
    assert table.current_id() == 600
    table.take_away(list(range(600, 1_000)))
    assert table.current_id() == 399
    table.go_to_row(200)
    table.take_away(list(range(0, 100)))
    assert table.current_id() == 200


@given(st.lists(st.integers(0, 60), unique=True), st.sets(st.integers(0, 60)), st.integers(-1, 70))
def test_marks_are_a_set_of_what_is_in_the_list(ids: list[int], wanted: set[int], near: int) -> None:
    listed = array("q", ids)
    marks = Marks.of(listed, wanted)
    assert set(marks) == wanted & set(ids)
    assert len(marks) == len(set(marks))
    assert list(marks.records()) == [one for one in ids if one in wanted]
    assert list(marks.others()) == [one for one in ids if one not in wanted] == list(without(listed, wanted))
    assert set(marks.kept_in(listed[::2])) == wanted & set(ids[::2])
    for row, one in enumerate(ids):
        assert marks.at(row) == (one in marks) == (one in wanted)
        assert place_of(listed, one, near) == row
        assert set(marks.toggled(row)) == set(marks) ^ {one}
    assert place_of(listed, 99, near) == -1
    if ids:
        assert set(marks.reaching(0, len(ids) // 2)) == set(marks) | set(ids[: len(ids) // 2 + 1])
    assert set(marks.every()) == set(ids)
