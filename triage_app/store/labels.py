"""Which incident a record belongs to, and the TLP label that therefore holds for it.

A person's label on the incident governs everything that belongs to it. A source's own label on
evidence is never lowered by it. What nobody has labelled counts as AMBER+STRICT for incidents and
victims and AMBER for evidence, never CLEAR.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from triage_app.domain import attachments, impact, tlp
from triage_app.domain.records import CREATED, DELETED, KINDS, clock_named
from triage_app.store import journal, peers
from triage_app.store.connection import Store

_CHUNK: Final = 500


def incidents_of(store: Store, kind: str, entity: str) -> list[str]:
    """Return the ids of the incidents that a record belongs to; none for reference data and imports.

    A record that another organisation's device has moved elsewhere still belongs, beside, to where
    ours had put it: nobody lifts his own ceiling by moving our record into an incident of his.
    """
    match kind:
        case "incident":
            return [entity]
        case "victim":
            return _parents(store, "victim", entity, "incident")
        case "person":
            victims = store.rows("SELECT id FROM victim WHERE person = ?", (entity,))
            return _distinct(incident for (victim,) in victims for incident in incidents_of(store, "victim", victim))
        case "action":
            victims_of = _parents(store, "action", entity, "victim")
            return _distinct(incident for victim in victims_of for incident in incidents_of(store, "victim", victim))
        case "note":
            found = store.row("SELECT about_kind, about FROM note WHERE id = ?", (entity,))
            if found is None or found[0] not in ("incident", "victim", "action", "alert"):
                return []
            return _distinct([*incidents_of(store, found[0], found[1]), *_before_moved(store, "note", entity)])
        case "attempt":
            return incidents_of(
                store, "action", store.value("SELECT action FROM attempt WHERE id = ?", (entity,)) or ""
            )
        case "disclosure" | "letter":
            victim = store.value(f"SELECT victim FROM {kind} WHERE id = ?", (entity,)) or ""
            return incidents_of(store, "victim", victim)
        case "handoff":
            found = store.row("SELECT about_kind, about FROM handoff WHERE id = ?", (entity,))
            if found is None or found[0] not in ("incident", "victim", "action"):
                return []
            return incidents_of(store, found[0], found[1])
        case "call":
            about = store.row("SELECT about_kind, about FROM call WHERE id = ?", (entity,))
            if about is None or about[0] not in ("incident", "victim"):
                return []
            return _distinct([*incidents_of(store, about[0], about[1]), *_before_moved(store, "call", entity)])
        case "link":
            return [entity.partition(":")[2]]
        case "affected" | "task" | "event":
            return [entity.partition(":")[0]]
        case "attachment" | "custody":
            return [incident] if (incident := attachments.incident_of(entity)) else []
        case _ if kind in impact.KINDS:
            return [impact.incident_of(entity)]
        case "alert":
            return _linked(store, entity)
        case "fold":
            return _distinct(name for key in entity.split(":") for name in _linked(store, key))
        case "unfold":
            return _distinct(name for key in _with_parts(store, entity) for name in _linked(store, key))
        case "tip":
            return _tip_of(store, entity)
        case "same_as":
            return _distinct(name for part in entity.split(":") if part for name in _of_part(store, part))
        case "clock" | "clock_step":
            return _of_clock(entity)
        case "pause":
            return _of_clock(store.value("SELECT clock FROM pause WHERE id = ?", (entity,)) or "")
        case _:
            return []


def _of_part(store: Store, part: str) -> list[str]:
    """Return the incidents behind one end of a same-as link: itself, or those of the person it is."""
    if store.value("SELECT 1 FROM person WHERE id = ?", (part,)):
        return incidents_of(store, "person", part)
    return [part]


def _with_parts(store: Store, alert: str) -> list[str]:
    """Return an alert that was taken apart with those that its rows are under (keys in hex)."""
    rows = store.rows(
        "SELECT DISTINCT lower(hex(r.key)) FROM reading AS d JOIN evidence_row AS r ON r.id = d.row"
        " WHERE d.key = unhex(?)",
        (alert,),
    )
    return [alert, *(row[0] for row in rows)]


def _before_moved(store: Store, kind: str, entity: str) -> list[str]:
    """Return where our own devices last had a log line or call that was moved elsewhere; nothing for one never moved.

    Another organisation cannot lift its ceiling by moving it into an incident of its own.
    """
    if not store.value("SELECT 1 FROM operation WHERE entity = ? AND field = 'moved_to' AND entity <> ''", (entity,)):
        return []
    said = _our_word(store, kind, entity, "moved_to")
    if not isinstance(said, str) or not said:
        made = _our_word(store, kind, entity, CREATED)
        said = made.get("about") if isinstance(made, dict) else None
    return [said] if isinstance(said, str) and said else []


def _tip_of(store: Store, tip: str) -> list[str]:
    """Return the incidents a tip was linked to: as shown, and as our own organisation's devices last said."""
    shown = store.value("SELECT incident FROM tip WHERE id = ?", (tip,))
    said = _our_word(store, "tip", tip, "triage")
    ours = said.get("incident") if isinstance(said, dict) else None
    return _distinct(name for name in (shown, ours) if isinstance(name, str) and name)


