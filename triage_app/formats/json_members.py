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


def members(
    blocks: Iterator[str], names: Collection[str], around: Collection[str] = ()
) -> Iterator[tuple[int, str, str]]:
    """Yield (line, text, reason) of every record, as ``strict_json.Splitter`` does.

    Of an object with a list in one of the members ``names``, the list's elements are the records. Such objects may
    follow one after another, as pages do that were written into one file. The list may also lie one object deeper, in
    one of the members ``around``.
    """
    text, before = "", 0
    while True:
        text = _filled(text, blocks, LOOKED)
        start, depth = _list_start(text, names, around)
        if start < 0:
            for line, record, reason in Splitter(_chained(text, blocks)):
                yield line + before, record, reason
            return
        before += text.count("\n", 0, start)
        splitter = Splitter(_chained(text[start:], blocks), wrapped=True)
        for line, record, reason in splitter:
            yield line + before, record, reason
        before += splitter.line - 1
        text = splitter.left
        end = _skipped(text, 0, depth)
        while end < 0 and len(text) <= MAX_RECORD and (more := next(blocks, "")):
            text += more
            end = _skipped(text, 0, depth)
        if end < 0:
            yield before + 1, text[:1000], "the file ends inside the object that its list lies in: the end is missing"
            return
        before += text.count("\n", 0, end)
        text = _filled(text[end:], blocks, 1)
        if not text.strip(" \t\r\n,"):
            return


def _filled(text: str, blocks: Iterator[str], wanted: int) -> str:
    """Return the text with blocks added until so many characters of it say something, or nothing is left."""
    parts, size = [text], len(text.lstrip())
    while size < wanted:
        block = next(blocks, None)
        if block is None:
            break
        parts.append(block)
        size += len(block.strip()) or 0
    return "".join(parts)


def _chained(text: str, blocks: Iterator[str]) -> Iterator[str]:
    yield text
    yield from blocks


def _list_start(text: str, names: Collection[str], around: Collection[str]) -> tuple[int, int]:
    """Return (where the list begins in an object that wraps one, in how many objects it lies); (-1, 0) for no list."""
    begun = re.match(r"[\ufeff\s]*+\{", text)
    if begun is None:
        return -1, 0
    place, depth = begun.end(), 1
    for _ in range(1_000):
        match = _MEMBER.match(text, place)
        if match is None:
            return -1, 0
        if match[3] and match[1] in names:
            return match.start(3), depth
        if match[4] and match[1] in around and depth == 1:
            place, depth = match.end(), 2
            continue
        place = match.end() if match[2] else _skipped(text, match.end() - 1)
        if place < 0:
            return -1, 0
    return -1, 0


def _skipped(text: str, place: int, depth: int = 0) -> int:
    """Return where the list or object ends that begins at a place (or began before it), -1 if not in sight."""
    for match in _BRACKETS.finditer(text, place, place + MAX_RECORD):
        sign = match[0]
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth == 0:
                return match.end()
    return -1
