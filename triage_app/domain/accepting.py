"""Rules that accept alerts for a time: what one matches, how long it runs, and what it never touches (ADR 27).

A rule is fixed when it is made: what it matches, until when, why. It can be ended, never widened. It compares whole
values of fixed fields, no patterns: what they would look through was written by attackers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FIELDS: Final = ("source", "title", "category", "host", "user", "organisation")
"""What a rule may compare, in the order in which it is said; names are those of the columns of evidence."""

TELLING: Final = ("title", "category", "host")
"""At least one of these, beside the source: a rule must not accept all that a source says."""

DAY_MS: Final = 24 * 60 * 60 * 1000
USUAL_DAYS: Final = 14
MOST_DAYS: Final = 90
MOST_VALUE: Final = 500
"""Characters of a value that a rule compares."""

AHEAD_MS: Final = DAY_MS
"""How far ahead of ours the clock may be by which a rule was made: as far as the journal follows another clock."""

RUNNING, TO_COME, EXPIRED, ENDED = "running", "to come", "expired", "ended"
STATES: Final = (RUNNING, TO_COME, EXPIRED, ENDED)


@dataclass(frozen=True)
class Said:
    """What a rule says, as it was fixed when it was made."""

    match: Mapping[str, str]
    "Field → the value that an alert has in it, to the letter."
    made: int
    "When, by the clock of the laptop that made it: milliseconds since 1970 UTC."
    until: int
    "The first moment at which it no longer runs."
    because: str
    high: bool = False
    "Whether it accepts alerts of high severity too."

    def matches(self, alert: Mapping[str, Any]) -> bool:
        """Tell whether an alert, as it is shown, has what this compares."""
        return all(str(alert.get(name) or "") == value for name, value in self.match.items())

    def state(self, now: int, *, ended: bool = False) -> str:
        """Return how a rule stands at a moment.

        It runs at most ``MOST_DAYS`` from when it was made, whatever it says; and one that a laptop made whose clock is
        ahead does not begin before ours comes near: so a wrong clock can keep a rule from running, never let it run on.
        """
        if ended:
            return ENDED
        if self.made > now + AHEAD_MS:
            return TO_COME
        return RUNNING if now < self.ends else EXPIRED

    @property
    def ends(self) -> int:
        """When it stops by itself."""
        return min(self.until, self.made + MOST_DAYS * DAY_MS)


def trouble(match: Mapping[str, str]) -> str:
    """Return what is wrong with what a rule would match, in words; "" for nothing."""
    if any(name not in FIELDS for name in match):
        return f"a rule compares {', '.join(FIELDS)} and nothing else"
    if not match.get("source"):
        return "it does not say whose alerts it accepts"
    if not any(match.get(name) for name in TELLING):
        return "it would accept everything that the source says"
    if any(not value or len(value) > MOST_VALUE for value in match.values()):
        return f"a value is empty or longer than {MOST_VALUE} characters"
    return ""


def read(untrusted: Any) -> Said | None:
    """Return what a rule says; None for what this version does not understand: a rule that it may not apply."""
    if not isinstance(untrusted, dict):
        return None
    match, made, until = untrusted.get("match"), untrusted.get("made"), untrusted.get("until")
    if not isinstance(match, dict) or not all(isinstance(value, str) for value in match.values()):
        return None
    if type(made) is not int or type(until) is not int or until <= made or trouble(match):
        return None
    high, because = untrusted.get("high"), untrusted.get("because")
    if type(high) is not bool or not isinstance(because, str):
        return None
    if set(untrusted) - {"match", "made", "until", "high", "because", "ref", "tlp", "from"}:
        return None  # a newer version said something more, which may narrow it
    return Said({name: match[name] for name in FIELDS if name in match}, made, until, because, high)
