"""What is held on a person, from the window: a hold refuses erasing, an erasure lists what it did not reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from tests.gui.test_victims import victim, words_in
from triage_app.services import people
from triage_app.store import lookup, personal
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs import person_data
from triage_app.ui.dialogs.person_data import ErasedDialog, PersonDataDialog
from triage_app.ui.dialogs.retention_list import RetentionDialog
from triage_app.ui.views.victims import VictimsView


@pytest.fixture
def view(desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication) -> VictimsView:
    made = in_view(VictimsView(desk), desk, qtbot, qapp)
    made.show_record("victim", told.person)
    settle(desk, qtbot)
    return made


def form_of(view: VictimsView, qtbot: QtBot, what: str) -> PersonDataDialog:
    view.pane.page.card.data.click()
    form = dialog(PersonDataDialog, qtbot)
    assert isinstance(form, PersonDataDialog)
    form.what.set_key(what)
    return form


def test_a_hold_is_shown_and_refuses_erasing_in_place(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    form = form_of(view, qtbot, person_data.HOLD)
    form.because.setText("Inquest")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert view.pane.page.card.hold.isVisible()
    form = form_of(view, qtbot, person_data.ERASE)
    form.submit()
    assert "Erasing is for ever" in form.problem.accessibleName()
    form.sure.setChecked(True)
    form.submit()
    qtbot.waitUntil(lambda: "under legal hold" in form.problem.accessibleName())
    form.reject()
    assert victim(desk, told.person)["contact"] == "jo@example.nhs.uk"


def test_erasing_tells_what_it_could_not_reach(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    form = form_of(view, qtbot, person_data.ERASE)
    form.sure.setChecked(True)
    form.submit()
    told_of = dialog(ErasedDialog, qtbot)
    assert isinstance(told_of, ErasedDialog)
    assert "Backups, until they are aged out" in words_in(told_of)
    told_of.submit()
    settle(desk, qtbot)
    assert victim(desk, told.person)["contact"] == personal.ERASED


def test_what_is_held_is_written_where_the_responder_says(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    form = form_of(view, qtbot, person_data.EXPORT)
    form.submit()
    qtbot.waitUntil(path.exists)
    settle(desk, qtbot)
    assert "jo@example.nhs.uk" in path.read_text(encoding="utf-8")


def test_what_was_shared_is_an_entry_of_its_own(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    form = form_of(view, qtbot, person_data.SHARED)
    form.whom.setText("CSOC")
    form.given.setText("Name and ward")
    form.submit()
    qtbot.waitUntil(lambda: "On what ground" in form.problem.accessibleName())
    form.ground.set_key("agreed")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    (row,) = lookup.listing(desk.store, "disclosure")
    assert (row["whom"], row["what"], row["ground"]) == ("CSOC", "Name and ward", "agreed")
    form = form_of(view, qtbot, person_data.SHARED)
    assert "Name and ward to CSOC (They agreed" in form.shared.text()
    form.reject()


def test_an_organisation_is_neither_exported_nor_erased(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    view.show_record("victim", told.trust)
    settle(desk, qtbot)
    form = form_of(view, qtbot, person_data.HOLD)
    assert form.what.count() == 2
    form.reject()
    assert people.kept(desk.store)


def test_an_erasure_is_not_taken_back_from_the_window(view: VictimsView, desk: Desk, told: Told, qtbot: QtBot) -> None:
    person = str(victim(desk, told.person)["person"])
    desk.act(lambda session: people.erase(session, person)[0])
    settle(desk, qtbot)
    with qtbot.waitSignal(desk.refused) as refused:
        view.result.take_back()
    assert refused.args is not None
    assert "erased cannot be brought back" in str(refused.args[0])
    assert victim(desk, told.person)["contact"] == personal.ERASED


def test_until_when_people_are_kept_is_listed_and_enter_opens_the_victim(
    view: VictimsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    desk.act(lambda session: people.hold(session, told.person, "Inquest"))
    settle(desk, qtbot)
    assert view.pane.retention_command in view.actions()["Victim"]
    view.pane.retention_command.trigger()
    form = dialog(RetentionDialog, qtbot)
    settle(desk, qtbot)
    assert isinstance(form, RetentionDialog)
    row = next(row for row in form.table.rows() if row["id"] == victim(desk, told.person)["person"])
    assert row["victims"] == victim(desk, told.person)["ref"]
    assert row["state"].startswith("Legal hold")
    assert "Nothing is erased by itself" in form.count.text()
    assert form.table.go_to_id(row["id"])
    QTest.keyClick(form.table, Qt.Key.Key_Return)
    settle(desk, qtbot)
    assert view.pane.page.victim_id() == told.person
    view.pane.show_retention()
    form = dialog(RetentionDialog, qtbot)
    assert isinstance(form, RetentionDialog)
    form.which.set_key("due")
    settle(desk, qtbot)
    assert form.table.rows() == []
    form.reject()
