"""Evidence that comes by the block: hundreds of rows of one import, proved together and stored together.

A block whose every row and reading is proved by what its import's device signed, and whose rows are new here, is stored
as a run of the import. Whatever else comes of a block is claimed row by row, as if each had come alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain import evidence_blocks
from triage_app.domain.evidence_blocks import VALUES, Block, Reader, SaidTree
from triage_app.domain.merkle import BLOCK, ID_BYTES, proof_in_block, root_of_blocks, way_of_block
from triage_app.store import import_trees, imports, incoming_rows, reading_proofs, readings, taken
from triage_app.store.connection import Store
from triage_app.store.driver import DriverError
from triage_app.store.import_trees import Trees
from triage_app.store.incoming_rows import Row, Taking
from triage_app.store.schema import EVIDENCE_INDEXES
from triage_app.store.taken import Piece

_KEY: Final = VALUES.index("key")
_FROM_FILE: Final = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass
class _Import:
    """An import of which blocks come."""

    entity: str
    number: int
    tree: SaidTree | None
    "What proves its blocks; None where nothing signed says so, or it was made here."
    said: SaidTree | None
    "What the bundle says proves them, true or not."
    runs: list[tuple[int, int, int]] = field(default_factory=list)
    "(first row, last row, leaf of the first), in order."
    kept: bool = False

    def has_at(self, row: int, leaf: int) -> bool:
        """Tell whether a row lies in one of its runs, at a leaf."""
        place = bisect_right(self.runs, (row, 2**62, 0)) - 1
        return place >= 0 and self.runs[place][0] <= row <= self.runs[place][1] and (
            leaf == self.runs[place][2] + row - self.runs[place][0]
        )  # fmt: skip


class _Twice(Exception):
    """A row came twice while no index could tell."""


class Blocks:
    """Takes blocks in."""

    def __init__(self, store: Store, taking: Taking, trees: Sequence[bytes]) -> None:
        self._store = store
        self._taking = taking
        self._reader = Reader()
        self._said: dict[str, SaidTree] = {}
        self._imports: dict[str, _Import] = {}
        self._known: dict[bytes, int] | None = None
        "Rows that were here, while no index could tell what came since."
        for untrusted_line in trees:
            try:
                tree = evidence_blocks.read_tree(untrusted_line)
            except _FROM_FILE:
                taking.refused += 1
                continue
            self._said[tree.entity] = tree

    def take(self, pieces: Iterable[Piece[bytes]]) -> None:
        """Take blocks in, looking each row up in the index."""
        for piece in pieces:
            if taken.lines_of(self._store, piece.sha256) is not None:
                continue
            lines = piece.load()
            if all([self._take(line) for line in lines]):
                taken.note(self._store, piece.sha256, len(lines))
        self._end_runs()

    def take_many(self, pieces: Callable[[], Iterable[Piece[bytes]]]) -> None:
        """Take many blocks in where little is here: the indexes are built after them.

        That no row of the first import comes twice is found out by its index, which the next import needs. Where one
        does, as no import of ours has it, all is taken back and begun again with the indexes in place.
        """
        store = self._store
        before = (self._taking.next, self._taking.new, self._taking.refused, set(self._taking.touched))
        with store.little_cache():
            store.execute("SAVEPOINT blocks")
            self._known = {bytes(name): row for name, row in store.rows("SELECT evidence_id, id FROM evidence_row")}
            imports.drop_indexes(store)
            try:
                self.take(pieces())
                self._index_ids()
            except _Twice:
                store.execute("ROLLBACK TO blocks")
                self._known = None
                self._imports.clear()
                self._taking.start_again(*before)
                self.take(pieces())
            for statement in EVIDENCE_INDEXES:
                store.execute(statement)
            store.execute("RELEASE blocks")

    def _index_ids(self) -> None:
        """Let rows be found by their ids from now on."""
        if self._known is None:
            return
        self._known = None
        try:
            self._store.execute(EVIDENCE_INDEXES[0])
        except DriverError as error:
            if "unique" not in str(error).lower():
                raise
            raise _Twice from error

    # ---- one block ----------------------------------------------------------------------------------------------
    def _take(self, untrusted_line: bytes) -> bool:
        """Take a block in; return whether all of it is here for good."""
        try:
            block = self._reader.read(untrusted_line)
        except _FROM_FILE:
            self._taking.refused += 1
            return False
        self._taking.refused += block.refused
        if not block.rows:
            return False
        one = self._import(block.entity)
        tree = one.tree
        if (
            tree is None
            or not tree.has_rows(block.place, block.ids)
            or not tree.has_readings(block.place, block.readings)
        ):
            self._claim(one, block)
            return False
        self._take_proved(one, block, tree)
        return not block.refused

    def _import(self, entity: str) -> _Import:
        if entity not in self._imports:
            if self._imports:
                self._index_ids()  # its rows may be those of the one before
            store = self._store
            number = incoming_rows.import_number(store, entity)
            said = self._said.get(entity)
            runs = store.rows("SELECT first, last, leaf FROM import_range WHERE import = ? ORDER BY first", (number,))
            made_here = store.value("SELECT state FROM import WHERE id = ?", (number,)) == "done"
            tree = None if made_here or said is None or not self._is_signed(number, entity, said) else said
            self._imports[entity] = _Import(entity, number, tree, said, runs)
            self._taking.touched.add(entity)
        return self._imports[entity]

    def _is_signed(self, number: int, entity: str, said: SaidTree) -> bool:
        kept = import_trees.held(self._store, number)
        if kept is not None and (kept.leaves, kept.rows, kept.readings) != (said.leaves, said.rows, said.readings):
            return False  # its device has signed two: what was proved by the first stays so
        return (root_of_blocks(said.rows), said.leaves) in incoming_rows.roots_of(self._store, entity) and (
            root_of_blocks(said.readings), said.leaves
        ) in reading_proofs.signed(self._store, entity)  # fmt: skip

    def _take_proved(self, one: _Import, block: Block, tree: SaidTree) -> None:
        taking = self._taking
        numbers = self._known
        if numbers is None:
            numbers = taking.numbers_of([row.evidence_id for row in block.rows])
        layout = taking.layout(block.layout)
        fresh = []
        held: list[tuple[int, int, evidence_blocks.Row]] = []
        first = block.place * BLOCK
        for row in block.rows:
            number = numbers.get(row.evidence_id)
            leaf = first + row.place
            if number is not None:
                if not one.has_at(number, leaf):
                    held.append((number, leaf, row))
                continue
            values = row.values
            fresh.append((row.evidence_id, bytes.fromhex(values[_KEY]), *values[1:], row.score, layout, taking.next))
            self._extend(one, taking.next, leaf)
            taking.next += 1
        self._store.executemany(imports.INSERT_ROW, fresh)
        taking.new += len(fresh)
        if held:
            self._join(one, layout, held)
        if not one.kept:
            one.kept = True
            import_trees.keep(self._store, one.number, Trees(tree.leaves, tree.rows, tree.readings))
        if len(block.rows) * ID_BYTES < len(block.ids):
            import_trees.keep_block(self._store, one.number, block.place, block.ids, block.readings)

    def _extend(self, one: _Import, row: int, leaf: int) -> None:
        if one.runs:
            first, last, at = one.runs[-1]
            if last == row - 1 and leaf - at == row - first and first >= self._taking.first:
                one.runs[-1] = (first, row, at)
                return
        one.runs.append((row, row, leaf))

    def _end_runs(self) -> None:
        """Write the runs that are new."""
        self._store.executemany(
            "INSERT OR REPLACE INTO import_range(import, first, last, leaf) VALUES (?, ?, ?, ?)",
            [(one.number, *run) for one in self._imports.values() for run in one.runs if run[0] >= self._taking.first],
        )

    def _join(self, one: _Import, layout: int, held: Sequence[tuple[int, int, evidence_blocks.Row]]) -> None:
        """Note that rows which are here belong to an import, and how it read them: all of that is proved."""
        here = readings.of_rows(self._store, [number for number, _, _ in held])
        other: list[tuple[int, readings.Reading]] = []
        places: list[tuple[int, int, int | None]] = []
        for number, leaf, row in held:
            self._taking.note_held(number, here[number].key)
            said = _reading(row, layout)
            known = here[number].readings or {0: readings.Reading(here[number].key, here[number].shown)}
            n = next((n for n, reading in known.items() if reading == said), None)
            if n is None:
                other.append((number, said))
            places.append((number, leaf, n))
        added = readings.add(self._store, other)
        incoming_rows.join(
            self._store,
            [(one.number, number, leaf, added[number] if n is None else n) for number, leaf, n in places],
        )

    def _claim(self, one: _Import, block: Block) -> None:
        """Take the rows of a block in which it proves nothing as if each had come alone."""
        self._index_ids()
        self._end_runs()
        self._taking.take(_alone(block, one.said))


def _reading(row: evidence_blocks.Row, layout: int) -> readings.Reading:
    columns: dict[str, Any] = {**dict(zip(VALUES, row.values, strict=True)), "score": row.score, "layout": layout}
    key = bytes.fromhex(columns["key"])
    return readings.Reading(key, {name: columns[name] for name in readings.READ})


def _alone(block: Block, said: SaidTree | None) -> list[Row]:
    """Return the rows of a block as the lines that would have brought each of them alone."""
    ways = []
    for roots, leaves in () if said is None else ((said.rows, block.ids), (said.readings, block.readings)):
        ways.append((leaves, way_of_block(roots, block.place)) if roots and leaves else None)
    found = []
    for row in block.rows:
        leaf = block.place * BLOCK + row.place
        paths: list[list[str]] = [[], []]
        if said is not None and leaf < said.leaves:
            paths = [[] if way is None else proof_in_block(way[0], leaf, said.leaves, way[1]) for way in ways]
        columns: dict[str, Any] = {**dict(zip(VALUES, row.values, strict=True)), "score": row.score}
        rest = columns.pop("rest")
        key = bytes.fromhex(columns["key"])
        claim = (block.entity, leaf, paths[0], paths[1])
        found.append(Row(row.evidence_id, key, columns, rest, block.layout, [claim]))
    return found
