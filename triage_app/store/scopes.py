"""What an export is about: which incidents, and what was written when; and the evidence that falls under it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from triage_app.store import alerts
from triage_app.store.connection import Store


@dataclass(frozen=True)
class Scope:
    """Which incidents a bundle is about; None for everything."""

    incidents: frozenset[str] | None = None
    since: int | None = None
    "Only what was written since then (milliseconds UTC)."
    until: int | None = None
    "Only what was written before then."

    def covers(self, at: int | None) -> bool:
        """Tell whether something written at a time lies in the window; what has no time does."""
        return at is None or ((self.since is None or at >= self.since) and (self.until is None or at < self.until))


_RUNS, _RUN = 16, 320


def in_runs(items: list[Any], size: int = _RUN) -> list[Any]:
    """Return all of a few things; of many, runs of neighbours from all over: packed, they shrink as all do."""
    if len(items) <= _RUNS * size:
        return items
    step = (len(items) - size) / (_RUNS - 1)
    return [item for run in range(_RUNS) for item in items[round(run * step) : round(run * step) + size]]


def rows_in_scope(store: Store, scope: Scope) -> list[int]:
    """Return the visible evidence rows that a scope is about, by number."""
    spans = alerts.visible_spans(store)
    if scope.incidents is None:
        ids: list[int] = []
        for first, last in spans:
            sql = "SELECT id FROM evidence_row WHERE id BETWEEN ? AND ?"
            ids.extend(row[0] for row in store.rows(sql, (first, last)))
        return _rows_in_window(store, scope, ids)
    marks = ",".join("?" * len(scope.incidents))
    found = [
        row[0]
        for row in store.rows(
            "SELECT r.id FROM evidence_row AS r WHERE r.key IN (SELECT key FROM alert_link WHERE deleted = 0"
            f" AND incident IN ({marks})) ORDER BY r.id",
            sorted(scope.incidents),
        )
    ]
    return _rows_in_window(store, scope, alerts.within(spans, found))


_WRITTEN: Final = "applied = 1 AND CAST(substr(hlc, 1, 15) AS INTEGER) >= ? AND CAST(substr(hlc, 1, 15) AS INTEGER) < ?"


def _rows_in_window(store: Store, scope: Scope, rows: list[int]) -> list[int]:
    """Keep the rows that were imported in the scope's window, and those of alerts that were linked in it."""
    if scope.since is None and scope.until is None:
        return rows
    window = (-1 if scope.since is None else scope.since, 1 << 60 if scope.until is None else scope.until)
    imports = "SELECT i.id FROM import AS i JOIN operation AS o ON o.entity = i.entity WHERE o.kind = 'import' AND"
    imports += f" o.field = 'record' AND {_WRITTEN}"
    spans = store.rows(f"SELECT first, last FROM import_range WHERE import IN ({imports}) ORDER BY first", window)
    kept = set(alerts.within([(first, last) for first, last in spans], rows))
    kept |= {row for (row,) in store.rows(f"SELECT row FROM import_repeat WHERE import IN ({imports})", window)}
    links = f"kind = 'link' AND field = 'linked' AND {_WRITTEN}"
    named = store.rows(f"SELECT entity FROM operation WHERE entity <> '' AND {links}", window)
    named += store.rows(f"SELECT b.entity FROM batch_member AS b JOIN operation USING (n) WHERE {links}", window)
    for key in {bytes.fromhex(name.partition(":")[0]) for (name,) in named if _KEY.match(name)}:
        kept |= {row for (row,) in store.rows("SELECT id FROM evidence_row WHERE key = ?", (key,))}
    return [row for row in rows if row in kept]


_KEY: Final = re.compile(r"[0-9a-f]{32}:")
