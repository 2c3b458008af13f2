"""The first paint, and the first alerts of a full store, beside an empty QMainWindow: fresh processes, taking turns.

The rival is timed from the start of its process until its first paint event. Ours is timed twice: from the start of the
process until the page that unlocks is painted, and from the raw key (unlocking by passphrase is meant to take half a
second) until the queue's table has painted rows of the store.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from bench.measure import Outcome, at_most
from bench.painted import environment, moments, until_painted

ROWS_GOAL = 1.5
PAGE_GOAL = 2.0
ROUNDS = 9
_HERE = Path(__file__).resolve().parent


def run(home: Path, key: bytes) -> list[Outcome]:
    """Measure ``ROUNDS`` of each in turn, after one of each to warm the file cache; compare medians."""
    ours = [sys.executable, str(_HERE / "window_ours.py"), str(home)]
    rival = [sys.executable, str(_HERE / "window_empty.py")]
    seconds: dict[str, list[float]] = {"page": [], "rows": [], "rival": []}
    for number in range(ROUNDS + 1):
        at = moments(ours, key.hex())
        empty = until_painted(rival, key.hex())
        if number:
            seconds["page"].append(at["page"])
            seconds["rows"].append(at["painted"] - at["asked"])
            seconds["rival"].append(empty)
    page, rows, empty = (statistics.median(seconds[name]) for name in ("page", "rows", "rival"))
    note = f"median of {ROUNDS}, platform {environment()['QT_QPA_PLATFORM']}"
    return [
        at_most("first paint of the program", page, empty, "s", PAGE_GOAL, f"{note}; from the start of each process"),
        at_most("first rows after unlocking", rows, empty, "s", ROWS_GOAL, f"{note}; the rival from its start"),
    ]
