"""Letters and call scripts: filling a text from a record, what is still to be written, and what may not be said.

A text is paragraphs with an empty line between two of them; the first is its title. A paragraph whose lines all
begin with "- " is a list; one line that begins with "# " is a heading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

LANGUAGES: Final = ("en", "cy")
NOT_KNOWN: Final = "not-known"
MOST_CHARACTERS: Final = 50_000
"""Of one letter: some twenty printed pages."""

# These are the program's own and in no list: a list of a trust's own must not be able to lose them.
NO_CONTACT: Final = "no-contact"
"The preferred channel of somebody who wants to hear nothing."

UNSAFE: Final = ("unsafe-to-ring",)
"Flags with which a letter may put somebody in danger."

CAREFUL: Final = ("under-18",)
"Flags that are said to whoever writes."

_FIELD = re.compile(r"\{([a-z_]{1,40})\}")
_BLANK = re.compile(r"\[\[(.{0,400}?)\]\]", re.DOTALL)


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
class Block:
    """One part of a letter as it is laid out."""

    kind: Literal["title", "heading", "paragraph", "list"]
    lines: tuple[str, ...]
    "One line; of a list one an entry; of a paragraph the lines that are kept apart."


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


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a text whose blanks are called by other words, those that have any."""

    def name(found: re.Match[str]) -> str:
        words = " ".join(found[1].split())
        return f"[[{names.get(words, words)}]]"

    return _BLANK.sub(name, text)


def printable(text: str) -> str:
    """Return a text as it is put on paper: without what commands, hides or turns the order of letters round.

    The joiners that some scripts need (U+200C, U+200D) stay. Source: Unicode general categories Cc, Cf, Co, Cs, Zl, Zp.
    """
    plain = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return "".join(
        character for character in plain
        if character in "\n\t\u200c\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs")
    )  # fmt: skip


def blocks(text: str) -> list[Block]:
    """Return a letter's parts, of what can be printed; none for a text without words."""
    parts = [part.strip("\n") for part in re.split(r"\n[ \t]*\n+", printable(text)) if part.strip()]
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
