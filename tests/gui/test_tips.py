"""Reports (tips) in the window: recorded, promoted, linked, closed, and who said it shown when asked for."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import until
from tests.gui.incident_store import Told, dialog
from triage_app.services import tips
from triage_app.store import access, lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.tip import CloseTipDialog, TipDialog
from triage_app.ui.views.incidents import IncidentsView


@pytest.fixture
def view(desk: Desk, qtbot: QtBot) -> IncidentsView:
    made = IncidentsView(desk)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    until(qtbot, lambda: len(made.list.table.rows()) == 2)
    QTest.mouseClick(made.list.tips, Qt.MouseButton.LeftButton)
    assert made.tips.isVisible()
    return made


def tell(view: IncidentsView, qtbot: QtBot, text: str = "Screens locked on ward 7") -> str:
    """Record a report through the form, and return its id."""
    before = {one["id"] for one in view.tips._all}
    view.tips.new_tip()
    form = cast(TipDialog, dialog(TipDialog, qtbot))
    form.words.setPlainText(text)
    form.by.setText("Jo Pryce")
    form.organisation.setText("rzz")
    form.submit()
    until(qtbot, lambda: len(view.tips._all) == len(before) + 1 and view.tips.table.current_row() is not None)
    (made,) = {one["id"] for one in view.tips._all} - before
    until(qtbot, lambda: view.tips.table.current_id() == made)
    return str(made)


def state(desk: Desk, tip: str) -> str:
    found = lookup.one(desk.store, "tip", tip)
    return "" if found is None else str(found["state"])


def test_a_report_is_recorded_in_one_form_and_counts_as_new(view: IncidentsView, qtbot: QtBot) -> None:
    tell(view, qtbot)
    assert view.list.tips.text() == "Reports (tips): 1 new"
    assert view.tips.detail.words.text() == "Screens locked on ward 7"
    assert view.tips.detail.facts.values["Reported by"].text() == "[masked]"
    assert view.tips.detail.facts.values["About"].text() == "RZZ"


def test_a_form_without_words_or_with_an_unreadable_time_stays_open(view: IncidentsView, qtbot: QtBot) -> None:
    view.tips.new_tip()
    form = cast(TipDialog, dialog(TipDialog, qtbot))
    form.submit()
    form.words.setPlainText("Something")
    form.received.entry.setText("the other day")
    form.submit()
    assert form.isVisible()
    form.received.entry.setText("")
    form.organisation.setText("R X X")
    form.submit()
    until(qtbot, lambda: form.problem.isVisible())
    form.reject()


def test_promoting_opens_the_incident_and_undo_makes_the_report_new_again(
    view: IncidentsView, desk: Desk, qtbot: QtBot
) -> None:
    tip = tell(view, qtbot)
    view.activateWindow()
    until(qtbot, view.isActiveWindow)
    view.tips.table.setFocus()
    QTest.keyClick(view.tips.table, Qt.Key.Key_P)
    until(qtbot, lambda: view.shows_page() and view.page.incident_id() != "")
    assert state(desk, tip) == "linked"
    desk.undo()
    until(qtbot, lambda: state(desk, tip) == "new")


def test_a_report_is_linked_in_place_and_leads_to_its_incident(
    view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    tip = tell(view, qtbot)
    view.tips.on_one[1].trigger()
    until(qtbot, lambda: len(view.tips.merge_bar.table.record_model.ids) == 2)
    view.tips.merge_bar.picked.emit(told.ransom)
    until(qtbot, lambda: state(desk, tip) == "linked" and view.tips.detail.to_incident.isVisible())
    assert not view.tips.on_one[0].isEnabled()
    QTest.mouseClick(view.tips.detail.to_incident, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: view.page.incident_id() == told.ransom)
    view.show_record("tip", tip)
    view.tips.on_one[3].trigger()
    until(qtbot, lambda: state(desk, tip) == "new")


def test_a_report_is_closed_with_a_reason(view: IncidentsView, desk: Desk, qtbot: QtBot) -> None:
    tip = tell(view, qtbot)
    view.tips.on_one[2].trigger()
    form = cast(CloseTipDialog, dialog(CloseTipDialog, qtbot))
    form.submit()
    assert form.isVisible()
    form.because.setText("A planned test")
    form.submit()
    until(qtbot, lambda: state(desk, tip) == "no action")
    until(qtbot, lambda: view.tips.detail.facts.values["State"].text() == "No action: A planned test")


def test_who_reported_shows_when_asked_for_is_noted_and_closes_again(
    view: IncidentsView, desk: Desk, qtbot: QtBot
) -> None:
    tip = tell(view, qtbot)
    QTest.mouseClick(view.tips.detail.who, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: view.tips.detail.facts.values["Reported by"].text() == "Jo Pryce")
    assert any(one["entity"] == tip for one in access.entries(desk.store))
    view.show_list()
    view.show_tips()
    assert view.tips.detail.facts.values["Reported by"].text() == "[masked]"


def test_a_narrow_window_shows_one_of_the_two(view: IncidentsView, qtbot: QtBot) -> None:
    tell(view, qtbot)
    view.resize(600, 330)
    until(qtbot, lambda: not view.tips.detail.isVisible())
    QTest.keyClick(view.tips.table, Qt.Key.Key_Return)
    until(qtbot, lambda: view.tips.detail.isVisible() and not view.tips.side.isVisible())
    QTest.keyClick(view.tips.detail, Qt.Key.Key_Escape)
    assert view.tips.side.isVisible()


def test_hostile_words_are_shown_as_plain_text(view: IncidentsView, desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.act(lambda session: tips.receive(session, "<b>see</b> http://evil.example/\u202egnp.exe", reporter="<i>x</i>"))
    until(qtbot, lambda: len(view.tips._all) == 1)
    shown = view.tips.detail.words.text()
    assert "hxxp" in shown
    assert view.tips.detail.words.textFormat() is Qt.TextFormat.PlainText
    assert "\u202e" not in shown
