"""The window over a full store, driven by its keys: jumps, typing a filter, sorts, decisions, memory.

python bench/window_desk.py HOME [PART…] [--assistive]    the raw key on standard input; prints one JSON object
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from bench.driving import Listener, Script, Step, Stopwatch, memory_mb, press, press_key
from bench.raw_sql import ORDERS, seconds_of
from triage_app import app
from triage_app.paths import Profile
from triage_app.store.connection import open_store
from triage_app.ui import quiet
from triage_app.ui.views.queue import QueueView
from triage_app.ui.workplace_menus import PLACES

JUMPS: Final = 60
DECISIONS: Final = 40
PARTS: Final = frozenset(name for name in sys.argv[2:] if not name.startswith("--"))
"""What is to be measured, of jumps, typing, decisions and sorts; all of it where nothing is named."""
TYPED: Final = ("beacon", "sev:high", "src:waz", "qakbot", "rsit:fraud", "org:RAB", "user19")
COLUMNS: Final = ("title", "source", "organisation", "seen", "age", "severity")


class Measures:
    """What is measured, one part after the other."""

    def __init__(self, home: Path, key: bytes, *, assistive: bool) -> None:
        self._home, self._key, self._assistive = home, key, assistive
        self._resets = 0
        self._loads = 0
        self._acts = 0
        self.told: dict[str, Any] = {}

    def queue(self) -> QueueView:
        """Return the queue of the open window."""
        work = window.workplace
        if work is None:
            raise RuntimeError("the window is not open")
        return work.queue

    def steps(self) -> Iterator[Step]:
        """Do everything."""
        work, queue = window.workplace, self.queue()
        yield lambda: work is not None and len(work.views) >= len(PLACES)
        queue.table.record_model.modelReset.connect(lambda: self._count("_resets"))
        queue.loaded.connect(lambda: self._count("_loads"))
        queue.desk.acted.connect(lambda _: self._count("_acts"))
        queue.refresh()
        yield lambda: self._loads > 0
        if self._assistive:
            self._listener = Listener(queue.table)
        window.activateWindow()
        queue.table.setFocus()
        yield 1.0
        self.told["rows"] = len(queue.table.record_model.ids)
        self.told["memory_open"] = memory_mb()
        for part in (self._jumps, self._typing, self._decisions, self._sorts):
            if not PARTS or part.__name__.strip("_") in PARTS:
                yield from part(queue)
        self.told["memory"] = memory_mb()
        if self._assistive:
            self.told["asked"] = self._listener.asked

    def _count(self, what: str) -> None:
        setattr(self, what, getattr(self, what) + 1)

    def _jumps(self, queue: QueueView) -> Iterator[Step]:
        pick = random.Random(7)
        table, bar = queue.table, queue.table.verticalScrollBar()
        high = table.row_height * len(table.record_model.ids)
        self.told["exact"] = bar.maximum() == high - table.viewport().height()
        taken = []
        for _ in range(JUMPS):
            target = pick.randrange(bar.maximum())
            watch = Stopwatch()
            bar.setValue(target)
            table.viewport().repaint()
            taken.append(watch.read())
            yield 0.02
        self.told["jumps"] = taken
        ends = []
        for key in (Qt.Key.Key_End, Qt.Key.Key_Home) * 5:
            watch = Stopwatch()
            press_key(key)
            table.viewport().repaint()
            ends.append(watch.read())
            yield 0.3
        self.told["ends"] = ends

    def _typing(self, queue: QueueView) -> Iterator[Step]:
        """Type filters, one key after the other while the answer to the one before is still being found."""
        table, found = queue.table, []
        for text in TYPED:
            press("/")
            yield 0.1
            for place, character in enumerate(text):
                before, was = queue.filter.shown_query(), self._resets
                self._watch = Stopwatch()
                press(character)
                yield 0.35
                if queue.filter.shown_query() == before:
                    continue  # what was typed so far is no filter yet
                yield lambda was=was: self._resets > was  # type: ignore[misc]
                table.viewport().repaint()
                found.append((text[: place + 1], *self._last_reset))
            press_key(Qt.Key.Key_Escape)
            yield 1.0
        self.told["typing"] = found

    _last_reset = (0.0, 0.0)
    _watch: Stopwatch | None = None

    def watch_resets(self) -> None:
        """Note when the list last changed."""

        def note() -> None:
            if self._watch is not None:  # the first list that comes after a key; the whole of it comes later
                self._last_reset, self._watch = self._watch.read(), None

        self.queue().table.record_model.modelReset.connect(note)

    def _decisions(self, queue: QueueView) -> Iterator[Step]:
        """Dismiss alerts: until the next one is painted, and until the decision is on the disk and that is known."""
        queue.set_query("is:open sev:low,medium")
        yield 3.0
        painted, written = [], []
        for number in range(DECISIONS):
            press("d")
            yield 0.15
            was = self._acts
            watch = Stopwatch()
            press(str(1 + number % 3))
            queue.table.viewport().repaint()
            painted.append(watch.read())
            yield lambda was=was: self._acts > was  # type: ignore[misc]
            written.append(watch.read())
            yield 0.4 if number % 2 else 1.5
        self.told["painted"], self.told["written"] = painted, written
        queue.set_query("is:open")
        yield 3.0

    def _sorts(self, queue: QueueView) -> Iterator[Step]:
        """Sort by each column and back, beside the same question asked in bare SQL of the same file."""
        raw = open_store(Profile(self._home).store, self._key, read_only=True)
        found = {}
        for column in COLUMNS:
            bare = seconds_of(raw, ORDERS[column], descending=True)
            yield 0.1
            was = self._loads
            watch = Stopwatch()
            queue.sort(column, column != "age")
            yield lambda was=was: self._loads > was  # type: ignore[misc]
            queue.table.viewport().repaint()
            found[column] = (watch.read()[0], bare)
            yield 0.5
        raw.close()
        self.told["sorts"] = found


def done() -> None:
    """Say what was found, and close."""
    print(json.dumps(measures.told), flush=True)
    QTimer.singleShot(0, window.close)


def begin() -> None:
    """Start once the window is open."""
    global script
    measures.watch_resets()
    script = Script(measures.steps(), done)


script: Script | None = None
key = bytes.fromhex(sys.stdin.readline().strip())
application = QApplication(sys.argv[:1])
quiet.prepare()  # as ``app.run_window`` does
window = app.build(Profile(Path(sys.argv[1])), app.system_clock, key=key)
measures = Measures(Path(sys.argv[1]), key, assistive="--assistive" in sys.argv)
window.unlocked.connect(begin)
window.show()
application.exec()
