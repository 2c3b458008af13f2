"""Authorities: making the key of one, believing one, certifying devices with it, and revoking them with a cut-off.

The one who holds an authority's key signs for it. What it signs travels in the journal and means the same whoever
passes it on; whom to believe stays each laptop's own decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage_app.domain import certificates, tlp
from triage_app.domain.certificates import CERTIFICATE, REVOCATION
from triage_app.domain.operations import JOURNAL
from triage_app.errors import BadFile, BadInput, NotFound, TriageError
from triage_app.formats import authority as authorities
from triage_app.formats import identity as identities
from triage_app.formats.authority import AuthorityKey, PublicAuthority
from triage_app.language import say
from triage_app.paths import write_whole
from triage_app.services import centres, devices, quarantine, typed
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.progress import Progress, no_progress
from triage_app.services.recording import record
from triage_app.services.session import Session, check_passphrase
from triage_app.store import authority_keys, incoming, journal, peers, standings
from triage_app.store.connection import Store
from triage_app.store.journal import Change

RELATIONS = ("peer", "parent", "client")


class NoKey(TriageError):
    """This laptop holds no key that could sign that."""

    code = "no-key"


@dataclass(frozen=True)
class Known:
    """An authority of which this store has the file."""

    public: PublicAuthority
    believed: bool
    relation: str
    "same, linked or peer: what its devices are to this one."
    held: bool
    "Whether its secret key is on this laptop."
    certified: int
    "How many devices it vouches for."


def create_key(session: Session, name: str, role: str = certificates.ORGANISATION) -> tuple[Changes, PublicAuthority]:
    """Make the key that signs for this organisation; this laptop holds it and believes it. Raises ``BadInput``.

    An organisation has one key a role: a second one would split those who believe it.
    """
    store = session.store
    for known in known_authorities(session):
        if known.held and known.public.role == role:
            raise BadInput(
                say("This laptop already holds a key of that kind: {0}.", known.public.name),
                "Use that one; “triage org-key export” takes it to another laptop of your organisation.",
            )
    key = authorities.generate()
    public = key.public(
        role=role, name=typed.read_name("The authority", name), organisation=session.organisation,
        organisation_name=session.public.organisation_name, nation=session.public.nation,
        exercise=session.public.exercise, created=milliseconds(session.now()),
    )  # fmt: skip
    with store.write():
        authority_keys.keep(store, public.id, key.ed25519_private)
        changes = record(
            session, say("Made the key of {0}", public.name), _believing(session, public, tlp.Relation.SAME)
        )
    return changes, public


def believe(
    session: Session, untrusted_file: bytes, relation: str = ""
) -> tuple[Changes, PublicAuthority, incoming.Received]:
    """Believe the authority that a file describes: devices that it certifies are trusted, those it revokes no more.

    ``relation`` is peer, parent or client, what its organisation is to ours; of our own organisation it is always the
    same. Returns also what had waited for its devices and counts now. Raises ``BadFile``, ``BadInput``.
    """
    public = PublicAuthority.from_bytes(untrusted_file)
    if public.exercise != session.public.exercise:
        raise BadInput(
            "One of the two is for exercises and the other is live.", "Exercise and live stores never exchange."
        )
    centres.refuse(session.store, public.id, public.name)
    same = public.organisation == session.organisation
    word = relation or ("" if same else "peer")
    if same != (word in ("", "same")) or (not same and word not in RELATIONS):
        raise BadInput(
            say("“{0}” is not what {1} can be to {2}.", relation, public.organisation, session.organisation),
            say("Use one of: {0}; a key of your own organisation needs none.", ", ".join(RELATIONS)),
        )
    store = session.store
    outcome = incoming.Received()
    with store.write():
        is_what = tlp.Relation.SAME if same else devices.RELATIONS[word]
        changes = record(session, say("Trusted the authority {0}", public.name), _believing(session, public, is_what))
        incoming.settle(store, devices.verifier(session), outcome)
        incoming.project(store, outcome)
    return changes, public, outcome


def disbelieve(session: Session, untrusted_name: str, because: str) -> tuple[Changes, PublicAuthority]:
    """Believe an authority no longer, for this laptop alone: its certificates and revocations say nothing here.

    What came of the laptops that it vouched for stays and counts, as what came of any device that was trusted; nothing
    more of them is taken. Believing it again ends that. Raises ``NotFound``, ``BadInput``.
    """
    reason = typed.read_name("The reason", because)
    known = find_authority(session, untrusted_name)
    if not known.believed:
        raise BadInput(say("This laptop does not trust {0}.", known.public.name), "There is nothing to stop.")
    said = Change("trust", f"{session.device}:{known.public.id}", "trusted", False, tlp.AMBER_STRICT, reason)
    what = f"Stopped trusting the authority {known.public.name}"
    with session.store.write():
        changes = record(session, what, [said])
    return changes, known.public


def known_authorities(session: Session) -> list[Known]:
    """Return the authorities whose files are here, believed ones first."""
    return known_in(session.store)


def known_in(store: Store) -> list[Known]:
    """Return the authorities whose files a store has, believed ones first; a file that is none is passed over."""
    believed = standings.authorities(store)
    held = authority_keys.held(store)
    vouched: dict[str, set[str]] = {}
    for entity, field, value in standings.statements(store):
        authority = entity.partition(":")[0]
        if (
            field == CERTIFICATE
            and authority in believed
            and certificates.fits(believed[authority], entity, field, value)
        ):
            vouched.setdefault(authority, set()).add(value["device"])
    found = []
    for data in standings.authority_files(store):
        try:
            public = PublicAuthority.from_bytes(data)
        except BadFile:
            continue
        one = believed.get(public.id)
        relation = one.relation.name.lower() if one is not None else ""
        found.append(Known(public, one is not None, relation, public.id in held, len(vouched.get(public.id, set()))))
    return sorted(found, key=lambda known: (not known.held, not known.believed, known.public.name))


def names_of_authorities(store: Store) -> dict[str, str]:
    """Return what each authority is called whose file is here, by id."""
    return {known.public.id: known.public.name for known in known_in(store)}


def find_authority(session: Session, untrusted_name: str) -> Known:
    """Return the one known authority that a name, a code or (the start of) an id names. Raises ``NotFound``."""
    name = untrusted_name.strip()
    found = [
        known
        for known in known_authorities(session)
        if name.upper() == known.public.organisation
        or name == known.public.name
        or (len(name) >= 4 and known.public.id.startswith(name.lower()))
    ]
    if len(found) != 1:
        raise NotFound(
            say("{0} authorities answer to {1}.", len(found), untrusted_name)
            if found
            else say("No authority answers to {0}.", untrusted_name),
            "“triage org-key list” shows those known here.",
        )
    return found[0]


def certify(session: Session, untrusted_file: bytes, authority: str = "") -> tuple[Changes, identities.PublicIdentity]:
    """Vouch, with an authority's key held here, that a device belongs to the organisation its identity file names.

    Whoever believes the authority trusts the device from then on. A key of an organisation certifies that
    organisation's devices only. Raises ``BadFile``, ``BadInput``, ``NoKey``.
    """
    public = identities.PublicIdentity.from_bytes(untrusted_file)
    key, known = _key(session, authority)
    if public.exercise != session.public.exercise:
        raise BadInput(
            "One of the two is for exercises and the other is live.", "Exercise and live stores never exchange."
        )
    if known.role == certificates.ORGANISATION and public.organisation != known.organisation:
        raise BadInput(
            say("{0} belongs to {1}, and the key signs for {2}.", public.name, public.organisation, known.organisation),
            "A laptop of another organisation is trusted here, or certified by its own organisation or the centre.",
        )
    standing = standings.of(session.store, public.device)
    if standing.cutoff is not None:
        raise BadInput(
            say("{0} was revoked, and a revocation is never lifted.", public.name),
            "Restore its newest backup: it goes on as a device of its own, which can be certified.",
        )
    store = session.store
    outcome = incoming.Received()
    entity = certificates.entity_of(known.id, public.device)
    value = key.certify(public.device, public.ed25519, public.organisation)
    with store.write():
        peers.keep_identity(store, public.device, untrusted_file, replace=True)
        changes = record(
            session,
            say("Certified {0}", public.name),
            [Change(certificates.KIND, entity, CERTIFICATE, value, tlp.GREEN)],
            entity=public.device,
            ref=public.tag,
        )
        incoming.settle(store, devices.verifier(session), outcome)
        incoming.project(store, outcome)
    return changes, public


def certify_all(
    session: Session, untrusted_files: Sequence[bytes], authority: str = "", progress: Progress = no_progress
) -> tuple[list[Changes], list[TriageError]]:
    """Vouch for many devices, each an act of its own; return what was done, and why the others were refused."""
    done: list[Changes] = []
    refused: list[TriageError] = []
    for number, data in enumerate(untrusted_files):
        progress(number, len(untrusted_files))
        try:
            done.append(certify(session, data, authority)[0])
        except (BadFile, BadInput) as error:
            refused.append(error)
    return done, refused


@dataclass(frozen=True)
class Revoked:
    """What a revocation came to."""

    changes: Changes
    device: str
    name: str
    cutoff: int
    "The last of its operations that counts."
    uncounted: int
    "How many of those held do not count any more."
    by: str
    "The authority that signed it, '' where this laptop decided for itself alone."


def revoke(
    session: Session, untrusted_name: str, because: str, *, after: int | None = None, authority: str | None = None
) -> Revoked:
    """Let nothing count that a device wrote after its operation number ``after``, by default after what is held of it.

    With ``authority`` ('' for the one whose key is held here) all who believe it follow, and it cannot be taken back;
    without, it is this laptop's own decision, and trusting the device again ends it. Raises ``NotFound``,
    ``BadInput``, ``NoKey``.
    """
    store = session.store
    reason = typed.read_name("The reason", because)
    public = device_named(session, untrusted_name)
    if public.device == session.device and authority is None:
        raise BadInput("This laptop cannot leave itself out.", "Somebody else revokes it, or it is put away.")
    seq, link_hash = _place(store, public, after)
    if authority is None:
        by = ""
        entity = f"{session.device}:{public.device}"
        said = [Change("trust", entity, "revoked", {"seq": seq, "hash": link_hash}, tlp.AMBER_STRICT, reason)]
    else:
        key, known = _key(session, authority)
        by = known.name
        if not may_revoke(store, known.id, public):
            raise BadInput(
                say(
                    "{0} neither certified {1} nor is of its organisation: its word would not count.",
                    known.name,
                    public.name,
                ),
                "Revoke it for this laptop alone, and tell its own organisation.",
            )
        entity = certificates.entity_of(known.id, public.device)
        value = key.revoke(public.device, seq, link_hash)
        said = [Change(certificates.KIND, entity, REVOCATION, value, tlp.GREEN, reason)]
    changes = record(session, say("Revoked {0}", public.name), said, entity=public.device, ref=public.tag)
    return Revoked(changes, public.device, public.name, seq, standings.uncounted(store, public.device), by)


def may_revoke(store: Store, authority: str, public: identities.PublicIdentity) -> bool:
    """Tell whether a revocation of a device by an authority counts here: it is believed, and has a say about it."""
    believed = standings.authorities(store).get(authority)
    if believed is None:
        return False
    vouched = any(
        field == CERTIFICATE and certificates.fits(believed, entity, field, value)
        for entity, field, value in standings.statements(store, public.device)
    )
    return certificates.may_revoke(believed, public.organisation, certified=vouched)


def export_key(session: Session, authority: str, path: Path, passphrase: str) -> Path:
    """Write an authority's key, sealed to a passphrase, for another laptop of the organisation. Raises ``NoKey``."""
    check_passphrase(passphrase)
    key, known = _key(session, authority)
    write_whole(session.profile.refuse_within(path), key.to_sealed_file(known, passphrase))
    return path


