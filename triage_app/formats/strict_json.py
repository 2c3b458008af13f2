"""JSON from outside: cut into records in bounded memory, each parsed strictly.

Strict: no key twice, no NaN or Infinity, integers of 64 bits, no lone surrogates, nesting of at most
64, a record of at most 16 MB. A stream may be one array, one object a line, or objects one after
another, pretty printed or not; a broken record costs itself and no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from triage_app.domain.canonical import INT64_MAX, MAX_DEPTH
from triage_app.domain.evidence import REJECT_COMMENT
from triage_app.formats.decoding import MAX_RECORD

RESCAN: Final = 64 * 1024 * 1024
"""Characters of one file that may be read again in search of the next sound record."""

_BRACKET = re.compile(r'(?:[^"{}\[\]]++|"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+")*+[{}\[\]]')
_RUN = re.compile(r'(?:[^"{}\[\]]++|"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+")*+')
_SCALAR = re.compile(r'"[^"\n]*"?|[^\s,\[\]{}]+|.', re.DOTALL)
_OBJECT_LINE = re.compile(r"\n[ \t]*+(?=\{)")
_SPACE = re.compile(r"[ \t\r\n]*+")
_BETWEEN = re.compile(r"[ \t\r\n,]*+")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class BadRecord(ValueError):
    """One record is not strict JSON; the text says why, in words."""


def loads(untrusted_text: str, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of strict JSON text; raise ``BadRecord`` with the reason otherwise."""
    if len(untrusted_text) > MAX_RECORD:
        raise BadRecord("the record is longer than 16 MB")
    if untrusted_text.count("{") + untrusted_text.count("[") > max_depth and _depth(untrusted_text) > max_depth:
        raise BadRecord(f"nested deeper than {max_depth} levels")
    if not untrusted_text.isascii():
        _no_surrogates(untrusted_text)
    try:
        value = _DECODER.decode(untrusted_text)
    except json.JSONDecodeError as error:
        raise BadRecord(f"not valid JSON: {error.msg} (character {error.pos + 1})") from None
    except RecursionError:
        raise BadRecord(f"nested deeper than {max_depth} levels") from None
    if _SURROGATE.search(untrusted_text):
        _no_surrogates(json.dumps(value, ensure_ascii=False))
    return value


