"""Every way in: folders, pasted text, another format; what it would come to first, how far it is meanwhile."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import (
    SAMPLES,
    empty_store,
    opened,
    queue_of,
    read,
    said,
    table,
    until,
    until_done,
    window_on,
)
from triage_app.services.previewing import Preview, title_of
from triage_app.store import alerts, imports
from triage_app.store.alerts import AlertFilter
from triage_app.ui.import_progress import Reading
from triage_app.ui.importing import Importing
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.queue import QueueView
from triage_app.ui.workplace import Workplace

EVE = SAMPLES / "suricata-eve.json"


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    empty_store(tmp_path / "home")
    with window_on(tmp_path / "home", qtbot) as opened_window:
        yield opened_window
        QGuiApplication.clipboard().clear()


@pytest.fixture
def work(window: MainWindow) -> Workplace:
    assert window.workplace is not None
    return window.workplace


@pytest.fixture
def importing(work: Workplace) -> Importing:
    return work.importing


def many_rows(path: Path, count: int) -> Path:
    """A table that takes a while."""
    head = ["title", "severity", "host"]
    return table(path, [head, *([f"Odd {number}", "high", f"PC-{number}"] for number in range(count))])


def long_import_under_way(queue: QueueView, importing: Importing, qtbot: QtBot, folder: Path) -> None:
    """Take a long file in, and wait until the queue shows it on its way."""
    dialog = opened(importing, qtbot, many_rows(folder / "long.csv", 120_000))
    dialog.check_rows()
    until(qtbot, lambda: dialog.import_button.isEnabled())
    dialog.accept()
    until(qtbot, lambda: queue.incoming.isVisible())


# ---- ways in ----------------------------------------------------------------------------------------------


def test_a_dropped_folder_shows_the_files_in_it_and_says_what_was_passed_over(
    work: Workplace, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "stick"
    (folder / "deep" / "deeper").mkdir(parents=True)
    for place, name in ((folder, "a.json"), (folder / "deep" / "deeper", "b.json"), (folder, ".hidden.json")):
        (place / name).write_bytes(EVE.read_bytes())
    (folder / "link.json").symlink_to(EVE)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    work.dropEvent(QDropEvent(QPointF(10, 10), Qt.DropAction.CopyAction, data, left, none))
    dialog = read(importing, qtbot)
    assert [each.path.name for each in dialog.files.values()] == ["a.json", "b.json"]
    assert dialog.note.text() == "1 hidden file was passed over. 1 link was not followed."
    dialog.reject()


def test_a_folder_with_nothing_in_it_is_said_to_hold_nothing(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    importing.open([tmp_path / "empty"])
    said(queue_of(window), qtbot, "There is no file to import there.")


def test_a_text_pasted_into_the_queue_is_shown_and_taken_in(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().setText(EVE.read_text())
    queue = queue_of(window)

    def is_active() -> bool:
        window.activateWindow()
        return window.isActiveWindow()

    until(qtbot, is_active)
    assert window.focusWidget() is queue.table
    QTest.keyClick(queue.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    dialog = read(importing, qtbot)
    assert [each.path.name for each in dialog.files.values()] == ["Pasted text"]
    assert dialog.why.text().startswith("Recognised as Suricata EVE:")
    dialog.import_button.click()
    said(queue, qtbot, "Imported the pasted text: 61 records, 12 new, 49 repeats, 0 rejected.")
    [listed] = imports.listing(queue.desk.store)
    assert listed["name"] == "Pasted text"


def test_pasting_into_a_field_pastes_there(work: Workplace, importing: Importing, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("some words")
    work.search.setFocus()
    QTest.keyClick(work.search, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert work.search.text() == "some words"
    assert importing.dialog is None
    assert not work.desk.is_reading()


def test_pasting_nothing_is_answered_in_words(window: MainWindow, importing: Importing, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().clear()
    importing.paste()
    said(queue_of(window), qtbot, "There is nothing to paste that could be imported.")


def test_copied_files_are_pasted_as_files_beside_those_that_are_shown(importing: Importing, qtbot: QtBot) -> None:
    dialog = opened(importing, qtbot, EVE)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(SAMPLES / "shadowserver-scan_rdp.csv"))])
    QGuiApplication.clipboard().setMimeData(data)
    dialog.list.setFocus()

    def is_active() -> bool:
        dialog.activateWindow()
        return dialog.isActiveWindow()

    until(qtbot, is_active)
    QTest.keyClick(dialog, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    until(qtbot, lambda: len(dialog.files) == 2 and all(each.ready for each in dialog.files.values()))
    assert dialog.heading.text() == "Import 2 files"
    assert dialog.list.isVisible()
    dialog.reject()


# ---- what it would come to --------------------------------------------------------------------------------


def test_a_preview_counts_what_is_new_and_what_repeats_before_anything_is_kept(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    dialog = opened(importing, qtbot, EVE)
    until(qtbot, lambda: dialog.look.counts.text().startswith("61 records: 12 new, 49 repeats, 0 rejected."))
    assert "not kept, there is no list for them." in dialog.look.counts.text()
    assert alerts.count(queue_of(window).desk.store, AlertFilter()) == 0
    dialog.accept()
    said(queue_of(window), qtbot, "Imported")
    dialog = opened(importing, qtbot, EVE)
    until(qtbot, lambda: dialog.look.counts.text().startswith("61 records: 0 new, 61 repeats, 0 rejected."))
    dialog.reject()


def test_a_small_file_that_was_imported_before_is_told_to_be_all_repeats(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    path = SAMPLES / "shadowserver-scan_rdp.csv"
    opened(importing, qtbot, path).accept()
    said(queue_of(window), qtbot, "Imported")
    dialog = opened(importing, qtbot, path)
    assert dialog.files[str(path)].preview.whole  # type: ignore[union-attr]
    until(qtbot, lambda: dialog.look.counts.text() == "12 records: 0 new, 12 repeats, 0 rejected.")
    dialog.reject()


def test_why_rows_are_set_aside_is_shown_in_groups(importing: Importing, qtbot: QtBot, tmp_path: Path) -> None:
    rows = [["title", "time"], *([f"Odd {n}", f"2026-11-21 1{n % 10}:00Z"] for n in range(30))]
    rows += [[f"Bad {n}", f"never {n}"] for n in range(7)]
    dialog = opened(importing, qtbot, table(tmp_path / "t.csv", rows))
    dialog.check_rows()
    until(qtbot, lambda: dialog.look.counts.text() == "37 records: 30 new, 0 repeats, 7 rejected.")
    assert dialog.tabs.tabs["rejects"].isVisible()
    dialog.tabs.go_to("rejects")
    [reason] = dialog.look.rejects.rows()
    assert (reason["count"], reason["line"]) == (7, 32)
    dialog.reject()


def test_counting_a_large_file_can_be_stopped_and_keeps_no_act_waiting(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(importing, qtbot, many_rows(tmp_path / "long.csv", 60_000))
    dialog.check_rows()
    until(qtbot, lambda: dialog.look.counts.text().startswith("Counting what is new"))
    assert len(dialog.rows.rows()) == 50
    assert not queue_of(window).desk.lane.is_busy()
    dialog.look.count_link.click()
    assert dialog.look.counts.text() == "What is new in it has not been counted."
    assert dialog.import_button.isEnabled()
    dialog.look.count_link.click()
    until(qtbot, lambda: dialog.look.counts.text() == "60,000 records: 60,000 new, 0 repeats, 0 rejected.")
    dialog.reject()


# ---- another format ---------------------------------------------------------------------------------------


def test_one_key_reads_a_file_as_another_format_and_goes_back(importing: Importing, qtbot: QtBot) -> None:
    path = SAMPLES / "shadowserver-scan_rdp.csv"
    dialog = opened(importing, qtbot, path)

    def is_active() -> bool:
        dialog.activateWindow()
        return dialog.isActiveWindow()

    until(qtbot, is_active)
    QTest.keyClick(dialog, Qt.Key.Key_F4)
    until(qtbot, lambda: dialog.format_dialog is not None)
    picker = dialog.format_dialog
    assert picker is not None
    QTest.keyClicks(picker.picker.search, title_of("csv"))
    QTest.keyClick(picker.picker.search, Qt.Key.Key_Return)
    until(qtbot, lambda: dialog.files[str(path)].is_read and dialog.files[str(path)].needs_mapping)
    assert dialog.files[str(path)].format_name == "csv"
    assert dialog.tabs.current() == "columns"
    dialog.change_format()
    until(qtbot, lambda: dialog.format_dialog is not None)
    dialog.format_dialog._pick("–")  # type: ignore[union-attr]
    until(qtbot, lambda: dialog.files[str(path)].ready)
    assert dialog.files[str(path)].format_name is None
    assert dialog.why.text().startswith(f"Recognised as {title_of('shadowserver')}:")
    dialog.reject()


def test_a_format_that_does_not_fit_is_refused_in_words_and_can_be_chosen_anew(
    importing: Importing, qtbot: QtBot
) -> None:
    dialog = opened(importing, qtbot, EVE)
    pending = dialog.files[str(EVE)]
    dialog._read_as(pending, "shadowserver")
    until(qtbot, lambda: pending.is_read)
    assert not pending.ready
    assert not dialog.import_button.isEnabled()
    dialog._read_as(pending, "")
    until(qtbot, lambda: pending.ready)
    dialog.reject()


# ---- the mapper -------------------------------------------------------------------------------------------


def test_the_mapper_shows_real_rows_as_they_are_read_with_what_is_chosen_now(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    head = ["Alarm text", "How bad", "Raised", "Machine"]
    path = table(tmp_path / "ward.csv", [head, *([f"Odd {n}", "high", "2026-07-21 10:00", "PC-1"] for n in range(3))])
    dialog = opened(importing, qtbot, path)
    panel = dialog.columns.panels[str(path)]
    panel.choices["title"].set_key("Alarm text")
    panel.choices["time"].set_key("Raised")
    panel.zone.set_key("Europe/London")
    until(qtbot, lambda: bool(panel.live.rows()) and panel.live.rows()[0]["seen"] == "Tue 21 Jul 2026 10:00 BST")
    assert panel.zone_example.text() == "“2026-07-21 10:00” is then Tue 21 Jul 2026 10:00 BST."
    panel.zone.set_key("UTC")
    until(qtbot, lambda: panel.live.rows()[0]["seen"] == "Tue 21 Jul 2026 11:00 BST")
    panel.choices["host"].set_key("Machine")
    until(qtbot, lambda: panel.live.rows()[0]["host"] == "PC-1")
    assert dialog.files[str(path)].mapping is None, "nothing is confirmed by looking"
    dialog.reject()


def test_the_hour_that_happens_twice_is_shown_both_ways(importing: Importing, qtbot: QtBot, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", [["title", "time"], ["Odd", "2026-10-25 01:30"], ["Even", "2026-10-25 03:30"]])
    dialog = opened(importing, qtbot, path)
    panel = dialog.columns.panels[str(path)]
    panel.zone.set_key("Europe/London")
    assert panel.twice_example.text() == (
        "“2026-10-25 01:30” is Sun 25 Oct 2026 01:30 BST, or an hour later Sun 25 Oct 2026 01:30 GMT."
    )
    until(qtbot, lambda: "happened twice" in panel.live_words.text())
    panel.twice.set_key("second")
    until(qtbot, lambda: bool(panel.live.rows()) and panel.live.rows()[0]["seen"] == "Sun 25 Oct 2026 01:30 GMT")
    dialog.reject()


def test_times_that_name_their_offset_ask_for_no_clock(importing: Importing, qtbot: QtBot, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", [["title", "time"], ["Odd", "2026-11-21T10:00:00Z"]])
    dialog = opened(importing, qtbot, path)
    assert dialog.columns.panels[str(path)].problem() == ""
    dialog.reject()


def test_a_mapping_is_saved_as_a_file_and_loaded_for_another_table(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    head = ["Alarm text", "How bad", "Raised", "Machine"]
    line = ["Odd logon", "high", "2026-11-21 10:00", "PC-1"]
    path = table(tmp_path / "one.csv", [head, line])
    dialog = opened(importing, qtbot, path)
    panel = dialog.columns.panels[str(path)]
    panel.source.setText("Alarm board")
    panel.choices["host"].set_key("Machine")
    panel.zone.set_key("Europe/London")
    saved = tmp_path / "board.mapping.json"
    dialog.columns.save_mapping(panel, saved)
    until(qtbot, lambda: dialog.note.text() == "Saved as board.mapping.json.")
    data = json.loads(saved.read_text())
    assert (data["source"], data["timezone"], data["columns"]["host"]) == ("Alarm board", "Europe/London", "Machine")
    assert "Odd logon" not in saved.read_text()
    dialog.ask = lambda *_: True
    dialog.leave()
    other = table(tmp_path / "two.csv", [[*head[:3], "MACHINE "], line])
    dialog = opened(importing, qtbot, other)
    panel = dialog.columns.panels[str(other)]
    dialog.columns.load_mapping(panel, saved)
    until(qtbot, lambda: panel.source.text() == "Alarm board")
    assert panel.choices["host"].key() == "MACHINE"
    assert panel.zone.key() == "Europe/London"
    assert panel.problem() == ""
    lacking = table(tmp_path / "three.csv", [["Alarm text", "Where"], ["Odd", "PC-2"]])
    dialog.add([lacking])
    until(qtbot, lambda: dialog.files[str(lacking)].is_read)
    dialog.list.go_to_id(str(lacking))
    panel = dialog.columns.panels[str(lacking)]
    dialog.columns.load_mapping(panel, saved)
    until(qtbot, lambda: "needs columns that are not in this table: " in panel.problem())
    (tmp_path / "none.json").write_text("{}")
    dialog.columns.load_mapping(panel, tmp_path / "none.json")
    until(qtbot, lambda: "none.json is no mapping" in panel.live_words.text())
    dialog.reject()


# ---- meanwhile --------------------------------------------------------------------------------------------


def test_first_rows_speed_and_time_left_are_shown_while_a_file_is_read(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    queue = queue_of(window)
    long_import_under_way(queue, importing, qtbot, tmp_path)
    until(qtbot, lambda: "rows/s" in queue.incoming._words.text())
    assert "%" in queue.incoming._words.text()
    assert queue.incoming.table.record_model.rowCount() == 500
    assert queue.incoming.table.record_model.record(0)["loading"]  # type: ignore[index]
    assert queue.incoming.table.focusPolicy() == Qt.FocusPolicy.NoFocus
    assert alerts.count(queue.desk.store, AlertFilter()) == 0, "they count nowhere yet"
    until_done(qtbot, lambda: importing.reading is not None and (importing.reading.rows, importing.reading.done))
    said(queue, qtbot, "Imported long.csv: 120,000 records, 120,000 new")
    assert not queue.incoming.isVisible()
    assert queue.table.isVisible()
    assert window.focusWidget() is queue.table


def test_an_import_is_cancelled_from_over_the_queue(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    queue = queue_of(window)
    long_import_under_way(queue, importing, qtbot, tmp_path)
    queue.incoming.cancel.click()
    said(queue, qtbot, "Nothing was imported.")
    assert not queue.incoming.isVisible()
    assert imports.listing(queue.desk.store) == []


def test_what_an_import_came_to_is_shown_whole_on_request(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    queue = queue_of(window)
    opened(importing, qtbot, EVE).accept()
    said(queue, qtbot, "Imported")
    until(qtbot, lambda: importing.outcome.dialog is None)
    assert queue.result.details.isVisible()
    queue.result.details.click()
    shown = importing.outcome.dialog
    assert shown is not None
    until(qtbot, lambda: shown.pane.shown is not None)
    assert shown.pane.counts.values["New"].text() == "12"
    assert shown.pane.about.values["Brought"].text() == "61 alerts"
    shown.close()


def test_escape_from_what_an_import_came_to_leads_back_to_the_list_where_a_key_takes_it_back(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    queue = queue_of(window)
    opened(importing, qtbot, EVE).accept()
    said(queue, qtbot, "Imported")
    queue.result.details.setFocus()
    queue.result.details.click()
    shown = importing.outcome.dialog
    assert shown is not None
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert importing.outcome.dialog is None
    assert window.focusWidget() is queue.table
    QTest.keyClick(queue.table, Qt.Key.Key_U)
    said(queue, qtbot, "Took back the import of suricata-eve.json")


def test_a_file_that_was_refused_is_named_with_its_reason(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    from triage_app.ui.dialogs.import_file import Job

    gone = tmp_path / "gone.json"
    importing.start([Job(gone, None, "RXX")])
    said(queue_of(window), qtbot, "Nothing was imported.")
    assert queue_of(window).result.details.text() == "Why"
    importing.start([Job(EVE, None, "RXX"), Job(gone, None, "RXX")])
    said(queue_of(window), qtbot, "Imported suricata-eve.json")
    shown = importing.outcome.dialog
    assert shown is not None
    assert shown.refused.isVisible()
    assert "1 file was not imported" in [label.text() for label in shown.refused.findChildren(type(shown.where))]
    shown.close()


def test_a_folder_of_rows_is_bounded(tmp_path: Path) -> None:
    from triage_app.services.incoming_files import gather

    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        with (folder / f"{number:02}.csv").open("w") as file:
            csv.writer(file).writerow(["title"])
    found = gather([folder], most=20)
    assert (len(found.files), found.beyond) == (20, 10)
    assert found.files[0].name == "00.csv"
    loop = folder / "loop"
    loop.symlink_to(folder)
    assert gather([folder], most=100).links == 1


def test_what_a_file_is_is_said_once_and_no_line_is_named_that_there_is_not(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    dialog = opened(importing, qtbot, EVE.with_name("shadowserver-scan_rdp.csv"))
    assert dialog.why.text().startswith("Recognised as Shadowserver report: its header is that of scan_rdp")
    assert dialog.why.text().count("Shadowserver report") == 1
    dialog.look._warn(Preview(None, None, rejects=((0, "it is cut off", ""),)))
    assert dialog.look.warning.text() == "1 of the first records cannot be read: it is cut off. They are set aside."
    dialog.reject()


def test_one_row_under_way_is_spoken_of_as_one(window: MainWindow) -> None:
    panel = queue_of(window).incoming
    panel.show_reading(Reading("one.csv", 1, 1, rows=1))
    assert panel._words.text().startswith("1 row")
    assert not panel._words.text().startswith("1 rows")
    panel.show_reading(None)
