"""Names and titles as they are typed: one line, not too long, and something that a person can read."""

from __future__ import annotations

import unicodedata
from typing import Final

from triage_app.domain.affected import controls
from triage_app.errors import BadInput
from triage_app.language import say

MOST_TITLE: Final = 300
MOST_NAME: Final = 200
"Characters."

_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
"Letters by their category, and nothing to the eye."


def readable(text: str) -> bool:
    """Tell whether a text holds anything to be read: at least one letter or digit that shows."""
    return any(unicodedata.category(character)[0] in "LN" and character not in _BLANK_LETTERS for character in text)


def read_name(what: str, text: str, *, needed: bool = True) -> str:
    """Return a name as typed, on one line; "" where none is needed and none was given.

    Raises ``BadInput``, which says ``what`` it is a name of: a name of invisible characters is nobody's.
    """
    return _read(what, text, MOST_NAME, needed=needed)


def read_title(what: str, text: str) -> str:
    """Return a title as typed, on one line. Raises ``BadInput``, which says ``what`` it is a title of."""
    return _read(what, text, MOST_TITLE, needed=True)


def _read(what: str, text: str, most: int, *, needed: bool) -> str:
    words = " ".join(text[: 4 * most].split()) if len(text) <= 4 * most else text
    if not words and not needed:
        return ""
    if len(words) > most:
        raise BadInput(say("{0} is longer than {1} characters.", what, most), "Say it shorter; a note takes the rest.")
    if controls(words):
        raise BadInput(
            say("A control character stands in {0}{1}.", what[0].lower(), what[1:]), "Type it again, as plain text."
        )
    if not readable(words):
        raise BadInput(say("{0} is empty.", what), "Give letters or digits that can be read.")
    return words
