"""The Merkle trees of an import, block by block: which row lies at which place, and what proves it there.

Two trees lie over the rows of an import: one over their evidence ids, whose root its journal entry signs, and one over
what was read of them, whose root its device signs when they are first sent. Both are handled by blocks of 256 rows, so
that a million rows are never in memory at once, and the hashes of the blocks prove any row by its block alone.
"""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain import evidence_blocks
from triage_app.domain.evidence_blocks import VALUES
from triage_app.domain.merkle import (
    BLOCK,
    ID_BYTES,
    block_root,
    blocks_of,
    proof_in_block,
    root_of_blocks,
    way_of_block,
)
from triage_app.store import readings
from triage_app.store.connection import Store

_COLUMNS: Final = ", ".join(("id", "evidence_id", "layout", "score", "lower(hex(key))", *VALUES[1:]))


@dataclass(frozen=True)
class Trees:
    """The hashes of an import's blocks."""

    leaves: int
    rows: bytes
    readings: bytes

    @property
    def root(self) -> str:
        """The root over its rows."""
        return root_of_blocks(self.rows)

    @property
    def reading_root(self) -> str:
        """The root over its readings."""
        return root_of_blocks(self.readings)


@dataclass(frozen=True)
class Sendable:
    """A row as one import read it, ready to be sent."""

    row: int
    leaf: int
    tail: str
    "Its columns as they are hashed and sent (``evidence_blocks.tails``)."
    layout: int
    tlp: str
    "The label that its source gave it."


@dataclass(frozen=True)
class Block:
    """A block of an import as far as it is known here."""

    place: int
    ids: bytes
    readings: bytes
    rows: list[Sendable]
    is_whole: bool
    "Whether every id and every reading of it is known."


def held(store: Store, number: int) -> Trees | None:
    """Return the trees that are kept of an import (by its number)."""
    found = store.row("SELECT leaves, rows, readings FROM import_tree WHERE import = ?", (number,))
    return None if found is None else Trees(found[0], bytes(found[1]), bytes(found[2]))


def keep(store: Store, number: int, trees: Trees) -> None:
    """Keep the trees of an import, once they are proved."""
    store.execute(
        "INSERT OR REPLACE INTO import_tree(import, leaves, rows, readings) VALUES (?, ?, ?, ?)",
        (number, trees.leaves, trees.rows, trees.readings),
    )


def keep_block(store: Store, number: int, place: int, ids: bytes, block_readings: bytes) -> None:
    """Keep what proves a block of which not all rows are here."""
    store.execute(
        "INSERT OR REPLACE INTO import_block(import, place, ids, readings) VALUES (?, ?, ?, ?)",
        (number, place, ids, block_readings),
    )


