"""The window part of the canary test, a process of its own: it works, locks, works on, and waits to be killed.

``python -m tests.scenarios.canary_window HOME``; the passphrase and the canary come on standard input.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from tests.scenarios.laptop import clock
from triage_app.app import Faults, build
from triage_app.paths import Profile
from triage_app.ui.dialogs.log_line import LogLineDialog
from triage_app.ui.dialogs.tip import TipDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.workplace_menus import PLACES

MOST_TURNS = 400


def wait(check: Callable[[], object]) -> None:
    """Let the window work until something is so."""
    for _ in range(MOST_TURNS):
        if check():
            return
        loop = QEventLoop()
        QTimer.singleShot(50, loop.quit)
        loop.exec()
    raise AssertionError("it never came to that")


def unlocked(window: MainWindow, passphrase: str) -> None:
    """Type the passphrase and wait for the queue."""
    wait(window.unlock_page.button.isEnabled)
    window.unlock_page.passphrase.setText(passphrase)
    window.unlock_page.button.click()
    wait(lambda: window.workplace is not None and window.workplace.queue.counts.text())


def typed(form: QWidget, field: QWidget, words: str) -> None:
    """Type words into a field of a form that is open."""
    wait(form.isVisible)
    QTest.keyClicks(field, words)


def main() -> None:
    """Work in the window with the canary in every field, and end in the middle of it."""
    passphrase, canary = sys.stdin.readline().strip(), sys.stdin.readline().strip()
    application = QApplication(sys.argv[:1])
    profile = Profile(Path(sys.argv[1]))
    faults = Faults(profile)
    faults.note(ValueError(f"a fault about {canary}"))
    window = build(profile, clock)
    window.show()
    unlocked(window, passphrase)
    workplace, desk = window.workplace, window.desk
    assert workplace is not None
    assert desk is not None
    for place in PLACES:
        workplace.go_to(place)
    incident, ref, title = desk.store.row("SELECT id, ref, title FROM incident LIMIT 1") or ("", "", "")
    workplace.open_record("incident", incident)
    line = LogLineDialog(desk, [(incident, ref, title)], workplace)
    line.open()
    typed(line, line.words, f"half a line about {canary}")
    window.lock()
    unlocked(window, passphrase)
    wait(lambda: [one for one in application.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()])
    for one in application.topLevelWidgets():
        if isinstance(one, QDialog) and one.isVisible():
            one.reject()
    workplace, desk = window.workplace, window.desk
    assert workplace is not None
    assert desk is not None
    tip = TipDialog(desk, workplace)
    tip.open()
    typed(tip, tip.words, f"somebody said {canary}")
    typed(tip, tip.by, canary)
    tip.save.click()
    wait(lambda: desk.store.value("SELECT count(*) FROM tip") > 1)
    QTest.keyClicks(workplace.search, canary)
    workplace.search.returnPressed.emit()
    workplace.queue.set_query(canary)
    wait(lambda: not desk.lane.is_busy())
    window.remember_place()
    print("READY", flush=True)
    again = TipDialog(desk, workplace)
    again.open()
    typed(again, again.words, f"half a report about {canary}")
    print("WORKING", flush=True)
    application.exec()


if __name__ == "__main__":
    main()
