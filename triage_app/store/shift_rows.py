"""The rows of shift handovers, and of their being taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from triage_app.store import projected_rows as rows
from triage_app.store.projected_rows import Shown


def _ids(value: Any) -> str:
    """Return two lists of ids as they are kept: the clocks and the hand-offs that were on a page."""
    said = value if isinstance(value, dict) else {}
    listed = {
        name: [one for one in said[name] if isinstance(one, str)] if isinstance(said.get(name), list) else []
        for name in ("clocks", "handoffs")
    }
    return json.dumps(listed, sort_keys=True)


def _at(values: dict[str, Any], name: str) -> int | None:
    return values.get(name) if rows.is_time(values.get(name)) else None


def _handover(entity: str, shown: Shown) -> dict[str, Any]:
    fixed, head = rows.fixed(shown), shown.get("taken_back")
    back = head.body.value if head is not None and isinstance(head.body.value, dict) else {}
    return {
        "id": entity,
        "given_at": _at(fixed, "at"),
        "since_at": _at(fixed, "since"),
        "words": rows.text(shown, "words"),
        "page": _ids(rows.value_of(shown, "page")),
        "taken_back_at": _at(back, "at"),
        "because": "" if head is None else head.body.because,
        **rows.created(shown),
        "deleted": rows.deleted(shown),
    }


def _taking(entity: str, shown: Shown) -> dict[str, Any]:
    fixed = rows.fixed(shown)
    return {
        "id": entity,
        "handover": str(fixed.get("handover", "")),
        "at": _at(fixed, "at"),
        "page": _ids(rows.value_of(shown, "page")),
        **rows.created(shown),
        "deleted": rows.deleted(shown),
    }


SHAPES: dict[str, tuple[str, str, Callable[[str, Shown], dict[str, Any] | None]]] = {
    "handover": ("handover", "id", _handover),
    "taking": ("taking", "id", _taking),
}
