"""Whether a laptop's own clock can be believed: every deadline hangs on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TOLERANCE_MS: Final = 2 * 60 * 1000
"Two minutes: what a clock that is set by a network may be put right by without a word."


class Drift(StrEnum):
    """What is wrong with a clock."""

    BEHIND = "behind"
    "It shows a time before one that was seen already."
    FORWARD = "forward"
    "It went further than the time that passed."
    BACK = "back"
    "It went less far than the time that passed."


@dataclass(frozen=True)
class Reading:
    """The wall clock and a steady clock, read together. The steady one counts from anywhere, never jumps."""

    wall_ms: int
    steady_ms: int


@dataclass(frozen=True)
class Jump:
    """A clock that cannot be believed, and by how much."""

    drift: Drift
    by_ms: int


def jump(
    highest_seen: int | None, now: Reading, before: Reading | None = None, tolerance: int = TOLERANCE_MS
) -> Jump | None:
    """Return what is wrong, None where nothing is.

    ``highest_seen`` is the latest time that this laptop has ever shown or written down, ``before`` an earlier
    reading in the same run. A jump within the run says most, so it is looked at first.
    """
    if before is not None:
        by = (now.wall_ms - before.wall_ms) - (now.steady_ms - before.steady_ms)
        if by > tolerance:
            return Jump(Drift.FORWARD, by)
        if by < -tolerance:
            return Jump(Drift.BACK, -by)
    if highest_seen is not None and now.wall_ms < highest_seen - tolerance:
        return Jump(Drift.BEHIND, highest_seen - now.wall_ms)
    return None
