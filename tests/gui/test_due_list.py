"""What is overdue and due next: one key, over all incidents, and Enter opens the victim; a target proposes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from tests.gui.test_victims import words_in
from triage_app.services import support, victims
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.action_outcome import ActionOutcomeDialog
from triage_app.ui.dialogs.add_action import AddActionDialog
from triage_app.ui.dialogs.due_list import DueListDialog
from triage_app.ui.dialogs.retention_list import RetentionDialog
from triage_app.ui.dialogs.work_list import WorkListDialog
from triage_app.ui.dialogs.work_lists import SystemsDownDialog, TaskListDialog
from triage_app.ui.messages import Dialog
from triage_app.ui.views.victims import VictimsView


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> VictimsView:
    return in_view(VictimsView(desk), desk, qtbot, qapp)


def due_list(view: VictimsView, desk: Desk, qtbot: QtBot) -> DueListDialog:
    view.pane.table.setFocus()
    QTest.keyClick(view.pane.table, Qt.Key.Key_D)
    form = dialog(DueListDialog, qtbot)
    settle(desk, qtbot)
    assert isinstance(form, DueListDialog)
    return form


def test_one_key_lists_what_waits_and_enter_opens_its_victim(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = due_list(view, desk, qtbot)
    rows = form.table.rows()
    assert [row["name"] for row in rows] == [
        "Name a point of contact (VS02)",
        "Credential reset or account disabled, confirmed (VS11)",
    ]
    assert rows[0]["due"].words == "02:41 GMT, late"
    assert form.count.text() == "2 actions, 1 overdue"
    assert form.words([{"due": 0}], desk.now()) == "1 action, 1 overdue"
    QTest.keyClick(form.table, Qt.Key.Key_Down)
    QTest.keyClick(form.table, Qt.Key.Key_Return)
    settle(desk, qtbot)
    assert view.pane.page.victim_id() == told.person


@pytest.mark.parametrize("kind", [DueListDialog, RetentionDialog, SystemsDownDialog, TaskListDialog])
def test_every_list_over_all_incidents_is_one_dialog_that_fits_a_small_window(
    view: VictimsView, desk: Desk, qtbot: QtBot, kind: Callable[[Desk, Callable[[str], None], QWidget], Dialog]
) -> None:
    view.resize(700, 450)
    chosen: list[str] = []
    form = kind(desk, chosen.append, view)
    assert isinstance(form, WorkListDialog)
    form.open()
    settle(desk, qtbot)
    assert form.width() <= 700 - 32
    assert form.height() <= 450
    assert form.focusWidget() is form.table
    assert form.which.isVisible() == (kind in (DueListDialog, RetentionDialog))
    rows = form.table.rows()
    assert bool(form.count.text()) == (bool(rows) or form.which.isVisible())
    if not rows:
        form.reject()
        return
    form.table.go_to_row(0)
    QTest.keyClick(form.table, Qt.Key.Key_Return)
    assert len(chosen) == 1
    assert chosen[0]


def test_the_list_narrows_to_what_is_overdue(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    form = due_list(view, desk, qtbot)
    form.which.set_key("overdue")
    settle(desk, qtbot)
    assert [row["id"] for row in form.table.rows()] == [told.late]
    form.reject()


def test_a_proposed_time_is_shown_as_proposed_and_the_banner_says_by_what_target(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    desk.act(lambda session: victims.set_action(session, told.late, status="successful"))
    desk.act(lambda session: victims.add_action(session, told.trust, "VS05"))
    settle(desk, qtbot)
    view.show_record("victim", told.trust)
    settle(desk, qtbot)
    page = view.pane.page
    row = next(row for row in page.table.rows() if row["code"] == "VS05")
    assert row["due"].words == "07:12 GMT, prop."
    assert "proposed, 4 h from action added" in page.due.accessibleName()


def test_adding_an_action_says_its_target_and_keeps_why_it_is_due_at_another_time(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    view.show_record("victim", told.person)
    settle(desk, qtbot)
    view.pane.page.add_action()
    form = dialog(AddActionDialog, qtbot)
    settle(desk, qtbot)
    assert isinstance(form, AddActionDialog)
    QTest.keyClicks(form.kind.search, "VS05")
    assert form.proposed.text() == "Proposed due Sun 22 Nov 2026 07:12 GMT: 4 h from action added"
    form.due.entry.setText("09:30")
    form.because.setText("Asleep until nine")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    (made,) = support.listing(desk.store, "a.code = 'VS05'")
    assert (made["facts"]["due_because"], made["proposed"]) == ("Asleep until nine", "")


def test_the_outcome_form_lists_who_was_tried_when(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    desk.act(lambda session: support.attempt(session, told.late, "spoke", at="-12m", words="Her deputy, ring at 4"))
    settle(desk, qtbot)
    view.show_record("victim", told.trust)
    settle(desk, qtbot)
    view.pane.page.outcome_of_next()
    form = dialog(ActionOutcomeDialog, qtbot)
    settle(desk, qtbot)
    assert "03:00 GMT  Spoke, Sam Okafor: Her deputy, ring at 4" in words_in(form)
    form.close()
