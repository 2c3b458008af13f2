"""Other devices: who they say they are, whether we trust them, and what we know they hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from triage_app.domain.certificates import Standing
from triage_app.domain.tlp import Relation
from triage_app.store import standings
from triage_app.store.connection import Store


@dataclass(frozen=True)
class Peer:
    """A device we trust."""

    device: str
    identity: bytes
    relation: Relation


def own_device(store: Store) -> str:
    """Return the id of this store's device."""
    return str(store.value("SELECT device FROM identity WHERE own = 1"))


def trusted(store: Store) -> dict[str, Peer]:
    """Return the devices that may be sent to and whose bundles are taken, by id: trusted here, or certified by an
    authority that is, and revoked by nobody."""
    held = standings.standings(store)
    return {device: peer for device, peer in known(store).items() if held.get(device, _NOTHING).cutoff is None}


def accepted(store: Store) -> set[str]:
    """Return the devices whose operations are taken onto their chains: those trusted, and those that were until they
    were revoked; what counts of the latter ends at their cut-off."""
    return set(known(store))


_NOTHING = Standing()


def known(store: Store) -> dict[str, Peer]:
    """Return the devices that are trusted, or were until they were revoked, by id."""
    found: dict[str, Peer] = {}
    for device, relation, identity in store.rows(
        "SELECT s.device, s.relation, i.bytes FROM standing AS s JOIN identity AS i ON i.device = s.device"
        " WHERE s.relation IS NOT NULL AND i.own = 0"
    ):
        found[device] = Peer(device, bytes(identity), Relation(relation))
    for device, relation, identity in store.rows(
        "SELECT t.device, t.relation, i.bytes FROM trust AS t JOIN identity AS i ON i.device = t.device"
        " WHERE t.trusted = 1 AND t.by_device = (SELECT device FROM identity WHERE own = 1)"
    ):
        decided = Relation(relation) if relation in set(Relation) else Relation.PEER
        found[device] = Peer(device, bytes(identity), decided)
    return found


def decided(store: Store) -> set[str]:
    """Return the devices that somebody here decided to trust, whoever vouches for them beside that."""
    sql = "SELECT device FROM trust WHERE trusted = 1 AND authority IS NULL AND by_device = ?"
    return {row[0] for row in store.rows(sql, (own_device(store),))}


def keep_identity(store: Store, device: str, identity: bytes, *, replace: bool = False) -> None:
    """Keep what a device says of itself; an earlier word of it stays unless a person hands in another. Ours stays."""
    store.execute("INSERT OR IGNORE INTO identity(device, bytes) VALUES (?, ?)", (device, identity))
    if replace:
        store.execute("UPDATE identity SET bytes = ? WHERE device = ? AND own = 0", (identity, device))


def identities(store: Store) -> dict[str, bytes]:
    """Return every identity known, ours too."""
    return {device: bytes(data) for device, data in store.rows("SELECT device, bytes FROM identity ORDER BY device")}


@dataclass(frozen=True)
class Held:
    """What a peer was last known to hold, by its own account."""

    vector: dict[str, int]
    lacks: dict[str, list[int]]
    "Device → sequences whose bodies were withheld from it."
    imports: dict[str, str]
    "Import → which of its rows it has, as ``held_rows.of_imports`` says it."


def held_by(store: Store, device: str) -> Held:
    """Return what a peer said it held; nothing for one never heard from."""
    found = store.row("SELECT vector, lacks FROM peer WHERE device = ?", (device,))
    if found is None:
        return Held({}, {}, {})
    lacks = json.loads(found[1])
    return Held(json.loads(found[0]), lacks.get("bodies", {}), lacks.get("imports", {}))


def received_at(store: Store, device: str) -> int | None:
    """Return when a bundle of a peer was last merged (milliseconds UTC), None for never."""
    found = store.value("SELECT received_at FROM peer WHERE device = ?", (device,))
    return None if found is None else int(found)


def all_held(store: Store) -> list[Held]:
    """Return what each peer that was ever heard from said it held."""
    return [held_by(store, row[0]) for row in store.rows("SELECT device FROM peer ORDER BY device")]


