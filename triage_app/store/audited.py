"""What a copy for an auditor does not hold, and that it is one."""

from __future__ import annotations

from typing import Any, Final

from triage_app.store.connection import Store, unguarded

_MADE: Final = "auditors-copy"


def strip(store: Store, said: dict[str, Any], *, with_people: bool) -> None:
    """Take out of a copy whatever signs, opens what is sealed for this laptop, or was nobody's record yet.

    Without the keys of people's fields what is sealed under them stays sealed; they are not said to be erased. Deleted
    pages are overwritten (``secure_delete``), and the copy is then packed anew.
    """
    with store.write():
        store.execute("UPDATE identity SET private = NULL")
        store.execute("DELETE FROM authority_key")
        store.execute("DELETE FROM quarantine")
        store.execute("DELETE FROM setting WHERE key IN ('drafts', 'slot-used', 'watch', 'watch-folder')")
        if not with_people:
            store.execute("DELETE FROM personal_key WHERE key IS NOT NULL")
        store.set_meta(_MADE, said)
    with unguarded(store):
        store.execute("VACUUM")


def made(store: Store) -> dict[str, Any] | None:
    """Return when and by whom a copy for an auditor was made, None for a store of work."""
    found = store.meta(_MADE)
    return found if isinstance(found, dict) else None
