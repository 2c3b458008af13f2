"""What nobody said of an alert is shown as assumed: the organisation that was given to every row of its file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, empty_store, now, queue_of, until, window_on
from triage_app.domain.mapping import Mapping
from triage_app.services import import_alerts
from triage_app.services import session as sessions
from triage_app.ui.views.queue import QueueView
from triage_app.ui.views.queue_reading import More

HOW = Mapping("Board", "Board", {"title": "title", "host": "host", "organisation": "trust"})


def rows_of(folder: Path) -> Path:
    """Write a table of which one row names its organisation."""
    path = folder / "board.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["title", "host", "trust"], ["Named", "PC-1", "RXX"], ["Unnamed", "PC-2", ""]])
    return path


@pytest.fixture
def queue(tmp_path: Path, qtbot: QtBot) -> Iterator[QueueView]:
    profile = empty_store(tmp_path / "home")
    session = sessions.unlock(profile, PASSPHRASE, now)
    import_alerts.import_file(session, rows_of(tmp_path), mapping=HOW, organisation="RXX")
    other = tmp_path / "eve.json"
    other.write_text(
        '{"timestamp":"2026-11-21T10:00:00Z","event_type":"alert","src_ip":"192.0.2.1","dest_ip":"192.0.2.2",'
        '"alert":{"signature":"Of the file","severity":3,"signature_id":1}}\n'
    )
    import_alerts.import_file(session, other, organisation="RXP")
    session.close()
    with window_on(tmp_path / "home", qtbot) as opened:
        yield queue_of(opened)


def organisation_of(queue: QueueView, qtbot: QtBot, title: str) -> str:
    """Go to an alert, wait until all of it has been looked up, and return what is said of its organisation."""
    found = {queue._model.record(row)["alert"]["title"]: row for row in range(3)}  # type: ignore[index]
    looked: list[More] = []
    show = queue.detail.show_more_of

    def shown(more: More) -> None:
        show(more)
        looked.append(more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(queue.detail, "show_more_of", shown)
        queue.table.go_to_row(found[title])
        queue._look_closer()
        until(qtbot, lambda: bool(looked))
    assert queue.detail.alert is not None
    assert queue.detail.alert["title"] == title
    return queue.detail._facts.values["Organisation"].text()


def test_an_organisation_that_no_row_names_is_shown_as_assumed(queue: QueueView, qtbot: QtBot) -> None:
    unnamed = organisation_of(queue, qtbot, "Unnamed")
    assert unnamed == "RXX Northmoor University Hospitals (assumed: this laptop's own organisation)"
    assert organisation_of(queue, qtbot, "Named") == "RXX Northmoor University Hospitals"
    assert organisation_of(queue, qtbot, "Of the file") == "RXP (assumed: said of the whole file)"
