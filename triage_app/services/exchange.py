"""The exchange: looking into a sealed bundle, merging it. How one is written is in ``sending``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from triage_app.domain import words
from triage_app.errors import BadBundle, NotFound, UntrustedSigner
from triage_app.formats import bundle as bundles
from triage_app.formats.bundle import OnceOpened, VerifiedBundle
from triage_app.language import say
from triage_app.services import centres, certifying, devices, matters, others_say, parcels, quarantine
from triage_app.services import rules as acceptance
from triage_app.services.changes import Changes, milliseconds, noticed
from triage_app.services.sending import Exported, export_bundle
from triage_app.services.session import Session
from triage_app.store import incoming, journal, lookup, outgoing, peers, rules, understanding

MOST_NOTED = 5_000
"Conflicts of one merge that are kept beside it, so that they can be settled together."

__all__ = ["Exported", "Merged", "OnceOpened", "export_bundle", "inspect_bundle", "merge_bundle", "merge_waiting"]


def inspect_bundle(session: Session, path: Path, *, passphrase: str | None = None) -> dict[str, Any]:
    """Return what a bundle says of itself, verified; nothing is taken from it."""
    manifest = _peek(session, path, passphrase)
    known = peers.trusted(session.store)
    sender = _named_sender(manifest)
    return {
        "from": sender, "trusted": manifest["from"] in known, "to": manifest["to"], "created": manifest.get("created"),
        "tlp": manifest.get("tlp"), "counts": manifest.get("counts"), "part": manifest["part"],
        "parts": manifest["parts"], "app": manifest.get("app"), "bundle": manifest["bundle_id"],
        "reader": str(manifest.get("reader") or "")[:200],
    }  # fmt: skip


def _peek(session: Session, untrusted: bytes | Path, passphrase: str | None) -> dict[str, Any]:
    secret = session.identity.age_secret
    return bundles.peek_bundle(untrusted, identities=[secret], my_device=session.device, passphrase=passphrase)


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
    newer: int = 0
    "Operations here that only a newer version of the program can apply; they are kept and passed on."
    surprises: list[str] = field(default_factory=list)
    "What of matters is otherwise now than anybody said in so many words, a sentence each, with the act that undoes it."
    by_label: int = 0
    "Operations that the sender says it kept back for their label."
    by_scope: int = 0
    "Operations that it says it kept back for the scope of this export alone."
    sums: frozenset[str] = frozenset()
    "Of each file that was opened, what its content comes to: another file of that name is not what was looked at."

    def as_json(self) -> dict[str, Any]:
        """Return what ``triage merge --json`` prints."""
        return {
            "applied": self.applied, "already": self.already, "conflicts": self.conflicts, "pending": self.pending,
            "withheld": self.withheld, "refused": self.refused, "evidence_new": self.evidence_new,
            "incidents": self.incidents, "kept_aside": self.kept_aside, "withheld_by_label": self.by_label,
            "withheld_by_scope": self.by_scope, "surprises": self.surprises, "newer": self.newer,
        }  # fmt: skip


class _DryRun(Exception):
    def __init__(self, merged: Merged) -> None:
        super().__init__()
        self.merged = merged


class _Stranger(Exception):
    """The signer is nobody whom this laptop trusts: content was not even unpacked."""


def merge_bundle(
    session: Session,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    passphrase: str | None = None,
    between: Callable[[], None] = lambda: None,
    unless_surprising: bool = False,
    looked_at: Merged | None = None,
) -> Merged:
    """Merge the files of one or more bundles in one transaction; ``dry_run`` says what would change.

    ``looked_at`` is what a dry run of the same files showed: where they are others now, nothing is merged.
    ``unless_surprising`` merges nothing either where there are ``surprises``: a person is to see them first.

    Every file is verified before anything of any is used. Those of senders that are not trusted here are kept aside
    (``quarantine``) and named in ``kept_aside``. ``passphrase`` opens those that are sealed to one. ``between`` is
    called while they are verified, when no transaction is open: another act may be written then.
    Raises ``BadBundle``, and ``UntrustedSigner`` where all are such.
    """
    opened: list[VerifiedBundle] = []
    strangers: list[dict[str, Any]] = []
    for path in paths:
        try:
            opened.append(_open(session, path, passphrase, between))
        except _Stranger:
            strangers.append(_aside(session, path, bundles.file_bytes(path), passphrase, dry_run=dry_run))
        between()
    if strangers and not opened:
        raise _untrusted(strangers, dry_run=dry_run)
    sums = frozenset(one.sum for one in opened)
    if looked_at is not None and sums != looked_at.sums:
        raise BadBundle(
            "The files are not those that were looked at: they were changed meanwhile, or a sender is trusted now.",
            "Look at them again before you merge.",
        )
    store = session.store
    if not dry_run:
        session.safeguard("before-merge")
    try:
        with store.write():
            newest, aside = rules.last_row(store), rules.aside(store)
            merged = replace(merge_opened(session, opened), kept_aside=strangers, sums=sums)
            dry_run = dry_run or (unless_surprising and bool(merged.surprises))
            if not dry_run:
                merged = _ruled(merged, acceptance.after_rows(session, newest + 1, rules.last_row(store), aside))
            if dry_run:
                raise _DryRun(merged)
    except _DryRun as unwound:
        return replace(unwound.merged, changes=Changes("", ""))  # nothing was set: what would be is not kept for that
    store.let_go_of_pages()
    quarantine.let_go_of_merged(session, [quarantine.name_by(one.sum) for one in opened])
    return merged


def _ruled(merged: Merged, applied: acceptance.Applied) -> Merged:
    """Return what a merge came to with what rules of ours did with the evidence that it brought."""
    if merged.changes is None or not applied.words:
        return merged
    changes = replace(merged.changes, touched=merged.changes.touched | applied.touched)
    return replace(merged, changes=changes, surprises=[*merged.surprises, applied.words])


def merge_waiting(session: Session, device: str, *, passphrase: str | None = None) -> Merged:
    """Merge what was kept aside of a device that is trusted now, and let its files go. Raises ``NotFound`` for none."""
    paths = quarantine.files_of(session, device)
    if not paths:
        raise NotFound("Nothing of that device is kept aside.", "“triage pending list” shows what waits.")
    if device not in peers.trusted(session.store):
        raise UntrustedSigner(
            say("The device {0} is not trusted here yet.", words.device_tag(device)),
            "Compare its words by telephone and trust it first.",
        )
    return merge_bundle(session, paths, passphrase=passphrase)


def open_bundle(session: Session, path: Path) -> VerifiedBundle:
    """Return a bundle, verified, of a sender that is trusted. Raises ``BadBundle``, ``UntrustedSigner``."""
    try:
        return _open(session, path, None)
    except _Stranger:
        aside = _aside(session, path, bundles.file_bytes(path), None, dry_run=True)
        raise _untrusted([aside], dry_run=True) from None


def _open(
    session: Session, path: Path, passphrase: str | None, between: Callable[[], None] = lambda: None
) -> VerifiedBundle:
    def check(_: str, manifest: Mapping[str, Any]) -> None:
        if bool(manifest.get("exercise")) != session.public.exercise:
            raise BadBundle(
                say("{0} comes from {1}.", path.name, "an exercise" if manifest.get("exercise") else "a live store"),
                "Exercise and live stores never exchange.",
            )
        device = str(manifest["from"])
        if device in peers.trusted(session.store):
            centres.refuse_unlisted(session.store, device)
            return
        if not certifying.vouched_for(session.store, device, manifest.get("certificates")):
            raise _Stranger

    secret, mine = session.identity.age_secret, session.device
    return bundles.VerifiedBundle(
        path, identities=[secret], my_device=mine, passphrase=passphrase, check_signer=check, between=between
    )


def _aside(
    session: Session, path: Path, untrusted_bytes: bytes, passphrase: str | None, *, dry_run: bool
) -> dict[str, Any]:
    """Keep a stranger's file, once it is verified whole, and return who it says that it is from."""
    manifest = _peek(session, untrusted_bytes, passphrase)
    if not dry_run:
        quarantine.keep(session, path, untrusted_bytes, manifest)
    return {"file": quarantine.called(path), **_named_sender(manifest)}


