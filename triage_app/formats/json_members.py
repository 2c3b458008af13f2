"""The records of JSON text however it wraps them: an array, one after another, or the list in one member of an object.

An object that wraps a list is not held as a whole: its list is cut into records as it streams by, so that a bundle or
an answer of a hundred megabytes costs what one record costs, and a broken record costs itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from triage_app.formats.decoding import MAX_RECORD
from triage_app.formats.strict_json import Splitter

LOOKED: Final = 1_000_000
"""Characters at the beginning of an object in which the list has to begin, or the object is read as a whole."""

_TEXT = r'"(?:[^"\\]|\\.){0,65536}"'
_SCALAR = rf"(?:{_TEXT}|[-+0-9.eEa-z]{{1,400}})"
_MEMBER = re.compile(
    rf'\s*+,?\s*+"((?:[^"\\]|\\.){{0,256}})"\s*+:\s*+(?:({_SCALAR})(?=\s*+[,}}])|(\[)|(\{{))', re.DOTALL
)
_BRACKETS = re.compile(rf"[{{}}\[\]]|{_TEXT}", re.DOTALL)


def members(blocks: Iterator[str], names: Collection[str]) -> Iterator[tuple[int, str, str]]:
    """Yield (line, text, reason) of every record, as ``strict_json.Splitter`` does.

    If the text is one object with a list in one of the members ``names``, its elements are the records.
    """
    text = ""
    for block in blocks:
        text += block
        if len(text) >= LOOKED:
            break
    start = _list_start(text, names)
    if start < 0:
        yield from Splitter(_chained(text, blocks))
        return
    lines = text.count("\n", 0, start)
    splitter = Splitter(_chained(text[start:], blocks))
    for line, record, reason in splitter:
        if reason == "something follows the end of the array":
            return  # the rest of the object that the list lies in
        yield line + lines, record, reason


def _chained(text: str, blocks: Iterator[str]) -> Iterator[str]:
    yield text
    yield from blocks


def _list_start(text: str, names: Collection[str]) -> int:
    """Return where the list begins in an object that wraps one, -1 if the text is no such object."""
    begun = re.match(r"[\ufeff\s]*+\{", text)
    if begun is None:
        return -1
    place = begun.end()
    for _ in range(1_000):
        match = _MEMBER.match(text, place)
        if match is None:
            return -1
        if match[3] and match[1] in names:
            return match.start(3)
        place = match.end() if match[2] else _skipped(text, match.end() - 1)
        if place < 0:
            return -1
    return -1


def _skipped(text: str, place: int) -> int:
    """Return where the list or object ends that begins at a place, -1 if that is not in sight."""
    depth = 0
    for match in _BRACKETS.finditer(text, place, place + MAX_RECORD):
        sign = match[0]
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth == 0:
                return match.end()
    return -1
