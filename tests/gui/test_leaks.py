"""The check that fails a leaking GUI test does notice each kind of leak."""

from __future__ import annotations

import threading

from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from tests.gui.conftest import left_behind


def found(application: QApplication) -> list[str]:
    """What is there beyond the test's own process as it stands now, without the leaks under test."""
    return left_behind(application, set(), set(threading.enumerate()))


def test_a_window_left_open_is_noticed(qapp: QApplication) -> None:
    window = QMainWindow()
    window.setObjectName("leak")
    assert any("QMainWindow 'leak'" in each for each in found(qapp))
    window.deleteLater()
    del window
    assert not any("leak" in each for each in found(qapp))


def test_a_thread_left_running_is_noticed(qapp: QApplication) -> None:
    before = set(threading.enumerate())
    stop = threading.Event()
    lane = threading.Thread(target=stop.wait, name="store-lane")
    lane.start()
    assert "thread store-lane" in left_behind(qapp, set(), before)
    stop.set()
    lane.join()
    assert "thread store-lane" not in left_behind(qapp, set(), before)


def test_a_qthread_left_running_is_noticed(qapp: QApplication) -> None:
    thread = QThread()
    thread.setObjectName("leak")
    thread.start()
    assert "QThread 'leak'" in found(qapp)
    thread.quit()
    assert thread.wait(3000)
    assert "QThread 'leak'" not in found(qapp)


def test_a_timer_left_running_is_noticed(qapp: QApplication) -> None:
    timer = QTimer()
    timer.start(60_000)
    assert "running QTimer of NoneType" in found(qapp)
    timer.stop()
    assert "running QTimer of NoneType" not in found(qapp)
