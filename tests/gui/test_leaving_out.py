"""Leaving rows out of an import in its preview: struck, counted, not taken in, and told with the import afterwards."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import press, queue_of, read, said, until
from triage_app.services import import_history
from triage_app.services.import_history import ImportSummary
from triage_app.ui.dialogs.import_file import ImportDialog
from triage_app.ui.importing import Importing
from triage_app.ui.main_window import MainWindow

LINES = ["198.51.100.7", "8.8.8.8", "evil.example", "198.51.100.9", "nothing at all ?"]


def opened(importing: Importing, qtbot: QtBot, path: Path, lines: list[str]) -> ImportDialog:
    """Open the dialog on a text and wait until it has been counted."""
    path.write_text("\n".join(lines))
    importing.open([path])
    dialog = read(importing, qtbot)
    counted(dialog, qtbot)
    return dialog


def counted(dialog: ImportDialog, qtbot: QtBot) -> str:
    """Wait until the count stands; return its words."""
    until(qtbot, lambda: all(each.counting is None and each.foretold is not None for each in dialog.files.values()))
    return dialog.look.counts.text()


def values(window: MainWindow) -> set[str]:
    store = queue_of(window).desk.store
    return {row[0] for row in store.rows("SELECT value FROM evidence_row")}


def newest(window: MainWindow) -> ImportSummary:
    return import_history.listing(queue_of(window).desk.store)[0]


def test_rows_selected_in_the_preview_are_struck_by_delete_and_not_taken_in(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(importing, qtbot, tmp_path / "list.txt", LINES)
    table = dialog.look.tables["indicator"]
    table.setFocus()
    table.go_to_row(1)
    press(table, Qt.Key.Key_Space)
    table.go_to_row(2)
    press(table, Qt.Key.Key_Space)
    press(table, Qt.Key.Key_Delete)
    assert [bool(row.get("struck")) for row in table.rows()] == [False, True, True, False]
    assert not table.marked
    assert counted(dialog, qtbot).startswith("5 records: 2 new, 0 repeats, 1 rejected, 2 left out by you.")
    assert dialog.look.leaving.words.text() == "2 rows left out by you."
    dialog.import_button.click()
    words = said(queue_of(window), qtbot, "Imported list.txt: 5 records, 2 new, 0 repeats, 1 rejected")
    assert "2 left out by you" in words
    assert values(window) == {"198.51.100.7", "198.51.100.9"}
    found = newest(window)
    assert found.records == found.new + found.repeats + found.rejected + found.left_out == 5
    assert found.reasons[0].words == "left out by Sam Okafor in the preview"
    assert [(row.number, row.words) for row in found.left_out_rows] == [(2, "8.8.8.8"), (3, "evil.example")]


def test_the_button_puts_back_what_it_left_out_and_says_so_beforehand(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(importing, qtbot, tmp_path / "list.txt", LINES)
    table, bar = dialog.look.tables["indicator"], dialog.look.leaving
    table.go_to_row(1)
    assert bar.button.accessibleName() == "Leave out"
    bar.button.click()
    assert bar.button.accessibleName() == "Put back"
    assert "1 left out by you" in counted(dialog, qtbot)
    table.go_to_row(0)
    assert bar.button.accessibleName() == "Leave out"
    table.go_to_row(1)
    bar.button.click()
    assert counted(dialog, qtbot).startswith("5 records: 4 new, 0 repeats, 1 rejected.")
    assert not any(row.get("struck") for row in table.rows())
    dialog.reject()


def test_a_screen_reader_hears_of_a_row_that_it_is_left_out(importing: Importing, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(importing, qtbot, tmp_path / "list.txt", LINES)
    table = dialog.look.tables["indicator"]
    table.go_to_row(1)
    press(table, Qt.Key.Key_Delete)
    assert table.record_model.sentence(1).startswith("left out, ")
    assert not table.record_model.sentence(0).startswith("left out")
    dialog.reject()


def test_what_is_left_out_does_not_come_in_by_another_sentence_of_a_pasted_report(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    text = [
        "Traffic to evil[.]example and 8.8.8.8 was seen.",
        "Then 198.51.100.7 was asked.",
        "And again 8.8.8.8 at night.",
    ]
    dialog = opened(importing, qtbot, tmp_path / "report.txt", text)
    table = dialog.look.tables["indicator"]
    table.go_to_row(1)
    press(table, Qt.Key.Key_Delete)
    assert [bool(row.get("struck")) for row in table.rows()] == [False, True, False, True]
    assert "2 new, 0 repeats, 0 rejected, 2 left out by you" in counted(dialog, qtbot)
    dialog.import_button.click()
    said(queue_of(window), qtbot, "Imported report.txt: 4 records, 2 new")
    assert values(window) == {"evil.example", "198.51.100.7"}


def test_of_a_longer_list_every_row_can_be_shown_and_left_out(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    lines = [f"198.51.{number // 200}.{number % 200 + 1}" for number in range(300)]
    dialog = opened(importing, qtbot, tmp_path / "long.txt", lines)
    table, bar = dialog.look.tables["indicator"], dialog.look.leaving
    assert bar.words.text().endswith("Only the first 50 rows can be left out.")
    assert bar.all_link.text() == "Show all 300"
    table.go_to_row(0)
    press(table, Qt.Key.Key_Delete)
    bar.all_link.click()
    until(qtbot, lambda: len(table.rows()) == 300)
    assert table.rows()[0]["struck"]
    assert bar.all_link.isHidden()
    table.go_to_row(299)
    press(table, Qt.Key.Key_Delete)
    assert "298 new, 0 repeats, 0 rejected, 2 left out by you" in counted(dialog, qtbot)
    dialog.import_button.click()
    said(queue_of(window), qtbot, "Imported long.txt: 300 records, 298 new")
    assert not {lines[0], lines[-1]} & values(window)


def test_of_a_very_long_file_it_is_said_that_only_the_first_rows_can_be_left_out(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    lines = [f"10.{number // 40_000}.{number // 200 % 200}.{number % 200 + 1}" for number in range(5_001)]
    dialog = opened(importing, qtbot, tmp_path / "huge.txt", lines)
    assert dialog.look.leaving.words.text().endswith("Only the first 50 of 5,001 can be left out.")
    assert dialog.look.leaving.all_link.isHidden()
    dialog.reject()


def test_a_file_that_changed_after_a_row_of_it_was_left_out_is_not_imported(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(importing, qtbot, tmp_path / "list.txt", LINES)
    table = dialog.look.tables["indicator"]
    table.go_to_row(1)
    press(table, Qt.Key.Key_Delete)
    counted(dialog, qtbot)
    (tmp_path / "list.txt").write_text("198.51.100.7\n192.0.2.1\n")
    dialog.import_button.click()
    words = said(queue_of(window), qtbot, "Nothing was imported.")
    assert "list.txt is no longer as it was shown" in words
    assert values(window) == set()


def test_reading_a_file_as_another_format_says_that_rows_are_to_be_left_out_again(
    importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(importing, qtbot, tmp_path / "list.txt", LINES)
    dialog.look.tables["indicator"].go_to_row(1)
    press(dialog.look.tables["indicator"], Qt.Key.Key_Delete)
    (pending,) = dialog.files.values()
    dialog._read_as(pending, "indicator-list")
    until(qtbot, lambda: pending.is_read)
    assert dialog.note.text() == "list.txt is read anew: say again which of its rows are left out."
    assert pending.left_out == frozenset()
    dialog.reject()


def test_the_place_of_imports_shows_what_was_left_out_and_by_whom(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(importing, qtbot, tmp_path / "list.txt", LINES[:4])
    table = dialog.look.tables["indicator"]
    table.go_to_row(1)
    press(table, Qt.Key.Key_Delete)
    dialog.import_button.click()
    said(queue_of(window), qtbot, "Imported list.txt")
    assert window.workplace is not None
    window.workplace.open_record("import", newest(window).id)
    pane = window.workplace.view("imports").pane  # type: ignore[attr-defined]
    until(qtbot, lambda: pane.shown is not None)
    assert pane.counts.values["Left out by hand"].text() == "1, by Sam Okafor"
    assert pane.left.values["Record 2"].text() == "8[.]8[.]8[.]8"
    assert pane.rejects.isVisible()
    assert not pane.gone.isVisible()
