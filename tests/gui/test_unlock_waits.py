"""Wrong passphrases in the window: it counts down, says why, and tells of them once it is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, empty_store, now, press, until
from triage_app.app import build
from triage_app.paths import Profile
from triage_app.ui.main_window import MainWindow


class Wall:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@contextmanager
def locked_window(profile: Profile, wall: Wall, qtbot: QtBot) -> Iterator[MainWindow]:
    window = build(profile, now, wall=wall)
    window.resize(1000, 700)
    window.show()
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()


def guess(window: MainWindow, qtbot: QtBot, words: str = "not the right one") -> None:
    page = window.unlock_page
    page.passphrase.clear()
    press(page.passphrase, words)
    press(page.passphrase, Qt.Key.Key_Return)
    until(qtbot, lambda: not page._busy)


def test_the_window_counts_down_and_says_why_and_opens_when_the_wait_is_over(tmp_path: Path, qtbot: QtBot) -> None:
    profile, wall = empty_store(tmp_path / "home"), Wall()
    with locked_window(profile, wall, qtbot) as window:
        page = window.unlock_page
        for _ in range(4):
            guess(window, qtbot)
            assert page.button.isEnabled()
        guess(window, qtbot)
        assert not page.button.isEnabled()
        assert page.button.text() == "Wait 0:05"
        assert "The next try can be made in 5 seconds" in page.problem.text()
        wall.at += timedelta(seconds=2)
        until(qtbot, lambda: page.button.text() == "Wait 0:03")
        press(page.passphrase, Qt.Key.Key_Return)  # nothing is tried meanwhile
        page.set_recovering(True)
        assert page.button.isEnabled(), "the recovery key does not wait"
        page.set_recovering(False)
        assert not page.button.isEnabled()
    with locked_window(profile, wall, qtbot) as window:  # another start of the program
        page = window.unlock_page
        assert page.button.text() == "Wait 0:03"
        assert page.problem.text().startswith("Wrong passphrases were tried in a row")
        wall.at += timedelta(seconds=3)
        until(qtbot, lambda: page.button.isEnabled())
        assert page.button.text() == "Unlock"
        assert not page.problem.isVisible()
        guess(window, qtbot, PASSPHRASE)
        until(qtbot, lambda: window.workplace is not None)
        assert window.workplace is not None
        assert window.workplace.status_text() == "5 wrong tries since Tuesday 02:10."
