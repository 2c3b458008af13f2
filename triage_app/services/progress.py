"""How long work says how far it is, and learns that it should stop. No Qt, no wall clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Protocol

from triage_app.errors import Cancelled

_SHORTEST_S = 0.05
"""Speeds over less time than this say nothing."""

_SURE_S = 0.5
"""Nothing is said of the speed before this."""

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


class Pace:
    """How fast something goes, evenly enough to be read: the last seconds count most."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, memory: float = 4.0) -> None:
        """``memory`` is for how many seconds a speed is remembered."""
        self._monotonic = monotonic
        self._memory = memory
        self._at = self._begun = monotonic()
        self._done = 0.0
        self._value = self._weight = 0.0

    def note(self, done: float) -> None:
        """Say how much is done by now."""
        now = self._monotonic()
        spent = now - self._at
        if spent < _SHORTEST_S or done < self._done:
            return
        share = 1 - math.exp(-spent / self._memory)
        self._value += share * ((done - self._done) / spent - self._value)
        self._weight += share * (1 - self._weight)
        self._at, self._done = now, done

    @property
    def a_second(self) -> float | None:
        """How much is done in a second; None while that cannot be said."""
        if not self._weight or self._at - self._begun < _SURE_S:
            return None
        return self._value / self._weight

    def left(self, total: float) -> float | None:
        """Return the seconds that are left; None while they cannot be said."""
        speed = self.a_second
        return None if not speed else max(0.0, (total - self._done) / speed - (self._monotonic() - self._at))


def no_progress(done: int, total: int | None = None) -> None:
    """Take a ``Progress`` report and do nothing: for work nobody watches."""
