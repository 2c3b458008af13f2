"""Counts for the first screen: what came in by the hour, and what was decided since a time."""

from __future__ import annotations

from triage_app.store import alerts
from triage_app.store.connection import Store

_HOUR_MS = 3_600_000


def first_seen_by_hour(store: Store, since: int, hours: int, bounds: tuple[int, ...]) -> list[list[int]]:
    """Return, for each of some severity bands, how many alerts were first seen in each hour from ``since`` on.

    ``bounds`` are the lowest severities of the bands, worst first; the last should be 0. Times are
    milliseconds UTC. Alerts without a time are not counted.
    """
    found = [[0] * hours for _ in bounds]
    for hour, severity, count in store.rows(
        f"SELECT (first_seen - ?1) / {_HOUR_MS}, severity, count(*) FROM alert"
        f" WHERE first_seen >= ?1 AND first_seen < ?1 + ?2 * {_HOUR_MS} AND state <> {alerts.FOLDED} GROUP BY 1, 2",
        (since, hours),
    ):
        band = next((place for place, lowest in enumerate(bounds) if severity >= lowest), len(bounds) - 1)
        found[band][hour] += count
    return found


def decided_since(store: Store, since: int) -> dict[str, int]:
    """Return how many alerts were linked, dismissed, snoozed or taken in hand since a time, as they stand now."""
    found = dict(
        store.rows(
            "SELECT state, count(*) FROM alert_decision WHERE decided_at >= ? AND state <> 'new'"
            " AND key NOT IN (SELECT key FROM alert_link WHERE deleted = 0) GROUP BY state",
            (since,),
        )
    )
    found["linked"] = store.value(
        "SELECT count(DISTINCT key) FROM alert_link WHERE deleted = 0 AND created_at >= ?", (since,)
    )
    return {str(state): int(count) for state, count in found.items()}


def opened_since(store: Store, since: int) -> int:
    """Return how many incidents that stand were opened since a time."""
    return int(store.value("SELECT count(*) FROM incident WHERE deleted = 0 AND created_at >= ?", (since,)))
