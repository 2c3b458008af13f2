"""The place of the directory over a real store: brought, searched, rung with one press, printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, until, window_on
from tests.gui.incident_store import Told, dialog
from triage_app.services import calls, directory
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.call import CallDialog
from triage_app.ui.dialogs.directory import BringDirectoryDialog
from triage_app.ui.views.directory import DirectoryView
from triage_app.ui.views.incident_reading import incident
from triage_app.ui.views.incidents import IncidentsView

TABLE = (
    b"Role,Name,Organisation,Phone,OOH,From,To,Notes\n"
    b'SIRO,Sian Pryce,Northmoor,0300 555 0101,,,,"ring, do not mail"\n'
    b"EPRR on call,Jo Bell,Northmoor,0300 555 0102,07700 900123,2026-11-21 20:00,2026-11-22 08:00,\n"
    b"EPRR on call,Al Dunn,Northmoor,0300 555 0103,,2026-11-22 08:00,2026-11-22 20:00,\n"
    b"Supplier,Desk,PACS Ltd,0300 555 0104,,,,\n"
)


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> DirectoryView:
    return in_view(DirectoryView(desk), desk, qtbot, qapp)


@pytest.fixture
def brought(view: DirectoryView, desk: Desk, qtbot: QtBot) -> DirectoryView:
    desk.act(lambda session: directory.bring(session, TABLE, name="contacts.csv")[0])
    until(qtbot, lambda: "4 entries" in view.summary.text())
    view.table.go_to_row(0)
    return view


def roles(view: DirectoryView) -> list[str]:
    """Return the roles shown, in order."""
    return [str(getattr(row["role"], "text", row["role"])) for row in view.table.rows()]


def test_without_a_directory_the_national_numbers_stand_and_say_when_they_were_checked(view: DirectoryView) -> None:
    assert view.summary.text() == "The national numbers alone"
    rows = {row["id"]: row for row in view.table.rows()}
    assert rows["contact:csoc"]["phone"] == "0300 303 5222"
    assert rows["contact:wales-cru"]["phone"] == "none known here"
    assert all(str(row["turn"]).startswith("checked ") for row in rows.values())


def test_a_table_is_looked_at_its_columns_chosen_and_brought(
    view: DirectoryView, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(TABLE + b"Odd,X,Y,1,,soon,,\n")
    view.look_at(path)
    made = dialog(BringDirectoryDialog, qtbot)
    assert isinstance(made, BringDirectoryDialog)
    until(qtbot, lambda: made.says.text() == "4 entries.")
    assert "line 6: “soon” is no time" in made.left_out.text()
    assert made.columns["out_of_hours"].key() == "OOH"
    made.columns["notes"].set_key("")
    until(qtbot, lambda: "Columns not taken: Notes." in made.left_out.text())
    made.as_of.setText("2035-01-01")
    made.submit()
    until(qtbot, lambda: made.problem.isVisible())
    made.as_of.setText("2026-06-01")
    made.submit()
    until(qtbot, lambda: view.summary.text().startswith("As of 1 Jun 2026, brought by Sam Okafor; 4 entries"))
    until(qtbot, lambda: view.old.isVisible())
    assert "174 days old" in view.old.accessibleName() or view._read.warning.startswith("This directory is 174 days")
    desk.undo()
    until(qtbot, lambda: view.summary.text() == "The national numbers alone")


def test_dates_that_read_two_ways_are_asked(view: DirectoryView, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "rota.csv"
    path.write_text("role,name,from\nOn call,A,03/04/2026 08:00\n", encoding="utf-8")
    view.look_at(path)
    made = dialog(BringDirectoryDialog, qtbot)
    assert isinstance(made, BringDirectoryDialog)
    until(qtbot, lambda: "two ways: 03 Apr 2026, or 04 Mar 2026" in made.says.text())
    assert not made.save.isEnabled()
    made.order.set_key("day-first")
    until(qtbot, lambda: made.save.isEnabled())
    made.reject()


def test_who_is_on_call_now_stands_first_and_search_narrows(brought: DirectoryView, qtbot: QtBot) -> None:
    assert roles(brought)[:4] == ["EPRR on call", "EPRR on call", "SIRO", "Supplier"]
    first = brought.table.rows()[0]
    assert str(first["turn"]) == "now, until 08:00 GMT"
    brought.shown.set_key("now")
    assert [row["name"] for row in brought.table.rows()] == ["Jo Bell"]
    brought.shown.set_key("all")
    brought.search.setText("03005550104")
    assert roles(brought) == ["Supplier"]
    brought.search.setText("5222")
    assert [row["id"] for row in brought.table.rows()] == ["contact:csoc"]


def test_one_press_logs_a_call_and_three_are_counted(
    brought: DirectoryView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    brought.set_about(f"incident:{told.ransom}")
    brought.table.setFocus()
    for key, count in ((Qt.Key.Key_N, 1), (Qt.Key.Key_L, 2), (Qt.Key.Key_S, 3)):
        QTest.keyClick(brought.table, key)
        until(qtbot, lambda count=count: brought.table.rows()[0]["tried"] == f"{count}, last 03:12 GMT")  # type: ignore[misc]
    found = calls.listing(desk.store, told.ransom)
    assert {row["outcome"] for row in found} == {"rang, no answer", "left message", "spoke"}
    assert {row["callee"] for row in found} == {"Jo Bell"}
    read = incident(desk.store, told.ransom)
    assert read is not None
    assert "EPRR on call, Jo Bell: spoke" in [event.what for event in read.events]
    desk.undo()
    until(qtbot, lambda: str(brought.table.rows()[0]["tried"]).startswith("2, "))


def test_a_call_with_a_note_to_somebody_else_and_one_put_right(
    brought: DirectoryView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    brought.table.setFocus()
    QTest.keyClicks(brought.table, "o")
    made = dialog(CallDialog, qtbot)
    assert isinstance(made, CallDialog)
    assert made.fields["callee"].text() == "Jo Bell"
    made.fields["callee"].setText("Switchboard")
    made.note.setPlainText("rings back at six")
    made.about.set_key(f"victim:{told.trust}")
    made.submit()
    until(qtbot, lambda: len(brought._read.calls) == 1)
    brought.shown.set_key("calls")
    (row,) = brought.calls.rows()
    assert (row["whom"], row["note"]) == ("EPRR on call, Switchboard", "rings back at six")
    assert "-V0001" in str(row["of"])
    brought.calls.opened.emit(row["id"])
    again = dialog(CallDialog, qtbot)
    assert isinstance(again, CallDialog)
    again.outcome.set_key("wrong number")
    again.submit()
    until(qtbot, lambda: brought.calls.rows()[0]["outcome"] == "wrong number")


PRINTED = [("d.pdf", b"%PDF"), ("d.html", b"<!doctype"), ("d.txt", b"Directory as of")]


@pytest.mark.parametrize(("name", "begins"), PRINTED)
def test_it_is_printed_to_a_file(
    brought: DirectoryView, qtbot: QtBot, tmp_path: Path, name: str, begins: bytes
) -> None:
    brought.print_to(tmp_path / name)
    until(qtbot, lambda: (tmp_path / name).exists())
    until(qtbot, lambda: name in brought.result.words())
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_low_and_narrow_window_keeps_rows_numbers_and_buttons(brought: DirectoryView, qtbot: QtBot) -> None:
    brought.resize(620, 310)
    QApplication.processEvents()
    QTest.qWait(30)
    assert brought.minimumSizeHint().width() <= 620
    assert brought.table.viewport().height() >= 36
    assert not brought.table.isColumnHidden(3), "the number stays"
    assert brought.buttons["spoke"].isVisible()


def test_ctrl_d_from_an_incident_opens_the_directory_about_it(told: Told, tmp_path: Path, qtbot: QtBot) -> None:
    import shutil

    home = tmp_path / "home"
    shutil.copytree(told.home, home)
    with window_on(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        work.open_record("incident", told.ransom)
        incidents = work.view("incidents")
        assert isinstance(incidents, IncidentsView)
        until(qtbot, lambda: incidents.page.incident_id() == told.ransom)
        work.ring_somebody()
        place = work.view("directory")
        assert isinstance(place, DirectoryView)
        until(qtbot, lambda: place.about.key() == f"incident:{told.ransom}")
        assert work.place() == "directory"
        work.go_to("queue")
        work.ring_somebody()
        assert place.about.key() == ""
