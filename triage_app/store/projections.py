"""Projections: the tables that screens read, made from heads and from nothing else.

``project`` brings the row of one entity up to date; ``rebuild`` drops every projection and makes it
again from the journal and the evidence, which must give the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from triage_app.domain import affected, corrections
from triage_app.domain.canonical import canonical
from triage_app.domain.records import CREATED, DELETED, INCIDENT_TIMES, KINDS, clock_named, sealed_under
from triage_app.store import alerts, journal, labels, personal, readings
from triage_app.store.connection import Store
from triage_app.store.schema import (
    ALERT_INDEXES,
    EVIDENCE_INDEXES,
    PROJECTION,
    PROJECTION_TABLES,
    RECORD_INDEXES,
    statements,
)

Shown = dict[str, journal.Head]
"Field → the head that is displayed."

_KEY = re.compile(r"[0-9a-f]{32}\Z")
MOST_MILLISECONDS = 253_402_000_000_000
"The end of the year 9999: a number beyond it is no time and no count of ours."

_DESK_FIELDS = frozenset({"category_confirmed"})
"""Fields that only a device certified for NCSC or law enforcement may set (The journal, 8)."""


def project_all(store: Store, touched: Iterable[tuple[str, str]]) -> None:
    """Bring the rows of all touched entities up to date."""
    keys: set[bytes] = set()
    noted: set[bytes] = set()
    for kind, entity in touched:
        project(store, kind, entity)
        if kind in ("alert", "link"):
            key = _alert_key(entity.partition(":")[0])
            if key is not None:
                keys.add(key)
        elif kind == "note":
            key = _alert_key(
                store.value("SELECT about FROM note WHERE id = ? AND about_kind = 'alert'", (entity,)) or ""
            )
            noted.update([] if key is None else [key])
        elif kind == "incident":
            keys.update(bytes(row[0]) for row in store.rows("SELECT key FROM alert_link WHERE incident = ?", (entity,)))
    if moved := readings.choose(store, readings.under(store, keys | noted)):
        alerts.refold(store, moved)
    if keys:
        alerts.refresh_states(store, keys)
    for kind, entity in touched:
        if kind == "import":
            project_import(store, entity)


def project(store: Store, kind: str, entity: str) -> None:
    """Write the projected row of one entity and note its conflicts."""
    standing = journal.standing(store, kind, entity)
    standing = {name: found for name, found in standing.items() if name not in _DESK_FIELDS}
    store.execute("DELETE FROM conflict WHERE kind = ? AND entity = ?", (kind, entity))
    for name, found in standing.items():
        if len(found) > 1 and len({_told_apart(kind, name, head.body.value) for head in found}) > 1:
            store.execute(
                "INSERT INTO conflict(kind, entity, field, heads) VALUES (?, ?, ?, ?)", (kind, entity, name, len(found))
            )
    known = KINDS.get(kind)
    personal_kind = known is not None and bool(known.personal)
    if personal_kind and any(head.body.value is True for head in standing.get("erased", ())):
        personal.erase(store, sealed_under(kind, entity))
    shape = _SHAPES.get(kind)
    if shape is None:
        return
    table, key_column, build = shape
    shown = {name: found[0] for name, found in standing.items()}
    if kind == "alert":
        _project_corrections(store, entity, shown)
    elif kind == "affected" and len(standing.get(CREATED, ())) > 1:
        shown.pop(DELETED, None)  # who took his own back did not know of the other; undo leaves what two have named
    columns = build(entity, shown)
    if columns is None:
        return
    names = ", ".join(columns)
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key_column)
    store.execute(
        f"INSERT INTO {table}({names}) VALUES ({', '.join('?' * len(columns))})"
        f" ON CONFLICT({key_column}) DO UPDATE SET {updates}",
        tuple(columns.values()),
    )


def project_import(store: Store, entity: str) -> None:
    """Bring an import in line with its journal entries: what it was, and whether it was taken back."""
    shown = {name: found[0] for name, found in journal.standing(store, "import", entity).items()}
    described = _value(shown, "record", {})
    if isinstance(described, dict) and described:
        store.execute(
            "UPDATE import SET name = ?, format = ?, size = ?, organisation = ?, started_at = ?, finished_at = ?,"
            " records = ?, rejected = ? WHERE entity = ? AND state = 'received'",
            (
                str(described.get("name", "")), str(described.get("format", "")), _number(described, "size"),
                str(described.get("organisation", "")), int(shown["record"].body.hlc[:15]),
                int(shown["record"].body.hlc[:15]), _number(described, "records"), _number(described, "rejected"),
                entity,
            ),
        )  # fmt: skip
    _follow_import(store, entity, undone=labels.import_values(store, entity, DELETED)[:1] == [True])


def _follow_import(store: Store, entity: str, undone: bool) -> None:
    """Show or hide an import's rows when it has been taken back or restored; let them show the reading that counts."""
    found = store.row("SELECT id, undone FROM import WHERE entity = ?", (entity,))
    if found is None:
        return
    number, was_undone = found
    if undone != was_undone:
        store.execute("UPDATE import SET undone = ? WHERE id = ?", (int(undone), number))
        alerts.refold_import(store, number, readings.choose(store, readings.of_import(store, number)))
    elif not readings.is_newest(store, number):  # its entry, just written or come, may say that it is an older one
        alerts.refold(store, readings.choose(store, readings.of_import(store, number)))


