"""A real encrypted store with the sample alerts in it, and the real window over a copy of it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from triage_app.app import build
from triage_app.formats.key_slots import KdfCost
from triage_app.paths import Profile
from triage_app.services import import_alerts
from triage_app.services import session as sessions
from triage_app.services.samples import sample_files
from triage_app.services.session import Session
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.import_file import ImportDialog
from triage_app.ui.importing import Importing
from triage_app.ui.main_window import MainWindow
from triage_app.ui.tasks import TaskRunner
from triage_app.ui.views.queue import QueueView
from triage_app.ui.workplace import Workplace

V = TypeVar("V", bound=QWidget)

PASSPHRASE = "correct horse battery"
CHEAP = KdfCost(t=1, m=8 * 1024, p=1)
WAIT_MS = 10_000
SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"


def now() -> datetime:
    """The time at which every test of the window plays."""
    return datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


def empty_store(home: Path, **more: Any) -> Profile:
    """Found a store in a folder."""
    profile = Profile(home)
    sessions.found(
        profile, organisation="RXX", organisation_name="Northmoor University Hospitals", responder="Sam Okafor",
        passphrase=PASSPHRASE, now=now, cost=CHEAP, **{"demonstration": True, **more},
    )  # fmt: skip
    return profile


def store_with_samples(home: Path) -> Path:
    """Found a store and import the sample alerts: 70 alerts from three sources."""
    profile = empty_store(home)
    session = sessions.unlock(profile, PASSPHRASE, now)
    for path, mapping in sample_files():
        import_alerts.import_file(session, path, mapping=mapping, organisation="RXX")
    import_alerts.index_wait(session)
    session.close()
    return home


def copied(home: Path, to: Path) -> Path:
    """Return a copy of a store that a test may write to."""
    shutil.copytree(home, to)
    return to


@contextmanager
def window_on(
    home: Path, qtbot: QtBot, *, files: Sequence[Path] = (), unlocked: bool = True, whole: bool = False,
    passphrase: str = PASSPHRASE,
) -> Iterator[MainWindow]:  # fmt: skip
    """Yield the real window over a store, unlocked and showing every alert; fail for any fault of ours.

    An idle window makes the places that nobody has asked for yet, and that takes longer than most tests do. So only a
    ``whole`` one makes them; any other goes on at once to what it does when they are made, and makes them when asked.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not whole:
            patch.setattr(Workplace, "_build_next", Workplace.index)
        window = build(Profile(home), now, passphrase=passphrase if unlocked else "", files=files)
        faults: list[BaseException] = []
        window.faulted.connect(faults.append)
        window.resize(1440, 900)
        window.show()
        try:
            if unlocked:
                wait_unlocked(window, qtbot)
            yield window
        finally:
            window.close()
            window.deleteLater()
            assert faults == []


def wait_unlocked(window: MainWindow, qtbot: QtBot) -> QueueView:
    """Wait until the queue shows all there is, and return it."""
    qtbot.waitUntil(lambda: window.workplace is not None, timeout=WAIT_MS)
    queue = queue_of(window)
    qtbot.waitUntil(lambda: bool(queue.counts.text()), timeout=WAIT_MS)
    return queue


def queue_of(window: MainWindow) -> QueueView:
    """Return the queue of an unlocked window."""
    assert window.workplace is not None
    return window.workplace.queue


def press(widget: QWidget, key: str | Qt.Key) -> None:
    """Press one key."""
    if isinstance(key, str):
        QTest.keyClicks(widget, key)
    else:
        QTest.keyClick(widget, key)


def said(queue: QueueView, qtbot: QtBot, what: str) -> str:
    """Wait until the result line begins with some words; return all it says."""

    def told() -> None:
        assert queue.result.words().startswith(what), queue.result.words()

    qtbot.waitUntil(told, timeout=WAIT_MS)
    return queue.result.words()


def until(qtbot: QtBot, check: Callable[[], bool]) -> None:
    """Wait for something."""
    qtbot.waitUntil(check, timeout=WAIT_MS)


def until_done(qtbot: QtBot, left: Callable[[], object]) -> None:
    """Wait until nothing is left of work in several steps: each step may take as long as ``until`` waits for one."""
    while before := left():
        until(qtbot, lambda before=before: left() != before)  # type: ignore[misc]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the sample alerts; a test that writes has a copy."""
    return store_with_samples(tmp_path_factory.mktemp("samples") / "home")


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window over an empty store."""
    empty_store(tmp_path / "home")
    with window_on(tmp_path / "home", qtbot) as opened:
        yield opened


@pytest.fixture
def importing(window: MainWindow) -> Importing:
    """What takes files in, in that window."""
    assert window.workplace is not None
    return window.workplace.importing


def opened(importing: Importing, qtbot: QtBot, *paths: Path) -> ImportDialog:
    """Open the dialog on some files and wait until each has been read."""
    importing.open(paths)
    return read(importing, qtbot)


def read(importing: Importing, qtbot: QtBot) -> ImportDialog:
    """Wait until each file of the dialog that is coming has been read."""
    until(qtbot, lambda: importing.dialog is not None)
    dialog = importing.dialog
    assert dialog is not None
    until_done(qtbot, lambda: sum(not each.is_read for each in dialog.files.values()))
    return dialog


def table(path: Path, rows: list[list[str]]) -> Path:
    """Write a CSV table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def ragged(folder: Path) -> Path:
    """Write a table of two rows, of which the second cannot be read."""
    rows = [["title", "host", "x"], ["Odd", "PC-1", "1"], ["a", "b", "c", "d", "e"]]
    return table(folder / "ragged.csv", rows)


@contextmanager
def desk_over(unlock: Callable[[], Session], qtbot: QtBot) -> Iterator[Desk]:
    """Yield a desk over a real store, opened as the window opens it, and close it; a fault of ours fails the test."""
    lane, query_lane = TaskRunner(), TaskRunner()
    found: list[Session] = []
    lane.start(lambda _: unlock(), found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=5_000)
    desk = Desk(found[0], lane, query_lane, found[0].reader())
    faults: list[object] = []
    desk.failed.connect(faults.append)
    try:
        yield desk
    finally:
        desk.close()
        for runner in (lane, query_lane):
            runner.deleteLater()
        assert faults == []


def settle(desk: Desk, qtbot: QtBot) -> None:
    """Wait until both lanes have nothing left to do."""
    qtbot.waitUntil(lambda: not desk.lane.is_busy() and not desk._query_lane.is_busy(), timeout=5_000)


def in_view(made: V, desk: Desk, qtbot: QtBot, qapp: QApplication) -> V:
    """Show a view by itself, and wait until it has read what it shows."""
    theme.current().apply(qapp)
    qtbot.addWidget(made)
    made.resize(1220, 820)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    settle(desk, qtbot)
    return made
