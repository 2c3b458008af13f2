"""The exchange: exporting a sealed bundle, looking into one, merging it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from triage_app import __version__
from triage_app.domain import tlp, words
from triage_app.domain.operations import BODY_VERSION, JOURNAL
from triage_app.errors import BadBundle, BadInput, NotFound, UntrustedSigner
from triage_app.formats import bundle as bundles
from triage_app.formats import identity as identities
from triage_app.formats.bundle import BundleContents, OpenedBundle
from triage_app.services import campaigns, certifying, devices, parcels, quarantine
from triage_app.services.access import note_access
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.session import Session
from triage_app.store import incoming, journal, lookup, outgoing, peers, reading_proofs
from triage_app.store.outgoing import Scope


@dataclass(frozen=True)
class Exported:
    """What an export wrote."""

    paths: list[str]
    recipients: list[dict[str, str]]
    links: int
    bodies: int
    withheld: int
    evidence: int
    evidence_withheld: int
    tlp: str
    "The strictest label inside."
    bytes: int
    people_withheld: int = 0
    "How many people's names stay here: sharing is not decided for them, or they refused."


def export_bundle(
    session: Session,
    recipients: Sequence[str],
    path: Path,
    *,
    maximum: str = "",
    incidents: Sequence[str] | None = None,
    since: int | None = None,
    full: bool = False,
    reader: str = "",
    max_part_bytes: int = 64 * 1024 * 1024,
) -> Exported:
    """Write a bundle sealed to exactly the devices named (ids, tags or the start of an id).

    ``maximum`` lowers the label each recipient may have. RED goes only to a device with one unlock
    slot and a ``reader`` named for it; what lies between RED and the device's own ceiling does not
    go along. Raises ``NotFound`` for a device not trusted, ``BadInput``.
    """
    session.profile.refuse_own(path)
    if not recipients:
        raise BadInput("No recipient is chosen.", "Choose at least one device; none is ever added silently.")
    store = session.store
    chosen_peers = [devices.find_peer(session, name) for name in dict.fromkeys(recipients)]
    red = bool(reader.strip()) and (not maximum or tlp.read_label(maximum) == tlp.RED)
    if red:
        for peer in chosen_peers:
            _refuse_shared_device(peer)
    lowest = min((tlp.ceiling(peer.relation) for peer in chosen_peers), key=tlp.rank)
    if maximum and tlp.rank(tlp.read_label(maximum)) < tlp.rank(lowest):
        lowest = tlp.read_label(maximum)
    ceilings = [tlp.RED if red else tlp.ceiling(peer.relation) for peer in chosen_peers]
    if not full:
        _refuse_old_copy(session, chosen_peers)
    with store.write():
        held = _common(store, [peer.device for peer in chosen_peers]) if not full else peers.Held({}, {}, {})
        scope = Scope(None if incidents is None else frozenset(incidents), since)
        chosen = outgoing.choose(store, held, lowest, scope, red=red, sign=devices.sign_readings(session))
        devices.sign_checkpoint(session)
        publics = [identities.PublicIdentity.from_bytes(peer.identity) for peer in chosen_peers]
        fields = _manifest(session, chosen, [peer.device for peer in chosen_peers])
        same = all(peer.relation is tlp.Relation.SAME for peer in chosen_peers)
        keys, people_withheld = outgoing.personal_keys(store, chosen.entities, within_organisation=same)
        contents = BundleContents(
            manifest_fields=fields,
            links=chosen.links,
            bodies=chosen.bodies,
            evidence=chosen.evidence,
            keys=json.dumps(keys, sort_keys=True).encode() if keys else None,
            blobs=chosen.blobs,
        )
        written = bundles.write_bundle_files(
            contents,
            path,
            signing_key=session.identity.signing_key,
            recipients=[public.age for public in publics],
            max_part_bytes=max_part_bytes,
        )
        now = milliseconds(session.now())
        counts = {"links": len(chosen.links), "bodies": len(chosen.bodies), "withheld": chosen.withheld,
                  "evidence": len(chosen.evidence)}  # fmt: skip
        for peer in chosen_peers:
            peers.note_sent(store, peer.device, chosen.withheld, now)
            peers.log_bundle(store, f"{journal.new_act()}{peer.device[:8]}", "out", peer.device, now, counts)
        note_access(session, "export", "bundle", "", {"to": [peer.device for peer in chosen_peers], **counts})
    described = [
        {"device": public.device, "name": public.name, "organisation": public.organisation, "nation": public.nation,
         "ceiling": ceiling}
        for public, ceiling in zip(publics, ceilings, strict=True)
    ]  # fmt: skip
    return Exported(
        [str(item) for item in written], described, len(chosen.links), len(chosen.bodies), chosen.withheld,
        len(chosen.evidence), chosen.evidence_withheld, chosen.strictest, sum(item.stat().st_size for item in written),
        people_withheld,
    )  # fmt: skip


def inspect_bundle(session: Session, path: Path) -> dict[str, Any]:
    """Return what a bundle says of itself, verified; nothing is taken from it."""
    manifest = bundles.peek_bundle(path, identities=[session.identity.age_secret], my_device=session.device)
    known = peers.trusted(session.store)
    sender = _named_sender(manifest)
    return {
        "from": sender, "trusted": manifest["from"] in known, "to": manifest["to"], "created": manifest.get("created"),
        "tlp": manifest.get("tlp"), "counts": manifest.get("counts"), "part": manifest["part"],
        "parts": manifest["parts"], "app": manifest.get("app"), "bundle": manifest["bundle_id"],
    }  # fmt: skip


@dataclass(frozen=True)
class Merged:
    """What a merge came to, or would come to."""

    applied: int
    already: int
    conflicts: list[dict[str, Any]]
    pending: int
    withheld: int
    refused: int
    evidence_new: int
    filled: int = 0
    incidents: list[dict[str, Any]] = field(default_factory=list)
    "The incidents touched: {ref, title, state: new|changed|conflict|taken back}."
    sender: dict[str, Any] = field(default_factory=dict)
    changes: Changes | None = None
    kept_aside: list[dict[str, Any]] = field(default_factory=list)
    "Files of senders that are not trusted here: {file, device, name, organisation, nation}."

    def as_json(self) -> dict[str, Any]:
        """Return what ``triage merge --json`` prints."""
        return {
            "applied": self.applied, "already": self.already, "conflicts": self.conflicts, "pending": self.pending,
            "withheld": self.withheld, "refused": self.refused, "evidence_new": self.evidence_new,
            "incidents": self.incidents, "kept_aside": self.kept_aside,
        }  # fmt: skip


class _DryRun(Exception):
    def __init__(self, merged: Merged) -> None:
        super().__init__()
        self.merged = merged


class _Stranger(Exception):
    """The signer is nobody whom this laptop trusts: content was not even unpacked."""


def merge_bundle(session: Session, paths: Sequence[Path], *, dry_run: bool = False) -> Merged:
    """Merge the files of one or more bundles in one transaction; ``dry_run`` says what would change.

    Every file is verified before anything of any is used. Those of senders that are not trusted here are kept aside
    (``quarantine``) and named in ``kept_aside``. Raises ``BadBundle``, and ``UntrustedSigner`` where all are such.
    """
    opened: list[OpenedBundle] = []
    strangers: list[dict[str, Any]] = []
    sums: list[str] = []
    for path in paths:
        untrusted_bytes = bundles.file_bytes(path)
        try:
            opened.append(_open(session, path, untrusted_bytes))
            sums.append(quarantine.name_of(untrusted_bytes))
        except _Stranger:
            strangers.append(_aside(session, path, untrusted_bytes, dry_run=dry_run))
    if strangers and not opened:
        raise _untrusted(strangers, dry_run=dry_run)
    store = session.store
    if not dry_run:
        session.safeguard("before-merge")
    try:
        with store.write():
            merged = replace(merge_opened(session, opened), kept_aside=strangers)
            if dry_run:
                raise _DryRun(merged)
    except _DryRun as unwound:
        return unwound.merged
    quarantine.let_go_of_merged(session, sums)
    return merged


def merge_waiting(session: Session, device: str) -> Merged:
    """Merge what was kept aside of a device that is trusted now, and let its files go. Raises ``NotFound`` for none."""
    paths = quarantine.files_of(session, device)
    if not paths:
        raise NotFound("Nothing of that device is kept aside.", "“triage pending list” shows what waits.")
    if device not in peers.trusted(session.store):
        raise UntrustedSigner(
            f"The device {words.device_tag(device)} is not trusted here yet.",
            "Compare its words by telephone and trust it first.",
        )
    return merge_bundle(session, paths)


def open_bundle(session: Session, path: Path) -> OpenedBundle:
    """Return a bundle's content, verified, of a sender that is trusted. Raises ``BadBundle``, ``UntrustedSigner``."""
    untrusted_bytes = bundles.file_bytes(path)
    try:
        return _open(session, path, untrusted_bytes)
    except _Stranger:
        raise _untrusted([_aside(session, path, untrusted_bytes, dry_run=True)], dry_run=True) from None