def _number(described: dict[str, Any], name: str) -> int:
    value = described.get(name, 0)
    return value if type(value) is int else 0


def rebuild(store: Store) -> None:
    """Drop every projection and make it again; call it inside ``store.write()``.

    The search index is left empty, its rows noted as not yet indexed.
    """
    for table in PROJECTION_TABLES:
        store.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in statements(PROJECTION):
        store.execute(statement)
    for statement in (*EVIDENCE_INDEXES, *ALERT_INDEXES, *RECORD_INDEXES):
        store.execute(statement)
    store.execute("INSERT INTO unindexed SELECT min(id), max(id) FROM evidence_row HAVING count(*) > 0")
    touched: set[tuple[str, str]] = set()
    for n, link_hash, data in store.rows(
        "SELECT n, link.hash, body.bytes FROM link JOIN body USING (n)"
        " WHERE body.state = 'here' AND chain = 'journal' ORDER BY n"
    ):
        body = journal.readable(bytes(data))
        if body is not None:
            touched |= journal.apply(store, n, link_hash, body)
    for kind, entity in touched:
        project(store, kind, entity)
    readings.choose(store, readings.everywhere(store))
    alerts.rebuild(store)


def _value(shown: Shown, name: str, default: Any = None) -> Any:
    head = shown.get(name)
    return default if head is None or head.body.value is None else head.body.value


def _text(shown: Shown, name: str, default: str = "") -> str:
    value = _value(shown, name, default)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _integer(shown: Shown, name: str) -> int | None:
    value = _value(shown, name)
    return value if type(value) is int and abs(value) <= MOST_MILLISECONDS else None


def _json(value: Any) -> str:
    return canonical(value).decode("utf-8")


def _optional_json(shown: Shown, name: str) -> str | None:
    value = _value(shown, name)
    return None if value is None else _json(value)


def _created(shown: Shown) -> dict[str, Any]:
    head = shown.get(CREATED)
    return {
        "created_at": None if head is None else int(head.body.hlc[:15]),
        "created_by": "" if head is None else head.body.author,
    }


def _fixed(shown: Shown) -> dict[str, Any]:
    value = _value(shown, CREATED, {})
    return value if isinstance(value, dict) else {}


def _deleted(shown: Shown) -> int:
    return int(_value(shown, DELETED, False) is True)


def _facts(shown: Shown, known: Iterable[str]) -> str:
    skip = {*known, CREATED, DELETED}
    return _json({name: head.body.value for name, head in shown.items() if name not in skip})


def _incident(entity: str, shown: Shown) -> dict[str, Any]:
    known = (
        "title", "status", "severity", "rsit", "category_proposed", "category_assessed", "tlp", "campaign",
        "determination", "handler", "closed_because", *INCIDENT_TIMES,
    )  # fmt: skip
    rsit = _value(shown, "rsit", [])
    return {
        "id": entity,
        "ref": str(_fixed(shown).get("ref", "")),
        "title": _text(shown, "title"),
        "status": _text(shown, "status", "open"),
        "severity": _integer(shown, "severity"),
        "rsit": " ".join(str(item) for item in rsit) if isinstance(rsit, list) else "",
        "category_proposed": _optional_json(shown, "category_proposed"),
        "category_assessed": _optional_json(shown, "category_assessed"),
        "category_confirmed": None,
        "tlp": _text(shown, "tlp"),
        "campaign": _text(shown, "campaign"),
        "determination": _text(shown, "determination"),
        "handler": _text(shown, "handler"),
        "closed_because": _text(shown, "closed_because"),
        "times": _json({name: shown[name].body.value for name in INCIDENT_TIMES if _value(shown, name) is not None}),
        "facts": _facts(shown, known if _value(shown, "left_open") is not None else (*known, "left_open")),
        **_created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": _deleted(shown),
    }


def _victim(entity: str, shown: Shown) -> dict[str, Any]:
    known = ("incident", "party", "organisation", "person", "status", "basis", "sharing", "wish", "contact")
    return {
        "id": entity,
        "ref": str(_fixed(shown).get("ref", "")),
        **{name: _text(shown, name) for name in known},
        "wish": _text(shown, "wish", "not asked"),
        "facts": _facts(shown, known),
        **_created(shown),
        "deleted": _deleted(shown),
    }


