"""The field of the queue: narrows while one types, points at what is wrong, completes; views are kept and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, queue_of, until, window_on
from triage_app.services import views
from triage_app.store import alerts
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.queue import QueueView
from triage_app.ui.widgets.sidebar import NavItem
from triage_app.ui.workplace import Workplace


@pytest.fixture
def queue(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[QueueView]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as opened:
        opened.activateWindow()
        found = queue_of(opened)
        found.table.setFocus()
        yield found


def workplace(queue: QueueView) -> Workplace:
    window = queue.window()
    assert isinstance(window, MainWindow)
    assert window.workplace is not None
    return window.workplace


def shown(queue: QueueView) -> int:
    return len(queue.table.record_model.ids)


def passing(queue: QueueView, query: str) -> int:
    from triage_app.services.alert_filter import read_filter

    return alerts.count(queue.desk.store, read_filter(queue.desk, query))


def test_the_list_is_narrowed_while_one_types_and_escape_puts_it_back(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "/")
    press(queue.filter.field, "pharm")
    until(qtbot, lambda: 0 < shown(queue) < 70)
    assert queue.filter.query() == "is:open"
    press(queue.filter.field, "acy zzz")
    until(qtbot, lambda: shown(queue) == 0)
    press(queue.filter.field, Qt.Key.Key_Escape)
    until(qtbot, lambda: shown(queue) == 70)
    assert queue.table.hasFocus()
    press(queue.table, "/")
    press(queue.filter.field, "src:Suricata -sev:>=high")
    press(queue.filter.field, Qt.Key.Key_Return)
    until(qtbot, lambda: shown(queue) == passing(queue, "is:open src:Suricata -sev:>=high") > 0)
    assert queue.filter.query() == "is:open src:Suricata -sev:>=high"


def test_what_is_wrong_is_marked_told_and_selected_on_enter(queue: QueueView, qtbot: QtBot) -> None:
    bar = queue.filter
    press(queue.table, "/")
    press(bar.field, "ward rsitt:fraud/phishing org:RXX")
    until(qtbot, bar._problem.isVisible)
    assert "There is no key “rsitt” here" in bar._problem.text()
    assert "Did you mean rsit:?" in bar._problem.text()
    assert bar.field.accessibleDescription().startswith("Wrong: rsitt:fraud/phishing. ")
    assert bar.field.text() == "ward rsitt:fraud/phishing org:RXX"
    press(bar.field, Qt.Key.Key_Return)
    assert bar.field.selectedText() == "rsitt:fraud/phishing"
    assert bar.query() == "is:open"
    press(bar.field, "rsit:fraud/phishing")
    assert bar.field.text() == "ward rsit:fraud/phishing org:RXX"
    assert not bar._problem.isVisible()
    assert bar.field.accessibleDescription() == ""


def test_what_may_yet_become_right_is_not_blamed_before_enter(queue: QueueView, qtbot: QtBot) -> None:
    bar = queue.filter
    press(queue.table, "/")
    press(bar.field, 'src:"Suri')
    qtbot.wait(200)
    assert not bar._problem.isVisible()
    press(bar.field, Qt.Key.Key_Return)
    assert "not closed" in bar._problem.text()
    assert bar.field.selectedText() == '"Suri'


def test_two_parts_that_cannot_both_be_are_told(queue: QueueView) -> None:
    queue.set_query("is:open sev:>high")
    press(queue.table, "/")
    press(queue.filter.field, "-sev:>high")
    press(queue.filter.field, Qt.Key.Key_Return)
    assert queue.filter.query() == "is:open -sev:>high"


def test_keys_and_values_are_completed_from_the_store(queue: QueueView, qtbot: QtBot) -> None:
    bar = queue.filter
    press(queue.table, "/")
    until(qtbot, lambda: bool(bar._known.values))
    press(bar.field, "sr")
    assert bar.completions.isVisible()
    assert bar.completions.item(0).text().startswith("src:")
    press(bar.field, Qt.Key.Key_Down)
    press(bar.field, Qt.Key.Key_Return)
    assert bar.field.text() == "src:"
    press(bar.field, "Sur")
    press(bar.field, Qt.Key.Key_Down)
    press(bar.field, Qt.Key.Key_Tab)
    assert bar.field.text() == "src:Suricata "
    press(bar.field, "is:new,sn")
    press(bar.field, Qt.Key.Key_Down)
    press(bar.field, Qt.Key.Key_Return)
    assert bar.field.text() == "src:Suricata is:new,snoozed "
    press(bar.field, "ra")
    assert not bar.completions.isVisible()
    press(bar.field, " -se")
    assert bar.completions.isVisible()
    press(bar.field, Qt.Key.Key_Escape)
    assert not bar.completions.isVisible()
    assert bar.field.isVisible()


def test_a_chip_is_removed_by_key(queue: QueueView, qtbot: QtBot) -> None:
    queue.set_query('is:open src:"Suricata" -ward')
    chips = queue.filter._chips
    assert [chip.accessibleName() for chip in chips] == [
        "Filter: is open", "Filter: src Suricata", "Filter: without ward",
    ]  # fmt: skip
    chips[1].setFocus()
    press(chips[1], Qt.Key.Key_Delete)
    assert queue.filter.query() == "is:open -ward"
    until(qtbot, lambda: shown(queue) == passing(queue, "is:open -ward"))


def test_an_overtaken_query_is_interrupted_and_the_next_one_answers(queue: QueueView, qtbot: QtBot) -> None:
    counting = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    answered: list[object] = []
    endless = queue.desk.query(lambda store: store.value(counting), answered.append)
    behind = queue.desk.query(lambda store: store.value("SELECT 7"), answered.append)
    qtbot.wait(100)
    assert not answered
    queue.desk.overtake(endless)
    until(qtbot, behind.is_finished)
    assert answered == [7]
    waits = queue.desk.query(lambda store: store.value("SELECT 8"), answered.append)
    queue.desk.overtake(waits)
    last = queue.desk.query(lambda store: store.value("SELECT 9"), answered.append)
    until(qtbot, last.is_finished)
    assert answered[-1] == 9


def views_at_the_left(work: Workplace) -> dict[str, NavItem]:
    return {item.text(): item for item in work._side._views}


def test_a_view_is_saved_counted_opened_renamed_and_deleted(queue: QueueView, qtbot: QtBot) -> None:
    work = workplace(queue)
    queue.set_query("is:open sev:>=high")
    many = passing(queue, "is:open sev:>=high")
    queue.filter.save.click()
    assert queue.filter.naming.hasFocus()
    press(queue.filter.naming, "High and above")
    press(queue.filter.naming, Qt.Key.Key_Return)
    until(qtbot, lambda: "High and above" in views_at_the_left(work))
    until(qtbot, lambda: f", {many}" in views_at_the_left(work)["High and above"].accessibleName())
    until(qtbot, lambda: shown(queue) == many)
    queue.set_query("is:open")
    work.go_to("home")
    views_at_the_left(work)["High and above"].click()
    assert work.place() == "queue"
    assert queue.filter.query() == "is:open sev:>=high"
    until(qtbot, lambda: shown(queue) == many)
    work.saved_views.rename("High and above")
    press(queue.filter.naming, "Urgent")
    press(queue.filter.naming, Qt.Key.Key_Return)
    until(qtbot, lambda: list(views_at_the_left(work)) == ["Urgent"])
    assert work.saved_views.menu.actions()[0].text() == "Urgent"
    menu = work.saved_views.menu_of("Urgent")
    assert [action.text() for action in menu.actions()] == ["&Open", "&Rename", "&Delete"]
    menu.actions()[2].trigger()
    menu.deleteLater()
    until(qtbot, lambda: not views_at_the_left(work))
    assert views.listing(queue.desk.store) == []


def test_counts_of_views_follow_what_is_decided(queue: QueueView, qtbot: QtBot) -> None:
    from triage_app.services import triage

    work = workplace(queue)
    work.saved_views._do(lambda session: views.save(session, "All", "is:new"), "{0}")
    until(qtbot, lambda: "All, 70" in [item.accessibleName() for item in work._side._views])
    current = queue.current_alert()
    assert current is not None
    key = str(current["key"])
    queue.desk.act(lambda session: triage.dismiss(session, [key], "false-positive", "seen before"))
    until(qtbot, lambda: "All, 69" in [item.accessibleName() for item in work._side._views])
