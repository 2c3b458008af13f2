"""STIX patterns, read far enough to know which values they look for. Nothing is evaluated.

Every comparison ``object:path operator 'value'`` is taken, wherever it stands: brackets, AND, OR, FOLLOWEDBY and
qualifiers only tell how many are needed. A value under NOT, or compared with !=, is not what is looked for.
Source: STIX 2.1, section 9 (patterning).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_PATTERN: Final = 100_000
"""Characters of a pattern that are read."""

MAX_COMPARISONS: Final = 2_000

_COMPARISON = re.compile(
    r"(?P<path>[a-z][a-z0-9-]{1,60}:[^\s=!<>\[\]()]{1,300})\s{0,20}"
    r"(?P<not>NOT\s{1,20})?(?P<operator>=|!=|IN\b|LIKE\b|MATCHES\b|ISSUBSET\b|ISSUPERSET\b|[<>]=?)\s{0,20}"
)
_STRING = re.compile(r"(?:[bht])?'((?:[^'\\]|\\.){0,4096})'", re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.){0,20000}'", re.DOTALL)


@dataclass(frozen=True)
class Comparison:
    """One comparison of a pattern that a value has to pass."""

    object: str
    "'ipv4-addr', 'file' …"
    path: str
    "'value', 'hashes.MD5' …: quotes taken off."
    operator: str
    values: tuple[str, ...]


def comparisons(untrusted_pattern: str) -> list[Comparison]:
    """Return what a pattern looks for, in order; nothing for a pattern that cannot be followed."""
    text = untrusted_pattern[:MAX_PATTERN]
    found: list[Comparison] = []
    place = 0
    while len(found) < MAX_COMPARISONS:
        match = _COMPARISON.search(text, place)
        if match is None:
            break
        quoted = _quoted_over(text, place, match.start())
        if quoted:
            place = quoted
            continue
        values, place = _values(text, match.end())
        if values and not match["not"] and match["operator"] != "!=":
            name, _, path = match["path"].partition(":")
            found.append(Comparison(name, path.replace("'", ""), match["operator"], tuple(values)))
        place = max(place, match.end())
    return found


def _quoted_over(text: str, start: int, end: int) -> int:
    """Return where a string ends that begins between ``start`` and ``end`` and reaches beyond ``end``; 0 for none."""
    while True:
        opened = text.find("'", start, end)
        if opened < 0:
            return 0
        match = _QUOTED.match(text, opened)
        if match is None:
            return 0
        if match.end() > end:
            return match.end()
        start = match.end()


def _values(text: str, place: int) -> tuple[list[str], int]:
    """Return the strings that follow a comparison's operator, one or a set, and where they end."""
    values: list[str] = []
    in_set = text.startswith("(", place)
    place += in_set
    while len(values) < 1_000:
        match = _STRING.match(text, place)
        if match is None:
            break
        values.append(match[1].replace("\\'", "'").replace("\\\\", "\\"))
        place = match.end()
        if not in_set:
            break
        while text[place : place + 1] in {",", " "} and place < len(text):
            place += 1
    return values, place
