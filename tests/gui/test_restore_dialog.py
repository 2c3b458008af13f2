"""Restoring from the locked window and from the first start, by what a person sees and presses."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, now, press, queue_of, until, wait_unlocked, window_on
from triage_app.paths import Profile
from triage_app.services import backups, incidents, keeping
from triage_app.services import session as sessions
from triage_app.ui.dialogs.restore import RestoreDialog
from triage_app.ui.main_window import MainWindow


@pytest.fixture
def home(samples: Path, tmp_path: Path) -> Path:
    """A store with the sample alerts, two backups of it, and an incident that neither has."""
    folder = copied(samples, tmp_path / "home")
    session = sessions.unlock(Profile(folder), PASSPHRASE, now)
    for kind in (backups.AFTER_SESSION, backups.ASKED):
        backups.make(session.profile, bytes(session.key), now, kind, always=True)
    incidents.open_incident(session, "Later")
    session.close()
    return folder


def dialog_of(window: MainWindow, qtbot: QtBot) -> RestoreDialog:
    window.unlock_page.restore.click() if window.first_run is None else window.first_run.restore.click()
    [dialog] = window.findChildren(RestoreDialog)
    until(qtbot, lambda: bool(dialog.table.rows()) or dialog.show_held.isEnabled())
    return dialog


def test_a_damaged_store_is_set_aside_and_the_newest_backup_opens(home: Path, qtbot: QtBot) -> None:
    store = Profile(home).store
    store.write_bytes(b"\0" * store.stat().st_size)
    with window_on(home, qtbot, unlocked=False) as window:
        dialog = dialog_of(window, qtbot)
        assert [row["holds"].endswith(", locked") for row in dialog.table.rows()] == [True, True]
        assert not dialog.go.isEnabled()
        press(dialog.passphrase, PASSPHRASE)
        press(dialog.passphrase, Qt.Key.Key_Return)
        until(qtbot, lambda: "operations" in str(dialog.table.rows()[0]["holds"]))
        assert dialog.go.text() == "Set the store aside and restore"
        dialog.go.click()
        until(qtbot, lambda: dialog.go.text() == "Open it")
        assert "The store that was here is kept, untouched" in dialog.words.text()
        assert "could not be read" in dialog.words.text()
        dialog.go.click()
        queue = wait_unlocked(window, qtbot)
        assert queue.counts.text()
    [aside] = home.glob("set-aside-*")
    assert not any((aside / "store.db").read_bytes())


def test_the_first_start_can_take_a_backup_from_another_folder(home: Path, tmp_path: Path, qtbot: QtBot) -> None:
    with window_on(tmp_path / "fresh", qtbot, unlocked=False) as window:
        dialog = dialog_of(window, qtbot)
        assert dialog.table.rows() == []
        dialog.look_in(home / "backups")
        until(qtbot, lambda: len(dialog.table.rows()) == 2)
        press(dialog.passphrase, "not the passphrase")
        press(dialog.passphrase, Qt.Key.Key_Return)
        until(qtbot, lambda: dialog.problem.isVisible())
        assert dialog.problem.accessibleName().startswith("None of them opens with this passphrase.")
        dialog.passphrase.clear()
        press(dialog.passphrase, PASSPHRASE)
        press(dialog.passphrase, Qt.Key.Key_Return)
        until(qtbot, lambda: "operations" in str(dialog.table.rows()[0]["holds"]))
        assert dialog.go.text() == "Restore"
        dialog.go.click()
        until(qtbot, lambda: dialog.go.text() == "Open it")
        dialog.go.click()
        wait_unlocked(window, qtbot)
        assert window.first_run is None
        assert queue_of(window).isVisible()


def test_a_wrong_passphrase_at_the_last_moment_changes_nothing(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot, unlocked=False) as window:
        dialog = dialog_of(window, qtbot)
        press(dialog.passphrase, "not the passphrase")
        dialog.go.click()
        until(qtbot, lambda: dialog.problem.isVisible())
        assert dialog.close_button.isEnabled()
        dialog.reject()
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    assert keeping.verify(session)["ok"]
    session.close()
    assert not list(home.glob("set-aside-*"))