def _open(session: Session, path: Path, untrusted_bytes: bytes) -> OpenedBundle:
    def check(_: str, manifest: Mapping[str, Any]) -> None:
        if bool(manifest.get("exercise")) != session.public.exercise:
            raise BadBundle(
                f"{path.name} comes from {'an exercise' if manifest.get('exercise') else 'a live store'}.",
                "Exercise and live stores never exchange.",
            )
        device = str(manifest["from"])
        if device in peers.trusted(session.store):
            return
        if not certifying.vouched_for(session.store, device, manifest.get("certificates")):
            raise _Stranger

    return bundles.read_bundle(
        untrusted_bytes, identities=[session.identity.age_secret], my_device=session.device, check_signer=check
    )


def _aside(session: Session, path: Path, untrusted_bytes: bytes, *, dry_run: bool) -> dict[str, Any]:
    """Keep a stranger's file, once it is verified whole, and return who it says that it is from."""
    manifest = bundles.peek_bundle(untrusted_bytes, identities=[session.identity.age_secret], my_device=session.device)
    if not dry_run:
        quarantine.keep(session, path, untrusted_bytes, manifest)
    return {"file": path.name, **_named_sender(manifest)}


def _untrusted(strangers: Sequence[dict[str, Any]], *, dry_run: bool) -> UntrustedSigner:
    first = strangers[0]
    files = first["file"] if len(strangers) == 1 else f"{len(strangers)} files"
    who = f"{first['name'] or 'a device'} ({words.device_tag(first['device'])})"
    what = f"{files} came from {who}, which this laptop does not trust. Nothing of it was applied"
    return UntrustedSigner(
        what + ("." if dry_run else "; it is kept aside."),
        "Compare its words by telephone and trust it under Exchange (“triage pending list” shows them): what is kept"
        " aside is merged then.",
    )


