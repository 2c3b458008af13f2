"""The record table: ids first, by id through every change, and by keyboard."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from triage_app.errors import StoreBusy
from triage_app.ui import theme
from triage_app.ui.table import Cell, ClockCell, Column, IdTableModel, RecordTable, StatusCell
from triage_app.ui.table_delegate import not_known_words

COLUMNS = (
    Column("severity", "Severity", 104, "severity"),
    Column("title", "Alert", 220, "title", stretch=True),
    Column("source", "Source", 100, drop=1),
    Column("seen", "Seen", 56, "times", drop=2),
    Column("tlp", "TLP", 120, "tlp", drop=3),
    Column("status", "Status", 100, "status", drop=4),
    Column("gaps", "Gaps", 100, drop=5),
    Column("clock", "Clock", 118, "clock"),
)
LEVELS = ("critical", "high", "medium", "low", "info", "no such level")


class Source:
    """A source of rows that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.gone: set[int] = set()

    def __call__(self, ids: list[int]) -> dict[int, dict[str, object]]:
        self.asked.append(ids)
        return {
            n: {
                "severity": LEVELS[n % 6],
                "title": f"Alert {n}",
                "source": "Wazuh",
                "seen": n % 7,
                "tlp": ("AMBER+STRICT", "", "RED")[n % 3],
                "status": StatusCell(("ongoing", "failed", "unknown")[n % 3], "word"),
                "gaps": Cell("K7", "warning", "amber", True, "second"),
                "clock": ClockCell(("red", "provisional", "met")[n % 3], "SLA 38 m", 0.5),
                "unseen": n % 2 == 0,
                "loading": n % 5 == 0,
            }
            for n in ids
            if n not in self.gone
        }


def focus(table: RecordTable, qtbot: QtBot) -> None:
    table.activateWindow()
    table.setFocus()
    qtbot.waitUntil(lambda: table.hasFocus() and table.current_id() is not None)


Make = Callable[..., RecordTable]


@pytest.fixture
def make(qapp: QApplication, qtbot: QtBot) -> Iterator[Make]:
    theme.current().apply(qapp)

    def made(count: int = 200, source: Source | None = None, width: int = 1000) -> RecordTable:
        table = RecordTable(IdTableModel(COLUMNS, source or Source(), array("q", range(count))))
        qtbot.addWidget(table)
        table.resize(width, 600)
        table.show()
        qtbot.waitExposed(table)
        return table

    yield made
    theme.current().set_density("normal")


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = IdTableModel(COLUMNS, Source(), array("q", range(150)))
    qtmodeltester.check(model, force_py=True)  # type: ignore[no-untyped-call]
    native = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.set_ids(array("q", [5, 4, 3]))
    model.refresh()
    model.set_sorted("title", True)
    native.deleteLater()


def test_a_million_records_open_and_jump_without_all_being_fetched(make: Make, qtbot: QtBot) -> None:
    source = Source()
    table = make(0, source)
    begun = time.monotonic()
    table.set_ids(array("q", range(1_000_000)))
    table.go_to_row(999_999)
    table.viewport().grab()
    table.go_to_id(500_000)
    table.viewport().grab()
    assert time.monotonic() - begun < 5
    assert table.verticalScrollBar().maximum() > 35_000_000, "the scroll bar is exact"
    assert len(source.asked) < 10
    assert max(len(ids) for ids in source.asked) == 64
    assert table.current_id() == 500_000


def test_only_sixty_four_pages_are_kept(make: Make) -> None:
    source = Source()
    model = IdTableModel(COLUMNS, source, array("q", range(64 * 100)))
    for page in range(100):
        model.record(page * 64)
    assert len(source.asked) == 100
    model.record(36 * 64)
    assert len(source.asked) == 100, "a page that is held is not asked for again"
    model.record(0)
    assert len(source.asked) == 101, "the oldest page was let go"
    model.record(36 * 64)
    assert len(source.asked) == 101, "and not the one that was looked at since"


def test_the_current_record_stays_current_when_the_list_changes_under_it(make: Make) -> None:
    table = make()
    table.go_to_id(50)
    table.set_ids(array("q", [7, *range(40, 200)]))
    assert table.current_id() == 50
    table.set_ids(array("q", reversed(range(200))))
    assert table.current_id() == 50


