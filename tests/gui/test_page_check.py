"""After a session that was killed the window looks at every page, behind one's back, and says what it finds."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, now, until
from tests.gui.test_backing_up import decide, keeping_window
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.services import unclean_exit
from triage_app.services.progress import Progress, no_progress
from triage_app.store import lock
from triage_app.store.connection import Store
from triage_app.ui.main_window import MainWindow

PAGE = 4096


@pytest.fixture
def killed(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile as a kill leaves it."""
    monkeypatch.setattr("triage_app.ui.page_check._AFTER_MS", 0)
    home = copied(samples, tmp_path / "home")
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    left = tmp_path / "killed"
    shutil.copytree(home, left, ignore=shutil.ignore_patterns("*-shm"))
    session.close()
    return left


def owes(home: Path) -> bool:
    held = lock.take(Profile(home))
    try:
        return held.is_marked()
    finally:
        held.release()


def hurt(home: Path) -> None:
    """Turn a bit over in a page that nothing reads at a start."""
    session = sessions.unlock(Profile(home), PASSPHRASE, now, read_only=True)
    page = int(session.store.value("SELECT rootpage FROM sqlite_master WHERE name = 'mapping'"))
    session.close()
    data = bytearray(Profile(home).store.read_bytes())
    data[(page - 1) * PAGE + 100] ^= 8
    Profile(home).store.write_bytes(data)


def banner(window: MainWindow) -> str:
    assert window.workplace is not None
    return window.workplace._banner.accessibleName()


def test_whole_pages_are_no_word_and_the_next_start_does_not_look_again(
    killed: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    check = unclean_exit.check

    def seen(store: Store, progress: Progress = no_progress) -> None:
        threads.append(threading.current_thread())
        check(store, progress)

    monkeypatch.setattr(unclean_exit, "check", seen)
    assert owes(killed)
    with keeping_window(killed, qtbot) as window:
        assert window.desk is not None
        session = window.desk._session
        until(qtbot, lambda: not session.owes_check)
        assert "damaged" not in banner(window)
        window.close()
        until(qtbot, lambda: not window.isVisible())
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
    assert not owes(killed)


def test_damage_is_said_where_it_cannot_be_closed_and_work_goes_on(killed: Path, qtbot: QtBot) -> None:
    hurt(killed)
    with keeping_window(killed, qtbot) as window:
        until(qtbot, lambda: "Damaged pages were found" in banner(window))
        assert "restore the newest backup" in banner(window)
        assert window.workplace is not None
        assert window.workplace.status_text() == " ".join(unclean_exit.DAMAGED)
        decide(window, qtbot)
    assert owes(killed)


def test_a_window_that_is_closed_before_the_check_has_ended_does_not_wait_for_it(
    killed: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def endless(store: Store, progress: Progress = no_progress) -> None:
        begun.set()
        while True:
            progress(0)
            threading.Event().wait(0.01)

    monkeypatch.setattr(unclean_exit, "check", endless)
    with keeping_window(killed, qtbot) as window:
        until(qtbot, begun.is_set)
        decide(window, qtbot)  # nobody's act waits for it
        window.close()
        until(qtbot, lambda: not window.isVisible())
    assert owes(killed)
