"""Letters and call scripts: filling a text from a record, what is still to be written, and what may not be said.

A text is paragraphs with an empty line between two of them; the first is its title. A paragraph whose lines all
begin with "- " is a list; one line that begins with "# " is a heading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

LANGUAGES: Final = ("en", "cy")
NOT_KNOWN: Final = "not-known"
MOST_CHARACTERS: Final = 50_000
"""Of one letter: some twenty printed pages."""

_FIELD = re.compile(r"\{([a-z_]{1,40})\}")
_BLANK = re.compile(r"\[\[(.{0,400}?)\]\]", re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\s”’\"']+|\n\s*\n")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Level:
    """How much is known of whether information was seen, and the sentence that says so to each kind of reader."""

    code: str
    sentences: Mapping[tuple[str, str], str]
    "(person or organisation, language) → the sentence."

    def sentence(self, party: str, language: str) -> str:
        """Return the sentence for a reader, in a language."""
        return self.sentences[party, language]


@dataclass(frozen=True)
class Never:
    """What no letter says in one language, since nobody can know it."""

    phrases: tuple[str, ...]
    subjects: frozenset[str]
    states: frozenset[str]
    "A sentence with a subject and a state says that information is safe."

    def found_in(self, text: str) -> str:
        """Return the first sentence of a text that may not be said, or ''."""
        for sentence in _SENTENCE_END.split(text):
            plain = same(sentence)
            words = set(_WORD.findall(plain))
            if any(phrase in plain for phrase in self.phrases) or (words & self.subjects and words & self.states):
                return " ".join(sentence.split())
        return ""


@dataclass(frozen=True)
class Block:
    """One part of a letter as it is laid out."""

    kind: Literal["title", "heading", "paragraph", "list"]
    lines: tuple[str, ...]
    "One line; of a list one an entry; of a paragraph the lines that are kept apart."


def same(text: str) -> str:
    """Return a text as two are compared: without regard to case, spaces and the shape of quotation marks."""
    plain = text.casefold().replace("’", "'").replace("‘", "'").replace("\u00ad", "").replace("\u200b", "")
    return " ".join(plain.split())


def filled(paragraphs: Sequence[str], values: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Return the text with every {word} filled; a word without a value, or with an empty one, is left as a blank.

    ``names`` says what the writer puts in such a blank. Values are put in once: brackets and braces within them mean
    nothing, and what a source wrote as a blank is none.
    """

    def value(found: re.Match[str]) -> str:
        said = values.get(found[1], "").replace("[[", "[ [").replace("]]", "] ]")
        return said or f"[[{names.get(found[1], found[1].replace('_', ' '))}]]"

    return "\n\n".join(_FIELD.sub(value, paragraph) for paragraph in paragraphs)


def blanks(text: str) -> list[str]:
    """Return what is still to be written: the words between double brackets, in their order."""
    return [" ".join(blank.split()) for blank in _BLANK.findall(text)]


def blocks(text: str) -> list[Block]:
    """Return a letter's parts; none for a text without words."""
    parts = [part.strip("\n") for part in re.split(r"\n[ \t]*\n+", text.replace("\r\n", "\n")) if part.strip()]
    found: list[Block] = []
    for number, part in enumerate(parts):
        lines = tuple(line.rstrip() for line in part.split("\n") if line.strip())
        if number == 0:
            found.append(Block("title", (" ".join(line.strip() for line in lines),)))
        elif all(line.lstrip().startswith("- ") for line in lines):
            found.append(Block("list", tuple(line.lstrip()[2:].strip() for line in lines)))
        elif len(lines) == 1 and lines[0].startswith("# "):
            found.append(Block("heading", (lines[0][2:].strip(),)))
        else:
            found.append(Block("paragraph", lines))
    return found
