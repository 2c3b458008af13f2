"""Qt's objects die on the window's thread: on another one the program would end with them."""

from __future__ import annotations

import gc
import threading
import traceback
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from triage_app.services.progress import Progress
from triage_app.store.driver import Interrupted
from triage_app.ui import quiet
from triage_app.ui.tasks import TaskRunner


class Held:
    """Something of the window that work, or an answer, knows."""


@pytest.fixture
def lane() -> Iterator[TaskRunner]:
    runner = TaskRunner()
    yield runner
    runner.shutdown()


def noting(deaths: list[int], thing: object) -> None:
    """Note on which thread ``thing`` dies."""
    weakref.finalize(thing, lambda: deaths.append(threading.get_ident()))


def test_what_work_and_its_answers_know_is_let_go_on_the_windows_thread(lane: TaskRunner, qtbot: QtBot) -> None:
    deaths: list[int] = []
    came: list[int] = []

    def ask(number: int) -> None:
        held = Held()
        noting(deaths, held)

        def work(progress: Progress) -> int:
            progress(1, 1)
            if number % 3 == 0:
                raise ValueError(str(held))
            return id(held)

        lane.start(
            work, lambda _: came.append(id(held)), lambda _: None, lambda done, total: None, is_act=number % 2 == 0
        )

    for number in range(2_000):
        ask(number)
    qtbot.waitUntil(lambda: not lane.is_busy(), timeout=20_000)
    assert len(deaths) == 2_000
    assert set(deaths) == {threading.get_ident()}


def test_a_closed_dialog_that_holds_itself_dies_on_the_windows_thread(lane: TaskRunner, qtbot: QtBot) -> None:
    deaths: list[int] = []
    owner = QObject()
    gc.enable()
    quiet.Sweeper(owner)
    for _ in range(20):
        knot = QObject()
        knot.itself = knot  # type: ignore[attr-defined]
        noting(deaths, knot)
        del knot

    def make_garbage(progress: Progress) -> None:
        for _ in range(20_000):
            ring: list[object] = []
            ring.append(ring)

    lane.start(make_garbage)
    qtbot.waitUntil(lambda: not lane.is_busy() and len(deaths) == 20, timeout=20_000)
    assert set(deaths) == {threading.get_ident()}
    owner.deleteLater()


def test_the_search_rests_while_a_file_is_taken_in(qtbot: QtBot) -> None:
    deaths: list[int] = []
    with quiet.resting():
        for _ in range(2_000):
            ring: list[object] = [Held()]
            noting(deaths, ring[0])
            ring.append(ring)
        quiet.sweep(whole=True)
        assert deaths == []
    quiet.sweep(whole=False)
    assert deaths


def test_what_failed_work_was_reading_is_let_go_on_its_own_thread(lane: TaskRunner, qtbot: QtBot) -> None:
    """A cursor that the window freed waited until the next query of its connection was over: seconds, unpainted."""
    deaths: list[int] = []
    failed: list[BaseException] = []
    threads: list[int] = []

    def reading() -> None:
        cursor = Held()
        noting(deaths, cursor)
        threads.append(threading.get_ident())
        raise Interrupted("Stopped.")

    def work(_: Progress) -> None:
        try:
            reading()
        except Interrupted:
            raise ValueError("given up") from None

    lane.start(work, on_error=failed.append)
    qtbot.waitUntil(lambda: bool(failed), timeout=20_000)
    assert deaths == threads != [threading.get_ident()]
    names = [frame.name for frame in traceback.extract_tb(failed[0].__traceback__)]
    assert names[-1] == "work", "where it came from can still be told"
