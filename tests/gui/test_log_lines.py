"""The log of an incident in the window: a line from anywhere, put right, a decision written for an inquiry."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from triage_app.services import incident_log
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.log_line import CorrectLineDialog, LogLineDialog
from triage_app.ui.views.incidents import IncidentsView


@pytest.fixture
def page(desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication) -> IncidentsView:
    view = in_view(IncidentsView(desk), desk, qtbot, qapp)
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    return view


def log_dialog(page: IncidentsView, qtbot: QtBot) -> LogLineDialog:
    QTest.keyClick(page.page.timeline.table, Qt.Key.Key_N)
    form = dialog(LogLineDialog, qtbot)
    assert isinstance(form, LogLineDialog)
    return form


def test_a_line_says_when_it_happened_and_shows_its_number(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = log_dialog(page, qtbot)
    QTest.keyClicks(form.words, "Switchboard told")
    QTest.keyClicks(form.happened.entry, "-10m")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    [line] = [one for one in incident_log.lines(desk.store, told.ransom) if one.text == "Switchboard told"]
    assert line.written_at - line.happened_at == 10 * 60_000
    page.page.tabs.go_to("log")
    shown = {row["text"]: row["number"] for row in page.page.log.table.rows()}
    assert shown["Switchboard told"] == line.ref.rpartition("-")[2]


def test_a_time_to_come_is_refused_in_place_and_the_words_stay(page: IncidentsView, desk: Desk, qtbot: QtBot) -> None:
    form = log_dialog(page, qtbot)
    QTest.keyClicks(form.words, "Switchboard told")
    QTest.keyClicks(form.happened.entry, "2h")
    form.submit()
    qtbot.waitUntil(lambda: form.problem.isVisible())
    assert "still to come" in form.problem.accessibleName()
    assert form.words.toPlainText() == "Switchboard told"
    form.reject()


def test_a_decision_asks_who_decided_and_is_written_for_an_inquiry(
    page: IncidentsView, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    form = log_dialog(page, qtbot)
    QTest.keyClicks(form.words, "Isolate the imaging servers")
    form.is_decision.setChecked(True)
    form.submit()
    assert form.isVisible()
    QTest.keyClicks(form.decision.by, "Dr L. Amin")
    QTest.keyClicks(form.decision.role, "Clinical lead")
    form.decision.options.setPlainText("Isolate\nWait until 08:00\n")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    page.page.tabs.go_to("log")
    log = page.page.log
    log.table.go_to_id(next(row["id"] for row in log.table.rows() if "Isolate" in str(row["text"])))
    assert log.facts.isVisible()
    page.page.log.write_decisions(tmp_path / "decisions.txt")
    qtbot.waitUntil(lambda: (tmp_path / "decisions.txt").exists())
    settle(desk, qtbot)
    said = (tmp_path / "decisions.txt").read_text(encoding="utf-8")
    assert "Decided by: Dr L. Amin (Clinical lead)" in said
    assert "Options: Isolate; Wait until 08:00" in said


def test_a_line_is_put_right_and_what_it_said_is_shown_the_next_time(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page.page.tabs.go_to("log")
    qtbot.waitUntil(lambda: page.page.log.table.current_id() is not None)
    QTest.keyClick(page.page.log.table, Qt.Key.Key_R)
    form = dialog(CorrectLineDialog, qtbot)
    assert isinstance(form, CorrectLineDialog)
    form.words.setPlainText("Imaging lead: CT on paper until 18:00")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert "put right since" in page.page.log.head.text()
    page.page.log.correct.click()
    again = dialog(CorrectLineDialog, qtbot)
    assert "until 08:00" in " ".join(label.text() for label in again.findChildren(type(page.page.log.head)))
    again.reject()


def test_in_a_low_window_the_lines_come_first_and_enter_opens_one_in_their_place(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = log_dialog(page, qtbot)
    QTest.keyClicks(form.words, "Switchboard told")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    tab = page.page.log
    page.page.tabs.go_to("log")
    tab.setFixedHeight(148)
    qtbot.waitUntil(lambda: tab.whole.isHidden() and tab.table.viewport().height() >= tab.table.row_height)
    assert tab.table.isVisible()
    tab.table.setFocus()
    QTest.keyClick(tab.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tab.whole.isVisible() and not tab.table.isVisible())
    assert tab.text.text() == (tab.table.current_row() or {})["text"]
    QTest.keyClick(tab.back, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: tab.table.isVisible())
    assert tab.focusWidget() is tab.table
    assert tab.whole.isHidden()


def test_lines_of_several_laptops_are_told_apart_by_their_number(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = log_dialog(page, qtbot)
    QTest.keyClicks(form.words, "Switchboard told")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    tab, read = page.page.log, page.page.log._read
    assert read is not None
    [mine] = [one for one in read.notes if one["text"] == "Switchboard told"]
    other = {**mine, "id": "f" * 32, "ref": "RYY-K4Y4-L0001"}
    tab.show_incident(dataclasses.replace(read, notes=(mine, other)), desk.now())
    assert {row["number"] for row in tab.table.rows()} == {mine["ref"].partition("-")[2], "K4Y4-L0001"}
