"""Attachments: files kept as evidence of an incident, cut into pieces, and the chain of custody over each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

PIECE_BYTES: Final = 1024 * 1024
"Bytes of a file that are sealed together: so much is in memory at once."

MOST_BYTES: Final = 2 * 1024 * 1024 * 1024
"Of one file. A disk image belongs on a disk of its own, whose hash and custody are written in the log."

MOST_PIECES: Final = MOST_BYTES // PIECE_BYTES

MOST_IN_BUNDLE: Final = 16 * 1024 * 1024
"Bytes of one attachment that travel in a bundle. A bundle is made and read in memory."

MOST_IN_BUNDLE_TOGETHER: Final = 64 * 1024 * 1024
"Bytes of all attachments in one bundle: about one part more than without them."

MOST_NAME: Final = 255
MOST_WORDS: Final = 2_000
"Characters of a name, a place, a seal number, a reason."

HANDED, RECEIVED, RETURNED = "handed-over", "received", "returned"
EXPORTED, VERIFIED, DESTROYED = "exported", "verified", "destroyed"
EVENTS: Final = (HANDED, RECEIVED, RETURNED, EXPORTED, VERIFIED, DESTROYED)
MOVES: Final = (HANDED, RECEIVED, RETURNED)
"Events after which somebody else holds the file; the others leave it where it is."

_ID: Final = re.compile(r"([0-9a-f]{32}):([0-9a-f]{32})(?::([0-9a-f]{32}))?\Z")
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")


def attachment_id(incident: str, random: str) -> str:
    """Return the id of an attachment; it begins with its incident, so that its label and key are known by its name."""
    return f"{incident}:{random}"


def custody_id(attachment: str, random: str) -> str:
    """Return the id of an entry in an attachment's custody: nobody can move it to another."""
    return f"{attachment}:{random}"


def incident_of(entity: str) -> str:
    """Return the incident of an attachment or of an entry in its custody, '' for a name that neither has."""
    found = _ID.match(entity)
    return found[1] if found else ""


def attachment_of(entity: str) -> str:
    """Return the attachment that an entry belongs to (or that an attachment is), '' for a name that neither has."""
    found = _ID.match(entity)
    return f"{found[1]}:{found[2]}" if found else ""


def content_key(attachment: str) -> str:
    """Return under what name the key of an attachment's bytes is kept: destroying them leaves its record readable."""
    return f"content:{attachment}"


def piece_count(size: int) -> int:
    """Return how many pieces a file of so many bytes has."""
    return -(-size // PIECE_BYTES)


def bound(attachment: str, number: int, size: int) -> bytes:
    """Return what is bound into the seal of a piece: no piece can be moved, swapped, left out or added."""
    return f"piece1\0{attachment}\0{number}\0{piece_count(size)}\0{size}".encode()


def piece_names(untrusted_value: Any) -> list[str]:
    """Return the SHA-256 of each sealed piece as the journal gives them; [] for what is no such list."""
    if not isinstance(untrusted_value, list) or len(untrusted_value) > MOST_PIECES:
        return []
    names = [name for name in untrusted_value if isinstance(name, str) and _SHA256.match(name)]
    return names if len(names) == len(untrusted_value) and len(set(names)) == len(names) else []


@dataclass(frozen=True)
class Move:
    """What an entry says about who holds the file."""

    event: str
    at: int
    "When it happened: UTC milliseconds."
    giver: str
    to: str


def holder(taken_by: str, moves: Iterable[Move]) -> tuple[str, bool]:
    """Return who holds a file now, always one name, and whether they confirmed it.

    ``moves`` come in the order in which they happened. A hand-over makes the one it names the holder, and a receipt by
    anybody confirms it: the receiver is whoever says that they have it.
    """
    name, confirmed = taken_by, True
    for move in moves:
        if move.event in MOVES and move.to:
            name, confirmed = move.to, move.event != HANDED
    return name, confirmed


def giver(taken_by: str, event: str, moves: Iterable[Move]) -> str:
    """Return from whom a file goes by the next event: its holder; a receipt names who had handed it over."""
    found = [move for move in moves if move.event in MOVES and move.to]
    if event == RECEIVED and found and found[-1].event == HANDED:
        return found[-1].giver
    return holder(taken_by, found)[0]


def safe_name(reference: str) -> str:
    """Return the name under which the bytes stand in an archive: no name from outside, and nothing that starts."""
    return f"{reference or 'attachment'}.evidence"
