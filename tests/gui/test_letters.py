"""Letters in the window: drafted, finished, kept, saved as a file, marked as sent; and what none may say."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from triage_app.services import letters
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.letters import LettersDialog
from triage_app.ui.dialogs.write_letter import WriteLetterDialog
from triage_app.ui.views.victims import VictimsView


@pytest.fixture
def shown(desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication) -> LettersDialog:
    view = in_view(VictimsView(desk), desk, qtbot, qapp)
    view.resize(1220, 820)
    view.show_record("victim", told.person)
    settle(desk, qtbot)
    QTest.keyClick(view.pane.page.table, Qt.Key.Key_W)
    made = dialog(LettersDialog, qtbot)
    settle(desk, qtbot)
    assert isinstance(made, LettersDialog)
    return made


def begin(
    shown: LettersDialog, desk: Desk, qtbot: QtBot, code: str = "advice", language: str = "en"
) -> WriteLetterDialog:
    shown.write()
    form = dialog(WriteLetterDialog, qtbot)
    assert isinstance(form, WriteLetterDialog)
    form.kind.set_key(code)
    form.language.set_key(language)
    settle(desk, qtbot)
    return form


def finish(form: WriteLetterDialog) -> None:
    """Write what is left in the double brackets."""
    text = form.text.toPlainText()
    while "[[" in text:
        start = text.index("[[")
        text = text[:start] + "as agreed" + text[text.index("]]", start) + 2 :]
    form.text.setPlainText(text)


def test_a_letter_is_drafted_finished_kept_saved_and_sent(
    shown: LettersDialog, desk: Desk, told: Told, qtbot: QtBot, tmp_path: Path
) -> None:
    form = begin(shown, desk, qtbot)
    assert "Dear Jo Pryce" in form.text.toPlainText()
    assert "2 still to be written" in form.left.text()
    form.submit()
    qtbot.waitUntil(lambda: form.problem.isVisible())
    assert "2 blanks are left" in form.problem.accessibleName()
    finish(form)
    assert form.left.isHidden()
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    [row] = shown.table.rows()
    assert (row["title"], row["known"], row["sent"]) == ("What you can do after the incident", "Not known", "not sent")
    for ending, magic in ((".docx", b"PK"), (".pdf", b"%PDF"), (".html", b"<!DOCTYPE html>")):
        shown.save_as(tmp_path / f"letter{ending}")
        settle(desk, qtbot)
        assert (tmp_path / f"letter{ending}").read_bytes().startswith(magic)
    assert "not encrypted" in shown.problem.accessibleName()
    with qtbot.waitSignal(desk.acted):
        shown.sent.click()
    settle(desk, qtbot)
    assert shown.table.rows()[0]["sent"].endswith(", post")
    assert not shown.sent.isEnabled()


def test_what_is_known_changes_the_sentence_and_is_recorded_with_its_grounds_in_the_same_act(
    shown: LettersDialog, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = begin(shown, desk, qtbot)
    assert form.because_row.isHidden()
    form.exposure.set_key("may-have-been-seen")
    assert not form.because_row.isHidden()
    said = letters.levels()["may-have-been-seen"].sentence("person", "en")
    assert said in form.text.toPlainText()
    finish(form)
    form.submit()
    qtbot.waitUntil(lambda: form.problem.isVisible())
    assert "needs its grounds" in form.problem.accessibleName()
    QTest.keyClicks(form.because, "A rule forwarded 41 messages")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert shown.table.rows()[0]["known"] == "May have been seen"
    assert shown._exposure == "may-have-been-seen"


def test_a_letter_that_promises_that_data_is_safe_is_not_kept(
    shown: LettersDialog, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = begin(shown, desk, qtbot)
    finish(form)
    form.text.appendPlainText("\nYour data is safe.")
    form.submit()
    qtbot.waitUntil(lambda: form.problem.isVisible())
    assert "No letter can promise this: “Your data is safe.”" in form.problem.accessibleName()
    assert shown.table.rows() == []
    form.reject()


def test_a_draft_in_welsh_says_that_no_translator_read_it_and_words_of_another_draft_come_back(
    shown: LettersDialog, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = begin(shown, desk, qtbot, language="cy")
    assert "Annwyl Jo Pryce" in form.text.toPlainText()
    assert form.welsh.isVisible()
    form.text.appendPlainText("Gair arall")
    form.language.set_key("en")
    settle(desk, qtbot)
    assert "Dear Jo Pryce" in form.text.toPlainText()
    assert not form.welsh.isVisible()
    form.language.set_key("cy")
    settle(desk, qtbot)
    assert form.text.toPlainText().endswith("Gair arall")
    form.reject()