def merge_opened(session: Session, opened: Sequence[OpenedBundle]) -> Merged:
    """Take in what was opened; call it inside ``store.write()``."""
    store = session.store
    before = {row["id"]: row for row in lookup.listing(store, "incident")}
    known_conflicts = {(row["entity_kind"], row["entity"], row["field"]) for row in lookup.conflicts(store)}
    total = incoming.Received()
    now = milliseconds(session.now())
    for parts in parcels.sets_of(opened):
        parcel = parcels.parcel_of(session.store, parts)
        outcome = incoming.receive(store, parcel, devices.verifier(session))
        total.add(outcome)
        manifest = parts[0].manifest
        peers.note_received(store, parts[0].device, parcels.held_by_sender(manifest), now)
        counts = {"applied": outcome.applied, "already": outcome.already, "evidence": outcome.evidence_new}
        for one in parts:
            peers.log_bundle(store, str(one.manifest["bundle_id"]), "in", one.device, now, counts)
    latest = journal.latest_clock(store, now)
    if latest:
        session.author.clock.observe(latest)
    conflicts = [
        _conflict(session, row)
        for row in lookup.conflicts(store)
        if (row["entity_kind"], row["entity"], row["field"]) not in known_conflicts
        or (row["entity_kind"], row["entity"]) in total.touched
    ]
    touched_incidents = outgoing.incidents_touched(store, total.touched)
    fighting = {item["entity"] for item in conflicts}
    described = []
    for incident in sorted(touched_incidents):
        found = lookup.one(store, "incident", incident)
        if found is not None:
            state = "new" if incident not in before else "conflict" if incident in fighting else "changed"
            described.append({"id": incident, "ref": found["ref"], "title": found["title"], "state": state})
        elif incident in before:
            gone = before[incident]
            described.append({"id": incident, "ref": gone["ref"], "title": gone["title"], "state": "taken back"})
    return Merged(
        total.applied, total.already, conflicts, total.pending, total.withheld,
        total.refused + total.evidence_refused, total.evidence_new, total.filled, described,
        _named_sender(opened[0].manifest) if opened else {},
        Changes("", "Merged a bundle", touched=frozenset(total.touched | {("alert", "")})),
    )  # fmt: skip


