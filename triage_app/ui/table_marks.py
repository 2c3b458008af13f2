"""Which rows of a table are marked: a byte for each row, so that a million are marked or let go at once."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import compress
from typing import Any

_FEW = 8
_UNMARK = bytes([1, 0]) + bytes(254)
"""What turns marked into unmarked, and back."""


class Marks(AbstractSet[Any]):
    """A set of records of one list. It never changes: every change is a new one."""

    def __init__(self, ids: Sequence[Any], rows: bytes | bytearray = b"", many: int | None = None) -> None:
        """``rows`` has 1 for each row of ``ids`` that is marked and else 0; b"" marks none."""
        self._ids = ids
        self._rows = rows
        self._many = rows.count(1) if many is None else many

    @classmethod
    def of(cls, ids: Sequence[Any], wanted: Collection[Any]) -> Marks:
        """Mark those records of a list that are wanted."""
        if not wanted:
            return cls(ids)
        if len(wanted) <= _FEW:
            rows = bytearray(len(ids))
            for one in wanted:
                place = place_of(ids, one)
                if place >= 0:
                    rows[place] = 1
            return cls(ids, rows)
        among = wanted if isinstance(wanted, set | frozenset) else set(wanted)
        return cls(ids, bytearray(map(among.__contains__, ids)))

    def at(self, row: int) -> bool:
        """Tell whether a row is marked."""
        return bool(self._many) and 0 <= row < len(self._rows) and bool(self._rows[row])

    def toggled(self, row: int) -> Marks:
        """Mark a row, or take its mark away."""
        rows = bytearray(self._rows) or bytearray(len(self._ids))
        rows[row] = not rows[row]
        return Marks(self._ids, rows, self._many + (1 if rows[row] else -1))

    def reaching(self, first: int, last: int) -> Marks:
        """Mark every row from one to another too, both with it."""
        rows = bytearray(self._rows) or bytearray(len(self._ids))
        rows[first : last + 1] = b"\1" * (min(last, len(rows) - 1) - first + 1)
        return Marks(self._ids, rows)

    def every(self) -> Marks:
        """Mark every row."""
        return Marks(self._ids, b"\1" * len(self._ids), len(self._ids))

    def kept_in(self, ids: Sequence[Any]) -> Marks:
        """Return the same records as they stand in another list; those that are not in it are let go."""
        return Marks.of(ids, set(self) if self._many else ())

    def records(self) -> Any:
        """Return the marked records in the order shown."""
        return _those(self._ids, self._rows)

    def others(self) -> Any:
        """Return the records that are not marked, in the order shown."""
        return _those(self._ids, self._rows.translate(_UNMARK)) if self._rows else self._ids

    def __contains__(self, record: object) -> bool:
        """Tell whether a record is marked; ``at`` is quicker."""
        return bool(self._many) and self.at(place_of(self._ids, record))

    def __iter__(self) -> Iterator[Any]:
        """Go through the marked records."""
        return iter(compress(self._ids, self._rows))

    def __len__(self) -> int:
        """Return how many are marked."""
        return self._many


def place_of(ids: Sequence[Any], record: Any, near: int = -1) -> int:
    """Return the row of a record, or -1. It is looked for about ``near`` first: lists seldom change by much."""
    for begin, end in ((max(0, near - _ABOUT), near + _ABOUT), (0, len(ids))) if near >= 0 else ((0, len(ids)),):
        try:
            return ids.index(record, begin, end)
        except (ValueError, TypeError):
            continue
    return -1


_ABOUT = 128
"""Rows before and after a place that are looked at first."""


def without(ids: Sequence[Any], gone: Collection[Any]) -> Any:
    """Return a list without some of its records, in its order."""
    away = bytes(map((gone if isinstance(gone, set | frozenset) else set(gone)).__contains__, ids))
    return _those(ids, away.translate(_UNMARK))


def _those(ids: Sequence[Any], rows: bytes | bytearray) -> Any:
    found = compress(ids, rows)
    return array("q", found) if isinstance(ids, array) else list(found)
