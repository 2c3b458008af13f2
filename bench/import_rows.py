"""Importing a table with dedupe and full text, beside the sqlite3 shell's ``.import`` of the same file.

The shell loads into a plain, unencrypted table with a unique index on the same key and FTS5 over the
same twelve columns with the same tokenizer. It parses, checks, normalises and journals nothing.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.corpus import HEADERS
from bench.measure import Outcome, at_least, at_most

GOAL = 0.4
ROUNDS = 2
MOST_MEGABYTES = 300
MOST_BYTES = 1_000
_HERE = Path(__file__).resolve().parent


def run(scratch: Path, table: Path, rows: int) -> list[Outcome]:
    """Measure both in turn and compare the best of each, all-in: load, indexes, full text and indicators searchable."""
    shell = shutil.which("sqlite3")
    if shell is None:
        return [Outcome("import", 0, 0, "rows/s", 0, f"at least {GOAL}", False, "the sqlite3 shell is not installed")]
    ours: list[dict[str, Any]] = []
    rival: list[float] = []
    for number in range(ROUNDS):
        rival.append(_shell(shell, scratch / f"shell{number}.db", table))
        ours.append(_ours(scratch / f"import{number}", table))
    seconds = [one["seconds"] for one in ours]
    if any(one["new"] != rows for one in ours):
        raise RuntimeError("the import lost rows")
    imported = min(one["imported"] for one in ours)
    note = (
        f"{rows:,} rows, best of {ROUNDS} each; all: ours {_list(seconds)} s, shell {_list(rival)} s;"
        f" stored after {imported:.1f} s, then indexed behind the work"
    )
    window = max(one["megabytes"] for one in ours)
    reader = max(one["reader_megabytes"] for one in ours)
    size = max(one["bytes"] for one in ours) / rows
    return [
        at_least("import", rows / min(seconds), rows / min(rival), "rows/s", GOAL, note),
        at_most("memory", window, MOST_MEGABYTES, "MB", 1.0, f"the limit beside it; the reader took {reader:.0f} MB"),
        at_most("bytes an alert", size, MOST_BYTES, "bytes", 1.0, f"the limit beside it; {_line(table, rows)} of CSV"),
    ]


def ten_thousand(scratch: Path, table: Path) -> list[Outcome]:
    """Measure a file as most are: ten thousand rows, beside one second."""
    seconds = min(_ours(scratch / f"small{number}", table)["seconds"] for number in range(3))
    return [at_most("10,000 rows", seconds, 1.0, "s", 1.0, "the limit beside it: what a person takes for at once")]


def _line(table: Path, rows: int) -> int:
    return table.stat().st_size // rows


def _ours(home: Path, table: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(_HERE / "import_ours.py"), str(home), str(table)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    shutil.rmtree(home)
    return dict(json.loads(done.stdout))


def _shell(shell: str, database: Path, table: Path) -> float:
    columns = ", ".join(HEADERS)
    script = (
        f"PRAGMA journal_mode = WAL; CREATE TABLE t({columns});\n"
        f".import --csv --skip 1 {table} t\n"
        "CREATE UNIQUE INDEX t_id ON t(id);\n"
        f"CREATE VIRTUAL TABLE f USING fts5({columns}, content='t',"
        " tokenize=\"unicode61 remove_diacritics 0 tokenchars '.-_@'\");\n"
        "INSERT INTO f(f) VALUES ('rebuild');\n"
    )
    started = time.perf_counter()
    subprocess.run([shell, str(database)], input=script, text=True, check=True, capture_output=True)
    seconds = time.perf_counter() - started
    database.unlink()
    return seconds


def _list(seconds: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in seconds)
