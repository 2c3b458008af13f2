"""Erasures and revocations that one store knows of and another does not: what a restored backup must be told again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from triage_app.store import erasures, journal, labels, standings
from triage_app.store.connection import Store
from triage_app.store.journal import Change

FIELDS: Final = (erasures.FIELD, "destroyed")
"The fields that have keys forgotten: of what is kept on people, and of files."


@dataclass(frozen=True)
class Said:
    """A word of our own organisation that something is erased."""

    hash: str
    kind: str
    entity: str
    field: str
    value: Any
    tlp: str
    because: str


@dataclass(frozen=True)
class Known:
    """What a store knows of erasures, and how much it knew altogether."""

    said: tuple[Said, ...]
    gone: frozenset[str]
    "Under these names keys were forgotten for ever, by whoever's word."
    vector: dict[str, int]
    revoked: dict[str, tuple[int, str]]
    "Devices that may be sent nothing: the number and hash of the last operation of each that counts."


def known(store: Store) -> Known:
    """Return every erasure that a store knows of."""
    ours = set(labels.our_devices(store))
    said = []
    for link_hash, device, data in store.rows(
        "SELECT l.hash, l.device, body.bytes FROM operation AS o JOIN link AS l USING (n) JOIN body USING (n)"
        f" WHERE o.field IN ({','.join('?' * len(FIELDS))}) AND o.entity <> '' AND o.applied = 1"
        " AND body.state = 'here' ORDER BY l.n",
        FIELDS,
    ):
        body = journal.readable(bytes(data))
        if body is not None and device in ours and body.value not in (None, False):
            said.append(Said(link_hash, body.kind, body.entity, body.field, body.value, body.tlp, body.because))
    gone = {str(row[0]) for row in store.rows("SELECT entity FROM personal_key WHERE fingerprint = ''")}
    revoked = {
        device: (held.cutoff, standings.link_at(store, device, held.cutoff))
        for device, held in standings.standings(store).items()
        if held.cutoff is not None
    }
    return Known(tuple(said), frozenset(gone), journal.vector(store), revoked)


def lacking(store: Store, other: Known) -> list[Change]:
    """Return what is to be said here of the erasures that another store knows, each once."""
    changes: dict[tuple[str, str, str], Change] = {}
    for one in other.said:
        if not store.value("SELECT 1 FROM link JOIN operation USING (n) WHERE hash = ? AND applied = 1", (one.hash,)):
            change = Change(one.kind, one.entity, one.field, one.value, one.tlp, one.because)
            changes[(one.kind, one.entity, one.field)] = change
    return list(changes.values())
