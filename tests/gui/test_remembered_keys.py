"""A JSON file whose source left a key out is read by the mapping that was confirmed for it with that key."""

from __future__ import annotations

import json
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import queue_of, read, said, until
from triage_app.domain.mapping import Mapping
from triage_app.ui.dialogs.import_file import ImportDialog
from triage_app.ui.importing import Importing
from triage_app.ui.main_window import MainWindow

WHOLE = {"alarm": "Odd logon", "grade": "high", "box": "PC-1", "remark": "seen twice"}
SHORT = {"alarm": "Another", "grade": "low", "box": "PC-2"}


def opened(importing: Importing, qtbot: QtBot, path: Path, *records: dict[str, str]) -> ImportDialog:
    """Open the dialog on a file of records and wait until it has been read."""
    path.write_text(json.dumps(list(records)))
    importing.open([path])
    return read(importing, qtbot)


def describe(importing: Importing, qtbot: QtBot, path: Path, record: dict[str, str], **columns: str) -> None:
    """Import a file as somebody describes it."""
    dialog = opened(importing, qtbot, path, record)
    (pending,) = dialog.files.values()
    assert pending.needs_mapping, dialog.why.text()
    dialog.columns.panels[str(path)].take(Mapping(path.stem, path.stem, columns))
    dialog.columns_button.click()
    until(qtbot, lambda: dialog.import_button.isEnabled())
    dialog.import_button.click()
    assert importing.dialog is None


def test_a_key_that_is_absent_does_not_make_the_program_ask_again(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    describe(importing, qtbot, tmp_path / "board.json", WHOLE, title="alarm", severity="grade", host="box")
    said(queue_of(window), qtbot, "Imported board.json: 1 record, 1 new")
    dialog = opened(importing, qtbot, tmp_path / "next.json", SHORT)
    assert dialog.why.text() == (
        "Read as “board”, by the one mapping whose keys are all in this file: alarm, box, grade."
        " Its other keys are not those of the file that was described: check the rows."
    )
    assert dialog.rows.rows()[0]["title"] == "Another"
    dialog.import_button.click()
    said(queue_of(window), qtbot, "Imported next.json: 1 record, 1 new")
    dialog = opened(importing, qtbot, tmp_path / "third.json", SHORT | {"alarm": "Third"})
    assert "described before" in dialog.why.text(), "what was confirmed is remembered for these keys too"
    dialog.reject()


def test_where_two_mappings_fit_or_a_described_key_is_missing_it_asks(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    describe(importing, qtbot, tmp_path / "board.json", WHOLE, title="alarm", severity="grade", host="box")
    said(queue_of(window), qtbot, "Imported board.json")
    dialog = opened(importing, qtbot, tmp_path / "less.json", {"alarm": "Odd", "grade": "low"})
    assert [each.needs_mapping for each in dialog.files.values()] == [True]
    dialog.reject()
    describe(importing, qtbot, tmp_path / "other.json", {"alarm": "Odd", "place": "Ward"}, title="alarm")
    said(queue_of(window), qtbot, "Imported other.json")
    dialog = opened(importing, qtbot, tmp_path / "next.json", SHORT)
    assert [each.needs_mapping for each in dialog.files.values()] == [True]
    dialog.reject()


def test_a_table_with_a_delimiter_is_not_read_by_what_was_said_of_json(
    window: MainWindow, importing: Importing, qtbot: QtBot, tmp_path: Path
) -> None:
    describe(importing, qtbot, tmp_path / "board.json", WHOLE, title="alarm", severity="grade", host="box")
    said(queue_of(window), qtbot, "Imported board.json")
    (tmp_path / "board.csv").write_text("alarm,grade,box\nOdd,high,PC-3\n")
    importing.open([tmp_path / "board.csv"])
    dialog = read(importing, qtbot)
    assert [each.needs_mapping for each in dialog.files.values()] == [True]
    dialog.reject()
