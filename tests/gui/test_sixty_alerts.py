"""Sixty alerts by the keys alone: 45 dismissed, 10 merged, 5 promoted, with at most 2.5 presses each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, queue_of, until, window_on
from triage_app.services.triage import WORDS_FROM_SEVERITY
from triage_app.store import alerts, lookup
from triage_app.store.alerts import AlertFilter
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.queue import QueueView

SIXTY = 60
MOST = 2.5
ROUND = "pmm" + 9 * "d"
"""Of twelve alerts: the first is promoted, the next two are merged into it, the others are dismissed."""


class Responder:
    """Whoever is at the keys: presses are counted, words that are typed are not."""

    def __init__(self, queue: QueueView, qtbot: QtBot) -> None:
        self.queue, self.presses = queue, 0
        self._qtbot = qtbot

    def press(self, key: str | Qt.Key) -> None:
        self.presses += 1
        press(self._focus(), key)

    def type(self, words: str) -> None:
        QTest.keyClicks(self._focus(), words)

    def _focus(self) -> QWidget:
        found = QApplication.focusWidget()
        assert found is not None, "the keys go nowhere"
        return found

    def decide(self, how: str, incident: str) -> None:
        """Decide the current alert, and wait for that to be written."""
        alert = self.queue.current_alert()
        assert alert is not None
        written: list[object] = []
        heard = self.queue.desk.acted.connect(written.append)
        self.press(how)
        if how == "m":
            until(self._qtbot, lambda: len(self.queue.acts.merge_bar.table.record_model.ids) > 0)
            self.type(incident)
            self.press(Qt.Key.Key_Return)
        elif how == "d":
            bar = self.queue.acts.dismiss_bar
            if alert["severity"] >= WORDS_FROM_SEVERITY:
                until(self._qtbot, bar.field.hasFocus)
                self.type("Known, and looked at")
                self.press(Qt.Key.Key_Return)
            self.press("1")
        until(self._qtbot, lambda: bool(written))
        self.queue.desk.acted.disconnect(heard)


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as opened:
        opened.activateWindow()
        yield opened


def test_sixty_alerts_are_decided_with_two_and_a_half_presses_each(window: MainWindow, qtbot: QtBot) -> None:
    queue = queue_of(window)
    queue.table.setFocus()
    shown = list(queue.table.record_model.ids)
    responder = Responder(queue, qtbot)
    incident = ""
    for number in range(SIXTY):
        assert queue.table.current_id() == shown[number], "the next alert opens by itself, in the list's order"
        how = ROUND[number % len(ROUND)]
        responder.decide(how, incident)
        if how == "p":
            incident = max(lookup.listing(queue.desk.store, "incident"), key=lambda one: str(one["ref"]))["ref"]
    assert responder.presses / SIXTY <= MOST, f"{responder.presses} presses"

    store = queue.desk.store
    assert alerts.count(store, AlertFilter(states=(alerts.DISMISSED,))) == 45
    assert alerts.count(store, AlertFilter(states=(alerts.LINKED,))) == 15
    assert [one["alerts"] for one in lookup.listing(store, "incident")] == [3] * 5
    until(qtbot, lambda: queue.counts.text().startswith("10 to decide"))
    assert queue.table.record_model.ids == alerts.ids(store, AlertFilter())
