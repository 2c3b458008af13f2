"""Records by noun: one as a whole, many as a list."""

from __future__ import annotations

import json
from typing import Any, Final

from triage_app.domain import attachments, impact
from triage_app.domain.records import KINDS, clock_named
from triage_app.store import alerts, personal
from triage_app.store.campaigns import shown_names
from triage_app.store.connection import Store

TABLES: Final = (
    "incident",
    "victim",
    "action",
    "person",
    "note",
    "letter",
    "tip",
    "attachment",
    "call",
    "campaign",
    "organisation",
    "responder",
)

_LISTS: Final = {
    "incident": "SELECT i.*, r.name AS created_by_name,"
    " (SELECT count(*) FROM alert_link AS l WHERE l.incident = i.id AND l.deleted = 0) AS alerts,"
    " (SELECT count(*) FROM victim AS v WHERE v.incident = i.id AND v.deleted = 0) AS victims"
    " FROM incident AS i LEFT JOIN responder AS r ON r.id = i.created_by WHERE i.deleted = 0",
    "victim": "SELECT v.*, i.ref AS incident_ref, i.title AS incident_title, o.name AS organisation_name,"
    " p.name AS person_name,"
    " (SELECT min(due_at) FROM action AS a WHERE a.victim = v.id AND a.deleted = 0"
    "  AND a.status IN ('pending', 'ongoing')) AS next_due,"
    " (SELECT count(*) FROM action AS a WHERE a.victim = v.id AND a.deleted = 0) AS actions,"
    " (SELECT count(*) FROM action AS a WHERE a.victim = v.id AND a.deleted = 0"
    "  AND a.status = 'successful') AS successful"
    " FROM victim AS v LEFT JOIN incident AS i ON i.id = v.incident"
    " LEFT JOIN organisation AS o ON o.id = v.organisation LEFT JOIN person AS p ON p.id = v.person"
    " WHERE v.deleted = 0",
    "action": "SELECT a.*, v.ref AS victim_ref, v.incident AS incident, i.ref AS incident_ref,"
    " i.title AS incident_title"
    " FROM action AS a LEFT JOIN victim AS v ON v.id = a.victim LEFT JOIN incident AS i ON i.id = v.incident"
    " WHERE a.deleted = 0",
    "note": "SELECT n.*, r.name AS created_by_name FROM note AS n LEFT JOIN responder AS r ON r.id = n.created_by"
    " WHERE n.deleted = 0",
    "affected": "SELECT a.* FROM affected AS a WHERE a.deleted = 0",
    "letter": "SELECT c.*, r.name AS created_by_name FROM letter AS c LEFT JOIN responder AS r ON r.id = c.created_by"
    " WHERE c.deleted = 0",
    "attempt": "SELECT t.*, r.name AS created_by_name FROM attempt AS t LEFT JOIN responder AS r"
    " ON r.id = t.created_by WHERE t.deleted = 0",
    "disclosure": "SELECT d.*, r.name AS created_by_name FROM disclosure AS d LEFT JOIN responder AS r"
    " ON r.id = d.created_by WHERE d.deleted = 0",
    "handoff": "SELECT h.*, r.name AS created_by_name FROM handoff AS h LEFT JOIN responder AS r"
    " ON r.id = h.created_by WHERE h.deleted = 0",
    "tip": "SELECT t.*, i.ref AS incident_ref, i.title AS incident_title, o.name AS organisation_name,"
    " r.name AS created_by_name FROM tip AS t LEFT JOIN incident AS i ON i.id = t.incident"
    " LEFT JOIN organisation AS o ON o.id = t.organisation LEFT JOIN responder AS r ON r.id = t.created_by"
    " WHERE t.deleted = 0",
    "attachment": "SELECT f.id, f.incident, f.ref, f.created_at FROM attachment AS f WHERE f.deleted = 0",
    "custody": "SELECT k.id, k.attachment, k.created_at, 'an entry in its custody' AS name FROM custody AS k"
    " WHERE k.deleted = 0",
    "call": "SELECT c.*, r.name AS created_by_name FROM call AS c LEFT JOIN responder AS r ON r.id = c.created_by"
    " WHERE c.deleted = 0",
    "task": "SELECT t.*, r.name AS status_by_name, i.ref AS incident_ref, i.title AS incident_title,"
    " i.status AS incident_status FROM task AS t LEFT JOIN responder AS r ON r.id = t.status_by"
    " LEFT JOIN incident AS i ON i.id = t.incident WHERE t.deleted = 0",
    "event": "SELECT e.*, r.name AS created_by_name FROM event AS e LEFT JOIN responder AS r ON r.id = e.created_by"
    " WHERE e.deleted = 0",
    "handover": "SELECT s.*, r.name AS created_by_name FROM handover AS s LEFT JOIN responder AS r"
    " ON r.id = s.created_by WHERE s.deleted = 0",
    "taking": "SELECT g.*, r.name AS created_by_name FROM taking AS g LEFT JOIN responder AS r"
    " ON r.id = g.created_by WHERE g.deleted = 0",
    "impact": "SELECT m.*, 'a statement of clinical impact' AS name FROM impact AS m WHERE m.deleted = 0",
}
_JSON: Final = ("category_proposed", "category_assessed", "category_confirmed", "times", "facts", "handoff", "received",
                "when", "touches", "page")  # fmt: skip
