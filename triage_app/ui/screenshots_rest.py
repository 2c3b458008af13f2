"""Pictures of what the walk through the places passes by: locked, empty, menus, the search box, the manual."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu, QMenuBar, QWidget

from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.services.changes import Clock
from triage_app.store import lookup
from triage_app.ui.idle_lock import NOTICE_MS, IdleNotice
from triage_app.ui.main_window import MainWindow
from triage_app.ui.manual import open_manual
from triage_app.ui.messages import bug_dialog
from triage_app.ui.screenshots_walk import Walker, front
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES

Take = Callable[[QWidget, str], object]

_BLOCKED_MS: Final = 700
"""After how long an act that has not come back is taken to be asking something."""
_KEY: Final = "K7QF-2M9D-XW4T-8HPB-R3VN-6YJC-5ZGA-1LES"
_PAGES: Final = ("queue", "clocks", "exchange", "keys")
"""Pages of the manual, of every kind of block."""


def locked(window: MainWindow, take: Take) -> None:
    """Draw the ways of unlocking, and what is said when one fails."""
    page = window.unlock_page
    take(window, "unlock")
    page.say(TriageError("This passphrase does not open the store.", "Check Caps Lock, and try again."))
    take(window, "unlock-refused")
    page.say(None)
    page.set_recovering(True)
    take(window, "unlock-recovery")
    page.set_ways(["Sam Okafor", "Jo Pryce"], True)
    page.envelope.click()
    take(window, "unlock-envelope")
    page.set_recovering(False)
    page.set_closing(True)
    take(window, "unlock-closing")


def first_run(window: MainWindow, take: Take) -> None:
    """Draw the steps of the first start, and the first of them when it is not answered."""
    page = window.first_run
    if page is None:
        return
    take(window, "first-run")
    page.go_on()
    take(window, "first-run-wanting")
    page.organisation.setText("RXX")
    page.organisation_name.setText("Northmoor University Hospitals")
    page.responder.setText("Sam Okafor")
    page.device.setText("Duty laptop 2")
    page.go_on()
    page.first.setText("seven quiet")
    take(window, "first-run-passphrase")
    page.first.setText("seven quiet herons wade")
    page.second.setText("seven quiet")
    page.go_on()
    take(window, "first-run-differs")
    page.show_key(_KEY)
    take(window, "first-run-key")


def empty_store(home: Path, clock: Clock) -> tuple[Profile, str]:
    """Found a store with nothing in it; return its profile and its passphrase."""
    profile, passphrase = Profile(home), "seven quiet herons wade"
    sessions.found(
        profile, organisation="RXX", organisation_name="Northmoor University Hospitals", responder="Sam Okafor",
        passphrase=passphrase, now=clock, exercise=True, cost=sessions.DEMONSTRATION_COST,
    )  # fmt: skip
    return profile, passphrase


def empty(workplace: Workplace, take: Take, settle: Callable[[], None]) -> None:
    """Draw every place where there is nothing yet, and a list in which nothing is found."""
    window = workplace.window()
    for key in PLACES:
        workplace.go_to(key)
        settle()
        take(window, f"empty-{key}")
    workplace.show_reports()
    settle()
    take(window, "empty-reports")
    workplace.go_to("queue")
    workplace.queue.set_query("is:open ransom")
    settle()
    take(window, "empty-search")


def over_everything(workplace: Workplace, take: Take, settle: Callable[[], None]) -> None:
    """Draw what comes over any place: the menus, the box, the keys, the manual, the word of the lock, a bug."""
    workplace.go_to("queue")
    settle()
    for bar in workplace.findChildren(QMenuBar):
        if bar.isVisible():
            for action in bar.actions():
                _menu(action, take)
    workplace.search.setFocus()
    for typed in ("in", "xyzzy"):
        workplace.search.setText(typed)
        workplace.search.textEdited.emit(typed)
        settle()
        take(workplace.window(), f"box-{typed}")
    workplace.search.clear()
    workplace.keys_requested.emit()
    settle()
    take(front(workplace), "keys")
    _leave()
    for page in _PAGES:
        open_manual(workplace, f"{page}.md")
        settle()
        take(front(workplace), f"manual-{page}")
        _leave()
        settle()  # a window that is going is not to be shown again
    lock = QTimer(workplace)
    lock.setSingleShot(True)
    lock.start(NOTICE_MS * 3 // 4)
    notice = IdleNotice(workplace.window(), lock)
    take(workplace.window(), "lock-announced")
    notice.deleteLater()
    lock.stop()
    report = "KeyError at queue.py:120 in _show\nTriage 0.9\n  app.py:70 in build"
    bug = bug_dialog(workplace, report)
    bug.open()
    take(bug, "bug")
    _leave()


def _menu(action: QAction, take: Take) -> None:
    menu = action.menu()
    if isinstance(menu, QMenu):
        menu.aboutToShow.emit()
        menu.ensurePolished()
        menu.resize(menu.sizeHint())
        take(menu, f"menu-{_slug(action.text())}")
        menu.aboutToHide.emit()


def _slug(words: str) -> str:
    """Return some words as a part of a file's name."""
    plain = words.partition("\t")[0].replace("&", "").casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "other"


