"""One act over many alerts: dismissed, and taken back, beside two seconds."""

from __future__ import annotations

import time

from bench.measure import Outcome, at_most
from triage_app.services import triage, undo
from triage_app.services.session import Session
from triage_app.store import alerts

MANY = 100_000
MOST_SECONDS = 2.0


def run(session: Session) -> list[Outcome]:
    """Measure a dismissal of ``MANY`` alerts, or of as many as there are, and its undo."""
    numbers = list(alerts.ids(session.store, alerts.AlertFilter(), limit=MANY))
    keys = [row["key"] for row in alerts.rows(session.store, numbers).values()]
    started, computed = time.perf_counter(), time.process_time()
    triage.dismiss(session, keys, "benign", "Measured")
    dismissed, computed_dismissed = time.perf_counter(), time.process_time()
    undone = undo.undo(session)
    taken_back, computed_back = time.perf_counter(), time.process_time()
    if len(undone.undone) != len(keys) or undone.left:
        raise RuntimeError("the undo left something")
    many = f"{len(keys):,} alerts"
    note = "the limit beside it; {0:.2f} s of a processor"
    return [
        at_most(f"dismiss {many}", dismissed - started, MOST_SECONDS, "s", 1.0,
                note.format(computed_dismissed - computed)),
        at_most(f"take back {many}", taken_back - dismissed, MOST_SECONDS, "s", 1.0,
                note.format(computed_back - computed_dismissed)),
    ]  # fmt: skip
