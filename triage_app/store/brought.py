"""What hangs on an import: the decisions people made on the alerts it brought."""

from __future__ import annotations

from typing import Any

from triage_app.store.connection import Store

_DECIDED = (
    "SELECT key FROM alert_decision WHERE state <> 'new'"
    " UNION SELECT key FROM alert_link WHERE deleted = 0"
    " UNION SELECT key FROM alert_correction"
    " UNION SELECT unhex(about) FROM note WHERE about_kind = 'alert' AND deleted = 0 AND length(about) = 32"
)


def decided(store: Store, entity: str) -> int:
    """Return on how many of an import's alerts somebody decided, noted or put right something."""
    return int(
        store.value(
            f"SELECT count(*) FROM ({_DECIDED}) AS d WHERE EXISTS (SELECT 1 FROM evidence_row AS r WHERE r.key = d.key"
            " AND (EXISTS (SELECT 1 FROM import_range AS g JOIN import AS i ON i.id = g.import"
            "              WHERE i.entity = ?1 AND r.id BETWEEN g.first AND g.last)"
            "  OR EXISTS (SELECT 1 FROM import_repeat AS p JOIN import AS i ON i.id = p.import"
            "             WHERE i.entity = ?1 AND p.row = r.id)))",
            (entity,),
        )
    )


def one(store: Store, entity: str) -> dict[str, Any] | None:
    """Return a finished import, or None for none of that id."""
    found = store.dicts(
        "SELECT entity AS id, name, format, organisation, size, started_at, finished_at, records, new, repeats,"
        " rejected, ignored, rejects_file, undone, origin, summary"
        " FROM import WHERE entity = ? AND state <> 'loading'",
        (entity,),
    )
    return found[0] if found else None


def standing_or_undone(store: Store, keyed_hash: str) -> str:
    """Return the newest import made here of a file with this content, '' for none."""
    return str(
        store.value(
            "SELECT entity FROM import WHERE keyed_hash = ? AND state = 'done' ORDER BY id DESC LIMIT 1", (keyed_hash,)
        )
        or ""
    )


def of_size(store: Store, size: int) -> bool:
    """Tell whether any import made here was of a file of this size: a file of another size is another file."""
    return bool(store.value("SELECT 1 FROM import WHERE size = ? AND state = 'done' LIMIT 1", (size,)))
