"""A clock speaks as it turns amber, red and missed; nobody hears each minute of a night."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import settle
from tests.gui.hearing import heard
from tests.gui.incident_store import Told, story_end
from triage_app.store import lookup
from triage_app.ui.clock_voice import ClockVoice
from triage_app.ui.desk import Desk
from triage_app.ui.views.nearest_clocks import NearestClocks


@pytest.fixture
def speaker(qtbot: QtBot) -> QWidget:
    place = QWidget()
    qtbot.addWidget(place)
    return place


def look(nearest: NearestClocks, qtbot: QtBot) -> None:
    """Look at the clocks again, and wait for the answer."""
    with qtbot.waitSignal(nearest.pressing):
        nearest.refresh()


def test_a_clock_speaks_as_it_turns_amber_red_and_missed_and_at_no_minute_between(
    desk: Desk, told: Told, speaker: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [story_end()]
    monkeypatch.setattr(desk, "now", lambda: at[0])
    nearest = NearestClocks(desk, speaker)
    voice = ClockVoice(desk, nearest, speaker)
    assert voice.parent() is speaker
    settle(desk, qtbot)
    with heard() as words:
        for _ in range(11 * 6):
            at[0] += timedelta(minutes=10)
            look(nearest, qtbot)
        qtbot.wait(20)
    row = lookup.one(desk.store, "incident", told.ransom)
    assert row is not None
    about = f"Contain, local target, {row['ref']}"
    assert [line.rpartition(", ")[0] for line in words] == [
        f"Clock amber: {about}", f"Clock red: {about}", f"Clock missed: {about}",
    ]  # fmt: skip
    assert [line.rpartition(" minutes ")[2] for line in words] == ["left.", "left.", "late."]


def test_clocks_that_press_already_are_not_said_at_first_nor_again(
    desk: Desk, speaker: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "now", lambda: story_end() + timedelta(hours=30))
    nearest = NearestClocks(desk, speaker)
    voice = ClockVoice(desk, nearest, speaker)
    with qtbot.assertNotEmitted(voice.spoke):
        for _ in range(3):
            look(nearest, qtbot)
        settle(desk, qtbot)


def test_of_many_clocks_at_once_three_are_said_and_the_rest_counted(
    desk: Desk, speaker: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [story_end()]
    monkeypatch.setattr(desk, "now", lambda: at[0])
    nearest = NearestClocks(desk, speaker)
    voice = ClockVoice(desk, nearest, speaker)
    settle(desk, qtbot)
    at[0] += timedelta(days=90)
    with qtbot.waitSignal(voice.spoke) as told:
        nearest.refresh()
    (words,) = told.args
    assert words.count("Clock missed: ") == 3
    assert " more clock" in words
