"""The place of imports, and the folder that is watched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import (
    SAMPLES,
    copied,
    empty_store,
    opened,
    press,
    queue_of,
    ragged,
    read,
    said,
    table,
    until,
    window_on,
)
from triage_app.services import refused_files, settings
from triage_app.services.taking_back import take_back
from triage_app.store import imports
from triage_app.ui.dialogs.watch_folder import WatchFolder
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.imports import ImportsView
from triage_app.ui.workplace import Workplace

EVE = SAMPLES / "suricata-eve.json"


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as shown:
        yield shown


@pytest.fixture
def empty(tmp_path: Path, qtbot: QtBot) -> Iterator[Workplace]:
    empty_store(tmp_path / "home")
    with window_on(tmp_path / "home", qtbot) as shown:
        assert shown.workplace is not None
        yield shown.workplace


@pytest.fixture
def place(window: MainWindow, qtbot: QtBot) -> ImportsView:
    assert window.workplace is not None
    window.workplace.go_to("imports")
    view = cast(ImportsView, window.workplace.view("imports"))
    until(qtbot, lambda: view.pane.shown is not None)
    return view


def go_to(place: ImportsView, name: str, qtbot: QtBot) -> str:
    """Make the import of a file current, and return its id."""
    which = next(each.id for each in place._all if each.name == name)
    place.table.go_to_id(which)
    until(qtbot, lambda: place.pane.shown is not None and place.pane.shown.id == which)
    return which


# ---- the history ------------------------------------------------------------------------------------------


def test_every_import_is_listed_and_shows_its_summary_again(place: ImportsView, qtbot: QtBot) -> None:
    assert {row["file"].text for row in place.table.rows()} == {each["name"] for each in imports.listing(
        place._desk.store)}  # fmt: skip
    go_to(place, "suricata-eve.json", qtbot)
    assert place.pane.counts.values["Records"].text() == "61"
    assert place.pane.counts.values["New"].text() == "12"
    assert place.pane.about.values["What it is"].text().startswith("Suricata EVE")
    assert place.pane.about.values["Left out"].text()
    assert not place.pane.rejects.isVisible()


def test_the_list_is_narrowed_by_words(place: ImportsView, qtbot: QtBot) -> None:
    place.filter.setText("suricata")
    assert [row["file"].text for row in place.table.rows()] == ["suricata-eve.json"]
    place.filter.setText("nothing is called so")
    assert place.table.rows() == []
    assert place.pane.page.isHidden() or place.pane.shown is None or not place.table.rows()
    place.filter.clear()
    assert len(place.table.rows()) > 1


def test_taking_an_import_back_asks_first_and_says_how_many_decisions_are_kept(
    window: MainWindow, place: ImportsView, qtbot: QtBot
) -> None:
    queue = queue_of(window)
    assert window.workplace is not None
    window.workplace.go_to("queue")
    queue.set_query("src:Suricata")
    until(qtbot, lambda: 0 < len(queue.table.record_model.ids) < 70)
    press(queue.table, "a")
    said(queue, qtbot, "Taken in hand.")
    press(queue.table, "j")
    press(queue.table, "p")
    said(queue, qtbot, "Promoted")
    window.workplace.go_to("imports")
    which = go_to(place, "suricata-eve.json", qtbot)
    kept = "Somebody decided on 2 of its alerts: that is kept when it is taken back."
    until(qtbot, lambda: place.pane.shown is not None and place.pane.shown.decided == 2)

    def is_active() -> bool:
        window.activateWindow()
        return window.isActiveWindow()

    until(qtbot, is_active)
    press(place.table, "t")
    asked = place.pane.asked
    assert asked is not None
    assert kept in [label.text() for label in asked.findChildren(type(place.summary))][1]
    asked.reject()
    assert not any(each["undone"] for each in imports.listing(queue.desk.store))
    place.pane.take_back.click()
    assert place.pane.asked is not None
    place.pane.asked.accept()
    until(qtbot, lambda: "Took back the import of suricata-eve.json" in place.result.words())
    assert "what was decided on 2 of its alerts is kept" in place.result.words()
    until(qtbot, lambda: place.pane.put_back.isVisible())
    row = next(row for row in place.table.rows() if row["id"] == which)
    until(qtbot, lambda: next(r for r in place.table.rows() if r["id"] == which)["muted"])
    assert row["file"].text.endswith("suricata-eve.json")
    place.pane.put_back.click()
    until(qtbot, lambda: "Put back the import of suricata-eve.json" in place.result.words())
    until(qtbot, lambda: place.pane.take_back.isVisible())


def test_imports_taken_back_together_can_be_put_back_one_or_all(
    window: MainWindow, place: ImportsView, qtbot: QtBot
) -> None:
    queue = queue_of(window)
    ids = [each.id for each in place._all]
    assert len(ids) > 2
    queue.desk.act(lambda session: take_back(session, ids))
    until(qtbot, lambda: all(each.undone for each in place._all))
    go_to(place, "suricata-eve.json", qtbot)
    until(qtbot, lambda: place.pane.put_all_back.isVisible())
    assert place.pane.put_all_back.text() == f"Put back all {len(ids)} taken back with it"
    place.pane.put_back.click()
    until(qtbot, lambda: "Put back the import of suricata-eve.json" in place.result.words())
    assert sum(each["undone"] for each in imports.listing(queue.desk.store)) == len(ids) - 1
    other = next(each for each in place._all if each.name != "suricata-eve.json")
    go_to(place, other.name, qtbot)
    until(qtbot, lambda: place.pane.put_all_back.isVisible())
    place.pane.put_all_back.click()
    until(qtbot, lambda: f"Put back {len(ids) - 1} imports" in place.result.words())
    assert not any(each["undone"] for each in imports.listing(queue.desk.store))


def test_rows_that_were_set_aside_can_be_deleted_by_themselves(empty: Workplace, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(empty.importing, qtbot, ragged(tmp_path))
    dialog.check_rows()
    until(qtbot, lambda: dialog.import_button.isEnabled())
    dialog.accept()
    said(empty.queue, qtbot, "Imported ragged.csv")
    empty.go_to("imports")
    view = cast(ImportsView, empty.view("imports"))
    until(qtbot, lambda: view.pane.delete.isVisible())
    kept = Path(view.pane.file.text())
    assert kept.is_file()
    view.pane.delete.click()
    assert view.pane.asked is not None
    view.pane.asked.accept()
    until(qtbot, lambda: view.result.words() == "Deleted the rejected rows of ragged.csv.")
    until(qtbot, lambda: view.pane.gone.isVisible())
    assert not kept.exists()
    assert not view.pane.delete.isVisible()


def picture(folder: Path) -> Path:
    """Write a file that nothing can be read from."""
    path = folder / "picture.json"
    path.write_bytes(bytes(range(256)) * 40)
    return path


def test_a_refused_file_is_listed_with_the_whole_reason_and_survives_a_restart(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    with window_on(profile.home, qtbot) as window:
        work = window.workplace
        assert work is not None
        dialog = opened(work.importing, qtbot, EVE, picture(tmp_path))
        refusal = dialog.files[str(tmp_path / "picture.json")].refusal
        assert refusal is not None
        dialog.accept()
        said(work.queue, qtbot, "Imported suricata-eve.json")
        assert work.queue.result.details.text() == "Why"
        work.queue.result.details.click()
        shown = work.importing.outcome.dialog
        assert shown is not None
        told = f"{refusal.what} {refusal.do}"
        assert told in [label.text() for label in shown.reasons.findChildren(type(shown.where))]
        shown.close()
    with window_on(profile.home, qtbot) as window:
        assert window.workplace is not None
        window.workplace.go_to("imports")
        view = cast(ImportsView, window.workplace.view("imports"))
        until(qtbot, lambda: len(view.table.rows()) == 2)
        assert view.summary.text() == "1 import, 1 refused"
        row = next(row for row in view.table.rows() if row["file"].text == "Refused: picture.json")
        view.table.go_to_id(row["id"])
        until(qtbot, lambda: view.refused_pane.isVisible())
        assert (view.refused_pane.why.text(), view.refused_pane.advice.text()) == (refusal.what, refusal.do)
        assert not view.pane.isVisible()
        assert not view.take_back.isEnabled()
        view.refused_pane.forget.click()
        until(qtbot, lambda: len(view.table.rows()) == 1)
        assert view.result.words() == "Removed picture.json from the list of refused files."
        until(qtbot, lambda: view.pane.isVisible() and view.pane.shown is not None)


def test_a_file_that_was_only_looked_at_and_refused_is_listed_too(
    empty: Workplace, qtbot: QtBot, tmp_path: Path
) -> None:
    opened(empty.importing, qtbot, picture(tmp_path)).cancel_button.click()
    empty.go_to("imports")
    view = cast(ImportsView, empty.view("imports"))
    until(qtbot, lambda: [row["file"].text for row in view.table.rows()] == ["Refused: picture.json"])


@pytest.mark.parametrize(("others", "by"), [((), "escape"), ((EVE,), "escape"), ((EVE,), "button")])
def test_a_preview_that_is_left_keeps_no_trace_of_a_file_it_refused(
    empty: Workplace, qtbot: QtBot, tmp_path: Path, others: tuple[Path, ...], by: str
) -> None:
    dialog = opened(empty.importing, qtbot, picture(tmp_path), *others)
    if by == "button":
        dialog.cancel_button.click()
    else:
        press(dialog, Qt.Key.Key_Escape)
    assert empty.importing.dialog is None
    until(qtbot, lambda: not empty.desk.lane.is_busy())
    assert refused_files.listing(empty.desk.store) == []


def test_in_a_narrow_window_enter_opens_the_summary_and_escape_goes_back(
    window: MainWindow, place: ImportsView, qtbot: QtBot
) -> None:
    window.resize(720, 450)
    until(qtbot, lambda: not place.detail.isVisible())
    place.table.setFocus()
    press(place.table, Qt.Key.Key_Return)
    assert place.detail.isVisible()
    assert not place.side.isVisible()
    press(place.pane.page, Qt.Key.Key_Escape)
    assert place.side.isVisible()
    assert window.focusWidget() is place.table


def test_an_empty_history_says_what_to_do(empty: Workplace, qtbot: QtBot) -> None:
    empty.go_to("imports")
    view = cast(ImportsView, empty.view("imports"))
    until(qtbot, lambda: view.table._empty is not None and view.table._empty.isVisible())
    assert "Nothing has been imported yet." in view.table._empty.accessibleName()  # type: ignore[union-attr]
    assert not view.take_back.isEnabled()


# ---- the watched folder -----------------------------------------------------------------------------------


def watch(work: Workplace, folder: Path, qtbot: QtBot) -> None:
    """Have a folder watched, from the menu on."""
    work.watch_folder()
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, WatchFolder) and each.isVisible())
    dialog.folder.setText(str(folder))
    dialog.on.setChecked(True)
    dialog.save.click()
    until(qtbot, lambda: work.watching._watch is not None)
    until(qtbot, lambda: not work.watching._busy)  # it looks by itself at first: what comes now is not there yet
    work.watching._timer.stop()  # the test looks when it is time


def look_twice(work: Workplace, qtbot: QtBot) -> None:
    """Look as the timer would, twice, so that what lies still is taken."""
    for _ in range(2):
        until(qtbot, lambda: not work.watching._busy)
        work.watching.look()
        until(qtbot, lambda: not work.watching._busy)


def test_what_arrives_in_a_watched_folder_is_imported_once_and_left_there(
    empty: Workplace, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    watch(empty, folder, qtbot)
    arrived = folder / "eve.json"
    arrived.write_bytes(EVE.read_bytes())
    look_twice(empty, qtbot)
    said(empty.queue, qtbot, "From the watched folder: eve.json, 12 new, 49 repeats, 0 rejected.")
    look_twice(empty, qtbot)
    assert len(imports.listing(empty.desk.store)) == 1
    assert arrived.read_bytes() == EVE.read_bytes()
    assert not empty.queue.watched.isVisible()


def test_a_file_that_is_still_growing_is_left_alone(empty: Workplace, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    watch(empty, folder, qtbot)
    arrived = folder / "eve.json"
    whole = EVE.read_bytes()
    for part in (1000, 2000, 3000):
        arrived.write_bytes(whole[:part])
        until(qtbot, lambda: not empty.watching._busy)
        empty.watching.look()
        until(qtbot, lambda: not empty.watching._busy)
    assert imports.listing(empty.desk.store) == []


def test_files_that_need_somebody_are_listed_and_can_be_looked_at(
    empty: Workplace, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    unknown = table(folder / "board.csv", [["What", "Where"], ["Odd", "PC-1"]])
    watch(empty, folder, qtbot)
    look_twice(empty, qtbot)
    until(qtbot, lambda: empty.queue.watched.isVisible())
    assert list(empty.watching.waiting) == [unknown]
    empty.queue.watched.acted.emit()
    dialog = read(empty.importing, qtbot)
    assert [each.path for each in dialog.files.values()] == [unknown]
    dialog.columns.panels[str(unknown)].choices["title"].set_key("What")
    dialog.check_rows()
    until(qtbot, lambda: dialog.import_button.isEnabled())
    dialog.accept()
    said(empty.queue, qtbot, "Imported board.csv")
    until(qtbot, lambda: not empty.watching.waiting)
    assert not empty.queue.watched.isVisible()
    second = table(folder / "board-2.csv", [["What", "Where"], ["Even", "PC-2"]])
    look_twice(empty, qtbot)
    said(empty.queue, qtbot, f"From the watched folder: {second.name}, 1 new")


def test_a_folder_that_has_gone_is_said_and_watched_again_when_it_is_back(
    empty: Workplace, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    watch(empty, folder, qtbot)
    folder.rename(tmp_path / "away")
    look_twice(empty, qtbot)
    until(qtbot, lambda: empty.queue.watched.isVisible())
    assert empty.watching.trouble is not None
    assert "cannot be looked into" in empty.watching.trouble.what
    (tmp_path / "away").rename(folder)
    look_twice(empty, qtbot)
    assert not empty.queue.watched.isVisible()


def test_the_wish_to_watch_is_kept_with_the_store(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "eve.json").write_bytes(EVE.read_bytes())
    with window_on(profile.home, qtbot) as window:
        assert window.workplace is not None
        watch(window.workplace, folder, qtbot)
        look_twice(window.workplace, qtbot)
        said(window.workplace.queue, qtbot, "From the watched folder")
    with window_on(profile.home, qtbot) as window:
        work = window.workplace
        assert work is not None
        until(qtbot, lambda: work.watching._watch is not None)
        look_twice(work, qtbot)
        assert len(imports.listing(work.desk.store)) == 1, "a restart imports nothing again"
        found: list[object] = []
        work.desk.long("", lambda session, _: settings.get(session, "watch-folder"), found.append)
        until(qtbot, lambda: found == [{"watch-folder": str(folder)}])


def test_a_folder_to_watch_must_be_named_whole(empty: Workplace, qtbot: QtBot) -> None:
    empty.watch_folder()
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, WatchFolder) and each.isVisible())
    dialog.on.setChecked(True)
    dialog.save.click()
    assert dialog.problem.isVisible()
    dialog.folder.setText("not/whole")
    dialog.save.click()
    until(qtbot, lambda: "does not fit" in dialog.problem.accessibleName() or dialog.problem.isVisible())
    assert dialog.isVisible()
    dialog.reject()


def test_a_folder_that_is_typed_is_watched_once_enter_is_pressed(
    empty: Workplace, qtbot: QtBot, tmp_path: Path
) -> None:
    empty.watch_folder()
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, WatchFolder) and each.isVisible())
    assert not dialog.on.isChecked()
    press(dialog.folder, str(tmp_path))
    assert dialog.on.isChecked()
    press(dialog.folder, Qt.Key.Key_Return)
    until(qtbot, lambda: empty.watching.folder == tmp_path)
    assert empty.status_text() == f"Watching {tmp_path}."


def test_a_folder_that_is_not_ticked_is_said_not_to_be_watched(empty: Workplace, qtbot: QtBot, tmp_path: Path) -> None:
    empty.watch_folder()
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, WatchFolder) and each.isVisible())
    press(dialog.folder, str(tmp_path))
    dialog.on.setChecked(False)
    press(dialog.folder, Qt.Key.Key_Return)
    until(qtbot, lambda: "not watched" in empty.status_text() or "No folder" in empty.status_text())
    assert empty.watching.folder is None
    words, glyph = empty.status_text(), empty._status._glyph._glyph
    assert words.startswith(f"{tmp_path} is not watched")
    assert glyph != "ok"


@pytest.mark.parametrize("button", ["put_back", "put_all_back"])
def test_after_putting_back_the_focus_is_in_the_list(
    window: MainWindow, place: ImportsView, qtbot: QtBot, button: str
) -> None:
    ids = [each.id for each in place._all]
    place._desk.act(lambda session: take_back(session, ids))
    until(qtbot, lambda: getattr(place.pane, button).isVisible())
    getattr(place.pane, button).setFocus()
    getattr(place.pane, button).click()
    until(qtbot, lambda: place.pane.take_back.isVisible())
    assert window.focusWidget() is place.table


def test_what_was_taken_back_says_so_before_a_long_name_and_offers_to_put_it_back(
    window: MainWindow, place: ImportsView, qtbot: QtBot
) -> None:
    def hint() -> str:
        return " ".join(label.text() for cap, label in place.hints._pairs if cap.accessibleName() == "T")

    which = go_to(place, "suricata-eve.json", qtbot)
    assert hint() == "Take back"
    place._desk.act(lambda session: take_back(session, [which]))
    until(qtbot, lambda: hint() == "Put back")
    assert place.table.row_of(which)["file"].text == "Taken back: suricata-eve.json"  # type: ignore[index]
    assert "Put back" in place.take_back.text().replace("&", "")
    place.take_back.trigger()
    until(qtbot, lambda: hint() == "Take back")
    assert place.table.row_of(which)["file"].text == "suricata-eve.json"  # type: ignore[index]
