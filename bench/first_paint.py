"""First paint of the queue with a full store, beside an empty QMainWindow: fresh processes, taking turns.

Ours is timed until the queue's table has painted rows of the store, given the raw key (unlocking by
passphrase is meant to take half a second). The rival is timed until its first paint event.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.measure import Outcome, at_most

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
            taken = _until_painted(command, key)
            if number:
                seconds[name].append(taken)
    ours, rival = statistics.median(seconds["ours"]), statistics.median(seconds["rival"])
    note = f"median of {ROUNDS}, platform {_environment()['QT_QPA_PLATFORM']}"
    return [at_most("first paint", ours, rival, "s", GOAL, note)]


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    return environment


def _until_painted(command: list[str], key: bytes) -> float:
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), text=True
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the window has no pipes")
        child.stdin.write(key.hex() + "\n")
        child.stdin.flush()
        line = child.stdout.readline()
        seconds = time.perf_counter() - started
        child.stdin.close()
        if line.strip() != "painted":
            raise RuntimeError(f"the window said {line!r}")
        child.wait(timeout=30)
    return seconds
