"""The journal entries that sign the rows of an import: by whom, and which tree.

Any device can write that field of any import, under any clock. So the id of an import follows from the device that made
it and a number that its entry tells: where one entry fits the id, no other counts. Imports of the first program have
ids that say nothing; there every entry counts beside the others, so that nobody's takes away what another's proves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from triage_app.domain.records import import_id
from triage_app.store import journal, labels, peers
from triage_app.store.connection import Store


@dataclass(frozen=True)
class Entry:
    """What one device signed of the rows of an import."""

    clock: str
    device: str
    link: str
    "Hash of the link."
    root: str
    leaves: int


def of(store: Store, entity: str) -> list[Entry]:
    """Return the entries that count for an import, the first by its clock first; none while none is here."""
    found: list[Entry] = []
    fitting: list[Entry] = []
    for clock, device, link, data in store.rows(
        "SELECT o.hlc, l.device, l.hash, body.bytes FROM operation AS o JOIN link AS l USING (n) JOIN body USING (n)"
        " WHERE o.entity = ? AND o.entity <> '' AND o.field = 'root' AND o.kind = 'import' AND o.applied = 1"
        " AND body.state = 'here' ORDER BY 1, 2, 3",
        (entity,),
    ):
        body = journal.readable(bytes(data))
        value: Any = None if body is None else body.value
        if isinstance(value, dict) and isinstance(value.get("root"), str) and type(value.get("leaves")) is int:
            entry = Entry(clock, device, link, value["root"], value["leaves"])
            found.append(entry)
            if isinstance(nonce := value.get("nonce"), str) and import_id(device, nonce) == entity:
                fitting.append(entry)
    if fitting or all(entry.device == peers.own_device(store) for entry in found):
        return fitting or found
    if store.value("SELECT 1 FROM import WHERE entity = ? AND state = 'done'", (entity,)):
        ours = labels.our_devices(store)  # nobody else puts another root under an import made here
        return [entry for entry in found if entry.device in ours]
    return found


def roots(store: Store, entity: str) -> list[tuple[str, int]]:
    """Return (Merkle root, leaves) of the rows of an import, as its entries sign them."""
    return [(entry.root, entry.leaves) for entry in of(store, entity)]
