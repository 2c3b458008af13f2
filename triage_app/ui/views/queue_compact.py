"""What compact rows show more: when each alert was seen over the last day, and the totals over the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer

from triage_app.domain.severity import band, vocabulary
from triage_app.services.changes import Changes, milliseconds
from triage_app.store import alerts, seen_lately
from triage_app.store.alerts import AlertFilter
from triage_app.ui import theme
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.table import RecordTable
from triage_app.ui.tasks import Task
from triage_app.ui.views.severity_totals import SeverityTotals

SPANS: Final = 24
_SPAN_MS: Final = 3_600_000
_MOST_READ: Final = 20_000
"""Alerts of which the rows that they fold are counted: for more, that would take seconds."""

_KEPT: Final = 2_000
"""Alerts whose activity is kept: more than any screen shows."""


class QueueCompact(QObject):
    """Asks aside for both while rows are compact; the list never waits, and shows the lines when they are known."""

    def __init__(self, desk: Desk, table: RecordTable, totals: SeverityTotals) -> None:
        super().__init__(table)
        self._desk, self._table, self._totals = desk, table, totals
        self._known: dict[str, tuple[int, ...]] = {}
        self._hour = -1
        self._wanted: dict[str, dict[str, Any]] = {}
        self._narrowed: AlertFilter | None = None
        self._counting: Task | None = None
        self._compact = self.is_on()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._ask)
        theme.current().changed.connect(self._theme_changed)
        desk.store_changed.connect(self._changed)

    @staticmethod
    def is_on() -> bool:
        """Tell whether rows are compact now."""
        return theme.current().density == "compact"

    def _theme_changed(self) -> None:
        was, self._compact = self._compact, self.is_on()
        if self._compact and not was and self._narrowed is not None:
            self.count(self._narrowed)

    def _changed(self, changes: Changes) -> None:
        if changes.touches("import"):
            self._known.clear()

    # -- when ---------------------------------------------------------------------------------------------

    def fill(self, rows: Iterable[dict[str, Any]], now: datetime, organisations: Mapping[str, str]) -> None:
        """Give rows that are about to be shown what is known of when they were seen; ask for the rest.

        An organisation has its name alone here, where that is known: its code is in the pane.
        """
        if not self.is_on():
            return
        until = milliseconds(now)
        if until // _SPAN_MS != self._hour or len(self._known) > _KEPT:
            self._hour = until // _SPAN_MS
            self._known.clear()
        for row in rows:
            alert = row["alert"]
            known = self._known.get(alert["key"])
            row["organisation"] = organisations.get(alert["organisation"]) or row["organisation"]
            row["activity"] = known or (0,) * SPANS
            if known is None and (alert["last_seen"] or 0) > until - SPANS * _SPAN_MS:
                self._wanted[alert["key"]] = row
        if self._wanted:
            self._soon.start()

    def _ask(self) -> None:
        wanted, self._wanted = self._wanted, {}
        keys, until = list(wanted), milliseconds(self._desk.now())

        def show(found: dict[str, list[int]]) -> None:
            for key, row in wanted.items():
                row["activity"] = self._known[key] = tuple(found.get(key, (0,) * SPANS))
            self._table.viewport().update()

        self._desk.query(lambda store: seen_lately.recent(store, keys, until, _SPAN_MS, SPANS), while_alive(self, show))

    # -- how many -----------------------------------------------------------------------------------------

    def count(self, narrowed: AlertFilter) -> None:
        """Count aside what passes a filter, by severity; a count that was overtaken is given up."""
        self._narrowed = narrowed
        if not self.is_on():
            return
        if self._counting is not None and not self._counting.is_finished():
            self._counting.cancel()

        def show(found: tuple[dict[int, int], int | None]) -> None:
            counts = {word: 0 for word, _ in vocabulary().bands}
            for severity, number in found[0].items():
                counts[band(severity)] += number
            self._totals.say(counts, found[1])

        self._counting = self._desk.aside(
            lambda store, *_: alerts.totals(store, narrowed, _MOST_READ), while_alive(self, show)
        )
