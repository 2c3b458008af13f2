"""Run the benchmarks, print a table, leave ``bench-out/latest.json``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import (  # noqa: E402 - found from any folder
    batch,
    corpus,
    desk,
    exchange,
    first_paint,
    import_rows,
    import_window,
    installed_paint,
    one_edit,
    stores,
)
from bench.measure import Outcome  # noqa: E402
from triage_app.__main__ import seldom_garbage  # noqa: E402

ROWS = 1_000_000
"Of the import, the exchange and the desk; the other benchmarks use a store of at most ``STORE_ROWS``."
STORE_ROWS = 200_000
NAMES = ("import", "edit", "paint", "batch", "exchange", "desk")


def main(arguments: list[str] | None = None) -> int:
    """Measure what is named (everything by default).

    Exit 0 whether or not a goal is met, but for the desk's watchdog: 1 where we held the window up for too long.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(NAMES)}")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--operations", type=int, default=exchange.OPERATIONS, help="how many are exchanged")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the desk's session goes on")
    parser.add_argument("--assistive", action="store_true", help="with a client that asks the desk's table all along")
    parser.add_argument("--installed", type=Path, help="folder of a built program: paint measures that one, cold")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    chosen = parser.parse_args(arguments)
    names = chosen.names or NAMES
    seldom_garbage()  # as the command line does
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        scratch = Path(folder)
        if "import" in names:
            table, small = scratch / "large.csv", scratch / "small.csv"
            corpus.write_alerts(table, chosen.rows)
            corpus.write_alerts(small, min(chosen.rows, 10_000))
            outcomes += import_rows.run(scratch, table, chosen.rows)
            outcomes += import_rows.ten_thousand(scratch, small)
            outcomes += import_window.run(scratch, table, chosen.rows)
            table.unlink()
        if "exchange" in names:
            table = scratch / "sent.csv"
            corpus.write_alerts(table, chosen.rows)
            outcomes += exchange.run(scratch, table, chosen.rows, chosen.operations)
            table.unlink()
        if "desk" in names:
            outcomes += desk.run(scratch, chosen.rows, chosen.minutes, assistive=chosen.assistive)
        if chosen.installed is not None and "paint" in names:
            outcomes += installed_paint.run(scratch, chosen.installed)
            names = [name for name in names if name != "paint"]
        if {"edit", "paint", "batch"} & set(names):
            table = scratch / "alerts.csv"
            corpus.write_alerts(table, min(chosen.rows, STORE_ROWS))
            session = stores.filled(scratch / "full", table)
            key = bytes(session.key)
            if "edit" in names:
                outcomes += one_edit.run(session, scratch)
            if "batch" in names:
                outcomes += batch.run(session)
            session.close()
            if "paint" in names:
                outcomes += first_paint.run(scratch / "full", key)
    found = [outcome.as_json() for outcome in outcomes]
    target = ROOT / "bench-out" / "latest.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found) if chosen.json else table_of(outcomes))
    return 1 if any(one.name == desk.HELD_UP and not one.met for one in outcomes) else 0


def table_of(outcomes: list[Outcome]) -> str:
    """Return the outcomes as a table for people."""
    rows = [("", "ours", "rival", "", "ratio", "goal", "met")]
    for one in outcomes:
        rows.append(
            (one.name, f"{one.ours:,.2f}", f"{one.rival:,.2f}", one.unit, f"{one.ratio:.2f}", one.goal,
             "yes" if one.met else "NO")
        )  # fmt: skip
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"{one.name}: {one.note}" for one in outcomes if one.note)])


if __name__ == "__main__":
    sys.exit(main())
