"""The row of each kind of record, made of the heads of its fields: one function a kind.

What came by bundle may hold anything: a row takes what it can show, and is None where there is nothing to show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from triage_app.domain import affected, impact
from triage_app.domain.canonical import canonical
from triage_app.domain.records import CREATED, DELETED, INCIDENT_TIMES, KINDS, clock_named
from triage_app.store import journal

Shown = dict[str, journal.Head]
"Field → the head that is displayed."

_KEY = re.compile(r"[0-9a-f]{32}\Z")
MOST_MILLISECONDS = 253_402_000_000_000
"The end of the year 9999: a number beyond it is no time and no count of ours."


def value_of(shown: Shown, name: str, default: Any = None) -> Any:
    """Return what a field holds, or another value where it holds nothing."""
    head = shown.get(name)
    return default if head is None or head.body.value is None else head.body.value


def _text(shown: Shown, name: str, default: str = "") -> str:
    value = value_of(shown, name, default)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _integer(shown: Shown, name: str) -> int | None:
    value = value_of(shown, name)
    return value if type(value) is int and abs(value) <= MOST_MILLISECONDS else None


def _json(value: Any) -> str:
    return canonical(value).decode("utf-8")


def _optional_json(shown: Shown, name: str) -> str | None:
    value = value_of(shown, name)
    return None if value is None else _json(value)


def _created(shown: Shown) -> dict[str, Any]:
    head = shown.get(CREATED)
    return {
        "created_at": None if head is None else int(head.body.hlc[:15]),
        "created_by": "" if head is None else head.body.author,
    }


def _fixed(shown: Shown) -> dict[str, Any]:
    value = value_of(shown, CREATED, {})
    return value if isinstance(value, dict) else {}


def _deleted(shown: Shown) -> int:
    return int(value_of(shown, DELETED, False) is True)


def _facts(shown: Shown, known: Iterable[str]) -> str:
    skip = {*known, CREATED, DELETED}
    return _json({name: head.body.value for name, head in shown.items() if name not in skip})


_TAKEN_BACK = ("left_open", "first_look")
"""Fields that acts set beside what they are for: undone, they are as if they had never been set."""


def _incident(entity: str, shown: Shown) -> dict[str, Any]:
    known = (
        "title", "status", "severity", "rsit", "category_proposed", "category_assessed", "tlp", "campaign",
        "determination", "handler", "closed_because", *INCIDENT_TIMES,
    )  # fmt: skip
    rsit = value_of(shown, "rsit", [])
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
        "times": _json({name: shown[name].body.value for name in INCIDENT_TIMES if value_of(shown, name) is not None}),
        "facts": _facts(shown, [*known, *(name for name in _TAKEN_BACK if value_of(shown, name) is None)]),
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
    moved = value_of(shown, "moved_to")
    return {
        "id": entity,
        "about_kind": str(fixed.get("kind", "")),
        "about": moved if isinstance(moved, str) and moved else str(fixed.get("about", "")),
        "text": _text(shown, "text"),
        "happened_at": happened if type(happened) is int else None,
        "ref": str(fixed.get("ref", "")),
        "decision": _text(shown, "decision"),
        **_created(shown),
        "deleted": _deleted(shown),
    }


def _moment_of(values: dict[str, Any], name: str) -> int | None:
    return values.get(name) if _is_time(values.get(name)) else None


def _letter(entity: str, shown: Shown) -> dict[str, Any]:
    fixed, sent = _fixed(shown), value_of(shown, "sent", {})
    sent = sent if isinstance(sent, dict) else {}
    return {
        "id": entity,
        **{name: str(fixed.get(name, "")) for name in ("ref", "victim", "code", "language", "exposure")},
        "text": _text(shown, "text"),
        "sent_at": _moment_of(sent, "at"),
        "sent_how": str(sent.get("how", "")),
        **_created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": _deleted(shown),
    }


def _attempt(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = _fixed(shown)
    return {
        "id": entity,
        "action": str(fixed.get("action", "")),
        "how": str(fixed.get("how", "")),
        "at": _moment_of(fixed, "at"),
        "words": _text(shown, "words"),
        **_created(shown),
        "deleted": _deleted(shown),
    }


def _disclosure(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = _fixed(shown)
    return {
        "id": entity,
        **{name: str(fixed.get(name, "")) for name in ("victim", "whom", "ground")},
        "at": _moment_of(fixed, "at"),
        "what": _text(shown, "what"),
        **_created(shown),
        "deleted": _deleted(shown),
    }


def _handoff(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = _fixed(shown)
    head = shown.get("answer")
    said = head.body.value if head is not None and isinstance(head.body.value, dict) else {}
    return {
        "id": entity,
        "about_kind": str(fixed.get("kind", "")),
        "about": str(fixed.get("about", "")),
        **{name: str(fixed.get(name, "")) for name in ("from_body", "from_person", "to_body", "to_person")},
        "offered_at": _moment_of(fixed, "at"),
        "note": _text(shown, "note"),
        "answer": str(said.get("answer", "")),
        "accepted_at": _moment_of(said, "accepted_at"),
        "accepted_by": str(said.get("accepted_by", "")),
        "answered_at": _moment_of(said, "at"),
        "answered_by": str(said.get("by", "")),
        "how": str(said.get("how", "")),
        "reason": _text(shown, "reason"),
        "hlc": "" if head is None else head.body.hlc,
        **_created(shown),
        "deleted": _deleted(shown),
    }


def told_apart(kind: str, name: str, value: Any) -> bytes:
    """Return by what two values of a field differ: two spellings of the name that one thing goes by do not."""
    if kind in ("affected", "campaign") and name == CREATED and isinstance(value, dict):
        value = {**value, "name": affected.same_name(str(value.get("name", "")))}
    if kind == "task" and name == CREATED:
        value = ""  # its id says which step of which playbook it is: two starts of it are one
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


def _task(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = _fixed(shown)
    known = KINDS["task"].fields
    status = shown.get("status")
    due, place = fixed.get("due"), fixed.get("place")
    return {
        "id": entity,
        "incident": affected.incident_of(entity),
        **{name: str(fixed.get(name, "")) for name in ("ref", "playbook", "step", "version", "role", "why")},
        "phase": _text(shown, "phase") or str(fixed.get("phase", "")),
        "title": _text(shown, "title") or str(fixed.get("title", "")),
        "clinical": int(fixed.get("clinical") is True),
        "touches": _json(fixed.get("touches", [])),
        "place": _integer(shown, "place") or (place if _is_time(place) else 0),
        "due_at": _integer(shown, "due") if "due" in shown else (due if _is_time(due) else None),
        "status": _text(shown, "status", "open"),
        "because": "" if status is None else status.body.because,
        "status_at": None if status is None else int(status.body.hlc[:15]),
        "status_by": "" if status is None else status.body.author,
        "done_at": _integer(shown, "done_at"),
        **{name: _text(shown, name) for name in ("owner", "comment", "agreed_by", "fallback", "done_by")},
        "facts": _facts(shown, known),
        **_created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": _deleted(shown),
    }


def _event(entity: str, shown: Shown) -> dict[str, Any]:
    when = value_of(shown, "when", {})
    at = when.get("at") if isinstance(when, dict) else None
    return {
        "id": entity,
        "incident": affected.incident_of(entity),
        "what": _text(shown, "what"),
        "at": at if _is_time(at) else None,
        '"when"': _json(when if isinstance(when, dict) else {}),
        "lane": _text(shown, "lane"),
        "source": _text(shown, "source"),
        "facts": _facts(shown, ("what", "when", "lane", "source")),
        **_created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": _deleted(shown),
    }


def _impact(kind: str) -> Callable[[str, Shown], dict[str, Any]]:
    def build(entity: str, shown: Shown) -> dict[str, Any]:
        return {
            "id": entity,
            "kind": kind,
            "incident": impact.incident_of(entity),
            "from_at": _at(value_of(shown, impact.BEGINS.get(kind, "at"))),
            "until_at": _at(value_of(shown, "until")),
            "facts": _facts(shown, ()),
            **_created(shown),
            "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
            "deleted": _deleted(shown),
        }

    return build


def _directory(entity: str, shown: Shown) -> dict[str, Any]:
    return {
        "id": entity,
        **{name: _text(shown, name) for name in ("name", "as_of", "entries")},
        "number": _integer(shown, "number"),
        "facts": _facts(shown, ("name", "as_of", "number", "entries")),
        **_created(shown),
        "deleted": _deleted(shown),
    }


def _call(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = _fixed(shown)
    happened = fixed.get("happened")
    known = ("callee", "number", "role", "organisation", "outcome", "note")
    return {
        "id": entity,
        "ref": str(fixed.get("ref", "")),
        "about_kind": str(fixed.get("kind", "")),
        "about": str(fixed.get("about", "")),
        "happened_at": happened if _is_time(happened) else None,
        **{name: _text(shown, name) for name in known},
        "facts": _facts(shown, known),
        **_created(shown),
        "deleted": _deleted(shown),
    }


def _at(untrusted_value: Any) -> int | None:
    at = untrusted_value.get("at") if isinstance(untrusted_value, dict) else None
    return at if _is_time(at) else None


def alert_key_of(untrusted_text: str) -> bytes | None:
    """Return an alert key's bytes; None for a name that no alert can have (it came by bundle)."""
    return bytes.fromhex(untrusted_text) if _KEY.match(untrusted_text) else None


