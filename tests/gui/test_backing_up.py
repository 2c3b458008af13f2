"""Backups by themselves in the window: at its end, at a lock, and how they stand on Home."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, now, press, until, wait_unlocked
from triage_app.app import build
from triage_app.paths import Profile
from triage_app.services import backups, incidents
from triage_app.store import lock
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.home import HomeView
from triage_app.ui.views.home_backups import HomeBackups
from triage_app.ui.workplace import Workplace


@pytest.fixture
def home(samples: Path, tmp_path: Path) -> Path:
    return copied(samples, tmp_path / "home")


@contextmanager
def keeping_window(home: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The real window as the program opens it: it makes backups by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workplace, "_build_next", Workplace.index)
        window = build(Profile(home), now, passphrase=PASSPHRASE, backs_up=True)
        faults: list[BaseException] = []
        window.faulted.connect(faults.append)
        window.resize(1440, 900)
        window.show()
        try:
            wait_unlocked(window, qtbot)
            yield window
        finally:
            window.end()
            window.deleteLater()
            assert faults == []


def made(home: Path) -> list[str]:
    return [one.kind for one in backups.found_in(Profile(home).backups)]


def decide(window: MainWindow, qtbot: QtBot, title: str = "Loader") -> None:
    assert window.desk is not None
    done: list[object] = []
    window.desk.act(lambda session: incidents.open_incident(session, title), done.append)
    until(qtbot, lambda: bool(done))


def backups_on_home(window: MainWindow, qtbot: QtBot) -> HomeBackups:
    assert window.workplace is not None
    window.workplace.go_to("home")
    shown = cast(HomeView, window.workplace.view("home")).copy
    until(qtbot, lambda: bool(shown.elsewhere.what.text()))
    return shown


def test_closing_the_window_makes_a_backup_and_then_closes(home: Path, qtbot: QtBot) -> None:
    with keeping_window(home, qtbot) as window:
        decide(window, qtbot)
        window.close()
        assert window.isVisible()
        assert window.workplace is None  # nothing of the store is in view meanwhile
        until(qtbot, lambda: not window.isVisible())
    assert made(home) == [backups.AFTER_SESSION]
    lock.take(Profile(home)).release()


def test_a_session_that_changed_nothing_makes_no_second_backup(home: Path, qtbot: QtBot) -> None:
    for _ in range(2):
        with keeping_window(home, qtbot) as window:
            window.close()
            until(qtbot, lambda: not window.isVisible())
    assert len(made(home)) == 1


def test_locking_makes_a_backup_and_the_store_opens_again(home: Path, qtbot: QtBot) -> None:
    with keeping_window(home, qtbot) as window:
        decide(window, qtbot)
        window.lock()
        assert window.workplace is None
        until(qtbot, lambda: made(home) == [backups.AFTER_SESSION])
        press(window.unlock_page.passphrase, PASSPHRASE)
        press(window.unlock_page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)


def test_who_wants_to_get_back_in_does_not_wait_for_the_backup(home: Path, qtbot: QtBot) -> None:
    with keeping_window(home, qtbot) as window:
        decide(window, qtbot)
        window.lock()
        press(window.unlock_page.passphrase, PASSPHRASE)
        press(window.unlock_page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)
        assert backups.status(Profile(home)).what == ""  # stopped in passing, or done: neither is a failure


def test_a_backup_that_is_stopped_by_unlocking_is_no_failure_and_is_made_at_the_next_lock(
    home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeping_window(home, qtbot) as window:
        decide(window, qtbot)
        assert window.desk is not None
        backing_up = window.desk.backing_up
        assert backing_up is not None
        look, begun = backing_up._lane._look, threading.Event()

        def slow(written: int, expected: int) -> None:
            begun.set()
            for _ in range(400):  # until it is stopped
                look(written, expected)
                threading.Event().wait(0.02)

        monkeypatch.setattr(backing_up._lane, "_look", slow)
        monkeypatch.setattr("triage_app.store.backup._STEPS", 100)
        window.lock()
        until(qtbot, begun.is_set)
        press(window.unlock_page.passphrase, PASSPHRASE)
        press(window.unlock_page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)
        assert made(home) == []
        assert backups.status(Profile(home)).what == ""
        window.close()
        until(qtbot, lambda: not window.isVisible())
    assert made(home) == [backups.AFTER_SESSION]


def test_a_long_backup_at_the_end_says_how_far_it_is_and_need_not_be_waited_for(
    home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeping_window(home, qtbot) as window:
        decide(window, qtbot)
        assert window.desk is not None
        backing_up = window.desk.backing_up
        assert backing_up is not None
        monkeypatch.setattr("triage_app.ui.backing_up.LONG_S", 0.0)
        look = backing_up._lane._look

        until_stopped = threading.Event()

        def slow(written: int, expected: int) -> None:
            for _ in range(200):  # until it is stopped
                look(25, 100)
                until_stopped.wait(0.05)

        monkeypatch.setattr(backing_up._lane, "_look", slow)
        monkeypatch.setattr("triage_app.store.backup._STEPS", 100)
        window.close()
        until(qtbot, lambda: "25 % written" in window.unlock_page.words.text())
        assert window.unlock_page.skip.isVisible()
        assert window.unlock_page.skip.text() == "Close without it"
        window.unlock_page.skip.click()
        until_stopped.set()
        until(qtbot, lambda: not window.isVisible())
    assert made(home) == []
    assert backups.status(Profile(home)).what == "A backup was stopped before it was done."


def test_home_says_that_no_copy_is_elsewhere_and_makes_one_there(home: Path, qtbot: QtBot, stick: Path) -> None:
    with keeping_window(home, qtbot) as window:
        shown = backups_on_home(window, qtbot)
        assert shown.newest.what.text() == "Newest backup: none on this laptop"
        assert shown.elsewhere.what.text() == "No copy has ever been written to another disk"
        assert shown.elsewhere.link.text() == "Choose where…"
        shown.choose(str(home))
        until(qtbot, lambda: shown.elsewhere.what.text().endswith("is on the same disk as the store."))
        shown.choose(str(stick))
        until(qtbot, lambda: shown.elsewhere.what.text() == "Newest copy on another disk: 0 m old")
        assert shown.newest.what.text() == "Newest backup: 0 m old"
        assert shown.elsewhere.link.text() == ""
        assert [path.name for path in stick.rglob("*.db")] == [path.name for path in Profile(home).backups.glob("*.db")]


@pytest.mark.parametrize(("days", "glyph"), [(0, "ok"), (2, "warning"), (8, "danger")])
def test_the_age_of_the_copy_elsewhere_turns_amber_and_red(home: Path, qtbot: QtBot, days: int, glyph: str) -> None:
    at = round(now().timestamp() * 1000) - days * 86_400_000
    backups.note(Profile(home), backups.Status(outside_at=at, outside_in="somewhere"))
    with keeping_window(home, qtbot) as window:
        shown = backups_on_home(window, qtbot)
        assert shown.elsewhere.glyph() == glyph
        assert shown.elsewhere.what.text().startswith("Newest copy on another disk: ")
        assert shown.alarm.isVisible() == (glyph == "danger")


def test_what_is_red_is_seen_on_home_in_a_window_768_high_without_scrolling(home: Path, qtbot: QtBot) -> None:
    at = round(now().timestamp() * 1000) - 9 * 86_400_000
    backups.note(Profile(home), backups.Status(outside_at=at, outside_in="somewhere"))
    with keeping_window(home, qtbot) as window:
        window.resize(1366, 728)
        shown = backups_on_home(window, qtbot)
        until(qtbot, shown.alarm.isVisible)
        assert shown.alarm.accessibleName().startswith("Newest copy on another disk: ")
        assert not shown.alarm.visibleRegion().isEmpty()


def test_a_failed_backup_is_on_home_until_one_succeeds(home: Path, qtbot: QtBot) -> None:
    (home / "backups").write_bytes(b"a file where the folder should be")
    with keeping_window(home, qtbot) as window:
        shown = backups_on_home(window, qtbot)
        shown.newest.link.click()
        until(qtbot, lambda: shown.newest.glyph() == "danger")
        assert shown.newest.what.text().endswith(".")
        (home / "backups").unlink()
        shown.newest.link.click()
        until(qtbot, lambda: shown.newest.what.text() == "Newest backup: 0 m old")
