"""Says so when this laptop's clock jumped, or shows a time that has been seen already."""

from __future__ import annotations

import time
from typing import Final

from triage_app.domain.clock_drift import Drift, Reading, jump
from triage_app.language import say
from triage_app.services.changes import milliseconds
from triage_app.services.lengths import span
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.store import clocks as kept
from triage_app.store.connection import Store

SEEN: Final = "highest-time-seen"
EVERY_MS: Final = 10 * 60 * 1000
"The highest time is written down at most this often: a missing few minutes accuse nobody."


def steady_ms() -> int:
    """Return a clock that nobody sets and that goes on while the laptop sleeps, where the system has one."""
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):  # Linux; macOS, where it counts sleep too
        which = getattr(time, name, None)
        if which is not None:
            return int(time.clock_gettime_ns(which)) // 1_000_000
    return time.monotonic_ns() // 1_000_000


def reading(session: Session) -> Reading:
    """Return both clocks, read together."""
    return Reading(milliseconds(session.now()), steady_ms())


def highest_seen(store: Store) -> int | None:
    """Return the latest time that this laptop has written down, in its journal or beside it."""
    noted = store.meta(SEEN)
    times = [at for at in (noted, kept.latest_own_time(store)) if type(at) is int]
    return max(times, default=None)


def note(session: Session, *, anyway: bool = False) -> None:
    """Write down the time if it is well past the latest that was noted; ``anyway`` also when it is earlier.

    A responder who has looked at the clock and found it right says so with ``anyway``.
    """
    store = session.store
    if store.read_only:
        return
    now = milliseconds(session.now())
    noted = store.meta(SEEN)
    if anyway or type(noted) is not int or now >= noted + EVERY_MS:
        with store.write():
            store.set_meta(SEEN, now)


def said(store: Store, now: Reading, before: Reading | None = None) -> str:
    """Return what a responder must read about this laptop's clock, '' for nothing."""
    seen = highest_seen(store)
    found = jump(seen, now, before)
    if found is None:
        return ""
    by = span(found.by_ms)
    if found.drift is Drift.BEHIND:
        return say(
            "This laptop's clock shows {0}, but it has been {1} here already. Every deadline looks {2} "
            "further away than it may be: check the clock.",
            in_words(now.wall_ms),
            in_words(seen),
            by,
        )
    way = "forward" if found.drift is Drift.FORWARD else "back"
    return say(
        "This laptop's clock jumped {0} by {1}, to {2}. Deadlines are counted from what it shows: check the clock.",
        way,
        by,
        in_words(now.wall_ms),
    )
