"""Saying in the language of the screen what was written in English: by a reader, into a record, on another laptop.

A reader knows no language, and what it says of a file is kept and exchanged in English. Where such a sentence is shown,
it is compared with the English that a catalogue holds: the text whose fixed words fit is said instead, with the values
that stood in the places of the sentence, and those are said anew in the same way where they are words of a reader.

The sentence may come from a hostile file. Nothing here goes back over it: every fixed piece is looked for once, from
left to right. What fits no text, or is long, is returned as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from triage_app.language import Catalogue, Said, in_use

LONGEST: Final = 2_000
"""Characters of a sentence that is still looked at."""
_DEEPEST: Final = 4
"""Sentences within a sentence."""
_MOST_CUTS: Final = 6
"""Places of a sentence at which it is tried whether what stands on both sides is said."""
_MOST_LOOKS: Final = 32
"""Sentences that are compared for one, those within it among them: what a hostile one may cost."""
_FEWEST: Final = 3
"""Letters that a text has beside its places: with fewer it would fit everything."""
_FEWEST_OF_A_SENTENCE: Final = 8
"""The same of a text that a reader need not have said."""
_START: Final = 3
_MOST_KNOWN: Final = 2_048
"""Sentences that are not compared again."""

_PLACE: Final = re.compile(r"\{(\d+)[^{}]*\}")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_VALUES: Final = re.compile(r"'[^']{0,200}'|\"[^\"]{0,200}\"|“[^”]{0,200}”|\d[\d.,:/-]*", re.ASCII)
"""What a tally leaves out of a reason that many records share (``services/import_tally``)."""
_VALUES_SAID: Final = re.compile(r"'[\ue000-\ue0ff]'|\"[^\"]{0,200}\"|“[^”]{0,200}”|\d[\d.,:/-]*", re.ASCII)
"""The same in another language, whose words may have apostrophes."""
_ANY_VALUE: Final = "…"


@dataclass(frozen=True)
class _Text:
    """One text of a catalogue, taken apart."""

    pieces: tuple[str, ...]
    "The fixed words of the English, between its places."
    places: tuple[int, ...]
    said: str
    "The text in the other language, places and all."
    weight: int

    def values(self, sentence: str) -> dict[int, str] | None:
        """Return what stands in the places of a sentence, None if its fixed words are others."""
        first, last = self.pieces[0], self.pieces[-1]
        end = len(sentence) - len(last)
        at = len(first)
        if end < at or not sentence.startswith(first) or not sentence.endswith(last):
            return None
        found: dict[int, str] = {}
        for place, piece in zip(self.places[:-1], self.pieces[1:-1], strict=True):
            next_at = sentence.find(piece, at, end)
            if next_at < 0 or found.setdefault(place, sentence[at:next_at]) != sentence[at:next_at]:
                return None
            at = next_at + len(piece)
        if found.setdefault(self.places[-1], sentence[at:end]) != sentence[at:end]:
            return None
        return found


class _Texts:
    """The texts of a catalogue, so arranged that few are tried for a sentence."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.said = lru_cache(maxsize=_MOST_KNOWN)(lambda sentence: self._say(sentence, 0, [_MOST_LOOKS]))
        """Return a sentence in the language of the catalogue, None if no text of it fits."""
        self.exact: dict[str, str] = {}
        self.whole = {text: said for text, said in catalogue.texts.items() if _ends(text)}
        "Said of a whole sentence only: a single word that comes from a file may be the name of a column."
        self._by_start: dict[str, list[_Text]] = {}
        self._by_end: dict[str, list[_Text]] = {}
        for source, said in self._read(catalogue):
            self._add(source, said, _FEWEST)
        for source, said in self.whole.items():
            self._add(source, said, _FEWEST_OF_A_SENTENCE)

    @staticmethod
    def _read(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
        for source, said in catalogue.read.items():
            yield source, said
            shared = _VALUES.sub(_ANY_VALUE, _marked(source))
            if shared != _marked(source):
                yield _unmarked(shared), _unmarked(_VALUES_SAID.sub(_ANY_VALUE, _marked(said)))

    def _add(self, source: str, said: str, fewest: int) -> None:
        parts = _PLACE.split(source)
        if len(parts) == 1:
            if fewest == _FEWEST:
                self.exact.setdefault(source, said)
            return
        pieces, places = tuple(parts[0::2]), tuple(map(int, parts[1::2]))
        letters = len(_LETTERS.findall("".join(pieces)))
        if letters < fewest or "" in pieces[1:-1]:
            return
        text = _Text(pieces, places, said, sum(map(len, pieces)))
        if len(pieces[0]) >= _START:
            self._by_start.setdefault(pieces[0][:_START], []).append(text)
        else:
            self._by_end.setdefault(pieces[-1][-1:], []).append(text)

    def fitting(self, sentence: str) -> Iterator[_Text]:
        """Yield the texts that a sentence may have been made by."""
        yield from self._by_start.get(sentence[:_START], ())
        yield from self._by_end.get(sentence[-1:], ())
        yield from self._by_end.get("", ())

    def _say(self, sentence: str, depth: int, left: list[int]) -> str | None:
        """Say a sentence, or one within another; ``left`` is how many more may be looked at."""
        left[0] -= 1
        if not sentence or depth > _DEEPEST or left[0] < 0:
            return None
        exact = self.exact.get(sentence) or self.whole.get(sentence)
        if exact is not None:
            return exact
        best: _Text | None = None
        for text in self.fitting(sentence):
            if (best is None or text.weight > best.weight) and text.values(sentence) is not None:
                best = text
        if best is not None:
            values = best.values(sentence) or {}
            inside = {place: self._say(value, depth + 1, left) or value for place, value in values.items()}
            return _PLACE.sub(lambda place: inside.get(int(place[1]), place[0]), best.said)
        return self._of_two(sentence, depth, left)

    def _of_two(self, sentence: str, depth: int, left: list[int]) -> str | None:
        """Return what is said of one thing by its name before a colon, or in two sentences one after the other."""
        for at in _cuts(sentence, ": "):
            name, rest = self.exact.get(sentence[:at]), self._say(sentence[at + 2 :], depth + 1, left)
            if name is not None or rest is not None:
                return f"{name or sentence[:at]}: {rest or sentence[at + 2 :]}"
        for at in _cuts(sentence, ". "):
            first = self._say(sentence[: at + 1], depth + 1, left)
            rest = None if first is None else self._say(sentence[at + 2 :], depth + 1, left)
            if first is not None and rest is not None:
                return f"{first} {rest}"
        return None


def respoken(sentence: str) -> str:
    """Return an English sentence that was kept, or came from a reader, in the language of the screen.

    Returned as it is: in English, what fits nothing that the catalogue holds, and what is longer than ``LONGEST``.
    """
    spoken = in_use()
    if spoken is None or not sentence or len(sentence) > LONGEST:
        return sentence
    found = _texts(spoken).said(sentence)
    return sentence if found is None else Said(found, sentence)


_held: _Texts | None = None


def _texts(catalogue: Catalogue) -> _Texts:
    global _held
    texts = _held
    if texts is None or texts.catalogue is not catalogue:
        _held = texts = _Texts(catalogue)
    return texts


def _ends(text: str) -> bool:
    return text[-1:] in (".", "?")


def _cuts(sentence: str, sign: str) -> Iterable[int]:
    at = -1
    for _ in range(_MOST_CUTS):
        at = sentence.find(sign, at + 1)
        if at < 0:
            return
        yield at


def _marked(text: str) -> str:
    """Return a text with signs for its places that are no digits."""
    return _PLACE.sub(lambda place: chr(0xE000 + int(place[1])), text)


def _unmarked(text: str) -> str:
    return re.sub("[\ue000-\ue0ff]", lambda sign: f"{{{ord(sign[0]) - 0xE000}}}", text)
