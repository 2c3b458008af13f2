"""Taking a gesture's imports back from the queue: asked, each once, and put back as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import empty_store, press, queue_of, said, until, window_on
from tests.gui.test_import_dialog import SAMPLES, opened, ragged
from triage_app.services.taking_back import take_back
from triage_app.store import imports
from triage_app.ui.importing import Importing
from triage_app.ui.main_window import MainWindow


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    empty_store(tmp_path / "home")
    with window_on(tmp_path / "home", qtbot) as shown:
        yield shown


@pytest.fixture
def importing(window: MainWindow) -> Importing:
    assert window.workplace is not None
    return window.workplace.importing


def test_undo_after_several_files_asks_which_and_puts_the_whole_lot_back(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    queue = queue_of(window)
    opened(importing, qtbot, SAMPLES / "suricata-eve.json", SAMPLES / "shadowserver-scan_rdp.csv").accept()
    said(queue, qtbot, "Imported 2 files: 73 records, 18 new")
    press(queue.table, "u")
    until(qtbot, lambda: importing.outcome.asked is not None)
    asked = importing.outcome.asked
    assert asked is not None
    assert [box.text() for box in asked.boxes.values()] == [
        "suricata-eve.json: 61 records, 12 new", "shadowserver-scan_rdp.csv: 12 records, 6 new",
    ]  # fmt: skip
    asked.reject()
    assert not any(each["undone"] for each in imports.listing(queue.desk.store))
    press(queue.table, "u")
    until(qtbot, lambda: importing.outcome.asked is not None)
    importing.outcome.asked.accept()  # type: ignore[union-attr]
    said(queue, qtbot, "Took back 2 imports.")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 0)
    press(queue.table, "u")
    said(queue, qtbot, "Put back 2 imports.")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 18)


def test_undo_after_several_files_takes_none_back_twice(window: MainWindow, importing: Importing, qtbot: QtBot) -> None:
    queue = queue_of(window)
    opened(importing, qtbot, SAMPLES / "suricata-eve.json", SAMPLES / "shadowserver-scan_rdp.csv").accept()
    said(queue, qtbot, "Imported 2 files")
    which = next(each["id"] for each in imports.listing(queue.desk.store) if each["name"] == "suricata-eve.json")
    queue.desk.act(lambda session: take_back(session, [which]))
    until(qtbot, lambda: len(queue.table.record_model.ids) == 6)
    queue.result.undo.click()
    until(qtbot, lambda: importing.outcome.asked is not None)
    asked = importing.outcome.asked
    assert asked is not None
    assert not asked.boxes[which].isEnabled()
    assert asked.boxes[which].text() == "suricata-eve.json: taken back already"
    assert asked.do_button.text() == "Take back 1 file"
    asked.accept()
    said(queue, qtbot, "Took back the import of shadowserver-scan_rdp.csv.")
    press(queue.table, "u")
    said(queue, qtbot, "Put back the import of shadowserver-scan_rdp.csv.")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 6)


def test_undo_says_that_rows_set_aside_are_deleted(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    queue = queue_of(window)
    dialog = opened(importing, qtbot, ragged(tmp_path))
    dialog.check_rows()
    until(qtbot, lambda: dialog.import_button.isEnabled())
    dialog.accept()
    said(queue, qtbot, "Imported ragged.csv: 2 records, 1 new, 0 repeats, 1 rejected.")
    [kept] = window.profile.rejects.iterdir()
    until(qtbot, lambda: importing.outcome.dialog is not None)
    importing.outcome.dialog.close()  # type: ignore[union-attr]
    queue.result.undo.click()
    until(qtbot, lambda: importing.outcome.asked is not None)
    asked = importing.outcome.asked
    assert asked is not None
    assert "is deleted for good" in asked.cost.text()
    asked.accept()
    said(queue, qtbot, "Took back the import of ragged.csv; its rejected rows are deleted.")
    assert not kept.exists()
