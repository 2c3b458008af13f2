"""Letting many operations count at once: what ``journal.apply`` does of each, set by set.

The outcome is the same in whatever pieces they come, because state is a function of the set of operations alone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from triage_app.domain import certificates
from triage_app.domain.operations import BODY_VERSION, Body
from triage_app.store import journal
from triage_app.store.connection import Store

_CHUNK: Final = 1_000
_Note = tuple[str, str, str, str]
"(hash of the parent, kind, entity, field)."


@dataclass(frozen=True)
class Arrived:
    """An operation whose body is here and does not count yet."""

    n: int
    hash: str
    device: str
    seq: int
    body: Body


def apply_many(store: Store, some: Sequence[Arrived]) -> set[tuple[str, str]]:
    """Make operations count, as far as their devices may say that. Return what they touched."""
    touched: set[tuple[str, str]] = set()
    single = [one for one in some if not one.body.batch]
    for one in some:
        if one.body.batch:
            touched |= journal.apply(store, one.n, one.hash, one.body)
    may_say = _Sayers(store)
    counting = [one for one in single if one.body.version <= BODY_VERSION and may_say.of(one)]
    applied = {one.n for one in counting}
    store.executemany(
        "INSERT INTO operation(n, act, author, hlc, kind, entity, field, tlp, batch, undoes, applied)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)",
        (
            (
                one.n, one.body.act, one.body.author, one.body.hlc, one.body.kind, one.body.entity, one.body.field,
                one.body.tlp, one.body.undoes, int(one.n in applied),
            )
            for one in single
        ),
    )  # fmt: skip
    _set_heads(store, counting)
    touched.update((one.body.kind, one.body.entity) for one in counting)
    return touched


def _set_heads(store: Store, counting: Sequence[Arrived]) -> None:
    """Bring the heads up to date; the operations are noted as applied already."""
    named: dict[journal.Superseded, list[str]] = defaultdict(list)
    gone: set[_Note] = set()
    for one in counting:
        for parent in one.body.parents:
            named[parent, one.body.kind, one.body.field].append(one.body.entity)
            gone.add((parent, one.body.kind, one.body.entity, one.body.field))
    journal.supersede_many(store, named)
    superseded = gone | _noted(store, [one.hash for one in counting])
    store.executemany(
        "INSERT INTO head(kind, entity, field, n) VALUES (?, ?, ?, ?)",
        (
            (one.body.kind, one.body.entity, one.body.field, one.n)
            for one in counting
            if (one.hash, one.body.kind, one.body.entity, one.body.field) not in superseded
        ),
    )


def _noted(store: Store, hashes: Sequence[str]) -> set[_Note]:
    """Return what was noted of operations before they counted, and forget it: what counts needs no note."""
    if not store.value("SELECT 1 FROM superseded LIMIT 1"):
        return set()
    found: set[_Note] = set()
    for start in range(0, len(hashes), _CHUNK):
        listed = json.dumps(hashes[start : start + _CHUNK])
        which = "hash IN (SELECT value FROM json_each(?))"
        found.update(store.rows(f"SELECT hash, kind, entity, field FROM superseded WHERE {which}", (listed,)))
        store.execute(f"DELETE FROM superseded WHERE {which}", (listed,))
    return found


class _Sayers:
    """Which device may say what, as ``journal`` has it of one operation."""

    def __init__(self, store: Store) -> None:
        held: Iterable[tuple[str, int | None, int]] = store.rows(
            "SELECT s.device, CASE WHEN i.own = 1 THEN NULL ELSE s.cutoff END, s.confirms FROM standing AS s"
            " LEFT JOIN identity AS i ON i.device = s.device"
        )
        self._held = {device: (cutoff, bool(confirms)) for device, cutoff, confirms in held}

    def of(self, one: Arrived) -> bool:
        body = one.body
        if body.kind == "trust":
            return one.device == body.entity.partition(":")[0]
        if body.kind == certificates.KIND:
            return True
        cutoff, confirms = self._held.get(one.device, (None, False))
        if cutoff is not None and one.seq > cutoff:
            return False
        return confirms or (body.kind, body.field) not in journal.CERTIFIED_ONLY
