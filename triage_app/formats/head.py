"""The beginning of a file, looked at in every way that a format may want, each way once.

Nothing here believes the text: what is parsed is at most ``decoding.PREFIX`` bytes, and what cannot
be parsed is simply not there.
"""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from triage_app.domain.evidence import REJECT_COMMENT
from triage_app.formats.csv_table import Table, TooManyColumns, sniff
from triage_app.formats.strict_json import BadRecord, Splitter, loads

SAMPLE_ROWS: Final = 50
SAMPLE_RECORDS: Final = 200
SHORT_BY: Final = 3
"""Cells that a sample row may lack at its end, as some reports' newest columns do."""

_PROLOG = re.compile(r"(?:\s+|<\?[^>]{0,2000}\?>|<!--.{0,20000}?-->|<!DOCTYPE[^>\[]{0,500}>)*+", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,200})((?:\s[^<>]{0,20000})?)/?>")
_REJECTED = re.compile(rf"(?:{REJECT_COMMENT}[^\n]*\n\s*)+")
"""What a file of rejected records that is no table begins with."""
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_SIGN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|[^"{}\[\],]+|"', re.DOTALL)


@dataclass(frozen=True)
class JsonHead:
    """The first records of JSON text."""

    shape: str
    "'array', 'objects' (one after another) or 'object' (a single one, perhaps longer than what was looked at)."
    records: tuple[Any, ...]
    "Up to 200 top-level records; for 'object' the one, as far as it could be read."

    @property
    def first(self) -> dict[str, Any]:
        """The first record that is an object, {} for none."""
        return next((record for record in self.records if isinstance(record, dict)), {})

    @property
    def how(self) -> str:
        """The shape in words."""
        words = {"array": "a JSON array", "objects": "one JSON object after another", "object": "one JSON object"}
        return words[self.shape]


@dataclass(frozen=True)
class TableHead:
    """The header and the first rows of a table."""

    delimiter: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """The headers in lower case, trimmed."""
        return frozenset(header.strip().lower() for header in self.headers)


class Head:
    """The beginning of one file: ``prefix`` in bytes, ``text`` decoded; ``complete`` if that is all of it."""

    def __init__(self, prefix: bytes, text: str, name: str, *, complete: bool, encoding: str) -> None:
        self.prefix = prefix
        self.name = name
        self.complete = complete
        self.encoding = encoding
        self.text = text
        self.stripped = text.lstrip("\ufeff \t\r\n")
        "The text without what may stand before its first sign."

    @cached_property
    def json(self) -> JsonHead | None:
        """The text as JSON, or None if it does not begin like JSON or no record of it can be read."""
        if _REJECTED.sub("", self.stripped, count=1)[:1] not in {"{", "["}:
            return None
        splitter = Splitter(iter((self.text,)))
        records = []
        for number, (_, text, reason) in enumerate(splitter):
            if number >= SAMPLE_RECORDS:
                break
            if not reason:
                try:
                    records.append(loads(text))
                except BadRecord:
                    continue
        if splitter.shape == "array":
            return JsonHead("array", tuple(records)) if records else self._cut_off("array")
        if len(records) > 1:
            return JsonHead("objects", tuple(records))
        if records and self.complete:
            return JsonHead("object", tuple(records))
        return self._cut_off("object") or (JsonHead("object", tuple(records)) if records else None)

    def _cut_off(self, shape: str) -> JsonHead | None:
        value = _up_to_its_break(self.stripped) if self.complete else beginning_of_json(self.stripped)
        if isinstance(value, list):
            return JsonHead(shape, tuple(value[:SAMPLE_RECORDS])) if value else None
        return JsonHead(shape, (value,)) if isinstance(value, dict) and value else None

    @cached_property
    def table(self) -> TableHead | None:
        """The text as a table of at least two columns, or None."""
        return self.table_after(0)

    def table_after(self, offset: int) -> TableHead | None:
        """Return the table that begins at a character of ``text``, or None: for files with a preamble."""
        text = self.text[offset:]
        delimiter = sniff(text)
        if not delimiter:
            return None
        rows: list[tuple[str, ...]] = []
        try:
            table = Table(iter((text,)), delimiter, _nowhere, short_by=SHORT_BY)
            for row in table:
                rows.append(tuple(row))
                if len(rows) >= SAMPLE_ROWS:
                    break
        except (TooManyColumns, csv.Error):
            return None
        if len(table.headers) < 2:
            return None
        return TableHead(delimiter, tuple(table.headers), tuple(rows))

    @cached_property
    def root(self) -> tuple[str, str]:
        """The (name, attributes as text) of the first element if this is XML, its prefix kept; ("", "") otherwise."""
        start = _PROLOG.match(self.markup)
        match = _ROOT.match(self.markup, start.end() if start else 0)
        return (match[1], match[2]) if match else ("", "")

    @cached_property
    def markup(self) -> str:
        """The beginning of XML, "" for anything else. Unlike ``text`` it may end inside a line.

        Many reports are one line below their declaration, of which ``text`` holds nothing.
        """
        if self.complete or not self.encoding:
            text = self.stripped
        else:
            code = "utf-16" if self.encoding == "utf-16" else "utf-8"
            text = self.prefix.decode(code, "replace").lstrip("\ufeff \t\r\n")
        return text if text.startswith("<") else ""

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The first 200 lines, without line ends."""
        return tuple(self.text[:200_000].splitlines()[:200])


def _up_to_its_break(text: str) -> Any:
    """Return what a JSON text says before the place where it is broken, None if nothing.

    For recognising only: a key that is there twice or a number without end is no break here; the record is refused
    when it is read. What could not be said again, such as half of a character pair, is nothing or a question mark.
    """
    try:
        value = json.loads(text, parse_constant=_nothing, parse_float=_finite)
        if _HALF.search(text):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return value
    except json.JSONDecodeError as error:
        return beginning_of_json(text[: error.pos])
    except (ValueError, RecursionError):
        return None


def _nothing(constant: str) -> None:
    """Take NaN and Infinity for nothing."""


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def beginning_of_json(text: str, max_depth: int = 64) -> Any:
    """Return what the beginning of a JSON text says, its open lists and objects closed; None if it says nothing.

    The text is cut after the last member or element that is whole, and what is open is closed.
    """
    closers: list[str] = []
    cut, closing = 0, ""
    for match in _SIGN.finditer(text):
        sign = match[0]
        if sign in "{[":
            closers.append("}" if sign == "{" else "]")
            if len(closers) > max_depth:
                break
            cut, closing = match.end(), "".join(reversed(closers))
        elif sign in "}]":
            if not closers or closers.pop() != sign:
                return None
            cut, closing = match.end(), "".join(reversed(closers))
            if not closers:
                break
        elif sign == '"':  # a text that is cut off
            break
        elif sign == ",":
            cut, closing = match.start(), "".join(reversed(closers))
    try:
        return loads(text[:cut] + closing)
    except BadRecord:
        return None


def _nowhere(line: int, reason: str, text: str) -> None:
    """Take a rejected row of the sample and do nothing: it is rejected again when the file is read."""
