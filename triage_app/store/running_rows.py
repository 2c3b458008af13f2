"""The rows of running an incident: tasks, entered events, clinical impact, the directory, calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from triage_app.domain import affected, impact
from triage_app.domain.records import KINDS
from triage_app.store import projected_rows as rows
from triage_app.store.projected_rows import Shown


def _task(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = rows.fixed(shown)
    known = KINDS["task"].fields
    status = shown.get("status")
    due, place = fixed.get("due"), fixed.get("place")
    return {
        "id": entity,
        "incident": affected.incident_of(entity),
        **{name: str(fixed.get(name, "")) for name in ("ref", "playbook", "step", "version", "role", "why")},
        "phase": rows.text(shown, "phase") or str(fixed.get("phase", "")),
        "title": rows.text(shown, "title") or str(fixed.get("title", "")),
        "clinical": int(fixed.get("clinical") is True),
        "touches": rows.as_json(fixed.get("touches", [])),
        "place": rows.integer(shown, "place") or (place if rows.is_time(place) else 0),
        "due_at": rows.integer(shown, "due") if "due" in shown else (due if rows.is_time(due) else None),
        "status": rows.text(shown, "status", "open"),
        "because": "" if status is None else status.body.because,
        "status_at": None if status is None else int(status.body.hlc[:15]),
        "status_by": "" if status is None else status.body.author,
        "done_at": rows.integer(shown, "done_at"),
        **{name: rows.text(shown, name) for name in ("owner", "comment", "agreed_by", "fallback", "done_by")},
        "facts": rows.facts(shown, known),
        **rows.created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": rows.deleted(shown),
    }


def _event(entity: str, shown: Shown) -> dict[str, Any]:
    when = rows.value_of(shown, "when", {})
    at = when.get("at") if isinstance(when, dict) else None
    return {
        "id": entity,
        "incident": affected.incident_of(entity),
        "what": rows.text(shown, "what"),
        "at": at if rows.is_time(at) else None,
        '"when"': rows.as_json(when if isinstance(when, dict) else {}),
        "lane": rows.text(shown, "lane"),
        "source": rows.text(shown, "source"),
        "facts": rows.facts(shown, ("what", "when", "lane", "source")),
        **rows.created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": rows.deleted(shown),
    }


def _impact(kind: str) -> Callable[[str, Shown], dict[str, Any]]:
    def build(entity: str, shown: Shown) -> dict[str, Any]:
        return {
            "id": entity,
            "kind": kind,
            "incident": impact.incident_of(entity),
            "from_at": _at(rows.value_of(shown, impact.BEGINS.get(kind, "at"))),
            "until_at": _at(rows.value_of(shown, "until")),
            "facts": rows.facts(shown, ()),
            **rows.created(shown),
            "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
            "deleted": rows.deleted(shown),
        }

    return build


def _directory(entity: str, shown: Shown) -> dict[str, Any]:
    return {
        "id": entity,
        **{name: rows.text(shown, name) for name in ("name", "as_of", "entries")},
        "number": rows.integer(shown, "number"),
        "facts": rows.facts(shown, ("name", "as_of", "number", "entries")),
        **rows.created(shown),
        "deleted": rows.deleted(shown),
    }


def _call(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = rows.fixed(shown)
    happened = fixed.get("happened")
    moved = rows.value_of(shown, "moved_to")
    known = ("callee", "number", "role", "organisation", "outcome", "note")
    return {
        "id": entity,
        "ref": str(fixed.get("ref", "")),
        "about_kind": str(fixed.get("kind", "")),
        "about": moved if isinstance(moved, str) and moved else str(fixed.get("about", "")),
        "happened_at": happened if rows.is_time(happened) else None,
        **{name: rows.text(shown, name) for name in known},
        "facts": rows.facts(shown, (*known, "moved_to")),
        **rows.created(shown),
        "deleted": rows.deleted(shown),
    }


def _at(untrusted_value: Any) -> int | None:
    at = untrusted_value.get("at") if isinstance(untrusted_value, dict) else None
    return at if rows.is_time(at) else None


SHAPES: dict[str, tuple[str, str, Callable[[str, Shown], dict[str, Any] | None]]] = {
    "task": ("task", "id", _task),
    "event": ("event", "id", _event),
    **{kind: ("impact", "id", _impact(kind)) for kind in impact.KINDS},
    "directory": ("directory", "id", _directory),
    "call": ("call", "id", _call),
}
