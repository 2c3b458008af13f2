"""The journal: appending, applying, and the heads that follow from it.

State is a function of the set of operations alone: an operation is a head of its field while no
applied operation names it as a parent. Applying is therefore the same for ours and for those that
came by bundle, in any order.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Any

from triage_app.domain import certificates
from triage_app.domain.canonical import canonical
from triage_app.domain.operations import (
    BODY_VERSION,
    JOURNAL,
    Body,
    Link,
    LogicalClock,
    batch_blob,
    body_hash,
    read_batch,
)
from triage_app.domain.records import DELETED
from triage_app.store.authors import Authors
from triage_app.store.connection import Store

_MANY = 1_000
"Names a query."
SAW = "saw"
"Member of the body of a deletion: what stood of the record when it was written. An older version keeps it unread."
CERTIFIED_ONLY = frozenset({("incident", "category_confirmed")})
"(kind, field) of what only a device certified for the NCSC or law enforcement may set."
BELIEVED_MS = 24 * 60 * 60 * 1000
"How far ahead of ours another clock may be and still be followed: a day covers zones set wrongly."


@dataclass(frozen=True)
class Change:
    """One field to be set, before it is an operation."""

    kind: str
    entity: str
    field: str
    value: Any
    tlp: str
    because: str = ""
    undoes: str = ""
    parents: tuple[str, ...] | None = None
    "Hashes of the heads it answers; None for all current ones."
    saw: tuple[str, ...] = ()
    "Of a deletion: what else was known of the record, beside the heads of its own fields."


@dataclass(frozen=True)
class BatchChange:
    """One field of many entities to be set to one value, as one operation."""

    kind: str
    entities: tuple[str, ...]
    field: str
    value: Any
    tlp: str
    because: str = ""
    undoes: str = ""
    parents: Mapping[str, list[str]] | None = None
    "Hashes of the heads it answers, by entity; None for all current ones."


@dataclass
class Author:
    """Who writes, on which device, with which clock."""

    device: str
    responder: str
    clock: LogicalClock


@dataclass(frozen=True)
class Act:
    """What an act wrote."""

    id: str
    operations: tuple[int, ...]
    touched: frozenset[tuple[str, str]]
    "(kind, entity) of everything it set."


def new_act() -> str:
    """Return a random id for a gesture."""
    return secrets.token_hex(8)


def heads(store: Store, kind: str, entity: str, field: str) -> list[tuple[int, str]]:
    """Return (number, hash) of a field's heads, by hash."""
    return [
        (row[0], row[1])
        for row in store.rows(
            "SELECT n, link.hash FROM head JOIN link USING (n) WHERE kind = ? AND entity = ? AND field = ? ORDER BY 2",
            (kind, entity, field),
        )
    ]


def heads_of_many(store: Store, kind: str, entities: Sequence[str], field: str) -> dict[str, list[str]]:
    """Return the hashes of the heads of one field of many entities, in the order that ``heads`` has.

    Entities with the same head share one list: whoever changes it changes it for all.
    """
    nothing: list[str] = []
    found = dict.fromkeys(entities, nothing)
    alone: dict[int, list[str]] = {}
    for entity, n in store.rows(
        "SELECT entity, n FROM head WHERE kind = ? AND field = ? AND entity IN (SELECT value FROM json_each(?))",
        (kind, field, json.dumps(list(found))),
    ):
        if n not in alone:
            alone[n] = [store.value("SELECT hash FROM link WHERE n = ?", (n,))]
        found[entity] = sorted(found[entity] + alone[n]) if found[entity] else alone[n]
    return found


