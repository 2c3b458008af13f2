"""Clinical impact: what an incident did to care, as people stated it. Nothing here is the program's own judgement.

Each statement is an entity of its own, so statements add up. What nobody knows is never a nought: a count that is not
known makes its total "at least", and what nobody stated is "not stated".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from triage_app.language import say

KINDS: Final = ("outage", "divert", "cancelled", "capacity", "harm", "risk", "eprr")

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "outage": ("system", "place", "from", "until", "paper", "paper_since", "comment"),
    "divert": ("what", "origin", "destination", "from", "until", "agreed_by", "comment"),
    "cancelled": ("kind", "day", "count", "source", "comment"),
    "capacity": ("service", "percent", "at", "source", "comment"),
    "harm": ("level", "at", "reported_by", "reference", "patients", "comment"),
    "risk": ("severity", "likelihood", "at", "assessed_by", "comment"),
    "eprr": ("type", "level", "at", "declared_by", "comment"),
}
"""The fields of each kind of statement, in the order in which they are asked."""

PERSONAL: Final = ("agreed_by", "reported_by", "assessed_by", "declared_by", "comment")
"""Fields that may name somebody, and are sealed."""

BEGINS: Final = {"outage": "from", "divert": "from", "cancelled": "day"}
"""The field that says when; ``at`` for the other kinds."""

PAPER: Final = ("yes", "no", "not known")
MOST_COUNT: Final = 10_000_000
MOST_WORDS: Final = 2_000
"Characters of any one field."


def impact_id(incident: str, tail: str) -> str:
    """Return the id of a statement. It begins with its incident, so that label and place are known before anything
    else of it has arrived, and nobody can move it."""
    return f"{incident}:{tail}"


def incident_of(entity: str) -> str:
    """Return the incident that a statement belongs to."""
    return entity.partition(":")[0]


@dataclass(frozen=True)
class Count:
    """How many, as it was said."""

    number: int | None
    "None is not known."
    at_least: bool = False

    def value(self) -> dict[str, Any]:
        """Return what is stored."""
        return {"count": self.number, "at_least": self.at_least}

    @classmethod
    def of(cls, untrusted_value: object) -> Count:
        """Return a stored count; what is none is not known."""
        if not isinstance(untrusted_value, dict):
            return cls(None)
        number = untrusted_value.get("count")
        sound = type(number) is int and 0 <= number <= MOST_COUNT
        return cls(number if sound else None, untrusted_value.get("at_least") is True)

    def words(self) -> str:
        """Return it in words."""
        if self.number is None:
            return say("not known")
        return say("at least {0}", f"{self.number:,}") if self.at_least else f"{self.number:,}"


@dataclass(frozen=True)
class Total:
    """What some counts come to."""

    number: int = 0
    not_known: int = 0
    "How many of the counts are not known."
    at_least: bool = False
    statements: int = 0

    @property
    def is_known(self) -> bool:
        """Whether there is any number to show."""
        return self.statements > self.not_known

    def words(self) -> str:
        """Return it in words: never a nought for what is not known, "not stated" for nothing."""
        if not self.statements:
            return say("not stated")
        if not self.is_known:
            return say("not known")
        is_least = self.at_least or self.not_known
        many = say("at least {0}", f"{self.number:,}") if is_least else f"{self.number:,}"
        return say("{0}, {1} not known", many, f"{self.not_known:,}") if self.not_known else many


def total(counts: Iterable[Count]) -> Total:
    """Add counts up."""
    found = Total()
    for one in counts:
        found = Total(
            found.number + (one.number or 0),
            found.not_known + (one.number is None),
            found.at_least or (one.at_least and one.number is not None),
            found.statements + 1,
        )
    return found


def larger(counts: Iterable[Count]) -> Count:
    """Return the larger of several counts of one and the same thing; it is "at least" where they differ."""
    known = list(counts)
    numbers = [one.number for one in known if one.number is not None]
    if not numbers:
        return Count(None)
    return Count(max(numbers), len({(one.number, one.at_least) for one in known}) > 1 or known[0].at_least)
