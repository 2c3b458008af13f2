"""The queue over a real store: one key for each decision, every one undone, and the place never lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import (
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
from triage_app.services import import_alerts, triage
from triage_app.services import session as sessions
from triage_app.store import alerts, lookup
from triage_app.store.alerts import AlertFilter
from triage_app.ui.dialogs.correct_alert import CorrectAlertDialog
from triage_app.ui.import_outcome import ImportOffer
from triage_app.ui.main_window import MainWindow
from triage_app.ui.messages import Dialog
from triage_app.ui.views.queue import QueueView

ALL = tuple(range(5))


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as opened:
        opened.activateWindow()
        yield opened


@pytest.fixture
def queue(window: MainWindow, qtbot: QtBot) -> QueueView:
    found = queue_of(window)
    found.table.setFocus()
    return found


def titles(queue: QueueView, many: int) -> list[str]:
    """The first titles as the list shows them."""
    return [str(queue.table.record_model.data(queue.table.record_model.index(n, 1))) for n in range(many)]


def state_of(queue: QueueView, key: str) -> str:
    """What the store says was decided about an alert."""
    numbers = alerts.numbers_of(queue.desk.store, [key])
    return str(alerts.rows(queue.desk.store, list(numbers.values()))[numbers[key]]["state"])


def key_of(queue: QueueView) -> str:
    """The key of the current alert."""
    current = queue.current_alert()
    assert current is not None
    return str(current["key"])


def test_the_window_opens_in_the_queue_with_the_worst_first(queue: QueueView, window: MainWindow) -> None:
    assert window.workplace is not None
    assert window.workplace.place() == "queue"
    assert queue.counts.text() == "70 to decide, 38 high or above"
    assert titles(queue, 2) == ["Backup catalogue deleted by account", "Ransom note on imaging file server"]
    assert queue.detail.alert is not None
    assert queue.detail.alert["title"] == "Backup catalogue deleted by account"


def test_promoting_takes_one_key_and_the_next_alert_is_current(queue: QueueView, qtbot: QtBot) -> None:
    promoted = key_of(queue)
    press(queue.table, "j")
    press(queue.table, "k")
    second = titles(queue, 2)[1]
    press(queue.table, "p")
    assert queue.current_alert() is not None
    assert queue.current_alert()["title"] == second  # type: ignore[index]
    words = said(queue, qtbot, "Promoted to RXX-")
    assert "Next: critical, Northmoor EDR, Ransom note on imaging file server" in words
    assert words.endswith("; 69 left.")
    assert state_of(queue, promoted) == "linked"
    assert lookup.incidents_of_alert(queue.desk.store, promoted)[0]["title"] == "Backup catalogue deleted by account"


def test_four_fast_keys_promote_four_different_alerts(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "pppp")
    until(qtbot, lambda: queue.counts.text().startswith("66 to decide"))
    assert len(lookup.listing(queue.desk.store, "incident")) == 4


def test_undo_brings_the_alert_back_and_makes_it_current(queue: QueueView, qtbot: QtBot) -> None:
    first = key_of(queue)
    press(queue.table, "p")
    said(queue, qtbot, "Promoted")
    press(queue.table, "u")
    said(queue, qtbot, "Undone: Promoted to RXX-")
    until(qtbot, lambda: key_of(queue) == first)
    assert state_of(queue, first) == "new"
    assert queue.counts.text().startswith("70 ")


def test_a_refused_act_leaves_everything_as_it_was(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "u")
    until(qtbot, lambda: "nothing to undo" in queue.window().workplace.status_text())  # type: ignore[attr-defined]
    assert len(queue.table.record_model.ids) == 70


def test_dismissing_a_low_alert_takes_two_keys(queue: QueueView, qtbot: QtBot) -> None:
    queue.set_query("is:open sev:low")
    until(qtbot, lambda: "shown" in queue.counts.text())
    queue.table.go_to_row(len(queue.table.record_model.ids) - 1)
    key = key_of(queue)
    press(queue.table, "d")
    assert queue.acts.dismiss_bar.isVisible()
    press(queue.acts.dismiss_bar, "1")
    said(queue, qtbot, "Dismissed, false positive.")
    assert state_of(queue, key) == "dismissed"
    assert not queue.acts.dismiss_bar.isVisible()


def test_dismissing_a_high_alert_asks_for_words_and_takes_no_act_without_them(queue: QueueView, qtbot: QtBot) -> None:
    key = key_of(queue)
    press(queue.table, "d")
    bar = queue.acts.dismiss_bar
    until(qtbot, lambda: "severity is high" in bar.problem.text())
    press(bar, "2")
    assert bar.isVisible()
    assert state_of(queue, key) == "new"
    press(bar.field, "a planned test")
    press(bar.field, Qt.Key.Key_Return)
    said(queue, qtbot, "Dismissed, benign, expected.")
    numbers = alerts.numbers_of(queue.desk.store, [key])
    row = alerts.rows(queue.desk.store, list(numbers.values()))[numbers[key]]
    assert (row["disposition"], row["because"]) == ("benign", "a planned test")


def test_a_digit_pressed_before_words_were_asked_for_is_not_lost(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "d")
    press(queue.acts.dismiss_bar, "1")
    bar = queue.acts.dismiss_bar
    until(qtbot, lambda: bar.isVisible() and "severity is high" in bar.problem.text())
    until(qtbot, lambda: len(queue.table.record_model.ids) == 70)
    press(bar.field, "known scanner")
    press(bar.field, Qt.Key.Key_Return)
    said(queue, qtbot, "Dismissed, false positive.")


def test_a_digit_pressed_after_words_were_asked_for_chooses_and_is_no_word(queue: QueueView, qtbot: QtBot) -> None:
    key = key_of(queue)
    press(queue.table, "d")
    bar = queue.acts.dismiss_bar
    until(qtbot, lambda: "severity is high" in bar.problem.text())
    press(bar.field, "2")
    assert (bar.field.text(), bar.heading.text()) == ("", "Dismiss it as: Benign, expected")
    press(bar.field, "3 staff rang")
    press(bar.field, Qt.Key.Key_Return)
    said(queue, qtbot, "Dismissed, benign, expected.")
    numbers = alerts.numbers_of(queue.desk.store, [key])
    row = alerts.rows(queue.desk.store, list(numbers.values()))[numbers[key]]
    assert (row["disposition"], row["because"]) == ("benign", "3 staff rang")


def test_what_is_asked_about_stays_in_view_over_the_bar(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, Qt.Key.Key_End)
    last = queue.table.currentIndex()
    for letter in "sn":
        press(queue.table, letter)
        until(qtbot, lambda: queue.table.viewport().rect().contains(queue.table.visualRect(last).center()))
        press(QApplication.focusWidget() or queue.acts.snooze_bar, Qt.Key.Key_Escape)


def test_escape_puts_a_bar_away_and_gives_the_list_the_focus(queue: QueueView) -> None:
    for letter in "dsmn":
        press(queue.table, letter)
        shown = [bar for bar in queue.acts.bars if bar.isVisible()]
        assert len(shown) == 1
        press(QApplication.focusWidget() or shown[0], Qt.Key.Key_Escape)
        assert not any(bar.isVisible() for bar in queue.acts.bars)
        assert queue.table.hasFocus()


def test_merging_offers_the_open_incidents_and_enter_takes_the_current_one(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "p")
    said(queue, qtbot, "Promoted")
    merged = key_of(queue)
    press(queue.table, "m")
    bar = queue.acts.merge_bar
    until(qtbot, lambda: len(bar.table.record_model.ids) == 1)
    press(bar.field, "nothing like it")
    assert list(bar.table.record_model.ids) == []
    bar.field.clear()
    press(bar.field, "backup")
    press(bar.field, Qt.Key.Key_Return)
    said(queue, qtbot, "Merged into RXX-")
    (incident,) = lookup.listing(queue.desk.store, "incident")
    assert merged in lookup.linked_keys(queue.desk.store, incident["id"])


def test_snoozed_alerts_leave_the_list_until_their_time(queue: QueueView, qtbot: QtBot) -> None:
    key = key_of(queue)
    press(queue.table, "s")
    press(queue.acts.snooze_bar, "1")
    said(queue, qtbot, "Snoozed until Sun 22 Nov 2026 07:12 GMT.")
    assert state_of(queue, key) == "snoozed"
    until(qtbot, lambda: queue.counts.text().startswith("69 "))


def test_a_snooze_until_a_time_that_is_none_is_explained_in_place(queue: QueueView) -> None:
    press(queue.table, "s")
    bar = queue.acts.snooze_bar
    press(bar.field, "soonish")
    press(bar.field, Qt.Key.Key_Return)
    assert "“soonish” is no time I can read." in bar.problem.text()
    assert bar.isVisible()


def test_marked_alerts_are_one_act_and_one_undo(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "xxx")
    assert queue.detail.promote.text() == "Promote 3"
    press(queue.table, "p")
    said(queue, qtbot, "Promoted")
    (incident,) = lookup.listing(queue.desk.store, "incident")
    assert incident["alerts"] == 3
    assert not queue.table.marked
    press(queue.table, "u")
    said(queue, qtbot, "Undone: Promoted")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 70)
    assert lookup.listing(queue.desk.store, "incident") == []


def test_taking_in_hand_and_noting_keep_the_alert_current(queue: QueueView, qtbot: QtBot) -> None:
    key = key_of(queue)
    press(queue.table, "a")
    said(queue, qtbot, "Taken in hand.")
    press(queue.table, "n")
    press(queue.acts.note_bar.field, "Rang the ward; nobody there")
    press(queue.acts.note_bar.field, Qt.Key.Key_Return)
    said(queue, qtbot, "Noted.")
    assert key_of(queue) == key
    history = queue.detail._past_lines
    until(qtbot, lambda: "Rang the ward" in history.text() and "in hand" in history.text())
    assert "Sam Okafor" in history.text()


def test_letters_act_only_while_the_list_has_the_focus(queue: QueueView) -> None:
    press(queue.table, "/")
    press(queue.filter.field, "p d m")
    assert queue.filter.field.text() == "p d m"
    assert len(queue.table.record_model.ids) == 70
    assert lookup.listing(queue.desk.store, "incident") == []


def test_single_letters_can_be_turned_off(queue: QueueView) -> None:
    queue.table.single_keys = False
    press(queue.table, "p")
    assert len(queue.table.record_model.ids) == 70


def test_a_filter_narrows_the_list_and_its_chip_removes_it(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "/")
    press(queue.filter.field, "src:Suricata sev:high")
    press(queue.filter.field, Qt.Key.Key_Return)
    until(qtbot, lambda: 0 < len(queue.table.record_model.ids) < 12)
    assert queue.filter.query() == "is:open src:Suricata sev:high"
    queue.filter._chips[1].removed.emit()
    until(qtbot, lambda: len(queue.table.record_model.ids) == 38)
    queue.filter.clear.click()
    until(qtbot, lambda: len(queue.table.record_model.ids) == 70)


def test_a_key_that_there_is_not_is_named_and_its_word_selected_instead_of_finding_nothing(
    queue: QueueView, qtbot: QtBot
) -> None:
    press(queue.table, "/")
    press(queue.filter.field, "pharmacy sevv:high")
    press(queue.filter.field, Qt.Key.Key_Return)
    assert "There is no key “sevv” here" in queue.filter._problem.text()
    assert "Did you mean sev:?" in queue.filter._problem.text()
    assert queue.filter.field.selectedText() == "sevv:high"
    assert queue.filter.query() == "is:open"
    queue.filter.field.setText('"sevv:high"')
    press(queue.filter.field, Qt.Key.Key_Return)
    assert queue.filter.query() == 'is:open "sevv:high"'
    until(qtbot, lambda: not queue.table.record_model.ids)
    queue.set_query("SEV:high evil.example:443")
    assert queue.filter.query() == "sev:high evil.example:443"


def test_a_filter_that_cannot_be_read_is_explained_where_it_was_typed(queue: QueueView) -> None:
    press(queue.table, "/")
    press(queue.filter.field, "sev:hihg")
    press(queue.filter.field, Qt.Key.Key_Return)
    assert "“sev:hihg” is no severity." in queue.filter._problem.text()
    assert queue.filter._problem.isVisible()
    assert queue.filter.field.text() == "sev:hihg"
    assert queue.filter.query() == "is:open"
    press(queue.filter.field, Qt.Key.Key_Escape)
    assert not queue.filter._problem.isVisible()
    assert queue.table.hasFocus()


def test_words_find_alerts_by_the_index(queue: QueueView, qtbot: QtBot) -> None:
    queue.set_query("is:open pharmacy")
    until(qtbot, lambda: 0 < len(queue.table.record_model.ids) < 70)
    assert all("pharmacy" in title for title in titles(queue, 2))


def test_an_empty_list_says_why_and_what_to_do(queue: QueueView, qtbot: QtBot) -> None:
    queue.set_query("is:open zzzz")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 0)
    words = [label.text() for label in queue.table.findChildren(QLabel) if label.isVisible()]
    assert "No alert passes this filter." in words
    assert "70 are still to be decided." in words


def test_sorting_by_age_puts_the_oldest_first_and_then_the_newest(queue: QueueView, qtbot: QtBot) -> None:
    queue.table.sort_requested.emit("age", True)
    until(qtbot, lambda: queue.table.store_order == ("seen", False))
    shown = queue.table.record_model.ids
    until(qtbot, lambda: queue.table.record_model.ids is not shown)
    seen = [queue.table.record_model.record(n)["alert"]["last_seen"] for n in range(5)]  # type: ignore[index]
    assert seen == sorted(seen)


def test_the_pane_defangs_and_copies_whole_only_on_request(queue: QueueView, qtbot: QtBot) -> None:
    queue.set_query("is:open src:Suricata beacon")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 1)
    url = queue.detail.indicator_rows[0].value.text()
    assert url.startswith("hxxp://")
    assert "[.]" in url
    press(queue.table, "c")
    assert "[.]" in QGuiApplication.clipboard().text()
    queue.detail.copy_indicators(whole=True)
    assert QGuiApplication.clipboard().text().startswith("http://")
    QGuiApplication.clipboard().clear()


def test_the_pane_tells_in_how_many_alerts_an_indicator_is(queue: QueueView, qtbot: QtBot) -> None:
    queue.set_query("is:open src:Suricata beacon")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 1)
    shown = queue.detail.indicator_rows
    until(qtbot, lambda: shown[0].count.text() == "in 9 alerts")  # two rules of the sensor, seven rows of the EDR table
    assert queue.detail._activity.isVisible()


def test_the_source_record_is_shown_as_plain_text(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "o")
    dialogs = [each for each in queue.findChildren(Dialog) if each.isVisible()]
    assert len(dialogs) == 1
    text = dialogs[0].findChildren(QPlainTextEdit)[0].toPlainText()
    assert '"Agent Version": "8.14.2"' in text
    dialogs[0].close()


def test_a_narrow_window_opens_the_alert_over_the_list_and_goes_back(
    queue: QueueView, window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(720, 450)
    until(qtbot, lambda: not queue.detail.isVisible())
    press(queue.table, Qt.Key.Key_Return)
    assert queue.detail.isVisible()
    assert not queue.middle.isVisible()
    press(queue.detail, Qt.Key.Key_Escape)
    assert queue.table.hasFocus()
    press(queue.table, Qt.Key.Key_Return)
    press(queue.detail, "p")
    said(queue, qtbot, "Promoted to")


def test_what_another_place_decides_refreshes_the_queue(queue: QueueView, qtbot: QtBot) -> None:
    key = key_of(queue)
    queue.desk.act(lambda session: triage.take_in_hand(session, [key]))
    until(qtbot, lambda: (queue.current_alert() or {}).get("state") == "in hand")


def test_showing_an_alert_that_the_filter_hides_changes_the_filter(queue: QueueView, qtbot: QtBot) -> None:
    key = key_of(queue)
    press(queue.table, "p")
    said(queue, qtbot, "Promoted")
    queue.show_record("alert", key)
    until(qtbot, lambda: (queue.current_alert() or {}).get("key") == key)
    assert queue.filter.query() == "is:linked"


def test_an_alert_full_of_hostile_text_is_shown_as_text(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    nasty = "<img src='//evil.example/x.png'>\u202egnp.exe " + "W" * 3000
    table = tmp_path / "nasty.csv"
    table.write_text(f'title,severity,host\n"{nasty}",high,"<b>host</b>"\n', encoding="utf-8")
    needs = import_alerts.preview(table).needs
    assert needs is not None
    session = sessions.unlock(profile, PASSPHRASE, now)
    import_alerts.import_file(session, table, mapping=needs.suggestion)
    session.close()
    with window_on(tmp_path / "home", qtbot) as window:
        queue = wait_unlocked(window, qtbot)
        shown = titles(queue, 1)[0]
        assert shown.startswith("<img src='//evil[.]example/x[.]png'>[U+202E]gnp[.]exe")
        for label in window.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText
        assert queue.width() <= window.width()


def test_counts_agree_with_the_store(queue: QueueView) -> None:
    assert queue.table.record_model.ids == alerts.ids(queue.desk.store, AlertFilter())


def test_j_and_k_move_on_while_the_alert_has_the_focus(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, Qt.Key.Key_Return)
    until(qtbot, lambda: queue.detail.hasFocus())
    press(queue.detail, "jj")
    assert queue.table.currentIndex().row() == 2
    press(queue.detail.promote, "k")
    assert queue.table.currentIndex().row() == 1
    assert queue.detail.alert is not None
    assert queue.detail.alert["key"] == key_of(queue)
    queue.table.single_keys = False
    press(queue.detail, "j")
    assert queue.table.currentIndex().row() == 1


def test_after_an_import_the_first_alert_is_current(queue: QueueView, qtbot: QtBot) -> None:
    queue.table.go_to_row(60)
    assert queue.table.verticalScrollBar().value() > 0
    queue.say_imported("Imported one.csv.", "", ImportOffer([], lambda _: None))
    until(qtbot, lambda: queue.table.currentIndex().row() == 0)
    assert queue.table.verticalScrollBar().value() == 0


def test_an_import_that_ends_while_something_is_asked_moves_nothing(queue: QueueView, qtbot: QtBot) -> None:
    queue.table.go_to_row(60)
    press(queue.table, "d")
    with qtbot.waitSignal(queue.loaded, timeout=5_000):
        queue.say_imported("Imported one.csv.", "", ImportOffer([], lambda _: None))
        queue.refresh()
    assert queue.table.currentIndex().row() == 60


def test_a_field_is_put_right_by_one_key_and_the_pane_says_what_the_source_said(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "e")
    (made,) = [each for each in queue.window().findChildren(CorrectAlertDialog) if each.isVisible()]
    made.field.set_key("host")
    made.value.setText("WARD-7B")
    made.submit()
    until(qtbot, lambda: queue.detail.alert is not None and queue.detail.alert["host"] == "WARD-7B")
    assert "host, the source says" in queue.detail._facts.values["Corrected"].text()
    assert "WARD-7B" in queue.detail._facts.values["Host"].text()
    was = queue.detail.alert["corrected"]["host"]["was"] if queue.detail.alert is not None else ""
    until(qtbot, lambda: f": host corrected: “{was}” became “WARD-7B”" in queue.detail._past_lines.text())
