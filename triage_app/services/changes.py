"""What an operation of the responder did: views refresh by it, and the command line prints it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Final

NAMED_ONE_BY_ONE: Final = 1_000
"Things that an act may touch and still be told of each: more are looked at again together."

Clock = Callable[[], datetime]
"Returns now, aware, in UTC. Passed in from the top, so that tests and demonstrations own the time."


@dataclass(frozen=True)
class Changes:
    """The outcome of one act."""

    act: str
    "Id of the act: what ``triage undo`` takes."
    label: str
    "What was done, in the responder's words."
    id: str = ""
    "Id of the record made or changed."
    ref: str = ""
    "Its reference, where it has one."
    touched: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    "(kind, entity) of everything set; (kind, '') for a kind of which too many were (``noticed``)."
    _kinds: frozenset[str] = field(default_factory=frozenset, init=False, repr=False, compare=False)

    def touches(self, *kinds: str) -> bool:
        """Whether anything of these kinds changed."""
        return not self._kinds.isdisjoint(kinds)

    def __post_init__(self) -> None:
        # Gone through once, where the act was done: every view asks, and a merge sets a hundred thousand things.
        object.__setattr__(self, "touched", noticed(self.touched))
        object.__setattr__(self, "_kinds", frozenset(kind for kind, _ in self.touched))


def noticed(touched: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return what views need to know of what an act touched: of very much, the kinds alone.

    The window's thread would free a hundred thousand names in one piece and be held up by it.
    """
    if len(touched) <= NAMED_ONE_BY_ONE:
        return touched if isinstance(touched, frozenset) else frozenset(touched)
    return frozenset((kind, "") for kind in set(map(itemgetter(0), touched)))


def milliseconds(moment: datetime) -> int:
    """Return a moment as milliseconds since 1970 UTC, the unit of every time in the store."""
    return round(moment.timestamp() * 1000)
