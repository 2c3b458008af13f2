"""Which rows of evidence go into a bundle, and how: by blocks of an import, or one by one where few of a block go.

The rows of an import that a recipient lacks are gone through once, block by block: what may not go is counted, the
hashes of the blocks are gathered on the way, and only at the end is said what proves them all. Nothing is held but the
hashes and a bit for each row.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from triage_app.domain import evidence_blocks, tlp
from triage_app.domain.evidence import COLUMNS
from triage_app.domain.merkle import BLOCK, ID_BYTES
from triage_app.store import alerts, held_rows, import_trees, labels, reading_proofs, readings
from triage_app.store.connection import Store
from triage_app.store.import_trees import Block, Sendable, Trees, Ways
from triage_app.store.peers import Held
from triage_app.store.scopes import Scope, rows_in_scope

LEAST: Final = 64
"""Rows of a block that travel together at the least: it names all of its 256. Fewer go one by one."""

_CHUNK: Final = 500
_SENT: Final = tuple(name for name in COLUMNS if name not in ("evidence_id", "rest"))


class Judge(Protocol):
    """Says what may go, as far as evidence goes."""

    known: labels.Known

    scope: Scope

    def may(self, label: str) -> bool:
        """Whether something so labelled may go."""


class Chosen:
    """The evidence that a recipient lacks and may have: blocks, then single lines, then trees, each gone through once.

    What is counted is counted once all of them have been.
    """

    def __init__(self, store: Store, held: Held, judge: Judge, sign: reading_proofs.Sign | None) -> None:
        self._store = store
        self._judge = judge
        self._sign = sign
        self.rows = 0
        "Rows that go."
        self.withheld = 0
        "Rows in scope that their label keeps here."
        self.imports: set[str] = set()
        "Those that brought what goes."
        self._labels: set[str] = set()
        self.scoped = Scoped(store, judge)
        self.lacked = self.scoped.lacked(held)
        "The imports of which something goes."
        self._singly = Bits(store)
        self._counted = Bits(store)
        self._going = Bits(store)
        self._trees: list[tuple[str, Trees]] = []
        for row in self.scoped.kept_back:
            self._withhold(row)

    @property
    def out_of_scope(self) -> int:
        """Visible rows that the scope leaves out."""
        return self.scoped.out_of_scope

    @property
    def strictest(self) -> str:
        """The strictest label of what goes."""
        return tlp.strictest([tlp.CLEAR, *sorted(self._labels)])

    def allows(self, row: int, source_label: str) -> bool:
        """Tell whether a row may go, and count it: as one that goes, or as one that its label keeps here."""
        label = self.scoped.label(row, source_label)
        if label is None:
            return False
        if not self._judge.may(label):
            self._withhold(row)
            return False
        self._labels.add(label)
        if row not in self._going:
            self._going.add((row,))
            self.rows += 1
        return True

    def block_lines(self) -> Iterator[bytes]:
        """Yield the blocks of which enough rows go; note the other rows for ``single_lines``."""
        for one in self.lacked:
            trees = import_trees.held(self._store, one.number)
            wanted = self.scoped.of_import(one.number)
            if wanted is not None and len(wanted) < LEAST:
                self._singly.add(wanted)
                continue
            self._singly.add(held_rows.unproved(self._store, one.number))
            if trees is None and not one.here:
                self._singly.add(held_rows.of_import(self._store, one.number))
                continue
            if wanted is not None and trees is None:
                trees = reading_proofs.trees(self._store, one.number)
            growing = import_trees.Growing()
            sent = False
            leaves = import_trees.Leaves(self._store, one.number)
            count = one.leaves if trees is None else trees.leaves
            for place in sorted(leaves.blocks):
                if wanted is not None and wanted.isdisjoint(leaves.blocks[place]):
                    continue
                block = leaves.block(place, min(BLOCK, count - place * BLOCK))
                if trees is None:
                    growing.add(block)
                self._singly.add(leaves.unproved(place))
                for line in self.of_block(one.entity, block, leaves):
                    sent = True
                    yield line
            if trees is None:
                trees = growing.trees()
                import_trees.keep(self._store, one.number, trees)
            if sent:
                self._prove(one, trees)

    def of_block(self, entity: str, block: Block, leaves: import_trees.Leaves) -> Iterator[bytes]:
        """Yield the lines of a block, one for each layout of which enough rows go."""
        by_layout: dict[int, list[Sendable]] = defaultdict(list)
        for row in block.rows:
            if self.allows(row.row, row.tlp):
                by_layout[row.layout].append(row)
        together = len(block.rows) >= LEAST and block.is_whole
        if not together or sum(map(len, by_layout.values())) < len(block.rows):
            # a line names every row of its block: where one stays here, no more of it is said than a proof must
            self._singly.add(row.row for some in by_layout.values() for row in some)
            return
        first = block.place * BLOCK
        for layout, some in by_layout.items():
            if len(some) < LEAST:
                self._singly.add(row.row for row in some)
                continue
            hashes = b"" if len(some) * ID_BYTES == len(block.ids) else block.readings
            tails = [(row.leaf - first, row.tail) for row in some]
            yield evidence_blocks.line(entity, block.place, block.ids, leaves.layout(layout), hashes, tails)

    def _withhold(self, row: int) -> None:
        if row not in self._counted:
            self._counted.add((row,))
            self.withheld += 1

    def _prove(self, one: Lacked, trees: Trees) -> None:
        self.imports.add(one.entity)
        if one.here and not reading_proofs.is_signed(self._store, one.entity, trees, self._sign):
            trees = Trees(trees.leaves, trees.rows, b"")
        self._trees.append((one.entity, trees))

    def single_lines(self) -> Iterator[bytes]:
        """Yield the rows that go one by one, a line for each reading of one, with the imports that read it so."""
        memberships = held_rows.Memberships(self._store)
        proofs = Proofs(self._store, self._sign)
        layouts: dict[int, str] = dict(self._store.rows("SELECT id, json FROM layout"))
        for part in self._singly.parts(_CHUNK):
            yield from self.lines_of(part, memberships, proofs, layouts)

    def allowed(self, some: Sequence[int]) -> dict[int, bytes]:
        """Return the ids of those of some rows that may go."""
        marks = ",".join("?" * len(some))
        return {
            row: bytes(evidence_id)
            for row, evidence_id, source_label in self._store.rows(
                f"SELECT id, evidence_id, tlp FROM evidence_row WHERE id IN ({marks}) ORDER BY id", some
            )
            if self.allows(row, source_label)
        }

    def lines_of(
        self, some: Sequence[int], memberships: held_rows.Memberships, proofs: Proofs, layouts: dict[int, str]
    ) -> Iterator[bytes]:
        """Yield the lines of those of some rows that may go."""
        allowed = self.allowed(some)
        brought = memberships.of(list(allowed))
        for row, content in readings.of_rows(self._store, list(allowed)).items():
            self.imports.update(one.entity for one in brought[row])
            yield from _lines(row, allowed[row], content, brought[row], proofs, layouts)

    def tree_lines(self) -> Iterator[bytes]:
        """Yield what proves the blocks."""
        for entity, trees in self._trees:
            yield evidence_blocks.tree_line(entity, trees.leaves, trees.rows, trees.readings)


@dataclass(frozen=True)
class Lacked:
    """A standing import of which a recipient lacks something."""

    number: int
    entity: str
    here: bool
    "Whether it was made here."
    leaves: int


class Bits:
    """A set of rows of the store, a bit each."""

    def __init__(self, store: Store) -> None:
        self._bits = bytearray((store.value("SELECT max(id) FROM evidence_row") or 0) // 8 + 1)

    def __contains__(self, row: int) -> bool:
        return bool(self._bits[row // 8] & 1 << row % 8)

    def add(self, rows: Any) -> None:
        """Put rows in."""
        for row in rows:
            self._bits[row // 8] |= 1 << row % 8

    def parts(self, size: int) -> Iterator[list[int]]:
        """Yield the rows, in order, so many at a time."""
        some: list[int] = []
        for place, bits in enumerate(self._bits):
            if bits:
                some += [place * 8 + bit for bit in range(8) if bits & 1 << bit]
                while len(some) >= size:
                    yield some[:size]
                    del some[:size]
        if some:
            yield some


class Scoped:
    """Which rows are in scope, and their labels."""

    def __init__(self, store: Store, judge: Judge) -> None:
        self._store = store
        self._judge = judge
        self._special: dict[int, str] = {}
        self._of_source: dict[str, str] = {}
        self.kept_back: list[int] = []
        "Rows that stay here of imports of which a peer has all that it may have."
        self._scope: set[int] | None = None
        self.out_of_scope = 0
        if judge.scope != Scope():
            self._scope = set(rows_in_scope(store, judge.scope))
            visible = sum(last - first + 1 for first, last in alerts.visible_spans(store))
            self.out_of_scope = visible - len(self._scope)

    def lacked(self, held: Held) -> list[Lacked]:
        """Return the imports of which a peer has neither every row we have, nor every row that it may have."""
        standing = self._store.rows(
            "SELECT id, entity, state, leaves FROM import WHERE undone = 0 AND state <> 'loading' ORDER BY id"
        )
        found = [
            Lacked(number, entity, state == "done", leaves)
            for number, entity, state, leaves in standing
            if held.imports.get(entity) != held_rows.WHOLE
        ]
        if not found:
            return []
        self._look_at_labels()
        ours = held_rows.of_imports(self._store)
        lacked = []
        for one in found:
            said = held.imports.get(one.entity)
            if said is not None and said == ours[one.entity]:
                continue
            if said not in (None, held_rows.UNREAD):
                digest, kept_back = self._may_have(one.number)
                if said == digest:
                    self.kept_back += kept_back
                    continue
            lacked.append(one)
        return lacked

    def of_import(self, number: int) -> set[int] | None:
        """Return the rows of an import that are in scope, None where all are."""
        if self._scope is None:
            return None
        return {row for row in held_rows.of_import(self._store, number) if row in self._scope}

    def label(self, row: int, source_label: str) -> str | None:
        """Return the label of a row by that of its source, None for one out of scope."""
        if self._scope is not None and row not in self._scope:
            return None
        if row in self._special:
            return self._special[row]
        if source_label not in self._of_source:
            self._of_source[source_label] = tlp.strictest([source_label]) if source_label else tlp.DEFAULT_FOR_EVIDENCE
        return self._of_source[source_label]

    def _look_at_labels(self) -> None:
        """Find the rows whose label is not that of their source alone: linked to an incident, or read differently."""
        store, known = self._store, self._judge.known
        by_matter: dict[tuple[bytes, str], str] = {}

        def of(key: bytes, source_label: str) -> str:
            matter = (key, source_label)
            if matter not in by_matter:
                by_matter[matter] = labels.of_evidence(store, key, source_label, known)
            return by_matter[matter]

        linked = "SELECT key FROM alert_link"  # taken away ones too: not everybody may take ours away
        for row, key, source_label in store.rows(f"SELECT id, key, tlp FROM evidence_row WHERE key IN ({linked})"):
            self._special[row] = of(bytes(key), source_label)
        torn = readings.everywhere(store)
        for start in range(0, len(torn), _CHUNK):
            for row, content in readings.of_rows(store, torn[start : start + _CHUNK]).items():
                # A label that any reading of it has holds for all that is sent of it.
                matters = {(content.key, content.shown["tlp"])}
                matters |= {(reading.key, reading.columns["tlp"]) for reading in content.readings.values()}
                self._special[row] = tlp.strictest([of(*matter) for matter in matters])

    def _may_have(self, number: int) -> tuple[str, list[int]]:
        """Return the hash over the rows of an import that a peer may have, and the others in scope."""
        ids: list[bytes] = []
        kept_back: list[int] = []
        rows = list(held_rows.of_import(self._store, number))
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            for row, evidence_id, source_label in self._store.rows(
                f"SELECT id, evidence_id, tlp FROM evidence_row WHERE id IN ({','.join('?' * len(part))})", part
            ):
                label = self.label(row, source_label)
                if label is not None and self._judge.may(label):
                    ids.append(bytes(evidence_id))
                elif label is not None:
                    kept_back.append(row)
        return held_rows.digest(ids), kept_back


class Proofs:
    """The ways from single rows and from their readings to what is signed; an import's trees are looked up once."""

    def __init__(self, store: Store, sign: reading_proofs.Sign | None) -> None:
        self._store = store
        self._sign = sign
        self._ways: dict[int, tuple[Ways | None, bool]] = {}

    def of(self, row: int, one: held_rows.Membership) -> tuple[int, list[str], list[str]]:
        """Return a row's place in an import, its way to the root there, and that of its reading ([] for none)."""
        if not one.here:
            return self._of_received(row, one)
        return (one.leaf, [], []) if one.leaf < 0 else self.of_made_here(one)

    def of_made_here(self, one: held_rows.Membership) -> tuple[int, list[str], list[str]]:
        """Return the same of an import that was made here; its trees are kept once they are made."""
        if one.number not in self._ways:
            trees = reading_proofs.trees(self._store, one.number)
            signed = reading_proofs.is_signed(self._store, one.entity, trees, self._sign)
            self._ways[one.number] = (Ways(self._store, one.number, trees), signed)
        ways, signed = self._ways[one.number]
        found = ways.of(one.leaf) if ways is not None else None
        rows, read = found or ([], [])
        return one.leaf, rows, read if signed else []

    def _of_received(self, row: int, one: held_rows.Membership) -> tuple[int, list[str], list[str]]:
        sql = "SELECT leaf, path FROM proof WHERE row = ? AND import = ?"
        kept = self._store.row(sql, (row, one.number))
        leaf, way = (one.leaf, []) if kept is None else (kept[0], json.loads(kept[1]))
        read = reading_proofs.path(self._store, one.number, leaf)
        if one.leaf >= 0 and (not way or not read):
            if one.number not in self._ways:
                trees = import_trees.held(self._store, one.number)
                self._ways[one.number] = (None if trees is None else Ways(self._store, one.number, trees), True)
            ways, _ = self._ways[one.number]
            found = ways.of(one.leaf) if ways is not None else None
            if found is not None:
                way, read = way or found[0], read or (found[1] if one.reading >= 0 else [])
        return leaf, way, read


def _lines(
    row: int,
    evidence_id: bytes,
    content: readings.Row,
    brought: Sequence[held_rows.Membership],
    proofs: Proofs,
    layouts: dict[int, str],
) -> list[bytes]:
    """Return a line for each reading that was made of a row, with the imports that read it so."""
    by_reading: dict[int, list[held_rows.Membership]] = defaultdict(list)
    for one in brought:
        by_reading[one.reading if one.reading >= 0 else ~one.reading].append(one)
    made = []
    for n, imports in sorted(by_reading.items()):
        reading = content.readings.get(n) or readings.Reading(content.key, content.shown)
        columns = {"key": reading.key.hex()} | {name: reading.columns[name] for name in _SENT if name != "key"}
        claimed = []
        for one in imports:
            leaf, proof, read = proofs.of(row, one)
            claimed.append({"import": one.entity, "leaf": leaf, "proof": proof} | ({"reading": read} if read else {}))
        line = {
            "id": evidence_id.hex(),
            "layout": layouts[reading.columns["layout"]],
            "columns": columns,
            "rest": reading.columns["rest"],
            "imports": claimed,
        }
        text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        made.append(text.encode("utf-8", "replace"))
    return made
