"""Affected things: hosts, accounts and whatever else an incident took, as a trust tracks them back into service."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

KINDS: Final = ("host", "account", "other")
CARE: Final = ("yes", "no", "not known")
PRIORITIES: Final = (1, 2, 3, 4, 5)
"1 is restored first."

MOST_PASTED: Final = 1_000_000
"Bytes of a pasted list."

MOST_NAME: Final = 255
MOST_WORDS: Final = 2_000
"Characters of an owner, a ward, a fallback or a comment."

_BLANK = re.compile(r"\s+")


def same_name(name: str) -> str:
    """Return what two spellings of one name have in common: width, case and spaces do not matter."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _BLANK.sub(" ", folded).strip()


def affected_id(incident: str, kind: str, name: str) -> str:
    """Return the id of an affected thing: two laptops that paste the same list meet in it.

    It begins with its incident, so that label and key are known before anything else of it has arrived.
    """
    named = f"affected1\n{kind}\n{same_name(name)}"
    return f"{incident}:{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def incident_of(entity: str) -> str:
    """Return the incident that an affected thing belongs to."""
    return entity.partition(":")[0]


def controls(text: str, *, lines: bool = False) -> bool:
    """Tell whether a text holds a character that commands rather than shows; ``lines`` allows line feed and tab."""
    return any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") and not (lines and character in "\n\t")
        for character in text
    )
