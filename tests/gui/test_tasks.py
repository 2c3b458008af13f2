"""Tasks, playbooks and the merged timeline in the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from triage_app.services import events, tasks
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.close_incident import CloseIncidentDialog
from triage_app.ui.dialogs.event import EventDialog
from triage_app.ui.dialogs.tasks import AgreedDialog, SkipTaskDialog, StartPlaybookDialog, TaskDialog
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.views.tasks_tab import TasksTab


@pytest.fixture
def page(desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication) -> IncidentsView:
    view = in_view(IncidentsView(desk), desk, qtbot, qapp)
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    return view


@pytest.fixture
def tab(page: IncidentsView, desk: Desk, qtbot: QtBot) -> TasksTab:
    page.page.tabs.go_to("tasks")
    settle(desk, qtbot)
    return page.page.tasks


def press(tab: TasksTab, key: Qt.Key, qtbot: QtBot) -> None:
    """Press a key in the table once the dialog before has given the focus back."""
    tab.window().activateWindow()
    tab.table.setFocus()
    qtbot.waitUntil(tab.table.hasFocus)
    QTest.keyClick(tab.table, key)


def started(tab: TasksTab, desk: Desk, qtbot: QtBot) -> None:
    QTest.keyClick(tab.table, Qt.Key.Key_P)
    settle(desk, qtbot)
    form = dialog(StartPlaybookDialog, qtbot)
    assert isinstance(form, StartPlaybookDialog)
    assert next(iter(form.choices)) == "ransomware"  # its class is malicious code
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)


def test_a_playbook_is_started_and_a_step_ticked_with_one_key_which_undo_opens_again(
    tab: TasksTab, page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    started(tab, desk, qtbot)
    first = tab.next_task()
    assert tab.current() == first
    phases = [str(row["id"]) for row in tab.table.rows() if str(row["id"]).startswith("phase:")]
    assert phases[0] == "phase:First half hour"
    with qtbot.waitSignal(desk.acted):
        press(tab, Qt.Key.Key_Space, qtbot)
    settle(desk, qtbot)
    [done] = [one for one in tasks.listing(desk.store, told.ransom) if one["id"] == first]
    assert done["status"] == "done"
    assert "1 of 27 settled" in tab.counted.text()
    assert any(str(row["id"]) == f"task:{first}" for row in page.page.timeline.table.rows())
    with qtbot.waitSignal(desk.acted):
        press(tab, Qt.Key.Key_X, qtbot)
    settle(desk, qtbot)
    assert tab.next_task() == first


def test_a_step_that_touches_care_asks_before_it_is_ticked(tab: TasksTab, desk: Desk, told: Told, qtbot: QtBot) -> None:
    started(tab, desk, qtbot)
    [isolate] = [one["id"] for one in tasks.listing(desk.store, told.ransom) if one["step"] == "isolate"]
    tab.table.go_to_id(isolate)
    press(tab, Qt.Key.Key_Space, qtbot)
    form = dialog(AgreedDialog, qtbot)
    assert isinstance(form, AgreedDialog)
    form.submit()
    assert form.isVisible()
    QTest.keyClicks(form.agreed, "Dr Amin")
    QTest.keyClicks(form.fallback, "CT on paper")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert "Agreed by Dr Amin; fallback: CT on paper" in tab.why.text()


def test_a_task_of_ones_own_is_added_edited_and_not_needed_with_a_reason(
    tab: TasksTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    tab.add_task()
    form = dialog(TaskDialog, qtbot)
    assert isinstance(form, TaskDialog)
    QTest.keyClicks(form.words, "Ring the vendor")
    QTest.keyClicks(form.due.entry, "-10m")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert "1 overdue" in tab.counted.text()
    press(tab, Qt.Key.Key_E, qtbot)
    edit = dialog(TaskDialog, qtbot)
    assert isinstance(edit, TaskDialog)
    edit.owner.setText("Jo Pryce")
    with qtbot.waitSignal(desk.acted):
        edit.submit()
    settle(desk, qtbot)
    press(tab, Qt.Key.Key_K, qtbot)
    skip = dialog(SkipTaskDialog, qtbot)
    assert isinstance(skip, SkipTaskDialog)
    skip.submit()
    assert skip.isVisible()
    QTest.keyClicks(skip.because, "They rang us")
    with qtbot.waitSignal(desk.acted):
        skip.submit()
    settle(desk, qtbot)
    [one] = tasks.listing(desk.store, told.ransom)
    assert (one["owner"], one["status"], one["because"]) == ("Jo Pryce", "not needed", "They rang us")


def test_an_event_is_entered_with_one_key_shown_in_its_lane_and_taken_out(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    QTest.keyClick(page.page.timeline.table, Qt.Key.Key_A)
    form = dialog(EventDialog, qtbot)
    assert isinstance(form, EventDialog)
    form.words.setPlainText("Logged in by VPN")
    form.when.entry.setText("about 2026-11-20 22:30")
    form.lane.set_key("attacker")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    timeline = page.page.timeline
    assert "Attacker 1" in timeline.lanes.accessibleName()
    timeline.lane.set_key("attacker")
    [row] = [row for row in timeline.table.rows() if str(row["id"]).startswith("event:")]
    assert "about 22:30" in str(row["note"])
    assert len(timeline.table.rows()) == 1
    timeline.lane.set_key("")
    assert any(str(row["id"]) == "day:2026-11-20" for row in timeline.table.rows())
    timeline.table.go_to_id(row["id"])
    page.window().activateWindow()
    timeline.table.setFocus()
    qtbot.waitUntil(timeline.table.hasFocus)
    with qtbot.waitSignal(desk.acted):
        QTest.keyClick(timeline.table, Qt.Key.Key_Delete)
    settle(desk, qtbot)
    assert events.listing(desk.store, told.ransom) == []


def test_clocks_and_their_deadlines_stand_on_the_timeline(page: IncidentsView) -> None:
    page.page.timeline.kind.set_key("clock")
    assert page.page.timeline.table.rows()


def test_closing_names_the_open_work_and_asks_who_leaves_it_undone(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page.page.close_or_open()
    settle(desk, qtbot)
    form = dialog(CloseIncidentDialog, qtbot)
    assert isinstance(form, CloseIncidentDialog)
    form.words.setPlainText("Restored")
    form.submit()
    assert "still open" in form.problem.accessibleName()
    form.leave.setChecked(True)
    form.submit()
    assert form.isVisible()
    form.left_by.setText("Dr Rao")
    for box in form.staying.values():
        box.setChecked(True)
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert page.page.close_button.text() == "Open again"


def test_a_task_that_is_chosen_elsewhere_is_current_on_the_tab_of_its_incident(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    desk.act(lambda session: tasks.start_playbook(session, told.supplier, "supplier-outage"))
    settle(desk, qtbot)
    task = tasks.listing(desk.store, told.supplier)[4]["id"]
    page.show_record("task", task)
    qtbot.waitUntil(lambda: page.page.tasks.current() == task, timeout=5_000)
    assert page.page.tabs.current() == "tasks"
    assert page.page.tasks.wanted == ""