def _no_surrogates(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadRecord("not valid UTF-8, or half of a character pair") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadRecord(f"the key {twice[:40]!r} is there twice")
    return value


def _integer(text: str) -> int:
    if len(text) > 20 or not -INT64_MAX - 1 <= (value := int(text)) <= INT64_MAX:
        raise BadRecord("a number is beyond 64 bits")
    return value


def _decimal(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise BadRecord("a number is too large")
    return value


def _constant(text: str) -> Any:
    raise BadRecord(f"{text} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)


def _depth(text: str) -> int:
    """Return how deeply brackets nest, as far as the text can be followed."""
    depth = deepest = position = 0
    while match := _BRACKET.match(text, position):
        position = match.end()
        depth += 1 if text[position - 1] in "{[" else -1
        deepest = max(deepest, depth)
    return deepest


class Splitter:
    """Cuts a stream of text blocks into the texts of its top-level records.

    Iterating yields (line number, text, reason): a reason means that the text is broken. ``shape``
    says what the stream turned out to be, once the first record has been asked for.
    """

    def __init__(self, blocks: Iterator[str], *, wrapped: bool = False, budget: int = RESCAN) -> None:
        """``wrapped`` tells that the array lies in an object: it ends there, and ``left`` is what follows.

        ``budget`` is how many characters may be read again; many arrays of one file have to share theirs.
        """
        self._blocks = blocks
        self._wrapped = wrapped
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False
        self._budget = budget
        self.shape = "objects"

    def __iter__(self) -> Iterator[tuple[int, str, str]]:
        """Yield the records; see the class."""
        self._skip_comments(_SPACE)
        if self._text.startswith("[", self._at):
            self.shape = "array"
            self._advance(self._at + 1)
            yield from self._array()
        else:
            yield from self._objects()

    @property
    def line(self) -> int:
        """The number of the line that has been reached."""
        return self._line

    @property
    def budget(self) -> int:
        """How many characters may still be read again."""
        return self._budget

    @property
    def left(self) -> str:
        """What was taken from the blocks and not yet looked at."""
        return self._text[self._at :]

    # ---- one array -------------------------------------------------------------------------------------
    def _array(self) -> Iterator[tuple[int, str, str]]:
        while True:
            self._skip(_BETWEEN)
            if self._at >= len(self._text):
                yield self._line, "", "the file ends inside its array: the end is missing"
                return
            first = self._text[self._at]
            if first == "]":
                self._advance(self._at + 1)
                if self._wrapped:
                    return
                self._skip(_SPACE)
                if self._at < len(self._text):
                    yield self._line, self._text[self._at : self._at + 1000], "something follows the end of the array"
                return
            end, reason = self._end_of_value(stop_at_object_line=False)
            line, text = self._line, self._text[self._at : end]
            self._advance(max(end, self._at + 1))
            yield line, text, reason
            if reason and self._at >= len(self._text) and self._ended:
                return

    # ---- objects one after another ---------------------------------------------------------------------
    def _objects(self) -> Iterator[tuple[int, str, str]]:
        joined = 0  # the line that is known to hold more or less than one object: it is not copied again and again
        while True:
            self._skip_comments(_BETWEEN)
            if self._at >= len(self._text):
                return
            line, reason = self._line, ""
            end = -1 if line == joined else self._text.find("\n", self._at)
            text = self._text[self._at : end] if end >= 0 else ""
            if not (text.startswith("{") and text.rstrip().endswith("}") and _is_whole(text)):
                joined = line
                end, reason = self._end_of_value(stop_at_object_line=True)
                text = self._text[self._at : end]
            self._advance(end)
            yield line, text, reason

    def _line_end(self) -> int:
        while (end := self._text.find("\n", self._at)) < 0:
            if len(self._text) - self._at > MAX_RECORD or not self._more():
                return len(self._text)
        return end

    # ---- both ------------------------------------------------------------------------------------------
    def _end_of_value(self, *, stop_at_object_line: bool) -> tuple[int, str]:
        """Return where the value that starts here ends, and what is wrong with it ("" for nothing)."""
        if self._text[self._at] not in "{[":
            if stop_at_object_line:
                return self._line_end(), "not a JSON object"
            match = _SCALAR.match(self._text, self._at)
            return match.end() if match else len(self._text), "not a JSON object"
        depth, offset = 0, 0
        while True:
            match = _BRACKET.match(self._text, self._at + offset)
            if match is None:
                run = _RUN.match(self._text, self._at + offset)
                if run is not None and self._text.find("\n", run.end()) >= 0:
                    return self._give_up(run.end() - self._at), "a text is cut off by the end of its line"
                known = len(self._text) - self._at
                if known > MAX_RECORD:
                    return self._give_up(offset), "the record is longer than 16 MB"
                if not self._more(max(known, 1)):
                    return self._give_up(offset), "the record is cut off: its end is missing"
                continue
            if stop_at_object_line and depth and self._next_object_line(self._at + offset, match.end()):
                return self._give_up(offset), "the line is cut off: its end is missing"
            offset = match.end() - self._at
            depth += 1 if self._text[match.end() - 1] in "{[" else -1
            if depth == 0:
                return match.end(), ""
            if offset > MAX_RECORD:
                return self._give_up(offset), "the record is longer than 16 MB"

    def _next_object_line(self, start: int, end: int) -> bool:
        """Tell whether a new object begins at the left edge while one that began in its own line is open."""
        return (
            self._text[end - 1] == "{"
            and self._text[end - 2] == "\n"
            and not self._text.startswith(("{\n", "{\r\n"), self._at)
        )

    def _give_up(self, offset: int) -> int:
        """Return where to go on after a broken record: at the next line that begins an object."""
        self._budget -= offset
        if self._budget < 0:
            return len(self._text)
        while True:
            match = _OBJECT_LINE.search(self._text, self._at)
            if match:
                return match.end()
            if len(self._text) - self._at > MAX_RECORD or not self._more():
                return len(self._text)

    def _skip_comments(self, pattern: re.Pattern[str]) -> None:
        """Skip what lies between records, and the lines that a file of rejected records has before each."""
        self._skip(pattern)
        while self._text.startswith("#", self._at):
            if len(self._text) - self._at < len(REJECT_COMMENT):
                self._more(len(REJECT_COMMENT))
            if not self._text.startswith(REJECT_COMMENT, self._at):
                return
            self._advance(self._line_end())
            self._skip(pattern)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        while True:
            match = pattern.match(self._text, self._at)
            if match:
                self._advance(match.end())
            if self._at < len(self._text) or not self._more():
                return

    def _advance(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self, at_least: int = 1) -> bool:
        """Add blocks to the text and drop what is done with; return whether anything was added."""
        parts = [self._text[self._at :]]
        added = 0
        while added < at_least and not self._ended:
            block = next(self._blocks, None)
            if block is None:
                self._ended = True
            else:
                parts.append(block)
                added += len(block)
        self._text = "".join(parts)
        self._at = 0
        return added > 0


def _is_whole(line: str) -> bool:
    """Tell whether a line is exactly one object, as in newline-delimited JSON."""
    depth = position = 0
    while match := _BRACKET.match(line, position):
        position = match.end()
        depth += 1 if line[position - 1] in "{[" else -1
        if depth <= 0:
            return not line[position:].strip()
    return False