def import_key(session: Session, untrusted_file: bytes, passphrase: str) -> tuple[Changes, PublicAuthority]:
    """Take an authority's key in from another laptop of the organisation, and believe it.

    Raises ``BadFile``, ``BadInput`` for the key of another organisation.
    """
    key, public = authorities.from_sealed_file(untrusted_file, passphrase)
    if public.organisation != session.organisation or public.exercise != session.public.exercise:
        raise BadInput(
            say("The key signs for {0}, and this laptop belongs to {1}.", public.organisation, session.organisation),
            "A key goes to laptops of its own organisation only, and never from an exercise to a live store.",
        )
    store = session.store
    with store.write():
        authority_keys.keep(store, public.id, key.ed25519_private)
        changes = record(
            session, say("Took the key of {0}", public.name), _believing(session, public, tlp.Relation.SAME)
        )
    return changes, public


def own_certificates(store: Store, own_device: str) -> list[dict[str, Any]]:
    """Return what authorities signed of this store's device, for a recipient who meets it for the first time."""
    return [
        value
        for _, field, value in standings.statements(store, own_device)
        if field == CERTIFICATE and isinstance(value, dict)
    ]


def vouched_for(store: Store, device: str, untrusted_certificates: Any) -> bool:
    """Tell whether one of some certificates, signed by an authority believed here, is of this device and it counts."""
    if standings.of(store, device).cutoff is not None or not isinstance(untrusted_certificates, list):
        return False
    believed = {name: one for name, one in standings.authorities(store).items() if centres.may_count(store, name)}
    for value in untrusted_certificates[:100]:
        authority = believed.get(str(value.get("authority"))) if isinstance(value, dict) else None
        if authority is None:
            continue
        entity = certificates.entity_of(authority.id, device)
        counted = certificates.standings({authority.id: authority}, [(entity, CERTIFICATE, value)], {}, "", {})
        if device in counted and counted[device].relation is not None:
            return True
    return False