class Leaves:
    """Which row of the store lies at which place of an import, as far as that is proved."""

    def __init__(self, store: Store, number: int) -> None:
        self._store = store
        self.number = number
        self._layouts: dict[int, str] = {}
        self._several = set(readings.of_import(store, number))
        self.blocks: dict[int, array[int]] = {}
        "Of each block of which some row is here, the row at each place, 0 for none."
        self.unread: set[int] = set()
        "The places of rows of which it is not proved that they were read so."
        self._numbers: dict[int, int] = {}
        for leaf, first, last in store.rows(
            "SELECT leaf, first, last FROM import_range WHERE import = ? AND leaf >= 0", (number,)
        ):
            self._put_run(leaf, first, last - first + 1)
        for row, leaf, n in store.connection.execute(
            "SELECT row, leaf, reading FROM import_repeat WHERE import = ? AND leaf >= 0", (number,)
        ):
            self._put_run(leaf, row, 1)
            if n < 0:
                self.unread.add(leaf)
            elif n:
                self._numbers[leaf] = n

    def _put_run(self, leaf: int, row: int, count: int) -> None:
        while count > 0:
            place, at = divmod(leaf, BLOCK)
            some = min(count, BLOCK - at)
            rows = self.blocks.setdefault(place, array("q", bytes(8 * BLOCK)))
            rows[at : at + some] = array("q", range(row, row + some))
            leaf, row, count = leaf + some, row + some, count - some

    def block(self, place: int, size: int) -> Block:
        """Return a block of ``size`` rows, what is not here of it filled in from what came with the others."""
        first = place * BLOCK
        rows = self.blocks.get(place, array("q"))[:size]
        places = {row: first + at for at, row in enumerate(rows) if row}
        ids, hashes = bytearray(size * ID_BYTES), bytearray(size * ID_BYTES)
        found = self._read(places)
        is_whole = len(places) == size and self.unread.isdisjoint(places.values())
        if not is_whole and (stored := self._stored(place, size)) is not None:
            ids[:], hashes[:] = stored
            is_whole = True
        sendable = []
        for layout, of_layout in found.items():
            tails = evidence_blocks.tails([(score, values) for _, _, score, values in of_layout])
            names = [evidence_id for _, evidence_id, _, _ in of_layout]
            digests = evidence_blocks.digests(names, self.layout(layout), tails)
            for (leaf, evidence_id, _, values), tail, digest in zip(of_layout, tails, digests, strict=True):
                at = (leaf - first) * ID_BYTES
                ids[at : at + ID_BYTES] = evidence_id
                if leaf not in self.unread:
                    hashes[at : at + ID_BYTES] = digest
                    sendable.append(Sendable(rows[leaf - first], leaf, tail, layout, values[_TLP]))
        return Block(place, bytes(ids), bytes(hashes), sendable, is_whole)

    def _stored(self, place: int, size: int) -> tuple[bytes, bytes] | None:
        """Return the ids and readings that came with a block of which not all rows did, None for none."""
        found = self._store.row(
            "SELECT ids, readings FROM import_block WHERE import = ? AND place = ?", (self.number, place)
        )
        return found if found is not None and len(found[0]) == len(found[1]) == size * ID_BYTES else None

    def read(self, place: int, size: int) -> list[int]:
        """Return the rows of a block of which it is proved that they were read so."""
        first = place * BLOCK
        rows = self.blocks.get(place, array("q"))[:size]
        return [row for at, row in enumerate(rows) if row and first + at not in self.unread]

    def is_whole(self, place: int, size: int) -> bool:
        """Tell whether every id and every reading of a block is known."""
        return len(self.read(place, size)) == size or self._stored(place, size) is not None

    def unproved(self, place: int) -> list[int]:
        """Return the rows of a block of which it is not proved that they were read so."""
        if not self.unread:
            return []
        first = place * BLOCK
        return [row for at, row in enumerate(self.blocks.get(place, ())) if row and first + at in self.unread]

    def layout(self, number: int) -> str:
        """Return the JSON of a layout."""
        if number not in self._layouts:
            self._layouts[number] = str(self._store.value("SELECT json FROM layout WHERE id = ?", (number,)))
        return self._layouts[number]

    def _read(self, places: dict[int, int]) -> dict[int, list[tuple[int, bytes, float | None, list[Any]]]]:
        """Return by layout (leaf, evidence id, score, values) of rows, given with their places, as they were read."""
        rows = list(places)
        if not rows:
            return {}
        if rows[-1] - rows[0] == len(rows) - 1 and rows[0] == min(rows):
            which: tuple[str, tuple[Any, ...]] = ("id BETWEEN ? AND ?", (rows[0], rows[-1]))
        else:
            which = ("id IN (SELECT value FROM json_each(?))", (json.dumps(rows),))
        found: dict[int, list[tuple[int, bytes, float | None, list[Any]]]] = defaultdict(list)
        torn = self._torn(rows)
        for row, evidence_id, layout, score, *values in self._store.rows(
            f"SELECT {_COLUMNS} FROM evidence_row WHERE {which[0]}", which[1]
        ):
            leaf = places[row]
            if row in torn:
                reading = torn[row].readings[self._numbers.get(leaf, 0)]
                values = [reading.key.hex(), *(reading.columns[name] for name in VALUES[1:])]
                layout, score = reading.columns["layout"], reading.columns["score"]
            found[layout].append((leaf, evidence_id, score, values))
        return found

    def _torn(self, rows: Sequence[int]) -> dict[int, readings.Row]:
        """Return those of some rows that were read in more than one way."""
        if not self._several:
            return {}
        some = [row for row in rows if row in self._several]
        return readings.of_rows(self._store, some) if some else {}