def _person(entity: str, shown: Shown) -> dict[str, Any]:
    return {
        "id": entity,
        "name": _text(shown, "name"),
        "created_at": _created(shown)["created_at"],
        "deleted": _deleted(shown),
    }


def _action(entity: str, shown: Shown) -> dict[str, Any]:
    known = ("victim", "code", "status", "due", "done", "owner", "outcome", "minutes", "handoff")
    return {
        "id": entity,
        "ref": str(_fixed(shown).get("ref", "")),
        "victim": _text(shown, "victim"),
        "code": _text(shown, "code"),
        "status": _text(shown, "status", "pending"),
        "due_at": _integer(shown, "due"),
        "done_at": _integer(shown, "done"),
        "owner": _text(shown, "owner"),
        "outcome": _text(shown, "outcome"),
        "minutes": _integer(shown, "minutes"),
        "handoff": _optional_json(shown, "handoff"),
        "facts": _facts(shown, known),
        **_created(shown),
        "deleted": _deleted(shown),
    }


def _note(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = _fixed(shown)
    happened = fixed.get("happened")
    return {
        "id": entity,
        "about_kind": str(fixed.get("kind", "")),
        "about": str(fixed.get("about", "")),
        "text": _text(shown, "text"),
        "happened_at": happened if type(happened) is int else None,
        "ref": str(fixed.get("ref", "")),
        "decision": _text(shown, "decision"),
        **_created(shown),
        "deleted": _deleted(shown),
    }


def _told_apart(kind: str, name: str, value: Any) -> bytes:
    """Return by what two values of a field differ: two spellings of the name that one thing goes by do not."""
    if kind == "affected" and name == CREATED and isinstance(value, dict):
        value = {**value, "name": affected.same_name(str(value.get("name", "")))}
    return canonical(value)


def _affected(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = _fixed(shown)
    known = ("name", "owner", "ward", "priority", "state", "used_in_care", "agreed_by", "fallback", "comment")
    state = shown.get("state")
    return {
        "id": entity,
        "incident": affected.incident_of(entity),
        "kind": str(fixed.get("kind", "")),
        "name": _text(shown, "name") or str(fixed.get("name", "")),
        "owner": _text(shown, "owner"),
        "ward": _text(shown, "ward"),
        "priority": _integer(shown, "priority"),
        "state": _text(shown, "state", "suspected"),
        "because": "" if state is None else state.body.because,
        "used_in_care": _text(shown, "used_in_care", "not known"),
        "agreed_by": _text(shown, "agreed_by"),
        "fallback": _text(shown, "fallback"),
        "comment": _text(shown, "comment"),
        "facts": _facts(shown, known),
        **_created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": _deleted(shown),
    }


def _alert_key(untrusted_text: str) -> bytes | None:
    """Return an alert key's bytes; None for a name that no alert can have (it came by bundle)."""
    return bytes.fromhex(untrusted_text) if _KEY.match(untrusted_text) else None


def _alert(entity: str, shown: Shown) -> dict[str, Any] | None:
    key = _alert_key(entity)
    if key is None:
        return None
    head = shown.get("triage")
    value = head.body.value if head is not None and isinstance(head.body.value, dict) else {}
    until = value.get("until")
    return {
        "key": key,
        "state": str(value.get("state", "new")),
        "disposition": str(value.get("disposition", "")),
        "because": head.body.because if head else "",
        "until": until if type(until) is int else None,
        "decided_by": head.body.author if head else "",
        "decided_at": int(head.body.hlc[:15]) if head else None,
    }


def _project_corrections(store: Store, entity: str, shown: Shown) -> None:
    """Write what people put right about an alert; a correction that was taken back is gone."""
    key = _alert_key(entity)
    if key is None:
        return
    store.execute("DELETE FROM alert_correction WHERE key = ?", (key,))
    for field in corrections.FIELDS:
        head = shown.get(corrections.journalled(field))
        if head is None or head.body.value is None:
            continue
        try:  # a bundle may bring a value that no correction of ours would set
            value = corrections.read(field, str(head.body.value))
        except ValueError:
            continue
        store.execute(
            "INSERT INTO alert_correction(key, field, value, because, by, at) VALUES (?, ?, ?, ?, ?, ?)",
            (key, field, str(value), head.body.because, head.body.author, int(head.body.hlc[:15])),
        )


def _link(entity: str, shown: Shown) -> dict[str, Any] | None:
    alert, _, incident = entity.partition(":")
    key = _alert_key(alert)
    if key is None:
        return None
    made = shown.get("linked")
    return {
        "id": entity,
        "key": key,
        "incident": incident,
        "created_at": None if made is None else int(made.body.hlc[:15]),
        "created_by": "" if made is None else made.body.author,
        "deleted": int(_deleted(shown) or _value(shown, "linked", False) is not True),
    }


def _same_as(entity: str, shown: Shown) -> dict[str, Any]:
    one, _, other = entity.partition(":")
    return {
        "id": entity,
        "kind": str(_fixed(shown).get("kind", "")),
        "a": one,
        "b": other,
        "deleted": int(_deleted(shown) or _value(shown, "linked", False) is not True),
    }


def _named(*names: str) -> Callable[[str, Shown], dict[str, Any]]:
    def build(entity: str, shown: Shown) -> dict[str, Any]:
        return {"id": entity, **{name: _text(shown, name) for name in names}, "deleted": _deleted(shown)}

    return build


def _organisation(entity: str, shown: Shown) -> dict[str, Any]:
    scheme, _, code = entity.partition(":")
    return {"scheme": scheme, "code": code, **_named("name", "nation")(entity, shown)}


def _trust(entity: str, shown: Shown) -> dict[str, Any] | None:
    by_device, _, device = entity.partition(":")
    relation = _integer(shown, "relation")
    return {
        "id": entity,
        "by_device": by_device,
        "device": device,
        "relation": 1 if relation is None else relation,
        "trusted": int(_value(shown, "trusted", False) is True),
    }


def _clock(entity: str, shown: Shown) -> dict[str, Any] | None:
    name = clock_named(entity)
    if name is None or name.id != entity:
        return None
    start = _value(shown, "start")
    at = start.get("at") if isinstance(start, dict) else None
    makers = sorted((head.body.hlc, head.body.author) for head in shown.values())
    return {
        "id": entity,
        "policy": name.policy,
        "subject_kind": name.subject_kind,
        "subject": name.subject,
        "organisation": name.organisation,
        "role": name.role,
        "held": int(_value(shown, "held", False) is True),
        "start_at": at if _is_time(at) else None,
        "start": _optional_json(shown, "start"),
        "grid": _optional_json(shown, "grid"),
        "created_by": makers[0][1] if makers else "",
    }


def _clock_step(entity: str, shown: Shown) -> dict[str, Any] | None:
    name = clock_named(entity)
    step = entity[len(name.id) + 1 :] if name is not None else ""
    if name is None or not step:
        return None
    head = shown.get("outcome")
    value = head.body.value if head is not None and isinstance(head.body.value, dict) else {}
    at = value.get("at")
    return {
        "id": entity,
        "clock": name.id,
        "subject": name.subject,
        "step": step,
        "outcome": str(value.get("outcome", "")),
        "at": at if _is_time(at) else None,
        **{part: str(value.get(part, "")) for part in ("reference", "because", "by")},
        "recorded_by": head.body.author if head else "",
        "recorded_at": int(head.body.hlc[:15]) if head else None,
    }


def _pause(entity: str, shown: Shown) -> dict[str, Any]:
    clock = str(_fixed(shown).get("clock", ""))
    name = clock_named(clock)
    return {
        "id": entity,
        "clock": clock,
        "subject": "" if name is None else name.subject,
        "from_at": _integer(shown, "from"),
        "until_at": _integer(shown, "until"),
        "because": _text(shown, "because"),
        **_created(shown),
        "deleted": _deleted(shown),
    }


def _clock_switch(entity: str, shown: Shown) -> dict[str, Any]:
    organisation, _, policy = entity.partition("/")
    value = _value(shown, "on")
    return {
        "id": entity,
        "organisation": organisation,
        "policy": policy,
        "is_on": int(value) if isinstance(value, bool) else None,
    }


def _is_time(value: Any) -> bool:
    return type(value) is int and abs(value) <= MOST_MILLISECONDS


_SHAPES: dict[str, tuple[str, str, Callable[[str, Shown], dict[str, Any] | None]]] = {
    "incident": ("incident", "id", _incident),
    "victim": ("victim", "id", _victim),
    "person": ("person", "id", _person),
    "action": ("action", "id", _action),
    "note": ("note", "id", _note),
    "affected": ("affected", "id", _affected),
    "alert": ("alert_decision", "key", _alert),
    "link": ("alert_link", "id", _link),
    "same_as": ("same_as", "id", _same_as),
    "campaign": ("campaign", "id", _named("name")),
    "responder": ("responder", "id", _named("name", "organisation")),
    "organisation": ("organisation", "id", _organisation),
    "trust": ("trust", "id", _trust),
    "clock": ("clock", "id", _clock),
    "clock_step": ("clock_step", "id", _clock_step),
    "pause": ("pause", "id", _pause),
    "clock_switch": ("clock_switch", "id", _clock_switch),
}
