"""What the exchange screen shows, read from the store: peers, gaps, bundles. No widget here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from triage_app.errors import TriageError
from triage_app.formats.identity import PublicIdentity
from triage_app.services import devices
from triage_app.services.sending import BY_PASSPHRASE
from triage_app.store import journal, lookup, outgoing, peers, understanding
from triage_app.store.connection import Store
from triage_app.ui.table import UNKNOWN, Cell
from triage_app.ui.views import moments
from triage_app.ui.views.conflict_reading import Conflict, read_conflicts

__all__ = ["Conflict", "ExchangeRead", "Gap", "ceiling_word", "gap_words", "read", "refused_words"]

_STALE_MS: Final = 48 * 3_600_000
"A peer not heard from for two days is marked: more than one handover has passed."


def tr(text: str) -> str:
    """Return words in the responder's language."""
    return QCoreApplication.translate("Exchange", text)


@dataclass(frozen=True)
class Gap:
    """Operations that are kept but do not count yet."""

    device: str
    name: str
    reason: str
    operations: int
    missing: tuple[int, int] | None
    "First and last sequence that have not reached us; None where nothing is missing but trust."


@dataclass(frozen=True)
class ExchangeRead:
    """Everything that the screen shows at once."""

    peers: list[dict[str, Any]]
    gaps: list[Gap]
    conflicts: list[Conflict]
    bundles: list[dict[str, Any]]
    withheld: int
    fingerprint: str
    unsent: int
    "Trusted peers that lack something of ours, as far as they said."
    newer: int = 0
    "Operations that only a newer version of the program can apply."


def read(store: Store, own: str, now: datetime) -> ExchangeRead:
    """Read the whole screen; takes a query lane, as vectors of long journals are compared."""
    known = {device: PublicIdentity.from_bytes(data) for device, data in peers.identities(store).items()}
    found = sorted(devices.known_devices(store), key=lambda row: (not row["trusted"], row["name"].casefold()))
    gaps = _gaps(store, known)
    rows = [_peer(row, gaps, now) for row in found]
    rows += [_unknown(gap) for gap in gaps if gap.device not in known]
    return ExchangeRead(
        rows,
        gaps,
        read_conflicts(store, own, known, now),
        [_bundle(row, known, now) for row in peers.bundles(store)],
        sum(len(sequences) for sequences in outgoing.lacking(store).values()),
        " ".join(known[own].fingerprint_words) if own in known else "",
        sum(1 for row in found if row["trusted"] and row["they_lack"] != 0),
        understanding.waiting(store),
    )


def ceiling_word(label: str) -> str:
    """Return a TLP label as its badge takes it: without ``TLP:``."""
    return label.removeprefix("TLP:")


def _peer(row: dict[str, Any], gaps: list[Gap], now: datetime) -> dict[str, Any]:
    gap = next((gap for gap in gaps if gap.device == row["id"]), None)
    at = row["received_at"]
    old = at is not None and now.timestamp() * 1000 - at > _STALE_MS
    name = f"{row['name']}, {row['organisation_name'] or row['organisation']}"
    return {
        **row,
        "peer": Cell(name, "laptop", strong=True),
        "nation": row["nation"] or UNKNOWN,
        "ceiling": ceiling_word(row["ceiling"]) if row["trusted"] else Cell(tr("No ceiling set")),
        "received": Cell(moments.short(at, now), "clock" if old else "", "amber" if old else "", strong=old)
        if at is not None else Cell(tr("never")),
        "sent": Cell(moments.short(row["sent_at"], now)) if row["sent_at"] is not None else Cell(tr("never")),
        "they_lack": UNKNOWN if row["they_lack"] is None else row["they_lack"],
        "we_lack": UNKNOWN if row["we_lack"] is None else row["we_lack"],
        "gaps": _gap_cell(gap, bool(row["trusted"]), row["ref"]),
    }  # fmt: skip


