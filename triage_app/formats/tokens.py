"""The tokens column: canonical values that a record's own texts do not spell out, found quickly.

What a value is, ``domain/indicators.py`` decides; this only avoids asking it about texts that cannot
hold one, and asks once where a file repeats itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from triage_app.domain.indicators import extra_tokens

_CACHE: Final = 100_000
"""Texts and words whose tokens are remembered; a file repeats its hosts, users and titles."""

_CACHED_LENGTH: Final = 64
_LONG: Final = 4_096

_ROUND = re.compile(r"\(\s?(?:\.|:|@|dot|d0t|at\b)", re.IGNORECASE)
_HOST_ONLY = re.compile(r"[A-Za-z]{2,6}://([\w-]+(?:\.[\w-]+)+)(?::\d+)?(?:[/?#][^.:@\[(]*)?\Z", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+-]{8,24}Z?\Z", re.ASCII)
_GLUED = re.compile(r"[\x00-\x1f]([\w.@-]+)")


class TokenFinder:
    """Finds the tokens of records, and remembers those of texts it has seen in this file."""

    def __init__(self) -> None:
        self._cells: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def find(self, row: Sequence[str], text: str, plain: bool) -> str:
        """Return the canonical values of a record's texts that they do not spell out themselves.

        ``text`` is the record as one text, which tells quickly what kinds of value can be there at all;
        ``plain`` tells that no text needs escaping in JSON (escaped line ends would glue to the next word).
        """
        found: list[str] = []
        cache = self._cells
        if _needs_care(text, 1):
            for cell in row:
                care = _needs_care(cell, 0)
                if care or "." in cell:
                    tokens = extra_tokens((cell,)) if care else self._cell_tokens(cell)
                    if tokens:
                        found.append(tokens)
        else:
            for cell in row:
                if "." in cell:
                    known = cache.get(cell)
                    if known is None:
                        if cell.replace(".", "").isdecimal() and cell[-1] != ".":
                            continue
                        known = self._cell_tokens(cell)
                    if known:
                        found.append(known)
        if not plain and "\\" in text:
            found += [word.lower() for cell in row if not cell.isprintable() for word in _GLUED.findall(cell)[:500]]
        if not found:
            return ""
        if len(found) == 1 and " " not in found[0]:
            return found[0]
        return " ".join(sorted(set(" ".join(found).split())))

    def _cell_tokens(self, cell: str) -> str:
        """Return the tokens of a cell of plain words and dots, remembering those of its words."""
        match = _HOST_ONLY.match(cell)
        if match:
            return self._word_tokens(match[1])
        if _MOMENT.match(cell):
            return ""
        if len(cell) > _LONG:
            return extra_tokens((cell,))
        found = ""
        dot = cell.find(".")
        while dot >= 0:
            start = cell.rfind(" ", 0, dot) + 1
            end = cell.find(" ", dot)
            tokens = self._word_tokens(cell[start:] if end < 0 else cell[start:end])
            if tokens:
                found = f"{found} {tokens}" if found else tokens
            dot = cell.find(".", end) if end >= 0 else -1
        if len(cell) <= _CACHED_LENGTH:
            if len(self._cells) >= _CACHE:
                self._cells.clear()
            self._cells[cell] = found
        return found

    def _word_tokens(self, word: str) -> str:
        tokens = self._words.get(word)
        if tokens is None:
            tokens = extra_tokens((word,))
            if len(word) <= _CACHED_LENGTH:
                if len(self._words) >= _CACHE:
                    self._words.clear()
                self._words[word] = tokens
        return tokens


def _needs_care(text: str, start: int) -> bool:
    """Tell whether a text may hold a defanged address, IPv6, or letters beyond ASCII."""
    return (
        text.find("[", start) >= 0
        or "::" in text
        or "{" in text
        or "\\." in text
        or not text.isascii()
        or text.count(":") > 6
        or ("(" in text and _ROUND.search(text) is not None)
    )
