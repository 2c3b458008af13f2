"""The window: locked, being set up, or at work. Locking hides everything at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSettings, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from triage_app.errors import BadInput, Cancelled, TriageError
from triage_app.paths import Profile
from triage_app.services import key_files, moving_in, this_start
from triage_app.services.changes import Clock
from triage_app.services.progress import Progress
from triage_app.ui import icons, quiet
from triage_app.ui.dialogs.unlock import Paper
from triage_app.ui.idle_lock import IdleLock
from triage_app.ui.locked_window import LockedWindow
from triage_app.ui.preload import Preload
from triage_app.ui.tasks import TaskRunner
from triage_app.ui.unkept import Unkept
from triage_app.ui.widgets.focus_ring import focus_ring
from triage_app.ui.window_frame import belongs_to

if TYPE_CHECKING:  # and loaded where they are needed: the first picture waits for what stands above (``preload``)
    from triage_app.services import drafts, rekeying
    from triage_app.services.backups import Found
    from triage_app.services.session import Session
    from triage_app.ui.desk import Desk
    from triage_app.ui.dialogs.first_run import Wanted
    from triage_app.ui.workplace import Workplace

_MINUTE_MS = 60_000
_SWEEP_MS = 50
_INPUT = (
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
)  # fmt: skip

Opening = Callable[[], "Session"]


class MainWindow(LockedWindow):
    """One window over one profile."""

    unlocked = Signal()
    """The queue shows its first alerts."""
    locked = Signal()
    faulted = Signal(object)
    """An exception of ours, for the log and the report."""

    def __init__(
        self, profile: Profile, clock: Clock, *, fixed_clock: bool = False, wall: Clock | None = None,
        backs_up: bool = False, copy: Found | None = None, language: str = "", parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """``fixed_clock`` says that ``clock`` stands still by ``--now``: only demonstration stores take that.

        ``wall`` is then this machine's clock, by which wrong tries wait. ``backs_up`` has backups made by themselves; a
        window that is closed then stays until the last one is done. ``copy`` is a backup to be read in place of the
        store: then nothing is written anywhere. ``language`` is one that was asked for, whatever is remembered.
        """
        kept = str(profile.settings), QSettings.Format.IniFormat
        settings = QSettings(*kept) if copy is None else Unkept(*kept)
        super().__init__(settings, profile, clock, wall or clock, copy, language, parent)
        self._fixed_clock = fixed_clock
        self._backs_up = backs_up
        self._leaving = False
        self._opening: Opening | None = None
        self._place: tuple[str, str] | None = None
        self._to_open: list[Path] = []
        self._samples_wanted = False
        self._ring = focus_ring()
        self.setWindowTitle(self.tr("Triage"))
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(480, 320)
        self.setCentralWidget(self._pages)
        quiet.Sweeper(self, lambda: self.desk is not None and self.desk.lane.is_busy())
        self._idle = IdleLock(self)
        self._idle.timeout.connect(self.lock)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._watch)
        self.restore_place()
        if copy is None:
            moving_in.finish(profile)
        self._show_locked()
        if copy is None and not profile.store.exists() and not profile.keys.exists():
            self._offer_first_run()
        self.preload = Preload(self)

    # -- opening ------------------------------------------------------------------------------------------

    def unlock(self, passphrase: str) -> None:
        """Open the store; what stands against it is said in place."""
        from triage_app.services import going_back, reading_copies

        copy = self._copy
        if copy is not None:
            self._open(lambda: reading_copies.open_copy(self.profile, copy, passphrase))
            return
        read_only = key_files.is_auditors_copy(self.profile)
        self._open(
            lambda: going_back.unlock(self.profile, passphrase, self._clock, wall=self._wall, read_only=read_only)
        )

    def unlock_with_key(self, key: bytes) -> None:
        """Open the store with its data key already in hand, as the benchmark does."""
        from triage_app.services import session as sessions

        self._open(lambda: sessions.open_with_key(self.profile, key, self._clock))

    def recover(self, typed: Paper) -> None:
        """Open the store with the printed recovery key and replace the passphrase."""
        from triage_app.services import openings

        self._open(
            lambda: openings.recover(
                self.profile, typed.key, typed.passphrase, self._clock, responder=typed.responder,
                check=self._refuse_other_time,
            )
        )  # fmt: skip

    def break_glass(self, typed: Paper) -> None:
        """Open the store with the key of the sealed envelope, for somebody who says who they are and why."""
        from triage_app.services import openings

        self._open(
            lambda: openings.break_glass(
                self.profile, typed.key, by=typed.by, because=typed.because, passphrase=typed.passphrase,
                now=self._clock, check=self._refuse_other_time,
            )
        )  # fmt: skip

    def _refuse_other_time(self, session: Session) -> None:
        if self._fixed_clock and not session.is_demonstration:
            raise BadInput("--now works in demonstration stores only.", "Start without it: this store keeps real time.")

    def _open(self, opening: Opening) -> None:
        if self.desk is not None or self._lane is not None:
            return
        if self._closing is not None:
            if self._closing.backing_up is not None and not self._leaving:  # nobody waits for a copy to get back in
                self._opening = opening
                self.unlock_page.set_busy(True)
                self._closing.backing_up.cancel(quietly=True)
            return
        from triage_app.services import settings as store_settings

        self._lane = lane = TaskRunner(self)
        self.unlock_page.set_busy(True)

        def work(progress: Progress) -> tuple[Session, list[str], str]:
            with this_start.opening() as opened:
                session = opening()
                said = opened(session.store)
            try:
                progress(0)
                self._refuse_other_time(session)
            except (Cancelled, BadInput):
                session.close()
                raise
            wish = ""
            with contextlib.suppress(TriageError):  # a store with a damaged page opens, in whatever language
                wish = str(store_settings.get(session)["language"])
            return session, said, wish

        lane.start(work, lambda found: self._opened(*found, lane), lambda error: self._not_opened(error, lane))

    def _not_opened(self, error: BaseException, lane: TaskRunner) -> None:
        self._lane = None
        QTimer.singleShot(0, lambda: self._let_go(lane))
        self.unlock_page.set_busy(False)
        if isinstance(error, TriageError):
            self.unlock_page.say(error)
            self._wait_after_wrong_tries()
            if self.first_run is not None:
                self.first_run.say(error)
        else:
            self.faulted.emit(error)

    def _let_go(self, lane: TaskRunner) -> None:
        lane.shutdown()
        lane.deleteLater()

    def _opened(self, session: Session, said: list[str], wish: str, lane: TaskRunner) -> None:
        from triage_app.services import drafts, reference_shelf
        from triage_app.services import settings as store_settings
        from triage_app.ui.desk import Desk
        from triage_app.ui.opening_words import opening_words
        from triage_app.ui.workplace import Workplace

        self._lane = None
        query_lane = TaskRunner(self)
        self.desk = desk = Desk(session, lane, query_lane, session.reader(), self)
        if self._backs_up:
            desk.keep_backups()
        self.unlock_page.set_busy(False)
        self.unlock_page.forget()
        if wish and self.first_run is None and not self._speaking.chosen and self._speaking.remember(wish):
            self._speak()  # the command line may have set another since: it counts at this unlocking, not at the next
        self.workplace = shown = Workplace(desk, self._settings, self._pages)
        self._pages.addWidget(shown)
        self._pages.setCurrentWidget(shown)
        shown.on_fault(self.faulted.emit)
        shown.lock_requested.connect(self.lock)
        shown.re_key_wanted.connect(self.re_key)
        shown.quit_wanted.connect(self.close)
        shown.theme_chosen.connect(lambda mode: self._settings.setValue("theme", mode))
        shown.say_mode(self._fixed_clock)
        if self._place is not None:
            shown.queue.return_to(self._place)
        for words in said + opening_words(session, desk.store, self._wall, self.tr):
            shown.messages.inform(words, "warning")
        desk.query(lambda store: reference_shelf.problems(store.home), self._warn_of_packs)  # reads all of them
        shown.focus_content()
        desk.long("", lambda held, _: store_settings.get(held), self._apply_settings)
        desk.setting_changed.connect(self._setting_changed)
        if not desk.is_read_only:
            desk.long("", lambda held, _: drafts.waiting(held.store), self._show_drafts)
        if self.first_run is not None:
            self.first_run.deleteLater()
            self.first_run = None
        self.unlocked.emit()
        self._open_waiting()

    def _warn_of_packs(self, problems: list[str]) -> None:
        if self.workplace is not None:
            for words in problems:
                self.workplace.messages.inform(words, "warning")

    def _apply_settings(self, found: dict[str, Any]) -> None:
        chosen, self._speaking.chosen = self._speaking.chosen, ""
        if chosen and self.desk is not None and not self.desk.is_read_only:
            self.desk.set("language", chosen)
        else:
            self._speaking.remember(str(found["language"]))
        if self.workplace is not None:
            self.workplace.apply_settings(found)
            self._idle.setInterval(int(found["idle-lock-minutes"]) * _MINUTE_MS)
            self._idle.start()

    def _setting_changed(self, key: str, value: Any) -> None:
        if key == "idle-lock-minutes":
            self._idle.start(int(value) * _MINUTE_MS)
        elif key == "language":
            self._wish_language(str(value))

    def _show_drafts(self, found: list[drafts.Draft]) -> None:
        from triage_app.ui.dialogs.drafts import drafts_dialog

        if self.workplace is not None and self.desk is not None and found:
            drafts_dialog(self.workplace, self.desk, found).open()

    # -- another data key ---------------------------------------------------------------------------------

    def re_key(self, passphrase: str) -> None:
        """Give the data another key: everything closes for it, and the store is locked afterwards."""
        from triage_app.services import rekeying

        desk, workplace = self.desk, self.workplace
        if desk is None or workplace is None:
            return
        self._keep_what_is_typed(desk)
        desk.failed.disconnect()
        desk.failed.connect(self.faulted)
        self._drop_workplace(workplace)
        self._pages.setCurrentWidget(self.unlock_page)
        self.desk, self._closing = None, desk
        self.unlock_page.set_closing(True, self.tr("The data is given another key. Leave the laptop on meanwhile."))

        def closed() -> None:
            self._closing = None
            self._after_closing(desk)
            self.locked.emit()

        def done(found: rekeying.Rekeyed) -> None:
            from triage_app.ui.dialogs.paper_page import PaperDialog

            closed()
            PaperDialog(found.paper, self).open()

        def failed(error: BaseException) -> None:
            closed()
            self.unlock_page.say(error) if isinstance(error, TriageError) else self.faulted.emit(error)

        desk.close_after(lambda session: rekeying.re_key(session, passphrase), done, failed)

    # -- the first start ----------------------------------------------------------------------------------

    def _found(self, wanted: Wanted) -> None:
        page, lane = self.first_run, TaskRunner(self)
        if page is None:
            return

        def work(_: Any) -> str:
            from triage_app.services import session as sessions

            demonstration = wanted.purpose == "demonstration"
            return sessions.found(
                self.profile, organisation=wanted.organisation, responder=wanted.responder, now=self._clock,
                passphrase=wanted.passphrase, organisation_name=wanted.organisation_name, nation=wanted.nation,
                device_name=wanted.device, exercise=wanted.purpose == "exercise", demonstration=demonstration,
                cost=sessions.DEMONSTRATION_COST if demonstration else None,
            ).recovery_key  # fmt: skip

        def made(key: str) -> None:
            QTimer.singleShot(0, lambda: self._let_go(lane))
            self._lane = None
            page.show_key(key)

        self._lane = lane
        lane.start(work, made, lambda error: self._not_opened(error, lane))

    def _founded(self, passphrase: str, samples: bool) -> None:
        self._samples_wanted = samples
        self.unlock(passphrase)

    def offer_restore(self) -> None:
        """Show the backups that are found: one of them may become the store."""
        if self.desk is not None or self._lane is not None or self._closing is not None:
            return
        from triage_app.ui.dialogs.restore import RestoreDialog

        dialog = RestoreDialog(self.profile, self._clock, self)
        dialog.restored.connect(self._restored)
        dialog.failed.connect(self.faulted)
        dialog.open()

    def _restored(self, passphrase: str) -> None:
        self._pages.setCurrentWidget(self.unlock_page)
        if self.first_run is not None:
            self._pages.removeWidget(self.first_run)
            self.first_run.deleteLater()
            self.first_run = None
        self.unlock(passphrase)

    # -- files from outside -------------------------------------------------------------------------------

    def open_files(self, untrusted_paths: Sequence[Path]) -> None:
        """Show what some files hold, as soon as the store is open; the responder decides."""
        self._to_open.extend(untrusted_paths)
        self._open_waiting()

    def _open_waiting(self) -> None:
        if self.workplace is None:
            return
        if self._samples_wanted:
            self._samples_wanted = False
            self.workplace.importing.start_samples()
        if self._to_open:
            paths, self._to_open = self._to_open, []
            self.workplace.open_files(paths)

    def come_forward(self) -> None:
        """Show the window: somebody started the program again."""
        self.showNormal() if self.isMinimized() else self.show()
        self.raise_()
        self.activateWindow()

    # -- locking and leaving ------------------------------------------------------------------------------

    def lock(self) -> None:
        """Hide everything at once; the store closes when what runs has ended, and the key goes with it."""
        desk, workplace = self.desk, self.workplace
        if desk is None or workplace is None:
            return
        self._place = workplace.queue.place()
        self._keep_what_is_typed(desk)
        desk.leave()
        desk.failed.disconnect()
        desk.failed.connect(self.faulted)
        self._drop_workplace(workplace)
        self._pages.setCurrentWidget(self.unlock_page)
        self.unlock_page.setFocus()
        self.desk = None
        self._close_softly(desk)
        self.locked.emit()

    def _drop_workplace(self, workplace: Workplace) -> None:
        self._idle.stop()
        workplace.leave()
        for window in QApplication.topLevelWidgets():
            if isinstance(window, QDialog) and window.isVisible() and belongs_to(window, self):
                window.done(QDialog.DialogCode.Rejected)  # whatever it would ask: nothing may stay in view
        QApplication.clipboard().clear() if QApplication.clipboard().ownsClipboard() else None
        self._pages.removeWidget(workplace)
        workplace.hide()
        for timer in workplace.findChildren(QTimer):
            timer.stop()  # one that runs out before the workplace is gone would ask a store that is closed
        workplace.setParent(None)
        workplace.deleteLater()
        self.workplace = None
        self._speak()

    def _keep_what_is_typed(self, desk: Desk) -> None:
        """Words in an open form are nobody's record yet; they wait in the store, as does what the lists show."""
        from triage_app.services import drafts, last_lists
        from triage_app.ui.dialogs.form import FormDialog

        forms = [one for one in self.findChildren(FormDialog) if one.isVisible()]
        found = [drafts.Draft(one.windowTitle(), one.typed()) for one in forms if one.typed()]
        lists = self.workplace.narrowed() if self.workplace is not None else {}
        if not desk.is_read_only:
            desk.long("", lambda session, _: last_lists.keep(session, lists))
            if found:
                desk.long("", lambda session, _: drafts.keep(session, found))

    def _close_softly(self, desk: Desk) -> None:
        """Close a desk without waiting for it: what runs is finished first."""
        self._closing = desk
        self.unlock_page.set_closing(True, may_open=desk.backing_up is not None and not self._leaving)
        if desk.backing_up is not None:
            desk.backing_up.changed.connect(self._show_backing_up)

        def closed() -> None:
            self._closing = None
            self._after_closing(desk)
            opening, self._opening = self._opening, None
            if self._leaving:
                self.close()
            elif opening is not None:
                self._open(opening)

        desk.close_when_idle(closed)

    def _after_closing(self, desk: Desk) -> None:
        desk.close()
        desk.deleteLater()
        self._show_ways()
        self.unlock_page.set_closing(False)
        QTimer.singleShot(_SWEEP_MS, quiet.sweep_up)  # once Qt has let go of the views: what they showed goes too

    def _show_backing_up(self) -> None:
        """Say how far the last copy is, once it takes long enough for somebody to wonder."""
        backing_up = self._closing.backing_up if self._closing is not None else None
        if backing_up is not None and backing_up.is_long():
            self.unlock_page.say_backing_up(backing_up.share(), leaving=self._leaving)

    def _without_copy(self) -> None:
        """Go, or open again, without the copy that is being made."""
        if self._closing is not None and self._closing.backing_up is not None:
            self._closing.backing_up.cancel()

    def end(self) -> None:
        """Close now, whatever is being copied: nothing is left that would wait for it."""
        self._backs_up = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Finish what was begun, then go: an import under way is given up, decisions are kept."""
        self.remember_place()
        app = QGuiApplication.instance()
        at_once = isinstance(app, QGuiApplication) and app.isSavingSession()  # the system is going down
        if self._backs_up and not at_once and (self.desk is not None or self._closing is not None):
            self._leaving = True
            event.ignore()
            if self.desk is not None:
                self.lock()
            else:
                self.unlock_page.set_closing(True, may_open=False)
            return
        if self.workplace is not None and self.desk is not None:
            desk = self.desk
            self._keep_what_is_typed(desk)
            self._drop_workplace(self.workplace)
            self.desk = None
            desk.close()
            desk.deleteLater()
        elif self._closing is not None:
            self._closing.close()
            self._closing = None
        elif self._lane is not None:
            self._lane.shutdown()
            self._lane = None
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The question mark, wherever it is on the keyboard, shows every key; fields take theirs before."""
        shown = self.workplace
        if shown is not None and event.text() == "?" and shown.queue.table.single_keys:
            shown.keys_requested.emit()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Start the wait for idleness again at every key and movement."""
        if event.type() in _INPUT and self._idle.isActive():  # before the setting is read there is no wait to begin
            self._idle.start()
        return False
