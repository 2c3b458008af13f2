"""Before a device is revoked: what would stop to count, which incidents change, whose word it can be. And afterwards:
who revoked this laptop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from triage_app.domain import certificates
from triage_app.domain.certificates import REVOCATION, Authority
from triage_app.domain.operations import JOURNAL
from triage_app.domain.tlp import Relation
from triage_app.formats.authority import PublicAuthority
from triage_app.formats.identity import PublicIdentity
from triage_app.services import certifying
from triage_app.services.session import Session
from triage_app.store import journal, lookup, outgoing, peers, standings
from triage_app.store.connection import Store


@dataclass(frozen=True)
class Reach:
    """What is held of a device, and whose word may end it."""

    held: int
    "How many of its operations are held here."
    last_written: int
    "When the last of them says that it was written, milliseconds UTC; 0 for none."
    elsewhere: int
    "How many others said they hold, where that is more; 0 otherwise."
    cutoff: int | None
    "Where it ends already, None for a device that nobody revoked."
    keys: list[tuple[str, str]]
    "Authorities whose keys are here and whose revocation of it counts: id and name."


@dataclass(frozen=True)
class WouldChange:
    """What a revocation would come to."""

    cutoff: int
    uncounted: int
    "How many of its held operations would not count."
    incidents: list[dict[str, Any]]
    "The incidents that would change: {id, ref, title, state: changed|conflict|gone|back}."


def reach(store: Store, device: str) -> Reach:
    """Return what there is to choose from when a device is to be revoked."""
    public = PublicIdentity.from_bytes(_identity(store, device))
    held, _ = journal.tail(store, JOURNAL, device)
    elsewhere = max((one.vector.get(device, 0) for one in peers.all_held(store)), default=0)
    keys = [
        (known.public.id, known.public.name)
        for known in certifying.known_in(store)
        if known.held and certifying.may_revoke(store, known.public.id, public)
    ]
    return Reach(
        held, standings.last_written(store, device), elsewhere if elsewhere > held else 0,
        standings.of(store, device).cutoff, keys,
    )  # fmt: skip


class _Unwound(Exception):
    def __init__(self, found: WouldChange) -> None:
        super().__init__()
        self.found = found


def preview(session: Session, device: str, *, after: int | None = None, authority: str | None = None) -> WouldChange:
    """Revoke a device, look, and take it all back: nothing stays written. Raises what ``certifying.revoke`` does."""
    store = session.store
    try:
        with store.write():
            raise _Unwound(_tried(session, device, after, authority))
    except _Unwound as unwound:
        return unwound.found


def _tried(session: Session, device: str, after: int | None, authority: str | None) -> WouldChange:
    store = session.store
    last = journal.tail(store, JOURNAL, device)[0] if after is None else after
    said = standings.entities_after(store, device, last)
    before = {entity: _heads(store, *entity) for entity in said}
    belonged = {entity: outgoing.incidents_touched(store, [entity]) for entity in said}
    shown = {row["id"]: row for row in lookup.listing(store, "incident")}
    fought = _in_conflict(store)
    done = certifying.revoke(session, device, "preview", after=after, authority=authority)
    moved = {entity for entity in said if _heads(store, *entity) != before[entity]}
    touched = outgoing.incidents_touched(store, moved).union(*(belonged[entity] for entity in moved))
    fighting = outgoing.incidents_touched(store, _in_conflict(store) - fought)
    incidents = []
    for incident in sorted(touched):
        now, then = lookup.one(store, "incident", incident), shown.get(incident)
        row = then if then is not None else now
        if row is not None:
            state = "gone" if now is None else "back" if then is None else "changed"
            if state == "changed" and incident in fighting:
                state = "conflict"
            incidents.append({"id": incident, "ref": row["ref"], "title": row["title"], "state": state})
    return WouldChange(done.cutoff, done.uncounted, incidents)


def _in_conflict(store: Store) -> set[tuple[str, str]]:
    return {(row["entity_kind"], row["entity"]) for row in lookup.conflicts(store)}


def _heads(store: Store, kind: str, entity: str) -> dict[str, list[str]]:
    return {name: sorted(head.hash for head in heads) for name, heads in journal.standing(store, kind, entity).items()}


@dataclass(frozen=True)
class OwnRevocation:
    """What others hold of this laptop since it was revoked."""

    cutoff: int
    by: list[str]
    "The names of the authorities that revoked it, believed here or not."
    uncounted: int
    "How many of its own operations lie after the cut-off."


def own(store: Store, device: str) -> OwnRevocation | None:
    """Return who revoked this laptop, None where nobody did as far as it has heard.

    Whether this laptop believes the authority makes no difference: others may.
    """
    data = _identity(store, device)
    organisation = PublicIdentity.from_own_store(data).organisation
    statements = standings.statements(store, device)
    found: list[tuple[int, str]] = []
    for known in certifying.known_in(store):
        authority = _as_authority(known.public)
        mine = [one for one in statements if certificates.fits(authority, *one)]
        certified = any(field != REVOCATION for _, field, _ in mine)
        if certificates.may_revoke(authority, organisation, certified=certified):
            found += [(value["seq"], known.public.name) for _, field, value in mine if field == REVOCATION]
    if not found:
        return None
    cutoff = min(seq for seq, _ in found)
    written, _ = journal.tail(store, JOURNAL, device)
    return OwnRevocation(cutoff, sorted({name for _, name in found}), max(0, written - cutoff))


def _as_authority(public: PublicAuthority) -> Authority:
    return Authority(public.id, public.ed25519, public.role, public.organisation, Relation.PEER, public.name)


def _identity(store: Store, device: str) -> bytes:
    return peers.identities(store)[device]