ALIAS: Final = {
    "incident": "i", "victim": "v", "action": "a", "note": "n", "affected": "a", "attempt": "t",
    "disclosure": "d", "handoff": "h", "letter": "c", "tip": "t", "attachment": "f", "custody": "k", "call": "c",
    "impact": "m", "task": "t", "event": "e", "handover": "s", "taking": "g",
}  # fmt: skip


_SEALED: Final = {
    "task": KINDS["task"].personal,
    "event": KINDS["event"].personal,
    "call": ("callee", "number", "note"),
    "letter": ("text",),
    "attempt": ("words",),
    "disclosure": ("what",),
    "handoff": ("note", "reason"),
    "handover": ("words",),
}


def ids_named(store: Store, kind: str, untrusted_name: str) -> list[str]:
    """Return the ids of the records with that reference (in any case) or that id."""
    if kind not in TABLES:
        return []
    found = [row[0] for row in store.rows(f"SELECT id FROM {kind} WHERE id = ?", (untrusted_name.lower(),))]
    if not found and kind in ("incident", "victim", "action", "note", "letter", "tip", "attachment", "call"):
        found = [row[0] for row in store.rows(f"SELECT id FROM {kind} WHERE ref = ?", (untrusted_name.upper(),))]
    return found


def listing(
    store: Store, kind: str, where: str = "", parameters: tuple[Any, ...] = (), order: str = ""
) -> list[dict[str, Any]]:
    """Return all records of a kind, personal values opened. ``where`` and ``order`` are ours, never typed in.

    An incident names its campaign as that is called now.
    """
    sql = _LISTS[kind] + (f" AND {where}" if where else "")
    sql += f" ORDER BY {order or ALIAS[kind] + '.created_at DESC, ' + ALIAS[kind] + '.id'}"
    found = [_readable(store, kind, row) for row in store.dicts(sql, parameters)]
    if kind == "incident" and any(row["campaign"] for row in found):
        shown = shown_names(store)
        found = [{**row, "campaign": shown.get(row["campaign"], row["campaign"])} for row in found]
    return found


def one(store: Store, kind: str, entity: str) -> dict[str, Any] | None:
    """Return one record as a whole, or None."""
    found = listing(store, kind, f"{ALIAS[kind]}.id = ?", (entity,))
    return found[0] if found else None


