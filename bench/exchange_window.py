"""A merge as the window lives it: how long its thread is ever held up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Outcome, at_most
from bench.stores import opened

MOST_BLOCK_MS = 50.0
_HERE = Path(__file__).resolve().parent


def run(home: Path, paths: Sequence[str], rows: int) -> list[Outcome]:
    """Measure one merge in a window of its own process."""
    session = opened(home)
    key = bytes(session.key).hex()
    session.close()
    environment = {**os.environ}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    done = subprocess.run(
        [sys.executable, str(_HERE / "window_merge.py"), str(home), *paths],
        input=key + "\n", env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    five = ", ".join(
        f"{held:.0f} after {at:.1f} s (computed {computed:.0f}, stood ready without a processor {waited:.0f})"
        for held, at, computed, waited in told["five_worst_ms"]
    )
    note = (
        f"{rows:,} rows previewed after {told['previewed']:.1f} s, merged after {told['merged']:.1f} s,"
        f" searchable after {told['searchable']:.1f} s; the five longest, in ms: {five}"
    )
    return [at_most("window held up by a merge", told["worst_ms"], MOST_BLOCK_MS, "ms", 1.0, note)]
