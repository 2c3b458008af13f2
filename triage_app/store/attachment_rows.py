"""The rows of attachments and of their custody, made of the heads of their fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from triage_app.domain import attachments
from triage_app.store import projected_rows as rows
from triage_app.store.projected_rows import Shown


def _attachment(entity: str, shown: Shown) -> dict[str, Any] | None:
    if attachments.attachment_of(entity) != entity:
        return None
    hold, destroyed = shown.get("hold"), shown.get("destroyed")
    return {
        "id": entity,
        "incident": attachments.incident_of(entity),
        "ref": str(rows.fixed(shown).get("ref", "")),
        **{name: rows.text(shown, name) for name in ("name", "sha256", "taken_by", "role", "place", "source",
                                                     "description", "tlp")},
        "size": rows.integer(shown, "size"),
        "pieces": rows.as_json(attachments.piece_names(rows.value_of(shown, "pieces"))),
        "taken_at": rows.optional_json(shown, "taken_at"),
        "hold": int(rows.value_of(shown, "hold", False) is True),
        "hold_because": "" if hold is None else hold.body.because,
        "destroyed": rows.optional_json(shown, "destroyed"),
        "destroyed_because": "" if destroyed is None else destroyed.body.because,
        "facts": rows.facts(shown, ("name", "size", "sha256", "pieces", "taken_by", "role", "taken_at", "place",
                                    "source", "description", "tlp", "hold", "destroyed")),
        **rows.created(shown),
        "deleted": rows.deleted(shown),
    }  # fmt: skip


def _custody(entity: str, shown: Shown) -> dict[str, Any] | None:
    attachment = attachments.attachment_of(entity)
    if not attachment or attachment == entity:
        return None
    return {
        "id": entity,
        "attachment": attachment,
        "incident": attachments.incident_of(entity),
        "event": str(rows.fixed(shown).get("event", "")),
        "at": rows.optional_json(shown, "at"),
        "giver": rows.text(shown, "from"),
        "receiver": rows.text(shown, "to"),
        **{name: rows.text(shown, name) for name in ("place", "seal", "reason", "outcome")},
        "facts": rows.facts(shown, ("at", "from", "to", "place", "seal", "reason", "outcome")),
        **rows.created(shown),
        "deleted": rows.deleted(shown),
    }


SHAPES: dict[str, tuple[str, str, Callable[[str, Shown], dict[str, Any] | None]]] = {
    "attachment": ("attachment", "id", _attachment),
    "custody": ("custody", "id", _custody),
}
