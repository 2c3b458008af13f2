"""What no letter may promise: that information was not seen or taken, or is safe. Its words are data.

A pattern is words with spaces between them. ``a|b`` is either word; ``<name>`` any entry of that list; ``*`` up to
three words, ``**`` up to eight; ``?`` before a word says that it may be missing, ``!`` that it does not stand there;
``^`` is the beginning of a clause, ``>>`` the rest of one; ``~`` is up to eight words of one clause, none of them of
the list ``halt``. A comma between two words of a pattern does not part them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_TOKEN: Final = re.compile(r"\w+|[,;:()!?\u2013\u2014]")
"Words end at an apostrophe, so that “data'n” names the data and “wasn't” is two words, in patterns as in texts."
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\s”’\"')\]]+")
_SHORT: Final = re.compile(r"(?:\b(?:e\.g|i\.e|etc|dr|mr|mrs|ms|prof|st|no|h\.y)\.|\b\w\.)$", re.IGNORECASE)
"The end of a piece that a full stop did not end, since it belongs to a word that is cut short."

_PARTS: Final = re.compile(r"\n[ \t]*\n")
_BLANK: Final = re.compile(r"\[\[.{0,400}?\]\]", re.DOTALL)
_CLAUSE: Final = "but|however|though|although|and|ond|fodd|ac"
"Words with which another clause begins; what is said of the first is not said of it."

_FOLDED: Final = dict.fromkeys("\u2018\u2019\u02bc\u2032`\u00b4\uff07", "'")
"What is typed for an apostrophe."


class BadPattern(ValueError):
    """A pattern that cannot be read; the text says which."""


@dataclass(frozen=True)
class Promise:
    """What was found."""

    sentence: str
    "As it was written, but for spaces."
    words: str
    "The words that make it a promise, folded."


def folded(text: str) -> str:
    """Return a text as two are compared: without case, accents, and characters that cannot be seen.

    Every white space is one, except the line ends between paragraphs; every apostrophe is the same.
    """
    plain = unicodedata.normalize("NFKD", "".join(_FOLDED.get(c, c) for c in text)).casefold()
    return "".join(
        _FOLDED.get(character, character)
        for character in unicodedata.normalize("NFKD", plain)
        if character.isspace() or unicodedata.category(character) not in ("Mn", "Cc", "Cf", "Cs")
    )


def _tokens(text: str) -> str:
    """Return the words of a text, each with one space behind it; every sign that parts clauses is a comma."""
    found = _TOKEN.findall(folded(text))
    return "".join(f"{token if token[0].isalnum() or token[0] == '_' else ','} " for token in found)


class Promises:
    """The promises of one language."""

    def __init__(
        self,
        lists: Mapping[str, Sequence[str]],
        *,
        never: Iterable[str],
        claims: Iterable[str],
        allowed: Iterable[str],
        answers: Iterable[str],
    ) -> None:
        """``lists`` are what patterns name, ``subject``, ``pronoun`` and ``seen`` among them.

        ``never`` is said of nothing; ``claims`` of no subject; ``allowed`` is cut out beforehand; ``answers`` to a
        question about a subject that was seen deny it. Raises ``BadPattern``.
        """
        self._lists = {name: _either(entries) for name, entries in lists.items()}
        self._subject, self._pronoun, self._seen = map(self._read, ("<subject>", "<pronoun>", "<seen>"))
        self._never = [self._read(one) for one in never]
        self._claims = [self._read(one) for one in claims]
        self._allowed = [self._read(one) for one in allowed]
        self._answers = [self._read(one) for one in answers]

    def _read(self, pattern: str) -> re.Pattern[str]:
        """Return a pattern as a regular expression over ``_tokens``: no step of it is without a bound."""
        parts = []
        for step in pattern.casefold().split():
            may, step = step.startswith("?"), step.removeprefix("?")
            bare, step = step.startswith("!"), step.removeprefix("!")
            match step:
                case "^":
                    parts.append("(?:^|(?<=, ))(?:, )*")
                case "~":
                    parts.append(f"(?:(?!{self._lists['halt']} )[^ ,]+ ){{0,8}}?")
                case "*" | "**":
                    parts.append(f"(?:[^ ]+ ){{0,{3 if step == '*' else 8}}}?")
                case ">>":
                    parts.append(f"(?:(?!(?:{_CLAUSE}) )[^ ,]+ )*")
                case _:
                    word = self._word(step, pattern)
                    parts.append(f"(?!{word} )" if bare else f"(?:{word} (?:, )?)" + ("?" if may else ""))
        return re.compile("(?:^|(?<= ))" + "".join(parts))

    def _word(self, step: str, pattern: str) -> str:
        named = [one[1:-1] for one in step.split("|") if one.startswith("<") and one.endswith(">")]
        if any(name not in self._lists for name in named):
            raise BadPattern(f"“{pattern}” names a list that there is not")
        bare = [one for one in step.split("|") if one.strip("<>") not in named]
        found = [self._lists[name] for name in named] + ([_either(bare)] if bare else [])
        return found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"

    def found_in(self, text: str) -> Promise | None:
        """Return the first promise of a text, or None."""
        before, asked = False, False
        for sentence in sentences(text):
            words = _tokens(sentence)
            left = words
            for one in self._allowed:
                left = one.sub(", ", left)
            about = bool(self._subject.search(words))
            found = self._in(left, about or before)
            if found is None and asked:
                found = next(filter(None, (one.search(left) for one in self._answers)), None)
            if found is not None:
                return Promise(" ".join(sentence.split()), " ".join(found[0].replace(",", " ").split()))
            asked = about and sentence.rstrip(" ”’\"'").endswith("?") and self._seen.search(words) is not None
            before = about
        return None

    def _in(self, words: str, known: bool) -> re.Match[str] | None:
        for one in self._never:
            if found := one.search(words):
                return found
        if self._subject.search(words) or (known and self._pronoun.search(words)):
            return next(filter(None, (one.search(words) for one in self._claims)), None)
        return None


def read(found: Mapping[str, Any], language: str) -> Promises:
    """Return the promises of one language from a list of the shape of ``letter_promises``. Raises ``BadPattern``."""
    return Promises(
        {item["code"]: item["words"] for item in found[f"lists_{language}"]},
        never=found[f"never_{language}"],
        claims=found[f"claims_{language}"],
        allowed=found[f"allowed_{language}"],
        answers=found[f"answers_{language}"],
    )


def _either(entries: Iterable[str]) -> str:
    """Return one of some entries, each one word or several, as a group; the longest first."""
    found = {_tokens(entry).strip() for entry in entries}
    if "" in found or not found:
        raise BadPattern("a word of a pattern is empty")
    return "(?:" + "|".join(re.escape(entry) for entry in sorted(found, key=lambda one: (-len(one), one))) + ")"


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a letter, and each entry of a list alone and behind the words that lead to it.

    What stands between double brackets is a blank and says nothing yet.
    """
    lead = ""
    plain = _BLANK.sub(" … ", text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n"))
    for part in _PARTS.split(plain):
        running: list[str] = []
        for line in [*part.split("\n"), "- "]:
            if not line.lstrip().startswith(("- ", "# ")):
                running.append(line)
                continue
            found = _split(" ".join(running))
            yield from found
            lead = found[-1] if found else lead
            running = []
            entry = line.lstrip()[2:].strip()
            if entry and line.lstrip().startswith("- ") and lead and not lead.rstrip().endswith((".", "!", "?")):
                yield f"{lead} {entry}"
            yield from _split(entry)


def _split(text: str) -> list[str]:
    found: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if found and _SHORT.search(found[-1]):
            found[-1] += f" {piece}"
        else:
            found.append(piece)
    return [piece for piece in found if piece.strip()]
