"""Rows that a responder leaves out of an import, having seen them in its preview: named, counted and told.

An alert is left out row by row. Of every other kind goes all that the file says about the same thing: an address that
is left out must not come in by another line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AnySet
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import COLUMNS, KINDS
from triage_app.errors import BadInput
from triage_app.formats import reading_events
from triage_app.language import plural, say
from triage_app.services.import_tally import Reason

MOST_TOLD: Final = 200
"""Rows left out that are named in the history of imports; of more, the number is kept."""

_ID, _KEY, _KIND, _TITLE, _VALUE = (COLUMNS.index(name) for name in ("evidence_id", "key", "kind", "title", "value"))
_LONGEST: Final = 200
_NUMBERS = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


@dataclass(frozen=True)
class LeftOut:
    """A row that was left out."""

    number: int
    "Which record of the file it was, from 1."
    kind: str
    words: str

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {"number": self.number, "kind": self.kind, "words": self.words}


def name_of(row: Sequence[Any]) -> str:
    """Return the name by which a row is left out: its own for an alert, else that of what it is about."""
    return str(row[_KEY] if row[_KIND] else row[_ID])


def told_as(number: int, row: Sequence[Any]) -> LeftOut:
    """Return a row as it is told of."""
    return LeftOut(number, KINDS[row[_KIND]], str(row[_VALUE] or row[_TITLE])[:_LONGEST])


class LeavingOut:
    """Takes the rows that are to be left out from what a reader says, and keeps count."""

    def __init__(self, names: AnySet[str], responder: str = "") -> None:
        """``responder`` is who leaves them out."""
        self._names = names
        self._missing = set(names)
        self._responder = responder
        self._seen = 0
        self.count = 0
        self.rows: list[LeftOut] = []

    def rest_of(self, event: Any) -> Any:
        """Return a message without the rows that are left out."""
        if not self._names or not isinstance(event, reading_events.Rows):
            return event
        kept = []
        for row in event.rows:
            self._seen += 1
            name = name_of(row)
            if name not in self._names:
                kept.append(row)
                continue
            self._missing.discard(name)
            self.count += 1
            if len(self.rows) < MOST_TOLD:
                self.rows.append(told_as(self._seen, row))
        return reading_events.Rows(event.bytes_read, kept)

    @property
    def reason(self) -> str:
        """Why they are not taken in."""
        return f"left out by {self._responder} in the preview"

    def reasons(self, others: tuple[Reason, ...]) -> tuple[Reason, ...]:
        """Return why records are not taken in, those left out before those that could not be read."""
        return (Reason(self.reason, self.count, 0), *others) if self.count else others

    def check(self, name: str) -> None:
        """Raise ``BadInput`` if a row that was to be left out was not in the file: then it is not the one shown."""
        if self._missing:
            many = len(self._missing)
            what = plural(
                many,
                "{0} is no longer as it was shown: a row that was left out of it is not there. Nothing was imported.",
                "{0} is no longer as it was shown: {1} rows that were left out of it are not there. Nothing was"
                " imported.",
            )
            raise BadInput(
                what.format(name, f"{many:,}"),
                "Look at it again and leave out what should not come in.",
            )

    def as_data(self) -> dict[str, Any]:
        """Return as plain data what the history of imports tells of it."""
        return {"count": self.count, "by": self._responder, "rows": [row.as_data() for row in self.rows]}


def names_at(events: Iterable[Any], numbers: AnySet[int], name: str) -> frozenset[str]:
    """Return the names of the records with some numbers, from 1; raise ``BadInput`` for a number beyond the last."""
    found, seen = set(), 0
    for event in events:
        if isinstance(event, reading_events.Rows):
            found |= {name_of(row) for number, row in enumerate(event.rows, seen + 1) if number in numbers}
            seen += len(event.rows)
    beyond = max(numbers, default=0)
    if beyond > seen:
        raise BadInput(
            say("{0} has no record {1}: it has {2:,}.", name, beyond, seen),
            "“--dry-run” shows them with their numbers.",
        )
    return frozenset(found)


def numbers_in(words: str) -> frozenset[int]:
    """Return the numbers that “3,7-9” names; raise ``BadInput`` for anything else."""
    numbers: set[int] = set()
    for part in words.split(","):
        found = _NUMBERS.fullmatch(part.strip())
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 0 < first <= last or last - first > 1_000_000:
            raise BadInput(say("{0!r} names no records.", part.strip() or words), "Write their numbers, like 3,7-9.")
        numbers.update(range(first, last + 1))
    return frozenset(numbers)
