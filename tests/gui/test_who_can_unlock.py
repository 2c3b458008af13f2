"""Who can unlock a laptop, in the window: the list and its changes, papers, the envelope, and what Home says of it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, empty_store, now, press, until, wait_unlocked, window_on
from triage_app.errors import TriageError
from triage_app.formats.key_slots import BREAK_GLASS, RECOVERY
from triage_app.paths import Profile
from triage_app.services import drafts, openings, slots
from triage_app.services import session as sessions
from triage_app.services.papers import Paper
from triage_app.ui.dialogs.paper_page import PaperDialog
from triage_app.ui.dialogs.slot_forms import AddResponder, ChangePassphrase, ReKey
from triage_app.ui.dialogs.who_can_unlock import WhoCanUnlock
from triage_app.ui.main_window import MainWindow
from triage_app.ui.messages import Dialog
from triage_app.ui.views.home import HomeView

W = TypeVar("W", bound=QWidget)
BEN = "the heron wades at noon"


def shown(kind: type[W]) -> W:
    """The newest window of a kind that is in view."""
    return next(one for one in reversed(QApplication.topLevelWidgets()) if isinstance(one, kind) and one.isVisible())


def in_view(kind: type[QDialog]) -> list[QDialog]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]


def opened(window: MainWindow, qtbot: QtBot) -> WhoCanUnlock:
    assert window.workplace is not None
    window.workplace.who_can_unlock()
    dialog = shown(WhoCanUnlock)
    until(qtbot, lambda: bool(dialog.table.rows()))
    return dialog


def agree(qtbot: QtBot, but: QDialog) -> None:
    """Press the button that does what is asked, in the question that is open."""
    question = next(
        one for one in QApplication.topLevelWidgets()
        if type(one) is Dialog and one.isVisible() and one is not but
    )  # fmt: skip
    question.accept()


def test_a_responder_is_added_and_unlocks_under_their_own_name(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    with window_on(profile.home, qtbot) as window:
        dialog = opened(window, qtbot)
        assert [row["kind"] for row in dialog.table.rows()] == ["Responder", "Recovery key"]
        dialog.add.click()
        form = shown(AddResponder)
        press(form.name, "Ben Okafor")
        press(form.first, BEN)
        press(form.second, "something else")
        form.save.click()
        assert "differ" in form.problem.accessibleName()
        form.second.setText(BEN)
        form.save.click()
        until(qtbot, lambda: len(dialog.table.rows()) == 3)
        assert "Ben Okafor" in {row["name"] for row in dialog.table.rows()}
        dialog.reject()
        window.lock()
        until(qtbot, lambda: window.unlock_page.button.isEnabled())
        press(window.unlock_page.passphrase, BEN)
        press(window.unlock_page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)
        assert window.desk is not None
        assert window.desk.responder_name == "Ben Okafor"


def test_a_responder_is_removed_after_a_question_and_the_last_one_stays(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    session = sessions.unlock(profile, PASSPHRASE, now)
    slots.add_responder(session, "Ben Okafor", BEN)
    session.close()
    with window_on(profile.home, qtbot) as window:
        dialog = opened(window, qtbot)
        ben = next(row["id"] for row in dialog.table.rows() if row["name"] == "Ben Okafor")
        dialog.table.go_to_row([row["id"] for row in dialog.table.rows()].index(ben))
        dialog.remove.click()
        agree(qtbot, dialog)
        until(qtbot, lambda: len(dialog.table.rows()) == 2)
        dialog.table.go_to_row(0)
        dialog.remove.click()
        agree(qtbot, dialog)
        until(qtbot, lambda: dialog.problem.isVisible())
        assert "last who can unlock" in dialog.problem.accessibleName()
        dialog.reject()
    with pytest.raises(TriageError):
        sessions.unlock(profile, BEN, now, read_only=True)


def test_a_passphrase_typed_in_a_form_is_no_draft(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    with window_on(profile.home, qtbot) as window:
        dialog = opened(window, qtbot)
        dialog.change.click()
        form = shown(ChangePassphrase)
        press(form.first, "never to be kept as words")
        assert form.typed() == ""
        window.lock()
        until(qtbot, lambda: window.unlock_page.button.isEnabled())
    session = sessions.unlock(profile, PASSPHRASE, now, read_only=True)
    assert drafts.waiting(session.store) == []
    session.close()


def test_a_passphrase_is_changed_only_by_somebody_who_knows_the_old_one(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    with window_on(profile.home, qtbot) as window:
        dialog = opened(window, qtbot)
        dialog.change.click()
        form = shown(ChangePassphrase)
        assert form.first.accessibleName() == "New passphrase"
        form.old.setText("what a passer-by guesses")
        for field in (form.first, form.second):
            field.setText("seven quiet lanterns")
        form.save.click()
        until(qtbot, lambda: form.problem.isVisible())
        assert "not the passphrase that you unlock with" in form.problem.accessibleName()
        form.old.setText(PASSPHRASE)
        form.save.click()
        until(qtbot, lambda: not in_view(ChangePassphrase))
        dialog.reject()
    sessions.unlock(profile, "seven quiet lanterns", now, read_only=True).close()


def test_a_paper_is_shown_once_and_closes_only_when_somebody_has_it(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    with window_on(profile.home, qtbot) as window:
        dialog = opened(window, qtbot)
        dialog.envelope.click()
        agree(qtbot, dialog)
        until(qtbot, lambda: bool(in_view(PaperDialog)))
        page = shown(PaperDialog)
        printed = page.key.text()
        assert page.windowTitle() == "Sealed envelope: break glass to open"
        press(page, Qt.Key.Key_Escape)
        assert page.isVisible()
        assert not page.close_button.isEnabled()
        page.save_page(tmp_path / "page.txt")
        page.save_page(tmp_path / "page.pdf")
        page.have_it.setChecked(True)
        page.close_button.click()
        until(qtbot, lambda: len(dialog.table.rows()) == 3)
        dialog.reject()
    text = (tmp_path / "page.txt").read_text()
    assert text.startswith("SEALED ENVELOPE")
    assert printed.splitlines()[0] in text
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    openings.break_glass(
        profile, text, by="Dai", because="night", passphrase=BEN, now=now, cost=sessions.DEMONSTRATION_COST
    ).close()


def envelope_of(profile: Profile) -> Paper:
    session = sessions.unlock(profile, PASSPHRASE, now)
    _, paper = slots.new_paper(session, BREAK_GLASS)
    session.close()
    return paper


def test_the_envelope_asks_who_and_why_and_home_tells_until_a_new_one_is_made(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    with window_on(profile.home, qtbot, unlocked=False) as window:
        assert not window.unlock_page.envelope.isVisible(), "there is none"
    paper = envelope_of(profile)
    with window_on(profile.home, qtbot, unlocked=False) as window:
        page = window.unlock_page
        assert page.envelope.isVisible()
        page.envelope.click()
        press(page.recovery, paper.key)
        press(page.fresh, BEN)
        press(page.again, BEN)
        page.button.click()
        until(qtbot, lambda: page.problem.isVisible())
        assert "says who they are and why" in page.problem.text()
        press(page.by, "Dai Morgan")
        press(page.because, "nobody can be reached")
        page.button.click()
        wait_unlocked(window, qtbot)
        assert window.desk is not None
        assert window.workplace is not None
        assert window.desk.responder_name == "Dai Morgan (by the sealed envelope)"
        window.workplace.go_to("home")
        home = window.workplace.view("home")
        assert isinstance(home, HomeView)
        until(qtbot, lambda: home.notices.isVisible())
        told = "The envelope was opened on 22 Nov 2026 03:12 GMT by Dai Morgan (nobody can be reached): make a new one."
        assert home.notices.accessibleName() == told
        home.notices.acted.emit()
        dialog = shown(WhoCanUnlock)
        until(qtbot, lambda: dialog.notices.isVisible())
        dialog.envelope.click()
        agree(qtbot, dialog)
        until(qtbot, lambda: bool(in_view(PaperDialog)))
        shown(PaperDialog).have_it.setChecked(True)
        shown(PaperDialog).close_button.click()
        dialog.reject()
        until(qtbot, lambda: not home.notices.isVisible())


def test_who_unlocks_after_the_recovery_key_was_used_is_told(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    session = sessions.unlock(profile, PASSPHRASE, now)
    _, paper = slots.new_paper(session, RECOVERY)
    session.close()
    openings.recover(profile, paper.key, BEN, now, cost=sessions.DEMONSTRATION_COST).close()
    with window_on(profile.home, qtbot, unlocked=False) as window:
        press(window.unlock_page.passphrase, BEN)
        press(window.unlock_page.passphrase, Qt.Key.Key_Return)
        until(qtbot, lambda: window.workplace is not None)
        assert window.workplace is not None
        assert window.workplace.status_text().startswith("The recovery key was used on 22 Nov 2026 03:12 GMT by Sam")
        wait_unlocked(window, qtbot)


def test_where_two_can_unlock_the_recovery_asks_whose_passphrase_is_lost(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    session = sessions.unlock(profile, PASSPHRASE, now)
    slots.add_responder(session, "Ben Okafor", BEN)
    _, paper = slots.new_paper(session, RECOVERY)
    session.close()
    with window_on(profile.home, qtbot, unlocked=False) as window:
        page = window.unlock_page
        page.other.click()
        assert page.responder.isVisible()
        page.responder.set_key("Ben Okafor")
        press(page.recovery, paper.key)
        press(page.fresh, "Ben's new one for nights")
        press(page.again, "Ben's new one for nights")
        page.button.click()
        wait_unlocked(window, qtbot)
        assert window.desk is not None
        assert window.desk.responder_name == "Ben Okafor"
    sessions.unlock(profile, PASSPHRASE, now, read_only=True).close()


def test_the_data_gets_another_key_and_the_store_is_locked_with_the_new_paper_in_view(
    tmp_path: Path, qtbot: QtBot
) -> None:
    profile = empty_store(tmp_path / "home")
    before = sessions.data_key(profile, PASSPHRASE)
    session = sessions.unlock(profile, PASSPHRASE, now)
    slots.add_responder(session, "Ben Okafor", BEN)
    session.close()
    with window_on(profile.home, qtbot) as window:
        assert window.workplace is not None
        window.workplace.go_to("home")
        dialog = opened(window, qtbot)
        dialog.another.click()
        form = shown(ReKey)
        words = " ".join(label.text() for label in form.findChildren(QLabel))
        assert "added anew: Ben Okafor." in words
        assert "Backups made before still open" in words
        press(form.passphrase, "not mine at all")
        form.save.click()
        page = window.unlock_page
        until(qtbot, lambda: form.problem.isVisible())
        assert "not the passphrase of Sam Okafor" in form.problem.accessibleName()
        form.passphrase.clear()
        press(form.passphrase, PASSPHRASE)
        shown(ReKey).save.click()
        until(qtbot, lambda: bool(in_view(PaperDialog)))
        assert page.isVisible()
        assert page.button.isEnabled()
        shown(PaperDialog).have_it.setChecked(True)
        shown(PaperDialog).close_button.click()
        press(page.passphrase, PASSPHRASE)
        press(page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)
        dialog = opened(window, qtbot)
        assert [row["kind"] for row in dialog.table.rows()] == ["Responder", "Recovery key"]
        dialog.reject()
    assert sessions.data_key(profile, PASSPHRASE) != before
