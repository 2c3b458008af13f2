"""This device and the others: identity files, the decision to trust one, what is known of each."""

from __future__ import annotations

from typing import Any

from triage_app.domain import tlp
from triage_app.domain.operations import CHECKPOINT, JOURNAL, checkpoint_bytes
from triage_app.domain.tlp import Relation
from triage_app.errors import BadInput, NotFound
from triage_app.formats import identity as identities
from triage_app.language import say
from triage_app.services.changes import Changes
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.store import incoming, journal, outgoing, peers, reading_proofs, standings
from triage_app.store.connection import Store
from triage_app.store.journal import Change

RELATIONS = {
    "peer": Relation.PEER, "parent": Relation.LINKED, "client": Relation.LINKED, "same": Relation.SAME,
}  # fmt: skip


def own_identity(session: Session) -> bytes:
    """Return the identity file of this device, to be given to others."""
    return session.public.to_bytes()


def trust_device(
    session: Session, untrusted_file: bytes, relation: str = ""
) -> tuple[Changes, identities.PublicIdentity]:
    """Decide to trust the device that an identity file describes, and release what waited for it.

    ``relation`` is peer, parent, client or same; by default *same* for a device of this organisation,
    else *peer*. It sets the highest label the device may be sent. Raises ``BadFile``, ``BadInput``.
    """
    public = identities.PublicIdentity.from_bytes(untrusted_file)
    store = session.store
    if public.device == session.device:
        raise BadInput("That is this laptop's own identity file.", "Ask the other laptop for its file.")
    if public.exercise != session.public.exercise:
        raise BadInput(
            "One of the two stores is for exercises and the other is live.", "Exercise and live stores never exchange."
        )
    same = public.organisation == session.organisation
    word = relation or ("same" if same else "peer")
    if word not in RELATIONS:
        raise BadInput(say("“{0}” is no relation.", relation), say("Use one of: {0}.", ", ".join(RELATIONS)))
    if (word == "same") != same:
        raise BadInput(
            say("The device belongs to {0}, this one to {1}.", public.organisation, session.organisation),
            "“same” is for a device of this organisation, and only “same” is.",
        )
    if standings.is_revoked_by_authority(store, public.device):
        raise BadInput(
            say("{0} was revoked by an authority that this laptop believes, and that is never lifted.", public.name),
            "Its people restore their newest backup: it goes on as a device of its own, which can be trusted.",
        )
    with store.write():
        peers.keep_identity(store, public.device, untrusted_file, replace=True)
        entity = f"{session.device}:{public.device}"
        changes = record(
            session,
            say("Trusted {0}", public.name),
            [
                Change("trust", entity, "relation", int(RELATIONS[word]), tlp.AMBER_STRICT),
                Change("trust", entity, "trusted", True, tlp.AMBER_STRICT),
                *_believed_again(store, entity),
            ],
            entity=public.device,
            ref=public.tag,
        )
        outcome = incoming.Received()
        incoming.settle(store, verifier(session), outcome)
        incoming.project(store, outcome)
    return changes, public


def _believed_again(store: Store, entity: str) -> list[Change]:
    """Return what ends this laptop's own revocation of a device, nothing where it made none."""
    stands = journal.standing(store, "trust", entity).get("revoked", [])
    if any(head.body.value is not None for head in stands):
        return [Change("trust", entity, "revoked", None, tlp.AMBER_STRICT)]
    return []


def find_peer(session: Session, untrusted_name: str) -> peers.Peer:
    """Return the one trusted device that a tag, an organisation, a device name or (the start of) an id names."""
    name = untrusted_name.strip()
    found = []
    for peer in peers.trusted(session.store).values():
        public = identities.PublicIdentity.from_bytes(peer.identity)
        named = name.upper() in (public.tag, public.organisation) or name == public.name
        if named or (len(name) >= 4 and public.device.startswith(name.lower())):
            found.append(peer)
    if len(found) != 1:
        raise NotFound(
            say("{0} trusted devices answer to {1}.", len(found), untrusted_name)
            if found
            else say("No trusted device answers to {0}.", untrusted_name),
            "“triage device list” shows them; “triage device trust FILE” adds one.",
        )
    return found[0]


