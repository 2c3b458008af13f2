"""A window over one profile while its store is locked: the page that opens it, the first start, and their language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QStackedWidget, QWidget

from triage_app.paths import Profile
from triage_app.services import key_files, languages, this_start, wrong_tries
from triage_app.services.changes import Clock
from triage_app.ui.dialogs.unlock import Paper, UnlockPage
from triage_app.ui.speaking import Speaking
from triage_app.ui.tasks import TaskRunner
from triage_app.ui.window_frame import WindowFrame

if TYPE_CHECKING:
    from triage_app.services.backups import Found
    from triage_app.ui.desk import Desk
    from triage_app.ui.dialogs.first_run import FirstRunPage, Wanted
    from triage_app.ui.workplace import Workplace


class LockedWindow(WindowFrame):
    """What can be seen and done before anything is unlocked. What follows is ``MainWindow``."""

    def __init__(
        self, settings: QSettings, profile: Profile, clock: Clock, wall: Clock, copy: Found | None, language: str,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """``wall`` is the clock by which wrong tries wait, ``copy`` a backup that is opened in place of the store."""
        super().__init__(settings, parent)
        self._speaking = Speaking(settings, language)
        self.profile = profile
        self._clock = clock
        self._wall = wall
        self._copy = copy
        self._lane: TaskRunner | None = None
        self._closing: Desk | None = None
        self.desk: Desk | None = None
        self.workplace: Workplace | None = None
        self.first_run: FirstRunPage | None = None
        self._pages = QStackedWidget()
        self.unlock_page = self._make_unlock_page()

    def unlock(self, passphrase: str) -> None:
        """Open the store."""
        raise NotImplementedError

    def recover(self, typed: Paper) -> None:
        """Open the store with the printed recovery key."""
        raise NotImplementedError

    def break_glass(self, typed: Paper) -> None:
        """Open the store with the key of the sealed envelope."""
        raise NotImplementedError

    def offer_restore(self) -> None:
        """Show the backups that are found."""
        raise NotImplementedError

    def lock(self) -> None:
        """Hide everything at once."""
        raise NotImplementedError

    def _without_copy(self) -> None:
        raise NotImplementedError

    def _found(self, wanted: Wanted) -> None:
        raise NotImplementedError

    def _founded(self, passphrase: str, samples: bool) -> None:
        raise NotImplementedError

    # -- the pages ----------------------------------------------------------------------------------------

    def _make_unlock_page(self) -> UnlockPage:
        page = UnlockPage(self.profile.home)
        self._pages.insertWidget(0, page)
        page.unlock_wanted.connect(self.unlock)
        page.recovery_wanted.connect(self.recover)
        page.without_copy.connect(self._without_copy)
        page.restore_wanted.connect(self.offer_restore)
        page.envelope_wanted.connect(self.break_glass)
        page.language_wanted.connect(self._choose_language)
        return page

    def _show_locked(self) -> None:
        """Let the locked page say what it opens, and by whom."""
        if self._copy is not None:
            from triage_app.services import reading_copies

            self.setWindowTitle(reading_copies.said_of(self._copy))
            self.unlock_page.show_copy(reading_copies.said_of(self._copy), self._copy.path)
            return
        self._show_ways()
        self.unlock_page.tell(" ".join(this_start.words()))
        self._wait_after_wrong_tries()

    def _show_ways(self) -> None:
        """Let the locked page offer what the key file says there is."""
        people, has_envelope = key_files.ways(self.profile)
        self.unlock_page.set_ways(people, has_envelope)

    def _wait_after_wrong_tries(self) -> None:
        if wrong_tries.seconds_left(self.profile, self._wall):
            self.unlock_page.count_down(lambda: wrong_tries.seconds_left(self.profile, self._wall))

    def _offer_first_run(self) -> FirstRunPage:
        from triage_app.ui.dialogs.first_run import FirstRunPage

        self.first_run = page = FirstRunPage(self.profile.home, self._clock)
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        page.found_wanted.connect(self._found)
        page.finished.connect(self._founded)
        page.restore_wanted.connect(self.offer_restore)
        page.language_wanted.connect(self._choose_language)
        return page

    # -- the language -------------------------------------------------------------------------------------

    def _choose_language(self, code: str) -> None:
        """Speak another language at once: nothing is unlocked, so there is only this page to make again."""
        if self.desk is None and self._lane is None and self._closing is None:
            self._speaking.choose(code)
            self._speak()

    def _speak(self) -> None:
        """Speak as was wished, and make the locked page again where that is another language."""
        if not self._speaking.begin():
            return
        old, first = self.unlock_page, self.first_run
        self.unlock_page = self._make_unlock_page()
        for page in (old, first):
            if page is not None:
                self._pages.removeWidget(page)
                page.deleteLater()
        self._pages.setCurrentWidget(self.unlock_page)
        self._show_locked()
        if first is not None:
            self._offer_first_run().go_on_from(first)
            first.forget()

    def _wish_language(self, wish: str) -> None:
        shown = self.workplace
        if shown is None or not self._speaking.remember(wish):
            return
        name = languages.NAMES[self._speaking.wished()]
        words = self.tr("{0} from the next unlocking on. The window is made anew then.").format(name)
        if shown.messages.ask(words, self.tr("Lock now"), self.tr("Open forms keep what is typed in them as drafts.")):
            self.lock()
