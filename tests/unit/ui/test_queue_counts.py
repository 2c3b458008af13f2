"""How many alerts are to be decided, as the queue remembers it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests import stores
from tests.unit.store.evidence import key_of, load, row
from triage_app.services import triage
from triage_app.services.changes import milliseconds
from triage_app.ui.views.queue_reading import Counts


def test_what_is_to_be_decided_is_counted_once_between_two_changes(tmp_path: Path) -> None:
    (laptop,) = stores.copies(tmp_path)
    session = laptop.session
    load(session, [row("a", 5, 90), row("b", 9, 90), row("c", 7, 50), row("d", 8, 20), row("e", 1, 10)])
    counts, now = Counts(), milliseconds(session.now())
    assert counts.of(session.store, now) == (5, 2)
    triage.snooze(session, [key_of("a")], session.now() + timedelta(minutes=1))
    assert counts.of(session.store, now) == (5, 2), "nobody has said yet that something changed"
    counts.forget()
    assert counts.of(session.store, now) == (4, 1)
    assert counts.of(session.store, now + 61_000) == (5, 2), "a snooze has run out since, which no act tells of"
    laptop.close()
