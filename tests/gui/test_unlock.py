"""Unlocking, locking, the recovery key and the first start, in the window itself."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import (
    CHEAP,
    PASSPHRASE,
    copied,
    empty_store,
    now,
    press,
    queue_of,
    said,
    until,
    wait_unlocked,
    window_on,
)
from triage_app.app import build
from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import drafts, import_alerts
from triage_app.services import session as sessions
from triage_app.services.organisations import known_organisations
from triage_app.store import imports, lock
from triage_app.ui.dialogs.first_run import NATIONS, FirstRunPage, strength
from triage_app.ui.dialogs.import_file import Job
from triage_app.ui.dialogs.log_line import LogLineDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.messages import Dialog


@pytest.fixture
def home(samples: Path, tmp_path: Path) -> Path:
    return copied(samples, tmp_path / "home")


def test_the_passphrase_and_enter_open_the_queue(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot, unlocked=False) as window:
        page = window.unlock_page
        assert page.isVisible()
        press(page.passphrase, PASSPHRASE)
        press(page.passphrase, Qt.Key.Key_Return)
        queue = wait_unlocked(window, qtbot)
        assert queue.isVisible()
        assert not page.isVisible()
        assert page.passphrase.text() == ""


def test_a_wrong_passphrase_is_explained_in_place_and_can_be_typed_again(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot, unlocked=False) as window:
        page = window.unlock_page
        press(page.passphrase, "not the right one")
        press(page.passphrase, Qt.Key.Key_Return)
        until(qtbot, lambda: page.problem.isVisible())
        assert page.problem.text().startswith("The passphrase does not open this store.")
        assert page.passphrase.selectedText() == "not the right one"
        assert window.workplace is None
        press(page.passphrase, PASSPHRASE)
        assert not page.problem.isVisible()
        press(page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)


def test_what_is_typed_is_hidden_until_it_is_asked_for(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot, unlocked=False) as window:
        page = window.unlock_page
        assert page.passphrase.echoMode() == QLineEdit.EchoMode.Password
        page.reveal.setChecked(True)
        assert page.passphrase.echoMode() == QLineEdit.EchoMode.Normal
        page.forget()
        assert page.passphrase.echoMode() == QLineEdit.EchoMode.Password


def test_the_recovery_key_opens_the_store_and_replaces_the_passphrase(tmp_path: Path, qtbot: QtBot) -> None:
    profile = Profile(tmp_path / "home")
    printed = sessions.found(
        profile, organisation="RXX", responder="Sam Okafor", passphrase=PASSPHRASE, now=now, cost=CHEAP
    ).recovery_key
    with window_on(profile.home, qtbot, unlocked=False) as window:
        page = window.unlock_page
        page.other.click()
        press(page.recovery, "AAAA")
        press(page.fresh, "another passphrase")
        press(page.again, "another passphrase")
        page.button.click()
        until(qtbot, lambda: page.problem.isVisible())
        assert "recovery key has 64 characters" in page.problem.text()
        page.recovery.setText(printed.lower())
        page.again.setText("something else now")
        page.button.click()
        assert page.problem.text().startswith("The two new passphrases differ.")
        page.again.setText("another passphrase")
        page.button.click()
        wait_unlocked(window, qtbot)
    sessions.unlock(profile, "another passphrase", now, read_only=True).close()
    with pytest.raises(TriageError):
        sessions.unlock(profile, PASSPHRASE, now, read_only=True)


def test_locking_hides_everything_at_once_and_the_key_goes(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        assert window.desk is not None
        session = window.desk._session
        assert any(session.key)
        window.lock()
        assert window.workplace is None
        assert window.unlock_page.isVisible()
        shown = " ".join(label.text() for label in window.findChildren(QLabel) if label.isVisible())
        assert "Okafor" not in shown
        assert "Ransom" not in shown
        until(qtbot, lambda: not any(session.key))
        held = lock.take(Profile(home))
        held.release()


def test_after_a_lock_one_is_where_one_was(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        queue = queue_of(window)
        queue.set_query("is:open src:Suricata")
        until(qtbot, lambda: len(queue.table.record_model.ids) == 12)
        queue.table.go_to_row(5)
        before = queue.place()
        window.lock()
        until(qtbot, lambda: window.unlock_page.button.isEnabled())
        press(window.unlock_page.passphrase, PASSPHRASE)
        press(window.unlock_page.passphrase, Qt.Key.Key_Return)
        queue = wait_unlocked(window, qtbot)
        until(qtbot, lambda: queue.place() == before)


def test_an_act_asked_for_just_before_the_lock_is_kept(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        press(queue_of(window).table, "p")
        window.lock()
        until(qtbot, lambda: window.unlock_page.button.isEnabled())
    session = sessions.unlock(Profile(home), PASSPHRASE, now, read_only=True)
    assert session.store.value("SELECT count(*) FROM incident") == 1
    session.close()


def test_words_in_an_open_form_outlive_a_lock_and_are_shown_until_they_are_seen(home: Path, qtbot: QtBot) -> None:
    def open_again(window: MainWindow) -> Dialog:
        until(qtbot, lambda: window.unlock_page.button.isEnabled())
        press(window.unlock_page.passphrase, PASSPHRASE)
        press(window.unlock_page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)
        until(qtbot, lambda: bool(_shown(window)))
        return _shown(window)[0]

    with window_on(home, qtbot) as window:
        assert window.workplace is not None
        assert window.desk is not None
        form = LogLineDialog(window.desk, [("ab" * 16, "RXX-0001", "Screens locked")], window.workplace)
        form.open()
        area = next(one for one in form.findChildren(QPlainTextEdit) if one.isVisible())
        press(area, "the porter saw it")
        window.lock()
        assert not any(one.isVisible() for one in window.findChildren(QDialog))
        shown = open_again(window)
        assert [one.toPlainText() for one in shown.findChildren(QPlainTextEdit)] == ["the porter saw it"]
        shown.reject()  # Esc is not "I have them"
        window.lock()
        open_again(window).accept()
        assert window.desk is not None
        form = LogLineDialog(window.desk, [("ab" * 16, "RXX-0001", "Screens locked")], window.workplace)
        form.open()
        press(next(one for one in form.findChildren(QPlainTextEdit) if one.isVisible()), "the lift is stuck")
    session = sessions.unlock(Profile(home), PASSPHRASE, now, read_only=True)
    assert [one.words for one in drafts.waiting(session.store)] == ["the lift is stuck"]
    session.close()


def test_words_typed_in_a_form_are_thrown_away_only_when_esc_is_pressed_twice(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        assert window.workplace is not None
        assert window.desk is not None
        form = LogLineDialog(window.desk, [("ab" * 16, "RXX-0001", "Screens locked")], window.workplace)
        form.open()
        area = next(one for one in form.findChildren(QPlainTextEdit) if one.isVisible())
        press(area, "the porter saw it")
        press(area, Qt.Key.Key_Escape)
        assert form.isVisible()
        assert "not kept yet" in form.problem.accessibleName()
        press(area, " first")
        press(area, Qt.Key.Key_Escape)
        assert form.isVisible()  # there are new words
        assert area.toPlainText() == "the porter saw it first"
        press(area, Qt.Key.Key_Escape)
        assert not form.isVisible()
        form = LogLineDialog(window.desk, [("ab" * 16, "RXX-0001", "Screens locked")], window.workplace)
        form.open()
        press(form, Qt.Key.Key_Escape)
        assert not form.isVisible()  # nothing was typed


def _shown(window: MainWindow) -> list[Dialog]:
    return [one for one in window.findChildren(Dialog) if one.isVisible() and "typing" in one.windowTitle()]


def test_an_act_asked_for_just_before_the_window_closes_is_kept(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        press(queue_of(window).table, "pp")
    session = sessions.unlock(Profile(home), PASSPHRASE, now, read_only=True)
    assert session.store.value("SELECT count(*) FROM incident") == 2
    session.close()


def test_a_store_that_another_program_writes_to_is_explained(home: Path, qtbot: QtBot) -> None:
    held = lock.take(Profile(home))
    try:
        with window_on(home, qtbot, unlocked=False) as window:
            window.unlock(PASSPHRASE)
            until(qtbot, lambda: window.unlock_page.problem.isVisible())
            assert "Another copy of the program is using this store." in window.unlock_page.problem.text()
    finally:
        held.release()


def test_a_fixed_clock_is_refused_by_a_store_of_real_work(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home", demonstration=False)
    window = build(profile, now, passphrase=PASSPHRASE, fixed_clock=True)
    window.show()
    until(qtbot, lambda: window.unlock_page.problem.isVisible())
    assert "--now works in demonstration stores only." in window.unlock_page.problem.text()
    window.close()
    window.deleteLater()
    lock.take(profile).release()


OFFERS = pytest.mark.qt_log_ignore("This plugin does not support raise", "does not support grabbing", extend=True)
"""What the offscreen platform says of the list under a field."""


def first_run_of(window: object) -> FirstRunPage:
    page = getattr(window, "first_run", None)
    assert isinstance(page, FirstRunPage)
    return page


@OFFERS
def test_the_first_start_makes_a_store_and_opens_it_with_samples(tmp_path: Path, qtbot: QtBot) -> None:
    with window_on(tmp_path / "home", qtbot, unlocked=False) as window:
        page = first_run_of(window)
        assert page.isVisible()
        page.go_on()
        assert page.at == 0, "a code and a name are needed"
        press(page.organisation, "rxx")
        press(page.responder, "Sam Okafor")
        page.purpose.buttons()[2].setChecked(True)
        press(page.responder, Qt.Key.Key_Return)
        assert page.at == 1
        press(page.first, PASSPHRASE)
        press(page.second, "a slip")
        press(page.second, Qt.Key.Key_Return)
        assert page.problem.text().startswith("The two passphrases differ.")
        page.second.setText(PASSPHRASE)
        press(page.second, Qt.Key.Key_Return)
        until(qtbot, lambda: page.at == 2)
        printed = page.key.text().split()
        assert [len(group) for group in printed] == [8] * 8
        assert not page.next.isEnabled()
        page.save_key(tmp_path / "key.txt")
        assert all(group in (tmp_path / "key.txt").read_text() for group in printed)
        page.save_key(tmp_path / "key.pdf")
        assert (tmp_path / "key.pdf").read_bytes().startswith(b"%PDF")
        page.have_it.setChecked(True)
        page.next.click()
        queue = wait_unlocked(window, qtbot)
        assert "Imported 6 files: 144 records, 70 new" in said(queue, qtbot, "Imported")
        assert window.workplace is not None
        assert window.workplace._banner.isVisible()
        assert window.first_run is None


def test_a_store_for_real_work_is_offered_no_invented_alerts(tmp_path: Path, qtbot: QtBot) -> None:
    with window_on(tmp_path / "home", qtbot, unlocked=False) as window:
        page = first_run_of(window)
        page.organisation.setText("RXX")
        page.responder.setText("Sam Okafor")
        page.go_on()
        page.show_key("-".join(["ABCDEFGH"] * 8))
        assert not page.samples.isVisible()
        assert not page.samples.isChecked()


@OFFERS
def test_the_organisation_is_picked_by_typing_its_name_and_named_by_its_code(tmp_path: Path, qtbot: QtBot) -> None:
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    page.show()
    press(page.organisation, "alder hey")
    completer = page.organisation.completer()
    assert completer.completionCount() == 1
    completer.activated.emit(completer.currentCompletion())
    until(qtbot, lambda: page.organisation.text() == "RBS")
    assert page.wanted().organisation_name == "Alder Hey Children's NHS Foundation Trust"
    page.organisation.clear()
    page.organisation_name.clear()
    press(page.organisation, "7a6")
    page.organisation.editingFinished.emit()
    assert page.wanted().organisation == "7A6"
    assert (page.organisation_name.text(), page.nation.key()) == ("Aneurin Bevan University Health Board", "Wales")


def test_every_organisation_of_the_list_has_a_code_of_its_own() -> None:
    codes = [one["code"] for one in known_organisations()]
    assert len(codes) == len(set(codes)) > 200
    assert all(2 <= len(code) <= 12 and code.isalnum() for code in codes)
    assert {one["nation"] for one in known_organisations()} <= set(NATIONS)


def test_an_exercise_shows_its_banner_before_it_is_founded(tmp_path: Path, qtbot: QtBot) -> None:
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    page.show()
    assert not page.banner.isVisible()
    page.purpose.buttons()[1].click()
    assert page.banner.isVisible()
    assert page.banner.accessibleName().startswith("Exercise. Nothing here is real")
    page.purpose.buttons()[0].click()
    assert not page.banner.isVisible()


def test_a_recovery_key_that_cannot_be_written_is_explained(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> None:
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    page.show_key("-".join(["ABCDEFGH"] * 8))
    page.save_key(tmp_path / "no such folder" / "key.txt")
    assert "is not a place for a file." in page.problem.text()
    gc.collect()


@pytest.mark.parametrize(
    ("passphrase", "word"),
    [
        ("short", "Too short"),
        ("aaaaaaaaaaaa", "Weak"),
        ("password1", "Weak"),
        ("correct horse battery staple", "Strong"),
    ],
)
def test_the_strength_of_a_passphrase_is_said_in_a_word(passphrase: str, word: str) -> None:
    share, words, _ = strength(passphrase)
    assert words.startswith(word)
    assert 0 < share <= 1


def test_an_import_under_way_at_the_lock_is_finished_before_the_key_goes(
    home: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    table = tmp_path / "long.csv"
    rows = "".join(f"Odd {number},high,PC-{number}\n" for number in range(20_000))
    table.write_text("title,severity,host\n" + rows, encoding="utf-8")
    needs = import_alerts.preview(table).needs
    assert needs is not None
    with window_on(home, qtbot) as window:
        assert window.workplace is not None
        window.workplace.importing.start([Job(table, needs.suggestion, "RXX")])
        window.lock()
        assert not window.unlock_page.button.isEnabled()
        assert "being finished" in window.unlock_page.words.text()
        until(qtbot, lambda: window.unlock_page.button.isEnabled())
    session = sessions.unlock(Profile(home), PASSPHRASE, now, read_only=True)
    assert imports.listing(session.store)[0]["records"] == 20_000
    session.close()


def test_enter_opens_the_store_once_the_recovery_key_is_put_away(tmp_path: Path, qtbot: QtBot) -> None:
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    finished: list[str] = []
    page.finished.connect(lambda passphrase, _: finished.append(passphrase))
    page.show()
    page.first.setText(PASSPHRASE)
    page.show_key("-".join(["ABCDEFGH"] * 8))
    press(page.have_it, Qt.Key.Key_Return)
    assert finished == []
    assert not page.have_it.isChecked()
    press(page.have_it, " ")
    press(page.have_it, Qt.Key.Key_Return)
    assert finished == [PASSPHRASE]


@OFFERS
def test_enter_in_a_line_of_the_first_start_goes_one_step_on_and_not_two(tmp_path: Path, qtbot: QtBot) -> None:
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    page.show()
    page.first.setText(PASSPHRASE)
    page.second.setText(PASSPHRASE)
    press(page.organisation, "RXX")
    press(page.responder, "Sam Okafor")
    press(page.responder, Qt.Key.Key_Return)
    assert page.at == 1
    assert page.next.isEnabled(), "the store is not being made yet"


@OFFERS
def test_a_name_that_was_typed_and_left_is_the_one_organisation_that_has_it(tmp_path: Path, qtbot: QtBot) -> None:
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    page.show()
    press(page.responder, "Sam Okafor")
    page.organisation.setText("leeds")
    page.go_on()
    assert page.at == 0, "it was taken for a code"
    assert page.focusWidget() is page.organisation, "the wrong field is not gone to"
    assert any(label.text().startswith("Several are called so.") for label in page.findChildren(QLabel))
    page.organisation.setText("leeds teaching")
    page.organisation.editingFinished.emit()
    wanted = page.wanted()
    assert (wanted.organisation, wanted.organisation_name) == ("RR8", "Leeds Teaching Hospitals NHS Trust")
    page.go_on()
    assert page.at == 1


@OFFERS
def test_what_is_wrong_with_a_field_goes_when_the_field_is_corrected(tmp_path: Path, qtbot: QtBot) -> None:
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    page.show()
    page.go_on()
    assert page.organisation.property("invalid")
    assert page.responder.property("invalid")
    press(page.organisation, "R")
    assert page.organisation.property("invalid"), "one letter is no code"
    press(page.organisation, "XX")
    assert not page.organisation.property("invalid")
    assert page.responder.property("invalid")
    press(page.responder, "S")
    assert not page.responder.property("invalid")
    page.go_on()
    press(page.first, PASSPHRASE)
    press(page.second, "a slip")
    page.go_on()
    assert page.problem.isVisible()
    press(page.second, "x")
    assert not page.problem.isVisible()
