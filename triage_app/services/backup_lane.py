"""A lane of its own for backups: one thread, one connection for each copy, never the window's nor the writer's.

A copy is of one moment: once it is begun, whoever asked for it goes on, and what is written meanwhile is not in it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from triage_app.errors import Cancelled
from triage_app.services import backups
from triage_app.services.backups import Status
from triage_app.services.changes import milliseconds
from triage_app.services.session import Session
from triage_app.store.connection import open_store

_PATIENCE_S: Final = 5.0
"An import waits no longer than this for a copy to begin, behind another say: then it goes on."

_REPORT_S: Final = 0.2
"Nobody is told more often than this how far a copy is."


class BackupLane:
    """Makes the copies of one session. It has a key of its own, which is overwritten when the lane closes."""

    def __init__(self, session: Session, moved: Callable[[], None] = lambda: None) -> None:
        """``moved`` is called on the lane whenever how it stands is another now."""
        self.profile = session.profile
        self.now = session.now
        self.status = backups.status(session.profile)
        self.fault: BaseException | None = None
        "What ended a copy that neither succeeded nor was refused: a mistake of ours."
        self.written = 0
        self.expected = 0
        "How far the copy under way is, in bytes; ``expected`` is 0 while it is read back."
        self._key = bytearray(session.key)
        self._path: Path = session.store.path
        self._moved = moved
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="backup")
        self._cancelled = threading.Event()
        self._is_quiet = False
        self._closed = False
        self._begun = threading.Event()
        self._last: Future[Status] | None = None
        self._since: float | None = None
        self._told = 0.0

    def is_at_work(self) -> bool:
        """Tell whether a copy is being made, or waits for it."""
        return self._last is not None and not self._last.done()

    def seconds(self) -> float:
        """Return for how long the copy under way has been made, 0 for none."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def start(self, kind: str, *, always: bool = False) -> Future[Status]:
        """Ask for a copy, where one is due or ``always``; the answer is how backups stand then.

        The future raises ``Cancelled`` where it was interrupted.
        """
        return self._start(kind, threading.Event(), always=always)

    def _start(self, kind: str, begun: threading.Event, *, always: bool) -> Future[Status]:
        self._last = asked = self._pool.submit(self._work, kind, begun, always)

        def ended(done: Future[Status]) -> None:
            begun.set()
            if not done.cancelled() and not isinstance(done.exception(), Cancelled):
                self.fault = done.exception()

        asked.add_done_callback(ended)
        return asked

    def before(self, kind: str) -> None:
        """Have a copy begun before something is done to the store, where one is due; return once it is begun."""
        store = open_store(self._path, bytes(self._key), read_only=True)
        try:
            if not backups.due(self.profile, store):
                return
        finally:
            store.close()
        begun = threading.Event()
        self._start(kind, begun, always=False)
        begun.wait(_PATIENCE_S)

    def cancel(self, *, quietly: bool = False) -> None:
        """Interrupt the copy under way; nothing of it is left. ``quietly`` where another is made soon anyhow."""
        self._is_quiet = quietly
        self._cancelled.set()

    def wait(self) -> Status:
        """Wait for the copy under way, if there is one, and return how things stand. Raises a fault of ours."""
        if self._last is not None:
            with contextlib.suppress(Cancelled, CancelledError):
                self._last.result()
        return self.status

    def is_due(self, *, unless_younger_than_minutes: int = 0) -> bool:
        """Tell whether something was done since the newest copy, and that is old enough for another."""
        newest = self.status.last_at
        age = None if newest is None else milliseconds(self.now()) - newest
        if age is not None and 0 <= age < unless_younger_than_minutes * 60_000 and not self.status.what:
            return False
        store = open_store(self._path, bytes(self._key), read_only=True)
        try:
            return backups.due(self.profile, store)
        finally:
            store.close()

    def close(self) -> None:
        """Interrupt what is under way, wait for the thread to end, and overwrite the key."""
        self._closed = True
        self._cancelled.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._key[:] = bytes(len(self._key))

    def _work(self, kind: str, begun: threading.Event, always: bool) -> Status:
        self._begun = begun
        if not self._closed:
            self._cancelled.clear()
            self._is_quiet = False
        self._since = time.monotonic()
        try:
            self.status = backups.make(self.profile, bytes(self._key), self.now, kind, self._look, always=always)
        except Cancelled:
            if not self._is_quiet:
                self.status = _stopped(backups.status(self.profile))
                backups.note(self.profile, self.status)
            raise
        finally:
            self.written = self.expected = 0
            self._since = None
            self._moved()
        return self.status

    def _look(self, written: int, expected: int) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        self.written, self.expected = written, expected
        self._begun.set()
        now = time.monotonic()
        if now - self._told >= _REPORT_S:
            self._told = now
            self._moved()


def _stopped(said: Status) -> Status:
    return replace(
        said,
        what="A backup was stopped before it was done.",
        do="Make one now; otherwise one is made at the end of this session.",
    )
