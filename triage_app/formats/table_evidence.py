"""A table's rows as evidence: hashed by content, and nothing kept twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final

from triage_app.domain.evidence import id_prefix
from triage_app.domain.indicators import extra_tokens
from triage_app.formats.records import compact
from triage_app.formats.secrets import MASK, is_secret, mask_url

_CACHE: Final = 100_000
"""Cells whose tokens are remembered; a table repeats its hosts, users and titles."""

_CACHED_LENGTH: Final = 64

_ROUND = re.compile(r"\(\s?(?:\.|:|@|dot|d0t|at\b)", re.IGNORECASE)
_HOST_ONLY = re.compile(r"[A-Za-z]{2,6}://([\w-]+(?:\.[\w-]+)+)(?::\d+)?(?:[/?#][^.:@\[(]*)?\Z", re.ASCII)
_GLUED = re.compile(r"[\x00-\x1f]([\w.@-]+)")


class TableEvidence:
    """Turns the rows of one table into ids, rests and tokens.

    ``held`` names the columns that hold a cell word for word, by header; every other cell that is not
    empty goes into ``rest``.
    """

    def __init__(self, format_name: str, headers: Sequence[str], held: Sequence[str]) -> None:
        self.headers = list(headers)
        order = sorted(range(len(headers)), key=lambda index: headers[index])
        self.ordered: Callable[[list[str]], Any] = itemgetter(*order) if len(order) > 1 else list
        self._prefix = id_prefix(format_name, sorted(headers))
        self._secrets = [index for index, header in enumerate(headers) if is_secret(header)]
        held_headers = set(held)
        self._others = [(header, index) for index, header in enumerate(headers) if header not in held_headers]
        self._other_keys = [(f"{compact(header)}:", index) for header, index in self._others]
        self._cells: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def text_and_id(self, row: list[str], plain: bool) -> tuple[str, str]:
        """Return the canonical text of a row and its evidence id, once its secrets are masked (in ``row`` itself)."""
        for index in self._secrets:
            if row[index]:
                row[index] = MASK
        text = '["' + '","'.join(self.ordered(row)) + '"]' if plain else compact(self.ordered(row))
        if "@" in text and "://" in text:
            row[:] = map(mask_url, row)
            text = compact(self.ordered(row))
        return text, hashlib.sha256(self._prefix + text.encode()).hexdigest()

    def rest(self, row: list[str], plain: bool, also: Sequence[str] = ()) -> str:
        """Return the JSON text of what no column holds; ``also`` names headers whose column does not hold its cell."""
        if plain and not also:
            return "{" + ",".join([f'{key}"{row[index]}"' for key, index in self._other_keys if row[index]]) + "}"
        cells = {header: row[index] for header, index in self._others if row[index]}
        for header in also:
            cells[header] = row[self.headers.index(header)]
        return compact(cells)

    def tokens(self, row: Sequence[str], text: str, plain: bool) -> str:
        """Return the canonical values of the cells that the cells do not spell out themselves.

        ``text`` is the row's canonical text; it tells quickly what kinds of value can be there at all.
        """
        found = ""
        cache = self._cells
        if _needs_care(text, 1):
            for cell in row:
                if "." in cell or _needs_care(cell, 0):
                    tokens = extra_tokens((cell,)) if _needs_care(cell, 0) else self._cell_tokens(cell)
                    if tokens:
                        found = f"{found} {tokens}" if found else tokens
        else:
            for cell in row:
                if "." in cell:
                    tokens = cache.get(cell)
                    if tokens is None:
                        if cell.replace(".", "").isdecimal() and cell[-1] != ".":
                            continue
                        tokens = self._cell_tokens(cell)
                    if tokens:
                        found = f"{found} {tokens}" if found else tokens
        if not plain and "\\" in text:
            glued = [word.lower() for cell in row if not cell.isprintable() for word in _GLUED.findall(cell)[:500]]
            found = " ".join([*glued, found]).strip()
        if " " in found:
            return " ".join(sorted(set(found.split())))
        return found

    def _cell_tokens(self, cell: str) -> str:
        """Return the tokens of a cell of plain words and dots, remembering those of its words."""
        match = _HOST_ONLY.match(cell)
        if match:
            return self._word_tokens(match[1])
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