_TLP: Final = VALUES.index("tlp")


def made_here(store: Store, number: int) -> Iterator[Block]:
    """Yield the blocks of an import that was made here."""
    leaves = Leaves(store, number)
    count = int(store.value("SELECT leaves FROM import WHERE id = ?", (number,)))
    for place in range(blocks_of(count)):
        yield leaves.block(place, min(BLOCK, count - place * BLOCK))


class Growing:
    """The trees of an import, of which one block comes after the other."""

    def __init__(self) -> None:
        self._leaves = 0
        self._rows: list[bytes] = []
        self._readings: list[bytes] = []

    def add(self, block: Block) -> None:
        """Put the next block in."""
        self._leaves += len(block.ids) // ID_BYTES
        self._rows.append(block_root(block.ids))
        self._readings.append(block_root(block.readings))

    def trees(self) -> Trees:
        """Return the trees of all that came."""
        return Trees(self._leaves, b"".join(self._rows), b"".join(self._readings))


def computed(store: Store, number: int) -> Trees:
    """Return the trees of an import that was made here, as its rows are now."""
    growing = Growing()
    for block in made_here(store, number):
        growing.add(block)
    return growing.trees()


def is_of_leaves(store: Store, number: int) -> bool:
    """Tell whether an import that was made here has a row at each of its places, and nowhere else."""
    leaves = Leaves(store, number)
    count = int(store.value("SELECT leaves FROM import WHERE id = ?", (number,)))
    placed = sum(len(rows) - rows.count(0) for rows in leaves.blocks.values())
    return placed == count and all(
        rows.count(0) == max(0, (place + 1) * BLOCK - count) for place, rows in leaves.blocks.items()
    )


def unproved_runs(
    store: Store, number: int, roots: Sequence[tuple[str, int]], read: Sequence[tuple[str, int]]
) -> set[int]:
    """Return the rows that count as proved in the runs of an import, and that its signed roots do not prove."""
    runs = store.rows("SELECT first, last FROM import_range WHERE import = ? AND leaf >= 0", (number,))
    if not runs:
        return set()
    found = {row for first, last in runs for row in range(first, last + 1)}
    trees = held(store, number)
    if trees is None or (trees.root, trees.leaves) not in roots or (trees.reading_root, trees.leaves) not in read:
        return found
    leaves = Leaves(store, number)
    for place, rows in leaves.blocks.items():
        block = leaves.block(place, min(BLOCK, trees.leaves - place * BLOCK))
        at = place * ID_BYTES
        if (block_root(block.ids), block_root(block.readings)) == (
            trees.rows[at : at + ID_BYTES], trees.readings[at : at + ID_BYTES]
        ):  # fmt: skip
            found.difference_update(rows)
    return found


class Ways:
    """The ways from rows of one import to its roots, for rows that are sent one by one."""

    def __init__(self, store: Store, number: int, trees: Trees) -> None:
        self._leaves = Leaves(store, number)
        self._trees = trees
        self._last: Block | None = None
        self._up: tuple[list[str], list[str]] = ([], [])

    def of(self, leaf: int) -> tuple[list[str], list[str]] | None:
        """Return the ways to the roots of its rows and of its readings; None where the block is not known whole."""
        place = leaf // BLOCK
        count = self._trees.leaves
        if self._last is None or self._last.place != place:
            size = min(BLOCK, count - place * BLOCK)
            if leaf < 0 or size <= 0:
                return None
            self._last = self._leaves.block(place, size)
            self._up = (way_of_block(self._trees.rows, place), way_of_block(self._trees.readings, place))
        block = self._last
        if not block.is_whole:
            return None
        return (
            proof_in_block(block.ids, leaf, count, self._up[0]),
            proof_in_block(block.readings, leaf, count, self._up[1]),
        )