def _untrusted(strangers: Sequence[dict[str, Any]], *, dry_run: bool) -> UntrustedSigner:
    first = strangers[0]
    files = first["file"] if len(strangers) == 1 else f"{len(strangers)} files"
    who = f"{first['name'] or 'a device'} ({words.device_tag(first['device'])})"
    what = say("{0} came from {1}, which this laptop does not trust. Nothing of it was applied", files, who)
    return UntrustedSigner(
        what + ("." if dry_run else say("; it is kept aside.")),
        "Compare its words by telephone and trust it under Exchange (“triage pending list” shows them): what is kept"
        " aside is merged then.",
    )


def merge_opened(session: Session, opened: Sequence[VerifiedBundle]) -> Merged:
    """Take in what was opened; call it inside ``store.write()``."""
    store = session.store
    before = {row["id"]: row for row in lookup.listing(store, "incident")}
    known_conflicts = {(row["entity_kind"], row["entity"], row["field"]) for row in lookup.conflicts(store)}
    total = incoming.Received()
    kept_back = [0, 0]
    were_one = matters.groups(store)
    newest = others_say.newest(store)
    now = milliseconds(session.now())
    for parts in parcels.sets_of(opened):
        parcel = parcels.parcel_of(session.store, parts)
        outcome = incoming.receive(store, parcel, devices.verifier(session))
        total.add(outcome)
        manifest = parts[0].manifest
        peers.note_received(store, parts[0].device, parcels.held_by_sender(manifest), now)
        for place, name in enumerate(("withheld_by_label", "withheld_by_scope")):
            kept_back[place] += parcels.count_said(manifest, name)
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
    brought = [f"{one['kind']}/{one['entity']}/{one['field']}" for one in conflicts][:MOST_NOTED]
    for one in opened:
        peers.note_conflicts(store, str(one.manifest["bundle_id"]), brought)
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
    surprises = [*others_say.surprises(store, newest), *matters.surprises(store, were_one, total.touched)]
    return Merged(
        total.applied, total.already, conflicts, total.pending, total.withheld,
        total.refused + total.evidence_refused, total.evidence_new, total.filled, described,
        _named_sender(opened[0].manifest) if opened else {},
        Changes("", "Merged a bundle", touched=noticed(total.touched) | {("alert", "")}),
        newer=understanding.waiting(store), surprises=surprises,
        by_label=kept_back[0], by_scope=kept_back[1],
    )  # fmt: skip


def _conflict(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    heads = journal.standing(session.store, row["entity_kind"], row["entity"])[row["field"]]
    return {
        "entity": row["entity"], "kind": row["entity_kind"], "field": row["field"],
        "values": [{"value": head.body.value, "op": head.hash, "author": head.body.author} for head in heads],
    }  # fmt: skip


def _named_sender(manifest: dict[str, Any]) -> dict[str, Any]:
    sender = manifest.get("sender")
    known = sender if isinstance(sender, dict) else {}
    return {
        "device": manifest["from"],
        **{name: str(known.get(name, ""))[:200] for name in ("name", "organisation", "nation")},
    }
