"""Two laptops that exchange everything: export, merge, merging again, a delta, and the window meanwhile.

The rival of merging is our own importer with the same rows in the same run, both until they are searchable. Rows are
rows of evidence: that the operations come on top of them is not counted in our favour.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import exchange_window
from bench.measure import Outcome, at_least, at_most

OPERATIONS = 100_000
EDITS = 10
MERGE_GOAL = 0.5
AGAIN_GOAL = 0.1
EXPORT_GOAL = 2.0
MOST_MEGABYTES = 300
MOST_DELTA_MS = 100
MOST_DELTA_KB = 20
_LIMIT = "the limit beside it"
_HERE = Path(__file__).resolve().parent


def run(scratch: Path, table: Path, rows: int, operations: int) -> list[Outcome]:
    """Measure one exchange of all that is in a table and a journal, each step in a process of its own."""
    folder = scratch / "exchange"
    folder.mkdir()
    homes = {name: folder / name for name in ("ours", "theirs", "window")}
    came = _step("import", homes["ours"], table)
    _step("operations", homes["ours"], operations)
    devices = {name: _step("identity", home, folder / f"{name}.identity")["device"] for name, home in homes.items()}
    _step("trust", homes["ours"], folder / "theirs.identity", folder / "window.identity")
    for name in ("theirs", "window"):
        _step("trust", homes[name], folder / "ours.identity")
    sent = _step("export", homes["ours"], folder / "all.ctb", devices["theirs"], devices["window"])
    merged = _step("merge", homes["theirs"], *sent["paths"])
    again = _step("merge", homes["theirs"], *sent["paths"])
    came_of = merged["applied"] + merged["withheld"]  # who trusts whom stays at home
    if (merged["rows"], merged["pending"], merged["refused"], came_of) != (rows, 0, 0, sent["links"]):
        raise RuntimeError(f"the merge lost something: {merged}")
    answered = _step("export", homes["theirs"], folder / "back.ctb", devices["ours"])
    _step("merge", homes["ours"], *answered["paths"])
    _step("edit", homes["ours"], EDITS)
    delta = _step("delta", homes["ours"], folder / "delta.ctb", devices["theirs"])
    _step("merge", homes["theirs"], *delta["paths"])
    for name in ("ours", "theirs"):
        shutil.rmtree(homes[name])
    window = exchange_window.run(homes["window"], sent["paths"], rows)
    shutil.rmtree(folder)
    return [
        at_least(
            "merge", rows / merged["seconds"], rows / came["seconds"], "rows/s", MERGE_GOAL,
            f"{rows:,} rows and {sent['links']:,} operations, all searchable after {merged['seconds']:.1f} s, stored"
            f" after {merged['merged']:.1f} s, {merged['computed']:.1f} s of a processor; imported after"
            f" {came['imported']:.1f} s, searchable after {came['seconds']:.1f} s",
        ),
        at_most("merge again", again["merged"], merged["merged"], "s", AGAIN_GOAL,
                f"{again['computed']:.1f} s of a processor"),
        at_least(
            "export", rows / sent["seconds"], rows / merged["merged"], "rows/s", EXPORT_GOAL,
            f"{sent['seconds']:.1f} s, {sent['computed']:.1f} s of a processor, {len(sent['paths'])} files,"
            f" {sent['bytes'] / 1e6:.0f} MB",
        ),
        at_most(f"export after {EDITS} edits", delta["seconds"] * 1000, MOST_DELTA_MS, "ms", 1.0, _LIMIT),
        at_most(f"its size after {EDITS} edits", delta["bytes"] / 1000, MOST_DELTA_KB, "kB", 1.0, _LIMIT),
        at_most("memory to merge", merged["megabytes"], MOST_MEGABYTES, "MB", 1.0, _LIMIT),
        at_most("memory to export", sent["megabytes"], MOST_MEGABYTES, "MB", 1.0, _LIMIT),
        *window,
    ]  # fmt: skip


def _step(*arguments: object) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(_HERE / "exchange_ours.py"), *map(str, arguments)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))
