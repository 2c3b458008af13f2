"""The records of JSON text however it wraps them: an array, one after another, or the list in one member of an object.

An object that wraps a list is not held as a whole: its list is cut into records as it streams by, so that a bundle or
an answer of a hundred megabytes costs what one record costs, and a broken record costs itself. What stands around the
list is held until the object has ended, and looked at then: no list in it goes unread, and no key counts twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Generator, Iterator
from typing import Any, Final

from triage_app.formats.decoding import MAX_RECORD
from triage_app.formats.records import compact
from triage_app.formats.strict_json import RESCAN, BadRecord, Splitter, loads

LOOKED: Final = 1_000_000
"""Characters at the beginning of an object in which the list has to begin, or the object is read as a whole."""

_PIECE: Final = 4_096
"""Characters that are handed on first; a list of a hundred characters then costs no copy of a megabyte."""

_INSIDE = r'[^"\\]*+(?:\\.[^"\\]*+)*+'
_SCALAR = rf'(?:"{_INSIDE}"|[-+0-9.eEa-z]{{1,400}}+)'
_MEMBER = re.compile(
    rf'\s*+,?\s*+"((?:[^"\\]|\\.){{0,256}})"\s*+:\s*+(?:({_SCALAR})(?=\s*+[,}}])|(\[)|(\{{))', re.DOTALL
)
_BRACKETS = re.compile(rf'[{{}}\[\]]|"{_INSIDE}"?', re.DOTALL)
"""A bracket, or a text; one without its end goes on to the end, so that no part of it is looked at twice."""
_BEGUN = re.compile(r"[\ufeff\s]*+\{")
_BETWEEN = re.compile(r"[ \t\r\n,]*+")
"""What may stand between two objects that wrap a list."""


Judge = Callable[[dict[str, Any]], str]
"""Says what is wrong with an object around a list (the list itself is empty in it), "" for nothing."""


def members(
    blocks: Iterator[str],
    names: Collection[str],
    around: Collection[str] = (),
    unless: str = "",
    judge: Judge | None = None,
) -> Iterator[tuple[int, str, str]]:
    """Yield (line, text, reason) of every record, as ``strict_json.Splitter`` does.

    Of an object with a list in one of the members ``names``, the list's elements are the records. Such objects may
    follow one after another, as pages do that were written into one file. The list may also lie one object deeper, in
    one of the members ``around``. A first object that has the member ``unless`` in sight is a record itself.

    Further lists of these names in the same object are cut too. An object that is no strict JSON around its list, or
    that ``judge`` objects to, comes behind its records with the reason, its list left empty.
    """
    window, budget = Window(blocks), RESCAN
    while window.begins_again():
        start, depth = list_start(window.text, window.at, names, around, unless)
        before = window.line - 1
        if start < 0:
            for line, record, reason in Splitter(window.pieces(), budget=max(budget, 0)):
                yield line + before, record, reason
            return
        before_list = window.text[window.at : start]
        unless = ""  # looked for in the first object only: a search in each would look at the same text many times
        window.go_to(start)
        budget = yield from elements(window, budget)
        line = window.line
        behind_list = window.leave(depth)
        if not behind_list:
            yield line, window.text[window.at : window.at + 1_000], window.why_not_left
            return
        for record, reason in _around_list(f"{before_list}[]{behind_list}", names, around, judge):
            yield line, record, reason


def elements(window: Window, budget: int) -> Generator[tuple[int, str, str], None, int]:
    """Yield (line, text, reason) of every element of the list that begins here, and go behind it.

    Returns what is left of ``budget``, the characters that may be read again.
    """
    before = window.line - 1
    splitter = Splitter(window.pieces(), wrapped=True, budget=max(budget, 0))
    for line, record, reason in splitter:
        yield line + before, record, reason
    window.give_back(splitter.left, before + splitter.line)
    return splitter.budget


class Window:
    """The text that was taken from the blocks, and the place in it that has been reached."""

    def __init__(self, blocks: Iterator[str]) -> None:
        self._blocks = blocks
        self.text = ""
        self.at = 0
        self.line = 1

    def begins_again(self) -> bool:
        """Go to what follows; return whether anything does. Enough is in sight then to find a list in it."""
        while True:
            rest = _BETWEEN.match(self.text, self.at)
            self.go_to(rest.end() if rest else self.at)
            if self.at < len(self.text):
                break
            if not self._more():
                return False
        self._more(LOOKED - len(self.text) + self.at)
        return True

    def go_to(self, place: int) -> None:
        """Go on to a place in the text, counting lines."""
        self.line += self.text.count("\n", self.at, place)
        self.at = place

    def pieces(self) -> Iterator[str]:
        """Yield the text from here on in pieces that grow; what is not used has to be given back."""
        size = _PIECE
        while self.at < len(self.text) or self._more():
            piece = self.text[self.at : self.at + size]
            self.at += len(piece)
            size *= 2
            yield piece

    def give_back(self, left: str, line: int) -> None:
        """Take back the end of what ``pieces`` gave; the place is in that line."""
        if self.at >= len(left):
            self.at -= len(left)
        else:
            self.text, self.at = left + self.text[self.at :], 0
        self.line = line

    @property
    def why_not_left(self) -> str:
        """Why ``leave`` did not find the end of the object."""
        if len(self.text) - self.at > MAX_RECORD:
            return "what follows the list in its object is longer than 16 MB: nothing from here on was read"
        return "the file ends inside the object that its list lies in: the end is missing"

    def leave(self, depth: int) -> str:
        """Go behind the object in whose list the place was, so many objects deep.

        Return what was left of the object, "" if its end was not found.
        """
        end = _skipped(self.text, self.at, depth)
        wanted = _PIECE
        while end < 0 and len(self.text) - self.at <= MAX_RECORD:
            if not self._more(wanted):
                break
            wanted = len(self.text)  # twice as much each time: what was looked at is looked at again
            end = _skipped(self.text, self.at, depth)
        if end < 0:
            return ""
        left = self.text[self.at : end]
        self.go_to(end)
        return left

    def _more(self, at_least: int = 1) -> bool:
        """Add blocks of so many characters and drop what is done with; return whether there was one."""
        added: list[str] = []
        while at_least > 0:
            block = next(self._blocks, None)
            if block is None:
                break
            added.append(block)
            at_least -= len(block)
        if added:
            self.text, self.at = self.text[self.at :] + "".join(added), 0
        return bool(added)


def list_start(
    text: str, place: int, names: Collection[str], around: Collection[str] = (), unless: str = ""
) -> tuple[int, int]:
    """Return (where the list begins in an object that wraps one, in how many objects it lies); (-1, 0) for no list."""
    begun = _BEGUN.match(text, place)
    if begun is None:
        return -1, 0
    place, depth = begun.end(), 1
    found = -1, 0
    for _ in range(1_000):
        match = _MEMBER.match(text, place)
        if match is None:
            return found
        if unless and match[1] == unless and depth == 1:
            return -1, 0
        if match[3] and match[1] in names and found[0] < 0:
            found = match.start(3), depth
            if not unless or depth > 1:
                return found
        elif match[4] and match[1] in around and depth == 1:
            place, depth = match.end(), 2
            continue
        place = match.end() if match[2] else _skipped(text, match.end() - 1)
        if place < 0:
            return found
    return found


def _around_list(
    text: str, names: Collection[str], around: Collection[str], judge: Judge | None
) -> Iterator[tuple[str, str]]:
    """Yield (text, reason) of the records in further lists of an object, and of the object itself if it is broken."""
    text = text.lstrip("\ufeff \t\r\n")
    try:
        outer = loads(text)
    except BadRecord as error:
        yield text, f"around the list of records, which were read: {error}"
        return
    for inner in (outer, *(outer.get(name) for name in around)):
        for name in names if isinstance(inner, dict) else ():
            if isinstance(inner.get(name), list):
                for record in inner[name]:
                    yield compact(record), "" if isinstance(record, dict | list) else "not a JSON object"
    reason = judge(outer) if judge is not None else beside(outer, names, around)
    if reason:
        yield text, reason


def beside(outer: dict[str, Any], names: Collection[str], around: Collection[str] = ()) -> str:
    """Return a reason naming the lists of objects beside those in the members ``names``, "" where there are none."""
    found = [
        name
        for inner in (outer, *(outer.get(name) for name in around))
        for name, value in (inner.items() if isinstance(inner, dict) else ())
        if name not in names and isinstance(value, list) and any(isinstance(one, dict) for one in value)
    ]
    said = ", ".join(repr(name[:40]) for name in found[:5]) + (", …" if len(found) > 5 else "")
    return f"the records in its list were read, and not those in another beside it: {said}" if found else ""


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
