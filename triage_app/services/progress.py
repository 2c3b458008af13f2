"""How long work says how far it is, and learns that it should stop. No Qt, no wall clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from triage_app.errors import Cancelled

REPORTS_A_SECOND = 10
"""No listener hears more than this: a person cannot read faster, and a queue must not fill."""


class Progress(Protocol):
    """What a long piece of work calls, once a record."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Say that ``done`` of ``total`` steps are done; ``total`` is None while it is not known.

        Raises ``Cancelled`` once the responder has asked to stop, which unwinds the one transaction.
        """


class ReportingProgress:
    """A ``Progress`` that passes reports on, at most ten a second, and the last one always."""

    def __init__(
        self,
        report: Callable[[int, int | None], None],
        is_cancelled: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``monotonic`` counts seconds from any start; it is not the time of day."""
        self._report = report
        self._is_cancelled = is_cancelled
        self._monotonic = monotonic
        self._next_at = float("-inf")

    def __call__(self, done: int, total: int | None = None) -> None:
        """See ``Progress``."""
        if self._is_cancelled():
            raise Cancelled
        now = self._monotonic()
        if now >= self._next_at or (total is not None and done >= total):
            self._next_at = now + 1 / REPORTS_A_SECOND
            self._report(done, total)


def no_progress(done: int, total: int | None = None) -> None:
    """Take a ``Progress`` report and do nothing: for work nobody watches."""
