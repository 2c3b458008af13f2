"""The victims over a real store: the list with what is due, the card, one-press outcomes, the forms."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from triage_app.services import people, support, victims
from triage_app.store import access, lookup
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.action_outcome import ActionOutcomeDialog
from triage_app.ui.dialogs.add_action import AddActionDialog
from triage_app.ui.dialogs.add_victim import AddVictimDialog
from triage_app.ui.dialogs.edit_victim import EditVictimDialog
from triage_app.ui.views import victim_reading
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.views.victim_page import VictimPage
from triage_app.ui.views.victims import VictimsView


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> VictimsView:
    return in_view(VictimsView(desk), desk, qtbot, qapp)


def words_in(widget: QWidget) -> str:
    """Every word of the labels in view."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def action(desk: Desk, entity: str) -> dict[str, object]:
    """Return a support action as the store holds it."""
    found = lookup.one(desk.store, "action", entity)
    assert found is not None
    return found


def victim(desk: Desk, entity: str) -> dict[str, object]:
    """Return a victim as the store holds it."""
    found = lookup.one(desk.store, "victim", entity)
    assert found is not None
    return found


def test_the_victim_with_the_nearest_due_time_comes_first(view: VictimsView, told: Told) -> None:
    assert list(view.pane.table.record_model.ids) == [told.trust, told.person]
    row = view.pane.table.row_of(told.trust)
    assert row is not None
    assert row["due"].words == "31 m late"
    assert view.summary.text() == "2 recorded, 1 counted as supported"


def test_a_victim_counts_as_supported_only_with_a_successful_action(view: VictimsView, desk: Desk, told: Told,
                                                                    qtbot: QtBot) -> None:  # fmt: skip
    assert victim_reading.victims(desk.store).supported == 1
    desk.act(lambda session: victims.add_action(session, told.person, "VS24", status="failed"))
    settle(desk, qtbot)
    assert view.pane.supported() == 1
    desk.act(lambda session: victims.add_action(session, told.person, "VS24", status="successful"))
    settle(desk, qtbot)
    assert view.pane.supported() == 2


