"""The language of the screen: English as it is written in the code, or the texts of a catalogue.

The catalogue in use belongs to the process. Only the window takes one; the command line, the reader and whatever is
kept or sent stay English, because nobody has put one in place there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import Final, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

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
    "``counted`` of both English texts → form → the text."
    rule: Mapping[int, str] = field(default_factory=dict)
    "Which form a number asks for; any number that is not here asks for other."
    read: Mapping[str, str] = field(default_factory=dict)
    "What a reader says of a file, with {0}, {1} … where values go → the text (``respoken``)."
    dates: Mapping[str, str] = field(default_factory=dict)
    "English names of days and months, whole and short, → theirs."

    def form(self, number: int) -> str:
        """Return the name of the form that a number asks for."""
        return self.rule.get(number, "other")


_in_use: Catalogue | None = None
_in_english: ContextVar[bool] = ContextVar("_in_english", default=False)


def use(catalogue: Catalogue | None) -> None:
    """Speak by a catalogue from now on, in this process; None is English."""
    global _in_use
    _in_use = catalogue


def in_use() -> Catalogue | None:
    """Return the catalogue that is spoken by; None for English."""
    return None if _in_english.get() else _in_use


def code() -> str:
    """Return the code of the language that is spoken."""
    spoken = in_use()
    return "en" if spoken is None else spoken.code


@contextmanager
def english() -> Iterator[None]:
    """Speak English on this thread meanwhile: others than who sees the screen read what is kept, sent or printed."""
    before = _in_english.set(True)
    try:
        yield
    finally:
        _in_english.reset(before)


def in_english(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Make a function speak English, whatever the screen does."""

    @wraps(function)
    def speaking(*args: _P.args, **named: _P.kwargs) -> _R:
        with english():
            return function(*args, **named)

    return speaking


class Said(str):
    """A text in the language of the screen that remembers its English: for what is shown, and kept as well."""

    __slots__ = ("english",)
    english: str

    def __new__(cls, text: str, english: str) -> Said:
        """``english`` is the same, as it is kept."""
        made = super().__new__(cls, text)
        made.english = english
        return made

    def __reduce__(self) -> tuple[type[Said], tuple[str, str]]:
        """Return what a copy is made of."""
        return Said, (str(self), self.english)


def kept(text: str) -> str:
    """Return a text as it is kept or sent: in English, if it is known what that was."""
    return text.english if isinstance(text, Said) else text


def say(source: str, *values: object) -> str:
    """Return a text with its values filled in, in the language of the screen; English where it has none.

    ``source`` is the English with {0}, {1} … where values go. Without values it is taken as it stands.
    """
    spoken = in_use()
    if spoken is None:
        return source.format(*values) if values else source
    text = spoken.texts.get(source)
    if text is None:
        return source.format(*values) if values else source
    if not values:
        return Said(text, source)
    return Said(text.format(*values), source.format(*[kept(v) if isinstance(v, str) else v for v in values]))


def counted(one: str, many: str) -> str:
    """Return the name under which a catalogue has the forms of two English texts."""
    return f"{one} / {many}"


def plural(number: int, one: str, many: str) -> str:
    """Return the text that a number asks for, its places still empty; ``one`` is for 1, ``many`` for any other.

    A language with other forms than English has them under both: the same words for many may go with others for one.
    """
    spoken = in_use()
    if spoken is not None:
        forms = spoken.counts.get(counted(one, many))
        if forms is not None:
            return forms.get(spoken.form(number)) or forms["other"]
    return one if number == 1 else many


def dated(moment: date, form: str) -> str:
    """Return a moment as ``strftime`` writes it, its names of days and months in the language of the screen."""
    spoken = in_use()
    if spoken is not None:
        for mark in ("%A", "%a", "%B", "%b"):
            if mark in form:
                name = moment.strftime(mark)
                form = form.replace(mark, spoken.dates.get(name, name).replace("%", "%%"))
    return moment.strftime(form)
