"""Hand-offs on screen: the holder is one name, an offer changes nothing until somebody accepts it by name."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from tests.gui.test_victims import words_in
from triage_app.services import handoffs
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs import handoff
from triage_app.ui.dialogs.handoff import HandoffDialog
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.views.victims import VictimsView


@pytest.fixture
def view(desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication) -> VictimsView:
    made = in_view(VictimsView(desk), desk, qtbot, qapp)
    made.show_record("victim", told.trust)
    settle(desk, qtbot)
    return made


def form_of(desk: Desk, qtbot: QtBot) -> HandoffDialog:
    form = dialog(HandoffDialog, qtbot)
    settle(desk, qtbot)
    assert isinstance(form, HandoffDialog)
    return form


def test_a_victim_is_offered_and_accepted_from_the_keyboard(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page = view.pane.page
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_H)
    form = form_of(desk, qtbot)
    form.body_field.setText("CSOC  NHS England CSOC")
    form.person.setText("Priya Nair")
    with qtbot.waitSignal(desk.acted):
        QTest.keyClick(form.person, Qt.Key.Key_Return)
    settle(desk, qtbot)
    assert page.held.note.text() == "RXX"
    assert "CSOC, Priya Nair" in words_in(page.held)
    assert "not accepted" in words_in(page.held)
    page.held.button.click()
    form = form_of(desk, qtbot)
    assert form.what.key() == handoff.ACCEPT
    form.submit()
    qtbot.waitUntil(form.problem.isVisible)
    assert "An acceptance has a name" in form.problem.accessibleName()
    form.by.setText("Priya Nair")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert page.held.note.text().startswith("CSOC, Priya Nair since 03:12 GMT")
    with qtbot.waitSignal(desk.acted):
        view.result.undo.click()
    settle(desk, qtbot)
    assert page.held.note.text() == "RXX"


def test_a_refusal_is_shown_with_its_reason_and_the_holder_stays(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page = view.pane.page
    desk.act(lambda session: handoffs.offer(session, "victim", told.trust, "Report Fraud"))
    settle(desk, qtbot)
    page.held.button.click()
    form = form_of(desk, qtbot)
    form.what.set_key(handoff.REFUSE)
    form.reason.setText("No crime recorded yet")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert "No crime recorded yet" in words_in(page.held)
    assert page.held.note.text() == "RXX"


def test_an_action_is_offered_alone_and_its_owner_says_so(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page = view.pane.page
    page.table.go_to_id(told.late)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    form = form_of(desk, qtbot)
    form.body_field.setText("CSOC")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    owners = {row["id"]: row["owner"] for row in page.table.rows()}
    assert owners[told.late] == "CSOC (offered)"
    assert page.held.note.text() == "RXX"


def test_two_bodies_that_accepted_apart_are_named_and_one_holds_it(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    for body in ("CSOC", "Report Fraud"):
        desk.act(lambda session, to=body: handoffs.offer(session, "victim", told.trust, to))  # type: ignore[misc]
    settle(desk, qtbot)
    for row in handoffs.listing(desk.store, told.trust):
        desk.act(lambda session, which=row["id"]: handoffs.accept(session, which, "Somebody"))  # type: ignore[misc]
    settle(desk, qtbot)
    page = view.pane.page
    assert page.held.crossed.isVisible()
    assert "accepted too" in page.held.crossed.text()


def test_an_incidents_facts_say_who_holds_it(desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication) -> None:
    view = in_view(IncidentsView(desk), desk, qtbot, qapp)
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    page = view.page
    assert page.facts.about.values["Held by"].text() == "RXX, Sam Okafor"
    page.hand_over()
    form = form_of(desk, qtbot)
    form.body_field.setText("CSOC")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert page.facts.about.values["Held by"].text() == "RXX, Sam Okafor; offered to CSOC, not accepted"
