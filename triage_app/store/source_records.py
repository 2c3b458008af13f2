"""The record a source sent, put together again from the columns and what is kept beside them."""

from __future__ import annotations

import json
from typing import Any

from triage_app.domain.evidence import VERBATIM_COLUMNS, Layout, restore
from triage_app.store.connection import Store


def source_record(store: Store, row: int) -> dict[str, Any] | None:
    """Return the raw record of an evidence row as its source wrote it, None for a row that is not here."""
    names = ", ".join(f"r.{name}" for name in (*VERBATIM_COLUMNS, "seen_at"))
    found = store.dicts(
        f"SELECT {names}, r.rest, l.json AS layout FROM evidence_row AS r"
        " JOIN layout AS l ON l.id = r.layout WHERE r.id = ?",
        (row,),
    )
    if not found:
        return None
    return restore(Layout.from_json(found[0]["layout"]), found[0], json.loads(found[0]["rest"] or "{}"))
