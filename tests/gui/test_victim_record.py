"""The whole record of a victim on screen: set in one act from one form, what tells of health masked until asked for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from tests.gui.test_victims import victim, words_in
from triage_app.services import victim_record
from triage_app.store import access
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.victim_record import VictimRecordDialog
from triage_app.ui.views.victims import VictimsView


@pytest.fixture
def view(desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication) -> VictimsView:
    made = in_view(VictimsView(desk), desk, qtbot, qapp)
    made.show_record("victim", told.person)
    settle(desk, qtbot)
    return made


def form_of(view: VictimsView, qtbot: QtBot) -> VictimRecordDialog:
    view.pane.page.table.setFocus()
    QTest.keyClick(view.pane.page.table, Qt.Key.Key_E)
    form = dialog(VictimRecordDialog, qtbot)
    assert isinstance(form, VictimRecordDialog)
    return form


def test_one_form_sets_several_fields_in_one_act(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    form = form_of(view, qtbot)
    looked = len(access.entries(desk.store))
    assert "jo@" not in words_in(form)
    assert not form.contact.isEnabled()
    assert form.changed() == {}
    form.show_masked.click()
    qtbot.waitUntil(form.contact.isEnabled)
    assert form.contact.text() == "jo@example.nhs.uk"
    assert len(access.entries(desk.store)) == looked + 1
    assert form.changed() == {}
    form.roles.boxes["recipient"].setChecked(True)
    form.language.setText("Welsh")
    form.channel.set_key("telephone")
    form.flags.boxes["capacity"].setChecked(True)
    form.formats.boxes["easy-read"].setChecked(True)
    form.ground.set_key("agreed")
    form.wish.set_key("agreed")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    row = victim(desk, told.person)
    assert victim_record.standing(row, "flags") == ["capacity"]
    assert victim_record.decision(row) == {"ground": "agreed", "by": "Sam Okafor"}
    fields = view.pane.page.card.fields
    assert fields["roles"].value.text() == "Recipient"
    assert fields["sharing"].value.text() == "They agreed, decided by Sam Okafor"
    assert fields["care"].value.text() == "Look before you make contact"
    assert "Welsh" not in words_in(view)
    assert "capacity" not in words_in(view)
    with qtbot.waitSignal(desk.acted):
        view.result.undo.click()
    settle(desk, qtbot)
    assert fields["roles"].value.text() == "Not recorded"
    assert fields["wish"].value.text() == "Not asked"


def test_care_and_language_are_shown_with_the_contact_and_the_look_is_noted(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    values = {"flags": "unsafe-to-ring", "language": "Polish", "formats": "braille"}
    desk.act(lambda session: victim_record.set_many(session, told.person, values))
    settle(desk, qtbot)
    page = view.pane.page
    before = len(access.entries(desk.store))
    page.card.show_contact.click()
    qtbot.waitUntil(lambda: "Leave no message and send no letter" in words_in(page))
    assert {"Polish", "jo@example.nhs.uk"} <= {field.value.text() for field in page.card.fields.values()}
    assert "Braille" in words_in(page)
    assert len(access.entries(desk.store)) == before + 1
    page.card.show_contact.click()
    qtbot.waitUntil(lambda: "Polish" not in words_in(page))


def test_a_form_in_which_nothing_was_changed_writes_nothing(view: VictimsView, desk: Desk, told: Told,
                                                            qtbot: QtBot) -> None:  # fmt: skip
    form = form_of(view, qtbot)
    assert form.changed() == {}
    with qtbot.assertNotEmitted(desk.acted):
        form.submit()
    qtbot.waitUntil(lambda: not any(isinstance(w, VictimRecordDialog) for w in QApplication.topLevelWidgets()
                                    if w.isVisible()))  # fmt: skip


def test_an_organisation_is_asked_for_no_vulnerability(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    view.show_record("victim", told.trust)
    settle(desk, qtbot)
    form = form_of(view, qtbot)
    assert not form.flags.isVisible()
    assert not form.formats.isVisible()
    assert not view.pane.page.card.fields["care"].isVisible()
    form.reject()


def test_a_code_of_a_newer_version_is_kept_and_not_dropped_by_the_form(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    row = dict(victim(desk, told.person))
    row["facts"] = {"roles": ["from-the-future"]}
    shown = {"contact": "", "language": "", "formats": [], "flags": ["from-the-future"]}
    form = VictimRecordDialog(desk, row, shown, view)
    assert not form.roles.isEnabled()
    assert not form.flags.isEnabled()
    assert form.changed() == {}
    form.reject()
