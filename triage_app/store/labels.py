"""Which incident a record belongs to, and the TLP label that therefore holds for it.

A person's label on the incident governs everything that belongs to it. A source's own label on
evidence is never lowered by it. What nobody has labelled counts as AMBER+STRICT for incidents and
victims and AMBER for evidence, never CLEAR.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from triage_app.domain import tlp
from triage_app.domain.records import KINDS
from triage_app.store import journal
from triage_app.store.connection import Store

_CHUNK: Final = 500


def incidents_of(store: Store, kind: str, entity: str) -> list[str]:
    """Return the ids of the incidents that a record belongs to; none for reference data and imports."""
    match kind:
        case "incident":
            return [entity]
        case "victim":
            found = store.value("SELECT incident FROM victim WHERE id = ?", (entity,))
            return [found] if found else []
        case "person":
            return [row[0] for row in store.rows("SELECT DISTINCT incident FROM victim WHERE person = ?", (entity,))]
        case "action":
            victim = store.value("SELECT victim FROM action WHERE id = ?", (entity,))
            return incidents_of(store, "victim", victim) if victim else []
        case "note":
            found_note = store.row("SELECT about_kind, about FROM note WHERE id = ?", (entity,))
            return incidents_of(store, found_note[0], found_note[1]) if found_note else []
        case "link":
            return [entity.partition(":")[2]]
        case "alert":
            try:
                key = bytes.fromhex(entity)
            except ValueError:
                return []
            return [
                row[0] for row in store.rows("SELECT incident FROM alert_link WHERE key = ? AND deleted = 0", (key,))
            ]
        case "same_as":
            return [part for part in entity.split(":") if part]
        case "campaign":
            return []
        case _:
            return []


def of_incident(store: Store, incident: str) -> str:
    """Return the label of an incident: the strictest of those that stand, AMBER+STRICT when none does."""
    return _standing(store, incident) or tlp.DEFAULT_FOR_INCIDENT


def _standing(store: Store, incident: str) -> str:
    heads = journal.standing(store, "incident", incident).get("tlp", [])
    labels = [head.body.value for head in heads if isinstance(head.body.value, str) and head.body.value]
    return tlp.strictest(labels) if labels else ""


def effective(store: Store, kind: str, entity: str, written: str = "") -> str:
    """Return the label that holds now for a record.

    ``written`` is the label an operation carries; it counts only where the record belongs to no
    incident, because lowering an incident's label frees what was written before.
    """
    known = KINDS.get(kind)
    if known is not None and known.reference_data:
        return tlp.GREEN
    incidents = incidents_of(store, kind, entity)
    if incidents:
        found = [_standing(store, incident) for incident in incidents]
        if not all(found):  # its label has not come here: what the operation itself says is the best we know
            found.append(written or tlp.DEFAULT_FOR_INCIDENT)
        return tlp.strictest([label or tlp.DEFAULT_FOR_INCIDENT for label in found])
    if written:
        return written
    if kind in ("alert", "import", "campaign"):
        return tlp.DEFAULT_FOR_EVIDENCE
    return tlp.DEFAULT_FOR_INCIDENT


def of_alerts(store: Store, keys: Sequence[str]) -> dict[str, list[str]]:
    """Return some alerts (hex keys) by the label under which a decision about them is written."""
    found: dict[str, list[str]] = defaultdict(list)
    names = list(dict.fromkeys(keys))
    linked: set[str] = set()
    for start in range(0, len(names), _CHUNK):
        part = [bytes.fromhex(key) for key in names[start : start + _CHUNK]]
        linked |= {
            bytes(row[0]).hex()
            for row in store.rows(
                f"SELECT key FROM alert_link WHERE deleted = 0 AND key IN ({','.join('?' * len(part))})", part
            )
        }
    for key in names:
        found[effective(store, "alert", key) if key in linked else tlp.DEFAULT_FOR_EVIDENCE].append(key)
    return dict(found)


def of_evidence(store: Store, key: bytes, source_label: str) -> str:
    """Return the label of an alert's rows: the source's own, else that of the incidents it is linked to."""
    if source_label:
        return source_label
    incidents = [row[0] for row in store.rows("SELECT incident FROM alert_link WHERE key = ? AND deleted = 0", (key,))]
    if not incidents:
        return tlp.DEFAULT_FOR_EVIDENCE
    return tlp.strictest([of_incident(store, incident) for incident in incidents])