def _alert(entity: str, shown: Shown) -> dict[str, Any] | None:
    key = alert_key_of(entity)
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


def _link(entity: str, shown: Shown) -> dict[str, Any] | None:
    alert, _, incident = entity.partition(":")
    key = alert_key_of(alert)
    if key is None:
        return None
    made = shown.get("linked")
    return {
        "id": entity,
        "key": key,
        "incident": incident,
        "created_at": None if made is None else int(made.body.hlc[:15]),
        "created_by": "" if made is None else made.body.author,
        "deleted": int(_deleted(shown) or value_of(shown, "linked", False) is not True),
    }


def _same_as(entity: str, shown: Shown) -> dict[str, Any]:
    one, _, other = entity.partition(":")
    return {
        "id": entity,
        "kind": str(_fixed(shown).get("kind", "")),
        "a": one,
        "b": other,
        "deleted": int(_deleted(shown) or value_of(shown, "linked", False) is not True),
    }


def _named(*names: str) -> Callable[[str, Shown], dict[str, Any]]:
    def build(entity: str, shown: Shown) -> dict[str, Any]:
        return {"id": entity, **{name: _text(shown, name) for name in names}, "deleted": _deleted(shown)}

    return build


def _campaign(entity: str, shown: Shown) -> dict[str, Any]:
    aliases = value_of(shown, "aliases", [])
    listed = [name for name in aliases if isinstance(name, str)] if isinstance(aliases, list) else []
    return {
        "id": entity,
        "name": _text(shown, "name") or str(_fixed(shown).get("name", "")),
        "description": _text(shown, "description"),
        "aliases": _json(listed),
        "status": _text(shown, "status", "open"),
        **_created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": _deleted(shown),
    }