def _gap_cell(gap: Gap | None, trusted: bool, tag: str) -> Cell:
    if gap is not None and gap.missing is not None:
        return Cell(f"{tag}: {gap.missing[0]}–{gap.missing[1]}", "warning", "amber", strong=True)
    if gap is not None:
        return Cell(tr("{0} waiting").format(gap.operations), "warning", "red", strong=True)
    return Cell(tr("none")) if trusted else Cell(tr("not trusted"), "warning", "red", strong=True)


def _unknown(gap: Gap) -> dict[str, Any]:
    return {
        "id": gap.device, "peer": Cell(gap.name, "laptop", strong=True), "nation": UNKNOWN,
        "ceiling": Cell(tr("No ceiling set")), "received": None, "sent": Cell(tr("never")), "they_lack": None,
        "we_lack": None, "gaps": _gap_cell(gap, False, ""), "trusted": False, "fingerprint": "",
        "name": gap.name, "organisation": "", "organisation_name": "",
    }  # fmt: skip


def _gaps(store: Store, known: dict[str, PublicIdentity]) -> list[Gap]:
    found = []
    held = journal.vector(store)
    for row in lookup.pending(store):
        device = row["device"]
        public = known.get(device)
        name = f"{public.name}, {public.organisation}" if public else tr("Unknown signer {0}").format(device[:4])
        first = held.get(device, 0) + 1
        missing = (first, row["first"] - 1) if row["reason"] == "gap" and row["first"] > first else None
        found.append(Gap(device, name, row["reason"], row["operations"], missing))
    return found


def gap_words(gap: Gap) -> tuple[str, str]:
    """Return what a gap is, and what becomes of it."""
    if gap.missing is not None:
        what = tr("Operations {0} to {1} of {2} have not reached us.").format(*gap.missing, gap.name)
        if gap.missing[0] == gap.missing[1]:
            what = tr("Operation {0} of {1} has not reached us.").format(gap.missing[0], gap.name)
        return what, tr("{0} later operations are kept pending; any later bundle heals it.").format(gap.operations)
    if gap.reason == "fork":
        return (
            tr("{0} operations of {1} contradict what that device signed before.").format(gap.operations, gap.name),
            tr("They are kept and not applied. Telephone the people there: the device may have been copied."),
        )
    if gap.reason == "unsigned":
        return (
            tr("{0} operations of {1} are not yet covered by its signature.").format(gap.operations, gap.name),
            tr("They are kept pending; its next bundle brings the signature."),
        )
    return (
        tr("{0} operations of {1} wait: this laptop does not trust that device.").format(gap.operations, gap.name),
        tr("They are kept, and count as soon as you trust it. Ask for its identity file."),
    )


def _bundle(row: dict[str, Any], known: dict[str, PublicIdentity], now: datetime) -> dict[str, Any]:
    counts = row["counts"]
    public = known.get(row["device"])
    sent = row["direction"] == "out"
    if sent:
        words = tr("{0} operations, {1} withheld, {2} evidence rows").format(
            counts.get("bodies", 0), counts.get("withheld", 0), counts.get("evidence", 0)
        )
    else:
        words = tr("{0} applied, {1} already here, {2} new evidence rows").format(
            counts.get("applied", 0), counts.get("already", 0), counts.get("evidence", 0)
        )
    return {
        "id": row["id"], "at": moments.short(row["at"], now), "sent": sent,
        "way": Cell(tr("Sent") if sent else tr("Merged"), "export" if sent else "import"),
        "peer": _other_end(row["device"], public),
        "counts": words,
    }  # fmt: skip


def _other_end(device: str, public: PublicIdentity | None) -> str:
    if device == BY_PASSPHRASE:
        return tr("Whoever has the passphrase")
    return f"{public.name}, {public.organisation_name or public.organisation}" if public else device[:8]


def refused_words(error: TriageError) -> tuple[str, str]:
    """Return a refusal's two sentences."""
    return error.what, error.do
