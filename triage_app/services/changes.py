"""What an operation of the responder did: views refresh by it, and the command line prints it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

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
    "(kind, entity) of everything set."

    def touches(self, *kinds: str) -> bool:
        """Whether anything of these kinds changed."""
        return not self._kinds.isdisjoint(kinds)

    @cached_property
    def _kinds(self) -> frozenset[str]:
        """The kinds of what was set: every view asks, and a merge sets a hundred thousand things."""
        return frozenset(kind for kind, _ in self.touched)


def milliseconds(moment: datetime) -> int:
    """Return a moment as milliseconds since 1970 UTC, the unit of every time in the store."""
    return round(moment.timestamp() * 1000)