def note_received(store: Store, device: str, held: Held, at: int) -> None:
    """Keep what a peer says it holds; a later, smaller vector (a bundle out of order) takes nothing away."""
    before = held_by(store, device)
    names = before.vector.keys() | held.vector.keys()
    grown = any(held.vector.get(name, 0) > before.vector.get(name, 0) for name in names)
    shrunk = any(held.vector.get(name, 0) < before.vector.get(name, 0) for name in names)
    if shrunk and not grown:
        return
    vector = {name: max(held.vector.get(name, 0), before.vector.get(name, 0)) for name in names}
    if shrunk:  # newer in one thing and older in another: what it once lacked is sent again rather than never
        lacks = {
            name: sorted({*held.lacks.get(name, []), *before.lacks.get(name, [])})
            for name in held.lacks.keys() | before.lacks.keys()
        }
        held = Held(held.vector, lacks, held.imports)
    store.execute(
        "INSERT INTO peer(device, vector, lacks, received_at) VALUES (?, ?, ?, ?) ON CONFLICT(device) DO UPDATE SET"
        " vector = excluded.vector, lacks = excluded.lacks, received_at = excluded.received_at",
        (device, json.dumps(vector), json.dumps({"bodies": held.lacks, "imports": held.imports}), at),
    )


def note_sent(store: Store, device: str, withheld: int, at: int) -> None:
    """Keep when a peer was last sent something and how many bodies were withheld from it."""
    store.execute(
        "INSERT INTO peer(device, sent_at, withheld) VALUES (?, ?, ?) ON CONFLICT(device) DO UPDATE SET"
        " sent_at = excluded.sent_at, withheld = excluded.withheld",
        (device, at, withheld),
    )


def log_bundle(store: Store, bundle: str, direction: str, device: str, at: int, counts: dict[str, Any]) -> None:
    """Keep a line about a bundle that was sent or merged.

    Whoever writes a bundle chooses its number: one that names another line's takes nothing from that.
    """
    held = store.row("SELECT direction, device FROM bundle_log WHERE id = ?", (bundle,))
    if held is not None and tuple(held) != (direction, device):
        bundle = _beside(bundle, direction, device)
    store.execute(
        "INSERT OR REPLACE INTO bundle_log(id, direction, device, at, counts) VALUES (?, ?, ?, ?, ?)",
        (bundle, direction, device, at, json.dumps(counts, sort_keys=True)),
    )


def _beside(bundle: str, direction: str, device: str) -> str:
    """Return the number of a line about a bundle whose own number another line has."""
    return f"{bundle}/{direction}/{device}"


def note_conflicts(store: Store, bundle: str, keys: list[str]) -> None:
    """Keep beside the line of a merged bundle which conflicts it brought: kind/entity/field."""
    counts = store.value("SELECT counts FROM bundle_log WHERE id = ?", (bundle,))
    if counts is not None:
        said = {**json.loads(counts), "conflicts": keys}
        store.execute("UPDATE bundle_log SET counts = ? WHERE id = ?", (json.dumps(said, sort_keys=True), bundle))


def conflicts_of(store: Store, bundle: str) -> set[str]:
    """Return the conflicts that a merged bundle brought: kind/entity/field; none for one not known."""
    counts = store.value("SELECT counts FROM bundle_log WHERE id = ? AND direction = 'in'", (bundle,))
    return set(json.loads(counts).get("conflicts", [])) if counts is not None else set()


def bundles(store: Store, limit: int = 50) -> list[dict[str, Any]]:
    """Return the bundles sent and merged, newest first."""
    found = store.dicts(
        "SELECT id, direction, device, at, counts FROM bundle_log ORDER BY at DESC, id LIMIT ?", (limit,)
    )
    for row in found:
        row["counts"] = json.loads(row["counts"])
    return found


def has_merged(store: Store, bundle: str, device: str) -> bool:
    """Tell whether a bundle of a device was merged here."""
    sql = "SELECT 1 FROM bundle_log WHERE id IN (?, ?) AND device = ? AND direction = 'in'"
    return bool(store.value(sql, (bundle, _beside(bundle, "in", device), device)))


def listing(store: Store) -> list[dict[str, Any]]:
    """Return what the exchange screen shows of each device but ours."""
    return store.dicts(
        "SELECT i.device AS id, i.bytes AS identity, ifnull(t.trusted, 0) AS trusted,"
        " ifnull(t.relation, 1) AS relation, t.revoked, s.relation AS certified_as, s.certified_by, s.cutoff,"
        " ifnull(s.confirms, 0) AS confirms,"
        " p.vector, p.received_at, p.sent_at, ifnull(p.withheld, 0) AS withheld,"
        " (SELECT count(*) FROM pending AS q WHERE q.device = i.device) AS pending"
        " FROM identity AS i LEFT JOIN trust AS t ON t.device = i.device"
        "  AND t.by_device = (SELECT device FROM identity WHERE own = 1)"
        " LEFT JOIN standing AS s ON s.device = i.device"
        " LEFT JOIN peer AS p ON p.device = i.device WHERE i.own = 0 ORDER BY 3 DESC, 1"
    )
