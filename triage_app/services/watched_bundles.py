"""Bundles and receipts that appear in the watched folder: offered, or merged where somebody ticked so for the folder.

A share holds what is meant for others too: what is not sealed for this laptop is passed over. What strangers sent is
kept aside. What decides about what is ours, or would surprise otherwise, is offered in any case, or nobody would see
it. Each is taken once, by what the bundle says of itself and not by the name of its file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from triage_app.errors import TriageError, UntrustedSigner
from triage_app.formats.bundle import sealing
from triage_app.services import exchange, quarantine, receipts
from triage_app.services.exchange import Merged
from triage_app.services.receipts import Taken
from triage_app.services.session import Session
from triage_app.store import peers, quarantined

OFFERED: Final = "offered"
MERGED: Final = "merged"
ASIDE: Final = "aside"
KNOWN: Final = "known"
NOT_OURS: Final = "not-ours"
"Sealed for somebody else: a share is everybody's."

_NOT_FOR_US: Final = "not-for-this-device"


@dataclass(frozen=True)
class Sealed:
    """What became of a sealed file."""

    state: str
    device: str = ""
    name: str = ""
    "Who sent it."
    organisation: str = ""
    merged: Merged | None = None
    receipt: Taken | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what ``triage watch --json`` prints of it."""
        return {
            "state": self.state, "device": self.device, "name": self.name, "organisation": self.organisation,
            "merged": None if self.merged is None else self.merged.as_json(),
            "receipt": None if self.receipt is None else self.receipt.as_json(),
        }  # fmt: skip


def is_sealed(path: Path) -> bool:
    """Tell whether a file begins as everything does that is sealed with age."""
    try:
        with path.open("rb") as file:
            return file.read(len(sealing.MAGIC)) == sealing.MAGIC
    except OSError:
        return False


def take_sealed(session: Session, path: Path, *, merge: bool = False) -> Sealed:
    """Look at a sealed file, and merge it only if ``merge`` says that it may be; raise why it is refused."""
    try:
        return _receipt(session, path, merge) if receipts.is_receipt(session, path) else _bundle(session, path, merge)
    except TriageError as error:
        if error.code == _NOT_FOR_US:
            return Sealed(NOT_OURS)
        raise


def still_offered(session: Session, paths: Iterable[Path]) -> list[Path]:
    """Return those of some offered files that nobody has merged yet, and that are still there."""
    return [path for path in paths if path.is_file() and _is_open(session, path)]


def _is_open(session: Session, path: Path) -> bool:
    try:
        if receipts.is_receipt(session, path):
            return receipts.read_receipt(session, path, dry_run=True).state == receipts.NEW
        said = exchange.inspect_bundle(session, path)
    except TriageError:
        return False
    return not peers.has_merged(session.store, said["bundle"], said["from"]["device"])


def _receipt(session: Session, path: Path, merge: bool) -> Sealed:
    taken = receipts.read_receipt(session, path, dry_run=True)
    sender = (taken.device, taken.name, taken.organisation)
    if taken.state != receipts.NEW:
        return Sealed(KNOWN, *sender, receipt=taken)
    if not merge:
        return Sealed(OFFERED, *sender, receipt=taken)
    return Sealed(MERGED, *sender, receipt=receipts.read_receipt(session, path))


def _bundle(session: Session, path: Path, merge: bool) -> Sealed:
    said = exchange.inspect_bundle(session, path)
    sender = (said["from"]["device"], said["from"]["name"], said["from"]["organisation"])
    if peers.has_merged(session.store, said["bundle"], sender[0]) or _is_kept(session, path, sender[0]):
        return Sealed(KNOWN, *sender)
    try:
        looked = exchange.merge_bundle(session, [path], dry_run=not merge, unless_surprising=True)
    except UntrustedSigner:
        if not merge:
            with contextlib.suppress(UntrustedSigner):  # merging what a stranger sent keeps it aside, and says so
                exchange.merge_bundle(session, [path])
        return Sealed(ASIDE, *sender)
    is_merged = peers.has_merged(session.store, said["bundle"], sender[0])
    return Sealed(MERGED if is_merged else OFFERED, *sender, merged=looked)


def _is_kept(session: Session, path: Path, device: str) -> bool:
    """Tell whether this very file is kept aside already, and its sender still not trusted."""
    if device in peers.trusted(session.store):
        return False
    return quarantined.has(session.store, quarantine.name_of(path.read_bytes()))