def append(store: Store, author: Author, now_ms: int, act: str, changes: Iterable[Change | BatchChange]) -> Act:
    """Write operations at the end of this device's chain; call it inside ``store.write()``."""
    numbers: list[int] = []
    touched: set[tuple[str, str]] = set()
    seq, prev = tail(store, JOURNAL, author.device)
    for change in changes:
        members: list[tuple[str, list[str]]] | None = None
        common = {
            "act": act,
            "author": author.responder,
            "hlc": author.clock.next(now_ms),
            "kind": change.kind,
            "field": change.field,
            "value": change.value,
            "tlp": change.tlp,
            "salt": secrets.token_hex(16),
            "because": change.because,
            "undoes": change.undoes,
        }
        if isinstance(change, Change):
            parents = change.parents
            if parents is None:
                parents = tuple(found for _, found in heads(store, change.kind, change.entity, change.field))
            extra = {SAW: sorted({*change.saw, *_others(store, change)})} if _deletes(change) else {}
            body = Body(**common, entity=change.entity, parents=parents, extra=extra)
        else:
            answered = change.parents
            if answered is None:
                answered = heads_of_many(store, change.kind, change.entities, change.field)
            members = [(entity, answered[entity]) for entity in sorted(dict.fromkeys(change.entities))]
            blob = batch_blob(members)
            sha256 = hashlib.sha256(blob).hexdigest()
            store.execute("INSERT OR IGNORE INTO blob(sha256, bytes) VALUES (?, ?)", (sha256, blob))
            body = Body(**common, entity="", parents=(), batch=sha256)
        data = body.to_bytes()
        seq += 1
        link = Link(author.device, seq, prev, body_hash(data))
        prev = link.hash
        n = insert_link(store, link, prev)
        store.execute("INSERT INTO body(n, state, bytes) VALUES (?, 'here', ?)", (n, data))
        wrote = apply(store, n, prev, body, members)
        touched = touched | wrote if touched else wrote
        numbers.append(n)
    set_tail(store, JOURNAL, author.device, seq, prev)
    return Act(act, tuple(numbers), frozenset(touched))


def _deletes(change: Change) -> bool:
    return change.field == DELETED and change.value is True


def _others(store: Store, change: Change) -> list[str]:
    """Return the heads of all other fields of the record that a change takes back."""
    sql = "SELECT link.hash FROM head JOIN link USING (n) WHERE kind = ? AND entity = ? AND field <> ?"
    return [row[0] for row in store.rows(sql, (change.kind, change.entity, DELETED))]


def tail(store: Store, chain: str, device: str) -> tuple[int, str]:
    """Return (sequence, hash) of the last link held of a chain without gaps; (0, '') for none."""
    found = store.row("SELECT seq, hash FROM tail WHERE chain = ? AND device = ?", (chain, device))
    return (0, "") if found is None else (found[0], found[1])


def set_tail(store: Store, chain: str, device: str, seq: int, link_hash: str) -> None:
    """Note how far a chain is held."""
    store.execute(
        "INSERT INTO tail(chain, device, seq, hash) VALUES (?, ?, ?, ?)"
        " ON CONFLICT(chain, device) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
        (chain, device, seq, link_hash),
    )


def vector(store: Store, chain: str = JOURNAL) -> dict[str, int]:
    """Return the version vector: for each device, the last sequence held without gaps."""
    return dict(store.rows("SELECT device, seq FROM tail WHERE chain = ? ORDER BY device", (chain,)))


def insert_link(store: Store, link: Link, link_hash: str) -> int:
    """Store a link and return its local number."""
    cursor = store.execute(
        "INSERT INTO link(hash, chain, device, seq, prev, body_hash, v) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (link_hash, link.chain, link.device, link.seq, link.prev, link.body_hash, link.version),
    )
    return int(cursor.lastrowid)


