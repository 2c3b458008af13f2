"""The desk: what every view is given. It knows the store and the lanes; views know nothing else.

Writing goes through ``act`` and ``long``, on the background lane that owns the writing session.
Small reads by id go through ``store``, a read-only connection of the window's thread. Queries that
may take time go through ``query``, and reading whole files through ``aside``, on lanes with connections
of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from triage_app.errors import Cancelled, StoreDamaged, TriageError
from triage_app.services import reading_copies, settings
from triage_app.services.changes import Changes, Clock
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.services.undo import Undone, redo, undo
from triage_app.store.connection import Store
from triage_app.store.driver import Interrupted
from triage_app.ui.backing_up import BackingUp
from triage_app.ui.tasks import Task, TaskRunner

T = TypeVar("T")


class Desk(QObject):
    """An unlocked store as the window uses it."""

    store_changed = Signal(object)
    """``Changes``: what an act touched. Each view refreshes what it shows."""
    acted = Signal(object)
    """``Changes`` of an act of the responder's, for the result line; comes after ``store_changed``."""
    told = Signal(str, str)
    """What was done that is no act, and a glyph: whoever is at another place must hear of it too."""
    setting_changed = Signal(str, object)
    """A setting of this store, and what it is now: whoever goes by it follows at once."""
    refused = Signal(object)
    """A ``TriageError`` to be shown in place: what happened, and what to do."""
    failed = Signal(object)
    """Any other exception: our mistake."""

    def __init__(
        self, session: Session, lane: TaskRunner, query_lane: TaskRunner, store: Store, parent: QObject | None = None
    ) -> None:
        """``session`` was opened on ``lane``'s thread and is used there only; ``store`` belongs to this thread."""
        super().__init__(parent)
        self._session = session
        self._lane = lane
        self._query_lane = query_lane
        self._query_store: Store | None = None
        self._queried: Task | None = None
        self._query_guard = Lock()
        """Between what the query lane is at and whoever wants to stop just that."""
        self._aside_lane: TaskRunner | None = None
        self._aside_store: Store | None = None
        self._locked = False
        self._left = False
        self._session_closed = False
        self.backing_up: BackingUp | None = None
        """Makes the backups of this session; None where nobody keeps any."""
        self.store = store
        self.now: Clock = session.now
        self.responder, self.responder_name = session.author.responder, session.responder_name
        self.organisation = session.organisation
        self.organisation_name = session.public.organisation_name
        self.device = session.device
        self.device_tag = session.tag
        self.device_name = session.public.name
        self.nation = session.public.nation
        self.is_exercise = session.public.exercise
        self.copy_said = reading_copies.said_of(session.copy_of) if session.copy_of is not None else ""
        """What is said of a backup that is shown in place of the store; "" for the store."""
        self.owes_check = session.owes_check
        """Whether the store was not closed as it should be last time."""
        self.auditors_copy = session.auditors_copy
        """When and by whom this copy for an auditor was made: nothing is written to it. None for a store of work."""

    @property
    def is_read_only(self) -> bool:
        """Tell whether nothing can be written: a backup is shown, or a copy for an auditor."""
        return bool(self.copy_said) or self.auditors_copy is not None

    def let_acts_in(self) -> None:
        """Do the acts that wait: for long work, on the lane, between two of its transactions."""
        self._lane.let_acts_in()

    @property
    def lane(self) -> TaskRunner:
        """The writing lane: its progress is the status bar's."""
        return self._lane

    def act(
        self,
        work: Callable[[Session], Changes],
        then: Callable[[Changes], None] | None = None,
        on_refused: Callable[[TriageError], None] | None = None,
    ) -> Task:
        """Do something that is one act: ``work`` calls a service. Views hear of it by ``store_changed``."""

        def succeeded(changes: Changes) -> None:
            if self._left:
                return
            self.store_changed.emit(changes)
            self.acted.emit(changes)
            if then is not None:
                then(changes)

        return self._lane.start(lambda _: work(self._session), succeeded, self._error(on_refused), is_act=True)

    def long(
        self,
        label: str,
        work: Callable[[Session, Progress], T],
        then: Callable[[T], None] | None = None,
        on_refused: Callable[[TriageError], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
        on_progress: Callable[[int, int | None], None] | None = None,
    ) -> Task:
        """Do something that takes time, with progress and cancel.

        ``then`` calls ``done`` where it was an act that undo takes back, ``changed`` for anything else it touched.

        Without a label it is short, and long work lets it in as it does acts. A view may still ask while it is going:
        nothing is begun then.
        """
        if self._left:
            nothing = Task(label)
            nothing.cancel()
            return nothing
        return self._lane.start(
            lambda progress: work(self._session, progress),
            self._unless_left(then),
            self._error(on_refused),
            lambda done, total: on_progress(done, total) if on_progress is not None and not self._left else None,
            label=label,
            on_cancelled=lambda: on_cancelled() if on_cancelled is not None and not self._left else None,
            is_act=not label,
        )

    def changed(self, changes: Changes) -> None:
        """Tell every view what a long piece of work touched."""
        self.store_changed.emit(changes)

    def done(self, changes: Changes) -> None:
        """Tell every view of an act of the responder's that ``long`` did: whoever offers to undo hears of it too."""
        self.store_changed.emit(changes)
        self.acted.emit(changes)

    def query(self, work: Callable[[Store], T], then: Callable[[T], None]) -> Task:
        """Read something that may take time; ``then`` is called on this thread with what was found.

        A view may still ask while it is going (a timer of its own had been set): nothing is read then.
        """
        if self._left:
            nothing = Task("")
            nothing.cancel()
            return nothing

        def reading(_: Progress) -> T:
            if self._locked:
                raise Cancelled
            if self._query_store is None:
                self._query_store = self._session.reader()
            with self._query_guard:
                if begun[0].is_cancelled():
                    raise Cancelled
                self._queried = begun[0]
            try:
                return work(self._query_store)
            except Interrupted:
                raise Cancelled from None
            finally:
                with self._query_guard:
                    self._queried = None

        begun: list[Task] = []
        with self._query_guard:  # the lane waits here until it can know what it is at
            begun.append(self._query_lane.start(reading, self._unless_left(then), self._error(None)))
        return begun[0]

    def overtake(self, task: Task) -> None:
        """Stop a query whose answer is no longer wanted, at once where it is being read: nobody is told of it."""
        with self._query_guard:
            task.cancel()
            if self._queried is task and self._query_store is not None:
                self._query_store.interrupt()

    def aside(
        self,
        work: Callable[[Store, Progress, Callable[[], bool]], T],
        then: Callable[[T], None] | None = None,
        on_refused: Callable[[TriageError], None] | None = None,
        on_progress: Callable[[int, int | None], None] | None = None,
    ) -> Task:
        """Read something that may take very long, such as a whole file: neither acts nor queries wait for it.

        ``work`` is given a connection, its progress, and whether it was cancelled: then nothing answers.
        """
        if self._left:
            nothing = Task("")
            nothing.cancel()
            return nothing
        if self._aside_lane is None:
            self._aside_lane = TaskRunner(self)

        begun: list[Task] = []

        def is_cancelled() -> bool:
            return bool(begun) and begun[0].is_cancelled()

        def reading(progress: Progress) -> T:
            if self._locked or is_cancelled():
                raise Cancelled
            if self._aside_store is None:
                self._aside_store = self._session.reader()
            try:
                return work(self._aside_store, progress, is_cancelled)
            except StoreDamaged:  # after a page whose seal does not fit, a connection gives nothing more
                self._drop_aside()
                raise

        begun.append(
            task := self._aside_lane.start(
                reading,
                self._unless_left(then),
                self._error(on_refused),
                lambda done, total: on_progress(done, total) if on_progress is not None and not self._left else None,
            )
        )
        return task

    def is_reading(self) -> bool:
        """Tell whether anything is being read aside."""
        return self._aside_lane is not None and self._aside_lane.is_busy()

    def is_at_rest(self) -> bool:
        """Tell whether nothing is being written, looked up or read aside."""
        return not (self.lane.is_busy() or self._query_lane.is_busy() or self.is_reading())

    def set(
        self,
        key: str,
        text: str,
        then: Callable[[dict[str, Any]], None] | None = None,
        on_refused: Callable[[TriageError], None] | None = None,
    ) -> None:
        """Change one setting, as ``settings.put`` reads it; everybody hears of what changed with it.

        Where nothing can be written it counts until the store is closed.
        """

        def kept(changed: dict[str, Any]) -> None:
            for name, value in changed.items():
                self.setting_changed.emit(name, value)
            if then is not None:
                then(changed)

        if self.is_read_only:
            kept({key: settings.KNOWN[key].read(text)})
        else:
            self.long("", lambda session, _: settings.put(session, key, text), kept, on_refused)

    def keep_backups(self) -> None:
        """Make backups by themselves from now on: after the session, and before what is hard to take back."""
        self.backing_up = BackingUp(self._session, self)
        self.backing_up.failed.connect(self.failed)

    def undo(
        self,
        act: str = "",
        then: Callable[[Undone], None] | None = None,
        on_refused: Callable[[TriageError], None] | None = None,
    ) -> Task:
        """Take back an act, the newest by default; what was left is named in the result."""
        return self._undone(lambda session: undo(session, act), then, on_refused)

    def redo(self, then: Callable[[Undone], None] | None = None) -> Task:
        """Take back the newest undo."""
        return self._undone(redo, then)

    def _undone(
        self,
        work: Callable[[Session], Undone],
        then: Callable[[Undone], None] | None,
        on_refused: Callable[[TriageError], None] | None = None,
    ) -> Task:
        def succeeded(done: Undone) -> None:
            if self._left:
                return
            self.store_changed.emit(done.changes)
            self.acted.emit(done.changes)
            if then is not None:
                then(done)

        return self._lane.start(lambda _: work(self._session), succeeded, self._error(on_refused), is_act=True)

    def _error(self, on_refused: Callable[[TriageError], None] | None) -> Callable[[BaseException], None]:
        def handle(error: BaseException) -> None:
            if isinstance(error, TriageError):
                if self._left:
                    return
                if on_refused is not None:
                    on_refused(error)
                else:
                    self.refused.emit(error)
            else:
                self.failed.emit(error)

        return handle

    def _unless_left(self, then: Callable[[T], None] | None) -> Callable[[T], None] | None:
        """Return ``then``, which is not called once the views that asked are gone."""
        if then is None:
            return None
        return lambda found: None if self._left else then(found)

    def leave(self) -> None:
        """The views are going: nothing is answered any more, and only faults of ours are still told."""
        self._left = True

    def close_when_idle(self, then: Callable[[], None]) -> None:
        """Close the store once what runs has ended, without waiting for it here; ``then`` must call ``close``."""
        waiting = {"query", "writing"}

        def ended(which: str) -> None:
            waiting.discard(which)
            if not waiting:
                then()

        def close_session() -> None:
            self._lane.start(lambda _: self._close_session(), lambda _: ended("writing"))

        def decided(_: object) -> None:
            """All that was asked for is written: the copy of the end of the session holds it."""
            if self.backing_up is None:
                close_session()
            else:
                self.backing_up.finish(close_session)

        self.leave()
        if self._aside_lane is not None:
            waiting.add("aside")
            self._aside_lane.cancel_all()
            self._aside_lane.start(lambda _: self._close_aside(), lambda _: ended("aside"))
        self._query_lane.start(lambda _: self._close_query(), lambda _: ended("query"))
        self._lane.start(lambda _: None, decided)

    def close_after(
        self, work: Callable[[Session], T], then: Callable[[T], None], on_error: Callable[[BaseException], None]
    ) -> None:
        """Close every reading connection, do one last thing with the session, and close that too.

        One of ``then`` and ``on_error`` hears of it, and must call ``close``.
        """
        self.leave()
        self.store.close()
        waiting = {"query"} if self._aside_lane is None else {"query", "aside"}

        def last(_: Progress) -> T:
            try:
                return work(self._session)
            finally:
                self._close_session()

        def ended(which: str) -> None:
            waiting.discard(which)
            if not waiting:
                self._lane.start(last, then, on_error)

        if self._aside_lane is not None:
            self._aside_lane.cancel_all()
            self._aside_lane.start(lambda _: self._close_aside(), lambda _: ended("aside"))
        self._query_lane.start(lambda _: self._close_query(), lambda _: ended("query"))

    def close(self) -> None:
        """Lock the store: finish what was decided, give up long work, close every connection, overwrite the key."""
        self.leave()
        if self.backing_up is not None:
            self.backing_up.cancel(quietly=True)
        if self._aside_lane is not None:
            self._aside_lane.finish(self._close_aside)
        self._query_lane.finish(self._close_query)
        self._lane.finish(self._close_session)
        if self.backing_up is not None:  # last: what runs on the writing lane may still ask it for a copy
            self.backing_up.close()
        self.store.close()

    def _close_query(self) -> None:
        self._locked = True
        if self._query_store is not None:
            self._query_store.close()
            self._query_store = None

    def _close_aside(self) -> None:
        self._locked = True
        self._drop_aside()

    def _drop_aside(self) -> None:
        if self._aside_store is not None:
            self._aside_store.close()
            self._aside_store = None

    def _close_session(self) -> None:
        if not self._session_closed:
            self._session_closed = True
            self._session.close()
