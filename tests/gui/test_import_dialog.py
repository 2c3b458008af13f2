"""Taking files in: seen before anything is kept, described once, told afterwards, taken back by one key."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import (
    SAMPLES,
    WAIT_MS,
    empty_store,
    opened,
    press,
    queue_of,
    ragged,
    read,
    said,
    table,
    until,
    until_done,
    window_on,
)  # fmt: skip
from triage_app.services.previewing import title_of
from triage_app.store import alerts, imports
from triage_app.store.alerts import AlertFilter
from triage_app.ui.importing import Importing
from triage_app.ui.main_window import MainWindow

SHADOWSERVER = title_of("shadowserver")
SUPPLIED = Path(__file__).resolve().parents[3] / "shared" / "data"


def test_a_known_file_is_recognised_shown_and_taken_in(window: MainWindow, importing: Importing, qtbot: QtBot) -> None:
    queue = queue_of(window)
    dialog = opened(importing, qtbot, SAMPLES / "suricata-eve.json")
    assert dialog.why.text().startswith("Recognised as Suricata EVE:")
    assert len(dialog.rows.rows()) == 50
    assert dialog.organisation.text() == "RXX"
    assert alerts.ids(queue.desk.store, AlertFilter()).tolist() == []
    dialog.import_button.click()
    words = said(queue, qtbot, "Imported suricata-eve.json: 61 records, 12 new, 49 repeats, 0 rejected.")
    assert "7 sound records were not kept, as there is no list for them." in words
    until(qtbot, lambda: queue.counts.text().startswith("12 to decide"))


def test_going_away_takes_nothing_in(window: MainWindow, importing: Importing, qtbot: QtBot) -> None:
    dialog = opened(importing, qtbot, SAMPLES / "suricata-eve.json")
    press(dialog, Qt.Key.Key_Escape)
    assert importing.dialog is None
    assert not importing.is_at_work()
    assert imports.listing(queue_of(window).desk.store) == []


def test_undo_after_an_import_takes_the_import_back(window: MainWindow, importing: Importing, qtbot: QtBot) -> None:
    queue = queue_of(window)
    opened(importing, qtbot, SAMPLES / "suricata-eve.json").accept()
    said(queue, qtbot, "Imported")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 12)
    press(queue.table, "u")
    said(queue, qtbot, "Took back the import of suricata-eve.json.")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 0)


def test_a_table_never_seen_before_is_described_once_and_remembered(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    head = ["Alarm text", "How bad", "Raised", "Machine", "Colour"]
    first = table(tmp_path / "one.csv", [head, ["Odd logon", "high", "2026-11-21 10:00", "PC-1", "red"]])
    dialog = opened(importing, qtbot, first)
    panel = dialog.columns.panels[str(first)]
    assert panel.isVisible()
    assert not dialog.import_button.isEnabled()
    panel.choices["title"].set_key("Alarm text")
    panel.choices["severity"].set_key("How bad")
    panel.choices["time"].set_key("Raised")
    panel.choices["host"].set_key("Machine")
    assert panel.problem() == "Choose which clock its times are of: they do not say so themselves."
    panel.zone.set_key("Europe/London")
    assert panel._beside["host"].text() == "PC-1"
    panel.source.setText("Alarm board")
    dialog.columns_button.click()
    until(qtbot, lambda: dialog.import_button.isEnabled())
    (row,) = dialog.rows.rows()
    assert (row["title"], row["severity"], row["host"]) == ("Odd logon", "high", "PC-1")
    dialog.import_button.click()
    queue = queue_of(window)
    said(queue, qtbot, "Imported one.csv: 1 record, 1 new, 0 repeats, 0 rejected.")
    second = table(tmp_path / "two.csv", [head, ["Another", "low", "2026-11-21 11:00", "PC-2", "blue"]])
    dialog = opened(importing, qtbot, second)
    assert "A table with these columns was described before." in dialog.why.text()
    assert dialog.rows.rows()[0]["title"] == "Another"
    dialog.accept()
    said(queue, qtbot, "Imported two.csv")
    until(qtbot, lambda: len(queue.table.record_model.ids) == 2)
    assert {row["source"] for row in alerts.rows(queue.desk.store, [1, 2]).values()} == {"Alarm board"}


def test_dates_that_can_be_read_two_ways_are_shown_both_ways_and_asked(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    path = table(tmp_path / "us.csv", [["title", "severity", "date"], ["Odd", "high", "03/04/2026 10:00"]])
    dialog = opened(importing, qtbot, path)
    panel = dialog.columns.panels[str(path)]
    words = [button.text() for button in panel.readings.buttons()]
    assert words == ["03/04/2026 is 3 April 2026", "03/04/2026 is 4 March 2026"]
    assert panel.problem() == "Choose how its dates are to be read."
    assert panel.needed.isAncestorOf(panel.readings.buttons()[0])
    dialog.columns_button.click()
    assert dialog.focusWidget() is panel.readings.buttons()[0]
    panel.readings.buttons()[1].setChecked(True)
    panel.zone.set_key("UTC")
    assert panel.problem() == ""
    dialog.columns_button.click()
    until(qtbot, lambda: len(dialog.rows.rows()) == 1)
    assert "04 Mar 2026" in dialog.rows.rows()[0]["seen"]
    dialog.reject()


def test_one_column_for_two_things_and_a_table_without_a_title_are_refused_in_words(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    path = table(tmp_path / "t.csv", [["title", "host"], ["Odd", "PC-1"]])
    dialog = opened(importing, qtbot, path)
    panel = dialog.columns.panels[str(path)]
    panel.choices["host"].set_key("title")
    assert "“title” is used for two things" in panel.problem_line.text()
    panel.choices["host"].set_key("")
    panel.choices["title"].set_key("")
    panel.source.setText("")
    panel._told()
    assert panel.problem() != ""
    dialog.columns_button.click()
    assert dialog.focusWidget() is panel.source
    assert dialog.files[str(path)].mapping is None
    dialog.reject()


def test_several_files_are_one_gesture_and_a_broken_one_costs_no_other(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    binary = tmp_path / "picture.json"
    binary.write_bytes(bytes(range(256)) * 40)
    known, other = SAMPLES / "suricata-eve.json", SAMPLES / "shadowserver-scan_rdp.csv"
    dialog = opened(importing, qtbot, known, binary, other, tmp_path / "gone")
    refused = "Cannot be read"
    assert [row["what"] for row in dialog.list.rows()] == ["Suricata EVE", refused, SHADOWSERVER, refused]
    dialog.list.go_to_id(str(binary))
    assert "picture.json" in dialog.why.text()
    assert dialog.import_button.text() == "Import 2 of 4 files"
    dialog.accept()
    said(queue_of(window), qtbot, "Imported 2 files: 73 records, 18 new")


def test_rows_that_cannot_be_read_are_told_with_the_file_they_are_kept_in(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(importing, qtbot, ragged(tmp_path))
    dialog.check_rows()
    until(qtbot, lambda: dialog.import_button.isEnabled())
    assert "1 of the first records cannot be read, the first at line 3" in dialog.warning.text()
    dialog.accept()
    said(queue_of(window), qtbot, "Imported ragged.csv: 2 records, 1 new, 0 repeats, 1 rejected.")
    told = importing.outcome.dialog
    assert told is not None
    until(qtbot, lambda: told.pane.file.isVisible())
    kept = Path(told.pane.file.text())
    assert kept.is_relative_to(window.profile.rejects)
    assert "a,b,c,d,e" in kept.read_text()
    told.pane.copy.click()
    assert QGuiApplication.clipboard().text() == str(kept)
    QGuiApplication.clipboard().clear()
    told.close()


def test_a_cancelled_import_leaves_nothing(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    head = ["title", "severity", "host"]
    path = table(tmp_path / "long.csv", [head, *([f"Odd {n}", "high", f"PC-{n}"] for n in range(60_000))])
    dialog = opened(importing, qtbot, path, SAMPLES / "suricata-eve.json")
    dialog.check_rows()
    until(qtbot, lambda: dialog.import_button.text() == "Import 2 files" and dialog.import_button.isEnabled())
    dialog.accept()
    assert window.workplace is not None
    qtbot.waitUntil(lambda: not window.workplace.progress.isHidden(), timeout=WAIT_MS)  # type: ignore[union-attr]
    window.workplace.progress.cancel_button.click()
    words = said(queue_of(window), qtbot, "Nothing was imported.")
    assert "The import was cancelled; nothing of that file was kept. 1 more were not begun." in words
    assert imports.listing(queue_of(window).desk.store) == []
    assert alerts.count(queue_of(window).desk.store, AlertFilter()) == 0


def test_dropped_files_are_shown_and_nothing_is_taken_in_unasked(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(SAMPLES / "suricata-eve.json")), QUrl("https://evil.example/x.json")])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    assert window.workplace is not None
    enter = QDragEnterEvent(QPointF(10, 10).toPoint(), Qt.DropAction.CopyAction, data, left, none)
    window.workplace.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.workplace.dropEvent(QDropEvent(QPointF(10, 10), Qt.DropAction.CopyAction, data, left, none))
    dialog = read(importing, qtbot)
    assert [each.path.name for each in dialog.files.values()] == ["suricata-eve.json"]
    until(qtbot, lambda: dialog.import_button.isEnabled())
    assert imports.listing(queue_of(window).desk.store) == []
    dialog.reject()


def test_files_named_at_the_start_are_shown_once_the_store_is_open(tmp_path: Path, qtbot: QtBot) -> None:
    empty_store(tmp_path / "home")
    with window_on(tmp_path / "home", qtbot, files=[SAMPLES / "suricata-eve.json"]) as window:
        assert window.workplace is not None
        dialog = read(window.workplace.importing, qtbot)
        until(qtbot, lambda: dialog.import_button.isEnabled())
        dialog.reject()


@pytest.mark.skipif(not SUPPLIED.is_dir(), reason="the real files are not beside the project")
def test_the_real_files_are_recognised_or_can_be_described(importing: Importing, qtbot: QtBot) -> None:
    found = [*sorted((SUPPLIED / "suricata").glob("*.json")), *sorted((SUPPLIED / "shadowserver").glob("*.csv"))]
    dialog = opened(importing, qtbot, *found)
    assert [each.path.name for each in dialog.files.values() if not each.ready] == []
    dialog.reject()
    dialog = opened(importing, qtbot, *sorted((SUPPLIED / "feeds").glob("*.csv")))
    for key, pending in dialog.files.items():
        dialog.list.go_to_id(key)
        if pending.needs_mapping:
            dialog.tabs.go_to("columns")
            dialog.columns.panels[key].zone.set_key("UTC")
            assert dialog.columns.panels[key].problem() == ""
            dialog.check_rows()
    until_done(qtbot, lambda: sum(not each.is_read for each in dialog.files.values()))
    assert [each.path.name for each in dialog.files.values() if not each.ready] == []
    assert all(each.preview is not None and each.preview.rows for each in dialog.files.values())
    dialog.reject()


def test_several_known_files_can_be_imported_without_looking_at_each(
    window: MainWindow, importing: Importing, qtbot: QtBot
) -> None:
    dialog = opened(importing, qtbot, SAMPLES / "suricata-eve.json", SAMPLES / "shadowserver-scan_rdp.csv")
    assert dialog.import_button.isEnabled()
    assert dialog.import_button.text() == "Import 2 files"
    press(dialog.list, Qt.Key.Key_Return)
    said(queue_of(window), qtbot, "Imported 2 files: 73 records, 18 new")


@pytest.mark.parametrize("size", [(1440, 900), (720, 450)])
def test_the_clock_that_has_to_be_named_is_in_view_at_once_and_one_key_goes_there(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path, size: tuple[int, int]
) -> None:
    window.resize(*size)
    path = table(tmp_path / "t.csv", [["title", "time"], ["Odd", "2026-11-21 10:00"]])
    dialog = opened(importing, qtbot, path)
    panel = dialog.columns.panels[str(path)]
    assert panel.needed.isVisible()
    assert panel.needed.isAncestorOf(panel.zone)
    assert not panel.zone.visibleRegion().isEmpty()
    assert dialog.columns_button.shortcut().toString() == "Alt+M"
    dialog.columns_button.click()
    assert dialog.focusWidget() is panel.zone
    assert dialog.files[str(path)].mapping is None
    panel.zone.set_key("UTC")
    assert dialog.columns_button.shortcut().toString() == "Alt+K"
    dialog.columns_button.click()
    until(qtbot, lambda: dialog.import_button.isEnabled())
    dialog.reject()


def test_the_buttons_stay_on_a_screen_of_450_lines_with_every_question_asked(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    window.resize(720, 450)
    path = table(tmp_path / "t.csv", [["title", "time"], ["Odd", "03/04/2026 10:00"]])
    dialog = opened(importing, qtbot, path)
    panel = dialog.columns.panels[str(path)]
    assert panel.needed.isVisible()
    qtbot.wait(50)
    assert dialog.minimumSizeHint().height() <= 430
    assert dialog.height() <= 430
    assert not panel.zone.visibleRegion().isEmpty()
    dialog.reject()


def test_a_time_column_that_is_chosen_later_has_its_clock_asked_for_too(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    head = ["title", "time", "Raised at the ward"]
    path = table(tmp_path / "t.csv", [head, ["Odd", "2026-11-21T10:00:00Z", "2026-11-21 10:00"]])
    dialog = opened(importing, qtbot, path)
    panel = dialog.columns.panels[str(path)]
    assert panel.problem() == ""
    assert not panel.needed.isVisible()
    panel.choices["time"].set_key("Raised at the ward")
    panel.choices["time"].activated.emit(0)
    assert panel.problem() == "Choose which clock its times are of: they do not say so themselves."
    assert panel.needed.isVisible()
    panel.zone.set_key("Europe/London")
    assert panel.problem() == ""
    dialog.reject()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_ctrl_enter_imports_from_anywhere_in_the_dialog(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path, key: Qt.Key
) -> None:
    unknown = table(tmp_path / "t.csv", [["title", "host"], ["Odd", "PC-1"]])
    dialog = opened(importing, qtbot, unknown, SAMPLES / "suricata-eve.json")

    def is_active() -> bool:
        dialog.activateWindow()
        return dialog.isActiveWindow()

    until(qtbot, is_active)
    source = dialog.columns.panels[str(unknown)].source
    QTest.keyClick(source, key, Qt.KeyboardModifier.ControlModifier)
    words = said(queue_of(window), qtbot, "Imported suricata-eve.json")
    assert "Not imported: t.csv waits for its columns to be described." in words


def test_why_nothing_can_be_imported_is_said_and_what_waits_is_named(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    first = table(tmp_path / "one.csv", [["title", "host"], ["Odd", "PC-1"]])
    second = table(tmp_path / "two.csv", [["what", "where"], ["Even", "PC-2"]])
    importing.open([first, second])
    until(qtbot, lambda: importing.dialog is not None)
    dialog = importing.dialog
    assert dialog is not None
    assert "Still reading one.csv, two.csv." in dialog.import_button.toolTip()
    until(qtbot, lambda: all(each.preview or each.refusal for each in dialog.files.values()))
    assert not dialog.import_button.isEnabled()
    waits = "one.csv, two.csv wait for their columns to be described."
    assert dialog.waiting.text() == waits
    assert waits in dialog.import_button.toolTip()
    assert [row["what"] for row in dialog.list.rows()] == ["A table: describe its columns"] * 2
    dialog.columns_button.click()
    until(qtbot, lambda: dialog.import_button.isEnabled())
    assert dialog.waiting.text() == "two.csv waits for its columns to be described."
    assert dialog.import_button.text() == "Import 1 of 2 files"
    dialog.list.go_to_id(str(second))
    assert dialog.tabs.current() == "columns"
    assert dialog.columns.panels[str(second)].isVisible()
    assert dialog.columns_button.isVisible()
    dialog.list.go_to_id(str(first))
    assert dialog.tabs.current() == "rows"
    dialog.reject()


def test_enter_while_columns_are_described_checks_the_rows_and_imports_nothing(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    path = table(tmp_path / "t.csv", [["title", "host"], ["Odd", "PC-1"]])
    dialog = opened(importing, qtbot, path, SAMPLES / "suricata-eve.json")
    press(dialog.list, Qt.Key.Key_Return)
    assert dialog.focusWidget() is dialog.columns.panels[str(path)].source
    assert dialog.files[str(path)].needs_mapping
    press(dialog.columns.panels[str(path)].source, Qt.Key.Key_Return)
    assert dialog.isVisible()
    until(qtbot, lambda: dialog.import_button.text() == "Import 2 files" and dialog.import_button.isEnabled())
    dialog.reject()


def test_a_table_of_which_no_row_can_be_read_is_not_offered_for_import(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    path = table(tmp_path / "t.csv", [["title", "host"], ["a", "b", "c", "d"], ["e", "f", "g", "h"]])
    dialog = opened(importing, qtbot, path)
    dialog.check_rows()
    until(qtbot, lambda: dialog.files[str(path)].preview is not None)
    assert dialog.files[str(path)].preview.rows == ()  # type: ignore[union-attr]
    assert not dialog.import_button.isEnabled()
    assert dialog.glyph._glyph == "warning"
    assert "Not one of its first rows can be read" in dialog.why.text()
    assert "t.csv" in dialog.import_button.toolTip()
    assert dialog.jobs() == []
    dialog.reject()


def test_going_away_from_columns_already_described_asks_first(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    asked: list[str] = []
    answer = [False]

    def ask(question: str, *_: object, **__: object) -> bool:
        asked.append(question)
        return answer[0]

    path = table(tmp_path / "t.csv", [["title", "host"], ["Odd", "PC-1"]])
    dialog = opened(importing, qtbot, path)
    dialog.ask = ask
    dialog.columns.panels[str(path)].source.setFocus()
    press(dialog.columns.panels[str(path)].source, "x")
    dialog.cancel_button.click()
    press(dialog, Qt.Key.Key_Escape)
    dialog.close()
    assert asked == ["Leave without importing?"] * 3
    assert dialog.isVisible()
    importing.open([SAMPLES / "suricata-eve.json"])
    until(qtbot, lambda: len(dialog.files) == 2)
    assert importing.dialog is dialog, "files that come in meanwhile are shown beside it"
    answer[0] = True
    dialog.cancel_button.click()
    assert not dialog.isVisible()
    dialog = opened(importing, qtbot, path)
    dialog.ask = ask
    dialog.cancel_button.click()
    assert len(asked) == 4, "where nothing was described, nothing is asked"


def test_the_lock_asks_nothing_of_a_dialog_that_is_being_filled_in(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    path = table(tmp_path / "t.csv", [["title", "host"], ["Odd", "PC-1"]])
    dialog = opened(importing, qtbot, path)
    press(dialog.columns.panels[str(path)].source, "x")
    window.lock()
    assert window.workplace is None
    until(qtbot, lambda: window.unlock_page.button.isEnabled())


def test_a_table_without_a_severity_says_what_all_its_rows_become(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    file = table(tmp_path / "plain.csv", [["Alarm text", "Odd"], ["Odd logon", "high"]])
    panel = opened(importing, qtbot, file).columns.panels[str(file)]
    assert panel.choices["severity"].key() == "Odd"
    assert not panel.severity_line.isVisible()
    panel.choices["severity"].set_key("")
    assert panel.severity_line.isVisible()
    assert panel.severity_line.text() == "No column says how severe its rows are: all become Medium."


def test_a_mapping_is_called_guessed_only_while_it_is_what_was_guessed(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    file = table(tmp_path / "plain.csv", [["Alarm text", "Odd"], ["Odd logon", "high"]])
    panel = opened(importing, qtbot, file).columns.panels[str(file)]
    guessed = panel.mapping()
    assert panel.origin.text().startswith("Guessed from")
    panel.choices["severity"].set_key("")
    assert panel.origin.text() == "As chosen here. Check it against the first rows."
    panel.choices["severity"].set_key("Odd")
    assert panel.origin.text().startswith("Guessed from")
    panel.take(guessed)
    assert panel.origin.text() == "As the loaded mapping says. Check it against the first rows."
