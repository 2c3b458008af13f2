"""What an export would come to before it is written: how large, in how many parts, what stays here and why.

Nothing is written, signed or sealed, and only a sample of much evidence is looked at, so that it can be asked after
every change of mind.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.canonical import canonical
from triage_app.errors import Cancelled
from triage_app.formats import identity as identities
from triage_app.formats.bundle import packing
from triage_app.formats.bundle.weighing import Sample, weigh
from triage_app.services import sending
from triage_app.services.sending import Plan
from triage_app.store import outgoing, outgoing_weight, peers
from triage_app.store.connection import Store
from triage_app.store.scopes import in_runs

_BLOBS: Final = 20
"Lists of batches that are packed to tell how far they shrink."


@dataclass(frozen=True)
class Weighed:
    """What an export would come to."""

    bytes: int
    parts: int
    operations: int
    evidence: int
    tlp: str
    "The strictest label inside."
    ceiling: str
    by_label: int
    by_scope: int
    evidence_withheld: int
    evidence_out_of_scope: int
    known: list[dict[str, Any]] = field(default_factory=list)
    "What each recipient is known to hold, as ``sending.known_of`` says it; nothing where all is sent."
    incidents_kept: list[dict[str, str]] = field(default_factory=list)
    "The incidents asked for that their label keeps here: {ref, label}."


def weighed(
    store: Store,
    own: identities.PublicIdentity,
    plan: Plan,
    most: int,
    now: int,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Weighed:
    """Return what a plan would come to in parts of at most ``most`` bytes. Raises as ``sending.bounds``."""
    whom = sending.bounds(store, plan)
    chosen = outgoing.choose(store, sending.held(store, plan), whom.lowest, plan.scope, red=whom.red, weighing=True)
    if is_cancelled():
        raise Cancelled
    all_links, all_bodies = list(chosen.link_lines()), list(chosen.body_lines())
    bodies = in_runs(all_bodies)
    links = in_runs(all_links)
    same = bool(whom.peers) and all(peer.relation is tlp.Relation.SAME for peer in whom.peers)
    keys, _ = outgoing.personal_keys(store, chosen.entities, within_organisation=same)
    if is_cancelled():
        raise Cancelled
    evidence = outgoing_weight.weigh(store, chosen.evidence)
    kinds = [
        Sample(links, _share(all_links, links)),
        Sample([_body_line(link, body) for link, body in bodies], _share(all_bodies, bodies)),
        *(Sample(lines, share) for lines, share in evidence),
        Sample([canonical(keys)] if keys else []),
    ]
    found = weigh(
        sending.Manifest(store, own, plan, chosen, now).fields(),
        kinds,
        [size for _, size in sorted({**_packed(chosen.blobs), **chosen.sizes}.items())],
        recipients=len(whom.peers),
        max_part_bytes=most,
    )
    return Weighed(
        found.bytes, found.parts, len(all_bodies), chosen.evidence.rows, chosen.strictest, whom.lowest,
        chosen.kept_back[outgoing.BY_LABEL], chosen.kept_back[outgoing.BY_SCOPE], chosen.evidence.withheld,
        chosen.evidence.out_of_scope, [] if plan.full else [sending.known_of(store, peer) for peer in whom.peers],
        outgoing.incidents_kept(store, whom.lowest, plan.scope, red=whom.red),
    )  # fmt: skip


def own_identity(store: Store) -> identities.PublicIdentity:
    """Return what this store's device says of itself."""
    return identities.PublicIdentity.from_bytes(peers.identities(store)[peers.own_device(store)])


def _share(all_of_it: Sequence[Any], sample: Sequence[Any]) -> float:
    return len(all_of_it) / len(sample) if sample else 1.0


def _body_line(link: str, body: bytes) -> bytes:
    return canonical({"link": link, "body": base64.b64encode(body).decode("ascii")})


def _packed(blobs: Mapping[str, bytes]) -> dict[str, int]:
    """Return how large some lists of batches become, the first few packed and the rest by their measure."""
    tried = {name: packing.pack("sample", blobs[name]).entry.packed_size for name in list(blobs)[:_BLOBS]}
    before = sum(len(blobs[name]) for name in tried) or 1
    share = sum(tried.values()) / before
    return {name: tried.get(name, round(len(blob) * share)) for name, blob in blobs.items()}
