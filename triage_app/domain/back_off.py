"""How long to wait after wrong passphrases: it slows a person at the keyboard, and locks nobody out for good.

Pure rules over what is remembered of the tries. Somebody who has a copy of the files asks nobody: against them stands
the cost of each guess (Argon2id), and nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

FREE: Final = 5
"""Wrong tries until the first wait."""
FIRST_WAIT: Final = 5
"""Seconds."""
LONGEST_WAIT: Final = 300
"""Seconds."""


@dataclass(frozen=True)
class Tries:
    """What is remembered of wrong tries at a store. Times are milliseconds UTC."""

    wrong: int = 0
    "In a row, up to now."
    untold: int = 0
    "Since they were last written down inside the store."
    first: int = 0
    "When the first of those was made."
    last: int = 0
    "When the newest was made."


UNKNOWN: Final = Tries(wrong=FREE - 1)
"""What is assumed where nothing can be remembered, such as when the file was deleted: one try, then the waits go on."""


def wait_after(wrong: int) -> int:
    """Return the seconds to wait after so many wrong tries in a row."""
    if wrong < FREE:
        return 0
    return min(FIRST_WAIT << min(wrong - FREE, 16), LONGEST_WAIT)


def seconds_left(tries: Tries, now: int) -> int:
    """Return the seconds that are still to be waited, rounded up.

    A clock that was set back says nothing about how long ago the last try was: then one may be made, and it counts.
    """
    if now < tries.last:
        return 0
    left = tries.last + wait_after(tries.wrong) * 1000 - now
    return max(0, -(-left // 1000))


def failed(tries: Tries, now: int) -> Tries:
    """Return what is remembered after one more wrong try."""
    return Tries(tries.wrong + 1, tries.untold + 1, tries.first if tries.untold else now, now)


def succeeded(tries: Tries) -> Tries:
    """Return what is remembered once a secret was right: nothing to wait for, and what is still to be told."""
    return replace(tries, wrong=0)


def told(tries: Tries) -> Tries:
    """Return what is remembered once the wrong tries are written down inside the store."""
    return replace(tries, untold=0, first=0)
