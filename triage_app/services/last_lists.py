"""How each list was last narrowed and sorted on this laptop. Kept in the store: a filter may name somebody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from triage_app.services.session import Session
from triage_app.store import preferences
from triage_app.store.connection import Store

KEY: Final = "last-lists"


def kept(store: Store) -> dict[str, dict[str, Any]]:
    """Return what was kept of each list, by the place it is in; what makes no sense is left out."""
    found = preferences.all_of(store).get(KEY, {})
    if not isinstance(found, dict):
        return {}
    return {str(place): one for place, one in found.items() if isinstance(one, dict)}


def keep(session: Session, lists: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep how the lists are narrowed and sorted now; a place that is not named stays as it was."""
    before = kept(session.store)
    after = {**before, **{place: dict(one) for place, one in lists.items()}}
    if after != before:
        with session.store.write():
            preferences.keep(session.store, KEY, after)
