"""One edit to disk with a full store, beside a bare committed INSERT into an encrypted file.

The edit is a triage decision through its service: read the heads, write the operation into the
journal, bring the projections up to date, commit. The INSERT writes a row of the same size to a
store of its own, opened with the same settings. The two take turns.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from bench.measure import Outcome, at_most
from triage_app.services import triage
from triage_app.services.session import Session
from triage_app.store import alerts
from triage_app.store.connection import open_store

GOAL = 3.0
EDITS = 500
_BODY = "x" * 430
"A triage decision's body has about this many bytes."


def run(session: Session, scratch: Path) -> list[Outcome]:
    """Measure ``EDITS`` of each in turn; compare medians and 95th percentiles."""
    rival_store = open_store(scratch / "insert.db", os.urandom(32), create=True)
    rival_store.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT)")
    numbers = alerts.ids(session.store, alerts.AlertFilter(), limit=EDITS)
    keys = [row["key"] for row in alerts.rows(session.store, numbers).values()]
    ours: list[float] = []
    rival: list[float] = []

    def insert() -> None:
        with rival_store.write():
            rival_store.execute("INSERT INTO t(body) VALUES (?)", (_BODY,))

    for key in keys:
        ours.append(_timed(lambda key=key: triage.take_in_hand(session, [key])))  # type: ignore[misc]
        rival.append(_timed(insert))
    rival_store.close()
    return [
        at_most("edit, median", _ms(statistics.median(ours)), _ms(statistics.median(rival)), "ms", GOAL),
        at_most("edit, 95th percentile", _ms(_p95(ours)), _ms(_p95(rival)), "ms", GOAL),
    ]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def _ms(seconds: float) -> float:
    return seconds * 1000
