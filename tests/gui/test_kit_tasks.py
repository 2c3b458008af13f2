"""The background lane: in order, one at a time, nothing lost, nothing called back too late."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from triage_app.errors import TriageError
from triage_app.services.progress import Progress
from triage_app.ui.desk import Desk
from triage_app.ui.tasks import TaskRunner


@pytest.fixture
def lane() -> Iterator[TaskRunner]:
    runner = TaskRunner()
    yield runner
    runner.shutdown()


def test_a_thousand_pieces_of_work_come_back_in_order_and_none_is_lost(lane: TaskRunner, qtbot: QtBot) -> None:
    came: list[int] = []
    for number in range(1_000):
        lane.start(lambda progress, n=number: n, came.append)  # type: ignore[misc]
    qtbot.waitUntil(lambda: not lane.is_busy(), timeout=10_000)
    assert came == list(range(1_000))


def test_work_runs_on_one_thread_and_answers_on_the_windows_own(lane: TaskRunner, qtbot: QtBot) -> None:
    workers: set[int] = set()
    answers: set[int] = set()
    for _ in range(50):
        lane.start(lambda progress: workers.add(threading.get_ident()), lambda _: answers.add(threading.get_ident()))
    qtbot.waitUntil(lambda: not lane.is_busy(), timeout=5_000)
    assert len(workers) == 1
    assert answers == {threading.get_ident()}
    assert workers != answers


def test_an_error_reaches_its_handler_and_the_lane_goes_on(lane: TaskRunner, qtbot: QtBot) -> None:
    errors: list[BaseException] = []
    came: list[str] = []

    def fail(progress: Progress) -> str:
        raise TriageError("The disk is full.", "Make room and try again.")

    lane.start(fail, came.append, errors.append)
    lane.start(lambda progress: "next", came.append)
    qtbot.waitUntil(lambda: not lane.is_busy(), timeout=5_000)
    assert [str(error) for error in errors] == ["The disk is full. Make room and try again."]
    assert came == ["next"]


def test_an_error_without_a_handler_is_told_as_failed(lane: TaskRunner, qtbot: QtBot) -> None:
    with qtbot.waitSignal(lane.failed, timeout=5_000) as told:
        lane.start(lambda progress: 1 // 0)
    assert isinstance(told.args[0], ZeroDivisionError)


def test_cancelled_work_answers_neither_with_success_nor_with_an_error(lane: TaskRunner, qtbot: QtBot) -> None:
    heard: list[object] = []
    started = threading.Event()

    def work(progress: Progress) -> None:
        while True:
            started.set()
            progress(1, None)
            time.sleep(0.001)

    task = lane.start(work, heard.append, heard.append, on_cancelled=lambda: heard.append("stopped"))
    assert started.wait(5)
    task.cancel()
    qtbot.waitUntil(lambda: not lane.is_busy(), timeout=5_000)
    assert heard == ["stopped"]
    assert task.is_finished()


def test_short_work_shows_no_progress_and_long_work_does(lane: TaskRunner, qtbot: QtBot) -> None:
    shown: list[tuple[str, int, int]] = []
    lane.progress_changed.connect(lambda *what: shown.append(what))
    lane.start(lambda progress: progress(1, 1), label="short")
    qtbot.waitUntil(lambda: not lane.is_busy(), timeout=5_000)
    assert shown == []

    def long(progress: Progress) -> None:
        for step in range(7):
            progress(step, 7)
            time.sleep(0.1)

    with qtbot.waitSignal(lane.task_ended, timeout=5_000):
        lane.start(long, label="import")
    assert shown
    assert shown[0][0] == "import"
    assert shown[0][1] >= 2, "not before 0.4 s"


def test_busy_is_told_once_at_each_end(lane: TaskRunner, qtbot: QtBot) -> None:
    told: list[bool] = []
    lane.busy_changed.connect(told.append)
    for _ in range(5):
        lane.start(lambda progress: None)
    qtbot.waitUntil(lambda: not lane.is_busy(), timeout=5_000)
    assert told == [True, False]


def test_work_started_from_an_answer_runs_too(lane: TaskRunner, qtbot: QtBot) -> None:
    came: list[str] = []

    def go_on(_: None) -> None:
        lane.start(lambda progress: "second", came.append)

    lane.start(lambda progress: None, go_on)
    qtbot.waitUntil(lambda: came == ["second"], timeout=5_000)


def test_nothing_is_called_back_after_the_lane_is_closed(qtbot: QtBot) -> None:
    runner = TaskRunner()
    came: list[object] = []
    running = threading.Event()

    def work(progress: Progress) -> None:
        running.set()
        while True:
            progress(1, None)
            time.sleep(0.001)

    runner.start(work, came.append, came.append)
    runner.start(lambda progress: "never", came.append)
    assert running.wait(5)
    runner.shutdown()
    qtbot.wait(20)
    assert came == []
    with pytest.raises(RuntimeError):
        runner.start(lambda progress: None)


def test_acts_are_let_in_by_long_work_in_their_order_and_each_is_done_once(lane: TaskRunner, qtbot: QtBot) -> None:
    came: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def long(progress: Progress) -> str:
        begun.set()
        while not may_end.wait(0.001):
            lane.let_acts_in()
        return "long"

    lane.start(long, came.append, label="Long")
    assert begun.wait(5)
    for name in ("one", "two", "three"):
        lane.start(lambda progress, n=name: n, came.append, is_act=True)  # type: ignore[misc]
    lane.start(lambda progress: "behind", came.append)
    qtbot.waitUntil(lambda: came == ["one", "two", "three"], timeout=5_000)
    assert lane.is_busy()
    may_end.set()
    lane.start(lambda progress: "last", came.append, is_act=True)
    qtbot.waitUntil(lambda: not lane.is_busy(), timeout=5_000)
    assert sorted(came[3:]) == ["behind", "last", "long"]
    assert came.index("long") < came.index("behind")


def test_long_work_that_let_an_act_in_is_still_shown_and_can_be_cancelled(lane: TaskRunner, qtbot: QtBot) -> None:
    shown: list[str] = []
    ended: list[bool] = []
    lane.progress_changed.connect(lambda label, done, total: shown.append(label))
    lane.task_ended.connect(lambda: ended.append(True))

    def long(progress: Progress) -> None:
        while True:
            progress(1, 10)
            lane.let_acts_in()
            time.sleep(0.001)

    lane.start(long, label="Long")
    qtbot.waitUntil(lambda: "Long" in shown, timeout=5_000)
    done: list[str] = []
    lane.start(lambda progress: "act", done.append, is_act=True)
    qtbot.waitUntil(lambda: done == ["act"], timeout=5_000)
    assert not ended
    lane.cancel_current()
    qtbot.waitUntil(lambda: not lane.is_busy(), timeout=5_000)
    assert ended == [True]


def test_a_view_that_is_going_begins_nothing_long(desk: Desk, qtbot: QtBot) -> None:
    ran: list[bool] = []
    desk.leave()
    task = desk.long("Indexing", lambda session, progress: ran.append(True))
    qtbot.waitUntil(lambda: not desk.lane.is_busy())
    assert task.is_cancelled()
    assert ran == []
