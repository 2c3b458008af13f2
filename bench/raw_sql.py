"""The same order asked for in bare SQL: what sorting a list must not cost much more than."""

from __future__ import annotations

import time
from typing import Final

from triage_app.store.connection import Store

ORDERS: Final = {
    "severity": "a.severity {d}, a.last_seen DESC, a.id",
    "age": "a.last_seen {d}, a.id",
    "seen": "a.rows {d}, a.last_seen DESC, a.id",
    "title": "r.title {d}, a.id",
    "source": "json_extract(l.json, '$.source') {d}, a.id",
    "organisation": "r.organisation {d}, a.id",
}
"""What each column of the queue sorts by, over the tables as they are."""


def seconds_of(store: Store, order: str, descending: bool) -> float:
    """Return how long the plain question takes: every open alert's number, in order, read to the end."""
    joins = ""
    if "r." in order or "l." in order:
        joins = " JOIN evidence_row AS r ON r.id = a.newest"
    if "l." in order:
        joins += " JOIN layout AS l ON l.id = r.layout"
    sql = f"SELECT a.id FROM alert AS a{joins} WHERE a.state IN (0, 1) ORDER BY {order}"
    started = time.perf_counter()
    for _ in store.connection.execute(sql.format(d="DESC" if descending else "ASC")):
        pass
    return time.perf_counter() - started
