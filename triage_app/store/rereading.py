"""A new reading of records that are here already: by our own reader, in place of one that no longer stands.

The raw record is the same, or its id would differ. What a reader made of it (severity, key,
organisation) may not be: a person described its columns otherwise, or named another organisation,
since then, or another laptop sent the row first. The newest reading counts. But where somebody has
decided on an alert, its rows stay with it: what hangs on it would otherwise hang on nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final
from zlib import compress, decompress

from triage_app.domain.evidence import COLUMNS
from triage_app.store import search
from triage_app.store.connection import Store

_READ: Final = tuple(name for name in COLUMNS if name not in ("evidence_id", "key"))


_LOOKUP: Final = 500

_DECIDED: Final = (
    "SELECT 1 FROM alert_decision WHERE key = ?1 UNION ALL SELECT 1 FROM alert_link WHERE key = ?1 AND deleted = 0"
    " UNION ALL SELECT 1 FROM alert_correction WHERE key = ?1 UNION ALL SELECT 1 FROM note"
    " WHERE about = lower(hex(?1)) AND about_kind = 'alert' AND deleted = 0 LIMIT 1"
)

Reading = tuple[int, Sequence[Any], int]
"""The number of a row, its columns as in ``evidence.COLUMNS``, and its layout."""


class Rereading:
    """The readings of one import that are to take the place of those that are here, held small until it is whole."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: list[bytes] = []

    def compare(self, rows: Sequence[Reading]) -> None:
        """Keep those of some readings that differ from what is here."""
        differing = []
        names = ", ".join(("id", "key", "layout", *_READ))
        for start in range(0, len(rows), _LOOKUP):
            part = rows[start : start + _LOOKUP]
            found = self._store.rows(
                f"SELECT {names} FROM evidence_row WHERE id IN ({','.join('?' * len(part))})",
                [number for number, _, _ in part],
            )
            here = {number: (bytes(key).hex(), *rest) for number, key, *rest in found}
            differing += [
                (number, columns, layout)
                for number, columns, layout in part
                if here[number] != (columns[1], layout, *columns[2:])
            ]
        if differing:
            self._held.append(compress(json.dumps(differing).encode(), 1))

    def apply(self) -> set[bytes]:
        """Give the rows their new readings; return the keys of the alerts that they leave and join."""
        touched: set[bytes] = set()
        for readings in self._readings():
            touched |= read_again(self._store, readings)
        return touched

    def _readings(self) -> Iterator[list[Reading]]:
        for held in self._held:
            yield json.loads(decompress(held))


def read_again(store: Store, rows: Sequence[Reading]) -> set[bytes]:
    """Give rows (number, columns as in ``evidence.COLUMNS``, layout) their new reading, in the index too.

    Return the keys of the alerts that they leave and join, to be folded again. Rows of an alert on which somebody
    decided join no other.
    """
    touched: set[bytes] = set()
    names = ", ".join(search.COLUMNS)
    setting = ", ".join(f"{name} = ?" for name in ("key", "layout", *_READ))
    for number, columns, layout in rows:
        old = bytes(store.value("SELECT key FROM evidence_row WHERE id = ?", (number,)))
        key = bytes.fromhex(columns[1])
        if key != old and store.value(_DECIDED, (old,)):
            key = old
        touched |= {old, key}
        indexed = not store.value("SELECT 1 FROM unindexed WHERE ? BETWEEN first AND last", (number,))
        if indexed:
            store.execute(
                f"INSERT INTO evidence_text(evidence_text, rowid, {names})"
                f" SELECT 'delete', id, {names} FROM evidence_row WHERE id = ?",
                (number,),
            )
        store.execute(f"UPDATE evidence_row SET {setting} WHERE id = ?", (key, layout, *columns[2:], number))
        if indexed:
            search.index_span(store, number, number)
    return touched
