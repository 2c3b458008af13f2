"""The secret keys of authorities that are held on this laptop. They travel in no bundle."""

from __future__ import annotations

from triage_app.errors import NotFound
from triage_app.store.connection import Store


def keep(store: Store, authority: str, private: bytes) -> None:
    """Keep the secret key of an authority."""
    store.execute("INSERT OR REPLACE INTO authority_key(id, private) VALUES (?, ?)", (authority, private))


def held(store: Store) -> set[str]:
    """Return the ids of the authorities whose keys are here."""
    return {row[0] for row in store.rows("SELECT id FROM authority_key")}


def private(store: Store, authority: str) -> bytes:
    """Return the secret key of an authority; raise ``NotFound`` where it is not here."""
    found = store.value("SELECT private FROM authority_key WHERE id = ?", (authority,))
    if found is None:
        raise NotFound("The key of that authority is not on this laptop.", "Import it from the laptop that holds it.")
    return bytes(found)
