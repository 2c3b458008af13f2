"""A scripted session over a full store: import, triage, search, sorting and jumps, with a watchdog on the thread.

python bench/window_session.py HOME TABLE SECONDS [--assistive]    the raw key on standard input; prints one JSON object
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from bench.driving import Listener, Script, Step, memory_mb, press, press_key
from bench.heartbeat import Heartbeat
from triage_app import app
from triage_app.paths import Profile
from triage_app.services.previewing import preview
from triage_app.ui import quiet
from triage_app.ui.dialogs.import_pending import Job
from triage_app.ui.workplace_menus import PLACES

SEARCHES: Final = ("beacon", "src:wazuh sev:high", "org:RAB", "powershell", "qakbot", "is:new seen:<30d")
COLUMNS: Final = ("age", "seen", "organisation", "severity")
_CTRL = Qt.KeyboardModifier.ControlModifier


class Session:
    """What a responder does, over and over: the hands never leave the keys for long."""

    def __init__(self, table: Path, seconds: float, *, assistive: bool) -> None:
        self._table, self._seconds, self._assistive = table, seconds, assistive
        self._pick = random.Random(11)
        self._heart = Heartbeat()
        self.at = "opening"
        self._marks: list[tuple[float, str]] = []
        self.done: Counter[str] = Counter()

    def steps(self) -> Iterator[Step]:
        """Work until the time is over, then wait for what is still under way."""
        work = window.workplace
        if work is None:
            raise RuntimeError("the window is not open")
        yield lambda: len(work.views) >= len(PLACES)
        self._queue = work.queue
        self._importing = work.importing
        if self._assistive:
            self._listener = Listener(self._queue.table)
        window.activateWindow()
        needs = preview(self._table).needs  # the dialog does it aside; here it is over before the heart beats
        if needs is None:
            raise RuntimeError("the table needs no mapping")
        yield 2.0
        self._heart.begin()
        turn = 0
        while self._heart.seconds() < self._seconds:
            turn += 1
            if turn % 3 == 1 and not work.importing.is_at_work():
                self._now("import")
                work.importing.start([Job(self._table, needs.suggestion, "RXX")])
            for part in (self._triage, self._search, self._sort, self._jump, self._mark, self._places):
                yield from part()
        self._now("ending")
        yield lambda: not work.importing.is_at_work() and not work.desk.lane.is_busy()
        self._heart.end()

    def _now(self, what: str) -> None:
        self.at = what
        self.done[what] += 1
        self._marks.append((self._heart.seconds(), what))

    def _list(self) -> None:
        press_key(Qt.Key.Key_2, _CTRL)
        self._queue.table.setFocus()

    def _triage(self) -> Iterator[Step]:
        self._list()
        for number in range(8):
            self._now("triage")
            press("j" * self._pick.randrange(3))
            yield 0.3
            press("d")
            yield 0.2
            press(str(1 + number % 3))
            yield 0.2
            if self._queue.acts.dismiss_bar.isVisible():  # the severity is high: words are asked for
                press("Seen before")
                press_key(Qt.Key.Key_Return)
                yield 0.2
        press("p")
        yield 0.5
        press("u")
        yield 0.8

    def _search(self) -> Iterator[Step]:
        self._now("search")
        self._list()
        press("/")
        for character in self._pick.choice(SEARCHES):
            press(character)
            yield 0.12
        yield 1.0
        press_key(Qt.Key.Key_Escape)
        yield 0.5

    def _sort(self) -> Iterator[Step]:
        self._now("sort")
        self._queue.sort(self._pick.choice(COLUMNS), True)
        yield 2.0
        self._queue.sort("severity", True)
        yield 1.0

    def _jump(self) -> Iterator[Step]:
        self._list()
        bar = self._queue.table.verticalScrollBar()
        for _ in range(6):
            self._now("jump")
            bar.setValue(self._pick.randrange(max(1, bar.maximum())))
            yield 0.15
        press_key(Qt.Key.Key_End)
        yield 0.3
        press_key(Qt.Key.Key_Home)
        yield 0.3

    def _mark(self) -> Iterator[Step]:
        self._now("mark all")
        press_key(Qt.Key.Key_A, _CTRL)
        yield 0.3
        press_key(Qt.Key.Key_Escape)
        yield 0.3

    def _places(self) -> Iterator[Step]:
        for key in (Qt.Key.Key_1, Qt.Key.Key_3, Qt.Key.Key_7, Qt.Key.Key_2):
            self._now("places")
            press_key(key, _CTRL)
            yield 0.5

    def told(self) -> dict[str, Any]:
        """Return what was found: the longest gaps, each with what was being done."""
        gaps = sorted(self._heart.gaps, reverse=True)[:12]
        return {
            "seconds": self._heart.seconds(), "done": dict(self.done), "beats": len(self._heart.gaps),
            "worst": [(*gap, self._doing(gap[1])) for gap in gaps],
            "over": sum(held > 50 for held, *_ in self._heart.gaps),
            "ours": sum(held - waited > 50 for held, _, _, waited in self._heart.gaps),
            "worst_ours": max(held - waited for held, _, _, waited in self._heart.gaps),
            "memory": memory_mb(),
            "asked": self._listener.asked if self._assistive else 0,
        }  # fmt: skip

    def _doing(self, at: float) -> str:
        return next((what for begun, what in reversed(self._marks) if begun <= at), "opening")


def done() -> None:
    """Say what was found, and close."""
    print(json.dumps(session.told()), flush=True)
    QTimer.singleShot(0, window.close)


def begin() -> None:
    """Start once the window is open."""
    global script
    script = Script(session.steps(), done)


script: Script | None = None
key = bytes.fromhex(sys.stdin.readline().strip())
application = QApplication(sys.argv[:1])
quiet.prepare()  # as ``app.run_window`` does
window = app.build(Profile(Path(sys.argv[1])), app.system_clock, key=key)
session = Session(Path(sys.argv[2]), float(sys.argv[3]), assistive="--assistive" in sys.argv)
window.unlocked.connect(begin)
window.show()
application.exec()
