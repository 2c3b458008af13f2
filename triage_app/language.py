"""The language of the screen: English as it is written in the code, or the texts of a catalogue.

The catalogue in use belongs to the process. Only the window takes one; the command line, the reader and whatever is
kept or sent stay English, because nobody has put one in place there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

FORMS: Final = ("zero", "one", "two", "few", "many", "other")
"""The names that CLDR gives to the forms a number can ask for."""


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language, by the English that the code holds."""

    code: str
    "ISO 639-1, such as cy."
    name: str
    "What the language calls itself."
    texts: Mapping[str, str]
    "English → the text, with the same places for values."
    counts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    "English text for many → form → the text."
    rule: Mapping[int, str] = field(default_factory=dict)
    "Which form a number asks for; any number that is not here asks for other."
    dates: Mapping[str, str] = field(default_factory=dict)
    "English names of days and months, whole and short, → theirs."

    def form(self, number: int) -> str:
        """Return the name of the form that a number asks for."""
        return self.rule.get(number, "other")


_in_use: Catalogue | None = None


def use(catalogue: Catalogue | None) -> None:
    """Speak by a catalogue from now on, in this process; None is English."""
    global _in_use
    _in_use = catalogue


def in_use() -> Catalogue | None:
    """Return the catalogue that is spoken by; None for English."""
    return _in_use


def code() -> str:
    """Return the code of the language that is spoken."""
    return "en" if _in_use is None else _in_use.code


def say(source: str, *values: object) -> str:
    """Return a text with its values filled in, in the language of the screen; English where it has none.

    ``source`` is the English with {0}, {1} … where values go. Without values it is taken as it stands.
    """
    text = source if _in_use is None else _in_use.texts.get(source, source)
    return text.format(*values) if values else text


def plural(number: int, one: str, many: str) -> str:
    """Return the text that a number asks for, its places still empty; ``one`` is for 1, ``many`` for any other.

    A language with more forms than English has them under ``many``.
    """
    if _in_use is not None:
        forms = _in_use.counts.get(many)
        if forms is not None:
            return forms.get(_in_use.form(number)) or forms["other"]
    return one if number == 1 else many


def dated(moment: datetime, form: str) -> str:
    """Return a moment as ``strftime`` writes it, its names of days and months in the language of the screen."""
    if _in_use is not None:
        for mark in ("%A", "%a", "%B", "%b"):
            if mark in form:
                name = moment.strftime(mark)
                form = form.replace(mark, _in_use.dates.get(name, name).replace("%", "%%"))
    return moment.strftime(form)
