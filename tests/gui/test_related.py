"""What an alert shares, beside it, and merging through the window: the likely first, and never one nobody chose."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, now, press, queue_of, said, until, window_on
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.services import triage
from triage_app.store import alerts, lookup
from triage_app.store.alerts import AlertFilter
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.queue import QueueView

BEACON = "is:open src:Suricata beacon"


@pytest.fixture(scope="module")
def worked(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples with two incidents: the EDR's first alert of the beacon's host, and, newer, an unrelated one."""
    home = copied(samples, tmp_path_factory.mktemp("worked") / "home")
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    every = alerts.rows(session.store, alerts.ids(session.store, AlertFilter()))
    (beacon,) = (row for row in every.values() if row["source"] == "Suricata" and "eacon" in row["title"])
    same = next(
        row for row in every.values() if row["id"] != beacon["id"] and row["source"] != "Suricata"
        and {row["src"], row["dst"]} & {beacon["src"], beacon["dst"]} - {""}
    )  # fmt: skip
    triage.promote(session, [same["key"]], "Loader on a ward PC")
    stranger = next(row for row in every.values() if row["title"] == "Remote desktop open to the internet")
    triage.promote(session, [stranger["key"]], "Open to the internet")
    session.close()
    return home


@pytest.fixture
def window(worked: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    shutil.copytree(worked, tmp_path / "home")
    with window_on(tmp_path / "home", qtbot) as opened:
        opened.activateWindow()
        yield opened


@pytest.fixture
def queue(window: MainWindow, qtbot: QtBot) -> QueueView:
    found = queue_of(window)
    found.set_query(BEACON)
    until(qtbot, lambda: len(found.table.record_model.ids) == 1)
    found.table.setFocus()
    return found


def key_of(queue: QueueView) -> str:
    current = queue.current_alert()
    assert current is not None
    return str(current["key"])


def incident(queue: QueueView, title: str) -> str:
    return next(str(row["id"]) for row in lookup.listing(queue.desk.store, "incident") if row["title"] == title)


def test_m_then_enter_merges_into_the_incident_that_shares_an_address(queue: QueueView, qtbot: QtBot) -> None:
    key = key_of(queue)
    bar = queue.acts.merge_bar
    press(queue.table, "m")
    until(qtbot, lambda: len(bar.table.record_model.ids) == 2)
    assert bar.table.current_id() == incident(queue, "Loader on a ward PC")
    assert "ame address" in bar.why.text()
    assert "[.]" in bar.why.text()
    press(bar.field, Qt.Key.Key_Return)
    said(queue, qtbot, "Merged into RXX-")
    assert key in lookup.linked_keys(queue.desk.store, incident(queue, "Loader on a ward PC"))
    assert key not in lookup.linked_keys(queue.desk.store, incident(queue, "Open to the internet"))


def test_where_nothing_is_shared_nothing_is_chosen_and_enter_says_so(queue: QueueView, qtbot: QtBot) -> None:
    queue.set_query("is:open ssh-brute-force")
    until(qtbot, lambda: "brute" in str((queue.current_alert() or {}).get("title")))
    key = key_of(queue)
    bar = queue.acts.merge_bar
    press(queue.table, "m")
    until(qtbot, lambda: len(bar.table.record_model.ids) == 2)
    assert bar.table.current_id() is None
    assert "Choose one" in bar.why.text()
    press(bar.field, Qt.Key.Key_Return)
    assert bar.isVisible()
    assert bar.why.text().startswith("Nothing was merged: choose one")
    assert lookup.incidents_of_alert(queue.desk.store, key) == []
    press(bar.field, Qt.Key.Key_Down)
    chosen = str(bar.table.current_id())
    press(bar.field, Qt.Key.Key_Return)
    said(queue, qtbot, "Merged into RXX-")
    assert [one["id"] for one in lookup.incidents_of_alert(queue.desk.store, key)] == [chosen]


def test_enter_before_the_incidents_are_there_merges_nothing(queue: QueueView, qtbot: QtBot) -> None:
    key = key_of(queue)
    bar = queue.acts.merge_bar
    press(queue.table, "m")
    press(bar.field, Qt.Key.Key_Return)
    assert bar.isVisible()
    until(qtbot, lambda: len(bar.table.record_model.ids) == 2)
    assert lookup.incidents_of_alert(queue.desk.store, key) == []


def test_words_that_leave_one_incident_choose_it_and_words_that_leave_two_choose_none(
    queue: QueueView, qtbot: QtBot
) -> None:
    bar = queue.acts.merge_bar
    press(queue.table, "m")
    until(qtbot, lambda: len(bar.table.record_model.ids) == 2)
    press(bar.field, "rxx")
    assert len(bar.table.record_model.ids) == 2
    assert bar.table.current_id() is None
    bar.field.clear()
    assert bar.table.current_id() == incident(queue, "Loader on a ward PC")
    press(bar.field, "open to")
    assert bar.table.current_id() == incident(queue, "Open to the internet")


def test_of_several_alerts_of_which_one_shares_nothing_no_incident_is_chosen(queue: QueueView, qtbot: QtBot) -> None:
    queue.set_query("is:open src:Suricata")
    until(qtbot, lambda: len(queue.table.record_model.ids) > 3)
    queue.table.setFocus()
    queue.table.mark_all()
    bar = queue.acts.merge_bar
    press(queue.table, "m")
    until(qtbot, lambda: len(bar.table.record_model.ids) == 2)
    assert bar.table.current_id() is None
    assert bar.table.record_model.ids[0] == incident(queue, "Loader on a ward PC")
    assert "(1 of " in str(bar.table.record_model.data(bar.table.record_model.index(0, 2))) or "of " in str(
        bar.table.record_model.data(bar.table.record_model.index(0, 2))
    )
    press(bar.field, Qt.Key.Key_Return)
    assert bar.isVisible()


def test_the_answer_for_an_alert_one_has_left_is_not_shown_for_another(queue: QueueView, qtbot: QtBot) -> None:
    bar = queue.acts.merge_bar
    press(queue.table, "m")
    press(bar.field, Qt.Key.Key_Escape)
    press(queue.table, "m")
    assert list(bar.table.record_model.ids) == []
    until(qtbot, lambda: len(bar.table.record_model.ids) == 2)
    assert bar.table.current_id() == incident(queue, "Loader on a ward PC")


def test_the_pane_names_the_related_incident_with_why_and_opens_it(
    queue: QueueView, window: MainWindow, qtbot: QtBot
) -> None:
    shown = queue.detail.related
    until(qtbot, lambda: shown.isVisible() and len(shown.incidents) == 1)
    assert "ame address" in shown.words()[0]
    shown.incidents[0].open.click()
    assert window.workplace is not None
    until(qtbot, lambda: window.workplace is not None and window.workplace.place() == "incidents")


def test_a_count_opens_the_list_behind_it(queue: QueueView, qtbot: QtBot) -> None:
    row = queue.detail.indicator_rows[0]
    until(qtbot, lambda: row.count.text() == "in 9 alerts")
    row.count.press()
    until(qtbot, lambda: len(queue.table.record_model.ids) == 9)


def test_what_one_alert_shares_is_not_left_standing_beside_the_next(queue: QueueView, qtbot: QtBot) -> None:
    until(qtbot, lambda: queue.detail.related.isVisible())
    queue.set_query("is:open")
    until(qtbot, lambda: len(queue.table.record_model.ids) > 60)
    queue.table.go_to_row(0)
    queue.table.go_to_row(3)
    assert not queue.detail.related.isVisible()
    assert queue.detail.indicator_rows[0].count.text() == ""
