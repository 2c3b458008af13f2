"""Alerts folded by hand, and alerts taken apart: which are one, under which name, and where a row of one goes.

A link between two alerts is an entity of its own, so links of two people add up; the alerts that links hold together
are shown as one, under the smallest key of those that are here (DESIGN.md, The journal, 7; ADR 27).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

BY_ROW, BY_DAY = "row", "day"
"""How an alert of several rows is taken apart: each row by itself, or the rows of each day (UTC)."""

WAYS: Final = (BY_ROW, BY_DAY)

MOST_ROWS: Final = 200
"""Alerts that taking one apart may make at the most: more would bury the queue under what one key holds together."""

MOST_PARTS: Final = 1_000
"""Alerts that are folded together at once at the most."""

_LINK: Final = re.compile(r"([0-9a-f]{32}):([0-9a-f]{32})\Z")
_DAY_MS: Final = 24 * 60 * 60 * 1000
_NO_DAY: Final = "no time"


def fold_id(one: str, other: str) -> str:
    """Return the id of the link that folds two alerts (keys in hex): the same on every laptop that makes it."""
    return ":".join(sorted((one, other)))


def ends_of(untrusted_id: str) -> tuple[bytes, bytes] | None:
    """Return the keys of the two alerts that a link folds; None for an id that no link has: it came by bundle."""
    found = _LINK.match(untrusted_id)
    if found is None or found[1] >= found[2]:
        return None
    return bytes.fromhex(found[1]), bytes.fromhex(found[2])


def groups(links: Iterable[tuple[bytes, bytes]]) -> dict[bytes, frozenset[bytes]]:
    """Return by key all that links hold together with it, itself among them; a key without a link is left out.

    Links may run in circles.
    """
    beside: dict[bytes, set[bytes]] = defaultdict(set)
    for one, other in links:
        beside[one].add(other)
        beside[other].add(one)
    found: dict[bytes, frozenset[bytes]] = {}
    for key in beside:
        if key in found:
            continue
        group, waiting = {key}, [key]
        while waiting:
            for other in beside[waiting.pop()] - group:
                group.add(other)
                waiting.append(other)
        whole = frozenset(group)
        found |= dict.fromkeys(group, whole)
    return found


def star(keys: Sequence[str]) -> list[str]:
    """Return the ids of the links that hold some alerts together: each with the smallest key."""
    first, *rest = sorted(set(keys))
    return [fold_id(first, other) for other in rest]


def part_key(key: bytes, how: str, evidence_id: bytes, seen_at: int | None) -> bytes:
    """Return under which key a row lies once its alert was taken apart: the same on every laptop.

    ``seen_at`` is in milliseconds since 1970 UTC. A row without a time goes with the others without one.
    """
    day = _NO_DAY if seen_at is None else str(seen_at // _DAY_MS)
    which = day if how == BY_DAY else evidence_id.hex()
    return hashlib.sha256(f"part1\n{key.hex()}\n{how}\n{which}".encode()).digest()[:16]


def day_of(seen_at: int | None) -> str:
    """Return the day (UTC) of a row in words, "" for one without a time."""
    return "" if seen_at is None else datetime.fromtimestamp(seen_at / 1000, UTC).strftime("%Y-%m-%d")
