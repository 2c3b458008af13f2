"""What came in a bundle: links chained, bodies filled in, evidence proved. One transaction of the caller's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from triage_app.domain.operations import JOURNAL, Link, body_hash
from triage_app.store import incoming_evidence, journal, peers, personal, projections, standings
from triage_app.store.connection import Store

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
    """A verified bundle's content, all its parts together, still untrusted in meaning."""

    bundle: str
    links: list[bytes]
    bodies: dict[str, bytes]
    checkpoints: Sequence[tuple[str, str, int, str, bytes]]
    "(chain, device, seq, hash, signature)."
    blobs: dict[str, bytes]
    evidence: list[bytes]
    keys: dict[str, list[str]]


def receive(store: Store, parcel: Parcel, verify: Verify) -> Received:
    """Take a parcel in; operations of devices that are not trusted are kept pending.

    What it brings of certificates counts at once: those whom they vouch for are believed in the same breath.

    An operation under our own name that we do not have, and signed by us, means that this disk was
    cloned: it is kept aside as a fork.
    """
    outcome = Received()
    accepted = peers.accepted(store)
    for sha256, blob in parcel.blobs.items():
        store.execute("INSERT OR IGNORE INTO blob(sha256, bytes) VALUES (?, ?)", (sha256, blob))
    for chain, device, seq, link_hash, signature in parcel.checkpoints:
        table = "checkpoint" if verify(chain, device, seq, link_hash, signature) else "pending_checkpoint"
        store.execute(
            f"INSERT OR IGNORE INTO {table}(chain, device, seq, hash, sig) VALUES (?, ?, ?, ?, ?)",
            (chain, device, seq, link_hash, signature),
        )
    linked: set[str] = set()
    for untrusted_line in parcel.links:
        try:
            link = Link.from_bytes(untrusted_line)
        except ValueError:
            outcome.refused += 1
            continue
        if link.chain != JOURNAL:
            outcome.refused += 1
            continue
        linked.add(link.hash)
        _take_link(store, link, parcel.bodies.get(link.hash), link.device in accepted, parcel.bundle, outcome)
    for link_hash, body in parcel.bodies.items():
        if link_hash not in linked:
            _take_late_body(store, link_hash, body, outcome)
    settle(store, verify, outcome)
    personal.take_keys(store, parcel.keys)
    outcome.evidence_new, outcome.evidence_refused = incoming_evidence.take(store, parcel.evidence)
    project(store, outcome)
    if peers.accepted(store) != accepted:
        settle(store, verify, outcome)
        project(store, outcome)
    return outcome


def settle(store: Store, verify: Verify, outcome: Received) -> None:
    """Chain every pending operation that can be chained now: gaps heal, trusted devices are released."""
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
    for (device,) in store.rows("SELECT DISTINCT device FROM pending ORDER BY device"):
        if device in accepted or device == own:
            _chain(store, device, outcome, growing=device != own)
    outcome.pending_reasons = dict(store.rows("SELECT reason, count(*) FROM pending GROUP BY reason"))
    outcome.pending = sum(outcome.pending_reasons.values())


def project(store: Store, outcome: Received) -> None:
    """Bring the projections in line with what was received."""
    outcome.touched |= standings.reconsider(store)  # a new identity may decide what a certificate is worth
    projections.project_all(store, outcome.touched)
    for kind, entity in outcome.touched:
        if kind == "import":
            incoming_evidence.attest(store, entity)


def _take_link(store: Store, link: Link, body: bytes | None, trusted: bool, bundle: str, outcome: Received) -> None:
    if body is not None and body_hash(body) != link.body_hash:
        outcome.refused += 1
        body = None
    held = store.row(
        "SELECT n, hash, body.state FROM link JOIN body USING (n) WHERE chain = ? AND device = ? AND seq = ?",
        (link.chain, link.device, link.seq),
    )
    if held is not None and held[1] == link.hash:
        if held[2] == "withheld" and body is not None:
            _fill(store, held[0], link.hash, body, outcome)
        else:
            outcome.already += 1
        return
    store.execute(
        "INSERT INTO pending(hash, device, seq, link, body, reason, bundle) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT(hash) DO UPDATE SET body = ifnull(body, excluded.body)",
        (link.hash, link.device, link.seq, link.to_bytes(), body, "gap" if trusted else "unknown-device", bundle),
    )


