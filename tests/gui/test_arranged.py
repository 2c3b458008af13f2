"""How the lists are arranged, narrowed and sorted is there again at the next start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, queue_of, until, wait_unlocked, window_on
from triage_app.ui import arrangement
from triage_app.ui.main_window import MainWindow
from triage_app.ui.table import RecordTable
from triage_app.ui.views.evidence import EvidenceView
from triage_app.ui.views.imports import ImportsView
from triage_app.ui.views.incidents import IncidentsView


@pytest.fixture
def home(samples: Path, tmp_path: Path) -> Iterator[Path]:
    """A profile; afterwards every list is as it came again."""
    yield copied(samples, tmp_path / "home")
    arrangement.current().load(QSettings(str(tmp_path / "none.ini"), QSettings.Format.IniFormat))


def shown(table: RecordTable) -> list[str]:
    """The keys of the columns in view, from left to right."""
    header = table.horizontalHeader()
    order = [header.logicalIndex(place) for place in range(header.count())]
    return [table.record_model.columns[number].key for number in order if not table.isColumnHidden(number)]


def width(table: RecordTable, key: str) -> int:
    """How wide a column is."""
    return table.columnWidth([each.key for each in table.record_model.columns].index(key))


def choose(table: RecordTable, *words: str) -> None:
    """Choose something of the menu of the columns: the column, then what is to become of it."""
    menu = held = table.columns.menu()
    if len(words) > 1:
        menu = next(each for each in held.findChildren(QMenu) if each.title() == words[0])
    next(each for each in menu.actions() if each.text().replace("&", "") == words[-1]).trigger()
    held.deleteLater()


def test_at_the_usual_size_the_queue_shows_every_column_that_has_something_to_say(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        table = queue_of(window).table
        assert shown(table) == ["severity", "title", "source", "organisation", "seen", "age"]
        assert width(table, "title") >= 340


def test_columns_are_moved_and_made_wider_by_mouse_and_are_so_at_the_next_start(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        table = queue_of(window).table
        header = table.horizontalHeader()
        before = width(table, "age")
        edge = header.sectionViewportPosition(5) + before - 1
        drag(header.viewport(), QPoint(edge, 15), QPoint(edge + 20, 15))
        assert width(table, "age") == before + 20
        assert sum(table.columnWidth(number) for number in range(7)) == table.viewport().width()
        at = header.sectionViewportPosition(2) + 40
        drag(header.viewport(), QPoint(at, 15), QPoint(header.sectionViewportPosition(3) + 120, 15))
        assert shown(table)[2:4] == ["organisation", "source"]
    with window_on(home, qtbot) as window:
        table = queue_of(window).table
        assert shown(table)[2:4] == ["organisation", "source"]
        assert width(table, "age") == before + 20


def drag(viewport: QWidget, start: QPoint, end: QPoint) -> None:
    """Draw with the left button from one place of a line to another."""
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 11):
        at = QPointF(start.x() + (end.x() - start.x()) * step / 10, start.y())
        button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        whole = QPointF(viewport.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(viewport, QMouseEvent(QEvent.Type.MouseMove, at, whole, button, button, none))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)


@pytest.mark.qt_log_ignore("This plugin does not support raise", "does not support grabbing", extend=True)
def test_the_menu_of_the_columns_does_the_same_by_key(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        table = work.queue.table
        table.setFocus()
        before = width(table, "age")
        choose(table, "Age", "Wider")
        assert width(table, "age") > before
        choose(table, "Organisation", "To the left")
        assert shown(table)[2:4] == ["organisation", "source"]
        choose(table, "Seen", "Shown")
        assert "seen" not in shown(table)
        menu = table.columns.menu()
        assert [each.text() for each in menu.actions()][2:4] == ["Organisation", "Source"]
        menu.deleteLater()
        choose(table, "As they came")
        assert shown(table) == ["severity", "title", "source", "organisation", "seen", "age"]
        assert width(table, "age") == before
        action = next(each for each in work._titled_actions()[0][1] if each.shortcut().toString() == "Ctrl+Shift+C")
        action.trigger()
        until(qtbot, lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        popup = QApplication.activePopupWidget()
        assert popup is not None
        press(popup, Qt.Key.Key_Escape)


def test_a_column_is_widened_no_further_than_the_words_leave_room(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        table = queue_of(window).table
        for _ in range(60):
            table.columns.widen("source", 24)
        assert shown(table) == ["severity", "title", "source", "organisation", "seen", "age"]
        assert width(table, "title") >= 200
        for _ in range(60):
            table.columns.widen("source", -24)
        assert width(table, "source") == 60


def test_panes_keep_the_width_that_somebody_gave_them(home: Path, qtbot: QtBot) -> None:
    names = ("queue", "evidence", "imports", "figures")

    def splitters(window: MainWindow) -> dict[str, object]:
        work = window.workplace
        assert work is not None
        found = {"queue": work.queue.splitter, "evidence": work.view("evidence")._split}  # type: ignore[attr-defined]
        for name in ("imports", "figures"):
            found[name] = work.view(name).splitter  # type: ignore[attr-defined]
        return found

    with window_on(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        for name, splitter in splitters(window).items():
            work.go_to(name)
            QApplication.processEvents()
            splitter.moveSplitter(splitter.sizes()[0] - 40, 1)  # type: ignore[attr-defined]
        wanted = {name: splitter.sizes() for name, splitter in splitters(window).items()}  # type: ignore[attr-defined]
    with window_on(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        for name in names:
            work.view(name)
            work.go_to(name)
            until(qtbot, lambda name=name: splitters(window)[name].sizes() == wanted[name])  # type: ignore[misc, attr-defined]


def test_filter_and_order_are_kept_in_the_store_and_hold_at_the_next_start(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        work.queue.set_query("is:open pharmacy")
        work.queue.sort("age", True)
        incidents, evidence, imports = work.view("incidents"), work.view("evidence"), work.view("imports")
        assert isinstance(incidents, IncidentsView)
        assert isinstance(evidence, EvidenceView)
        assert isinstance(imports, ImportsView)
        incidents.list.table.sort_requested.emit("changed", True)
        incidents.list.filter.setText("okafor")
        incidents.list.state.set_key("all")
        evidence.tabs.go_to("finding")
        evidence.filter.setText("sev:high")
        imports.filter.setText("suricata")
    plain = (home / "window.ini").read_text() if (home / "window.ini").exists() else window.profile.settings.read_text()
    for word in ("pharmacy", "okafor", "suricata"):
        assert word not in plain
    with window_on(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        assert work.queue.filter.query() == "is:open pharmacy"
        assert work.queue.table.store_order == ("seen", False)
        until(qtbot, lambda: 0 < len(work.queue.table.record_model.ids) < 70)
        incidents, evidence, imports = work.view("incidents"), work.view("evidence"), work.view("imports")
        assert isinstance(incidents, IncidentsView)
        assert isinstance(evidence, EvidenceView)
        assert isinstance(imports, ImportsView)
        assert incidents.list.table.record_model.sorted_by == ("changed", True)
        assert (incidents.list.filter.text(), incidents.list.state.key()) == ("okafor", "all")
        assert (evidence.kind(), evidence.filter.text()) == ("finding", "sev:high")
        assert imports.filter.text() == "suricata"


@pytest.mark.parametrize("odd", ["", "[", "[]", '{"a": 1}', '{"a": {"order": 1, "widths": {"b": "x", "c": -1}}}'])
def test_what_makes_no_sense_in_the_file_is_left_out(odd: str, home: Path, tmp_path: Path, qtbot: QtBot) -> None:
    settings = QSettings(str(tmp_path / "odd.ini"), QSettings.Format.IniFormat)
    settings.setValue("arranged/columns", odd)
    settings.setValue("arranged/panes", odd)
    made = arrangement.Arrangement()
    made.load(settings)
    made.keep(settings)
    assert json.loads(str(settings.value("arranged/columns"))) in ({}, {"a": {}})


def test_columns_that_are_no_longer_there_are_passed_over(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        queue = wait_unlocked(window, qtbot)
        arranged = queue.table.columns.arranged
        arranged.order, arranged.widths, arranged.hidden = ["gone", "age"], {"gone": 90}, {"gone", "title"}
        queue.table.fit_columns()
        assert shown(queue.table)[:3] == ["age", "severity", "title"]
