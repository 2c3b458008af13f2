"""Merging incidents, taking them apart and splitting one, on the page of an incident."""

from __future__ import annotations

from functools import partial
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import until
from tests.gui.incident_store import Told, dialog
from triage_app.services import incidents, splitting, tips, triage
from triage_app.store import lookup, same
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.split_incident import SplitDialog
from triage_app.ui.views.incidents import IncidentsView


@pytest.fixture
def view(desk: Desk, told: Told, qtbot: QtBot) -> IncidentsView:
    made = IncidentsView(desk)
    qtbot.addWidget(made)
    made.resize(1200, 860)
    made.show()
    made.show_record("incident", told.ransom)
    until(qtbot, lambda: made.page.incident_id() == told.ransom)
    return made


def merged(view: IncidentsView, told: Told, qtbot: QtBot) -> None:
    """Merge the two incidents through the bar."""
    view.page.commands["merge"].trigger()
    until(qtbot, lambda: list(view.page.matter.bar.table.record_model.ids) == [told.supplier])
    view.page.matter.bar.field.setText("courier")
    QTest.keyClick(view.page.matter.bar.field, Qt.Key.Key_Return)
    until(qtbot, lambda: view.page.matter.banner.isVisible())


def test_two_incidents_become_one_matter_in_place_and_undo_parts_them(
    view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    merged(view, told, qtbot)
    assert [one["id"] for one in same.linked_with(desk.store, told.ransom)] == [told.supplier]
    assert view.page.matter.banner.accessibleName().startswith("One matter with RXX-")
    desk.undo()
    until(qtbot, lambda: not view.page.matter.banner.isVisible())
    assert same.linked_with(desk.store, told.ransom) == []


def test_the_banner_leads_to_the_other_and_from_there_they_are_taken_apart(
    view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    merged(view, told, qtbot)
    view.page.matter.banner.acted.emit()
    until(qtbot, lambda: view.page.incident_id() == told.supplier and view.page.matter.banner.isVisible())
    view.page.commands["part"].trigger()
    until(qtbot, lambda: not view.page.matter.banner.isVisible())
    assert same.linked_with(desk.store, told.ransom) == []


def test_of_several_it_asks_from_which_to_part(view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot) -> None:
    desk.act(lambda session: incidents.open_incident(session, "A third"))
    until(qtbot, lambda: len(lookup.listing(desk.store, "incident")) == 3)
    for row in lookup.listing(desk.store, "incident"):
        if row["id"] != told.ransom:
            desk.act(partial(incidents.merge, one=told.ransom, other=row["id"]))
    until(qtbot, lambda: view.page.matter.banner.accessibleName().count("RXX-") >= 2)
    view.page.commands["part"].trigger()
    assert view.page.matter.bar.isVisible()
    assert len(view.page.matter.bar.table.record_model.ids) == 2
    QTest.keyClick(view.page.matter.bar.field, Qt.Key.Key_Escape)
    assert not view.page.matter.bar.isVisible()


def test_what_is_marked_goes_to_a_new_incident_which_is_shown(
    view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    before = splitting.parts_of(desk.store, told.ransom)
    view.page.commands["split"].trigger()
    form = cast(SplitDialog, dialog(SplitDialog, qtbot))
    assert len(form.table.rows()) == before.count
    assert "Jo Pryce" not in str(form.table.rows())
    form.submit()
    assert form.isVisible()
    form.title.setText("The other matter")
    form.table.go_to_id(f"victims:{told.person}")
    form.table.toggle_mark(form.table.currentIndex().row())
    form.table.go_to_id(f"alerts:{before.alerts[0]}")
    form.table.toggle_mark(form.table.currentIndex().row())
    assert form.marked.text() == "Goes: 1 alert, 1 victim"
    form.submit()
    until(qtbot, lambda: view.page.incident_id() not in ("", told.ransom))
    new = splitting.parts_of(desk.store, view.page.incident_id())
    assert (new.alerts, new.victims, len(new.notes)) == (before.alerts[:1], (told.person,), 1)
    desk.undo()
    until(qtbot, lambda: splitting.parts_of(desk.store, told.ransom) == before)


def test_the_reports_of_an_incident_are_a_tab_of_it(view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot) -> None:
    desk.act(lambda session: tips.receive(session, "Screens locked"))
    until(qtbot, lambda: len(lookup.listing(desk.store, "tip")) == 1)
    tip = lookup.listing(desk.store, "tip")[0]["id"]
    desk.act(lambda session: tips.link(session, [tip], told.ransom))
    until(qtbot, lambda: len(view.page.reports.table.rows()) == 1)
    view.page.tabs.go_to("reports")
    QTest.keyClick(view.page.reports.table, Qt.Key.Key_Return)
    until(qtbot, lambda: view.tips.isVisible() and view.tips.table.current_id() == tip)


def test_what_came_in_through_another_says_who_brought_it_and_is_taken_apart_from_here(
    view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    desk.act(lambda session: incidents.open_incident(session, "A third"))
    until(qtbot, lambda: len(lookup.listing(desk.store, "incident")) == 3)
    third = next(row for row in lookup.listing(desk.store, "incident") if row["title"] == "A third")
    desk.act(partial(incidents.merge, one=told.ransom, other=told.supplier))
    desk.act(partial(incidents.merge, one=told.supplier, other=third["id"]))
    until(qtbot, lambda: "is part of this because" in view.page.matter.banner.accessibleName())
    words = view.page.matter.banner.accessibleName()
    assert f"{third['ref']} is part of this because" in words
    assert "apart undoes it." in words
    view.page.commands["part"].trigger()
    assert len(view.page.matter.bar.table.record_model.ids) == 2
    QTest.keyClick(view.page.matter.bar.field, Qt.Key.Key_Down)
    QTest.keyClick(view.page.matter.bar.field, Qt.Key.Key_Down)
    QTest.keyClick(view.page.matter.bar.field, Qt.Key.Key_Return)
    until(qtbot, lambda: len(same.group(desk.store, told.ransom)) == 2)
    assert same.group(desk.store, told.ransom) == sorted((told.ransom, told.supplier))


def test_an_alert_that_is_in_two_incidents_is_said_on_the_page(
    view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    key = lookup.linked_keys(desk.store, told.ransom)[0]
    desk.act(lambda session: triage.link(session, [key], told.supplier))
    until(qtbot, lambda: view.page.matter.banner.isVisible())
    assert "1 alert is in RXX-" in view.page.matter.banner.accessibleName()
    assert "Linked there by" in view.page.matter.banner.accessibleName()
    desk.undo()
    until(qtbot, lambda: not view.page.matter.banner.isVisible())
