"""Stores for the benchmarks: a fresh one, opened with its raw key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from triage_app.paths import Profile
from triage_app.services import import_alerts
from triage_app.services import session as sessions
from triage_app.services.session import Session

PASSPHRASE = "benchmark only"


def clock() -> datetime:
    """Return this machine's time."""
    return datetime.now(UTC)


def fresh(home: Path) -> Session:
    """Make a store and unlock it."""
    profile = Profile(home)
    sessions.found(
        profile, organisation="RXX", responder="Bench", passphrase=PASSPHRASE, now=clock,
        cost=sessions.DEMONSTRATION_COST,
    )  # fmt: skip
    return sessions.unlock(profile, PASSPHRASE, clock)


def opened(home: Path) -> Session:
    """Unlock a store that ``fresh`` made."""
    return sessions.unlock(Profile(home), PASSPHRASE, clock)


def filled(home: Path, table: Path) -> Session:
    """Make a store that holds the alerts of a table, indexed."""
    session = fresh(home)
    needs = import_alerts.preview(table).needs
    import_alerts.import_file(session, table, mapping=None if needs is None else needs.suggestion)
    import_alerts.index_wait(session)
    return session
