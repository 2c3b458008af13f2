"""After an act the queue looks at what it was about, and finds everything again only where that cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, queue_of, said, until, window_on
from triage_app.services import triage
from triage_app.store import alerts
from triage_app.store.alerts import AlertFilter
from triage_app.ui.views import queue as queue_module
from triage_app.ui.views import queue_reading
from triage_app.ui.views.queue import QueueView


class Looks:
    """How often everything was found, and how often an act was followed."""

    def __init__(self) -> None:
        self.whole = self.followed = 0


@pytest.fixture
def queue(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[QueueView]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as opened:
        opened.activateWindow()
        found = queue_of(opened)
        found.table.setFocus()
        until(qtbot, lambda: not found.desk.lane.is_busy())
        yield found


@pytest.fixture
def looks(queue: QueueView, monkeypatch: pytest.MonkeyPatch) -> Looks:
    counted, everything, follow = Looks(), queue_reading.everything, queue_reading.follow

    def whole(*asked: Any) -> Any:
        counted.whole += 1
        return everything(*asked)

    def one(*asked: Any) -> Any:
        counted.followed += 1
        return follow(*asked)

    monkeypatch.setattr(queue_module, "everything", whole)
    monkeypatch.setattr(queue_module, "follow", one)
    return counted


def agrees(queue: QueueView) -> bool:
    return queue.table.record_model.ids == alerts.ids(queue.desk.store, AlertFilter())


def test_a_decision_is_followed_and_nothing_else_is_looked_at_again(
    queue: QueueView, looks: Looks, qtbot: QtBot
) -> None:
    press(queue.table, "p")
    until(qtbot, lambda: queue.counts.text() == "69 to decide, 37 high or above")
    press(queue.table, "a")
    said(queue, qtbot, "Taken in hand")
    until(qtbot, lambda: (queue.current_alert() or {})["state"] == "in hand")
    assert looks.followed >= 2
    assert looks.whole == 0
    assert agrees(queue)


def test_an_undo_brings_the_alert_back_to_its_place(queue: QueueView, looks: Looks, qtbot: QtBot) -> None:
    before = list(queue.table.record_model.ids)
    press(queue.table, "jjjp")
    until(qtbot, lambda: queue.counts.text().startswith("69 to decide"))
    press(queue.table, "u")
    until(qtbot, lambda: list(queue.table.record_model.ids) == before)
    assert queue.table.current_id() == before[3]
    assert looks.whole >= 1


def test_a_correction_that_moves_an_alert_has_the_list_found_again(
    queue: QueueView, looks: Looks, qtbot: QtBot
) -> None:
    first = queue.table.record_model.ids[0]
    key = str((queue.current_alert() or {})["key"])
    queue.desk.act(lambda session: triage.correct(session, key, "severity", "5"))
    until(qtbot, lambda: queue.table.record_model.ids[0] != first)
    assert looks.whole >= 1
    until(qtbot, lambda: agrees(queue))


def test_an_act_from_elsewhere_takes_its_alert_out_and_what_is_current_stays(
    queue: QueueView, looks: Looks, qtbot: QtBot
) -> None:
    press(queue.table, "jj")
    current, gone = queue.table.current_id(), int(queue.table.record_model.ids[0])
    key = str(alerts.rows(queue.desk.store, [gone])[gone]["key"])
    queue.desk.act(lambda session: triage.dismiss(session, [key], "benign", "Said by telephone"))
    until(qtbot, lambda: queue.counts.text().startswith("69 to decide"))
    assert gone not in list(queue.table.record_model.ids)
    assert queue.table.current_id() == current
    assert looks.whole == 0


def test_a_filter_typed_while_an_act_is_written_is_not_lost(queue: QueueView, qtbot: QtBot) -> None:
    press(queue.table, "p")
    queue.set_query("is:open sev:critical")
    until(qtbot, lambda: "shown" in queue.counts.text())
    numbers = [int(number) for number in queue.table.record_model.ids]
    assert {row["severity"] >= 90 for row in alerts.rows(queue.desk.store, numbers).values()} == {True}
    queue.set_query("is:open")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 69)


def test_fast_decisions_leave_the_list_as_the_store_has_it(queue: QueueView, qtbot: QtBot, qapp: QApplication) -> None:
    press(queue.table, "pjpkpp")
    until(qtbot, lambda: queue.counts.text().startswith("66 to decide"))
    assert agrees(queue)
    press(queue.table, Qt.Key.Key_End)
    press(queue.table, "p")
    until(qtbot, lambda: queue.counts.text().startswith("65 to decide"))
    assert agrees(queue)
    assert queue.table.current_id() == queue.table.record_model.ids[-1]