def _believing(session: Session, public: PublicAuthority, relation: tlp.Relation) -> list[Change]:
    entity = f"{session.device}:{public.id}"
    said = {"ed25519": public.ed25519, "role": public.role, "organisation": public.organisation, "name": public.name}
    return [
        Change("authority", public.id, "file", public.to_bytes().decode(), tlp.GREEN),
        Change("trust", entity, "authority", said, tlp.AMBER_STRICT),
        Change("trust", entity, "relation", int(relation), tlp.AMBER_STRICT),
        Change("trust", entity, "trusted", True, tlp.AMBER_STRICT),
    ]


def _key(session: Session, named: str) -> tuple[AuthorityKey, PublicAuthority]:
    held = [known for known in known_authorities(session) if known.held]
    if named:
        known = find_authority(session, named)
        held = [known] if known.held else []
    if not held:
        raise NoKey(
            "This laptop holds no key that signs for an organisation.",
            "“triage org-key create” makes one; “triage org-key import” takes one from a colleague's laptop.",
        )
    if len(held) > 1:
        names = ", ".join(known.public.name for known in held)
        raise BadInput(say("This laptop holds several keys: {0}.", names), "Name one of them with --key.")
    private = authority_keys.private(session.store, held[0].public.id)
    return AuthorityKey(private), held[0].public


