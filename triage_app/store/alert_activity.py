"""When an alert was seen: what the small line of bars in its pane shows."""

from __future__ import annotations

from triage_app.store import alerts
from triage_app.store.connection import Store


def activity(store: Store, key: str, spans: int = 20) -> list[int]:
    """Return how often an alert was seen in each of some equal spans from its first to its last time.

    What is folded into it by hand counts too.
    """
    times = [
        row[0]
        for row in store.rows(
            "SELECT seen_at FROM evidence_row WHERE seen_at IS NOT NULL AND (key = ?1 OR key IN"
            f" (SELECT p.key FROM alert_part AS p WHERE p.shown = ?1)){alerts.shown_only(store, 'evidence_row')}"
            " ORDER BY seen_at LIMIT 10000",
            (bytes.fromhex(key),),
        )
    ]
    counts = [0] * spans
    if times:
        width = max(times[-1] - times[0], 1)
        for seen in times:
            counts[min((seen - times[0]) * spans // width, spans - 1)] += 1
    return counts
