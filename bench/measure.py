"""One benchmark's outcome, and the goal it is held against."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """Ours beside the rival's, both measured in the same run; the ratio is what counts."""

    name: str
    ours: float
    rival: float
    unit: str
    ratio: float
    goal: str
    met: bool
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as ``bench-out/latest.json`` has it."""
        return asdict(self)


def at_least(name: str, ours: float, rival: float, unit: str, goal: float, note: str = "") -> Outcome:
    """More is better: ours over the rival's is to reach ``goal``."""
    ratio = round(ours / rival, 3)
    return Outcome(name, round(ours, 3), round(rival, 3), unit, ratio, f"at least {goal}", ratio >= goal, note)


def at_most(name: str, ours: float, rival: float, unit: str, goal: float, note: str = "") -> Outcome:
    """Less is better: ours over the rival's is to stay below ``goal``."""
    ratio = round(ours / rival, 3)
    return Outcome(name, round(ours, 4), round(rival, 4), unit, ratio, f"at most {goal}", ratio <= goal, note)
