"""A script that drives a window by its keys, from within: each step waits for something, and blocks nothing."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTableView, QWidget

Step = float | Callable[[], bool]
"""Seconds to wait, or what is to be true before the script goes on."""

PATIENCE_S: Final = 300.0
"""How long anything may take before the script gives up."""


def press(text: str, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press the keys of some characters, where the focus is."""
    for character in text:
        QTest.keyClick(_focus(), character, modifiers)  # type: ignore[call-overload]


def press_key(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press one key that is no character."""
    QTest.keyClick(_focus(), key, modifiers)


def _focus() -> QWidget:
    found = QApplication.focusWidget() or QApplication.activeWindow()
    if found is None:
        raise RuntimeError("no window has the focus")
    return found


class Script(QObject):
    """Runs a generator of steps on the window's thread."""

    def __init__(self, steps: Iterator[Step], then: Callable[[], Any]) -> None:
        super().__init__()
        self._steps, self._then = steps, then
        self._until: Callable[[], bool] = lambda: True
        self._since = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setInterval(1)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._go_on)
        self._timer.start()

    def _go_on(self) -> None:
        if not self._until():
            if time.perf_counter() - self._since > PATIENCE_S:
                self._timer.stop()
                raise RuntimeError("the script waited in vain")
            return
        try:
            step = next(self._steps)
        except StopIteration:
            self._timer.stop()
            self._then()
            return
        self._since = time.perf_counter()
        self._until = step if callable(step) else self._after(self._since + step)

    @staticmethod
    def _after(moment: float) -> Callable[[], bool]:
        return lambda: time.perf_counter() >= moment


class Listener(QObject):
    """What a screen reader asks of a table, ten times a second, with Qt's own accessible objects made and told of."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        QAccessible.setActive(True)
        self._table = table
        self.asked = 0
        self._timer = QTimer(self)
        self._timer.setInterval(100)
        self._timer.timeout.connect(self._ask)
        self._timer.start()

    def _ask(self) -> None:
        found = QAccessible.queryAccessibleInterface(self._table)
        if found is None:
            raise RuntimeError("the table has no accessible face")
        row = self._table.currentIndex().row()
        if row < 0:
            return
        columns = self._table.model().columnCount()
        for column in range(columns):
            cell = found.child((row + 1) * columns + column)  # the headings are the first row
            if cell is not None:
                cell.text(QAccessible.Text.Name)
                cell.state()
        found.childCount()
        found.focusChild()
        self.asked += 1


class Stopwatch:
    """How long something takes, and for how much of it threads of ours stood ready while no processor was free."""

    def __init__(self) -> None:
        self._waited = _waited()
        self._began = time.perf_counter()

    def read(self) -> tuple[float, float]:
        """Return the seconds since it was made, and those in which the thread that waited most did not wait."""
        taken = time.perf_counter() - self._began
        longest = max((waited - self._waited.get(name, 0.0) for name, waited in _waited().items()), default=0.0)
        return taken, max(0.0, taken - longest)


def _waited() -> dict[str, float]:
    """Return how long each thread of this process ever stood ready; none where the system does not say."""
    found = {}
    for path in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError, IndexError):  # a thread may end meanwhile
            found[path.parent.name] = int(path.read_text().split()[1]) / 1e9
    return found


def memory_mb() -> tuple[float, float]:
    """Return what this process holds of memory now, and the most it ever held, in megabytes; Linux only."""
    with open("/proc/self/status", encoding="ascii") as file:
        told = dict(line.split(":", 1) for line in file)
    return tuple(int(told[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]
