"""The place of figures: numbers by window and campaign, the list behind each, campaigns made and changed there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import until
from tests.gui.incident_store import Told, desk_on, dialog
from triage_app.services import campaigns, incidents, people, reporting_windows, victims
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.campaign import CampaignDialog
from triage_app.ui.dialogs.own_window import OwnWindowDialog
from triage_app.ui.views.figures import FiguresView


@pytest.fixture
def desk(told: Told, tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    with desk_on(told, tmp_path, qtbot) as opened:
        yield opened


@pytest.fixture
def view(desk: Desk, qtbot: QtBot) -> FiguresView:
    made = FiguresView(desk)
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    until(qtbot, lambda: bool(made.incidents.rows()))
    return made


def number(view: FiguresView, name: str) -> str:
    found = view.numbers.row_of(name)
    return "" if found is None else str(found["count"].text)


def heading_says(view: FiguresView, count: str) -> bool:
    return view.heading.text().endswith(f": {count}")


def lists(view: FiguresView, count: str) -> bool:
    return str(len(view.list_table().rows())) == count


def test_the_current_review_year_is_shown_and_each_number_opens_as_many(view: FiguresView, qtbot: QtBot) -> None:
    assert view.window_choice.currentText() == "NCSC review year 2027"
    assert number(view, "incidents") == "2"
    assert number(view, "victims-supported") == "1"
    assert number(view, "by-opening") == "2"
    for row in view.numbers.rows():
        view.numbers.go_to_id(row["id"])
        until(qtbot, partial(heading_says, view, row["count"].text))
        until(qtbot, partial(lists, view, row["count"].text))


def test_a_window_without_incidents_says_none_and_not_unknown(view: FiguresView, qtbot: QtBot) -> None:
    view.show_window(reporting_windows.read(view._desk.store, view._desk.now(), "review-year-2020"))
    until(qtbot, lambda: number(view, "incidents") == "0")
    assert number(view, "victims-supported") == "0"


def test_enter_goes_to_the_list_and_on_to_the_record_and_escape_back(
    view: FiguresView, told: Told, qtbot: QtBot
) -> None:
    view.numbers.go_to_id("victims-supported")
    until(qtbot, lambda: view.victims.isVisible() and len(view.victims.rows()) == 1)
    view.numbers.setFocus()
    QTest.keyClick(view.numbers, Qt.Key.Key_Return)
    assert view.victims.hasFocus()
    with qtbot.waitSignal(view.open_record) as opened:
        QTest.keyClick(view.victims, Qt.Key.Key_Return)
    assert opened.args == ["victim", told.trust]
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.numbers.hasFocus()


def test_days_typed_in_are_a_window_and_what_is_none_is_refused_in_place(view: FiguresView, qtbot: QtBot) -> None:
    view.window_choice.set_key("own")
    view._window_chosen()
    form = cast(OwnWindowDialog, dialog(OwnWindowDialog, qtbot))
    form.first.setText("2026-02-30")
    form.submit()
    assert form.problem.isVisible()
    form.first.setText("2026-11-23")
    form.last.setText("2026-11-23")
    form.submit()
    until(qtbot, lambda: number(view, "incidents") == "0")
    assert view.window_choice.currentText() == "23 Nov 2026"


def test_a_campaign_is_made_in_one_form_and_takes_in_what_names_it(view: FiguresView, told: Told, qtbot: QtBot) -> None:
    QTest.mouseClick(view.new, Qt.MouseButton.LeftButton)
    form = cast(CampaignDialog, dialog(CampaignDialog, qtbot))
    form.name.setText("Winter phish")
    form.aliases.setText("imaging outage; pachs")
    form.description.setPlainText("Lures about imaging results")
    form.submit()
    until(qtbot, lambda: view.campaign_choice.currentText() == "Winter phish" and number(view, "incidents") == "1")
    assert view.about.text() == "Lures about imaging results"
    assert number(view, "victims-supported") == "1"
    assert view.numbers.row_of("campaign:Winter phish") is None
    view.edit_campaign()
    form = cast(CampaignDialog, dialog(CampaignDialog, qtbot))
    form.status.set_key("closed")
    form.submit()
    until(qtbot, lambda: view.about.text().startswith("Closed."))
    view._desk.undo()
    until(qtbot, lambda: not view.about.text().startswith("Closed."))


def test_a_campaign_that_incidents_name_is_chosen_before_anybody_made_it(view: FiguresView, qtbot: QtBot) -> None:
    found = campaigns.find(view._desk.store, "imaging  OUTAGE")
    assert not found.is_made
    view.show_record("campaign", found.id)
    until(qtbot, lambda: number(view, "incidents") == "1")
    assert view.edit.isEnabled()


def test_numbers_follow_what_is_done_elsewhere(view: FiguresView, told: Told, desk: Desk, qtbot: QtBot) -> None:
    desk.act(lambda session: incidents.set_field(session, told.supplier, "determination", "exercise", "A drill"))
    until(qtbot, lambda: number(view, "incidents") == "1" and number(view, "left-out:exercise") == "1")
    desk.act(lambda session: victims.add_action(session, told.person, "VS01", status="successful"))
    until(qtbot, lambda: number(view, "victims-supported") == "2")
    desk.act(lambda session: victims.add_victim(session, told.ransom, person="J. Pryce"))
    until(qtbot, lambda: len(lookup.listing(desk.store, "victim")) == 3)
    other = next(row for row in lookup.listing(desk.store, "victim") if row["id"] not in (told.trust, told.person))
    desk.act(lambda session: victims.add_action(session, other["id"], "VS01", status="successful"))
    until(qtbot, lambda: number(view, "victims-supported") == "3")
    one = lookup.one(desk.store, "victim", told.person)
    assert one is not None
    desk.act(lambda session: people.same(session, one["person"], other["person"]))
    until(qtbot, lambda: number(view, "victims-supported") == "2")


def test_a_narrow_window_shows_one_of_the_two_and_the_way_back(view: FiguresView, qtbot: QtBot) -> None:
    view.resize(620, 330)
    until(qtbot, lambda: not view.detail.isVisible() and view.side.isVisible())
    QTest.keyClick(view.numbers, Qt.Key.Key_Return)
    until(qtbot, lambda: view.detail.isVisible() and not view.side.isVisible())
    view.back.click()
    until(qtbot, view.side.isVisible)
    assert all(child.accessibleName() for child in view.findChildren(QWidget) if child in (
        view.numbers, view.incidents, view.victims, view.window_choice, view.campaign_choice))  # fmt: skip
