"""An import as the window lives it: first rows within a second, and its thread never held up for long."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.measure import Outcome, at_most
from bench.stores import fresh

MOST_SECONDS = 1.0
MOST_BLOCK_MS = 50.0
_HERE = Path(__file__).resolve().parent


def run(scratch: Path, table: Path, rows: int) -> list[Outcome]:
    """Measure one import of a table in a window of its own process."""
    home = scratch / "window"
    session = fresh(home)
    key = bytes(session.key).hex()
    session.close()
    environment = {**os.environ}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    done = subprocess.run(
        [sys.executable, str(_HERE / "window_import.py"), str(home), str(table)],
        input=key + "\n", env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    shutil.rmtree(home)
    told = json.loads(done.stdout)
    five = ", ".join(
        f"{held:.0f} after {at:.1f} s (computed {computed:.0f}, stood ready without a processor {waited:.0f})"
        for held, at, computed, waited in told["five_worst_ms"]
    )
    note = f"{rows:,} rows, imported after {told['imported']:.1f} s, searchable after {told['searchable']:.1f} s"
    return [
        at_most("first rows in the window", told["first_rows"], MOST_SECONDS, "s", 1.0, note),
        at_most("window held up", told["worst_ms"], MOST_BLOCK_MS, "ms", 1.0, f"the five longest, in ms: {five}"),
    ]
