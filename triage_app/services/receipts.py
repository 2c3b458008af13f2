"""Receipts: after a merge, the sender is told what arrived, what waits and what is withheld; the next delta is smaller.

What was sent is never taken for received (ADR 3): a receipt is the word of the one who received.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from triage_app.errors import BadFile, BadInput, NotFound, UntrustedSigner
from triage_app.formats import bundle as bundles
from triage_app.formats import receipt as receipts
from triage_app.formats.identity import PublicIdentity
from triage_app.formats.receipt import BadReceipt, MergedBundle, Receipt, Waiting
from triage_app.language import say
from triage_app.paths import write_whole
from triage_app.services.changes import milliseconds
from triage_app.services.session import Session
from triage_app.store import held_rows, journal, lookup, outgoing, peers
from triage_app.store.connection import Store

NEW: Final = "new"
KNOWN: Final = "known"
"It says what was known already: it was read before, or a bundle has said it."
OLDER: Final = "older"
"A later word of the same laptop is here."


@dataclass(frozen=True)
class Written:
    """A receipt that was written."""

    path: Path
    device: str
    name: str
    "Whom it is for."
    bundles: int
    held: int
    "How many of the recipient's own operations it confirms."


@dataclass(frozen=True)
class Taken:
    """What a receipt says, and what became of it."""

    device: str
    name: str
    organisation: str
    created: int
    bundles: int
    received: int
    "How many operations of this laptop its maker holds."
    of: int
    "How many there are."
    they_lack: int
    "How many operations its maker does not hold that this laptop does, once it is taken."
    withheld: int
    "How many bodies were withheld from its maker."
    pending: int
    "How many operations wait at its maker."
    state: str

    def as_json(self) -> dict[str, Any]:
        """Return what ``triage receipt read --json`` prints."""
        return dict(self.__dict__)


def write_for(session: Session, bundle_files: Sequence[Path], path: Path) -> Written:
    """Write a receipt for bundles that were merged here. Raises ``NotFound`` for one that was not, ``BadInput``."""
    found: dict[str, list[MergedBundle]] = {}
    for file in bundle_files:
        manifest = bundles.peek_bundle(file, identities=[session.identity.age_secret], my_device=session.device)
        at = _merged_at(session.store, manifest["bundle_id"], manifest["from"])
        if at is None:
            raise NotFound(say("{0} was not merged here.", file.name), "Merge it first: a receipt says what arrived.")
        found.setdefault(manifest["from"], []).append(MergedBundle(manifest["bundle_id"], manifest["set_id"], at))
    if len(found) != 1:
        raise BadInput(
            say("Those bundles came from {0} senders.", len(found)),
            "Write a receipt for each sender: it is sealed to one.",
        )
    [(device, merged)] = found.items()
    return _write(session, device, merged, path)


def write_last(session: Session, path: Path, bundle: str = "") -> Written:
    """Write a receipt for what was merged last, or for one bundle of the log. Raises ``NotFound``."""
    rows = [row for row in peers.bundles(session.store, 10_000) if _is_merge(row)]
    chosen = next((row for row in rows if not bundle or row["id"] == bundle), None)
    if chosen is None:
        raise NotFound("No such bundle was merged here.", "Merge one first: a receipt says what arrived.")
    together = [row for row in rows if (row["device"], row["at"]) == (chosen["device"], chosen["at"])]
    merged = [MergedBundle(row["id"], "", row["at"]) for row in together[: receipts.MOST_BUNDLES]]
    return _write(session, chosen["device"], merged, path)


def is_receipt(session: Session, path: Path) -> bool:
    """Tell whether a file is a receipt for this laptop, sound or not."""
    try:
        with path.open("rb") as file:
            data = file.read(receipts.MAX_BYTES + 1)
    except OSError:
        return False
    return receipts.opens_as_receipt(data, [session.identity.age_secret])


def read_receipt(session: Session, path: Path, *, dry_run: bool = False) -> Taken:
    """Take a receipt: what its maker says that it holds is known from then on; ``dry_run`` only says what it says.

    A replayed or older one takes nothing away. Raises ``BadReceipt``, ``UntrustedSigner``, ``BadFile``.
    """
    try:
        with path.open("rb") as file:
            untrusted_bytes = file.read(receipts.MAX_BYTES + 1)
    except OSError as error:
        raise BadFile(say("{0} could not be read.", path.name), "Check the name of the file.") from error
    receipt = receipts.open_receipt(untrusted_bytes, [session.identity.age_secret], session.device)
    if receipt.exercise != session.public.exercise:
        raise BadReceipt(
            say("The receipt comes from {0}.", "an exercise" if receipt.exercise else "a live store"),
            "Exercise and live stores never exchange.",
        )
    store = session.store
    trusted = peers.trusted(store).get(receipt.device)
    if trusted is None:
        raise UntrustedSigner(
            "The receipt was made by a device that this laptop does not trust. Nothing of it was used.",
            "Trust the device first, by its identity file and its words.",
        )
    public = PublicIdentity.from_bytes(trusted.identity)
    state = _state(store, receipt)
    if not dry_run and state == NEW:
        now = milliseconds(session.now())
        with store.write():
            peers.note_received(store, receipt.device, _held(receipt), now)
            counts = {"receipt": 1, "bundles": len(receipt.bundles), "up_to": receipt.vector.get(session.device, 0)}
            peers.log_bundle(store, receipts.name_of(untrusted_bytes), "in", receipt.device, now, counts)
    ours = journal.vector(store)
    theirs = receipt.vector if state == NEW else peers.held_by(store, receipt.device).vector
    return Taken(
        receipt.device, public.name, public.organisation, receipt.created, len(receipt.bundles),
        receipt.vector.get(session.device, 0), ours.get(session.device, 0),
        sum(max(seq - theirs.get(name, 0), 0) for name, seq in ours.items()),
        sum(map(len, receipt.lacks.values())), sum(one.operations for one in receipt.pending), state,
    )  # fmt: skip


def _state(store: Store, receipt: Receipt) -> str:
    """Tell whether a receipt says more than was known, by what its maker holds and never by a clock."""
    before = peers.held_by(store, receipt.device)
    names = before.vector.keys() | receipt.vector.keys()
    if any(receipt.vector.get(name, 0) > before.vector.get(name, 0) for name in names):
        return NEW
    if any(receipt.vector.get(name, 0) < before.vector.get(name, 0) for name in names):
        return OLDER
    if not _is_fuller(receipt, before):
        return KNOWN
    return NEW


def _is_fuller(receipt: Receipt, before: peers.Held) -> bool:
    """Tell whether with the same links less is withheld, or more evidence is there, than was known."""
    had = {(name, seq) for name, seqs in before.lacks.items() for seq in seqs}
    has = {(name, seq) for name, seqs in receipt.lacks.items() for seq in seqs}
    kept = all(receipt.imports.get(name) in (rows, held_rows.WHOLE) for name, rows in before.imports.items())
    return kept and (has < had or (has == had and receipt.imports != before.imports))


def _held(receipt: Receipt) -> peers.Held:
    return peers.Held(dict(receipt.vector), dict(receipt.lacks), dict(receipt.imports))


def _is_merge(row: dict[str, Any]) -> bool:
    return row["direction"] == "in" and not row["counts"].get("receipt")


def _merged_at(store: Store, bundle: str, device: str) -> int | None:
    for row in peers.bundles(store, 10_000):
        if _is_merge(row) and (row["id"], row["device"]) == (bundle, device):
            return int(row["at"])
    return None


def _write(session: Session, device: str, merged: Sequence[MergedBundle], path: Path) -> Written:
    store = session.store
    recipient = peers.trusted(store).get(device)
    if recipient is None:
        raise UntrustedSigner(
            "The sender of that bundle is not trusted here any more, so nothing is written for it.",
            "Tell its people by telephone what arrived.",
        )
    public = PublicIdentity.from_bytes(recipient.identity)
    now = milliseconds(session.now())
    receipt = Receipt(
        session.device, session.public.ed25519, device, now, session.public.exercise, tuple(merged),
        journal.vector(store), outgoing.lacking(store), held_rows.of_imports(store),
        tuple(Waiting(row["device"], row["reason"], row["operations"], row["first"], row["last"])
              for row in lookup.pending(store)),
    )  # fmt: skip
    data = receipts.seal_receipt(receipt, session.identity, public.age)
    write_whole(session.profile.refuse_own(path), data)
    held = receipt.vector.get(device, 0)
    with store.write():
        counts = {"receipt": 1, "bundles": len(merged), "up_to": held}
        peers.log_bundle(store, receipts.name_of(data), "out", device, now, counts)
    return Written(path, device, public.name, len(merged), held)
