"""The file that is being taken in: what has come of it so far, how fast it goes and how long it will take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from triage_app.services.progress import Pace

FIRST_ROWS = 500
"""Records that are shown while the rest of their file is still being read."""


@dataclass
class Reading:
    """The file being taken in. The lane counts, the window looks."""

    name: str
    number: int
    of: int
    began: float = field(default_factory=time.monotonic)
    rows: int = 0
    first: list[Any] = field(default_factory=list)
    done: int = 0
    total: int = 0
    pace: Pace = field(default_factory=Pace)
    bytes_pace: Pace = field(default_factory=Pace)

    def saw(self, rows: Sequence[Any]) -> None:
        """Count records as they come; called on the lane."""
        if len(self.first) < FIRST_ROWS:
            self.first = [*self.first, *rows[: FIRST_ROWS - len(self.first)]]
        self.rows += len(rows)

    def moved(self, done: int, total: int | None) -> None:
        """Note how far it is."""
        self.done, self.total = done, total or 0
        self.pace.note(self.rows)
        self.bytes_pace.note(done)

    @property
    def share(self) -> float | None:
        """How much of it has been read, 0 to 1; None where nobody knows."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take; None while that cannot be said."""
        return self.bytes_pace.left(self.total) if self.total else None
