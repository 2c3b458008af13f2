"""The row of each kind of record, made of the heads of its fields: one function a kind.

What came by bundle may hold anything: a row takes what it can show, and is None where there is nothing to show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from triage_app.domain import affected
from triage_app.domain.canonical import canonical
from triage_app.domain.evidence import MOST_MILLISECONDS
from triage_app.domain.records import CREATED, DELETED, INCIDENT_TIMES, clock_named
from triage_app.store import journal

Shown = dict[str, journal.Head]
"Field → the head that is displayed."

_KEY = re.compile(r"[0-9a-f]{32}\Z")
_KEYS = re.compile(r"[0-9a-f]*\Z")
_KEY_LETTERS = 32
_SEALED = '{"sealed":'
_MOST_NAME, _MOST_TEXT = 2_000, 200_000
"""Characters of a text that a row takes, of what stands on one line and of other: ours writes less (services/typed)."""
_NAMES = frozenset(("title", "name", "handler", "organisation", "campaign", "status"))


def value_of(shown: Shown, name: str, default: Any = None) -> Any:
    """Return what a field holds, or another value where it holds nothing."""
    head = shown.get(name)
    return default if head is None or head.body.value is None else head.body.value


def _text(shown: Shown, name: str, default: str = "") -> str:
    value = value_of(shown, name, default)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    if text.startswith(_SEALED):  # in part it would open for nobody
        return text
    return _cut(text, _MOST_NAME if name in _NAMES else _MOST_TEXT)


def _cut(text: str, most: int = _MOST_NAME) -> str:
    """Return so much of a text as screens lay out without being held up; the journal keeps all of it."""
    return text if len(text) <= most else text[: most - 1] + "…"


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


_TAKEN_BACK = ("left_open", "left_work", "first_look")
"""Fields that acts set beside what they are for: undone, they are as if they had never been set."""


def _incident(entity: str, shown: Shown) -> dict[str, Any]:
    known = (
        "title", "status", "severity", "rsit", "category_proposed", "category_assessed", "category_confirmed", "tlp",
        "campaign", "determination", "handler", "closed_because", *INCIDENT_TIMES,
    )  # fmt: skip
    rsit = value_of(shown, "rsit", [])
    return {
        "id": entity,
        "ref": _cut(str(_fixed(shown).get("ref", ""))),
        "title": _text(shown, "title"),
        "status": _text(shown, "status", "open"),
        "severity": _integer(shown, "severity"),
        "rsit": " ".join(str(item) for item in rsit) if isinstance(rsit, list) else "",
        "category_proposed": _optional_json(shown, "category_proposed"),
        "category_assessed": _optional_json(shown, "category_assessed"),
        "category_confirmed": _optional_json(shown, "category_confirmed"),
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
        "ref": _cut(str(_fixed(shown).get("ref", ""))),
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
        "ref": _cut(str(_fixed(shown).get("ref", ""))),
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


def alert_key_of(untrusted_text: str) -> bytes | None:
    """Return an alert key's bytes; None for a name that no alert can have (it came by bundle)."""
    return bytes.fromhex(untrusted_text) if _KEY.match(untrusted_text) else None


def alert_keys_of(untrusted_texts: Sequence[str]) -> list[bytes] | None:
    """Return the bytes of many alert keys, in their order; None unless every name is one that an alert can have."""
    if not are_alert_keys(untrusted_texts):
        return None
    data, size = bytes.fromhex("".join(untrusted_texts)), _KEY_LETTERS // 2
    return [data[at : at + size] for at in range(0, len(data), size)]


def are_alert_keys(untrusted_texts: Sequence[str]) -> bool:
    """Tell whether every one of some names is one that an alert can have."""
    return {_KEY_LETTERS}.issuperset(map(len, untrusted_texts)) and bool(_KEYS.match("".join(untrusted_texts)))


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
        "rule": str(value.get("rule", "")),
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
        "ref": _cut(str(_fixed(shown).get("ref", ""))),
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
        "revoked": _optional_json(shown, "revoked"),
        "authority": _optional_json(shown, "authority"),
    }


def _authority(entity: str, shown: Shown) -> dict[str, Any] | None:
    return {"id": entity, "file": _text(shown, "file"), "deleted": _deleted(shown)}


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
created, fixed, deleted, facts, is_time = _created, _fixed, _deleted, _facts, _is_time

SHAPES: dict[str, tuple[str, str, Callable[[str, Shown], dict[str, Any] | None]]] = {
    "incident": ("incident", "id", _incident),
    "victim": ("victim", "id", _victim),
    "person": ("person", "id", _person),
    "action": ("action", "id", _action),
    "note": ("note", "id", _note),
    "affected": ("affected", "id", _affected),
    "alert": ("alert_decision", "key", _alert),
    "link": ("alert_link", "id", _link),
    "same_as": ("same_as", "id", _same_as),
    "campaign": ("campaign", "id", _campaign),
    "tip": ("tip", "id", _tip),
    "responder": ("responder", "id", _named("name", "organisation")),
    "organisation": ("organisation", "id", _organisation),
    "trust": ("trust", "id", _trust),
    "authority": ("authority", "id", _authority),
    "clock": ("clock", "id", _clock),
    "clock_step": ("clock_step", "id", _clock_step),
    "pause": ("pause", "id", _pause),
    "clock_switch": ("clock_switch", "id", _clock_switch),
}
