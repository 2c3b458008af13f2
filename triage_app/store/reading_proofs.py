"""What proves a reading: the device that made the import signs the root of a tree over all its readings.

The tree is made when rows of the import are first sent, not when it is imported, which would take longer for it.
The signature is kept and sent as a checkpoint of a chain of its own, whose length is the number of readings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from triage_app.domain.evidence import reading_digest
from triage_app.domain.merkle import GROUP, proves
from triage_app.store import import_entries, import_trees, peers, readings
from triage_app.store.connection import Store
from triage_app.store.import_trees import Trees
from triage_app.store.readings import Reading

Sign = Callable[[str, int, str], None]
"""(chain, count, root): vouch for the readings of an import made here."""

_CHAIN: Final = "readings/"
_CHUNK: Final = 500


def chain(entity: str) -> str:
    """Return the name under which the readings of an import are signed."""
    return f"{_CHAIN}{entity}"


def is_of_readings(name: str) -> bool:
    """Tell whether a signed chain is none of operations."""
    return name.startswith(_CHAIN)


def digest(store: Store, evidence_id: bytes, reading: Reading, layouts: dict[int, str]) -> bytes:
    """Return the hash of a reading; ``layouts`` remembers their JSON."""
    number = reading.columns["layout"]
    if number not in layouts:
        layouts[number] = str(store.value("SELECT json FROM layout WHERE id = ?", (number,)))
    return reading_digest(evidence_id, layouts[number], {**reading.columns, "key": reading.key.hex()})


def count(store: Store, number: int) -> int:
    """Return how many readings an import made here has."""
    return int(store.value("SELECT leaves FROM import WHERE id = ?", (number,)))


def authors(store: Store, entity: str) -> set[str]:
    """Return the device that made an import, none while its entry is not here; several where that cannot be told."""
    return {entry.device for entry in import_entries.of(store, entity)}


def signed(store: Store, entity: str) -> list[tuple[str, int]]:
    """Return (root, readings) as the device that made an import has signed them."""
    makers = authors(store, entity)
    return [
        (root, count)
        for root, count, device in store.rows(
            "SELECT hash, seq, device FROM checkpoint WHERE chain = ?", (chain(entity),)
        )
        if device in makers
    ]


def trees(store: Store, number: int) -> Trees:
    """Return the trees of an import made here; they are kept once they were made."""
    found = import_trees.held(store, number)
    if found is None:
        found = import_trees.computed(store, number)
        import_trees.keep(store, number, found)
    return found


def signing(store: Store, number: int, entity: str, sign: Sign | None) -> Trees | None:
    """Return the trees of an import made here, that of its readings signed; None where it cannot be.

    An import of this store's when it had another device's name was signed by that, or never is.
    """
    if sign is None and not signed(store, entity):
        return None
    found = trees(store, number)
    return found if is_signed(store, entity, found, sign) else None


def is_signed(store: Store, entity: str, found: Trees, sign: Sign | None) -> bool:
    """Tell whether the readings of an import made here are signed, and sign them where that can be."""
    said = (found.reading_root, found.leaves)
    if said not in signed(store, entity):
        if sign is None or peers.own_device(store) not in authors(store, entity):
            return False
        sign(chain(entity), said[1], said[0])
    return True


def sign_all(store: Store, sign: Sign) -> None:
    """Sign the readings of all imports made here: afterwards this store has another device's name."""
    for number, entity in store.rows("SELECT id, entity FROM import WHERE state = 'done'"):
        signing(store, number, entity, sign)


def is_otherwise(store: Store, number: int, entity: str, found: Trees) -> bool:
    """Tell whether the readings of an import made here, as they are now, are not those that it signed, if any."""
    said = signed(store, entity)
    return bool(said) and (found.reading_root, count(store, number)) not in said


def signatures(store: Store, entities: Iterable[str]) -> list[list[Any]]:
    """Return what was signed of the readings of some imports, as checkpoints."""
    return [
        [name, device, seq, root, bytes(signature).hex()]
        for entity in sorted(entities)
        for name, device, seq, root, signature in store.rows(
            "SELECT chain, device, seq, hash, sig FROM checkpoint WHERE chain = ? ORDER BY device, seq, hash",
            (chain(entity),),
        )
    ]


def keep_path(store: Store, number: int, leaf: int, path: Sequence[str], *, proved: bool) -> None:
    """Keep the way to the root of a reading that came by bundle."""
    word = "REPLACE" if proved else "IGNORE"
    store.execute(
        f"INSERT OR {word} INTO reading_proof(import, place, path) VALUES (?, ?, ?)",
        (number, leaf // GROUP, json.dumps(list(path))),
    )


def path(store: Store, number: int, leaf: int) -> list[str]:
    """Return the way to the root that was kept for a reading, [] for none."""
    found = store.value("SELECT path FROM reading_proof WHERE import = ? AND place = ?", (number, leaf // GROUP))
    return [] if found is None or leaf < 0 else list(json.loads(found))


def attest(store: Store, entity: str) -> None:
    """Look again at readings that came before what proves them."""
    number = _received(store, entity)
    if number is None or not signed(store, entity):
        return
    for row, n, is_proved in _looked_at(store, number, entity, "reading < 0"):
        if is_proved:
            store.execute("UPDATE import_repeat SET reading = ? WHERE import = ? AND row = ?", (~n, number, row))


def unproved(store: Store, entity: str) -> list[int]:
    """Return the rows of an import that came by bundle whose reading counts as signed and is not."""
    number = _received(store, entity)
    if number is None:
        return []
    return [row for row, _, is_proved in _looked_at(store, number, entity, "reading >= 0") if not is_proved]


def _received(store: Store, entity: str) -> int | None:
    found = store.value("SELECT id FROM import WHERE entity = ? AND state = 'received'", (entity,))
    return None if found is None else int(found)


def _looked_at(store: Store, number: int, entity: str, which: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (row, number of its reading, whether that is signed) of some rows of an import that came by bundle."""
    roots = signed(store, entity)
    layouts: dict[int, str] = {}
    rows = store.rows(
        "SELECT p.row, p.leaf, p.reading, r.evidence_id FROM import_repeat AS p JOIN evidence_row AS r ON r.id = p.row"
        f" WHERE p.import = ? AND p.leaf >= 0 AND p.{which} ORDER BY p.row",
        (number,),
    )
    found = import_trees.held(store, number)
    ways = None if found is None else import_trees.Ways(store, number, found)
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        here = readings.of_rows(store, [row[0] for row in part])
        for row, leaf, n, evidence_id in part:
            kept = here[row].readings or {0: Reading(here[row].key, here[row].shown)}
            reading = kept.get(n if n >= 0 else ~n)
            way = path(store, number, leaf)
            if not way and ways is not None and (block := ways.of(leaf)) is not None:
                way = block[1]
            yield (
                row,
                n,
                reading is not None
                and any(
                    proves(way, leaf, digest(store, bytes(evidence_id), reading, layouts), root, leaves)
                    for root, leaves in roots
                ),
            )
