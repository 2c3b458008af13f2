"""The background lane: one thread, work in the order it was asked for, and one door back to the window.

The lane's thread owns the writing connection, so there is no lock to think about. What work was asked for with, its
callbacks and its outcome are held for the window's thread and let go there: they know widgets, and a widget whose last
holder is another thread dies there, which ends the program.
"""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from triage_app.errors import Cancelled
from triage_app.services.progress import Progress, ReportingProgress

PATIENCE_MS = 400
"""Work shorter than this shows no progress: what only flashes is no help."""

T = TypeVar("T")


class Task:
    """One piece of work under way."""

    def __init__(self, label: str) -> None:
        """``label`` is what the progress strip calls it."""
        self.label = label
        self._cancelled = threading.Event()
        self._finished = threading.Event()

    def cancel(self) -> None:
        """Ask it to stop at its next step; what it did is undone by the transaction it is in."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        """Tell whether it was asked to stop."""
        return self._cancelled.is_set()

    def is_finished(self) -> bool:
        """Tell whether its outcome has been handed over."""
        return self._finished.is_set()


@dataclass(frozen=True)
class _Asked:
    """What a task was asked for with."""

    work: Callable[[Progress], Any]
    on_success: Callable[[Any], None] | None
    on_error: Callable[[BaseException], None] | None
    on_progress: Callable[[int, int | None], None] | None
    on_cancelled: Callable[[], None] | None


@dataclass(frozen=True)
class _Outcome:
    """How a task ended: with a result, with an error, or with ``Cancelled``."""

    result: Any = None
    error: BaseException | None = None


def _let_go_of_frames(error: BaseException) -> None:
    """Free what the frames of an error and of those behind it hold, on the thread where they ran.

    A query that was broken off leaves its cursor there. Freed by the window, it waited for the connection, and so for
    the whole of the next query: seconds, in which nothing was painted. Where an error came from can still be told.
    """
    seen: set[int] = set()
    behind: list[BaseException | None] = [error]
    while behind:
        one = behind.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            traceback.clear_frames(one.__traceback__)
            behind += [one.__cause__, one.__context__]


class TaskRunner(QObject):
    """A single lane of background work. Every callback runs on the window's thread, in order."""

    busy_changed = Signal(bool)
    progress_changed = Signal(str, int, int)
    """Label, done, total; total is 0 while it is not known. Not before 0.4 s of work."""
    task_ended = Signal()
    """The work that was shown has ended, or the lane is idle."""
    failed = Signal(object)
    """An error for which no ``on_error`` was given."""
    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lane")
        self._running: list[Task] = []
        self._asked: dict[Task, _Asked] = {}
        self._outcomes: dict[Task, _Outcome] = {}
        self._acts: deque[Task] = deque()
        self._closed = False
        self._shown = False
        self._latest: tuple[Task, int, int] | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._show)
        self._arrived.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def is_busy(self) -> bool:
        """Tell whether work is under way or waiting."""
        return bool(self._running)

    def start(
        self,
        work: Callable[[Progress], T],
        on_success: Callable[[T], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
        on_progress: Callable[[int, int | None], None] | None = None,
        label: str = "",
        on_cancelled: Callable[[], None] | None = None,
        *,
        is_act: bool = False,
    ) -> Task:
        """Put work at the end of the lane. ``work`` runs there and may touch no widget.

        An act (``is_act``) is short and a transaction of its own: long work that calls ``let_acts_in`` between two of
        its transactions does not keep it waiting. Acts stay in order among themselves.

        Exactly one of the callbacks is called at the end, here on the window's thread; none after ``shutdown``.
        Raises ``RuntimeError`` after ``shutdown``.
        """
        if self._closed:
            raise RuntimeError("the lane is closed")
        task = Task(label)

        self._asked[task] = _Asked(work, on_success, on_error, on_progress, on_cancelled)
        was_busy = self.is_busy()
        self._running.append(task)
        if not was_busy:
            self._patience.start()
            self.busy_changed.emit(True)
        if is_act:
            self._acts.append(task)
            self._lane.submit(self._next_act)
        else:
            self._lane.submit(self._do, task)
        return task

    def _do(self, task: Task) -> None:
        """Work, on the lane. Nothing but the task itself is in this thread's hands when the window hears of the end."""
        self._outcomes[task] = self._outcome(task)
        self._arrived.emit(partial(self._finish, task))

    def _outcome(self, task: Task) -> _Outcome:
        def report(done: int, total: int | None) -> None:
            self._arrived.emit(partial(self._report, task, done, total))

        try:
            return _Outcome(self._asked[task].work(ReportingProgress(report, task.is_cancelled)))
        except BaseException as error:  # noqa: BLE001 - the one place where work's errors are caught and handed on
            _let_go_of_frames(error)
            return _Outcome(error=error)

    def let_acts_in(self) -> None:
        """Do the acts that wait, now: called on the lane by long work that is between two transactions."""
        while self._acts:
            self._next_act()

    def _next_act(self) -> None:
        """Do the act that waits longest; long work may have let it in before its turn."""
        if self._acts:
            self._do(self._acts.popleft())

    def cancel_current(self) -> None:
        """Ask the work under way to stop; what waits behind it goes on."""
        if self._running:
            self._running[0].cancel()

    def cancel_all(self) -> None:
        """Ask all work to stop, that under way and that waiting."""
        for task in self._running:
            task.cancel()

    def shutdown(self) -> None:
        """Stop everything and wait for the thread to end; nothing is called back afterwards."""
        self._closed = True
        self._patience.stop()
        for task in self._running:
            task.cancel()
        self._lane.shutdown(wait=True, cancel_futures=True)
        self._forget()

    def finish(self, last: Callable[[], None]) -> None:
        """Give up what can be given up, do the rest, do ``last`` on the lane, and wait for the thread to end.

        Unlike ``shutdown`` it drops no short work: a decision that was asked for is kept.
        """
        self._closed = True
        self._patience.stop()
        for task in self._running:
            task.cancel()
        self._lane.submit(last)
        self._lane.shutdown(wait=True)
        self._forget()

    def _forget(self) -> None:
        self._running.clear()
        self._acts.clear()
        self._asked.clear()
        self._outcomes.clear()

    @Slot(object)
    def _call(self, closure: Callable[[], None]) -> None:
        if not self._closed:
            closure()

    def _report(self, task: Task, done: int, total: int | None) -> None:
        listener = self._asked[task].on_progress
        if listener is not None:
            listener(done, total)
        self._latest = (task, done, total or 0)
        if self._shown:
            self.progress_changed.emit(task.label, done, total or 0)

    def _show(self) -> None:
        if self._running:
            self._shown = True
            task, done, total = self._latest or (self._running[0], 0, 0)
            self.progress_changed.emit(task.label, done, total)

    def _finish(self, task: Task) -> None:
        was_let_in = self._running[0] is not task
        self._running.remove(task)
        asked, outcome = self._asked.pop(task), self._outcomes.pop(task)
        task._finished.set()
        was_shown = False
        if not was_let_in:  # else the work that let it in goes on, and goes on being shown
            self._latest = None
            was_shown, self._shown = self._shown, False
            self._patience.stop()
            if self._running:
                self._patience.start()
        try:
            self._hand_over(asked, outcome)
        finally:
            if was_shown:
                self.task_ended.emit()
            if not self._running and not self._closed:
                self.busy_changed.emit(False)

    def _hand_over(self, asked: _Asked, outcome: _Outcome) -> None:
        if isinstance(outcome.error, Cancelled):
            if asked.on_cancelled is not None:
                asked.on_cancelled()
        elif outcome.error is not None:
            (asked.on_error or self.failed.emit)(outcome.error)
        elif asked.on_success is not None:
            asked.on_success(outcome.result)
