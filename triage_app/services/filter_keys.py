"""The parts of a filter for lists that take words and a few keys; ``alert_filter`` reads those of alerts.

What is a key, and what only looks like one, is the same everywhere: ``domain.filter_grammar`` says it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from triage_app.domain.filter_grammar import UnknownKey, is_word

_TERM = re.compile(r"([A-Za-z][A-Za-z_-]{1,19}):(\S+)\Z")
_QUOTES: Final = ('""', "“”", "''", "‘’")


def read_part(part: str, known: Collection[str]) -> tuple[str, str]:
    """Return (key, value) of one part of a filter; ("", word) of a word. Raises ``UnknownKey``.

    A word in quotes is a word, whatever it looks like.
    """
    if len(part) > 2 and part[0] + part[-1] in _QUOTES:
        return "", part[1:-1]
    found = _TERM.match(part)
    if found is None:
        return "", part
    key, value = found[1].lower(), found[2]
    if key in known:
        return key, value
    if is_word(part, known):
        return "", part
    raise UnknownKey(part, (0, len(part)), found[1], known)


def refuse_unknown(query: str, known: Collection[str] = ()) -> None:
    """Raise ``UnknownKey`` where some part of a filter has a key that the list does not know."""
    for part in query.split():
        read_part(part, known)


def told_of_unknown(query: str) -> tuple[str, str]:
    """Return what to say where nothing passes a filter of words because a part of it was meant as a key; ("", "")."""
    try:
        refuse_unknown(query)
    except UnknownKey as refused:
        return refused.what, refused.do
    return "", ""


def words_of(query: str) -> list[str]:
    """Return the words of a filter that has no keys, as they are compared: case aside, without their quotes."""
    return [
        part[1:-1] if len(part) > 2 and part[0] + part[-1] in _QUOTES else part for part in query.casefold().split()
    ]
