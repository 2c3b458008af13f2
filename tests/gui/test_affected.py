"""The affected things over a real store: pasted, marked, set by keys, isolated with the clinic's word, out and back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from triage_app.services import affected, affected_table
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.affected import AffectedDialog, IsolateDialog, PasteAffectedDialog
from triage_app.ui.dialogs.affected_return import BackInServiceDialog
from triage_app.ui.dialogs.affected_table import ImportAffectedDialog
from triage_app.ui.views.affected_tab import AffectedTab
from triage_app.ui.views.incident_reading import incident
from triage_app.ui.views.incidents import IncidentsView

SIX = "Host name\nCT-1\nCT-2\nPACS-1\nWARD-1\nWARD-2\nWARD-3\nct-1"


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> IncidentsView:
    return in_view(IncidentsView(desk), desk, qtbot, qapp)


@pytest.fixture
def tab(view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot) -> AffectedTab:
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    view.page.tabs.go_to("affected")
    settle(desk, qtbot)
    return view.page.affected


@pytest.fixture
def listed(tab: AffectedTab, desk: Desk, told: Told, qtbot: QtBot) -> AffectedTab:
    """The tab with six hosts and an account."""
    desk.act(lambda session: done_of(session, told.ransom, SIX, "host"))
    desk.act(lambda session: done_of(session, told.ransom, "jo.pryce", "account"))
    settle(desk, qtbot)
    settle(desk, qtbot)
    return tab


def done_of(session: Session, ransom: str, text: str, kind: str) -> Changes:
    """Paste and return what changed."""
    done = affected.paste(session, ransom, text, kind)
    assert done.changes is not None
    return done.changes


def states(desk: Desk, told: Told) -> dict[str, str]:
    """Return name → state as the store holds them."""
    return {row["name"]: row["state"] for row in affected.listing(desk.store, told.ransom)}


def shown(tab: AffectedTab) -> list[str]:
    """Return the names in the table, in order."""
    return [str(tab.table.record_model.record(row)["name"]) for row in range(len(tab.table.record_model.ids))]  # type: ignore[index]


def focused() -> QWidget:
    """Return the widget that has the keys."""
    found = QApplication.focusWidget()
    assert found is not None
    return found


def mark(tab: AffectedTab, *names: str) -> None:
    """Mark rows by the X key."""
    for name in names:
        tab.table.go_to_row(shown(tab).index(name))
        QTest.keyClick(tab.table, Qt.Key.Key_X)


def test_an_empty_list_says_what_to_do_and_the_page_counts_none(tab: AffectedTab, view: IncidentsView) -> None:
    words = "\n".join(label.text() for label in tab.table.findChildren(QLabel) if label.isVisible())
    assert "Copy host or account names" in words
    assert view.page.tabs.tabs["affected"].accessibleName() == "Affected things 0"


def test_ctrl_v_shows_what_was_copied_and_keeps_it_when_told_to(
    tab: AffectedTab, view: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().setText(SIX)
    tab.table.setFocus()
    QTest.keyClick(tab.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    form = dialog(PasteAffectedDialog, qtbot)
    assert isinstance(form, PasteAffectedDialog)
    settle(desk, qtbot)
    assert form.says.text() == "6 new, 1 repeated in the text, the heading “Host name” left out."
    assert states(desk, told) == {}
    QTest.keyClick(form.names, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(desk, qtbot)
    settle(desk, qtbot)
    assert shown(tab) == ["CT-1", "CT-2", "PACS-1", "WARD-1", "WARD-2", "WARD-3"]
    assert view.page.tabs.tabs["affected"].accessibleName() == "Affected things 6"


def test_a_list_that_is_there_already_or_makes_no_sense_cannot_be_added(
    listed: AffectedTab, desk: Desk, qtbot: QtBot
) -> None:
    listed.paste_button.click()
    form = dialog(PasteAffectedDialog, qtbot)
    assert isinstance(form, PasteAffectedDialog)
    for text, words in (("CT-1\nct-2", "0 new, 2 on the list already."), ("CT\x071", "Line 1 holds a control"),
                        ("", "Copy the names")):  # fmt: skip
        form.names.setPlainText(text)
        form._look()
        settle(desk, qtbot)
        assert form.says.text().startswith(words)
        assert not form.save.isEnabled()
    form.reject()


def test_marked_rows_get_an_owner_a_ward_a_priority_and_a_state_from_the_keyboard_alone(
    listed: AffectedTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    for key, typed in ((Qt.Key.Key_O, "Night team"), (Qt.Key.Key_W, "7B")):
        mark(listed, "CT-1", "WARD-2")
        QTest.keyClick(listed.table, key)
        entry = QApplication.focusWidget()
        assert isinstance(entry, QLineEdit)
        assert listed.words.heading.text().endswith("of 2 things")
        QTest.keyClicks(entry, typed)
        QTest.keyClick(entry, Qt.Key.Key_Return)
        settle(desk, qtbot)
        assert QApplication.focusWidget() is listed.table
    for key, digit in ((Qt.Key.Key_P, Qt.Key.Key_1), (Qt.Key.Key_S, Qt.Key.Key_3)):
        mark(listed, "CT-1", "WARD-2")
        QTest.keyClick(listed.table, key)
        QTest.keyClick(focused(), digit)
        settle(desk, qtbot)
    settle(desk, qtbot)
    rows = {row["name"]: row for row in affected.listing(desk.store, told.ransom)}
    for name in ("CT-1", "WARD-2"):
        assert [rows[name][field] for field in ("owner", "ward", "priority", "state")] == [
            "Night team", "7B", 1, "imaged",
        ]  # fmt: skip
    assert rows["CT-2"]["owner"] == ""
    assert not listed.table.marked
    assert shown(listed)[:2] == ["CT-1", "WARD-2"]


def test_isolating_asks_who_in_the_clinic_agreed_and_what_the_fallback_is(
    listed: AffectedTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    mark(listed, "CT-1", "CT-2")
    QTest.keyClick(listed.table, Qt.Key.Key_S)
    QTest.keyClick(focused(), Qt.Key.Key_2)
    form = dialog(IsolateDialog, qtbot)
    assert isinstance(form, IsolateDialog)
    QTest.keyClick(form.agreed_by, Qt.Key.Key_Return)
    assert form.isVisible()
    assert form.focusWidget() is form.agreed_by
    QTest.keyClicks(form.agreed_by, "Dr Lena Amin")
    QTest.keyClick(form.agreed_by, Qt.Key.Key_Return)
    assert form.focusWidget() is form.fallback
    assert set(states(desk, told).values()) == {"suspected"}
    QTest.keyClicks(form.fallback, "CT on paper")
    QTest.keyClick(form.fallback, Qt.Key.Key_Return)
    settle(desk, qtbot)
    settle(desk, qtbot)
    assert {name for name, state in states(desk, told).items() if state == "isolated"} == {"CT-1", "CT-2"}
    read = incident(desk.store, told.ransom)
    assert read is not None
    assert "2 affected things: isolated" in {event.what for event in read.events}
    assert {"Dr Lena Amin", "CT on paper"} <= {entry.after for entry in read.log}


def test_where_nobody_could_be_asked_the_reason_stands_in_the_log(
    listed: AffectedTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    mark(listed, "CT-1")
    listed.set_state()
    listed._picked("isolated", "")
    form = dialog(IsolateDialog, qtbot)
    assert isinstance(form, IsolateDialog)
    form.clinic.set_key("unasked")
    form.submit()
    assert form.isVisible()
    form.because.setText("Ward closed at night")
    form.submit()
    settle(desk, qtbot)
    read = incident(desk.store, told.ransom)
    assert read is not None
    assert ("Isolated", "Ward closed at night") in {(entry.after, entry.because) for entry in read.log}


def test_what_is_not_used_in_care_is_isolated_without_a_question(
    listed: AffectedTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    ids = affected.named(desk.store, told.ransom, ["WARD-1"])
    desk.act(lambda session: affected.set_many(session, ids, {"used_in_care": "no"}))
    settle(desk, qtbot)
    settle(desk, qtbot)
    mark(listed, "WARD-1")
    listed.set_state()
    listed._picked("isolated", "")
    settle(desk, qtbot)
    assert states(desk, told)["WARD-1"] == "isolated"


def test_back_in_service_asks_once_who_answers_for_what_was_not_verified_clean(
    listed: AffectedTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    ids = affected.named(desk.store, told.ransom, ["CT-2"])
    desk.act(lambda session: affected.set_many(session, ids, {"state": "verified clean"}))
    settle(desk, qtbot)
    settle(desk, qtbot)
    mark(listed, "CT-1", "CT-2", "PACS-1")
    QTest.keyClick(listed.table, Qt.Key.Key_S)
    QTest.keyClick(focused(), Qt.Key.Key_6)
    form = dialog(BackInServiceDialog, qtbot)
    assert isinstance(form, BackInServiceDialog)
    words = [label.text() for label in form.findChildren(QLabel) if label.isVisible()]
    assert "Put 3 things back in service" in words
    assert "2 of 3 are not “verified clean”: CT-1, PACS-1." in words
    assert form.focusWidget() is form.rows.by
    QTest.keyClicks(form.rows.by, "Jo Pryce, IT lead")
    QTest.keyClick(form.rows.by, Qt.Key.Key_Return)
    assert form.isVisible()
    assert form.focusWidget() is form.rows.because
    QTest.keyClicks(form.rows.because, "Gold image")
    QTest.keyClick(form.rows.because, Qt.Key.Key_Return)
    settle(desk, qtbot)
    settle(desk, qtbot)
    found = {row["name"]: (row["state"], row["back_by"]) for row in affected.listing(desk.store, told.ransom)}
    assert found["CT-1"] == found["PACS-1"] == ("back-in-service", "Jo Pryce, IT lead")
    assert found["CT-2"] == ("back-in-service", "")
    read = incident(desk.store, told.ransom)
    assert read is not None
    assert ("Back in service", "Gold image") in {(entry.after, entry.because) for entry in read.log}
    assert "Jo Pryce, IT lead" in {entry.after for entry in read.log}


def test_the_form_of_one_thing_asks_who_says_that_it_may_go_back(
    listed: AffectedTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    listed.table.go_to_row(0)
    QTest.keyClick(listed.table, Qt.Key.Key_Return)
    form = dialog(AffectedDialog, qtbot)
    assert isinstance(form, AffectedDialog)
    assert not form.back_row.isVisible()
    form.states.set_key("back-in-service")
    assert form.back_row.isVisible()
    form.because.setText("Spare machine")
    form.submit()
    settle(desk, qtbot)
    assert form.problem.isVisible()
    form.back_by.setText("Dr Khan")
    form.submit()
    settle(desk, qtbot)
    assert states(desk, told)["CT-1"] == "back-in-service"


def test_a_table_that_puts_back_what_was_not_verified_asks_once_before_it_comes_in(
    listed: AffectedTab, desk: Desk, told: Told, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("name,state\nCT-1,Back in service\nCT-2,Back in service\nWARD-1,Imaged\n", encoding="utf-8")
    listed.look_at_table(path)
    form = dialog(ImportAffectedDialog, qtbot)
    assert isinstance(form, ImportAffectedDialog)
    qtbot.waitUntil(lambda: form.plan is not None, timeout=5_000)
    assert form.back_says.isVisible()
    assert form.back_says.text().startswith("2 of 2 that go back in service were not verified clean")
    form.back.by.setText("Jo Pryce")
    form.back.because.setText("Gold image")
    form.submit()
    qtbot.waitUntil(lambda: form.plan is not None and not form.plan.unanswered, timeout=5_000)
    assert not form.back.by_row.isVisible()
    form.submit()
    settle(desk, qtbot)
    settle(desk, qtbot)
    assert states(desk, told)["CT-2"] == "back-in-service"
    assert states(desk, told)["WARD-1"] == "imaged"
    qtbot.waitUntil(lambda: not desk.is_reading(), timeout=5_000)


def test_the_counts_are_filters_and_one_more_press_shows_all_again(
    listed: AffectedTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    ids = affected.named(desk.store, told.ransom, ["WARD-1", "WARD-2"])
    desk.act(lambda session: affected.set_many(session, ids, {"state": "rebuilt"}))
    settle(desk, qtbot)
    settle(desk, qtbot)
    assert [chip.accessibleName() for chip in listed._chips.values()] == [
        "Show: All, 7", "Show: Suspected, not cleared, 5", "Show: Out of service, 2", "Show: Rebuilt, 2",
    ]  # fmt: skip
    listed._chips["out"].setFocus()
    QTest.keyClick(listed._chips["out"], Qt.Key.Key_Space)
    assert shown(listed) == ["WARD-1", "WARD-2"]
    assert listed._chips["out"].isChecked()
    listed._chips["out"].click()
    assert len(shown(listed)) == 7
    listed.choice.set_key("rebuilt")
    assert shown(listed) == ["WARD-1", "WARD-2"]


def test_enter_opens_one_thing_whole_and_a_refusal_stays_in_the_form(
    listed: AffectedTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    listed.table.go_to_row(0)
    QTest.keyClick(listed.table, Qt.Key.Key_Return)
    form = dialog(AffectedDialog, qtbot)
    assert isinstance(form, AffectedDialog)
    state = form.fields["state"]
    assert hasattr(state, "set_key")
    state.set_key("isolated")
    form.submit()
    settle(desk, qtbot)
    assert form.isVisible()
    assert form.problem.isVisible()
    form.because.setText("Nobody on the ward")
    form.submit()
    settle(desk, qtbot)
    assert states(desk, told)["CT-1"] == "isolated"


def test_the_list_goes_out_and_a_changed_table_is_looked_at_before_it_comes_in(
    listed: AffectedTab, desk: Desk, told: Told, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "list.csv"
    listed.export(path)
    settle(desk, qtbot)
    assert "Wrote 7 to list.csv. It is not encrypted." in listed.acting.text()
    text = path.read_text(encoding="utf-8").replace('host,CT-2,"Suspected, not cleared",', "host,CT-2,Imaged,Day team")
    path.write_text(text + ",host,NEW-1\n,host,NEW-2,melted\n", encoding="utf-8", newline="")
    listed.look_at_table(path)
    form = dialog(ImportAffectedDialog, qtbot)
    assert isinstance(form, ImportAffectedDialog)
    qtbot.waitUntil(lambda: form.plan is not None, timeout=5_000)
    assert form.says.text().startswith(
        "1 new, 2 cells changed, 6 rows unchanged, 0 not in the table. Lines left out: 1."
    )
    assert "no state of a host" in form.whole.text()
    assert states(desk, told)["CT-2"] == "suspected"
    form.submit()
    settle(desk, qtbot)
    settle(desk, qtbot)
    assert states(desk, told)["CT-2"] == "imaged"
    assert "NEW-1" in shown(listed)
    qtbot.waitUntil(lambda: not desk.is_reading(), timeout=5_000)


def test_a_conflict_of_an_affected_thing_is_announced_on_the_page(
    listed: AffectedTab, view: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    from triage_app.services.recording import record
    from triage_app.store.journal import Change

    (entity,) = affected.named(desk.store, told.ransom, ["CT-1"])
    for value in ("imaged", "rebuilt"):
        change = Change("affected", entity, "state", value, "TLP:AMBER", parents=())
        desk.act(lambda session, change=change: record(session, "Set", [change]))  # type: ignore[misc]
    settle(desk, qtbot)
    settle(desk, qtbot)
    assert len(lookup.conflicts(desk.store)) == 1
    assert view.page.conflict.isVisible()
    (found,) = view.page._read.conflicts if view.page._read else ()
    assert found["ref"] == "CT-1"


def test_six_hundred_rows_are_read_and_shown_in_a_blink_and_made_only_as_they_are_looked_at(
    tab: AffectedTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    desk.act(lambda session: done_of(session, told.ransom, "\n".join(f"W-{n:04d}" for n in range(600)), "host"))
    settle(desk, qtbot)
    settle(desk, qtbot)
    assert len(tab.table.record_model.ids) == 600
    assert len(tab.table.record_model._rows) < 4 * 64
    read = tab._read
    started = time.perf_counter()
    tab._show(told.ransom, read)
    tab.table.repaint()
    assert time.perf_counter() - started < 0.2


def test_at_two_hundred_percent_there_are_rows_and_nothing_is_cut(
    listed: AffectedTab, view: IncidentsView, desk: Desk, qtbot: QtBot
) -> None:
    view.resize(668, 450 - 48 - 30)
    QApplication.processEvents()
    qtbot.waitUntil(listed.choice.isVisible)
    qtbot.waitUntil(lambda: listed.table.viewport().height() >= 2 * listed.table.row_height)
    for button in listed.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
            assert button.accessibleName()
    listed.table.setFocus()
    QTest.keyClick(listed.table, Qt.Key.Key_S)
    QApplication.processEvents()
    for button in listed.pick.buttons.values():
        holder = button.parentWidget()
        assert holder is not None
        assert listed.pick.rect().contains(button.geometry().translated(holder.pos()))
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is listed.table
    tabs = view.page.tabs
    for key in tabs.tabs:
        tabs.set_count(key, "1,204")
    QApplication.processEvents()
    assert view.page.width() == 668
    for tab in tabs.tabs.values():
        assert tab.isHidden() or (tab.width() >= tab.sizeHint().width() and tab.geometry().right() < 668)


def test_single_letters_act_only_while_the_tab_is_shown(listed: AffectedTab, view: IncidentsView) -> None:
    assert all(action.isEnabled() for action in listed.commands)
    view.page.tabs.go_to("timeline")
    assert not any(action.isEnabled() for action in listed.commands)
    listed._close_pick()
    assert {action.shortcut().toString() for action in view.actions()["Incident"]} >= {"S", "O", "W", "P", "E", "I"}


def test_another_incident_has_a_list_of_its_own(
    listed: AffectedTab, view: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    mark(listed, "CT-1")
    view.show_record("incident", told.supplier)
    settle(desk, qtbot)
    settle(desk, qtbot)
    assert not listed.table.marked
    assert shown(listed) == []
    assert affected_table.table_of(desk.store, told.supplier).count(b"\n") == 1
