"""The label beside an alert is the one under which it leaves the laptop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, queue_of, until, window_on
from triage_app.services import incidents, triage
from triage_app.services.session import Session
from triage_app.store import lookup
from triage_app.ui.main_window import MainWindow


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as opened:
        yield opened


def test_an_alert_of_a_green_incident_is_shown_as_green_and_why(window: MainWindow, qtbot: QtBot) -> None:
    queue = queue_of(window)
    alert = queue.current_alert()
    assert alert is not None
    assert alert["tlp"] == ""
    assert queue.detail._tlp.accessibleName() == "TLP:AMBER"
    key = str(alert["key"])
    done: list[object] = []

    def work(session: Session) -> None:
        triage.promote(session, [key], "Loader")
        (incident,) = [row["id"] for row in lookup.listing(session.store, "incident") if row["title"] == "Loader"]
        incidents.classify(session, incident, label="GREEN")

    queue.desk.long("", lambda session, _: work(session), done.append)
    until(qtbot, lambda: bool(done))
    queue.show_record("alert", key)
    until(qtbot, lambda: queue.detail._tlp.accessibleName() == "TLP:GREEN")
    assert "under that of its incident" in queue.detail._tlp.toolTip()
