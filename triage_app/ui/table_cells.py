"""What stands in the cells of a record table, in words, and which columns fit. No window is needed for any of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtGui import QFontMetrics

from triage_app import language
from triage_app.language import plural, say
from triage_app.services import lengths
from triage_app.ui.text import visible
from triage_app.ui.theme import font

_AROUND = 44
"""Logical pixels beside the words of a heading, with the arrow of a column that is sorted."""
_INSET = 12
"""Logical pixels more beside the words of the first: they start where the page's heading does."""

CELL_LIMIT = 400
"""Characters of a cell that are shown: no screen is wider."""

NOTHING = "–"
NOT_KNOWN = "not known"
NOT_KNOWN_SHORT = "n/k"
"""Where there is no room for the two words; it is what a ward's notes say too."""


class _Unknown:
    """The one value that means "we do not know", as opposed to None, "there is nothing"."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that says more than its text.

    ``glyph`` is an icon's name; ``role`` a colour token for glyph and text, ``mark`` one for the glyph alone;
    ``second`` a second, smaller line.
    """

    text: str
    glyph: str = ""
    role: str = ""
    strong: bool = False
    second: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class ClockCell:
    """A clock in a cell: its state (see ``painting.CLOCK_STATES``), its words, the share of time used, 0 to 1.

    ``aloud`` is what a screen reader says in place of the words, where those are short.
    """

    state: str
    words: str
    used: float = 0.0
    aloud: str = ""


@dataclass(frozen=True, slots=True)
class StatusCell:
    """A status in a cell: its state (see ``painting.STATUSES``) and its word."""

    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a record table. Widths are logical pixels.

    ``kind`` says how it is painted: text, title, severity, clock, count, times, tlp, status, mono, age.
    ``drop`` is the order in which columns go when the window is narrow: 1 goes first, 0 never goes.
    """

    key: str
    heading: str
    width: int = 96
    kind: str = "text"
    stretch: bool = False
    drop: int = 0
    right: bool = False
    sortable: bool = True

    @property
    def right_aligned(self) -> bool:
        """Tell whether heading and cells stand at the right: numbers do."""
        return self.right or self.kind in ("count", "times", "age")


def cell_text(column: Column, value: Any) -> str:
    """Return what a cell says, as plain words; never blank, never 0 for what is not known."""
    if value is None or value == "":
        return NOTHING
    if value is UNKNOWN:
        return say(NOT_KNOWN)
    if isinstance(value, Cell):
        text = value.text or NOTHING
        return visible(f"{text}, {value.second}" if value.second else text, CELL_LIMIT, lines=False)
    if isinstance(value, ClockCell):
        return visible(value.words, CELL_LIMIT, lines=False)
    if isinstance(value, StatusCell):
        return visible(value.word, CELL_LIMIT, lines=False)
    if isinstance(value, int | float):
        if column.kind == "times":
            return f"×{value:,}"
        if column.kind == "age":
            return lengths.age(value)
        return f"{value:,}"
    text = visible(str(value), CELL_LIMIT, lines=False)
    return say(text.capitalize()) if column.kind == "severity" else text


def cell_aloud(column: Column, value: Any) -> str:
    """Return what a screen reader says of a cell: the same as ``cell_text``, with nothing shortened."""
    if isinstance(value, ClockCell):
        return visible(value.aloud or lengths.in_full(value.words), CELL_LIMIT, lines=False)
    if isinstance(value, int | float) and column.kind == "age":
        return lengths.age_aloud(value)
    if isinstance(value, int | float) and column.kind == "times":
        return plural(int(value), "once", "{0} times").format(f"{value:,}")
    return cell_text(column, value)


def _width(column: Column, *, is_first: bool) -> int:
    """Return how wide a column is made: widths are chosen for English, and another language may need more."""
    if language.code() == "en":
        return column.width
    around = _AROUND + (_INSET if is_first else 0)
    return max(column.width, QFontMetrics(font("cap_strong")).horizontalAdvance(column.heading) + around)


def fitted(columns: Sequence[Column], room: int, hidden: Collection[str] = ()) -> dict[int, int]:
    """Return the width of each column that is shown in ``room`` pixels, by its number.

    Columns go in their ``drop`` order until the rest fit; the one that stretches takes what is left. ``hidden`` holds
    the keys of columns that nobody wants to see.
    """
    widths = [_width(each, is_first=not number) for number, each in enumerate(columns)]
    shown = {number for number, each in enumerate(columns) if each.key not in hidden or not each.drop}
    for number in sorted((n for n in shown if columns[n].drop), key=lambda n: columns[n].drop):
        if sum(widths[n] for n in shown) <= room:
            break
        shown.discard(number)
    if not shown:
        return {}
    spare = room - sum(widths[n] for n in shown)
    stretch = next((n for n in sorted(shown) if columns[n].stretch), max(shown))
    return {n: max(60, widths[n] + (spare if n == stretch else 0)) for n in sorted(shown)}
