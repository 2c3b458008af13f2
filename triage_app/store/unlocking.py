"""What was written down of who and what may unlock this laptop: in its journal, and when each was last used."""

from __future__ import annotations

from typing import Any, Final

from triage_app.store import journal, preferences
from triage_app.store.connection import Store

KIND: Final = "unlocking"
SLOT: Final = "slot"
"What became of one slot: {kind, name, state, at, by, why}. Its entity is the device and the slot's id."
ENVELOPE: Final = "envelope"
RECOVERY: Final = "recovery"
"That one of the papers was used, in the same form and of the same entity."
DATA_KEY: Final = "data_key"
"That the data has another key since then. Its entity is the device."
AUDITOR_COPY: Final = "auditor_copy"
"That a copy to be read was made. Its entity is the device."

_USED: Final = "slot-used"


def entity_of(device: str, slot: str) -> str:
    """Return the entity under which a slot of a device is written down."""
    return f"{device}:{slot}"


def slots(store: Store) -> dict[str, dict[str, Any]]:
    """Return the newest that this device's own journal says of each slot, by its id; what others say counts nothing."""
    found: dict[str, dict[str, Any]] = {}
    for device, entity, n in store.rows(
        "SELECT l.device, h.entity, h.n FROM head AS h JOIN link AS l ON l.n = h.n"
        " JOIN identity AS i ON i.device = l.device AND i.own = 1 WHERE h.kind = ? AND h.field IN (?, ?, ?)"
        " ORDER BY h.n",
        (KIND, SLOT, ENVELOPE, RECOVERY),
    ):
        of_device, _, slot = entity.partition(":")
        body = journal.body_of(store, n)
        if of_device == device and body is not None and isinstance(body.value, dict):
            found[slot] = body.value
    return found


def first_written(store: Store, kind: str, entity: str) -> int | None:
    """Return when anything was first written of a record, milliseconds UTC; None for never."""
    found = store.value("SELECT min(hlc) FROM operation WHERE kind = ? AND entity = ? AND entity <> ''", (kind, entity))
    return None if found is None else int(found[:15])


def used(store: Store) -> dict[str, int]:
    """Return when each slot last opened the store for work, by id."""
    return dict(preferences.all_of(store).get(_USED, {}))


def note_use(store: Store, slot: str, at: int) -> None:
    """Keep when a slot opened the store; call it inside ``store.write()``."""
    preferences.keep(store, _USED, {**used(store), slot: at})


def forget_use(store: Store, kept: set[str]) -> None:
    """Forget when slots that are gone were used; call it inside ``store.write()``."""
    preferences.keep(store, _USED, {slot: at for slot, at in used(store).items() if slot in kept})
