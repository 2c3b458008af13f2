"""The rows of what people folded and took apart by hand, and of the rules that put alerts aside for a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from triage_app.domain import folds
from triage_app.store import projected_rows as rows
from triage_app.store.projected_rows import Shown, alert_key_of


def _fold(entity: str, shown: Shown) -> dict[str, Any] | None:
    ends = folds.ends_of(entity)
    if ends is None:
        return None
    head = shown.get("linked")
    return {
        "id": entity,
        "a": ends[0],
        "b": ends[1],
        "because": "" if head is None else head.body.because,
        "created_at": None if head is None else int(head.body.hlc[:15]),
        "created_by": "" if head is None else head.body.author,
        "deleted": int(rows.deleted(shown) or rows.value_of(shown, "linked", False) is not True),
    }


def _unfold(entity: str, shown: Shown) -> dict[str, Any] | None:
    key = alert_key_of(entity)
    if key is None:
        return None
    head = shown.get("apart")
    how = rows.value_of(shown, "apart", "")
    return {
        "key": key,
        "how": how if how in folds.WAYS else "",
        "because": "" if head is None else head.body.because,
        "at": None if head is None else int(head.body.hlc[:15]),
        "by": "" if head is None else head.body.author,
    }


def _rule(entity: str, shown: Shown) -> dict[str, Any]:
    head, fixed = shown.get("ended"), rows.fixed(shown)
    ended = head is not None and head.body.value is True
    return {
        "id": entity,
        "ref": str(fixed.get("ref", "")),
        "said": rows.as_json(fixed),
        **rows.created(shown),
        "ended_at": int(head.body.hlc[:15]) if ended and head is not None else None,
        "ended_by": head.body.author if ended and head is not None else "",
        "ended_because": head.body.because if ended and head is not None else "",
        "deleted": rows.deleted(shown),
    }


SHAPES: dict[str, tuple[str, str, Callable[[str, Shown], dict[str, Any] | None]]] = {
    "fold": ("alert_fold", "id", _fold),
    "unfold": ("alert_unfold", "key", _unfold),
    "rule": ("rule", "id", _rule),
}