_AT_ONCE: Final = ("take", "classify")
"""Acts of the queue that may not ask first: nothing is written to a store that is drawn."""
_WALKED: Final = ("Dismiss…", "Merge into an incident…", "Snooze…", "Columns of the list…", "Ring somebody…")
"""What the walk drew in its own way, or what asks nothing."""


class Remaining:
    """Draws what each act of the menus asks that was not drawn yet; every question is left unanswered."""

    def __init__(self, workplace: Workplace, walker: Walker, take: Take, settle: Callable[[], None]) -> None:
        self._workplace, self._walker, self._take, self._settle = workplace, walker, take, settle
        self._drawn = {_slug(action.text()) for action in walker.drawn} | {_slug(words) for words in _WALKED}

    def all(self) -> None:
        """Go through the places, and through the tabs of the incident with most alerts."""
        store = self._workplace.desk.store
        incidents = lookup.listing(store, "incident")
        victims = lookup.listing(store, "victim")
        stays: dict[str, Callable[[], Any]] = {
            key: partial(self._workplace.go_to, key) for key in PLACES if key not in ("incidents", "victims")
        }
        if victims:
            victim = max(victims, key=lambda row: row["actions"])["id"]
            stays["victims"] = lambda: self._workplace.open_record("victim", victim)
        if incidents:
            incident = max(incidents, key=lambda row: (row["alerts"], row["ref"]))["id"]
            page: Any = self._workplace.view("incidents")

            def tab(key: str) -> None:
                self._workplace.open_record("incident", incident)
                page.page.tabs.go_to(key)

            for key in list(page.page.tabs.tabs):
                stays[f"incident-{key}"] = partial(tab, key)
        for name, stay in stays.items():
            stay()
            self._settle()
            self._acts(name, stay)

    def _acts(self, place: str, stay: Callable[[], Any]) -> None:
        queue = self._workplace.queue.acts.actions
        at_once = {queue[name] for name in _AT_ONCE}
        waiting = [action for _, actions in self._workplace._titled_actions() for action in actions]
        for action in waiting:
            words = _slug(action.text())
            if "…" not in action.text() or not action.isEnabled() or action in at_once or words in self._drawn:
                continue
            if action not in self._walker.drawn:
                self._draw(action, f"act-{place}-{words}")
                stay()
                self._settle()
            self._drawn.add(words)

    def _draw(self, action: QAction, name: str) -> None:
        before = set(_dialogs())
        taken: list[QWidget] = []

        def asks() -> None:
            """Answer what keeps the act from coming back."""
            for one in _dialogs():
                if one not in before:
                    if not isinstance(one, QFileDialog):
                        self._take(one, name)
                    taken.append(one)
                    one.reject()

        timer = QTimer()
        timer.setSingleShot(True)
        timer.timeout.connect(asks)
        timer.start(_BLOCKED_MS)
        action.trigger()
        timer.stop()
        if not taken:
            self._settle()
            self._settle()
            self._take(front(self._workplace), name)
        self._walker.leave(self._workplace)
        close = getattr(self._workplace.queue.acts, "close_bars", None)
        if callable(close):
            close()


def _dialogs() -> Iterable[QDialog]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]


def _leave() -> None:
    for one in _dialogs():
        one.reject()