def apply(
    store: Store, n: int, link_hash: str, body: Body, members: list[tuple[str, list[str]]] | None = None
) -> set[tuple[str, str]]:
    """Make an operation count: index it and bring the heads up to date. Return what it touched.

    ``members`` are those of a batch, for who has just written their list.

    A body of a newer schema version is kept and counted but not applied; nor is a batch whose list
    makes no sense, nor a word about whom this or any other device trusts that is not its own.
    """
    members = _listed(store, body) if members is None else members
    applied = body.version <= BODY_VERSION and members is not None and _may_say(store, n, body)
    store.execute(
        "INSERT INTO operation(n, act, author, hlc, kind, entity, field, tlp, batch, undoes, applied)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            n, body.act, body.author, body.hlc, body.kind, body.entity, body.field, body.tlp, body.batch, body.undoes,
            int(applied),
        ),
    )  # fmt: skip
    if not applied or members is None:
        return set()
    if not body.batch:
        _apply_one(store, n, link_hash, body)
        return {(body.kind, body.entity)}
    _apply_batch(store, n, link_hash, body, members)
    return set(zip(repeat(body.kind), map(itemgetter(0), members)))


def _listed(store: Store, body: Body) -> list[tuple[str, list[str]]] | None:
    """Return a batch's members, none for a single operation, None where the list makes no sense."""
    if not body.batch:
        return []
    try:
        return batch_members(store, body.batch)
    except ValueError:
        return None


def _may_say(store: Store, n: int, body: Body) -> bool:
    """Whether the device that wrote an operation may say that, by what is held of it (``store/standings``).

    What an authority signed proves itself, whoever wrote it down. This store's own word counts here, always.
    """
    if body.kind == "trust":
        return device_of(store, n) == body.entity.partition(":")[0]
    if body.kind == certificates.KIND:
        return True
    held = store.row(
        "SELECT l.seq > s.cutoff AND i.own IS NOT 1, s.confirms FROM link AS l"
        " JOIN standing AS s ON s.device = l.device LEFT JOIN identity AS i ON i.device = l.device WHERE l.n = ?",
        (n,),
    )
    past, confirms = (False, False) if held is None else (bool(held[0]), bool(held[1]))
    return not past and (confirms or (body.kind, body.field) not in CERTIFIED_ONLY)


def reapply(store: Store) -> set[tuple[str, str]]:
    """Let every operation count or not by what is held of its device now; return the entities for which that changed.

    The heads are made again from all of the journal: whatever was built on an operation may stand otherwise.
    """
    before = set(store.rows("SELECT n FROM operation WHERE applied = 1"))
    for table in ("batch_member", "head", "superseded", "operation"):
        store.execute(f"DELETE FROM {table}")
    for n, link_hash, data in store.rows(
        "SELECT n, link.hash, body.bytes FROM link JOIN body USING (n)"
        " WHERE body.state = 'here' AND chain = ? ORDER BY n",
        (JOURNAL,),
    ):
        body = readable(bytes(data))
        if body is not None:
            apply(store, n, link_hash, body)
    changed: set[tuple[str, str]] = set()
    for (n,) in before ^ set(store.rows("SELECT n FROM operation WHERE applied = 1")):
        for kind, entity, batch in store.rows("SELECT kind, entity, batch FROM operation WHERE n = ?", (n,)):
            if not batch:
                changed.add((kind, entity))
                continue
            with contextlib.suppress(ValueError):
                changed |= {(kind, member) for member, _ in batch_members(store, batch)}
    return changed


def _apply_one(store: Store, n: int, link_hash: str, body: Body) -> None:
    for parent in body.parents:
        _supersede(store, parent, body.kind, body.entity, body.field)
    late = store.value(
        "SELECT 1 FROM superseded WHERE hash = ? AND kind = ? AND entity = ? AND field = ?",
        (link_hash, body.kind, body.entity, body.field),
    )
    store.execute("DELETE FROM superseded WHERE hash = ?", (link_hash,))
    if not late:
        store.execute(
            "INSERT INTO head(kind, entity, field, n) VALUES (?, ?, ?, ?)", (body.kind, body.entity, body.field, n)
        )


