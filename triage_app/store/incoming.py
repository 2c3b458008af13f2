"""What came in a bundle: links chained, bodies filled in, evidence proved. One transaction of the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from triage_app.store import attachments, incoming_evidence, peers, personal, projections, standings
from triage_app.store.connection import Store
from triage_app.store.incoming_operations import Coming
from triage_app.store.taken import Piece

Verify = Callable[[str, str, int, str, bytes], bool]
"(chain, device, seq, hash, signature) → whether that device signed this checkpoint."


@dataclass
class Received:
    """What merging came to."""

    applied: int = 0
    "Operations that are new here and count."
    already: int = 0
    filled: int = 0
    "Bodies that had been withheld and have now come."
    withheld: int = 0
    "New links whose bodies were not sent."
    pending: int = 0
    "Operations kept aside: a gap, a device not trusted here, no signature, a fork."
    refused: int = 0
    "Lines that were not what they claimed to be; nothing of them was kept."
    evidence_new: int = 0
    evidence_refused: int = 0
    touched: set[tuple[str, str]] = field(default_factory=set)
    pending_reasons: dict[str, int] = field(default_factory=dict)

    def add(self, other: Received) -> None:
        """Count another parcel's outcome in; what is pending is the store's, not a sum."""
        for name in ("applied", "already", "filled", "withheld", "refused", "evidence_new", "evidence_refused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.pending, self.pending_reasons = other.pending, other.pending_reasons
        self.touched |= other.touched


@dataclass(frozen=True)
class Parcel:
    """A verified bundle's content, all its parts together, still untrusted in meaning.

    It comes in pieces, which are read when they are wanted and again as often as they are, so that it need not be held.
    """

    bundle: str
    links: Callable[[], Iterable[Piece[bytes]]]
    bodies: Callable[[], Iterable[Piece[tuple[str, bytes]]]]
    "(hash of the link, body)."
    checkpoints: Sequence[tuple[str, str, int, str, bytes]]
    "(chain, device, seq, hash, signature)."
    blobs: Callable[[], Iterable[tuple[str, bytes]]]
    evidence: incoming_evidence.Source
    keys: dict[str, list[str]]


def receive(store: Store, parcel: Parcel, verify: Verify) -> Received:
    """Take a parcel in; operations of devices that are not trusted are kept pending.

    What it brings of certificates counts at once: those whom they vouch for are believed in the same breath.

    An operation under our own name that we do not have, and signed by us, means that this disk was
    cloned: it is kept aside as a fork.
    """
    outcome = Received()
    accepted = peers.accepted(store)
    for sha256, blob in parcel.blobs():
        store.execute("INSERT OR IGNORE INTO blob(sha256, bytes) VALUES (?, ?)", (sha256, blob))
    for chain, device, seq, link_hash, signature in parcel.checkpoints:
        table = "checkpoint" if verify(chain, device, seq, link_hash, signature) else "pending_checkpoint"
        store.execute(
            f"INSERT OR IGNORE INTO {table}(chain, device, seq, hash, sig) VALUES (?, ?, ?, ?, ?)",
            (chain, device, seq, link_hash, signature),
        )
    coming = Coming(store, parcel.bundle, accepted - {peers.own_device(store)})
    coming.take_links(parcel.links())
    _settle(store, verify, outcome, coming)
    coming.take_bodies(parcel.bodies())
    coming.count_in(outcome)
    personal.take_keys(store, parcel.keys)
    outcome.evidence_new, outcome.evidence_refused = incoming_evidence.take(store, parcel.evidence)
    project(store, outcome)
    personal.take_keys(store, attachments.content_keys(parcel.keys), attachments.first_piece)  # their pieces are known
    if peers.accepted(store) != accepted:
        settle(store, verify, outcome)
        project(store, outcome)
    return outcome


def settle(store: Store, verify: Verify, outcome: Received) -> None:
    """Chain every pending operation that can be chained now: gaps heal, trusted devices are released."""
    coming = Coming(store, "", set())
    _settle(store, verify, outcome, coming)
    coming.count_in(outcome)


def _settle(store: Store, verify: Verify, outcome: Received, coming: Coming) -> None:
    accepted = peers.accepted(store)
    for chain, device, seq, link_hash, signature in store.rows(
        "SELECT chain, device, seq, hash, sig FROM pending_checkpoint"
    ):
        if verify(chain, device, seq, link_hash, bytes(signature)):
            store.execute(
                "INSERT OR IGNORE INTO checkpoint(chain, device, seq, hash, sig) VALUES (?, ?, ?, ?, ?)",
                (chain, device, seq, link_hash, signature),
            )
            store.execute(
                "DELETE FROM pending_checkpoint WHERE chain = ? AND device = ? AND seq = ? AND hash = ?",
                (chain, device, seq, link_hash),
            )
    own = peers.own_device(store)
    waiting = {device for (device,) in store.rows("SELECT DISTINCT device FROM pending")}
    for device in sorted(waiting | coming.links.keys()):
        if device in accepted or device == own:
            coming.chain(device, growing=device != own)
    outcome.pending_reasons = dict(store.rows("SELECT reason, count(*) FROM pending GROUP BY reason"))
    outcome.pending = sum(outcome.pending_reasons.values())


def project(store: Store, outcome: Received) -> None:
    """Bring the projections in line with what was received."""
    outcome.touched |= standings.reconsider(store)  # a new identity may decide what a certificate is worth
    projections.project_all(store, outcome.touched)
    for kind, entity in outcome.touched:
        if kind == "import":
            incoming_evidence.attest(store, entity)
