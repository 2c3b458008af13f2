"""What proves the rows of an import that came by bundle, put together again: its trees, block by block.

A row of it has no way of its own to the signed root: the hashes of its block of 256 have. A block of which every row is
left, or of which the ids and readings came with the bundle, proves itself against the trees, and those against the root
that the journal holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from triage_app.domain.merkle import BLOCK, ID_BYTES, block_root, blocks_of
from triage_app.store import import_entries, import_trees, reading_proofs
from triage_app.store.connection import Store
from triage_app.store.import_trees import Trees
from triage_app.store.salvage_sources import Source

Member = tuple[int, int, int]
"""Leaf, row of the new store, number of its reading."""


def take(store: Store, source: Source, before: int, number: int, members: Sequence[Member]) -> set[int]:
    """Take the trees of an import, by its number in the source and here, and those of its rows that they prove.

    Return these rows. Whether the trees are what was signed is seen once every operation counts (``unsign``).
    """
    held = import_trees.held(store, number)
    trees = held or _trees(source, before)
    if trees is None:
        return set()
    import_trees.keep(store, number, trees)
    known = {row[0] for row in store.rows("SELECT place FROM import_block WHERE import = ?", (number,))}
    for row in source.rows("import_block"):
        if row["import"] == before and row["place"] not in known:
            import_trees.keep_block(store, number, row["place"], row["ids"], row["readings"])
    here = _rows_of(store, number)
    fresh = [one for one in members if one[1] not in here]
    as_signed(store, number, fresh)
    proved = _proved(store, number, trees)
    good = [one for one in fresh if one[0] // BLOCK in proved]
    if len(good) < len(fresh):
        _take_back(store, number, fresh)
        as_signed(store, number, good)
    return {row for _, row, _ in good} | here


def as_signed(store: Store, number: int, members: Sequence[Member]) -> None:
    """Write an import's rows as its own device has them: runs of rows and leaves that go up together, then the rest."""
    for first, last, leaf in _runs(sorted((leaf, row) for leaf, row, n in members if leaf >= 0 and n == 0)):
        store.execute(
            "INSERT INTO import_range(import, first, last, leaf) VALUES (?, ?, ?, ?)", (number, first, last, leaf)
        )
    store.executemany(
        "INSERT OR IGNORE INTO import_repeat(import, row, leaf, reading) VALUES (?, ?, ?, ?)",
        [(number, row, leaf, n) for leaf, row, n in members if leaf < 0 or n != 0],
    )


def unsign(store: Store) -> None:
    """Let go of the trees of imports that came by bundle where the journal has not, or no longer, their roots."""
    for number, entity in store.rows(
        "SELECT i.id, i.entity FROM import AS i JOIN import_tree AS t ON t.import = i.id WHERE i.state = 'received'"
    ):
        trees = import_trees.held(store, number)
        if (
            trees is not None
            and (trees.root, trees.leaves) in import_entries.roots(store, entity)
            and (trees.reading_root, trees.leaves) in reading_proofs.signed(store, entity)
        ):
            continue
        store.execute("DELETE FROM import_tree WHERE import = ?", (number,))
        store.execute("DELETE FROM import_block WHERE import = ?", (number,))
        store.execute("UPDATE import_range SET leaf = -1 WHERE import = ?", (number,))
        store.execute(
            "UPDATE import_repeat SET leaf = -1, reading = CASE WHEN reading < 0 THEN reading ELSE -1 - reading END"
            " WHERE import = ? AND NOT EXISTS (SELECT 1 FROM proof AS p WHERE p.row = import_repeat.row"
            " AND p.import = import_repeat.import)",
            (number,),
        )


def _trees(source: Source, before: int) -> Trees | None:
    for row in source.rows("import_tree"):
        if row["import"] == before and blocks_of(row["leaves"]) * ID_BYTES == len(row["rows"]) == len(row["readings"]):
            return Trees(row["leaves"], bytes(row["rows"]), bytes(row["readings"]))
    return None


def _rows_of(store: Store, number: int) -> set[int]:
    found = {row[0] for row in store.rows("SELECT row FROM import_repeat WHERE import = ? AND leaf >= 0", (number,))}
    for first, last in store.rows("SELECT first, last FROM import_range WHERE import = ? AND leaf >= 0", (number,)):
        found.update(range(first, last + 1))
    return found


def _proved(store: Store, number: int, trees: Trees) -> set[int]:
    """Return the places of the blocks that are what the trees say."""
    leaves = import_trees.Leaves(store, number)
    found = set()
    for place in leaves.blocks:
        size = min(BLOCK, trees.leaves - place * BLOCK)
        if size <= 0:
            continue
        block, at = leaves.block(place, size), place * ID_BYTES
        said = trees.rows[at : at + ID_BYTES], trees.readings[at : at + ID_BYTES]
        if (block_root(block.ids), block_root(block.readings)) == said:
            found.add(place)
    return found


def _take_back(store: Store, number: int, members: Sequence[Member]) -> None:
    firsts = [first for first, _, _ in _runs(sorted((leaf, row) for leaf, row, n in members if leaf >= 0 and n == 0))]
    store.executemany("DELETE FROM import_range WHERE import = ? AND first = ?", [(number, first) for first in firsts])
    store.executemany(
        "DELETE FROM import_repeat WHERE import = ? AND row = ?", [(number, row) for _, row, n in members if n != 0]
    )


def _runs(plain: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield (first row, last row, leaf of the first) of what goes up together, given as (leaf, row)."""
    start = 0
    for at in range(1, len(plain) + 1):
        if at == len(plain) or (plain[at][0] - plain[at - 1][0], plain[at][1] - plain[at - 1][1]) != (1, 1):
            yield plain[start][1], plain[at - 1][1], plain[start][0]
            start = at