def _take_late_body(store: Store, link_hash: str, body: bytes, outcome: Received) -> None:
    """Give a body to a link that came before, in another part of the same export."""
    held = store.row(
        "SELECT n, body_hash FROM link JOIN body USING (n) WHERE hash = ? AND chain = ? AND state = 'withheld'",
        (link_hash, JOURNAL),
    )
    if held is not None and held[1] == body_hash(body):
        _fill(store, held[0], link_hash, body, outcome)
        return
    waiting = store.value("SELECT link FROM pending WHERE hash = ? AND body IS NULL", (link_hash,))
    if waiting is not None and Link.from_bytes(bytes(waiting)).body_hash == body_hash(body):
        store.execute("UPDATE pending SET body = ? WHERE hash = ?", (body, link_hash))


_Waiting = dict[str, tuple[Link, bytes | None]]


def _chain(store: Store, device: str, outcome: Received, *, growing: bool) -> None:
    """Move a device's pending links onto its chain as far as its own signature vouches for them.

    What is left says why it waits: a gap before it, no signature over it, or a fork: a second history
    under one name, signed with its key. An unsigned link proves nothing, so it can neither raise that
    alarm nor stand in the way of a signed one.
    """
    seq, prev = journal.tail(store, JOURNAL, device)
    waiting: _Waiting = {}
    for link_hash, data, body in store.rows("SELECT hash, link, body FROM pending WHERE device = ?", (device,)):
        waiting[link_hash] = (Link.from_bytes(bytes(data)), None if body is None else bytes(body))
    covered = _covered(store, device, waiting)
    after: dict[tuple[int, str], list[str]] = defaultdict(list)
    for name in covered:
        after[(waiting[name][0].seq, waiting[name][0].prev)].append(name)
    while growing and (following := after.get((seq + 1, prev))):
        link, body = waiting.pop(min(following))
        covered.discard(link.hash)
        n = journal.insert_link(store, link, link.hash)
        store.execute("INSERT INTO body(n, state, bytes) VALUES (?, 'withheld', NULL)", (n,))
        store.execute("DELETE FROM pending WHERE hash = ?", (link.hash,))
        if body is None or not _fill(store, n, link.hash, body, outcome, counting=False):
            outcome.withheld += 1
        seq, prev = link.seq, link.hash
    if growing and seq:
        journal.set_tail(store, JOURNAL, device, seq, prev)
    reached = {prev}
    for link, _ in sorted(waiting.values(), key=lambda item: item[0].seq):
        beside = link.seq <= seq or not growing
        if link.prev in reached:
            reached.add(link.hash)
        if link.hash in covered:
            reason = "fork" if beside else "gap"
        else:
            reason = "unsigned" if beside or link.hash in reached else "gap"
        store.execute("UPDATE pending SET reason = ? WHERE hash = ?", (reason, link.hash))


def _covered(store: Store, device: str, waiting: _Waiting) -> set[str]:
    """Return the pending links that a checkpoint of their own device vouches for, walking back from it."""
    found: set[str] = set()
    for at, name in store.rows("SELECT seq, hash FROM checkpoint WHERE chain = ? AND device = ?", (JOURNAL, device)):
        while name in waiting and name not in found and waiting[name][0].seq == at:
            found.add(name)
            name, at = waiting[name][0].prev, at - 1
    return found


def _fill(store: Store, n: int, link_hash: str, data: bytes, outcome: Received, *, counting: bool = True) -> bool:
    """Give a withheld operation its body; return whether it is here now."""
    body = journal.readable(data)
    if body is not None and body.batch and not store.value("SELECT 1 FROM blob WHERE sha256 = ?", (body.batch,)):
        return False
    store.execute("UPDATE body SET state = 'here', bytes = ? WHERE n = ?", (data, n))
    if body is not None:
        outcome.touched |= journal.apply(store, n, link_hash, body)
    outcome.applied += 1
    outcome.filled += int(counting)
    return True