def _readable(store: Store, kind: str, row: dict[str, Any]) -> dict[str, Any]:
    entity = row["id"]
    for name in _JSON:
        if isinstance(row.get(name), str):
            row[name] = json.loads(row[name])
    if kind == "victim":
        row["contact"] = personal.opened(store, "victim", entity, "contact", row["contact"])
        row["facts"] = personal.opened_facts(store, "victim", entity, row["facts"])
        if row.get("person"):
            row["person_name"] = personal.opened(store, "person", row["person"], "name", row["person_name"] or "")
    elif kind == "action":
        row["outcome"] = personal.opened(store, "action", entity, "outcome", row["outcome"])
        row["facts"] = personal.opened_facts(store, "action", entity, row["facts"])
    elif kind == "tip":
        for name in ("text", "reporter", "contact"):
            row[name] = personal.opened(store, "tip", entity, name, row[name])
    elif kind == "note":
        row["text"] = personal.opened(store, "note", entity, "text", row["text"])
        row["decision"] = personal.opened(store, "note", entity, "decision", row["decision"])
    for name in _SEALED.get(kind, ()):
        row[name] = personal.opened(store, kind, entity, name, row[name])
    row.pop("deleted", None)
    return row


def linked_alerts(store: Store, incident: str) -> list[int]:
    """Return the local numbers of the alerts linked to an incident, newest first; what is folded is one."""
    return [
        row[0]
        for row in store.rows(
            "SELECT a.id FROM alert_link AS l JOIN alert AS a ON a.key = l.key WHERE l.incident = ? AND l.deleted = 0"
            " AND NOT EXISTS (SELECT 1 FROM alert_part AS p JOIN alert_link AS m ON m.key = p.shown"
            "  WHERE p.key = l.key AND m.incident = l.incident AND m.deleted = 0)"
            " ORDER BY a.last_seen DESC, a.id",
            (incident,),
        )
    ]


def linked_keys(store: Store, incident: str) -> list[str]:
    """Return the keys (hex) of the alerts linked to an incident, here or not."""
    return [
        row[0]
        for row in store.rows(
            "SELECT lower(hex(key)) FROM alert_link WHERE incident = ? AND deleted = 0 ORDER BY 1", (incident,)
        )
    ]


def incidents_of_alert(store: Store, key: str) -> list[dict[str, Any]]:
    """Return (id, ref, title, severity, status) of the incidents an alert, or what is folded into it, is linked to."""
    return store.dicts(
        "SELECT DISTINCT i.id, i.ref, i.title, i.severity, i.status FROM alert_link AS l"
        " JOIN incident AS i ON i.id = l.incident WHERE (l.key = ?1 OR l.key IN"
        " (SELECT p.key FROM alert_part AS p WHERE p.shown = ?1)) AND l.deleted = 0 AND i.deleted = 0 ORDER BY i.ref",
        (bytes.fromhex(key),),
    )


def counts(store: Store) -> dict[str, int]:
    """Return how many live records there are of each kind that the sidebar shows."""
    return {
        "incident": store.value("SELECT count(*) FROM incident WHERE deleted = 0 AND status <> 'closed'"),
        "victim": store.value("SELECT count(*) FROM victim WHERE deleted = 0"),
        "action": store.value("SELECT count(*) FROM action WHERE deleted = 0 AND status IN ('pending', 'ongoing')"),
        "conflict": store.value("SELECT count(*) FROM conflict"),
        "pending": store.value("SELECT count(*) FROM pending"),
    }


def conflicts(store: Store) -> list[dict[str, Any]]:
    """Return every field in which two values stand."""
    return store.dicts("SELECT kind AS entity_kind, entity, field, heads FROM conflict ORDER BY 1, 2, 3")


def responder_name(store: Store, responder: str) -> str:
    """Return a responder's name, or a word for one not known here."""
    return store.value("SELECT name FROM responder WHERE id = ?", (responder,)) or "not known here"


def responder_names(store: Store) -> list[str]:
    """Return the names of every responder known here."""
    return [str(row[0]) for row in store.rows("SELECT name FROM responder")]


def name_of_responder(store: Store, responder: str) -> str:
    """Return the name of whoever a field names by id; what is no id of a responder known here is itself a name."""
    found = store.value("SELECT name FROM responder WHERE id = ?", (responder,))
    return (
        str(found) if found else "" if len(responder) == 16 and set(responder) <= set("0123456789abcdef") else responder
    )


