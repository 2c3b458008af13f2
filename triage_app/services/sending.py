"""Exporting: to whom, of what, up to which label; and the sealed files that come of it. Nobody is ever added."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from triage_app import __version__
from triage_app.domain import tlp
from triage_app.domain.operations import BODY_VERSION, JOURNAL
from triage_app.errors import BadBundle, BadInput, NotFound
from triage_app.formats import bundle as bundles
from triage_app.formats import identity as identities
from triage_app.formats.bundle import Spool, StreamedContents
from triage_app.language import say
from triage_app.services import campaigns, centres, certifying, devices, set_by_it, settings
from triage_app.services.access import note_access
from triage_app.services.changes import milliseconds
from triage_app.services.passphrases import refuse_weak
from triage_app.services.session import Session
from triage_app.services.typed import read_name
from triage_app.store import held_rows, journal, lookup, outgoing, peers, reading_proofs
from triage_app.store.connection import Store
from triage_app.store.scopes import Scope

MEGABYTE: Final = 1_000_000
STICK_BYTES: Final = 64 * 1024 * 1024
"A part on a stick: as large as a part is ever written."
BY_PASSPHRASE: Final = "passphrase"  # noqa: S105 - a word, no secret
"What stands in the log of bundles in place of a device."


@dataclass(frozen=True)
class Plan:
    """To whom, of what, up to which label: all that decides what goes into a bundle."""

    recipients: tuple[str, ...] = ()
    "Ids of the devices; none for a bundle that a passphrase opens."
    maximum: str = ""
    incidents: tuple[str, ...] | None = None
    since: int | None = None
    until: int | None = None
    full: bool = False
    reader: str = ""
    by_passphrase: bool = False

    @property
    def scope(self) -> Scope:
        """What it is about."""
        return Scope(None if self.incidents is None else frozenset(self.incidents), self.since, self.until)


@dataclass(frozen=True)
class Bounds:
    """What a plan comes to: whom it is for, and what each may have."""

    peers: tuple[peers.Peer, ...]
    lowest: str
    "The highest label that goes along, but for RED."
    red: bool
    "Whether RED goes along, for the named reader."

    @property
    def ceilings(self) -> list[str]:
        """The highest label each recipient may have of it."""
        return [tlp.RED if self.red else tlp.ceiling(peer.relation) for peer in self.peers]


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
    ceiling: str = ""
    "The highest label that was let through."
    by_label: int = 0
    "Operations that stay here for their label."
    by_scope: int = 0
    "Operations that stay here for the scope alone: a wider one brings them."
    evidence_out_of_scope: int = 0
    known: list[dict[str, Any]] = field(default_factory=list)
    "What each recipient was known to hold: {device, name, as_of, held, of}; nothing where all was sent."
    reader: str = ""
    incidents_kept: list[dict[str, str]] = field(default_factory=list)
    "The incidents asked for that their label keeps here: {ref, label}."


def bounds(store: Store, plan: Plan) -> Bounds:
    """Return whom a plan is for and what they may have.

    RED goes only to a device with one unlock slot, for a named reader. To a passphrase goes GREEN at most, AMBER for a
    named reader: anybody who learns it can read the file. Nothing above what the IT department allows goes anywhere.
    Raises ``NotFound`` for a device not trusted, ``BadInput``, and ``SetByIT`` for more than is allowed.
    """
    highest = set_by_it.ceiling()
    refuse_above(highest, plan)
    if plan.by_passphrase and plan.recipients:
        raise BadInput("A bundle is sealed for devices or to a passphrase, not to both.", "Write two bundles.")
    if plan.by_passphrase:
        lowest = _lower(_lower(tlp.AMBER if plan.reader else tlp.GREEN, plan.maximum), highest)
        return Bounds((), lowest, False)
    if not plan.recipients:
        raise BadInput("No recipient is chosen.", "Choose at least one device; none is ever added silently.")
    trusted = peers.trusted(store)
    if absent := [device for device in plan.recipients if device not in trusted]:
        raise NotFound(
            say("{0} of the devices chosen are not trusted here.", len(absent)), "“triage device list” shows them."
        )
    for device in plan.recipients:
        centres.refuse_unlisted(store, device)
    chosen = tuple(trusted[device] for device in plan.recipients)
    red = bool(plan.reader) and (not plan.maximum or plan.maximum == tlp.RED)
    if red:
        for peer in chosen:
            _refuse_shared_device(peer)
    lowest = min((tlp.ceiling(peer.relation) for peer in chosen), key=tlp.rank)
    return Bounds(chosen, _lower(_lower(lowest, plan.maximum), highest), red)


def refuse_above(highest: str, plan: Plan) -> None:
    """Raise ``SetByIT`` where a plan asks for a label that the IT department lets nothing of out; '' lets all out.

    Where nothing is asked for in so many words it is lowered, and whoever exports is told.
    """
    asked = plan.maximum or (tlp.RED if plan.reader and not plan.by_passphrase else "")
    if highest and asked and not tlp.allows(highest, asked):
        raise set_by_it.refusal(
            say("Your IT department lets nothing above {0} be exported, and this asks for {1}.", highest, asked)
        )


def _lower(label: str, maximum: str) -> str:
    return maximum if maximum and tlp.rank(maximum) < tlp.rank(label) else label


def export_bundle(
    session: Session,
    recipients: Sequence[str],
    path: Path,
    *,
    maximum: str = "",
    incidents: Sequence[str] | None = None,
    since: int | None = None,
    until: int | None = None,
    full: bool = False,
    reader: str = "",
    max_part_bytes: int | None = None,
    passphrase: str | None = None,
    on_part: Callable[[int, int], None] = lambda *_: None,
) -> Exported:
    """Write a bundle sealed to exactly the devices named (ids, tags or the start of an id), or to a passphrase.

    ``maximum`` lowers the label each recipient may have; ``since`` and ``until`` cut by when something was written. No
    part is larger than ``max_part_bytes``, by default the setting. ``on_part`` hears of each part that is written.
    Raises as ``bounds``.
    """
    session.profile.refuse_own(path)
    chosen_peers = [devices.find_peer(session, name).device for name in dict.fromkeys(recipients)]
    if passphrase is not None:
        refuse_weak(passphrase)
    plan = Plan(
        tuple(dict.fromkeys(chosen_peers)), tlp.read_label(maximum) if maximum else "",
        None if incidents is None else tuple(incidents), since, until, full,
        read_name("The reader's name", reader, needed=False), passphrase is not None,
    )  # fmt: skip
    return _written(session, plan, path, max_part_bytes, passphrase, on_part)


def _written(
    session: Session,
    plan: Plan,
    path: Path,
    most: int | None,
    passphrase: str | None,
    on_part: Callable[[int, int], None],
) -> Exported:
    store = session.store
    whom = bounds(store, plan)
    if not plan.full:
        refuse_old_copy(store, session.device, plan.recipients)
    with Spool(session.profile.home) as spool:
        with store.write():
            chosen = outgoing.choose(
                store, held(store, plan), whom.lowest, plan.scope, red=whom.red, sign=devices.sign_readings(session)
            )
            devices.sign_checkpoint(session)
            publics = [identities.PublicIdentity.from_bytes(peer.identity) for peer in whom.peers]
            keys = _Keys(store, whom, chosen)
            packed = bundles.pack_bundle(
                StreamedContents(
                    manifest_fields=Manifest(store, session.public, plan, chosen, milliseconds(session.now())).fields,
                    links=chosen.link_lines(),
                    bodies=chosen.body_lines(),
                    keys=keys.opened,
                    blocks=chosen.evidence.block_lines(),
                    evidence=chosen.evidence.single_lines(),
                    trees=chosen.evidence.tree_lines(),
                    blobs=chosen.blobs,
                ),
                spool,
                signing_key=session.identity.signing_key,
                recipients=[public.age for public in publics],
                passphrase=passphrase,
                max_part_bytes=part_bytes(session, most),
            )
            known = [] if plan.full else [known_of(store, peer) for peer in whom.peers]
            kept = outgoing.incidents_kept(store, whom.lowest, plan.scope, red=whom.red)
        written = bundles.write_packed(packed, path, on_part)
    counts = {"links": chosen.links, "bodies": chosen.bodies, "withheld": chosen.withheld,
              "evidence": chosen.evidence.rows}  # fmt: skip
    with store.write():
        now = milliseconds(session.now())
        for peer in whom.peers:
            peers.note_sent(store, peer.device, chosen.withheld, now)
        for device in plan.recipients or (BY_PASSPHRASE,):
            peers.log_bundle(store, f"{journal.new_act()}{device[:8]}", "out", device, now, counts)
        how = {"reader": plan.reader, "passphrase": True} if plan.by_passphrase else {}
        note_access(session, "export", "bundle", "", {"to": list(plan.recipients), **how, **counts})
    described = [
        {"device": public.device, "name": public.name, "organisation": public.organisation, "nation": public.nation,
         "ceiling": ceiling}
        for public, ceiling in zip(publics, whom.ceilings, strict=True)
    ]  # fmt: skip
    return Exported(
        [str(item) for item in written], described, chosen.links, chosen.bodies, chosen.withheld,
        chosen.evidence.rows, chosen.evidence.withheld, chosen.strictest, sum(item.stat().st_size for item in written),
        keys.people_withheld, whom.lowest, chosen.kept_back[outgoing.BY_LABEL], chosen.kept_back[outgoing.BY_SCOPE],
        chosen.evidence.out_of_scope, known, plan.reader, kept,
    )  # fmt: skip


class _Keys:
    """The keys of the people in what was chosen; which they are is known once its bodies have been gone through."""

    def __init__(self, store: Store, whom: Bounds, chosen: outgoing.Chosen) -> None:
        self._store = store
        self._same = bool(whom.peers) and all(peer.relation is tlp.Relation.SAME for peer in whom.peers)
        self._chosen = chosen
        self.people_withheld = 0

    def opened(self) -> bytes | None:
        """Return the part of a bundle for personal keys, None for none."""
        chosen = self._chosen
        sealed = chosen.entities | chosen.strange if self._same else chosen.entities
        found, self.people_withheld = outgoing.personal_keys(self._store, sealed, within_organisation=self._same)
        return json.dumps(found, sort_keys=True).encode() if found else None


def part_bytes(session: Session, most: int | None = None) -> int:
    """Return how large a part may be: as asked, else as the setting says. Raises ``BadInput`` for more than one is."""
    if most is None:
        most = int(settings.get(session, "part-megabytes")["part-megabytes"]) * MEGABYTE
    if most > STICK_BYTES:
        raise BadInput(say("A part has {0:,} bytes at most.", STICK_BYTES), "Give a smaller number.")
    return most


class Manifest:
    """What a bundle says of itself beside its files, told anew as more of what goes has been gone through."""

    def __init__(
        self, store: Store, own: identities.PublicIdentity, plan: Plan, chosen: outgoing.Chosen, now: int
    ) -> None:
        self._store = store
        self._chosen = chosen
        self._checkpoints = outgoing.checkpoints(store)
        self._standing = {
            "to": list(plan.recipients),
            "created": now,
            "app": __version__,
            "schema": BODY_VERSION,
            "exercise": own.exercise,
            "vector": journal.vector(store),
            "lacks": outgoing.lacking(store),
            "imports": held_rows.of_imports(store),
            "certificates": certifying.own_certificates(store, own.device),
            "identities": [data.decode() for data in peers.identities(store).values()],
            "sender": {"name": own.name, "organisation": own.organisation, "nation": own.nation},
            **({"reader": plan.reader} if plan.by_passphrase and plan.reader else {}),
        }

    def fields(self) -> dict[str, Any]:
        """Return all that is said, as far as it is known."""
        chosen = self._chosen
        return {
            **self._standing,
            "tlp": chosen.strictest,
            "checkpoints": self._checkpoints + reading_proofs.signatures(self._store, chosen.evidence.imports),
            "counts": {
                "links": chosen.links, "bodies": chosen.bodies, "withheld": chosen.withheld,
                "evidence": chosen.evidence.rows,
                "withheld_by_label": chosen.kept_back[outgoing.BY_LABEL],
                "withheld_by_scope": chosen.kept_back[outgoing.BY_SCOPE],
                "evidence_withheld": chosen.evidence.withheld, "evidence_out_of_scope": chosen.evidence.out_of_scope,
            },
        }  # fmt: skip


def refuse_old_copy(store: Store, own_device: str, recipients: Sequence[str]) -> None:
    """Raise when a peer says that it holds more of our own journal than we do: this disk may be an older copy.

    What is written here would be taken for what the other copy wrote, and be lost on the way. It is that peer's word
    alone, so it is named, and can be left out.
    """
    own, _ = journal.tail(store, JOURNAL, own_device)
    for device in recipients:
        theirs = peers.held_by(store, device).vector.get(own_device, 0)
        if theirs > own:
            raise BadBundle(
                say(
                    "{0} says that it holds {1} decisions of this device, and this store has {2}: this is an older"
                    " copy, or that is not so.",
                    _called(store, device),
                    theirs,
                    own,
                ),
                "If an older copy was brought back, back this store up and restore the backup: it goes on as a device"
                " of its own. If not, leave that device out and ask its people. --full sends all.",
                "older-copy",
            )


def _called(store: Store, device: str) -> str:
    public = identities.PublicIdentity.from_bytes(peers.identities(store)[device])
    return f"{public.name} ({public.organisation})"


def held(store: Store, plan: Plan) -> peers.Held:
    """Return what every recipient of a plan is known to hold, so that one bundle serves them all."""
    if plan.full or not plan.recipients:
        return peers.Held({}, {}, {})
    known = [peers.held_by(store, device) for device in plan.recipients]
    names = set(known[0].vector).intersection(*(one.vector for one in known))
    vector = {name: min(one.vector[name] for one in known) for name in names}
    lacks: dict[str, list[int]] = {}
    for one in known:
        for device, sequences in one.lacks.items():
            lacks[device] = sorted({*lacks.get(device, []), *sequences})
    first = known[0].imports
    alike = {name: rows for name, rows in first.items() if all(one.imports.get(name) == rows for one in known)}
    return peers.Held(vector, lacks, alike)


def known_of(store: Store, peer: peers.Peer) -> dict[str, Any]:
    """Return what a peer is known to hold of what is held here, by its own last word; ``as_of`` is None for none."""
    theirs = peers.held_by(store, peer.device)
    ours = journal.vector(store)
    return {
        "device": peer.device,
        "name": identities.PublicIdentity.from_bytes(peer.identity).name,
        "as_of": peers.received_at(store, peer.device),
        "held": sum(min(seq, theirs.vector.get(device, 0)) for device, seq in ours.items()),
        "of": sum(ours.values()),
        "lacks": sum(map(len, theirs.lacks.values())),
    }


def _refuse_shared_device(peer: peers.Peer) -> None:
    public = identities.PublicIdentity.from_bytes(peer.identity)
    if public.slots != 1:
        raise BadInput(
            say("{0} can be unlocked by {1} people, so nothing RED may go there.", public.name, public.slots),
            "Send RED to a device with one unlock slot, or read it out to the person.",
        )


def scope(
    store: Store,
    incidents: Sequence[str] | None,
    campaign: str = "",
    organisation: str = "",
    reported: tuple[int | None, int | None] = (None, None),
) -> list[str] | None:
    """Return the incidents that a scope names, None when it names everything. Raises ``NotFound`` for none.

    ``reported`` keeps those that were reported from its first time until before its second; one whose reported time
    nobody recorded counts by when it was opened.
    """
    windowed = reported != (None, None)
    if not incidents and not campaign and not organisation and not windowed:
        return None
    found = set(incidents or ())
    if campaign:
        found.update(campaigns.incidents_of(store, campaigns.find(store, campaign)))
    if organisation:
        code = f"ods:{organisation.upper()}"
        found |= {row["incident"] for row in lookup.listing(store, "victim", "v.organisation = ?", (code,))}
    if windowed:
        named = bool(incidents or campaign or organisation)
        window = Scope(None, *reported)
        rows = [row for row in lookup.listing(store, "incident") if not named or row["id"] in found]
        found = {row["id"] for row in rows if window.covers(_reported_at(row))}
    if not found:
        raise NotFound(
            "No incident falls under that scope.", "Check the reference, campaign, organisation and the two times."
        )
    return sorted(found)


def _reported_at(row: dict[str, Any]) -> int:
    said = row["times"].get("reported")
    at = said.get("at") if isinstance(said, dict) else None
    return at if isinstance(at, int) else int(row["created_at"] or 0)
