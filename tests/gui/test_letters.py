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
from triage_app.services import letter_checks, victim_record
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
    with qtbot.waitSignal(desk.acted):
        form.submit()  # half of it is kept as a draft
    settle(desk, qtbot)
    assert shown.table.rows()[0]["sent"] == "draft"
    assert not shown.sent.isEnabled()
    assert not shown.keep_as.isEnabled()
    shown.go_on.click()
    again = dialog(WriteLetterDialog, qtbot)
    assert isinstance(again, WriteLetterDialog)
    form = again
    assert "2 still to be written" in form.left.text()
    assert not form.language.isEnabled()
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
    said = letter_checks.levels()["may-have-been-seen"].sentence("person", "en")
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


def test_words_written_by_hand_are_never_thrown_away_without_being_asked(
    shown: LettersDialog, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = begin(shown, desk, qtbot)
    form.text.appendPlainText("In our own words")
    form.language.set_key("cy")
    settle(desk, qtbot)
    finish(form)
    assert [which[1] for which in form.changed()] == ["en", "cy"]
    form.submit()
    assert form.asked is not None
    assert "throw away the others" in form.asked.windowTitle()
    form.asked.reject()
    assert form.isVisible()
    QTest.keyClick(form, Qt.Key.Key_Escape)
    assert form.asked.windowTitle() == "Throw away what you wrote?"
    form.asked.reject()
    assert form.isVisible()
    form.language.set_key("en")
    settle(desk, qtbot)
    assert form.text.toPlainText().endswith("In our own words")
    form.leave()
    with qtbot.waitSignal(form.finished):
        form.asked.accept()
    assert shown.table.rows() == []


def test_a_draft_that_nobody_changed_is_left_without_a_question_whatever_is_known(
    shown: LettersDialog, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = begin(shown, desk, qtbot)
    form.exposure.set_key("may-have-been-seen")
    form.language.set_key("cy")
    settle(desk, qtbot)
    assert form.changed() == []
    with qtbot.waitSignal(form.finished):
        form.leave()
    assert form.asked is None


def test_a_blank_of_a_welsh_letter_is_named_in_the_language_of_the_screen(
    shown: LettersDialog, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = begin(shown, desk, qtbot, language="cy")
    assert "Annwyl" in form.text.toPlainText()
    assert "What happened, in one or two plain sentences" in form.left.text()
    form.reject()


def test_what_the_record_says_of_writing_is_seen_first_and_no_contact_asks_for_a_reason(
    shown: LettersDialog, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    assert shown.heed.isHidden()
    parent = shown.parentWidget()
    assert parent is not None
    shown.reject()
    with qtbot.waitSignal(desk.acted):
        desk.act(
            lambda session: victim_record.set_many(
                session, told.person, {"channel": "no-contact", "flags": "under-18", "formats": "braille"}
            )
        )
    settle(desk, qtbot)
    again = LettersDialog(desk, told.person, "V1", parent)
    again.open()
    settle(desk, qtbot)
    said = again.heed.accessibleName()
    assert said.startswith("Wishes no contact. Under 18.")
    assert "raille" not in said
    form = begin(again, desk, qtbot)
    assert form.heed.accessibleName() == said
    finish(form)
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    again.sent.click()
    qtbot.waitUntil(lambda: again.problem.isVisible())
    assert "The record says: Wishes no contact." in again.problem.accessibleName()
    QTest.keyClicks(again.because, "Her advocate asked for it")
    with qtbot.waitSignal(desk.acted):
        again.sent.click()
    settle(desk, qtbot)
    assert again.table.rows()[0]["sent"].endswith(", post")
    again.reject()