def _supersede(store: Store, parent: str, kind: str, entity: str, field: str) -> None:
    """Take a parent off the heads, or note that it must never become one.

    The notes must not depend on the order of arrival: there is one only while the parent is not applied.
    """
    gone = store.execute(
        "DELETE FROM head WHERE kind = ? AND entity = ? AND field = ? AND n = (SELECT n FROM link WHERE hash = ?)",
        (kind, entity, field, parent),
    ).rowcount
    if gone or store.value(
        "SELECT 1 FROM link JOIN operation USING (n) WHERE link.hash = ? AND operation.applied = 1", (parent,)
    ):
        return
    store.execute(
        "INSERT OR IGNORE INTO superseded(hash, kind, entity, field) VALUES (?, ?, ?, ?)", (parent, kind, entity, field)
    )


def _apply_batch(store: Store, n: int, link_hash: str, body: Body, members: Sequence[tuple[str, list[str]]]) -> None:
    # A list that the database goes through itself takes half the time of a row after the other.
    listed = json.dumps([entity for entity, _ in members])
    store.execute("INSERT INTO batch_member(entity, n) SELECT value, ? FROM json_each(?)", (n, listed))
    named: dict[str, list[str]] = defaultdict(list)
    for entity, parents in members:
        for parent in parents:
            named[parent].append(entity)
    supersede_many(store, {(parent, body.kind, body.field): some for parent, some in named.items()})
    late = {
        row[0]
        for row in store.rows(
            "SELECT entity FROM superseded WHERE hash = ? AND kind = ? AND field = ?",
            (link_hash, body.kind, body.field),
        )
    }
    store.execute("DELETE FROM superseded WHERE hash = ?", (link_hash,))
    if late:
        listed = json.dumps([entity for entity, _ in members if entity not in late])
    store.execute(
        "INSERT INTO head(kind, entity, field, n) SELECT ?, value, ?, ? FROM json_each(?)",
        (body.kind, body.field, n, listed),
    )


Superseded = tuple[str, str, str]
"(hash of the parent, kind, field)."


def supersede_many(store: Store, named: Mapping[Superseded, Sequence[str]]) -> None:
    """Take parents off the heads of some entities, or note that they must never become some, as ``_supersede`` does."""
    numbers: dict[str, tuple[int, int]] = {}
    hashes = list({parent for parent, *_ in named})
    for start in range(0, len(hashes), _MANY):
        for link_hash, n, applied in store.rows(
            "SELECT link.hash, link.n, ifnull(operation.applied, 0) FROM link LEFT JOIN operation USING (n)"
            " WHERE link.hash IN (SELECT value FROM json_each(?))",
            (json.dumps(hashes[start : start + _MANY]),),
        ):
            numbers[link_hash] = (n, applied)
    for (parent, kind, field), entities in named.items():
        n, applied = numbers.get(parent, (0, 0))
        listed = json.dumps(entities)
        if n:
            store.execute(
                "DELETE FROM head WHERE kind = ? AND field = ? AND n = ?"
                " AND entity IN (SELECT value FROM json_each(?))",
                (kind, field, n, listed),
            )
        if not applied:
            store.execute(
                "INSERT OR IGNORE INTO superseded(hash, kind, entity, field) SELECT ?, ?, value, ? FROM json_each(?)",
                (parent, kind, field, listed),
            )


def body_of(store: Store, n: int) -> Body | None:
    """Return the body of an operation, or None where it is withheld or redacted."""
    data = store.value("SELECT bytes FROM body WHERE n = ?", (n,))
    return None if data is None else Body.from_bytes(bytes(data))


@dataclass(frozen=True)
class Head:
    """One value that stands."""

    n: int
    hash: str
    body: Body
    "Its author is who it stands in the name of (``authors``)."


def standing(store: Store, kind: str, entity: str) -> dict[str, list[Head]]:
    """Return every field's heads of an entity, the displayed one (newest by clock) first."""
    return standing_of_many(store, kind, (entity,))[entity]


