"""What hangs on an import: the decisions people made on the alerts it brought."""

from __future__ import annotations

from typing import Any, Final

from triage_app.store.connection import Store

RECORDS: Final = (
    "CASE WHEN state = 'received' THEN (SELECT count(*) FROM import_repeat WHERE import_repeat.import = import.id)"
    " + (SELECT ifnull(sum(last - first + 1), 0) FROM import_range WHERE import_range.import = import.id)"
    " ELSE records END AS records"
)
"""How many records an import brought: of one that came by bundle, which tells no totals, those that are here."""

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
        f"SELECT entity AS id, name, format, organisation, size, started_at, finished_at, {RECORDS}, new, repeats,"
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


def imports_of(store: Store, row: int) -> list[dict[str, Any]]:
    """Return the standing imports that brought an evidence row, the first one first.

    ``place`` is which of the ``leaves`` records kept of its file the row was, from 1; None where that is not known.
    """
    stands = "i.undone = 0 AND i.state <> 'loading'"
    found = store.dicts(
        "SELECT i.entity AS id, i.name, i.started_at, i.origin, i.leaves, g.leaf + ?1 - g.first AS place, g.leaf,"
        " i.id AS number"
        f" FROM import AS i JOIN import_range AS g ON g.import = i.id WHERE ?1 BETWEEN g.first AND g.last AND {stands}"
        " UNION ALL SELECT i.entity, i.name, i.started_at, i.origin, i.leaves, p.leaf, p.leaf, i.id"
        f" FROM import AS i JOIN import_repeat AS p ON p.import = i.id AND p.row = ?1 WHERE {stands}"
        " ORDER BY 3, 8",
        (row,),
    )
    for each in found:
        each["place"] = each["place"] + 1 if each.pop("leaf") >= 0 else None
        del each["number"]
    return found
