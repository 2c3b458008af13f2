"""Alerts that somebody took apart: their rows lie under keys of their own, each an alert like any other.

A row keeps what was read of it (``readings``): the key it was read under stays with its first reading, and what the
row shows is a key made of that and of the row itself (``domain.folds.part_key``). So evidence, proofs and what is sent
stay as they are, and taking it back is choosing the key again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from triage_app.store import readings
from triage_app.store.connection import Store
from triage_app.store.projected_rows import alert_key_of

_LISTED = "SELECT unhex(value) FROM json_each(?)"


def ways(store: Store) -> dict[bytes, str]:
    """Return the alerts that stand taken apart, by key: how (``folds.WAYS``)."""
    return {bytes(key): how for key, how in store.rows("SELECT key, how FROM alert_unfold WHERE how <> ''")}


def follow(store: Store, names: Iterable[str]) -> set[bytes]:
    """Put the rows of alerts that were taken apart, or put together again, where they belong; return what to fold."""
    keys = [key for name in names if (key := alert_key_of(name)) is not None]
    if not keys:
        return set()
    rows = [*_under(store, keys), *readings.under(store, keys)]
    return _choose(store, rows)


def settle(store: Store, first: int, last: int) -> set[bytes]:
    """Put the rows of a run whose alerts stand taken apart where they belong; return the keys to be folded again."""
    keys = list(ways(store))
    return _choose(store, [row for row in _under(store, keys) if first <= row <= last]) if keys else set()


def settle_keys(store: Store, keys: Sequence[bytes]) -> set[bytes]:
    """Do the same with all rows that lie under some keys."""
    apart = ways(store)
    some = [key for key in keys if key in apart] if apart else []
    return _choose(store, _under(store, some)) if some else set()


def rows_of(store: Store, key: str) -> list[tuple[int, bytes, int | None]]:
    """Return (number, evidence id, time) of the rows that lie under an alert (hex key)."""
    return [
        (number, bytes(name), at)
        for number, name, at in store.rows(
            "SELECT id, evidence_id, seen_at FROM evidence_row WHERE key = unhex(?) AND kind = 0 ORDER BY id", (key,)
        )
    ]


def keys_of_parts(store: Store, key: str) -> list[str]:
    """Return the alerts (hex keys) under which the rows of one lie that stands taken apart."""
    return [
        row[0]
        for row in store.rows(
            "SELECT DISTINCT lower(hex(r.key)) FROM reading AS d JOIN evidence_row AS r ON r.id = d.row"
            " WHERE d.key = unhex(?1) AND r.key <> unhex(?1) ORDER BY 1",
            (key,),
        )
    ]


def whole_of(store: Store, key: str) -> dict[str, Any] | None:
    """Return the alert that was taken apart into one (hex key) among others: {key, how, because, at, by}; or None."""
    found = store.dicts(
        "SELECT lower(hex(u.key)) AS key, u.how, u.because, u.at, u.by FROM evidence_row AS r"
        " JOIN reading AS d ON d.row = r.id AND d.key IS NOT NULL JOIN alert_unfold AS u ON u.key = d.key"
        " WHERE r.key = unhex(?1) AND d.key <> r.key AND u.how <> '' LIMIT 1",
        (key,),
    )
    return found[0] if found else None


def _under(store: Store, keys: Sequence[bytes]) -> list[int]:
    """Return the rows that lie under some keys."""
    sql = f"SELECT id FROM evidence_row WHERE key IN ({_LISTED}) AND kind = 0"
    return [row[0] for row in store.rows(sql, (json.dumps([key.hex() for key in keys]),))]


def _choose(store: Store, rows: Sequence[int]) -> set[bytes]:
    readings.hold(store, rows)
    return readings.choose(store, rows)
