"""Shifts: when one began, and what became of each handover of one. A handover is given, and taken by somebody else.

Handovers are given and taken on laptops that meet later, so the fold takes them in any order and says the same
everywhere:

- One that somebody else has taken is *taken*, whoever else took it too, and though its giver took it back meanwhile:
  there is somebody who looks after it, and both are named.
- Otherwise, one that its giver took back is *taken back*: the shift is its giver's again.
- Otherwise, where the same giver has given again since, the later one stands for it: it is *replaced*.
- Otherwise it is *open*: the giver's name stays on Home, for as long as nobody takes it.

What two people gave apart stands side by side until each is taken; neither stands for the other's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SHIFTS: Final = (8, 20)
"Local hours at which the day and the night shift begin."

MOST_WORDS: Final = 4_000
"Characters of the giver's own words."

LONG_OPEN: Final = timedelta(hours=1)
"After so long, a handover that nobody has taken is said in amber."


def shift_start(local: datetime) -> datetime:
    """Return when the shift began that is on at a local time, in the zone of that time."""
    begins = [local.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in SHIFTS]
    past = [moment for moment in begins if moment <= local]
    return past[-1] if past else begins[-1] - timedelta(days=1)


class State(StrEnum):
    """What became of a handover."""

    OPEN = "open"
    TAKEN = "taken"
    TAKEN_BACK = "taken back"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Given:
    """A handover as it was given. Times are milliseconds UTC."""

    id: str
    giver: str
    "What tells one person from another, the same on every laptop."
    at: int
    taken_back_at: int | None = None
    removed: bool = False
    "Whether the giving itself was undone."


@dataclass(frozen=True)
class Taking:
    """That somebody took a handover."""

    id: str
    handover: str
    taker: str
    at: int


@dataclass(frozen=True)
class Standing:
    """A handover with what became of it."""

    given: Given
    state: State
    takings: tuple[Taking, ...] = ()
    "By whom it was taken, the earliest first: more than one where two took it apart."

    @property
    def is_crossed(self) -> bool:
        """Whether two people may each believe that the shift is theirs: taken twice, or taken back and taken."""
        return bool(self.takings) and (
            len({taking.taker for taking in self.takings}) > 1 or self.given.taken_back_at is not None
        )


def fold(given: Iterable[Given], takings: Iterable[Taking]) -> list[Standing]:
    """Return what became of every handover, the newest first, whatever order they come in.

    One whose giving was undone is left out, unless somebody has taken it.
    """
    known = sorted(set(given), key=lambda one: (one.at, one.id), reverse=True)
    by_handover: dict[str, list[Taking]] = defaultdict(list)
    for taking in sorted(set(takings), key=lambda one: (one.at, one.id)):
        by_handover[taking.handover].append(taking)
    given_since: set[str] = set()
    found = []
    for one in known:
        taken = tuple(taking for taking in by_handover[one.id] if taking.taker != one.giver)
        if one.removed and not taken:
            continue
        if taken:
            state = State.TAKEN
        elif one.taken_back_at is not None:
            state = State.TAKEN_BACK
        else:
            state = State.REPLACED if one.giver in given_since else State.OPEN
        given_since.add(one.giver)
        found.append(Standing(one, state, taken))
    return found
