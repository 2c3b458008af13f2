"""The rows of what is done for victims: letters, tries to reach them, what was shared, hand-offs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from triage_app.store import projected_rows as rows
from triage_app.store.projected_rows import Shown


def _moment_of(values: dict[str, Any], name: str) -> int | None:
    return values.get(name) if rows.is_time(values.get(name)) else None


def _letter(entity: str, shown: Shown) -> dict[str, Any]:
    fixed, sent = rows.fixed(shown), rows.value_of(shown, "sent", {})
    sent = sent if isinstance(sent, dict) else {}
    return {
        "id": entity,
        **{name: str(fixed.get(name, "")) for name in ("ref", "victim", "code", "language")},
        # What was known when it was begun, until it was rewritten after more became known.
        "exposure": str(rows.value_of(shown, "exposure", fixed.get("exposure", ""))),
        "text": rows.text(shown, "text"),
        "sent_at": _moment_of(sent, "at"),
        "sent_how": str(sent.get("how", "")),
        **rows.created(shown),
        "changed_at": max((int(head.body.hlc[:15]) for head in shown.values()), default=None),
        "deleted": rows.deleted(shown),
    }


def _attempt(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = rows.fixed(shown)
    return {
        "id": entity,
        "action": str(fixed.get("action", "")),
        "how": str(fixed.get("how", "")),
        "at": _moment_of(fixed, "at"),
        "words": rows.text(shown, "words"),
        **rows.created(shown),
        "deleted": rows.deleted(shown),
    }


def _disclosure(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = rows.fixed(shown)
    return {
        "id": entity,
        **{name: str(fixed.get(name, "")) for name in ("victim", "whom", "ground")},
        "at": _moment_of(fixed, "at"),
        "what": rows.text(shown, "what"),
        **rows.created(shown),
        "deleted": rows.deleted(shown),
    }


def _handoff(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = rows.fixed(shown)
    head = shown.get("answer")
    said = head.body.value if head is not None and isinstance(head.body.value, dict) else {}
    return {
        "id": entity,
        "about_kind": str(fixed.get("kind", "")),
        "about": str(fixed.get("about", "")),
        **{name: str(fixed.get(name, "")) for name in ("from_body", "from_person", "to_body", "to_person")},
        "offered_at": _moment_of(fixed, "at"),
        "note": rows.text(shown, "note"),
        "answer": str(said.get("answer", "")),
        "accepted_at": _moment_of(said, "accepted_at"),
        "accepted_by": str(said.get("accepted_by", "")),
        "answered_at": _moment_of(said, "at"),
        "answered_by": str(said.get("by", "")),
        "how": str(said.get("how", "")),
        "reason": rows.text(shown, "reason"),
        "hlc": "" if head is None else head.body.hlc,
        **rows.created(shown),
        "deleted": rows.deleted(shown),
    }


SHAPES: dict[str, tuple[str, str, Callable[[str, Shown], dict[str, Any] | None]]] = {
    "letter": ("letter", "id", _letter),
    "attempt": ("attempt", "id", _attempt),
    "disclosure": ("disclosure", "id", _disclosure),
    "handoff": ("handoff", "id", _handoff),
}