def known_devices(store: Store) -> list[dict[str, Any]]:
    """Return the other devices known here: what they say of themselves, and what we decided of them."""
    found = []
    own, ours, withheld = peers.own_device(store), journal.vector(store), outgoing.lacking(store)
    for row in peers.listing(store):
        public = identities.PublicIdentity.from_bytes(bytes(row["identity"]))
        revoked = row["cutoff"] is not None
        certified = not row["trusted"] and row["certified_as"] is not None
        trusted = bool(row["trusted"] or certified) and not revoked
        number = row["certified_as"] if certified else row["relation"]
        relation = Relation(number) if number in set(Relation) else Relation.PEER
        held = peers.held_by(store, public.device)
        heard = bool(held.vector)
        theirs = held.vector
        they_miss = _missing(ours, theirs) if heard else None
        we_miss = _missing(theirs, ours) if heard else None
        found.append(
            {
                "id": public.device, "ref": public.tag, "name": public.name, "organisation": public.organisation,
                "organisation_name": public.organisation_name, "nation": public.nation,
                "fingerprint": " ".join(public.fingerprint_words), "trusted": trusted,
                "relation": relation.name.lower(), "ceiling": tlp.ceiling(relation) if trusted else "",
                "certified_by": row["certified_by"] or "", "confirms": bool(row["confirms"]), "revoked": revoked,
                "cutoff": row["cutoff"], "uncounted": standings.uncounted(store, public.device),
                "received_at": row["received_at"], "sent_at": row["sent_at"], "withheld": row["withheld"],
                "has_of_ours": theirs.get(own, 0) if heard else None, "ours": ours.get(own, 0),
                "decided": bool(row["trusted"]),
                "revoked_for_good": revoked and standings.is_revoked_by_authority(store, public.device),
                "held": ours.get(public.device, 0),
                "pending": row["pending"], "they_lack": None if they_miss is None else sum(they_miss.values()),
                "we_lack": None if we_miss is None else sum(we_miss.values()),
                "they_miss": they_miss or {}, "we_miss": we_miss or {},
                "withheld_from_us": len(withheld.get(public.device, ())),
                "withheld_from_it": sum(map(len, held.lacks.values())),
            }
        )  # fmt: skip
    return found


def _missing(held: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """Return of each device how many operations one holds and the other does not."""
    found = {name: seq - other.get(name, 0) for name, seq in held.items()}
    return {name: count for name, count in found.items() if count > 0}


def release(session: Session, device: str) -> dict[str, Any]:
    """Apply what waited for a device that is trusted now. Raises ``NotFound`` while it is not."""
    peer = find_peer(session, device)
    outcome = incoming.Received()
    with session.store.write():
        incoming.settle(session.store, verifier(session), outcome)
        incoming.project(session.store, outcome)
    return {"device": peer.device, "applied": outcome.applied, "pending": outcome.pending}


def verifier(session: Session) -> incoming.Verify:
    """Return what checks a checkpoint's signature against the identities known here."""
    return verifier_of(session.store)


def verifier_of(store: Store) -> incoming.Verify:
    """Return the same for a store that no session has open."""
    known = {
        device: identities.PublicIdentity.from_bytes(data).ed25519 for device, data in peers.identities(store).items()
    }

    def verify(chain: str, device: str, seq: int, link_hash: str, signature: bytes) -> bool:
        key = known.get(device)
        return key is not None and identities.verify(
            key, CHECKPOINT, checkpoint_bytes(chain, device, seq, link_hash), signature
        )

    return verify


def sign_checkpoint(session: Session) -> None:
    """Vouch for the whole chain of this device: one signature covers every operation before it."""
    seq, link_hash = journal.tail(session.store, JOURNAL, session.device)
    signature = session.identity.sign(CHECKPOINT, checkpoint_bytes(JOURNAL, session.device, seq, link_hash))
    outgoing.keep_checkpoint(session.store, JOURNAL, session.device, seq, link_hash, signature)


def sign_readings(session: Session) -> reading_proofs.Sign:
    """Return what vouches for the readings of an import made here."""

    def sign(chain: str, count: int, root: str) -> None:
        signature = session.identity.sign(CHECKPOINT, checkpoint_bytes(chain, session.device, count, root))
        outgoing.keep_checkpoint(session.store, chain, session.device, count, root, signature)

    return sign
