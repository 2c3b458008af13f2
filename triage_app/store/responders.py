"""Who works here: responders as they made themselves known, and who an alert is in the hands of."""

from __future__ import annotations

from typing import Any

from triage_app.store import journal, unlocking
from triage_app.store.connection import Store


def of_organisation(store: Store, organisation: str) -> list[dict[str, Any]]:
    """Return (id, name) of an organisation's responders, by name; those who may unlock this laptop no longer are not.

    Each was made known by the device that let them unlock it, so those of its other laptops are among them.
    """
    gone = {slot for slot, said in unlocking.slots(store).items() if said.get("state") == "removed"}
    found = store.dicts(
        "SELECT id, name FROM responder WHERE organisation = ? AND name <> '' AND deleted = 0 ORDER BY name, id",
        (organisation,),
    )
    return [row for row in found if row["id"] not in gone]


def holder_of(store: Store, key: str) -> str:
    """Return the id of the responder in whose hands an alert is, by its hex key; "" for nobody, and for a conflict."""
    heads = journal.standing(store, "alert", key).get("triage", ())
    value = heads[0].body.value if len(heads) == 1 else None
    if not isinstance(value, dict) or value.get("state") != "in hand" or not isinstance(value.get("by"), str):
        return ""
    return str(value["by"])
