"""GUI tests drive the real window over a real store, and leave nothing of it behind."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.exchange_store import cast  # noqa: F401 - the laptops of a story
from tests.gui.fixtures_store import importing, samples, window  # noqa: F401 - fixtures of every test here
from tests.gui.incident_store import desk, told  # noqa: F401 - those of the tests of one view

GRACE_S = 3.0
"""How long a closed window's background lane may take to end."""


def left_behind(application: QApplication, widgets: set[QWidget], threads: set[threading.Thread]) -> list[str]:
    """Name every window, thread and running timer that was not there when the test began."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    found = [
        f"window {type(widget).__name__} {widget.objectName()!r} {widget.windowTitle()!r}"
        for widget in application.topLevelWidgets()
        if widget.parent() is None and widget not in widgets
    ]
    found += [f"thread {thread.name}" for thread in threading.enumerate() if thread not in threads]
    if QThreadPool.globalInstance().activeThreadCount():
        found.append("work in the global thread pool")
    main = application.thread()
    for candidate in [thing for thing in gc.get_objects() if issubclass(type(thing), (QThread, QTimer))]:
        if not is_alive(candidate):
            continue
        if isinstance(candidate, QThread) and candidate is not main and candidate.isRunning():
            found.append(f"QThread {candidate.objectName()!r}")
        if isinstance(candidate, QTimer) and candidate.isActive():
            found.append(f"running QTimer of {type(candidate.parent()).__name__}")
    return found


def is_alive(thing: QObject) -> bool:
    """Tell whether Qt still has the object behind a Python name."""
    import shiboken6

    return bool(shiboken6.isValid(thing))


@pytest.fixture(autouse=True, scope="module")
def garbage_dies_here() -> Iterator[None]:
    """Search for garbage between tests, on this thread, as the program does: on another Qt's objects may not die."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()
    gc.collect()


@pytest.fixture(autouse=True)
def leaves_nothing_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test whose window, thread or timer outlives it: the next test would inherit it."""
    widgets = set(qapp.topLevelWidgets())
    threads = set(threading.enumerate())
    yield
    end = time.monotonic() + GRACE_S
    found = left_behind(qapp, widgets, threads)
    while found and time.monotonic() < end:
        gc.collect()
        QCoreApplication.processEvents()
        time.sleep(0.01)
        found = left_behind(qapp, widgets, threads)
    gc.collect()
    if found:
        pytest.fail("left behind: " + "; ".join(found))
