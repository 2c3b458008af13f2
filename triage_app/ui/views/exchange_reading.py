"""What the exchange screen shows, read from the store: peers, gaps, bundles. No widget here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from triage_app.formats.identity import PublicIdentity
from triage_app.language import plural, say
from triage_app.services import certifying, devices, key_cards, revoking
from triage_app.services.key_cards import KeyCard
from triage_app.services.revoking import OwnRevocation
from triage_app.services.sending import BY_PASSPHRASE
from triage_app.store import journal, lookup, outgoing, peers, understanding
from triage_app.store.connection import Store
from triage_app.ui.table import UNKNOWN, Cell
from triage_app.ui.views import exchange_trust, moments
from triage_app.ui.views.conflict_reading import Conflict, read_conflicts

_LOG: Final = 5_000
"How many lines of the log the last bundle of each peer is looked for in."
_NAMED: Final = 6
"Devices that are named where operations are missing; of more there is a count."
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
    card: KeyCard | None
    "This laptop's own."
    authorities: list[dict[str, Any]]
    waiting: list[dict[str, Any]]
    "Whose bundles are kept aside."
    revoked: OwnRevocation | None
    "Who revoked this laptop."
    unsent: int
    "Trusted peers that lack something of ours, as far as they said."
    newer: int = 0
    "Operations that only a newer version of the program can apply."


def read(store: Store, own: str, now: datetime) -> ExchangeRead:
    """Read the whole screen; takes a query lane, as vectors of long journals are compared."""
    known = {device: PublicIdentity.from_bytes(data) for device, data in peers.identities(store).items()}
    found = sorted(devices.known_devices(store), key=lambda row: (not row["trusted"], row["name"].casefold()))
    gaps = _gaps(store, known)
    names = certifying.names_of_authorities(store)
    log = peers.bundles(store, _LOG)
    called = {device: f"{public.name}, {public.organisation}" for device, public in known.items()}
    rows = [
        {**_peer(row, known[row["id"]], gaps, names, now), **_details(row, gaps, log, called, own, now)}
        for row in found
    ]
    rows += [_unknown(gap) for gap in gaps if gap.device not in known]
    return ExchangeRead(
        rows,
        gaps,
        read_conflicts(store, own, known, now),
        [_bundle(row, known, now) for row in peers.bundles(store)],
        sum(len(sequences) for sequences in outgoing.lacking(store).values()),
        exchange_trust.own_card(store, own),
        exchange_trust.authorities(store),
        exchange_trust.waiting(store, now),
        revoking.own(store, own) if own in known else None,
        sum(1 for row in found if row["trusted"] and row["they_lack"] != 0),
        understanding.waiting(store),
    )


def ceiling_word(label: str) -> str:
    """Return a TLP label as its badge takes it: without ``TLP:``."""
    return label.removeprefix("TLP:")


def _peer(
    row: dict[str, Any], public: PublicIdentity, gaps: list[Gap], names: dict[str, str], now: datetime
) -> dict[str, Any]:
    gap = next((gap for gap in gaps if gap.device == row["id"]), None)
    at = row["received_at"]
    old = at is not None and now.timestamp() * 1000 - at > _STALE_MS
    name = f"{row['name']}, {row['organisation_name'] or row['organisation']}"
    return {
        **row,
        "peer": Cell(name, "laptop", strong=True),
        "nation": say(row["nation"]) if row["nation"] else UNKNOWN,
        "card": key_cards.of_device(public), "file": public.to_bytes(), "known": True,
        "certifier": names.get(row["certified_by"], row["certified_by"][:8]),
        "ceiling": ceiling_word(row["ceiling"]) if row["trusted"] else _no_ceiling(row),
        "standing": standing_cell(row, names),
        "received": Cell(_when(at, now), "clock" if old else "", "amber" if old else "", strong=old),
        "sent": Cell(_when(row["sent_at"], now)),
        "they_lack": UNKNOWN if row["they_lack"] is None else row["they_lack"],
        "we_lack": UNKNOWN if row["we_lack"] is None else row["we_lack"],
        "gaps": _gap_cell(gap, row["ref"]),
    }  # fmt: skip


def _when(at: int | None, now: datetime) -> str:
    """Return a time as short as a column takes it whole: its day without the name of the day."""
    return tr("never") if at is None else moments.short(at, now, weekday=False)


def _details(
    row: dict[str, Any], gaps: list[Gap], log: list[dict[str, Any]], called: dict[str, str], own: str, now: datetime
) -> dict[str, Any]:
    """Return what the part about one peer says beyond its row."""
    mine = [one for one in log if one["device"] == row["id"] and not one["counts"].get("receipt")]

    def last(direction: str) -> str:
        one = next((one for one in mine if one["direction"] == direction), None)
        return f"{moments.short(one['at'], now)}: {bundle_words(one)}" if one is not None else tr("none")

    def missing(by_device: dict[str, int]) -> str:
        worst = sorted(by_device.items(), key=lambda item: -item[1])
        parts = [
            tr("{0} of this laptop").format(count) if device == own
            else tr("{0} of {1}").format(count, called.get(device, device[:8]))
            for device, count in worst[:_NAMED]
        ]  # fmt: skip
        more = len(worst) - _NAMED
        return "; ".join(parts) + (tr("; and of {0} more devices").format(more) if more > 0 else "")

    return {
        "last_in": last("in"), "last_out": last("out"),
        "they_miss_words": missing(row["they_miss"]), "we_miss_words": missing(row["we_miss"]),
        "gap_words": " ".join(" ".join(gap_words(gap)) for gap in gaps if gap.device == row["id"]),
    }  # fmt: skip


def _no_ceiling(row: dict[str, Any]) -> Cell:
    if row["revoked"]:
        return Cell(tr("Revoked at {0}").format(row["cutoff"]), "warning", "red", strong=True)
    return Cell(tr("No ceiling set"))


def standing_cell(row: dict[str, Any], names: dict[str, str]) -> Cell:
    """Return by whose word a device is trusted, or how much of a revoked one does not count."""
    if row["revoked"]:
        uncounted = row["uncounted"]
        words = plural(uncounted, "1 does not count", "{0} do not count").format(uncounted)
        return Cell(words, "", "red", strong=True) if uncounted else Cell(tr("all held count"))
    if row["decided"]:
        return Cell(tr("by this laptop"))
    if row["trusted"]:
        return Cell(names.get(row["certified_by"], row["certified_by"][:8]), "shield")
    return Cell(tr("not trusted"), "warning", "red", strong=True)


def _gap_cell(gap: Gap | None, tag: str) -> Cell:
    if gap is not None and gap.missing is not None:
        return Cell(f"{tag}: {gap.missing[0]}–{gap.missing[1]}", "warning", "amber", strong=True)
    if gap is not None:
        return Cell(tr("{0} waiting").format(gap.operations), "warning", "red", strong=True)
    return Cell(tr("none"))


def _unknown(gap: Gap) -> dict[str, Any]:
    return {
        "id": gap.device, "peer": Cell(gap.name, "laptop", strong=True), "nation": UNKNOWN,
        "ceiling": Cell(tr("No ceiling set")), "received": None, "sent": Cell(tr("never")), "they_lack": None,
        "we_lack": None, "gaps": _gap_cell(gap, ""), "trusted": False, "fingerprint": "", "known": False,
        "standing": Cell(tr("not trusted"), "warning", "red", strong=True), "revoked": False,
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
    sent, is_receipt = row["direction"] == "out", bool(counts.get("receipt"))
    way = Cell(tr("Sent") if sent else tr("Merged"), "export" if sent else "import")
    if is_receipt:
        way = Cell(tr("Receipt sent") if sent else tr("Receipt read"), "document")
    return {
        "id": row["id"], "at": _when(row["at"], now), "sent": sent, "merged": not sent and not is_receipt,
        "way": way,
        "peer": _other_end(row["device"], public),
        "counts": bundle_words(row),
    }  # fmt: skip


def bundle_words(row: dict[str, Any]) -> str:
    """Return what a bundle or receipt of the log held."""
    counts, sent = row["counts"], row["direction"] == "out"
    if counts.get("receipt"):
        words = tr("its operations arrived up to {0}") if sent else tr("has received our operations up to {0}")
        return words.format(counts.get("up_to", 0))
    if sent:
        return tr("{0} operations, {1} withheld, {2} evidence rows").format(
            counts.get("bodies", 0), counts.get("withheld", 0), counts.get("evidence", 0)
        )
    return tr("{0} applied, {1} already here, {2} new evidence rows").format(
        counts.get("applied", 0), counts.get("already", 0), counts.get("evidence", 0)
    )


def _other_end(device: str, public: PublicIdentity | None) -> str:
    if device == BY_PASSPHRASE:
        return tr("Whoever has the passphrase")
    return f"{public.name}, {public.organisation_name or public.organisation}" if public else device[:8]
