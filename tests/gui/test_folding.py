"""Folding in the window: why an alert is one, folded by one key, taken apart by another, accepted for a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, queue_of, said, until, window_on
from tests.gui.reaching import nameless
from triage_app.services import rules
from triage_app.store import alert_folds, alert_unfolds, alerts
from triage_app.ui.dialogs.new_rule import NewRuleDialog
from triage_app.ui.dialogs.rules import PAST, RulesDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.queue import QueueView


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


def current(queue: QueueView) -> str:
    alert = queue.current_alert()
    return "" if alert is None else str(alert["key"])


def rows(queue: QueueView) -> int:
    return len(queue.table.record_model.ids)


def test_two_marked_alerts_are_folded_by_one_key_shown_and_unfolded_by_another(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "xx")
    press(queue.table, "f")
    said(queue, qtbot, "Folded 2 alerts together.")
    until(qtbot, lambda: rows(queue) == 69)
    until(qtbot, lambda: bool(alert_folds.parts(queue.desk.store, current(queue))))
    pane = queue.detail.folding
    until(qtbot, lambda: pane.folded.text().startswith("Folded by Sam Okafor, "))
    assert pane.isVisibleTo(queue)
    assert pane.parts.text().startswith("• ")
    assert pane.parts.text().endswith(", new)")
    assert "First seen" in queue.detail._facts.values
    press(queue.table, "t")
    said(queue, qtbot, "Unfolded 2 alerts.")
    until(qtbot, lambda: rows(queue) == 70)
    press(queue.table, "u")
    said(queue, qtbot, "Undone: ")
    until(qtbot, lambda: rows(queue) == 69)


def test_one_alert_alone_is_not_folded_and_the_line_says_what_to_do(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "f")
    words = said(queue, qtbot, "One alert alone cannot be folded.")
    assert "Mark several (X)" in words
    assert rows(queue) == 70


def test_what_is_in_an_incident_is_not_folded_with_what_is_not(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "p")
    said(queue, qtbot, "Promoted")
    queue.set_query("is:any")
    until(qtbot, lambda: rows(queue) == 70)
    press(queue.table, "xx")
    press(queue.table, "f")
    until(qtbot, lambda: "folding would hide that" in queue.result.words())


def test_the_pane_says_why_several_rows_are_one_alert_and_when(queue: QueueView, qtbot: QtBot) -> None:
    several = next(
        row
        for row in alerts.rows(queue.desk.store, [int(one) for one in queue.table.record_model.ids]).values()
        if row["count"] > 1
    )
    queue.show_record("alert", several["key"])
    until(qtbot, lambda: queue.detail.folding.why.text().startswith(f"Folded from {several['count']} rows because "))
    assert {"First seen", "Last seen"} <= set(queue.detail._facts.values)
    queue.detail.folding.unfold.click()
    said(queue, qtbot, f"Unfolded into {several['count']} alerts.")
    until(qtbot, lambda: rows(queue) == 70 + several["count"] - 1)
    part = alert_unfolds.keys_of_parts(queue.desk.store, several["key"])[0]
    queue.show_record("alert", part)
    until(qtbot, lambda: "Taken apart from one alert, row by row, by Sam Okafor" in queue.detail.folding.why.text())
    queue.detail.folding.together.click()
    until(qtbot, lambda: rows(queue) == 70)
    until(qtbot, lambda: current(queue) == several["key"])


def test_parts_are_listed_and_lead_to_what_they_are_folded_into(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "xx")
    press(queue.table, "f")
    until(qtbot, lambda: queue.detail.folding.list.isVisibleTo(queue))
    shown = current(queue)
    queue.detail.folding.list.click()
    until(qtbot, lambda: rows(queue) == 1)
    until(qtbot, lambda: queue.detail.folding.whole.isVisibleTo(queue))
    assert "It is folded into another alert" in queue.detail.folding.why.text()
    assert queue.detail._state.isVisibleTo(queue)
    queue.detail.folding.whole.click()
    until(qtbot, lambda: current(queue) == shown)


def open_form(queue: QueueView, qtbot: QtBot) -> NewRuleDialog:
    queue.set_query("is:open sev:=low")
    until(qtbot, lambda: queue.current_alert() is not None and queue.current_alert()["severity"] < 70)  # type: ignore[index]
    queue.table.setFocus()
    press(queue.table, "r")
    (made,) = [each for each in queue.window().findChildren(NewRuleDialog) if each.isVisible()]
    return made


def test_an_alert_is_accepted_for_a_time_after_what_it_matches_was_counted(queue: QueueView, qtbot: QtBot) -> None:
    made = open_form(queue, qtbot)
    until(qtbot, lambda: made.count.text().startswith("It puts aside "))
    for name in ("host", "organisation"):
        if name in made.fields:
            made.fields[name].setChecked(False)
    made.fields["title"].setChecked(False)
    if "category" in made.fields:
        made.fields["category"].setChecked(False)
    until(qtbot, lambda: "It would accept everything" in made.count.text() or "That makes no rule" in made.count.text())
    assert not made.save.isEnabled()
    made.fields["title"].setChecked(True)
    until(qtbot, lambda: made.count.text().startswith("It puts aside "))
    assert nameless(made) == []
    made.submit()
    assert "Say in a few words" in made.because_row._note.text()
    made.because.setText("our own scanner, until the new probes are in")
    made.submit()
    said(queue, qtbot, "Made rule RXX-")
    until(qtbot, lambda: queue.ruled.text().startswith("1 rule at work; "))
    assert queue.ruled.text().endswith(" put aside today")
    press(queue.table, "u")
    until(qtbot, lambda: not queue.ruled.isVisibleTo(queue))


def test_the_list_of_rules_ends_one_and_puts_back_what_it_put_aside(queue: QueueView, qtbot: QtBot) -> None:
    made = open_form(queue, qtbot)
    made.because.setText("known \u202e scanner <b>")
    made.submit()
    until(qtbot, lambda: queue.ruled.isVisibleTo(queue))
    assert rules.at_work(queue.desk.store, 1_795_400_000_000).running <= 1
    queue.ruled.click()
    (shown,) = [each for each in queue.window().findChildren(RulesDialog) if each.isVisible()]
    until(qtbot, lambda: shown.current() is not None)
    assert shown.count.text().startswith("1 at work, 0 of them end within a day; ")
    assert shown.end.isEnabled()
    assert shown.back.isEnabled()
    assert not shown.adopt.isEnabled()
    assert nameless(shown) == []
    shown.back.click()
    until(qtbot, lambda: shown.said.text().startswith("Put back "))
    until(qtbot, lambda: not shown.back.isEnabled())
    shown.end.click()
    until(qtbot, lambda: shown.said.text().startswith("Ended rule "))
    shown.which.set_key(PAST)
    until(qtbot, lambda: shown.current() is not None and shown.current().state == "ended")  # type: ignore[union-attr]
    shown.reject()
