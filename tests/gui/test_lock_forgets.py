"""What stays in the process after the store has locked by itself: nothing that was in it, and nothing that opens it."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from types import FrameType
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from tests.gui.fixtures_store import PASSPHRASE, copied, now, press, queue_of, until, wait_unlocked, window_on
from triage_app.paths import Profile
from triage_app.services import manual_alerts
from triage_app.services import session as sessions
from triage_app.services.session import Session
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.main_window import MainWindow
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES

PATTERN_SIZE = 8
"Bytes of the key that are looked for: eight in a row are no accident."
OWN_ALERTS = 6
"Alerts that no other test knows of."


@pytest.fixture
def home(samples: Path, tmp_path: Path) -> Path:
    return copied(samples, tmp_path / "home")


def reachable() -> Iterator[object]:
    """Everything that Python can reach: what the collector tracks, what that refers to, and what every frame holds."""
    seen: set[int] = set()
    here = {id(seen)}
    waiting: list[object] = [*gc.get_objects(), *_frames()]
    here.add(id(waiting))
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or id(thing) in here:
            continue
        seen.add(id(thing))
        yield thing
        waiting.extend(gc.get_referents(thing))


def _frames() -> list[object]:
    """What every running function holds; asking a frame for its locals would keep them alive."""
    found: list[object] = []
    for frame in sys._current_frames().values():
        step: FrameType | None = frame
        while step is not None:
            found.extend(gc.get_referents(step))
            step = step.f_back
    return found


def forms_of(key: bytes) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """How a key could be held: as bytes, or as the hex that the driver is given. Neither is kept whole here."""
    return (key[:PATTERN_SIZE], key[-PATTERN_SIZE:]), (key.hex()[: 2 * PATTERN_SIZE], key.hex()[-2 * PATTERN_SIZE :])


def holders(secret_parts: tuple[bytes, ...], secret_words: tuple[str, ...]) -> list[str]:
    """Name each live object that holds a part of the key, or some words."""
    own = {id(one) for one in (*secret_parts, *secret_words)}
    found = []
    for thing in reachable():
        if id(thing) in own:
            continue
        if (isinstance(thing, (bytes, bytearray)) and any(part in thing for part in secret_parts)) or (
            isinstance(thing, str) and any(word in thing for word in secret_words)
        ):
            found.append(f"{type(thing).__name__} in {_who(thing)}")
    return found


def _who(thing: object) -> list[str]:
    return [type(one).__name__ + ":" + str(one)[:80] for one in gc.get_referrers(thing) if type(one) is not list][:4]


def alive(*kinds: type, but: frozenset[int] = frozenset()) -> list[str]:
    """Name what is left of some kinds, and every connection of the driver, but for what other tests of the run hold."""
    return [type(thing).__name__ for thing in _held(kinds) if id(thing) not in but]


def _held(kinds: tuple[type, ...]) -> list[object]:
    return [one for one in gc.get_objects() if isinstance(one, kinds) or type(one).__module__ == "sqlcipher3"]


def idle(window: MainWindow, qtbot: QtBot) -> None:
    """Let the idle clock run out, as it does when nobody has touched the window for its minutes."""
    until(qtbot, lambda: window._idle.interval() == 15 * 60_000)
    window._idle.start(1)
    until(qtbot, lambda: window.unlock_page.isVisible())
    until(qtbot, lambda: window.unlock_page.button.isEnabled())
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_after_an_idle_lock_no_key_no_connection_and_no_record_is_left_in_the_process(home: Path, qtbot: QtBot) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    secret_parts, secret_words = forms_of(bytes(session.key))
    mark = token_hex(12)
    for number in range(OWN_ALERTS):  # the sample's titles may be held by other tests of the run
        manual_alerts.take_down(session, f"{mark} {number}: the ward's screens have gone dark", severity="critical")
    session.close()
    del session
    gc.unfreeze()  # what was frozen is searched too
    gc.collect()
    kinds = (Session, Store, Desk, Workplace)
    others = frozenset(id(one) for one in _held(kinds))
    with window_on(home, qtbot) as window:
        queue = queue_of(window)
        queue.table.go_to_row(3)
        press(queue.table, "p")
        assert window.desk is not None
        secret_titles = tuple(
            title[:26]
            for (title,) in window.desk.store.rows("SELECT DISTINCT title FROM evidence_row")
            if mark in title
        )
        del mark
        assert len(secret_titles) == OWN_ALERTS
        assert holders((), secret_titles), "the titles are in the models while they are shown"
        until(qtbot, lambda: window.desk is not None and not window.desk.lane.is_busy())
        assert holders(secret_parts, secret_words), "while the store is open the key is found: the search works"
        assert alive(*kinds, but=others)
        assert window.workplace is not None
        for place in PLACES:
            window.workplace.go_to(place)
            qtbot.wait(30)
        window.workplace.go_to("incidents")
        window.workplace.new_incident()
        del queue
        idle(window, qtbot)
        until(qtbot, lambda: not alive(*kinds, but=others))
        assert holders(secret_parts, secret_words) == []
        assert holders((), secret_titles) == []
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("lane")]
        press(window.unlock_page.passphrase, PASSPHRASE)
        press(window.unlock_page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)


def test_what_is_under_way_is_finished_before_the_key_goes(home: Path, qtbot: QtBot) -> None:
    go_on, steps = threading.Event(), list[Any]()
    with window_on(home, qtbot) as window:
        desk = window.desk
        assert desk is not None
        until(qtbot, lambda: window._idle.interval() == 15 * 60_000)
        session = desk._session

        def work(held: Session, _: Any) -> None:
            assert go_on.wait(10)
            steps.append(held.store.value("SELECT count(*) FROM alert"))

        desk.long("A long job", work)
        window._idle.start(1)
        until(qtbot, lambda: window.unlock_page.isVisible())
        assert window.workplace is None
        assert any(session.key), "the job still needs it"
        assert not window.unlock_page.button.isEnabled()
        go_on.set()
        until(qtbot, lambda: window.unlock_page.button.isEnabled())
        assert steps == [70]
        assert not any(session.key)


def test_a_window_that_is_locked_while_its_places_are_made_makes_no_more_of_them(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        made = set(work.views)
        window.lock()
        work._build_next()  # its timer may run out once more before it is deleted
        assert set(work.views) == made
        assert not work._build_rest.isActive()
        until(qtbot, lambda: window.unlock_page.button.isEnabled())


def test_no_timer_of_a_workplace_that_was_left_asks_the_closed_store(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        work = window.workplace
        assert work is not None
        timers = work.findChildren(QTimer)
        work.queue._look_timer.start()  # as when the current alert has just changed
        window.lock()
        assert [one for one in timers if isValid(one) and one.isActive()] == []
        until(qtbot, lambda: window.unlock_page.button.isEnabled())
