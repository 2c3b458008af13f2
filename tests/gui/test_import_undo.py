"""Taking a gesture's imports back from the queue: asked, each once, and put back as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import SAMPLES, opened, press, queue_of, ragged, said, until
from triage_app.services import triage
from triage_app.services.taking_back import put_back, take_back
from triage_app.store import alerts, imports
from triage_app.ui.importing import Importing
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.imports import ImportsView
from triage_app.ui.views.queue import QueueView


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


def two_taken_back(importing: Importing, queue: QueueView, qtbot: QtBot) -> list[str]:
    """Import two files and take both back from the queue; return the ids of the imports."""
    opened(importing, qtbot, SAMPLES / "suricata-eve.json", SAMPLES / "shadowserver-scan_rdp.csv").accept()
    said(queue, qtbot, "Imported 2 files")
    press(queue.table, "u")
    until(qtbot, lambda: importing.outcome.asked is not None)
    importing.outcome.asked.accept()  # type: ignore[union-attr]
    said(queue, qtbot, "Took back 2 imports.")
    return [each["id"] for each in imports.listing(queue.desk.store)]


def titled(queue: QueueView, title: str) -> bool:
    """Tell whether an alert of the list is called so."""
    ids = cast("list[int]", list(queue.table.record_model.ids))
    return any(row["title"] == title for row in alerts.rows(queue.desk.store, ids).values())


def test_once_imports_are_put_back_elsewhere_undo_is_of_what_was_done_after(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    queue, work = queue_of(window), window.workplace
    assert work is not None
    two_taken_back(importing, queue, qtbot)
    work.go_to("imports")
    place = cast(ImportsView, work.view("imports"))
    until(qtbot, lambda: place.pane.put_all_back.isVisible())
    place.pane.put_all_back.click()
    until(qtbot, lambda: len(queue.table.record_model.ids) == 18)
    work.go_to("queue")
    assert queue.result.words() == "Put back 2 imports."
    assert not queue.result.undo.isVisible(), "there is nothing left that it would put back"
    key = queue.place()[1]
    queue.desk.act(lambda session: triage.correct(session, key, "title", "Put right", "typed wrong"))
    until(qtbot, lambda: titled(queue, "Put right"))
    press(queue.table, "u")
    until(qtbot, lambda: not titled(queue, "Put right"))
    assert not any(each["undone"] for each in imports.listing(queue.desk.store))


def test_a_later_act_is_undone_before_the_import(window: MainWindow, importing: Importing, qtbot: QtBot) -> None:
    queue = queue_of(window)
    opened(importing, qtbot, SAMPLES / "suricata-eve.json").accept()
    said(queue, qtbot, "Imported suricata-eve.json")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 12)
    key = queue.place()[1]
    queue.desk.act(lambda session: triage.correct(session, key, "title", "Put right", "typed wrong"))
    said(queue, qtbot, "Corrected")
    assert queue.result.undo.isVisible()
    press(queue.table, "u")
    until(qtbot, lambda: not titled(queue, "Put right"))
    assert not imports.listing(queue.desk.store)[0]["undone"]


def test_an_offer_to_undo_that_is_refused_does_not_block_the_next(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    queue = queue_of(window)
    both = two_taken_back(importing, queue, qtbot)
    back = queue.offer.import_act
    queue.desk.act(lambda session: put_back(session, both))
    said(queue, qtbot, "Put back 2 imports.")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 18)
    key = queue.place()[1]
    queue.desk.act(lambda session: triage.correct(session, key, "title", "Put right", "typed wrong"))
    until(qtbot, lambda: titled(queue, "Put right"))
    queue.offer.import_act = back  # as where it went stale between the look and the key
    press(queue.table, "u")
    said(queue, qtbot, "That import stands, or is not here.")
    press(queue.table, "u")
    until(qtbot, lambda: not titled(queue, "Put right"))


def test_what_is_undone_is_named_though_it_was_not_done_in_the_queue(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    queue = queue_of(window)
    opened(importing, qtbot, SAMPLES / "suricata-eve.json").accept()
    said(queue, qtbot, "Imported suricata-eve.json")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 12)
    press(queue.table, "a")
    said(queue, qtbot, "Taken in hand.")
    key = queue.place()[1]
    queue.desk.act(lambda session: triage.correct(session, key, "title", "Put right", "typed wrong"))
    until(qtbot, lambda: titled(queue, "Put right"))
    press(queue.table, "u")
    assert "in hand" not in said(queue, qtbot, "Undone: ")
