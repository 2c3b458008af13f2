"""Importing a table with dedupe and full text, beside the sqlite3 shell's ``.import`` of the same file.

The shell loads into a plain, unencrypted table with a unique index on the same key and FTS5 over the
same twelve columns with the same tokenizer. It parses, checks, normalises and journals nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from bench.corpus import HEADERS
from bench.measure import Outcome, at_least
from bench.stores import fresh
from triage_app.services import import_alerts

GOAL = 0.4
ROUNDS = 3


def run(scratch: Path, table: Path, rows: int) -> list[Outcome]:
    """Measure both in turn and compare the best of each, all-in: load, indexes, full text."""
    shell = shutil.which("sqlite3")
    if shell is None:
        return [Outcome("import", 0, 0, "rows/s", 0, f"at least {GOAL}", False, "the sqlite3 shell is not installed")]
    ours, rival = [], []
    for number in range(ROUNDS):
        rival.append(_shell(shell, scratch / f"shell{number}.db", table))
        ours.append(_ours(scratch / f"import{number}", table))
    note = f"{rows} rows, best of {ROUNDS} each; all: ours {_list(ours)} s, shell {_list(rival)} s"
    return [at_least("import", rows / min(ours), rows / min(rival), "rows/s", GOAL, note)]


def _ours(home: Path, table: Path) -> float:
    session = fresh(home)
    needs = import_alerts.preview(table).needs
    started = time.perf_counter()
    import_alerts.import_file(session, table, mapping=None if needs is None else needs.suggestion)
    import_alerts.index_wait(session)
    seconds = time.perf_counter() - started
    session.close()
    shutil.rmtree(home)
    return seconds


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
