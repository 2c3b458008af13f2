"""Clocks in the real window over a real store: cards, what is recorded of one, closing, Home, a low window."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog, incident_row, story_end
from triage_app.domain.clocks import State
from triage_app.services import clock_acts, clocks, duties, incidents
from triage_app.services.changes import Changes
from triage_app.services.clocks import Clock
from triage_app.services.session import Session
from triage_app.store.connection import Store
from triage_app.ui.clock_drift import ClockDrift
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.clock import ClockDialog
from triage_app.ui.dialogs.clock_list import ClockListDialog
from triage_app.ui.dialogs.close_incident import CloseIncidentDialog
from triage_app.ui.views.clock_faces import open_faces
from triage_app.ui.views.home import HomeView
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.views.nearest_clocks import NearestClocks
from triage_app.ui.views.queue import QueueView
from triage_app.ui.workplace import Workplace


@pytest.fixture
def page(desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication) -> IncidentsView:
    view = in_view(IncidentsView(desk), desk, qtbot, qapp)
    view.resize(1220, 820)
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    return view


def words_in(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def clock(desk: Desk, incident: str, policy: str) -> Clock:
    now = int(story_end().timestamp() * 1000)
    return next(one for one in clocks.of_incident(desk.store, incident, now) if one.policy.code == policy)


def opened(page: IncidentsView, name: str, qtbot: QtBot) -> ClockDialog:
    card = next(card for card in page.page.clocks.shown() if name in card.text())
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Return)
    form = dialog(ClockDialog, qtbot)
    assert isinstance(form, ClockDialog)
    return form


def test_the_cards_stand_nearest_first_and_say_what_started_each_and_what_is_due(page: IncidentsView) -> None:
    assert [card.words() for card in page.page.clocks.shown()] == [
        ("Contain, local target", "9 h 53 m", "First look 01:05. Contain by 13:05 GMT"),
        ("DSPT incident report", "69 h 33 m", "Aware 00:45. Report by Wed 25 Nov 00:45 GMT"),
        ("UK GDPR Art. 33", "69 h 33 m", "Aware 00:45. Notify by Wed 25 Nov 00:45 GMT"),
        ("NIS Regulations, reg. 11", "69 h 53 m", "Significant impact not stated"),
    ]


def test_where_aware_is_recorded_a_provisional_clock_names_what_is_missing_and_never_asks_for_aware_again(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    assert "Aware 00:45" in page.page.clocks.shown()[2].words()[2]
    card = page.page.clocks.shown()[3]
    assert card.aware.isVisible()
    assert card.aware.text() == "Record"
    assert card.aware.accessibleName() == "Record: NIS Regulations, reg. 11. Significant impact not stated"
    said = card.accessibleName()
    assert "provisional" in said
    assert "since when this holds: the operator became aware of a significant impact" in said
    assert "The aware time of the incident does not tell" in said
    card.aware.click()
    form = dialog(ClockDialog, qtbot)
    assert isinstance(form, ClockDialog)
    assert form.act.currentText() == "Since when it is aware of this: significant impact"
    assert "record aware" not in (words_in(form) + form.save.text()).lower()


def test_where_nobody_is_aware_yet_a_provisional_clock_offers_to_record_that(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    desk.act(lambda session: incidents.set_times(session, told.ransom, {"aware": ""}))
    settle(desk, qtbot)
    settle(desk, qtbot)
    card = next(card for card in page.page.clocks.shown() if "DSPT" in card.text())
    assert (card.aware.text(), card.words()[2]) == ("Record aware", "Provisional, 01:05 GMT")
    assert "nobody has recorded who is aware since when" in card.accessibleName()


def test_a_provisional_clock_offers_to_record_its_start_and_pressing_it_starts_the_clock(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    offering = [card for card in page.page.clocks.shown() if card.aware.isVisible()]
    assert [card.text() for card in offering] == ["NIS Regulations, reg. 11"]
    offering[0].aware.click()
    form = dialog(ClockDialog, qtbot)
    assert isinstance(form, ClockDialog)
    assert form.save.text() == "Record the start"
    form.when.entry.setText("02:00")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    found = clock(desk, told.ransom, "nis-11")
    assert not found.provisional
    assert not any(card.aware.isVisible() for card in page.page.clocks.shown())
    assert any(card.words()[2].startswith("Aware 02:00") for card in page.page.clocks.shown())


def test_looking_at_a_clock_and_pressing_enter_records_nothing(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    card = next(card for card in page.page.clocks.shown() if not card.aware.isVisible())
    acted: list[object] = []
    desk.acted.connect(acted.append)
    card.click()
    form = dialog(ClockDialog, qtbot)
    assert isinstance(form, ClockDialog)
    assert form.act.currentText() == "Nothing, I only look"
    assert not form.save.isEnabled()
    for keys in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
        QTest.keyClick(form, Qt.Key.Key_Return, keys)
    settle(desk, qtbot)
    assert acted == []
    form.reject()


def test_not_notifiable_without_a_name_or_a_reason_is_refused_in_place(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = opened(page, "UK GDPR", qtbot)
    form.act.set_key("not-notifiable")
    form.submit()
    assert "needs the name of who decided" in words_in(form)
    form.by.setText("Dr Rao")
    form.submit()
    assert "Say why it is not notifiable" in words_in(form)
    form.because.setPlainText("No personal data was there")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert clock(desk, told.ransom, "uk-gdpr-33").next is None
    assert not any("UK GDPR" in card.text() for card in page.page.clocks.shown())


def test_a_start_is_corrected_with_a_reason_and_the_old_one_stays_in_view(
    page: IncidentsView, desk: Desk, qtbot: QtBot
) -> None:
    form = opened(page, "UK GDPR", qtbot)
    form.act.set_key("correct")
    form.when.entry.setText("00:30")
    form.submit()
    assert "Correcting a start needs a reason" in words_in(form)
    form.because.setPlainText("The call came at half past")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    again = opened(page, "UK GDPR", qtbot)
    shown = again.facts.values["Starts recorded"].text()
    assert "00:45" in shown
    assert "00:30" in shown
    assert "The call came at half past" in shown
    again.reject()


def test_what_comes_late_needs_its_reasons(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = story_end() + timedelta(hours=80)
    monkeypatch.setattr(desk, "now", lambda: late)
    monkeypatch.setattr(desk._session, "now", lambda: late)
    page.page.show_incident(told.ransom)
    settle(desk, qtbot)
    card = next(card for card in page.page.clocks.shown() if "UK GDPR" in card.text())
    assert card.words()[:2] == ("Notify the ICO, UK GDPR Art. 33", "10 h 27 m late")
    form = opened(page, "UK GDPR", qtbot)
    form.act.set_key("done")
    form.reference.setText("ICO-1")
    form.submit()
    assert "what comes late needs its reasons" in words_in(form)
    form.because.setPlainText("Nobody could reach the tool")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert str(clock(desk, told.ransom, "uk-gdpr-33").first.state) == "met late"


def test_a_local_target_stands_still_and_goes_on(page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    form = opened(page, "Contain", qtbot)
    form.act.set_key("pause")
    form.because.setPlainText("Waiting for the vendor")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert str(clock(desk, told.ransom, "sla").first.state) == "paused"
    page.page.open_clocks()
    listed = dialog(ClockListDialog, qtbot)
    assert isinstance(listed, ClockListDialog)
    row = next(row for row in listed.table.rows() if row["duty"] == "Contain, local target")
    listed.table.opened.emit(row["id"])
    again = dialog(ClockDialog, qtbot)
    assert isinstance(again, ClockDialog)
    again.act.set_key("resume")
    with qtbot.waitSignal(desk.acted):
        again.submit()
    settle(desk, qtbot)
    assert str(clock(desk, told.ransom, "sla").first.state) == "running"


def test_the_grid_says_its_proposal_before_it_is_kept(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = opened(page, "DSPT", qtbot)
    form.act.set_key("grid")
    form.submit()
    assert "Choose how likely and how severe" in words_in(form)
    form.grid.likelihood.button(4).setChecked(True)
    form.grid.severity.button(4).setChecked(True)
    assert "Propose to report to the ICO and DHSC" in words_in(form)
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    proposal = clock(desk, told.ransom, "dspt").proposal
    assert proposal is not None
    assert proposal.score == 16


def test_a_duty_that_is_ticked_stays_open_and_the_others_are_decided_when_an_incident_is_closed(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page.page.close_or_open()
    form = dialog(CloseIncidentDialog, qtbot)
    assert isinstance(form, CloseIncidentDialog)
    assert set(form.staying) == {"dspt/report", "uk-gdpr-33/notify", "nis-11/notify"}
    form.words.setPlainText("Restored")
    form.leave.setChecked(True)
    form.left_by.setText("Dr Rao")
    form.submit()
    assert "Say by name who decided, or tick what stays open." in words_in(form)
    assert incident_row(desk.store, told.ransom)["status"] == "open"
    form.staying["dspt/report"].setChecked(True)
    form.by.setText("Dr Rao")
    form.why.setText("No personal data, no outage")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert incident_row(desk.store, told.ransom)["status"] == "closed"
    assert clock(desk, told.ransom, "dspt").next is not None
    assert clock(desk, told.ransom, "dspt").left_open == {"dspt/report"}
    assert clock(desk, told.ransom, "nis-11").outcomes[0]["by"] == "Dr Rao"


@pytest.mark.parametrize(("width", "height"), [(668, 372), (900, 600)])
def test_a_low_window_keeps_one_line_of_clocks_and_the_rows_of_the_tab(
    desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication, width: int, height: int
) -> None:
    view = in_view(IncidentsView(desk), desk, qtbot, qapp)
    view.resize(width, height)
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    qtbot.wait(20)
    strip = view.page.clocks
    assert strip.is_low()
    assert [card.text() for card in strip.shown()] == ["Contain, local target"]
    assert strip.more.text() == "3 more"
    assert strip.shown()[0].width() >= 150
    assert view.page.timeline.table.height() >= 140
    assert view.width() == width


def test_home_lists_the_nearest_clocks_and_opens_their_incident(
    desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication
) -> None:
    home = in_view(HomeView(desk), desk, qtbot, qapp)
    home.resize(1220, 820)
    settle(desk, qtbot)
    rows = home.clocks.table.rows()
    assert len(rows) == min(9, len(duties.all_open(desk.store, int(story_end().timestamp() * 1000))))
    assert rows[0]["clock"].words == "9 h 53 m"
    assert home.clocks.count.text().startswith(f"{len(rows)} of ")
    asked: list[tuple[str, str]] = []
    home.open_record.connect(lambda kind, name: asked.append((kind, name)))
    home.clocks.table.go_to_row(0)
    QTest.keyClick(home.clocks.table, Qt.Key.Key_Return)
    assert asked == [("incident", told.ransom)]


def test_homes_red_line_opens_all_that_is_overdue_and_not_the_worst_alone(
    desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = in_view(HomeView(desk), desk, qtbot, qapp)
    home.resize(1220, 820)
    settle(desk, qtbot)
    assert not home.clocks.overdue.isVisible()
    late = story_end() + timedelta(days=4)
    monkeypatch.setattr(desk, "now", lambda: late)
    home.refresh()
    settle(desk, qtbot)
    missed = [
        one for one in duties.all_open(desk.store, int(late.timestamp() * 1000)) if one.state.pressure is State.MISSED
    ]
    assert len({one.clock.subject for one in missed}) > 1
    qtbot.waitUntil(home.clocks.overdue.isVisible)
    assert home.clocks.overdue.text() == f"{len(missed)} overdue"
    home.clocks.overdue.click()
    listed = dialog(ClockListDialog, qtbot)
    assert isinstance(listed, ClockListDialog)
    assert [row["id"] for row in listed.table.rows()] == [f"{one.clock.id}#{one.state.step}" for one in missed]
    asked: list[tuple[str, str]] = []
    home.open_record.connect(lambda kind, name: asked.append((kind, name)))
    last = len(missed) - 1
    listed.table.go_to_row(last)
    QTest.keyClick(listed.table, Qt.Key.Key_Return)
    assert asked == [(missed[last].clock.subject_kind, missed[last].clock.subject)]


def test_the_cards_follow_the_time_without_another_act(page: IncidentsView, desk: Desk, told: Told) -> None:
    later = story_end() + timedelta(hours=9)
    faces = open_faces(clocks.of_incident(desk.store, told.ransom, int(later.timestamp() * 1000)), later)
    page.page.clocks.show_faces(faces)
    first = page.page.clocks.shown()[0]
    assert first.words()[1] == "53 m"
    assert first.face is not None
    assert first.face.pressure == "amber"


def test_a_clock_that_was_set_back_is_said(desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    drift = ClockDrift(desk)
    drift.look()
    settle(desk, qtbot)
    assert drift.words == ""
    monkeypatch.setattr(desk._session, "now", lambda: story_end() - timedelta(hours=5))
    with qtbot.waitSignal(drift.said):
        drift.look()
    assert "check the clock" in drift.words


def test_a_supplier_that_was_added_has_its_own_card(page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.acted):
        desk.act(lambda session: clock_acts.add_role(session, told.ransom, "RZ1", "processor", name="Path Labs"))
    settle(desk, qtbot)
    page.page.open_clocks()
    listed = dialog(ClockListDialog, qtbot)
    assert isinstance(listed, ClockListDialog)
    assert any("RZ1 as processor" in str(row["line"]) for row in listed.table.rows())
    listed.reject()


def test_a_drifted_clock_is_said_above_the_window_with_what_the_store_is(
    desk: Desk, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    shown = Workplace(desk, QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(shown)
    shown.say_mode(fixed_clock=True)
    shown._drift.words = "This laptop's clock jumped."
    shown._drift.said.emit()
    assert shown._banner.accessibleName().startswith("This laptop's clock jumped. Demonstration.")


def test_the_list_of_incidents_names_the_duty_that_is_nearest_and_sorts_by_it(
    desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication
) -> None:
    view = in_view(IncidentsView(desk), desk, qtbot, qapp)
    view.resize(1400, 820)
    settle(desk, qtbot)
    found = {row["id"]: row["clock"] for row in view.list.table.rows()}
    assert found[told.ransom].words == "Target 9 h 53 m"
    view.list._sort("clock", False)
    [first, *_] = [row["id"] for row in view.list.table.rows()]
    nearest = duties.all_open(desk.store, int(story_end().timestamp() * 1000))
    assert first == next(one.clock.subject for one in nearest if one.clock.subject_kind == "incident")


def both_targets_are_done(desk: Desk, told: Told, qtbot: QtBot) -> None:
    """Record the two local targets as done, in two acts, and wait for each."""
    for step in ("respond", "contain"):

        def work(session: Session, step: str = step) -> Changes:
            return clock_acts.record_outcome(session, told.ransom, ["sla"], "done", step=step)

        with qtbot.waitSignal(desk.acted):
            desk.act(work)


def test_the_queue_shows_the_nearest_clock_beside_an_alert_of_an_incident_and_none_beside_another(
    desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication
) -> None:
    queue = in_view(QueueView(desk), desk, qtbot, qapp)
    queue.set_query("is:linked")
    settle(desk, qtbot)
    linked = queue.current_alert()
    assert linked is not None
    at = [column.key for column in queue.table.record_model.columns].index("clock")

    def clock_words() -> str:
        model = queue.table.record_model
        return str(model.data(model.index(queue.table.currentIndex().row(), at)))

    assert clock_words() == "Target 9 h 53 m"
    both_targets_are_done(desk, told, qtbot)
    qtbot.waitUntil(lambda: clock_words() == "DSPT 69 h 33 m")
    queue.set_query("is:new")
    qtbot.waitUntil(lambda: clock_words() == "–")


def test_an_act_while_the_clocks_are_worked_out_is_in_the_lists_too(
    desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    nearest = NearestClocks(desk, holder)
    settle(desk, qtbot)
    assert nearest._of[told.ransom].state.policy == "sla"
    read, acted = threading.Event(), threading.Event()
    work_out = duties.all_open

    def slowly(store: Store, now: int, *, local: bool = True) -> list[clocks.OpenStep]:
        found = work_out(store, now, local=local)
        read.set()
        acted.wait(5)
        return found

    monkeypatch.setattr(duties, "all_open", slowly)
    nearest.refresh()
    qtbot.waitUntil(read.is_set)
    both_targets_are_done(desk, told, qtbot)
    acted.set()
    qtbot.waitUntil(lambda: nearest._of[told.ransom].state.policy == "dspt")
    settle(desk, qtbot)
