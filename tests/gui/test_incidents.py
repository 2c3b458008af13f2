"""The incidents over a real store: the list, the page, its forms, and what each leaves in the journal."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog, incident_row, story_end
from triage_app.services import incidents, settings
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.classify import ClassifyDialog
from triage_app.ui.dialogs.close_incident import CloseIncidentDialog, ReopenIncidentDialog
from triage_app.ui.dialogs.log_line import LogLineDialog
from triage_app.ui.dialogs.new_incident import NewIncidentDialog
from triage_app.ui.dialogs.picker import matches
from triage_app.ui.dialogs.set_times import SetTimesDialog
from triage_app.ui.views.incident_reading import MASKED, incident
from triage_app.ui.views.incident_timeline import tick_step, ticks, window
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.views.moments import clock_state, local, short


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> IncidentsView:
    return in_view(IncidentsView(desk), desk, qtbot, qapp)


@pytest.fixture
def page(view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot) -> IncidentsView:
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    return view


def words_in(widget: QWidget) -> str:
    """Every word of the labels in view."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_the_list_shows_the_open_incidents_the_worst_first(view: IncidentsView, told: Told) -> None:
    assert list(view.list.table.record_model.ids) == [told.ransom, told.supplier]
    row = view.list.table.row_of(told.ransom)
    assert row is not None
    assert (row["category"], row["alerts"], row["victims"]) == ("3, proposed", 3, 2)


def test_words_and_state_narrow_the_list_and_an_empty_one_says_why(view: IncidentsView, told: Told) -> None:
    view.list.filter.setText("PATHOLOGY courier")
    assert list(view.list.table.record_model.ids) == [told.supplier]
    view.list.state.set_key("closed")
    assert list(view.list.table.record_model.ids) == []
    assert "No incident passes this filter" in words_in(view.list.table)
    view.list.filter.setText("sev:high")
    assert "There is no key “sev” here" in words_in(view.list.table)
    assert "narrowed by words alone" in words_in(view.list.table)