def sightings(store: Store, key: str, limit: int = 50) -> list[dict[str, Any]]:
    """Return the evidence rows of an alert and of what is folded into it, newest first.

    Those of imports that were taken back are left out.
    """
    return store.dicts(
        "SELECT r.id, r.seen_at, r.severity, r.severity_raw, r.title, lower(hex(r.evidence_id)) AS evidence_id"
        " FROM evidence_row AS r WHERE (r.key = ?1 OR r.key IN (SELECT p.key FROM alert_part AS p WHERE p.shown = ?1))"
        f"{alerts.shown_only(store, 'r')} ORDER BY r.seen_at DESC, r.id DESC LIMIT ?2",
        (bytes.fromhex(key), limit),
    )


def reference_of(store: Store, kind: str, entity: str) -> str:
    """Return the reference of a record, the name of an affected thing, of a clock its incident's; '' for others."""
    if kind == "affected":
        return store.value("SELECT name FROM affected WHERE id = ?", (entity,)) or ""
    if kind in ("attempt", "disclosure", "handoff"):
        kind, entity = _about(store, kind, entity)
    if kind in ("clock", "clock_step", "pause"):
        name = clock_named(_clock_of_pause(store, entity) if kind == "pause" else entity)
        kind, entity = "incident", "" if name is None else name.incident
    if kind == "campaign":
        return store.value("SELECT name FROM campaign WHERE id = ?", (entity,)) or ""
    if kind == "task":
        return store.value("SELECT CASE ref WHEN '' THEN playbook || '/' || step ELSE ref END FROM task WHERE id = ?",
                           (entity,)) or ""  # fmt: skip
    if kind == "event":
        kind, entity = "incident", entity.partition(":")[0]
    if kind in impact.KINDS:
        kind, entity = "incident", impact.incident_of(entity)
    if kind == "custody":
        kind, entity = "attachment", attachments.attachment_of(entity)
    if kind not in ("incident", "victim", "action", "note", "letter", "tip", "attachment", "call", "rule"):
        return ""
    return store.value(f"SELECT ref FROM {kind} WHERE id = ?", (entity,)) or ""


def _about(store: Store, kind: str, entity: str) -> tuple[str, str]:
    """Return (kind, id) of what an attempt, a disclosure or a hand-off is about."""
    if kind == "handoff":
        return store.row("SELECT about_kind, about FROM handoff WHERE id = ?", (entity,)) or ("", "")
    column = "action" if kind == "attempt" else "victim"
    return column, store.value(f"SELECT {column} FROM {kind} WHERE id = ?", (entity,)) or ""


def _clock_of_pause(store: Store, entity: str) -> str:
    return store.value("SELECT clock FROM pause WHERE id = ?", (entity,)) or ""


def taken_back_links(store: Store, ids: list[str]) -> list[str]:
    """Return those of some links that were taken back."""
    return [name for name in ids if store.value("SELECT deleted FROM alert_link WHERE id = ?", (name,))]


def organisations(store: Store) -> list[dict[str, Any]]:
    """Return the organisations known here."""
    return store.dicts("SELECT id, scheme, code, name, nation FROM organisation WHERE deleted = 0 ORDER BY code")


def was_taken_back(store: Store, kind: str, entity: str) -> bool:
    """Tell whether a record of a victim, or about one, was taken back."""
    if kind not in ("victim", "action", "note", "attempt", "disclosure", "handoff", "letter", "call"):
        return False
    return bool(store.value(f"SELECT deleted FROM {kind} WHERE id = ?", (entity,)))


def is_removed(store: Store, organisation: str) -> bool:
    """Tell whether an organisation was removed; one that is not known here was not."""
    return bool(store.value("SELECT deleted FROM organisation WHERE id = ?", (organisation,)))


def campaigns(store: Store) -> list[dict[str, Any]]:
    """Return the campaigns that incidents name, with how many of them."""
    return store.dicts(
        "SELECT campaign AS name, count(*) AS incidents FROM incident WHERE deleted = 0 AND campaign <> ''"
        " GROUP BY campaign ORDER BY campaign"
    )


def pending(store: Store) -> list[dict[str, Any]]:
    """Return the operations kept aside, by device and reason."""
    return store.dicts(
        "SELECT device || ':' || reason AS id, device, reason, count(*) AS operations, min(seq) AS first,"
        " max(seq) AS last"
        " FROM pending GROUP BY device, reason ORDER BY device, reason"
    )