def test_a_record_that_stays_keeps_its_place_on_the_screen(make: Make) -> None:
    table = make()
    table.go_to_id(100)
    table.verticalScrollBar().setValue(95 * table.row_height + 7)
    before = table.rowViewportPosition(table.currentIndex().row())
    table.set_ids(array("q", [1000, 1001, 1002, *range(200)]))
    assert table.rowViewportPosition(table.currentIndex().row()) == before


def test_when_the_current_record_leaves_the_next_one_is_current(make: Make) -> None:
    table = make()
    table.go_to_id(50)
    told: list[object] = []
    table.current_changed.connect(told.append)
    table.set_ids(array("q", [n for n in range(200) if n != 50]))
    assert table.current_id() == 51
    assert told == [51]
    table.go_to_id(199)
    table.set_ids(array("q", range(10)))
    assert table.current_id() == 9
    table.set_ids(array("q"))
    assert table.current_id() is None


def test_refreshing_asks_again_for_what_is_in_view_alone(make: Make) -> None:
    source = Source()
    table = make(10_000, source)
    table.viewport().grab()
    source.asked.clear()
    table.refresh()
    table.viewport().grab()
    assert 1 <= len(source.asked) <= 2


def test_a_record_that_is_gone_is_said_to_be_gone(make: Make) -> None:
    source = Source()
    source.gone = {3}
    table = make(10, source)
    table.viewport().grab()
    model = table.record_model
    assert model.data(model.index(3, 1)) == "–"
    assert "no longer here" in model.sentence(3)


def test_a_store_that_does_not_answer_costs_a_page_and_tells_once(make: Make) -> None:
    def fetch(ids: list[int]) -> dict[int, dict[str, object]]:
        raise StoreBusy("The store is busy.", "Try again.")

    model = IdTableModel(COLUMNS, fetch, array("q", range(10)))
    told: list[object] = []
    model.fetch_failed.connect(told.append)
    assert model.record(0) is None
    assert model.record(1) is None
    assert len(told) == 1


def test_a_screen_reader_hears_the_whole_row_from_its_first_cell(make: Make) -> None:
    model = make().record_model
    role = int(Qt.ItemDataRole.AccessibleTextRole)
    said = model.data(model.index(1, 0), role)
    assert said == "High, Alert 1, Wazuh, once, word, K7, second, SLA 38 minutes"
    assert model.data(model.index(1, 1), role) is None


def test_roles_that_are_not_served_answer_none_without_asking_for_rows(make: Make) -> None:
    source = Source()
    model = IdTableModel(COLUMNS, source, array("q", range(10)))
    for role in (Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.BackgroundRole):
        assert model.data(model.index(0, 0), int(role)) is None
    assert source.asked == []


