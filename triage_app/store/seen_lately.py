"""When alerts were seen over the last hours: counted from an index, for as many as a screen shows."""

from __future__ import annotations

from collections.abc import Sequence

from triage_app.store import alerts
from triage_app.store.connection import Store


def recent(store: Store, keys: Sequence[str], until: int, span: int, spans: int) -> dict[str, list[int]]:
    """Return how often some alerts were seen in each of the ``spans`` times of ``span`` ms that end with ``until``.

    Those that were not seen then are left out. Nothing but an index is read, whatever the alerts fold.
    """
    since = until - span * spans
    found: dict[str, list[int]] = {}
    rows = store.rows(
        "SELECT lower(hex(key)), min((seen_at - ?) / ?, ?), count(*) FROM evidence_row"
        f" WHERE key IN ({','.join('?' * len(keys))}) AND seen_at > ? AND seen_at <= ?"
        f"{alerts.shown_only(store, 'evidence_row')} GROUP BY 1, 2",
        (since, span, spans - 1, *(bytes.fromhex(key) for key in keys), since, until),
    )
    for key, place, count in rows:
        found.setdefault(key, [0] * spans)[place] = count
    return found