def standing_of_many(store: Store, kind: str, entities: Sequence[str]) -> dict[str, dict[str, list[Head]]]:
    """Return what ``standing`` does of each of some entities (a few hundred); a body they share is read once."""
    found: dict[str, dict[str, list[Head]]] = {entity: {} for entity in entities}
    read: dict[int, Head] = {}
    authors = Authors(store)
    for entity, n, link_hash, device, data in store.rows(
        "SELECT head.entity, n, link.hash, link.device, body.bytes FROM head JOIN link USING (n) JOIN body USING (n)"
        f" WHERE kind = ? AND head.entity IN ({','.join('?' * len(entities))})",
        (kind, *entities),
    ):
        if n not in read:
            read[n] = Head(n, link_hash, authors.named(device, Body.from_bytes(bytes(data))))
        found[entity].setdefault(read[n].body.field, []).append(read[n])
    for fields in found.values():
        for heads_ in fields.values():
            if len(heads_) > 1:
                heads_.sort(key=lambda head: (head.body.hlc, head.hash), reverse=True)
    return found


def first_said(store: Store, kind: str, entity: str, field: str) -> Head | None:
    """Return what was said of a field before all else, whatever answered it since; None for nothing.

    For what is fixed when a record is made. One that names no parents comes before those that do; of several such,
    which only somebody else's program writes, ours, and then the one that was here first.
    """
    authors = Authors(store)
    found: list[tuple[tuple[bool, bool, int], Head]] = []
    for n, link_hash, device, data in store.rows(
        "SELECT o.n, link.hash, link.device, body.bytes FROM operation AS o JOIN link USING (n) JOIN body USING (n)"
        " WHERE o.kind = ? AND o.entity = ? AND o.field = ? AND o.entity <> '' AND o.applied = 1"
        " AND body.state = 'here' ORDER BY o.n",
        (kind, entity, field),
    ):
        body = Body.from_bytes(bytes(data))
        rank = (bool(body.parents), not authors.is_ours(device), n)
        found.append((rank, Head(n, link_hash, authors.named(device, body))))
    return min(found, key=lambda one: one[0])[1] if found else None


def latest_clock(store: Store, now_ms: int) -> str:
    """Return the highest logical clock reading that is at most ``BELIEVED_MS`` ahead of now, '' for none.

    A laptop whose clock is years ahead must not move the time at which everybody else's decisions
    are said to have been made. Nothing is lost by not following it: order comes from parents.
    """
    return store.value("SELECT max(hlc) FROM operation WHERE hlc < ?", (f"{max(now_ms, 0) + BELIEVED_MS:015d}",)) or ""


def canonical_key(value: Any) -> str:
    """Return a value as text that can be grouped by."""
    return canonical(value).decode("utf-8")


def from_key(key: str) -> Any:
    """Return the value behind ``canonical_key``."""
    return json.loads(key)


def readable(data: bytes) -> Body | None:
    """Return a body, None for one that only a newer version can read: it is kept and relayed as it is."""
    try:
        return Body.from_bytes(data)
    except ValueError:
        return None


def device_of(store: Store, n: int) -> str:
    """Return the id of the device that wrote an operation."""
    return str(store.value("SELECT device FROM link WHERE n = ?", (n,)))


def batch_parents(store: Store, sha256: str) -> dict[str, list[str]]:
    """Return what a batch that counts sets, each with its parents, by the hash of its list: that was checked before."""
    return dict(json.loads(bytes(store.value("SELECT bytes FROM blob WHERE sha256 = ?", (sha256,)))))


def batch_members(store: Store, sha256: str) -> list[tuple[str, list[str]]]:
    """Return a batch's (entity, parents) by the hash of its list."""
    return read_batch(bytes(store.value("SELECT bytes FROM blob WHERE sha256 = ?", (sha256,))))