def _tip(entity: str, shown: Shown) -> dict[str, Any]:
    decided = shown.get("triage")
    value = decided.body.value if decided is not None and isinstance(decided.body.value, dict) else {}
    state, incident = value.get("state", "new"), value.get("incident", "")
    received = value_of(shown, "received")
    at = received.get("at") if isinstance(received, dict) else None
    known = ("text", "reporter", "contact", "channel", "received", "organisation", "triage")
    return {
        "id": entity,
        "ref": str(_fixed(shown).get("ref", "")),
        **{name: _text(shown, name) for name in ("text", "reporter", "contact", "channel", "organisation")},
        "received": _optional_json(shown, "received"),
        "received_at": at if _is_time(at) else None,
        "state": state if isinstance(state, str) else "new",
        "incident": incident if isinstance(incident, str) and state == "linked" else "",
        "because": "" if decided is None else decided.body.because,
        "facts": _facts(shown, known),
        **_created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": _deleted(shown),
    }


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
        "trusted": int(value_of(shown, "trusted", False) is True),
    }


def _clock(entity: str, shown: Shown) -> dict[str, Any] | None:
    name = clock_named(entity)
    if name is None or name.id != entity:
        return None
    start = value_of(shown, "start")
    at = start.get("at") if isinstance(start, dict) else None
    makers = sorted((head.body.hlc, head.body.author) for head in shown.values())
    return {
        "id": entity,
        "policy": name.policy,
        "subject_kind": name.subject_kind,
        "subject": name.subject,
        "organisation": name.organisation,
        "role": name.role,
        "held": int(value_of(shown, "held", False) is True),
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
    value = value_of(shown, "on")
    return {
        "id": entity,
        "organisation": organisation,
        "policy": policy,
        "is_on": int(value) if isinstance(value, bool) else None,
    }


def _is_time(value: Any) -> bool:
    return type(value) is int and abs(value) <= MOST_MILLISECONDS


# What rows that are made in files of their own are built with.
text, integer, optional_json, as_json = _text, _integer, _optional_json, _json
created, fixed, deleted, facts = _created, _fixed, _deleted, _facts

SHAPES: dict[str, tuple[str, str, Callable[[str, Shown], dict[str, Any] | None]]] = {
    "incident": ("incident", "id", _incident),
    "victim": ("victim", "id", _victim),
    "person": ("person", "id", _person),
    "action": ("action", "id", _action),
    "note": ("note", "id", _note),
    "letter": ("letter", "id", _letter),
    "attempt": ("attempt", "id", _attempt),
    "disclosure": ("disclosure", "id", _disclosure),
    "handoff": ("handoff", "id", _handoff),
    "affected": ("affected", "id", _affected),
    **{kind: ("impact", "id", _impact(kind)) for kind in impact.KINDS},
    "directory": ("directory", "id", _directory),
    "call": ("call", "id", _call),
    "task": ("task", "id", _task),
    "event": ("event", "id", _event),
    "alert": ("alert_decision", "key", _alert),
    "link": ("alert_link", "id", _link),
    "same_as": ("same_as", "id", _same_as),
    "campaign": ("campaign", "id", _campaign),
    "tip": ("tip", "id", _tip),
    "responder": ("responder", "id", _named("name", "organisation")),
    "organisation": ("organisation", "id", _organisation),
    "trust": ("trust", "id", _trust),
    "clock": ("clock", "id", _clock),
    "clock_step": ("clock_step", "id", _clock_step),
    "pause": ("pause", "id", _pause),
    "clock_switch": ("clock_switch", "id", _clock_switch),
}
