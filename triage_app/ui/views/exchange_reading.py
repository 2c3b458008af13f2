"""What the exchange screen shows, read from the store: peers, gaps, bundles, conflicts. No widget here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from triage_app.domain.records import INCIDENT_TIMES, KINDS
from triage_app.errors import TriageError
from triage_app.formats.identity import PublicIdentity
from triage_app.services import classification, devices, precise_times
from triage_app.services.conflicts import described
from triage_app.services.histories import triage_words
from triage_app.services.sending import BY_PASSPHRASE
from triage_app.services.vocabularies import action_statuses, categories, rsit_types
from triage_app.store import history, journal, lookup, outgoing, peers
from triage_app.store.connection import Store
from triage_app.ui.table import UNKNOWN, Cell
from triage_app.ui.views import moments
from triage_app.ui.views.shown import harmless

_STALE_MS: Final = 48 * 3_600_000
"A peer not heard from for two days is marked: more than one handover has passed."
_GENERATIONS: Final = 200
"How far back the value that both sides had is looked for."


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
class Side:
    """One of the values of a conflict."""

    op: str
    value: str
    ours: bool
    device: str
    who: str
    written: str
    because: str


@dataclass(frozen=True)
class Conflict:
    """A field in which two values stand."""

    key: str
    kind: str
    entity: str
    field: str
    name: str
    "The field in words."
    ref: str
    title: str
    incident: str
    "Id of the incident it belongs to, '' for none."
    sides: tuple[Side, ...]
    before: str
    "What both sides had, in words."
    enterable: bool
    "Whether a third value can be typed here."


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


# -- conflicts ----------------------------------------------------------------------------------------------


def read_conflicts(store: Store, own: str, known: dict[str, PublicIdentity], now: datetime) -> list[Conflict]:
    """Return every conflict with its values in words."""
    return [_conflict(store, row, own, known, now) for row in lookup.conflicts(store)]


def _conflict(store: Store, row: dict[str, Any], own: str, known: dict[str, PublicIdentity], now: datetime) -> Conflict:
    kind, entity, field = row["entity_kind"], row["entity"], row["field"]
    found = described(store, row)
    sides = []
    for value in found["values"]:
        public = known.get(value["device"])
        at = round(datetime.fromisoformat(value["at"]).timestamp() * 1000)
        sides.append(
            Side(
                value["op"],
                value_words(kind, field, value["value"], now),
                value["device"] == own,
                f"{public.name}, {public.organisation}" if public else value["device"][:8],
                value["who"],
                moments.short(at, now),
                harmless(value["because"]),
            )
        )
    sides.sort(key=lambda side: not side.ours)
    incident, title = _belongs(store, kind, entity)
    plain = kind == "incident" and field in KINDS["incident"].fields and not field.startswith("category_")
    return Conflict(
        found["id"], kind, entity, field, field_words(field), found["ref"] or tr(kind).capitalize(), title, incident,
        tuple(sides), _before(store, kind, field, [value["op"] for value in found["values"]], now), plain,
    )  # fmt: skip


def _belongs(store: Store, kind: str, entity: str) -> tuple[str, str]:
    from triage_app.store import labels

    incidents = labels.incidents_of(store, kind, entity)
    for incident in incidents:
        found = lookup.one(store, "incident", incident)
        if found is not None:
            return incident, harmless(found["title"])
    return "", ""


def _before(store: Store, kind: str, field: str, heads: list[str], now: datetime) -> str:
    """Return what both sides had when they parted."""
    lines = [_ancestors(store, head) for head in heads]
    common = set(lines[0]).intersection(*lines[1:]) if lines else set()
    shared = next((link for link in lines[0] if link in common), "") if lines else ""
    if not shared:
        return tr("Not known")
    body = history.body_by_hash(store, shared)
    return tr("Withheld from us") if body is None else value_words(kind, field, body.value, now)


def _ancestors(store: Store, head: str) -> list[str]:
    """Return the operations a head was built on, nearest first."""
    found: list[str] = []
    wanted = [head]
    while wanted and len(found) < _GENERATIONS:
        body = history.body_by_hash(store, wanted.pop(0))
        for parent in () if body is None else body.parents:
            if parent not in found:
                found.append(parent)
                wanted.append(parent)
    return found


def field_words(field: str) -> str:
    """Return a field's name as a heading."""
    if field in INCIDENT_TIMES:
        return tr("{0} at").format(field.capitalize())
    named = {"tlp": "TLP", "rsit": tr("RSIT classification"), "_deleted": tr("Taken back"), "wish": tr("Their wish"),
             "triage": tr("Decision"), "category_proposed": tr("Category proposed"),
             "category_assessed": tr("Category assessed"), "pap": "PAP", "nis": "NIS",
             "category_reported": tr("Category reported to us"), "techniques": tr("ATT&CK techniques"),
             "due": tr("Due"), "done": tr("Done")}  # fmt: skip
    return named.get(field, field.strip("_").replace("_", " ").capitalize())


def value_words(kind: str, field: str, value: Any, now: datetime) -> str:
    """Return a field's value as a person reads it."""
    if value is None or value in ("", []):
        return tr("Not known")
    if field in INCIDENT_TIMES and (words := precise_times.value_in_words(value, now)):
        return words
    if kind == "incident" and (classified := classification.value_in_words(field, value)) is not None:
        return harmless(classified)
    if field in ("due", "done") and isinstance(value, int):
        return moments.short(value, now)
    if field.startswith("category_") and isinstance(value, dict):
        number = value.get("category")
        name = categories().get(number, ("", ""))[0] if isinstance(number, int) else ""
        return f"{number}, {name}" if name else str(number)
    if field == "rsit" and isinstance(value, list):
        return "; ".join(rsit_types().get(str(code), str(code)) for code in value)
    if field == "triage":
        return triage_words(value).capitalize()
    if kind == "action" and field == "status":
        return action_statuses().get(str(value), str(value))
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, dict):
        return harmless(json.dumps(value, ensure_ascii=False))
    return harmless(str(value))


def refused_words(error: TriageError) -> tuple[str, str]:
    """Return a refusal's two sentences."""
    return error.what, error.do
