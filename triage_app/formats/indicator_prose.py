"""Indicators in sentences, as a warning by mail has them: each with the sentence that it stands in.

Where a text takes addresses apart for safety, a whole one is a link to read on, and no indicator.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from triage_app.domain.indicator_types import HASHES, typed
from triage_app.domain.indicators import refang
from triage_app.formats import indicator_denials as denials
from triage_app.formats.head import Head

MOST_LINE: Final = 100_000
"""Characters of a line that are looked at, and ``MOST_FOUND`` indicators of it."""

MOST_FOUND: Final = 1_000
MOST_SENTENCE: Final = 1_000

ADDRESSES: Final = frozenset(["domain", "url", "email"])
ONLY_IN_LISTS: Final = frozenset(["filename", "browser-extension"])
"""Kinds that words of a sentence are too easily taken for."""

_VERSIONS: Final = frozenset(
    ["version", "versions", "ver", "v", "release", "build", "firmware", "section", "oid", "chapter", "paragraph"]
)
"""What stands before four numbers that are no address."""
_RANGES: Final = frozenset(["to", "and", "or", "through", "until"])
"""What joins two versions."""

_SURE: Final = frozenset(["ipv4", "ipv6", "cidr", *HASHES.values()])
_SPLIT = re.compile(
    r"[\s\"'`<>|\u2018\u2019\u201c\u201d\u2013\u2014\u2022\u3001\u3008-\u3011\u3014\u3015\uff08\uff09\uff62\uff63]+"
)
_INSIDE = re.compile(r"[,;]")
_ENDS: Final = ".,;:!?()[]{}*_="
_LABEL = re.compile(r"[A-Za-z][\w-]{1,15}[:=](?!//)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\s.,;])")
_TIMED = re.compile(
    r"[\W_]{0,3}(?:\d{4}[-/]\d\d[-/]\d\d|\d\d[-/.]\d\d[-/.]\d{4}[ T]\d|[A-Z][a-z]{2} [ \d]\d \d\d:"
    r"|\d\d:\d\d:\d\d|\d{9,})"
)
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")
_FANGED = re.compile(r"[\[({](?:\.|dot|d0t|@|at|::?|://)[\])}]|\bh(?:xx|\*\*|__)ps?(?:\[?:|\[://\])", re.IGNORECASE)
_SAMPLE: Final = 200


@dataclass(frozen=True)
class Mention:
    """One indicator in a text."""

    kind: str
    value: str
    sentence: str
    fanged: bool
    "Whether the text had it taken apart."
    spared: str = ""
    "Why it is no accusation; nothing if it is one."

    @property
    def is_link(self) -> bool:
        """Whether it is an address that can be followed as it stands."""
        return not self.fanged and self.kind in ADDRESSES


def mentions(line: str) -> Iterator[Mention]:
    """Yield the indicators that a line of text mentions, each once for each sentence."""
    found = 0
    for sentence in _SENTENCE.split(line[:MOST_LINE].strip()):
        seen: set[tuple[str, str]] = set()
        before = ""
        for clause, left_out in denials.clauses(sentence):
            whole = set(_SPLIT.split(clause))
            text, place = refang(clause), 0
            harmless: bool | None = True if left_out else None
            for word in _SPLIT.split(text):
                place = text.find(word, place) + len(word)
                stem = word.strip(_ENDS).lower()
                is_version = before in _VERSIONS
                if stem and not (is_version and (stem[0].isdigit() or stem in _RANGES)):
                    before = stem
                for kind, value in _of_word(word):
                    if (kind, value) in seen or kind in ONLY_IN_LISTS or (is_version and kind == "ipv4"):
                        continue
                    seen.add((kind, value))
                    found += 1
                    if found > MOST_FOUND:
                        return
                    if harmless is None:
                        harmless = denials.is_harmless(clause)
                    fanged = word not in whole
                    live = not fanged and kind in ADDRESSES
                    spared = _spared(kind, value, text[: place - len(word)]) if live else ""
                    yield Mention(kind, value, _short(sentence), fanged, denials.HARMLESS if harmless else spared)


def _spared(kind: str, value: str, before: str) -> str:
    """Return why an address that can be followed as it stands is none to be blocked, "" for no reason."""
    if denials.is_contact(before, kind):
        return denials.CONTACT
    return denials.OURS if denials.is_ours(value) else ""


def _of_word(word: str) -> Iterator[tuple[str, str]]:
    """Yield what a word is, or what its parts between commas are."""
    word = word.strip(_ENDS)
    if len(word) < 4 or (not any(sign in word for sign in ".:") and len(word) < 6):
        return
    one = _typed(word)
    if one is not None and ("://" not in word or not _INSIDE.search(word)):
        yield one
        return
    parts = [part.strip(_ENDS) for part in _INSIDE.split(word)]
    several = [found for part in parts if len(part) > 3 and (found := _typed(part)) is not None]
    if len(several) == len(parts) and several:  # a comma in the path of a URL divides nothing
        yield from several
    elif one is not None:
        yield one
    else:
        yield from several


def _typed(word: str) -> tuple[str, str] | None:
    label = _LABEL.match(word)
    if label and (labelled := typed(word[label.end() :])) is not None:
        return labelled
    return typed(word)


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= MOST_SENTENCE else sentence[: MOST_SENTENCE - 1] + "…"


def is_fanged(text: str) -> bool:
    """Tell whether a text takes an address apart anywhere."""
    return _FANGED.search(text) is not None and any(
        mention.fanged and mention.kind in ADDRESSES for line in text.splitlines() for mention in mentions(line)
    )


def told(head: Head) -> tuple[int, int] | None:
    """Return (indicators, lines) of text with indicators in its sentences; None for any other, logs and tables too.

    It takes an address apart, or one of its lines is an address or a hash and nothing else.
    """
    lines = [line for line in head.lines if line.strip()][:_SAMPLE]
    if not lines or head.json is not None or head.stripped.startswith("<") or _is_log(lines) or _is_table(head, lines):
        return None
    alone = any(one[0] in _SURE for line in lines if (one := typed(line)) is not None)
    if not _FANGED.search("\n".join(lines)) and (not alone or any(_CLOCK.search(line) for line in lines)):
        return None
    found = [mention for line in lines for mention in mentions(line)]
    return (len(found), len(lines)) if alone or any(mention.fanged for mention in found) else None


def _is_log(lines: list[str]) -> bool:
    return sum(_TIMED.match(line) is not None for line in lines) * 2 > len(lines)


def _is_table(head: Head, lines: list[str]) -> bool:
    """Tell whether lines are the rows of a table: as many cells in each, under a header of short names."""
    if head.table is None or len(lines) < 2:
        return False
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=head.table.delimiter)]
        header = next(csv.reader(lines[:1], delimiter=head.table.delimiter), [])
    except csv.Error:
        return False
    same = sum(width == len(header) for width in widths)
    named = all(0 < len(name.split()) <= 4 and len(name) <= 60 for name in header)
    return named and len(header) > 1 and same * 5 >= len(widths) * 4 and not any(map(_mentioned, header))


def _mentioned(text: str) -> bool:
    return next(mentions(text), None) is not None
