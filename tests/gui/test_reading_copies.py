"""Yesterday's store in a window of its own: plainly marked, only read, and nothing is written anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, now, press, until, wait_unlocked, window_on
from triage_app.app import build
from triage_app.paths import Profile
from triage_app.services import backups, incidents
from triage_app.services import session as sessions
from triage_app.ui.dialogs import backups as dialog_module
from triage_app.ui.dialogs.backups import BackupsDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.home import HomeView
from triage_app.ui.workplace_menus import PLACES


@pytest.fixture
def home(samples: Path, tmp_path: Path) -> Path:
    """A store with the sample alerts and an incident, a backup of it, and an incident that the backup lacks."""
    folder = copied(samples, tmp_path / "home")
    session = sessions.unlock(Profile(folder), PASSPHRASE, now)
    incidents.open_incident(session, "Yesterday")
    backups.make(session.profile, bytes(session.key), now, backups.ASKED, always=True)
    incidents.open_incident(session, "Today")
    session.close()
    return folder


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def copy_window(home: Path, qtbot: QtBot, *, passphrase: str = PASSPHRASE) -> Iterator[MainWindow]:
    [copy] = backups.found_in(Profile(home).backups)
    window = build(Profile(home), now, passphrase=passphrase, copy=copy)
    faults: list[BaseException] = []
    window.faulted.connect(faults.append)
    window.resize(1440, 900)
    window.show()
    try:
        if passphrase:
            wait_unlocked(window, qtbot)
        yield window
    finally:
        window.close()
        window.deleteLater()
        assert faults == []


def test_a_backup_is_shown_as_it_was_and_says_that_it_is_one(home: Path, qtbot: QtBot) -> None:
    with copy_window(home, qtbot) as window:
        assert window.windowTitle().startswith("Backup of Sun 22 Nov 2026 03:12 GMT, opened to be read.")
        assert window.workplace is not None
        banner = window.workplace._banner
        assert banner.isVisible()
        assert banner.accessibleName().startswith("Backup of Sun 22 Nov 2026 03:12 GMT, opened to be read.")
        assert "Not the live store" in banner.accessibleName()
        assert window.workplace.status_text() == "A backup, only read. Nothing is written anywhere."
        assert window.desk is not None
        assert [row[0] for row in window.desk.store.rows("SELECT title FROM incident")] == ["Yesterday"]


def test_its_clock_stands_and_its_policies_and_copies_are_those_of_the_profile(home: Path, qtbot: QtBot) -> None:
    at = backups.found_in(Profile(home).backups)[0].at
    with copy_window(home, qtbot) as window:
        assert window.workplace is not None
        assert window.desk is not None
        assert round(window.desk.now().timestamp() * 1000) == at
        window.workplace.go_to("home")
        shown = cast(HomeView, window.workplace.view("home")).copy
        until(qtbot, lambda: shown.newest.what.text() == "Newest backup: 0 m old")
        assert shown.newest.link.text() == shown.elsewhere.link.text() == ""


def test_its_locked_page_names_the_backup_and_offers_nothing_of_the_store(home: Path, qtbot: QtBot) -> None:
    with copy_window(home, qtbot, passphrase="") as window:
        page = window.unlock_page
        assert "Backup of Sun 22 Nov 2026" in page.words.text()
        assert not page.other.isVisible()
        assert not page.restore.isVisible()
        press(page.passphrase, "not the passphrase")
        press(page.passphrase, Qt.Key.Key_Return)
        until(qtbot, lambda: page.problem.isVisible())
        page.passphrase.clear()
        press(page.passphrase, PASSPHRASE)
        press(page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)
        window.lock()
        until(qtbot, lambda: page.button.isEnabled())
        assert not page.restore.isVisible()


def test_nothing_is_written_anywhere_while_every_place_is_looked_at(home: Path, qtbot: QtBot) -> None:
    before = content(home)
    with copy_window(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        until(qtbot, lambda: len(work.views) == len(PLACES))
        for key in PLACES:
            work.go_to(key)
            until(qtbot, lambda: not window.desk.lane.is_busy() if window.desk else True)
        work._choose("theme", "dark")
        work._choose("theme", "light")
        work.leave()
    assert content(home) == before


def test_an_act_is_refused_with_a_sentence_and_those_of_the_menu_are_off(home: Path, qtbot: QtBot) -> None:
    with copy_window(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        assert window.desk is not None
        window.desk.act(lambda session: incidents.open_incident(session, "Never"))
        until(qtbot, lambda: "This is a backup, opened to be read." in work.status_text())
        off = [action.text() for action in (*work._file, *work._edit, *work._telephone) if not action.isEnabled()]
        assert "&Import…" in off
        assert "&Undo" in off
        assert "&New incident…" in off
        assert "&Lock" not in off
        for button in (work.queue.import_button, work.queue.new_alert_button, work.view("home").import_button):  # type: ignore[attr-defined]
            assert not button.isEnabled()
        imports = work.view("imports")
        assert not imports.new.isEnabled()  # type: ignore[attr-defined]
        assert not imports.watch.isEnabled()  # type: ignore[attr-defined]
        assert window.desk.store.value("SELECT count(*) FROM incident") == 1


def test_the_live_window_lists_the_backups_and_opens_one_in_a_process_of_its_own(
    home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(dialog_module, "start", lambda command: started.append(list(command)))
    with window_on(home, qtbot) as window:
        assert window.workplace is not None
        window.workplace.show_backups()
        [dialog] = window.findChildren(BackupsDialog)
        until(qtbot, lambda: len(dialog.table.rows()) == 1)
        assert str(dialog.table.rows()[0]["holds"]).startswith("Incidents 1, ")
        dialog.read.click()
    [command] = started
    assert command[-4:-1] == ["--home", str(home), "--as-of"]
    assert Path(command[-1]).is_file()
