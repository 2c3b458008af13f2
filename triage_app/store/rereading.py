"""A new reading of records that are here already: by our own reader, in place of one that no longer stands.

The raw record is the same, or its id would differ. What a reader made of it (severity, key,
organisation) may not be: the mapping was wrong and the import was taken back, or another laptop
sent the row first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from triage_app.domain.evidence import COLUMNS
from triage_app.store import search
from triage_app.store.connection import Store

_READ: Final = tuple(name for name in COLUMNS if name not in ("evidence_id", "key"))


def read_again(store: Store, rows: Sequence[tuple[int, Sequence[Any], int]]) -> set[bytes]:
    """Give rows (number, columns as in ``evidence.COLUMNS``, layout) their new reading, in the index too.

    Return the keys of the alerts that they leave and join, to be folded again.
    """
    touched: set[bytes] = set()
    names = ", ".join(search.COLUMNS)
    setting = ", ".join(f"{name} = ?" for name in ("key", "layout", *_READ))
    for number, columns, layout in rows:
        key = bytes.fromhex(columns[1])
        touched |= {bytes(store.value("SELECT key FROM evidence_row WHERE id = ?", (number,))), key}
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
