"""The first paint, and the first alerts of a full store, beside an empty QMainWindow: fresh processes, taking turns.

The rival is timed from the start of its process until its first paint event. Ours is timed twice: from the start of the
process until the page that unlocks is painted, and from the raw key (unlocking by passphrase is meant to take half a
second) until the queue's table has painted rows of the store.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.measure import Outcome, at_most

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
        at = _said(ours, key)
        empty = _said(rival, key)["painted"]
        if number:
            seconds["page"].append(at["page"])
            seconds["rows"].append(at["painted"] - at["asked"])
            seconds["rival"].append(empty)
    page, rows, empty = (statistics.median(seconds[name]) for name in ("page", "rows", "rival"))
    note = f"median of {ROUNDS}, platform {_environment()['QT_QPA_PLATFORM']}"
    return [
        at_most("first paint of the program", page, empty, "s", PAGE_GOAL, f"{note}; from the start of each process"),
        at_most("first rows after unlocking", rows, empty, "s", ROWS_GOAL, f"{note}; the rival from its start"),
    ]


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    return environment


def _said(command: list[str], key: bytes) -> dict[str, float]:
    """Return what a window said before it was painted, each with the seconds since its process was started."""
    started = time.perf_counter()
    found: dict[str, float] = {}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), text=True
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the window has no pipes")
        child.stdin.write(key.hex() + "\n")
        child.stdin.flush()
        for line in child.stdout:
            found[line.strip()] = time.perf_counter() - started
            if "painted" in found:
                break
        child.stdin.close()
        if "painted" not in found:
            raise RuntimeError(f"the window said {list(found)!r}")
        child.wait(timeout=30)
    return found
