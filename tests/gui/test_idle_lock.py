"""The lock after idleness is said a minute before it comes, seen and heard, and anything that is done puts it off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, empty_store, now, until, window_on
from triage_app.services import session as sessions
from triage_app.services import settings
from triage_app.ui.idle_lock import NOTICE_MS
from triage_app.ui.main_window import MainWindow
from triage_app.ui.widgets import banner

MINUTES = 5


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window of a store whose setting is five minutes, once it has been read."""
    session = sessions.unlock(empty_store(tmp_path / "home"), PASSPHRASE, now)
    settings.put(session, "idle-lock-minutes", str(MINUTES))
    session.close()
    with window_on(tmp_path / "home", qtbot) as opened:
        until(qtbot, opened._idle.isActive)
        yield opened


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a screen reader is told by banners."""
    told: list[str] = []
    monkeypatch.setattr(banner, "announce", lambda _, words: told.append(words))
    return told


def near(window: MainWindow, qtbot: QtBot) -> str:
    """Let nothing happen until a minute is left; return what is said then."""
    window._idle.start(NOTICE_MS + 200)
    window._idle._nearing.start(10)
    until(qtbot, lambda: window._idle.notice is not None)
    assert window._idle.notice is not None
    return window._idle.notice.accessibleName()


def test_the_notice_comes_a_minute_before_the_end_of_what_the_setting_says(window: MainWindow) -> None:
    assert window._idle.interval() == MINUTES * 60_000
    assert window._idle._nearing.interval() == MINUTES * 60_000 - NOTICE_MS
    assert window._idle.notice is None


def test_where_the_setting_is_a_minute_the_notice_comes_half_way(window: MainWindow) -> None:
    window._idle.start(60_000)
    assert window._idle._nearing.interval() == 30_000


def test_it_is_shown_counted_down_and_said_once(window: MainWindow, qtbot: QtBot, heard: list[str]) -> None:
    words = near(window, qtbot)
    assert words == "Triage locks in 60 seconds. Any key or movement keeps it open."
    notice = window._idle.notice
    assert notice is not None
    assert notice.isVisible()
    assert notice.width() > window.width() - 40
    qtbot.wait(2_200)
    assert notice.accessibleName() < words
    assert [one for one in heard if one] == [words]


def test_any_key_puts_the_lock_off(window: MainWindow, qtbot: QtBot) -> None:
    near(window, qtbot)
    window._idle.setInterval(MINUTES * 60_000)
    handle = window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, Qt.Key.Key_Shift)
    assert window._idle.notice is None
    assert window._idle.remainingTime() > MINUTES * 60_000 - 5_000


def test_any_movement_puts_the_lock_off(window: MainWindow, qtbot: QtBot) -> None:
    near(window, qtbot)
    handle = window.windowHandle()
    assert handle is not None
    QTest.mouseMove(handle, QPoint(300, 300))
    QTest.mouseMove(handle, QPoint(310, 310))
    until(qtbot, lambda: window._idle.notice is None)


def test_a_press_of_its_button_puts_the_lock_off_without_any_key(window: MainWindow, qtbot: QtBot) -> None:
    near(window, qtbot)
    notice = window._idle.notice
    assert notice is not None
    notice.acted.emit()  # what the accessibility bus does to the button sends no input
    assert window._idle.notice is None
    assert window._idle.isActive()


def test_it_lies_over_the_form_that_is_open(window: MainWindow, qtbot: QtBot) -> None:
    assert window.workplace is not None
    window.workplace.new_report()
    (form,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
    until(qtbot, form.isActiveWindow)
    near(window, qtbot)
    assert window._idle.notice is not None
    assert window._idle.notice.parentWidget() is form


def test_the_lock_takes_the_notice_along(window: MainWindow, qtbot: QtBot) -> None:
    near(window, qtbot)
    window.lock()
    assert window._idle.notice is None
    until(qtbot, lambda: window.unlock_page.button.isEnabled())


def test_a_key_before_the_setting_is_read_locks_nothing(tmp_path: Path, qtbot: QtBot) -> None:
    empty_store(tmp_path / "home")
    with window_on(tmp_path / "home", qtbot, unlocked=False) as window:
        window.unlock(PASSPHRASE)
        handle = window.windowHandle()
        assert handle is not None
        while window.workplace is None or not window._idle.isActive():
            QTest.keyClick(handle, Qt.Key.Key_Shift)
            assert not (window._idle.isActive() and window._idle.interval() == 0)
            qtbot.wait(1)
        assert window._idle.interval() == 15 * 60_000
