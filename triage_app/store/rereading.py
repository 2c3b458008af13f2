"""What an import read otherwise than what is here, held small until the import is whole."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, Final
from zlib import compress, decompress

from triage_app.domain.evidence import COLUMNS
from triage_app.store import readings
from triage_app.store.connection import Store
from triage_app.store.readings import READ, Reading

_LOOKUP: Final = 500

Read = tuple[int, Sequence[Any], int]
"""The number of a row, its columns as in ``evidence.COLUMNS``, and its layout."""


class Rereading:
    """The readings that one import made of rows that were here before, where there is something to say of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: list[bytes] = []
        self._as_shown = array("q")  # row, number of its reading, row, number …
        self._several = readings.differ(store)

    def compare(self, rows: Sequence[Read]) -> None:
        """Keep those of some readings that differ from what their rows show, or show but not by their first reading."""
        differing = []
        names = ", ".join(("id", "key", "layout", *COLUMNS[2:]))
        for start in range(0, len(rows), _LOOKUP):
            part = rows[start : start + _LOOKUP]
            numbers = [number for number, _, _ in part]
            found = self._store.rows(
                f"SELECT {names} FROM evidence_row WHERE id IN ({','.join('?' * len(part))})", numbers
            )
            here = {number: (bytes(key).hex(), *rest) for number, key, *rest in found}
            shown = self._shown(numbers) if self._several else {}
            for number, columns, layout in part:
                if here[number] != (columns[1], layout, *columns[2:]):
                    differing.append((number, columns, layout))
                elif number in shown:
                    n = shown[number].get(columns[1], shown[number].get(""))
                    if n is None:
                        differing.append((number, columns, layout))
                    elif n:
                        self._as_shown.extend((number, n))
        if differing:
            self._held.append(compress(json.dumps(differing).encode(), 1))

    def _shown(self, numbers: Sequence[int]) -> dict[int, dict[str, int]]:
        """Return by row which of its several readings has the columns that are shown, by its key where they differ."""
        found: dict[int, dict[str, int]] = {}
        sql = "SELECT row, n, ifnull(lower(hex(key)), '') FROM reading WHERE json = '{}' AND row IN"
        for row, n, key in self._store.rows(f"{sql} ({','.join('?' * len(numbers))})", numbers):
            found.setdefault(row, {})[key] = n
        return found

    def keep(self, number: int) -> Iterator[list[int]]:
        """Keep the readings as those of an import (by its number); yield the rows that may have to show another now."""
        for held in self._held:
            read = [
                (row, Reading(bytes.fromhex(columns[1]), dict(zip(READ, (layout, *columns[2:]), strict=True))))
                for row, columns, layout in json.loads(decompress(held))
            ]
            numbered = readings.add(self._store, read)
            readings.note(self._store, number, numbered)
            yield list(numbered)
        readings.note(self._store, number, dict(zip(self._as_shown[::2], self._as_shown[1::2], strict=True)))
