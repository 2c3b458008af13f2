"""First paint of the queue with a full store, beside an empty QMainWindow: fresh processes, taking turns.

Ours is timed until the queue's table has painted rows of the store, given the raw key (unlocking by
passphrase is meant to take half a second). The rival is timed until its first paint event.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from bench.measure import Outcome, at_most
from bench.painted import environment, until_painted

GOAL = 1.5
ROUNDS = 9
_HERE = Path(__file__).resolve().parent


def run(home: Path, key: bytes) -> list[Outcome]:
    """Measure ``ROUNDS`` of each in turn, after one of each to warm the file cache; compare medians."""
    commands = {
        "ours": [sys.executable, str(_HERE / "window_ours.py"), str(home)],
        "rival": [sys.executable, str(_HERE / "window_empty.py")],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        for name, command in commands.items():
            taken = until_painted(command, key.hex())
            if number:
                seconds[name].append(taken)
    ours, rival = statistics.median(seconds["ours"]), statistics.median(seconds["rival"])
    note = f"median of {ROUNDS}, platform {environment()['QT_QPA_PLATFORM']}"
    return [at_most("first paint", ours, rival, "s", GOAL, note)]
