"""Names and contacts in text: found as whole words, however they are spaced, dashed or written in capitals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

SHORTEST: Final = 3
"Characters; what is shorter is in too many words to be looked for."

_SPACE: Final = r"[\s\u200b-\u200d\u2060\ufeff]"
_IN_NUMBERS: Final = r"[\s\u200b-\u200d\u2060\ufeff().\-\u2010-\u2013/]*"
_NUMBER: Final = re.compile(r"\+?\(?\d[\d\s().\-\u2010-\u2013/]{5,30}\d")
_ADDRESS: Final = re.compile(r"[\w.+'-]{1,64}@[\w.-]{1,255}\w")
_ALIKE: Final = {**dict.fromkeys("-\u2010\u2011\u2012\u2013", r"[-\u2010-\u2013]"),
                 **dict.fromkeys("'\u2018\u2019", "['\u2018\u2019]")}  # fmt: skip
_FEWEST_DIGITS: Final = 7


def contacts_in(text: str) -> list[str]:
    """Return what a contact is told by: the whole, and each telephone number and e-mail address in it."""
    parts = [*_ADDRESS.findall(text), *(one for one in _NUMBER.findall(text) if _digits(one))]
    return list(dict.fromkeys([text.strip(), *(part.strip() for part in parts)]))


class Wanted:
    """Names and contacts that are looked for."""

    def __init__(self, words: Iterable[str]) -> None:
        """What is shorter than ``SHORTEST`` is left out."""
        sources = [_source(word, strict=True) for word in words if len(word.strip()) >= SHORTEST]
        self._pattern = re.compile("|".join(sources), re.IGNORECASE) if sources else None

    def within(self, text: str) -> bool:
        """Tell whether one stands in a text: “Ann Bee” does not in “Ann Bee-Jones”, and does in “Ann Bee's”."""
        return self._pattern is not None and bool(self._pattern.search(_normal(text)))


class Hiding:
    """Puts a word in the place of names, but for those that may be read."""

    def __init__(self, hidden: Mapping[str, str], shown: Iterable[str]) -> None:
        """``hidden`` is name → what stands for it; ``shown`` are names within which nothing is hidden."""
        may_be_read = {_folded(word) for word in shown if word.strip()}
        words = {_folded(word): (word, put) for word, put in hidden.items() if len(word.strip()) >= SHORTEST}
        self._words: list[tuple[re.Pattern[str], str | None]] = [
            (re.compile(_source(word, strict=False), re.IGNORECASE), put)
            for key, (word, put) in words.items()
            if key not in may_be_read
        ]
        self._words += [(re.compile(_source(word, strict=False), re.IGNORECASE), None) for word in may_be_read]

    def __call__(self, text: str) -> str:
        """Return a text without them: the longest that fits at a place counts, and one that may be read before others.

        A name is also hidden before a dash: whoever is called more than what is known would else be named.
        """
        text = _normal(text)
        found = [
            (-len(hit[0]), put is not None, hit.start(), hit.end(), put)
            for pattern, put in self._words
            for hit in pattern.finditer(text)
        ]
        taken: list[tuple[int, int, str | None]] = []
        for _, _, start, end, put in sorted(found, key=lambda one: one[:3]):
            if all(end <= first or last <= start for first, last, _ in taken):
                taken.append((start, end, put))
        for start, end, put in sorted(taken, key=lambda one: one[0], reverse=True):
            if put is not None:
                text = text[:start] + put + text[end:]
        return text


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return re.sub(f"{_SPACE}+", " ", _normal(text)).strip().casefold()


def _digits(text: str) -> str:
    """Return a telephone number's digits without what is dialled before them; '' for what is none."""
    found = re.sub(r"[\s().\-\u2010-\u2013/]", "", text)
    if not re.fullmatch(r"\+?[0-9]{7,20}", found):
        return ""
    found = re.sub(r"\A(?:\+|00)", "", found) if found.startswith(("+", "00")) else found
    return re.sub(r"\A(?:440?|0)", "", found) if len(found) > _FEWEST_DIGITS else found


def _source(word: str, *, strict: bool) -> str:
    if digits := _digits(word):
        before = rf"(?:(?:\+|00)?44{_IN_NUMBERS}0?{_IN_NUMBERS}|0{_IN_NUMBERS})?"
        return rf"(?<!\d){before}{_IN_NUMBERS.join(digits)}(?!\d)"
    parts = re.split(f"{_SPACE}+", _normal(word).strip())
    spaced = f"{_SPACE}+".join("".join(_ALIKE.get(letter, re.escape(letter)) for letter in part) for part in parts)
    if not strict:
        return rf"(?<!\w){spaced}(?!\w)"
    dash = "[-\u2010-\u2013'\u2018\u2019]"
    return rf"(?<!\w)(?<!\w{dash}){spaced}(?!\w)(?!{dash}(?!s\b)\w)"
