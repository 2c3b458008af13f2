"""What the result line offers to undo is what it names: for every act, also those that take time."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, in_view, queue_of, said, settle, until, window_on
from tests.gui.incident_store import Told
from tests.gui.test_files_tab import dropped
from triage_app.services import attachments, incidents
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.views.exchange import ExchangeView
from triage_app.ui.views.files_tab import FilesTab
from triage_app.ui.views.incidents import IncidentsView


@pytest.fixture
def view(told: Told, desk: Desk, qtbot: QtBot, qapp: QApplication) -> IncidentsView:
    made = in_view(IncidentsView(desk), desk, qtbot, qapp)
    made.show_record("incident", told.ransom)
    settle(desk, qtbot)
    made.page.tabs.go_to("files")
    settle(desk, qtbot)
    return made


@pytest.fixture
def noted(view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot) -> IncidentsView:
    """The page after a line of the log, which is what would be undone next."""
    with qtbot.waitSignal(desk.acted):
        desk.act(lambda session: incidents.note(session, told.ransom, "Backups are clean"))
    settle(desk, qtbot)
    assert view.result.words().startswith("Logged RXX-")
    return view


@pytest.fixture
def attached(noted: IncidentsView, tmp_path: Path, desk: Desk, qtbot: QtBot) -> IncidentsView:
    path = tmp_path / "memory.raw"
    path.write_bytes(b"taken on the ward" * 1000)
    form = dropped(noted.page.files, path)
    form.mine.click()
    form.submit()
    for _ in range(4):
        settle(desk, qtbot)
    return noted


def notes(desk: Desk, told: Told) -> list[str]:
    return [row["text"] for row in lookup.listing(desk.store, "note", "n.about = ?", (told.ransom,))]


def press_u(view: IncidentsView, desk: Desk, qtbot: QtBot) -> None:
    table = view.page.files.table
    view.activateWindow()
    table.setFocus()
    until(qtbot, table.hasFocus)
    QTest.keyClick(table, Qt.Key.Key_U)
    for _ in range(3):
        settle(desk, qtbot)


def files_of(desk: Desk, told: Told) -> list[str]:
    return [one.row["ref"] for one in attachments.listing(desk.store, told.ransom)]


def test_after_a_file_was_attached_u_takes_that_back_and_no_earlier_act(
    attached: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    (ref,) = files_of(desk, told)
    assert attached.result.words() == f"Attached {ref}."
    assert attached.result.offers_undo()
    press_u(attached, desk, qtbot)
    assert files_of(desk, told) == []
    assert "Backups are clean" in notes(desk, told)


def test_after_bytes_were_verified_or_exported_the_line_names_that(
    attached: IncidentsView, told: Told, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    files: FilesTab = attached.page.files
    (one,) = attachments.listing(desk.store, told.ransom)
    files.verify()
    settle(desk, qtbot)
    assert attached.result.words() == f"Verified {one.row['ref']}."
    files.write_archive(str(one.row["id"]), tmp_path / "out.zip", "Sgt Reed")
    until(qtbot, lambda: attached.result.words() == f"Exported {one.row['ref']}.")
    assert attached.result.offers_undo()
    for shown in files.findChildren(Dialog):
        shown.reject()


def test_after_an_undo_the_line_names_what_the_next_one_would_take_back(
    attached: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    press_u(attached, desk, qtbot)
    words = attached.result.words()
    assert words.startswith("Undone: Attached ")
    assert "Before that: Logged RXX-" in words
    assert attached.result.offers_undo()
    press_u(attached, desk, qtbot)
    assert "Backups are clean" not in notes(desk, told)
    assert attached.result.words().startswith("Undone: Logged RXX-")


def test_u_pressed_twice_at_once_takes_back_two_acts(
    attached: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    attached.result.take_back()
    until(qtbot, lambda: files_of(desk, told) == [])
    attached.result.take_back()
    until(qtbot, lambda: "Backups are clean" not in notes(desk, told))
    settle(desk, qtbot)


def test_what_cannot_be_brought_back_is_not_offered_and_u_takes_nothing_else_back(
    attached: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    (one,) = attachments.listing(desk.store, told.ransom)
    desk.act(lambda session: attachments.destroy(session, str(one.row["id"]), "Dr Rao", "Out of scope"))
    settle(desk, qtbot)
    assert attached.result.words() == f"Destroyed the bytes of {one.row['ref']}."
    assert not attached.result.offers_undo()
    press_u(attached, desk, qtbot)
    assert files_of(desk, told) == [one.row["ref"]]
    assert "Backups are clean" in notes(desk, told)


def test_a_line_offers_what_it_names_though_another_act_came_to_the_store_since(
    attached: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    desk.long("", lambda session, _: incidents.note(session, told.ransom, "Written by something else"))
    settle(desk, qtbot)
    press_u(attached, desk, qtbot)
    assert files_of(desk, told) == []
    assert "Written by something else" in notes(desk, told)


def test_the_exchange_no_longer_offers_to_undo_a_settled_conflict_after_another_act(
    told: Told, desk: Desk, qtbot: QtBot, qapp: QApplication
) -> None:
    view = in_view(ExchangeView(desk), desk, qtbot, qapp)
    view._settled = "the act that settled it"
    view.result.say("Settled contained.", "The other value stays in the history.")
    with qtbot.waitSignal(desk.acted):
        desk.act(lambda session: incidents.note(session, told.ransom, "Backups are clean"))
    assert view.result.words().startswith("Logged RXX-")
    assert not view.result.offers_undo()


def test_the_queue_names_a_file_that_was_attached_since_its_own_last_act(
    told: Told, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "memory.raw"
    path.write_bytes(b"taken on the ward")
    with window_on(copied(told.home, tmp_path / "home"), qtbot) as window:
        work, queue = window.workplace, queue_of(window)
        assert work is not None
        QTest.keyClicks(queue.table, "a")
        said(queue, qtbot, "Taken in hand.")
        work.open_record("incident", told.ransom)
        view = work.view("incidents")
        assert isinstance(view, IncidentsView)
        until(qtbot, lambda: bool(work._incident_in_view()))
        form = dropped(view.page.files, path)
        form.mine.click()
        form.submit()
        until(qtbot, lambda: files_of(work.desk, told) != [])
        said(queue, qtbot, "Attached ")
        queue.undo()
        until(qtbot, lambda: files_of(work.desk, told) == [])