def test_a_contact_is_masked_until_asked_for_and_the_look_is_noted(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page = view.pane.page
    assert "0300" not in words_in(view)
    before = len(access.entries(desk.store))
    page.card.show_contact.click()
    qtbot.waitUntil(lambda: "0300 555 0118" in words_in(page))
    settle(desk, qtbot)
    newest = access.entries(desk.store)[0]
    assert len(access.entries(desk.store)) == before + 1
    assert (newest["what"], newest["kind"], newest["entity"]) == ("unmask", "victim", told.trust)
    page.card.show_contact.click()
    qtbot.waitUntil(lambda: "0300 555 0118" not in words_in(page))


def test_a_person_is_called_by_number_until_their_name_is_asked_for(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    view.show_record("victim", told.person)
    settle(desk, qtbot)
    page = view.pane.page
    assert page.card.name.text() == "Person 1"
    page.card.show_name.click()
    qtbot.waitUntil(lambda: page.card.name.text() == "Person 1, Jo Pryce")
    page.card.show_name.click()
    qtbot.waitUntil(lambda: page.card.name.text() == "Person 1")


def test_an_erased_person_is_shown_as_erased(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    person = str(victim(desk, told.person)["person"])
    desk.act(lambda session: people.erase(session, person)[0])
    settle(desk, qtbot)
    view.show_record("victim", told.person)
    settle(desk, qtbot)
    page = view.pane.page
    assert page.card.fields["contact"].value.text() == "Erased"
    assert not page.card.show_contact.isVisible()
    page.card.show_name.click()
    qtbot.waitUntil(lambda: page.card.name.text() == "Person 1, erased")


def test_the_banner_says_what_is_late_and_one_key_records_that_nobody_answered(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page = view.pane.page
    assert page.due.accessibleName() == ("Next due: name a point of contact (VS02) Was due 02:41 GMT, 31 m ago")
    view.pane.table.setFocus()
    with qtbot.waitSignal(desk.acted):
        QTest.keyClick(view.pane.table, Qt.Key.Key_1)
    settle(desk, qtbot)
    assert [row["how"] for row in support.attempts(desk.store, told.late)] == ["no-answer"]
    assert action(desk, told.late)["status"] == "ongoing"
    with qtbot.waitSignal(desk.acted):
        page.left_message.click()
    settle(desk, qtbot)
    assert len(support.attempts(desk.store, told.late)) == 2
    assert "2 attempts, last 03:12 GMT" in page.due.accessibleName()
    for key, how in ((Qt.Key.Key_3, "emailed"), (Qt.Key.Key_4, "spoke")):
        with qtbot.waitSignal(desk.acted):
            QTest.keyClick(view.pane.table, key)
        settle(desk, qtbot)
        assert how in {row["how"] for row in support.attempts(desk.store, told.late)}
    with qtbot.waitSignal(desk.acted):
        view.result.undo.click()
    settle(desk, qtbot)
    assert len(support.attempts(desk.store, told.late)) == 3


def test_recording_an_outcome_dates_it_and_the_banner_goes(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page = view.pane.page
    page.record_outcome.click()
    form = dialog(ActionOutcomeDialog, qtbot)
    assert isinstance(form, ActionOutcomeDialog)
    form.outcome.setPlainText("Dr Amin is the contact")
    form.minutes.setText("a few")
    form.submit()
    assert "Give whole minutes" in words_in(form)
    form.minutes.setText("12")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    found = action(desk, told.late)
    assert (found["status"], found["outcome"], found["minutes"]) == ("successful", "Dr Amin is the contact", 12)
    assert found["done_at"] is not None
    assert not page.due.isVisible()


def test_an_action_is_added_from_the_keyboard_alone(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    page = view.pane.page
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_A)
    form = dialog(AddActionDialog, qtbot)
    assert isinstance(form, AddActionDialog)
    QTest.keyClicks(form.kind.search, "remote tech")
    QTest.keyClick(form.kind.search, Qt.Key.Key_Return)
    assert form.chosen.text() == "VS05  Remote technical support session"
    QTest.keyClicks(form.due.entry, "4h")
    assert "Sun 22 Nov 2026 07:12 GMT" in words_in(form)
    with qtbot.waitSignal(desk.acted):
        QTest.keyClick(form.due.entry, Qt.Key.Key_Return)
    settle(desk, qtbot)
    codes = {row["code"]: row for row in page.table.rows()}
    assert codes["VS05"]["due"].words == "07:12 GMT"
    assert codes["VS05"]["owner"] == "Sam Okafor"


def test_an_action_without_a_kind_is_asked_for_it(view: VictimsView, qtbot: QtBot) -> None:
    view.pane.page.add_action()
    form = dialog(AddActionDialog, qtbot)
    assert isinstance(form, AddActionDialog)
    form.submit()
    assert "Choose what was done" in words_in(form)
    form.reject()


def test_basis_sharing_and_wish_are_three_fields_each_set_alone(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page = view.pane.page
    shown = page.card.fields
    assert [shown[name].value.text() for name in ("basis", "sharing", "wish")] == [
        "Not recorded",
        "Not decided",
        "Not asked",
    ]
    shown["wish"].edit.click()
    form = dialog(EditVictimDialog, qtbot)
    assert isinstance(form, EditVictimDialog)
    form.entry.set_key("refused")  # type: ignore[attr-defined]
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert shown["wish"].value.text() == "Refused"
    assert victim(desk, told.trust)["basis"] == ""
    assert victim(desk, told.trust)["sharing"] == ""


def test_editing_a_contact_starts_from_the_one_that_stands(view: VictimsView, desk: Desk, told: Told,
                                                           qtbot: QtBot) -> None:  # fmt: skip
    view.pane.page.card.fields["contact"].edit.click()
    form = dialog(EditVictimDialog, qtbot)
    assert isinstance(form, EditVictimDialog)
    assert form.value() == "Dr Lena Amin, 0300 555 0118"
    form.reject()


def test_a_victim_is_added_to_an_incident_and_a_bad_code_is_refused_in_place(
    desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication
) -> None:
    theme.current().apply(qapp)
    incidents = IncidentsView(desk)
    qtbot.addWidget(incidents)
    incidents.resize(1220, 820)
    incidents.show()
    incidents.show_record("victim", told.trust)
    settle(desk, qtbot)
    assert incidents.page.tabs.current() == "victims"
    incidents.page.victims.add.click()
    form = dialog(AddVictimDialog, qtbot)
    assert isinstance(form, AddVictimDialog)
    form.code.setText("R-1")
    form.submit()
    qtbot.waitUntil(form.problem.isVisible)
    assert "is no organisation code" in form.problem.accessibleName()
    form.code.setText("RZ1")
    form.name.setText("Southfen Community Health and Social Care Partnership NHS Foundation Trust")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    names = [row["victim"].text for row in incidents.page.victims.table.rows()]
    assert "Southfen Community Health and Social Care Partnership NHS Foundation Trust" in names
    assert incidents.page.tabs.tabs["victims"].accessibleName() == "Victims 3"


def test_words_in_the_field_of_the_code_are_never_cut_to_a_code(desk: Desk, told: Told, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    form = AddVictimDialog(desk, told.ransom, "RXX-B7J3-0001", parent)
    form.show()
    before = len(lookup.organisations(desk.store))
    form.code.setText("Ward 7 records team")
    form.submit()
    assert "Give the organisation's ODS code" in words_in(form)
    form.code.setText("leeds")
    form.submit()
    assert "Several are called so." in words_in(form)
    form.code.setText("leeds teaching")
    assert form.name.placeholderText() == "Leeds Teaching Hospitals NHS Trust"
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    found = {one["code"]: one["name"] for one in lookup.organisations(desk.store)}
    assert found["RR8"] == "Leeds Teaching Hospitals NHS Trust"
    assert len(found) == before + 1


def test_the_incident_of_a_victim_is_one_press_away(view: VictimsView, told: Told) -> None:
    asked: list[tuple[str, str]] = []
    view.open_record.connect(lambda kind, name: asked.append((kind, name)))
    view.pane.page.incident.click()
    assert asked == [("incident", told.ransom)]


def test_a_support_action_leads_to_its_victim(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    view.show_record("victim", told.person)
    settle(desk, qtbot)
    view.show_record("action", told.late)
    settle(desk, qtbot)
    assert view.pane.page.victim_id() == told.trust


@pytest.mark.parametrize(("width", "height"), [(668, 372), (900, 600)])
def test_a_narrow_window_shows_the_list_and_over_it_the_victim(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot, width: int, height: int
) -> None:
    view.resize(width, height)
    qtbot.wait(20)
    beside = width >= 860
    assert view.pane.page.isVisible() == beside
    QTest.keyClick(view.pane.table, Qt.Key.Key_Return)
    settle(desk, qtbot)
    page: VictimPage = view.pane.page
    assert page.isVisible()
    assert view.width() == width
    for button in (page.record_outcome, page.no_answer, page.left_message, page.add):
        qtbot.waitUntil(lambda b=button: b.width() >= b.sizeHint().width() and b.height() >= 32)  # type: ignore[misc]
    if not beside:
        page.back.click()
        assert view.pane.table.isVisible()


def test_every_button_and_field_has_a_name(view: VictimsView) -> None:
    for widget in view.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            assert widget.accessibleName(), widget