def device_named(session: Session, untrusted_name: str) -> identities.PublicIdentity:
    """Return the one known device that a tag, a name or (the start of) an id names, trusted or not.

    Those of whom only a file is kept aside are known too. Raises ``NotFound``.
    """
    name = untrusted_name.strip()
    known = dict(peers.identities(session.store))
    for one in quarantine.waiting(session.store):
        if one.identity:
            known.setdefault(one.device, one.identity)
    found = []
    for data in known.values():
        public = identities.PublicIdentity.from_bytes(data)
        by_id = len(name) >= 4 and public.device.startswith(name.lower())
        if by_id or name.upper() == public.tag or name == public.name:
            found.append(public)
    if len(found) != 1:
        raise NotFound(
            say("{0} devices answer to {1}.", len(found), untrusted_name)
            if found
            else say("No device answers to {0}.", untrusted_name),
            "“triage device list” shows those known here, with their tags.",
        )
    return found[0]


def written_until(session: Session, device: str, at_ms: int) -> int:
    """Return the number of the last operation of a device that says it was written by a time (milliseconds UTC)."""
    return standings.written_until(session.store, device, at_ms)


def _place(store: Store, public: identities.PublicIdentity, after: int | None) -> tuple[int, str]:
    """Return (number, hash) of the last operation that is to count; the hash is "" where that one is not held.

    Raises ``BadInput`` where none is named and others hold more than this laptop: what they hold would not count.
    """
    held, link_hash = journal.tail(store, JOURNAL, public.device)
    if after is not None:
        if not 0 <= after < 2**53:
            raise BadInput(
                say("{0} is no number of an operation.", after), "Name 0, after which nothing counts, or more."
            )
        return after, link_hash if after == held else standings.link_at(store, public.device, after)
    elsewhere = max((found.vector.get(public.device, 0) for found in peers.all_held(store)), default=0)
    if elsewhere > held or not held:
        raise BadInput(
            say("Others hold {0} operations of {1}, this laptop holds {2}.", elsewhere, public.name, held)
            if elsewhere > held
            else say("This laptop holds nothing of {0}, so it cannot tell what counts.", public.name),
            "Say which operation is the last that counts (--after), or merge a bundle that brings the rest first.",
        )
    return held, link_hash
