"""Help, Update from a file: what it says of an installed program, of a folder, of a good stick and of a bad one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.fake_releases import edition, public, release
from tests.gui.fixtures_store import copied, wait_unlocked, window_on
from tests.gui.incident_store import dialog
from tests.gui.reaching import nameless, trapped
from triage_app.services import releases, this_start, version_folders
from triage_app.services.editions import Edition
from triage_app.services.version_folders import State
from triage_app.ui.dialogs.update import UpdateDialog
from triage_app.ui.main_window import MainWindow

KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        yield window


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Edition]:
    """The window runs from a folder."""
    found = edition(tmp_path / "folder")
    this_start.begin(found, "")
    yield found
    this_start.begin(None, "")


def asked_for(window: MainWindow, qtbot: QtBot) -> UpdateDialog:
    assert window.workplace is not None
    entry = next(one for one in window.workplace._help if one.text() == "&Update from a file…")
    entry.trigger()
    shown = dialog(UpdateDialog, qtbot)
    assert isinstance(shown, UpdateDialog)
    return shown


def said(shown: UpdateDialog) -> str:
    return shown.said.accessibleName()


def test_an_installed_program_says_who_brings_the_new_version(window: MainWindow, qtbot: QtBot) -> None:
    shown = asked_for(window, qtbot)
    assert "was installed" in said(shown)
    assert not shown.choose.isVisible()
    assert not shown.update_button.isVisible()
    assert nameless(shown) == []
    assert trapped(shown) == []
    shown.reject()


def test_without_a_release_key_it_says_so_before_anything_is_chosen(
    window: MainWindow, here: Edition, qtbot: QtBot
) -> None:
    shown = asked_for(window, qtbot)
    assert "knows no release key yet" in said(shown)
    assert not shown.choose.isVisible()
    shown.reject()


def test_a_good_stick_is_offered_laid_down_and_waits(
    window: MainWindow, here: Edition, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "trusted_keys", lambda: (public(KEY),))
    shown = asked_for(window, qtbot)
    assert shown.choose.hasFocus()
    assert not shown.update_button.isEnabled()
    assert nameless(shown) == []
    assert trapped(shown) == []
    shown.look_at(release(tmp_path, "1.1.0", KEY))
    qtbot.waitUntil(shown.update_button.isEnabled)
    assert "signed version 1.1.0" in said(shown)
    assert shown.facts.values["This version"].text() == "1.0.0"
    assert shown.facts.values["New version"].text() == "1.1.0"
    assert version_folders.read(here.folder) == State(), "nothing is taken before somebody says so"
    QTest.keyClick(shown.update_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "is ready" in said(shown))
    assert version_folders.read(here.folder) == State(waiting="1.1.0")
    assert shown.update_button.text() == "Close Triage"
    with qtbot.waitSignal(shown.quit_wanted):
        shown.update_button.click()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_a_bad_stick_is_refused_in_place_and_another_can_be_chosen(
    window: MainWindow, here: Edition, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "trusted_keys", lambda: (public(KEY),))
    shown = asked_for(window, qtbot)
    shown.look_at(release(tmp_path / "a", "1.1.0", Ed25519PrivateKey.generate()))
    qtbot.waitUntil(lambda: "No release key" in said(shown))
    assert not shown.update_button.isEnabled()
    path = release(tmp_path / "b", "1.1.0", KEY)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    shown.look_at(path)
    qtbot.waitUntil(shown.update_button.isEnabled)
    shown.update_button.click()
    qtbot.waitUntil(lambda: "is not the file that was released" in said(shown))
    assert shown.choose.isEnabled()
    assert version_folders.read(here.folder) == State()
    shown.look_at(release(tmp_path / "c", "1.1.0", KEY))
    qtbot.waitUntil(lambda: "signed version 1.1.0" in said(shown))
    shown.update_button.click()
    shown.reject()
    assert window.workplace is not None
    desk = window.workplace.desk
    qtbot.waitUntil(lambda: not desk.is_reading())
    waiting = version_folders.read(here.folder).waiting
    assert waiting in ("", "1.1.0"), "stopped before the last step, or whole"
    assert not list((here.folder / "versions").glob(f"{version_folders.INCOMING}*"))


def test_a_version_that_was_given_up_is_told_before_and_after_unlocking(
    samples: Path, tmp_path: Path, here: Edition, qtbot: QtBot
) -> None:
    (here.folder / "versions").mkdir()
    version_folders.change(here.folder, lambda _: State(given_up="1.1.0", because=version_folders.DIED))
    with window_on(copied(samples, tmp_path / "home"), qtbot, unlocked=False) as window:
        told = window.unlock_page.problem
        assert told.isVisible()
        assert "Version 1.1.0 was not taken" in told.text()
        window.unlock("correct horse battery")
        wait_unlocked(window, qtbot)
        assert window.workplace is not None
        assert version_folders.read(here.folder) == State()