def test_enter_opens_the_page_and_alt_left_goes_back_to_the_same_row(
    view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    view.list.table.go_to_id(told.supplier)
    QTest.keyClick(view.list.table, Qt.Key.Key_Return)
    settle(desk, qtbot)
    assert view.shows_page()
    assert view.page.incident_id() == told.supplier
    view.page.commands["back"].trigger()
    assert not view.shows_page()
    assert view.list.table.current_id() == told.supplier


def test_the_three_steps_of_the_category_stand_side_by_side(page: IncidentsView) -> None:
    steps = page.page.steps
    assert [label.text() for label in steps.proposed.labels()] == [
        "Category 3, significant incident",
        "Sam Okafor, RXX, 02:06 GMT. Essential service affected",
    ]
    assert steps.assessed.value.text() == "Not assessed"
    assert steps.confirmed.value.text() == "Not confirmed"
    assert "Only NCSC or law enforcement can confirm" in steps.confirmed.detail.text()


def test_the_timeline_merges_alerts_notes_decisions_victims_and_support(page: IncidentsView) -> None:
    rows = page.page.timeline.table.rows()
    what = {str(row["what"]) for row in rows}
    assert {"Opened the incident", "Aware", "Imaging lead: CT on paper until 08:00", "Linked 3 alerts"} <= what
    assert "Recorded as a victim: Person 1" in what
    assert any(text.startswith("Acknowledge report to victim: Spoke to Dr Amin") for text in what)
    assert sum(1 for row in rows if row["id"].startswith("alert:")) == 3


def test_a_kind_narrows_the_timeline(page: IncidentsView) -> None:
    page.page.timeline.kind.set_key("note")
    assert [row["what"] for row in page.page.timeline.table.rows()] == ["Imaging lead: CT on paper until 08:00"]


def test_every_time_on_the_page_has_its_zone(page: IncidentsView) -> None:
    for row in page.page.timeline.table.rows():
        assert str(row["time"]).endswith(" GMT") or row["id"].startswith("day:")
    times = page.page.facts.times.values
    assert times["Aware"].text() == "00:45 GMT"
    assert times["Contained"].text() == "Not recorded"


def test_no_name_and_no_contact_of_a_person_is_read_for_the_page(desk: Desk, told: Told) -> None:
    read = incident(desk.store, told.ransom)
    shown = repr(read)
    assert "Jo Pryce" not in shown
    assert "jo@example.nhs.uk" not in shown
    assert "0300 555 0118" not in shown
    assert MASKED in shown


def test_classifying_from_the_keyboard_sets_type_category_tlp_and_campaign_in_one_act(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    QTest.keyClick(page.page.timeline.table, Qt.Key.Key_C)
    form = dialog(ClassifyDialog, qtbot)
    assert isinstance(form, ClassifyDialog)
    QTest.keyClicks(form.rsit.picker.search, "infected system")
    QTest.keyClick(form.rsit.picker.search, Qt.Key.Key_Return)
    QTest.keyClicks(form.rsit.picker.search, "phish")
    QTest.keyClick(form.rsit.picker.search, Qt.Key.Key_Return)
    assert form.rsit.codes == ["malicious-code/infected-system", "fraud/phishing"]
    form.category.group.button(2).setChecked(True)
    form.because.setPlainText("Two trusts share the supplier")
    form.tlp.choice.set_key("TLP:AMBER")
    with qtbot.waitSignal(desk.acted) as acted:
        QTest.keyClick(form, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(desk, qtbot)
    row = incident_row(desk.store, told.ransom)
    assert row["rsit"] == "malicious-code/infected-system fraud/phishing"
    assert row["tlp"] == "TLP:AMBER"
    assert row["campaign"] == "Imaging outage"
    assert page.page.steps.proposed.value.text() == "Category 2, highly significant incident"
    assert page.page.tabs.current() == "timeline"
    with qtbot.waitSignal(desk.acted):
        desk.undo(acted.args[0].act)
    settle(desk, qtbot)
    assert page.page.steps.proposed.value.text() == "Category 3, significant incident"


def test_a_category_without_a_reason_is_asked_for_it_in_place(page: IncidentsView, desk: Desk, qtbot: QtBot) -> None:
    page.page.open_classify()
    form = dialog(ClassifyDialog, qtbot)
    assert isinstance(form, ClassifyDialog)
    form.category.group.button(1).setChecked(True)
    form.because.setPlainText("   ")
    form.submit()
    assert form.isVisible()
    assert "needs a reason" in words_in(form)
    form.reject()


def test_classifying_nothing_is_refused_in_the_form_and_keeps_it_open(page: IncidentsView, qtbot: QtBot) -> None:
    page.page.open_classify()
    form = dialog(ClassifyDialog, qtbot)
    assert isinstance(form, ClassifyDialog)
    form.submit()
    qtbot.waitUntil(form.problem.isVisible)
    assert "Nothing to classify" in form.problem.accessibleName()
    assert form.save.isEnabled()
    form.reject()


def test_a_note_shows_on_the_timeline_and_u_takes_it_back(page: IncidentsView, desk: Desk, qtbot: QtBot) -> None:
    QTest.keyClick(page.page.timeline.table, Qt.Key.Key_N)
    form = dialog(LogLineDialog, qtbot)
    assert isinstance(form, LogLineDialog)
    QTest.keyClicks(form.words, "Backups are clean")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert "Backups are clean" in [row["what"] for row in page.page.timeline.table.rows()]
    assert page.result.words().startswith("Logged RXX-")
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    with qtbot.waitSignal(desk.acted):
        QTest.keyClick(page.page.timeline.table, Qt.Key.Key_U)
    settle(desk, qtbot)
    assert "Backups are clean" not in [row["what"] for row in page.page.timeline.table.rows()]


def test_times_are_set_in_one_act_and_one_that_cannot_be_read_is_said_in_place(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page.page.edit_times()
    form = dialog(SetTimesDialog, qtbot)
    assert isinstance(form, SetTimesDialog)
    form.rows["occurred"].entry.setText("a while ago")
    form.submit()
    assert "is no time I can read" in words_in(form)
    form.rows["occurred"].entry.setText("2026-11-21 22:30")
    assert "Sat 21 Nov 2026 22:30 GMT" in words_in(form)
    form.rows["contained"].entry.setText("03:00")
    form.rows["detected"].entry.clear()
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    shown = page.page.facts.times.values
    assert shown["Occurred"].text() == "Sat 21 Nov 22:30 GMT"
    assert shown["Contained"].text() == "03:00 GMT"
    assert shown["Detected"].text() == "Not recorded"
    with qtbot.waitSignal(desk.acted):
        desk.undo()
    settle(desk, qtbot)
    assert shown["Detected"].text() == "00:43 GMT"
    assert shown["Occurred"].text() == "Not recorded"


def test_the_hour_that_happens_twice_is_asked_about(page: IncidentsView, qtbot: QtBot) -> None:
    page.page.edit_times()
    form = dialog(SetTimesDialog, qtbot)
    assert isinstance(form, SetTimesDialog)
    form.rows["occurred"].entry.setText("2026-10-25 01:30")
    assert "+01:00 (BST)" in words_in(form)
    assert "+00:00 (GMT)" in words_in(form)
    form.reject()


def test_closing_names_what_is_still_empty_and_needs_only_a_reason(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page.page.close_or_open()
    form = dialog(CloseIncidentDialog, qtbot)
    assert isinstance(form, CloseIncidentDialog)
    assert "Still empty: RSIT class, TLP label." in form.lacking.accessibleName()
    assert "2 tasks or support actions are open" in words_in(form)
    form.submit()
    assert "Closing needs a reason" in words_in(form)
    form.words.setPlainText("Restored from clean backups")
    form.submit()
    assert "Work is still open." in words_in(form)
    form.leave.setChecked(True)
    form.submit()
    assert "Say by name who decided that it is left undone." in words_in(form)
    form.left_by.setText("Dr Rao")
    form.submit()
    assert "3 clocks are open" in words_in(form)
    assert "Say by name who decided" in words_in(form)
    form.by.setText("Dr Rao")
    form.submit()
    assert "Say why they are not notifiable" in words_in(form)
    form.why.setText("No personal data, no outage")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert incident_row(desk.store, told.ransom)["status"] == "closed"
    assert page.page.head.status.word() == "Closed"
    page.page.close_or_open()
    again = dialog(ReopenIncidentDialog, qtbot)
    assert isinstance(again, ReopenIncidentDialog)
    again.submit()
    assert "Say in a few words what has come up." in words_in(again)
    again.words.setText("It is back on ward 7")
    again.submit()
    settle(desk, qtbot)
    assert page.page.head.status.word() == "In hand"


def test_the_title_is_edited_in_place_and_an_empty_one_is_not_taken(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    head = page.page.head
    page.page.commands["rename"].trigger()
    assert head.edit.isVisible()
    head.edit.clear()
    QTest.keyClick(head.edit, Qt.Key.Key_Return)
    assert head.edit.isVisible()
    QTest.keyClicks(head.edit, "Imaging ransomware")
    with qtbot.waitSignal(desk.acted):
        QTest.keyClick(head.edit, Qt.Key.Key_Return)
    settle(desk, qtbot)
    assert head.title.accessibleName() == "Imaging ransomware"
    page.page.commands["rename"].trigger()
    QTest.keyClick(head.edit, Qt.Key.Key_Escape)
    assert head.title.isVisible()


def test_an_alert_taken_out_goes_back_to_the_queue(page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    page.page.tabs.go_to("alerts")
    table = page.page.alerts.table
    assert len(table.rows()) == 3
    key = str(table.record_model.id_at(0))
    table.go_to_row(0)
    with qtbot.waitSignal(desk.acted):
        page.page.alerts.unlink.click()
    settle(desk, qtbot)
    assert len(table.rows()) == 2
    assert lookup.incidents_of_alert(desk.store, key) == []
    with qtbot.waitSignal(desk.acted):
        desk.undo()
    settle(desk, qtbot)
    assert len(table.rows()) == 3


def test_an_act_is_taken_back_from_the_log(page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    page.page.tabs.go_to("history")
    log = page.page.history
    proposed = next(entry for entry in log._log.values() if entry.field == "Category proposed")
    log.table.go_to_id(proposed.op)
    assert "Because: Essential service affected." in log.because.text()
    log.undo.click()
    asked = page.window().findChild(QDialog) or log.findChild(QDialog)
    assert isinstance(asked, QDialog)
    with qtbot.waitSignal(desk.acted):
        asked.accept()
    settle(desk, qtbot)
    assert page.page.steps.proposed.value.text() == "Not proposed"
    assert not any("Proposed category 3" in str(row["what"]) for row in page.page.timeline.table.rows())


def test_a_new_incident_opens_on_its_page(view: IncidentsView, desk: Desk, qtbot: QtBot) -> None:
    view.new_incident()
    form = dialog(NewIncidentDialog, qtbot)
    assert isinstance(form, NewIncidentDialog)
    QTest.keyClicks(form.title, "Telephone: courier's laptop stolen")
    with qtbot.waitSignal(desk.acted):
        QTest.keyClick(form.title, Qt.Key.Key_Return)
    settle(desk, qtbot)
    assert view.shows_page()
    assert view.page.head.title.accessibleName() == "Telephone: courier's laptop stolen"
    assert len(view.list.table.record_model.ids) == 3


def test_an_incident_taken_back_leads_back_to_the_list(view: IncidentsView, desk: Desk, qtbot: QtBot) -> None:
    made: list[Changes] = []
    desk.act(lambda session: incidents.open_incident(session, "Opened by mistake"), made.append)
    settle(desk, qtbot)
    view.show_record("incident", made[0].id)
    settle(desk, qtbot)
    desk.undo(made[0].act)
    settle(desk, qtbot)
    assert not view.shows_page()


def test_two_values_in_one_field_both_stand_on_a_banner_that_leads_to_the_exchange(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    from triage_app.services.recording import record
    from triage_app.store import journal
    from triage_app.store.journal import Change

    def fork(session: Session) -> Changes:
        head = journal.heads(session.store, "incident", told.ransom, "campaign")[0][1]
        changes = [
            Change("incident", told.ransom, "campaign", name, "TLP:AMBER", parents=(head,)) for name in ("One", "Two")
        ]
        return record(session, "Forked", changes, entity=told.ransom)

    desk.act(fork)
    settle(desk, qtbot)
    asked: list[tuple[str, str]] = []
    page.open_record.connect(lambda kind, name: asked.append((kind, name)))
    banner = page.page.conflict
    assert banner.isVisible()
    assert "“One” (Sam Okafor)" in banner.accessibleName()
    assert "“Two” (Sam Okafor)" in banner.accessibleName()
    banner.acted.emit()
    assert asked == [("conflict", f"{told.ransom}/campaign")]


def test_no_command_acts_on_an_incident_that_is_not_in_view(page: IncidentsView, desk: Desk, qtbot: QtBot) -> None:
    def enabled() -> list[str]:
        actions: list[QAction] = [a for part in page.actions().values() for a in part]
        return [action.text() for action in actions if action.isEnabled()]

    assert "&Classify…" in enabled()
    assert "Left &message" not in enabled()
    page.page.tabs.go_to("victims")
    settle(desk, qtbot)
    assert "Left &message" in enabled()
    page.show_list()
    assert enabled() == ["&Retention due…"]
    page.hide()
    assert enabled() == ["&Retention due…"]


def test_single_letters_can_be_turned_off(desk: Desk, told: Told, qtbot: QtBot) -> None:
    desk.long("", lambda session, _: settings.put(session, "single-letter-keys", "off"))
    settle(desk, qtbot)
    view = IncidentsView(desk)
    qtbot.addWidget(view)
    settle(desk, qtbot)
    keys = [keys.toString() for part in view.actions().values() for action in part for keys in action.shortcuts()]
    assert [key for key in keys if len(key) == 1] == []
    assert "Ctrl+Shift+N" in keys


@pytest.mark.parametrize(("width", "height"), [(668, 372), (900, 600), (1220, 820)])
def test_a_long_title_neither_widens_the_page_nor_hides_its_badges(
    view: IncidentsView, desk: Desk, told: Told, qtbot: QtBot, width: int, height: int
) -> None:
    view.resize(width, height)
    view.show_record("incident", told.supplier)
    settle(desk, qtbot)
    qtbot.wait(20)
    head = view.page.head
    assert view.width() == width
    assert head.title.geometry().right() <= head.width()
    assert head.tlp.visibleRegion().boundingRect() == head.tlp.rect()
    assert view.page.timeline.table.height() >= 150


def test_hostile_words_are_shown_and_never_followed(view: IncidentsView, desk: Desk, qtbot: QtBot) -> None:
    made: list[Changes] = []
    hostile = "<img src='file://10.0.0.1/share'>\u202egnp.exe http://evil.example/"
    desk.act(lambda session: incidents.open_incident(session, hostile), made.append)
    settle(desk, qtbot)
    desk.act(lambda session: incidents.note(session, made[0].id, hostile))
    settle(desk, qtbot)
    view.show_record(
        "incident",
        made[0].id,
    )
    settle(desk, qtbot)
    assert "[U+202E]" in view.page.head.title.accessibleName()
    assert "&lt;img" in view.page.head.title.toolTip()
    assert "http://evil.example" not in view.page.head.title.accessibleName()
    view.page.commands["rename"].trigger()
    assert view.page.head.edit.text() == hostile
    view.page.head.stop_editing()
    view.page.tabs.go_to("log")
    settle(desk, qtbot)
    for label in view.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText


def test_typing_finds_codes_and_names_alike() -> None:
    options = {"VS05": "Remote technical support session", "VS11": "Credential reset or account disabled"}
    assert matches(options, "vs05") == ["VS05"]
    assert matches(options, "reset acc") == ["VS11"]
    assert matches(options, "zebra") == []
    assert matches(options, "") == ["VS05", "VS11"]


def test_a_clock_turns_amber_under_a_quarter_and_red_under_a_twentieth_of_its_time() -> None:
    now = int(story_end().timestamp() * 1000)
    hour = 3_600_000
    assert clock_state(now - hour, now + hour, story_end())[0] == "running"
    assert clock_state(now - 8 * hour, now + 2 * hour, story_end())[0] == "amber"
    assert clock_state(now - 99 * hour, now + hour, story_end())[0] == "red"
    assert clock_state(now - hour, now - 1, story_end()) == ("missed", 1.0)


def test_a_time_of_another_day_is_never_shown_without_it() -> None:
    at = int(story_end().timestamp() * 1000)
    assert short(at, story_end()) == "03:12 GMT"
    assert short(at - 86_400_000, story_end()) == "Sat 21 Nov 03:12 GMT"
    assert short(at - 366 * 86_400_000, story_end()) == "Fri 21 Nov 2025 03:12 GMT"


def test_ticks_are_round_local_times_on_both_sides_of_the_clock_change() -> None:
    first = 1_792_879_200_000  # Sun 25 Oct 2026, some hours before the clocks go back
    found = ticks(first, first + 12 * 3_600_000, tick_step(12 * 3_600_000, 900))
    assert found
    assert {local(at).minute for at in found} == {0}


def test_the_picture_holds_everything_that_happened_and_now(desk: Desk, told: Told) -> None:
    read = incident(desk.store, told.ransom)
    assert read is not None
    now = int(story_end().timestamp() * 1000)
    first, last = window(read.events, (), now)
    assert first < min(event.at for event in read.events)
    assert last > now


def test_a_conflict_keeps_to_one_whole_line_where_the_window_is_low(
    view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    host = QWidget()  # the shell, too, gives a place what height there is
    qtbot.addWidget(host)
    view.setParent(host)
    host.resize(720, 340)
    view.resize(720, 340)
    host.show()
    view.show()
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    page = view.page
    page.conflict.say("Two values stand: Contained", "“03:05” (Jo) and “02:40” (Sam). Both are kept.", "amber", "Open")
    page.conflict.show()
    settle(desk, qtbot)
    labels = [label for label in page.conflict.findChildren(QLabel) if label.isVisible() and label.text()]
    assert labels
    assert all(page.conflict.rect().contains(label.geometry()) for label in labels)
    assert "02:40" in page.conflict.toolTip()
    view.setParent(None)
