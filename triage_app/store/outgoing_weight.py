"""What the evidence of a bundle would come to before it is written: all of it is counted, and a sample of it is made.

Nothing is written or signed: what would prove an import of ours is made up, of the right size.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import Final

from triage_app.domain import evidence_blocks
from triage_app.domain.merkle import BLOCK, ID_BYTES, Shape, blocks_of
from triage_app.store import held_rows, import_trees, reading_proofs
from triage_app.store.connection import Store
from triage_app.store.import_trees import Leaves, Trees
from triage_app.store.outgoing_evidence import LEAST, Bits, Chosen, Lacked, Proofs
from triage_app.store.scopes import in_runs

_CHUNK: Final = 500
_RUN: Final = 2
"Blocks of a run in the sample."


@dataclass(frozen=True)
class _Block:
    """A block that would go."""

    entity: str
    leaves: Leaves
    place: int
    size: int
    rows: int


def weigh(store: Store, chosen: Chosen) -> list[tuple[list[bytes], float]]:
    """Return of each kind of lines a sample, and how many lines there are for each of it; ``chosen`` counts all."""
    singly = Bits(store)
    blocks: list[_Block] = []
    trees: list[bytes] = []
    for one in chosen.lacked:
        found = _blocks(store, chosen, one, singly)
        if found:
            chosen.imports.add(one.entity)
            trees.append(_tree(store, one))
        blocks += found
    some = in_runs(blocks, _RUN)
    lines = [
        line for one in some for line in chosen.of_block(one.entity, one.leaves.block(one.place, one.size), one.leaves)
    ]
    sampled = sum(one.rows for one in some)
    share = sum(one.rows for one in blocks) / sampled if sampled else 1.0
    return [(lines, share), _single(store, chosen, singly), (trees, 1.0)]


def _blocks(store: Store, chosen: Chosen, one: Lacked, singly: Bits) -> list[_Block]:
    """Return the blocks of an import that would go, and note the rows that would go one by one."""
    trees = import_trees.held(store, one.number)
    wanted = chosen.scoped.of_import(one.number)
    if wanted is not None and len(wanted) < LEAST:
        singly.add(wanted)
        return []
    singly.add(held_rows.unproved(store, one.number))
    if trees is None and not one.here:
        singly.add(held_rows.of_import(store, one.number))
        return []
    leaves = Leaves(store, one.number)
    count = one.leaves if trees is None else trees.leaves
    found = []
    for place in sorted(leaves.blocks):
        if wanted is not None and wanted.isdisjoint(leaves.blocks[place]):
            continue
        singly.add(leaves.unproved(place))
        size = min(BLOCK, count - place * BLOCK)
        rows = _going(store, chosen, leaves, place, size, singly)
        if rows:
            found.append(_Block(one.entity, leaves, place, size, rows))
    return found


def _going(store: Store, chosen: Chosen, leaves: Leaves, place: int, size: int, singly: Bits) -> int:
    """Return how many rows of a block would go by the block; the others are noted."""
    rows = leaves.read(place, size)
    marks = json.dumps(rows)
    by_layout: dict[int, list[int]] = {}
    for row, layout, source_label in store.rows(
        "SELECT id, layout, tlp FROM evidence_row WHERE id IN (SELECT value FROM json_each(?))", (marks,)
    ):
        if chosen.allows(row, source_label):
            by_layout.setdefault(layout, []).append(row)
    by_block = len(rows) >= LEAST and leaves.is_whole(place, size) and sum(map(len, by_layout.values())) == len(rows)
    count: Counter[bool] = Counter()
    for some in by_layout.values():
        together = by_block and len(some) >= LEAST
        count[together] += len(some)
        if not together:
            singly.add(some)
    return count[True]


def _tree(store: Store, one: Lacked) -> bytes:
    """Return what would prove an import's blocks, or what has its size."""
    trees = import_trees.held(store, one.number)
    if trees is None:
        size = blocks_of(one.leaves) * ID_BYTES
        made_up = hashlib.shake_256(one.entity.encode()).digest(2 * size)
        trees = Trees(one.leaves, made_up[:size], made_up[size:])
    return evidence_blocks.tree_line(one.entity, trees.leaves, trees.rows, trees.readings)


def _single(store: Store, chosen: Chosen, singly: Bits) -> tuple[list[bytes], float]:
    """Return a sample of the lines of rows that would go one by one, with how many there are for each."""
    allowed: dict[int, bytes] = {}
    for part in singly.parts(_CHUNK):
        allowed.update(chosen.allowed(part))
    some = in_runs(list(allowed))
    memberships = held_rows.Memberships(store)
    proofs = _Shapes(store)
    layouts: dict[int, str] = dict(store.rows("SELECT id, json FROM layout"))
    parts = [some[start : start + _CHUNK] for start in range(0, len(some), _CHUNK)]
    for part in parts:
        for row, brought in memberships.of(part).items():
            chosen.imports.update(one.entity for one in brought)
            proofs.know(allowed[row], brought)
    lines = [line for part in parts for line in chosen.lines_of(part, memberships, proofs, layouts)]
    return lines, len(allowed) / len(some) if some else 1.0


class _Shapes(Proofs):
    """Ways of the right size for rows of imports that were made here; they prove nothing."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, None)
        self._of_store = store
        self._known: dict[int, dict[int, bytes]] = {}
        self._shapes: dict[int, tuple[Shape, Shape]] = {}

    def know(self, evidence_id: bytes, brought: list[held_rows.Membership]) -> None:
        """Let an id be known: it stands beside the ways as well."""
        for one in brought:
            self._known.setdefault(one.number, {})[one.leaf] = evidence_id

    def of_made_here(self, one: held_rows.Membership) -> tuple[int, list[str], list[str]]:
        """Return what has the size of both ways."""
        if one.number not in self._shapes:
            count = reading_proofs.count(self._of_store, one.number)
            known = self._known.get(one.number)
            self._shapes[one.number] = (
                Shape(f"{one.entity} rows", count, known), Shape(f"{one.entity} readings", count)
            )  # fmt: skip
        rows, read = self._shapes[one.number]
        return one.leaf, rows.proof(one.leaf), read.proof(one.leaf)