def _of_clock(name: str) -> list[str]:
    """Return the incident that the name of a clock says; it is part of the name, so nobody moves it."""
    clock = clock_named(name)
    return [clock.incident] if clock is not None and clock.incident else []


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _parents(store: Store, kind: str, entity: str, field: str) -> list[str]:
    """Return what a record belongs to: as shown, and as our own organisation's devices last said."""
    shown = store.value(f"SELECT {field} FROM {kind} WHERE id = ?", (entity,))
    said = _our_word(store, kind, entity, field)
    return _distinct(name for name in (shown, said) if isinstance(name, str) and name)


def our_devices(store: Store) -> tuple[str, ...]:
    """Return the devices of our own organisation: this one, and those trusted as the same."""
    same = (peer.device for peer in peers.known(store).values() if peer.relation is tlp.Relation.SAME)
    return (peers.own_device(store), *same)


def _our_word(store: Store, kind: str, entity: str, field: str) -> Any:
    """Return what a device of ours last set a field to, whoever has answered it since; None for nothing.

    What does not count, because that device was revoked before it said so, is not ours any more.
    """
    ours = our_devices(store)
    data = store.value(
        "SELECT body.bytes FROM operation AS o JOIN link AS l USING (n) JOIN body USING (n) WHERE o.n IN"
        " (SELECT n FROM operation WHERE entity = ?1 AND field = ?2 AND entity <> ''"
        "  UNION ALL SELECT n FROM batch_member WHERE entity = ?1)"
        " AND o.kind = ?3 AND o.field = ?2 AND o.applied = 1 AND body.state = 'here'"
        f" AND l.device IN ({','.join('?' * len(ours))}) ORDER BY o.hlc DESC LIMIT 1",
        (entity, field, kind, *ours),
    )
    return None if data is None else json.loads(bytes(data)).get("value")


def _linked(store: Store, key_text: str) -> list[str]:
    """Return the incidents an alert is linked to. Where its rows are of our own import, only our links count:
    another organisation cannot pull our evidence into an incident of its own. Nor can it pull it out of one of ours:
    a link that ours made and that another took away still counts."""
    try:
        key = bytes.fromhex(key_text)
    except ValueError:
        return []
    every = store.rows("SELECT id, incident, deleted FROM alert_link WHERE key = ?", (key,))
    links = [(link, incident) for link, incident, gone in every if not gone]
    pulled_out = [incident for link, incident, gone in every if gone and _we_link(store, link)]
    if not links or not _imported_here(store, key):
        return _distinct([*(incident for _, incident in links), *pulled_out])
    ours = set(our_devices(store))
    counted = pulled_out
    for link, incident in links:
        makers = store.rows(
            "SELECT l.device FROM operation AS o JOIN link AS l USING (n) WHERE o.entity = ? AND o.entity <> ''"
            " AND o.field = 'linked' UNION SELECT l.device FROM batch_member AS b JOIN link AS l USING (n)"
            " WHERE b.entity = ?",
            (link, link),
        )
        if any(device in ours for (device,) in makers):
            counted.append(incident)
    return _distinct(counted)


def _we_link(store: Store, link: str) -> bool:
    said = _our_word(store, "link", link, "linked"), _our_word(store, "link", link, DELETED)
    return said[0] is True and said[1] is not True


def _imported_here(store: Store, key: bytes) -> bool:
    return bool(
        store.value(
            # from its few rows to the imports: the other way round every row that was repeated would be looked at
            "SELECT 1 FROM evidence_row AS r CROSS JOIN import AS i ON i.state = 'done' AND i.undone = 0"
            " WHERE r.key = ? AND (r.id <= (SELECT g.last FROM import_range AS g WHERE g.import = i.id"
            " AND g.first <= r.id ORDER BY g.first DESC LIMIT 1)"
            " OR EXISTS (SELECT 1 FROM import_repeat AS p WHERE p.import = i.id AND p.row = r.id)) LIMIT 1",
            (key,),
        )
    )


def import_values(store: Store, entity: str, field: str) -> list[Any]:
    """Return the values that hold for a field of an import.

    Of one made here, only what our own organisation's devices said: nobody else takes our import back
    or puts another root under it.
    """
    if store.value("SELECT 1 FROM import WHERE entity = ? AND state = 'done'", (entity,)):
        said = _our_word(store, "import", entity, field)
        return [] if said is None else [said]
    return [head.body.value for head in journal.standing(store, "import", entity).get(field, [])]


Known = dict[str, str]
"""The labels of incidents that were looked at before: for whoever asks many times while nothing changes."""


