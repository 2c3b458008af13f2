"""Forms hold nothing up: one goes on working beside them, and each keeps to the record that it was opened on."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import triage_app.ui.dialogs as dialogs
from tests.gui.fixtures_store import copied, press, said, until, window_on
from triage_app.services import incidents
from triage_app.store import lookup
from triage_app.ui.dialogs.log_line import LogLineDialog
from triage_app.ui.dialogs.new_incident import NewIncidentDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.messages import Dialog, ask_dialog
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.workplace import Workplace

HOLD_UP = {
    "AddResponder", "AuditorCopy", "CertifyDialog", "ChangePassphrase", "DestroyDialog", "ErasedDialog", "ExportDialog",
    "ExportKeyDialog", "ImportKeyDialog", "MakeKeyDialog", "MergeDialog", "PaperDialog", "PersonDataDialog", "ReKey",
    "RestoreDialog", "RevokeDialog", "StopTrustingDialog", "TakeBackDialog", "TrustDialog", "WhoCanUnlock",
    "_PassphraseForm", "_SlowForm",
}  # fmt: skip
"""What destroys, lets out, or cannot be taken back. Whoever adds one says in ADR 30 why."""


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as opened:
        opened.activateWindow()
        until(qtbot, opened.isActiveWindow)
        yield opened


@pytest.fixture
def work(window: MainWindow) -> Workplace:
    assert window.workplace is not None
    return window.workplace


def open_ones(kind: type[Dialog]) -> list[Dialog]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]


def test_only_what_destroys_or_cannot_be_taken_back_holds_the_window_up() -> None:
    found = set()
    for path in Path(dialogs.__path__[0]).glob("*.py"):
        module = importlib.import_module(f"triage_app.ui.dialogs.{path.stem}")
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Dialog) and kind.__module__ == module.__name__ and kind.holds_up:
                found.add(name)
    assert found == HOLD_UP


def test_alerts_are_decided_beside_an_open_form_that_keeps_what_was_typed(work: Workplace, qtbot: QtBot) -> None:
    work.new_incident()
    (form,) = open_ones(NewIncidentDialog)
    assert not form.isModal()
    assert isinstance(form, NewIncidentDialog)
    form.title.setText("Theatres down")
    work.queue.table.setFocus()
    press(work.queue.table, "p")
    said(work.queue, qtbot, "Promoted")
    work.queue.undo()
    said(work.queue, qtbot, "Undone: Promoted")
    assert form.isVisible()
    assert form.title.text() == "Theatres down"
    form.submit()
    until(qtbot, lambda: "Theatres down" in [row["title"] for row in lookup.listing(work.desk.store, "incident")])


def test_the_same_form_about_the_same_thing_opens_once(work: Workplace, qtbot: QtBot) -> None:
    work.new_incident()
    (form,) = open_ones(NewIncidentDialog)
    assert isinstance(form, NewIncidentDialog)
    form.title.setText("Theatres down")
    work.new_incident()
    assert open_ones(NewIncidentDialog) == [form]
    form.title.setText("")
    form.reject()


def test_a_form_keeps_to_the_incident_it_was_opened_on_and_names_it(work: Workplace, qtbot: QtBot) -> None:
    made: list[str] = []
    for title in ("First", "Second"):
        work.desk.act(lambda session, title=title: incidents.open_incident(session, title),  # type: ignore[misc]
                      lambda changes: made.append(changes.id))  # fmt: skip
    until(qtbot, lambda: len(made) == 2)
    refs = {row["id"]: row["ref"] for row in lookup.listing(work.desk.store, "incident")}
    view = work.view("incidents")
    assert isinstance(view, IncidentsView)
    work.open_record("incident", made[0])
    until(qtbot, lambda: view.page.incident_id() == made[0])
    view.page.log.add_line()
    (form,) = open_ones(LogLineDialog)
    assert isinstance(form, LogLineDialog)
    assert refs[made[0]] in form.windowTitle()
    work.open_record("incident", made[1])
    until(qtbot, lambda: view.page.incident_id() == made[1])
    view.page.log.add_line()
    assert len(open_ones(LogLineDialog)) == 2  # each about its own incident
    form.words.setPlainText("The ward rang")
    form.submit()
    until(qtbot, lambda: bool(lookup.listing(work.desk.store, "note")))
    (line,) = lookup.listing(work.desk.store, "note")
    assert line["about"] == made[0]
    for other in open_ones(LogLineDialog):
        other.reject()


def test_a_lock_keeps_the_words_of_every_open_form(window: MainWindow, work: Workplace, qtbot: QtBot) -> None:
    work.new_incident()
    work.new_alert()
    (form,) = open_ones(NewIncidentDialog)
    press(form.title, "Theatres down")  # type: ignore[attr-defined]
    window.lock()
    assert open_ones(Dialog) == []
    until(qtbot, lambda: window.desk is None and window.unlock_page.button.isEnabled())


def test_a_question_still_waits_for_its_answer(work: Workplace) -> None:
    question = ask_dialog(work, "Destroy it?", "Destroy it", dangerous=True)
    assert question.isModal()
    question.deleteLater()
