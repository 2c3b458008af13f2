"""Where rows are taken from when a store is put together again: what is left of a damaged one, or a whole backup."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from triage_app.store import damaged_rows
from triage_app.store.connection import Store
from triage_app.store.damaged_pages import Pages

Look = Callable[[int, int], None]
"""(pages looked at, pages in all); raises ``Cancelled`` to stop."""

Record = dict[str, Any]


class Source(Protocol):
    """Rows by table, each as a dictionary of its columns."""

    def rows(self, table: str) -> Iterator[Record]:
        """Yield the rows of a table that are there."""

    def numbered_links(self) -> tuple[dict[int, str], dict[tuple[str, str, int], int]]:
        """Return, by the indexes alone, (number → hash) and (chain, device, sequence) → number of links."""

    def listed_layouts(self) -> dict[int, str]:
        """Return layouts by number as their index has them."""


class Whole:
    """A store that opens."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rows(self, table: str) -> Iterator[Record]:
        """See ``Source``."""
        names = [row[1] for row in self._store.rows(f"PRAGMA table_info({table})")]
        for some in self._store.in_parts(f"SELECT * FROM {table}") if names else ():
            for values in some:
                yield dict(zip(names, values, strict=True))

    def numbered_links(self) -> tuple[dict[int, str], dict[tuple[str, str, int], int]]:
        """See ``Source``: a whole store has lost no link."""
        return {}, {}

    def listed_layouts(self) -> dict[int, str]:
        """See ``Source``."""
        return {}


class Damaged:
    """A store that SQLite no longer opens, or not all of it: whatever of its pages proves itself."""

    def __init__(self, path: Path, key: bytes, shape: Store, look: Look = lambda done, total: None) -> None:
        """``shape`` is a store of today's shape: its columns name the values of a record."""
        self.pages = Pages(path, key)
        self._shape = shape
        self._columns: dict[str, list[tuple[str, Any, bool]]] = {}
        self._trees = damaged_rows.trees(self.pages, look)

    def close(self) -> None:
        """Close the file."""
        self.pages.close()

    def rows(self, table: str) -> Iterator[Record]:
        """See ``Source``. A record that was written before a column came has what the column began with."""
        columns = self._named(table)
        for row in damaged_rows.rows(self.pages, self._trees, table):
            if len(row.values) > len(columns):
                continue
            record = {}
            for place, (name, default, is_number) in enumerate(columns):
                value = row.values[place] if place < len(row.values) else default
                record[name] = row.number if is_number and value is None else value
            yield record

    def numbered_links(self) -> tuple[dict[int, str], dict[tuple[str, str, int], int]]:
        """See ``Source``."""
        hashes, places = {}, {}
        for row in damaged_rows.rows(self.pages, self._trees, "sqlite_autoindex_link_1"):
            if len(row.values) == 2 and isinstance(row.values[1], int):
                hashes[row.values[1]] = str(row.values[0])
        for row in damaged_rows.rows(self.pages, self._trees, "sqlite_autoindex_link_2"):
            if len(row.values) == 4 and isinstance(row.values[2], int) and isinstance(row.values[3], int):
                places[(str(row.values[0]), str(row.values[1]), row.values[2])] = row.values[3]
        return hashes, places

    def listed_layouts(self) -> dict[int, str]:
        """See ``Source``."""
        return {
            row.values[1]: str(row.values[0])
            for row in damaged_rows.rows(self.pages, self._trees, "sqlite_autoindex_layout_1")
            if len(row.values) == 2 and isinstance(row.values[1], int)
        }

    def _named(self, table: str) -> list[tuple[str, Any, bool]]:
        """Return (name, what it begins with, whether it is the row's number) of a table's columns."""
        if table not in self._columns:
            self._columns[table] = [
                (name, _literal(default), bool(key) and kind == "INTEGER")
                for _, name, kind, _, default, key in self._shape.rows(f"PRAGMA table_info({table})")
            ]
            if sum(is_number for _, _, is_number in self._columns[table]) > 1:  # a key of several columns has no number
                self._columns[table] = [(name, default, False) for name, default, _ in self._columns[table]]
        return self._columns[table]


def _literal(text: Any) -> Any:
    if not isinstance(text, str):
        return None
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1].replace("''", "'")
    return int(text) if text.lstrip("-").isdecimal() else None