def of_incident(store: Store, incident: str, known: Known | None = None) -> str:
    """Return the label of an incident: the strictest of those that stand, AMBER+STRICT when none does."""
    return _standing(store, incident, known) or tlp.DEFAULT_FOR_INCIDENT


def of_incidents(store: Store) -> dict[str, str]:
    """Return the label of every incident, as ``of_incident`` does of one: most have one word of ours, or none."""
    ours = set(our_devices(store))
    others = {
        entity
        for entity, many, device in store.rows(
            "SELECT entity, count(*), max(l.device) FROM head JOIN link AS l USING (n)"
            " WHERE kind = 'incident' AND field = 'tlp' GROUP BY entity"
        )
        if many > 1 or device not in ours
    }
    return {
        incident: of_incident(store, incident)
        if incident in others
        else tlp.strictest([shown])
        if shown
        else tlp.DEFAULT_FOR_INCIDENT
        for incident, shown in store.rows("SELECT id, tlp FROM incident WHERE deleted = 0")
    }


def _standing(store: Store, incident: str, known: Known | None = None) -> str:
    if known is None:
        return _stands(store, incident)
    if incident not in known:
        known[incident] = _stands(store, incident)
    return known[incident]


def _stands(store: Store, incident: str) -> str:
    """Return the label that stands, '' for none. Another organisation's device may raise the label that ours
    set, or left at its default; what it lowers is lowered on its screens, not in what we send."""
    heads = journal.standing(store, "incident", incident).get("tlp", [])
    labels = [head.body.value for head in heads if isinstance(head.body.value, str) and head.body.value]
    ours = set(our_devices(store))
    if any(journal.device_of(store, head.n) not in ours for head in heads):
        said = _our_word(store, "incident", incident, "tlp")
        if isinstance(said, str) and said:
            labels.append(said)
        elif _our_word(store, "incident", incident, CREATED) is not None:
            labels.append(tlp.DEFAULT_FOR_INCIDENT)
    return tlp.strictest(labels) if labels else ""


def effective(store: Store, kind: str, entity: str, written: str = "", known_labels: Known | None = None) -> str:
    """Return the label that holds now for a record.

    ``written`` is the label an operation carries; it counts only where the record belongs to no
    incident, because lowering an incident's label frees what was written before.
    """
    known = KINDS.get(kind)
    if known is not None and known.reference_data:
        return tlp.GREEN
    incidents = incidents_of(store, kind, entity)
    if incidents:
        found = [_standing(store, incident, known_labels) for incident in incidents]
        if not all(found):  # its label has not come here: what the operation itself says is the best we know
            found.append(written or tlp.DEFAULT_FOR_INCIDENT)
        if kind in ("attachment", "custody"):
            found += _of_attachment(store, attachments.attachment_of(entity))
        if kind == "harm":  # what was done to patients stays within the organisation, whatever the incident may
            found.append(tlp.AMBER_STRICT)
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
    few = store.value("SELECT count(*) FROM (SELECT 1 FROM alert_link LIMIT ?)", (len(names),)) < len(names)
    if few:
        linked = {bytes(row[0]).hex() for row in store.rows("SELECT key FROM alert_link")}
    for start in range(0, 0 if few else len(names), _CHUNK):
        part = [bytes.fromhex(key) for key in names[start : start + _CHUNK]]
        linked |= {
            bytes(row[0]).hex()
            for row in store.rows(f"SELECT key FROM alert_link WHERE key IN ({','.join('?' * len(part))})", part)
        }
    if not linked:
        return {tlp.DEFAULT_FOR_EVIDENCE: names} if names else {}
    for key in names:
        found[effective(store, "alert", key) if key in linked else tlp.DEFAULT_FOR_EVIDENCE].append(key)
    return dict(found)


def of_evidence(store: Store, key: bytes, source_label: str, known: Known | None = None) -> str:
    """Return the label of an alert's rows: the stricter of the source's own and that of the incidents it is in."""
    incidents = _linked(store, key.hex())
    labels = [of_incident(store, incident, known) for incident in incidents]
    if source_label:
        labels.append(source_label)
    return tlp.strictest(labels) if labels else tlp.DEFAULT_FOR_EVIDENCE


def _of_attachment(store: Store, attachment: str) -> list[str]:
    """Return the labels set on an attachment itself: they can make it stricter than its incident, never freer.

    What another organisation's device says in place of our label stands beside it.
    """
    heads = journal.standing(store, "attachment", attachment).get("tlp", [])
    said = [head.body.value for head in heads] + [_our_word(store, "attachment", attachment, "tlp")]
    return [label for label in said if isinstance(label, str) and label]


def our_word(store: Store, kind: str, entity: str, field: str) -> Any:
    """Return what a device of our organisation last set a field to, whoever has answered it since; None for nothing."""
    return _our_word(store, kind, entity, field)
