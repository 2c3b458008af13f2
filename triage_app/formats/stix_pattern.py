"""STIX patterns, read far enough to know which values they look for. Nothing is evaluated.

The pattern is cut into words once, from left to right, and every comparison ``object:path operator value`` is taken,
wherever it stands: brackets and qualifiers mean nothing here, AND and FOLLOWEDBY only tell that one value alone is not
enough. A value under NOT, or compared with !=, is not what is looked for. Time and memory grow with the length of the
pattern and with nothing else. Source: STIX 2.1, section 9 (patterning).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from triage_app.formats.secrets import MASK, is_secret

MAX_PATTERN: Final = 2_000_000
"""Characters of a pattern that are read."""

MAX_COMPARISONS: Final = 10_000
"""Comparisons of a pattern that are taken, and values of one comparison."""

_STRING: Final = r"'(?:[^'\\]|\\.)*+'"
_STEP: Final = rf"(?:{_STRING}|[A-Za-z0-9_-]++)"
_WORD = re.compile(
    rf"(?P<path>[a-z][a-z0-9-]*+:{_STEP}(?:\.{_STEP}|\[(?:\d++|\*)\])*+)"
    rf"|[bht]?(?P<text>{_STRING})"
    r"|(?P<word>[A-Za-z_][\w-]*+)"
    r"|(?P<number>[+-]?\d[\d.]*+)"
    r"|(?P<sign>!=|<>|==|[<>]=|[=<>(),])",
    re.DOTALL | re.ASCII,
)
_OPERATORS: Final = frozenset(("IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"))
_JOINED: Final = frozenset(("AND", "FOLLOWEDBY"))
_BEFORE_VALUES: Final = _OPERATORS | {"NOT"}
_STEPS = re.compile(_STEP, re.DOTALL)
_HIDDEN: Final = f"'{MASK}'"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Comparison:
    """One comparison of a pattern that a value has to pass."""

    object: str
    "'ipv4-addr', 'file' …"
    path: str
    "'value', 'hashes.MD5' …: quotes taken off."
    operator: str
    "'=', 'IN', 'LIKE' …"
    values: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """What a pattern looks for."""

    comparisons: tuple[Comparison, ...]
    together: bool
    "Whether AND or FOLLOWEDBY joins some of them: then no value is enough by itself."
    cut: bool
    "Whether there is more than was taken."


def read_pattern(untrusted_pattern: str) -> Pattern:
    """Return what a pattern looks for, in order; nothing for a pattern that cannot be followed."""
    found: list[Comparison] = []
    together = False
    words = _words(untrusted_pattern[:MAX_PATTERN])
    kind, said = next(words, ("", ""))
    cut = len(untrusted_pattern) > MAX_PATTERN
    while kind:
        if kind == "word":
            together = together or said.upper() in _JOINED
        if kind != "path":
            kind, said = next(words, ("", ""))
            continue
        if len(found) >= MAX_COMPARISONS:
            cut = True
            break
        path = said
        kind, said = next(words, ("", ""))
        negated = kind == "word" and said.upper() == "NOT"
        if negated:
            kind, said = next(words, ("", ""))
        operator = said.upper()
        if not ((kind == "sign" and said not in "(),") or (kind == "word" and operator in _OPERATORS)):
            continue
        values, kind, said = _values(words)
        cut = cut or len(values) > MAX_COMPARISONS
        if values and not negated and operator not in {"!=", "<>"}:
            name, _, rest = path.partition(":")
            operator = "=" if operator == "==" else operator
            found.append(Comparison(name, rest.replace("'", ""), operator, tuple(values[:MAX_COMPARISONS])))
    return Pattern(tuple(found), together, cut)


def masked(untrusted_pattern: str) -> str:
    """Return a pattern with the values masked that it compares with what is named as a secret is.

    ``[user-account:credential = 'x']`` says somebody's password. Nothing else of the pattern is changed.
    """
    kept: list[str] = []
    done, secret = 0, False
    place = 0
    while place < len(untrusted_pattern):
        match = _WORD.match(untrusted_pattern, place)
        if match is None:
            if untrusted_pattern[place] == "'":  # never closed
                if secret:
                    kept += untrusted_pattern[done:place], _HIDDEN
                    done = len(untrusted_pattern)
                break
            place += 1
            continue
        kind = match.lastgroup
        if kind == "path":
            secret = any(map(is_secret, _STEPS.findall(match[0].partition(":")[2])))
        elif kind == "word" and match[0].upper() not in _BEFORE_VALUES:
            secret = False
        elif secret and kind in {"text", "number"}:
            kept += untrusted_pattern[done : match.start()], _HIDDEN
            done = match.end()
        place = match.end()
    return "".join((*kept, untrusted_pattern[done:]))


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) of the words of a pattern; a string that is never closed ends it."""
    place = 0
    while place < len(text):
        match = _WORD.match(text, place)
        if match is None:
            if text[place] == "'":
                return
            place += 1
            continue
        place = match.end()
        yield str(match.lastgroup), match[str(match.lastgroup)]


def _values(words: Iterator[tuple[str, str]]) -> tuple[list[str], str, str]:
    """Return the values that follow an operator, one or a set, and the first word that is none of them."""
    values: list[str] = []
    kind, said = next(words, ("", ""))
    in_set = kind == "sign" and said == "("
    if in_set:
        kind, said = next(words, ("", ""))
    while kind in {"text", "number"} or (in_set and said == ","):
        if kind != "sign":
            values.append(_ESCAPED.sub(r"\1", said[1:-1]) if kind == "text" else said)
        kind, said = next(words, ("", ""))
        if not in_set:
            break
    return values, kind, said
