"""Which organisation somebody means: by its ODS code, or by words of its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from triage_app.services.vocabularies import vocabulary

_CODE_LETTERS = 3
"""A word of no more letters is read as a code: every trust's has three."""


def known_organisations() -> list[dict[str, str]]:
    """Return the trusts and health boards that ship with the program: code, name and nation of each."""
    found: list[dict[str, str]] = vocabulary("ods_trusts")["organisations"]
    return found


@dataclass(frozen=True)
class Meant:
    """What was made of words that stand for an organisation."""

    code: str
    """In capitals; "" where the words say no one organisation. It may be a code that nobody has heard of."""
    several: bool = False
    """More than one is called so."""


def meant(typed: str, names: Mapping[str, str]) -> Meant:
    """Return which organisation is meant by ``typed``, given the names of those that are known, by code.

    A code stands for itself; its name may follow. Other words mean the one organisation whose name has a word
    that begins with each of them. One word that no name has is a code.
    """
    words = _words(typed)
    if not words:
        return Meant("")
    first, rest = words[0].upper(), words[1:]
    if first in names and (not rest or rest == _words(names[first])):
        return Meant(first)
    alone = len(words) == 1
    if not (alone and (len(first) <= _CODE_LETTERS or not first.isalpha())):
        same = [code for code, name in names.items() if _words(name) == words]
        begun = same or [code for code, name in names.items() if _begins(words, _words(name))]
        if begun:
            return Meant(begun[0] if len(begun) == 1 else "", len(begun) > 1)
    return Meant(typed.strip().upper() if len(typed.split()) == 1 else "")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _begins(words: list[str], name: list[str]) -> bool:
    return all(any(part.startswith(word) for part in name) for word in words)