def _conflict(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    heads = journal.standing(session.store, row["entity_kind"], row["entity"])[row["field"]]
    return {
        "entity": row["entity"], "kind": row["entity_kind"], "field": row["field"],
        "values": [{"value": head.body.value, "op": head.hash, "author": head.body.author} for head in heads],
    }  # fmt: skip


def _manifest(session: Session, chosen: outgoing.Chosen, to: list[str]) -> dict[str, Any]:
    store = session.store
    return {
        "to": to,
        "created": milliseconds(session.now()),
        "app": __version__,
        "schema": BODY_VERSION,
        "exercise": session.public.exercise,
        "tlp": chosen.strictest,
        "vector": journal.vector(store),
        "lacks": outgoing.lacking(store),
        "imports": outgoing.rows_of_imports(store),
        "checkpoints": outgoing.checkpoints(store) + reading_proofs.signatures(store, chosen.imports),
        "certificates": certifying.own_certificates(session),
        "identities": [data.decode() for data in peers.identities(store).values()],
        "sender": {"name": session.public.name, "organisation": session.organisation, "nation": session.public.nation},
        "counts": {
            "links": len(chosen.links), "bodies": len(chosen.bodies), "withheld": chosen.withheld,
            "evidence": len(chosen.evidence),
        },
    }  # fmt: skip


def _refuse_old_copy(session: Session, chosen_peers: Sequence[peers.Peer]) -> None:
    """Raise when a peer holds more of our own journal than we do: this disk is an older copy of another.

    What is written here would be taken for what the other copy wrote, and be lost on the way.
    """
    own, _ = journal.tail(session.store, JOURNAL, session.device)
    for peer in chosen_peers:
        theirs = peers.held_by(session.store, peer.device).vector.get(session.device, 0)
        if theirs > own:
            raise BadBundle(
                f"Others hold {theirs} decisions of this device, this store has only {own}: it is an older copy.",
                "Back this store up and restore the backup: it goes on as a device of its own. --full sends all.",
                "older-copy",
            )


def _common(store: Any, devices: Sequence[str]) -> peers.Held:
    """Return what every one of some peers is known to hold, so that one bundle serves them all."""
    known = [peers.held_by(store, device) for device in devices]
    names = set(known[0].vector).intersection(*(held.vector for held in known))
    vector = {name: min(held.vector[name] for held in known) for name in names}
    lacks: dict[str, list[int]] = {}
    for held in known:
        for device, sequences in held.lacks.items():
            lacks[device] = sorted({*lacks.get(device, []), *sequences})
    first = known[0].imports
    alike = {name: rows for name, rows in first.items() if all(held.imports.get(name) == rows for held in known)}
    return peers.Held(vector, lacks, alike)


def _refuse_shared_device(peer: peers.Peer) -> None:
    public = identities.PublicIdentity.from_bytes(peer.identity)
    if public.slots != 1:
        raise BadInput(
            f"{public.name} can be unlocked by {public.slots} people, so nothing RED may go there.",
            "Send RED to a device with one unlock slot, or read it out to the person.",
        )


def _named_sender(manifest: dict[str, Any]) -> dict[str, Any]:
    sender = manifest.get("sender")
    known = sender if isinstance(sender, dict) else {}
    return {
        "device": manifest["from"],
        **{name: str(known.get(name, ""))[:200] for name in ("name", "organisation", "nation")},
    }


def scope(session: Session, incidents: Sequence[str] | None, campaign: str, organisation: str) -> list[str] | None:
    """Return the incidents that a scope names, None when it names everything. Raises ``NotFound`` for none."""
    if not incidents and not campaign and not organisation:
        return None
    found = set(incidents or ())
    if campaign:
        found.update(campaigns.incidents_of(session.store, campaigns.find(session.store, campaign)))
    if organisation:
        code = f"ods:{organisation.upper()}"
        found |= {row["incident"] for row in lookup.listing(session.store, "victim", "v.organisation = ?", (code,))}
    if not found:
        raise NotFound("No incident falls under that scope.", "Check the reference, campaign or organisation.")
    return sorted(found)