def test_letters_act_while_the_table_has_the_focus(make: Make, qtbot: QtBot) -> None:
    table = make()
    focus(table, qtbot)
    heard: list[str] = []
    opened: list[object] = []
    table.key_pressed.connect(heard.append)
    table.opened.connect(opened.append)
    QTest.keyClicks(table, "jjk")
    assert table.current_id() == 1
    QTest.keyClicks(table, "pDu/?")
    assert heard == ["p", "d", "u", "/"], "the question mark is the window's"
    QTest.keyClick(table, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert len(heard) == 4, "a chord is no letter"
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert opened == [1]


def test_letters_can_be_turned_off(make: Make, qtbot: QtBot) -> None:
    table = make()
    focus(table, qtbot)
    table.single_keys = False
    heard: list[str] = []
    table.key_pressed.connect(heard.append)
    QTest.keyClicks(table, "pj")
    assert heard == []
    assert table.current_id() == 0


def test_ctrl_a_marks_all_and_shift_with_a_move_marks_on_the_way(make: Make, qtbot: QtBot) -> None:
    table = make(600)
    table.go_to_row(3)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert (set(table.marked), table.currentIndex().row()) == ({3, 4, 5}, 5)
    QTest.keyClick(table, Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier)
    assert set(table.marked) == {0, 1, 2, 3, 4, 5}
    QTest.keyClick(table, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert (len(table.marked), table.currentIndex().row()) == (600, 599)
    QTest.keyClick(table, Qt.Key.Key_Escape)
    QTest.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(table.marked) == 600


def test_x_marks_and_marked_records_are_what_an_action_acts_on(make: Make, qtbot: QtBot) -> None:
    table = make()
    focus(table, qtbot)
    counts: list[int] = []
    table.marked_changed.connect(counts.append)
    assert list(table.acting_ids()) == [0]
    QTest.keyClicks(table, "xjx")
    assert set(table.marked) == {0, 2}
    table.go_to_row(6)
    QTest.keyClicks(table, "X")
    assert list(table.acting_ids()) == [0, 2, 3, 4, 5, 6]
    table.set_ids(array("q", range(4, 100)))
    assert set(table.marked) == {4, 5, 6}, "what left the list is not acted on unseen"
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert not table.marked
    assert counts == [1, 2, 6, 3, 0]


def test_a_heading_asks_for_sorting_and_sorts_nothing_itself(make: Make) -> None:
    table = make()
    asked: list[tuple[str, bool]] = []
    table.sort_requested.connect(lambda key, down: asked.append((key, down)))
    table.horizontalHeader().sectionClicked.emit(1)
    table.record_model.set_sorted("title", True)
    table.horizontalHeader().sectionClicked.emit(1)
    assert asked == [("title", True), ("title", False)]
    assert list(table.record_model.ids[:3]) == [0, 1, 2]


def test_columns_give_way_in_their_order_when_the_window_is_narrow(make: Make) -> None:
    table = make(width=620)

    def shown() -> list[str]:
        return [c.key for n, c in enumerate(COLUMNS) if not table.isColumnHidden(n)]

    assert shown() == ["severity", "title", "gaps", "clock"]
    table.resize(1000, 600)
    assert len(shown()) == 8
    table.resize(480, 600)
    assert shown() == ["severity", "title", "clock"]


def test_rows_follow_the_density(make: Make) -> None:
    table = make()
    heights = []
    for density in ("compact", "normal", "roomy"):
        theme.current().set_density(density)
        heights.append(table.rowHeight(0))
    assert heights == [26, 36, 44]


def test_an_empty_list_says_why_and_rows_take_its_place(make: Make) -> None:
    table = make(0)
    why = QLabel("Nothing to decide")
    table.set_empty(why)
    assert why.isVisible()
    table.set_ids(array("q", [1]))
    assert not why.isVisible()


@pytest.mark.parametrize("mode", ["light", "dark", "high-contrast"])
def test_every_kind_of_cell_is_painted_in_every_theme(make: Make, mode: str, qtbot: QtBot) -> None:
    theme.current().set_mode(mode)
    table = make(30)
    table.marked = {1, 2}
    focus(table, qtbot)
    picture = table.grab().toImage()
    seen = {picture.pixelColor(x, y).name() for x in range(0, 1000, 3) for y in range(40, 500, 3)}
    palette = theme.current().palette
    for token in ("surface", "sel", "row_line", "high", "amber"):
        assert palette.colour(token).lower() in seen, token
    theme.current().set_mode("system")


def test_a_view_at_the_very_top_stays_there_so_that_worse_records_are_seen(make: Make) -> None:
    table = make()
    table.go_to_id(3)
    assert table.verticalScrollBar().value() == 0
    table.set_ids(array("q", [*range(1000, 1040), *range(200)]))
    assert table.current_id() == 3
    assert table.verticalScrollBar().value() == 0
    assert table.rowAt(1) == 0


def test_a_record_that_goes_by_another_id_keeps_its_place(make: Make) -> None:
    table = make()
    table.go_to_id(100)
    table.verticalScrollBar().setValue(95 * table.row_height + 7)
    before = table.rowViewportPosition(table.currentIndex().row())
    table.set_ids(array("q", range(1000, 1300)), renumbered=1150)
    assert table.current_id() == 1150
    assert table.rowViewportPosition(table.currentIndex().row()) == before


def test_home_and_end_go_to_the_first_and_the_last_record(make: Make, qtbot: QtBot) -> None:
    table = make()
    focus(table, qtbot)
    QTest.keyClick(table, Qt.Key.Key_End)
    assert table.current_id() == 199
    QTest.keyClick(table, Qt.Key.Key_Home)
    assert table.current_id() == 0


def test_what_is_not_known_is_said_short_where_the_words_would_be_cut(qapp: QApplication) -> None:
    assert not_known_words(120) == "not known"
    assert not_known_words(48) == "n/k"
